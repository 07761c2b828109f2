"""The index of all units under many sets of weights at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.core.aggregations import AGGREGATIONS
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.nodes import form, rule_of
from analysis.core.uncertainty.draws.products import (
    product,
    tree_of,
    weights_in_index,
    without_empty,
)
from analysis.core.uncertainty.draws.ranks import rank_draws

__all__ = ["MEANS", "form_index", "form_levels", "rank_draws"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]
Factors = tuple[IntArray, FloatArray]
Rows = slice | IntArray

MEANS = ("arithmetic", "geometric", "harmonic")  # these are formed for all draws at once


def form_index(
    values: FloatArray,
    weights: FloatArray,
    framework: Framework,
    method: Method,
    *,
    factors: Factors | None = None,
    in_index: FloatArray | None = None,
) -> FloatArray:
    """Return the index of every unit under every set of weights.

    By the rules of `analysis.core.nodes.form_nodes`: a node is formed from
    the children that are there, their weights scaled to sum to one, if
    enough of the weight is there (``method.missing``). Where one mean rules
    throughout, a unit that lacks nothing takes its index from one matrix
    product: with ``w`` an item's weight in the index, ``f(sum(w g(x)))``, ``g``
    the identity, the logarithm or the reciprocal, and ``f`` its inverse.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        Normalised items, NaN missing. For a set-wise rule (TOPSIS and the
        like), those of all units that are compared.
    weights : ndarray, shape (draws, nodes)
        Weights among siblings, in the order of the framework; not negative.
        Children of weight 0 have no say; a group of nothing but such has no
        weight itself.
    framework : Framework
        Its rules and its tree; its own weights are not looked at.
    method : Method
        Its aggregation, its missing-value rule, and whether weights are
        scaled to sum to one.
    factors : (rows, scaling), optional
        Number of each unit's set of weights, shape (units,), and what the
        drawn weights are multiplied by for each set, shape (sets, nodes).
    in_index : ndarray, shape (draws, items), optional
        ``weights_in_index(tree_of(framework), weights)`` where it is at hand.

    Returns
    -------
    ndarray, shape (draws, units)
        NaN: no score.

    Notes
    -----
    Rules other than the three means are applied draw by draw, which takes
    longer. Matrix products are taken in pieces so small that a library of
    linear algebra works on each by one thread: the last bit does not depend
    on how many there are.
    """
    values = np.asarray(values, dtype=np.float64)
    weights = np.asarray(weights, dtype=np.float64)
    rules = _rules(framework, method)
    rule = next(iter(rules))
    if len(rules) > 1 or rule not in MEANS or not method.weighting.rescale:
        return form_levels(values, weights, framework, method, factors=factors)[framework.root]
    whole = ~np.isnan(values).any(axis=1) & ~_unfit(values, rule).any(axis=1)
    if factors is None and in_index is None:
        in_index = weights_in_index(tree_of(framework), weights)
    if whole.all():
        return _whole_units(values, weights, framework, rule, factors, in_index)
    scores = np.empty((len(weights), len(values)))
    held, others = (
        None if factors is None else (factors[0][rows], factors[1]) for rows in (whole, ~whole)
    )
    scores[:, whole] = _whole_units(values[whole], weights, framework, rule, held, in_index)
    levels = form_levels(values[~whole], weights, framework, method, factors=others)
    scores[:, ~whole] = levels[framework.root]
    return scores


def form_levels(
    values: FloatArray,
    weights: FloatArray,
    framework: Framework,
    method: Method,
    *,
    factors: Factors | None = None,
) -> dict[str, FloatArray]:
    """Return the scores of every node above the items, level by level.

    Parameters
    ----------
    values, weights, framework, method, factors
        As in `form_index`.

    Returns
    -------
    dict of str to ndarray, shape (draws, units)
        By code, children before parents, the index last.
    """
    values = np.asarray(values, dtype=np.float64)
    weights = without_empty(tree_of(framework), np.asarray(weights, dtype=np.float64))
    formed: dict[str, FloatArray] = {}
    barred: dict[str, BoolArray] = {}
    place = {str(code): number for number, code in enumerate(framework.nodes.index)}
    item = {code: number for number, code in enumerate(framework.items)}
    for code in framework.bottom_up:
        children = framework.children(code)
        if not children:
            continue
        rule, parameters = rule_of(code, framework, method)
        columns = [place[child] for child in children]
        nodes = [values[:, item[c]] if c in item else formed[c] for c in children]
        result = np.empty((len(weights), len(values)))
        out = np.zeros(result.shape, dtype=bool)
        for rows, scaling in _sets(factors, len(values)):
            w = weights[:, columns] if scaling is None else weights[:, columns] * scaling[columns]
            if rule in MEANS:
                part, bad = _mean([node[..., rows] for node in nodes], w, rule, method)
            else:
                part, bad = _draw_by_draw(code, nodes, w, framework, method, rows, parameters)
            for child, weight in zip(children, w.T, strict=True):
                if child in barred:
                    bad |= barred[child][:, rows] & (weight > 0)[:, None]
            result[:, rows], out[:, rows] = part, bad
        if out.any():
            result[out] = np.nan
            barred[code] = out
        formed[code] = result
    return formed


def _rules(framework: Framework, method: Method) -> set[str]:
    """Return the rules of all nodes."""
    return {rule_of(code, framework, method)[0] for code in tree_of(framework).inner}


def _sets(factors: Factors | None, units: int) -> list[tuple[Rows, FloatArray | None]]:
    """Return the units of each set of weights, and what multiplies the drawn weights."""
    if factors is None:
        return [(slice(None), None)]
    of, scaling = factors
    if len(scaling) == 1:
        return [(slice(None), scaling[0])]
    found = [(np.flatnonzero(of == number), row) for number, row in enumerate(scaling)]
    return [(rows, row) for rows, row in found if len(rows)]


def _whole_units(
    values: FloatArray,
    weights: FloatArray,
    framework: Framework,
    rule: str,
    factors: Factors | None,
    in_index: FloatArray | None,
) -> FloatArray:
    """Return the index of units that lack no item, one mean ruling throughout."""
    tree = tree_of(framework)
    forward = _forward(values, rule)
    if factors is None and in_index is not None:
        return _backward(product(in_index, forward), rule)
    scores = np.empty((len(weights), len(values)))
    for rows, scaling in _sets(factors, len(values)):
        w = weights_in_index(tree, weights if scaling is None else weights * scaling)
        if isinstance(rows, slice):
            product(w, forward, out=scores)
        else:
            scores[:, rows] = product(w, forward[rows])
    return _backward(scores, rule)


def _mean(
    nodes: list[FloatArray], weights: FloatArray, rule: str, method: Method
) -> tuple[FloatArray, BoolArray]:
    """Return a weighted mean, and where a child holds what the mean does not take.

    Children of shape (units,) are items, those of shape (draws, units) nodes.
    """
    fixed = [number for number, node in enumerate(nodes) if node.ndim == 1]
    shape = len(weights), nodes[0].shape[-1]
    total, present, bad = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    if fixed:
        values = np.column_stack([nodes[number] for number in fixed])
        unfit = _unfit(values, rule)
        there = ~np.isnan(values) & ~unfit
        w = np.ascontiguousarray(weights[:, fixed])
        product(w, np.where(there, _forward(values, rule), 0.0), out=total)
        if there.all():
            present += w.sum(axis=1)[:, None]
        else:
            product(w, there.astype(np.float64), out=present)
        if unfit.any():
            bad |= product((w > 0).astype(np.float64), unfit.astype(np.float64)) > 0
    for number, node in enumerate(nodes):
        if node.ndim == 1:
            continue
        w = weights[:, number][:, None]
        unfit = _unfit(node, rule)
        there = ~np.isnan(node) & ~unfit
        total += np.where(there, _forward(node, rule), 0.0) * w
        present += there * w
        bad |= unfit & (w > 0)
    full = weights.sum(axis=1)[:, None]
    share = method.missing.min_share if method.missing.rule == "renormalise" else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / present
        if not method.weighting.rescale:
            mean *= full
        mean = _backward(mean, rule)
    # The same tolerance as in `analysis.core.aggregate`.
    mean[~((present > 0) & (present >= full * share - 1e-12 * full))] = np.nan
    return mean, bad


def _draw_by_draw(
    code: str,
    nodes: list[FloatArray],
    weights: FloatArray,
    framework: Framework,
    method: Method,
    rows: Rows,
    parameters: Mapping[str, Any],
) -> tuple[FloatArray, BoolArray]:
    """Return what any other rule makes of the children, and where one is not what it takes."""
    spec = AGGREGATIONS[rule_of(code, framework, method)[0]]
    shape = len(weights), nodes[0][..., rows].shape[-1]
    result, bad = np.empty(shape), np.zeros(shape, dtype=bool)
    for draw, w in enumerate(weights):
        values = np.column_stack([node if node.ndim == 1 else node[draw] for node in nodes])
        # A set-wise rule is given all units, whatever weights the others take.
        given, kept = (values, rows) if spec.set_wise else (values[rows], slice(None))
        result[draw] = form(code, given, w, framework, method)[kept]
        if spec.improper is not None:
            bad[draw] = spec.improper(given, w, **parameters)[kept].any(axis=1)
    return result, bad


def _unfit(values: FloatArray, rule: str) -> BoolArray:
    """Return which values a mean does not take; NaN is none of them."""
    return np.zeros(values.shape, dtype=bool) if rule == "arithmetic" else values <= 0


def _forward(values: FloatArray, rule: str) -> FloatArray:
    if rule == "arithmetic":
        return values
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(values) if rule == "geometric" else 1.0 / values


def _backward(scores: FloatArray, rule: str) -> FloatArray:
    """Undo `_forward`, in place."""
    if rule == "geometric":
        np.exp(scores, out=scores)
    elif rule == "harmonic":
        np.divide(1.0, scores, out=scores)
    return scores
