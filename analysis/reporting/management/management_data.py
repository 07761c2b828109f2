"""Dynamic management as a notebook reports it: the part of one scope, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.reporting.inputs import EXTRAS
from analysis.reporting.management.manage_ahead import Ahead, file_of, look_ahead, read_ahead
from analysis.reporting.management.manage_given import demonstration_sources, sources_in
from analysis.reporting.management.manage_work import Base, Work, work_out
from analysis.reporting.report import Report
from analysis.zones.management import Rule


@dataclass(frozen=True, eq=False)
class Management:
    """What the rules make of the years, the scope's part of it.

    Everything is worked out for all units and filtered afterwards, so that a
    regional report shows the national places of its own region.

    Attributes
    ----------
    report : Report
    work : Work
    made : Ahead or None
        Risk and ways out, where they are there already.
    """

    report: Report
    work: Work
    made: Ahead | None = None

    @cached_property
    def ahead(self) -> Ahead:
        """Risk and ways out: as the command worked them out, else worked out once for a run."""
        if self.made is not None:
            return self.made
        path = self.report.extra(file_of(self.report.year))
        if path is not None:
            return read_ahead(path)
        return self.report.once("ahead", lambda: look_ahead(self.work), whole=True)

    @property
    def rule(self) -> Rule:
        """The rule of the year."""
        return self.work.rule

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Years that are looked at, ascending."""
        return tuple(sorted(int(year) for year in self.table["year"].unique()))

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Regions of the scope, without the empty one."""
        codes = tuple(code for code in self.report.region_codes if code)
        return codes if self.report.national else (self.report.region,)

    @property
    def table(self) -> pd.DataFrame:
        """Index scores of all units as the rule of the year sees them."""
        return self.work.editions.own

    @cached_property
    def last(self) -> pd.DataFrame:
        """Last places of every year, the scope's units."""
        return self.report.in_scope(self.work.last)

    @cached_property
    def now(self) -> pd.DataFrame:
        """Last places of the year, the scope's units."""
        return self.report.in_scope(self.work.now)

    @cached_property
    def national(self) -> pd.DataFrame:
        """National last places of every year, the scope's units."""
        return self.report.in_scope(self.work.national)

    @cached_property
    def found(self) -> pd.DataFrame:
        """Candidates of every year, the scope's units."""
        return self.report.in_scope(self.work.found)

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """Candidates of the year, the scope's units."""
        return self.report.in_scope(self.work.candidates)

    @cached_property
    def notice(self) -> pd.DataFrame:
        """Whom one more year would make a candidate, the scope's units."""
        return self.report.in_scope(self.work.notice)

    @cached_property
    def risk(self) -> pd.DataFrame:
        """Chances of the scope's units: index ``unit``."""
        risk = self.ahead.risk
        return risk if risk.empty else self.report.in_scope(risk).set_index("unit")

    @cached_property
    def ways(self) -> pd.DataFrame:
        """Ways out of the scope's units."""
        return self.report.in_scope(self.ahead.ways)

    def name(self, unit: str) -> str:
        """Return the name of a unit."""
        return self.work.name(unit, self.report.lang)

    def in_year(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the report's year."""
        return frame[frame["year"] == self.report.year]

    def chance(self, unit: str, column: str) -> float | None:
        """Return one chance of a unit, None where there is none."""
        if self.risk.empty or unit not in self.risk.index:
            return None
        chance: float = self.risk[column].loc[unit]
        return float(chance)

    @property
    def short_of(self) -> int:
        """How many years are missing to fill the rule's window at the report's year."""
        rule = self.rule
        return max(0, rule.window - sum(y > self.report.year - rule.window for y in self.years))


def open_management(report: Report) -> Management:
    """Return what dynamic management makes of the years up to the report's.

    What stands beside the panel (settings, events, talks, provincial
    candidates) comes with the inputs; beside the demonstration panel stand
    made-up ones.

    Raises
    ------
    InputError
        As in `analysis.reporting.management.manage_work.work_out`.
    """
    folder = Path(report.inputs, EXTRAS) if report.inputs else None
    base = Base(
        panel=report.reading.panel,
        framework=report.framework,
        method=report.method,
        year=report.year,
        regions=report.known_regions,
        scores=report.scores,
    )
    sources = demonstration_sources() if folder is None else sources_in(folder)
    return Management(report, work_out(base, sources))
