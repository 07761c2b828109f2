"""The partial order that holds for every admissible weight: its diagram, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Hasse:
    """The diagram of a strict partial order.

    Attributes
    ----------
    edges : ndarray of int, shape (edges, 2)
        Upper and lower unit of each line, sorted: the transitive reduction.
    layer : ndarray of int, shape (units,)
        From 0 at the top: the length of the longest chain above a unit.
    above, below : ndarray of int, shape (units,)
        How many units are ahead of, and behind, each in the order.
    share_decided : float
        Share of all pairs that the order decides.
    """

    edges: IntArray
    layer: IntArray
    above: IntArray
    below: IntArray
    share_decided: float


def hasse(necessary: BoolArray) -> Hasse:
    """Return the Hasse diagram of a strict partial order.

    A line joins two units if the one is ahead of the other and none stands
    between them: ``R and not R R``.

    Parameters
    ----------
    necessary : ndarray of bool, shape (units, units)
        Transitive; ``necessary[i, j]`` puts ``i`` ahead of ``j``.

    Returns
    -------
    Hasse

    Raises
    ------
    ValueError
        If a unit is ahead of itself or two are ahead of each other.

    Notes
    -----
    Aho, A. V., Garey, M. R. and Ullman, J. D. (1972), The transitive reduction
    of a directed graph, https://doi.org/10.1137/0201008.
    """
    ahead = np.asarray(necessary, dtype=bool)
    if (ahead & ahead.T).any():
        raise ValueError("a unit is ahead of one that is ahead of it")
    # Counts of units in between are small whole numbers, which float32 holds exactly.
    number = ahead.astype(np.float32)
    between = number @ number > 0
    edges = np.argwhere(ahead & ~between)
    many = len(ahead)
    layer = np.zeros(many, dtype=np.intp)
    above = ahead.sum(axis=0)
    # Those ahead of a unit have fewer ahead of them than it has: all are placed before it.
    for unit in np.argsort(above, kind="stable"):
        if above[unit]:
            layer[unit] = layer[ahead[:, unit]].max() + 1
    share = float(ahead.sum()) / max(many * (many - 1) / 2, 1.0)
    return Hasse(edges, layer, above, ahead.sum(axis=1), share)
