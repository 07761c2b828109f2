"""Who may be listed: not zones upgraded too lately, nor those that are gone or vetoed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.core.cells import CellError, shown, year_in, yes_in
from analysis.core.findings import Finding, InputError
from analysis.core.tables import read_table
from analysis.zones.management.events import COLUMNS as EVENT_COLUMNS
from analysis.zones.management.events import check_events, gone_by, no_events
from analysis.zones.management.words import word

UPGRADE_YEAR, VETOED = "upgrade_year", "vetoed"
"""Attributes of units: the year in which a zone became national; a yes keeps it off the lists."""


COLUMNS = ("unit", "reason", "since")


def ineligible(
    units: pd.DataFrame,
    year: int,
    *,
    wait: int = 1,
    events: pd.DataFrame | None = None,
    vetoed: Collection[str] = (),
) -> pd.DataFrame:
    """Return the scored units that may not be listed in a data year, and why.

    A zone upgraded in a year is assessed some years later: those of mid-2021
    are missing from the round on the data of 2021 and there in the next
    (derived from the counts of both rounds). The event ``entered`` says so
    outright; without one the attribute ``upgrade_year`` plus `wait` does. A
    zone of which neither is known may be listed.

    Parameters
    ----------
    units : pandas.DataFrame
        Index ``unit``; attributes of the units scored in the year, perhaps
        ``upgrade_year`` and ``vetoed``.
    year : int
    wait : int
        First listed on the data of ``upgrade_year + wait``.
    events : pandas.DataFrame, optional
        From `analysis.zones.management.check_events`.
    vetoed : collection of str
        Further units that are kept off the lists.

    Returns
    -------
    pandas.DataFrame
        ``unit, reason, since``, by unit. ``gone``: it has left by the year;
        ``new``: first listed on the data of the year ``since``; ``vetoed``.
        One row a unit, the first reason that holds.

    Raises
    ------
    InputError
        With every ``upgrade_year`` that is no year and every ``vetoed`` that
        is neither yes nor no.
    """
    gone = gone_by(events, year) if events is not None else set()
    entered = _entered(events)
    upgraded = upgrade_years(units)
    barred = _vetoed(units) | set(vetoed)
    rows: list[tuple[str, str, int | None]] = []
    for unit in map(str, units.index):
        first = entered.get(unit)
        if first is None and unit in upgraded:
            first = upgraded[unit] + wait
        if unit in gone:
            rows.append((unit, "gone", None))
        elif first is not None and first > year:
            rows.append((unit, "new", first))
        elif unit in barred:
            rows.append((unit, "vetoed", None))
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"since": "Int64"})
    return frame.sort_values("unit", kind="stable").reset_index(drop=True)


def _entered(events: pd.DataFrame | None) -> dict[str, int]:
    """Return the first year of the units whose history begins with entering."""
    if events is None or events.empty:
        return {}
    firsts = events.sort_values("year", kind="stable").drop_duplicates("unit")
    firsts = firsts[firsts["kind"] == "entered"]
    return {str(unit): int(year) for unit, year in firsts.set_index("unit")["year"].items()}


def upgrade_years(units: pd.DataFrame) -> dict[str, int]:
    """Return the year of upgrade of the units of which it is known.

    Raises
    ------
    InputError
        With every cell that is no year.
    """
    found: dict[str, int] = {}
    problems = []
    for unit, cell in units.get(UPGRADE_YEAR, pd.Series(dtype=object)).items():
        if not word(cell):
            continue
        try:
            found[str(unit)] = year_in(word(cell))
        except CellError:
            told = {"unit": shown(unit), "column": UPGRADE_YEAR, "value": shown(cell)}
            problems.append(Finding("error", "lists.attribute_year", told, unit=str(unit)))
    if problems:
        raise InputError(problems)
    return found


def _vetoed(units: pd.DataFrame) -> set[str]:
    found: set[str] = set()
    problems = []
    for unit, cell in units.get(VETOED, pd.Series(dtype=object)).items():
        if not word(cell):
            continue
        try:
            if yes_in(word(cell)):
                found.add(str(unit))
        except CellError:
            told = {"unit": shown(unit), "column": VETOED, "value": shown(cell)}
            problems.append(Finding("error", "lists.attribute_yes", told, unit=str(unit)))
    if problems:
        raise InputError(problems)
    return found


def read_events(path: Path) -> pd.DataFrame:
    """Read a table of events (see `analysis.zones.management.check_events`).

    Parameters
    ----------
    path : pathlib.Path
        CSV, Excel or Parquet with the columns ``unit, kind, year, into, date,
        province, edition``, the last four where an event needs them; others
        are let be.

    Raises
    ------
    InputError
        With every problem of the file and of its events.
    """
    table, findings = read_table(path)
    errors = [finding for finding in findings if finding.severity == "error"]
    if table is None and {found.code for found in errors} == {"table-no-rows"}:
        return no_events()  # a header without rows: nothing has happened yet
    if table is None or errors:
        raise InputError(errors)
    columns = {
        name: table.columns[table.header.index(name)]
        for name in EVENT_COLUMNS
        if name in table.header
    }
    try:
        return check_events(pd.DataFrame(columns, dtype=object))
    except InputError as error:
        raise InputError(
            replace(found, file=path.name, row=table.rows[found.row - 1] if found.row else None)
            for found in error.findings
        ) from None
