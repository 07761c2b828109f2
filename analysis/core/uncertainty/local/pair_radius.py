"""How far weights must move before two units are level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.uncertainty.local.bands import (
    band,
    closing_widths,
    halved,
    least_gap,
    narrowest,
    widest,
)
from analysis.core.uncertainty.local.incomplete import filled, filled_between
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_builders import refuse_weight_sets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

ROUNDS = 30  # of weights and what they make of missing values, in turn
SETTLED = 1e-12  # a width that moves by less from one round to the next stands
LEVEL = 1e-9  # widths, and gaps as a share of the greatest there is, this close are one


def pair_radius(
    values: FloatArray, framework: Framework, space: WeightSpace, ahead: IntArray, behind: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the smallest relative change of weights that lets units catch up with others.

    The least ``t`` such that some weights within ``1 - t`` and ``1 + t`` times
    nominal, not below 0 and with the sums of the blocks as they are, give both
    the same score. Exact (`bands.closing_widths`) where neither unit lacks an
    item; else between two bounds, the upper one shown by weights.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        As for `radius`.
    framework : Framework
    space : WeightSpace
    ahead, behind : ndarray of int, shape (pairs,)

    Returns
    -------
    low, high : ndarray, shape (pairs,)
        0 where the second is level or ahead already, inf where it never is.
    """
    refuse_weight_sets(framework)
    low = least_widths(values, framework, space, ahead, behind)
    lacking = lacking_units(values)
    unsure = np.flatnonzero((lacking[ahead] | lacking[behind]) & (low > 0))
    high = low.copy()
    if len(unsure):
        first, second = values[ahead[unsure]], values[behind[unsure]]
        high[unsure] = _shown_widths(first, second, framework, space)
    return low, np.maximum(high, low)


def least_widths(
    values: FloatArray, framework: Framework, space: WeightSpace, ahead: IntArray, behind: IntArray
) -> FloatArray:
    """Return bands that are needed for units to catch up: exact but where items are lacking."""
    whole = filled(values, framework, space.nominal)
    low = closing_widths(whole[ahead] - whole[behind], space)
    lacking = lacking_units(values)
    unsure = np.flatnonzero((lacking[ahead] | lacking[behind]) & (low > 0))
    first, second = values[ahead[unsure]], values[behind[unsure]]

    def least(widths: FloatArray) -> FloatArray:
        # Constraints beside the sums of blocks are left out: the bound stays one.
        return least_gaps(first, second, framework, space, widths)

    if len(unsure):
        low[unsure] = halved(least, space, len(unsure))
    return low


def least_gaps(
    ahead: FloatArray,
    behind: FloatArray,
    framework: Framework,
    space: WeightSpace,
    widths: FloatArray,
) -> FloatArray:
    """Return bounds below the gaps of units that may lack items, each within its band."""
    floor, _ = filled_between(ahead, framework, space, widths)
    _, ceiling = filled_between(behind, framework, space, widths)
    return least_gap(floor - ceiling, *band(space, widths[:, None]), space)[0]


def _shown_widths(
    ahead: FloatArray, behind: FloatArray, framework: Framework, space: WeightSpace
) -> FloatArray:
    """Return bands with weights that bring units level that may lack items; inf: none found."""
    weights = np.tile(space.nominal, (len(ahead), 1))
    width = np.zeros(len(ahead))
    for _ in range(ROUNDS):
        gaps = filled(ahead, framework, weights) - filled(behind, framework, weights)
        before, width = width, closing_widths(gaps, space)
        within = np.minimum(width, widest(space))[:, None]
        if space.separable:
            weights = least_gap(gaps, *band(space, within), space)[1]
        else:
            found = [narrowest(gap[None, :], space)[1] for gap in gaps]
            weights = np.array([space.nominal if w is None else w for w in found])
        weights = np.maximum(weights, 0.0)
        moved = np.abs(np.where(np.isfinite(width), width, 0.0) - before)
        if not (moved > SETTLED).any():
            break
    gaps = filled(ahead, framework, weights) - filled(behind, framework, weights)
    level = np.einsum("ij,ij->i", gaps, weights) <= LEVEL * np.abs(gaps).max(axis=1)
    return np.where(level, width, np.inf)


def lacking_units(values: FloatArray) -> BoolArray:
    """Return which units lack an item."""
    return np.asarray(np.isnan(values).any(axis=1))
