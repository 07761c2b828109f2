"""Even draws from any polytope of weights: hit-and-run, many chains at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from analysis.core.uncertainty.weights.convergence import effective_size, split_r_hat
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_centre import HIGHS, Hull, binding, hull

FloatArray = NDArray[np.float64]

CHAINS = 250  # of a batch: the more, the less time per step, and the fewer draws per chain
PILOT_CHAINS = 1024
PILOT_SEED = 20210
CORNERS = 64  # corners found by linear programming, from which the pilot's chains start
SPREAD = 0.9  # how far from the centre towards its corner a chain starts
DIRECTIONS = 20  # for each dimension
FORGOTTEN = 0.15  # correlation over that many chains at which a draw says little of the next
MOST_STEPS = 256  # between draws, for each dimension


@dataclass(frozen=True, eq=False)
class Walk:
    """What hit-and-run in a polytope needs: computed once, the same in every process.

    Attributes
    ----------
    hull : Hull
    directions : ndarray, shape (directions, items)
    speeds : ndarray, shape (directions, constraints)
        How fast each constraint of the hull is approached.
    pool : ndarray, shape (chains, items)
        Draws to start from: the last of long chains.
    steps : int
        Steps between the draws of a chain that are kept.
    """

    hull: Hull
    directions: FloatArray
    speeds: FloatArray
    pool: FloatArray
    steps: int


def hit_and_run(
    space: WeightSpace, count: int, rng: np.random.Generator, chains: int = CHAINS
) -> FloatArray:
    """Draw weights by hit-and-run: all admissible weights equally likely in the limit.

    From where a chain is, a random direction; then a point of the chord in
    that direction, evenly. Directions are those in which a random choice of
    all but one of the constraints stay as near as they are (edges of the
    polytope's arrangement), so that no change of scale makes a polytope long
    or thin; all chains take the same one at a time, and each its own point.

    The chains start at draws of a pilot run, chosen by ``rng``, take ``steps``
    steps before the first draw and as many between draws. ``steps`` is twice
    the least number (doubled from the dimension on) after which no weight of
    the pilot's chains correlated with where it had been by more than 0.15,
    about what chance alone gives. Row ``k`` is of chain ``k % chains``.

    Parameters
    ----------
    space : WeightSpace
    count : int
    rng : numpy.random.Generator
    chains : int

    Returns
    -------
    ndarray, shape (count, items)

    Raises
    ------
    InputError
        If no weights are admissible.

    Notes
    -----
    Smith, R. L. (1984), Efficient Monte Carlo procedures for generating points
    uniformly distributed over bounded regions, Operations Research 32. Lovász,
    L. (1999), Hit-and-run mixes fast, Mathematical Programming 86.
    """
    walk = prepare(space)
    if not walk.steps:
        return np.tile(walk.hull.point, (count, 1))
    chains = max(1, min(chains, count))
    points = walk.pool[rng.integers(0, len(walk.pool), chains)]
    drawn = np.empty((-(-count // chains), chains, points.shape[1]))
    for row in range(len(drawn)):
        points = drawn[row] = _walked(walk, points, walk.steps, rng)
    flat = drawn.reshape(-1, points.shape[1])[:count]
    # Rounding may put a weight beyond its bound.
    return np.clip(flat, space.lower, np.maximum(space.lower, space.upper))


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far chains of hit-and-run that started far apart came to agree.

    Attributes
    ----------
    items : tuple of str
    r_hat : ndarray, shape (items,)
        Split R-hat: 1 where the chains agree; NaN for a weight that is fixed.
    effective : ndarray, shape (items,)
        Effective size: as many independent draws would tell the mean as well.
    draws : int
        Draws of all chains together.
    steps : int
        Steps between draws.
    """

    items: tuple[str, ...]
    r_hat: FloatArray
    effective: FloatArray
    draws: int
    steps: int

    @property
    def worst(self) -> float:
        """The largest R-hat; 1 where no weight can vary."""
        return float(np.nanmax(self.r_hat, initial=1.0))

    @property
    def least_effective(self) -> float:
        """The least effective size; all draws where no weight can vary."""
        return float(np.nanmin(self.effective, initial=float(self.draws)))


def agreement(
    space: WeightSpace, seed: int | np.random.Generator, chains: int = 16, draws: int = 250
) -> Agreement:
    """Return how far chains that start far apart agree after as many steps as a batch takes.

    The chains start near corners of the polytope in random directions from
    its centre, leave out twice the steps between draws of `hit_and_run` at
    first, and keep eight times as many draws, which so resemble each other.

    Parameters
    ----------
    space : WeightSpace
    seed : int or numpy.random.Generator
    chains : int
        At least 2.
    draws : int
        Draws by chain.

    Returns
    -------
    Agreement
    """
    rng = np.random.default_rng(seed)
    walk = prepare(space)
    apart = -(-walk.steps // 8)
    points = _corners(space, walk.hull, chains, rng)
    drawn = np.empty((draws, *points.shape))
    for row in range(draws):
        points = drawn[row] = _walked(walk, points, apart if row else 2 * walk.steps, rng)
    still = np.ptp(drawn, axis=(0, 1)) <= 1e-12
    r_hat, effective = split_r_hat(drawn), effective_size(drawn)
    r_hat[still] = effective[still] = np.nan
    return Agreement(space.items, r_hat, effective, draws * chains, apart)


def prepare(space: WeightSpace) -> Walk:
    """Return what hit-and-run needs: the same for all spaces of the same content.

    Raises
    ------
    InputError
        If no weights are admissible.
    """
    arrays = (space.lower, space.upper, space.total, space.a_ub, space.b_ub)
    return _prepared(
        space.items,
        space.constraints,
        tuple(int(number) for number in space.block),
        *(np.ascontiguousarray(array, dtype=np.float64).tobytes() for array in arrays),
    )


@lru_cache(maxsize=16)
def _prepared(
    items: tuple[str, ...],
    constraints: tuple[str, ...],
    block: tuple[int, ...],
    lower: bytes,
    upper: bytes,
    total: bytes,
    a_ub: bytes,
    b_ub: bytes,
) -> Walk:
    """Return the walk of a space, by content: each process prepares it once."""
    ends = np.frombuffer(b_ub)
    space = WeightSpace(
        items,
        np.full(len(items), np.nan),  # nominal weights make no difference
        np.frombuffer(lower),
        np.frombuffer(upper),
        np.array(block, dtype=np.intp),
        np.frombuffer(total),
        np.frombuffer(a_ub).reshape(len(ends), len(items)),
        ends,
        constraints,
    )
    return _pilot(space)


def _pilot(space: WeightSpace) -> Walk:
    """Walk from corners of the polytope until draws have forgotten where they started."""
    flat = hull(space)
    dimension = flat.basis.shape[1]
    if flat.radius <= 0 or not dimension:
        return Walk(flat, flat.basis.T, np.empty((0, 0)), flat.point[None, :], 0)
    flat = binding(flat)  # constraints that never bind would send directions astray
    rng = np.random.default_rng(PILOT_SEED)
    directions = _directions(flat, rng)
    speeds = np.einsum("di,ci->dc", directions, flat.rows)
    speeds[np.abs(speeds) < 1e-9 * np.abs(speeds).max(axis=1, keepdims=True)] = 0.0
    corners = _corners(space, flat, min(CORNERS, PILOT_CHAINS), rng)
    points = np.tile(corners, (-(-PILOT_CHAINS // len(corners)), 1))[:PILOT_CHAINS]
    steps = dimension
    while True:
        walk = Walk(flat, directions, speeds, points, steps)
        before, points = points, _walked(walk, points, steps, rng)
        if _memory(before, points) <= FORGOTTEN or steps >= MOST_STEPS * dimension:
            break
        steps *= 2
    # As many times over for the pool, which all draws start from.
    return replace(walk, pool=_walked(walk, points, 4 * steps, rng), steps=2 * steps)


def _memory(before: FloatArray, after: FloatArray) -> float:
    """Return the greatest correlation of a weight with itself some steps before."""
    one, two = before - before.mean(axis=0), after - after.mean(axis=0)
    spread = np.sqrt((one**2).sum(axis=0) * (two**2).sum(axis=0))
    moving = spread > 1e-15
    return float(np.max((one * two).sum(axis=0)[moving] / spread[moving], initial=0.0))


def _directions(flat: Hull, rng: np.random.Generator) -> FloatArray:
    """Return directions along which most of a random choice of constraints stay as near.

    The last right singular vector of ``dimension - 1`` of the constraints,
    those of opposite direction counted once. The basis is added, so that the
    directions always reach everywhere.
    """
    inner = flat.rows @ flat.basis
    dimension = inner.shape[1]
    unit = inner / np.linalg.norm(inner, axis=1, keepdims=True)
    leading = np.sign(unit[np.arange(len(unit)), np.abs(unit).argmax(axis=1)])
    _, first = np.unique(np.round(unit * leading[:, None], 9), axis=0, return_index=True)
    normals = unit[np.sort(first)]
    many = DIRECTIONS * dimension
    chosen = np.argsort(rng.random((many, len(normals))), axis=1)[:, : dimension - 1]
    if dimension == 1:
        edges = np.ones((1, 1))
    else:
        edges = np.linalg.svd(normals[chosen], full_matrices=True)[2][:, -1, :]
    found = np.vstack([edges, np.eye(dimension)]) @ flat.basis.T
    found[np.abs(found) < 1e-12] = 0.0
    return np.asarray(found)


def _corners(space: WeightSpace, flat: Hull, count: int, rng: np.random.Generator) -> FloatArray:
    """Return points near corners that lie in random directions from the centre."""
    sums = np.eye(len(space.total))[:, space.block]
    bounds = np.column_stack([space.lower, np.maximum(space.lower, space.upper)])
    corners = np.empty((count, len(space.items)))
    for at in range(count):
        goal = flat.basis @ rng.standard_normal(flat.basis.shape[1])
        found = linprog(
            goal,
            A_ub=space.a_ub if len(space.b_ub) else None,
            b_ub=space.b_ub if len(space.b_ub) else None,
            A_eq=sums,
            b_eq=space.total,
            bounds=bounds,
            method="highs-ds",
            options=HIGHS,
        )
        corners[at] = found.x if found.status == 0 else flat.point
    inner = (corners - flat.point) @ flat.basis
    return np.asarray(flat.point + SPREAD * inner @ flat.basis.T)


def _walked(walk: Walk, points: FloatArray, steps: int, rng: np.random.Generator) -> FloatArray:
    """Return where all chains are after some steps."""
    flat = walk.hull
    at = np.array(points.T, order="C")
    # No BLAS here: its sums may depend on the number of threads.
    slack = np.maximum(flat.ends[:, None] - np.einsum("ci,ik->ck", flat.rows, at), 0.0)
    taken = rng.integers(0, len(walk.directions), steps)
    for number in taken:
        speed = walk.speeds[number]
        ahead, behind = np.flatnonzero(speed > 0), np.flatnonzero(speed < 0)
        met = np.concatenate([ahead, behind])
        pace = speed[met][:, None]
        near = slack[met]
        reach = near / pace
        longest = reach[: len(ahead)].min(axis=0)
        shortest = reach[len(ahead) :].max(axis=0)
        length = shortest + (longest - shortest) * rng.random(len(points))
        near -= pace * length
        slack[met] = np.maximum(near, 0.0, out=near)
        moved = np.flatnonzero(walk.directions[number])
        at[moved] += walk.directions[number, moved][:, None] * length
    return at.T
