"""From which data year on a zone is assessed, and the rows before it: a score, but no place."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from analysis.core.cells import CellError, shown, year_in
from analysis.core.findings import Finding, InputError
from analysis.texts import spans
from analysis.zones.management.words import word

UPGRADE_YEAR = "upgrade_year"
"""Attribute of units: the year in which a zone became national."""


def first_years(
    units: pd.DataFrame, *, wait: int = 1, events: pd.DataFrame | None = None
) -> dict[str, int]:
    """Return the first data year on which each unit is assessed, where it is known.

    A zone upgraded in a year is assessed some years later: those of mid-2021
    are missing from the round on the data of 2021 and there in the next
    (derived from the counts of both rounds). The event ``entered`` says so
    outright; without one the attribute ``upgrade_year`` plus `wait` does.

    Parameters
    ----------
    units : pandas.DataFrame
        Index ``unit``; perhaps the attribute ``upgrade_year``.
    wait : int
        First assessed on the data of ``upgrade_year + wait``.
    events : pandas.DataFrame, optional
        From `analysis.zones.management.check_events`.

    Raises
    ------
    InputError
        With every ``upgrade_year`` that is no year.
    """
    found = {unit: year + wait for unit, year in upgrade_years(units).items()}
    there = set(map(str, units.index))
    return found | {unit: year for unit, year in _entered(events).items() if unit in there}


def too_early(
    units: pd.DataFrame, *, wait: int = 1, events: pd.DataFrame | None = None
) -> dict[int, dict[str, int]]:
    """Return the units of each year that is before their first, with that first year.

    Parameters
    ----------
    units : pandas.DataFrame
        Index ``year, unit``, the scored unit-years; perhaps the attribute
        ``upgrade_year``, looked at year by year.
    wait, events
        As in `first_years`.

    Returns
    -------
    dict of int to dict of str to int
        Ascending; years without any are left out.

    Raises
    ------
    InputError
        With every ``upgrade_year`` that is no year.
    """
    found: dict[int, dict[str, int]] = {}
    problems: dict[str, Finding] = {}
    for year, own in units.groupby("year", sort=True):
        try:
            firsts = first_years(own.droplevel("year"), wait=wait, events=events)
        except InputError as error:
            problems |= {str(problem.values): problem for problem in error.findings}
            continue
        early = {unit: first for unit, first in sorted(firsts.items()) if first > int(str(year))}
        if early:
            found[int(str(year))] = early
    if problems:
        raise InputError(problems.values())
    return found


def without_early(
    table: pd.DataFrame, early: Mapping[int, Collection[str]], within: Collection[str] = ()
) -> pd.DataFrame:
    """Return a table in which early unit-years have no rank, the ranks being those of the others.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `analysis.zones.management.last_places`. Scores stay as they are.
    early : mapping of int to collection of str
        From `too_early`.
    within : collection of str
        Further columns, as ``edition``, within which ranks are counted.
    """
    if not early:
        return table
    years, units = table["year"].to_numpy(), table["unit"].to_numpy()
    out = [unit in early.get(int(year), ()) for year, unit in zip(years, units, strict=True)]
    table = table.copy()
    for place, scope in (("rank", ("year",)), ("region_rank", ("year", "region"))):
        kept = table[place].astype("Float64").mask(pd.Series(out, index=table.index))
        ranks = kept.groupby([table[name] for name in (*scope, *within)]).rank(method="min")
        table[place] = ranks.astype("Int64")
    return table


def early_told(early: Mapping[int, Collection[str]]) -> dict[str, object]:
    """Return number and names of early unit-years, as ``E012 (2019-2021)``."""
    years: dict[str, list[int]] = {}
    for year, units in sorted(early.items()):
        for unit in units:
            years.setdefault(unit, []).append(year)
    listed = ", ".join(f"{unit} ({spans(own)})" for unit, own in sorted(years.items()))
    return {"count": sum(map(len, years.values())), "units": listed}


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


def _entered(events: pd.DataFrame | None) -> dict[str, int]:
    """Return the first year of the units whose history begins with entering."""
    if events is None or events.empty:
        return {}
    firsts = events.sort_values("year", kind="stable").drop_duplicates("unit")
    firsts = firsts[firsts["kind"] == "entered"]
    return {str(unit): int(year) for unit, year in firsts.set_index("unit")["year"].items()}
