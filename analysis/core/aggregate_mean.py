"""Means beyond the three of `aggregate`: of any power, and the weighted median."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.aggregate import formed_rows, weighted_mean

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Halves of the weight are compared with this tolerance, as a share of the whole.
_TIE = 1e-12
_ZERO = 1e-15  # a power so small is the geometric mean to the last digit


def power_mean(
    values: FloatArray,
    weights: FloatArray,
    *,
    power: float = 0.5,
    renormalise: bool = True,
    min_share: float = 0.0,
    rescale: bool = True,
) -> FloatArray:
    """Return the weighted generalised (power) mean of each row.

    ``(sum(w x ** p)) ** (1 / p)`` with ``w`` scaled to sum to one over the
    values that are there; for ``p = 0`` its limit, the geometric mean. ``p =
    1`` is the arithmetic, ``p = -1`` the harmonic mean; the lower ``p``, the
    less a high value makes up for a low one (least value as ``p`` falls,
    greatest as it rises).

    Parameters
    ----------
    values : ndarray, shape (units, children)
        NaN is missing.
    weights : ndarray, shape (children,)
        Not negative. A child of weight zero has no say, missing or not.
    power : float
    renormalise, min_share, rescale
        As in `analysis.core.aggregate.weighted_mean`.

    Returns
    -------
    ndarray, shape (units,)
        NaN where a row is not formed, and where it holds a value that the mean
        does not take (`power_improper`).

    Notes
    -----
    OECD/JRC Handbook (2008), step 6; Bullen (2003), Handbook of means and
    their inequalities. Computed from the logarithms relative to the row's
    greatest value (for a negative power: its least), so that no power
    overflows and small ones lose no digits.
    """
    power = 0.0 if abs(power) < _ZERO else float(power)
    named = {1.0: "arithmetic", 0.0: "geometric", -1.0: "harmonic"}.get(power)
    if named:
        return weighted_mean(
            values, weights, named, renormalise=renormalise, min_share=min_share, rescale=rescale
        )
    used = weights > 0
    values, weights = values[:, used], weights[used]
    bad = power_improper(values, weights, power=power).any(axis=1)
    formed = formed_rows(values, weights, renormalise=renormalise, min_share=min_share) & ~bad
    mean = np.full(values.shape[0], np.nan)
    chosen = values[formed]
    if not chosen.size:
        return mean
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(chosen)
        ends = np.fmax.reduce(logs, axis=1) if power > 0 else np.fmin.reduce(logs, axis=1)
        total = np.zeros(len(chosen))
        present = np.zeros(len(chosen))
        for child, weight in enumerate(weights):
            there = ~np.isnan(chosen[:, child])
            term = np.expm1(power * (logs[:, child] - ends))
            total[there] += weight * term[there]
            present[there] += weight
        result = np.exp(ends + np.log1p(total / present) / power)
    result[np.isneginf(ends)] = 0.0
    if not rescale:
        result *= float(sum(weights)) ** (1.0 / power)
    mean[formed] = result
    return mean


def power_improper(values: FloatArray, weights: FloatArray, *, power: float = 0.5) -> BoolArray:
    """Return which values a power mean cannot take, shape (units, children).

    A positive power other than 1 takes no negative values, zero and the
    negative powers take positive ones only.
    """
    if power == 1:
        return np.zeros(values.shape, dtype=bool)
    bad = values < 0 if power > 0 else values <= 0
    return bad & (weights > 0)


def weighted_median(
    values: FloatArray,
    weights: FloatArray,
    *,
    renormalise: bool = True,
    min_share: float = 0.0,
) -> FloatArray:
    """Return the weighted median of each row.

    The value below which, and above which, lies at most half of the weight of
    the values that are there; where two values are such (a part of them holds
    exactly half), their mean. With equal weights, the median.

    Parameters
    ----------
    values : ndarray, shape (units, children)
        NaN is missing.
    weights : ndarray, shape (children,)
    renormalise, min_share
        As in `analysis.core.aggregate.weighted_mean`.

    Returns
    -------
    ndarray, shape (units,)
        NaN where a row is not formed.

    Notes
    -----
    Edgeworth (1888), On a new method of reducing observations relating to
    several quantities; Philosophical Magazine 25.
    """
    formed = formed_rows(values, weights, renormalise=renormalise, min_share=min_share)
    median = np.full(values.shape[0], np.nan)
    chosen = values[formed]
    if not chosen.size:
        return median
    order = np.argsort(chosen, axis=1, kind="stable")
    ordered = np.take_along_axis(chosen, order, axis=1)
    reached = np.cumsum(np.where(np.isnan(ordered), 0.0, weights[order]), axis=1)
    half = reached[:, -1:] / 2
    slack = _TIE * reached[:, -1:]
    low = (reached >= half - slack).argmax(axis=1)
    high = (reached > half + slack).argmax(axis=1)
    rows = np.arange(len(chosen))
    median[formed] = (ordered[rows, low] + ordered[rows, high]) / 2
    return median
