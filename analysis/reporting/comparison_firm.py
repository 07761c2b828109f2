"""How firm the comparison of a report is: draws of weights and methods, and other panels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.catalogue import default_method
from analysis.core.comparing.firmness import Statement, firmness, spread, usual_statements
from analysis.core.comparing.measures import places_in_both
from analysis.core.comparing.paired import PairedDraws, measures_of, paired_draws, unit_shifts
from analysis.core.findings import InputError
from analysis.core.uncertainty.method_space import DEFAULT_METHODS, read_method_space
from analysis.core.uncertainty.study import open_study
from analysis.reporting.opening import Opened, load
from analysis.reporting.report import LAST, Report, top_of
from analysis.zones.demo.panels import read_panels

DRAWS = 2000
SEED = 2021
PANEL_TOP = 30  # the top list that was counted on the other panels
PARTS = ("shift:", "top:")


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
    panels : pandas.DataFrame or None
        Measures of the year on panels drawn from the generator of the
        demonstration, of all units; None for any other panel or method.
    """

    paired: PairedDraws
    everyone: PairedDraws
    top: int
    varied: tuple[str, ...]
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
        return self._measured[0]

    @property
    def drawn(self) -> pd.DataFrame:
        """The same, draw by draw."""
        return self._measured[1]

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """What is said of the scope; of a region, also how it stands among all."""
        found = usual_statements(self.nominal, top=self.top, last=LAST)
        return found if self.whole else (*found, *self._regional)

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
            return firmness(self.statements, self.drawn, self.panels)
        own = firmness(self.statements[: -len(self._regional) or None], self.drawn)
        among = firmness(self._regional, self.of_all[1], self.panels)
        return pd.concat([own, among], ignore_index=True)

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
    report: Report, sides: tuple[Opened, Opened], scope: pd.Index, everyone: pd.Index
) -> Firm:
    """Draw weights and methods for both editions, and find the other panels.

    Choices of the method that one of the editions cannot take are not drawn.
    """
    paired, varied = _draws(report, sides, [str(unit) for unit in everyone])
    inside = np.isin(paired.units, [str(unit) for unit in scope])
    own = paired if inside.all() else _some(paired, inside)
    top = top_of(len(own.units))
    national = top_of(len(paired.units))
    panels = _panels(report) if national == PANEL_TOP else None
    return Firm(own, paired, top, varied, panels)


def _draws(
    report: Report, sides: tuple[Opened, Opened], units: list[str]
) -> tuple[PairedDraws, tuple[str, ...]]:
    works = {key: value for key, value in DEFAULT_METHODS.items() if _works(report, sides, key)}
    only = {key: value for key, value in works.items() if key == "leave_out"}
    tried: list[Mapping[str, Any] | None] = [DEFAULT_METHODS, works, only, None]
    for methods in tried[:-1]:
        try:
            return _paired(report, sides, methods, units), tuple(methods or ())
        except InputError:  # each choice works by itself, and some not together
            continue
    return _paired(report, sides, None, units), ()


def _works(report: Report, sides: tuple[Opened, Opened], key: str) -> bool:
    try:
        for side in sides:
            read_method_space({key: DEFAULT_METHODS[key]}, side.framework, report.method)
    except InputError:
        return False
    return True


def _paired(
    report: Report,
    sides: tuple[Opened, Opened],
    methods: Mapping[str, Any] | None,
    units: list[str],
) -> PairedDraws:
    studies = []
    for side in sides:
        space = None
        if methods is not None:
            space = read_method_space(methods, side.framework, report.method)
        studies.append(
            open_study(
                side.panel,
                side.framework,
                side.method,
                report.year,
                methods=space,
                units=units,
                seed=SEED,
                scores=side.scores,
            )
        )
    return paired_draws(studies[0], studies[1], DRAWS)


def _some(paired: PairedDraws, inside: np.ndarray) -> PairedDraws:
    """Return the draws of some of the units."""
    at = np.flatnonzero(inside)
    texts = {
        name: tuple(getattr(paired, name)[place] for place in at)
        for name in ("units", "regions", "names")
    }
    return replace(
        paired,
        **texts,
        nominal_old=paired.nominal_old[at],
        nominal_new=paired.nominal_new[at],
        old=paired.old[:, at],
        new=paired.new[:, at],
    )


def _panels(report: Report) -> pd.DataFrame | None:
    """Return the measures of the year on the other panels, if the panel is one of their kind."""
    if not report.synthetic or report.method.name != default_method(report.framework.name):
        return None
    mine = report.reading.panel.values
    shipped = load("", report.framework.name, "", report.year)[0].panel.values
    if not set(mine.columns) <= set(shipped.columns) or not mine.index.isin(shipped.index).all():
        return None
    if not shipped.loc[mine.index, list(mine.columns)].equals(mine):
        return None
    panels = read_panels()
    rows = panels[panels["year"] == report.year]
    return rows.reset_index(drop=True) if len(rows) else None
