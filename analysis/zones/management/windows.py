"""What counts against a zone in a year: editions, names, and where a count starts anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from analysis.zones.management.account import assessed_years
from analysis.zones.management.events import name_in, steps_of
from analysis.zones.management.places import last_places
from analysis.zones.management.rule import RULES, Rule

Names = Callable[[str, int], str]
"""What a unit of a year is called in the year looked at."""


@dataclass(frozen=True)
class Exits:
    """How the rules of exit are run over the years: what their texts leave open.

    Attributes
    ----------
    rules : mapping of str to Rule
        By edition. The rule of a data year is that of the edition in force.
    straddle : {"as_scored", "rescored", "new_only"}
        Years of the old edition in a window of the new one count with the
        places and scores of the edition that was in force (the default), or as
        the new edition scores them, or not at all.
    restart : {"none", "rectified", "candidate"}
        Years once counted go on counting (the default); or a zone that was
        rectified starts anew after the year that the event names; or every
        zone starts anew after it has been a candidate. Whoever is renamed
        takes that with it; a whole into which a candidate is merged does not:
        under ``merged: any`` it takes over the years of the part, and those
        that led to the part's candidacy count against it all the same. Only
        a candidacy of its own settles its years.
    returned : {"anew", "continued"}
        Whether a zone that left and was assessed again starts anew (the
        default) or takes its old years with it.
    merged : {"absorber", "any", "anew"}
        A zone into which others are merged keeps its own years alone (the
        default), or takes over those of every part (the lowest score where two
        were among the last in a year), or starts anew.
    wait : int
        A zone is assessed from the data of its ``upgrade_year`` plus so many
        on, or from its event ``entered``
        (`analysis.zones.management.first_years`). Earlier unit-years, though
        they are scored, have no place; those of the others are counted
        without them (`analysis.zones.management.without_early`). That is done
        to the table before the rules see it.
    grace : int
        Years from the first assessment (an event ``entered``) that do not count.
    proposed : int, optional
        How many candidates of a region are proposed for removal, ties at the
        boundary included. None: not stated, and none are marked.
    """

    rules: Mapping[str, Rule] = field(default_factory=lambda: RULES)
    straddle: Literal["as_scored", "rescored", "new_only"] = "as_scored"
    restart: Literal["none", "rectified", "candidate"] = "none"
    returned: Literal["anew", "continued"] = "anew"
    merged: Literal["absorber", "any", "anew"] = "absorber"
    wait: int = 1
    grace: int = 0
    proposed: int | None = None

    def __post_init__(self) -> None:
        if min(self.wait, self.grace, self.proposed or 0) < 0:
            raise ValueError("neither years nor zones proposed can be fewer than none")


@dataclass(frozen=True, eq=False)
class Record:
    """What one rule sees of the years: the last places, and who was assessed when."""

    rule: Rule
    last: pd.DataFrame
    assessed: dict[str, list[int]]


def records_of(table: pd.DataFrame, editions: Mapping[int, str], exits: Exits) -> dict[str, Record]:
    """Return what the rule of each edition sees of the years.

    Parameters
    ----------
    table, editions, exits
        As in `analysis.zones.management.candidates_by_edition`.

    Raises
    ------
    ValueError
        If a year has no edition, an edition no rule, or years are to be
        rescored and the new scores are not there.
    """
    years = {int(year) for year in table["year"].unique()}
    bare = sorted(year for year in years if year not in editions)
    if bare:
        raise ValueError(f"no edition is known for {', '.join(map(str, bare))}")
    wanted = set(editions.values())
    if not wanted <= set(exits.rules):
        raise ValueError(f"no rule for the editions {', '.join(sorted(wanted - set(exits.rules)))}")
    if exits.straddle == "rescored" and "edition" not in table:
        raise ValueError("to rescore years the table needs a column edition")
    records = {}
    for edition in sorted(wanted):
        rule = exits.rules[edition]
        seen = table
        if exits.straddle == "rescored":
            _check_rescored(table, years, edition, editions, rule)
        if "edition" in table:
            by = {year: scored_by(year, edition, editions, exits) for year in years}
            seen = table[table["edition"] == table["year"].map(by)]
        if exits.straddle == "new_only":
            seen = seen[seen["year"].map(editions) == edition]
        last = last_places(seen, rule.scope, rule.last, rule.small_groups, rule.ties)
        records[edition] = Record(rule, last, assessed_years(seen, rule))
    return records


def _check_rescored(
    table: pd.DataFrame, years: set[int], edition: str, editions: Mapping[int, str], rule: Rule
) -> None:
    """Refuse a table that lacks the new scores of a year in a window: it would count for nobody."""
    own = [year for year in years if editions[year] == edition]
    have = set(table.loc[table["edition"] == edition, "year"])
    window = {year for year in years for last in own if last - rule.window < year <= last}
    if window - have:
        lacking = ", ".join(map(str, sorted(window - have)))
        raise ValueError(f"no scores by the edition {edition} for {lacking}")


def scored_by(year: int, edition: str, editions: Mapping[int, str], exits: Exits) -> str:
    """Return by which edition a year is scored in a window of an edition's rule."""
    return edition if exits.straddle == "rescored" else editions[year]


def as_of(
    record: Record, events: pd.DataFrame, exits: Exits, year: int, settled: Mapping[str, int]
) -> tuple[pd.DataFrame, dict[str, list[int]]]:
    """Return what counts in a year: last places and years assessed, under the names of the year.

    Parameters
    ----------
    record : Record
    events : pandas.DataFrame
        From `analysis.zones.management.check_events`; those after the year are not looked at.
    exits : Exits
    year : int
    settled : mapping of str to int
        Last year that no longer counts, by unit, where the unit starts anew after a candidacy.
    """
    last = record.last[record.last["year"] <= year]
    if events.empty and not settled:
        return last, record.assessed
    reckoned = reckoning(events, exits, year, settled)
    called = reckoned.called
    last = last.assign(
        unit=[called(str(u), int(y)) for u, y in zip(last["unit"], last["year"], strict=True)]
    )
    # Of the parts of a merged zone, the one that did worst stands for the year.
    last = last.sort_values(["year", "unit", "score"], kind="stable")
    last = last.drop_duplicates(["year", "unit"])
    late = np.array(
        [reckoned.counts(str(u), int(y)) for u, y in zip(last["unit"], last["year"], strict=True)],
        dtype=bool,  # where nobody is among the last, too
    )
    assessed: dict[str, set[int]] = {}
    for unit, years in record.assessed.items():
        for y in years:
            if y <= year:
                assessed.setdefault(called(unit, y), set()).add(y)
    return last[late], {unit: sorted(years) for unit, years in assessed.items()}


@dataclass(frozen=True, eq=False)
class Reckoning:
    """How the years before are counted in a year.

    Attributes
    ----------
    called : callable
        ``called(unit, year)``: what a unit of a year is called in the year looked at.
    since : mapping of str to int
        Last year that no longer counts, by unit as it is called now.
    entered : tuple of (str, int)
        Units as they are called now, and the years in which they entered.
    grace : int
        Years from then on that do not count.
    """

    called: Names
    since: Mapping[str, int]
    entered: tuple[tuple[str, int], ...]
    grace: int

    def counts(self, unit: str, year: int) -> bool:
        """Return whether a year counts for a unit, as it is called now."""
        early = any(name == unit and at <= year < at + self.grace for name, at in self.entered)
        return year > self.since.get(unit, -1) and not early


def reckoning(
    events: pd.DataFrame, exits: Exits, year: int, settled: Mapping[str, int]
) -> Reckoning:
    """Return how the years up to one are counted in it.

    Parameters
    ----------
    events, exits, year, settled
        As in `as_of`.
    """
    steps = steps_of(events, merged=exits.merged == "any")

    def called(unit: str, since: int) -> str:
        return name_in(steps, unit, since, year)

    since = _start(events, exits, year, settled, called)
    entered = tuple(_entered(events, called)) if exits.grace else ()
    return Reckoning(called, since, entered, exits.grace)


def _start(
    events: pd.DataFrame,
    exits: Exits,
    year: int,
    settled: Mapping[str, int],
    called: Names,
) -> dict[str, int]:
    """Return for each unit the last year that no longer counts."""
    since = dict(settled)

    def later(unit: str, until: int) -> None:
        since[unit] = max(until, since.get(unit, until))

    for event in events[events["year"] <= year].itertuples():
        unit, at = str(event.unit), int(str(event.year))
        if event.kind == "rectified" and exits.restart == "rectified" and at < year:
            later(called(unit, at), at)
        elif event.kind == "merged" and exits.merged == "anew":
            later(called(str(event.into), at), at - 1)
        elif event.kind == "entered" and exits.returned == "anew":
            before = events[events["kind"].isin(["left", "removed"]) & (events["unit"] == unit)]
            if (before["year"] < at).any():
                later(called(unit, at), at - 1)
    return since


def _entered(events: pd.DataFrame, called: Names) -> list[tuple[str, int]]:
    """Return which units entered in which year, under the names of the year looked at."""
    rows = events[events["kind"] == "entered"]
    return [
        (called(str(name), int(at)), int(at))
        for name, at in zip(rows["unit"], rows["year"], strict=True)
    ]
