"""Correlations between items, groups and the index, and what they warn of."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from analysis.core.framework import Framework
from analysis.core.score import Scores

Kind = Literal["pearson", "spearman", "kendall"]

REDUNDANT = 0.9
OPPOSED = -0.4
WEAK = 0.3
LEAST_PAIRS = 3


def correlation_matrix(
    scores: Scores, year: int, nodes: list[str] | None = None, kind: Kind = "pearson"
) -> pd.DataFrame:
    """Return the correlations between nodes over the units of a year.

    Parameters
    ----------
    scores : Scores
    year : int
    nodes : list of str, optional
        Codes, in the order wanted; by default all, as in the framework.
    kind : {"pearson", "spearman", "kendall"}
        Product-moment, rank, or Kendall's tau-b.

    Returns
    -------
    pandas.DataFrame, nodes by nodes
        Over the units that have both; NaN for fewer than 3, and for a
        constant node.
    """
    frame = scores.in_year(year)
    chosen = list(frame.columns) if nodes is None else nodes
    frame = frame[chosen]
    matrix = frame.corr(method=kind, min_periods=LEAST_PAIRS)
    constant = frame.min() == frame.max()
    return matrix.mask(np.logical_or.outer(constant.to_numpy(), constant.to_numpy()))


def related_pairs(
    scores: Scores, framework: Framework, year: int, kind: Kind = "pearson"
) -> pd.DataFrame:
    """Return the correlations that matter for the structure, with their flags.

    Parameters
    ----------
    scores : Scores
    framework : Framework
    year : int
    kind : {"pearson", "spearman", "kendall"}

    Returns
    -------
    pandas.DataFrame
        ``node, other, relation, correlation, flag``. ``relation`` is
        ``sibling`` (each pair once), ``parent`` or ``index`` (nodes further
        down, with the root). ``flag`` is ``redundant`` (siblings above 0.9),
        ``opposed`` (below -0.4), ``weak`` (below 0.3 with the parent or
        index) or ``""``.

    Notes
    -----
    The thresholds are those in use at the JRC: OECD/JRC Handbook (2008), step
    4, and COINr's flags.
    """
    matrix = correlation_matrix(scores, year, kind=kind)
    rows: list[tuple[str, str, str]] = []
    for parent in framework.top_down:
        rows += [(a, b, "sibling") for a, b in combinations(framework.children(parent), 2)]
    for code in framework.top_down[1:]:
        rows.append((code, framework.parent(code), "parent"))
        if framework.parent(code) != framework.root:
            rows.append((code, framework.root, "index"))
    table = pd.DataFrame(rows, columns=["node", "other", "relation"])
    values = [matrix.at[a, b] for a, b in zip(table["node"], table["other"], strict=True)]
    table["correlation"] = np.array(values, dtype=np.float64)
    sibling = table["relation"] == "sibling"
    table["flag"] = np.select(
        [
            sibling & (table["correlation"] > REDUNDANT),
            table["correlation"] < OPPOSED,
            ~sibling & (table["correlation"] < WEAK),
        ],
        ["redundant", "opposed", "weak"],
        default="",
    )
    return table
