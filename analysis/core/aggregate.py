"""Weighted means by which the children of a node become its score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def weighted_mean(
    values: FloatArray,
    weights: FloatArray,
    rule: str = "arithmetic",
    *,
    renormalise: bool = True,
    min_share: float = 0.0,
    rescale: bool = True,
) -> FloatArray:
    """Return the weighted mean of each row.

    With ``w`` scaled to sum to one over the values that are there:

    - arithmetic: ``sum(w x)``
    - geometric: ``exp(sum(w log x)) = prod(x ** w)``
    - harmonic: ``1 / sum(w / x)``

    Parameters
    ----------
    values : ndarray, shape (units, children)
        NaN is missing.
    weights : ndarray, shape (children,)
        Not negative. A child of weight zero has no say, missing or not.
    rule : {"arithmetic", "geometric", "harmonic"}
    renormalise : bool
        Whether a row with missing values is formed from the others; if not,
        it is empty.
    min_share : float
        Share of the weight that must be there for a row to be formed.
    rescale : bool
        Whether the weights are scaled to sum to one. If not, they are used as
        they are: over the values that are there they are scaled to sum to
        what they sum to in full.

    Returns
    -------
    ndarray, shape (units,)
        NaN where a row is not formed, and where a value is not positive and
        the mean is geometric or harmonic (`improper` tells which).

    Notes
    -----
    OECD/JRC Handbook (2008), step 7 (6.1 and 6.2). The sum runs child by
    child, so that the last bit does not depend on the number of threads of a
    linear algebra library.
    """
    total = np.zeros(values.shape[0])
    present = np.zeros(values.shape[0])
    for child, weight in enumerate(weights):
        if weight == 0:
            continue
        column = values[:, child]
        if rule != "arithmetic":
            column = np.where(column > 0, column, np.nan) if (column <= 0).any() else column
            column = np.log(column) if rule == "geometric" else 1.0 / column
        there = ~np.isnan(column)
        if there.all():
            total += weight * column
            present += weight
        else:
            total[there] += weight * column[there]
            present[there] += weight
    full = float(sum(weights))
    formed = _enough(present, full, renormalise, min_share)
    mean = np.full(values.shape[0], np.nan)
    np.divide(total, present, out=mean, where=formed)
    if not rescale:
        mean *= full
    if rule == "geometric":
        mean = np.exp(mean)
    elif rule == "harmonic":
        mean = 1.0 / mean
    if rule != "arithmetic":
        mean[improper(values, weights, rule).any(axis=1)] = np.nan
    return mean


def improper(values: FloatArray, weights: FloatArray, rule: str) -> BoolArray:
    """Return which values a mean cannot take, shape (units, children).

    A geometric or harmonic mean takes positive values only; those of weight
    zero do not matter.
    """
    if rule == "arithmetic":
        return np.zeros(values.shape, dtype=bool)
    return (values <= 0) & (weights > 0)


def formed_rows(
    values: FloatArray, weights: FloatArray, *, renormalise: bool = True, min_share: float = 0.0
) -> BoolArray:
    """Return which rows hold enough of the weight to be formed, shape (units,).

    Parameters
    ----------
    values : ndarray, shape (units, children)
    weights : ndarray, shape (children,)
    renormalise, min_share
        As in `weighted_mean`.
    """
    present = np.zeros(values.shape[0])
    for child, weight in enumerate(weights):
        present += weight * ~np.isnan(values[:, child])
    return _enough(present, float(sum(weights)), renormalise, min_share)


def _enough(present: FloatArray, full: float, renormalise: bool, min_share: float) -> BoolArray:
    """Return where the weight present reaches the share that must be there."""
    needed = full * (min_share if renormalise else 1.0)
    # The tolerance keeps a share that is reached exactly from failing by a rounding error.
    enough: BoolArray = (present > 0) & (present >= needed - 1e-12 * full)
    return enough
