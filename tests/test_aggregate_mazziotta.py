"""The Mazziotta-Pareto index and its adjusted form, worked through by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.core.aggregate_mazziotta import (
    adjusted_mazziotta_pareto,
    ampi_improper,
    mazziotta_pareto,
    mpi_improper,
)
from analysis.core.findings import InputError

NAN = np.nan
PAIR = np.ones(2)


def test_mpi_by_hand() -> None:
    # Both children have mean 2 and population deviation 1, so z is 90 and 110.
    values = np.array([[1.0, 3.0], [1.0, 1.0], [3.0, 3.0], [3.0, 1.0]])
    # (90, 110): mean 100, deviation 10, penalty 10 * 10 / 100 = 1.
    np.testing.assert_allclose(mazziotta_pareto(values, PAIR), [99, 90, 110, 99])
    upwards = mazziotta_pareto(values, PAIR, penalty="positive")
    np.testing.assert_allclose(upwards, [101, 90, 110, 101])


def test_mpi_with_weights_by_hand() -> None:
    """Mazziotta, Pareto (2022): weighted mean and weighted deviation take the place of both."""
    values = np.array([[1.0, 3.0], [1.0, 1.0], [3.0, 3.0], [3.0, 1.0]])
    # (90, 110) by 3 to 1: mean 95, variance 0.75 * 25 + 0.25 * 225 = 75, penalty 75 / 95.
    found = mazziotta_pareto(values, np.array([3.0, 1.0]))
    np.testing.assert_allclose(found, [95 - 75 / 95, 90, 110, 105 - 75 / 105])


def test_mpi_of_values_as_they_are() -> None:
    values = np.array([[60.0, 100.0], [80.0, 80.0], [0.0, 0.0]])
    # Mean 80, deviation 20: 80 - 400 / 80.
    found = mazziotta_pareto(values, PAIR, standardise=False)
    np.testing.assert_allclose(found, [75, 80, 0])


def test_ampi_by_hand() -> None:
    # Range 0 to 10, mean 4: goalposts -1 and 9. 0, 2 and 10 become 76, 88 and 136.
    values = np.array([[0.0, 0.0], [2.0, 10.0], [10.0, 2.0]])
    found = adjusted_mazziotta_pareto(values, PAIR)
    # (88, 136): mean 112, variance 576.
    np.testing.assert_allclose(found, [76, 112 - 576 / 112, 112 - 576 / 112])
    fixed = adjusted_mazziotta_pareto(values, PAIR, low=0, high=10, reference=5)
    # 70 + 60 x / 10: (82, 130), mean 106, variance 576.
    np.testing.assert_allclose(fixed, [70, 106 - 576 / 106, 106 - 576 / 106])
    upwards = adjusted_mazziotta_pareto(
        values, PAIR, low=0, high=10, reference=5, penalty="positive"
    )
    np.testing.assert_allclose(upwards, [70, 106 + 576 / 106, 106 + 576 / 106])


def test_ampi_with_given_goalposts_does_not_depend_on_the_other_units() -> None:
    values = np.array([[0.0, 0.0], [2.0, 10.0], [10.0, 2.0]])
    goalposts = {"low": 0, "high": 10, "reference": 5}
    whole = adjusted_mazziotta_pareto(values, PAIR, **goalposts)
    one = adjusted_mazziotta_pareto(values[1:2], PAIR, **goalposts)
    assert one[0] == whole[1]
    assert adjusted_mazziotta_pareto(values[1:2], PAIR)[0] == 100


def test_ampi_with_goalposts_child_by_child() -> None:
    low, high, reference = np.array([0.0, 100.0]), np.array([10.0, 300.0]), np.array([5.0, 150.0])
    values = np.array([[10.0, 250.0]])
    found = adjusted_mazziotta_pareto(values, PAIR, low=low, high=high, reference=reference)
    assert found[0] == pytest.approx(130)  # 100 + 30 * 5 / 5 and 100 + 30 * 100 / 100


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(InputError, match="low below high"):
        adjusted_mazziotta_pareto(np.array([[1.0]]), np.ones(1), low=3, high=3)


def test_constant_children_and_single_units_are_a_hundred() -> None:
    flat = np.array([[0.1, 1.0], [0.1, 3.0], [0.1, NAN]])
    np.testing.assert_allclose(mazziotta_pareto(flat, np.array([1.0, 0.0])), 100)
    np.testing.assert_allclose(adjusted_mazziotta_pareto(flat, np.array([1.0, 0.0])), 100)
    np.testing.assert_allclose(mazziotta_pareto(np.array([[5.0, -5.0]]), PAIR), 100)


def test_missing_values() -> None:
    values = np.array([[1.0, 3.0], [1.0, 1.0], [3.0, 3.0], [3.0, 1.0], [3.0, NAN], [NAN, NAN]])
    found = mazziotta_pareto(values, PAIR)
    # Now the first child has mean 2.2: what is there has no imbalance, what is not no score.
    deviation = np.sqrt((2 * 1.2**2 + 3 * 0.8**2) / 5)
    assert found[4] == pytest.approx(100 + 10 * 0.8 / deviation)
    assert np.isnan(found[5])
    assert np.isnan(mazziotta_pareto(values, PAIR, min_share=0.6)[4])
    assert np.isnan(mazziotta_pareto(values, PAIR, renormalise=False)[4])


def test_values_without_a_coefficient_of_variation_are_named() -> None:
    values = np.array([[1.0, -2.0], [1.0, 2.0]])
    assert np.isnan(mazziotta_pareto(values, PAIR, standardise=False)).tolist() == [True, False]
    bad = mpi_improper(values, PAIR, standardise=False)
    np.testing.assert_array_equal(bad, [[False, True], [False, False]])
    assert not mpi_improper(values, PAIR).any()
    assert not mpi_improper(values, np.array([1.0, 0.0]), standardise=False).any()
    # Far below the rest: more than ten deviations.
    far = np.append(np.linspace(0, 1, 500), -1000.0)[:, None]
    assert mpi_improper(far, np.ones(1))[-1, 0]
    assert np.isnan(mazziotta_pareto(far, np.ones(1))[-1])
    below = {"low": 0, "high": 1, "reference": 0.5}
    assert ampi_improper(np.array([[-2.0]]), np.ones(1), **below)[0, 0]
    assert np.isnan(adjusted_mazziotta_pareto(np.array([[-2.0]]), np.ones(1), **below)[0])


CELLS = arrays(np.float64, (6, 3), elements=st.integers(-50, 50).map(float))


@settings(deadline=None)
@given(
    CELLS,
    arrays(np.float64, 3, elements=st.floats(0.001, 1000)),
    arrays(np.float64, 3, elements=st.floats(-100, 100)),
)
def test_unit_and_origin_of_each_child_do_not_matter(
    values: np.ndarray, sizes: np.ndarray, shifts: np.ndarray
) -> None:
    weights = np.array([1.0, 2.0, 3.0])
    for rule in (mazziotta_pareto, adjusted_mazziotta_pareto):
        np.testing.assert_allclose(
            rule(sizes * values + shifts, weights), rule(values, weights), rtol=1e-6
        )


@settings(deadline=None)
@given(CELLS)
def test_the_penalty_only_takes(values: np.ndarray) -> None:
    weights = np.array([1.0, 2.0, 3.0])
    for rule in (mazziotta_pareto, adjusted_mazziotta_pareto):
        down, up = rule(values, weights), rule(values, weights, penalty="positive")
        assert (down <= up + 1e-9).all()
