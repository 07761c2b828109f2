"""Effective weights: how much each node tells of its parent and of the index."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import BSpline

from analysis.core.framework import Framework
from analysis.core.score import Scores
from analysis.core.weights import index_weights, unit_weights

FloatArray = NDArray[np.float64]

SEGMENTS = 20
DEGREE = 3
FEW_VALUES = 10
LEAST_UNITS = 10
_SMOOTHING = np.logspace(-8, 4, 25)


def correlation_ratio(x: FloatArray, y: FloatArray) -> float:
    """Return the share of the variance of ``y`` that ``x`` accounts for by itself.

    ``S = V(E(y | x)) / V(y)``, the first-order sensitivity index (main
    effect) of ``x``: 1 where ``y`` follows from ``x``, 0 where knowing ``x``
    does not help; for a linear relation the squared correlation.

    ``E(y | x)`` is the mean of ``y`` by value where ``x`` takes at most 10
    values with five units each on average. Otherwise it is a penalised
    regression spline: cubic B-splines on 20 equal segments of the range of
    ``x``, with a penalty on second differences of their coefficients, its
    strength chosen by generalised cross-validation on a fixed grid (25
    strengths from ``1e-8 n`` to ``1e4 n``). The strongest penalty leaves a straight line.

    Parameters
    ----------
    x, y : ndarray, shape (units,)
        Pairs with a missing value are left out.

    Returns
    -------
    float
        From 0 to 1; NaN for fewer than 10 pairs and where ``x`` or ``y`` is constant.

    References
    ----------
    Paruolo, P., Saisana, M., Saltelli, A. (2013), Ratings and rankings:
    voodoo or science?, Journal of the Royal Statistical Society A 176(3).
    Eilers, P. H. C., Marx, B. D. (1996), Flexible smoothing with B-splines
    and penalties, Statistical Science 11(2).
    """
    there = ~(np.isnan(x) | np.isnan(y))
    x, y = x[there], y[there]
    if len(x) < LEAST_UNITS or x.min() == x.max() or y.min() == y.max():
        return float("nan")
    y = (y - y.mean()) / np.abs(y - y.mean()).max()
    values, which = np.unique(x, return_inverse=True)
    if len(values) <= min(FEW_VALUES, len(x) / 5):
        fitted = (np.bincount(which, y) / np.bincount(which))[which]
    else:
        fitted = _spline_fit((x - x.min()) / (x.max() - x.min()), y)
    return float(min(1.0, fitted.var() / y.var()))


def _spline_fit(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the penalised spline fitted to ``y`` at ``x`` (scaled to 0 to 1)."""
    inner = np.linspace(0.0, 1.0, SEGMENTS + 1)
    step = inner[1]
    knots = np.concatenate(
        [
            step * np.arange(-DEGREE, 0),
            inner,
            1.0 + step * np.arange(1, DEGREE + 1),
        ]
    )
    basis = BSpline.design_matrix(x, knots, DEGREE).toarray()
    differences = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    gram, moment = basis.T @ basis, basis.T @ y
    penalty = differences.T @ differences
    systems = gram + len(x) * _SMOOTHING[:, None, None] * penalty
    coefficients = np.linalg.solve(
        systems, np.broadcast_to(moment[:, None], (*systems.shape[:2], 1))
    )
    fits = coefficients[..., 0] @ basis.T
    freedom = np.trace(
        np.linalg.solve(systems, np.broadcast_to(gram, systems.shape)), axis1=1, axis2=2
    )
    unexplained = ((y - fits) ** 2).sum(axis=1)
    best: FloatArray = fits[np.argmin(unexplained / np.maximum(len(x) - freedom, 1e-6) ** 2)]
    return best


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
    within = pd.Series(0.0, index=framework.nodes.index)
    overall = within.copy()
    for rows, weights in unit_weights(framework, units):
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
