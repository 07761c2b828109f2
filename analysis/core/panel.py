"""The panel: units by years by items, with what is known of each unit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

REASON_COLUMNS = ("year", "unit", "item", "reason")
LARGEST = 1e150
"""Values beyond it are not computed with: their squares may be too large for a number."""


@dataclass(frozen=True, eq=False)
class Panel:
    """A validated table of values.

    Attributes
    ----------
    values : pandas.DataFrame
        float64; index ``(year, unit)`` (names ``"year"``, ``"unit"``; sorted,
        unique; year int, unit str), one column an item (or a primitive from
        which items are derived); NaN is missing.
    units : pandas.DataFrame
        Same index. Columns ``name`` and ``region`` (str; ``""`` where
        unknown), then any other attribute of the unit in that year. A boolean
        column ``assessed``, where present, marks the unit-years that are
        scored; the others only serve as a base for growth rates.
    reasons : pandas.DataFrame
        Why a cell is missing, where that is known: ``year, unit, item,
        reason`` (``reason`` is the code of a finding).
    source : str
        Where the values come from, for the report.
    synthetic : bool
        Whether the values are made up; every page made from such a panel
        says so.
    imputed : pandas.DataFrame or None
        bool, index of ``values``, one column an item: which values were not
        found but filled in (`analysis.core.impute.impute`). None: no value was.
    bases : pandas.DataFrame or None
        Figures that serve growth alone: index ``(year, unit)`` of the year that
        they are of, one column a code. Where ``values`` has the figure, that
        counts; a year's own score never rests on them. None: there are none.
    """

    values: pd.DataFrame
    units: pd.DataFrame
    reasons: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(REASON_COLUMNS))
    )
    source: str = ""
    synthetic: bool = False
    imputed: pd.DataFrame | None = None
    bases: pd.DataFrame | None = None

    @property
    def years(self) -> tuple[int, ...]:
        """Years with at least one scored unit, ascending."""
        index = self.assessed().values.index
        return tuple(sorted({int(year) for year in index.get_level_values("year")}))

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions of the scored units, sorted, without the empty one."""
        regions = self.assessed().units["region"]
        return tuple(sorted({str(region) for region in regions if region}))

    def assessed(self) -> Panel:
        """Return the panel without the unit-years that are not scored."""
        if "assessed" not in self.units:
            return self
        keep = self.units["assessed"].astype(bool)
        return replace(
            self,
            values=self.values[keep],
            units=self.units[keep].drop(columns="assessed"),
            imputed=None if self.imputed is None else self.imputed[keep],
        )
