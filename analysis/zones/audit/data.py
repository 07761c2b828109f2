"""What an audit looks at: the values as they were reported, by year and unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.numbers import numbers
from analysis.core.panel import Panel
from analysis.core.regions import Regions

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
    """

    year: int
    reported: pd.DataFrame
    derived: pd.DataFrame
    units: pd.DataFrame
    evidence: pd.DataFrame | None = None
    totals: pd.DataFrame | None = None
    regions: Regions | None = None

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
        return self.history(code).loc[self.year if year is None else year].to_numpy()

    def history(self, code: str) -> pd.DataFrame:
        """Return a column as years by units of the year audited.

        Every year from the first to the one audited has a row; NaN where a
        unit or a value is missing.
        """
        table = self.reported if code in self.reported else self.derived
        wide = table[code].unstack("unit")
        first = min(int(wide.index.min()), self.year - 1)
        return wide.reindex(index=range(first, self.year + 1), columns=list(self.names))

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
    """
    keep = found.values.index.get_level_values("year") <= year
    reported = found.values[keep].astype(np.float64)
    units = found.units[keep]
    more = {
        str(column): read
        for column in units
        if column not in _DESCRIBING
        and (read := _as_numbers(units[column])) is not None
        and column not in reported
    }
    reported = reported.assign(**more) if more else reported
    derived = items.values[keep].drop(
        columns=[code for code in items.values if code in reported], errors="ignore"
    )
    known = pd.DataFrame(
        {
            "name": units["name"].astype(object),
            "region": units["region"].astype(object),
            "province": units["province"].astype(object) if "province" in units else "",
            "assessed": units["assessed"].astype(bool) if "assessed" in units else True,
        },
        index=units.index,
    )
    return AuditData(year, reported, derived, known, evidence, totals, regions)


def _as_numbers(column: pd.Series) -> FloatArray | None:
    """Return an attribute as numbers; None where it holds anything else, or nothing."""
    cells = [None if cell is None or cell != cell else cell for cell in column.tolist()]
    values, problems = numbers(cells, percent=True)
    return None if problems or np.isnan(values).all() else values
