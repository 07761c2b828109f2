"""The account of a score: what each part adds to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.account_shapley import shapley_parts
from analysis.core.aggregations import AGGREGATIONS
from analysis.core.nodes import rule_of
from analysis.core.scores import Scores
from analysis.core.weights import unit_weights

FloatArray = NDArray[np.float64]
Definition = Literal["weights", "slopes", "shapley"]

MEANS = ("arithmetic", "geometric", "harmonic", "power")
_NEAR = 1e-6  # below this relative distance a difference quotient is taken as the slope


@dataclass(frozen=True, eq=False)
class Account:
    """What the children of a node add to its score, beside the mean of all units.

    Attributes
    ----------
    parts : pandas.DataFrame
        Index ``unit``, one column a child. A row sums to the unit's total,
        a column to zero over the units that have a score.
    rule : {"arithmetic", "geometric", "harmonic"}
        The mean by which the node is formed; it says what the total is.
    """

    parts: pd.DataFrame
    rule: str


def account(scores: Scores, year: int, node: str | None = None) -> Account:
    """Split each unit's distance from the mean among the children of a node.

    A weighted mean is additive in ``f``: ``f(s) = sum(w_c f(s_c))`` with
    ``f(x) = x`` (arithmetic), ``100 log x`` (geometric) or ``-1 / x``
    (harmonic), and ``w`` the unit's own weights, renormalised over the
    children it has. Child ``c`` adds ``w_c f(s_c)`` less the mean of that over
    all units, so that the parts sum to ``f(s)`` less its mean: for an
    arithmetic mean the score's distance from the mean score, for a geometric
    one the distance of its logarithm, in hundredths (for small distances, per
    cent above the geometric mean of the units).

    Parameters
    ----------
    scores : Scores
    year : int
    node : str, optional
        By default the index.

    Returns
    -------
    Account
        A unit without a score has no parts (NaN); a child without a score
        adds nothing beyond the renormalised weights of the others.

    Raises
    ------
    KeyError
        If the year was not scored or there is no such node.
    """
    framework = scores.framework
    node = node or framework.root
    children = list(framework.children(node))
    rule = str(framework.nodes.at[node, "aggregation"]) or scores.method.aggregation.rule
    values = scores.in_year(year)
    below = values[children].to_numpy()
    weights = _weights_used(scores, year, node)
    with np.errstate(invalid="ignore", divide="ignore"):
        transformed = below
        if rule == "geometric":
            transformed = 100.0 * np.log(below)
        elif rule == "harmonic":
            transformed = -1.0 / below
        parts = np.where(weights > 0, weights * transformed, 0.0)
    parts[values[node].isna().to_numpy()] = np.nan
    frame = pd.DataFrame(parts, index=values.index, columns=children)
    return Account(frame - frame.mean(), rule)


@dataclass(frozen=True, eq=False)
class ItemAccount:
    """What each item adds to the score of a node; the parts sum to the score.

    Attributes
    ----------
    parts : pandas.DataFrame
        Index ``unit``, one column an item under the node. ``base`` plus the
        sum of a row is the unit's score. 0 where the unit lacks the item, NaN
        where it has no score.
    base : pandas.Series
        What a unit with the reference values of the items would score (with
        the same values missing): 0 for arithmetic means by default.
    score : pandas.Series
    definition : {"weights", "slopes", "shapley"}
        How the parts are found (see `item_account`); the text
        ``account.definition.<word>`` says it in words.
    reference : pandas.DataFrame
        Normalised values of the items from which the parts count, by unit.
    """

    parts: pd.DataFrame
    base: pd.Series
    score: pd.Series
    definition: Definition
    reference: pd.DataFrame


def item_account(
    scores: Scores,
    year: int,
    node: str | None = None,
    reference: pd.DataFrame | pd.Series | None = None,
    *,
    orders: int = 64,
    seed: int = 0,
) -> ItemAccount:
    """Split the score of each unit among the items, so that the parts sum to it.

    With ``x`` the normalised items and ``r`` the reference, the parts sum to
    ``s(x) - s(r)``; the definition depends on how nodes are formed:

    - ``weights``: all nodes are arithmetic means. Item ``i`` adds ``W_i (x_i -
      r_i)``, ``W_i`` the product of its weight and those of the nodes above
      it, each renormalised over what the unit has. By default ``r = 0``: the
      parts are ``W_i x_i`` and sum to the score itself.
    - ``slopes``: all are arithmetic, geometric, harmonic or power means, ``f(s)
      = sum(w_c f(s_c))`` with ``f(x)`` = ``x``, ``log x``, ``-1 / x`` or ``x **
      p``. Child ``c`` adds ``w_c (f(s_c) - f(r_c)) (s - s_r) / (f(s) -
      f(s_r))``, shared out among its items in proportion to what they add to
      it. For a geometric mean that is the logarithmic-mean (LMDI) share, ``L(s,
      s_r) w_c log(s_c / r_c)``. It takes the same value from ``r`` to ``x`` as
      back, and needs no order of the items.
    - ``shapley``: any other rule. The mean, over orders in which items are
      moved from ``r`` to ``x``, of what each then adds (columns are moved for
      all units of the year at once, as such rules look at all units): all
      orders where they are few, else ``orders`` drawn ones, each with its
      reverse. The sum is exact in either case.

    Parameters
    ----------
    scores : Scores
    year : int
    node : str, optional
        By default the index.
    reference : pandas.Series (by item) or pandas.DataFrame (units by items), optional
        By default 0 for arithmetic means, else the mean of each item over all
        units of the year.
    orders : int
    seed : int

    Returns
    -------
    ItemAccount

    Raises
    ------
    KeyError
        If the year was not scored or there is no such node.

    References
    ----------
    Ang, B. W. (2004), Decomposition analysis for policymaking in energy,
    Energy Policy 32 (LMDI). Shapley, L. S. (1953), A value for n-person games.
    """
    framework = scores.framework
    node = node or framework.root
    items = list(framework.items_under(node))
    inner = [c for c in framework.bottom_up if framework.children(c) and _below(scores, c, node)]
    rules = {rule_of(code, framework, scores.method)[0] for code in inner}
    values = scores.in_year(year)
    actual = values[items].to_numpy()
    additive = rules <= {"arithmetic"}
    if isinstance(reference, pd.DataFrame):
        start = reference.reindex(index=values.index, columns=items).to_numpy(dtype=np.float64)
    else:
        if reference is None:
            reference = pd.Series(0.0, index=items) if additive else values[items].mean()
        start = np.tile(reference[items].to_numpy(dtype=np.float64), (len(values), 1))
    start = np.where(np.isnan(actual), np.nan, start)
    frame = pd.DataFrame(start, index=values.index, columns=items)
    definition: Definition = "weights" if additive else "slopes"
    if rules <= set(MEANS):
        base, parts = _slope_parts(scores, year, node, inner, frame)
    else:
        definition = "shapley"
        base, parts = shapley_parts(scores, year, node, items, start, orders, seed)
    score = values[node]
    lacking = score.isna().to_numpy()
    parts[lacking], base[lacking] = np.nan, np.nan
    table = pd.DataFrame(parts, index=values.index, columns=items)
    return ItemAccount(table, pd.Series(base, index=values.index), score, definition, frame)


def _below(scores: Scores, code: str, node: str) -> bool:
    while code and code != node:
        code = scores.framework.parent(code)
    return code == node


def _slope_parts(
    scores: Scores, year: int, node: str, inner: list[str], reference: pd.DataFrame
) -> tuple[FloatArray, FloatArray]:
    """Return the score of the reference and the parts, by unit."""
    framework, values = scores.framework, scores.in_year(year)
    items = list(reference.columns)
    actual = {code: values[code].to_numpy() for code in [*items, *inner]}
    start = {item: reference[item].to_numpy() for item in items}
    slope: dict[str, dict[str, FloatArray]] = {}
    for code in inner:
        rule, parameters = rule_of(code, framework, scores.method)
        f, derivative, inverse = _transform(rule, parameters)
        weights = _weights_used(scores, year, code)
        children = framework.children(code)
        total = np.zeros(len(values))
        with np.errstate(invalid="ignore", divide="ignore"):
            for child, w in zip(children, weights.T, strict=True):
                total += np.where(w > 0, w * f(start[child]), 0.0)
            start[code] = inverse(total)
            whole = _quotient(f, derivative, actual[code], start[code])
            slope[code] = {
                child: np.where(w > 0, w * _quotient(f, derivative, actual[child], start[child]), 0)
                / whole
                for child, w in zip(children, weights.T, strict=True)
            }
    factor = {node: np.ones(len(values))}
    for code in reversed(inner):
        for child, own in slope[code].items():
            factor[child] = factor[code] * np.where(np.isnan(own), 0.0, own)
    parts = np.column_stack(
        [np.nan_to_num(actual[i] - start[i]) * np.nan_to_num(factor[i]) for i in items]
    )
    return start[node].copy(), parts


def _transform(
    rule: str, parameters: Mapping[str, Any]
) -> tuple[
    Callable[[FloatArray], FloatArray],
    Callable[[FloatArray], FloatArray],
    Callable[[FloatArray], FloatArray],
]:
    """Return ``f`` with ``f(mean) = sum(w f(x))``, its derivative and its inverse."""
    exponent = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0}.get(rule)
    if exponent is None:
        default = AGGREGATIONS[rule].parameters["power"].default
        exponent = float(parameters.get("power", default))
    if exponent == 0.0:
        return np.log, lambda x: 1.0 / x, np.exp
    if exponent == 1.0:
        return lambda x: x, np.ones_like, lambda y: y
    return (
        lambda x: x**exponent,
        lambda x: exponent * x ** (exponent - 1.0),
        lambda y: y ** (1.0 / exponent),
    )


def _quotient(
    f: Callable[[FloatArray], FloatArray],
    derivative: Callable[[FloatArray], FloatArray],
    x: FloatArray,
    start: FloatArray,
) -> FloatArray:
    """Return ``(f(x) - f(start)) / (x - start)``, the derivative where they meet."""
    step = x - start
    near = np.abs(step) <= _NEAR * np.maximum(np.abs(x), np.abs(start))
    return np.where(near, derivative((x + start) / 2.0), (f(x) - f(start)) / step)


def _weights_used(scores: Scores, year: int, node: str) -> FloatArray:
    """Return the weights of a node's children, scaled over those each unit has to the full sum."""
    children = list(scores.framework.children(node))
    below = scores.in_year(year)[children].to_numpy()
    rescale = scores.method.weighting.rescale
    weights = np.empty(below.shape)
    for rows, weight in unit_weights(scores.framework, scores.units_in(year), rescale=rescale):
        weights[rows] = weight[children].to_numpy()
    full = 1.0 if rescale else weights.sum(axis=1, keepdims=True)
    weights = np.where(np.isnan(below), 0.0, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(weights * (full / weights.sum(axis=1, keepdims=True)))
