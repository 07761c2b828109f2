"""The digits of numbers as they are written, and how likely it is that they came about so."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BENFORD: FloatArray = np.log10(1 + 1 / np.arange(1, 10))
"""Share of numbers that begin with 1, ..., 9: ``log10(1 + 1/d)`` (Newcomb 1881, Benford 1938)."""


def written(values: ArrayLike) -> tuple[IntArray, IntArray, IntArray, NDArray[np.bool_]]:
    """Return what the shortest decimal form of each number shows.

    Parameters
    ----------
    values : array_like, shape (n,)
        Finite numbers.

    Returns
    -------
    first, last : ndarray of int, shape (n,)
        First and last digit; zeros at the head do not count, and behind a
        decimal point the last digit is never 0. Both are 0 for zero.
    count : ndarray of int, shape (n,)
        Digits from the first to the last that is not 0.
    whole : ndarray of bool, shape (n,)
    """
    first, last, count, whole = [], [], [], []
    for value in np.asarray(values, dtype=np.float64).tolist():
        integer = float(value).is_integer()
        digits = format(Decimal(repr(abs(value))), "f").partition(".")
        word = digits[0] if integer else digits[0] + digits[2].rstrip("0")
        word = word.lstrip("0") or "0"
        first.append(int(word[0]))
        last.append(int(word[-1]))
        count.append(len(word.rstrip("0")))
        whole.append(integer)
    return (
        np.array(first, dtype=np.int64),
        np.array(last, dtype=np.int64),
        np.array(count, dtype=np.int64),
        np.array(whole, dtype=bool),
    )


def expected_last(whole: NDArray[np.bool_]) -> FloatArray:
    """Return how often each last digit is expected, shape (10,).

    Each digit equally often: 0 to 9 for whole numbers, 1 to 9 behind a decimal
    point, where a 0 at the end is not written.
    """
    integers = int(whole.sum())
    expected = np.full(10, integers / 10)
    expected[1:] += (len(whole) - integers) / 9
    return expected


def chi_square(observed: ArrayLike, expected: ArrayLike) -> tuple[float, float]:
    """Return Pearson's statistic ``sum (o - e)^2 / e`` and its probability under chance.

    Cells of which none are expected are left out; degrees of freedom are the
    cells less one.

    Parameters
    ----------
    observed, expected : array_like, shape (k,)
        Counts, of the same sum.

    Returns
    -------
    statistic, p : float
    """
    seen, awaited = (np.asarray(part, dtype=np.float64) for part in (observed, expected))
    kept = awaited > 0
    statistic = float(((seen[kept] - awaited[kept]) ** 2 / awaited[kept]).sum())
    return statistic, float(chi2.sf(statistic, max(int(kept.sum()) - 1, 1)))
