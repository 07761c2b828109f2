"""Effective weights: how much each node tells of its parent and of the index."""

from __future__ import annotations

import pandas as pd

from analysis.core.correlation_ratio import correlation_ratio
from analysis.core.framework import Framework
from analysis.core.rebuild import framework_of
from analysis.core.scores import Scores
from analysis.core.weights import index_weights, unit_weights


def effective_weights(scores: Scores, framework: Framework, year: int) -> pd.DataFrame:
    """Return effective beside nominal weights of all nodes below the index.

    Parameters
    ----------
    scores : Scores
    framework : Framework
    year : int

    Returns
    -------
    pandas.DataFrame
        One row a node, the highest level first, then in file order:

        - ``node``, ``parent``, ``level``;
        - ``nominal``: weight among its siblings (with weight sets: the mean
          over the year's units), and ``ratio``: its `correlation_ratio` with
          the parent; ``effective``: ``ratio`` over its sum among the siblings;
        - ``nominal_index``: weight in the index, and ``ratio_index``: its
          correlation ratio with the index; ``effective_index``: that over its
          sum on the level.

        Ratios are NaN where they cannot be had. Nodes of one parent are
        related to each other, so their ratios need not sum to one: they are
        scaled to be read beside the weights.
    """
    nodes = scores.in_year(year)
    units = scores.units_in(year)
    used = framework_of(scores, year)
    within = pd.Series(0.0, index=framework.nodes.index)
    overall = within.copy()
    for rows, weights in unit_weights(used, units):
        share = len(rows) / len(units)
        within = within + share * weights
        overall = overall + share * index_weights(framework, weights)
    index = nodes[framework.root].to_numpy()
    rows_out = []
    for code in framework.top_down[1:]:
        parent = framework.parent(code)
        own = nodes[code].to_numpy()
        ratio_index = correlation_ratio(own, index)
        above = nodes[parent].to_numpy()
        ratio = ratio_index if parent == framework.root else correlation_ratio(own, above)
        rows_out.append(
            {
                "node": code,
                "parent": parent,
                "level": framework.level(code),
                "nominal": within[code],
                "ratio": ratio,
                "nominal_index": overall[code],
                "ratio_index": ratio_index,
            }
        )
    table = pd.DataFrame(rows_out)
    table["effective"] = table["ratio"] / table.groupby("parent")["ratio"].transform("sum")
    on_level = table.groupby("level")["ratio_index"].transform("sum")
    table["effective_index"] = table["ratio_index"] / on_level
    return table[
        [
            "node",
            "parent",
            "level",
            "nominal",
            "ratio",
            "effective",
            "nominal_index",
            "ratio_index",
            "effective_index",
        ]
    ]
