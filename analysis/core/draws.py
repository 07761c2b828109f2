"""Ranks under many sets of weights, in memory of units times units or draws at most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.nodes import rule_of
from analysis.core.rank import rank_scores
from analysis.core.rebuild import framework_of, rebuild, reweighted
from analysis.core.score import Scores
from analysis.core.weights import unit_weights

FloatArray = NDArray[np.float64]

CHUNK_CELLS = 2_000_000
MEANS = ("arithmetic", "geometric", "harmonic")  # these are formed for all draws at once
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
    anew for each draw by the rules of the framework and method (where one is no
    arithmetic, geometric or harmonic mean, or weights are used as given, draw
    by draw, which takes longer); weights are renormalised over the values
    that are there. Which nodes have a score at all is settled by the nominal
    weights, so that the same units are ranked in every draw.

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
    many, total = len(kept), max(len(weights), 1)
    # Whichever is smaller: all the ranks, or how often each unit had each of them.
    counting = len(weights) > many
    counts = np.zeros((many, many if counting else 0), dtype=np.int32)
    drawn_ranks = np.zeros((many, 0 if counting else len(weights)), dtype=np.int32)
    high, low = np.zeros(many), np.zeros(many)
    step = max(1, CHUNK_CELLS // max(many, 1))
    for start in range(0, len(weights), step):
        chunk = weights.iloc[start : start + step]
        drawn = _draw_scores(scores, year, kept, attributes, chunk).T
        ranks = rank_scores(drawn, decimals).astype(np.int32)
        if counting:
            for unit in range(many):
                counts[unit] += np.bincount(ranks[:, unit] - 1, minlength=many).astype(np.int32)
        else:
            drawn_ranks[:, start : start + len(chunk)] = ranks.T
        high += (ranks <= top).sum(axis=0)
        low += (rank_scores(-drawn, decimals) <= last).sum(axis=0)
    table = pd.DataFrame({"unit": kept.index.to_numpy(dtype=object)})
    nominal = rank_scores(kept[scores.framework.root].to_numpy(), decimals)
    table["rank"] = nominal.astype(np.int64)
    np.cumsum(counts, axis=1, out=counts)
    drawn_ranks.sort(axis=1)
    for name, share in QUANTILES.items():
        needed = share * len(weights) - 1e-9
        if counting:
            table[name] = (counts < needed).sum(axis=1) + 1
        else:
            at = max(int(np.ceil(needed)) - 1, 0)
            table[name] = drawn_ranks[:, at].astype(np.int64) if len(weights) else 1
    table["p_top"] = high / total
    table["p_last"] = low / total
    columns = ["unit", "rank", "median", "q05", "q95", "p_top", "p_last"]
    return table[columns].sort_values(["rank", "unit"], ignore_index=True)


def _draw_scores(
    scores: Scores,
    year: int,
    nodes: pd.DataFrame,
    attributes: pd.DataFrame,
    weights: pd.DataFrame,
) -> FloatArray:
    """Return the index of each unit under each set of weights, units by draws."""
    framework = framework_of(scores, year)
    nominal = framework.weights()
    result = np.empty((len(nodes), len(weights)))
    inner = [code for code in framework.bottom_up if framework.children(code)]
    rules = {rule_of(code, framework, scores.method)[0] for code in inner}
    if rules - set(MEANS) or not scores.method.weighting.rescale:
        for draw, row in enumerate(weights.to_numpy(dtype=np.float64)):
            changed = pd.Series(row, index=weights.columns)
            anew = rebuild(scores, year, framework=reweighted(framework, changed))
            result[:, draw] = anew.loc[nodes.index, framework.root]
        return result
    for rows, own in unit_weights(framework, attributes):
        part = nodes.iloc[rows]
        factor = (own / nominal.where(nominal > 0)).fillna(0.0)
        formed: dict[str, FloatArray] = {}
        for code in framework.bottom_up:
            children = list(framework.children(code))
            if not children:
                continue
            rule = rule_of(code, framework, scores.method)[0]
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
