"""Weights of items in the index, and matrix products that come out the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.core.framework import Framework

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

# Multiplications in a matrix product that OpenBLAS still gives to a single thread.
SINGLE_THREAD = 1 << 18
LEAST_ROWS = 8


@dataclass(frozen=True, eq=False)
class Tree:
    """A framework's tree in numbers.

    Attributes
    ----------
    inner : tuple of str
        Nodes that are no items, the index first, parents before children.
    columns : ndarray of int, shape (inner nodes,)
        Place of each among all nodes.
    below : ndarray, shape (nodes, inner nodes)
        1 where a node is a child of an inner node.
    steps : tuple of (ndarray of int, ndarray of int)
        Level by level below the index: numbers of inner nodes, and of their parents.
    items : slice or ndarray of int, shape (items,)
        Place of each item among all nodes.
    spread : ndarray, shape (items, inner nodes)
        1 where an inner node is an item's parent.
    under : ndarray, shape (inner nodes, items)
        1 where an item is below an inner node, at whatever depth.
    """

    inner: tuple[str, ...]
    columns: IntArray
    below: FloatArray
    steps: tuple[tuple[IntArray, IntArray], ...]
    items: slice | IntArray
    spread: FloatArray
    under: FloatArray


@lru_cache(maxsize=16)  # a framework never changes
def tree_of(framework: Framework) -> Tree:
    """Return a framework's tree in numbers."""
    place = {str(code): number for number, code in enumerate(framework.nodes.index)}
    inner = tuple(code for code in framework.top_down if framework.children(code))
    number = {code: k for k, code in enumerate(inner)}
    below = np.zeros((len(place), len(inner)))
    depth = {framework.root: 0}
    for code in inner:
        for child in framework.children(code):
            below[place[child], number[code]] = 1.0
            depth[child] = depth[code] + 1
    steps = []
    for level in range(1, max(depth.values()) + 1):
        held = [code for code in inner if depth[code] == level]
        if held:
            parents = [number[framework.parent(code)] for code in held]
            steps.append((_numbers(number[code] for code in held), _numbers(parents)))
    return Tree(
        inner,
        _numbers(place[code] for code in inner),
        below,
        tuple(steps),
        in_one_piece(_numbers(place[code] for code in framework.items)),
        below[[place[code] for code in framework.items]],
        np.array([np.isin(framework.items, framework.items_under(code)) for code in inner], float),
    )


def _numbers(found: Iterable[int]) -> IntArray:
    return np.fromiter(found, dtype=np.intp)


def in_one_piece(numbers: IntArray) -> slice | IntArray:
    """Return a slice where numbers follow each other: columns then need no picking out.

    Parameters
    ----------
    numbers : ndarray of int
        At least one.

    Returns
    -------
    slice or ndarray of int
    """
    first, many = int(numbers[0]), len(numbers)
    return slice(first, first + many) if (np.diff(numbers) == 1).all() else numbers


def without_empty(tree: Tree, weights: FloatArray) -> FloatArray:
    """Return weights in which a group of nothing but zeros has none itself.

    Parameters
    ----------
    tree : Tree
    weights : ndarray, shape (draws, nodes)
        Weights among siblings.

    Returns
    -------
    ndarray, shape (draws, nodes)
    """
    while True:
        empty = (weights @ tree.below == 0) & (weights[:, tree.columns] > 0)
        empty[:, 0] = False  # the index has no siblings
        if not empty.any():
            return weights
        weights = weights.copy()
        weights[:, tree.columns] = np.where(empty, 0.0, weights[:, tree.columns])


def weights_in_index(tree: Tree, weights: FloatArray) -> FloatArray:
    """Return each item's weight in the index: the product down the tree.

    Parameters
    ----------
    tree : Tree
    weights : ndarray, shape (draws, nodes)
        Weights among siblings, of whatever sum.

    Returns
    -------
    ndarray, shape (draws, items)
        Sums to one in each draw; NaN where no weight is above zero.
    """
    sums = product(weights, tree.below.T)
    if not sums.all():
        weights = without_empty(tree, weights)
        sums = product(weights, tree.below.T)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = 1.0 / sums  # of a node's weight in the index, for a unit of weight below it
    if not sums[:, 1:].all():
        share[:, 1:][sums[:, 1:] == 0] = 0.0
    own = weights.take(tree.columns, axis=1)
    for numbers, parents in tree.steps:
        share[:, numbers] *= own[:, numbers] * share[:, parents]
    if np.isfinite(share).all():
        found = product(share, tree.spread)
    else:  # picked out one by one, so that an infinite share leaves the others as they are
        found = share[:, tree.spread.argmax(axis=1)]
    found *= weights[:, tree.items]
    return found


def product(weights: FloatArray, values: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Return ``weights @ values.T`` in pieces that one thread works on.

    Parameters
    ----------
    weights : ndarray, shape (draws, items)
    values : ndarray, shape (units, items)
    out : ndarray, shape (draws, units), optional

    Returns
    -------
    ndarray, shape (draws, units)
    """
    draws, items = weights.shape
    units = len(values)
    found = np.empty((draws, units)) if out is None else out
    width = max(1, min(units, SINGLE_THREAD // (LEAST_ROWS * max(items, 1))))
    rows = max(1, SINGLE_THREAD // (max(items, 1) * width))
    whole = draws - draws % rows
    for start in range(0, units, width):
        there = values[start : start + width].T
        part = found[:, start : start + width]
        if whole:
            pieces = weights[:whole].reshape(-1, rows, items)
            if part.shape[1] == units:
                np.matmul(pieces, there, out=part[:whole].reshape(-1, rows, units))
            else:
                for number, piece in enumerate(pieces):
                    np.matmul(piece, there, out=part[number * rows : (number + 1) * rows])
        if whole < draws:
            np.matmul(weights[whole:], there, out=part[whole:])
    return found
