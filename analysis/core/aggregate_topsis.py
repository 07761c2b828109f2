"""TOPSIS: how much nearer a unit is to the best values than to the worst."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.aggregate import formed_rows
from analysis.core.aggregate_scale import placed

FloatArray = NDArray[np.float64]


def topsis(
    values: FloatArray,
    weights: FloatArray,
    *,
    scaling: str = "none",
    lower: float | None = None,
    upper: float | None = None,
    renormalise: bool = True,
    min_share: float = 0.0,
) -> FloatArray:
    """Return the relative closeness of each unit to the ideal one.

    With ``v = w r``, ``r`` the values of a child (after ``scaling``), and the
    ideal and anti-ideal unit made of the greatest and least ``v`` of each child:

    ``D+ = sqrt(sum((v - max v) ** 2))``, ``D- = sqrt(sum((v - min v) ** 2))``,
    score ``D- / (D- + D+)``.

    Parameters
    ----------
    values : ndarray, shape (units, children)
        All units that are compared; higher is better. NaN is missing.
    weights : ndarray, shape (children,)
        Not negative; only their proportions matter.
    scaling : {"none", "vector"}
        ``none``: the values are on one scale already, which is the business
        of normalisation. ``vector``: each child over the root of the sum of
        its squares, as the method was first given for raw values; a child that is
        zero throughout stays zero.
    lower, upper : float, optional
        Ends of the scale for the score (both or none); 0 and 1 without.
    renormalise, min_share
        Which units have enough data, as in
        `analysis.core.aggregate.weighted_mean`. Distances are then taken over
        the children that are there; the ratio needs no correction for those that are not.

    Returns
    -------
    ndarray, shape (units,)
        1 for a unit best in every child, 0 for one worst in every child, 0.5
        where all units are the same; NaN for a unit without enough data.

    Notes
    -----
    Hwang, Yoon (1981), Multiple attribute decision making; Tzeng, Huang
    (2011), Multiple attribute decision making: methods and applications. The
    ideal is made of the units at hand: a unit that joins or leaves may change the
    order of others.
    """
    formed = formed_rows(values, weights, renormalise=renormalise, min_share=min_share)
    chosen = values[formed]
    score = np.full(values.shape[0], np.nan)
    if not len(chosen):
        return score
    to_best = np.zeros(len(chosen))
    to_worst = np.zeros(len(chosen))
    for child, weight in enumerate(weights):
        column = chosen[:, child]
        there = ~np.isnan(column)
        if weight == 0 or not there.any():
            continue
        # By the greatest value first, so that squares neither overflow nor vanish.
        size = np.abs(column[there]).max()
        if scaling == "vector" and size > 0:
            column = column / size
            column = column / np.sqrt((column[there] ** 2).sum())
        column = weight * column
        to_best[there] += (column[there] - column[there].max()) ** 2
        to_worst[there] += (column[there] - column[there].min()) ** 2
    best, worst = np.sqrt(to_best), np.sqrt(to_worst)
    total = best + worst
    closeness = np.divide(worst, total, out=np.full(len(chosen), 0.5), where=total > 0)
    score[formed] = placed(closeness, 0.0, 1.0, lower, upper)
    return score
