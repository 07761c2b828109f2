"""Where each unit stands: places, distances to the mean, strengths and weaknesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from analysis.core.account import item_account
from analysis.core.framework import Framework
from analysis.core.rank import rank_scores
from analysis.core.scores import Scores

By = Literal["rank", "contribution", "distance"]


def standing(
    scores: Scores, year: int, nodes: Sequence[str] | None = None, group: str | None = None
) -> pd.DataFrame:
    """Return the place and the distance to the mean of every unit in every node.

    Parameters
    ----------
    scores : Scores
    year : int
    nodes : sequence of str, optional
        By default all, the index first.
    group : str, optional
        Attribute of the units (``region``, say) within which places and means
        are taken; by default all units. Units without it form a group.

    Returns
    -------
    pandas.DataFrame
        ``unit, node, parent, level, score, rank, of, mean, distance,
        standardised``: ``rank`` (Int64) among the ``of`` units that have a score,
        ties taking the smallest; ``distance`` is the score less the ``mean``
        of those units, ``standardised`` that over their standard deviation
        (divisor n - 1; NaN where there is none). Items are by their
        normalised values, so that higher is better throughout. By unit, then
        node; missing scores stay as rows without a place.
    """
    framework = scores.framework
    codes = list(framework.top_down if nodes is None else nodes)
    values = scores.in_year(year)[codes]
    within = (
        pd.Series("", index=values.index)
        if group is None
        else scores.units_in(year)[group].astype("str").fillna("")
    )
    matrix = values.to_numpy(dtype=np.float64)
    rank, count = np.full(matrix.shape, np.nan), np.zeros(matrix.shape, dtype=np.int64)
    mean, spread = np.full(matrix.shape, np.nan), np.full(matrix.shape, np.nan)
    for word in sorted(set(within)):
        rows = np.flatnonzero((within == word).to_numpy())
        here = values.iloc[rows]
        rank[rows] = rank_scores(matrix[rows].T, scores.method.ranking.decimals).T
        count[rows] = here.count().to_numpy()
        mean[rows] = here.mean().to_numpy()
        spread[rows] = here.std().to_numpy()
    many = len(codes)
    table = pd.DataFrame(
        {
            "unit": np.repeat(values.index.to_numpy(dtype=object), many),
            "node": np.tile(np.array(codes, dtype=object), len(values)),
            "parent": np.tile(np.array([framework.parent(c) for c in codes], object), len(values)),
            "level": np.tile([framework.level(c) for c in codes], len(values)),
            "score": matrix.ravel(),
            "rank": pd.array(rank.ravel(), dtype="Int64"),
            "of": count.ravel(),
            "mean": mean.ravel(),
        }
    )
    table["distance"] = table["score"] - table["mean"]
    spread_all = spread.ravel()
    table["standardised"] = table["distance"] / np.where(spread_all > 0, spread_all, np.nan)
    return table.astype({"unit": "str", "node": "str", "parent": "str"})


def strengths(
    scores: Scores,
    year: int,
    units: Sequence[str] | None = None,
    *,
    by: By = "rank",
    top: int = 5,
    bottom: int = 5,
    group: str | None = None,
    unique_share: float | None = None,
    discard_least: bool = True,
) -> pd.DataFrame:
    """Return the items in which each unit is strongest and weakest.

    Parameters
    ----------
    scores : Scores
    year : int
    units : sequence of str, optional
        By default all that have a score.
    by : {"rank", "contribution", "distance"}
        By place in the item; by what the item adds to the index (see
        `analysis.core.account.item_account`) less the mean of that over all
        units; or by standardised distance to the mean of the item.
    top, bottom : int
        Strengths and weaknesses to name at most; a weakness is never one of
        the strengths.
    group : str, optional
        Attribute of the units within which places, means and contributions
        are compared.
    unique_share : float, optional
        Leaves out items with fewer distinct values than this share of the
        units that have one (an item of yes and no is hardly a strength).
    discard_least : bool
        Whether an item in which the unit has the lowest value there is cannot
        be a strength, however high a tie has put it.

    Returns
    -------
    pandas.DataFrame
        ``unit, kind, place, item, parent, score, rank, of, mean, distance,
        standardised, contribution``: ``kind`` is ``strength`` or
        ``weakness``, ``place`` counts from the most marked one. ``contribution``
        is less its mean. Items without a value are left out. Ties are broken
        by contribution, then in the order of the framework.

    Notes
    -----
    Ranks, groups, distinct values and lowest values as in COINr's
    ``get_str_weak``, with normalised values, which are directed already.
    """
    items = list(scores.framework.items)
    values = scores.in_year(year)[items]
    table = standing(scores, year, items, group)
    parts = item_account(scores, year).parts[items]
    parts = parts.where(values.notna())
    if group is None:
        parts = parts - parts.mean()
    else:
        words = scores.units_in(year)[group].astype("str").fillna("")
        parts = parts - parts.groupby(words).transform("mean")
    table["contribution"] = parts.to_numpy().ravel()
    table["tie"] = table["contribution"].round(9)
    table["least"] = np.equal(values.to_numpy(), values.min().to_numpy()).ravel()
    table["order"] = np.tile(np.arange(len(items)), len(values))
    key = {"rank": -table["rank"].astype("Float64"), "contribution": table["contribution"]}
    table["key"] = key.get(by, table["standardised"]).astype("float64").round(12)
    chosen = list(values.index[parts.notna().any(axis=1)] if units is None else units)
    table = table[table["unit"].isin(chosen) & table["score"].notna()]
    if unique_share is not None:
        enough = values.nunique() >= unique_share * values.count()
        table = table[table["node"].map(enough).astype(bool)]
    sort = ["unit", "key", "tie", "order"]
    strong = table[~table["least"]] if discard_least else table
    strong = strong.sort_values(sort, ascending=[True, False, False, True])
    strong = strong.groupby("unit", sort=False).head(top)
    weak = table.drop(index=strong.index).sort_values(sort, ascending=[True, True, True, True])
    weak = weak.groupby("unit", sort=False).head(bottom)
    both = pd.concat([strong.assign(kind="strength"), weak.assign(kind="weakness")])
    both["place"] = both.groupby(["unit", "kind"]).cumcount() + 1
    both = both.rename(columns={"node": "item"})
    columns = ["unit", "kind", "place", "item", "parent", "score", "rank", "of"]
    columns += ["mean", "distance", "standardised", "contribution"]
    return both.sort_values(["unit", "kind", "place"], ignore_index=True)[columns]


def above_mean(values: pd.DataFrame, framework: Framework) -> pd.DataFrame:
    """Return for every unit how many of its items are better than the all-unit mean.

    Better is higher, or lower where the item's direction says so; equal is
    not better.

    Parameters
    ----------
    values : pandas.DataFrame, units by items
        One year, in the items' own units. Missing values are left out of the
        means, and are neither above nor there.
    framework : Framework

    Returns
    -------
    pandas.DataFrame
        Index as ``values``; ``above`` and ``there`` (items with a value).
    """
    direction = framework.nodes.loc[list(values.columns), "direction"].astype(float)
    # Rounded, so that units all alike are not put above their mean by its last bit.
    spread = values.abs().max().replace(0.0, 1.0)
    better = ((values - values.mean()).div(spread).round(12)).mul(direction) > 0
    return pd.DataFrame({"above": better.sum(axis=1), "there": values.notna().sum(axis=1)})
