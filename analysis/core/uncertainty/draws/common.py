"""Common random numbers: one draw of weights and method for several years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.uncertainty.draws.batches import evaluate, levels_at
from analysis.core.uncertainty.draws.study_parts import Study
from analysis.core.uncertainty.weights.sample_weights import draw_weights

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

BATCH = 1_000  # draws that share a generator, whatever the number of units in a year
_CHOICES, _WEIGHTS, _LEFT = 1, 2, 3


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws of weights and of choices of the method, to be used in any year.

    Attributes
    ----------
    weights : ndarray, shape (draws, nodes)
        Among siblings.
    levels : mapping of str to ndarray of int, shape (draws,)
        Place among the levels offered of every choice of the method.
    left_out : ndarray of int, shape (draws,)
        Place in ``Study.leave_out``.
    """

    weights: FloatArray
    levels: Mapping[str, IntArray]
    left_out: IntArray

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.weights)


def draw_common(study: Study, draws: int, part: int = 0) -> Drawn:
    """Draw weights and choices that hold for all years of a study's framework.

    Draw ``d`` is row ``d % 1000`` of batch ``d // 1000``. The choices of the
    method depend on the seed and the batch alone, so that they are the same
    for all parts; weights and what is left out depend on the part as well, so
    that those of two frameworks are independent of each other.

    Parameters
    ----------
    study : Study
        Of any year: its weights, the levels offered, and its seed.
    draws : int
    part : int
        Number of the framework, from 0.

    Returns
    -------
    Drawn
    """
    factors = study.method_factors
    weights, shares, left = [], [], []
    for number, first in enumerate(range(0, draws, BATCH)):
        size = min(BATCH, draws - first)
        rng = np.random.default_rng([study.seed, number, _CHOICES])
        shares.append(rng.random((BATCH, len(factors)))[:size])
        rng = np.random.default_rng([study.seed, number, _WEIGHTS, part])
        weights.append(draw_weights(study.weights, study.framework, BATCH, rng)[:size])
        rng = np.random.default_rng([study.seed, number, _LEFT, part])
        left.append(rng.random(BATCH)[:size])
    drawn = np.concatenate(shares)
    return Drawn(
        np.concatenate(weights),
        {one.name: levels_at(one.shares, drawn[:, at]) for at, one in enumerate(factors)},
        levels_at(study.leave_out_probabilities, np.concatenate(left)),
    )


def scores_under(study: Study, drawn: Drawn) -> FloatArray:
    """Return the scores of a study's year: nominal first, then under each draw.

    Parameters
    ----------
    study : Study
        With the choices that were drawn.
    drawn : Drawn

    Returns
    -------
    ndarray, shape (1 + draws, units)
        NaN is no score.
    """
    if not len(drawn):
        return study.nominal_scores[None, :].copy()
    levels = tuple(one.level_of[drawn.levels[one.name]] for one in study.method_factors)
    variant = np.zeros(len(drawn), dtype=np.intp)
    if levels:
        variant = np.asarray(study.combinations[levels], dtype=np.intp)
    found = evaluate(study, drawn.weights, variant, drawn.left_out)
    return np.vstack([study.nominal_scores[None, :], found])
