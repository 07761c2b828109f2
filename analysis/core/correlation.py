"""Correlations between items, groups and the index, and what they warn of."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from analysis.core.correlate import (
    LEAST_PAIRS,
    Kind,
    Policy,
    adjusted,
    correlate,
    pair_tests,
    t_test,
)
from analysis.core.framework import Framework
from analysis.core.scores import Scores

__all__ = [
    "LEAST_PAIRS",
    "OPPOSED",
    "REDUNDANT",
    "WEAK",
    "adjusted",
    "correlate",
    "correlation_matrix",
    "level_pairs",
    "pair_tests",
    "related_pairs",
    "relation",
    "t_test",
]

Related = Literal["all", "siblings", "family"]

REDUNDANT = 0.9
OPPOSED = -0.4
WEAK = 0.3
PAIR_COLUMNS = ("node", "other", "relation", "n", "correlation", "p", "p_adjusted", "flag")


def correlation_matrix(
    scores: Scores,
    year: int,
    nodes: list[str] | None = None,
    kind: Kind = "pearson",
    missing: Policy = "pairwise",
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
    missing : {"pairwise", "listwise"}
        See `correlate`.

    Returns
    -------
    pandas.DataFrame, nodes by nodes
        NaN for fewer than 3 units, and for a constant node.
    """
    frame = scores.in_year(year)
    return correlate(frame if nodes is None else frame[nodes], kind, missing)


def related_pairs(
    scores: Scores,
    framework: Framework,
    year: int,
    kind: Kind = "pearson",
    missing: Policy = "pairwise",
    adjust: str = "holm",
) -> pd.DataFrame:
    """Return the correlations that matter for the structure, with their flags.

    Parameters
    ----------
    scores : Scores
    framework : Framework
    year : int
    kind : {"pearson", "spearman", "kendall"}
    missing : {"pairwise", "listwise"}
        As in `correlate`; listwise over all nodes.
    adjust : str
        See `pair_tests`: the tests are all the rows of the table.

    Returns
    -------
    pandas.DataFrame
        ``node, other, relation, n, correlation, p, p_adjusted, flag``.
        ``relation`` is ``sibling`` (each pair once), ``parent`` or ``index``
        (nodes further down, with the root). ``flag`` is ``redundant``
        (siblings above 0.9), ``opposed`` (below -0.4), ``weak`` (below 0.3
        with the parent or index) or ``""``. In the order of the framework.

    Notes
    -----
    The thresholds are those in use at the JRC: OECD/JRC Handbook (2008), step
    4, and COINr's flags.
    """
    rows: list[tuple[str, str, str]] = []
    for parent in framework.top_down:
        rows += [(a, b, "sibling") for a, b in combinations(framework.children(parent), 2)]
    for code in framework.top_down[1:]:
        rows.append((code, framework.parent(code), "parent"))
        if framework.parent(code) != framework.root:
            rows.append((code, framework.root, "index"))
    return _related(scores.in_year(year), rows, kind, missing, adjust)


def level_pairs(
    scores: Scores,
    framework: Framework,
    year: int,
    levels: tuple[int, int] = (1, 1),
    related: Related = "all",
    kind: Kind = "pearson",
    missing: Policy = "pairwise",
    adjust: str = "holm",
) -> pd.DataFrame:
    """Return the correlations between the nodes of two levels, or within one.

    Parameters
    ----------
    scores : Scores
    framework : Framework
    year : int
    levels : (int, int)
        The lower level first; items are level 1.
    related : {"all", "siblings", "family"}
        All pairs; those of one parent only (within one level); or those of
        which one is above the other (across levels).
    kind, missing, adjust
        As in `related_pairs`.

    Returns
    -------
    pandas.DataFrame
        Columns as those of `related_pairs`, in the order of the framework.
        ``relation`` is ``sibling``, ``parent``, ``ancestor`` (further up;
        the root is ``index``) or ``other``; ``weak`` is for parents and ancestors.
    """
    low, high = ([c for c in framework.nodes.index if framework.level(c) == k] for k in levels)
    pairs = combinations(low, 2) if levels[0] == levels[1] else ((a, b) for a in low for b in high)
    wanted = {"siblings": {"sibling"}, "family": {"parent", "ancestor", "index"}}.get(related)
    rows = [(a, b, relation(framework, a, b)) for a, b in pairs]
    rows = [row for row in rows if wanted is None or row[2] in wanted]
    return _related(scores.in_year(year), rows, kind, missing, adjust)


def relation(framework: Framework, code: str, other: str) -> str:
    """Return what ``other`` is to a node: ``sibling, parent, ancestor, index, other``."""
    parent = framework.parent(code)
    if other == parent:
        return "parent"
    if other == framework.root:
        return "index"
    if framework.parent(other) == parent:
        return "sibling"
    while parent:
        if parent == other:
            return "ancestor"
        parent = framework.parent(parent)
    return "other"


def _related(
    values: pd.DataFrame,
    rows: list[tuple[str, str, str]],
    kind: Kind,
    missing: Policy,
    adjust: str,
) -> pd.DataFrame:
    table = pair_tests(values, [(a, b) for a, b, _ in rows], kind, missing, adjust)
    table["relation"] = pd.Series([word for _, _, word in rows], dtype="str")
    level = table["relation"].isin(["sibling", "other"])
    table["flag"] = np.select(
        [
            level & (table["correlation"] > REDUNDANT),
            table["correlation"] < OPPOSED,
            ~level & (table["correlation"] < WEAK),
        ],
        ["redundant", "opposed", "weak"],
        default="",
    )
    return table[list(PAIR_COLUMNS)]
