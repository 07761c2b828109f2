"""How far two rankings agree: by hand, by published weights, and what must hold of any pair."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from analysis.core.comparing.similarity import (
    MEASURES,
    rank_biased_overlap,
    similarities,
    similarity,
    weight_of_top,
)

UNITS = list("abcdefgh")
SYMMETRIC = ["spearman", "kendall", "weighted_tau", "rbo", "jaccard_top", "jaccard_last"]

scores = st.lists(st.integers(0, 9), min_size=8, max_size=8).map(lambda x: np.array(x, float))


def series(*values: float) -> pd.Series:
    return pd.Series(values, index=UNITS[: len(values)], dtype=float)


def test_five_units_by_hand() -> None:
    # Places 1 2 3 4 5 against 2 1 3 5 4: two pairs of ten turn, four places of one.
    found = similarity(series(1, 2, 3, 4, 5), series(2, 1, 3, 5, 4), top=1, last=2, ranks=True)
    assert found.units == 5
    assert found.spearman == pytest.approx(1 - 6 * 4 / (5 * 24))
    assert found.kendall == pytest.approx((8 - 2) / 10)
    assert (found.kept_top, found.left_top, found.jaccard_top) == (0, 1, 0)
    assert found.jaccard_last == 1
    assert (found.mean_shift, found.max_shift) == (4 / 5, 1)
    assert found.jaccard_last_by_region == {}


def test_spearman_takes_mean_ranks() -> None:
    # Ranks 1, 2.5, 2.5, 4 and 2, 2, 2, 4: deviations -1.5 0 0 1.5 and -0.5 -0.5 -0.5 1.5.
    found = similarity(series(4, 3, 3, 1), series(7, 7, 7, 2), top=1)
    assert found.spearman == pytest.approx((0.75 + 2.25) / np.sqrt(4.5 * 3))


def test_tau_b_counts_ties_by_hand() -> None:
    # Pairs ab ac bc: one tied in the old alone, one in the new alone, one agrees.
    found = similarity(series(2, 2, 1), series(2, 1, 1), top=1)
    assert found.kendall == pytest.approx(1 / np.sqrt(2 * 2))


def test_weighted_tau_by_its_definition() -> None:
    old, new = [1, 2, 3, 4, 5], [3, 1, 2, 4, 5]

    def by(places: list[int]) -> float:
        above = below = 0.0
        for i, j in combinations(range(5), 2):
            weight = 1 / places[i] + 1 / places[j]
            below += weight
            above += weight * np.sign((old[i] - old[j]) * (new[i] - new[j]))
        return above / below

    found = similarity(series(*old), series(*new), top=1, ranks=True)
    assert found.weighted_tau == pytest.approx((by(old) + by(new)) / 2)
    turned = similarity(series(1, 2, 3, 5, 4), series(1, 2, 3, 4, 5), top=1, ranks=True)
    first = similarity(series(2, 1, 3, 4, 5), series(1, 2, 3, 4, 5), top=1, ranks=True)
    assert first.weighted_tau < turned.weighted_tau  # at the top it counts more
    assert first.kendall == turned.kendall


def test_overlap_by_hand() -> None:
    # Agreement 0, 1, 1 at the three depths; p = 1/2 weighs them 1/2, 1/4, 1/8 and the rest 1/8.
    assert rank_biased_overlap(np.array([1, 2, 3]), np.array([2, 1, 3]), 0.5) == 0.5


def test_overlap_with_ties_by_hand() -> None:
    # a and b share the first place: at depth 1 they are two, of which the other list has one.
    found = rank_biased_overlap(np.array([1.0, 1, 3]), np.array([1.0, 2, 3]), 0.5)
    assert found == pytest.approx((2 * 1 / (2 + 1)) / 2 + 1 / 4 + 1 / 8 + 1 / 8)


def test_published_weight_of_the_first_ten() -> None:
    # Webber, Moffat and Zobel (2010): with p = 0.9 the first ten places have 86% of the weight.
    assert round(weight_of_top(10, 0.9), 2) == 0.86
    assert round(weight_of_top(30), 2) == 0.72


def test_weight_of_the_first_places_is_what_they_add() -> None:
    # Two lists that agree on the first d places and on nothing below until they end:
    # all that is above depth d agrees, and below it at least d of each depth.
    p, d = 0.8, 3
    depths = np.arange(1, 4000)
    agreement = np.minimum(depths, d) / depths
    least = (1 - p) / p * (agreement * p**depths).sum()
    assert weight_of_top(d, p) == pytest.approx(least)


@pytest.mark.parametrize("p", [0, 1, -1, 2, np.nan])
def test_persistence_lies_between_nought_and_one(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        rank_biased_overlap(np.array([1.0, 2]), np.array([1.0, 2]), p)


def test_last_of_each_region_by_hand() -> None:
    regions = pd.Series([*"eeeewww", ""], index=UNITS)
    old = series(8, 7, 6, 5, 4, 3, 2, 1)
    new = series(8, 5, 6, 7, 4, 2, 3, 1)
    found = similarity(old, new, top=3, last=1, regions=regions)
    # East: d, then b; west: g, then f; h is in no region.
    assert found.jaccard_last_by_region == {"e": 0, "w": 0}
    found = similarity(old, new, top=3, last=2, regions=regions)
    # East: d and c, then b and c; west: g and f both times.
    assert found.jaccard_last_by_region == {"e": pytest.approx(1 / 3), "w": 1}
    assert found.jaccard_last == pytest.approx(3 / 5)
    # Top three: a b c, then a d c.
    assert (found.kept_top, found.left_top, found.jaccard_top) == (2, 1, 0.5)


def test_units_tied_at_the_end_of_a_list_are_on_it() -> None:
    found = similarity(series(4, 3, 3, 1), series(4, 3, 2, 1), top=2, last=1)
    assert (found.kept_top, found.left_top) == (2, 1)
    assert found.jaccard_last == 1
    assert similarity(series(2, 1, 1), series(3, 2, 1), top=1, last=1).jaccard_last == 0.5


def test_units_in_one_ranking_only_are_left_out() -> None:
    old = series(1, 2, 3, 4, 5)
    new = pd.Series([1.0, 2, np.nan, 4, 9], index=list("abcdz"))
    found = similarity(old, new, top=1, ranks=True)
    assert found.units == 3  # a b d, placed anew
    assert (found.mean_shift, found.spearman) == (0, 1)


def test_nothing_to_compare() -> None:
    for old, new in ((series(), series()), (series(1), series(np.nan))):
        none = similarity(old, new, top=1)
        assert none.units == 0
        assert np.isnan([none.spearman, none.rbo, none.jaccard_top, none.mean_shift]).all()
    tied = similarity(series(1, 1, 1), series(1, 2, 3), top=1)
    assert np.isnan([tied.spearman, tied.kendall, tied.weighted_tau]).all()


@settings(max_examples=40, deadline=None)
@given(scores, scores, st.integers(1, 8))
def test_what_holds_of_any_pair(a: np.ndarray, b: np.ndarray, top: int) -> None:
    regions = pd.Series(list("eeewwwee"))
    there, back = (
        similarities(x[None], y[None], top=top, last=2, regions=regions)
        for x, y in ((a, b), (b, a))
    )
    assert_allclose(there[SYMMETRIC], back[SYMMETRIC], atol=1e-12)
    other_scale = similarities(a[None] * 3 + 1, b[None] / 7, top=top, last=2, regions=regions)
    pd.testing.assert_frame_equal(there, other_scale)
    same = similarities(a[None], a[None], top=top, regions=regions).iloc[0]
    assert same["rbo"] == pytest.approx(1)
    assert (same["jaccard_top"], same["mean_shift"], same["left_top"]) == (1, 0, 0)
    if len(set(a)) > 1:
        assert_allclose(same[["spearman", "kendall", "weighted_tau"]].astype(float), 1)
    assert there["rbo"].between(0, 1 + 1e-12).all()


def test_draws_are_as_one_by_one() -> None:
    rng = np.random.default_rng(5)
    old, new = rng.normal(size=(2, 30, 8))
    new[rng.random(new.shape) < 0.1] = np.nan
    regions = pd.Series([*"eewwwee", ""], index=UNITS)
    table = similarities(old, new, top=3, last=2, regions=regions)
    assert list(table) == [*MEASURES, "jaccard_last:e", "jaccard_last:w"]
    for draw in range(len(table)):
        one = similarity(
            pd.Series(old[draw], UNITS),
            pd.Series(new[draw], UNITS),
            top=3,
            last=2,
            regions=regions,
        )
        row = table.iloc[draw]
        assert_allclose([getattr(one, name) for name in MEASURES], row[list(MEASURES)])
        assert one.jaccard_last_by_region["e"] == pytest.approx(row["jaccard_last:e"], nan_ok=True)


def test_one_row_goes_with_many() -> None:
    rng = np.random.default_rng(6)
    old, new = rng.normal(size=8), rng.normal(size=(4, 8))
    assert_allclose(
        similarities(old[None], new, top=3),
        similarities(np.tile(old, (4, 1)), new, top=3),
    )
