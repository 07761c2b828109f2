"""Treatment of outliers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from analysis.core.method import Treatment
from analysis.core.treat import passes_test, shape_statistics, treat, winsorise

JRC = Treatment()
NAN = np.nan
SAMPLE = arrays(np.float64, 12, elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 2)))
# Winsorising five of these does not do.
TAIL = 3.0 ** np.arange(100)
# Long tails, so that every branch is taken.
TAILED = arrays(np.float64, 30, elements=st.floats(-12, 12).map(lambda x: round(np.sinh(x), 3)))


@given(SAMPLE)
def test_estimators_are_those_of_excel(values: np.ndarray) -> None:
    if np.ptp(values) < 1:
        return
    skewness, kurtosis = shape_statistics(values)
    assert skewness == pytest.approx(stats.skew(values, bias=False), rel=1e-6, abs=1e-8)
    assert kurtosis == pytest.approx(stats.kurtosis(values, bias=False), rel=1e-6, abs=1e-8)


def test_estimators_leave_missing_values_out() -> None:
    values = np.array([1, NAN, 2, 4, 8, NAN, 16.0])
    whole = values[~np.isnan(values)]
    assert shape_statistics(values) == shape_statistics(whole)
    table = np.column_stack([values, values[::-1]])
    np.testing.assert_allclose(shape_statistics(table)[0], shape_statistics(whole)[0])


def test_too_few_or_equal_values_have_no_shape_and_pass() -> None:
    for values in ([1.0, 2.0], [0.1] * 9, [NAN] * 5):
        skewness, _ = shape_statistics(np.array(values))
        assert np.isnan(skewness)
        assert passes_test(np.array(values), JRC)
    assert np.isnan(shape_statistics(np.array([1.0, 2.0, 9.0]))[1])


def test_an_item_fails_on_skewness_and_kurtosis_together() -> None:
    values = np.concatenate([np.zeros(40), [10.0], np.arange(5)])
    skewness, kurtosis = shape_statistics(values)
    assert skewness > 2 and kurtosis > 3.5
    assert not passes_test(values, JRC)
    assert passes_test(values, Treatment(skewness=float(skewness) + 1))
    assert passes_test(values, Treatment(kurtosis=float(kurtosis) + 1))
    assert not passes_test(-values, JRC)


def test_one_of_two_outliers_is_enough() -> None:
    # The worked case of COINr's documentation: 1 to 10, 30 and 100; one point is winsorised.
    values = np.array([*range(1, 11), 30.0, 100.0])
    done = treat(values[:, None], JRC)
    np.testing.assert_array_equal(done.values[:, 0], [*range(1, 11), 30, 30])
    assert done.why == ("winsorised",) and done.passes == (True,)


def test_low_outliers_are_moved_up() -> None:
    values = -np.array([*range(1, 11), 30.0, 100.0])
    done = treat(values[:, None], JRC)
    np.testing.assert_array_equal(done.values[:, 0], [*range(-1, -11, -1), -30, -30])


def test_tied_outliers_are_moved_together() -> None:
    values = np.array([*range(1, 41), 60, 500, 500, 500.0])
    assert winsorise(values, JRC).max() == 60
    # The first step reaches the three, whatever the number allowed beyond zero.
    assert winsorise(values, Treatment(max_points=1)).max() == 60
    np.testing.assert_array_equal(winsorise(values, Treatment(max_points=0)), values)


def test_where_winsorising_does_not_do_the_original_is_transformed() -> None:
    values = TAIL
    done = treat(values[:, None], JRC)
    a = (values.max() - values.min()) / 100
    np.testing.assert_allclose(done.values[:, 0], np.log(values - values.min() + a), rtol=1e-14)
    assert done.why == ("log_ct",)


def test_transformation_by_the_side_of_the_tail() -> None:
    values = -TAIL
    a = (values.max() - values.min()) / 100
    plus = Treatment(transform="log_ct_plus")
    mirrored = treat(values[:, None], plus)
    np.testing.assert_allclose(
        mirrored.values[:, 0], -np.log(values.max() + a - values), rtol=1e-14
    )
    assert mirrored.why == ("log_ct_neg",)
    np.testing.assert_allclose(
        mirrored.values[:, 0], -treat(-values[:, None], plus).values[:, 0], rtol=1e-12
    )
    assert treat(-values[:, None], plus).why == ("log_ct",)
    assert treat(values[:, None], JRC).why == ("log_ct",)


def test_no_transformation_leaves_what_was_winsorised() -> None:
    values = TAIL
    done = treat(values[:, None], Treatment(transform="none"))
    assert done.why == ("winsorised",) and done.passes == (False,)
    assert (done.values[:, 0] != values).sum() == 5
    assert done.values.max() == TAIL[-6]


def test_an_item_is_not_winsorised_to_a_single_value() -> None:
    values = np.array([0.0] * 30 + [1.0])
    done = treat(values[:, None], JRC)
    assert done.values[-1, 0] > done.values[0, 0]
    assert done.why == ("log_ct",) and done.passes == (False,)
    same = treat(values[:, None], Treatment(transform="none"))
    np.testing.assert_array_equal(same.values[:, 0], values)
    assert same.why == ("",)


def test_none_leaves_everything() -> None:
    values = TAIL[:, None]
    done = treat(values, Treatment(rule="none"))
    np.testing.assert_array_equal(done.values, values)
    assert done.why == ("",)


@pytest.mark.parametrize("transform", ["log_ct", "log_ct_plus", "none"])
@given(values=TAILED, gaps=st.sets(st.integers(0, 29), max_size=10))
def test_order_is_kept_and_gaps_stay(values: np.ndarray, gaps: set[int], transform: str) -> None:
    values[list(gaps)] = NAN
    done = treat(values[:, None], Treatment(transform=transform))
    after = done.values[:, 0]
    np.testing.assert_array_equal(np.isnan(after), np.isnan(values))
    there = ~np.isnan(values)
    order = np.argsort(values[there])
    assert (np.diff(after[there][order]) >= 0).all()
    if done.why == ("",):
        np.testing.assert_array_equal(after, values)
    if done.why == ("winsorised",) and transform != "none":
        assert passes_test(after, JRC)


@given(values=TAILED, order=st.permutations(range(30)))
def test_units_are_treated_alike_in_any_order(values: np.ndarray, order: list[int]) -> None:
    one = treat(values[:, None], JRC).values[order, 0]
    two = treat(values[order][:, None], JRC).values[:, 0]
    np.testing.assert_allclose(two, one, rtol=1e-12)


def test_the_very_threshold_does_not_hang_on_the_order_of_units() -> None:
    # Three equal values and one other: skewness is 2 but for rounding, kurtosis 4.
    for x in (0.1, 0.3, 1 / 3, 7.7):
        for place in range(4):
            values = np.full(4, x)
            values[place] = 3 * x
            assert not passes_test(values, JRC)
