"""Shares of the items in a score formed by means, however they are nested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.aggregations import AGGREGATIONS
from analysis.core.nodes import rule_of
from analysis.core.rebuild import framework_of
from analysis.core.scores import Scores
from analysis.core.weights import unit_weights

FloatArray = NDArray[np.float64]

_NEAR = 1e-6  # below this relative distance a difference quotient is taken as the slope


def slope_parts(
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
        weights = weights_used(scores, year, code)
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


def weights_used(scores: Scores, year: int, node: str) -> FloatArray:
    """Return the weights of a node's children, scaled over those each unit has to the full sum."""
    children = list(scores.framework.children(node))
    below = scores.in_year(year)[children].to_numpy()
    rescale = scores.method.weighting.rescale
    weights = np.empty(below.shape)
    for rows, weight in unit_weights(
        framework_of(scores, year), scores.units_in(year), rescale=rescale
    ):
        weights[rows] = weight[children].to_numpy()
    full = 1.0 if rescale else weights.sum(axis=1, keepdims=True)
    weights = np.where(np.isnan(below), 0.0, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(weights * (full / weights.sum(axis=1, keepdims=True)))
