"""Ranks: 1 is the best, equal scores take the smallest rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


def round_scores(scores: FloatArray, decimals: int) -> FloatArray:
    """Return scores rounded, half to even; those too large to have decimals as they are.

    Parameters
    ----------
    scores : ndarray
    decimals : int

    Returns
    -------
    ndarray, same shape
    """
    with np.errstate(over="ignore"):
        rounded = scores.round(decimals)
    beyond = np.isinf(rounded)
    return np.where(beyond, scores, rounded) if beyond.any() else rounded


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
    rounded = round_scores(np.asarray(scores, dtype=np.float64), decimals)
    if rounded.shape[-1] == 0:
        return rounded
    order = np.argsort(-rounded, axis=-1)  # NaN sorts last; the order of ties is of no account
    ordered = np.take_along_axis(rounded, order, axis=-1)
    ranks = np.empty_like(ordered)
    np.put_along_axis(ranks, order, _ranks_in_order(ordered), axis=-1)
    return ranks


def rank_within(
    scores: FloatArray, groups: IntArray, decimals: int = 9
) -> tuple[FloatArray, FloatArray]:
    """Rank scores among all units and among those of the same group.

    Parameters
    ----------
    scores : ndarray, shape (nodes, units)
    groups : ndarray of int, shape (units,)
        Number of each unit's group, from 0; -1 where it is in none.
    decimals : int

    Returns
    -------
    ranks, within : ndarray, shape (nodes, units)
        As `rank_scores`; NaN in ``within`` for a unit without a group.
    """
    ranks = np.empty(scores.shape)
    within = np.full(scores.shape, np.nan)
    many = int(groups.max(initial=-1)) + 1
    # Node by node, since one sort serves all groups and a node fits into the processor's cache.
    for node, row in enumerate(scores):
        rounded = round_scores(row, decimals)
        order = np.argsort(-rounded)
        ordered = rounded[order]
        ranks[node, order] = _ranks_in_order(ordered)
        group_of = groups[order]
        for group in range(many):
            here = np.flatnonzero(group_of == group)
            within[node, order[here]] = _ranks_in_order(ordered[here])
    return ranks, within


def _ranks_in_order(ordered: FloatArray) -> FloatArray:
    """Return the ranks of scores that stand in order along the last axis, NaN last."""
    places = np.arange(1, ordered.shape[-1] + 1, dtype=np.float64)
    new = np.ones(ordered.shape, dtype=bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    ranked: FloatArray = np.maximum.accumulate(np.where(new, places, 0.0), axis=-1)
    ranked[np.isnan(ordered)] = np.nan
    return ranked
