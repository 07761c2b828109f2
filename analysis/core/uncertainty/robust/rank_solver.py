"""The mixed-integer programme of a unit's best or worst rank, solved with HiGHS."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from analysis.core.uncertainty.robust.rank_problem import RankProblem, boxes
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_centre import HIGHS

FloatArray = NDArray[np.float64]

_SLACK = 1e-6  # of a count, for the solver's tolerance


def greatest_count(
    problem: RankProblem,
    space: WeightSpace,
    *,
    time_limit: float | None = None,
    nodes: int | None = None,
) -> tuple[int, FloatArray]:
    """Return a bound on the count, and weights that come near it.

    Parameters
    ----------
    problem : RankProblem
    space : WeightSpace
    time_limit : float, optional
        Seconds; a run that it cuts short may give another bound on another day.
    nodes : int, optional
        Of the search tree at most, whatever time they take.

    Returns
    -------
    count : int
        No admissible weights give more; the greatest there is, to the solver's
        tolerance, unless a limit cut it short.
    weights : ndarray, shape (candidates, items)
        Those of the solution, and those that put the same units ahead by the
        widest margin; none where the solver found no solution. Which count they
        give is for the model to say.
    """
    many, items = len(problem.open), len(space.nominal)
    if not many:
        return problem.sure, np.empty((0, items))
    rows, ends = problem.constraints(space)
    box = boxes(problem, space)
    options: dict[str, float] = {"mip_rel_gap": 0.0}
    if time_limit is not None:
        options["time_limit"] = time_limit
    if nodes is not None:
        options["node_limit"] = nodes
    with quietly():
        found = milp(
            np.concatenate([np.zeros(items), -np.ones(many)]),
            integrality=np.concatenate([np.zeros(items), np.ones(many)]),
            bounds=Bounds(box[:, 0], box[:, 1]),
            constraints=[
                LinearConstraint(rows, -np.inf, ends),
                LinearConstraint(problem.sums(space), space.total, space.total),
            ],
            options=options,
        )
    most = problem.sure + many
    bound = found.get("mip_dual_bound")
    if bound is not None and np.isfinite(bound):
        most = min(most, problem.sure + int(np.floor(-bound + _SLACK)))
    if found.x is None:
        return most, np.empty((0, items))
    chosen = found.x[items:] > 0.5
    clear = _clearest(problem, chosen, space)
    candidates = [found.x[:items]] if clear is None else [clear, found.x[:items]]
    return most, np.clip(np.array(candidates), space.lower, space.upper)


def _clearest(
    problem: RankProblem, chosen: NDArray[np.bool_], space: WeightSpace
) -> FloatArray | None:
    """Return weights at which the chosen units count by the widest margin, None if there are none.

    A solution may rest on a gap that only the solver's tolerance calls one.
    """
    rows = problem.slopes[chosen]
    rows = rows[np.abs(rows).sum(axis=1) > 0]
    items = len(space.nominal)
    found = linprog(
        np.append(np.zeros(items), -1.0),
        A_ub=np.vstack(
            [
                np.column_stack([rows, np.linalg.norm(rows, axis=1)]),
                np.column_stack([space.a_ub, np.zeros(len(space.b_ub))]),
            ]
        ),
        b_ub=np.concatenate([np.zeros(len(rows)), space.b_ub]),
        A_eq=np.column_stack(
            [np.eye(len(space.total))[:, space.block], np.zeros(len(space.total))]
        ),
        b_eq=space.total,
        bounds=[*zip(space.lower, space.upper, strict=True), (None, 1.0)],
        method="highs-ds",
        options=HIGHS,
    )
    return found.x[:items] if found.status == 0 else None


@contextmanager
def quietly() -> Iterator[None]:
    """Keep what a solver prints beside its options from the standard output.

    HiGHS 1.12 writes lines of its own there in the middle of a search.
    """
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # no standard output to keep clean
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
