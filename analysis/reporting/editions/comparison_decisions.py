"""What the two editions of a report change in decisions."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.reporting.opening import Opened
from analysis.reporting.report import Report
from analysis.zones.decisions import (
    count_by_year,
    ever_candidates,
    exit_candidates,
    index_table,
    last_lists,
    top_lists,
)


@dataclass(frozen=True, eq=False)
class Decisions:
    """Lists under both editions over the years up to that of the report.

    Attributes
    ----------
    tops, regional, national : pandas.DataFrame
        The national top list, the last five of the regions, and of all: see
        `analysis.zones.decisions`; rows of the scope.
    exits : pandas.DataFrame
        Candidates for exit, year by year.
    ever : pandas.DataFrame
        Candidates in any year.
    counts : dict of str to pandas.DataFrame
        ``tops, regional, national, exits``: how many by year.
    crossed : dict of str to int
        Candidates (unit-years) under each index with each rule: ``old_old,
        old_new, new_old, new_new``.
    """

    tops: pd.DataFrame
    regional: pd.DataFrame
    national: pd.DataFrame
    exits: pd.DataFrame
    ever: pd.DataFrame
    counts: dict[str, pd.DataFrame]
    crossed: dict[str, int]

    def only(self, name: str, year: int) -> pd.DataFrame:
        """Return the rows of a list in a year that are on it under one edition only."""
        rows: pd.DataFrame = getattr(self, name)
        return rows[(rows["year"] == year) & rows["status"].isin(["old", "new"])]


def open_decisions(report: Report, sides: tuple[Opened, Opened]) -> Decisions:
    """Run the lists and the rules of both editions over the years of a report."""
    old, new = (index_table(side.scores) for side in sides)
    old, new = (table[table["year"] <= report.year] for table in (old, new))
    years = new["year"]
    found = {
        "tops": top_lists(old, new),
        "regional": last_lists(old, new, "region"),
        "national": last_lists(old, new, "national"),
        "exits": exit_candidates(old, new),
    }
    found = {name: report.in_scope(table).reset_index(drop=True) for name, table in found.items()}
    exits = found["exits"]
    return Decisions(
        **found,
        ever=ever_candidates(exits),
        counts={name: count_by_year(table, years) for name, table in found.items()},
        crossed={
            pair: int(exits[pair].sum()) for pair in ("old_old", "old_new", "new_old", "new_new")
        },
    )
