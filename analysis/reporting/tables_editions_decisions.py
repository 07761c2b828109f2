"""What the editions change in decisions: top list, last fives, candidates for exit."""

from __future__ import annotations

import pandas as pd

from analysis.reporting.comparison import Comparison
from analysis.reporting.comparison_decisions import TOP_LIST
from analysis.reporting.markdown import Markdown, paragraphs
from analysis.reporting.report import LAST
from analysis.texts import spans

COUNTED = ("both", "old", "new")


def candidates_in_brief(both: Comparison) -> Markdown:
    """Return how many are candidates for exit under one edition only."""
    report, found = both.report, both.decisions
    counts = found.counts["exits"]
    row = counts.loc[report.year] if report.year in counts.index else counts.iloc[0] * 0
    return report.say(
        "editions.brief.exits",
        year=report.year,
        **{name: int(row[name]) for name in COUNTED},
        **found.crossed,
        first=int(counts.index.min()),
        last=int(counts.index.max()),
    )


def words(both: Comparison) -> Markdown:
    """Return what is due to the index, and what to the rule of exit."""
    report, found = both.report, both.decisions
    counts = found.counts["exits"]
    ever = found.ever["status"].value_counts()
    return paragraphs(
        [
            report.say(
                "editions.decisions.rule",
                **found.crossed,
                first=int(counts.index.min()),
                last=int(counts.index.max()),
            ),
            report.say(
                "editions.decisions.ever", **{n: int(ever.get(n, 0)) for n in COUNTED}
            ),
        ]
    )


def by_year(both: Comparison) -> Markdown:
    """Return year by year how many are on each list under both editions, and under one."""
    report, counts = both.report, both.decisions.counts
    rows = []
    for year in counts["exits"].index:
        row: dict[str, object] = {report.t("editions.col.year"): str(year)}
        for name in ("tops", "regional", "exits"):
            cells = [str(int(counts[name].at[year, side])) for side in COUNTED]
            row[report.t(f"editions.list.{name}", top=TOP_LIST, last=LAST)] = " / ".join(cells)
        rows.append(row)
    frame = pd.DataFrame(rows)
    return report.markdown(frame, right=list(frame.columns[1:]))


def top(both: Comparison) -> Markdown:
    """Return the units that are in the national top list under one edition only."""
    rows = both.decisions.only("tops", both.report.year)
    columns = _who(both, rows)
    columns[both.report.t("editions.col.old")] = rows["rank_old"]
    columns[both.report.t("editions.col.new")] = rows["rank_new"]
    return _listed(both, rows, columns)


def last(both: Comparison) -> Markdown:
    """Return the units that are among the last of their region under one edition only."""
    report = both.report
    rows = both.decisions.only("regional", report.year)
    order = {code: place for place, code in enumerate(report.region_codes)}
    rows = rows.iloc[rows["region"].map(order).argsort(kind="stable")]
    columns = _who(both, rows)
    ranks = both.table[["region_rank_old", "region_rank_new"]].reindex(rows["unit"])
    columns[report.t("editions.col.region_old")] = ranks["region_rank_old"].array
    columns[report.t("editions.col.region_new")] = ranks["region_rank_new"].array
    return _listed(both, rows, columns)


def exits(both: Comparison) -> Markdown:
    """Return the candidates for exit of the year, under which edition, and by which years."""
    report, table = both.report, both.decisions.exits
    rows = table[(table["year"] == report.year) & (table["status"] != "")]
    columns = _who(both, rows)
    for side in ("old", "new"):
        columns[report.t(f"editions.col.years_{side}")] = [
            spans(years) for years in rows[f"years_{side}"]
        ]
    note = report.t("editions.note.exits")
    return _listed(both, rows, columns, note)


def ever(both: Comparison) -> Markdown:
    """Return the candidates of any year under one edition only."""
    report, table = both.report, both.decisions.ever
    rows = table[table["status"] != "both"]
    columns = _who(both, rows)
    columns[report.t("editions.col.years")] = [
        spans([*old, *new])
        for old, new in zip(rows["years_old"], rows["years_new"], strict=True)
    ]
    return _listed(both, rows, columns)


def _who(both: Comparison, rows: pd.DataFrame) -> dict[str, object]:
    report = both.report
    labels = both.unit_labels
    columns: dict[str, object] = {
        report.t("col.unit"): [labels.get(unit, unit) for unit in rows["unit"]]
    }
    if report.national:
        columns[report.t("col.region")] = [report.region_label(code) for code in rows["region"]]
    return columns


def _listed(
    both: Comparison, rows: pd.DataFrame, columns: dict[str, object], note: str = ""
) -> Markdown:
    report = both.report
    columns[report.t("editions.col.under")] = [
        report.t(f"editions.only.{status}") for status in rows["status"]
    ]
    return report.markdown(pd.DataFrame(columns), note=note)
