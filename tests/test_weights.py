"""Weights: which units take which, and draws within groups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small import framework

from analysis.core.framework import Framework
from analysis.core.weights import dirichlet_within_groups, index_weights, unit_weights

ROWS: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "a", "parent": "i", "weight": 3},
    {"code": "b", "parent": "i", "weight": 1},
    {"code": "x", "parent": "a", "weight": 4, "direction": 1, "weight[stage=new]": 1},
    {"code": "y", "parent": "a", "weight": 1, "direction": 1},
    {"code": "z", "parent": "a", "weight": 0, "direction": 1},
    {"code": "w", "parent": "b", "weight": 1, "direction": 1},
]


@pytest.fixture
def tree(tmp_path: Path) -> Framework:
    return framework(tmp_path, ROWS)


def test_weights_in_the_index(tree: Framework) -> None:
    total = index_weights(tree, tree.weights())
    assert total.round(12).to_dict() == {
        "i": 1, "a": 0.75, "b": 0.25, "x": 0.6, "y": 0.15, "z": 0, "w": 0.25,
    }  # fmt: skip


def test_units_that_share_weights_come_together(tree: Framework) -> None:
    units = pd.DataFrame({"stage": ["new", "old", "new", None]})
    shared = {tuple(rows): weights["x"] for rows, weights in unit_weights(tree, units)}
    assert shared == {(3,): 0.8, (0, 2): 0.5, (1,): 0.8}
    ((rows, weights),) = unit_weights(tree, pd.DataFrame({"other": [1, 2]}))
    assert rows.tolist() == [0, 1] and weights["x"] == 0.8


def test_draws_keep_groups_and_sum_to_one(tree: Framework) -> None:
    draws = dirichlet_within_groups(tree, 200, seed=1)
    assert list(draws.columns) == list(tree.nodes.index) and len(draws) == 200
    assert (draws[["a", "b"]] == [0.75, 0.25]).all(axis=None)
    np.testing.assert_allclose(draws[["x", "y", "z"]].sum(axis=1), 1)
    assert (draws["z"] == 0).all() and (draws["w"] == 1).all()
    assert (draws[["x", "y"]] > 0).all(axis=None)


def test_the_mean_of_the_draws_is_the_nominal_weight(tree: Framework) -> None:
    # Beta(2 * 0.8 c, 2 * 0.2 c) with c the concentration: variance 0.16 / (2 c + 1).
    for concentration in (1.0, 50.0):
        drawn = dirichlet_within_groups(tree, 40_000, 7, concentration)["x"]
        variance = 0.16 / (2 * concentration + 1)
        assert drawn.mean() == pytest.approx(0.8, abs=5 * np.sqrt(variance / 40_000))
        assert drawn.var() == pytest.approx(variance, rel=0.05)


def test_equal_weights_are_drawn_evenly_from_the_simplex(tmp_path: Path) -> None:
    rows = [{"code": "i"}] + [{"code": c, "parent": "i", "direction": 1} for c in "xyz"]
    drawn = dirichlet_within_groups(framework(tmp_path, rows), 40_000, 3)
    # On the even simplex of three weights P(x > t) = (1 - t) ** 2.
    for t in (0.2, 0.5, 0.8):
        assert (drawn["x"] > t).mean() == pytest.approx((1 - t) ** 2, abs=0.012)


def test_the_seed_decides(tree: Framework) -> None:
    one, same, other = (dirichlet_within_groups(tree, 5, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)
