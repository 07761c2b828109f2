"""The cheapest combination of levers, by mixed-integer linear programming."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.core.uncertainty.robust.rank_solver import quietly
from analysis.core.way_out_curves import Arm
from analysis.core.way_out_levers import Levers

FloatArray = NDArray[np.float64]

_NODES = 2000  # of the search tree at most: a count of steps, so that every machine stops alike
_CLOSER = 1e-6  # of the greatest gain: more than the solver's tolerance
_LITTLE = 1e-6  # what a step costs where points alone are sought, in greatest gains


def cheapest(levers: Levers, arms: Sequence[Arm], need: float) -> FloatArray | None:
    """Return the values at which the gains are as needed and the cost is least.

    Minimise ``sum(cost t)`` over shares ``t`` of the widths, such that the
    gains, read from each arm's curve as straight pieces between its points and
    added up, come to ``need``, the constraints of the levers hold, and whole
    numbers are whole. Where all curves are straight this is a linear
    programme (with whole numbers, a mixed-integer one). Pieces that do not
    come in the order of falling slopes are held in order by binary variables.

    Parameters
    ----------
    levers : Levers
    arms : sequence of Arm
    need : float
        Points.

    Returns
    -------
    ndarray, shape (levers,), or None
        None where no values give as much.
    """
    scale = max((float(np.abs(arm.gains).max()) for arm in arms), default=0.0)
    return _solve(levers, arms, need + _CLOSER * scale, scale) if scale else None


def farthest(levers: Levers, arms: Sequence[Arm]) -> FloatArray:
    """Return the values at which the gains, added up as in `cheapest`, are greatest."""
    scale = max((float(np.abs(arm.gains).max()) for arm in arms), default=0.0)
    found = _solve(levers, arms, None, scale) if scale else None
    return levers.now.copy() if found is None else found


def _solve(
    levers: Levers, arms: Sequence[Arm], need: float | None, scale: float
) -> FloatArray | None:
    pieces = [np.diff(arm.shares) for arm in arms]
    risen = [np.diff(arm.gains) / scale for arm in arms]
    owner = np.repeat(np.arange(len(arms)), [len(piece) for piece in pieces])
    share, gain = np.concatenate(pieces), np.concatenate(risen)
    orders = _orders(arms, pieces, risen)
    many, whole = len(share), [k for k, arm in enumerate(arms) if levers.whole[arm.lever]]
    rivals = _rivals(arms)
    total = many + len(orders) + len(whole) + len(rivals)
    step = np.array([arm.direction * arm.width for arm in arms])
    cost = np.array([levers.cost[arm.lever] for arm in arms])
    rows: list[FloatArray] = []
    lower: list[float] = []
    upper: list[float] = []

    def bind(terms: dict[int, float], low: float, high: float) -> None:
        row = np.zeros(total)
        for place, slope in terms.items():
            row[place] = slope
        rows.append(row)
        lower.append(low)
        upper.append(high)

    if need is not None:
        bind(dict(enumerate(gain)), need / scale, np.inf)
    for row, end in zip(levers.rows, levers.ends, strict=True):
        slope = np.array([row[arm.lever] for arm in arms]) * step
        size = max(float(np.abs(row * levers.now).max()), 1e-12)
        left = (end - float(row @ levers.now)) / size
        bind(dict(enumerate(slope[owner] * share / size)), -np.inf, left)
    for place, (before, after) in enumerate(orders):
        bind({before: 1.0, many + place: -1.0}, 0.0, np.inf)
        bind({after: 1.0, many + place: -1.0}, -np.inf, 0.0)
    for place, k in enumerate(whole):
        own = np.flatnonzero(owner == k)
        terms = {int(j): float(share[j] * arms[k].width) for j in own}
        bind({**terms, many + len(orders) + place: -1.0}, 0.0, 0.0)
    for place, (up, down) in enumerate(rivals):
        at = many + len(orders) + len(whole) + place
        bind({**_whole_way(owner, share, up), at: -1.0}, -np.inf, 0.0)
        bind({**_whole_way(owner, share, down), at: 1.0}, -np.inf, 1.0)
    highest = np.ones(total)
    for place, k in enumerate(whole):
        highest[many + len(orders) + place] = round(arms[k].width)
    aim = np.zeros(total)
    aim[:many] = cost[owner] * share if need is not None else _LITTLE * share - gain
    with quietly():
        found = milp(
            aim,
            integrality=np.r_[np.zeros(many), np.ones(total - many)],
            bounds=Bounds(np.zeros(total), highest),
            constraints=LinearConstraint(np.array(rows), lower, upper) if rows else (),
            options={"mip_rel_gap": 1e-7, "node_limit": _NODES},
        )
    if found.x is None:
        return None
    way = np.bincount(owner, weights=found.x[:many] * share, minlength=len(arms))
    values = levers.now.copy()
    for k, arm in enumerate(arms):
        values[arm.lever] += step[k] * min(max(way[k], 0.0), 1.0)
    return np.where(levers.whole, np.round(values), values)


def _whole_way(owner: NDArray[np.intp], share: FloatArray, arm: int) -> dict[int, float]:
    return {int(j): float(share[j]) for j in np.flatnonzero(owner == arm)}


def _orders(
    arms: Sequence[Arm], pieces: Sequence[FloatArray], risen: Sequence[FloatArray]
) -> list[tuple[int, int]]:
    """Return pairs of pieces of which the second may only follow when the first is used up."""
    orders, start = [], 0
    for arm, piece, rise in zip(arms, pieces, risen, strict=True):
        slopes = rise / piece
        steepest = float(np.abs(slopes).max())
        if not arm.straight and (np.diff(slopes) > 1e-6 * steepest).any():
            orders += [(start + j, start + j + 1) for j in range(len(piece) - 1)]
        start += len(piece)
    return orders


def _rivals(arms: Sequence[Arm]) -> list[tuple[int, int]]:
    """Return pairs of arms that move one lever in opposite directions."""
    place = {(arm.lever, arm.direction): k for k, arm in enumerate(arms)}
    return [(k, place[j, -1]) for (j, d), k in place.items() if d > 0 and (j, -1) in place]
