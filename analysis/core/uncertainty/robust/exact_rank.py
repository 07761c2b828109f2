"""The best and worst ranks of chosen units, exactly or with the gap that is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.uncertainty.robust.missing_ranges import filled_within
from analysis.core.uncertainty.robust.rank_bounds import RankBounds, rank_bounds, tightened
from analysis.core.uncertainty.robust.rank_problem import RankProblem, Side, rank_problem
from analysis.core.uncertainty.robust.rank_solver import greatest_count
from analysis.core.uncertainty.robust.robust_values import LinearModel
from analysis.core.uncertainty.weights.space import WeightSpace

FloatArray = NDArray[np.float64]
OrderedMap = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]

COLUMNS = ("unit", "side", "rank", "bound", "gap", "proven")
TIME_LIMIT = 60.0


@dataclass(frozen=True, eq=False)
class ExactRanks:
    """Ranks found by mixed-integer programmes.

    Attributes
    ----------
    table : pandas.DataFrame
        ``unit`` (row of the model), ``side`` (best, worst), ``rank`` (at the
        witness weights), ``bound`` (no admissible weights give a rank beyond),
        ``gap`` (ranks between the two), ``proven`` (the gap is 0).
    bounds : RankBounds
        Those of all units, tightened by what was found.
    """

    table: pd.DataFrame
    bounds: RankBounds


def exact_ranks(
    model: LinearModel,
    space: WeightSpace,
    units: Sequence[int],
    *,
    time_limit: float = TIME_LIMIT,
    bounds: RankBounds | None = None,
    seed: int = 2021,
    map: OrderedMap = map,
) -> ExactRanks:
    """Return the best and worst ranks of units over all admissible weights.

    A mixed-integer programme for each side that bounds leave open
    (`rank_problem.RankProblem`): which others can be ahead of the unit, or not
    ahead of it, at once. Its solution is a witness, whose rank is that of the
    model; solutions serve the other units too.

    Parameters
    ----------
    model : LinearModel
    space : WeightSpace
    units : sequence of int
        Rows of the model; those without a score are left out.
    time_limit : float
        Seconds for one programme; where it ends first the gap is what is left.
    bounds : RankBounds, optional
        Where they are at hand (`rank_bounds`).
    seed : int
        Where they are not.
    map : callable, optional
        An ordered map, to solve programmes side by side. The results do not
        depend on it unless the time limit falls.

    Returns
    -------
    ExactRanks

    Raises
    ------
    InputError
        If no weights are admissible.
    """
    bounds = rank_bounds(model, space, seed=seed) if bounds is None else bounds
    asked = [int(unit) for unit in units if model.scored[unit]]
    todo = list(_problems(model, space, asked, bounds))
    solve = partial(_solved, space=space, time_limit=time_limit)
    for problem, (count, weights) in zip(todo, map(solve, todo), strict=True):
        inner = bounds.witnesses.joined(weights, model)
        bounds = tightened(bounds, problem.side, problem.unit, problem.rank(count), inner)
    rows = []
    for unit in asked:
        for side in ("best", "worst"):
            rank = int(bounds.inner(side)[unit])
            bound = int(bounds.outer(side)[unit])
            rows.append((unit, side, rank, bound, abs(rank - bound), rank == bound))
    return ExactRanks(pd.DataFrame(rows, columns=list(COLUMNS)), bounds)


def _problems(
    model: LinearModel, space: WeightSpace, units: Sequence[int], bounds: RankBounds
) -> Iterator[RankProblem]:
    """Give the programmes that bounds leave open."""
    ends = filled_within(model.values, model.framework, space)
    sides: tuple[Side, Side] = ("best", "worst")
    for unit in dict.fromkeys(units):
        for side in sides:
            if bounds.inner(side)[unit] != bounds.outer(side)[unit]:
                yield rank_problem(unit, side, model, bounds.dominance, ends)


def _solved(problem: RankProblem, space: WeightSpace, time_limit: float) -> tuple[int, FloatArray]:
    return greatest_count(problem, space, time_limit=time_limit)
