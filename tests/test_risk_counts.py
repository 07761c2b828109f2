"""The rules of exit in arrays against the rules of exit as they are run year by year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rank_tables import YEARS, table

from analysis.core.uncertainty.draws.crossed import crossed_interval
from analysis.core.uncertainty.draws.intervals import wilson, wilson_of_shares
from analysis.zones.editions import framework_for
from analysis.zones.management import (
    RULE_2016,
    RULE_2021,
    RULES,
    Exits,
    Rule,
    candidates_by_edition,
    check_events,
    last_places,
    no_events,
)
from analysis.zones.management.windows import scored_by
from analysis.zones.risk_counts import Seen, among_last, prior, see

SIZES = {"a": 9, "b": 6, "c": 3}
REGIONS = {f"{region}{at:02d}": region for region, many in SIZES.items() for at in range(many)}
EDITIONS = {year: framework_for(year).removeprefix("mofcom-") for year in YEARS}
NEW = dict.fromkeys(YEARS, "2021")
DRAWS = 2


def drawn(seed: int, *, present: bool = True) -> dict[int, dict[str, np.ndarray]]:
    """Return scores of few values, so that there are ties, by year and unit, in draws."""
    rng = np.random.default_rng(seed)
    found: dict[int, dict[str, np.ndarray]] = {}
    for year in YEARS:
        found[year] = {}
        for unit in REGIONS:
            # Some are not assessed in a year; some have no score in a draw.
            if present and rng.random() < 0.15:
                continue
            scores = np.round(rng.normal(size=DRAWS) * 2) + int(unit[1:]) / 2
            scores[rng.random(DRAWS) < 0.05] = np.nan
            found[year][unit] = scores
    return found


def as_table(scores: dict[int, dict[str, np.ndarray]], draw: int) -> pd.DataFrame:
    by_unit: dict[str, dict[int, float]] = {}
    for year, row in scores.items():
        for unit, values in row.items():
            if not np.isnan(values[draw]):
                by_unit.setdefault(unit, {})[year] = float(values[draw])
    return table(by_unit, REGIONS)


def in_arrays(
    scores: dict[int, dict[str, np.ndarray]],
    editions: dict[int, str],
    exits: Exits,
    events: pd.DataFrame,
    second: dict[int, dict[str, np.ndarray]] | None = None,
) -> dict[int, dict[str, np.ndarray]]:
    """Return who is a candidate, by year and unit, in draws."""
    flags: dict[int, tuple[tuple[str, ...], np.ndarray]] = {}

    def seen(year: int, edition: str, rule: Rule) -> Seen:
        held = scores if second is None or edition == editions[year] else second
        units = tuple(sorted(held[year]))
        regions = np.array([REGIONS[unit] for unit in units], dtype=object)
        return see(units, regions, np.column_stack([held[year][u] for u in units]), rule)

    for year in YEARS:
        edition = editions[year]
        rule = exits.rules[edition]
        before = {
            y: seen(y, scored_by(y, edition, editions, exits), rule)
            for y in YEARS
            if y < year and (exits.straddle != "new_only" or editions[y] == edition)
        }
        own = seen(year, edition, rule)
        found = flags if exits.restart == "candidate" else {}
        held = prior(year, rule, exits, events, before, own.units, found, DRAWS)
        flags[year] = own.units, held.candidates(own.units, own.last)
    return {y: dict(zip(units, who.T, strict=True)) for y, (units, who) in flags.items()}


def compare(
    scores: dict[int, dict[str, np.ndarray]],
    editions: dict[int, str],
    exits: Exits,
    events: pd.DataFrame | None = None,
    second: dict[int, dict[str, np.ndarray]] | None = None,
) -> int:
    """Compare both ways in every draw, and return how many candidates there were."""
    checked = no_events() if events is None else check_events(events)
    arrays = in_arrays(scores, editions, exits, checked, second)
    many = 0
    for draw in range(DRAWS):
        told = as_table(scores, draw)
        if second is not None:
            new = as_table(second, draw).assign(edition="2021")
            old = told.assign(edition=told["year"].map(editions))
            told = pd.concat([old, new[new["year"].map(editions) != "2021"]])
            told = told.sort_values(["year", "unit"], ignore_index=True)
            told = told.drop_duplicates(["year", "unit", "edition"])
            found = candidates_by_edition(told, editions, exits, events)
        else:
            found = candidates_by_edition(told, editions, exits, events)
        expected = {(int(y), str(u)) for y, u in zip(found["year"], found["unit"], strict=True)}
        got = {(y, u) for y, row in arrays.items() for u, who in row.items() if who[draw]}
        assert got == expected, draw
        many += len(expected)
    return many


def rules(**changed: object) -> dict[str, Rule]:
    return {key: replace(rule, **changed) for key, rule in RULES.items()}  # type: ignore[arg-type]


SETTINGS = {
    "as they are": Exits(),
    "three times": Exits(rules=rules(times=3, window=4)),
    "years assessed": Exits(rules=rules(years_count="assessed")),
    "no ties": Exits(rules=rules(ties="none")),
    "no small groups": Exits(rules=rules(small_groups="none")),
    "last three": Exits(rules=rules(last=3)),
    "new only": Exits(straddle="new_only"),
    "anew after a candidacy": Exits(restart="candidate"),
    "anew, years assessed": Exits(restart="candidate", rules=rules(years_count="assessed")),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_arrays_find_the_candidates_that_the_rules_find(name: str) -> None:
    assert compare(drawn(1), EDITIONS, SETTINGS[name]) > 5


def test_by_one_edition_throughout() -> None:
    assert compare(drawn(1), NEW, Exits()) > 5


def counted(
    scores: dict[int, dict[str, np.ndarray]], exits: Exits, events: pd.DataFrame
) -> tuple[int, ...]:
    """Return how many candidates there are by year, in arrays."""
    found = in_arrays(scores, EDITIONS, exits, events)
    return tuple(int(sum(who.sum() for who in row.values())) for row in found.values())


def test_settings_lead_to_other_candidates() -> None:
    # Or the comparison above would not tell one setting from another.
    told = {counted(drawn(1), exits, no_events()) for exits in SETTINGS.values()}
    assert len(told) == len(SETTINGS)


def event(kind: str, unit: str, year: int, **more: str) -> dict[str, object]:
    return {"unit": unit, "kind": kind, "year": year, **more}


EVENTS = pd.DataFrame(
    [
        event("rectified", "a00", 2020),
        event("rectified", "b00", 2021),
        event("entered", "b01", 2019),
        event("renamed", "a01", 2020, into="a08"),
        event("merged", "a03", 2021, into="a04"),
        event("merged", "a05", 2021, into="a06"),
        event("left", "b02", 2021),
        event("entered", "b02", 2022),
        event("entered", "a02", 2021),
    ]
)
GONE = {"a01": (2020, 9999), "a03": (2021, 9999), "a05": (2021, 9999), "b02": (2021, 2022)}


def with_events() -> dict[int, dict[str, np.ndarray]]:
    scores = drawn(4, present=False)
    for year, row in scores.items():
        for unit, (first, back) in GONE.items():
            if first <= year < back:
                row.pop(unit)
        if year < 2020:
            row.pop("a08")  # who is called so from 2020 on
        # Those with events are low, so that it matters.
        for unit in set(row) & {*EVENTS["unit"], "a08"}:
            row[unit] -= 2
        # The whole is low only once it has its part, the part before.
        row["a04"] += 5 if year < 2021 else -5
        row["a06"] -= 5
    return scores


EVENT_SETTINGS = {
    "as they are": Exits(),
    "rectified": Exits(restart="rectified"),
    "returned": Exits(returned="continued"),
    "any part": Exits(merged="any"),
    "merged anew": Exits(merged="anew"),
    "grace": Exits(grace=2),
    "candidate": Exits(restart="candidate"),
    "candidate, any part": Exits(restart="candidate", merged="any", grace=1),
    "assessed": Exits(rules=rules(years_count="assessed"), merged="any"),
}


@pytest.mark.parametrize("name", EVENT_SETTINGS)
def test_arrays_follow_events_as_the_rules_do(name: str) -> None:
    assert compare(with_events(), EDITIONS, EVENT_SETTINGS[name], EVENTS) > 5


def test_events_matter() -> None:
    scores, events = with_events(), check_events(EVENTS)
    told = {name: counted(scores, exits, events) for name, exits in EVENT_SETTINGS.items()}
    assert len(set(told.values())) == len(EVENT_SETTINGS)
    assert told["as they are"] != counted(scores, Exits(), no_events())


def test_years_scored_anew_by_the_new_edition() -> None:
    exits = Exits(straddle="rescored")
    assert compare(drawn(1), EDITIONS, exits, second=drawn(2)) > 5


@pytest.mark.parametrize("rule", [RULE_2016, RULE_2021, replace(RULE_2021, ties="none", last=2)])
def test_who_is_among_the_last(rule: Rule) -> None:
    scores = drawn(9)
    for draw in range(DRAWS):
        found = last_places(
            as_table(scores, draw), rule.scope, rule.last, rule.small_groups, rule.ties
        )
        for year, row in scores.items():
            units = tuple(sorted(row))
            regions = np.array([REGIONS[unit] for unit in units], dtype=object)
            values = np.array([[row[unit][draw] for unit in units]])
            seen = see(units, regions, values, rule)
            got = {unit for unit, last in zip(units, seen.last[0], strict=True) if last}
            assert got == set(found.loc[found["year"] == year, "unit"])
            assert seen.placed[0].tolist() == (~np.isnan(values[0])).tolist()


def test_scores_are_rounded_before_they_are_compared() -> None:
    rule = replace(RULE_2016, last=1)
    scores = np.array([[1.0, 1.0 + 1e-10, 2.0]])
    assert among_last(scores, rule).tolist() == [[True, True, False]]
    assert among_last(scores, rule, 12).tolist() == [[True, False, False]]
    regions = np.array(["", "s", "s"], dtype=object)
    seen = see(("x", "y", "z"), regions, scores, replace(RULE_2021, last=1))
    assert seen.last.tolist() == [[False, True, False]]  # without a region, no place in one
    assert seen.placed.tolist() == [[False, True, True]]


def test_intervals_of_shares_of_samples_of_their_own_size() -> None:
    counts = np.array([0, 3, 50, 100])
    whole = wilson(counts, 100)
    assert np.array_equal(wilson_of_shares(counts / 100, 100), whole)
    mixed = wilson_of_shares(np.array([0.5, 0.5]), np.array([100.0, 4.0]))
    assert mixed[0][0] == whole[0][2] and mixed[0][1] == wilson(np.array([2]), 4)[0][0]


def test_outcomes_that_all_hang_on_the_scenario_are_worth_as_many_as_there_are() -> None:
    happened = np.zeros((25, 1))
    happened[:10] = 1.0
    by_draw = np.full((400, 1), 0.4)
    low, high = crossed_interval(by_draw, happened)
    expected = wilson_of_shares(np.array([0.4]), 25 * 24 / 25)
    # s^2 has 24 in its denominator: hardly anything between the two.
    assert low == pytest.approx(expected[0], abs=0.01)
    assert high == pytest.approx(expected[1], abs=0.01)
    # The other way round they hang on the draws.
    low, high = crossed_interval(happened, np.full((400, 1), 0.4))
    assert high - low == pytest.approx(expected[1] - expected[0], abs=0.02)


def test_what_never_happened_may_still_happen() -> None:
    by_draw, by_scenario = np.zeros((1000, 2)), np.zeros((100, 2))
    by_scenario[:50, 1], by_draw[:, 1] = 1.0, 0.5
    low, high = crossed_interval(by_draw, by_scenario)
    assert low[0] == 0 and high[0] == pytest.approx(wilson(np.array([0]), 100)[1][0], abs=0.002)
    # Nothing known of anybody: the fewer of both.
    low, high = crossed_interval(np.zeros((1000, 1)), np.zeros((100, 1)))
    assert high[0] == pytest.approx(wilson(np.array([0]), 100)[1][0])
    low, high = crossed_interval(np.ones((7, 1)), np.ones((1, 1)))
    assert low[0] < 0.25 and high[0] == 1  # one scenario is worth one outcome


def test_intervals_cover_what_they_say() -> None:
    # An outcome is true where a draw's part, a scenario's and its own exceed a bound.
    rng = np.random.default_rng(11)
    many, draws, scenarios = 400, 60, 40
    d, s = rng.normal(size=(draws, many)), rng.normal(size=(scenarios, many)) * 1.5
    own = rng.normal(size=(draws, scenarios, many))
    true = (d[:, None] + s[None] + own) > 1.0
    low, high = crossed_interval(true.mean(axis=1), true.mean(axis=0))
    from scipy.stats import norm

    p = float(norm.sf(1.0 / np.sqrt(1 + 1.5**2 + 1)))
    covered = float(((low <= p) & (p <= high)).mean())
    assert 0.92 <= covered <= 0.985
    # Taken for independent they would miss it more often than not.
    naive = wilson_of_shares(true.mean(axis=(0, 1)), draws * scenarios)
    assert float(((naive[0] <= p) & (p <= naive[1])).mean()) < 0.5
