"""The centre of a set of admissible weights, or the constraints that leave it empty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import null_space
from scipy.optimize import linprog

from analysis.core.findings import Finding, InputError
from analysis.core.uncertainty.weights.space import WeightSpace

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FLAT = 1e-9  # a constraint with less room than this over the whole set leaves none
SHOWN = 12
# The finest that HiGHS takes.
HIGHS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


@dataclass(frozen=True, eq=False)
class Hull:
    """The smallest flat that holds a set of weights, and what bounds the set within it.

    Attributes
    ----------
    point : ndarray, shape (items,)
        Centre of the largest ball within the set and the flat.
    radius : float
    basis : ndarray, shape (items, dimension)
        Orthonormal directions in which weights can move.
    rows : ndarray, shape (constraints, items)
    ends : ndarray, shape (constraints,)
        ``rows w <= ends``: the constraints that bind along the basis.
    """

    point: FloatArray
    radius: float
    basis: FloatArray
    rows: FloatArray
    ends: FloatArray


def contains(space: WeightSpace, weights: FloatArray, tolerance: float = 1e-9) -> BoolArray:
    """Return which sets of weights are admissible.

    Parameters
    ----------
    space : WeightSpace
    weights : ndarray, shape (..., items)
        Weights in the index. A missing weight is never admissible.
    tolerance : float
        By how much a constraint may be broken.

    Returns
    -------
    ndarray of bool, shape (...)
    """
    given = np.asarray(weights, dtype=np.float64)
    inside = ((given >= space.lower - tolerance) & (given <= space.upper + tolerance)).all(axis=-1)
    for number, total in enumerate(space.total):
        sums = given[..., space.block == number].sum(axis=-1)
        inside &= np.abs(sums - total) <= tolerance
    if len(space.b_ub):
        inside &= (given @ space.a_ub.T <= space.b_ub + tolerance).all(axis=-1)
    return np.asarray(inside)


def centre(space: WeightSpace) -> FloatArray:
    """Return the Chebyshev centre: that of the largest ball of admissible weights.

    The ball lies in the flat that the sums of the blocks, and constraints that
    amount to equations, leave. Found by linear programming (HiGHS): greatest
    ``r`` with ``a_k x + r |P a_k| <= b_k``, ``P`` the projection on that flat.

    Parameters
    ----------
    space : WeightSpace

    Returns
    -------
    ndarray, shape (items,)

    Raises
    ------
    InputError
        If no weights are admissible, naming constraints that contradict each
        other, none of which could be left out of that set.

    Notes
    -----
    Boyd, S. and Vandenberghe, L. (2004), Convex Optimization, section 8.5.1.
    """
    return hull(space).point


def hull(space: WeightSpace) -> Hull:
    """Return the flat that holds the admissible weights, and the centre in it.

    Parameters
    ----------
    space : WeightSpace

    Returns
    -------
    Hull

    Raises
    ------
    InputError
        As `centre`.
    """
    rows, ends, _ = _constraints(space)
    sums = np.eye(len(space.total))[:, space.block]
    still = space.upper - space.lower <= FLAT
    equations = np.vstack([sums, np.eye(len(space.items))[still]])
    values = np.concatenate([space.total, (space.lower + space.upper)[still] / 2])
    if (space.lower > space.upper + FLAT).any():
        raise InputError([_empty(space)])
    for _ in range(2):
        basis = null_space(equations)
        reach = np.linalg.norm(rows @ basis, axis=1)
        moving = reach > FLAT
        found = _largest_ball(rows, ends, reach, sums, space.total)
        if found is None:
            raise InputError([_empty(space)])
        point, radius = found
        if radius > FLAT or not basis.shape[1]:
            break
        # Some constraints amount to equations: those that no weights leave any room.
        fixed = moving & (_rooms(rows, ends, moving, sums, space.total) <= FLAT)
        equations = np.vstack([equations, rows[fixed]])
        values = np.concatenate([values, ends[fixed]])
    # On the equations to the last digits, which a solver's tolerance does not give.
    point = point + np.linalg.lstsq(equations, values - equations @ point, rcond=None)[0]
    point = np.clip(point, space.lower, np.maximum(space.lower, space.upper))
    return Hull(point, radius, basis, rows[moving], ends[moving])


def binding(flat: Hull) -> Hull:
    """Return a hull without the constraints that the others imply.

    One linear programme a constraint: how far the others would let it go.

    Parameters
    ----------
    flat : Hull

    Returns
    -------
    Hull
    """
    inner = flat.rows @ flat.basis
    size = np.linalg.norm(inner, axis=1)
    rows, room = inner / size[:, None], (flat.ends - flat.rows @ flat.point) / size
    kept = np.ones(len(rows), dtype=bool)
    scale = float(np.median(room))
    for at in range(len(rows)):
        kept[at] = False
        others = np.vstack([rows[kept], rows[at]])
        found = linprog(
            -rows[at],
            A_ub=others,
            b_ub=np.append(room[kept], room[at] + scale) / scale,
            bounds=(None, None),
            method="highs-ds",
            options=HIGHS,
        )
        kept[at] = found.status != 0 or -found.fun > room[at] / scale + FLAT
    return Hull(flat.point, flat.radius, flat.basis, flat.rows[kept], flat.ends[kept])


def contradiction(space: WeightSpace) -> tuple[str, ...]:
    """Return constraints that contradict each other, all of them needed for it.

    A deletion filter: each constraint in turn is left out for good where the
    others still contradict each other, bounds first, so that what was asked
    for by name is what remains. Empty where there are admissible weights.

    Parameters
    ----------
    space : WeightSpace

    Returns
    -------
    tuple of str

    Notes
    -----
    Chinneck, J. W. and Dravnieks, E. W. (1991), Locating minimal infeasible
    constraint sets in linear programs, ORSA Journal on Computing 3.
    """
    rows, ends, labels = _constraints(space)
    many = len(space.items)
    sums = np.eye(len(space.total))[:, space.block]
    members = [
        " + ".join(np.array(space.items)[space.block == number])
        for number in range(len(space.total))
    ]
    matrix = np.vstack([rows[: 2 * many], sums, rows[2 * many :]])
    most = np.concatenate([ends[: 2 * many], space.total, ends[2 * many :]])
    equal = np.zeros(len(most), dtype=bool)
    equal[2 * many : 2 * many + len(sums)] = True
    names = [
        *labels[: 2 * many],
        *(f"{of} = {total:.6g}" for of, total in zip(members, space.total, strict=True)),
        *labels[2 * many :],
    ]
    kept = np.ones(len(most), dtype=bool)
    if _possible(matrix, most, equal):
        return ()
    for at in range(len(most)):
        kept[at] = False
        kept[at] = _possible(matrix[kept], most[kept], equal[kept])
    return tuple(name for name, needed in zip(names, kept, strict=True) if needed)


def _empty(space: WeightSpace) -> Finding:
    named = contradiction(space)
    shown = "; ".join(named[:SHOWN]) + ("; …" if len(named) > SHOWN else "")
    return Finding("error", "space.empty", {"constraints": shown, "count": len(named)})


def _constraints(space: WeightSpace) -> tuple[FloatArray, FloatArray, list[str]]:
    """Return bounds and rows as ``rows w <= ends``: upper bounds, lower bounds, rows."""
    ones = np.eye(len(space.items))
    labels = [f"{item} ≤ {end:.6g}" for item, end in zip(space.items, space.upper, strict=True)]
    labels += [f"{item} ≥ {end:.6g}" for item, end in zip(space.items, space.lower, strict=True)]
    unnamed = len(space.b_ub) - len(space.constraints)
    labels += [*space.constraints, *(f"a_ub[{at}]" for at in range(unnamed))]
    rows = np.vstack([ones, -ones, space.a_ub])
    return rows, np.concatenate([space.upper, -space.lower, space.b_ub]), labels


def _largest_ball(
    rows: FloatArray, ends: FloatArray, reach: FloatArray, sums: FloatArray, total: FloatArray
) -> tuple[FloatArray, float] | None:
    """Return the centre and radius of the largest ball, None where there is no point."""
    many = rows.shape[1]
    goal = np.zeros(many + 1)
    goal[-1] = -1.0
    found = linprog(
        goal,
        A_ub=np.column_stack([rows, reach]),
        b_ub=ends,
        A_eq=np.column_stack([sums, np.zeros(len(sums))]),
        b_eq=total,
        bounds=[(None, None)] * many + [(0.0, 1.0)],
        method="highs-ds",
        options=HIGHS,
    )
    return (found.x[:many], float(found.x[-1])) if found.status == 0 else None


def _rooms(
    rows: FloatArray, ends: FloatArray, asked: BoolArray, sums: FloatArray, total: FloatArray
) -> FloatArray:
    """Return the greatest room that each of the constraints asked for can have."""
    rooms = np.full(len(rows), np.inf)
    for at in np.flatnonzero(asked):
        found = linprog(
            rows[at],
            A_ub=rows,
            b_ub=ends,
            A_eq=sums,
            b_eq=total,
            bounds=(None, None),
            method="highs-ds",
            options=HIGHS,
        )
        rooms[at] = ends[at] - found.fun if found.status == 0 else np.inf
    return rooms


def _possible(matrix: FloatArray, most: FloatArray, equal: BoolArray) -> bool:
    """Return whether constraints allow any point."""
    found = linprog(
        np.zeros(matrix.shape[1]),
        A_ub=matrix[~equal] if not equal.all() else None,
        b_ub=most[~equal] if not equal.all() else None,
        A_eq=matrix[equal] if equal.any() else None,
        b_eq=most[equal] if equal.any() else None,
        bounds=(None, None),
        method="highs-ds",
        options=HIGHS,
    )
    return bool(found.status != 2)
