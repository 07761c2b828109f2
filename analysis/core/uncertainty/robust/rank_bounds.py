"""Between which ranks each unit stays for every admissible weight."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.uncertainty.robust.dominance import Dominance, dominance
from analysis.core.uncertainty.robust.extremes import least_values
from analysis.core.uncertainty.robust.missing_ranges import filled_within
from analysis.core.uncertainty.robust.rank_problem import (
    RankProblem,
    Side,
    rank_problem,
    relaxed_count,
)
from analysis.core.uncertainty.robust.rank_search import Witnesses, first_witnesses, search
from analysis.core.uncertainty.robust.rank_solver import greatest_count
from analysis.core.uncertainty.robust.robust_values import LinearModel
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_centre import centre, contains

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MOST_UNITS = 5_000  # whose pairs fit into memory
_SIDES: tuple[Side, Side] = ("best", "worst")
_ROUNDS = 80  # of each search
# The nearest bounds are tried by programmes, at the root of their trees alone.
_NEAR, _TRIES, _NODES = 2, 16, 1


@dataclass(frozen=True, eq=False)
class RankBounds:
    """Bounds on the best and the worst rank of each unit over all admissible weights.

    ``best_outer <= best rank <= best_inner <= worst_inner <= worst rank <=
    worst_outer``; a rank is known exactly where its two bounds meet.

    Attributes
    ----------
    best_outer, worst_outer : ndarray, shape (units,)
        No admissible weights give a rank beyond; NaN without a score.
    best_inner, worst_inner : ndarray, shape (units,)
        Ranks that the unit has at its witness weights.
    best_weights, worst_weights : ndarray, shape (units, items)
        Those witness weights, in the index.
    dominance : Dominance
        The pairwise relations of which the outer bounds are made.
    """

    best_outer: FloatArray
    best_inner: FloatArray
    worst_inner: FloatArray
    worst_outer: FloatArray
    best_weights: FloatArray
    worst_weights: FloatArray
    dominance: Dominance

    @property
    def exact_best(self) -> BoolArray:
        """Where the best rank is known exactly."""
        found: BoolArray = self.best_outer == self.best_inner
        return found

    @property
    def exact_worst(self) -> BoolArray:
        """Where the worst rank is known exactly."""
        found: BoolArray = self.worst_outer == self.worst_inner
        return found

    @property
    def witnesses(self) -> Witnesses:
        """The inner bounds and the weights that show them."""
        return Witnesses(self.best_inner, self.worst_inner, self.best_weights, self.worst_weights)

    def outer(self, side: Side) -> FloatArray:
        """Return the outer bounds of a side."""
        return self.best_outer if side == "best" else self.worst_outer

    def inner(self, side: Side) -> FloatArray:
        """Return the inner bounds of a side."""
        return self.best_inner if side == "best" else self.worst_inner


def rank_bounds(model: LinearModel, space: WeightSpace, *, seed: int = 2021) -> RankBounds:
    """Return bounds on each unit's best and worst rank over all admissible weights.

    Outer bounds: a unit is behind all that are ahead of it for every weight, and
    ahead of all that never get ahead of it (`dominance`); how many of the others
    can be ahead of it at once is bounded by a linear programme
    (`rank_problem.relaxed_count`), by a mixed-integer one where little is left
    (for chosen units: `analysis.core.uncertainty.robust.exact_rank.exact_ranks`). Inner
    bounds: the ranks at weights that those programmes give, and at weights that a
    search finds (`rank_search.search`).
    Equal scores take the smallest rank, scores being rounded first.

    Parameters
    ----------
    model : LinearModel
    space : WeightSpace
    seed : int
        Of the random weights from which the second search starts. Outer bounds
        do not depend on it.

    Returns
    -------
    RankBounds

    Raises
    ------
    InputError
        If no weights are admissible, if under none of those looked at every unit has
        a score, or if there are more units than `MOST_UNITS`.
    """
    scored = np.flatnonzero(model.scored)
    if len(scored) > MOST_UNITS:
        told = {"count": len(scored), "limit": MOST_UNITS}
        raise InputError([Finding("error", "robust.too_many_units", told)])
    found = dominance(model, space)
    ends = filled_within(model.values, model.framework, space)
    outer = {side: np.full(len(model.values), np.nan) for side in _SIDES}
    pool = [*_own_extremes(ends, model, space), *found.shown]
    problems = [rank_problem(int(u), side, model, found, ends) for side in _SIDES for u in scored]
    for problem in problems:
        count, weights = relaxed_count(problem, space)
        outer[problem.side][problem.unit] = problem.rank(count)
        if weights is not None:
            pool.append(weights)
    known = _searched(model, space, ends, np.array(pool), seed)
    unmet = np.isinf(known.best[scored])
    if unmet.any():
        raise InputError([Finding("error", "robust.unscored", {"count": int(unmet.sum())})])
    bounds = RankBounds(
        outer["best"],
        known.best,
        known.worst,
        outer["worst"],
        known.best_weights,
        known.worst_weights,
        found,
    )
    gaps = [_gap(problem, bounds) for problem in problems]
    near = [at for at, gap in enumerate(gaps) if 0 < gap <= _NEAR]
    for at in sorted(near, key=lambda at: gaps[at])[:_TRIES]:
        if _gap(problems[at], bounds):
            # Counted in nodes, not seconds: the same bounds on any machine.
            count, weights = greatest_count(problems[at], space, nodes=_NODES)
            inner = bounds.witnesses.joined(weights, model)
            side, unit = problems[at].side, problems[at].unit
            bounds = tightened(bounds, side, unit, problems[at].rank(count), inner)
    return bounds


def tightened(
    bounds: RankBounds, side: Side, unit: int, outer: int, inner: Witnesses
) -> RankBounds:
    """Return the bounds with a unit's outer bound, and all inner ones, replaced where better."""
    outers = bounds.outer(side).copy()
    outers[unit] = max(outers[unit], outer) if side == "best" else min(outers[unit], outer)
    bounds = (
        replace(bounds, best_outer=outers)
        if side == "best"
        else replace(bounds, worst_outer=outers)
    )
    return replace(
        bounds,
        best_inner=inner.best,
        worst_inner=inner.worst,
        best_weights=inner.best_weights,
        worst_weights=inner.worst_weights,
    )


def _gap(problem: RankProblem, bounds: RankBounds) -> float:
    """Return the places between the inner and the outer bound of a rank."""
    inner, outer = bounds.inner(problem.side), bounds.outer(problem.side)
    return float(abs(inner[problem.unit] - outer[problem.unit]))


def _own_extremes(
    ends: tuple[FloatArray, FloatArray], model: LinearModel, space: WeightSpace
) -> FloatArray:
    """Return admissible weights to start from: where units score least and most, and the centre."""
    low, high = (end[model.scored] for end in ends)
    found = least_values(np.vstack([low, -high]), space).weights
    middle = centre(space)
    starts = [middle, space.nominal] if contains(space, space.nominal) else [middle]
    return np.vstack([*starts, found])


def _searched(
    model: LinearModel,
    space: WeightSpace,
    ends: tuple[FloatArray, FloatArray],
    pool: FloatArray,
    seed: int,
) -> Witnesses:
    """Return the extreme ranks met, the searches starting from the best of the pool."""
    rng = np.random.default_rng(seed)
    pool = np.unique(pool, axis=0)
    known = first_witnesses(model, pool)
    filled = (ends[0] + ends[1]) / 2
    units, items = model.values.shape
    middle = np.tile(pool.mean(axis=0), (units, 1))
    if space.separable:
        spread = least_values(rng.normal(size=(2 * units, items)), space).weights
    else:
        spread = rng.dirichlet(np.ones(len(pool)), 2 * units) @ pool
    for starts, width in (
        ((middle, middle), 0.5),
        ((spread[:units], spread[units:]), 0.3),
        (None, 0.1),
    ):
        begin = (known.best_weights, known.worst_weights) if starts is None else starts
        known = search(model, space, filled, known, begin, pool, rounds=_ROUNDS, width=width)
    return known
