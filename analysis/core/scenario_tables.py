"""Tables of next year's items, drawn from a fitted scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.panel import Panel
from analysis.core.scenario import Fitted, Scenario, fit_scenario
from analysis.core.scenario_fit import from_scale

FloatArray = NDArray[np.float64]

BATCH = 100  # tables that share a generator of random numbers


def draw_tables(fitted: Fitted, count: int, seed: int) -> FloatArray:
    """Draw tables of next year's items.

    Each unit draws a unit-year and takes its residuals; an item that has none
    there takes one of its own residuals. Values are kept within what the unit
    allows, and counts rounded to whole numbers.

    Parameters
    ----------
    fitted : Fitted
    count : int
    seed : int
        Table ``t`` is row ``t % 100`` of batch ``t // 100``, drawn by
        ``numpy.random.default_rng([seed, batch])``: more tables leave the
        first ones as they are.

    Returns
    -------
    ndarray, shape (count, units, items)
        NaN where a unit has no value in the year that the tables start from.
    """
    many, places = len(fitted.expected), len(fitted.items)
    lacking = np.isnan(fitted.residuals)
    own = [column[~gap] for column, gap in zip(fitted.residuals.T, lacking.T, strict=True)]
    tables = np.empty((count, many, places))
    for batch, first in enumerate(range(0, count, BATCH)):
        rng = np.random.default_rng([seed, batch])
        drawn = rng.integers(len(fitted.residuals), size=(BATCH, many))
        moves = fitted.residuals[drawn]
        for item in np.flatnonzero(lacking.any(axis=0)):
            gaps = np.isnan(moves[..., item])
            others = own[item] if len(own[item]) else np.zeros(1)
            moves[..., item][gaps] = others[rng.integers(len(others), size=int(gaps.sum()))]
        there = tables[first : first + BATCH]
        moved = fitted.expected + fitted.scenario.spread * moves[: len(there)]
        there[...] = from_scale(moved, fitted.scale)
    np.clip(tables, fitted.lowest, fitted.highest, out=tables)
    tables[..., fitted.whole] = np.rint(tables[..., fitted.whole])
    return tables


def next_year(
    panel: Panel,
    framework: Framework,
    year: int,
    scenario: Scenario | None = None,
    count: int = 100,
    seed: int = 2021,
) -> Iterator[Panel]:
    """Yield panels of next year's items: one year, the units assessed in `year`.

    Parameters
    ----------
    panel, framework, year, scenario
        As for `fit_scenario`.
    count, seed
        As for `draw_tables`.

    Yields
    ------
    Panel
        Of the year after `year`, attributes of the units as they were; marked
        as synthetic.

    Raises
    ------
    InputError
        As `fit_scenario`.
    """
    fitted = fit_scenario(panel, framework, year, scenario)
    for number in range(count):
        # A batch is drawn anew for each hundred, not for each table.
        if number % BATCH == 0:
            held = draw_tables(fitted, min(number + BATCH, count), seed)[number:]
        yield as_panel(fitted, held[number % BATCH : number % BATCH + 1], (year + 1,))


def as_panel(fitted: Fitted, tables: FloatArray, years: tuple[int, ...]) -> Panel:
    """Return tables as a panel, each a year of it.

    Parameters
    ----------
    fitted : Fitted
    tables : ndarray, shape (years, units, items)
    years : tuple of int
        Ascending; they need not be years of the calendar.

    Returns
    -------
    Panel
        Denominators and whatever else the panel holds beside the items stay as they are.
    """
    base = fitted.panel
    units = base.values.index.get_level_values("unit")
    index = pd.MultiIndex.from_arrays(
        [np.repeat(years, len(units)), np.tile(units, len(years))], names=["year", "unit"]
    )
    values = pd.DataFrame(
        np.tile(base.values.to_numpy(dtype=np.float64), (len(years), 1)),
        index=index,
        columns=base.values.columns,
    )
    values[list(fitted.items.index)] = tables.reshape(len(index), -1)
    facts = base.units.iloc[np.tile(np.arange(len(units)), len(years))].set_axis(index)
    return replace(base, values=values, units=facts, synthetic=True)
