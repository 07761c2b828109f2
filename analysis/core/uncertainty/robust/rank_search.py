"""Admissible weights at which units rank as high, or as low, as a search can make them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.uncertainty.local.bands import least_gap
from analysis.core.uncertainty.robust.robust_values import LinearModel
from analysis.core.uncertainty.weights.space import WeightSpace

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_CELLS = 1_000_000  # of units times rows at a time
_LAST = 0.005  # width of a smoothed count in the end, in standard deviations of the scores
_STRIDE, _STEP_END = 0.3, 0.01


@dataclass(frozen=True, eq=False)
class Witnesses:
    """The extreme ranks met for each unit, and weights at which it has them.

    Attributes
    ----------
    best, worst : ndarray, shape (units,)
        NaN for a unit without a score.
    best_weights, worst_weights : ndarray, shape (units, items)
    """

    best: FloatArray
    worst: FloatArray
    best_weights: FloatArray
    worst_weights: FloatArray

    def joined(self, weights: FloatArray, model: LinearModel) -> Witnesses:
        """Return them with further admissible weights looked at, shape (draws, items)."""
        best, worst = self.best.copy(), self.worst.copy()
        high, low = self.best_weights.copy(), self.worst_weights.copy()
        step = max(1, _CELLS // max(len(best), 1))
        for start in range(0, len(weights), step):
            part = weights[start : start + step]
            ranks = model.ranks(part)
            sure = ~np.isnan(ranks[:, model.scored]).any(axis=1)
            part, ranks = part[sure], ranks[sure]
            if not len(part):
                continue
            for sign, known, kept in ((1.0, best, high), (-1.0, worst, low)):
                at = (sign * np.nan_to_num(ranks, nan=0.0)).argmin(axis=0)
                met = ranks[at, np.arange(len(best))]
                better = sign * met < sign * known
                known[better] = met[better]
                kept[better] = part[at[better]]
        return Witnesses(best, worst, high, low)


def first_witnesses(model: LinearModel, weights: FloatArray) -> Witnesses:
    """Return the extreme ranks under some admissible weights, shape (draws, items)."""
    many = len(model.values)
    known = np.where(model.scored, np.inf, np.nan)
    nowhere = np.full((many, weights.shape[1]), np.nan)
    return Witnesses(known, -known, nowhere, nowhere.copy()).joined(weights, model)


def search(
    model: LinearModel,
    space: WeightSpace,
    filled: FloatArray,
    known: Witnesses,
    starts: tuple[FloatArray, FloatArray],
    pool: FloatArray,
    *,
    rounds: int,
    width: float = 0.5,
) -> Witnesses:
    """Look for weights at which units rank higher, and lower, than is known.

    For every unit and side at once: the count of others ahead (or not ahead),
    each smoothed to a logistic function of its gap, is raised by conditional
    gradients, whose steps stay among admissible weights; the width of the
    smoothing falls from round to round. All weights on the way are looked at.

    Parameters
    ----------
    model : LinearModel
    space : WeightSpace
    filled : ndarray, shape (units, items)
        Values with missing ones stood in for: they steer the search, while
        ranks are those of the model.
    known : Witnesses
    starts : (best, worst), each ndarray, shape (units, items)
        Admissible weights from which the search for each rank starts.
    pool : ndarray, shape (weights, items)
        Admissible weights to move towards where constraints beside bounds and
        sums of blocks bind.
    rounds : int
    width : float
        Of the smoothing at first, in standard deviations of the scores.

    Returns
    -------
    Witnesses
        Nowhere worse than those known.

    Notes
    -----
    Frank, M. and Wolfe, P. (1956), An algorithm for quadratic programming,
    https://doi.org/10.1002/nav.3800030109.
    """
    units = np.flatnonzero(model.scored)
    if len(units) < 2:
        return known
    values = filled[units]
    known = Witnesses(*(part.copy() for part in vars(known).values()))
    weights = {1.0: starts[1][units], -1.0: starts[0][units]}
    spread = float((values @ space.nominal).std()) or 1.0
    for turn in range(rounds):
        share = turn / max(rounds - 1, 1)
        narrow = spread * width * (_LAST / width) ** share
        stride = _STRIDE * (1.0 - share) + _STEP_END
        met = []
        for sign, now in weights.items():
            uphill = _uphill(now, values, sign, narrow)
            if space.separable:
                aim = least_gap(-uphill, space.lower, space.upper, space)[1]
            else:
                aim = pool[(uphill @ pool.T).argmax(axis=1)]
            now += stride * (aim - now)
            met.append(now)
        _look_at(known, units, met[0], met[1], model)
    return known


def _uphill(weights: FloatArray, values: FloatArray, sign: float, width: float) -> FloatArray:
    """Return the slope of each unit's smoothed count, shape (units, items)."""
    scores = weights @ values.T
    own = np.diagonal(scores)[:, None]
    fading = np.exp(-np.abs(scores - own) / width)
    density = fading / (1.0 + fading) ** 2
    np.fill_diagonal(density, 0.0)
    slope: FloatArray = sign * (density @ values - density.sum(axis=1)[:, None] * values)
    return slope


def _look_at(
    known: Witnesses, units: IntArray, low: FloatArray, high: FloatArray, model: LinearModel
) -> None:
    """Write down each unit's rank under its own weights where it is beyond what is known."""
    for sign, weights, ranks, kept in (
        (-1.0, low, known.worst, known.worst_weights),
        (1.0, high, known.best, known.best_weights),
    ):
        met = own_ranks(units, weights, model)
        better = sign * met < sign * ranks[units]
        ranks[units[better]] = met[better]
        kept[units[better]] = weights[better]


def own_ranks(units: IntArray, weights: FloatArray, model: LinearModel) -> FloatArray:
    """Return the rank of each unit under weights of its own.

    Parameters
    ----------
    units : ndarray of int, shape (rows,)
    weights : ndarray, shape (rows, items)
    model : LinearModel

    Returns
    -------
    ndarray, shape (rows,)
        NaN where some scored unit has no score under the weights.
    """
    scores = model.scores(weights)[:, model.scored].round(model.decimals)
    column = np.cumsum(model.scored)[units] - 1
    own = scores[np.arange(len(units)), column][:, None]
    ranks: FloatArray = 1.0 + (scores > own).sum(axis=1)
    ranks[np.isnan(scores).any(axis=1)] = np.nan
    return ranks
