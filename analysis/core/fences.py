"""Fences: values beyond them are moved to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def quantile_fences(values: FloatArray, lower: float, upper: float) -> tuple[float, float]:
    """Return the quantiles ``lower`` and ``upper`` of an item.

    Linear interpolation between order statistics (type 7 of Hyndman and Fan,
    the default of R and NumPy).

    Parameters
    ----------
    values : ndarray, shape (units,)
        None missing.
    lower, upper : float
        From 0 to 1.

    Returns
    -------
    float, float
    """
    low, high = np.quantile(values, [lower, upper])
    return float(low), float(high)


def iqr_fences(values: FloatArray, whisker: float) -> tuple[float, float]:
    """Return the fences ``Q1 - whisker (Q3 - Q1)`` and ``Q3 + whisker (Q3 - Q1)``.

    Parameters
    ----------
    values : ndarray, shape (units,)
        None missing.
    whisker : float
        1.5 are Tukey's inner fences, 3 his outer ones.

    Returns
    -------
    float, float

    References
    ----------
    Tukey, J. W. (1977), Exploratory data analysis.
    """
    first, third = quantile_fences(values, 0.25, 0.75)
    reach = whisker * (third - first)
    return first - reach, third + reach


def fence(values: FloatArray, low: float, high: float) -> FloatArray:
    """Return an item with the values beyond the fences moved to them.

    An item is left as it is where that would leave it a single value.

    Parameters
    ----------
    values : ndarray, shape (units,)
        None missing.
    low, high : float

    Returns
    -------
    ndarray, shape (units,)
    """
    moved = np.clip(values, low, high)
    return values if len(moved) and moved.min() == moved.max() else moved
