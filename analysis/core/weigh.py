"""The weights that a method asks for, found and put into the framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.blocks import year_slices
from analysis.core.check_method import ratio_of
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.nodes import form
from analysis.core.weighting import WEIGHTINGS, weight_findings

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weighed:
    """Weights found for a panel.

    Attributes
    ----------
    frameworks : mapping of int to Framework
        Each year's, with its weights; one and the same object for all years
        unless they are found year by year.
    table : pandas.DataFrame or None
        The weights as the rule returned them, headed by ``year`` where they
        are found year by year. None where they are given, and for the benefit
        of the doubt, which has no one set of weights
        (`analysis.core.weighting.doubt.doubt_weights` returns them).
    findings : tuple of Finding
    """

    frameworks: Mapping[int, Framework]
    table: pd.DataFrame | None
    findings: tuple[Finding, ...]


def weigh(normalised: pd.DataFrame, framework: Framework, method: Method) -> Weighed:
    """Find the weights by the method's rule.

    Parameters
    ----------
    normalised : pandas.DataFrame
        Normalised items, index ``(year, unit)``.
    framework : Framework
    method : Method

    Returns
    -------
    Weighed

    Raises
    ------
    InputError
        If the rule cannot use its parameters.
    """
    rule = method.weighting.rule
    years = [year for year, _ in year_slices(normalised.index)]
    spec = WEIGHTINGS[rule]
    if rule == "given" or spec.per_unit:
        return Weighed(dict.fromkeys(years, framework), None, ())
    parameters = _parameters(method)
    if not spec.needs_data or method.weighting.over == "pooled":
        table = _find(normalised, framework, method, parameters)
        weighted = framework.with_weights(table, rule)
        return Weighed(dict.fromkeys(years, weighted), table, tuple(weight_findings(table)))
    frameworks, tables, findings = {}, [], []
    for year, rows in year_slices(normalised.index):
        table = _find(normalised.iloc[rows], framework, method, parameters)
        frameworks[year] = framework.with_weights(table, rule)
        findings += weight_findings(table, year)
        table.insert(0, "year", year)
        tables.append(table)
    return Weighed(frameworks, pd.concat(tables, ignore_index=True), tuple(findings))


def _find(
    normalised: pd.DataFrame, framework: Framework, method: Method, parameters: Mapping[str, Any]
) -> pd.DataFrame:
    spec = WEIGHTINGS[method.weighting.rule]
    if not spec.needs_data:
        return spec.function(framework, **parameters)

    def node_score(code: str, values: FloatArray, weights: FloatArray) -> FloatArray:
        return form(code, values, weights, framework, method)

    return spec.function(normalised, framework, node_score=node_score, **parameters)


def _parameters(method: Method) -> dict[str, Any]:
    """Return the rule's parameters, matrices of comparisons as tables."""
    parameters: dict[str, Any] = dict(method.weighting.parameters)
    matrices = parameters.get("matrices")
    if isinstance(matrices, Mapping):
        parameters["matrices"] = {
            str(node): matrix if isinstance(matrix, pd.DataFrame) else _comparisons(matrix)
            for node, matrix in matrices.items()
        }
    return parameters


def _comparisons(rows: Mapping[str, Mapping[str, object]]) -> pd.DataFrame:
    """Return comparisons as a method file holds them, ``{a: {b: 3}}``, as a square table."""
    codes = list(dict.fromkeys([*map(str, rows), *(str(c) for row in rows.values() for c in row)]))
    matrix = pd.DataFrame(np.nan, index=codes, columns=codes)
    for code in codes:
        matrix.loc[code, code] = 1.0
    for row, cells in rows.items():
        for column, cell in cells.items():
            matrix.loc[str(row), str(column)] = ratio_of(cell)
    return matrix
