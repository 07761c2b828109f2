"""The narrowest band of weights in which enough units are drawn level with at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.core.uncertainty.local.bands import band, least_gap, narrowest, programme
from analysis.core.uncertainty.local.pair_radius import LEVEL
from analysis.core.uncertainty.weights.space import WeightSpace

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

SWAPS = 40  # linear programmes tried at most before the search for a narrower band ends
NODES = 200_000  # after which the mixed-integer programme ends without proof
FINER = 1000.0  # times the width is what is minimised: the solver stops a millionth short
ROOM = 1e-6


def fewest_passed(
    ahead: FloatArray,
    space: WeightSpace,
    needed: int,
    alone: FloatArray,
    *,
    exact: bool = False,
) -> tuple[float, FloatArray | None, bool]:
    """Return the narrowest band found with weights at which enough gaps are not above 0.

    Parameters
    ----------
    ahead : ndarray, shape (others, items)
        Each other unit's items less the unit's own; ``ahead w`` is how far the
        other is ahead.
    space : WeightSpace
    needed : int
        How many of the gaps must not be above 0.
    alone : ndarray, shape (others,)
        A band that each gap needs to close by itself, at least: the search
        starts with the narrowest of them, and ends where no more than those is needed.
    exact : bool
        Whether a mixed-integer programme makes sure that none is narrower.

    Returns
    -------
    width : float
        inf where no such weights were found.
    weights : ndarray, shape (items,), or None
    sure : bool
        Whether it is certain that no narrower band will do.
    """
    order = np.argsort(alone, kind="stable")[:needed]
    low = float(alone[order[-1]])
    width, weights = _searched(ahead, space, low, order)
    if width - low <= LEVEL:
        return width, weights, True
    if not exact or weights is None:
        return width, weights, False
    return _solved(ahead, space, needed, width, weights)


def _searched(
    ahead: FloatArray, space: WeightSpace, low: float, chosen: IntArray
) -> tuple[float, FloatArray | None]:
    """Search by linear programmes: the easiest units first, then whoever is nearest there."""
    best: tuple[float, FloatArray | None] = (np.inf, None)
    needed = len(chosen)
    tried: set[tuple[int, ...]] = set()
    while len(tried) < SWAPS and tuple(sorted(chosen)) not in tried:
        tried.add(tuple(sorted(chosen)))
        width, weights = narrowest(ahead[chosen], space)
        if weights is None:
            break
        if width < best[0]:
            best = width, weights
        if width <= low + LEVEL:
            break
        chosen = np.argsort(ahead @ weights, kind="stable")[:needed]
    return best


def _solved(
    ahead: FloatArray, space: WeightSpace, needed: int, width: float, weights: FloatArray
) -> tuple[float, FloatArray, bool]:
    """Solve the mixed-integer programme: which units to draw level with, and how.

    Within the band known to do, a gap that cannot close is not chosen and one
    that cannot open is there for nothing; those between have a binary each.
    """
    room = width + ROOM  # so that what is known to do fits in by more than a solver's tolerance
    bounds = band(space, room)
    most = -least_gap(-ahead, *bounds, space)[0]
    sure = most <= 0
    unsure = np.flatnonzero(~sure & (least_gap(ahead, *bounds, space)[0] <= 0))
    goal, rows, ends, sums = programme(ahead[unsure], space)
    size = max(float(np.abs(ahead[unsure]).max(initial=0.0)), 1e-300)
    count = len(unsure)
    binaries = np.zeros((len(rows), count))
    binaries[:count] = np.diag(most[unsure] / size)
    ends[:count] = most[unsure] / size
    table = np.column_stack([rows, binaries])
    enough = np.concatenate([np.zeros(len(goal)), np.ones(count)])[None, :]
    upper = np.concatenate([bounds[1], [room], np.ones(count)])
    lower = np.concatenate([bounds[0], np.zeros(1 + count)])
    totals = np.column_stack([sums, np.zeros((len(sums), count))])
    found = milp(
        np.concatenate([FINER * goal, np.zeros(count)]),
        integrality=np.concatenate([np.zeros(len(goal)), np.ones(count)]),
        bounds=Bounds(lower, upper),
        constraints=[
            LinearConstraint(table, -np.inf, ends),
            LinearConstraint(totals, space.total, space.total),
            LinearConstraint(enough, needed - int(sure.sum()), np.inf),
        ],
        options={"mip_rel_gap": 0.0, "node_limit": NODES},
    )
    if found.x is None:
        return width, weights, False
    chosen = np.concatenate([np.flatnonzero(sure), unsure[found.x[len(goal) :] > 0.5]])
    # Solved anew with what was chosen: the solver lets integers and rows be off a little.
    better, at = narrowest(ahead[chosen], space)
    if at is not None and better < width:
        width, weights = better, at
    return width, weights, bool(found.status == 0)
