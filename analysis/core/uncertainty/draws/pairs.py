"""How often each unit ranks before each other one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.intp]
Counts = NDArray[np.int64]
Ranks = NDArray[Any]
"""Unsigned ranks, shape (draws, units), 0 without a rank; the type holds one number more."""

_WORD = 64


def count_pairs(ranks: Ranks, rows: IntArray) -> tuple[Counts, Counts]:
    """Count the draws in which units rank before others, and level with them.

    Parameters
    ----------
    ranks : ndarray of unsigned int, shape (draws, units)
        0 where a unit has no rank; such a draw is neither won nor lost.
    rows : ndarray of int, shape (chosen,)
        Units that are compared with all others; where they are all units, in
        order, the lower half follows from the upper.

    Returns
    -------
    wins, ties : ndarray of int64, shape (chosen, units)
    """
    draws, units = ranks.shape
    if not len(rows):
        nothing = np.zeros((0, units), dtype=np.int64)
        return nothing, nothing
    present = ranks > 0
    everywhere = bool(present.all())
    both = draws if everywhere else _together(present)
    ranked = present.sum(axis=1, dtype=np.int64)
    # Ties take the smallest place, so that the ranks of such a draw sum to less.
    tied = ranks.sum(axis=1, dtype=np.int64) < ranked * (ranked + 1) // 2
    wins, ties = _compare(ranks, rows, np.less), np.zeros((len(rows), units), dtype=np.int64)
    if tied.any():
        ties = _compare(ranks[tied], rows, np.equal)
        if _all_in_order(rows, units):
            ties += ties.T
    if _all_in_order(rows, units):
        lower = np.tril_indices(units, -1)
        wins[lower] = (both - wins - ties).T[lower]
    else:
        ties[np.arange(len(rows)), rows] = 0
    return wins, ties


def _all_in_order(rows: IntArray, units: int) -> bool:
    return len(rows) == units


def _compare(ranks: Ranks, rows: IntArray, how: np.ufunc) -> Counts:
    """Count draws in which the comparison holds: for all units, the upper half alone."""
    draws, units = ranks.shape
    padded = -(-draws // _WORD) * _WORD
    last = np.iinfo(ranks.dtype).max
    # Two tables: without a rank (and beyond the draws) nothing is less than, or equals, the other.
    other = np.zeros((units, padded), dtype=ranks.dtype)
    other[:, :draws] = ranks.T
    own = np.where(other == 0, last, other)
    found = np.zeros((len(rows), units), dtype=np.int64)
    half = _all_in_order(rows, units)
    for place, row in enumerate(rows):
        start = row + 1 if half else 0
        if start == units:
            continue
        holds = how(own[row], other[start:])
        words = np.packbits(holds).view(np.uint64).reshape(units - start, padded // _WORD)
        found[place, start:] = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return found


def _together(present: NDArray[np.bool_]) -> Counts:
    """Count the draws in which both units of a pair have a rank."""
    there = present.astype(np.float32)  # exact: there are fewer than 2 ** 24 draws in a batch
    return (there.T @ there).astype(np.int64)
