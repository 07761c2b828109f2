"""Ranks of many draws at once, as fast as a sort of numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.rank import rank_scores

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

CHUNK_CELLS = 1 << 16  # what is worked on at a time stays in the processor's cache
_LARGEST = 1 << 62
_EXACT = 1 << 52  # below it every whole number has a float of its own


def rank_draws(scores: FloatArray, decimals: int = 9) -> FloatArray:
    """Rank the units within each draw, the highest score first.

    The same ranks as `analysis.core.rank.rank_scores`: ``1 + #{j : round(s_j) >
    round(s_i)}``, ties taking the smallest, no score (NaN) having no rank (NaN).

    Parameters
    ----------
    scores : ndarray, shape (draws, units)
    decimals : int
        Decimals to which scores are rounded before they are ranked.

    Returns
    -------
    ndarray of float64, shape (draws, units)

    Notes
    -----
    The rounded score and the number of the unit are packed into one whole
    number, so that one sort of numbers does what a sort of places, which is
    several times slower, would. Draws with ties, and scores too large to be
    packed, take the general way.
    """
    scores = np.asarray(scores, dtype=np.float64)
    draws, units = scores.shape
    ranks = np.empty((draws, units))
    if not ranks.size:
        return ranks
    bits = max(int(units - 1).bit_length(), 1)
    step = min(max(1, CHUNK_CELLS // units), draws)
    numbers = np.arange(units)
    rows = np.arange(0, step * units, units)[:, None]
    places = np.tile(numbers + 1.0, (step, 1))
    for start in range(0, draws, step):
        part, out = scores[start : start + step], ranks[start : start + step]
        size = len(part)
        _rank_part(part, decimals, bits, (numbers, rows[:size], places[:size]), out)
    return ranks


def _rank_part(
    scores: FloatArray,
    decimals: int,
    bits: int,
    ready: tuple[IntArray, IntArray, FloatArray],
    ranks: FloatArray,
) -> None:
    """Put the ranks of a few draws into ``ranks``.

    ``ready`` holds the numbers of the units, the place of each draw's first
    cell, and the places 1, 2, 3 ... of each draw.
    """
    numbers, rows, places = ready
    limit = min(_LARGEST >> bits, _EXACT)
    with np.errstate(over="ignore", invalid="ignore"):
        keys = np.multiply(scores, -(10.0**decimals))
        np.rint(keys, out=keys)
        least, greatest = float(keys.min()), float(keys.max())
    absent = None
    if np.isnan(least):
        absent = np.isnan(keys)
        keys[absent] = limit  # behind all others
        least, greatest = float(keys.min()), float(keys.max(where=~absent, initial=-limit))
    if decimals < 0 or not -limit < least <= limit or not greatest < limit:
        ranks[:] = rank_scores(scores, decimals)
        return
    packed = keys.astype(np.int64)
    packed <<= bits
    packed |= numbers
    packed.sort(axis=1)
    score = packed >> bits
    tied = score[:, 1:] == score[:, :-1]
    packed &= (1 << bits) - 1
    packed += rows
    ranks.reshape(-1)[packed.reshape(-1)] = places.reshape(-1)
    if tied.any():
        level = np.flatnonzero(tied.any(axis=1))
        ranks[level] = rank_scores(scores[level], decimals)
    if absent is not None:
        ranks[absent] = np.nan
