"""Weights from pairwise comparisons: the analytic hierarchy process (AHP)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.parameter import HUGE
from analysis.core.weighting.simple import weight_table

FloatArray = NDArray[np.float64]

# Mean consistency index of random reciprocal matrices of 1, 2, ... 15 rows (Saaty 1980).
RANDOM_INDEX = (
    0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59,
)  # fmt: skip
CONSISTENT = 0.1  # a ratio above this calls for the comparisons to be looked at again
# A fraction printed with two digits (0.11 for 1/9, 0.33 for 1/3) is still that fraction.
_ROUNDING = 0.05
_SCALE = (1e-3, 1e3)


@dataclass(frozen=True, eq=False)
class Priorities:
    """What a matrix of pairwise comparisons gives.

    Attributes
    ----------
    weights : pandas.Series
        By code, summing to one.
    lambda_max : float
        Principal eigenvalue; the number of rows where the comparisons agree.
    index : float
        Consistency index, ``(lambda_max - n) / (n - 1)``.
    ratio : float
        Consistency ratio, the index over that of random comparisons (``RANDOM_INDEX``); 0
        for one or two rows, which cannot disagree.
    """

    weights: pd.Series
    lambda_max: float
    index: float
    ratio: float


def priorities(matrix: pd.DataFrame) -> Priorities:
    """Return weights and consistency of a matrix of pairwise comparisons.

    The weights are the principal eigenvector, ``A w = lambda_max w``, scaled to
    sum to one.

    Parameters
    ----------
    matrix : pandas.DataFrame
        Rows and columns the same codes; ``a_ij`` says how many times as
        important ``i`` is as ``j``, usually from 1/9 to 9. One of ``a_ij`` and
        ``a_ji`` may be left empty.

    Returns
    -------
    Priorities

    Raises
    ------
    InputError
        With everything that is wrong: rows and columns that differ, numbers
        that are missing on both sides, not positive, or not each other's
        reciprocal (to within 5 %, for printed fractions; the larger of the two then
        counts), a diagonal that is not 1, more than 15 rows.

    Notes
    -----
    Saaty (1980), The analytic hierarchy process; OECD/JRC Handbook (2008),
    step 6 (6.7, table 20).
    """
    codes = [str(code) for code in matrix.index]
    problems = matrix_problems(matrix)
    if problems:
        raise InputError(problems)
    judged = _reciprocal(_numbers(matrix))
    count = len(codes)
    values, vectors = np.linalg.eig(judged)
    first = int(values.real.argmax())
    weights = np.abs(vectors[:, first].real)
    weights /= weights.sum()
    lambda_max = float(values[first].real)
    index = max(0.0, (lambda_max - count) / (count - 1)) if count > 1 else 0.0
    random = RANDOM_INDEX[count - 1]
    ratio = index / random if random else 0.0
    return Priorities(pd.Series(weights, index=codes), lambda_max, index, ratio)


def matrix_problems(matrix: pd.DataFrame, node: str = "") -> list[Finding]:
    """Return everything that is wrong with a matrix of pairwise comparisons."""
    rows, columns = [str(c) for c in matrix.index], [str(c) for c in matrix.columns]
    told = {"node": node or "-"}
    if len(set(rows)) < len(rows) or sorted(rows) != sorted(columns):
        named = {"rows": ", ".join(rows), "columns": ", ".join(columns)}
        return [Finding("error", "weigh.ahp_names", {**told, **named})]
    if not 1 <= len(rows) <= len(RANDOM_INDEX):
        return [
            Finding("error", "weigh.ahp_size", {**told, "n": len(rows), "most": len(RANDOM_INDEX)})
        ]
    values = _numbers(matrix)
    problems = []
    for i, row in enumerate(rows):
        if not np.isnan(values[i, i]) and abs(values[i, i] - 1) > 1e-9:
            shown = {"row": row, "value": f"{values[i, i]:g}"}
            problems.append(Finding("error", "weigh.ahp_diagonal", {**told, **shown}))
        for j in range(i + 1, len(rows)):
            pair = {**told, "row": row, "column": rows[j]}
            one, other = values[i, j], values[j, i]
            given = [value for value in (one, other) if not np.isnan(value)]
            if not given:
                problems.append(Finding("error", "weigh.ahp_empty", pair))
            elif not all(_SCALE[0] <= value <= _SCALE[1] for value in given):
                shown = {"value": ", ".join(f"{value:g}" for value in given)}
                problems.append(Finding("error", "weigh.ahp_positive", {**pair, **shown}))
            elif len(given) == 2 and abs(one * other - 1) > _ROUNDING:
                shown = {"value": f"{one:g}", "other": f"{other:g}"}
                problems.append(Finding("error", "weigh.ahp_reciprocal", {**pair, **shown}))
    return problems


def _numbers(matrix: pd.DataFrame) -> FloatArray:
    """Return the numbers, columns in the order of the rows; NaN for what is none."""
    named = matrix.set_axis([str(code) for code in matrix.columns], axis=1)
    ordered = named[[str(code) for code in matrix.index]]
    values: FloatArray = ordered.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    return values


def _reciprocal(values: FloatArray) -> FloatArray:
    """Return the matrix with the larger of each pair as judged, the other its reciprocal."""
    one = np.where(np.isnan(values), 0.0, values)
    other = one.T
    with np.errstate(divide="ignore"):
        judged = np.where(one >= other, one, 1.0 / other)
    np.fill_diagonal(judged, 1.0)
    return judged


def ahp(
    framework: Framework,
    *,
    matrices: Mapping[str, pd.DataFrame | Mapping[str, Mapping[str, object]]] | None = None,
) -> pd.DataFrame:
    """Return the weights that pairwise comparisons of the children of each parent give.

    Parameters
    ----------
    framework : Framework
    matrices : mapping of str to pandas.DataFrame or mapping
        By parent, the comparisons of its children (see `priorities`), as a table
        or as ``{row: {column: number or "1/3"}}``. Parents without a matrix keep the
        weights of the framework.

    Returns
    -------
    pandas.DataFrame
        ``code, weight, note, lambda_max, consistency_index,
        consistency_ratio``, one row a node below the index, in file order; the
        last three belong to the parent's matrix, NaN without one. The note
        ``inconsistent`` marks the children of a parent whose ratio is above 0.1.

    Raises
    ------
    InputError
        With every problem of every matrix, no matrix at all, matrices of nodes that are no parent,
        and matrices that do not compare exactly the children.
    """
    table = weight_table(framework, framework.weights()).set_index("code")
    facts = ["lambda_max", "consistency_index", "consistency_ratio"]
    table[facts] = np.nan
    problems: list[Finding] = []
    matrices = matrices or {}
    if not matrices:
        problems.append(Finding("error", "weigh.ahp_none"))
    tables = {}
    for node, given in matrices.items():
        matrix = given if isinstance(given, pd.DataFrame) else _table(node, given, problems)
        if matrix is None:
            continue
        tables[node] = matrix
        children = framework.children(node) if node in framework.nodes.index else ()
        named = {str(code) for code in matrix.index}
        if not children:
            problems.append(Finding("error", "weigh.ahp_node", {"node": node}))
        elif named != set(children):
            wanted = {"wanted": ", ".join(children), "found": ", ".join(sorted(named))}
            problems.append(Finding("error", "weigh.ahp_children", {"node": node, **wanted}))
        else:
            problems += matrix_problems(matrix, node)
    if problems:
        raise InputError(problems)
    for node, matrix in tables.items():
        found = priorities(matrix)
        compared = list(framework.children(node))
        table.loc[compared, "weight"] = found.weights[compared].to_numpy()
        table.loc[compared, facts] = [found.lambda_max, found.index, found.ratio]
        if found.ratio > CONSISTENT:
            table.loc[compared, "note"] = "inconsistent"
    return table.reset_index()


def _table(node: str, rows: object, problems: list[Finding]) -> pd.DataFrame | None:
    """Return comparisons given as ``{row: {column: number}}`` as a square table."""
    if not isinstance(rows, Mapping) or not all(isinstance(r, Mapping) for r in rows.values()):
        problems.append(Finding("error", "weigh.ahp_form", {"node": node}))
        return None
    columns = [str(column) for row in rows.values() for column in row]
    codes = list(dict.fromkeys([*map(str, rows), *columns]))
    matrix = pd.DataFrame(np.nan, index=codes, columns=codes)
    before = len(problems)
    for row, cells in rows.items():
        for column, cell in cells.items():
            number = _number(cell)
            if number is None:
                problems.append(_no_number(row, column, cell))
            else:
                matrix.loc[str(row), str(column)] = number
    return matrix if len(problems) == before else None


def _number(cell: object) -> float | None:
    """Return a number, or a fraction written as text; NaN for an empty cell, None for others."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell) if abs(cell) <= HUGE or cell != cell else None
    if not isinstance(cell, str):
        return None
    text = cell.strip()
    try:
        # Not "1e999999" as a fraction, which would take all memory.
        return float(Fraction(text)) if "/" in text[:20] else float(text or "nan")
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def _no_number(row: object, column: object, cell: object, file: str | None = None) -> Finding:
    told = {"row": str(row), "column": str(column), "value": str(cell)[:40]}
    return Finding("error", "weigh.ahp_cell", told, file=file)


def read_pairwise(source: str | Path) -> pd.DataFrame:
    """Read a matrix of pairwise comparisons: a CSV file with codes in its first row and column.

    Parameters
    ----------
    source : str or pathlib.Path
        Numbers may be written as fractions (``1/3``); cells may be empty.

    Returns
    -------
    pandas.DataFrame
        float64, rows and columns as in the file.

    Raises
    ------
    InputError
        If the file cannot be read, or with every cell that is no number.
    """
    path = Path(source)
    try:
        text = pd.read_csv(path, index_col=0, dtype=str, keep_default_na=False)
    except (OSError, ValueError):
        raise InputError(
            [Finding("error", "weigh.ahp_file", {"file": path.name}, file=path.name)]
        ) from None
    problems = []
    values = np.full(text.shape, np.nan)
    for i, row in enumerate(text.index):
        for j, column in enumerate(text.columns):
            number = _number(text.iat[i, j])
            if number is None:
                problems.append(_no_number(row, column, text.iat[i, j], path.name))
            else:
                values[i, j] = number
    if problems:
        raise InputError(problems)
    codes = [str(code).strip() for code in text.index]
    return pd.DataFrame(values, index=codes, columns=[str(c).strip() for c in text.columns])
