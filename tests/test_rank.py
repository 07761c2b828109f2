"""Ranks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.stats import rankdata

from analysis.core.rank import rank_scores

SCORES = st.one_of(st.just(np.nan), st.integers(-5, 5).map(float), st.floats(-100, 100))


def test_ties_take_the_smallest_rank() -> None:
    np.testing.assert_array_equal(rank_scores(np.array([70.0, 90, 80, 90, 70])), [4, 1, 3, 1, 4])


def test_no_score_has_no_rank_and_is_not_counted() -> None:
    ranks = rank_scores(np.array([1.0, np.nan, 3.0, np.nan]))
    np.testing.assert_array_equal(ranks, [2, np.nan, 1, np.nan])


def test_scores_are_rounded_before_they_are_ranked() -> None:
    close = np.array([1.0, 1.0 + 1e-11, 0.5])
    np.testing.assert_array_equal(rank_scores(close), [1, 1, 3])
    np.testing.assert_array_equal(rank_scores(close, 15), [2, 1, 3])
    np.testing.assert_array_equal(rank_scores(np.array([0.7444, 0.7436, 0.7434]), 3), [1, 1, 3])


def test_nobody_and_everybody_alike() -> None:
    assert rank_scores(np.empty((3, 0))).shape == (3, 0)
    np.testing.assert_array_equal(rank_scores(np.zeros(4)), [1, 1, 1, 1])


@given(arrays(np.float64, array_shapes(min_dims=1, max_dims=2, max_side=12), elements=SCORES))
def test_agrees_with_scipy(scores: np.ndarray) -> None:
    rounded = np.round(scores, 9)
    expected = rankdata(-rounded, method="min", axis=-1, nan_policy="omit")
    np.testing.assert_array_equal(rank_scores(scores), expected)
