"""Lists from what the user named: read, make, and put into tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.core.catalogue import list_frameworks
from analysis.core.findings import Finding, InputError
from analysis.core.score import score
from analysis.core.write import spreadsheet_safe
from analysis.reporting.inputs import LIST_RULES, Inputs, Request, editions, read_inputs
from analysis.reporting.lists.lists_data import EVENTS
from analysis.reporting.lists.lists_words import Words
from analysis.texts import text
from analysis.zones.lists import (
    SHIPPED,
    ListRule,
    YearLists,
    list_data,
    read_list_rules,
    rules_table,
    threshold_table,
    year_lists,
)
from analysis.zones.lists.rules import ALL
from analysis.zones.management import read_events


@dataclass(frozen=True, eq=False)
class OneYear:
    """The lists of one year, and what they were made from.

    Attributes
    ----------
    inputs : Inputs
    made : YearLists
    units : pandas.DataFrame
        ``name, region`` and other attributes of the scored units.
    thresholds : pandas.DataFrame
        As `analysis.zones.lists.threshold_table`.
    """

    inputs: Inputs
    made: YearLists
    units: pd.DataFrame
    thresholds: pd.DataFrame

    def words(self, lang: str) -> Words:
        """Return the words for these lists."""
        return Words(self.inputs.framework, self.inputs.regions, lang)


@dataclass(frozen=True, eq=False)
class ListWork:
    """Lists of one or more years.

    Attributes
    ----------
    years : tuple of OneYear
    rules : tuple of ListRule
    own_rules : bool
        Whether the rules are the user's.
    extras : mapping of str to bytes
        What the reports need beside the inputs: rules and events as given.
    notes : tuple of Finding
        Lists that were not made, years without one, findings of scoring.
    """

    years: tuple[OneYear, ...]
    rules: tuple[ListRule, ...]
    own_rules: bool
    extras: dict[str, bytes]
    notes: tuple[Finding, ...]

    @property
    def synthetic(self) -> bool:
        """Whether any of the values are made up."""
        return any(year.inputs.panel.synthetic for year in self.years)

    def summary(self, lang: str) -> list[str]:
        """Return what came of it, as lines of text."""
        lines = []
        for year in self.years:
            words, made = year.words(lang), year.made
            lines += [
                text(
                    "lists.summary.short" if one.outside.empty else "lists.summary.list",
                    lang,
                    year=made.year,
                    list=words.title(one),
                    n=len(one.members),
                    gap=words.value(one.sorted_by, one.gap, gap=True),
                    unit=words.unit(one.sorted_by),
                )
                for one in made.lists
            ]
        return lines


def make_lists(request: Request, rules: str = "", events: str = "") -> ListWork:
    """Read everything that was named, and make the lists of the years asked for.

    Parameters
    ----------
    request : Request
    rules : str
        File of the user's own rules; ``""``: ``list_rules.csv`` of the panel
        folder, else those shipped.
    events : str
        File of events; ``""``: those of the panel folder, if it has any.

    Raises
    ------
    InputError
        With every problem of rules, events, panel and attributes. The rules
        shipped do not go with another shipped framework than the ministry's.
    """
    problems: list[Finding] = []
    folder = Path(request.panel)
    files: dict[str, Path] = {}
    for kind, names, given in (("rules", (LIST_RULES,), rules), ("events", EVENTS, events)):
        beside = [folder / name for name in names if request.panel and (folder / name).is_file()]
        for path in [Path(given)] if given else beside[:1]:
            files[kind] = path
    chosen: tuple[ListRule, ...] = ()
    happened = None
    parts: list[Inputs] = []
    try:
        chosen = read_list_rules(files.get("rules", SHIPPED))
    except InputError as error:
        problems += error.findings
    try:
        parts = read_inputs(request)
    except InputError as error:
        problems += error.findings
    rows = [part.reading.panel.assessed().units.index.to_frame(index=False) for part in parts]
    assessed = pd.concat(rows).drop_duplicates() if rows else None
    try:
        happened = read_events(files["events"], assessed) if "events" in files else None
    except InputError as error:
        problems += error.findings
    foreign = {entry.name for entry in list_frameworks()} - set(editions())
    for part in parts:
        if "rules" not in files and part.framework.name in foreign:
            told = {"framework": part.framework.name}
            problems.append(Finding("error", "lists.own_rules", told))
    if problems:
        raise InputError(problems)
    years: list[OneYear] = []
    notes: list[Finding] = []
    for part in parts:
        scores = score(part.panel, part.framework, part.method)
        notes += scores.findings
        order = part.regions.codes if part.regions is not None else ()
        for year in part.years:
            data = list_data(part.reading.panel, part.panel, scores, year)
            made = year_lists(data, chosen, regions=order, events=happened)
            notes += _notes(made)
            years.append(OneYear(part, made, data.units, threshold_table(data)))
    extras = {}
    if "rules" in files:
        extras[LIST_RULES] = _as_csv(rules_table(chosen))
    if happened is not None:
        extras[EVENTS[0]] = _as_csv(happened)
    return ListWork(tuple(years), chosen, "rules" in files, extras, tuple(notes))


def _notes(made: YearLists) -> list[Finding]:
    notes = [
        Finding(
            "warning",
            "lists.not_made",
            {
                "year": made.year,
                "list": rule.code if rule.scope == ALL else f"{rule.code}/{rule.scope}",
                "codes": " ".join(rule.condition if why == "no_condition" else rule.sort_by)
                if why != "no_region"
                else rule.scope,
            },
        )
        for rule, why in made.not_made
    ]
    if not made.lists and not made.not_made:
        notes.append(Finding("warning", "lists.no_lists", {"year": made.year}))
    return notes


def _as_csv(frame: pd.DataFrame) -> bytes:
    safe = frame.map(lambda cell: spreadsheet_safe(cell) if isinstance(cell, str) else cell)
    return str(safe.to_csv(index=False, lineterminator="\n")).encode("utf-8")
