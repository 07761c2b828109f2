"""Figures of the report on the two editions."""

from __future__ import annotations

import pandas as pd

from analysis.reporting import style
from analysis.reporting.editions import figures_comparing as draw
from analysis.reporting.editions import figures_gains, figures_gains_checks
from analysis.reporting.editions.comparison import Comparison, labelled
from analysis.reporting.record import record_experiment_figures
from analysis.reporting.style import Picture

BARS = 10  # units at either end whose causes are drawn


def flows(both: Comparison) -> Picture:
    """Return where the weight of the old groups goes."""
    return draw.flow_diagram(
        both.flows, both.report.lang, names=both.names, labels=both.group_labels
    )


def rewards(both: Comparison) -> Picture:
    """Return what kind of item the weight of either edition is on."""
    old, new = both.rewards
    return draw.reward_bars(old, new, both.report.lang, names=both.names)


def slopes(both: Comparison) -> Picture:
    """Return every unit's place under either edition, joined by a line."""
    rows = both.scope.reset_index().rename(columns={"old": "rank_old", "new": "rank_new"})
    return draw.slope_chart(
        rows, both.report.lang, names=both.names, regions=_regions(both), top=both.top
    )


def bumps(both: Comparison) -> Picture:
    """Return the places over the years under either edition."""
    prefix = "" if both.report.national else "region_"
    rows = both.report.in_scope(both.ranks)
    rows = labelled(
        pd.DataFrame(
            {
                "year": rows["year"],
                "unit": rows["unit"],
                "region": rows["region"],
                "rank_old": rows[f"{prefix}rank_old"],
                "rank_new": rows[f"{prefix}rank_new"],
            }
        ),
        both.unit_labels,
    )
    return draw.bump_chart(
        rows, both.report.lang, names=both.names, regions=_regions(both), top=both.top
    )


def parts(both: Comparison) -> Picture:
    """Return the shifts of those that move most as the sum of their causes."""
    table = both.causes.table.reset_index()
    rows = table.sort_values(["rank_shift", "rank_new"], ascending=[False, True], kind="stable")
    rows = rows[rows["rank_shift"] != 0]
    ends = rows if len(rows) <= 2 * BARS else pd.concat([rows.head(BARS), rows.tail(BARS)])
    return draw.attribution_bars(ends, both.report.lang)


def causes(both: Comparison) -> Picture:
    """Return what each cause has in the shifts of all units."""
    table = both.causes.table.reset_index()
    return draw.attribution_overview(table, both.report.lang, regions=_regions(both))


def effects(both: Comparison) -> Picture:
    """Return the standardised effects on the shifts in rank and in score."""
    found = both.gains
    tables = {
        name: fit.effects
        for name, fit in (("rank", found.ranks), ("score", found.scores))
        if fit is not None
    }
    reference = "" if found.ranks is None else found.ranks.reference
    return figures_gains.effects(
        tables, both.report.lang, regions=both.regions, reference=reference, ties=found.ties
    )


def quantiles(both: Comparison) -> Picture:
    """Return the effects on quantiles of the shift in rank."""
    found = both.gains
    if found.ranks is None:
        return _nothing(both)
    return figures_gains.quantiles(
        found.ranks.quantiles,
        found.ranks.effects,
        both.report.lang,
        regions=both.regions,
        reference=found.ranks.reference,
        ties=found.ties,
    )


def diagnostics(both: Comparison) -> Picture:
    """Return residuals and influence of the regression."""
    found = both.gains.ranks
    if found is None:
        return _nothing(both)
    return figures_gains_checks.diagnostics(
        found.influence,
        both.report.lang,
        terms=len(found.effects) + 1,
        labels=both.unit_labels,
    )


def record(both: Comparison) -> Picture:
    """Return the round of the change beside the others, from the published lists."""
    return record_experiment_figures.turnover_and_moves(both.experiment)


def _regions(both: Comparison) -> dict[str, str] | None:
    return both.regions if len(both.regions) > 1 else None


def _nothing(both: Comparison) -> Picture:
    figure = style.new_figure(0.6, both.report.lang)
    style.say_instead(figure.subplots(), both.report.t("gains.fig.none"))
    return figure
