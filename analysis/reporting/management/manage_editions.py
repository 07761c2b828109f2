"""Which edition scores which year, and whose rule is applied to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import pandas as pd

from analysis.core.catalogue import find_framework
from analysis.core.derive import derive_items
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.reporting.inputs import editions
from analysis.reporting.management.manage_settings import ManageSettings
from analysis.texts import spans
from analysis.zones.decisions import index_table
from analysis.zones.editions import framework_for
from analysis.zones.management import RULES, Exits, early_told, without_early

_PREFIX = "mofcom-"


@dataclass(frozen=True, eq=False)
class Editions:
    """The years as the rules see them.

    Attributes
    ----------
    table : pandas.DataFrame
        ``year, region, unit, score, rank, region_rank, edition``; ranks are
        missing, and not counted for the others, before a zone's first year.
    in_force : mapping of int to str
        By data year, the edition whose rule is applied; the year after the
        last one too.
    exits : Exits
    edition : str
        Whose rule it is in the report's year.
    forced : bool
        Whether one edition's rule is applied to every year, at the user's wish.
    scored : mapping of str to Scores
        By edition.
    notes : tuple of Finding
        What could not be scored, and what was done instead.
    """

    table: pd.DataFrame
    in_force: Mapping[int, str]
    exits: Exits
    edition: str
    forced: bool
    scored: Mapping[str, Scores]
    notes: tuple[Finding, ...]

    def scored_in(self, year: int) -> str:
        """Return by which edition a year is scored in the report's own windows."""
        if self.exits.straddle == "rescored":
            return self.edition if self.edition in self.scored else self.in_force[year]
        return self.in_force[year]

    @property
    def own(self) -> pd.DataFrame:
        """One row a unit-year, as the rule of the report's year sees it."""
        by = {int(year): self.scored_in(int(year)) for year in self.table["year"].unique()}
        return self.table[self.table["edition"] == self.table["year"].map(by)]


def edition_of(year: int) -> str:
    """Return the edition in force for a data year."""
    return framework_for(year).removeprefix(_PREFIX)


def score_editions(
    panel: Panel,
    framework: Framework,
    method: Method,
    year: int,
    settings: ManageSettings,
    own: Scores | None = None,
    early: Mapping[int, Collection[str]] = MappingProxyType({}),
) -> Editions:
    """Score every year up to one by the editions that its rule asks for.

    Where the framework is the edition in force for the year, earlier years are
    scored by theirs; any other framework scores all years alone.

    Parameters
    ----------
    panel : Panel
        As read: primitives, with years that are only a base.
    framework, method : Framework, Method
    year : int
    settings : ManageSettings
    own : Scores, optional
        Of the panel by `framework` and `method`, where they are there already.
    early : mapping of int to collection of str
        Units without a place by year (`analysis.zones.management.too_early`).

    Raises
    ------
    InputError
        If years before the change are to be counted as scored then, by the
        user's own word, and the panel does not hold what that edition needs.
    """
    mine = edition_of(year)
    scored: dict[str, Scores] = {}
    refused: dict[str, tuple[Finding, ...]] = {}
    alone = framework.name != framework_for(year)
    if own is None:
        own = score(derive_items(panel, framework)[0], framework, method)
    scored[mine] = own
    years = sorted(int(y) for y in index_table(own)["year"].unique() if y <= year)
    for name in () if alone else editions():
        edition = name.removeprefix(_PREFIX)
        if edition in scored:
            continue
        try:
            other = find_framework(name)
            scored[edition] = score(derive_items(panel, other)[0], other, method)
        except InputError as error:
            refused[edition] = error.findings
    known = [*years, year + 1]
    in_force = dict.fromkeys(known, mine) if alone else {y: edition_of(y) for y in known}
    exits, notes = settings.exits, []
    lacking = [y for y in years if in_force[y] in refused]
    if alone:
        told = {"framework": framework.name}
        notes.append(Finding("note", "manage.alone", told))
    if lacking:
        told = {"years": spans(lacking), "edition": in_force[lacking[0]], "own": mine}
        if "exits.straddle" in settings.given and exits.straddle == "as_scored":
            reasons = refused[in_force[lacking[0]]]
            raise InputError([Finding("error", "manage.not_scored", told), *reasons[:5]])
        notes.append(Finding("warning", "manage.rescored", told))
        in_force = dict.fromkeys(known, mine)
    table = pd.concat(
        [index_table(found).assign(edition=name) for name, found in scored.items()],
        ignore_index=True,
    )
    table = without_early(table[table["year"] <= year], early, ("edition",))
    known_early = {y: units for y, units in early.items() if y <= year}
    if known_early:
        notes.append(Finding("note", "manage.too_early", early_told(known_early)))
    if settings.edition:
        return _forced(table, in_force, exits, settings.edition, scored, tuple(notes))
    return Editions(table, in_force, exits, mine, False, scored, tuple(notes))


def _forced(
    table: pd.DataFrame,
    in_force: Mapping[int, str],
    exits: Exits,
    edition: str,
    scored: Mapping[str, Scores],
    notes: tuple[Finding, ...],
) -> Editions:
    """Apply one edition's rule to every year; the years are scored as the setting has it."""
    if exits.straddle != "as_scored" and edition not in scored:
        told = {"edition": edition, "framework": _PREFIX + edition}
        raise InputError([Finding("error", "manage.not_scored_all", told)])
    if exits.straddle == "new_only":
        own = [year for year, name in in_force.items() if name == edition]
        table = table[table["year"].isin(own)]
    if exits.straddle != "as_scored":
        in_force = dict.fromkeys(in_force, edition)
    rule = exits.rules[edition]
    exits = replace(exits, rules=dict.fromkeys({*RULES, *in_force.values()}, rule))
    return Editions(table, in_force, exits, edition, True, scored, notes)
