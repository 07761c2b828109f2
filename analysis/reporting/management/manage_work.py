"""Dynamic management of a year, worked out: for the tables of the command and for the page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.regions import Regions
from analysis.core.scores import Scores
from analysis.reporting.management.manage_editions import Editions, score_editions
from analysis.reporting.management.manage_given import Given, read_given
from analysis.zones.management import (
    Rule,
    Talks,
    candidates_by_edition,
    follow_up,
    last_places,
    on_notice,
    paused_on,
    pauses,
    rank_upgrades,
    talks_list,
    too_early,
)
from analysis.zones.management.read_events import placed, table_of_words
from analysis.zones.management.talks import ASKED, REPORTED
from analysis.zones.management.windows import records_of
from analysis.zones.management.words import is_year

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Base:
    """What dynamic management starts from.

    Attributes
    ----------
    panel : Panel
        As read: primitives, with the years that are only a base.
    framework, method : Framework, Method
    year : int
    regions : Regions or None
    scores : Scores or None
        Of the panel by framework and method, where they are there already.
    """

    panel: Panel
    framework: Framework
    method: Method
    year: int
    regions: Regions | None = None
    scores: Scores | None = None


@dataclass(frozen=True, eq=False)
class Work:
    """What the rules make of the years up to one; all units, no language.

    Attributes
    ----------
    base : Base
    given : Given
    editions : Editions
    early : mapping of int to mapping of str to int
        Units without a place by year, each with its first year
        (`analysis.zones.management.too_early`).
    last, national : pandas.DataFrame
        Last places of every year as the rule of the report's year sees them,
        and those of the country (`analysis.zones.management.last_places`).
    found : pandas.DataFrame
        Candidates of every year (`candidates_by_edition`).
    notice : pandas.DataFrame
        Whom one more year would make a candidate.
    pauses : pandas.DataFrame
    talks, followed, upgrades : pandas.DataFrame or None
        None: not set, not reported, or nothing to work on.
    notes : tuple of Finding
    """

    base: Base
    given: Given
    editions: Editions
    early: Mapping[int, Mapping[str, int]]
    last: pd.DataFrame
    national: pd.DataFrame
    found: pd.DataFrame
    notice: pd.DataFrame
    pauses: pd.DataFrame
    talks: pd.DataFrame | None
    followed: pd.DataFrame | None
    upgrades: pd.DataFrame | None
    notes: tuple[Finding, ...]

    @property
    def year(self) -> int:
        """The data year."""
        return self.base.year

    @property
    def rule(self) -> Rule:
        """The rule of the year."""
        return self.editions.exits.rules[self.editions.in_force[self.year]]

    @property
    def day(self) -> date:
        """Day on which pauses and answers are looked at."""
        return self.given.settings.day_of(self.year)

    @property
    def summoned(self) -> Talks | None:
        """Who is summoned on the data of the year, None where nobody says."""
        return self.given.settings.talks or REPORTED.get(self.year)

    @cached_property
    def now(self) -> pd.DataFrame:
        """Last places of the year."""
        return self.last[self.last["year"] == self.year].reset_index(drop=True)

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """Candidates of the year."""
        return self.found[self.found["year"] == self.year].reset_index(drop=True)

    @cached_property
    def paused(self) -> dict[str, date]:
        """Provinces that pause on the day looked at, with the last day of it."""
        return paused_on(self.pauses, self.day)

    @cached_property
    def scores(self) -> Scores:
        """Scores that the report's year rests on."""
        return self.editions.scored[self.editions.scored_in(self.year)]

    @cached_property
    def units(self) -> pd.DataFrame:
        """What is known of every unit assessed up to the year, the latest: index ``unit``."""
        units = self.base.panel.assessed().units
        units = units[units.index.get_level_values("year") <= self.year]
        return units.groupby("unit", sort=True).tail(1).droplevel("year")

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Name of every unit by language, the code where there is none."""
        found: dict[str, dict[str, str]] = {}
        for lang, columns in {"zh": ("name",), "en": ("name_en", "name")}.items():
            found[lang] = {str(unit): str(unit) for unit in self.units.index}
            for column in reversed(columns):
                if column in self.units:
                    named = self.units[column].items()
                    found[lang] |= {str(u): str(n) for u, n in named if isinstance(n, str) and n}
        return found

    def name(self, unit: str, lang: str) -> str:
        """Return the name of a unit."""
        return self.names[lang].get(unit, unit)

    def region(self, code: str, lang: str) -> str:
        """Return the name of a region."""
        regions = self.base.regions
        known = regions is not None and code in regions.codes
        return regions.label(code, lang) if regions and known else code


def work_out(base: Base, sources: Mapping[str, Path], given: Given | None = None) -> Work:
    """Read what stands beside the panel and apply the rules to the years up to one.

    Parameters
    ----------
    base : Base
    sources : mapping of str to pathlib.Path
        See `analysis.reporting.management.manage_given.NAMES`.
    given : Given, optional
        Instead of reading the sources; those of the talks are read all the same.

    Raises
    ------
    InputError
        With every problem of settings, events, talks, candidates and panel.
    """
    units = base.panel.assessed().units
    assessed = units.index.to_frame(index=False)
    problems: list[Finding] = []
    if given is None:
        given, problems = read_given(sources, assessed, base.framework, base.regions)

    def tried(make: Callable[[], Found]) -> Found | None:
        try:
            return make()
        except InputError as error:
            problems.extend(error.findings)
            return None

    settings = given.settings
    events = given.events
    early = tried(lambda: too_early(units, wait=settings.exits.wait, events=events))
    editions = tried(
        lambda: score_editions(
            base.panel, base.framework, base.method, base.year, settings, base.scores, early or {}
        )
    )
    if editions is None or early is None:
        raise InputError(problems)
    own = editions.own
    day = settings.day_of(base.year)
    removals = pauses(given.events, settings.upgrades.pause)
    removals = removals[removals["decided"].map(lambda on: on <= day).astype(bool)]
    removals = removals.reset_index(drop=True)
    followed = tried(lambda: _followed(given, sources, own, base.year, day))
    upgrades = tried(lambda: _upgrades(given, editions, base.year, removals, early))
    if problems:
        raise InputError(problems)
    table = editions.table
    if "edition" in table and editions.exits.straddle != "rescored":
        table = own
    found = candidates_by_edition(table, editions.in_force, editions.exits, given.events)
    if editions.forced:
        found["edition"] = editions.edition
    summoned = settings.talks or REPORTED.get(base.year)
    rule = editions.exits.rules[editions.in_force[base.year]]
    record = records_of(table, _up_to(editions.in_force, base.year), editions.exits)
    return Work(
        base=base,
        given=given,
        editions=editions,
        early=early,
        last=record[editions.in_force[base.year]].last,
        national=last_places(own, "national", rule.last, rule.small_groups, rule.ties),
        found=found,
        notice=on_notice(table, editions.in_force, base.year, editions.exits, given.events),
        pauses=removals,
        talks=talks_list(own, base.year, summoned) if summoned else None,
        followed=followed,
        upgrades=upgrades,
        notes=(*editions.notes, *given.notes, *_late(given, base.year)),
    )


def _up_to(in_force: Mapping[int, str], year: int) -> dict[int, str]:
    return {each: edition for each, edition in in_force.items() if each <= year}


def _followed(
    given: Given, sources: Mapping[str, Path], table: pd.DataFrame, year: int, day: date
) -> pd.DataFrame | None:
    """Return what came of what was asked up to a year; what is asked later is not looked at."""
    if given.talks is None:
        return None
    asked = given.talks if len(given.talks.columns) else pd.DataFrame(columns=list(ASKED))
    path = sources["talks"]
    rows = table_of_words(path)[1]
    if "year" in asked:
        known = [not (is_year(word) and int(word) > year) for word in asked["year"]]
        rows = tuple(row for row, kept in zip(rows, known, strict=True) if kept)
        asked = asked[np.array(known, dtype=bool)]
    try:
        return follow_up(asked, table, day)
    except InputError as error:
        raise placed(error, path, rows) from None


def _upgrades(
    given: Given,
    editions: Editions,
    year: int,
    removals: pd.DataFrame,
    early: Mapping[int, Collection[str]],
) -> pd.DataFrame | None:
    if given.candidates is None or year not in given.candidates.years:
        return None
    gone = given.events[given.events["kind"].isin(["removed", "left"])]
    return rank_upgrades(
        editions.scored[editions.scored_in(year)],
        given.candidates,
        year,
        given.settings.upgrades,
        paused=removals,
        on=given.settings.day_of(year),
        removed=set(gone.loc[gone["year"] <= year, "unit"]),
        apart=early.get(year, ()),
    )


def _late(given: Given, year: int) -> list[Finding]:
    """Say of candidates that have no values of the year that nobody was ranked."""
    if given.candidates is None or year in given.candidates.years:
        return []
    known = ", ".join(map(str, given.candidates.years))
    return [Finding("note", "manage.no_candidates", {"year": year, "years": known})]
