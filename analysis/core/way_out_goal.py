"""The goal of a way out: who counts as last, and how far from there a unit is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.core.rank import round_scores

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Goal:
    """To be out of the last places.

    Attributes
    ----------
    last : int
        How many places count as last.
    scope : {"region", "national"}
        Last of the own region, or of all units.
    ties : {"all", "none"}
        Units tied across the boundary are all among the last, or none is.
    small_groups : {"all", "none"}
        Where no more than `last` units are ranked, all are among the last, or none.
    """

    last: int = 5
    scope: Literal["region", "national"] = "region"
    ties: Literal["all", "none"] = "all"
    small_groups: Literal["all", "none"] = "all"

    def __post_init__(self) -> None:
        if self.last < 1:
            raise ValueError("at least one place must count as last")


@dataclass(frozen=True)
class Place:
    """Where a unit stands.

    Attributes
    ----------
    score : float
        Of the index.
    rank, region_rank : int
        1 is the best; 0 for a unit without a region.
    from_end : int
        Place from the end in the scope of the goal: 1 is the last.
    of : int
        Units ranked in that scope.
    margin : float
        Points above what is needed to be out, negative where they lack.
    """

    score: float
    rank: int
    region_rank: int
    from_end: int
    of: int
    margin: float


def margins_of(own: FloatArray, others: FloatArray, goal: Goal, decimals: int) -> FloatArray:
    """Return by how many points units are out, negative where they are not.

    The unit's score less the score it must pass, which is that of the unit at
    place ``last`` from the end of the others, half a unit of the last decimal
    counted in: it is out where the margin is positive.

    Parameters
    ----------
    own : ndarray, shape (trials, 1)
    others : ndarray, shape (trials, others)
        Scores in the scope; NaN is no score.
    goal : Goal
    decimals : int
        Of the scores that are ranked.

    Returns
    -------
    ndarray, shape (trials,)
        Minus infinity where the unit has no score, or there are too few others.
    """
    half = 0.5 * 10.0**-decimals
    found = np.full(len(own), -np.inf)
    there = ~np.isnan(own[:, 0])
    ordered = np.sort(round_scores(others, decimals), axis=1)  # NaN last
    if ordered.shape[1] >= goal.last:
        bar = ordered[:, goal.last - 1] + (half if goal.ties == "all" else -half)
        enough = ~np.isnan(bar) & there
        found[enough] = own[enough, 0] - bar[enough]
    if goal.small_groups == "none":
        few = (~np.isnan(others)).sum(axis=1) < goal.last
        found[few & there] = np.inf
    return found
