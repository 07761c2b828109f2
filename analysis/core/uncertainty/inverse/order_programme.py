"""Linear programmes on the weights that give an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, linprog

from analysis.core.uncertainty.inverse.order import Order
from analysis.core.uncertainty.local.bands import least_gap
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_centre import HIGHS

FloatArray = NDArray[np.float64]

USED = 1e-9  # multipliers above this belong to rows that the optimum rests on


@dataclass(frozen=True, eq=False)
class OrderRows:
    """An order as rows ``a (w, h) >= c * gap``, ``h`` the scores between sets of units.

    Attributes
    ----------
    a : ndarray, shape (rows, items + thresholds)
    c : ndarray, shape (rows,)
        1, or a half where the row is one side of a threshold.
    owners : tuple of tuple of str
        The units that each row speaks of.
    """

    a: FloatArray
    c: FloatArray
    owners: tuple[tuple[str, ...], ...]


def rows_of(values: FloatArray, place: Mapping[str, int], order: Order) -> OrderRows:
    """Return the rows of an order: a pair each between lone units, else a unit each.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        Without missing ones.
    place : mapping of str to int
        Row of each unit.
    order : Order

    Returns
    -------
    OrderRows
    """
    parts: list[tuple[FloatArray, int, float, tuple[str, ...]]] = []
    many, thresholds = values.shape[1], 0
    for above, below in order.steps():
        if min(len(above), len(below)) == 1:
            parts += [
                (values[place[u]] - values[place[v]], 0, 0.0, (u, v)) for u in above for v in below
            ]
        else:
            parts += [(values[place[u]], thresholds, -1.0, (u,)) for u in above]
            parts += [(-values[place[v]], thresholds, 1.0, (v,)) for v in below]
            thresholds += 1
    a = np.zeros((len(parts), many + thresholds))
    for row, (vector, threshold, sign, _) in enumerate(parts):
        a[row, :many] = vector
        if sign:
            a[row, many + threshold] = sign
    c = np.array([0.5 if sign else 1.0 for _, _, sign, _ in parts])
    return OrderRows(a, c, tuple(owners for *_, owners in parts))


def widest_gap(
    rows: OrderRows, space: WeightSpace
) -> tuple[float, FloatArray, tuple[str, ...]] | None:
    """Return the widest gap of scores with which the order can be had.

    Greatest ``g`` such that ``a (w, h) >= c g`` for some admissible ``w``: how far the
    nearest two of different sets are apart at best; below 0 where the order
    cannot be had.

    Returns
    -------
    gap : float
        At most the range of the values.
    weights : ndarray, shape (items,)
    units : tuple of str
        Those on whom the optimum rests: what is said of them alone leaves no
        wider a gap.

    None where no weights are admissible.
    """
    most = float(np.abs(rows.a).max(initial=0.0))
    found = _solve(
        np.concatenate([np.zeros(rows.a.shape[1]), [-1.0]]),
        np.column_stack([-rows.a, rows.c]),
        np.zeros(len(rows.c)),
        space,
        [(-most, most)],
    )
    if found.status != 0:
        return None
    used = np.flatnonzero(np.abs(found.ineqlin.marginals[: len(rows.c)]) > USED)
    units = dict.fromkeys(unit for row in used for unit in rows.owners[row])
    return float(found.x[-1]), found.x[: len(space.items)], tuple(units)


def least_and_most(rows: OrderRows, space: WeightSpace, gap: float, item: int) -> FloatArray:
    """Return the least and the most an item can weigh where the order has that gap."""
    goal = np.zeros(rows.a.shape[1])
    ends = []
    for sign in (1.0, -1.0):
        goal[item] = sign
        found = _solve(goal, -rows.a, -gap * rows.c, space)
        # A gap as wide as can be leaves so little room that a solver may see none.
        ends.append(float(found.x[item]) if found.status == 0 else np.nan)
    return np.array(ends)


def least_slack(
    rows: OrderRows, units: Sequence[str], space: WeightSpace, margin: float
) -> tuple[float, FloatArray, FloatArray]:
    """Return the least by which scores would have to be changed for the order to hold.

    Least ``sum_u |e_u|`` such that the order holds, by the margin, for the scores
    ``s_u + e_u`` under some admissible weights.

    Returns
    -------
    total : float
        On the scale of the values.
    slack : ndarray, shape (units,)
        ``e_u``: positive where the list has the unit higher than weights can.
    weights : ndarray, shape (items,)
    """
    at = {unit: column for column, unit in enumerate(units)}
    moves = np.zeros((len(rows.c), len(units)))
    for row, owners in enumerate(rows.owners):
        if len(owners) == 2:
            moves[row, at[owners[0]]], moves[row, at[owners[1]]] = 1.0, -1.0
        else:  # a unit above its threshold, which then counts negatively, or below it
            moves[row, at[owners[0]]] = -rows.a[row, len(space.items) :].sum()
    many = rows.a.shape[1]
    found = _solve(
        np.concatenate([np.zeros(many), np.ones(2 * len(units))]),
        -np.column_stack([rows.a, moves, -moves]),
        -margin * rows.c,
        space,
        [(0.0, None)] * (2 * len(units)),
    )
    slack = found.x[many : many + len(units)] - found.x[many + len(units) :]
    return float(found.fun), slack, found.x[: len(space.items)]


def feasible(
    values: FloatArray, place: Mapping[str, int], order: Order, space: WeightSpace, gap: float
) -> WeightSpace:
    """Return the admissible weights that give an order, as a space of their own.

    Its rows say of pairs of units that the one is ahead; those that all
    admissible weights fulfil anyway are left out.
    """
    pairs = [(u, v) for above, below in order.steps() for u in above for v in below]
    gaps = np.array([values[place[u]] - values[place[v]] for u, v in pairs])
    least, _ = least_gap(gaps, space.lower, space.upper, space)
    kept = np.flatnonzero(least < gap)
    return replace(
        space,
        a_ub=np.vstack([space.a_ub, -gaps[kept]]),
        b_ub=np.concatenate([space.b_ub, np.full(len(kept), -gap)]),
        constraints=(*space.constraints, *(f"{pairs[k][0]} > {pairs[k][1]}" for k in kept)),
    )


def middle(space: WeightSpace) -> FloatArray | None:
    """Return the Chebyshev centre of a space with many rows, at one linear programme.

    The largest ball in the flat of the blocks' sums; weights without any
    room are left as they are. None where the space is empty.
    """
    loose = space.upper - space.lower > USED
    rows = np.vstack([np.eye(len(loose)), -np.eye(len(loose)), space.a_ub])
    ends = np.concatenate([space.upper, -space.lower, space.b_ub])
    moving = np.where(loose, rows, 0.0)
    for number in range(len(space.total)):
        held = loose & (space.block == number)
        if held.any():
            moving[:, held] -= moving[:, held].mean(axis=1, keepdims=True)
    reach = np.linalg.norm(moving, axis=1)
    plain = replace(space, a_ub=rows[:0], b_ub=ends[:0], constraints=())
    goal = np.concatenate([np.zeros(len(loose)), [-1.0]])
    found = _solve(goal, np.column_stack([rows, reach]), ends, plain, [(0.0, 1.0)])
    return found.x[:-1] if found.status == 0 else None


def _solve(
    goal: FloatArray,
    rows: FloatArray,
    ends: FloatArray,
    space: WeightSpace,
    more: Sequence[tuple[float, float | None]] = (),
) -> OptimizeResult:
    """Solve a programme whose first columns are weights and last are ``more``; all else is free."""
    many, width = len(space.items), len(goal)
    own = np.zeros((len(space.b_ub), width))
    own[:, :many] = space.a_ub
    sums = np.zeros((len(space.total), width))
    sums[:, :many] = np.eye(len(space.total))[:, space.block]
    bounds = [*zip(space.lower, space.upper, strict=True)]
    bounds += [(None, None)] * (width - many - len(more))
    return linprog(
        goal,
        A_ub=np.vstack([rows, own]),
        b_ub=np.concatenate([ends, space.b_ub]),
        A_eq=sums,
        b_eq=space.total,
        bounds=[*bounds, *more],
        method="highs-ds",
        options=HIGHS,
    )
