"""Normalisation against a reference: a unit, the frontier, the mean, a target."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.centre import centre
from analysis.core.normalise import observed_range

FloatArray = NDArray[np.float64]
REFERENCES = ("best", "worst", "mean", "median", "target")


def reference_values(values: FloatArray, direction: FloatArray, reference: str) -> FloatArray:
    """Return what each item is compared with: its best, worst, mean or median value.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
        1 where higher is better, -1 where lower is.
    reference : {"best", "worst", "mean", "median"}

    Returns
    -------
    ndarray, shape (items,)
        NaN for an empty item.
    """
    if reference in ("best", "worst"):
        lo, hi = observed_range(values)
        return np.where((direction > 0) == (reference == "best"), hi, lo)
    return centre(values, reference)


def ratio(values: FloatArray, direction: FloatArray, reference: FloatArray) -> FloatArray:
    """Return values as a multiple of the reference: ``x / r``, or ``r / x`` where lower is better.

    With the best value as reference the fraction of the best, from 0 to 1.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
    reference : ndarray, shape (items,)

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is, where the reference is missing or not
        positive, and where a value is negative, or zero and lower is better:
        a ratio of these has no meaning. All 1 where all units are the same
        and the reference is one of them.

    Notes
    -----
    OECD/JRC Handbook (2008), step 5 (5.4) and table 15; ``n_fracmax`` of COINr
    where higher is better.
    """
    up = direction > 0
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        result: FloatArray = np.where(up, values / reference, reference / values)
    result[:, ~(reference > 0)] = np.nan
    result[(values < 0) | ((values == 0) & ~up) | np.isinf(result)] = np.nan
    return _same_as_reference(result, values, reference, 1.0)


def difference(values: FloatArray, direction: FloatArray, reference: FloatArray) -> FloatArray:
    """Return the distance from the reference as a share of it: ``d (x - r) / |r|``.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
    reference : ndarray, shape (items,)

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is, and where the reference is missing or zero.
        All 0 where all units are the same and the reference is one of them.

    Notes
    -----
    OECD/JRC Handbook (2008), step 5 (5.4) and table 15.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        result: FloatArray = direction * (values - reference) / np.abs(reference)
    result[:, reference == 0] = np.nan
    result[np.isinf(result)] = np.nan
    return _same_as_reference(result, values, reference, 0.0)


def distance(
    values: FloatArray,
    direction: FloatArray,
    worst: FloatArray,
    reference: FloatArray,
    lower: float = 0.0,
    upper: float = 1.0,
    *,
    cap: bool = False,
) -> FloatArray:
    """Return the way made from the worst value to the reference, on a scale.

    ``lower + (upper - lower) (x - w) / (r - w)``: the worst value ``w`` takes
    ``lower`` and the reference ``r`` takes ``upper``. With the best value as
    reference this is the distance to the frontier, with a target the distance
    to target.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
    worst, reference : ndarray, shape (items,)
    lower, upper : float
    cap : bool
        Whether values beyond the reference take ``upper``.

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is, and where the reference is missing or no
        better than the worst value. Units that are all the same take the
        middle of the scale where the reference is the same too.

    Notes
    -----
    ``n_dist2max``, ``n_dist2ref`` and ``n_dist2targ`` of COINr.
    """
    span = direction * (reference - worst)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        share: FloatArray = direction * (values - worst) / span
    if cap:
        share = np.where(share > 1.0, 1.0, share)
    share[:, ~(span > 0)] = np.nan
    share[np.isinf(share)] = np.nan
    share = _same_as_reference(share, values, np.where(worst == reference, reference, np.nan), 0.5)
    return lower + (upper - lower) * share


def above_below(
    values: FloatArray, direction: FloatArray, mean: FloatArray, threshold: float = 0.2
) -> FloatArray:
    """Tell values above the mean (1) from those about it (0) and below it (-1).

    With ``p`` the threshold: 1 where ``d (x - m) / |m| > p``, -1 where it is
    below ``-p``, else 0.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    direction : ndarray, shape (items,)
    mean : ndarray, shape (items,)
    threshold : float
        Share of the mean.

    Returns
    -------
    ndarray, shape (units, items)
        NaN where the value is, and where the mean is missing. All 0 where all
        units are the same. A mean of zero leaves no band about it: the sign counts.

    Notes
    -----
    OECD/JRC Handbook (2008), step 5 (5.6) and table 15, with a threshold of 20 %.
    """
    away = direction * (values - mean)
    band = threshold * np.abs(mean) + 1e-12 * np.abs(mean)
    result = np.where(away > band, 1.0, np.where(away < -band, -1.0, 0.0))
    result[np.isnan(away)] = np.nan
    return result


def _same_as_reference(
    result: FloatArray, values: FloatArray, reference: FloatArray, score: float
) -> FloatArray:
    """Give ``score`` to items that are the same for all units, and the same as the reference."""
    lo, hi = observed_range(values)
    same = (lo == hi) & (reference == lo)
    result[:, same] = np.where(np.isnan(values[:, same]), np.nan, score)
    return result
