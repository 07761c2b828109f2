"""Aggregation by pairwise comparison of units: the outranking matrix and Copeland's score."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from analysis.core.aggregate import formed_rows
from analysis.core.aggregate_scale import placed
from analysis.core.findings import Finding, InputError

FloatArray = NDArray[np.float64]

COPELAND_LIMIT = 50_000  # units; the time grows with the square, the memory does not
MATRIX_LIMIT = 5_000  # units; the matrix itself is 200 megabytes
_BLOCK = 256
_TIE = 1e-12


def outranking_matrix(values: FloatArray, weights: FloatArray, *, decimals: int = 9) -> FloatArray:
    """Return by how much of the weight each unit outranks each other.

    ``e_pq = sum(w_c over the children in which p is above q) + half of the w_c
    where they are equal``, with the weights scaled to sum to one over the
    children that both units have, so that ``e_pq + e_qp = 1``. Only the order
    of the values counts: a surplus in one child makes up for nothing in another.

    Parameters
    ----------
    values : ndarray, shape (units, children)
        Higher is better; NaN is missing.
    weights : ndarray, shape (children,)
        Not negative.
    decimals : int
        Values are compared after rounding to so many decimals.

    Returns
    -------
    ndarray, shape (units, units)
        0 on the diagonal; NaN for two units that have no child in common.

    Raises
    ------
    InputError
        For more than `MATRIX_LIMIT` units.

    Notes
    -----
    OECD/JRC Handbook (2008), step 6 (6.13, formula 32 and table 36).
    """
    many = values.shape[0]
    _check_size(many, MATRIX_LIMIT)
    matrix = np.empty((many, many))
    there = (~np.isnan(values)).astype(np.float64)
    shared = np.zeros((many, many))
    for child, weight in enumerate(weights):
        shared += weight * np.outer(there[:, child], there[:, child])
    for rows, columns, margin in _margins(values, weights, decimals):
        matrix[rows, columns] = margin
        matrix[columns, rows] = -margin.T
    with np.errstate(invalid="ignore", divide="ignore"):
        matrix = 0.5 + matrix / (2.0 * shared)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def dominant_share(matrix: FloatArray) -> float:
    """Return the share of pairs in which one unit outranks the other in every child.

    No choice of weights changes the order of such a pair; the more there are, the
    less a ranking hangs on the method.

    Parameters
    ----------
    matrix : ndarray, shape (units, units)
        From `outranking_matrix`.

    Returns
    -------
    float
        NaN for fewer than two units.
    """
    many = len(matrix)
    pairs = many * (many - 1) / 2
    return float(np.count_nonzero(matrix > 1 - _TIE) / pairs) if pairs else float("nan")


def copeland(
    values: FloatArray,
    weights: FloatArray,
    *,
    lower: float | None = None,
    upper: float | None = None,
    decimals: int = 9,
    renormalise: bool = True,
    min_share: float = 0.0,
) -> FloatArray:
    """Return Copeland's score: the pairs that a unit wins less those it loses.

    Unit ``p`` wins against ``q`` where ``e_pq > 1/2`` in the
    `outranking_matrix`, loses where ``e_pq < 1/2``; halves (to within 1e-12)
    and pairs without a common child count for neither.

    Parameters
    ----------
    values : ndarray, shape (units, children)
        All units that are compared. Higher is better; NaN is missing.
    weights : ndarray, shape (children,)
        Not negative; a child of weight zero has no say.
    lower, upper : float, optional
        Ends of a scale on which to put the score (both or none): ``lower`` for
        a unit that loses against all others, ``upper`` for one that wins
        against all. Without, it runs from ``1 - n`` to ``n - 1`` for ``n`` units.
    decimals : int
        Values are compared after rounding to so many decimals.
    renormalise, min_share
        Which units have enough data to be compared, as in
        `analysis.core.aggregate.weighted_mean`; each pair is compared in the
        children that both have.

    Returns
    -------
    ndarray, shape (units,)
        NaN for a unit without enough data.

    Raises
    ------
    InputError
        For more than `COPELAND_LIMIT` units.

    Notes
    -----
    Copeland (1951), A reasonable social welfare function; OECD/JRC Handbook
    (2008), step 6 (6.12); Saari, Merlin (1996), The Copeland method, Economic
    Theory 8. Pairs are compared in blocks of 256 by 256: time grows with the
    square of the number of units, memory does not.
    """
    formed = formed_rows(values, weights, renormalise=renormalise, min_share=min_share)
    chosen = values[formed]
    many = len(chosen)
    _check_size(many, COPELAND_LIMIT)
    wins = np.zeros(many)
    slack = _TIE * float(sum(weights))
    for rows, columns, margin in _margins(chosen, weights, decimals):
        result = (margin > slack).astype(np.int64) - (margin < -slack)
        wins[rows] += result.sum(axis=1)
        if rows != columns:
            wins[columns] -= result.sum(axis=0)
    score = np.full(values.shape[0], np.nan)
    score[formed] = placed(wins, 1.0 - many, many - 1.0, lower, upper)
    return score


def _margins(
    values: FloatArray, weights: FloatArray, decimals: int
) -> Iterator[tuple[slice, slice, FloatArray]]:
    """Yield, block by block, the weight in favour less the weight against.

    Blocks on and above the diagonal only: below it stands the opposite.
    """
    many = values.shape[0]
    used = [child for child, weight in enumerate(weights) if weight > 0]
    codes = [_order(values[:, child], decimals) for child in used]
    # Arrays that every block uses again: the caller is done with one before the next comes.
    margins, parts = np.empty((2, _BLOCK, _BLOCK))
    above, below = np.empty((2, _BLOCK, _BLOCK), dtype=np.bool_)
    signs = np.empty((_BLOCK, _BLOCK), dtype=np.int8)
    for start in range(0, many, _BLOCK):
        rows = slice(start, min(start + _BLOCK, many))
        for other in range(start, many, _BLOCK):
            columns = slice(other, min(other + _BLOCK, many))
            block = (slice(rows.stop - start), slice(columns.stop - other))
            margin, up, down, sign = margins[block], above[block], below[block], signs[block]
            margin.fill(0.0)
            for child, code in zip(used, codes, strict=True):
                # A missing value (NaN) is neither above nor below any other.
                np.greater(code[rows, None], code[None, columns], out=up)
                np.less(code[rows, None], code[None, columns], out=down)
                np.subtract(up.view(np.int8), down.view(np.int8), out=sign)
                margin += np.multiply(sign, weights[child], out=parts[block])
            yield rows, columns, margin


def _order(column: FloatArray, decimals: int) -> NDArray[np.float32]:
    """Return the places of values in their order, equal ones the same; NaN where missing."""
    codes = np.full(len(column), np.nan, dtype=np.float32)
    there = ~np.isnan(column)
    codes[there] = np.unique(column[there].round(decimals), return_inverse=True)[1]
    return codes


def _check_size(many: int, limit: int) -> None:
    if many > limit:
        told = {"count": many, "limit": limit}
        raise InputError([Finding("error", "weigh.too_many_units", told)])
