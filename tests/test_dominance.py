"""Which unit is ahead of which for every admissible weight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from robust_models import corners, model_of, some_weights, tree

from analysis.core.uncertainty.robust.dominance import Dominance, dominance
from analysis.core.uncertainty.robust.robust_values import LinearModel
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_builders import (
    Linear,
    admissible,
    free,
    with_linear,
    with_order,
)

NAN = np.nan


def some_model(seed: int, holes: float = 0.0, rule: str = "arithmetic") -> LinearModel:
    rng = np.random.default_rng(seed)
    # A common part, so that some pairs are decided and others are not.
    values = 20 + 10 * rng.uniform(size=(9, 1)) * 4 + rng.integers(0, 20, (9, 5)).astype(float)
    values[rng.uniform(size=values.shape) < holes] = NAN
    return model_of(values, tree("abc", "de", weights=(2, 1)), rule)


def agrees(found: Dominance, model: LinearModel, weights: np.ndarray) -> None:
    """Check that no weights contradict what is said to hold for all."""
    scores = model.scores(weights).round(model.decimals)
    for row in scores:
        ahead = row[:, None] > row[None, :]
        known = ~np.isnan(row[:, None] + row[None, :])
        assert (ahead | ~found.necessary | ~known).all()
        assert (~ahead | found.possible | ~known).all()


def test_two_items_by_hand() -> None:
    # Weights of a from 1/4 to 3/4: 40, 20 + 40 w, 30 + 20 w, 35 + 20 w and 90 - 100 w.
    space = admissible(tree("ab"), low=0.5, high=1.5)
    model = model_of([[40, 40], [60, 20], [50, 30], [55, 35], [-10, 90]], tree("ab"))
    found = dominance(model, space)
    first = [30 - 40 * 0.75 - 10, 40 - 30 - 20 * 0.75, 40 - 35 - 20 * 0.75, 40 - 90 + 25]
    np.testing.assert_allclose(found.least[0], [0, *first])
    assert np.argwhere(found.necessary).tolist() == [[3, 2]]
    assert not found.possible[2, 3]
    assert found.share_decided == pytest.approx(1 / 10)


@pytest.mark.parametrize("rule", ["arithmetic", "geometric", "harmonic"])
def test_least_gaps_are_those_at_the_corners(rule: str) -> None:
    model = some_model(1, rule=rule)
    space = admissible(model.framework)
    found = dominance(model, space)
    scores = model.linear_scores(corners(space))
    gaps = (scores[:, :, None] - scores[:, None, :]).min(axis=0)
    np.testing.assert_allclose(found.least, gaps, atol=1e-10)
    assert (found.necessary == (gaps > model.resolution)).all()
    assert (found.possible == (gaps.T < 0)).all()
    assert found.necessary.any() and (found.possible & found.possible.T).any()


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 0.4]), st.booleans())
def test_no_weights_contradict_it(seed: int, holes: float, wide: bool) -> None:
    model = some_model(seed, holes)
    space = free(model.framework) if wide else admissible(model.framework)
    agrees(dominance(model, space), model, some_weights(space, 80, seed))


def test_equal_units_are_never_ahead_of_each_other() -> None:
    model = model_of([[1, 5], [1, 5], [1, 4]], tree("ab"))
    found = dominance(model, free(tree("ab")))
    assert not found.possible[0, 1] and not found.possible[1, 0]
    # Level where only a weighs: never behind, yet not always ahead.
    assert found.possible[0, 2] and not found.possible[2, 0]
    assert not found.necessary.any()
    near = dominance(model, admissible(tree("ab")))
    assert near.necessary[0, 2] and near.necessary[1, 2]


def test_gaps_that_rounding_levels_decide_nothing() -> None:
    space = admissible(tree("ab"))
    model = model_of([[50 + 4e-10, 50], [50, 50], [50 + 4e-9, 50 + 4e-9]], tree("ab"))
    found = dominance(model, space)
    assert not found.necessary[0, 1]
    assert found.necessary[2, 1]


def test_units_that_lack_the_same_items_are_compared_by_what_they_have() -> None:
    # Of a group of three both have b and c; the first has more of both.
    values = [[NAN, 12.0, 90.0], [NAN, 11.0, 89.0], [50.0, 11.0, 89.0]]
    model = model_of(values, tree("abc"))
    found = dominance(model, admissible(model.framework))
    assert found.necessary[0, 1]
    np.testing.assert_allclose(found.least[0, 1], 1.0, rtol=1e-9)
    assert not found.necessary[1, 2] and not found.necessary[2, 1]


def test_a_unit_without_a_score_has_no_place_in_the_order() -> None:
    model = model_of([[1, 1], [NAN, NAN], [3, 3]], tree("ab"))
    found = dominance(model, admissible(model.framework))
    assert not found.possible[1].any() and not found.possible[:, 1].any()
    assert found.necessary[2, 0]
    assert np.isnan(found.least[1]).all()
    assert found.share_decided == 1.0


def ordered(model: LinearModel) -> WeightSpace:
    return with_order(free(model.framework), [("a", "b"), ("b", "c"), ("d", "e")])


@pytest.mark.parametrize("seed", range(4))
def test_further_constraints_agree_with_the_corners_of_an_ordered_simplex(seed: int) -> None:
    model = some_model(seed)
    found = dominance(model, ordered(model))
    # Corners of a >= b >= c in a block: all in the first, two halves, three thirds.
    three = np.array([[1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3]]) * 2 / 3
    two = np.array([[1, 0], [1 / 2, 1 / 2]]) / 3
    ends = np.array([[*x, *y] for x in three for y in two])
    scores = model.linear_scores(ends)
    gaps = (scores[:, :, None] - scores[:, None, :]).min(axis=0)
    assert (found.necessary == (gaps > model.resolution)).all()
    assert (found.possible == (gaps.T < -1e-9)).all()
    assert (found.least <= gaps + 1e-9).all()
    assert found.necessary.sum() > dominance(model, free(model.framework)).necessary.sum()


def test_further_constraints_with_missing_items_stay_on_the_safe_side() -> None:
    model = some_model(5, 0.15)
    space = with_linear(admissible(model.framework), [Linear({"a": 1, "d": -1}, least=0.05)])
    found = dominance(model, space)
    weights = some_weights(admissible(model.framework), 400, 5)
    weights = weights[weights @ space.a_ub.T[:, 0] <= space.b_ub[0]]
    assert len(weights) > 20
    agrees(found, model, weights)


def test_the_order_is_transitive() -> None:
    found = dominance(some_model(2, 0.3), admissible(some_model(2).framework)).necessary
    number = found.astype(int)
    assert ((number @ number > 0) <= found).all()
