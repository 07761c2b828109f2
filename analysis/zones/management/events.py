"""What happens to zones between assessments: they enter, leave, are renamed, merged, rectified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

import pandas as pd

from analysis.core.cells import shown
from analysis.core.findings import Finding, InputError
from analysis.zones.management.words import is_day, is_year, word

COLUMNS = ("unit", "kind", "year", "into", "date", "province", "edition")

NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "entered": (),
        "left": (),
        "removed": ("date", "province", "edition"),
        "renamed": ("into",),
        "merged": ("into",),
        "rectified": (),
    }
)
"""Kinds of event, with the columns that each needs beside ``unit``, ``kind`` and ``year``."""

Step = tuple[int, str, str]
"""From a year on, a unit goes under another name: ``(year, before, after)``."""

GONE = ("left", "removed", "renamed", "merged")


def no_events() -> pd.DataFrame:
    """Return a table of events without any."""
    return check_events(pd.DataFrame(columns=list(COLUMNS)))


def check_events(events: pd.DataFrame, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return a table of events as the rest of the package wants it, or say all that is wrong.

    Parameters
    ----------
    events : pandas.DataFrame
        ``unit, kind, year`` and, where the kind needs them, ``into, date,
        province, edition``; an empty text or a missing value is nothing.
        ``year`` is a data year:

        ========= ========================================================
        entered   the first year assessed (for the first time or anew)
        left      the first year no longer assessed, for whatever reason
        removed   the same, by a decision of ``date`` (ISO 8601) on the
                  rule of ``edition``, in ``province``
        renamed   the first year under the name ``into``
        merged    the first year as a part of ``into``
        rectified the last year that the rectification settles
        ========= ========================================================
    table : pandas.DataFrame, optional
        ``year, unit``: assessments that the events have to fit.

    Returns
    -------
    pandas.DataFrame
        The seven columns; text without spaces at its ends, ``year`` int64,
        ``date`` a `datetime.date` or None; by year, unit and kind.

    Raises
    ------
    InputError
        With every problem: a column that is not there, a kind that is
        unknown, a year or date that is none, something needed that is not
        there, the same event twice, names that lead back to themselves, and
        years in which a zone was assessed though it was gone.
    """
    absent = [name for name in COLUMNS[:3] if name not in events]
    if absent:
        raise InputError([Finding("error", "events.columns", {"columns": ", ".join(absent)})])
    problems: list[Finding] = []
    rows: list[dict[str, Any]] = []
    for place, entry in enumerate(events.to_dict("records"), start=1):
        row: dict[str, Any] = {name: word(entry.get(name)) for name in COLUMNS}
        found = _problems(row, place)
        problems += found
        if not found:
            row["year"] = int(row["year"])
            row["date"] = date.fromisoformat(row["date"]) if row["date"] else None
            rows.append(row)
    clean = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"year": "int64", "date": "object"})
    problems += _twice(clean) + _circles(clean)
    if table is not None and not problems:
        problems += _assessed_though_gone(clean, table)
    if problems:
        raise InputError(problems)
    return clean.sort_values(["year", "unit", "kind"], kind="stable").reset_index(drop=True)


def steps_of(events: pd.DataFrame, *, merged: bool) -> tuple[Step, ...]:
    """Return who goes on under which name from which year, by year.

    Parameters
    ----------
    events : pandas.DataFrame
        From `check_events`.
    merged : bool
        Whether a unit that is merged goes on under the name of the whole.
    """
    taken = events[events["kind"].isin(("renamed", "merged") if merged else ("renamed",))]
    columns = (taken[name].tolist() for name in ("year", "unit", "into"))
    return tuple(sorted(zip(*columns, strict=True)))


def name_in(steps: Sequence[Step], unit: str, since: int, until: int) -> str:
    """Return what a unit of the year `since` is called in the year `until`.

    Parameters
    ----------
    steps : sequence of Step
        From `steps_of`.
    unit : str
    since, until : int
    """
    for year, before, after in steps:
        if since < year <= until and before == unit:
            unit = after
    return unit


def gone_by(events: pd.DataFrame, year: int) -> set[str]:
    """Return the units that are gone by a year and have not come back.

    Parameters
    ----------
    events : pandas.DataFrame
        From `check_events`.
    year : int
    """
    until = events[events["year"] <= year]
    went = until[until["kind"].isin(GONE)].groupby("unit")["year"].max()
    came = until[until["kind"] == "entered"].groupby("unit")["year"].max()
    return {str(unit) for unit, at in went.items() if came.get(unit, -1) < at}


def _problems(row: Mapping[str, str], place: int) -> list[Finding]:
    def problem(code: str, **values: object) -> Finding:
        told = {"unit": shown(row["unit"]), "kind": shown(row["kind"]), **values}
        return Finding("error", f"events.{code}", told, row=place, unit=row["unit"] or None)

    found = []
    if not row["unit"]:
        found.append(problem("unit"))
    if row["kind"] not in NEEDED:
        found.append(problem("kind", known=", ".join(NEEDED)))
    if not is_year(row["year"]):
        found.append(problem("year", value=shown(row["year"])))
    for name in NEEDED.get(row["kind"], ()):
        if not row[name]:
            found.append(problem("lacks", column=name))
    if row["date"] and not is_day(row["date"]):
        found.append(problem("date", value=shown(row["date"])))
    if row["into"] and row["kind"] in NEEDED and "into" not in NEEDED[row["kind"]]:
        found.append(problem("into", value=shown(row["into"])))
    return found


def _twice(events: pd.DataFrame) -> list[Finding]:
    """Return a finding for what stands twice, and for a unit that goes two ways in one year."""
    again = events[events.duplicated(["unit", "kind", "year"])]
    going = events[events["kind"].isin(GONE)].drop_duplicates(["unit", "kind", "year"])
    both = going[going.duplicated(["unit", "year"])]
    return [
        Finding("error", code, {"unit": row.unit, "kind": row.kind, "year": row.year})
        for code, rows in (("events.twice", again), ("events.two_ways", both))
        for row in rows.itertuples()
    ]


def _circles(events: pd.DataFrame) -> list[Finding]:
    """Return a finding for each unit that becomes itself, at once or in the end."""
    steps = events[events["kind"].isin(["renamed", "merged"])]
    follows: dict[str, set[str]] = {}
    for step in steps.itertuples():
        follows.setdefault(str(step.unit), set()).add(str(step.into))
    found = []
    for unit in sorted(follows):
        reached, ahead = set[str](), set(follows[unit])
        while ahead - reached:
            reached |= ahead
            ahead = {then for name in ahead for then in follows.get(name, ())}
        if unit in reached:
            found.append(Finding("error", "events.circle", {"unit": unit}, unit=unit))
    return found


def _assessed_though_gone(events: pd.DataFrame, table: pd.DataFrame) -> list[Finding]:
    found = []
    years = table.groupby("unit")["year"].agg(set).to_dict()
    for row in events[events["kind"].isin(GONE)].itertuples():
        back = events[(events["unit"] == row.unit) & (events["kind"] == "entered")]["year"]
        returns = min((int(year) for year in back if year > row.year), default=9999)
        wrong = sorted(int(y) for y in years.get(row.unit, ()) if row.year <= y < returns)
        if wrong:
            listed = ", ".join(map(str, wrong))
            told = {"unit": row.unit, "kind": row.kind, "year": row.year, "years": listed}
            found.append(Finding("error", "events.though_gone", told, unit=str(row.unit)))
    return found
