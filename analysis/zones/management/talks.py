"""Warning talks: who is summoned, and what came of what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

import pandas as pd

from analysis.core.cells import shown
from analysis.core.findings import Finding, InputError
from analysis.zones.management.places import last_places
from analysis.zones.management.rule import Scope
from analysis.zones.management.words import is_day, word

ASKED = ("unit", "year", "request", "due", "answered", "evidence")
FOLLOWED = (*ASKED, "status", "days", "from_end", "from_end_next", "rank", "rank_next")


@dataclass(frozen=True)
class Talks:
    """Who is summoned to a warning talk.

    Attributes
    ----------
    last : int
        How many places from the end.
    scope : {"national", "region"}
        Of the country or of the own region.
    ties : {"all", "none"}
        As in `analysis.zones.management.Rule`.
    """

    last: int
    scope: Scope = "national"
    ties: Literal["all", "none"] = "all"

    def __post_init__(self) -> None:
        if self.last < 1:
            raise ValueError("talks are held with at least one zone")


REPORTED: Mapping[int, Talks] = MappingProxyType({2018: Talks(10)})
"""By data year: the last ten were summoned in the round of 2019 (thepaper.cn, 17 January 2020)."""


def talks_of(year: int, own: Talks | None = None) -> Talks:
    """Return who is summoned on the data of a year: one's own setting, else what is reported.

    Raises
    ------
    InputError
        If the year's number is not reported and none is given.
    """
    if own is not None:
        return own
    if year not in REPORTED:
        raise InputError([Finding("error", "talks.number", {"year": year}, year=year)])
    return REPORTED[year]


def talks_list(table: pd.DataFrame, year: int, talks: Talks | None = None) -> pd.DataFrame:
    """Return the zones summoned to a talk on the data of a year.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `analysis.zones.management.last_places`, with earlier years too.
    year : int
    talks : Talks, optional
        By default what is reported of the year.

    Returns
    -------
    pandas.DataFrame
        Columns of `last_places`, and ``before``: in how many earlier years of
        the table the zone would have been summoned by the same number.

    Raises
    ------
    InputError
        If the number is neither given nor reported.
    ValueError
        As in `last_places`.
    """
    talks = talks_of(year, talks)
    last = last_places(table, talks.scope, talks.last, "all", talks.ties)
    earlier = last[last["year"] < year].groupby("unit").size()
    now = last[last["year"] == year].reset_index(drop=True)
    return now.assign(before=now["unit"].map(earlier).fillna(0).astype("int64"))


def follow_up(asked: pd.DataFrame, table: pd.DataFrame, on: date) -> pd.DataFrame:
    """Return what came of what was asked in the talks.

    Parameters
    ----------
    asked : pandas.DataFrame
        ``unit, year`` (data year of the list), ``request``, ``due`` and
        ``answered`` (ISO 8601; empty: not answered), ``evidence``.
    table : pandas.DataFrame
        As for `analysis.zones.management.last_places`.
    on : datetime.date
        Day on which the state is taken: what is answered later is open.

    Returns
    -------
    pandas.DataFrame
        The six columns and ``status``: ``done`` (by the due day), ``late``
        (after it), ``unproved`` (answered without evidence), ``open`` (not
        yet due) or ``overdue``; ``days``: past the due day, when it was
        answered or is looked at (negative: before it); national place from
        the end and rank in that year and in the next (Int64; missing without
        a rank). By year, unit and due day.

    Raises
    ------
    InputError
        With every problem: a column that is not there, something needed that
        is empty, a date that is none, a zone that was not assessed in the year.
    """
    absent = [name for name in ASKED if name not in asked]
    if absent:
        raise InputError([Finding("error", "talks.columns", {"columns": ", ".join(absent)})])
    asked = asked[list(ASKED)].reset_index(drop=True)
    asked = asked.assign(**{name: asked[name].map(word) for name in ASKED})
    assessed = {
        (str(unit), str(year)) for unit, year in zip(table["unit"], table["year"], strict=True)
    }
    problems = []
    for place, row in enumerate(asked.to_dict("records"), start=1):
        cells = {str(name): str(cell) for name, cell in row.items()}
        problems += _problems(cells, place, assessed)
    if problems:
        raise InputError(problems)
    asked = asked.astype({"year": "int64"})
    states = [
        _state(date.fromisoformat(due), answered, evidence, on)
        for due, answered, evidence in zip(
            asked["due"], asked["answered"], asked["evidence"], strict=True
        )
    ]
    asked["status"] = [status for status, _ in states]
    asked["days"] = pd.array([days for _, days in states], dtype="int64")
    whole = last_places(table, "national", max(len(table), 1))
    for name, column in (("from_end", "from_end"), ("place", "rank")):
        places = {
            (str(unit), int(year)): int(place)
            for unit, year, place in zip(whole["unit"], whole["year"], whole[name], strict=True)
        }
        for later, suffix in ((0, ""), (1, "_next")):
            found = [
                places.get((unit, int(year) + later))
                for unit, year in zip(asked["unit"], asked["year"], strict=True)
            ]
            asked[f"{column}{suffix}"] = pd.array(found, dtype="Int64")
    by = ["year", "unit", "due", "request"]
    return asked[list(FOLLOWED)].sort_values(by, kind="stable").reset_index(drop=True)


def _state(due: date, answered: str, evidence: str, on: date) -> tuple[str, int]:
    when = date.fromisoformat(answered) if answered else None
    if when is None or when > on:
        return ("overdue" if on > due else "open"), (on - due).days
    days = (when - due).days
    if not evidence:
        return "unproved", days
    return ("late" if days > 0 else "done"), days


def _problems(row: Mapping[str, str], place: int, assessed: set[tuple[str, str]]) -> list[Finding]:
    def problem(code: str, **values: object) -> Finding:
        told = {"unit": shown(row["unit"]), **values}
        return Finding("error", f"talks.{code}", told, row=place, unit=row["unit"] or None)

    found = [
        problem("lacks", column=name)
        for name in ("unit", "year", "request", "due")
        if not row[name]
    ]
    for name in ("due", "answered"):
        if row[name] and not is_day(row[name]):
            found.append(problem("date", column=name, value=shown(row[name])))
    if row["unit"] and row["year"] and (row["unit"], row["year"]) not in assessed:
        found.append(problem("not_assessed", year=shown(row["year"])))
    return found
