"""Which unit is ahead of which for every admissible weight, and for some."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.uncertainty.robust.extremes import least_values, relaxed_values
from analysis.core.uncertainty.robust.missing_ranges import filled_within
from analysis.core.uncertainty.robust.robust_values import LinearModel
from analysis.core.uncertainty.weights.space import WeightSpace

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

_PAIRS = 200_000  # at a time
_GUARD = 1e-12  # share of the largest value within which the sign of a gap is not trusted


@dataclass(frozen=True, eq=False)
class Dominance:
    """Necessary and possible dominance between units.

    Attributes
    ----------
    least : ndarray, shape (units, units)
        ``min over w of t_i(w) - t_j(w)`` on the linear scale, or a lower bound on
        it (where units lack items, and where a closed-form bound or known
        weights decided the pair without a linear programme); 0 on the
        diagonal, NaN for units without a score.
    necessary : ndarray of bool, shape (units, units)
        Unit ``i`` has a smaller rank than ``j`` for every admissible weight: the
        least gap is beyond what rounding of scores can level.
    possible : ndarray of bool, shape (units, units)
        No proof that ``j`` is never behind ``i``: where no unit lacks items,
        for some admissible weight ``i`` is ahead of ``j``.
    shown : ndarray, shape (weights, items)
        Admissible weights met on the way that give least gaps.
    """

    least: FloatArray
    necessary: BoolArray
    possible: BoolArray
    shown: FloatArray

    @property
    def share_decided(self) -> float:
        """Share of pairs of scored units whose order is the same for every admissible weight."""
        many = int((~np.isnan(np.diag(self.least))).sum())
        return float(self.necessary.sum()) / max(many * (many - 1) / 2, 1.0)


def dominance(model: LinearModel, space: WeightSpace) -> Dominance:
    """Return which unit is ahead of which for every admissible weight, and for some.

    ``t_i - t_j`` is linear in the weights: its least value is a closed form where
    nothing but bounds and sums of blocks binds. Otherwise bounds without the
    further constraints prove some pairs, weights met on the way disprove
    others, and linear programmes (HiGHS) decide what is left. Two units that
    lack different items are compared by bounds on what those can stand for
    (`filled_within`), which may leave open what is decided, never the reverse.

    Parameters
    ----------
    model : LinearModel
    space : WeightSpace

    Returns
    -------
    Dominance

    Raises
    ------
    InputError
        If no weights are admissible.

    Notes
    -----
    Greco, S., Mousseau, V. and Slowinski, R. (2008), Ordinal regression
    revisited, European Journal of Operational Research 191,
    https://doi.org/10.1016/j.ejor.2007.08.013: necessary and possible relations.
    """
    many = len(model.values)
    rows = np.flatnonzero(model.scored)
    low, high = filled_within(model.values[rows], model.framework, space)
    gaps = _Gaps(model.values[rows], low, high, model, space)
    found, shown = _least_gaps(gaps, space, model)
    least = np.full((many, many), np.nan)
    least[np.ix_(rows, rows)] = found
    np.fill_diagonal(least, np.where(model.scored, 0.0, np.nan))
    with np.errstate(invalid="ignore"):
        necessary = least > model.resolution
        scale = _GUARD * float(np.abs(low).max(initial=0.0))
        possible = (least < scale).T
    necessary = _closed(necessary)
    inner = np.zeros((many, many), dtype=bool)
    inner[np.ix_(rows, rows)] = ~gaps.never_ahead()
    np.fill_diagonal(inner, False)
    return Dominance(least, necessary, possible & inner & ~necessary.T, shown)


@dataclass(frozen=True, eq=False)
class _Gaps:
    """Coefficients of the gaps between scored units, missing values at their bounds."""

    values: FloatArray
    low: FloatArray
    high: FloatArray
    model: LinearModel
    space: WeightSpace

    def least(self, first: IntArray, second: IntArray) -> FloatArray:
        """Return coefficients whose value is never above ``t_first - t_second``."""
        costs: FloatArray = self.low[first] - self.high[second]
        lacks = np.isnan(self.values)
        alike = lacks[first].any(axis=1) & (lacks[first] == lacks[second]).all(axis=1)
        if alike.any():
            differences = self.values[first[alike]] - self.values[second[alike]]
            costs[alike] = filled_within(differences, self.model.framework, self.space)[0]
        return costs

    def never_ahead(self) -> BoolArray:
        """Return where ``i`` is nowhere above ``j`` on an item that can weigh, (units, units)."""
        weighty = self.space.upper > 0
        none_missing = ~np.isnan(self.values).any(axis=1)
        found = np.zeros((len(self.low), len(self.low)), dtype=bool)
        for row in np.flatnonzero(none_missing):
            above = (self.low[row, weighty] > self.low[:, weighty]).any(axis=1)
            found[row] = ~above & none_missing
        return found


def _closed(relation: BoolArray) -> BoolArray:
    """Return what a relation implies: bounds may miss what two steps prove."""
    while True:
        number = relation.astype(np.float32)
        more = relation | (number @ number > 0)
        if (more == relation).all():
            return more
        relation = more


def _least_gaps(
    gaps: _Gaps, space: WeightSpace, model: LinearModel
) -> tuple[FloatArray, FloatArray]:
    """Return the least gap of each pair, shape (units, units), and weights that give them."""
    many = len(gaps.low)
    first, second = np.divmod(np.arange(many * many, dtype=np.intp), max(many, 1))
    apart = first != second
    first, second = first[apart], second[apart]
    flat = np.zeros(many * many)
    values = np.empty(len(first))
    for start in range(0, len(first), _PAIRS):
        part = slice(start, start + _PAIRS)
        values[part] = relaxed_values(gaps.least(first[part], second[part]), space).values
    shown = np.empty((0, len(space.nominal)))
    if not space.separable:
        values, shown = _tightened(values, (first, second), gaps, space, model)
    elif len(first):
        least_values(gaps.low[:1], space)  # refuses a set without any weights
    flat[apart] = values
    return flat.reshape(many, many), shown


def _tightened(
    values: FloatArray,
    pairs: tuple[IntArray, IntArray],
    gaps: _Gaps,
    space: WeightSpace,
    model: LinearModel,
) -> tuple[FloatArray, FloatArray]:
    """Solve linear programmes for pairs that neither bounds nor known weights decide."""
    first, second = pairs
    low = gaps.low
    own = least_values(np.vstack([low, -low, np.eye(low.shape[1]), -np.eye(low.shape[1])]), space)
    shown = np.unique(own.weights.round(15), axis=0)
    # Weights at which the one is behind disprove that it never is.
    scores = model.linear_scores(shown)[:, model.scored]
    open_pairs = values <= model.resolution
    for row in scores:
        open_pairs &= ~(row[first] < row[second] - _GUARD * np.abs(low).max(initial=0.0))
    at = np.flatnonzero(open_pairs)
    found = values.copy()
    solved = least_values(gaps.least(first[at], second[at]), space)
    found[at] = np.maximum(values[at], solved.values)
    fresh = np.unique(solved.weights.round(15), axis=0)
    return found, np.vstack([shown, fresh])
