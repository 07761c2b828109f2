"""How many units can be ahead of one, or not ahead, at once: the mixed-integer programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import OptimizeResult, linprog

from analysis.core.uncertainty.robust.dominance import Dominance
from analysis.core.uncertainty.robust.robust_values import LinearModel
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_centre import HIGHS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Side = Literal["best", "worst"]

_SLACK = 1e-6  # of a count, for a solver's tolerance
_SHALLOW = 1e-7  # share of the largest value: gaps that cannot get deeper bound nothing


@dataclass(frozen=True, eq=False)
class RankProblem:
    """The best or the worst rank of a unit as a count to be made as great as possible.

    For the worst rank the count is of units ahead, ``rank = 1 + count``; for the
    best of units that are not ahead, ``rank = scored units - count``. Units that
    pairwise dominance decides are counted (``sure``) or left out; for each
    open one ``z_j <= 1``, and ``z_j <= 1 + (d_j(w) + e) / (depth_j + e)`` with
    ``d_j`` a bound on its gap in the direction that counts, ``-depth_j`` its
    least value over all admissible weights and ``e`` what rounding can level.
    With ``z_j`` 0 or 1 the greatest ``sum z_j`` is the count (or one too many, if it
    is met only at weights at which scores are level); with ``z_j`` between, a
    bound on it.

    Attributes
    ----------
    unit : int
    side : {"best", "worst"}
    others : int
        Scored units beside this one.
    sure : int
    open : ndarray of int, shape (open,)
        The open units.
    slopes : ndarray, shape (open, items)
        ``- d_j / (depth_j + e)``; zeros where the gap bounds nothing.
    ends : ndarray, shape (open,)
        ``slopes w + z <= ends``.
    """

    unit: int
    side: Side
    others: int
    sure: int
    open: IntArray
    slopes: FloatArray
    ends: FloatArray

    def rank(self, count: int) -> int:
        """Return the rank that a count means."""
        return 1 + count if self.side == "worst" else 1 + self.others - count

    def count(self, rank: int) -> int:
        """Return the count that a rank means."""
        return rank - 1 if self.side == "worst" else 1 + self.others - rank

    def constraints(self, space: WeightSpace) -> tuple[sparse.csr_array, FloatArray]:
        """Return ``rows (w, z) <= ends`` of the programme, those of the space included."""
        many, items = len(self.open), len(space.nominal)
        # Put together by hand: every row holds all items and its own z.
        cells = np.column_stack([self.slopes, np.ones(many)])
        columns = np.tile(np.arange(items + 1), (many, 1))
        columns[:, items] += np.arange(many)
        starts = np.arange(many + 1) * (items + 1)
        shape = (many, items + many)
        rows = sparse.csr_array((cells.ravel(), columns.ravel(), starts), shape=shape)
        if len(space.b_ub):
            nothing = sparse.csr_array((len(space.b_ub), many))
            own = sparse.hstack([sparse.csr_array(space.a_ub), nothing])
            rows = sparse.csr_array(sparse.vstack([rows, own], format="csr"))
        return rows, np.concatenate([self.ends, space.b_ub])

    def sums(self, space: WeightSpace) -> sparse.csr_array:
        """Return the sums of blocks as rows over ``(w, z)``."""
        items = np.arange(len(space.block))
        shape = (len(space.total), len(items) + len(self.open))
        return sparse.csr_array((np.ones(len(items)), (space.block, items)), shape=shape)


def rank_problem(
    unit: int,
    side: Side,
    model: LinearModel,
    found: Dominance,
    ends: tuple[FloatArray, FloatArray],
) -> RankProblem:
    """Return the problem of a unit's best or worst rank.

    Parameters
    ----------
    unit : int
    side : {"best", "worst"}
    model : LinearModel
    found : Dominance
        Of the same model and space.
    ends : (low, high)
        From `analysis.core.uncertainty.robust.missing_ranges.filled_within`.

    Returns
    -------
    RankProblem
    """
    low, high = ends
    scored = model.scored.copy()
    scored[unit] = False
    ahead, possible = found.necessary[:, unit], found.possible[:, unit]
    if side == "worst":
        sure, undecided = scored & ahead, scored & possible & ~ahead
        margin, depth = 0.0, -found.least[:, unit]
    else:
        sure, undecided = scored & ~possible, scored & possible & ~ahead
        margin, depth = model.resolution, -found.least[unit]
    chosen = np.flatnonzero(undecided)
    # The greatest that a gap can be, in the direction that counts, whatever is missing.
    gaps = high[chosen] - low[unit] if side == "worst" else high[unit] - low[chosen]
    depth = depth[chosen] - margin
    deep = depth > max(_SHALLOW * float(np.abs(low[model.scored]).max()), margin)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = np.where(deep[:, None], -gaps / depth[:, None], 0.0)
        bounds = np.where(deep, 1.0 + margin / depth, 1.0)
    return RankProblem(unit, side, int(scored.sum()), int(sure.sum()), chosen, slopes, bounds)


def relaxed_count(problem: RankProblem, space: WeightSpace) -> tuple[int, FloatArray | None]:
    """Return a bound on the count by linear programming, and the weights that give it.

    Parameters
    ----------
    problem : RankProblem
    space : WeightSpace

    Returns
    -------
    count : int
        No admissible weights give more.
    weights : ndarray, shape (items,), or None
        None where nothing is open, or the solver gave up.
    """
    many, items = len(problem.open), len(space.nominal)
    if not many:
        return problem.sure, None
    rows, ends = problem.constraints(space)
    found: OptimizeResult = linprog(
        np.concatenate([np.zeros(items), -np.ones(many)]),
        A_ub=rows,
        b_ub=ends,
        A_eq=problem.sums(space),
        b_eq=space.total,
        bounds=boxes(problem, space),
        method="highs-ds",
        options=HIGHS,
    )
    if found.status != 0:
        return problem.sure + many, None
    bound = problem.sure + int(np.floor(-found.fun + _SLACK))
    weights = np.clip(found.x[:items], space.lower, space.upper)
    return min(bound, problem.sure + many), weights


def boxes(problem: RankProblem, space: WeightSpace) -> FloatArray:
    """Return least and greatest values of ``(w, z)``, shape (items + open, 2)."""
    many = len(problem.open)
    weights = np.column_stack([space.lower, space.upper])
    return np.vstack([weights, np.column_stack([np.zeros(many), np.ones(many)])])
