"""The index as a linear function of the items' weights, where it is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.adjust import Added
from analysis.core.adjustment import in_force
from analysis.core.aggregations import AGGREGATIONS
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.nodes import rule_of
from analysis.core.rank import rank_scores
from analysis.core.uncertainty.weights.space_builders import refuse_weight_sets

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_POWERS = {1.0: "arithmetic", 0.0: "geometric", -1.0: "harmonic"}
_ROUNDING_SHARE = 1.001  # of a step of rounding: beyond it scores differ when rounded


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Item values on the scale on which the index is linear in the items' weights.

    ``t = x`` for arithmetic means throughout, ``log x`` for geometric and ``-1 /
    x`` for harmonic ones; then ``t_i(w) = sum_k w_k t_ik`` with ``w`` the items'
    weights in the index, and the index rises with it. Where a unit lacks items,
    the weights of each node are renormalised over the children that are there.

    Attributes
    ----------
    values : ndarray, shape (units, items)
        NaN is missing; a row of nothing but NaN has no score.
    framework : Framework
    rule : {"arithmetic", "geometric", "harmonic"}
    decimals : int
        To which scores are rounded, on the index's own scale, before they are ranked.
    """

    values: FloatArray
    framework: Framework
    rule: str
    decimals: int

    @property
    def scored(self) -> BoolArray:
        """Which units have a score, shape (units,)."""
        return np.asarray(~np.isnan(self.values).all(axis=1))

    @property
    def resolution(self) -> float:
        """A gap on the linear scale beyond which two scores differ when rounded.

        One step of rounding over the least slope of the index along the scale.
        """
        step = _ROUNDING_SHARE * 10.0**-self.decimals
        known = self.values[~np.isnan(self.values)]
        if self.rule == "arithmetic" or not known.size:
            return step
        least = float(self.to_index(known.min()))
        return step / least if self.rule == "geometric" else step / least**2

    def to_index(self, linear: FloatArray | float) -> FloatArray:
        """Return values of the linear scale on the index's own."""
        given = np.asarray(linear, dtype=np.float64)
        if self.rule == "geometric":
            return np.exp(given)
        return -1.0 / given if self.rule == "harmonic" else given

    def linear_scores(self, weights: FloatArray) -> FloatArray:
        """Return the scores on the linear scale under sets of weights.

        Parameters
        ----------
        weights : ndarray, shape (draws, items)
            In the index.

        Returns
        -------
        ndarray, shape (draws, units)
            NaN for a unit without a score, or of whose items none has a weight.
        """
        lacking: BoolArray = np.asarray(np.isnan(self.values).any(axis=1))
        scores: FloatArray = weights @ np.where(lacking[:, None], 0.0, self.values).T
        if lacking.any():
            scores[:, lacking] = _renormalised(self.values[lacking], self.framework, weights)
        return scores

    def scores(self, weights: FloatArray) -> FloatArray:
        """Return the index under sets of weights, as `linear_scores`."""
        return self.to_index(self.linear_scores(weights))

    def ranks(self, weights: FloatArray) -> FloatArray:
        """Return the ranks under sets of weights, shape (draws, units)."""
        return rank_scores(self.scores(weights), self.decimals)


def linear_values(
    values: FloatArray, framework: Framework, method: Method, added: Added | None = None
) -> LinearModel:
    """Return the index as a linear function of the items' weights.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        Normalised items of one year (those of a
        `analysis.core.uncertainty.methods.variant.Variant`: items below a node that is
        to have no score are blanked). Where the method leaves nodes with a
        missing child empty, a unit that lacks an item has no score; the least
        share that must be there is not looked at.
    framework : Framework
    method : Method
    added : Added, optional
        Points outside the weights. As weights sum to one, points on top of an
        arithmetic mean are points on top of each of its items.

    Returns
    -------
    LinearModel
        A unit with a value that its mean cannot take has no score.

    Raises
    ------
    InputError
        If units have weights of their own, weights are not scaled to sum to
        one, a node is formed by a rule that is not linear in the weights,
        several rules are mixed, in which case no one scale is linear, points go
        with other means than the arithmetic, or nodes are taken out of the weights
        for them.
    """
    refuse_weight_sets(framework)
    problems = []
    if not method.weighting.rescale:
        problems.append(Finding("error", "robust.as_given"))
    nodes: dict[str, list[str]] = {}
    for code in framework.top_down:
        children = framework.children(code)
        if not children:
            continue
        rule, parameters = rule_of(code, framework, method)
        if rule == "power":
            default = AGGREGATIONS["power"].parameters["power"].default
            rule = _POWERS.get(float(str(parameters.get("power", default))), "power")
        if rule not in _POWERS.values():
            told = {"node": code, "rule": rule}
            problems.append(Finding("error", "robust.not_linear", told))
        elif len(children) > 1:  # a mean of one value is that value, whatever the rule
            nodes.setdefault(rule, []).append(code)
    if len(nodes) > 1:
        told = {"rules": "; ".join(f"{rule}: {', '.join(of)}" for rule, of in nodes.items())}
        problems.append(Finding("error", "robust.mixed", told))
    if problems:
        raise InputError(problems)
    rule = next(iter(nodes), "arithmetic")
    linear = np.array(values, dtype=np.float64)
    if in_force(method, framework).outside or (added is not None and rule != "arithmetic"):
        raise InputError([Finding("error", "robust.points")])
    if added is not None:
        linear = added.to(linear.T).T
    weights = {str(code): float(w) for code, w in framework.weights().items()}
    idle = np.array([_is_idle(item, framework, weights) for item in framework.items])
    # Whoever has nothing but items without weight has no score.
    linear[:, idle] = np.where(np.isnan(linear[:, ~idle]).all(axis=1), np.nan, 0.0)[:, None]
    bad = np.isnan(linear) if method.missing.rule == "none" else np.zeros(linear.shape, bool)
    if rule != "arithmetic":
        linear[:, idle] = np.where(np.isnan(linear[:, idle]), np.nan, 1.0)
        bad |= linear <= 0
    linear[bad.any(axis=1)] = np.nan
    if rule == "geometric":
        linear = np.log(linear)
    elif rule == "harmonic":
        linear = -1.0 / linear
    return LinearModel(linear, framework, rule, method.ranking.decimals)


def _is_idle(item: str, framework: Framework, weights: dict[str, float]) -> bool:
    """Return whether an item, or a node above it, has a weight of zero."""
    code = item
    while code:
        if not weights[code] > 0:
            return True
        code = framework.parent(code)
    return False


def _renormalised(values: FloatArray, framework: Framework, weights: FloatArray) -> FloatArray:
    """Return scores, the weights of each node renormalised over the children that are there."""
    place = {item: at for at, item in enumerate(framework.items)}
    mass: dict[str, FloatArray] = {}
    means: dict[str, FloatArray] = {}
    for code in framework.bottom_up:
        children = framework.children(code)
        if not children:
            mass[code] = weights[:, place[code]]
            continue
        mass[code] = sum((mass[child] for child in children), np.zeros(len(weights)))
        # The items of a node by matrix products, its inner nodes one by one.
        at = [place[child] for child in children if child in place]
        there = ~np.isnan(values[:, at].T)
        total = weights[:, at] @ np.where(there, values[:, at].T, 0.0)
        present = weights[:, at] @ there.astype(np.float64)
        for child in children:
            if child not in place:
                w = np.where(np.isnan(means[child]), 0.0, mass[child][:, None])
                total += w * np.nan_to_num(means[child])
                present += w
        with np.errstate(invalid="ignore", divide="ignore"):
            means[code] = np.where(present > 0, total / present, np.nan)
    return means[framework.root]
