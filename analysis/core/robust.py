"""Robust standard scores: how far a value lies from the middle of others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

NORMAL = 1.4826
"""Times the median absolute deviation, it estimates the standard deviation of normal values."""


def robust_z(
    values: ArrayLike, among: ArrayLike, *, floor: float = 0.0, least: int = 1
) -> FloatArray:
    """Return ``z = (x - median) / max(1.4826 MAD, floor)``.

    ``median`` and ``MAD`` (median absolute deviation) are those of the column
    of ``among``, missing values left out.

    Parameters
    ----------
    values : array_like, shape (n,)
    among : array_like, shape (m, n) or (m, 1)
        What each value is held against, one column each.
    floor : float
        Least spread that is believed in, in the units of the values: others
        that are all alike must not make a trifle look enormous.
    least : int
        Fewer known values than that are nothing to hold a value against.

    Returns
    -------
    ndarray, shape (n,)
        NaN where the value or the spread is missing or zero, or ``least`` is
        not reached.

    References
    ----------
    Iglewicz, B. and Hoaglin, D. C. (1993), How to detect and handle outliers.
    """
    x = np.asarray(values, dtype=np.float64)
    others = np.atleast_2d(np.asarray(among, dtype=np.float64))
    known = (~np.isnan(others)).sum(axis=0)
    enough = known >= max(least, 1)
    # What cannot be judged would warn of empty columns; its result is dropped below.
    filled = np.where(enough, others, 0.0) if len(others) else np.zeros((1, others.shape[1]))
    middle = np.nanmedian(filled, axis=0)
    spread = np.maximum(NORMAL * np.nanmedian(np.abs(filled - middle), axis=0), floor)
    z = np.full(np.broadcast_shapes(x.shape, middle.shape), np.nan)
    np.divide(x - middle, spread, out=z, where=enough & (spread > 0))
    return z
