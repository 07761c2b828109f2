"""Skewness and kurtosis, and the test for outliers that rests on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.steps import Treatment

FloatArray = NDArray[np.float64]

# Distances between these have fourth powers that neither overflow nor vanish.
_SMALL, _LARGE = 1e-60, 1e60


def shape_statistics(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return skewness and excess kurtosis of each column, missing values left out.

    With ``n`` values, ``d`` their distance from the mean and ``m_k = mean(d**k)``:

    - skewness ``G1 = m_3 / m_2**1.5 * sqrt(n (n - 1)) / (n - 2)``
    - kurtosis ``G2 = ((n + 1) (m_4 / m_2**2 - 3) + 6) (n - 1) / ((n - 2) (n - 3))``

    the estimators of Excel, of type 2 in R's e1071 and of COINr.

    Parameters
    ----------
    values : ndarray, shape (units,) or (units, items)

    Returns
    -------
    skewness, kurtosis : ndarray, shape (items,), or scalars for one column
        NaN for fewer than 3 (4) values and where all are the same.

    References
    ----------
    Joanes, D. N., Gill, C. A. (1998), Comparing measures of sample skewness
    and kurtosis, The Statistician 47(1).
    """
    if values.ndim == 1:
        skewness, kurtosis = shape_of(present(values))
        return np.asarray(skewness)[()], np.asarray(kurtosis)[()]
    found = np.array([shape_of(present(column)) for column in values.T]).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def present(column: FloatArray) -> FloatArray:
    """Return the values of a column that are not missing (itself, where none is)."""
    missing = np.isnan(column)
    return column[~missing] if missing.any() else column


def shape_of(column: FloatArray) -> tuple[float, float]:
    """Return `shape_statistics` of one column without missing values."""
    n = len(column)
    if n < 3:
        return np.nan, np.nan
    lowest, highest = float(column.min()), float(column.max())
    if lowest == highest:
        return np.nan, np.nan
    with np.errstate(over="ignore", invalid="ignore"):
        mean = column.sum() / n
        distance = column - mean
        farthest = max(highest - mean, mean - lowest)
        if not _SMALL < farthest < _LARGE:
            distance /= farthest
        square = distance * distance
        m2 = square.sum() / n
        distance *= square
        m3 = distance.sum() / n
        square *= square
        m4 = square.sum() / n
        skewness = m3 / m2**1.5 * np.sqrt(n * (n - 1)) / (n - 2)
        if n < 4:
            return float(skewness), np.nan
        kurtosis = ((n + 1) * (m4 / m2**2 - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    return float(skewness), float(kurtosis)


def passes(shape: tuple[float, float], treatment: Treatment) -> bool:
    """Return whether a skewness and a kurtosis are those of an item without outliers."""
    # Rounded, so that a value at the very threshold does not hang on the order of units.
    skewness, kurtosis = (round(number, 9) for number in shape)
    return not (abs(skewness) >= treatment.skewness and kurtosis >= treatment.kurtosis)


def passes_test(values: FloatArray, treatment: Treatment) -> NDArray[np.bool_]:
    """Return whether each column has no outliers to treat.

    It fails where ``|skewness| >= treatment.skewness`` and ``kurtosis >=
    treatment.kurtosis``. Fewer than 4 values, or values that are all the
    same, pass.
    """
    columns = values.T if values.ndim == 2 else values[None, :]
    found = np.array([passes(shape_of(present(column)), treatment) for column in columns])
    return found if values.ndim == 2 else found[0]
