"""How far weights must move before a unit changes places: stability radii."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.uncertainty.local.fewest_passed import fewest_passed
from analysis.core.uncertainty.local.incomplete import filled
from analysis.core.uncertainty.local.pair_radius import (
    LEVEL,
    ROUNDS,
    SETTLED,
    lacking_units,
    least_gaps,
    least_widths,
    pair_radius,
)
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_builders import refuse_weight_sets

__all__ = ["Goal", "Radius", "pair_radius", "radius"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Solved = tuple[float, FloatArray | None, bool]  # band, weights, whether none is narrower
Move = Literal["into_top", "out_of_top", "into_last", "out_of_last"]

EXACT = 1e-9  # bounds on a radius this close are one number


@dataclass(frozen=True)
class Goal:
    """A change of places: into or out of the best or the last so many.

    Attributes
    ----------
    move : {"into_top", "out_of_top", "into_last", "out_of_last"}
        The last are those of the unit's own region where regions are given.
    places : int
    """

    move: Move
    places: int

    @property
    def up(self) -> bool:
        """Whether the unit has to gain places."""
        return self.move in ("into_top", "out_of_last")

    def needed(self, others: int) -> int:
        """Return how many of the others must not be ahead (going down: not behind)."""
        kept = others - self.places + 1
        return max(min(kept if self.move.startswith("into") else self.places, others + 1), 0)


@dataclass(frozen=True, eq=False)
class Radius:
    """The smallest relative change of weights after which a unit reaches a goal.

    Attributes
    ----------
    unit : str
    goal : Goal
    met : bool
        Whether it has reached it at the nominal weights (then the radius is 0).
    low : float
        No smaller change will do; inf: no weights will.
    high : float
        This change will do, as ``weights`` show; inf: none is known that does.
    exact : bool
        Whether the two are one.
    weights : ndarray, shape (items,), or None
        Weights in the index within ``1 - high`` and ``1 + high`` times nominal at
        which the unit draws level.
    """

    unit: str
    goal: Goal
    met: bool
    low: float
    high: float
    exact: bool
    weights: FloatArray | None


def radius(
    values: FloatArray,
    units: Sequence[str],
    space: WeightSpace,
    framework: Framework,
    unit: str,
    goal: Goal,
    *,
    regions: Sequence[str] | None = None,
    exact: bool = False,
) -> Radius:
    """Return the smallest relative change of weights after which a unit reaches a goal.

    The least ``t`` such that some weights ``w`` with ``|w_j - w0_j| <= t w0_j``, ``w
    >= 0``, the sums of the blocks and the further constraints of ``space`` take it
    there; the goal is reached where the unit draws level with the last unit that
    it has to pass. No ``t`` below the radius at which enough others, each by
    itself, can be drawn level with will do (``low``); linear programmes find
    weights at which enough of them are at once (``high``), or, where ``exact`` is
    asked for and the two differ, a mixed-integer programme closes the gap.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        Items on the scale on which the index is a weighted arithmetic mean
        (`analysis.core.uncertainty.robust.robust_values.linear_values`); NaN is
        missing, the weights are renormalised over what is there.
    units : sequence of str
    space : WeightSpace
        Its nominal weights, blocks and linear constraints; its bounds are not
        looked at.
    framework : Framework
    unit : str
    goal : Goal
    regions : sequence of str, optional
        Of the units; the last are then those of the unit's own region.
    exact : bool
        Takes seconds to minutes; units that lack items keep their bounds.

    Returns
    -------
    Radius

    Raises
    ------
    InputError
        If units have weights of their own.
    ValueError
        If there is no such unit, or it has no score.
    """
    refuse_weight_sets(framework)
    row, others = compared(values, units, unit, goal, regions)
    needed = goal.needed(len(others))
    values = values if goal.up else -values
    if needed > len(others):
        return Radius(unit, goal, False, np.inf, np.inf, True, None)
    pairs = least_widths(values, framework, space, others, np.full(len(others), row))
    ordered = np.sort(pairs)
    low = float(ordered[needed - 1]) if needed else 0.0
    if low == 0.0 or np.isinf(low):
        met = low == 0.0
        weights = space.nominal if met else None
        return Radius(unit, goal, met, low, low, True, weights)
    rows = np.concatenate([[row], others])

    def solve(now: FloatArray) -> Solved:
        return fewest_passed(now[1:] - now[0], space, needed, pairs, exact=exact)

    high, weights, sure = _drawn_level(values[rows], framework, space, solve)
    if weights is not None and not _reached(values[rows], framework, weights, needed):
        high, weights, sure = np.inf, None, False
    if sure and _settled(values[rows], framework, space, pairs, high):
        low = high
    high = max(high, low)
    return Radius(unit, goal, False, low, high, high - low <= EXACT, weights)


def _settled(
    values: FloatArray,
    framework: Framework,
    space: WeightSpace,
    pairs: FloatArray,
    width: float,
) -> bool:
    """Return whether within a band no missing value has a say in who can be passed.

    The first row has all items, and whoever lacks one stays ahead of it, or
    behind it, throughout.
    """
    lacking = lacking_units(values)
    if lacking[0] or not np.isfinite(width):
        return not lacking.any()
    open_ = np.flatnonzero(lacking[1:] & (pairs <= width)) + 1
    unit = np.tile(values[0], (len(open_), 1))
    gaps = least_gaps(unit, values[open_], framework, space, np.full(len(open_), width))
    return bool((gaps >= 0).all())


def compared(
    values: FloatArray,
    units: Sequence[str],
    unit: str,
    goal: Goal,
    regions: Sequence[str] | None,
) -> tuple[int, IntArray]:
    """Return the row of a unit, and those of the units with which a goal compares it."""
    names = list(units)
    if unit not in names:
        raise ValueError(f"there is no unit {unit!r}")
    row = names.index(unit)
    scored = np.asarray(~np.isnan(values).all(axis=1))
    if not scored[row]:
        raise ValueError(f"unit {unit!r} has no score")
    if regions is not None and goal.move.endswith("last"):
        scored &= np.array([region == regions[row] for region in regions])
    scored[row] = False
    return row, np.flatnonzero(scored)


def _drawn_level(
    values: FloatArray,
    framework: Framework,
    space: WeightSpace,
    solve: Callable[[FloatArray], Solved],
) -> Solved:
    """Solve for weights on complete values; again on what the weights make of missing ones."""
    found = solve(filled(values, framework, space.nominal))
    if not np.isnan(values).any():
        return found
    for _ in range(ROUNDS):
        if found[1] is None:
            break
        now = filled(values, framework, np.maximum(found[1], 0.0))
        if np.isnan(now).any():
            return np.inf, None, False
        before, found = found[0], solve(now)
        if abs(found[0] - before) <= SETTLED:
            break
    return found


def _reached(values: FloatArray, framework: Framework, weights: FloatArray, needed: int) -> bool:
    """Return whether at these weights the first unit has enough others not ahead of it."""
    scores = filled(values, framework, np.maximum(weights, 0.0)) @ weights
    return int((scores[1:] - scores[0] <= LEVEL * np.ptp(scores)).sum()) >= needed
