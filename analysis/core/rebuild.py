"""Nodes formed anew from normalised items: other weights or items, the steps before as they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.adjust_scale import set_wise_problems
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.nodes import form_nodes
from analysis.core.scores import Scores

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

REFUSED = ("score.infinite", "score.log")


def framework_of(scores: Scores, year: int) -> Framework:
    """Return the framework of a year, with the weights that were used in it."""
    return scores.frameworks.get(year, scores.framework)


def reweighted(framework: Framework, weights: pd.Series) -> Framework:
    """Return a framework with other weights, weight sets varied in the same proportion.

    Parameters
    ----------
    framework : Framework
    weights : pandas.Series
        Weights among siblings of all nodes, in place of `Framework.weights`.

    Returns
    -------
    Framework
        A group of nothing but zeros has none itself.
    """
    nominal, raw = framework.weights(), framework.weights(rescale=False)
    weights = weights.copy()
    for code in framework.bottom_up:
        children = list(framework.children(code))
        if children and not (weights[children] > 0).any():
            weights[code] = 0.0
    # By its factor, so that weights which do not sum to one keep their sum.
    factor = weights / nominal.where(nominal > 0)
    held = {
        one.column: framework.nodes[one.column] * factor.fillna(0.0)
        for one in framework.weight_sets
    }
    nodes = framework.nodes.assign(weight=(raw * factor).fillna(weights), **held)
    return replace(framework, nodes=nodes)


def dropped(framework: Framework, code: str) -> Framework:
    """Return the framework with a node of weight 0, and no group of nothing but such."""
    nodes = framework.nodes.copy()
    columns = ["weight", *(held.column for held in framework.weight_sets)]
    # What is left open weighs the same among siblings: it must keep what it has.
    nodes["weight"] = nodes["weight"].where(nodes["weight"].notna(), 1.0)
    while code and code != framework.root:
        nodes.loc[code, columns] = 0.0
        parent = framework.parent(code)
        if (nodes.loc[list(framework.children(parent)), "weight"] > 0).any():
            break
        code = parent
    return replace(framework, nodes=nodes)


def taken_out(framework: Framework, codes: Iterable[str]) -> Framework:
    """Return the framework with several nodes of weight 0 (see `dropped`)."""
    for code in codes:
        framework = dropped(framework, code)
    return framework


def inside_framework(scores: Scores, year: int) -> Framework:
    """Return the framework of a year with the weights there are before nodes are taken out."""
    return scores.inside.get(year, framework_of(scores, year))


def refused_cells(scores: Scores, year: int) -> BoolArray:
    """Return which items of a year had a value that a step could not take.

    Returns
    -------
    ndarray of bool, shape (units, items)
        Such a cell leaves all nodes above it without a score. It is one that
        a finding names, or one that has a value but none on the scale.
    """
    units = scores.units_in(year).index
    items = scores.framework.items
    place = {str(unit): row for row, unit in enumerate(units)}
    rows = scores.nodes.index.get_level_values("year") == year
    there = scores.values[rows][list(items)].notna().to_numpy()
    cells: BoolArray = there & scores.nodes[rows][list(items)].isna().to_numpy()
    for finding in scores.findings:
        if finding.code in REFUSED and finding.year == year and finding.unit in place:
            cells[place[finding.unit], items.index(str(finding.item))] = True
    return cells


def rebuild(
    scores: Scores,
    year: int,
    *,
    items: FloatArray | None = None,
    framework: Framework | None = None,
    method: Method | None = None,
) -> pd.DataFrame:
    """Form the nodes of a year anew from its normalised items.

    Parameters
    ----------
    scores : Scores
    year : int
    items : ndarray, shape (units, items), optional
        Normalised items in place of those of ``scores``.
    framework : Framework, optional
        One with the same nodes, and other weights or rules.
    method : Method, optional
        Its aggregation and its rule for missing values are taken.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``, one column a node in file order; NaN is no score. The
        index with the points that it has in ``scores``.

    Raises
    ------
    InputError
        If a node is formed by a rule under which points mean nothing.
    """
    framework = framework or framework_of(scores, year)
    values = scores.in_year(year)[list(framework.items)].to_numpy() if items is None else items
    units = scores.units[scores.units.index.get_level_values("year") == year]
    told = np.ones(len(units), dtype=bool)  # findings are those of the scoring
    formed = form_nodes(
        values,
        refused_cells(scores, year),
        values,
        units,
        {year: framework},
        method or scores.method,
        told,
    )
    if scores.points is not None:
        problems = set_wise_problems(framework, method or scores.method)
        if problems:
            raise InputError(problems)
        root = list(framework.nodes.index).index(framework.root)
        formed.values[:, root] = scores.points.in_year(year).to(formed.values[:, root])
    return pd.DataFrame(
        formed.values, index=scores.units_in(year).index, columns=list(framework.nodes.index)
    )
