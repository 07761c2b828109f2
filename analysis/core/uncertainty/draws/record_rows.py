"""A record of every draw: what was drawn, what came of it, and how it is computed again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.nodes import form_nodes
from analysis.core.rank import rank_scores
from analysis.core.rebuild import dropped, reweighted, taken_out
from analysis.core.uncertainty.draws.study import Study, draw_batch
from analysis.core.yaml_file import shown

FloatArray = NDArray[np.float64]

WEIGHT = "w:"


def records(study: Study, draws: int) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Give every draw as rows, batch by batch.

    Parameters
    ----------
    study : Study
    draws : int
        The last batch is cut.

    Yields
    ------
    parameters : pandas.DataFrame
        One row a draw: ``draw`` (from 0), ``variant``, the level of every
        choice of the method that is varied (by the choice's name; of levels
        that are one, the first), ``left_out`` (a code, ``""`` for none) and
        ``w:<code>``, the drawn weight of each node among its siblings, before
        anything is left out.
    results : pandas.DataFrame
        ``draw, unit, score, rank``; both missing where a unit has no score.

    Raises
    ------
    InputError
        If the number of draws is no whole number above zero.
    """
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 1:
        raise InputError([Finding("error", "study.draws", {"draws": shown(draws)})])
    return _records(study, draws)


def _records(study: Study, draws: int) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    nodes = [WEIGHT + str(code) for code in study.framework.nodes.index]
    left_out = pd.array(list(study.leave_out), dtype="str")
    units = pd.array(list(study.units), dtype="str")
    choices = {
        factor.name: pd.array(
            [variant.choice[factor.name] for variant in study.variants], dtype="str"
        )
        for factor in study.method_factors
    }
    for number in range(math.ceil(draws / study.batch)):
        batch = draw_batch(study, number, draws - number * study.batch)
        count, many = batch.scores.shape
        draw = np.arange(batch.first, batch.first + count)
        drawn: dict[str, Any] = {"draw": draw, "variant": batch.variant.astype(np.int64)}
        drawn |= {name: levels.take(batch.variant) for name, levels in choices.items()}
        drawn["left_out"] = left_out.take(batch.left_out)
        drawn |= dict(zip(nodes, batch.weights.T, strict=True))
        absent = np.isnan(batch.ranks).ravel()
        whole = np.where(absent, 0, batch.ranks.ravel()).astype(np.int64)
        results = {
            "draw": np.repeat(draw, many),
            "unit": units.take(np.tile(np.arange(many), count)),
            "score": batch.scores.ravel(),
            "rank": pd.arrays.IntegerArray(whole, absent),
        }
        yield pd.DataFrame(drawn), pd.DataFrame(results)


def replay(study: Study, parameters: Mapping[str, object] | pd.Series) -> FloatArray:
    """Compute the scores of one draw again, through the ordinary engine.

    The framework is given the weights of the row (`analysis.core.rebuild.reweighted`),
    the node left out is taken from it as `analysis.core.what_if.without` does, so are
    those that the variant counts by points instead, and all nodes are formed
    from the variant's items by `analysis.core.nodes.form_nodes`: no code is shared
    with the draws but the rules of aggregation themselves, and the points.

    Parameters
    ----------
    study : Study
    parameters : mapping or pandas.Series
        A row as `records` gives them: ``variant``, ``left_out`` and ``w:<code>``
        of every node.

    Returns
    -------
    ndarray, shape (units,)

    Raises
    ------
    InputError
        With everything in the row that this study has not.
    """
    row = dict(parameters)
    _check_row(study, row)
    variant = study.variants[int(str(row["variant"]))]
    codes = [str(code) for code in study.framework.nodes.index]
    weights = pd.Series([float(str(row[WEIGHT + code])) for code in codes], index=codes)
    framework = reweighted(study.framework, weights)
    left_out = str(row["left_out"])
    if left_out:
        framework = dropped(framework, left_out)
    framework = taken_out(framework, variant.outside)
    values, attributes = variant.values, study.attributes
    if variant.others is not None:
        values = np.concatenate([values, variant.others])
        attributes = pd.concat([attributes, study.attributes_of_others])
    # Rows in the order of the index, as everywhere; those studied are taken out again.
    order = np.argsort(attributes.index.get_level_values("unit").to_numpy(), kind="stable")
    nothing = np.zeros(values.shape, dtype=bool)
    formed = form_nodes(
        values[order],
        nothing,
        values[order],
        attributes.iloc[order],
        {study.year: framework},
        variant.method,
        np.ones(len(values), dtype=bool),
    ).values
    scores = np.empty(len(values))
    scores[order] = formed[:, codes.index(framework.root)]
    scores = scores[: len(study.units)]
    return scores if variant.added is None else variant.added.to(scores)


def replay_ranks(study: Study, parameters: Mapping[str, object] | pd.Series) -> FloatArray:
    """Rank the scores that `replay` returns, shape (units,)."""
    return rank_scores(replay(study, parameters), study.base.ranking.decimals)


def _check_row(study: Study, row: Mapping[str, object]) -> None:
    """Raise `InputError` with everything that is wrong with a row of parameters."""
    problems = []
    try:
        known = 0 <= int(str(row.get("variant"))) < len(study.variants)
    except ValueError:
        known = False
    if not known:
        problems.append(_wrong(row, "variant", f"0-{len(study.variants) - 1}"))
    if row.get("left_out") not in study.leave_out:
        allowed = ", ".join(code or '""' for code in study.leave_out)
        problems.append(_wrong(row, "left_out", allowed))
    for code in study.framework.nodes.index:
        try:
            fine = 0 <= float(str(row.get(f"{WEIGHT}{code}"))) < math.inf
        except ValueError:
            fine = False
        if not fine:
            problems.append(_wrong(row, f"{WEIGHT}{code}", ">= 0"))
    if problems:
        raise InputError(problems)


def _wrong(row: Mapping[str, object], key: str, allowed: str) -> Finding:
    told = {"key": key, "value": shown(row.get(key)), "allowed": allowed}
    return Finding("error", "study.record_draw", told)
