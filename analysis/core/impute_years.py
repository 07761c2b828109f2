"""Filling gaps from the same unit's other years."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
YearArray = NDArray[np.int64]


def from_years(
    values: FloatArray,
    index: pd.Index,
    *,
    interpolate: bool,
    max_years: int | None = None,
    back_only: bool = False,
) -> tuple[FloatArray, YearArray]:
    """Fill gaps from the values of the same unit and item in other years.

    Nearest: the value of the nearest year, of two the earlier. Interpolated:
    ``x_a + (x_b - x_a) (t - a) / (b - a)`` with ``a`` and ``b`` the nearest
    years before and after that have a value; where there is none on one side,
    the nearest on the other.

    Parameters
    ----------
    values : ndarray, shape (unit-years, items)
    index : pandas.MultiIndex
        ``(year, unit)``, one entry a row.
    interpolate : bool
    max_years : int, optional
        Years farther away are not looked at.
    back_only : bool
        Whether only earlier years are.

    Returns
    -------
    filled : ndarray, shape (unit-years, items)
        A gap with no value within reach stays NaN.
    source : ndarray of int, shape (unit-years, items)
        The year a value was carried from; 0 where none was or two were.

    Notes
    -----
    OECD/JRC Handbook (2008), step 3; ``impute_panel`` of COINr, whose
    ``linear`` is the interpolation here and whose ``latest`` is the nearest
    year looking back only.
    """
    unit_of, units = pd.factorize(index.get_level_values("unit"))
    year_of, known = pd.factorize(index.get_level_values("year"), sort=True)
    years = np.asarray(known, dtype=np.int64)
    cube = np.full((len(units), len(years), values.shape[1]), np.nan)
    cube[unit_of, year_of] = values
    before, after = _last_seen(cube), _last_seen(cube[:, ::-1])[:, ::-1]
    after = np.where(after < 0, -1, len(years) - 1 - after)
    here = years[None, :, None]
    reach = np.inf if max_years is None else max_years
    near_before = (before >= 0) & (here - years[before] <= reach)
    near_after = (after >= 0) & (years[after] - here <= reach) & (not back_only)
    from_before = np.take_along_axis(cube, np.maximum(before, 0), axis=1)
    from_after = np.take_along_axis(cube, np.maximum(after, 0), axis=1)
    take_before = near_before & (~near_after | (here - years[before] <= years[after] - here))
    carried = np.where(take_before, from_before, np.where(near_after, from_after, np.nan))
    source = np.where(take_before, years[before], np.where(near_after, years[after], 0))
    if interpolate:
        both = near_before & near_after
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (here - years[before]) / (years[after] - years[before])
        line = from_before + (from_after - from_before) * share
        carried = np.where(both, line, carried)
        source = np.where(both, 0, source)
    gaps = np.isnan(cube)
    filled = np.where(gaps, carried, cube)[unit_of, year_of]
    return filled, np.where(gaps, source, 0)[unit_of, year_of]


def _last_seen(cube: FloatArray) -> NDArray[np.intp]:
    """Return the place of the last year up to each that has a value, -1 where none has."""
    places = np.arange(cube.shape[1], dtype=np.intp)[None, :, None]
    seen: NDArray[np.intp] = np.maximum.accumulate(np.where(np.isnan(cube), -1, places), axis=1)
    return seen
