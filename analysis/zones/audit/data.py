"""What an audit looks at: the values as they were reported, by year and unit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.numbers import numbers
from analysis.core.panel import Panel
from analysis.core.regions import Regions
from analysis.zones.registry import province_code

FloatArray = NDArray[np.float64]
_DESCRIBING = ("name", "region", "assessed", "province")


@dataclass(frozen=True, eq=False)
class AuditData:
    """A year's data with the years before it.

    Attributes
    ----------
    year : int
        The year that is audited.
    reported : pandas.DataFrame
        float64, index ``(year, unit)`` sorted; one column a code that the
        panel itself holds. NaN is missing.
    derived : pandas.DataFrame
        Same index: items that follow from the reported columns.
    units : pandas.DataFrame
        Same index: ``name``, ``region``, ``province``, ``assessed`` (bool).
    evidence : pandas.DataFrame or None
        As `analysis.zones.audit.evidence.read_evidence` returns it; None: there is none.
    totals : pandas.DataFrame or None
        As `analysis.zones.audit.totals.read_totals` returns it.
    regions : Regions or None
    asked : frozenset of str or None
        Columns that the framework needs; None: every one.
    """

    year: int
    reported: pd.DataFrame
    derived: pd.DataFrame
    units: pd.DataFrame
    evidence: pd.DataFrame | None = None
    totals: pd.DataFrame | None = None
    regions: Regions | None = None
    asked: frozenset[str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Codes of the units of the year, sorted."""
        years = self.reported.index.get_level_values("year")
        return tuple(self.reported.index[years == self.year].get_level_values("unit"))

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the columns reported, in the panel's order."""
        return tuple(map(str, self.reported.columns))

    @property
    def all_codes(self) -> tuple[str, ...]:
        """Codes of the columns reported, then of the derived ones."""
        return (*self.codes, *(str(code) for code in self.derived if code not in self.reported))

    def values(self, code: str, year: int | None = None) -> FloatArray:
        """Return a column in ``year`` (default: the year audited), one value a unit of `names`."""
        wanted = self.year if year is None else year
        column: FloatArray = self._columns[code][wanted - self._years[0]]
        return column

    def history(self, code: str) -> pd.DataFrame:
        """Return a column as years by units of the year audited.

        Every year from the first to the one audited has a row; NaN where a
        unit or a value is missing.
        """
        return pd.DataFrame(self._columns[code], index=list(self._years), columns=list(self.names))

    @cached_property
    def _years(self) -> tuple[int, ...]:
        first = int(self.reported.index.get_level_values("year").min())
        return tuple(range(min(first, self.year - 1), self.year + 1))

    @cached_property
    def _columns(self) -> dict[str, FloatArray]:
        """Every column as years by units, sorted into place once for all rules."""
        columns: dict[str, FloatArray] = {}
        for table in (self.derived, self.reported):
            if not len(table.columns):
                continue
            years = table.index.get_level_values("year").to_numpy() - self._years[0]
            units = pd.Index(self.names).get_indexer(table.index.get_level_values("unit"))
            here = units >= 0
            cube = np.full((len(table.columns), len(self._years), len(self.names)), np.nan)
            cube[:, years[here], units[here]] = table.to_numpy(dtype=np.float64)[here].T
            columns |= dict(zip(map(str, table.columns), cube, strict=True))
        return columns

    def of_year(self, column: str) -> NDArray[np.object_]:
        """Return what is known of the units of the year, in the order of `names`."""
        return self.units.loc[self.year][column].reindex(list(self.names)).to_numpy(dtype=object)

    @property
    def assessed(self) -> NDArray[np.bool_]:
        """Which units of the year are assessed, in the order of `names`."""
        return self.of_year("assessed").astype(bool)


def audit_data(
    found: Panel,
    items: Panel,
    year: int,
    *,
    evidence: pd.DataFrame | None = None,
    totals: pd.DataFrame | None = None,
    regions: Regions | None = None,
    asked: Collection[str] | None = None,
) -> AuditData:
    """Return what an audit of ``year`` looks at.

    Columns that the framework does not know, such as a real growth rate
    reported beside the level, count as reported where all they hold is
    numbers. Years after ``year`` are left out.

    Parameters
    ----------
    found : Panel
        As it was read, with the unit-years that are not assessed.
    items : Panel
        The framework's items derived from it.
    year : int
    evidence, totals : pandas.DataFrame, optional
    regions : Regions, optional
    asked : collection of str, optional
        Columns that the framework needs; an item that units report beside the
        columns from which it is derived is none. Of other columns, such as those of
        another edition's years, only those with a value in ``year`` are kept.
    """
    keep = found.values.index.get_level_values("year") <= year
    reported = found.values[keep].astype(np.float64)
    if found.bases is not None:
        # What a form brought of the year before is history too; never the year itself.
        before = found.bases[found.bases.index.get_level_values("year") < year]
        reported = reported.fillna(before.reindex(reported.index))
    units = found.units[keep]
    more = {
        str(column): read
        for column in units
        if column not in _DESCRIBING
        and (read := _as_numbers(units[column])) is not None
        and column not in reported
    }
    reported = reported.assign(**more) if more else reported
    if found.bases is not None:
        # What was given of the year before for growth alone is there to compare with.
        years = found.bases.index.get_level_values("year")
        bases = found.bases[years < year].reindex(columns=reported.columns)
        reported = reported.reindex(reported.index.union(bases.index)).fillna(bases)
    if asked is not None:
        now = reported.index.get_level_values("year") == year
        filled = {code for code, some in reported[now].notna().any().items() if some}
        reported = reported[[code for code in reported if code in asked or code in filled]]
    derived = items.values[keep].drop(
        columns=[code for code in items.values if code in reported], errors="ignore"
    )
    provinces = units["province"].fillna("") if "province" in units else [""] * len(units)
    known = pd.DataFrame(
        {
            "name": units["name"].astype(object),
            "region": units["region"].astype(object),
            "province": [province_code(str(word)) for word in provinces],
            "assessed": units["assessed"].astype(bool) if "assessed" in units else True,
        },
        index=units.index,
    )
    needed = None if asked is None else frozenset(asked) - ({*more} & {*items.values})
    return AuditData(year, reported, derived, known, evidence, totals, regions, needed)


def _as_numbers(column: pd.Series) -> FloatArray | None:
    """Return an attribute as numbers; None where it holds anything else, or nothing."""
    cells = [None if cell is None or cell != cell else cell for cell in column.tolist()]
    values, problems = numbers(cells, percent=True)
    return None if problems or np.isnan(values).all() else values
