"""What a change of edition changes in decisions: lists and candidates, by hand and over draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from demo_table import ROUNDS, index_of, items, table
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.core.catalogue import default_method, find_framework, find_method
from analysis.core.comparing.firmness import firmness
from analysis.core.comparing.paired import PairedDraws, paired_draws
from analysis.core.score import score
from analysis.core.uncertainty.draws.study import open_study
from analysis.zones.decision_draws import candidate_draws, candidate_flags, candidate_statements
from analysis.zones.decisions import (
    count_by_year,
    ever_candidates,
    exit_candidates,
    index_table,
    last_lists,
    top_lists,
)
from analysis.zones.management import RULE_2016, RULE_2021, Rule, candidates

OLD, NEW = "mofcom-2016", "mofcom-2021"
NATIONAL = Rule("2016", "national", last=1, times=2, window=2)
REGIONAL = Rule("2021", "region", last=1, times=2, window=3)


def index(scores: dict[int, dict[str, float]]) -> pd.DataFrame:
    """Return scores by year and unit with their places; a unit's first letter is its region."""
    rows = [
        {"year": year, "region": unit[0], "unit": unit, "score": score}
        for year, of_year in scores.items()
        for unit, score in of_year.items()
    ]
    frame = pd.DataFrame(rows)
    ranks = {"method": "min", "ascending": False}
    frame["rank"] = frame.groupby("year")["score"].rank(**ranks).astype("Int64")
    frame["region_rank"] = frame.groupby(["year", "region"])["score"].rank(**ranks).astype("Int64")
    return frame


# Under the old index w2 is always last of all, under the new e2; in the east e2 is last of the
# old in the first and the third year only, in the west w1 is last of the new throughout.
FIRST = index(
    {
        2019: {"e1": 9.0, "e2": 6.0, "w1": 7.0, "w2": 5.0},
        2020: {"e1": 6.0, "e2": 9.0, "w1": 7.0, "w2": 5.0},
        2021: {"e1": 9.0, "e2": 6.0, "w1": 7.0, "w2": 5.0},
    }
)
SECOND = index({year: {"e1": 9.0, "e2": 1.0, "w1": 2.0, "w2": 8.0} for year in (2019, 2020, 2021)})


def test_top_lists_by_hand() -> None:
    found = top_lists(FIRST, SECOND, top=2)
    rows = found[found["year"] == 2020].drop(columns="year").values.tolist()
    assert rows == [
        ["e1", "e", 3, 1, "new"],
        ["e2", "e", 1, 4, "old"],
        ["w1", "w", 2, 3, "old"],
        ["w2", "w", 4, 2, "new"],
    ]
    assert count_by_year(found).loc[2019].tolist() == [1, 1, 1, pytest.approx(1 / 3)]


def test_ties_at_the_end_are_all_in_and_units_of_one_side_stay() -> None:
    tied = index({2020: {"e1": 9.0, "e2": 5.0, "w1": 5.0, "w2": 1.0}})
    other = index({2020: {"e1": 9.0, "e2": 5.0, "w1": 4.0}})
    found = top_lists(tied, other, top=2).set_index("unit")
    assert found["status"].to_dict() == {"e1": "both", "e2": "both", "w1": "old"}
    lone = top_lists(other, tied, top=4).set_index("unit")
    assert pd.isna(lone.loc["w2", "rank_old"])
    assert lone.loc["w2", "status"] == "new"


def test_last_lists_by_hand() -> None:
    regional = last_lists(FIRST, SECOND, "region", last=1)
    assert regional.loc[regional["year"] == 2020, ["unit", "status"]].values.tolist() == [
        ["e1", "old"],
        ["e2", "new"],
        ["w1", "new"],
        ["w2", "old"],
    ]
    national = last_lists(FIRST, SECOND, "national", last=1)
    assert national["status"].tolist() == ["new", "old"] * 3
    assert national["unit"].tolist() == ["e2", "w2"] * 3


def test_candidates_by_hand() -> None:
    found = exit_candidates(FIRST, SECOND, NATIONAL, REGIONAL)
    told = found.set_index(["year", "unit"])
    # The old index by its own rule: w2, last in 2019, 2020 and 2021.
    assert told.index[told["old_old"]].tolist() == [(2020, "w2"), (2021, "w2")]
    # By the new rule also e2: last of the east in 2019 and 2021, within three years.
    assert told.index[told["old_new"]].tolist() == [(2020, "w2"), (2021, "e2"), (2021, "w2")]
    assert told.index[told["new_old"]].tolist() == [(2020, "e2"), (2021, "e2")]
    both = [(2020, "e2"), (2020, "w1"), (2021, "e2"), (2021, "w1")]
    assert told.index[told["new_new"]].tolist() == both
    assert told["status"].to_dict() == dict.fromkeys(both, "new") | {
        (2020, "w2"): "old",
        (2021, "w2"): "old",
    }
    assert told.loc[(2021, "w2"), "years_old"] == (2020, 2021)
    assert told.loc[(2021, "w2"), "years_new"] == ()
    counts = count_by_year(found, [2019, 2020, 2021])
    assert counts[["both", "old", "new"]].values.tolist() == [[0, 0, 0], [0, 1, 2], [0, 1, 2]]
    assert np.isnan(counts.loc[2019, "jaccard"])
    ever = ever_candidates(found)
    assert ever[["unit", "status"]].values.tolist() == [["w2", "old"], ["e2", "new"], ["w1", "new"]]
    assert ever["years_new"].tolist() == [(), (2020, 2021), (2020, 2021)]


def test_one_index_and_one_rule_give_the_same_candidates() -> None:
    found = exit_candidates(FIRST, FIRST, NATIONAL, NATIONAL)
    assert set(found["status"]) == {"both"}
    assert count_by_year(found)["jaccard"].eq(1).all()


def test_nobody_is_a_candidate_in_one_year() -> None:
    found = exit_candidates(FIRST[FIRST["year"] == 2019], SECOND[SECOND["year"] == 2019])
    assert found.empty
    assert ever_candidates(found).empty
    assert count_by_year(found, [2019])[["both", "old", "new"]].loc[2019].tolist() == [0, 0, 0]


# --- over draws ----------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.bool_, (5, 6)),
    st.lists(st.integers(2015, 2024), min_size=5, max_size=5, unique=True),
    st.integers(1, 3),
    st.integers(0, 2),
)
def test_flags_are_what_the_rule_says(
    last: np.ndarray, years: list[int], times: int, more: int
) -> None:
    rule = Rule("x", "national", last=1, times=times, window=times + more)
    flags = candidate_flags(last, sorted(years), rule)
    for at, year in enumerate(sorted(years)):
        for unit in range(6):
            hits = [
                other
                for other, among in zip(sorted(years), last[:, unit], strict=True)
                if among and year - rule.window < other <= year
            ]
            assert flags[at, unit] == (year in hits and len(hits) >= times)


def drawn(year: int) -> PairedDraws:
    """Return random scores of 16 units of two regions, a few missing or tied."""
    rng = np.random.default_rng(year)
    units = tuple(f"{'ew'[i % 2]}{i:02d}" for i in range(16))
    scores = rng.integers(0, 30, size=(2, 7, 16)).astype(float)
    scores[rng.random(scores.shape) < 0.05] = np.nan
    scores[:, 0] = rng.permutation(16)  # what is nominal has no gaps
    keep = slice(0, 15) if year == 2020 else slice(0, 16)  # one is not there in a year
    return PairedDraws(
        year=year, units=units[keep], regions=tuple(unit[0] for unit in units[keep]),
        names=units[keep], nominal_old=scores[0, 0, keep], nominal_new=scores[1, 0, keep],
        old=scores[0, 1:, keep], new=scores[1, 1:, keep],
        choices=pd.DataFrame(index=range(6)), chained=False, synthetic=True,
    )  # fmt: skip


def test_candidates_of_every_draw_are_those_of_the_rules() -> None:
    paired = {year: drawn(year) for year in (2019, 2020, 2021, 2022)}
    rules = Rule("2016", "national", last=4), Rule("2021", "region", last=3, window=3)
    found = candidate_draws(paired, *rules)
    held: dict[tuple[int, str, str], int] = {}
    for d in range(-1, 6):
        sides = []
        for side, rule in zip(("old", "new"), rules, strict=True):
            scores = {}
            for year, one in paired.items():
                pair = {
                    "old": one.nominal_old if d < 0 else one.old[d],
                    "new": one.nominal_new if d < 0 else one.new[d],
                }
                both = ~np.isnan(pair["old"]) & ~np.isnan(pair["new"])
                own = zip(one.units, pair[side], both, strict=True)
                scores[year] = {unit: value for unit, value, there in own if there}
            told = candidates(index(scores), rule)
            sides.append({(int(row.year), str(row.unit)) for row in told.itertuples()})
            for key in sides[-1]:
                held[(*key, side)] = held.get((*key, side), 0) + (d >= 0)
        counts = found.nominal if d < 0 else found.counts[found.counts["draw"] == d]
        counts = counts if d < 0 else counts.set_index("year")
        for year in paired:
            old, new = ({unit for at, unit in side if at == year} for side in sides)
            expected = [len(old & new), len(old - new), len(new - old)]
            assert counts.loc[year].drop("draw", errors="ignore").tolist() == expected
    rows = found.units.set_index(["year", "unit"])
    for (year, unit, side), many in held.items():
        assert rows.loc[(year, unit), f"p_{side}"] == pytest.approx(many / 6)
    assert sum(held.values()) > 20
    lows = rows["p_old_low"] <= rows["p_old"]
    assert lows.all()


def test_rules_that_draws_do_not_take() -> None:
    paired = {2020: drawn(2020)}
    with pytest.raises(ValueError, match="calendar years"):
        candidate_draws(paired, Rule("x", "national", years_count="assessed"))
    with pytest.raises(ValueError, match="at least one year"):
        candidate_draws({})


def test_candidate_statements() -> None:
    table = pd.DataFrame({"candidates_old": [0, 1, 0], "candidates_new": [9, 7, 8]})
    made = candidate_statements(table.iloc[2])
    assert [one.key for one in made] == [
        "candidates_old_most",
        "candidates_new_least",
        "candidates_new_most",
    ]
    assert firmness(made, table)["draws_held"].tolist() == [2, 2, 2]
    assert all("8" in one.said(lang) for one in made[1:] for lang in ("zh", "en"))


# --- the demonstration ---------------------------------------------------------


@pytest.fixture(scope="module")
def scored() -> list:
    return [
        score(items(name), find_framework(name), find_method(default_method(name)))
        for name in (OLD, NEW)
    ]


def test_lists_of_the_demonstration(scored: list) -> None:
    sides = [index_table(one) for one in scored]
    found = top_lists(*sides)
    for year in ROUNDS:
        lists = [set(index_of(name).loc[year].nlargest(30).index) for name in (OLD, NEW)]
        rows = found[found["year"] == year].set_index("unit")["status"]
        assert set(rows.index[rows == "both"]) == lists[0] & lists[1]
        assert set(rows.index[rows == "old"]) == lists[0] - lists[1]
        assert set(rows.index[rows == "new"]) == lists[1] - lists[0]
    regions = table()["region"]
    last = last_lists(*sides)
    of_year = last[(last["year"] == 2021) & (last["region"] == "west")]
    west = regions.loc[2021].index[regions.loc[2021] == "west"]
    expected = set(index_of(NEW).loc[2021].reindex(west).nsmallest(5).index)
    assert set(of_year.loc[of_year["status"] != "old", "unit"]) == expected


def test_draws_start_from_what_is_nominal(scored: list) -> None:
    years = (2019, 2020, 2021)
    paired = {}
    for year in years:
        old, new = (
            open_study(items(name), one.framework, one.method, year, scores=one, seed=3)
            for name, one in zip((OLD, NEW), scored, strict=True)
        )
        paired[year] = paired_draws(old, new, 40)
    found = candidate_draws(paired)
    sides = [index_table(one) for one in scored]
    sides = [side[side["year"].isin(years)] for side in sides]
    nominal = count_by_year(exit_candidates(*sides), years)
    assert found.nominal.values.tolist() == nominal[["both", "old", "new"]].values.tolist()
    assert found.counts.groupby("year")["draw"].size().eq(40).all()
    assert set(found.units.columns) >= {"p_only_old", "p_only_new", "p_new_high"}
    assert RULE_2016.scope == "national"  # what the defaults are
    assert RULE_2021.scope == "region"
