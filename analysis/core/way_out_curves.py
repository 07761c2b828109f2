"""What each lever does by itself: its gain along the way to its bound, and where it is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.way_out_levers import Levers
from analysis.core.way_out_trial import Trial

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TOLERANCE = 1e-3
"""How far an answer may lie above the least, in bounds (or half changes, if smaller)."""
FIRST = (0.5, 1.0)
MORE = (1 / 16, 1 / 8, 1 / 4, 3 / 8, 5 / 8, 3 / 4, 7 / 8)
_STRAIGHT = 1e-7  # of the gain at the bound
_FINE = 1e-7  # of the way, beyond the place where a straight line says the margin is nothing
_ROUNDS = 60


@dataclass(frozen=True, eq=False)
class Arm:
    """One lever in one direction.

    Attributes
    ----------
    lever : int
    direction : {1, -1}
    width : float
        From the present value to the bound.
    shares : ndarray, shape (points,)
        Shares of the width, ascending from 0 to 1.
    gains : ndarray, shape (points,)
        Points of margin won there; 0 at 0.
    """

    lever: int
    direction: int
    width: float
    shares: FloatArray
    gains: FloatArray

    @property
    def straight(self) -> bool:
        """Whether the gain goes with the change."""
        line = self.shares * self.gains[-1]
        return bool(np.abs(self.gains - line).max() <= _STRAIGHT * np.abs(self.gains).max())


def arms_of(trial: Trial, levers: Levers, margin: float) -> list[Arm]:
    """Return the levers and directions that win points, with their gains at the present values.

    Parameters
    ----------
    trial : Trial
    levers : Levers
    margin : float
        At the present values.

    Returns
    -------
    list of Arm
        Where the gain does not go with the change, at more points.
    """
    bare = [
        Arm(j, d, width, np.zeros(1), np.zeros(1))
        for j in range(len(levers.codes))
        for d in (1, -1)
        for width in [abs((levers.highest if d > 0 else levers.lowest)[j] - levers.now[j])]
        if width > 0
    ]
    arms = sample(trial, levers, levers.now, bare, [FIRST] * len(bare), margin)
    arms = [arm for arm in arms if np.nanmax(arm.gains) > 0]
    bent = [arm for arm in arms if not arm.straight]
    finer = iter(sample(trial, levers, levers.now, bent, [(*FIRST, *MORE)] * len(bent), margin))
    return [arm if arm.straight else next(finer) for arm in arms]


def sample(
    trial: Trial,
    levers: Levers,
    centre: FloatArray,
    arms: Sequence[Arm],
    shares: Sequence[Sequence[float]],
    margin: float,
) -> list[Arm]:
    """Return arms with their gains at shares of their width, the other levers as in ``centre``.

    Parameters
    ----------
    trial : Trial
    levers : Levers
    centre : ndarray, shape (levers,)
    arms : sequence of Arm
    shares : sequence of sequences of float
        For each arm, above 0; whole numbers are rounded to.
    margin : float
        At ``centre``; it is computed anew for levers that ``centre`` moves.
    """
    asked = [_rounded(arm, levers, own) for arm, own in zip(arms, shares, strict=True)]
    moved = [bool(centre[arm.lever] != levers.now[arm.lever]) for arm in arms]
    rows: list[FloatArray] = []
    starts = []
    for arm, own, away in zip(arms, asked, moved, strict=True):
        points = [0.0, *own] if away else own
        starts.append(len(rows))
        rows += [put(levers, centre, arm, share) for share in points]
    found = trial.margins(np.array(rows).reshape(-1, len(levers.codes)))
    sampled = []
    for arm, own, away, start in zip(arms, asked, moved, starts, strict=True):
        there = found[start : start + len(own) + away]
        base = there[0] if away else margin
        gains = np.concatenate([[0.0], there[1 if away else 0 :] - base])
        gains = np.where(np.isfinite(gains), gains, -1e9)  # no score: never worth a step
        sampled.append(Arm(arm.lever, arm.direction, arm.width, np.array([0.0, *own]), gains))
    return sampled


def put(levers: Levers, centre: FloatArray, arm: Arm, share: float) -> FloatArray:
    """Return values with one lever moved by a share of the width of its arm."""
    values = centre.copy()
    value = levers.now[arm.lever] + arm.direction * share * arm.width
    values[arm.lever] = np.round(value) if levers.whole[arm.lever] else value
    return values


def _rounded(arm: Arm, levers: Levers, shares: Sequence[float]) -> list[float]:
    """Return shares in order without repeats, of whole numbers where the lever is one."""
    if not levers.whole[arm.lever]:
        return sorted(set(shares))
    steps = {int(np.ceil(share * arm.width - 1e-9)) for share in shares}
    return [step / arm.width for step in sorted(steps) if step > 0]


def brackets(
    arms: Sequence[Arm], margin: float, rooms: FloatArray
) -> list[tuple[float, float] | None]:
    """Return between which sampled shares each arm first suffices, None where it never does.

    Parameters
    ----------
    arms : sequence of Arm
    margin : float
        At the present values.
    rooms : ndarray, shape (arms,)
        Share of the width up to which a lever may go by itself.
    """
    found: list[tuple[float, float] | None] = []
    for arm, room in zip(arms, rooms, strict=True):
        enough = np.flatnonzero((margin + arm.gains > 0) & (arm.shares <= room + 1e-12))
        found.append(
            (float(arm.shares[enough[0] - 1]), float(arm.shares[enough[0]]))
            if len(enough)
            else None
        )
    return found


def least(
    trial: Trial,
    levers: Levers,
    centre: FloatArray,
    arms: Sequence[Arm],
    ends: Sequence[tuple[float, float]],
) -> FloatArray:
    """Return the least share of each arm's width at which the unit is out, the others as they are.

    The place where the margin passes 0 is looked for between two shares, by
    the straight line between them and by halves, all arms at a time.

    Parameters
    ----------
    trial : Trial
    levers : Levers
    centre : ndarray, shape (levers,)
    arms : sequence of Arm
    ends : sequence of (float, float)
        Shares between which to look: the unit is not out at the first and out
        at the second.

    Returns
    -------
    ndarray, shape (arms,)
        The unit is out there, and not at the share less `TOLERANCE` (of the
        bound, or of half the share if smaller); whole numbers are the least.
    """
    low = np.array([a for a, _ in ends])
    high = np.array([b for _, b in ends])
    if not len(low):
        return high
    both = np.array(
        [put(levers, centre, arm, s) for arm, pair in zip(arms, ends, strict=True) for s in pair]
    )
    below, above = trial.margins(both).reshape(-1, 2).T.copy()
    for _ in range(_ROUNDS):
        open_ = [k for k in range(len(arms)) if not _close(arms[k], levers, low[k], high[k])]
        if not open_:
            break
        asked = [
            (k, share)
            for k in open_
            for share in _guesses(arms[k], levers, (low[k], high[k]), (below[k], above[k]))
        ]
        rows = np.array([put(levers, centre, arms[k], share) for k, share in asked])
        for (k, share), margin in zip(asked, trial.margins(rows), strict=True):
            if margin > 0 and share < high[k]:
                high[k], above[k] = share, margin
            elif margin <= 0 and low[k] < share < high[k]:
                low[k], below[k] = share, margin
    return high


def _step(arm: Arm, share: float) -> float:
    return TOLERANCE * min(1.0, 0.5 * share)


def _close(arm: Arm, levers: Levers, low: float, high: float) -> bool:
    if levers.whole[arm.lever]:
        return round((high - low) * arm.width) <= 1
    return high - low <= _step(arm, high)


def _guesses(
    arm: Arm, levers: Levers, ends: tuple[float, float], margins: tuple[float, float]
) -> list[float]:
    """Return shares to try in ascending order, between two at which the margin changes its sign."""
    low, high = ends
    middle = 0.5 * (low + high)
    crossing = middle
    if np.isfinite(margins).all() and margins[1] > margins[0]:
        crossing = low - margins[0] * (high - low) / (margins[1] - margins[0])
    if levers.whole[arm.lever]:
        step = np.floor(crossing * arm.width + 1e-9)
        steps = {step, step + 1, np.floor(middle * arm.width + 1e-9)}
        first, last = round(low * arm.width), round(high * arm.width)
        return [one / arm.width for one in sorted(steps) if first < one < last]
    aside = 0.8 * _step(arm, crossing)
    tried = {middle, crossing - 0.5 * aside, crossing + 0.5 * aside, crossing * (1 + _FINE)}
    return sorted(share for share in tried if low < share < high)
