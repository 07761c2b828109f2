"""The causes of shifts of rank over draws of the weights of both frameworks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.account_shapley import all_orders
from analysis.core.change import Edition
from analysis.core.comparing.crosswalk import Crosswalk
from analysis.core.comparing.hybrid import CAUSES, hybrid
from analysis.core.comparing.union import Union, unite
from analysis.core.findings import Finding, InputError
from analysis.core.score import score
from analysis.core.uncertainty.draws.form import form_index, rank_draws
from analysis.core.uncertainty.weights.weights_between import index_of, local_of

FloatArray = NDArray[np.float64]


def causes_over_draws(
    editions: tuple[Edition, Edition],
    year: int,
    crosswalk: Crosswalk,
    weights: tuple[FloatArray, FloatArray],
    units: Sequence[str],
    averaged: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return how much each cause has in the shifts of rank, draw by draw.

    Draw ``d`` takes row ``d`` of the weights of either framework and splits
    the shifts as `analysis.core.comparing.attribution.attribute` does for the
    two frameworks with those weights. Normalisation does not hang on weights,
    so each of the 16 hybrids is normalised once.

    Parameters
    ----------
    editions : (Edition, Edition)
        Old and new.
    year : int
    crosswalk : Crosswalk
    weights : (ndarray, ndarray), each of shape (draws, nodes)
        Weights among siblings, in the order of each framework's nodes.
    units : sequence of str
        Units that are ranked: those of `Attribution.table`.
    averaged : sequence of str, optional
        Units over which means are taken; by default all of them.

    Returns
    -------
    pandas.DataFrame
        One row a draw: for each of `CAUSES` its mean absolute part in the
        shifts of rank, in places. Where a unit lacks items, the weights of
        those that are there are scaled to sum to one, whatever their share.

    Raises
    ------
    InputError
        If a framework has weights keyed on attributes, or an item has no group
        in the other grouping: such weights are not drawn.
    """
    union = unite(editions[0].framework, editions[1].framework, crosswalk)
    _check(union)
    relative, of_groups = _scaled(union, weights)
    worth: dict[tuple[bool, ...], FloatArray] = {}
    for size in range(len(CAUSES) + 1):
        for switched in combinations(CAUSES, size):
            made = hybrid(editions, union, switched).edition
            grouping, used, weighing, _ = (int(cause in switched) for cause in CAUSES)
            items = made.framework.items
            own = list(union.frameworks[used].items)
            drawn = relative[used][:, [own.index(item) for item in items]].copy()
            if weighing != used:
                theirs = union.frameworks[weighing].items
                for place, item in enumerate(items):
                    if item in union.partner[used]:
                        partner = union.partner[used][item]
                        drawn[:, place] = relative[weighing][:, theirs.index(partner)]
            groups = [union.place(used, item, grouping).group for item in items]
            local = local_of(made.framework, _in_index(drawn, groups, of_groups[grouping]))
            scores = score(made.panel, made.framework, made.method)
            values = scores.in_year(year).loc[list(units), list(items)].to_numpy()
            missing = replace(made.method.missing, min_share=0.0)
            method = replace(made.method, missing=missing)
            formed = form_index(values, local, made.framework, method)
            key = tuple(cause in switched for cause in CAUSES)
            worth[key] = -rank_draws(formed, method.ranking.decimals).ravel()
    parts = all_orders(lambda on: worth[tuple(map(bool, on))], len(CAUSES))
    shaped = np.abs(parts).reshape(len(weights[0]), len(units), len(CAUSES))
    chosen = np.isin(list(units), list(units if averaged is None else averaged))
    return pd.DataFrame(shaped[:, chosen].mean(axis=1), columns=list(CAUSES))


def _check(union: Union) -> None:
    problems = []
    for side, framework in enumerate(union.frameworks):
        if framework.weight_sets:
            told = {"framework": framework.name}
            problems.append(Finding("error", "attribution.draws_sets", told))
        for item in framework.items:
            if union.place(side, item, 1 - side).side == side:
                told = {"framework": framework.name, "code": item}
                problems.append(Finding("error", "attribution.draws_group", told, item=item))
    if problems:
        raise InputError(problems)


def _scaled(
    union: Union, weights: tuple[FloatArray, FloatArray]
) -> tuple[list[FloatArray], list[dict[str, FloatArray]]]:
    """Return `Union.item_weights` and `Union.group_weights` of every draw."""
    relative, of_groups = [], []
    column: dict[tuple[int, str], int] = {}
    for side, framework in enumerate(union.frameworks):
        homes = np.array([union.home(side, item).group for item in framework.items])
        in_index = index_of(framework, weights[side])
        found: dict[str, FloatArray] = {}
        scaled = np.zeros_like(in_index)
        for group in union.groups(side):
            column[side, group] = len(column)
            inside = homes == group
            whole = in_index[:, inside].sum(axis=1)
            found[group] = whole
            safe = np.where(whole > 0, whole, 1.0)[:, None]
            scaled[:, inside] = inside.sum() * in_index[:, inside] / safe
        relative.append(scaled)
        of_groups.append(found)
    old, new = (list(framework.items) for framework in union.frameworks)
    rows, ratios = [], []
    for mine, theirs in union.partner[0].items():
        u, v = relative[0][:, old.index(mine)], relative[1][:, new.index(theirs)]
        if (u > 0).all() and (v > 0).all():
            row = np.zeros(len(column))
            row[column[0, union.home(0, mine).group]] = 1.0
            row[column[1, union.home(1, theirs).group]] = -1.0
            rows.append(row)
            ratios.append(np.log(v / u))
    if rows:
        logs = np.linalg.lstsq(np.array(rows), np.array(ratios), rcond=1e-10)[0]
        for side, framework in enumerate(union.frameworks):
            at = [column[side, union.home(side, item).group] for item in framework.items]
            relative[side] = relative[side] * np.exp(logs[at].T)
    return relative, of_groups


def _in_index(
    relative: FloatArray, groups: Sequence[str], of_groups: dict[str, FloatArray]
) -> FloatArray:
    """Return the items' weights in the index; groups without items give theirs to the others."""
    found = np.zeros_like(relative)
    names = np.array(groups)
    for group in dict.fromkeys(groups):
        inside = names == group
        whole = relative[:, inside].sum(axis=1)
        share = relative[:, inside] / np.where(whole > 0, whole, 1.0)[:, None]
        found[:, inside] = share * of_groups[group][:, None]
    total: FloatArray = found / found.sum(axis=1, keepdims=True)
    return total
