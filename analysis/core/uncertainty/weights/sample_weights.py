"""Draws of weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.uncertainty.draws.products import in_one_piece
from analysis.core.uncertainty.weights.draw_spec import WeightDraws
from analysis.core.uncertainty.weights.hit_and_run import hit_and_run
from analysis.core.uncertainty.weights.slices import moved_to_sum, uniform_on_slice
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_builders import admissible, free
from analysis.core.uncertainty.weights.weights_between import local_of, nominal_local

FloatArray = NDArray[np.float64]

__all__ = ["WeightDraws", "draw_weights", "space_of"]


def draw_weights(
    spec: WeightDraws, framework: Framework, count: int, rng: np.random.Generator
) -> FloatArray:
    """Draw weights.

    ``dirichlet``: the items of a block with ``k`` nominal weights ``w_1 ...
    w_k`` of sum ``W`` draw ``W Dirichlet(concentration k w_i / W)``: the mean
    is the nominal weights, and with equal ones and a concentration of 1 every
    set of weights is equally likely. Weights of nodes between the groups and
    the items follow as sums, which are Dirichlet distributed themselves.
    ``band``: each weight evenly between its bounds, all of a block then moved
    towards their upper, or their lower, bounds by one share of the room they
    have, until their sum is right. ``uniform``: all admissible weights equally
    likely, each draw independent of the others where nothing but bounds and
    sums binds, else by hit-and-run. Items of weight zero keep it.

    Parameters
    ----------
    spec : WeightDraws
    framework : Framework
        The one that the specification was made for. Weights keyed on
        attributes of the units: the general ones are drawn.
    count : int
    rng : numpy.random.Generator
        The draws depend on it alone, so that batches with generators of their
        own can be drawn anywhere and in any order.

    Returns
    -------
    ndarray, shape (count, nodes)
        Weights among siblings, in the order of ``framework.nodes``.

    Raises
    ------
    InputError
        If no weights are admissible.
    """
    if spec.kind == "nominal":
        return np.tile(nominal_local(framework), (count, 1))
    return local_of(framework, draw_index_weights(spec, framework, count, rng))


def draw_index_weights(
    spec: WeightDraws, framework: Framework, count: int, rng: np.random.Generator
) -> FloatArray:
    """Draw the items' weights in the index: see `draw_weights`.

    Returns
    -------
    ndarray, shape (count, items)
    """
    space = space_of(spec, framework)
    if spec.kind == "nominal":
        return np.tile(space.nominal, (count, 1))
    if spec.kind == "uniform" and not space.separable:
        return hit_and_run(space, count, rng)
    drawn = np.empty((count, len(space.items)))
    for number, total in enumerate(space.total):
        held = in_one_piece(np.flatnonzero(space.block == number))
        if spec.kind == "dirichlet":
            drawn[:, held] = _dirichlet(space.nominal[held], spec.concentration, count, rng)
        else:
            draw = moved_to_sum if spec.kind == "band" else uniform_on_slice
            drawn[:, held] = draw(space.lower[held], space.upper[held], float(total), count, rng)
    return drawn


def space_of(spec: WeightDraws, framework: Framework) -> WeightSpace:
    """Return the admissible weights of a specification: its own, or those of its kind."""
    if spec.space is not None:
        return spec.space
    if spec.kind == "band":
        return admissible(framework, low=max(0.0, 1 - spec.band), high=1 + spec.band)
    if spec.kind == "nominal":
        return admissible(framework, low=1.0, high=1.0)
    return free(framework) if spec.kind == "dirichlet" else admissible(framework)


def _dirichlet(
    nominal: FloatArray, concentration: float, count: int, rng: np.random.Generator
) -> FloatArray:
    drawn = np.tile(nominal, (count, 1))
    held = np.flatnonzero(nominal > 0)
    if len(held) > 1:
        whole = nominal[held].sum()
        alpha = concentration * len(held) * nominal[held] / whole
        drawn[:, held] = whole * rng.dirichlet(alpha, size=count)
    return drawn
