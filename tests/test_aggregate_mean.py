"""Power means and the weighted median."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from analysis.core.aggregate import weighted_mean
from analysis.core.aggregate_mean import power_improper, power_mean, weighted_median

NAN = np.nan
VALUES = arrays(np.float64, (5, 4), elements=st.floats(0.01, 1000))
WEIGHTS = arrays(np.float64, 4, elements=st.floats(0.01, 10))


def test_by_hand() -> None:
    # (0.25 * 1 + 0.75 * 3) ** 2 = 2.5 ** 2 for roots; sqrt(0.25 * 1 + 0.75 * 81) for squares.
    values, weights = np.array([[1.0, 9.0]]), np.array([1.0, 3.0])
    assert power_mean(values, weights, power=0.5)[0] == pytest.approx(6.25, rel=1e-14)
    assert power_mean(values, weights, power=2)[0] == pytest.approx(61**0.5, rel=1e-14)
    # 1 / sqrt(0.25 / 1 + 0.75 / 81)
    assert power_mean(values, weights, power=-2)[0] == pytest.approx((7 / 27) ** -0.5, rel=1e-14)


def test_a_geometric_mean_of_the_handbook() -> None:
    """OECD/JRC Handbook (2008), section 6.11: 2.14, then 2.54 and 6.23 with one unit more."""
    values = np.array([[21, 1, 1, 1], [21, 2, 1, 1], [6, 6, 6, 6], [7, 6, 6, 6]], dtype=float)
    found = power_mean(values, np.ones(4), power=0)
    # The book cuts 2.1407 and 2.5457 off after two decimals.
    np.testing.assert_allclose(found, [2.14, 2.545, 6.0, 6.235], atol=0.005)


def test_a_missing_value_leaves_a_mean_of_the_others() -> None:
    """COINr 1.1.14 gives no generalised mean at all where a value is missing."""
    values = np.array([[1.0, NAN, 9.0], [NAN, NAN, NAN]])
    found = power_mean(values, np.array([1.0, 5.0, 3.0]), power=0.5)
    np.testing.assert_allclose(found, [6.25, NAN])
    strict = power_mean(values, np.ones(3), power=0.5, renormalise=False)
    assert np.isnan(strict).all()
    assert np.isnan(power_mean(values, np.ones(3), power=0.5, min_share=0.7)).all()


@settings(deadline=None)
@given(VALUES, WEIGHTS)
def test_named_means_are_powers(values: np.ndarray, weights: np.ndarray) -> None:
    for rule, power in (("arithmetic", 1), ("geometric", 0), ("harmonic", -1)):
        near = power_mean(values, weights, power=power + 1e-11)
        np.testing.assert_allclose(near, weighted_mean(values, weights, rule), rtol=1e-8)
        exact = power_mean(values, weights, power=power)
        np.testing.assert_array_equal(exact, weighted_mean(values, weights, rule))


@settings(deadline=None)
@given(VALUES, WEIGHTS, st.floats(-20, 20))
def test_agrees_with_scipy(values: np.ndarray, weights: np.ndarray, power: float) -> None:
    if abs(power) < 0.01:  # scipy loses digits for small powers
        return
    rows = np.broadcast_to(weights, values.shape)
    expected = stats.pmean(values, power, axis=1, weights=rows)
    np.testing.assert_allclose(power_mean(values, weights, power=power), expected, rtol=1e-9)


@settings(deadline=None)
@given(VALUES, WEIGHTS, st.floats(-90, 90), st.floats(0.1, 10))
def test_rises_with_the_power(
    values: np.ndarray, weights: np.ndarray, power: float, more: float
) -> None:
    low = power_mean(values, weights, power=power)
    high = power_mean(values, weights, power=power + more)
    assert (low <= high * (1 + 1e-9)).all()


@pytest.mark.parametrize("power", [-100, -3, -0.5, 0.5, 3, 100])
def test_great_and_small_values_neither_overflow_nor_vanish(power: float) -> None:
    for size in (1e-300, 1e300):
        values = np.array([[1.0, 2.0, 4.0]])
        plain = power_mean(values, np.ones(3), power=power)
        scaled = power_mean(size * values, np.ones(3), power=power)
        np.testing.assert_allclose(scaled / size, plain, rtol=1e-10)


def test_what_a_power_cannot_take() -> None:
    values = np.array([[1.0, 0.0], [1.0, -1.0], [1.0, 2.0], [0.0, 0.0]])
    weights = np.ones(2)
    np.testing.assert_array_equal(np.isnan(power_mean(values, weights, power=2)), [0, 1, 0, 0])
    assert power_mean(values, weights, power=2)[3] == 0
    np.testing.assert_array_equal(np.isnan(power_mean(values, weights, power=-2)), [1, 1, 0, 1])
    assert not np.isnan(power_mean(values, weights, power=1)).any()
    assert power_improper(values, weights, power=0.5).sum() == 1
    assert power_improper(values, weights, power=0).sum() == 4
    assert not power_improper(values, np.array([1.0, 0.0]), power=-1)[:3].any()
    assert power_mean(values, np.array([1.0, 0.0]), power=-1)[1] == 1


def test_weights_as_they_are() -> None:
    # (0.5 * 1 + 0.5 * 3 + 1 * 2) ** 2 with weights that sum to two.
    values, weights = np.array([[1.0, 9.0, 4.0]]), np.array([0.5, 0.5, 1.0])
    assert power_mean(values, weights, power=0.5, rescale=False)[0] == pytest.approx(16)
    raw = {rule: weighted_mean(values, weights, rule, rescale=False)[0] for rule in RULES}
    assert raw["arithmetic"] == pytest.approx(9)
    assert raw["geometric"] == pytest.approx(3 * 4)
    assert raw["harmonic"] == pytest.approx(1 / (0.5 + 0.5 / 9 + 0.25))


RULES = ("arithmetic", "geometric", "harmonic")


def test_weights_as_they_are_with_a_gap_keep_their_sum() -> None:
    values = np.array([[1.0, NAN, 4.0]])
    found = weighted_mean(values, np.array([0.5, 0.5, 1.0]), rescale=False)
    assert found[0] == pytest.approx(2 * (0.5 * 1 + 1 * 4) / 1.5)


def test_median_by_hand() -> None:
    values = np.array([[3.0, 1.0, 2.0], [1.0, 2.0, 3.0], [NAN, 2.0, 3.0], [NAN, NAN, NAN]])
    # Weight up to 1: 0.2, up to 2: 0.5 exactly, so the mean of 2 and 3.
    found = weighted_median(values, np.array([0.5, 0.2, 0.3]))
    np.testing.assert_allclose(found, [2.5, 1.5, 3.0, NAN])
    # 0.2 + 0.3 of 0.5: the heavier one where none holds exactly half.
    assert np.isnan(weighted_median(values, np.ones(3), renormalise=False)[2])


@settings(deadline=None)
@given(VALUES)
def test_equal_weights_give_the_median(values: np.ndarray) -> None:
    np.testing.assert_allclose(weighted_median(values, np.full(4, 0.1)), np.median(values, axis=1))


@settings(deadline=None)
@given(VALUES, arrays(np.int64, 4, elements=st.integers(0, 5)).filter(lambda w: w.sum() > 0))
def test_whole_weights_are_repetitions(values: np.ndarray, weights: np.ndarray) -> None:
    found = weighted_median(values, weights.astype(float))
    np.testing.assert_allclose(found, np.median(np.repeat(values, weights, axis=1), axis=1))
