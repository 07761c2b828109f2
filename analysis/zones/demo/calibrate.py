"""Calibration: bringing what was drawn to the levels of each year, exactly.

Arrays are years by zones; ``mask`` says which zones a level is taken over.
All solvers are monotone bisections, so the same draw gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

STEPS = 80


class CalibrationError(ValueError):
    """A draw that cannot be brought to its levels."""


def total(values: FloatArray, mask: BoolArray) -> FloatArray:
    """Return the sum over the zones of `mask`, year by year."""
    return np.asarray(np.where(mask, values, 0.0).sum(axis=1))


def bisect(
    function: Callable[[FloatArray], FloatArray], goal: FloatArray, low: float, high: float
) -> FloatArray:
    """Solve ``function(x) = goal`` for each year; `function` rises in each ``x``."""
    lower = np.full(len(goal), low)
    upper = np.full(len(goal), high)
    for _ in range(STEPS):
        middle = (lower + upper) / 2
        below = function(middle) < goal
        lower = np.where(below, middle, lower)
        upper = np.where(below, upper, middle)
    return np.asarray((lower + upper) / 2)


def logistic(values: FloatArray) -> FloatArray:
    """Return ``1 / (1 + exp(-x))``."""
    return np.asarray(1.0 / (1.0 + np.exp(-values)))


def shares(
    scores: FloatArray, cap: float, measure: Callable[[FloatArray], FloatArray], goal: FloatArray
) -> FloatArray:
    """Return shares ``cap * logistic(a_t + scores)`` with ``measure(shares) = goal`` each year.

    Parameters
    ----------
    scores : ndarray, shape (years, zones)
    cap : float
        Largest share there may be.
    measure : callable
        From shares to one number a year, rising in every share.
    goal : ndarray, shape (years,)
    """

    def at(level: FloatArray) -> FloatArray:
        return cap * logistic(level[:, None] + scores)

    return at(bisect(lambda level: measure(at(level)), goal, -15.0, 15.0))


def whole_numbers(
    weights: FloatArray, offset: FloatArray, goal: FloatArray, mask: BoolArray, cap: float | None
) -> FloatArray:
    """Return the factor a year at which whole numbers add up to a given one.

    The numbers are ``floor(factor * weights + offset)``, at most `cap`. With
    an offset of its own for each zone the sum climbs one by one, so every
    whole number is met, and a zone's number moves only when its weight does.

    Raises
    ------
    CalibrationError
        If a sum is not met.
    """

    def added(factor: FloatArray) -> FloatArray:
        return total(numbers(factor, weights, offset, cap), mask)

    rough = goal / total(weights, mask)
    factor = rough * bisect(lambda x: added(x * rough) + 0.5, goal, 0.0, 64.0)
    # The bisection may end a hair below the step up to the goal.
    factor = factor * (1 + 1e-13)
    if not np.array_equal(added(factor), goal):
        raise CalibrationError("a sum of whole numbers is not met")
    return factor


def numbers(
    factor: FloatArray, weights: FloatArray, offset: FloatArray, cap: float | None
) -> FloatArray:
    """Return ``floor(factor * weights + offset)``, at most `cap`."""
    found = np.floor(factor[:, None] * weights + offset)
    return found if cap is None else np.minimum(found, cap)


def spread_to_share(share: Callable[[float], float], goal: float) -> float:
    """Return the exponent at which the first few hold about a given share of the whole."""
    low, high = 0.4, 2.5
    for _ in range(STEPS):
        middle = (low + high) / 2
        if share(middle) < goal:
            low = middle
        else:
            high = middle
    return (low + high) / 2
