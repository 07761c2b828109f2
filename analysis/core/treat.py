"""Treatment of outliers, with a ledger of every value changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.method import Treatment

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Treated:
    """Items of one year after treatment.

    Attributes
    ----------
    values : ndarray, shape (units, items)
    why : tuple of str
        What was done to each item: ``""``, ``"winsorised"``, ``"log_ct"``
        or ``"log_ct_neg"``.
    passes : tuple of bool
        Whether the item passes the test in the end.
    """

    values: FloatArray
    why: tuple[str, ...]
    passes: tuple[bool, ...]


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
    there = ~np.isnan(values)
    n = there.sum(axis=0).astype(np.float64)
    filled = values if there.all() else np.where(there, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        distance = filled - filled.sum(axis=0) / n
        # Scaled first, so that fourth powers neither overflow nor vanish.
        distance = np.where(there, distance, 0.0)
        distance = distance / np.abs(distance).max(axis=0, initial=0.0)
        square = distance * distance
        m2 = square.sum(axis=0) / n
        m3 = (square * distance).sum(axis=0) / n
        m4 = (square * square).sum(axis=0) / n
        skewness = m3 / m2**1.5 * np.sqrt(n * (n - 1)) / (n - 2)
        kurtosis = ((n + 1) * (m4 / m2**2 - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    same = np.fmin.reduce(values, axis=0, initial=np.nan) == np.fmax.reduce(
        values, axis=0, initial=np.nan
    )
    return (
        np.where(same | (n < 3), np.nan, skewness),
        np.where(same | (n < 4), np.nan, kurtosis),
    )


def passes_test(values: FloatArray, treatment: Treatment) -> NDArray[np.bool_]:
    """Return whether each column has no outliers to treat.

    It fails where ``|skewness| >= treatment.skewness`` and ``kurtosis >=
    treatment.kurtosis``. Fewer than 4 values, or values that are all the
    same, pass.
    """
    skewness, kurtosis = shape_statistics(values)
    # Rounded, so that a value at the very threshold does not hang on the order of units.
    skewed = np.abs(skewness).round(9) >= treatment.skewness
    return ~(skewed & (kurtosis.round(9) >= treatment.kurtosis))


def treat(values: FloatArray, treatment: Treatment) -> Treated:
    """Treat the items of one year by the rule of the JRC.

    1. An item that passes `passes_test` is left alone.
    2. Else it is winsorised: the highest value (where skewness is positive or
       zero; the lowest where it is negative) is moved to the next one, tied
       values together, until the item passes or ``max_points`` values have
       been moved. The last step may pass that number when it moves a tie.
    3. If it fails still, the *original* item is transformed instead, with
       ``a = (max - min) / 100``: ``log_ct`` is ``log(x - min + a)``;
       ``log_ct_plus`` is the same where skewness is positive, and
       ``-log(max + a - x)`` where it is not. With ``"none"`` the winsorised
       item stands.

    An item is never winsorised down to a single value.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        NaN is missing and stays so.
    treatment : Treatment

    Returns
    -------
    Treated

    References
    ----------
    OECD/JRC Handbook (2008), step 3; Becker, Caperna, Del Sorbo, Norlen,
    Papadimitriou, Saisana (2022), COINr: an R package for developing
    composite indicators, JOSS 7(78): its documented default is this rule with
    2, 3.5, 5 points and ``log_ct``.
    """
    count = values.shape[1]
    if treatment.rule == "none":
        return Treated(values, ("",) * count, (True,) * count)
    passes = passes_test(values, treatment)
    treated = values.copy()
    why = [""] * count
    for item in np.flatnonzero(~passes):
        there = ~np.isnan(values[:, item])
        treated[there, item], why[item], passes[item] = _treat_item(values[there, item], treatment)
    return Treated(treated, tuple(why), tuple(bool(ok) for ok in passes))


def _treat_item(values: FloatArray, treatment: Treatment) -> tuple[FloatArray, str, bool]:
    winsorised = winsorise(values, treatment)
    passed = bool(passes_test(winsorised, treatment))
    if passed or treatment.transform == "none":
        moved = not np.array_equal(winsorised, values)
        return winsorised, "winsorised" if moved else "", passed
    lowest, highest = values.min(), values.max()
    margin = (highest - lowest) / 100
    if treatment.transform == "log_ct_plus" and shape_statistics(values)[0] <= 0:
        transformed, why = -np.log(highest + margin - values), "log_ct_neg"
    else:
        transformed, why = np.log(values - lowest + margin), "log_ct"
    return transformed, why, bool(passes_test(transformed, treatment))


def winsorise(values: FloatArray, treatment: Treatment) -> FloatArray:
    """Return one item winsorised as step 2 of `treat` says; no value missing."""
    current = values
    moved = 0
    while moved < treatment.max_points and not passes_test(current, treatment):
        if shape_statistics(current)[0] >= 0:
            inner = current[current < current.max()]
            current = np.minimum(current, inner.max())
        else:
            inner = current[current > current.min()]
            current = np.maximum(current, inner.min())
        if inner.min() == inner.max():
            return values
        moved = int(np.count_nonzero(current != values))
    return current
