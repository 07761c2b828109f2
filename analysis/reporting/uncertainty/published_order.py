"""A published order read from a table: places, a top list, the last of a region."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from analysis.core.cells import Cell, is_blank, shown
from analysis.core.findings import InputError
from analysis.core.raw_table import RawTable
from analysis.core.roles import find_roles
from analysis.core.tables import read_table
from analysis.core.uncertainty.inverse.order import Order, last_order, places_order, top_order
from analysis.reporting.uncertainty.uncertainty_inputs import units_named

PLACE = ("place", "rank", "名次", "位次")
WORDS = {"top": "top", "last": "last", "前列": "top", "末位": "last"}
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.0+)?", re.ASCII)


@dataclass
class _Listed:
    places: dict[str, int] = field(default_factory=dict)
    top: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)


def read_order(path: Path, sheet: str | None, units: pd.DataFrame) -> Order:
    """Read what is published of an order.

    A table with the columns ``unit`` (a code or a name) and ``place``: a number,
    ``top`` (in the list, place not known) or ``last`` (among the last of its
    region). Where numbers and ``top`` make up a whole list from the first place
    on, the units it does not name come after it; numbers with gaps say only
    who is ahead of whom.

    Parameters
    ----------
    path : pathlib.Path
        CSV, Excel or Parquet.
    sheet : str or None
    units : pandas.DataFrame
        Those assessed. Index: codes; ``name``, ``region``, perhaps ``name_en``.

    Returns
    -------
    Order

    Raises
    ------
    InputError
        With every row that cannot be used.
    """
    table, findings = read_table(path, sheet)
    problems = [found for found in findings if found.severity == "error"]
    if table is None or problems:
        raise InputError(problems)
    listed = _listed(table, units)
    everyone = [str(code) for code in units.index]
    parts = []
    best = [*listed.places, *listed.top]
    # A list is whole if its numbers and the units without one fill the places from 1 on;
    # units that share a place leave the next ones empty.
    whole = bool(best) and max(listed.places.values(), default=0) <= len(best)
    if listed.top and not whole:
        last = max(listed.places.values())
        raise InputError([table.finding("error", "recover.top_gaps", last=last, many=len(best))])
    rest = [unit for unit in everyone if unit not in set(best)]
    if listed.places:
        after = rest if whole and not listed.top else []
        if len(set(listed.places.values())) > 1 or after:
            parts.append(places_order(listed.places, after))
    if listed.top and rest:
        parts.append(top_order(best, everyone))
    parts += _lasts(listed.last, units)
    if not parts:
        raise InputError([table.finding("error", "recover.nothing")])
    order = parts[0]
    for part in parts[1:]:
        order = order + part
    return order


def _listed(table: RawTable, units: pd.DataFrame) -> _Listed:
    """Sort the rows by what they say; raise with all that cannot be used."""
    roles = find_roles(table.header)
    heading = next((at for at, word in enumerate(table.header) if word.casefold() in PLACE), None)
    unit_at = roles.get("unit", roles.get("name"))
    if heading is None or unit_at is None:
        there = ", ".join(table.header[:20])
        raise InputError([table.finding("error", "recover.columns", columns=there)])
    listed, problems = _Listed(), []
    rows_of: dict[str, int] = {}
    for row, named, place in zip(
        table.rows, table.columns[unit_at], table.columns[heading], strict=True
    ):
        word = _text(named)
        try:
            (unit,) = units_named([word], units)
        except InputError as error:
            problems += [replace(found, file=table.file, row=row) for found in error.findings]
            continue
        said = _text(place).casefold()
        if unit in rows_of:
            problems.append(
                table.finding("error", "recover.twice", row, named=shown(word), other=rows_of[unit])
            )
        rows_of[unit] = row
        if _NUMBER.fullmatch(said) and 1 <= float(said) <= len(units):
            listed.places[unit] = int(float(said))
        elif WORDS.get(said) == "top":
            listed.top.append(unit)
        elif WORDS.get(said) == "last":
            listed.last.append(unit)
        else:
            problems.append(
                table.finding("error", "recover.place", row, value=shown(said), units=len(units))
            )
    if problems:
        raise InputError(problems)
    return listed


def _lasts(last: list[str], units: pd.DataFrame) -> list[Order]:
    """Return, for each region of the units, that they come after all others of it."""
    orders = []
    regions = units["region"].astype(str)
    for region in dict.fromkeys(regions[unit] for unit in last):
        here = [unit for unit in last if regions[unit] == region]
        others = [str(code) for code in units.index[regions == region]]
        if len(here) < len(others):
            orders.append(last_order(here, others))
    return orders


def _text(cell: Cell) -> str:
    if cell is None or is_blank(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())
