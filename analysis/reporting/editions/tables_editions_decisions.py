"""What the editions change in decisions: top list, last fives, candidates for exit."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.reporting.editions.comparison import Comparison
from analysis.reporting.editions.tables_editions_firm import held
from analysis.reporting.markdown import Markdown, number, paragraphs, percent
from analysis.reporting.report import LAST
from analysis.texts import spans
from analysis.zones.decisions import TOP

COUNTED = ("both", "old", "new")


def candidates_in_brief(both: Comparison) -> Markdown:
    """Return how many are candidates for exit under one edition only."""
    report, found = both.report, both.decisions
    counts = found.counts["exits"]
    row = counts.reindex([report.year], fill_value=0)
    return report.say(
        "editions.brief.exits",
        year=report.year,
        **{name: int(row[name].iloc[0]) for name in COUNTED},
        held=_held(both),
        **found.crossed,
        first=int(counts.index.min()),
        last=int(counts.index.max()),
    )


def _held(both: Comparison) -> Markdown:
    """Return on what share of the panels at least as many are candidates under the new only."""
    found = held(both, "candidates_new_least")
    return both.report.say("editions.brief.exits.held", held=found) if found.text else found


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
            report.say("editions.decisions.ever", **{n: int(ever.get(n, 0)) for n in COUNTED}),
        ]
    )


def by_year(both: Comparison) -> Markdown:
    """Return year by year how many are on each list under both editions, and under one."""
    report, counts = both.report, both.decisions.counts
    rows = []
    for year in counts["exits"].index:
        row: dict[str, object] = {report.t("editions.col.year"): str(year)}
        for name in ("tops", "regional", "national", "exits"):
            cells = [number(counts[name].at[year, side]) for side in COUNTED]
            row[report.t(f"editions.list.{name}", top=TOP, last=LAST)] = " / ".join(cells)
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
    drawn = both.firm.exits
    right = []
    if drawn is not None:
        of_year = drawn.units[drawn.units["year"] == report.year].set_index("unit")
        chances = of_year.reindex(rows["unit"])
        for side in ("old", "new"):
            right.append(report.t(f"editions.col.p_{side}"))
            columns[right[-1]] = [percent(share) for share in chances[f"p_{side}"].fillna(0.0)]
    note = report.t("editions.note.exits")
    return _listed(both, rows, columns, note, right)


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
    both: Comparison,
    rows: pd.DataFrame,
    columns: dict[str, object],
    note: str = "",
    right: Sequence[str] = (),
) -> Markdown:
    report = both.report
    columns[report.t("editions.col.under")] = [
        report.t(f"editions.only.{status}") for status in rows["status"]
    ]
    return report.markdown(pd.DataFrame(columns), right=right, note=note)
