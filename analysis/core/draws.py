"""Ranks under many sets of weights, in memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.rank import rank_scores
from analysis.core.score import Scores
from analysis.core.weights import unit_weights

FloatArray = NDArray[np.float64]

CHUNK_CELLS = 2_000_000
QUANTILES = {"q05": 0.05, "median": 0.5, "q95": 0.95}


def rank_draws(
    scores: Scores,
    year: int,
    weights: pd.DataFrame,
    *,
    units: Sequence[str] | None = None,
    top: int = 10,
    last: int = 5,
) -> pd.DataFrame:
    """Return how each unit's rank varies with the weights.

    Treatment and normalisation are those of ``scores``; the nodes are formed
    anew for each draw, with the means of the framework and method; weights
    are renormalised over the values that are there. Which nodes have a score
    at all is settled by the nominal weights, so that the same units are
    ranked in every draw.

    Parameters
    ----------
    scores : Scores
    year : int
    weights : pandas.DataFrame, shape (draws, nodes)
        Weights among siblings, from `analysis.core.weights.dirichlet_within_groups`
        say. For units with weights of their own the draws vary those in the
        same proportion.
    units : sequence of str, optional
        Units among which to rank; all by default.
    top, last : int

    Returns
    -------
    pandas.DataFrame
        ``unit, rank, median, q05, q95, p_top, p_last``: the nominal rank,
        quantiles of the drawn ranks (the least rank that at least this share
        of the draws does not exceed), and the share of draws in which the
        unit is among the ``top`` best and the ``last`` worst (ties share the
        better, or the worse, place). Sorted by nominal rank, then unit;
        units without a score are left out.
    """
    frame = scores.in_year(year)
    decimals = scores.method.ranking.decimals
    keep = frame[scores.framework.root].notna()
    if units is not None:
        keep &= frame.index.isin(list(units))
    kept = frame[keep]
    attributes = scores.units_in(year)[keep.to_numpy()]
    many = len(kept)
    counts = np.zeros((many, many), dtype=np.int64)
    low = np.zeros(many)
    step = max(1, CHUNK_CELLS // max(many, 1))
    for start in range(0, len(weights), step):
        chunk = weights.iloc[start : start + step]
        drawn = _draw_scores(scores, kept, attributes, chunk).T
        ranks = rank_scores(drawn, decimals).astype(np.intp) - 1
        flat = ranks + many * np.arange(many)
        counts += np.bincount(flat.ravel(), minlength=many * many).reshape(many, many)
        low += (rank_scores(-drawn, decimals) <= last).sum(axis=0)
    total = max(len(weights), 1)
    reached = np.cumsum(counts, axis=1)
    table = pd.DataFrame({"unit": kept.index.to_numpy(dtype=object)})
    nominal = rank_scores(kept[scores.framework.root].to_numpy(), decimals)
    table["rank"] = nominal.astype(np.int64)
    for name, share in QUANTILES.items():
        short = reached < share * total - 1e-9
        table[name] = short.sum(axis=1) + 1
    table["p_top"] = counts[:, :top].sum(axis=1) / total
    table["p_last"] = low / total
    columns = ["unit", "rank", "median", "q05", "q95", "p_top", "p_last"]
    return table[columns].sort_values(["rank", "unit"], ignore_index=True)


def _draw_scores(
    scores: Scores, nodes: pd.DataFrame, attributes: pd.DataFrame, weights: pd.DataFrame
) -> FloatArray:
    """Return the index of each unit under each set of weights, units by draws."""
    framework = scores.framework
    nominal = framework.weights()
    result = np.empty((len(nodes), len(weights)))
    for rows, own in unit_weights(framework, attributes):
        part = nodes.iloc[rows]
        factor = (own / nominal.where(nominal > 0)).fillna(0.0)
        formed: dict[str, FloatArray] = {}
        for code in framework.bottom_up:
            children = list(framework.children(code))
            if not children:
                continue
            rule = str(framework.nodes.at[code, "aggregation"]) or scores.method.aggregation.rule
            drawn = weights[children].to_numpy().T * factor[children].to_numpy()[:, None]
            formed[code] = _mean(part, children, formed, drawn, rule)
            formed[code][part[code].isna()] = np.nan
            for child in children:
                formed.pop(child, None)
        result[rows] = formed[framework.root]
    return result


def _mean(
    nodes: pd.DataFrame,
    children: list[str],
    formed: dict[str, FloatArray],
    weights: FloatArray,
    rule: str,
) -> FloatArray:
    """Return the weighted mean of the children: fixed items by one matrix product."""
    fixed = [place for place, child in enumerate(children) if child not in formed]
    values = _forward(nodes[[children[place] for place in fixed]].to_numpy(), rule)
    there = ~np.isnan(values)
    total = np.where(there, values, 0.0) @ weights[fixed]
    present = there.astype(np.float64) @ weights[fixed]
    for place, child in enumerate(children):
        if child in formed:
            value = _forward(formed[child], rule)
            there = ~np.isnan(value)
            total += np.where(there, value, 0.0) * weights[place]
            present += there * weights[place]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / present
        if rule == "geometric":
            return np.exp(mean)
        return 1.0 / mean if rule == "harmonic" else mean


def _forward(values: FloatArray, rule: str) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        if rule == "geometric":
            return np.log(values)
        return 1.0 / values if rule == "harmonic" else values
