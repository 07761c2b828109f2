"""Nodes formed anew from normalised items: other weights or items, the steps before as they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.nodes import form_nodes
from analysis.core.scores import Scores

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

REFUSED = ("score.infinite", "score.log")


def refused_cells(scores: Scores, year: int) -> BoolArray:
    """Return which items of a year had a value that a step could not take.

    Returns
    -------
    ndarray of bool, shape (units, items)
        Such a cell leaves all nodes above it without a score.
    """
    units = scores.units_in(year).index
    items = scores.framework.items
    place = {str(unit): row for row, unit in enumerate(units)}
    cells = np.zeros((len(units), len(items)), dtype=bool)
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
        Index ``unit``, one column a node in file order; NaN is no score.
    """
    framework = framework or scores.framework
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
    return pd.DataFrame(
        formed.values, index=units.index.droplevel("year"), columns=list(framework.nodes.index)
    )
