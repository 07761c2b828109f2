"""Confidence intervals of shares of draws, and quantiles of what was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.95
_SLACK = 1e-9  # keeps 0.95 x 20, say, from lying above 19 by a rounding error


def wilson(
    counts: NDArray[Any], draws: int, confidence: float = CONFIDENCE
) -> tuple[FloatArray, FloatArray]:
    """Return the Wilson score interval of shares of draws.

    With ``p = count / n`` and ``z`` the normal quantile of ``(1 + confidence)
    / 2``: ``(p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)``.

    Parameters
    ----------
    counts : ndarray of int
    draws : int
    confidence : float

    Returns
    -------
    low, high : ndarray, same shape
        From 0 to 1; NaN without draws.

    Notes
    -----
    Wilson (1927), Probable inference, the law of succession, and statistical
    inference; Journal of the American Statistical Association 22. Each
    interval covers its own share with the confidence named, not all of them
    at once: of a hundred intervals of 95% about five miss. They tell what the
    number of draws leaves open, and hold for draws independent of each other.
    """
    counts = np.asarray(counts, dtype=np.float64)
    if draws < 1:
        return np.full(counts.shape, np.nan), np.full(counts.shape, np.nan)
    return wilson_of_shares(counts / draws, draws, confidence)


def wilson_of_shares(
    share: FloatArray, size: float | FloatArray, confidence: float = CONFIDENCE
) -> tuple[FloatArray, FloatArray]:
    """Return the Wilson score interval of shares, each of a sample of its own size.

    Parameters
    ----------
    share : ndarray
        From 0 to 1.
    size : float or ndarray, same shape
        Above 0; need not be whole, as that which draws in clusters are worth is not.
    confidence : float

    Returns
    -------
    low, high : ndarray, same shape
        As in `wilson`.
    """
    z = float(norm.ppf((1 + confidence) / 2))
    scale = 1 + z * z / size
    centre = (share + z * z / (2 * size)) / scale
    half = z * np.sqrt(share * (1 - share) / size + z * z / (4 * size * size)) / scale
    low = np.where(share == 0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(share == 1, 1.0, np.minimum(centre + half, 1.0))
    return low, high


def widest(counts: NDArray[Any], draws: int, confidence: float = CONFIDENCE) -> float:
    """Return half the width of the widest of the intervals that `wilson` gives.

    It is that of the share nearest to one half. 0 where there are none.
    """
    if not counts.size or draws < 1:
        return 0.0 if draws else np.inf
    nearest = counts.flat[int(np.abs(2 * counts - draws).argmin())]
    low, high = wilson(np.array([nearest]), draws, confidence)
    return float(high[0] - low[0]) / 2


def quantiles_of_counts(counts: NDArray[Any], share: float) -> FloatArray:
    """Return quantiles of whole numbers from how often each occurred.

    The least number that at least ``share`` of the draws do not exceed.

    Parameters
    ----------
    counts : ndarray of int, shape (units, numbers)
        How often 1, 2, 3 ... occurred.
    share : float

    Returns
    -------
    ndarray, shape (units,)
        NaN where nothing occurred.
    """
    up_to = np.cumsum(counts, axis=1)
    total = up_to[:, -1]
    needed = np.maximum(share * total - _SLACK, 0.5)
    found: FloatArray = (up_to < needed[:, None]).sum(axis=1) + 1.0
    return np.where(total > 0, found, np.nan)


def quantiles_of_draws(drawn: NDArray[Any], shares: Sequence[float]) -> FloatArray:
    """Return quantiles of what was drawn.

    The least number that at least a ``share`` of the draws do not exceed.

    Parameters
    ----------
    drawn : ndarray, shape (units, draws)
        NaN is left out of account. Its order changes.
    shares : sequence of float

    Returns
    -------
    ndarray, shape (shares, units)
        NaN where there are none.
    """
    units, draws = drawn.shape
    found = np.full((len(shares), units), np.nan)
    if not drawn.size:
        return found
    there = np.full(units, draws)
    if drawn.dtype.kind == "f":
        there -= np.isnan(drawn).sum(axis=1)
    at = np.array([np.maximum(np.ceil(share * there - _SLACK) - 1, 0) for share in shares])
    at = at.astype(np.intp)
    drawn.sort(axis=1)  # NaN comes last
    for row, places in enumerate(at):
        found[row] = drawn[np.arange(units), places]
    return found
