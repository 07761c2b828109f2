"""How firm the comparison of a report is: draws of weights and methods, and other panels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.core.comparing.firmness import Statement, firmness, spread, usual_statements
from analysis.core.comparing.measures import places_in_both
from analysis.core.comparing.paired import PairedDraws, measures_of, unit_shifts
from analysis.reporting.editions.comparison_draws import draws_of, exits_of, panels_of, some_of
from analysis.reporting.opening import Opened
from analysis.reporting.report import LAST, Report, top_of
from analysis.zones.decision_draws import CandidateDraws, candidate_statements
from analysis.zones.decisions import CANDIDATES

PANEL_TOP = 30  # the top list that was counted on the other panels


@dataclass(frozen=True, eq=False)
class Firm:
    """What was measured on the report's panel, over draws, and over other panels.

    Attributes
    ----------
    paired : PairedDraws
        Of the units of the scope.
    everyone : PairedDraws
        The same draws of all units.
    top : int
        Size of the top list of the scope.
    varied : tuple of str
        Choices of the method that were drawn.
    more : pandas.Series
        Measures of the report's own rankings that are not drawn.
    exits : CandidateDraws or None
        Candidates for exit of all units over the draws; None where an earlier
        year that counts cannot be drawn.
    panels : pandas.DataFrame or None
        Measures of the year on panels drawn from the generator of the
        demonstration, of all units; None for any other panel or method.
    """

    paired: PairedDraws
    everyone: PairedDraws
    top: int
    varied: tuple[str, ...]
    more: pd.Series
    exits: CandidateDraws | None
    panels: pd.DataFrame | None

    @cached_property
    def _measured(self) -> tuple[pd.Series, pd.DataFrame]:
        return measures_of(self.paired, top=self.top, last=LAST)

    @cached_property
    def of_all(self) -> tuple[pd.Series, pd.DataFrame]:
        """The measures of all units: those of the scope where it is everyone."""
        if self.whole:
            return self._measured
        return measures_of(self.everyone, top=top_of(len(self.everyone.units)), last=LAST)

    @property
    def whole(self) -> bool:
        """Whether the scope is all units."""
        return self.paired is self.everyone

    @property
    def nominal(self) -> pd.Series:
        """The measures on the report's own rankings."""
        whole: pd.Series = pd.concat([self._measured[0], self.more])
        return whole

    @property
    def drawn(self) -> pd.DataFrame:
        """The same, draw by draw."""
        return self._measured[1]

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """What is said of the scope; of a region, also how it stands among all."""
        found = usual_statements(self.nominal, top=self.top, last=LAST)
        if not self.whole:
            return (*found, *self._regional)
        counted = f"{CANDIDATES}new" in self.more
        return (*found, *(candidate_statements(self.more) if counted else ()))

    @property
    def _regional(self) -> tuple[Statement, ...]:
        code = self.paired.regions[0] if self.paired.regions else ""
        kept = [name for name in self.of_all[0].index if name == f"shift:{code}"]
        of_all = self.of_all[0]
        nothing = of_all.astype("float64") * np.nan
        nothing[kept] = of_all[kept]
        return usual_statements(nothing, top=self.top, last=LAST) if kept else ()

    @cached_property
    def table(self) -> pd.DataFrame:
        """In which share of draws and of panels each statement holds (see `firmness`)."""
        if self.whole:
            return firmness(self.statements, self._with_exits, self.panels)
        own = firmness(self.statements[: -len(self._regional) or None], self.drawn)
        among = firmness(self._regional, self.of_all[1], self.panels)
        return pd.concat([own, among], ignore_index=True)

    @property
    def _with_exits(self) -> pd.DataFrame:
        """The measures draw by draw, with the candidates for exit."""
        if self.exits is None:
            return self.drawn
        counts = self.exits.counts
        of_year = counts[counts["year"] == self.paired.year].sort_values("draw")
        columns = [name for name in counts.columns if name.startswith(CANDIDATES)]
        return self.drawn.assign(**{name: of_year[name].to_numpy() for name in columns})

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """Every measure with its quantiles over the draws."""
        return spread(self.nominal, self.drawn)

    @cached_property
    def over_panels(self) -> pd.DataFrame | None:
        """Every measure with its quantiles over the panels; None for a region or without them."""
        if self.panels is None or not self.whole:
            return None
        return spread(self.nominal, self.panels)

    @cached_property
    def units(self) -> pd.DataFrame:
        """How firm each unit's shift among all units is, rows of the scope."""
        top = top_of(len(self.everyone.units))
        return unit_shifts(self.everyone, top=top).loc[list(self.paired.units)]

    @cached_property
    def shifts(self) -> pd.DataFrame:
        """Places won, draws by units of the scope."""
        won = places_in_both(self.paired.old, self.paired.new).won
        return pd.DataFrame(won, columns=pd.Index(self.paired.units, name="unit"))

    def share(self, key: str, of: str = "draws", value: object = None) -> float:
        """Return the share in which the first statement of a key holds; NaN without one.

        ``value`` picks the one whose wording has it, where there are several.
        """
        for statement, share in zip(self.statements, self.table[f"{of}_share"], strict=True):
            named = value is None or value in statement.values.values()
            if statement.key == key and named:
                return float(share)
        return float("nan")


def open_firm(
    report: Report,
    sides: tuple[Opened, Opened],
    scope: pd.Index,
    everyone: Mapping[int, pd.Index],
    more: pd.Series,
) -> Firm:
    """Draw weights and methods for both editions, and find the other panels.

    Choices of the method that one of the editions cannot take are not drawn.

    Parameters
    ----------
    report : Report
    sides : (Opened, Opened)
    scope : pandas.Index
        Units of the scope that have a rank under both editions.
    everyone : mapping of int to pandas.Index
        All that have, year by year.
    more : pandas.Series
        What else was measured on all units, by the names of the table over panels.
    """
    units = {year: [str(unit) for unit in index] for year, index in everyone.items()}
    paired, varied = report.once(
        "paired draws", lambda: draws_of(report, sides, units[report.year]), whole=True
    )
    inside = np.isin(paired.units, [str(unit) for unit in scope])
    own = paired if inside.all() else some_of(paired, inside)
    top = top_of(len(own.units))
    national = top_of(len(paired.units))
    panels = panels_of(report) if national == PANEL_TOP else None
    more = more if own is paired else more[:0]
    exits = report.once(
        "exits drawn", lambda: exits_of(report, sides, paired, varied, units), whole=True
    )
    return Firm(own, paired, top, varied, more, exits, panels)
