"""Draws from a box cut by a plane: weights between bounds that have a given sum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

FloatArray = NDArray[np.float64]

ROUNDING = 1e-12
CELLS = 1_000_000  # proposals held in memory at once


def moved_to_sum(
    lower: FloatArray, upper: FloatArray, total: float, count: int, rng: np.random.Generator
) -> FloatArray:
    """Draw each weight evenly between its bounds, then move all until their sum is right.

    Where the sum ``s`` is too large, ``w = l + t (u - l)`` with ``t = (total -
    sum(l)) / (s - sum(l))``; where it is too small the same seen from the upper
    bounds. So the weights keep within their bounds.

    Parameters
    ----------
    lower, upper : ndarray, shape (items,)
    total : float
        Between the sums of the bounds.
    count : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (count, items)
    """
    span = upper - lower
    drawn = rng.random((count, len(lower)))
    drawn *= span
    sums = drawn.sum(axis=1)
    above, whole = total - lower.sum(), span.sum()
    shrink = sums > above
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(shrink, above / sums, (whole - above) / (whole - sums))
    share[~np.isfinite(share)] = 0.0
    drawn *= share[:, None]
    drawn += lower
    if not shrink.all():
        # u - t (u - l - v) = l + (1 - t) (u - l) + t v
        drawn += np.where(shrink, 0.0, 1.0 - share)[:, None] * span
    np.maximum(drawn, lower, out=drawn)  # rounding may have put it beyond the bounds
    return np.minimum(drawn, upper, out=drawn)


def uniform_on_slice(
    lower: FloatArray, upper: FloatArray, total: float, count: int, rng: np.random.Generator
) -> FloatArray:
    """Draw weights between bounds with a given sum, all such weights equally likely.

    Exact, every draw independent of the others. A corner of a simplex where
    only the bounds of one side bind. Otherwise by rejection: all weights but
    the one with the most room are drawn with a density proportional to
    ``exp(c v)`` between their bounds, ``c`` such that the sum is right on
    average; the last takes what is left, and the draw is kept with a
    probability proportional to ``exp(c v_last)`` where that is within its
    bounds. The joint density is then ``exp(c sum(v))``, which is the same for
    all weights of one sum. For items with equal bounds, about ``1 / sqrt(6 items)``
    of the proposals are kept, or more (6 to 51% were, for 7 to 49 items).

    Parameters
    ----------
    lower, upper : ndarray, shape (items,)
        As tight as the sum lets them be (as `analysis.core.uncertainty.
        space_builders` leaves them).
    total : float
    count : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (count, items)
    """
    span = upper - lower
    loose = np.flatnonzero(span > ROUNDING)
    above = total - lower.sum()
    below = float(span.sum()) - above
    drawn = np.tile((lower + upper) / 2, (count, 1))
    if len(loose) == 0:
        return drawn
    room = span[loose]
    if above <= ROUNDING or below <= ROUNDING:
        drawn[:, loose] = (lower if above <= below else upper)[loose]
    elif above <= below:
        drawn[:, loose] = lower[loose] + _from_below(room, above, count, rng)
    else:
        drawn[:, loose] = upper[loose] - _from_below(room, below, count, rng)
    return drawn


def _from_below(room: FloatArray, total: float, count: int, rng: np.random.Generator) -> FloatArray:
    """Draw evenly among all of that sum, from 0 to ``room``; the sum is at most half of it."""
    if (room >= total - ROUNDING).all():
        return total * rng.dirichlet(np.ones(len(room)), size=count)
    room, total, unit = room / total, 1.0, total
    last = int(room.argmax())
    others = np.delete(np.arange(len(room)), last)
    rate = _rate(room, total)
    reach = -np.expm1(-rate * room[others])
    batch = CELLS // len(room) + 1
    parts: list[FloatArray] = [np.empty((0, len(room)))]
    kept, share = 0, 1.0 / np.sqrt(6.0 * len(room))
    while kept < count:
        tried = min(batch, int(1.2 * (count - kept) / share) + 16)
        chance = rng.random((tried, len(room)))
        proposed = np.empty((tried, len(room)))
        if rate > ROUNDING:
            proposed[:, others] = -np.log1p(-chance[:, others] * reach) / rate
        else:
            proposed[:, others] = chance[:, others] * room[others]
        left = total - proposed[:, others].sum(axis=1)
        proposed[:, last] = left
        fine = (left >= 0) & (left <= room[last])
        fine &= chance[:, last] <= np.exp(-rate * np.maximum(left, 0.0))
        parts.append(proposed[fine])
        kept += len(parts[-1])
        share = max(float(fine.mean()), 0.2 * share)
    return unit * np.concatenate(parts)[:count]


def _rate(room: FloatArray, total: float) -> float:
    """Return the rate of exponentials, cut at ``room``, whose means have that sum."""

    def excess(rate: float) -> float:
        x = rate * room
        with np.errstate(over="ignore"):
            # 1/x - 1/(exp(x) - 1), whose limit at 0 is 1/2 - x/12.
            mean = np.where(
                x < 1e-4, 0.5 - x / 12, 1 / np.maximum(x, 1e-4) - 1 / np.expm1(x + (x == 0))
            )
        return float((room * mean).sum()) - total

    if excess(0.0) <= 0:
        return 0.0
    high = len(room) / total  # exponentials without an upper end have this sum, cut ones less
    return float(brentq(excess, 0.0, high, xtol=1e-12))
