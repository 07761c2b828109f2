"""Dynamic management: constructed sequences for every clause of both rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_tables import LOW, YEARS, field, path, table, years_of

from analysis.zones.management import RULE_2016, RULE_2021, Rule, candidates, last_places


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("HHHHHH", []),
        ("LHHHHH", []),
        ("LLHHHH", [2019]),
        ("LLLHHH", [2019, 2020]),
        ("LHLHHH", []),  # not two years running
        ("L-LHHH", []),  # a year without assessment breaks the run
        ("HHHHLL", [2023]),
    ],
)
def test_rule_of_2016_two_years_running(pattern, expected):
    assert years_of(candidates(field(path(pattern)), RULE_2016)) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("LHHHHH", []),
        ("LLHHHH", [2019]),  # in 2020 it is not among the last: it was a candidate before
        ("LHLHHH", [2020]),  # first and third of three years
        ("LHHLHH", []),  # three years apart: outside the window
        ("L-LHHH", [2020]),  # the year between passes by, and 2018 is still within three
        ("L--LHH", []),
        ("LLLHHH", [2019, 2020]),
        ("LHLHLH", [2020, 2022]),
    ],
)
def test_rule_of_2021_twice_within_three_years(pattern, expected):
    assert years_of(candidates(field(path(pattern)), RULE_2021)) == expected


def test_years_may_be_counted_as_those_assessed():
    found = candidates(field(path("L--LHH")), replace(RULE_2021, years_count="assessed"))
    assert years_of(found) == [2021]
    found = candidates(field(path("L-LHHH")), replace(RULE_2016, years_count="assessed"))
    assert years_of(found) == [2020]


def test_the_account_names_years_places_scores_mean_and_distance():
    watched = {2018: 60.0, 2019: 90.0, 2020: 62.5, 2021: 90.0, 2022: 90.0, 2023: 90.0}
    found = candidates(field(watched), RULE_2021)
    row = found[found["unit"] == "w"].iloc[0]
    assert row["years"] == (2018, 2020)
    assert row["places"] == (11, 11) and row["of"] == (11, 11)
    assert row["scores"] == (60.0, 62.5)
    assert row["mean_score"] == 61.25
    # In 2020 the last five are w and z01 to z04; z05 with 70.5 is the first outside.
    assert row["gap"] == pytest.approx(70.5 - 62.5)


def test_three_times_in_the_window_averages_the_latest_two_or_all():
    watched = {2018: 60.0, 2019: 61.0, 2020: 65.0, 2021: 90.0, 2022: 90.0, 2023: 90.0}
    latest = candidates(field(watched), RULE_2021)
    every = candidates(field(watched), replace(RULE_2021, averaged="all"))
    of = {"year": 2020, "unit": "w"}
    pick = lambda found: found[(found["year"] == of["year"]) & (found["unit"] == of["unit"])]  # noqa: E731
    assert pick(latest)["mean_score"].item() == 63.0
    assert pick(latest)["years"].item() == (2019, 2020)
    assert pick(every)["mean_score"].item() == 62.0


def test_order_is_by_the_mean_within_year_and_region():
    scores = {f"z{i:02d}": {2022: 70.0 + i, 2023: 70.0 + i} for i in range(20)}
    scores["a"] = {2022: 60.0, 2023: 66.0}  # mean 63
    scores["b"] = {2022: 62.0, 2023: 64.0}  # mean 63: tied
    scores["c"] = {2022: 61.0, 2023: 61.0}  # mean 61
    found = candidates(table(scores), RULE_2021)
    order = found[found["year"] == 2023].set_index("unit")["order"]
    assert order[["c", "a", "b"]].tolist() == [1, 2, 2]
    assert found[found["year"] == 2023]["unit"].tolist()[:3] == ["c", "a", "b"]


def test_regions_are_looked_at_one_by_one():
    scores, regions = {}, {}
    for region, level in (("east", 80.0), ("west", 60.0)):
        for i in range(10):
            unit = f"{region[0]}{i}"
            regions[unit] = region
            scores[unit] = {2022: level + i, 2023: level + i}
    both = table(scores, regions)
    found = candidates(both, RULE_2021)
    assert set(found["unit"]) == {f"{r}{i}" for r in "ew" for i in range(5)}
    # Under the national rule the East has nobody to fear for.
    assert set(candidates(both, RULE_2016)["unit"]) == {f"w{i}" for i in range(5)}


def test_ties_at_the_fifth_place_from_the_end_all_count():
    scores = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 5, "g": 5, "h": 9}
    one_year = table({unit: {2023: float(s)} for unit, s in scores.items()})
    last = last_places(one_year, "region")
    assert last["unit"].tolist() == ["a", "b", "c", "d", "e", "f", "g"]
    assert last["from_end"].tolist() == [1, 2, 3, 4, 5, 5, 5]
    assert last["gap"].tolist() == [8, 7, 6, 5, 4, 4, 4]


def test_ties_before_the_fifth_place_leave_only_so_many():
    scores = {"a": 1, "b": 2, "c": 2, "d": 2, "e": 2, "f": 2, "g": 7}
    last = last_places(table({u: {2023: float(s)} for u, s in scores.items()}), "region")
    # b to f all stand second from the end: six are among the last five places.
    assert last["from_end"].tolist() == [1, 2, 2, 2, 2, 2]


@pytest.mark.parametrize(("many", "literal"), [(3, 3), (5, 5), (6, 5)])
def test_a_region_of_few(many, literal):
    small = table({f"z{i}": {2022: float(i), 2023: float(i)} for i in range(many)})
    assert len(last_places(small, "region")) == 2 * literal
    spared = last_places(small, "region", small_groups="none")
    assert len(spared) == (2 * literal if many > 5 else 0)
    if many <= 5:
        assert last_places(small, "region")["gap"].isna().all()
        assert candidates(small, replace(RULE_2021, small_groups="none")).empty


def test_units_without_a_score_or_a_region_are_left_out():
    frame = field(path("LLLLLL"))
    frame.loc[frame["unit"].eq("w") & frame["year"].eq(2019), ["score", "rank", "region_rank"]] = (
        pd.NA
    )
    assert 2019 not in years_of(last_places(frame, "region"))
    frame.loc[frame["unit"] == "w", "region"] = ""
    assert "w" not in set(last_places(frame, "region")["unit"])
    assert "w" in set(last_places(frame, "national")["unit"])


def test_nobody_is_a_candidate_in_an_empty_or_single_year():
    one = field({2023: LOW})
    assert candidates(one[one["year"] == 2023], RULE_2021).empty
    empty = candidates(one.iloc[:0], RULE_2016)
    assert empty.empty and "mean_score" in empty


def test_what_cannot_be_used_is_refused():
    frame = field(path("LLHHHH"))
    with pytest.raises(ValueError, match="region_rank"):
        last_places(frame.drop(columns="region_rank"), "region")
    with pytest.raises(ValueError, match="twice"):
        last_places(pd.concat([frame, frame.iloc[:1]]), "national")
    with pytest.raises(ValueError, match="cannot be met"):
        Rule(edition="x", scope="region", times=3, window=2)


def test_reported_removals_follow_from_sequences_that_fit_the_reports():
    """Jiuquan left with the results for data year 2018, Shizuishan with those for 2019.

    Their places are not published; both are reported to have been among the
    national last five in two years running, and neither was assessed again.
    """
    scores = {f"z{i:02d}": dict.fromkeys(range(2016, 2021), 70.0 + i) for i in range(1, 20)}
    scores["jiuquan"] = {2016: 80.5, 2017: 61.0, 2018: 55.0}
    scores["shizuishan"] = {2016: 80.5, 2017: 79.5, 2018: 62.0, 2019: 58.0}
    found = candidates(table(scores), RULE_2016)
    assert years_of(found, "jiuquan") == [2018]
    assert years_of(found, "shizuishan") == [2019]


def oracle(frame: pd.DataFrame, rule: Rule) -> set[tuple[int, str]]:
    """Return the candidates by counting, zone by zone and year by year."""
    among = set()
    rows = frame[["year", "unit", "region", "score"]].to_numpy().tolist()
    for year, unit, region, mine in rows:
        peers = [
            score
            for other, _, where, score in rows
            if other == year and (rule.scope != "region" or where == region)
        ]
        if sum(score < mine for score in peers) < rule.last:
            among.add((year, unit))
    return {
        (year, unit)
        for year, unit in among
        if sum((year - back, unit) in among for back in range(rule.window)) >= rule.times
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 16), st.sampled_from([RULE_2016, RULE_2021]))
def test_candidates_agree_with_counting(seed, units, rule):
    rng = np.random.default_rng(seed)
    regions = {f"u{i}": ("east", "west")[int(rng.integers(2))] for i in range(units)}
    scores = {
        unit: {year: float(rng.integers(0, 8)) for year in YEARS if rng.random() < 0.8}
        for unit in regions
    }
    frame = table({unit: by for unit, by in scores.items() if by}, regions)
    found = candidates(frame, rule)
    assert set(zip(found["year"], found["unit"], strict=True)) == oracle(frame, rule)
