"""The index as a linear function of the weights, and its bounds over admissible ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from robust_models import METHOD, corners, model_of, replayed, some_weights, tree

from analysis.core.findings import InputError
from analysis.core.framework import WeightSet
from analysis.core.method import Aggregation, Missing, Weighting
from analysis.core.uncertainty.robust.missing_ranges import filled_within
from analysis.core.uncertainty.robust.robust_scores import score_bounds
from analysis.core.uncertainty.robust.robust_values import linear_values
from analysis.core.uncertainty.weights.space_builders import (
    Linear,
    admissible,
    free,
    with_linear,
    with_order,
)

NAN = np.nan
RULES = ["arithmetic", "geometric", "harmonic"]


def some_values(seed: int, units: int, items: int, holes: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.uniform(1.0, 100.0, (units, items))
    values[rng.uniform(size=values.shape) < holes] = NAN
    return values


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", [("ab", "cde"), ("ab", "(cd)(ef)"), ("abc",)])
def test_the_model_is_the_ordinary_engine(rule: str, shape: tuple[str, ...]) -> None:
    framework = tree(*shape, weights=range(1, 1 + len(shape)))
    values = some_values(3, 12, len(framework.items), 0.3)
    values[0] = NAN
    values[1] = 40.0
    model = model_of(values, framework, rule)
    weights = some_weights(admissible(framework), 25, 4)
    np.testing.assert_allclose(model.scores(weights), replayed(model, weights), rtol=1e-11)
    assert np.isnan(model.ranks(weights)[:, 0]).all()


def test_two_items_by_hand() -> None:
    # Weights of one half, from a quarter to three quarters: 0.25 (10) + 0.75 (50) and back.
    framework = tree("ab")
    space = admissible(framework, low=0.5, high=1.5)
    least, greatest = score_bounds(model_of([[10, 50], [30, 30]], framework), space)
    np.testing.assert_allclose(least, [20, 30])
    np.testing.assert_allclose(greatest, [40, 30])
    least, greatest = score_bounds(model_of([[4, 64], [9, 9]], framework, "geometric"), space)
    np.testing.assert_allclose(least, [8, 9])  # 4 ** .75 * 64 ** .25
    np.testing.assert_allclose(greatest, [32, 9])
    least, _ = score_bounds(model_of([[10, 30], [1, 1]], framework, "harmonic"), space)
    np.testing.assert_allclose(least[0], 1 / (0.75 / 10 + 0.25 / 30))


@pytest.mark.parametrize("rule", RULES)
def test_bounds_are_reached_at_corners_whatever_a_group_lacks(rule: str) -> None:
    framework = tree("abc", "de", weights=(2, 1))
    values = some_values(8, 20, 5)
    values[3, 1] = values[4, 3] = values[5, 0] = values[5, 4] = NAN
    model = model_of(values, framework, rule)
    space = admissible(framework)
    least, greatest = score_bounds(model, space)
    scores = model.scores(corners(space))
    np.testing.assert_allclose(least, scores.min(axis=0), rtol=1e-9)
    np.testing.assert_allclose(greatest, scores.max(axis=0), rtol=1e-9)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from(RULES), st.sampled_from([0.0, 0.2, 0.6]))
def test_no_weights_lead_beyond_the_bounds(seed: int, rule: str, holes: float) -> None:
    framework = tree("ab", "(cd)(ef)", weights=(1, 2))
    model = model_of(some_values(seed, 8, 6, holes), framework, rule)
    for space in (admissible(framework), free(framework), admissible(framework, groups="free")):
        least, greatest = score_bounds(model, space)
        scores = model.scores(some_weights(space, 60, seed))
        tolerance = 1e-9 * np.nanmax(np.abs(scores), initial=1.0)
        assert (np.isnan(scores) | (scores >= least - tolerance)).all()
        assert (np.isnan(scores) | (scores <= greatest + tolerance)).all()
        assert (np.isnan(least) == ~model.scored).all()


def test_what_a_missing_item_stands_for() -> None:
    # Alone with two others of a group, in equal shares: their mean, from 1:4 to 4:1.
    framework = tree("abc")
    space = admissible(framework)
    low, high = filled_within(np.array([[NAN, 10.0, 20.0]]), framework, space)
    # Weights of b and c between 1/6 and 2/3 with a's at least 1/6.
    np.testing.assert_allclose([low[0, 0], high[0, 0]], [12.0, 18.0])


def test_a_node_that_can_lose_all_its_weight() -> None:
    # At weights of 0 for d the second group has nothing, and the first stands for it.
    framework = tree("ab", "de")
    model = model_of([[80, 90, 10, NAN]], framework)
    space = free(framework)
    least, greatest = score_bounds(model, space)
    scores = model.scores(np.array([[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0.5, 0, 0.1, 0.4]]))
    np.testing.assert_allclose(scores[:, 0], [45, 90, 45])
    assert least[0] <= 45 and greatest[0] >= 90


def test_further_constraints_are_solved_as_programmes() -> None:
    framework = tree("abc")
    model = model_of([[0, 50, 100], [100, 50, 0]], framework)
    space = with_order(free(framework), [("a", "b"), ("b", "c")])
    least, greatest = score_bounds(model, space)
    # Corners of a >= b >= c: all a; a and b in halves; thirds.
    np.testing.assert_allclose(least, [0, 50], atol=1e-9)
    np.testing.assert_allclose(greatest, [50, 100], atol=1e-9)


def test_an_empty_set_of_weights_is_refused() -> None:
    framework = tree("abc")
    space = with_linear(free(framework), [Linear({"a": 1, "b": 1}, least=0.9),
                                          Linear({"b": 1, "c": 1}, least=0.9),
                                          Linear({"a": 1, "c": 1}, least=0.9)])  # fmt: skip
    with pytest.raises(InputError):
        score_bounds(model_of([[1, 2, 3]], framework), space)


def test_values_that_a_mean_cannot_take_leave_no_score() -> None:
    framework = tree("ab")
    model = model_of([[0, 5], [5, 5], [NAN, 4]], framework, "geometric")
    assert model.scored.tolist() == [False, True, True]
    strict = linear_values(
        np.array([[1.0, 5.0], [NAN, 4.0]]), framework, replace(METHOD, missing=Missing("none"))
    )
    assert strict.scored.tolist() == [True, False]


def test_items_of_weight_zero_have_no_say() -> None:
    framework = tree("ab", "c", weights=(1, 0))
    model = model_of([[1, 2, NAN], [3, 4, 0]], framework, "geometric")
    assert model.scored.all()
    space = admissible(framework)
    np.testing.assert_allclose(model.scores(space.nominal[None])[0], [2**0.5, 12**0.5])
    alone = model_of([[1, 2, 3], [NAN, NAN, 3]], framework)
    assert alone.scored.tolist() == [True, False]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"aggregation": Aggregation("median")}, "robust.not_linear"),
        ({"aggregation": Aggregation("power", {"power": 0.5})}, "robust.not_linear"),
        ({"weighting": Weighting("given", "pooled", {"rescale": False})}, "robust.as_given"),
    ],
)
def test_what_is_not_linear_is_refused(changed: dict[str, object], code: str) -> None:
    framework = tree("ab", "cd")
    with pytest.raises(InputError) as refused:
        linear_values(np.ones((2, 4)), framework, replace(METHOD, **changed))
    assert code in {finding.code for finding in refused.value.findings}
    assert all(finding.text(lang) for finding in refused.value.findings for lang in ("zh", "en"))


def test_mixed_rules_are_refused_unless_they_make_no_difference() -> None:
    framework = tree("ab", "cd")
    nodes = framework.nodes.copy()
    nodes.loc["G0", "aggregation"] = "geometric"
    with pytest.raises(InputError) as refused:
        linear_values(np.ones((2, 4)), replace(framework, nodes=nodes), METHOD)
    assert [finding.code for finding in refused.value.findings] == ["robust.mixed"]
    single = tree("a", "cd")
    nodes = single.nodes.copy()
    nodes.loc["G0", "aggregation"] = "geometric"  # of one item: that item
    assert linear_values(np.ones((2, 3)), replace(single, nodes=nodes), METHOD).rule == "arithmetic"


def test_power_means_of_known_powers_are_their_means() -> None:
    method = replace(METHOD, aggregation=Aggregation("power", {"power": -1}))
    assert linear_values(np.ones((2, 2)), tree("ab"), method).rule == "harmonic"


def test_weights_of_the_units_own_are_refused() -> None:
    framework = tree("ab")
    nodes = framework.nodes.assign(**{"weight[region=s]": NAN})
    own = replace(
        framework, nodes=nodes, weight_sets=(WeightSet("weight[region=s]", (("region", "s"),)),)
    )
    with pytest.raises(InputError):
        linear_values(np.ones((2, 2)), own, METHOD)


@pytest.mark.parametrize("rule", RULES)
def test_beyond_the_resolution_scores_differ_when_rounded(rule: str) -> None:
    framework = tree("ab")
    rng = np.random.default_rng(1)
    base = rng.uniform(1.0, 100.0, 200)
    model = model_of(np.column_stack([base, base]), framework, rule)
    moved = model.to_index(model.values[:, 0] + model.resolution)
    assert (moved.round(9) > model.to_index(model.values[:, 0]).round(9)).all()
