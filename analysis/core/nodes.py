"""Nodes formed from their children, from the items upwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.aggregations import AGGREGATIONS
from analysis.core.blocks import year_slices
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import LARGEST
from analysis.core.prepare import refused_cell
from analysis.core.weights import unit_weights

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Rows = slice | NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Formed:
    """Scores of all nodes.

    Attributes
    ----------
    values : ndarray, shape (unit-years, nodes)
        In the order of the framework; items are as they were normalised.
    findings : tuple of Finding
    """

    values: FloatArray
    findings: tuple[Finding, ...]


def rule_of(code: str, framework: Framework, method: Method) -> tuple[str, Mapping[str, object]]:
    """Return the rule by which a node is formed, with its parameters.

    The node's own, where the framework names one (with the method's
    parameters if it is the method's rule too, else with the rule's defaults);
    the benefit of the doubt where the method weighs by it; else the method's.
    """
    own = framework.aggregation(code)
    general = method.aggregation
    if own:
        return own, general.parameters if own == general.rule else {}
    if method.weighting.rule == "bod":
        return "bod", method.weighting.parameters
    return general.rule, general.parameters


def form(
    code: str, values: FloatArray, weights: FloatArray, framework: Framework, method: Method
) -> FloatArray:
    """Return the scores of one node from those of its children.

    Parameters
    ----------
    code : str
        The node.
    values : ndarray, shape (units, children)
        For a set-wise rule, those of all units of one year.
    weights : ndarray, shape (children,)
    framework : Framework
    method : Method

    Returns
    -------
    ndarray, shape (units,)
    """
    rule, parameters = rule_of(code, framework, method)
    spec, missing = AGGREGATIONS[rule], method.missing
    as_given = {} if method.weighting.rescale or not spec.as_given else {"rescale": False}
    return spec.function(
        values,
        weights,
        renormalise=missing.rule == "renormalise",
        min_share=missing.min_share,
        **as_given,
        **parameters,
    )


def form_nodes(
    normalised: FloatArray,
    refused: BoolArray,
    raw: FloatArray,
    units: pd.DataFrame,
    frameworks: Mapping[int, Framework],
    method: Method,
    left_out: BoolArray,
) -> Formed:
    """Form every node from its children, level by level.

    Parameters
    ----------
    normalised : ndarray, shape (unit-years, items)
    refused : ndarray of bool, shape (unit-years, items)
        Cells that a step could not take: the nodes above them get no score.
    raw : ndarray, shape (unit-years, items)
        The items' values, for the findings.
    units : pandas.DataFrame
        Index ``(year, unit)``, sorted; attributes of the units.
    frameworks : mapping of int to Framework
        Each year's framework; they differ in their weights alone.
    method : Method
    left_out : ndarray of bool, shape (unit-years,)
        Unit-years whose lack of a score was told already.

    Returns
    -------
    Formed
    """
    index = units.index
    framework = next(iter(frameworks.values()))
    items = framework.items
    place_of = {item: i for i, item in enumerate(items)}
    column = {str(code): i for i, code in enumerate(framework.nodes.index)}
    nodes = np.empty((len(index), len(column)), order="F")
    for item, place in place_of.items():
        nodes[:, column[item]] = normalised[:, place]
    out = {items[place]: refused[:, place] for place in np.flatnonzero(refused.any(axis=0))}
    findings: list[Finding] = []
    shared = _shared_weights(units, frameworks, method)
    years = [rows for _, rows in year_slices(index)]
    for code in framework.bottom_up:
        children = list(framework.children(code))
        if not children:
            continue
        rule, parameters = rule_of(code, framework, method)
        spec = AGGREGATIONS[rule]
        values = np.empty((len(index), len(children)), order="F")
        for place, child in enumerate(children):
            values[:, place] = nodes[:, column[child]]
        result = nodes[:, column[code]]
        unfit = np.zeros(values.shape, dtype=bool) if spec.improper is not None else None
        barred = np.zeros(len(index), dtype=bool)
        for rows, weights in shared:
            w = weights[children].to_numpy()
            for given, kept in _calls(rows, years, spec.set_wise):
                with np.errstate(over="ignore"):  # what comes of it is refused below
                    found = form(code, values[given], w, framework, method)
                _put(result, given, kept, found)
                if unfit is not None and spec.improper is not None:
                    _put(unfit, given, kept, spec.improper(values[given], w, **parameters))
            for child, weight in zip(children, w, strict=True):
                if weight > 0 and child in out:
                    barred[rows] |= out[child][rows]
        if unfit is not None and unfit.any():
            scores = normalised, raw
            findings += _unfit(code, rule, children, unfit, values, scores, framework, index)
            barred |= unfit.any(axis=1)
        beyond = np.abs(result) > LARGEST
        if beyond.any():
            findings += _lacking("score.beyond", code, beyond & ~barred, index)
            barred |= beyond
        if barred.any():
            out[code] = barred
            result[barred] = np.nan
        lacking = np.isnan(result)
        if lacking.any():
            told = lacking & ~barred & ~left_out
            findings += _lacking("score.too_little_data", code, told, index)
    return Formed(nodes, tuple(findings))


def _shared_weights(
    units: pd.DataFrame, frameworks: Mapping[int, Framework], method: Method
) -> list[tuple[Rows, pd.Series]]:
    """Return the weights, with the rows of all units that share them."""
    rescale = method.weighting.rescale
    distinct = list({id(held): held for held in frameworks.values()}.values())
    if len(distinct) == 1:
        found = unit_weights(distinct[0], units, rescale=rescale)
        # All rows in one piece need not be picked out one by one.
        return [(slice(None), found[0][1])] if len(found) == 1 else list(found)
    return [
        (rows.start + own, weights)
        for year, rows in year_slices(units.index)
        for own, weights in unit_weights(frameworks[year], units.iloc[rows], rescale=rescale)
    ]


def _calls(rows: Rows, years: Sequence[slice], set_wise: bool) -> list[tuple[Rows, Rows]]:
    """Return which rows a rule is given at a time, and which of its scores are kept.

    A set-wise rule is given all units of a year, whatever weights the others take.
    """
    if not set_wise:
        return [(rows, slice(None))]
    return [
        (year, np.flatnonzero(here))
        for year in years
        for here in [np.isin(np.arange(year.start, year.stop), _positions(rows, years[-1].stop))]
        if here.any()
    ]


def _positions(rows: Rows, count: int) -> NDArray[np.intp]:
    return np.arange(count, dtype=np.intp)[rows]


def _put(target: NDArray[np.generic], given: Rows, kept: Rows, found: NDArray[np.generic]) -> None:
    """Write what was found for some of the rows given."""
    if isinstance(kept, slice):
        target[given] = found
    else:
        target[_positions(given, len(target))[kept]] = found[kept]


def _unfit(
    code: str,
    rule: str,
    children: Sequence[str],
    unfit: BoolArray,
    values: FloatArray,
    scores: tuple[FloatArray, FloatArray],
    framework: Framework,
    index: pd.Index,
) -> list[Finding]:
    """Return a finding for every value that the rule of a node cannot take, naming the item."""
    normalised, raw = scores
    place_of = {item: i for i, item in enumerate(framework.items)}
    findings = []
    for row, place in zip(*np.nonzero(unfit), strict=True):
        told = {"node": code, "rule": rule, "child": children[place]}
        told["scaled"] = f"{values[row, place]:.6g}"
        below = [place_of[item] for item in framework.items_under(children[place])]
        at = below[int(np.nanargmin(normalised[row, below]))]
        findings.append(
            refused_cell(row, at, raw, framework.items, "score.not_positive", index, told)
        )
    return findings


def _lacking(code: str, node: str, lacking: BoolArray, index: pd.Index) -> list[Finding]:
    """Return a warning for each year in which units have no score on a node, naming them."""
    findings = []
    for year, rows in year_slices(index):
        units = index.get_level_values("unit")[rows][lacking[rows]]
        if len(units):
            named = ", ".join(units[:5]) + (" …" if len(units) > 5 else "")
            values = {"year": year, "node": node, "count": len(units), "units": named}
            findings.append(Finding("warning", code, values, year=year))
    return findings
