"""Who may be listed: not zones upgraded too lately, nor those that are gone or vetoed."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from analysis.core.cells import CellError, shown, yes_in
from analysis.core.findings import Finding, InputError
from analysis.zones.management.entry import first_years
from analysis.zones.management.events import gone_by
from analysis.zones.management.words import word

VETOED = "vetoed"
"""Attribute of units: a yes keeps a zone off the lists."""

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

    A zone upgraded lately is kept off until the first data year on which it is
    assessed (`analysis.zones.management.first_years`, which dynamic management
    goes by too); one of which that is not known may be listed.

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
    firsts = first_years(units, wait=wait, events=events)
    barred = _vetoed(units) | set(vetoed)
    rows: list[tuple[str, str, int | None]] = []
    for unit in map(str, units.index):
        first = firsts.get(unit)
        if unit in gone:
            rows.append((unit, "gone", None))
        elif first is not None and first > year:
            rows.append((unit, "new", first))
        elif unit in barred:
            rows.append((unit, "vetoed", None))
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"since": "Int64"})
    return frame.sort_values("unit", kind="stable").reset_index(drop=True)


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
