"""What holds for every rule of aggregation, and the exceptions with an example of each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small import framework, panel

from analysis.core.aggregations import AGGREGATIONS, unfit
from analysis.core.method import Method, Treatment
from analysis.core.parameter import Parameter, problem_with
from analysis.core.score import score

NAN = np.nan
RULES = sorted(AGGREGATIONS)

# Tenths from 0.1 to 100, so that all means take them and no tie hangs on a rounding error.
CELLS = st.integers(1, 1000).map(lambda tenths: tenths / 10)
GAPS = st.one_of(CELLS, CELLS, CELLS, st.just(NAN))
VALUES = arrays(np.float64, (5, 3), elements=CELLS)
WITH_GAPS = arrays(np.float64, (5, 3), elements=GAPS)
WEIGHTS = arrays(np.float64, 3, elements=st.integers(1, 9).map(float))

# Every rule with its defaults, and the options that change what a rule does.
CASES: dict[str, tuple[str, dict[str, object]]] = {
    **{rule: (rule, {}) for rule in sorted(AGGREGATIONS)},
    "power -3": ("power", {"power": -3}),
    "power 4": ("power", {"power": 4}),
    "copeland on a scale": ("copeland", {"lower": 0, "upper": 100}),
    "topsis, vector": ("topsis", {"scaling": "vector"}),
    "bod, contributions": ("bod", {"low": 0.2, "high": 0.5}),
    "bod, weights": ("bod", {"low": 0.2, "high": 0.5, "bounds_on": "weight"}),
    "bod, spread": ("bod", {"spread": 0.3}),
    "mpi upwards": ("mpi", {"penalty": "positive"}),
    "mpi of values as they are": ("mpi", {"standardise": False}),
    "ampi, goalposts": ("ampi", {"low": 0, "high": 100, "reference": 50}),
}

# What does not hold, rule by rule; each has an example below.
PENALISED = {"mpi", "ampi"}  # neither monotone nor kept in order by dominance
NOT_WITHIN_THE_VALUES = {"copeland", "topsis", "mpi", "ampi", "bod"}


def of(rule: str, values: np.ndarray, weights: np.ndarray, **more: object) -> np.ndarray:
    return AGGREGATIONS[rule].function(values, weights, **more)


def test_names() -> None:
    assert set(RULES) == {
        "arithmetic", "geometric", "harmonic", "power", "median",
        "copeland", "topsis", "mpi", "ampi", "bod",
    }  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_defaults_are_allowed_and_taken(rule: str) -> None:
    defaults = {}
    for name, parameter in AGGREGATIONS[rule].parameters.items():
        assert problem_with(parameter, parameter.default) is None
        defaults[name] = parameter.default
    values = np.array([[1.0, 2.0], [4.0, 3.0], [2.0, 2.0]])
    found = of(rule, values, np.ones(2), **defaults)
    np.testing.assert_array_equal(found, of(rule, values, np.ones(2)))
    assert not unfit(values, np.ones(2), rule, **defaults).any()


@pytest.mark.parametrize("case", CASES)
@settings(deadline=None, max_examples=50)
@given(WITH_GAPS, WEIGHTS, st.permutations(range(5)), st.permutations(range(3)))
def test_neither_order_nor_sum_of_weights_matter(
    case: str, values: np.ndarray, weights: np.ndarray, units: list[int], children: list[int]
) -> None:
    rule, options = CASES[case]
    found = of(rule, values, weights, **options)
    again = of(rule, values[np.ix_(units, children)], 0.3 * weights[children], **options)
    np.testing.assert_allclose(again, found[units], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("rule", RULES)
@settings(deadline=None, max_examples=50)
@given(WITH_GAPS, WEIGHTS, st.floats(0, 1))
def test_a_score_just_where_there_is_enough_data(
    rule: str, values: np.ndarray, weights: np.ndarray, share: float
) -> None:
    there = (~np.isnan(values) * weights).sum(axis=1) / weights.sum()
    close = np.abs(there - share) < 1e-9
    enough = (there > 0) & (there >= share)
    found = of(rule, values, weights, min_share=share)
    np.testing.assert_array_equal(np.isnan(found)[~close], ~enough[~close])
    whole = of(rule, values, weights, renormalise=False)
    np.testing.assert_array_equal(np.isnan(whole), np.isnan(values).any(axis=1))


MESS = st.sampled_from([NAN, 0.0, -0.0, 1.0, -1.0, 60.0, 60.0, 1e-12, 1e12, -1e12, 1e-300])


@pytest.mark.parametrize("case", CASES)
@settings(deadline=None)
@given(arrays(np.float64, (4, 3), elements=MESS), WEIGHTS)
def test_no_score_is_lost_without_a_reason(
    case: str, values: np.ndarray, weights: np.ndarray
) -> None:
    """A unit has a score unless it has no data, or a value that the rule cannot take."""
    rule, options = CASES[case]
    weights[2] = 0
    with np.errstate(all="raise", under="ignore"):
        found = of(rule, values, weights, **options)
        bad = unfit(values, weights, rule, **options).any(axis=1)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(values[:, :2]).all(axis=1) | bad)
    assert not np.isinf(found).any()


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case][0] not in PENALISED])
@settings(deadline=None, max_examples=50)
@given(VALUES, WEIGHTS, st.integers(0, 2), CELLS)
def test_a_gain_never_costs(
    case: str, values: np.ndarray, weights: np.ndarray, child: int, gain: float
) -> None:
    rule, options = CASES[case]
    better = values.copy()
    better[0, child] += gain
    before = of(rule, values, weights, **options)[0]
    assert of(rule, better, weights, **options)[0] >= before - 1e-9


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case][0] not in PENALISED])
@settings(deadline=None, max_examples=50)
@given(VALUES, WEIGHTS, arrays(np.float64, 3, elements=st.integers(0, 50).map(float)))
def test_a_dominated_unit_is_never_ahead(
    case: str, values: np.ndarray, weights: np.ndarray, more: np.ndarray
) -> None:
    rule, options = CASES[case]
    values = np.vstack([values, values[0] + more])
    found = of(rule, values, weights, **options)
    assert found[-1] >= found[0] - 1e-9


@pytest.mark.parametrize("rule", sorted(set(RULES) - NOT_WITHIN_THE_VALUES))
@given(WITH_GAPS, WEIGHTS)
def test_a_mean_lies_within_the_values(rule: str, values: np.ndarray, weights: np.ndarray) -> None:
    found = of(rule, values, weights)
    formed = ~np.isnan(found)
    low, high = np.nanmin(values[formed], axis=1), np.nanmax(values[formed], axis=1)
    assert (found[formed] >= low * (1 - 1e-12)).all()
    assert (found[formed] <= high * (1 + 1e-12)).all()


@settings(deadline=None)
@given(VALUES, WEIGHTS)
def test_scores_with_a_range_of_their_own(values: np.ndarray, weights: np.ndarray) -> None:
    assert (np.abs(of("copeland", values, weights)) <= 4).all()
    for rule in ("topsis", "bod"):
        found = of(rule, values, weights)
        assert (found >= -1e-12).all() and (found <= 1 + 1e-12).all()
    assert of("copeland", values, weights).sum() == 0
    assert of("bod", values, weights).max() == pytest.approx(1)


@pytest.mark.parametrize("rule", ["copeland", "median"])
@given(VALUES, WEIGHTS)
def test_only_the_order_counts(rule: str, values: np.ndarray, weights: np.ndarray) -> None:
    """Any rising transformation leaves Copeland's score, and goes through a median of one value."""
    odd = np.column_stack([values[:, :1]] * 3) if rule == "median" else values
    found, risen = of(rule, odd, weights), of(rule, np.sqrt(odd), weights)
    np.testing.assert_allclose(risen, np.sqrt(found) if rule == "median" else found)


@pytest.mark.parametrize("rule", ["arithmetic", "geometric", "harmonic", "power", "median"])
@given(VALUES, WEIGHTS, st.floats(0.01, 100))
def test_means_keep_the_unit_of_the_values(
    rule: str, values: np.ndarray, weights: np.ndarray, size: float
) -> None:
    found = of(rule, values, weights)
    np.testing.assert_allclose(of(rule, size * values, weights), size * found, rtol=1e-9)


@pytest.mark.parametrize("rule", ["arithmetic", "median"])
@given(VALUES, WEIGHTS, st.floats(-100, 100))
def test_means_that_move_with_the_origin(
    rule: str, values: np.ndarray, weights: np.ndarray, shift: float
) -> None:
    found = of(rule, values, weights)
    np.testing.assert_allclose(of(rule, values + shift, weights), found + shift, atol=1e-9)


@given(arrays(np.float64, (5, 2), elements=CELLS))
def test_a_penalised_mean_of_two_is_their_harmonic_mean(values: np.ndarray) -> None:
    """``M - S ** 2 / M`` with ``M = (a + b) / 2``, ``S = |a - b| / 2`` is ``2 a b / (a + b)``."""
    found = of("mpi", values, np.ones(2), standardise=False)
    np.testing.assert_allclose(found, of("harmonic", values, np.ones(2)), rtol=1e-9)


def test_exception_a_penalised_mean_may_fall_with_a_gain() -> None:
    # Means 6 and 12, variances 50 and 242: 6 - 50 / 6 and 12 - 242 / 12.
    before, after = np.array([[1.0, 1.0, 16.0]]), np.array([[1.0, 1.0, 34.0]])
    found = [of("mpi", v, np.ones(3), standardise=False)[0] for v in (before, after)]
    np.testing.assert_allclose(found, [6 - 50 / 6, 12 - 242 / 12])
    assert found[1] < found[0]
    # Between goalposts that do not move with the unit: 40, 40, 85 and 40, 40, 139.
    goalposts = {"low": 0, "high": 20, "reference": 30}
    found = [of("ampi", 9 + v, np.ones(3), **goalposts)[0] for v in (before, after)]
    assert found[1] < found[0]


def test_exception_dominance_does_not_save_from_a_penalty() -> None:
    # The second is as good in two children and better in the third, and stands behind.
    values = np.array([[1.0, 1.0, 16.0], [1.0, 1.0, 34.0]])
    found = of("mpi", values, np.ones(3), standardise=False)
    assert found[1] < found[0]
    goalposts = {"low": 0, "high": 20, "reference": 30}
    found = of("ampi", 9 + values, np.ones(3), **goalposts)
    assert found[1] < found[0]


def test_exception_a_penalised_mean_leaves_the_range_of_its_values() -> None:
    assert of("mpi", np.array([[1.0, 1.0, 16.0]]), np.ones(3), standardise=False)[0] < 1


def test_what_a_rule_cannot_take_is_named() -> None:
    values = np.array([[1.0, -1.0], [0.0, 2.0], [3.0, NAN]])
    weights = np.ones(2)
    told = {rule: unfit(values, weights, rule).sum() for rule in RULES}
    assert told == {
        "arithmetic": 0, "geometric": 2, "harmonic": 2, "power": 1, "median": 0,
        "copeland": 0, "topsis": 0, "mpi": 0, "ampi": 0, "bod": 1,
    }  # fmt: skip
    for rule in RULES:
        assert AGGREGATIONS[rule].needs_positive == (AGGREGATIONS[rule].improper is not None)
        bad = unfit(values, weights, rule).any(axis=1)
        np.testing.assert_array_equal(np.isnan(of(rule, values, weights)), bad)


def test_copeland_can_be_called_by_name() -> None:
    """COINr 1.1.14 cannot call its own a_copeland through Aggregate."""
    rule = AGGREGATIONS["copeland"]
    assert rule.set_wise
    values = np.array([[3.0, 1.0], [2.0, 3.0], [1.0, 2.0]])
    # The second beats the third twice and halves with the first.
    np.testing.assert_array_equal(rule.function(values, np.ones(2)), [0, 1, -1])


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_forms_any_node_of_a_method(rule: str, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"code": "i"},
        {"code": "g", "parent": "i", "weight": 1, "aggregation": rule},
        {"code": "z", "parent": "i", "direction": 1, "weight": 1},
        {"code": "x", "parent": "g", "direction": 1, "weight": 2},
        {"code": "y", "parent": "g", "direction": 1, "weight": 1},
    ]
    tree = framework(tmp_path, rows)
    data = panel({"x": [1, 4, 2, 9], "y": [3, 1, 2, 5], "z": [5, 1, 4, 2]})
    method = Method(treatment=Treatment("none"))
    scores = score(data, tree, method)
    values = scores.normalised[["x", "y"]].to_numpy()
    expected = of(rule, values, np.array([2.0, 1.0]))
    np.testing.assert_allclose(scores.node("g"), expected)
    np.testing.assert_allclose(scores.node("i"), (expected + scores.normalised["z"]) / 2)


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (Parameter("number", 1.0, 0, 2), [0, 2, 1.5], [3, -1, True, "1", NAN, None]),
        (Parameter("number"), [None, 5], ["x", float("inf")]),
        (Parameter("whole", 3, 0, 9), [0, 9], [1.0, 10, False]),
        (Parameter("choice", "a", choices=("a", "b")), ["a", "b"], ["c", 1, ["a"]]),
        (Parameter("flag", True), [True, False], [1, "true"]),
        (Parameter("table"), [None, {}], [[], "x"]),
    ],
)
def test_parameters(parameter: Parameter, good: list[object], bad: list[object]) -> None:
    assert [problem_with(parameter, value) for value in good] == [None] * len(good)
    assert [problem_with(parameter, value) for value in bad] == [parameter.kind] * len(bad)
