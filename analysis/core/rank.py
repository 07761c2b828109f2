"""Ranks: 1 is the best, equal scores take the smallest rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def rank_scores(scores: FloatArray, decimals: int = 9) -> FloatArray:
    """Rank scores along the last axis, the highest first.

    ``rank_i = 1 + #{j : round(s_j) > round(s_i)}``, the rounding to
    ``decimals`` places, half to even. Units without a score (NaN) have no
    rank (NaN) and are not counted.

    Parameters
    ----------
    scores : ndarray, shape (..., units)
    decimals : int

    Returns
    -------
    ndarray of float64, same shape
    """
    rounded = np.asarray(scores, dtype=np.float64).round(decimals)
    if rounded.shape[-1] == 0:
        return rounded
    order = np.argsort(-rounded, axis=-1)  # NaN sorts last; the order of ties is of no account
    ordered = np.take_along_axis(rounded, order, axis=-1)
    places = np.arange(1, rounded.shape[-1] + 1, dtype=np.float64)
    new = np.ones(rounded.shape, dtype=bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    ranked = np.maximum.accumulate(np.where(new, places, 0.0), axis=-1)
    ranked[np.isnan(ordered)] = np.nan
    ranks = np.empty_like(ranked)
    np.put_along_axis(ranks, order, ranked, axis=-1)
    return ranks
