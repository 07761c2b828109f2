"""The round in which the edition changed, beside the ordinary ones of the published record."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.reporting.record import (
    record_experiment_figures,
    record_experiment_tables,
    record_experiment_words,
)
from analysis.reporting.record.record_experiment import open_experiment
from analysis.reporting.style import svg
from analysis.zones.experiment_chance import (
    drawn_share,
    number_needed,
    paired_moves,
    placing,
    rounds_needed,
    same_rate,
    share_interval,
)
from analysis.zones.files import read_record
from analysis.zones.natural_experiment import (
    candidates,
    completions,
    least_move,
    read_told,
    region_bounds,
    replaced_by_depth,
    step,
)
from analysis.zones.published import TopList, Turnover

CHINESE = re.compile(r"[\u4e00-\u9fff]")
TABLES = ("steps", "exchanged", "regions", "chance")
WORDS = ("notice", "brief", "bounds", "regional", "chance", "conclusions")


@pytest.fixture(scope="module", params=["zh", "en"])
def experiment(request):
    return open_experiment(lang=request.param)


@pytest.fixture(scope="module")
def english():
    return open_experiment(lang="en")


def known(order, size, *, hidden=(), outside=(), year=1) -> TopList:
    """Return the list of the first zones of an order, some of its members not known."""
    places = {zone: place for place, zone in enumerate(order[:size], 1) if zone not in hidden}
    shown = frozenset(places)
    return TopList(year, size, pd.Series(places, dtype="int64"), shown, frozenset(outside))


# What the lists say (the figures of the issue, each from the published lists)


def test_the_round_of_the_change(english):
    change = english.change.change
    assert (change.before, change.after) == (2020, 2021)
    assert (change.low, change.high, change.compared) == (6, 6, 24)
    # 71 places over 24 zones, summed by hand from the two lists.
    assert change.moves.abs().sum() == 71 and english.change.mean_low == 71 / 24
    assert english.same_down_to(english.change) == 10


def test_the_ordinary_rounds(english):
    earlier, later, told = english.earlier, english.later, english.told
    assert (earlier.change.before, earlier.change.after) == (2019, 2020)
    assert earlier.replaced == (3, 4) and round(earlier.change.mean_move, 1) == 1.8
    assert (later.change.before, later.change.after, later.rounds) == (2021, 2023, 2)
    assert later.replaced == (4, 4) and round(later.change.mean_move, 1) == 3.6
    assert (told.change.before, told.change.after) == (2016, 2017)
    assert told.replaced == (5, 5) and (told.change.low, told.change.high) == (5, 21)
    assert len(english.ordinary) == 6


def test_what_was_told_agrees_with_the_lists_and_names_its_source(english):
    told = read_record("turnovers_told.csv")
    assert told["source"].isin(read_record("sources.csv")["source"]).all()
    assert told["read_at"].ne("").all() and told["told_by"].ne("").all()
    assert told["confidence"].isin(["high", "medium", "low"]).all()
    change = english.told.change
    assert read_told()[(2016, 2017)] == len(change.entered) == len(change.left) == 5
    assert {"mianyang", "xiqing"} <= set(change.left) and "zhenjiang" in change.entered


def test_the_missing_name_of_2019_is_a_zone_of_jiangsu(english):
    before, after = english.lists(english.earlier)
    free = candidates(before, english.assessed(2019), english.counts[2019])
    assert len(free) == 19 and not before.members & set(free)
    assert {english.record.zones.at[zone, "province_en"] for zone in free} == {"Jiangsu"}
    assert [zone for zone in free if zone in after.members] == ["wujiang"]
    # Wujiang 30th and then 29th: one place more over 27 zones; any other leaves 26.
    assert (english.earlier.mean_low, english.earlier.mean_high) == (47 / 27, 46 / 26)


def test_the_least_move_counts_those_that_dropped_out(english):
    # 2020: Changsha 14, Chengdu 17, Xuzhou 23, Yuhang 24, Changchun 28, Beichen 30.
    assert english.change.least == pytest.approx((71 + 17 + 14 + 8 + 7 + 3 + 1) / 30)


def test_regions_where_lists_are_complete_published_told_or_open(english):
    mix = english.regions
    exact = {2016: (21, 6, 3), 2019: (21, 7, 2), 2020: (22, 6, 2), 2021: (23, 5, 2)}
    for year, counts in exact.items():
        row = mix.loc[year]
        assert tuple(row[f"{region}_low"] for region in ("east", "central", "west")) == counts
        assert tuple(row[f"{region}_high"] for region in ("east", "central", "west")) == counts
    assert mix["basis"].to_dict() == {
        2016: "published",
        2017: "told",
        2018: "bounds",
        2019: "published",
        2020: "list",
        2021: "list",
        2022: "bounds",
        2023: "list",
    }
    # Mianyang (West) and four of the East out, five of the East in.
    assert mix.loc[2017, ["east_low", "central_low", "west_low"]].tolist() == [22, 6, 2]
    # The complete lists themselves allow no other number than these.
    for year in (2018, 2022):
        low = mix.loc[year, ["east_low", "central_low", "west_low"]].sum()
        assert low + english.record.tops[year].missing == 30
    assert english.exchanged("east") == (4, 3)
    with pytest.raises(ValueError, match="bounds"):
        english.gain(english.steps[1], "east")


def test_conclusions_hold_in_the_record(english):
    """The sentences say more, farther, the same zones, in it: each has to be true."""
    special = english.change.change.low
    assert special > english.earlier.change.high and special > english.told.replaced[1]
    assert english.paired.second > english.paired.first
    assert english.assessed(2020).index.equals(english.assessed(2021).index)
    assert all(english.gain(s, "east") > 0 for s in (english.earlier, english.change))
    low, high = share_interval(special, 30)
    assert all(low < n / 30 < high for n in (3, 4, 5))
    open_steps = [s for s in english.ordinary if not s.narrow and s.told is None]
    assert len(open_steps) == 4 and all(s.change.high >= special for s in open_steps)


# Chance


def test_placings_of_the_record(english):
    found = {key: (p.low, p.high, p.steps) for key, p in english.placings.items()}
    assert found == {
        "all": (1, 6, 7),
        "all_told": (1, 5, 7),
        "narrow": (1, 1, 2),
        "narrow_told": (1, 1, 3),
        "narrow_two": (1, 1, 4),
    }
    assert english.placings["all"].smallest == 1 / 7


def test_as_many_rounds_as_a_level_asks_for():
    assert rounds_needed(0.05) == 19 and rounds_needed(0.5) == 1 and rounds_needed(0.3) == 3
    for level in (0.05, 0.1, 0.01, 0.3):
        k = rounds_needed(level)
        assert 1 / (k + 1) <= level < 1 / k
    with pytest.raises(ValueError, match="level"):
        rounds_needed(0.0)


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(0, 9), st.integers(0, 3))
def test_placing_holds_whatever_the_bounds_hide(true, special, width):
    found = placing(special, [(max(n - width, 0), n + width) for n in true])
    at_least = 1 + sum(n >= special for n in true)
    assert found.low <= at_least <= found.high and found.smallest <= found.p_low <= found.p_high
    exact = placing(special, [(n, n) for n in true])
    assert exact.low == exact.high == at_least


@pytest.mark.parametrize(("n", "other"), [(6, 3), (6, 4), (6, 5), (0, 4), (30, 0)])
def test_same_rate_counts_the_ways(n, other):
    """Of all ways to spread the places replaced over both rounds, those with n or more."""
    total = n + other
    ways = [math.comb(30, k) * math.comb(30, total - k) for k in range(n, min(total, 30) + 1)]
    assert same_rate(n, other, 30) == pytest.approx(sum(ways) / math.comb(60, total))


def test_the_number_needed_is_the_first_that_reaches_the_level():
    assert number_needed(3, 30) == 10 and number_needed(4, 30) == 11
    assert same_rate(10, 3, 30) <= 0.05 < same_rate(9, 3, 30)
    assert number_needed(2, 2) == 3  # nothing reaches it


def test_the_interval_of_a_share_meets_its_definition():
    low, high = share_interval(6, 30)

    def at_most(k, p):
        return sum(math.comb(30, i) * p**i * (1 - p) ** (30 - i) for i in range(k + 1))

    assert 1 - at_most(5, low) == pytest.approx(0.025)
    assert at_most(6, high) == pytest.approx(0.025)
    assert share_interval(0, 30)[0] == 0 and share_interval(30, 30)[1] == 1


@pytest.mark.parametrize(("entered", "left", "inside"), [(4, 3, 6), (0, 3, 6), (2, 0, 2)])
def test_drawn_share_enumerates_the_draws(entered, left, inside):
    zones = [True] * (entered + left) + [False] * (2 * inside - entered - left)
    draws = [sum(draw) for draw in itertools.combinations(zones, inside)]
    share = np.mean([count >= entered for count in draws])
    assert drawn_share(entered, left, inside) == pytest.approx(share)


def moved(**moves) -> Turnover:
    return Turnover(1, 2, (), (), 0, 0, pd.Series(moves))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=1, max_size=7))
def test_paired_moves_enumerates_every_exchange(pairs):
    first = moved(**{f"z{i}": one for i, (one, _) in enumerate(pairs)})
    second = moved(**{f"z{i}": two for i, (_, two) in enumerate(pairs)}, only=9)
    found = paired_moves(first, second)
    differences = [abs(two) - abs(one) for one, two in pairs]
    flips = itertools.product((1, -1), repeat=len(pairs))
    sums = [sum(s * d for s, d in zip(signs, differences, strict=True)) for signs in flips]
    assert found.p == pytest.approx(np.mean([total >= sum(differences) for total in sums]))
    assert found.zones == len(pairs)
    assert found.farther == sum(d > 0 for d in differences)
    assert found.nearer == sum(d < 0 for d in differences)


def test_zones_that_are_in_one_step_only_do_not_pair():
    with pytest.raises(ValueError, match="no zone"):
        paired_moves(moved(a=1), moved(b=2))


# Lists by hand


def test_a_list_that_lacks_one_name_has_as_many_completions_as_candidates():
    full, gap = known("abcd", 4), known("abcd", 4, hidden="c", outside="x")
    assert completions(full, []) == [full]
    filled = completions(gap, ["c", "y"])
    assert [one.places.to_dict()["cy"[i]] for i, one in enumerate(filled)] == [3, 3]
    assert all(one.complete and one.places.tolist() == [1, 2, 3, 4] for one in filled)
    with pytest.raises(ValueError, match="lacks more than one"):
        completions(known("abcd", 4, hidden="bc"), ["b"])


def test_candidates_follow_the_published_counts():
    zones = list("abcdxyz")
    places = pd.DataFrame(
        {"region": list("eeewwww"), "province": list("pqpqpqp")}, index=zones
    ).replace({"e": "east", "w": "west"})
    gap = known("abcd", 4, hidden="c", outside="z")
    assert candidates(gap, places, {}) == ["c", "x", "y"]
    assert candidates(gap, places, {"east": 2}) == ["x", "y"]  # both of the East are known
    assert candidates(gap, places, {"east": 3}) == ["c"]  # the missing one is of the East
    assert candidates(gap, places, {"p": 2}) == ["c", "x"]
    assert candidates(known("abcd", 4), places, {}) == []
    bounds = region_bounds(gap, places, {})
    assert bounds.loc["east"].tolist() == [2, 3] and bounds.loc["west"].tolist() == [1, 2]
    assert bounds.loc["central"].tolist() == [0, 0]
    assert region_bounds(gap, places, {"west": 2}).loc["west"].tolist() == [2, 2]


def test_the_least_move_by_hand():
    before, after = known("abcd", 4), known("baxc", 4)
    # a and b one place each, c one, d from 4 to 5 at least.
    assert least_move(before, after) == 1.0


@settings(max_examples=60, deadline=None)
@given(st.permutations("abcdefgh"), st.permutations("abcdefgh"), st.sets(st.sampled_from("abcde")))
def test_replaced_by_depth_holds_whatever_is_hidden(one, two, hidden):
    by_depth = replaced_by_depth(known(one, 5, hidden=hidden), known(two, 5))
    exact = replaced_by_depth(known(one, 5), known(two, 5))
    for depth in range(1, 6):
        true = depth - len(set(one[:depth]) & set(two[:depth]))
        assert by_depth.at[depth, "low"] <= true <= by_depth.at[depth, "high"]
        assert exact.loc[depth].tolist() == [true, true]


def test_a_number_told_that_the_lists_rule_out_is_refused(english):
    record = english.record
    with pytest.raises(ValueError, match="7 replaced were told, the lists allow 6 to 6"):
        step(
            record.tops[2020],
            record.tops[2021],
            record.zones,
            record.provinces,
            english.counts,
            told=7,
        )


# What a reader sees


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_whole_and_in_one_language(experiment, name):
    text = getattr(record_experiment_tables, name)(experiment).text
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 3 and len({len(row) for row in rows}) == 1
    assert "nan" not in text and "{" not in text
    assert bool(CHINESE.search(text)) == (experiment.record.lang == "zh")


@pytest.mark.parametrize("name", WORDS)
def test_sentences_are_in_one_language(experiment, name):
    text = getattr(record_experiment_words, name)(experiment).text
    assert text and "{" not in text.replace("{.callout", "") and "nan" not in text
    assert bool(CHINESE.search(text)) == (experiment.record.lang == "zh")


def test_sentences_carry_the_computed_numbers(english):
    brief = record_experiment_words.brief(english).text
    assert "6 of the top 30 were replaced" in brief and "moved by 3.0 places" in brief
    assert "3 or 4 replaced, mean move 1.8 places" in brief
    assert "5 as a newspaper tells it (the lists alone allow 5 to 21)" in brief
    assert "4 replaced, 3.6 places" in brief and "1/7 to 6/7" in brief
    assert "takes 19 ordinary rounds" in record_experiment_words.chance(english).text
    assert "Wujiang, 3 were replaced" in record_experiment_words.bounds(english).text
    cannot = record_experiment_words.conclusions(english).text.split("What cannot be concluded")[1]
    assert "with reinvestment for 2019 and without it for 2021" in cannot


def test_the_figure_draws_the_same_bytes_twice(experiment):
    draw = record_experiment_figures.turnover_and_moves
    first, again = (svg(draw(experiment)) for _ in range(2))
    assert first == again and first.startswith("<?xml")


def test_unknown_language_is_refused():
    with pytest.raises(ValueError, match="zh or en"):
        open_experiment(lang="fr")
