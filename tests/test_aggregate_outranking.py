"""Outranking matrices and Copeland's score: published and hand-computed cases."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.core.aggregate_outranking import (
    COPELAND_LIMIT,
    MATRIX_LIMIT,
    copeland,
    dominant_share,
    outranking_matrix,
)
from analysis.core.findings import InputError

NAN = np.nan

# OECD/JRC Handbook (2008), table 35: five countries of the Technology Achievement Index.
TABLE_35 = np.array(
    [
        [187, 125.6, 200.2, 50.7, 3.080, 4.150, 10, 27.4],  # Finland
        [289, 130, 179.1, 66.2, 2.997, 4.073, 12, 13.9],  # United States
        [271, 156.6, 125.8, 59.7, 3.096, 4.145, 11.4, 15.3],  # Sweden
        [994, 64.6, 49, 80.8, 3.003, 3.865, 9.5, 10],  # Japan
        [779, 9.8, 4.8, 66.7, 2.972, 3.653, 10.8, 23.2],  # Korea
    ]
)
TABLE_36 = np.array(
    [
        [0, 0.5, 0.375, 0.75, 0.625],
        [0.5, 0, 0.5, 0.625, 0.625],
        [0.625, 0.5, 0, 0.75, 0.625],
        [0.25, 0.375, 0.25, 0, 0.75],
        [0.375, 0.375, 0.375, 0.25, 0],
    ]
)


def test_table_36_of_the_handbook() -> None:
    np.testing.assert_array_equal(outranking_matrix(TABLE_35, np.ones(8)), TABLE_36)


def test_copeland_of_table_36() -> None:
    # Wins less losses, counted in the table: Finland wins 2, loses 1; United States 2, 0; ...
    np.testing.assert_array_equal(copeland(TABLE_35, np.ones(8)), [1, 2, 3, -2, -4])
    # Of four others, on a scale from 0 to 100.
    scaled = copeland(TABLE_35, np.ones(8), lower=0, upper=100)
    np.testing.assert_allclose(scaled, [62.5, 75, 87.5, 25, 0])


def test_table_27_of_the_handbook() -> None:
    """21 indicators rank a, b, c and d in four ways; c wins against all others."""
    # Table 25: 3 x abcd, 5 x acbd, 7 x bdca, 6 x cbda; 4 is the first place.
    orders, weights = ("abcd", "acbd", "bdca", "cbda"), np.array([3.0, 5.0, 7.0, 6.0])
    places = np.array([[4 - order.index(unit) for order in orders] for unit in "abcd"])
    found = outranking_matrix(places.astype(float), weights)
    expected = np.array([[0, 8, 8, 8], [13, 0, 10, 21], [13, 11, 0, 14], [13, 0, 7, 0]])
    np.testing.assert_allclose(21 * found, expected, atol=1e-12)
    np.testing.assert_array_equal(copeland(places.astype(float), weights), [-3, 1, 3, -1])


def test_table_30_of_the_handbook_is_a_circle() -> None:
    orders, weights = ("abc", "bca", "bac", "cab", "cba"), np.array([23.0, 17, 2, 10, 8])
    places = np.array([[3.0 - order.index(unit) for order in orders] for unit in "abc"])
    found = 60 * outranking_matrix(places, weights)
    np.testing.assert_allclose(found, [[0, 33, 25], [27, 0, 42], [35, 18, 0]], atol=1e-12)
    np.testing.assert_array_equal(copeland(places, weights), [0, 0, 0])


def test_ties_are_halves() -> None:
    values = np.array([[1.0, 2.0], [1.0, 1.0], [1.0 + 1e-12, 2.0]])
    found = outranking_matrix(values, np.array([0.4, 0.6]))
    np.testing.assert_allclose(found, [[0, 0.8, 0.5], [0.2, 0, 0.2], [0.5, 0.8, 0]])
    np.testing.assert_array_equal(copeland(values, np.array([0.4, 0.6])), [1, -2, 1])


def test_half_of_the_weight_is_a_tie_whatever_the_rounding() -> None:
    # 0.1 + 0.2 against 0.3 differs in the last bit.
    values = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(copeland(values, np.array([0.1, 0.2, 0.3])), [0, 0])


def test_missing_values_are_compared_where_both_are_there() -> None:
    values = np.array([[3.0, NAN, 1.0], [2.0, 9.0, 2.0], [NAN, NAN, NAN], [NAN, 5.0, NAN]])
    weights = np.array([2.0, 5.0, 1.0])
    matrix = outranking_matrix(values, weights)
    assert matrix[0, 1] == pytest.approx(2 / 3) and matrix[1, 0] == pytest.approx(1 / 3)
    assert matrix[1, 3] == 1 and np.isnan(matrix[0, 3]) and np.isnan(matrix[0, 2])
    np.testing.assert_array_equal(copeland(values, weights), [1, 0, NAN, -1])
    np.testing.assert_array_equal(copeland(values, weights, min_share=0.5), [NAN, 1, NAN, -1])
    assert np.isnan(copeland(values, weights, renormalise=False)).sum() == 3


def test_the_order_of_units_does_not_matter_with_missing_values() -> None:
    """COINr 1.1.14 counts a missing value as lost by whichever unit comes first."""
    values = np.array([[1.0, NAN], [NAN, 2.0]])
    found = outranking_matrix(values, np.ones(2))
    assert np.isnan(found[0, 1]) and np.isnan(found[1, 0])
    np.testing.assert_array_equal(copeland(values, np.ones(2)), [0, 0])


def test_dominated_pairs() -> None:
    values = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 0.0]])
    assert dominant_share(outranking_matrix(values, np.ones(2))) == pytest.approx(1 / 3)
    assert np.isnan(dominant_share(np.zeros((1, 1))))


def test_one_unit_and_none() -> None:
    np.testing.assert_array_equal(copeland(np.array([[5.0]]), np.ones(1)), [0])
    assert copeland(np.array([[5.0]]), np.ones(1), lower=60, upper=100)[0] == 80
    assert copeland(np.empty((0, 2)), np.ones(2)).shape == (0,)


@pytest.mark.parametrize("ends", [(0.0, None), (None, 1.0), (1.0, 1.0), (2.0, 1.0)])
def test_a_scale_that_is_none(ends: tuple[float | None, float | None]) -> None:
    with pytest.raises(InputError, match="both ends"):
        copeland(np.array([[1.0], [2.0]]), np.ones(1), lower=ends[0], upper=ends[1])


MANY = arrays(np.float64, (7, 3), elements=st.integers(0, 4).map(float) | st.just(NAN))


@settings(deadline=None)
@given(MANY, arrays(np.float64, 3, elements=st.integers(0, 4).map(float)))
def test_blocks_agree_with_a_comparison_of_each_pair(
    values: np.ndarray, weights: np.ndarray
) -> None:
    if weights.sum() == 0:
        weights = weights + 1
    expected = np.full(len(values), NAN)
    scored = [u for u, row in enumerate(values) if weights[~np.isnan(row)].sum() > 0]
    for p in scored:
        expected[p] = 0
        for q in scored:
            margin = weights[values[p] > values[q]].sum() - weights[values[p] < values[q]].sum()
            expected[p] += np.sign(margin)
    np.testing.assert_array_equal(copeland(values, weights), expected)


def test_units_beyond_one_block() -> None:
    """With one child the score counts the units below less those above."""
    column = np.random.default_rng(3).permutation(1500).astype(float)
    found = copeland(column[:, None], np.ones(1))
    np.testing.assert_array_equal(found, 2 * column - 1499)


def test_memory_does_not_grow_with_the_square_of_units() -> None:
    values = np.random.default_rng(4).normal(size=(4000, 2))
    tracemalloc.start()
    copeland(values, np.ones(2))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000  # a matrix of all pairs would take 128 megabytes


def test_too_many_units_are_refused_with_the_limit() -> None:
    with pytest.raises(InputError, match=str(COPELAND_LIMIT)):
        copeland(np.zeros((COPELAND_LIMIT + 1, 1)), np.ones(1))
    with pytest.raises(InputError, match=str(MATRIX_LIMIT)):
        outranking_matrix(np.zeros((MATRIX_LIMIT + 1, 1)), np.ones(1))
