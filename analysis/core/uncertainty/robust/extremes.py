"""Least values of linear functions over the admissible weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from analysis.core.uncertainty.local.bands import least_gap
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_centre import HIGHS, centre

FloatArray = NDArray[np.float64]

_ROWS = 20_000  # at a time, so that memory does not grow with the number of pairs
_TOGETHER = 64  # programmes solved in one call: that costs less than the calls would


@dataclass(frozen=True, eq=False)
class Least:
    """Least values, and weights that give them.

    Attributes
    ----------
    values : ndarray, shape (rows,)
    weights : ndarray, shape (rows, items)
    """

    values: FloatArray
    weights: FloatArray


def least_values(costs: FloatArray, space: WeightSpace) -> Least:
    """Return the least of each ``c w`` over all admissible weights.

    Parameters
    ----------
    costs : ndarray, shape (rows, items)
    space : WeightSpace

    Returns
    -------
    Least

    Raises
    ------
    InputError
        If no weights are admissible.
    """
    if space.separable:
        if _is_empty(space):
            centre(space)  # says what leaves it empty
        return relaxed_values(costs, space)
    inner = centre(space)  # tells which constraints contradict each other
    values = np.empty(len(costs))
    weights = np.empty(costs.shape)
    for start in range(0, len(costs), _TOGETHER):
        rows = slice(start, start + _TOGETHER)
        values[rows], weights[rows] = _programmes(costs[rows], space, inner)
    return Least(values, weights)


def relaxed_values(costs: FloatArray, space: WeightSpace) -> Least:
    """Return the least of each ``c w``, constraints beside bounds and sums of blocks left out.

    Never above the least over all admissible weights.
    """
    values = np.empty(len(costs))
    weights = np.empty(costs.shape)
    for start in range(0, len(costs), _ROWS):
        rows = slice(start, start + _ROWS)
        values[rows], weights[rows] = least_gap(costs[rows], space.lower, space.upper, space)
    return Least(values, weights)


def equations(space: WeightSpace) -> FloatArray:
    """Return the sums of blocks as rows, shape (blocks, items)."""
    rows: FloatArray = (np.arange(len(space.total))[:, None] == space.block).astype(np.float64)
    return rows


def _is_empty(space: WeightSpace) -> bool:
    many = len(space.total)
    least = np.bincount(space.block, weights=space.lower, minlength=many)
    most = np.bincount(space.block, weights=space.upper, minlength=many)
    beyond = (space.lower > space.upper + 1e-9).any()
    return bool(beyond or ((least > space.total + 1e-9) | (most < space.total - 1e-9)).any())


def _programmes(
    costs: FloatArray, space: WeightSpace, inner: FloatArray
) -> tuple[FloatArray, FloatArray]:
    many = len(costs)
    found = linprog(
        costs.ravel(),
        A_ub=sparse.kron(sparse.eye(many), space.a_ub, format="csr"),
        b_ub=np.tile(space.b_ub, many),
        A_eq=sparse.kron(sparse.eye(many), equations(space), format="csr"),
        b_eq=np.tile(space.total, many),
        bounds=np.tile(np.column_stack([space.lower, space.upper]), (many, 1)),
        method="highs-ds",
        options=HIGHS,
    )
    if found.status != 0:  # a solver that gives up leaves the bound that is certain
        return relaxed_values(costs, space).values, np.tile(inner, (many, 1))
    weights = found.x.reshape(costs.shape)
    values: FloatArray = np.einsum("ij,ij->i", costs, weights)
    return values, weights
