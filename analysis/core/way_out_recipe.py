"""How the items of one unit follow from its primitives, for many values of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.derive import ACROSS_YEARS, WITHIN_A_YEAR, across_years, regional_inputs
from analysis.core.framework import Framework
from analysis.core.panel import Panel

FloatArray = NDArray[np.float64]

_FACTS = ("operation", "inputs", "scale", "breaks")


@dataclass(frozen=True)
class Recipe:
    """How an item of one unit-year is derived, as in `analysis.core.derive.derive_items`.

    Attributes
    ----------
    operation : str
    inputs : tuple of str
        Columns of the panel that go in; none where the unit's region has none.
    factor : float
    broken : bool
        Whether the definition changed in the year, so that nothing is compared across it.
    """

    operation: str
    inputs: tuple[str, ...]
    factor: float
    broken: bool

    @staticmethod
    def of(panel: Panel, framework: Framework, item: str, region: str, year: int) -> Recipe:
        """Return the recipe of an item for a unit of a region."""
        if item in panel.values:
            return Recipe("level", (item,), 1.0, False)
        node: dict[Any, Any] = framework.nodes.loc[item, list(_FACTS)].to_dict()
        operation, words = str(node["operation"]), str(node["inputs"])
        factor = 1.0 if np.isnan(node["scale"]) else float(node["scale"])
        inputs = tuple(words.split())
        if operation == "pick":
            picked = regional_inputs(words).get(region)
            operation, inputs = "level", () if picked is None else (picked,)
        broken = operation in ACROSS_YEARS and str(year) in str(node["breaks"]).split()
        return Recipe(operation, inputs, factor, broken)

    def derived(self, here: Mapping[str, FloatArray], past: Mapping[str, float]) -> FloatArray:
        """Return the item.

        Parameters
        ----------
        here : mapping of str to ndarray, shape (trials,)
            The columns in the year.
        past : mapping of str to float
            The year before, NaN where nothing is known.
        """
        if not self.inputs or self.broken:
            return np.full(len(next(iter(here.values()))), np.nan)
        values = [here[code] for code in self.inputs]
        if self.operation not in ACROSS_YEARS:
            return WITHIN_A_YEAR[self.operation](values)[0] * self.factor
        nowhere = np.full(len(values[0]), -1, dtype=np.intp)
        base = np.full(len(values[0]), past[self.inputs[0]])
        return across_years(self.operation, values[0], nowhere, base)[0] * self.factor


def recipes_of(panel: Panel, framework: Framework, year: int, unit: str) -> dict[str, Recipe]:
    """Return how the items of a unit-year are derived, by item."""
    region = str(panel.units.at[(year, unit), "region"])
    return {item: Recipe.of(panel, framework, item, region, year) for item in framework.items}


def values_of(panel: Panel, year: int, unit: str) -> dict[str, float]:
    """Return the values of a unit-year by column; NaN where there is no such row."""
    return _row(panel.values, (year, unit))


def values_before(panel: Panel, year: int, unit: str) -> dict[str, float]:
    """Return what a panel has of a unit for the year before, by column; NaN where nothing."""
    known = _row(panel.values, (year - 1, unit))
    if panel.bases is not None:
        spare = _row(panel.bases, (year - 1, unit))
        known |= {code: v for code, v in spare.items() if np.isnan(known.get(code, np.nan))}
    return known


def _row(frame: pd.DataFrame, key: tuple[int, str]) -> dict[str, float]:
    at = int(frame.index.get_indexer(pd.MultiIndex.from_tuples([key]))[0])
    if at < 0:
        return dict.fromkeys(map(str, frame.columns), np.nan)
    row = frame.iloc[[at]].to_numpy(dtype=np.float64)[0]
    return dict(zip(map(str, frame.columns), row.tolist(), strict=True))
