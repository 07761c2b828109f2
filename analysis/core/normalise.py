"""Normalisation: items in their own units, put on one scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def observed_range(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the least and the greatest value of each column; NaN for an empty one.

    Parameters
    ----------
    values : ndarray, shape (units, items)

    Returns
    -------
    lo, hi : ndarray, shape (items,)
    """
    lo = np.fmin.reduce(values, axis=0, initial=np.nan)
    hi = np.fmax.reduce(values, axis=0, initial=np.nan)
    return lo, hi


def rescale(
    values: FloatArray,
    direction: FloatArray,
    lo: FloatArray,
    hi: FloatArray,
    lower: float,
    upper: float,
) -> FloatArray:
    """Put values between ``lo`` and ``hi`` on a scale from ``lower`` to ``upper``.

    ``lower + (upper - lower) (x - lo) / (hi - lo)`` where higher is better,
    ``lower + (upper - lower) (hi - x) / (hi - lo)`` where lower is better.
    With the observed range this is min-max (0 to 100), with 60 and 100 the
    linear efficacy score, with fixed goalposts the form of the UNDP indices.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
        1 where higher is better, -1 where lower is.
    lo, hi : ndarray, shape (items,)
    lower, upper : float

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is. An item that is the same for all units
        (``lo == hi``) says nothing of them: all take the middle of the scale.

    Notes
    -----
    OECD/JRC Handbook (2008), step 5 (5.3).
    """
    span = hi - lo
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(direction > 0, values - lo, hi - values) / span
    constant = span == 0
    if constant.any():
        share[:, constant] = np.where(np.isnan(values[:, constant]), np.nan, 0.5)
    return lower + (upper - lower) * share


def zscore(values: FloatArray, direction: FloatArray) -> FloatArray:
    """Standardise each column to mean 0 and standard deviation 1.

    ``d (x - mean(x)) / sd(x)`` with ``d`` the direction and the sample
    standard deviation (divisor ``n - 1``).

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is; 0 where all units are the same.

    Notes
    -----
    OECD/JRC Handbook (2008), step 5 (5.2) and table 15.
    """
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    filled = np.where(there, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = np.where(there, values - filled.sum(axis=0) / count, 0.0)
        sd = np.sqrt((deviation**2).sum(axis=0) / (count - 1))
        scaled: FloatArray = direction * deviation / sd
    lo, hi = observed_range(values)
    # By range too: the mean of equal numbers need not equal them to the last bit.
    scaled[:, (lo == hi) | (sd == 0)] = 0.0
    scaled[~there] = np.nan
    return scaled


def capped(values: FloatArray, lo: FloatArray, hi: FloatArray, cap: list[str]) -> FloatArray:
    """Hold values at their goalposts: ``both`` ends, ``lower``, ``upper`` or none (``""``).

    Parameters
    ----------
    values : ndarray, shape (units, items)
    lo, hi : ndarray, shape (items,)
    cap : list of str, one an item

    Returns
    -------
    ndarray, shape (units, items)
    """
    floor = np.where([word in ("both", "lower") for word in cap], lo, -np.inf)
    ceiling = np.where([word in ("both", "upper") for word in cap], hi, np.inf)
    held: FloatArray = np.minimum(np.maximum(values, floor), ceiling)
    return held
