"""Places that contradict each other: an irreducible set of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.core.uncertainty.inverse.order import Order
from analysis.core.uncertainty.inverse.order_programme import rows_of, widest_gap
from analysis.core.uncertainty.local.bands import least_gap
from analysis.core.uncertainty.weights.space import WeightSpace

FloatArray = NDArray[np.float64]

CLOSE = 1e-9  # the last digits of the solver
CHUNK_PAIRS = 100_000


def conflict(
    values: FloatArray,
    place: Mapping[str, int],
    order: Order,
    space: WeightSpace,
    margin: float,
) -> tuple[str, ...]:
    """Return units whose places contradict each other, all of them needed for it.

    A pair where there is one: a unit that no admissible weights put ahead of
    the other by the margin; of several the pair that is farthest from it. Else,
    what the widest gap of the whole order rests on is a contradiction by itself
    (the programme's duality), and from it each unit in turn is left out for good
    where the others still contradict each other.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        Without missing ones for the units of the order.
    place : mapping of str to int
        Row of each unit.
    order : Order
    space : WeightSpace
    margin : float

    Returns
    -------
    tuple of str
        In the order of the list; empty where there is no contradiction.

    Notes
    -----
    The deletion filter: Chinneck, J. W. and Dravnieks, E. W. (1991), Locating
    minimal infeasible constraint sets in linear programs, ORSA Journal on
    Computing 3.
    """
    pair = _worst_pair(values, place, order, space, margin)
    if pair:
        return pair

    def contradicts(units: Sequence[str]) -> tuple[str, ...]:
        """Return the units on whom a contradiction rests, none where there is none."""
        some = order.among(units)
        found = widest_gap(rows_of(values, place, some), space) if some.steps() else None
        return found[2] if found is not None and found[0] < margin - CLOSE else ()

    held = order.units
    used = contradicts(held)
    while used and len(used) < len(held):
        held = tuple(unit for unit in held if unit in set(used))
        used = contradicts(held)
        if not used:  # the multipliers left out were too small, not none
            held = order.units
    if not contradicts(held):
        return ()
    for unit in held:
        without = tuple(one for one in held if one != unit)
        if contradicts(without):
            held = without
    return held


def _worst_pair(
    values: FloatArray,
    place: Mapping[str, int],
    order: Order,
    space: WeightSpace,
    margin: float,
) -> tuple[str, ...]:
    """Return two units whose places alone contradict each other, none where there are no such."""
    worst = margin - CLOSE
    found: tuple[str, ...] = ()
    for ranking in order.rankings:
        units = [unit for tier in ranking for unit in tier]
        rows = np.array([place[unit] for unit in units])
        tier = np.repeat(np.arange(len(ranking)), [len(one) for one in ranking])
        step = max(1, CHUNK_PAIRS // len(units))
        for start in range(0, len(units), step):
            above, below = np.nonzero(tier[start : start + step, None] < tier[None, :])
            gaps = values[rows[start + above]] - values[rows[below]]
            most = -least_gap(-gaps, space.lower, space.upper, space)[0]
            if len(most) and most.min() < worst:
                at = int(most.argmin())
                worst, found = float(most[at]), (units[start + above[at]], units[below[at]])
    return found
