"""The mean or the median of each item."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def centre(values: FloatArray, rule: str) -> FloatArray:
    """Return the mean or the median of each column, missing values left out.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    rule : {"mean", "median"}

    Returns
    -------
    ndarray, shape (items,)
        NaN for an empty column.
    """
    found = np.full(values.shape[1], np.nan)
    for item, column in enumerate(values.T):
        there = column[~np.isnan(column)]
        if len(there):
            found[item] = _mean(there) if rule == "mean" else _median(there)
    return found


def _mean(values: FloatArray) -> float:
    with np.errstate(over="ignore"):
        mean = float(values.mean())
    # A sum may be too large for a number though the mean is not.
    return mean if np.isfinite(mean) else float((values / len(values)).sum())


def _median(values: FloatArray) -> float:
    with np.errstate(over="ignore"):
        median = float(np.median(values))
    return median if np.isfinite(median) else float(np.median(values / 2) * 2)
