"""The draws of a study, batch by batch, each of which can be made again alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.uncertainty.draws.form import form_index
from analysis.core.uncertainty.draws.products import tree_of, weights_in_index
from analysis.core.uncertainty.draws.ranks import rank_draws
from analysis.core.uncertainty.draws.study_parts import Batch, Study
from analysis.core.uncertainty.methods.variant import Variant
from analysis.core.uncertainty.weights.sample_weights import draw_weights

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


def draw_batch(study: Study, number: int, size: int | None = None) -> Batch:
    """Make the draws of one batch; it takes no other batch to do so.

    Draw ``d`` of the study is row ``d % batch`` of batch ``d // batch``. The
    generator is ``numpy.random.default_rng([seed, number])``; variants and
    what is left out are drawn first and take the same numbers from it whatever
    is varied, so that two studies of one seed have the same weights.

    Parameters
    ----------
    study : Study
    number : int
        From 0.
    size : int, optional
        Only the first ``size`` draws: those of the last batch.

    Returns
    -------
    Batch
    """
    size = study.batch if size is None else min(size, study.batch)
    rng = np.random.default_rng([study.seed, number])
    shares = rng.random((study.batch, 2))
    weights = draw_weights(study.weights, study.framework, study.batch, rng)[:size]
    variant = levels_at(study.probabilities, shares[:size, 0])
    left_out = levels_at(study.leave_out_probabilities, shares[:size, 1])
    scores = evaluate(study, weights, variant, left_out)
    ranks = rank_draws(scores, study.base.ranking.decimals)
    return Batch(number * study.batch, weights, variant, left_out, scores, ranks)


def levels_at(probabilities: FloatArray, shares: FloatArray) -> IntArray:
    """Return the level at each share of the whole, from 0 up to but not 1.

    ``min {k : share < p_0 + ... + p_k}``: levels of probability 0 are never met.
    """
    reached = np.cumsum(probabilities)
    last = int(np.flatnonzero(probabilities > 0)[-1])
    return np.minimum(np.searchsorted(reached, shares, side="right"), last).astype(np.intp)


def evaluate(
    study: Study, weights: FloatArray, variant: IntArray, left_out: IntArray
) -> FloatArray:
    """Return the index under given choices, draw by draw.

    Parameters
    ----------
    study : Study
    weights : ndarray, shape (draws, nodes)
        Weights among siblings. A node that is left out loses its weight to the
        others of its parent, in proportion.
    variant : ndarray of int, shape (draws,)
        Place in ``study.variants``.
    left_out : ndarray of int, shape (draws,)
        Place in ``study.leave_out``.

    Returns
    -------
    ndarray, shape (draws, units)
        On the scale of each draw's variant; NaN is no score.
    """
    used = without_left_out(study, weights, left_out)
    if len(study.variants) == 1:
        return _form(study, study.variants[0], used)
    scores = np.empty((len(weights), len(study.units)))
    # Once for all variants: the weights are the same whatever they multiply.
    whole = None if study.factors else weights_in_index(tree_of(study.framework), used)
    for number in np.unique(variant):
        rows = np.flatnonzero(variant == number)
        held = None if whole is None else whole[rows]
        scores[rows] = _form(study, study.variants[number], used[rows], held)
    return scores


def without_left_out(study: Study, weights: FloatArray, left_out: IntArray) -> FloatArray:
    """Return weights among siblings as used in each draw: 0 for what it leaves out.

    Those of its siblings are scaled to sum to one when the nodes are formed,
    where weights are, and a group that is left with nothing has none itself
    (`analysis.core.uncertainty.draws.form.form_index`).
    """
    if not left_out.any():
        return weights
    place = {str(code): at for at, code in enumerate(study.framework.nodes.index)}
    used = weights.copy()
    # The place of what is left out in each draw; the first choice is nothing.
    at = np.array([place.get(code, -1) for code in study.leave_out])[left_out]
    rows = np.flatnonzero(left_out)
    used[rows, at[rows]] = 0.0
    return used


def _form(
    study: Study, variant: Variant, weights: FloatArray, in_index: FloatArray | None = None
) -> FloatArray:
    """Return the index of the units studied; the others take part where units are compared."""
    values, factors = variant.values, study.factors
    if variant.others is not None:
        values = np.concatenate([values, variant.others])
        if factors is not None and study.factor_rows_of_others is not None:
            rows = np.concatenate([factors[0], study.factor_rows_of_others])
            factors = rows, factors[1]
    if variant.outside:
        place = study.framework.nodes.index.get_indexer(pd.Index(variant.outside))
        weights, in_index = weights.copy(), None
        weights[:, place] = 0.0
    formed = form_index(
        values, weights, study.framework, variant.method, factors=factors, in_index=in_index
    )[:, : len(study.units)]
    return formed if variant.added is None else variant.added.to(formed)
