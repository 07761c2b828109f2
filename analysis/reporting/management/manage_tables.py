"""The tables of ``jingkai manage``, by the names of their files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.core.catalogue import read_primitives
from analysis.core.framework import Framework
from analysis.reporting.management.manage_ahead import Ahead
from analysis.reporting.management.manage_stated import settings_table
from analysis.reporting.management.manage_work import Work
from analysis.texts import LANGUAGES
from analysis.zones.management import account_told

LISTED = ("years", "editions", "places", "of", "from_end", "scores", "gaps", "lacking")
BETWEEN = "; "


def tables(work: Work, ahead: Ahead) -> dict[str, pd.DataFrame]:
    """Return all tables: units by code and name, places and points in full.

    What several years or conditions have in one cell stands with semicolons
    between; a table of what was not worked out is left out.
    """
    made: dict[str, pd.DataFrame | None] = {
        "settings": settings_in_both(work),
        "last_places": _named(work, _edition(work, work.last)),
        "candidates": _candidates(work),
        "notice": _named(work, work.notice),
        "risk": _risk(work, ahead.risk),
        "scenario": ahead.items,
        "backtest": ahead.scores,
        "calibration": ahead.calibration,
        "ways": _named(work, ahead.ways),
        "changes": _primitives(work, _named(work, ahead.together)),
        "single": _primitives(work, _named(work, ahead.alone)),
        "talks": None if work.talks is None else _named(work, work.talks),
        "follow_up": None if work.followed is None else _named(work, work.followed),
        "pauses": _named(work, work.pauses),
        "upgrades": _upgrades(work),
        "events": _named(work, work.given.events[work.given.events["year"] <= work.year]),
    }
    return {
        name: _flat(table)
        for name, table in made.items()
        if table is not None and len(table.columns)
    }


def settings_in_both(work: Work) -> pd.DataFrame:
    """Return clauses, settings and their basis in both languages."""
    found = {lang: settings_table(work, lang) for lang in LANGUAGES}
    columns = found[LANGUAGES[0]].columns
    return pd.DataFrame(
        {f"{name}_{lang}": found[lang][name] for name in columns for lang in LANGUAGES}
    )


def _candidates(work: Work) -> pd.DataFrame:
    """Return the candidates of every year, with the account in words."""
    table = _named(work, work.found)
    rules = work.editions.exits.rules
    for lang in LANGUAGES:
        table[f"account_{lang}"] = [
            account_told(
                row,
                lang,
                name=work.name(str(row["unit"]), lang),
                # Places are those of the rule of that year's own edition.
                region=work.region(str(row["region"]), lang)
                if rules[str(row["edition"])].scope == "region"
                else "",
            )
            for row in _records(work.found)
        ]
    return table


def _edition(work: Work, last: pd.DataFrame) -> pd.DataFrame:
    scored = [work.editions.scored_in(int(year)) for year in last["year"]]
    return last.assign(edition=scored)


def _risk(work: Work, risk: pd.DataFrame) -> pd.DataFrame:
    return risk if risk.empty else _named(work, risk.drop(columns="name"))


def _upgrades(work: Work) -> pd.DataFrame | None:
    if work.upgrades is None or work.given.candidates is None:
        return None
    units = work.given.candidates.units.groupby("unit").tail(1).droplevel("year")
    table = work.upgrades.copy()
    table.insert(1, "name", table["unit"].map(units["name"]))
    return table


def _named(work: Work, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the name of every unit after its code."""
    table = table.copy()
    if "unit" in table:
        names = [work.name(str(unit), "zh") for unit in table["unit"]]
        table.insert(list(table).index("unit") + 1, "name", names)
    return table


def _primitives(work: Work, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with names and units of measure of primitives after their codes."""
    framework = work.scores.framework
    facts: Mapping[str, Mapping[str, str]] = read_primitives(framework.name)
    place = list(table).index("code") + 1
    for lang in reversed(LANGUAGES):
        told = [named(framework, facts, str(code), lang) for code in table["code"]]
        table.insert(place, f"measure_{lang}", [measure for _, measure in told])
    for lang in reversed(LANGUAGES):
        told = [named(framework, facts, str(code), lang) for code in table["code"]]
        table.insert(place, f"code_{lang}", [name for name, _ in told])
    return table.drop(columns="measure")


def named(
    framework: Framework, facts: Mapping[str, Mapping[str, str]], code: str, lang: str
) -> tuple[str, str]:
    """Return name and unit of measure of a primitive or an item in words.

    Parameters
    ----------
    framework : Framework
    facts : mapping
        From `analysis.core.catalogue.read_primitives`.
    code : str
    lang : {"zh", "en"}
    """
    own = facts.get(code, {})
    unit = own.get(f"unit_{lang}") or own.get("unit") or ""
    if code in framework.nodes.index:
        return framework.label(code, lang), unit or str(framework.nodes.at[code, "unit"])
    return own.get(f"name_{lang}") or code, unit


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without tuples and days in its cells."""
    table = table.reset_index(drop=True)
    for name in table:
        if table[name].map(lambda cell: isinstance(cell, tuple)).any():
            table[name] = [BETWEEN.join(_word(part) for part in cell) for cell in table[name]]
        elif name in ("date", "decided", "until", "paused_until") and table[name].dtype == object:
            table[name] = [None if cell is None else str(cell) for cell in table[name]]
    return table


def _word(part: Any) -> str:
    if isinstance(part, float):
        return "" if part != part else repr(round(part, 9))
    return str(part)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): cell for key, cell in row.items()} for row in frame.to_dict("records")]
