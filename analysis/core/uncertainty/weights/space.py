"""The admissible weights of the items: a polytope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class WeightSpace:
    """All admissible weights of the items in the index.

    ``{w : lower <= w <= upper, sum of w over each block = total, a_ub w <= b_ub}``,
    ``w`` an item's weight in the index (its own times those of all nodes above
    it), so that all of them sum to one. Every constraint among siblings at any
    level is linear in these.

    Attributes
    ----------
    items : tuple of str
    nominal : ndarray, shape (items,)
        Need not be admissible.
    lower, upper : ndarray, shape (items,)
    block : ndarray of int, shape (items,)
        Number of each item's block: a group whose weight in the index is fixed.
        One block of total 1 where none is.
    total : ndarray, shape (blocks,)
    a_ub : ndarray, shape (constraints, items)
    b_ub : ndarray, shape (constraints,)
    constraints : tuple of str
        What each row of ``a_ub`` says, for messages.
    """

    items: tuple[str, ...]
    nominal: FloatArray
    lower: FloatArray
    upper: FloatArray
    block: IntArray
    total: FloatArray
    a_ub: FloatArray
    b_ub: FloatArray
    constraints: tuple[str, ...] = ()

    @property
    def separable(self) -> bool:
        """Whether nothing but bounds and the sums of blocks binds: then optima are closed forms."""
        return len(self.b_ub) == 0
