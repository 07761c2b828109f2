"""Dynamic management as a notebook reports it: last places and candidates up to the year."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.reporting.report import Report
from analysis.zones.management import (
    COLUMNS,
    RULE_2016,
    RULE_2021,
    Rule,
    candidates,
    last_places,
)


@dataclass(frozen=True, eq=False)
class Management:
    """Last places and candidates of the scope, all years up to the report's.

    Everything is computed for all units and filtered afterwards, so that a
    regional report shows the national places of its own region.

    Attributes
    ----------
    report : Report
    table : pandas.DataFrame
        Index scores of all units, as `analysis.zones.management` wants them.
    regional, national : pandas.DataFrame
        Last places of each region and of the country, the scope's units only.
    new, old : pandas.DataFrame
        Candidates under the rules of the 2021 and of the 2016 edition.
    """

    report: Report
    table: pd.DataFrame
    regional: pd.DataFrame
    national: pd.DataFrame
    new: pd.DataFrame
    old: pd.DataFrame

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Years that are looked at, ascending."""
        return tuple(sorted(int(year) for year in self.table["year"].unique()))

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Regions of the scope, without the empty one."""
        codes = tuple(code for code in self.report.region_codes if code)
        return codes if self.report.national else (self.report.region,)

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of every unit, the latest one it had."""
        units = self.report.panel.units
        units = units[units.index.get_level_values("year") <= self.report.year]
        column = "name_en" if self.report.lang == "en" and "name_en" in units else "name"
        named = units[column].where(units[column] != "", units["name"]).groupby("unit").last()
        return {str(unit): str(name) or str(unit) for unit, name in named.items()}

    def name(self, unit: str) -> str:
        """Return the name of a unit."""
        return self.names.get(unit, unit)

    def in_year(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the report's year."""
        return frame[frame["year"] == self.report.year]

    def short_of(self, rule: Rule) -> int:
        """Return how many years are missing to fill the rule's window at the report's year."""
        return max(0, rule.window - sum(y > self.report.year - rule.window for y in self.years))


def open_management(report: Report) -> Management:
    """Return the last places and candidates that a report is about."""
    rows = report.scores.table
    rows = rows[(rows["node"] == report.framework.root) & (rows["year"] <= report.year)]
    table = rows[list(COLUMNS)].reset_index(drop=True)
    return Management(
        report=report,
        table=table,
        regional=report.in_scope(last_places(table, "region", RULE_2021.last)),
        national=report.in_scope(last_places(table, "national", RULE_2016.last)),
        new=report.in_scope(candidates(table, RULE_2021)),
        old=report.in_scope(candidates(table, RULE_2016)),
    )
