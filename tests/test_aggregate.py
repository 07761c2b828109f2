"""Weighted means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from analysis.core.aggregate import improper, weighted_mean

MEANS = ("arithmetic", "geometric", "harmonic")

NAN = np.nan
VALUES = arrays(np.float64, (6, 4), elements=st.floats(0.01, 1000))
WEIGHTS = arrays(np.float64, 4, elements=st.floats(0.01, 10))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("arithmetic", 0.25 * 2 + 0.75 * 8), ("geometric", 2**0.25 * 8**0.75), ("harmonic", 32 / 7)],
)
def test_by_hand(rule: str, expected: float) -> None:
    # harmonic: 1 / (0.25 / 2 + 0.75 / 8) = 1 / 0.21875 = 32 / 7
    mean = weighted_mean(np.array([[2.0, 8.0]]), np.array([1.0, 3.0]), rule)
    assert mean[0] == pytest.approx(expected, rel=1e-15)


def test_weights_are_renormalised_over_what_is_there() -> None:
    values = np.array([[10.0, NAN, 40.0], [NAN, NAN, 40.0], [NAN, NAN, NAN]])
    mean = weighted_mean(values, np.array([2.0, 1.0, 1.0]))
    np.testing.assert_allclose(mean, [20.0, 40.0, NAN])


def test_least_share_of_the_weight() -> None:
    values = np.array([[10.0, NAN, 40.0], [NAN, 20.0, 40.0], [NAN, 20.0, NAN]])
    weights = np.array([0.5, 0.2, 0.3])
    np.testing.assert_allclose(weighted_mean(values, weights, min_share=0.5), [21.25, 32.0, NAN])
    np.testing.assert_allclose(weighted_mean(values, weights, min_share=0.51), [21.25, NAN, NAN])


def test_a_share_reached_exactly_counts() -> None:
    # 0.1 + 0.2 is a little above 0.3, 0.7 + 0.1 a little below 0.8, in floating point.
    values = np.array([[1.0, 1.0, NAN]])
    assert weighted_mean(values, np.array([0.7, 0.1, 0.2]), min_share=0.8)[0] == pytest.approx(1)


def test_without_renormalising_a_gap_leaves_the_row_empty() -> None:
    values = np.array([[1.0, NAN], [1.0, 3.0]])
    mean = weighted_mean(values, np.array([1.0, 1.0]), renormalise=False)
    np.testing.assert_array_equal(mean, [NAN, 2.0])


def test_a_child_of_weight_zero_has_no_say() -> None:
    values = np.array([[4.0, NAN], [4.0, -1.0]])
    for rule in MEANS:
        mean = weighted_mean(values, np.array([1.0, 0.0]), rule, renormalise=False)
        np.testing.assert_allclose(mean, [4.0, 4.0])


@pytest.mark.parametrize("rule", ["geometric", "harmonic"])
def test_values_that_are_not_positive_leave_the_row_empty(rule: str) -> None:
    values = np.array([[0.0, 2.0], [-1.0, 2.0], [1.0, 4.0]])
    weights = np.array([0.5, 0.5])
    mean = weighted_mean(values, weights, rule, min_share=0.1)
    np.testing.assert_array_equal(np.isnan(mean), [True, True, False])
    np.testing.assert_array_equal(
        improper(values, weights, rule), [[True, False], [True, False], [False, False]]
    )


@given(VALUES, WEIGHTS)
def test_agrees_with_scipy_and_the_means_keep_their_order(
    values: np.ndarray, weights: np.ndarray
) -> None:
    a, g, h = (weighted_mean(values, weights, rule) for rule in MEANS)
    rows = np.broadcast_to(weights, values.shape)
    np.testing.assert_allclose(a, np.average(values, axis=1, weights=rows), rtol=1e-12)
    np.testing.assert_allclose(g, stats.gmean(values, axis=1, weights=rows), rtol=1e-10)
    np.testing.assert_allclose(h, stats.hmean(values, axis=1, weights=rows), rtol=1e-10)
    assert (h <= g * (1 + 1e-12)).all() and (g <= a * (1 + 1e-12)).all()


@given(VALUES, WEIGHTS, st.sampled_from(MEANS), st.integers(0, 3), st.floats(0.01, 10))
def test_inside_the_values_and_rising_in_each(
    values: np.ndarray, weights: np.ndarray, rule: str, child: int, gain: float
) -> None:
    mean = weighted_mean(values, weights, rule)
    assert (mean >= values.min(axis=1) * (1 - 1e-12)).all()
    assert (mean <= values.max(axis=1) * (1 + 1e-12)).all()
    better = values.copy()
    better[:, child] += gain
    assert (weighted_mean(better, weights, rule) >= mean).all()


@given(VALUES, WEIGHTS, st.sampled_from(MEANS), st.permutations(range(4)))
def test_neither_the_order_of_children_nor_the_sum_of_weights_matters(
    values: np.ndarray, weights: np.ndarray, rule: str, order: list[int]
) -> None:
    mean = weighted_mean(values, weights, rule)
    again = weighted_mean(values[:, order], 7 * weights[order], rule)
    np.testing.assert_allclose(again, mean, rtol=1e-12)
