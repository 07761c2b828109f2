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
    lo: FloatArray = np.fmin.reduce(values, axis=0, initial=np.nan)
    hi: FloatArray = np.fmax.reduce(values, axis=0, initial=np.nan)
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
        (Where the ends are those of another year, values beside the only one
        there was have no place on a scale, and are NaN.)

    Notes
    -----
    OECD/JRC Handbook (2008), step 5 (5.3).
    """
    result = np.empty(values.shape, order="F")
    # Item by item, in place: an item fits into the processor's cache, the whole table does not.
    for item, (low, high) in enumerate(zip(lo, hi, strict=True)):
        column, scaled = values[:, item], result[:, item]
        if low == high:
            scaled[:] = np.where(column == low, 0.5, np.nan)
        else:
            with np.errstate(invalid="ignore", over="ignore"):
                if direction[item] > 0:
                    np.subtract(column, low, out=scaled)
                else:
                    np.subtract(high, column, out=scaled)
                scaled /= high - low
        scaled *= upper - lower
        scaled += lower
    return result


def exponential(
    values: FloatArray,
    direction: FloatArray,
    lo: FloatArray,
    hi: FloatArray,
    lower: float,
    upper: float,
) -> FloatArray:
    """Put values on an exponential scale: the exponential efficacy score.

    ``lower (upper / lower) ** s`` with ``s`` the share of the way from the
    worse end to the better one, ``(x - lo) / (hi - lo)`` where higher is
    better. With 60 and 100 this is ``60 exp(-s ln 0.6)``: it rises more
    slowly than the linear score at first and faster near the top.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
    lo, hi : ndarray, shape (items,)
    lower, upper : float
        Both positive.

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is; where all units are the same ``s`` is 1/2.

    Notes
    -----
    The exponential form of the efficacy coefficient in Chinese practice; no
    ministry is known to have published it for an assessment of its own.
    """
    share = rescale(values, direction, lo, hi, 0.0, 1.0)
    with np.errstate(over="ignore"):
        return lower * (upper / lower) ** share


def zscore(
    values: FloatArray,
    direction: FloatArray,
    basis: FloatArray | None = None,
    *,
    mean: float = 0.0,
    sd: float = 1.0,
) -> FloatArray:
    """Standardise each column to a mean (0) and a standard deviation (1).

    ``mean + sd d (x - m) / s`` with ``d`` the direction, ``m`` the mean and
    ``s`` the sample standard deviation (divisor ``n - 1``) of the column.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
    basis : ndarray, shape (other units, items), optional
        What ``m`` and ``s`` are taken from; by default the values.
    mean, sd : float

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is; ``mean`` where all units are the same.

    Notes
    -----
    OECD/JRC Handbook (2008), step 5 (5.2) and table 15.
    """
    basis = values if basis is None else basis
    there = ~np.isnan(basis)
    count = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(there, basis, 0.0).sum(axis=0) / count
        deviation = np.where(there, basis - centre, 0.0)
        # Scaled first, so that squares neither overflow nor vanish.
        most = np.abs(deviation).max(axis=0, initial=0.0)
        spread = most * np.sqrt(((deviation / most) ** 2).sum(axis=0) / (count - 1))
        scaled: FloatArray = direction * (values - centre) / spread
    # By the range: the mean of equal numbers need not equal them to the last bit.
    lo, hi = observed_range(basis)
    constant = lo == hi
    scaled[:, constant] = np.where(values[:, constant] == lo[constant], 0.0, np.nan)
    return mean + sd * scaled


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
