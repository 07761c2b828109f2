"""Weights within a band around the nominal ones: the least gap between two units over them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_centre import HIGHS

FloatArray = NDArray[np.float64]

HALVINGS = 44  # of the width in which a band is sought: to twelve decimals
_NEVER = 1e-12  # a gap, or what weights can do to it, below this share of the scores is none


def band(space: WeightSpace, width: FloatArray | float) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of all weights within ``1 - width`` and ``1 + width`` times nominal.

    None is below 0, and none above what its block has.
    """
    lower: FloatArray = np.maximum(1.0 - width, 0.0) * space.nominal
    upper: FloatArray = np.minimum((1.0 + width) * space.nominal, space.total[space.block])
    return lower, upper


def widest(space: WeightSpace) -> float:
    """Return the width beyond which a band grows no more: each weight from 0 to its block's."""
    held = space.nominal > 0
    share = space.total[space.block][held] / space.nominal[held]
    return float(max(share.max(initial=1.0) - 1.0, 1.0))


def least_gap(
    differences: FloatArray, lower: FloatArray, upper: FloatArray, space: WeightSpace
) -> tuple[FloatArray, FloatArray]:
    """Return the least of ``d w`` over bounds and sums of blocks, and the weights that give it.

    Within each block the weight that the lower bounds leave goes to the items
    with the least ``d`` first, each up to its upper bound.

    Parameters
    ----------
    differences : ndarray, shape (pairs, items)
    lower, upper : ndarray, shape (items,) or (pairs, items)
    space : WeightSpace
        Its blocks and their totals alone are looked at.

    Returns
    -------
    least : ndarray, shape (pairs,)
    weights : ndarray, shape (pairs, items)
    """
    lower, upper = (np.broadcast_to(bound, differences.shape) for bound in (lower, upper))
    weights = np.empty_like(differences)
    for number, total in enumerate(space.total):
        held = np.flatnonzero(space.block == number)
        order = np.argsort(differences[:, held], axis=1, kind="stable")
        least = np.take_along_axis(lower[:, held], order, axis=1)
        room = np.take_along_axis(upper[:, held], order, axis=1) - least
        before = np.cumsum(room, axis=1) - room
        left = total - least.sum(axis=1, keepdims=True)
        block = np.empty_like(least)
        np.put_along_axis(block, order, least + np.clip(left - before, 0.0, room), axis=1)
        weights[:, held] = block
    return np.einsum("ij,ij->i", differences, weights), weights


def closing_widths(differences: FloatArray, space: WeightSpace) -> FloatArray:
    """Return the narrowest band in which each gap ``d w`` closes.

    The nominal gap is ``s = d w0 > 0``. Within a band of width ``t <= 1`` the
    least gap is ``s - t sum_b sum_j w0_j |d_j - m_b|``, ``m_b`` the weighted
    median of ``d`` in block ``b`` (so says the dual of the linear programme), and
    ``t = s / sum_b sum_j w0_j |d_j - m_b|``. Beyond 1, where weights stay at 0,
    the width is found by halving on `least_gap`. With constraints beside the
    sums of blocks: a linear programme a pair.

    Parameters
    ----------
    differences : ndarray, shape (pairs, items)
        Of two units' items, the one ahead less the other.
    space : WeightSpace
        Its bounds are not looked at.

    Returns
    -------
    ndarray, shape (pairs,)
        0 where the gap is 0 or less already, inf where it closes for no weights.
    """
    if not space.separable:
        return np.array([narrowest(row[None, :], space)[0] for row in differences])
    gap = differences @ space.nominal
    spread = np.zeros(len(differences))
    for number in range(len(space.total)):
        held = np.flatnonzero((space.block == number) & (space.nominal > 0))
        if len(held) > 1:
            spread += _spread(differences[:, held], space.nominal[held])
    size = float(np.abs(differences).max(initial=0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.where(
            gap <= _NEVER * size, 0.0, gap / np.where(spread > _NEVER * size, spread, 0.0)
        )
    far = np.flatnonzero(width > 1.0)
    if len(far):
        # A gap that rounding alone keeps from closing in the widest band there is closes there.
        none = _NEVER * size
        width[far] = halved(lambda t: _least_at(differences[far], space, t) - none, space, len(far))
    return width


def halved(least: Callable[[FloatArray], FloatArray], space: WeightSpace, many: int) -> FloatArray:
    """Return the widths at which gaps that fall as the band widens reach 0, by halving.

    Parameters
    ----------
    least : callable
        Takes the widths, shape (gaps,), and returns the gaps.
    space : WeightSpace
    many : int
        How many gaps there are.

    Returns
    -------
    ndarray, shape (gaps,)
        inf where the gap is above 0 in the widest band there is.
    """
    low, high = np.zeros(many), np.full(many, widest(space))
    never = least(high) > 0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        open_ = least(middle) > 0
        low, high = np.where(open_, middle, low), np.where(open_, high, middle)
    return np.where(never, np.inf, high)


def narrowest(ahead: FloatArray, space: WeightSpace) -> tuple[float, FloatArray | None]:
    """Return the narrowest band that has weights for which no gap is above 0.

    The linear programme: least ``t`` such that ``|w_j - w0_j| <= t w0_j``, ``w >= 0``,
    the sums of the blocks and the space's further constraints hold, and
    ``d_k w <= 0`` for every ``k``.

    Parameters
    ----------
    ahead : ndarray, shape (gaps, items)
    space : WeightSpace

    Returns
    -------
    width : float
        inf where there are no such weights.
    weights : ndarray, shape (items,), or None
    """
    goal, rows, ends, sums = programme(ahead, space)
    found = linprog(
        goal,
        A_ub=rows,
        b_ub=ends,
        A_eq=sums,
        b_eq=space.total,
        bounds=(0.0, None),
        method="highs-ds",
        options=HIGHS,
    )
    if found.status != 0:
        return np.inf, None
    return float(found.x[-1]), np.asarray(found.x[:-1])


def programme(
    ahead: FloatArray, space: WeightSpace
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return goal, rows, ends and sums of the programme of `narrowest`: ``w`` first, ``t`` last.

    Its rows are the gaps, the band's upper and lower ends, the space's own.
    """
    many = len(space.nominal)
    goal = np.zeros(many + 1)
    goal[-1] = 1.0
    ones, size = np.eye(many), max(float(np.abs(ahead).max(initial=0.0)), 1e-300)
    rows = np.vstack([ahead / size, ones, -ones, space.a_ub])
    last = np.zeros(len(rows))
    last[len(ahead) : len(ahead) + 2 * many] = -np.tile(space.nominal, 2)
    ends = np.concatenate([np.zeros(len(ahead)), space.nominal, -space.nominal, space.b_ub])
    sums = np.eye(len(space.total))[:, space.block]
    zero = np.zeros((len(sums), 1))
    return goal, np.column_stack([rows, last]), ends, np.hstack([sums, zero])


def _spread(part: FloatArray, weights: FloatArray) -> FloatArray:
    """Return ``sum_j w_j |d_j - m|`` of each row, ``m`` its weighted median."""
    order = np.argsort(part, axis=1, kind="stable")
    reached = np.cumsum(weights[order], axis=1)
    middle = (reached >= reached[:, -1:] / 2).argmax(axis=1)[:, None]
    median = np.take_along_axis(np.take_along_axis(part, order, axis=1), middle, axis=1)
    spread: FloatArray = np.abs(part - median) @ weights
    return spread


def _least_at(differences: FloatArray, space: WeightSpace, widths: FloatArray) -> FloatArray:
    return least_gap(differences, *band(space, widths[:, None]), space)[0]
