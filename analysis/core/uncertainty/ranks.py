"""Ranks of many draws at once, as fast as a sort of numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.rank import rank_scores

FloatArray = NDArray[np.float64]

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
    step = max(1, CHUNK_CELLS // units)
    for start in range(0, draws, step):
        part = scores[start : start + step]
        _rank_part(part, decimals, bits, ranks[start : start + step])
    return ranks


def _rank_part(scores: FloatArray, decimals: int, bits: int, ranks: FloatArray) -> None:
    """Put the ranks of a few draws into ``ranks``."""
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
    draws, units = scores.shape
    packed = keys.astype(np.int64)
    packed <<= bits
    packed |= np.arange(units)
    packed.sort(axis=1)
    # Neighbours that differ in no bit but those of the unit's number are equal.
    tied = (packed[:, 1:] ^ packed[:, :-1]) >> bits == 0
    packed &= (1 << bits) - 1
    packed += np.arange(0, draws * units, units)[:, None]
    places = np.empty((draws, units))
    places[:] = np.arange(1.0, units + 1.0)
    ranks.reshape(-1)[packed.reshape(-1)] = places.reshape(-1)
    if tied.any():
        rows = np.flatnonzero(tied.any(axis=1))
        ranks[rows] = rank_scores(scores[rows], decimals)
    if absent is not None:
        ranks[absent] = np.nan
