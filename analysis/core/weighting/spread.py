"""Weights by how much the children tell the units apart: entropy and CRITIC."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import xlogy

from analysis.core.framework import Framework
from analysis.core.weighting.correlations import Kind, pairwise
from analysis.core.weighting.levels import Found, NodeScore, by_parent

FloatArray = NDArray[np.float64]


def entropy(
    normalised: pd.DataFrame,
    framework: Framework,
    *,
    node_score: NodeScore | None = None,
    shift: str = "needed",
) -> pd.DataFrame:
    """Return weights by Shannon entropy: the more evenly spread a child, the less it weighs.

    With ``p_i = x_i / sum(x)`` over the ``n`` units that have a value,
    ``e = -sum(p log p) / log n`` (``0 log 0 = 0``), the weight is in
    proportion to the divergence ``1 - e``.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (units, items)
        Normalised items of one year, higher being better.
    framework : Framework
    node_score : callable, optional
        How nodes are formed for the level above, see `levels.by_parent`.
    shift : {"needed", "always"}
        Entropy is defined for values that are not negative. ``needed``: where a
        child of a parent has a negative value, every child of this parent is
        reduced by its own least value; else values stay as they are.
        ``always``: every child is reduced by its least value, so that the weights
        do not depend on where a scale begins.

    Returns
    -------
    pandas.DataFrame
        ``code, weight, note, entropy, divergence``, as `levels.by_parent`.

    Notes
    -----
    Shannon (1948), A mathematical theory of communication; Hwang, Yoon (1981),
    Multiple attribute decision making, for the weights. Missing values: each
    child by the units that have it. On a scale that ends far from zero, such as 60 to
    100, all entropies are close to one and the weights go with the square of the
    coefficient of variation.
    """

    def find(code: str, children: tuple[str, ...], values: FloatArray) -> Found:
        least = np.fmin.reduce(values, axis=0)
        if shift == "always" or (least < 0).any():
            values = values - least
        there = ~np.isnan(values)
        total = np.nansum(values, axis=0)
        parts = np.where(there, values, 0.0) / total
        even = -xlogy(parts, parts).sum(axis=0) / np.log(there.sum(axis=0))
        apart = np.maximum(1.0 - even, 0.0)
        return Found(apart, ("",) * len(children), {"entropy": even, "divergence": apart})

    return by_parent(normalised, framework, find, node_score)


def critic(
    normalised: pd.DataFrame,
    framework: Framework,
    *,
    node_score: NodeScore | None = None,
    correlation: Kind = "pearson",
) -> pd.DataFrame:
    """Return CRITIC weights: by how much a child varies and disagrees with its siblings.

    In proportion to ``C_j = s_j sum_k (1 - r_jk)``, ``s`` the standard deviation
    over the units and ``r`` the correlation with each sibling.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (units, items)
        Normalised items of one year, higher being better. CRITIC was given for
        values on a min-max scale; with z-scores only the correlations count.
    framework : Framework
    node_score : callable, optional
        How nodes are formed for the level above, see `levels.by_parent`.
    correlation : {"pearson", "spearman", "kendall"}

    Returns
    -------
    pandas.DataFrame
        ``code, weight, note, deviation, conflict`` (``s`` and the sum over the
        siblings), as `levels.by_parent`. Siblings that all agree fully tell
        nothing apart: they weigh the same (note ``undetermined``).

    Notes
    -----
    Diakoulaki, Mavrotas, Papayannakis (1995), Determining objective weights in
    multiple criteria problems: the CRITIC method, Computers & Operations
    Research 22. Missing values: deviations by the units that have the child,
    correlations by those that have both, 0 for fewer than 3.
    """

    def find(code: str, children: tuple[str, ...], values: FloatArray) -> Found:
        deviation = np.nanstd(values, axis=0, ddof=1)
        conflict = (1.0 - pairwise(values, correlation)).sum(axis=0)
        # Full agreement leaves rounding errors, which are not to be scaled up to weights.
        conflict[conflict < 1e-12 * len(children)] = 0.0
        columns = {"deviation": deviation, "conflict": conflict}
        return Found(deviation * conflict, ("",) * len(children), columns)

    return by_parent(normalised, framework, find, node_score)
