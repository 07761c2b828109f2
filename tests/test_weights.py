"""Weights: which units take which, and what they are in the index."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from small import framework

from analysis.core.framework import Framework
from analysis.core.weights import index_weights, unit_weights

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
