"""The Hasse diagram of the order that holds for every admissible weight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.core.uncertainty.robust.hasse import hasse


def closure(order: np.ndarray) -> np.ndarray:
    """Return the transitive closure, one unit in between at a time."""
    found = order.copy()
    for between in range(len(found)):
        found |= found[:, [between]] & found[[between]]
    return found


def test_a_chain_and_a_diamond() -> None:
    chain = np.triu(np.ones((4, 4), dtype=bool), 1)
    found = hasse(chain)
    assert found.edges.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert found.layer.tolist() == [0, 1, 2, 3]
    assert found.above.tolist() == [0, 1, 2, 3] and found.below.tolist() == [3, 2, 1, 0]
    assert found.share_decided == 1.0
    diamond = np.zeros((4, 4), dtype=bool)
    diamond[0, 1:] = diamond[1, 3] = diamond[2, 3] = True
    found = hasse(diamond)
    assert found.edges.tolist() == [[0, 1], [0, 2], [1, 3], [2, 3]]
    assert found.layer.tolist() == [0, 1, 1, 2]
    assert found.share_decided == pytest.approx(5 / 6)


def test_nothing_decided_and_nobody_there() -> None:
    found = hasse(np.zeros((3, 3), dtype=bool))
    assert len(found.edges) == 0 and found.share_decided == 0.0
    assert found.layer.tolist() == [0, 0, 0]
    assert len(hasse(np.zeros((0, 0), dtype=bool)).edges) == 0


def test_a_circle_is_no_order() -> None:
    with pytest.raises(ValueError, match="ahead"):
        hasse(np.array([[False, True], [True, False]]))
    with pytest.raises(ValueError, match="ahead"):
        hasse(np.array([[True]]))


@given(st.integers(0, 10_000), st.integers(2, 12), st.floats(0.0, 0.6))
def test_the_lines_imply_the_order_and_none_can_be_spared(
    seed: int, many: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(many)
    order = closure(np.triu(rng.uniform(size=(many, many)) < share, 1))[shuffled][:, shuffled]
    found = hasse(order)
    lines = np.zeros((many, many), dtype=bool)
    lines[found.edges[:, 0], found.edges[:, 1]] = True
    assert (closure(lines) == order).all()
    for upper, lower in found.edges:
        without = lines.copy()
        without[upper, lower] = False
        assert not closure(without)[upper, lower]
        assert found.layer[upper] < found.layer[lower]
    for unit in np.flatnonzero(found.layer):
        assert (found.layer[order[:, unit]] == found.layer[unit] - 1).any()
