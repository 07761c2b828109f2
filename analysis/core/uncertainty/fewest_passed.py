"""The narrowest band of weights in which enough units are drawn level with at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.core.uncertainty.bands import band, closing_widths, least_gap, narrowest, programme
from analysis.core.uncertainty.space import WeightSpace

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

SWAPS = 40  # linear programmes tried at most before the search for a narrower band ends
LEVEL = 1e-9  # widths, and scores as a share of their range, this close are one


def fewest_passed(
    ahead: FloatArray, space: WeightSpace, needed: int, low: float, *, exact: bool = False
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
    low : float
        A band known to be needed: the search ends where it is reached.
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
    alone = closing_widths(ahead, space)
    width, weights = _searched(ahead, space, needed, low, alone)
    if width - low <= LEVEL:
        return width, weights, True
    if not exact or weights is None:
        return width, weights, False
    return _solved(ahead, space, needed, width, weights, alone)


def _searched(
    ahead: FloatArray, space: WeightSpace, needed: int, low: float, alone: FloatArray
) -> tuple[float, FloatArray | None]:
    """Search by linear programmes: the easiest units first, then whoever is nearest there."""
    best: tuple[float, FloatArray | None] = (np.inf, None)
    chosen = np.argsort(alone, kind="stable")[:needed]
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
    ahead: FloatArray,
    space: WeightSpace,
    needed: int,
    width: float,
    weights: FloatArray,
    alone: FloatArray,
) -> tuple[float, FloatArray, bool]:
    """Solve the mixed-integer programme: which units to draw level with, and how.

    Within the band known to do, a gap that cannot close is not chosen and one
    that cannot open is there for nothing; those between have a binary each.
    """
    bounds = band(space, width)
    most = -least_gap(-ahead, *bounds, space)[0]
    sure = most <= 0
    unsure = np.flatnonzero(~sure & (alone <= width))
    goal, rows, ends, sums = programme(ahead[unsure], space)
    size = max(float(np.abs(ahead[unsure]).max(initial=0.0)), 1e-300)
    count = len(unsure)
    binaries = np.zeros((len(rows), count))
    binaries[:count] = np.diag(most[unsure] / size)
    ends[:count] = most[unsure] / size
    table = np.column_stack([rows, binaries])
    enough = np.concatenate([np.zeros(len(goal)), np.ones(count)])[None, :]
    upper = np.concatenate([bounds[1], [width], np.ones(count)])
    lower = np.concatenate([bounds[0], np.zeros(1 + count)])
    totals = np.column_stack([sums, np.zeros((len(sums), count))])
    found = milp(
        np.concatenate([goal, np.zeros(count)]),
        integrality=np.concatenate([np.zeros(len(goal)), np.ones(count)]),
        bounds=Bounds(lower, upper),
        constraints=[
            LinearConstraint(table, -np.inf, ends),
            LinearConstraint(totals, space.total, space.total),
            LinearConstraint(enough, needed - int(sure.sum()), np.inf),
        ],
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        return width, weights, False
    chosen = np.concatenate([np.flatnonzero(sure), unsure[found.x[len(goal) :] > 0.5]])
    # Solved anew with what was chosen: the solver lets integers and rows be off a little.
    better, at = narrowest(ahead[chosen], space)
    if at is not None and better < width:
        width, weights = better, at
    return width, weights, bool(found.status == 0)
