"""The smallest combination of changes that takes a unit out: a programme, and what it misses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.core.way_out_curves import TOLERANCE, Arm, least, put, sample
from analysis.core.way_out_levers import Levers
from analysis.core.way_out_programme import cheapest, farthest
from analysis.core.way_out_trial import Trial

FloatArray = NDArray[np.float64]

_AGREE = 1e-6  # of the gain: the programme and the panel scored anew say the same
_ROUNDS = 6
_NEAR = (0.02, 0.1)  # points beside the centre, in shares of the width
_STEPS = (0.2, 0.05)  # of the width, by which levers are exchanged
_SWAPS = 3  # with each step at most
_GRID = (0.125, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, eq=False)
class Combination:
    """A combination of changes.

    Attributes
    ----------
    values : ndarray, shape (levers,)
    margin : float
        Above 0 where the unit is out.
    how : {"linear", "search"}
    """

    values: FloatArray
    margin: float
    how: Literal["linear", "search"]


def cost_of(levers: Levers, values: FloatArray) -> float:
    """Return the sum of the changes as shares of their bounds, each times its cost."""
    return float((levers.cost * shares_of(levers, values)).sum())


def shares_of(levers: Levers, values: FloatArray) -> FloatArray:
    """Return the changes as shares of the bounds they go towards."""
    change = values - levers.now
    width = np.where(change > 0, levers.highest - levers.now, levers.now - levers.lowest)
    return np.divide(np.abs(change), width, out=np.zeros(len(change)), where=change != 0)


def combine(trial: Trial, levers: Levers, arms: Sequence[Arm], margin: float) -> Combination:
    """Return the cheapest combination found that takes the unit out, else the nearest.

    The programme of `analysis.core.way_out_programme.cheapest` is solved on
    the arms' curves. Where they are straight and the panel, scored anew at the
    answer, agrees with it, that is the answer. Else the curves are taken anew
    around the answer, and so on; the cheapest that is out stays, and what it
    has to spare is taken back lever by lever.

    Parameters
    ----------
    trial : Trial
    levers : Levers
    arms : sequence of Arm
        With their gains at the present values.
    margin : float
        At the present values, not above 0.

    Returns
    -------
    Combination
        Its margin is not above 0 where nothing was found that suffices.
    """
    if not arms:
        return Combination(levers.now.copy(), margin, "search")
    best: tuple[float, FloatArray] | None = None
    nearest = (margin, levers.now.copy())
    curves, base, linear = list(arms), margin, all(arm.straight for arm in arms)
    met: list[FloatArray] = []
    short = 0.0  # points that the curves promised in vain, asked for on top
    for turn in range(_ROUNDS):
        values = cheapest(levers, curves, short - base)
        if values is None:
            values = farthest(levers, curves)
        reached = float(trial.margins(values[None])[0])
        if reached > nearest[0]:
            nearest = reached, values
        told = base + _told(levers, curves, values)
        agrees = abs(told - reached) <= _AGREE * max(abs(told - margin), abs(margin))
        gained = np.inf
        if reached > 0:
            cost = cost_of(levers, values)
            gained = np.inf if best is None else best[0] - cost
            best = (cost, values) if best is None or gained > 0 else best
        if turn == 0 and linear and agrees:
            done = values if reached <= 0 else tighten(trial, levers, arms, values)
            return Combination(done, float(trial.margins(done[None])[0]), "linear")
        if reached > 0 and (gained <= TOLERANCE or any(_alike(levers, values, o) for o in met)):
            break
        short = max(0.0, 2.0 * (told - reached)) if reached <= 0 else 0.5 * short
        met.append(values)
        curves, base = _around(trial, levers, arms, values, reached)
    if best is None:
        return Combination(nearest[1], nearest[0], "search")
    done = exchange(trial, levers, arms, tighten(trial, levers, arms, best[1]))
    return Combination(done, float(trial.margins(done[None])[0]), "search")


def _alike(levers: Levers, one: FloatArray, other: FloatArray) -> bool:
    gap = np.abs(shares_of(levers, one) - shares_of(levers, other)).max(initial=0.0)
    return bool(gap <= 0.5 * TOLERANCE)


def _told(levers: Levers, curves: Sequence[Arm], values: FloatArray) -> float:
    """Return the gains that the curves promise at some values."""
    change = values - levers.now
    return sum(
        float(np.interp(abs(change[arm.lever]) / arm.width, arm.shares, arm.gains))
        for arm in curves
        if change[arm.lever] * arm.direction > 0
    )


def _around(
    trial: Trial, levers: Levers, arms: Sequence[Arm], centre: FloatArray, margin: float
) -> tuple[list[Arm], float]:
    """Return the curves with the other levers as in ``centre``, and the margin they start from."""
    change = centre - levers.now
    asked = []
    for arm in arms:
        at = max(0.0, change[arm.lever] * arm.direction / arm.width)
        near = [at + sign * gap for gap in (0.0, *_NEAR) for sign in (1, -1)]
        asked.append([share for share in {*_GRID, *near} if 0.0 < share <= 1.0])
    curves = sample(trial, levers, centre, arms, asked, margin)
    return curves, margin - _told(levers, curves, centre)


def tighten(trial: Trial, levers: Levers, arms: Sequence[Arm], values: FloatArray) -> FloatArray:
    """Take back what a combination has to spare, the dearest points first.

    Returns
    -------
    ndarray, shape (levers,)
        The unit is out; with any one change less by `TOLERANCE` (of its bound,
        or of half the change if smaller; a whole number by 1) it is not.
    """
    values = values.copy()
    for _ in range(2 * len(levers.codes)):
        moved = [arm for arm in arms if (values - levers.now)[arm.lever] * arm.direction > 0]
        share = {id(arm): shares_of(levers, values)[arm.lever] for arm in moved}
        less = [
            max(
                0.0,
                share[id(arm)]
                - (
                    1.0 / arm.width
                    if levers.whole[arm.lever]
                    else TOLERANCE * min(1.0, 0.5 * share[id(arm)])
                ),
            )
            for arm in moved
        ]
        if not moved:
            break
        rows = np.array([put(levers, values, a, s) for a, s in zip(moved, less, strict=True)])
        margins = trial.margins(rows)
        here = float(trial.margins(values[None])[0])
        spare = [k for k in range(len(moved)) if margins[k] > 0 and _allowed(levers, rows[k])]
        if not spare:
            break
        saved = [
            levers.cost[a.lever] * (share[id(a)] - s) for a, s in zip(moved, less, strict=True)
        ]
        k = max(spare, key=lambda k: saved[k] / max(here - margins[k], 1e-300))
        arm = moved[k]
        without = put(levers, values, arm, 0.0)
        if trial.margins(without[None])[0] > 0:
            found = 0.0
        else:
            found = float(least(trial, levers, values, [arm], [(0.0, less[k])])[0])
        trimmed = put(levers, values, arm, found)
        values = trimmed if _allowed(levers, trimmed) else rows[k]
    return values


def exchange(trial: Trial, levers: Levers, arms: Sequence[Arm], values: FloatArray) -> FloatArray:
    """Move two levers at a time where that makes a combination cheaper.

    A programme adds up what levers win one by one; what two win together, as
    a whole and its part do, it does not see. So each arm is moved on, at the
    expense of each that is moved: the pair that leaves the most to spare at no
    higher cost is taken, and what it has to spare is taken back.

    Returns
    -------
    ndarray, shape (levers,)
        The unit is out, at a cost no higher than that of ``values``.
    """
    cost = cost_of(levers, values)
    here = float(trial.margins(values[None])[0])
    for step in _STEPS:
        for _ in range(_SWAPS):
            rows = [
                row
                for row in _swaps(levers, arms, values, step)
                if _allowed(levers, row) and cost_of(levers, row) <= cost * (1 + 1e-12)
            ]
            if not rows:
                break
            margins = trial.margins(np.array(rows))
            k = int(np.argmax(margins))
            if margins[k] <= here:
                break
            tried = tighten(trial, levers, arms, rows[k])
            less = cost_of(levers, tried)
            if less >= cost * (1 - TOLERANCE):
                break
            values, cost, here = tried, less, float(trial.margins(tried[None])[0])
    return values


def _swaps(
    levers: Levers, arms: Sequence[Arm], values: FloatArray, step: float
) -> Iterator[FloatArray]:
    """Give values with one arm moved on by a step, and another back by what that costs."""
    change = values - levers.now
    share = [max(0.0, change[arm.lever] * arm.direction / arm.width) for arm in arms]
    for on, more in zip(arms, share, strict=True):
        further = min(1.0, more + step)
        if further <= more or change[on.lever] * on.direction < 0:
            continue
        moved = put(levers, values, on, further)
        price = cost_of(levers, moved) - cost_of(levers, values)
        for back, there in zip(arms, share, strict=True):
            if there > 0 and back.lever != on.lever:
                left = max(0.0, there - price / levers.cost[back.lever])
                if levers.whole[back.lever]:
                    left = np.floor(left * back.width + 1e-9) / back.width
                yield put(levers, moved, back, left)


def _allowed(levers: Levers, values: FloatArray) -> bool:
    """Return whether values keep to the constraints that bind levers together."""
    reach = levers.rows @ values - levers.ends
    return bool((reach <= 1e-9 * (1.0 + np.abs(levers.rows) @ np.abs(values))).all())


def within(levers: Levers, arms: Sequence[Arm]) -> FloatArray:
    """Return the share of its width up to which each arm may go by itself."""
    return np.array([levers.room(levers.now, a.lever, a.direction) / a.width for a in arms])


def with_ends(
    trial: Trial, levers: Levers, arms: Sequence[Arm], rooms: FloatArray, margin: float
) -> list[Arm]:
    """Return arms with a point where their room ends, if that is before the bound."""
    asked = [
        [*arm.shares[1:], room] if 0.0 < room < 1.0 else list(arm.shares[1:])
        for arm, room in zip(arms, rooms, strict=True)
    ]
    if all(room >= 1.0 for room in rooms):
        return [replace(arm) for arm in arms]
    return sample(trial, levers, levers.now, arms, asked, margin)
