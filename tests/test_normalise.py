"""Normalisation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from analysis.core.normalise import capped, observed_range, rescale, zscore

NAN = np.nan
UP, DOWN = np.array([1.0]), np.array([-1.0])
COLUMN = arrays(np.float64, (8, 1), elements=st.floats(-1000, 1000).map(lambda x: round(x, 3)))


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


def test_efficacy_by_hand() -> None:
    values = column(10, 15, 30)
    lo, hi = observed_range(values)
    np.testing.assert_allclose(rescale(values, UP, lo, hi, 60, 100)[:, 0], [60, 70, 100])
    np.testing.assert_allclose(rescale(values, DOWN, lo, hi, 60, 100)[:, 0], [100, 90, 60])


def test_goalposts_may_lie_inside_or_outside_the_values() -> None:
    values = column(10, 50, 100)
    scaled = rescale(values, UP, np.array([20.0]), np.array([85.0]), 0, 1)[:, 0]
    np.testing.assert_allclose(scaled, [-10 / 65, 30 / 65, 80 / 65])


def test_caps() -> None:
    values = np.tile(column(-1, 5, 11), 4)
    lo, hi = np.zeros(4), np.full(4, 10.0)
    held = capped(values, lo, hi, ["both", "lower", "upper", ""])
    np.testing.assert_array_equal(held, [[0, 0, -1, -1], [5, 5, 5, 5], [10, 11, 10, 11]])


def test_missing_stays_missing_and_does_not_count() -> None:
    values = column(1, NAN, 3)
    lo, hi = observed_range(values)
    assert (lo[0], hi[0]) == (1, 3)
    np.testing.assert_array_equal(rescale(values, UP, lo, hi, 0, 100)[:, 0], [0, NAN, 100])
    np.testing.assert_allclose(zscore(values, UP)[:, 0], [-(2**-0.5), NAN, 2**-0.5])


def test_constant_and_single_values_take_the_middle() -> None:
    for values in (column(7, 7, NAN), column(0.1, 0.1, NAN), column(3, NAN, NAN)):
        lo, hi = observed_range(values)
        scaled = rescale(values, DOWN, lo, hi, 60, 100)
        np.testing.assert_array_equal(scaled, np.where(np.isnan(values), NAN, 80.0))
        np.testing.assert_array_equal(zscore(values, DOWN), np.where(np.isnan(values), NAN, 0.0))


def test_an_empty_column_stays_empty() -> None:
    values = column(NAN, NAN)
    lo, hi = observed_range(values)
    assert np.isnan([lo, hi]).all()
    assert np.isnan(rescale(values, UP, lo, hi, 0, 1)).all()
    assert np.isnan(zscore(values, UP)).all()


@given(COLUMN)
def test_zscore_agrees_with_scipy(values: np.ndarray) -> None:
    if values.min() < values.max():
        expected = stats.zscore(values, ddof=1)
        np.testing.assert_allclose(zscore(values, UP), expected, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(zscore(values, DOWN), -expected, rtol=1e-7, atol=1e-9)


@given(COLUMN, st.floats(0.01, 100), st.floats(-1000, 1000))
def test_neither_scale_nor_origin_of_an_item_matters(
    values: np.ndarray, scale: float, shift: float
) -> None:
    if values.max() - values.min() < 0.01:
        return
    other = scale * values + shift
    for direction in (UP, DOWN):
        one = rescale(values, direction, *observed_range(values), 0, 100)
        two = rescale(other, direction, *observed_range(other), 0, 100)
        np.testing.assert_allclose(two, one, atol=1e-6)
        np.testing.assert_allclose(zscore(other, direction), zscore(values, direction), atol=1e-6)


@given(COLUMN)
def test_min_max_keeps_order_and_reaches_both_ends(values: np.ndarray) -> None:
    scaled = rescale(values, UP, *observed_range(values), 60, 100)
    assert scaled.min() >= 60 and scaled.max() <= 100
    order = np.argsort(values[:, 0])
    assert (np.diff(scaled[order, 0]) >= 0).all()
    if values.min() < values.max():
        assert (scaled.min(), scaled.max()) == (60, 100)


def test_directions_mirror_each_other() -> None:
    values = column(3, 1, 4, 1, 5)
    up = rescale(values, UP, *observed_range(values), 0, 100)
    down = rescale(values, DOWN, *observed_range(values), 0, 100)
    np.testing.assert_allclose(up + down, 100)


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e12, 1e300])
def test_very_small_and_very_large_units(scale: float) -> None:
    values = scale * column(1, 2, 3)
    scaled = rescale(values, UP, *observed_range(values), 0, 100)
    np.testing.assert_allclose(scaled[:, 0], [0, 50, 100])
