"""What a missing value can stand for, over all admissible weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.uncertainty.local.bands import least_gap
from analysis.core.uncertainty.weights.space import WeightSpace

FloatArray = NDArray[np.float64]

_STEPS = 50  # of an iteration that converges faster than any geometric series
_SETTLED = 1e-14
_NOTHING = 1e-12  # a weight


def filled_within(
    values: FloatArray, framework: Framework, space: WeightSpace
) -> tuple[FloatArray, FloatArray]:
    """Return the values with each missing one at the least, and the most, it can stand for.

    A node formed from the children that are there is worth what it would be if
    the others had its own value. So a missing item stands for the mean of the
    nearest node above it that has one, and with the bounds of that mean over all
    weights ``low w <= t(w) <= high w`` for every admissible ``w``. Where the mean
    is one of items of a single block, and nothing but bounds and sums of blocks
    binds, some weights reach each side.

    Parameters
    ----------
    values : ndarray, shape (rows, items)
        On the linear scale; NaN is missing. Differences of two units that lack
        the same items may be given too.
    framework : Framework
    space : WeightSpace
        Constraints beside bounds and sums of blocks are left out.

    Returns
    -------
    low, high : ndarray, shape (rows, items)
        NaN in a row without any value.
    """
    low, high = values.copy(), values.copy()
    rows = np.flatnonzero(np.isnan(values).any(axis=1) & ~np.isnan(values).all(axis=1))
    if len(rows):
        low[rows] = _least(values[rows], framework, space)
        high[rows] = -_least(-values[rows], framework, space)
    return low, high


def _least(values: FloatArray, framework: Framework, space: WeightSpace) -> FloatArray:
    place = {item: at for at, item in enumerate(framework.items)}
    under = {
        code: np.array([place[item] for item in framework.items_under(code)])
        for code in framework.nodes.index
    }
    found = values.copy()
    for code in framework.bottom_up:
        held = under[code]
        gaps = np.isnan(found[:, held])
        rows = np.flatnonzero(gaps.any(axis=1) & ~gaps.all(axis=1))
        if not len(rows):
            continue
        masked = np.full((len(rows), values.shape[1]), np.nan)
        masked[:, held] = found[rows][:, held]
        stand_in = _least_mean(masked, space)
        # Weights that leave the node nothing make a node further up stand in, which is worth
        # no less than the least value the unit has.
        there = (~np.isnan(masked)).astype(np.float64)
        nothing = least_gap(there, space.lower, space.upper, space)[0] <= _NOTHING
        stand_in = np.where(nothing, np.nanmin(values[rows], axis=1), stand_in)
        part = found[np.ix_(rows, held)]
        found[np.ix_(rows, held)] = np.where(np.isnan(part), stand_in[:, None], part)
    return found


def _least_mean(values: FloatArray, space: WeightSpace) -> FloatArray:
    """Return the least weighted mean of what is there, over bounds and sums of blocks.

    Dinkelbach's iteration: ``q <- N(w) / D(w)`` at the weights that minimise
    ``N(w) - q D(w)``, until that minimum is zero. It falls to the least from above.

    Notes
    -----
    Dinkelbach, W. (1967), On nonlinear fractional programming, Management
    Science 13, https://doi.org/10.1287/mnsc.13.7.492.
    """
    there = ~np.isnan(values)
    known = np.where(there, values, 0.0)
    least = np.where(there, values, -np.inf).max(axis=1)
    scale = np.abs(known).max(axis=1)
    for _ in range(_STEPS):
        costs = np.where(there, known - least[:, None], 0.0)
        gap, weights = least_gap(costs, space.lower, space.upper, space)
        moving = gap < -_SETTLED * scale
        if not moving.any():
            break
        mass = np.einsum("ij,ij->i", weights, there.astype(np.float64))
        sums = np.einsum("ij,ij->i", weights, known)
        quotient = np.divide(sums, mass, out=least.copy(), where=moving & (mass > 0))
        least = np.minimum(least, quotient)
    # Weights without any of what is there leave no mean: then no smaller value bounds it.
    lowest = np.where(there, values, np.inf).min(axis=1)
    bound: FloatArray = np.maximum(least - 1e-12 * scale, lowest)
    return bound
