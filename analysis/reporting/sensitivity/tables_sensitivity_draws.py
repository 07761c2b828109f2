"""Tables of ranks under drawn weights and methods: intervals, chances, open places."""

from __future__ import annotations

import pandas as pd

from analysis.reporting.markdown import Markdown, percent
from analysis.reporting.report import LAST
from analysis.reporting.sensitivity.sensitivity import FIRM, LEVELS, TEN, Sensitivity

ROWS = 40
BESIDE = 2  # units on either side of a cut that are compared


def contested_top(study: Sensitivity) -> Markdown:
    """Return the units whose place in the top is open under other weights."""
    if study.few:
        return too_few(study)
    table = study.intervals
    rows = table[(table["p_top"] > 1 - FIRM) & (table["p_top"] < FIRM)]
    if rows.empty:
        return study.report.say("sens.top.none", k=study.top, **LEVELS)
    return _intervals(study, rows.head(ROWS), last=False)


def contested_last(study: Sensitivity) -> Markdown:
    """Return the units that may be among the last five of their region."""
    if study.few:
        return too_few(study)
    table = study.intervals
    if table["p_last"].isna().all():
        return study.report.say("sens.last.none")
    rows = table[table["p_last"] > 1 - FIRM]
    rows = rows.sort_values(["region", "region_rank"], kind="stable")
    order = {code: place for place, code in enumerate(study.report.region_codes)}
    rows = rows.iloc[rows["region"].map(order).argsort(kind="stable")]
    return _intervals(study, rows.head(2 * ROWS), top=False)


def all_intervals(study: Sensitivity) -> Markdown:
    """Return the interval and the chances of every unit of the scope."""
    return too_few(study) if study.few else _intervals(study, study.intervals, bounds=True)


def too_few(study: Sensitivity) -> Markdown:
    """Return the sentence that there are too few units for anything to be said."""
    return study.report.say("sens.brief.too_few", n=len(study.units))


def span(low: object, high: object) -> str:
    """Return an interval of ranks as text."""
    return f"{low}–{high}"


def _intervals(
    study: Sensitivity,
    rows: pd.DataFrame,
    *,
    top: bool = True,
    last: bool = True,
    bounds: bool = False,
) -> Markdown:
    report, k = study.report, study.top
    columns: dict[str, object] = {
        report.t("col.rank" if report.national else "col.region_rank"): rows["rank"]
    }
    columns[report.t("col.unit")] = rows["label"]
    if report.national and any(report.region_codes):
        columns[report.t("col.region")] = [report.region_label(code) for code in rows["region"]]
    if not top and report.national:
        columns[report.t("col.region_rank")] = rows["region_rank"]
    right = [report.t("sens.col.interval", **LEVELS), report.t("sens.col.interval_all", **LEVELS)]
    columns[right[0]] = [span(*ends) for ends in zip(rows["q05"], rows["q95"], strict=True)]
    columns[right[1]] = [span(*ends) for ends in zip(rows["all_q05"], rows["all_q95"], strict=True)]
    chances: dict[str, str] = {}
    if top and bounds and k > TEN:
        chances[report.t("sens.col.p_top", k=TEN)] = "p_ten"
    if top:
        chances[report.t("sens.col.p_top", k=k)] = "p_top"
    if top and not bounds:
        chances[report.t("sens.col.p_top_all", k=k)] = "all_p_top"
    if last and study.intervals["p_last"].notna().any():
        chances[report.t("sens.col.p_last")] = "p_last"
    if last and not bounds and study.intervals["p_last"].notna().any():
        chances[report.t("sens.col.p_last_all")] = "all_p_last"
    for heading, name in chances.items():
        columns[heading] = [percent(p) for p in rows[name]]
    if bounds and study.certain.model is not None:
        outer = study.certain.table.loc[rows.index]
        heading = report.t("sens.col.certain")
        ends = zip(outer["best_outer"], outer["worst_outer"], strict=True)
        columns[heading] = [span(*pair) for pair in ends]
        right.append(heading)
    return report.markdown(
        pd.DataFrame(columns), right=[*right, *chances], note=report.t("sens.note")
    )


def pairs(study: Sensitivity) -> Markdown:
    """Return how often the units on either side of a cut stand in this order.

    The cuts are the end of the top and, region by region, the last five.
    """
    if study.few:
        return too_few(study)
    report = study.report
    chance = study.weights.pairwise.set_index(["unit", "other"])["p_win"]
    rows = []
    for cut, inside, outside in cuts(study):
        for one in inside:
            for other in outside:
                rows.append(
                    {
                        report.t("sens.col.cut"): cut,
                        report.t("sens.col.ahead"): _named(study, one),
                        report.t("sens.col.behind"): _named(study, other),
                        report.t("sens.col.p_ahead"): percent(chance[one, other]),
                        report.t("sens.col.always"): _always(study, one, other),
                    }
                )
    if not rows:
        return report.say("sens.pairs.none")
    return report.markdown(
        pd.DataFrame(rows), right=[report.t("sens.col.p_ahead")], note=report.t("sens.pairs.note")
    )


def cuts(study: Sensitivity) -> list[tuple[str, list[str], list[str]]]:
    """Return the cuts: name, units just above and just below, the best first."""
    report, table = study.report, study.intervals
    order = [str(unit) for unit in table.index]
    found = []
    if study.top < len(order):
        above, below = order[: study.top], order[study.top :]
        found.append((report.t("sens.fig.top", k=study.top), above[-BESIDE:], below[:BESIDE]))
    for code in report.region_codes:
        mine = table[(table["region"] == code) & table["p_last"].notna()]
        here = [str(unit) for unit in mine.index]
        if len(here) > LAST:
            name = report.t("sens.cut.last", region=report.region_label(code))
            found.append((name, here[:-LAST][-BESIDE:], here[-LAST:][:BESIDE]))
    return found


def _named(study: Sensitivity, unit: str) -> str:
    row = study.intervals.loc[unit]
    return study.report.t("sens.ranked", label=row["label"], rank=row["rank"])


def _always(study: Sensitivity, one: str, other: str) -> str:
    """Return whether no admissible weight turns the order of two units round."""
    certain = study.certain
    if certain.model is None:
        return ""
    sure = certain.necessary.loc[one, other]
    return study.report.t("sens.always.yes" if sure else "sens.always.no")
