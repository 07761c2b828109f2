"""The account of a score: by how much each part lifts a unit above the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.core.scores import Scores
from analysis.core.weights import unit_weights


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
    units = scores.units_in(year)
    weights = np.empty((len(values), len(children)))
    for rows, weight in unit_weights(framework, units):
        weights[rows] = weight[children].to_numpy()
    below = values[children].to_numpy()
    weights = np.where(np.isnan(below), 0.0, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights /= weights.sum(axis=1, keepdims=True)
        transformed = below
        if rule == "geometric":
            transformed = 100.0 * np.log(below)
        elif rule == "harmonic":
            transformed = -1.0 / below
        parts = np.where(weights > 0, weights * transformed, 0.0)
    parts[values[node].isna().to_numpy()] = np.nan
    frame = pd.DataFrame(parts, index=values.index, columns=children)
    return Account(frame - frame.mean(), rule)
