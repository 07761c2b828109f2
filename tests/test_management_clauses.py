"""Dynamic management, clause by clause: sequences built by hand for D1 to D6 and what they lead to.

In every case the watched zone ``w`` is among ten others that always score 70.1
to 71.0, so that a low year (60) puts it last and a high one (90) first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_tables import YEARS, field, path, table, years_of

from analysis.core.findings import InputError
from analysis.texts import LANGUAGES
from analysis.zones.editions import framework_for
from analysis.zones.management import (
    RULE_2016,
    RULE_2021,
    Exits,
    Pause,
    Talks,
    Upgrades,
    account_told,
    candidates,
    candidates_by_edition,
    check_events,
    follow_up,
    last_places,
    on_notice,
    paused_on,
    pauses,
    stated_settings,
    talks_list,
    talks_of,
)

# As in force: the rounds on the data of 2018 to 2020 by the first edition.
IN_FORCE = {year: framework_for(year).removeprefix("mofcom-") for year in YEARS}
OLD, NEW = dict.fromkeys(YEARS, "2016"), dict.fromkeys(YEARS, "2021")


def event(kind: str, year: int, unit: str = "w", **more: str) -> dict[str, object]:
    return {"unit": unit, "kind": kind, "year": year, **more}


def removed(year: int, day: str, **more: str) -> dict[str, object]:
    told = {"date": day, "province": "P", "edition": "2021"}
    return event("removed", year, **{**told, **more})


def events(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def by(pattern: str, editions: dict[int, str], what: pd.DataFrame | None = None, **settings):
    """Return the years in which ``w`` is a candidate."""
    found = candidates_by_edition(field(path(pattern)), editions, Exits(**settings), what)
    return years_of(found)


def test_the_editions_in_force_change_with_the_data_of_2021():
    assert {y: "2016" if y < 2021 else "2021" for y in YEARS} == IN_FORCE


# --- D1: the national last five two years running; D3: twice in three years in the region ---

CLAUSES = [
    # clause, years 2018 to 2023 (L low, H high, - not assessed), editions, candidate in
    ("D1 once is not enough", "LHHHHH", OLD, []),
    ("D1 two running", "HLLHHH", OLD, [2020]),
    ("D1 three running complete it twice", "HLLLHH", OLD, [2020, 2021]),
    ("D1 every other year never", "LHLHLH", OLD, []),
    ("D1 a year not assessed breaks the run", "L-LHHH", OLD, []),
    ("D3 first and second year", "LLHHHH", NEW, [2019]),
    ("D3 first and third year", "LHLHHH", NEW, [2020]),
    ("D3 three years apart is outside", "LHHLHH", NEW, []),
    ("D3 a year not assessed counts as a year", "L--LHH", NEW, []),
    ("D3 a year not assessed between two", "L-LHHH", NEW, [2020]),
    ("D3 a candidate once, and again when it is met anew", "LLHLHH", NEW, [2019, 2021]),
    ("D3 three in the window", "LLLHHH", NEW, [2019, 2020]),
    # Straddling: 2020 by the first edition, 2021 by the second.
    ("E8 both years old, then new", "HHLLHH", IN_FORCE, [2021]),
    ("E8 2019 and 2021: only the new rule takes three years", "HLHLHH", IN_FORCE, [2021]),
    ("E8 2019 and 2020: the old rule, before the change", "HLLHHH", IN_FORCE, [2020]),
    ("E8 2018 and 2020 with a year between: the old rule", "LHLHHH", IN_FORCE, []),
    ("E8 2020 and 2022", "HHLHLH", IN_FORCE, [2022]),
    ("E8 2020 and 2023 are three years apart", "HHLHHL", IN_FORCE, []),
]


@pytest.mark.parametrize(("clause", "pattern", "editions", "expected"), CLAUSES)
def test_sequences(clause, pattern, editions, expected):
    assert by(pattern, editions) == expected, clause


@pytest.mark.parametrize(("rule", "editions"), [(RULE_2016, OLD), (RULE_2021, NEW)])
def test_one_edition_over_all_years_is_the_rule_itself(rule, editions):
    frame = field(path("LLHLHL"))
    plain, found = candidates(frame, rule), candidates_by_edition(frame, editions)
    pd.testing.assert_frame_equal(found[plain.columns], plain)
    assert set(found["edition"]) == {rule.edition}


def test_d1_reported_removals_follow_from_sequences_that_fit_the_reports():
    """Their places are not published; both left after two years among the national last five."""
    scores = {f"z{i:02d}": dict.fromkeys(range(2016, 2021), 70.0 + i) for i in range(1, 20)}
    scores["jiuquan"] = {2016: 80.5, 2017: 61.0, 2018: 55.0}
    scores["shizuishan"] = {2016: 80.5, 2017: 79.5, 2018: 62.0, 2019: 58.0}
    editions = {year: framework_for(year).removeprefix("mofcom-") for year in range(2016, 2021)}
    went = events(
        removed(2019, "2020-01-17", unit="jiuquan", edition="2016", province="gansu"),
        removed(2020, "2021-01-27", unit="shizuishan", edition="2016", province="ningxia"),
    )
    found = candidates_by_edition(table(scores), editions, events=went)
    assert years_of(found, "jiuquan") == [2018]
    assert years_of(found, "shizuishan") == [2019]
    assert found.loc[found["unit"] == "jiuquan", "proposed"].tolist() == [True]
    assert pauses(went).empty  # the pause is told of the second edition alone
    assert len(pauses(went, Pause(editions=("2016",)))) == 2


def test_d2_the_first_rule_hardly_touches_a_strong_region():
    scores, regions = {}, {}
    for region, level in (("east", 80.0), ("west", 60.0)):
        for i in range(8):
            regions[f"{region}{i}"] = region
            scores[f"{region}{i}"] = dict.fromkeys(YEARS, level + i)
    both = table(scores, regions)
    old, new = candidates_by_edition(both, OLD), candidates_by_edition(both, NEW)
    assert set(old["region"]) == {"west"}
    assert new.groupby("region")["unit"].nunique().to_dict() == {"east": 5, "west": 5}


# --- settings for what the text leaves open ---

THREE = {2018: 90.0, 2019: 60.0, 2020: 66.0, 2021: 63.0, 2022: 90.0, 2023: 90.0}


@pytest.mark.parametrize(
    ("averaged", "years", "mean"),
    [
        ("latest", (2020, 2021), 64.5),
        ("earliest", (2019, 2020), 63.0),
        ("lowest", (2019, 2021), 61.5),
        ("all", (2019, 2020, 2021), 63.0),
    ],
)
def test_which_two_of_three_years_are_averaged(averaged, years, mean):
    rule = replace(RULE_2021, averaged=averaged)
    found = candidates(field(THREE), rule)
    row = found[(found["unit"] == "w") & (found["year"] == 2021)].iloc[0]
    assert (row["years"], row["mean_score"]) == (years, mean)


@pytest.mark.parametrize(
    ("straddle", "expected"), [("as_scored", [2021]), ("new_only", []), ("rescored", [])]
)
def test_a_window_that_straddles_the_change(straddle, expected):
    # Low in 2020 by the edition then in force, high as the new one scores that year.
    old = field(path("HHLLHH")).assign(edition="2016")
    new = field(path("HHHLHH")).assign(edition="2021")
    found = candidates_by_edition(pd.concat([old, new]), IN_FORCE, Exits(straddle=straddle))
    assert years_of(found) == expected


def test_a_straddling_account_says_by_which_edition_each_year_is_scored():
    for straddle, editions in (("as_scored", ("2016", "2021")), ("rescored", ("2021", "2021"))):
        frame = field(path("HHLLHH"))
        both = pd.concat([frame.assign(edition=edition) for edition in ("2016", "2021")])
        found = candidates_by_edition(both, IN_FORCE, Exits(straddle=straddle))
        assert found.loc[found["unit"] == "w", "editions"].tolist() == [editions]


def test_rescoring_needs_the_new_scores_of_every_year_in_a_window():
    old = field(path("HHLLHH")).assign(edition="2016")
    new = field(path("HHLLHH")).assign(edition="2021")
    with pytest.raises(ValueError, match="column edition"):
        candidates_by_edition(field(path("HHLLHH")), IN_FORCE, Exits(straddle="rescored"))
    lacking = pd.concat([old, new[new["year"] != 2019]])
    with pytest.raises(ValueError, match="2019"):
        candidates_by_edition(lacking, IN_FORCE, Exits(straddle="rescored"))
    # The data of 2018 are in no window of the new rule.
    fine = pd.concat([old, new[new["year"] > 2018]])
    candidates_by_edition(fine, IN_FORCE, Exits(straddle="rescored"))


@pytest.mark.parametrize(
    ("restart", "pattern", "expected"),
    [
        ("none", "HHLLLL", [2021, 2022, 2023]),
        ("candidate", "HHLLLL", [2021, 2023]),  # 2022 is the first of a new count
        ("rectified", "HHLLLL", [2021, 2023]),
        ("rectified", "HHLLHL", [2021]),  # without the rectification also in 2023
        ("none", "HHLLHL", [2021, 2023]),
    ],
)
def test_whether_a_rectified_zone_starts_anew(restart, pattern, expected):
    assert by(pattern, NEW, events(event("rectified", 2021)), restart=restart) == expected


@pytest.mark.parametrize(("returned", "expected"), [("anew", []), ("continued", [2022])])
def test_a_zone_that_left_and_came_back(returned, expected):
    told = events(event("left", 2021), event("entered", 2022))
    assert by("HHL-LH", NEW, told, returned=returned) == expected


@pytest.mark.parametrize(("grace", "expected"), [(0, [2021]), (1, [2022]), (2, [2023]), (9, [])])
def test_the_first_years_of_a_zone_that_enters(grace, expected):
    found = by("--LLLL", NEW, events(event("entered", 2020)), grace=grace)
    assert found[:1] == expected


def test_a_renamed_zone_keeps_its_years_under_the_name_of_the_time():
    early, late = field(path("LL----")), field(path("--LHHH"))
    late["unit"] = late["unit"].replace("w", "new name")
    both = pd.concat([early[early["year"] < 2020], late[late["year"] >= 2020]])
    told = events(event("renamed", 2020, into="new name"))
    found = candidates_by_edition(both, NEW, events=told)
    assert years_of(found, "w") == [2019]
    assert years_of(found, "new name") == [2020]
    assert years_of(candidates_by_edition(both, NEW), "new name") == []


@pytest.mark.parametrize(("merged", "expected"), [("absorber", []), ("any", [2021]), ("anew", [])])
def test_a_zone_into_which_another_is_merged(merged, expected):
    frame = field(path("HHHLHH"))
    part = field(path("HHL---"))
    part = part[part["unit"] == "w"].assign(unit="part")
    both = table(
        {
            str(unit): dict(zip(own["year"], own["score"], strict=True))
            for unit, own in pd.concat([frame, part]).groupby("unit")
        }
    )
    told = events(event("merged", 2021, unit="part", into="w"))
    found = candidates_by_edition(both, NEW, Exits(merged=merged), told)
    assert years_of(found) == expected
    assert years_of(found, "part") == []


def test_a_merged_zone_may_start_anew_though_it_was_low_itself():
    told = events(event("merged", 2021, unit="part", into="w"))
    assert by("HHLLHH", NEW, told) == [2021]
    assert by("HHLLHH", NEW, told, merged="anew") == []


def test_of_two_parts_that_were_low_the_worse_counts():
    scores = {f"z{i}": dict.fromkeys((2020, 2021), 80.0 + i) for i in range(9)}
    scores |= {"a": {2020: 62.0}, "b": {2020: 60.0}, "c": {2021: 64.0}}
    told = events(*(event("merged", 2021, unit=unit, into="c") for unit in "ab"))
    found = candidates_by_edition(
        table(scores), {2020: "2021", 2021: "2021"}, Exits(merged="any"), told
    )
    row = found[found["unit"] == "c"].iloc[0]
    assert row["scores"] == (60.0, 64.0) and row["years"] == (2020, 2021)


def test_ties_across_the_fifth_place_count_all_or_none():
    scores = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 5, "g": 5, "h": 9}
    one = table({unit: {2023: float(s)} for unit, s in scores.items()})
    assert last_places(one, "region", ties="all")["unit"].tolist() == list("abcdefg")
    kept = last_places(one, "region", ties="none")
    assert kept["unit"].tolist() == list("abcd") and kept["gap"].tolist() == [4, 3, 2, 1]
    # A tie that ends at the fifth place straddles nothing.
    scores["f"] = 6
    scores["g"] = 7
    scores["d"] = 5
    level = table({unit: {2023: float(s)} for unit, s in scores.items()})
    assert last_places(level, "region", ties="none")["unit"].tolist() == list("abcde")


@pytest.mark.parametrize(("small_groups", "expected"), [("all", 4), ("none", 0)])
def test_fewer_than_five_zones_in_a_region(small_groups, expected):
    scores = {f"w{i}": dict.fromkeys(YEARS, 60.0 + i) for i in range(4)}
    scores |= {f"e{i}": dict.fromkeys(YEARS, 70.0 + i) for i in range(9)}
    regions = {unit: "west" if unit.startswith("w") else "east" for unit in scores}
    rules = {"2021": replace(RULE_2021, small_groups=small_groups)}
    found = candidates_by_edition(table(scores, regions), NEW, Exits(rules=rules))
    last = found[found["year"] == 2023].groupby("region")["unit"].count()
    assert last.get("west", 0) == expected and last["east"] == 5


@pytest.mark.parametrize(("years_count", "expected"), [("calendar", []), ("assessed", [2021])])
def test_a_zone_that_was_not_assessed_in_between(years_count, expected):
    rules = {"2021": replace(RULE_2021, years_count=years_count)}
    assert by("L--LHH", NEW, rules=rules) == expected
    # The years that passed while it was away are nobody's, whatever else happened.
    assert by("L--LHH", NEW, events(event("rectified", 2023)), rules=rules) == expected


def test_d4_candidates_are_not_removals_and_their_number_is_a_setting():
    frame = field(path("HHHHLL"))
    assert candidates_by_edition(frame, NEW)["proposed"].isna().all()
    two = candidates_by_edition(frame, NEW, Exits(proposed=2))
    last = two[two["year"] == 2023]
    assert last["proposed"].tolist() == [True, True, False, False, False]
    assert last["unit"].iloc[0] == "w"
    assert candidates_by_edition(frame, OLD, Exits(proposed=2))["proposed"].all()


def test_the_account_tells_how_far_from_safety():
    frame = field({2018: 90.0, 2019: 60.0, 2020: 70.25, 2021: 90.0, 2022: 90.0, 2023: 90.0})
    found = candidates_by_edition(frame, NEW)
    row = found[(found["unit"] == "w") & (found["year"] == 2020)].iloc[0]
    # In 2020 z01 (70.1) and z02 (70.2) are behind it, and z06 would be the first who is safe.
    assert row["from_end"] == (1, 3) and row["places"] == (11, 9) and row["climb"] == 3
    assert row["gaps"] == pytest.approx((70.5 - 60.0, 70.5 - 70.25))
    told = account_told(row.to_dict(), "en", name="W", region="West")
    assert "place 9 of 11" in told and "65.12" in told and "3 places short" in told
    assert "倒数第 3" in account_told(row.to_dict(), "zh", name="W", region="西部")


def test_an_account_where_nobody_is_safe_gives_no_distance():
    small = table({f"z{i}": {2022: float(i), 2023: float(i)} for i in range(3)})
    row = candidates_by_edition(small, NEW).iloc[0].to_dict()
    for lang in LANGUAGES:
        assert "nan" not in account_told(row, lang, name="x")


def test_who_is_one_year_short():
    patterns = {"a": "HHHLHH", "b": "HHHHLH", "c": "HHHHHL", "d": "HHHLLH"}
    scores = {unit: {y: v for y, v in path(p).items() if v} for unit, p in patterns.items()}
    scores |= {f"z{i}": dict.fromkeys(YEARS, 80.0 + i) for i in range(9)}
    frame = table(scores)
    found = on_notice(frame, NEW, 2023).set_index("unit")
    assert "a" not in found.index  # 2021 leaves the window with 2024
    assert found.loc["b", "years"] == (2022,) and found.loc["b", "until"] == 2024
    assert found.loc["c", "years"] == (2023,) and found.loc["c", "until"] == 2025
    gone = events(event("left", 2024, unit="b"))
    assert "b" not in set(on_notice(frame, NEW, 2023, events=gone)["unit"])
    anew = on_notice(frame, NEW, 2022, Exits(restart="candidate")).set_index("unit")
    assert "d" not in anew.index and "d" in set(on_notice(frame, NEW, 2022)["unit"])


def test_a_year_of_grace_puts_nobody_on_notice():
    # Low in 2020, away in 2021, back in 2022: whose 2022 does not count has a year to spare.
    told = events(event("left", 2021), event("entered", 2022))
    frame = field(path("HHL---"))
    frame = frame[frame["year"] <= 2021]
    for grace, expected in ((0, {"w"}), (1, set())):
        exits = Exits(returned="continued", grace=grace)
        found = set(on_notice(frame, NEW, 2021, exits, told)["unit"])
        assert found & {"w"} == expected


def test_nobody_among_the_last_and_events_all_the_same():
    told = events(event("rectified", 2018))
    few = table({f"z{i}": {2018: float(i), 2019: float(i)} for i in range(4)}, {})
    rules = {"2021": replace(RULE_2021, small_groups="none")}
    exits = Exits(rules=rules)
    assert candidates_by_edition(few, NEW, exits, told).empty
    assert on_notice(few, NEW, 2019, exits, told).empty
    nowhere = few.assign(region="", region_rank=pd.array([None] * len(few), dtype="Int64"))
    assert candidates_by_edition(nowhere, NEW, events=told).empty
    # The first year of a new edition that looks at no year of the old one.
    frame = field(path("LLLLLL"))
    new_only = Exits(straddle="new_only")
    assert on_notice(frame, IN_FORCE, 2020, new_only, told).empty


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["2016", "2021"]))
def test_those_on_notice_are_those_whom_a_low_year_makes_candidates(seed, edition):
    rng = np.random.default_rng(seed)
    many = 7
    scores = {f"u{i}": {y: float(rng.integers(60, 90)) for y in YEARS[:4]} for i in range(many)}
    frame = table(scores)
    editions = dict.fromkeys((*YEARS, 2022), edition)
    short = set(on_notice(frame, editions, YEARS[3])["unit"])
    caught = set()
    tried = {f"u{i}" for i in rng.permutation(many)[:4]}
    for unit in sorted(tried):
        then = {u: {**own, YEARS[4]: 10.0 if u == unit else 95.0} for u, own in scores.items()}
        found = candidates_by_edition(table(then), editions)
        # The others tie far ahead of it.
        if YEARS[4] in years_of(found, unit):
            caught.add(unit)
    assert short & tried == caught


# --- D5: the pause of a province; D6: reapplication is in test_upgrades ---


@pytest.mark.parametrize(
    ("decided", "until"),
    [
        ("2023-01-13", date(2025, 1, 13)),
        ("2024-02-29", date(2026, 2, 28)),  # no such day two years on
        ("2022-02-28", date(2024, 2, 28)),
    ],
)
def test_d5_two_years_from_the_decision(decided, until):
    found = pauses(events(removed(2022, decided)))
    assert found["until"].tolist() == [until]
    day = date.fromisoformat(decided)
    assert paused_on(found, day) == {}
    assert paused_on(found, day.replace(day=day.day - 1)) == {}
    assert paused_on(found, until) == {"P": until}
    after = date.fromordinal(until.toordinal() + 1)
    assert paused_on(found, after) == {}


def test_d5_several_removals_run_side_by_side():
    told = events(
        removed(2022, "2023-01-13"),
        removed(2023, "2023-12-28", unit="v"),
        removed(2023, "2023-12-28", unit="u", province="Q"),
        event("left", 2023, unit="t"),
    )
    found = pauses(told)
    assert found["province"].tolist() == ["P", "P", "Q"]
    assert paused_on(found, date(2025, 1, 14)) == {
        "P": date(2025, 12, 28),
        "Q": date(2025, 12, 28),
    }
    longer = pauses(told, Pause(years=3))
    assert longer["until"].max() == date(2026, 12, 28)


# --- R5, R6: talks ---


def test_ten_were_summoned_on_the_data_of_2018_and_other_years_need_a_number():
    frame = table({f"z{i:02d}": {2018: float(i), 2022: float(i)} for i in range(30)})
    assert talks_of(2018) == Talks(10)
    assert talks_list(frame, 2018)["unit"].tolist() == [f"z{i:02d}" for i in range(10)]
    with pytest.raises(InputError, match="2022"):
        talks_list(frame, 2022)
    again = talks_list(frame, 2022, Talks(3))
    assert again["unit"].tolist() == ["z00", "z01", "z02"]
    assert again["before"].tolist() == [1, 1, 1]


def test_the_follow_up_of_what_was_asked():
    frame = field(path("LHHHHH"))
    rows = [
        ("w", 2018, "a", "2020-06-30", "2020-06-30", "letter 1"),
        ("w", 2018, "b", "2020-06-30", "2020-07-02", "letter 2"),
        ("w", 2018, "c", "2020-06-30", "2020-06-01", ""),
        ("w", 2018, "d", "2020-06-30", "", ""),
        ("w", 2018, "e", "2020-12-31", "", ""),
        ("w", 2018, "f", "2020-12-31", "2020-11-01", "letter 3"),  # later than the day looked at
        ("z01", 2023, "g", "2020-12-31", "", ""),
    ]
    asked = pd.DataFrame(rows, columns=["unit", "year", "request", "due", "answered", "evidence"])
    found = follow_up(asked, frame, date(2020, 7, 31)).set_index("request")
    assert found["status"].to_dict() == {
        "a": "done",
        "b": "late",
        "c": "unproved",
        "d": "overdue",
        "e": "open",
        "f": "open",
        "g": "open",
    }
    assert found.loc[["a", "b", "d", "e"], "days"].tolist() == [0, 2, 31, -153]
    assert found.loc["a", ["from_end", "from_end_next", "rank", "rank_next"]].tolist() == [
        *(1, 11, 11, 1)
    ]
    assert found.loc["g", ["from_end_next", "rank_next"]].isna().all()
    with pytest.raises(InputError) as error:
        rows = [("", 2018, "", "soon", "", ""), ("v", 2018, "x", "2020-06-30", "30 June", "")]
        follow_up(pd.DataFrame(rows, columns=asked.columns), frame, date(2020, 7, 31))
    assert [f.code.removeprefix("talks.") for f in error.value.findings] == [
        *("lacks", "lacks", "date", "date", "not_assessed")
    ]
    with pytest.raises(InputError, match="evidence"):
        follow_up(asked.drop(columns="evidence"), frame, date(2020, 7, 31))


# --- events: everything wrong is said at once ---


def test_every_problem_of_the_events_is_named_in_one_pass():
    wrong = events(
        event("left", 2020, unit=""),
        event("vanished", 2020),
        event("left", "last year"),  # type: ignore[arg-type]
        event("renamed", 2020),
        event("left", 2020, unit="a", into="b"),
        removed(2020, "17 January", province=""),
        event("renamed", 2021, unit="c", into="d"),
        event("merged", 2022, unit="d", into="c"),
        event("rectified", 2020, unit="e"),
        event("rectified", 2020, unit="e"),
        event("left", 2019, unit="f"),
        event("merged", 2019, unit="f", into="g"),
    )
    with pytest.raises(InputError) as error:
        check_events(wrong)
    codes = [finding.code.removeprefix("events.") for finding in error.value.findings]
    assert codes == [
        *("unit", "kind", "year", "lacks", "into", "lacks", "date"),
        *("twice", "two_ways", "circle", "circle"),
    ]
    for finding in error.value.findings:
        assert all(finding.text(lang) for lang in LANGUAGES)
    with pytest.raises(InputError, match="kind, year"):
        check_events(pd.DataFrame({"unit": ["a"]}))


def test_a_zone_that_is_gone_cannot_have_been_assessed():
    with pytest.raises(InputError, match="2021, 2022, 2023"):
        by("HHLLLL", NEW, events(event("left", 2021)))
    with pytest.raises(InputError, match="assessed in 2021;"):
        by("HHLLLL", NEW, events(event("left", 2021), event("entered", 2022)))
    assert by("HHL-LL", NEW, events(event("left", 2021), event("entered", 2022))) == [2023]


def test_what_cannot_be_run_is_refused():
    frame = field(path("LLHHHH"))
    with pytest.raises(ValueError, match="2023"):
        candidates_by_edition(frame, dict.fromkeys(YEARS[:-1], "2021"))
    with pytest.raises(ValueError, match="1999"):
        candidates_by_edition(frame, dict.fromkeys(YEARS, "1999"))
    with pytest.raises(ValueError, match="fewer than none"):
        Exits(grace=-1)
    with pytest.raises(ValueError, match="pause"):
        Pause(years=-1)
    empty = candidates_by_edition(frame.iloc[:0], {})
    assert empty.empty and "proposed" in empty


def test_dates_of_a_spreadsheet_and_missing_cells_are_read():
    told = events(removed(2022, "x"), event("left", 2020, unit="v"))
    told["date"] = [pd.Timestamp("2023-01-13"), pd.NaT]
    told["year"] = [2022.0, 2020.0]
    read = check_events(told)
    assert read["date"].tolist() == [None, date(2023, 1, 13)]
    assert read["into"].tolist() == ["", ""]


# --- settings are stated ---


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_setting_is_stated_with_its_basis(lang):
    stated = stated_settings(Exits(), Upgrades(), lang)
    assert not stated.duplicated("clause").any()
    assert stated["basis"].nunique() == 2
    others = Exits(
        rules={
            "2021": replace(
                RULE_2021, ties="none", averaged="lowest", years_count="assessed", last=3
            )
        },
        straddle="rescored",
        restart="candidate",
        returned="continued",
        merged="any",
        wait=2,
        grace=2,
        proposed=1,
    )
    changed = Upgrades(1, (), "own", "open", Pause(3, ("2016", "2021"), "marks"))
    both = stated.merge(stated_settings(others, changed, lang), on="clause")
    same = both[both["setting_x"] == both["setting_y"]]
    # Two of them have no other value: how a term is reckoned, and the terms of reapplication.
    assert len(same) == 2
    # A rule with another number of places is not the one reported.
    assert both["basis_y"].iloc[0] == stated["basis"].iloc[1]
