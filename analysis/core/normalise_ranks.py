"""Normalisation by the place of a value among the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def ranks(values: FloatArray, direction: FloatArray) -> FloatArray:
    """Return each value's rank in its column, the worst being 1.

    ``r_i = 1 + #{j : d x_j < d x_i}`` with ``d`` the direction: with ``n``
    values the best has rank ``n``, and equal values take the smallest.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
        1 where higher is better, -1 where lower is.

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is; missing values are not counted. All 1 where
        all units are the same.

    Notes
    -----
    OECD/JRC Handbook (2008), step 5 (5.1) and table 15; ``n_rank`` of COINr.
    """
    result = np.full(values.shape, np.nan)
    places = np.arange(1.0, len(values) + 1)
    for item, sign in enumerate(direction):
        column = sign * values[:, item]
        order = np.argsort(column)  # NaN last; the order of ties is of no account
        ordered = column[order]
        new = np.ones(len(column), dtype=bool)
        new[1:] = ordered[1:] != ordered[:-1]
        ranked = np.maximum.accumulate(np.where(new, places, 0.0))
        ranked[np.isnan(ordered)] = np.nan
        result[order, item] = ranked
    return result


def percentile_ranks(
    values: FloatArray, direction: FloatArray, lower: float = 0.0, upper: float = 100.0
) -> FloatArray:
    """Return the share of the other units that each value is ahead of, on a scale.

    ``lower + (upper - lower) (r - 1) / (n - 1)`` with ``r`` the rank of
    `ranks` and ``n`` the number of values: the best takes ``upper``, the worst
    ``lower``.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
    lower, upper : float

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is. A single unit, and units that are all the
        same, take the middle of the scale.

    Notes
    -----
    ``n_prank`` of COINr. The percentiles that the OECD/JRC Handbook prints in
    table 15 are ``100 r / n`` (`percentiles`).
    """
    place = ranks(values, direction) - 1.0
    others = (~np.isnan(values)).sum(axis=0) - 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        share = place / others
    constant = _constant(values)
    share[:, constant] = np.where(np.isnan(values[:, constant]), np.nan, 0.5)
    scaled: FloatArray = lower + (upper - lower) * share
    return scaled


def borda(values: FloatArray, direction: FloatArray) -> FloatArray:
    """Return how many units each value is ahead of: the rank of `ranks` less one.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is; all 0 where all units are the same.

    Notes
    -----
    OECD/JRC Handbook (2008), step 6 (Borda); ``n_borda`` of COINr.
    """
    return ranks(values, direction) - 1.0


def percentiles(values: FloatArray, direction: FloatArray) -> FloatArray:
    """Return the percentage of units that are worse, the unit itself counted in.

    ``100 r / n`` with ``r`` the rank of `ranks` and ``n`` the number of values.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)

    Returns
    -------
    ndarray, shape (units, items)
        From above 0 to 100; NaN where the value is.

    Notes
    -----
    OECD/JRC Handbook (2008), table 15.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        place: FloatArray = 100.0 * ranks(values, direction) / (~np.isnan(values)).sum(axis=0)
    return place


def categorical(
    values: FloatArray,
    direction: FloatArray,
    cuts: Sequence[float],
    grades: Sequence[float],
) -> FloatArray:
    """Grade each value by its percentile.

    The grade is ``grades[k]`` with ``k`` the number of ``cuts`` that the
    percentile (`percentiles`) reaches. The Handbook's own scale has the cuts
    5, 15, 35, 65, 85, 95 and the grades 0, 20, 40, 50, 60, 80, 100.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
    cuts : sequence of float
        Rising percentiles.
    grades : sequence of float
        One more than there are cuts, from the worst to the best.

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is. A single unit, and units that are all the
        same, take the grade of the 50th percentile.

    Notes
    -----
    OECD/JRC Handbook (2008), table 15: its grades follow from these cuts.
    """
    place = percentiles(values, direction)
    constant = _constant(values)
    place[:, constant] = np.where(np.isnan(values[:, constant]), np.nan, 50.0)
    reached = np.searchsorted(np.asarray(cuts), np.nan_to_num(place).round(9), side="right")
    return np.where(np.isnan(place), np.nan, np.asarray(grades, dtype=np.float64)[reached])


def _constant(values: FloatArray) -> NDArray[np.bool_]:
    """Return which columns hold one value only (or a single one)."""
    least = np.fmin.reduce(values, axis=0, initial=np.nan)
    greatest = np.fmax.reduce(values, axis=0, initial=np.nan)
    same: NDArray[np.bool_] = least == greatest
    return same
