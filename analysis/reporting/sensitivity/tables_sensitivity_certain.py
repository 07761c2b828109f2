"""Tables of what holds for every admissible weight."""

from __future__ import annotations

import pandas as pd

from analysis.reporting.markdown import Markdown, number, paragraphs, percent
from analysis.reporting.scores.tables_scores import score_decimals
from analysis.reporting.sensitivity.sensitivity import Sensitivity
from analysis.reporting.sensitivity.sensitivity_certain import DEFAULT, SETS
from analysis.reporting.sensitivity.tables_sensitivity_draws import too_few

LITTLE = 0.5  # below this share of pairs decided, a set leaves nearly everything open
BESIDE = 5


def refused(study: Sensitivity) -> Markdown:
    """Return why nothing can be said for all weights under this method."""
    # One node tells as much as all of them.
    first = study.certain.refused[0]
    return study.report.say("sens.certain.refused", why=first.text(study.report.lang))


def decided(study: Sensitivity) -> Markdown:
    """Return how many pairs stand whatever the weights, and what freer weights leave."""
    report, certain = study.report, study.certain
    if study.few or certain.model is None:
        return Markdown("")
    sets = certain.sets
    free = float(sets["decided"]["free"])
    return report.say(
        "sens.brief.decided",
        share=percent(sets["decided"][DEFAULT]),
        verdict=report.say(
            f"sens.brief.decided.{'open' if free < LITTLE else 'holds'}",
            free=percent(free),
            anything=percent(sets["decided"]["anything"]),
        ),
        width=number(width(certain.table)),
        best=int(_exact(certain.table, "best").sum()),
        worst=int(_exact(certain.table, "worst").sum()),
        n=len(certain.table),
    )


def width(table: pd.DataFrame) -> float:
    """Return the median width of the range between the outer bounds, in places."""
    return float((table["worst_outer"] - table["best_outer"] + 1).median())


def _exact(table: pd.DataFrame, side: str) -> pd.Series:
    return table[f"{side}_outer"] == table[f"{side}_inner"]


def sets(study: Sensitivity) -> Markdown:
    """Return what each set of admissible weights decides and leaves open."""
    if study.few:
        return too_few(study)
    if study.certain.model is None:
        return refused(study)
    report, table = study.report, study.certain.sets.loc[list(SETS)]
    columns: dict[str, object] = {
        report.t("sens.col.set"): [report.t(f"sens.set.{name}") for name in table.index],
        report.t("sens.col.decided"): [percent(share) for share in table["decided"]],
        report.t("sens.col.width"): table["width"],
        report.t("sens.col.in_top", k=study.top): table["in_top"].astype("Int64"),
        report.t("sens.col.open_top", k=study.top): table["open_top"].astype("Int64"),
    }
    if table["in_last"].notna().any():
        columns[report.t("sens.col.in_last")] = table["in_last"].astype("Int64")
        columns[report.t("sens.col.open_last")] = table["open_last"].astype("Int64")
    shown = report.markdown(
        pd.DataFrame(columns),
        decimals={report.t("sens.col.width"): 0},
        right=[report.t("sens.col.decided")],
    )
    known = study.certain.table
    note = report.say(
        "sens.note.sets",
        k=study.top,
        n=int((known["worst_outer"] <= study.top).sum()),
        width=number(width(known)),
    )
    return paragraphs([shown, note])


def bounds(study: Sensitivity) -> Markdown:
    """Return the bounds of score and rank of the first units and of those beside the cut."""
    if study.few:
        return too_few(study)
    if study.certain.model is None:
        return refused(study)
    report, table, top = study.report, study.certain.table, study.top
    near = (table["rank"] > top - BESIDE) & (table["rank"] <= top + BESIDE)
    rows = table[(table["rank"] <= 2 * BESIDE) | near]
    decimals = score_decimals(report)
    heads = [report.t(f"sens.col.{name}") for name in ("scores", "best", "worst")]
    columns: dict[str, object] = {
        report.t("col.rank" if report.national else "col.region_rank"): rows["rank"],
        report.t("col.unit"): list(report.labels.reindex(rows.index)),
        report.t("col.score"): rows["score"],
        heads[0]: [
            f"{number(low, decimals)}–{number(high, decimals)}"
            for low, high in zip(rows["score_min"], rows["score_max"], strict=True)
        ],
        heads[1]: [
            _between(outer, inner)
            for outer, inner in zip(rows["best_outer"], rows["best_inner"], strict=True)
        ],
        heads[2]: [
            _between(inner, outer)
            for inner, outer in zip(rows["worst_inner"], rows["worst_outer"], strict=True)
        ],
    }
    return report.markdown(pd.DataFrame(columns), decimals=decimals, right=heads)


def _between(low: object, high: object) -> str:
    """Return one number where two bounds meet, else both."""
    return str(low) if low == high else f"{low}–{high}"
