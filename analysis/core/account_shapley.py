"""Shapley shares of the items in a score, for rules of aggregation of any kind."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from analysis.core.rebuild import rebuild
from analysis.core.scores import Scores

FloatArray = NDArray[np.float64]


def shapley_parts(
    scores: Scores,
    year: int,
    node: str,
    items: list[str],
    reference: FloatArray,
    orders: int,
    seed: int,
) -> tuple[FloatArray, FloatArray]:
    """Return what each item adds to a node's score, moved from the reference to its values.

    Parameters
    ----------
    scores : Scores
    year : int
    node : str
    items : list of str
        Those under the node.
    reference : ndarray, shape (units, items)
    orders : int
        Orders to draw (each with its reverse) where not all are gone through.
    seed : int

    Returns
    -------
    base : ndarray, shape (units,)
        Score at the reference.
    parts : ndarray, shape (units, items)
        Their sum is the score less ``base``. NaN where some mixture of
        reference and actual values has no score.
    """
    everything = scores.in_year(year)[list(scores.framework.items)].to_numpy()
    place = [scores.framework.items.index(item) for item in items]

    def worth(moved: NDArray[np.bool_]) -> FloatArray:
        mixed = everything.copy()
        mixed[:, place] = np.where(moved, everything[:, place], reference)
        return rebuild(scores, year, items=mixed)[node].to_numpy(copy=True)

    many = len(items)
    if 2**many <= 2 * orders * many:
        return worth(np.zeros(many, dtype=bool)), all_orders(worth, many)
    return worth(np.zeros(many, dtype=bool)), drawn_orders(worth, many, orders, seed)


def all_orders(worth: Callable[[NDArray[np.bool_]], FloatArray], many: int) -> FloatArray:
    """Return the Shapley values of a game of ``many`` players.

    ``sum_S |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))`` over the sets ``S``
    without ``i``.

    Parameters
    ----------
    worth : callable
        The worth of a set of players (bool, shape (players,)), shape (units,).
    many : int

    Returns
    -------
    ndarray, shape (units, players)
    """
    values: dict[frozenset[int], FloatArray] = {}
    for size in range(many + 1):
        for chosen in combinations(range(many), size):
            moved = np.zeros(many, dtype=bool)
            moved[list(chosen)] = True
            values[frozenset(chosen)] = worth(moved)
    parts = np.zeros((len(values[frozenset()]), many))
    for among, value in values.items():
        share = 1.0 / (many * comb(many - 1, len(among))) if len(among) < many else 0.0
        for player in sorted(set(range(many)) - among):
            parts[:, player] += share * (values[among | {player}] - value)
    return parts


def drawn_orders(
    worth: Callable[[NDArray[np.bool_]], FloatArray], many: int, orders: int, seed: int
) -> FloatArray:
    """Return Shapley values estimated from drawn orders, each with its reverse.

    Parameters
    ----------
    worth, many
        As for `all_orders`.
    orders, seed : int

    Returns
    -------
    ndarray, shape (units, players)
        The sum over the players is exact whatever the number of orders.
    """
    rng = np.random.default_rng(seed)
    nobody = worth(np.zeros(many, dtype=bool))
    parts = np.zeros((len(nobody), many))
    for _ in range(orders):
        order = rng.permutation(many)
        for one in (order, order[::-1]):
            moved = np.zeros(many, dtype=bool)
            before = nobody
            for player in one:
                moved[player] = True
                after = worth(moved)
                parts[:, player] += after - before
                before = after
    return parts / (2 * orders)
