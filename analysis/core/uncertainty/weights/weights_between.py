"""Weights among siblings, and weights in the index: from the one to the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.uncertainty.draws.products import product, tree_of

FloatArray = NDArray[np.float64]


def nominal_local(framework: Framework) -> FloatArray:
    """Return each node's nominal weight among its siblings, 0 where none of them has any.

    Returns
    -------
    ndarray, shape (nodes,)
        In the order of ``framework.nodes``; the root weighs 1.
    """
    found: FloatArray = np.nan_to_num(framework.weights().to_numpy(dtype=np.float64), nan=0.0)
    return found


def index_of(framework: Framework, local: FloatArray) -> FloatArray:
    """Return the items' weights in the index from weights among siblings.

    ``W_i = w_i * w_parent * ... `` up to the root, which weighs 1.

    Parameters
    ----------
    framework : Framework
    local : ndarray, shape (..., nodes)
        In the order of ``framework.nodes``.

    Returns
    -------
    ndarray, shape (..., items)
        They sum to one where siblings do.
    """
    place = {str(code): at for at, code in enumerate(framework.nodes.index)}
    total = np.array(local, dtype=np.float64)
    total[..., place[framework.root]] = 1.0
    for code in framework.top_down[1:]:
        total[..., place[code]] *= total[..., place[framework.parent(code)]]
    found: FloatArray = total[..., [place[item] for item in framework.items]]
    return found


def local_of(framework: Framework, index_weights: FloatArray) -> FloatArray:
    """Return the weights among siblings that give the items these weights in the index.

    ``w_node = W(node) / W(parent)`` with ``W`` the sum over the items below.
    Below a node of weight 0 the nominal weights stand: they have no effect.

    Parameters
    ----------
    framework : Framework
    index_weights : ndarray, shape (..., items)
        Not negative; whatever their sum, siblings then sum to one.

    Returns
    -------
    ndarray, shape (..., nodes)
        In the order of ``framework.nodes``; the root weighs 1.
    """
    given = np.asarray(index_weights, dtype=np.float64)
    tree = tree_of(framework)
    rows = given.reshape(-1, given.shape[-1])
    mass = product(rows, tree.under)
    local = np.ones((len(rows), len(framework.nodes)))
    nothing = mass == 0
    whole = np.where(nothing, 1.0, mass) if nothing.any() else mass
    local[:, tree.items] = rows / product(whole, tree.spread)
    for numbers, parents in tree.steps:
        local[:, tree.columns[numbers]] = mass[:, numbers] / whole[:, parents]
    if nothing.any():
        # Children of a node without weight: those of each node alone, whatever draw has such.
        nominal = nominal_local(framework)
        local += (nothing @ tree.below.T) * nominal
    return local.reshape(*given.shape[:-1], -1)
