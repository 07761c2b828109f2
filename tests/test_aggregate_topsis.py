"""TOPSIS: examples of two textbooks, and cases by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.core.aggregate_topsis import topsis

NAN = np.nan


def test_example_of_tzeng_and_huang() -> None:
    """Tzeng, Huang (2011), Multiple attribute decision making: similarities to four decimals."""
    values = np.array([[5.0, 8, 4], [7, 6, 8], [8, 8, 6], [7, 4, 6]])
    found = topsis(values, np.array([0.3, 0.4, 0.3]), scaling="vector")
    np.testing.assert_allclose(found, [0.5037, 0.6581, 0.7482, 0.3340], atol=0.00005)


def test_fighter_aircraft_of_hwang_and_yoon() -> None:
    """Hwang, Yoon (1981), the choice of a fighter aircraft: 0.643, 0.268, 0.613, 0.312."""
    values = np.array(
        [
            [2.0, 1500, 20000, 5.5, 5, 9],
            [2.5, 2700, 18000, 6.5, 3, 5],
            [1.8, 2000, 21000, 4.5, 7, 7],
            [2.2, 1800, 20000, 5.0, 5, 5],
        ]
    )
    values[:, 3] *= -1  # the cost
    found = topsis(values, np.array([0.2, 0.1, 0.1, 0.1, 0.2, 0.3]), scaling="vector")
    np.testing.assert_allclose(found, [0.643, 0.268, 0.613, 0.312], atol=0.0006)


def test_by_hand() -> None:
    # Distances to (3, 4) and (0, 0) with weights 1 and 1: b has 3 and 4, c has 4 and 3.
    values = np.array([[3.0, 4.0], [0.0, 4.0], [3.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(topsis(values, np.ones(2)), [1, 4 / 7, 3 / 7, 0])
    np.testing.assert_allclose(topsis(values, np.array([4.0, 3.0])), [1, 0.5, 0.5, 0])
    np.testing.assert_allclose(
        topsis(values, np.ones(2), lower=60, upper=100), [100, 60 + 160 / 7, 60 + 120 / 7, 60]
    )


def test_missing_values_and_units_without_enough() -> None:
    values = np.array([[3.0, 4.0], [NAN, 1.0], [0.0, NAN], [NAN, NAN], [3.0, 0.0]])
    found = topsis(values, np.ones(2))
    # The second: 1 above the least and 3 below the greatest of its only child.
    np.testing.assert_allclose(found, [1, 0.25, 0, NAN, 3 / 7])
    assert np.isnan(topsis(values, np.ones(2), min_share=0.6)).sum() == 3


def test_units_that_are_all_the_same() -> None:
    np.testing.assert_array_equal(topsis(np.full((3, 2), 7.0), np.ones(2)), [0.5, 0.5, 0.5])
    assert topsis(np.array([[1.0]]), np.ones(1), scaling="vector")[0] == 0.5
    np.testing.assert_array_equal(topsis(np.zeros((2, 1)), np.ones(1), scaling="vector"), 0.5)


CELLS = arrays(np.float64, (5, 3), elements=st.integers(-20, 20).map(float))


@settings(deadline=None)
@given(CELLS, st.floats(0.01, 100), st.floats(-50, 50))
def test_one_scale_for_all_children_does_not_matter(
    values: np.ndarray, size: float, shift: float
) -> None:
    weights = np.array([1.0, 2.0, 3.0])
    found = topsis(values, weights)
    np.testing.assert_allclose(topsis(size * values + shift, weights), found, atol=1e-9)


@settings(deadline=None)
@given(CELLS, arrays(np.float64, 3, elements=st.floats(0.001, 1000)))
def test_with_vector_scaling_the_unit_of_each_child_does_not_matter(
    values: np.ndarray, sizes: np.ndarray
) -> None:
    weights = np.array([1.0, 2.0, 3.0])
    found = topsis(values, weights, scaling="vector")
    again = topsis(values * sizes, weights, scaling="vector")
    np.testing.assert_allclose(again, found, atol=1e-9)


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_great_and_small_values(size: float) -> None:
    values = np.array([[3.0, 4.0], [0.0, 4.0], [3.0, 0.0]])
    found = topsis(size * values, np.ones(2), scaling="vector")
    np.testing.assert_allclose(found, topsis(values, np.ones(2), scaling="vector"))
