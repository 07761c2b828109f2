"""What stands in a filled form, cell by cell, before it goes into a panel."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from analysis.core.cells import (
    MISSING_TEXT,
    Cell,
    CellError,
    Problem,
    identifier_in,
    is_blank,
    narrow,
    shown,
    text_in,
    yes_in,
)
from analysis.core.findings import Finding
from analysis.core.item_values import beyond
from analysis.core.numbers import numbers
from analysis.core.raw_table import RawTable
from analysis.zones.cycle.form_marks import choices
from analysis.zones.cycle.form_rows import BASES, LARGEST, FormRow, FormSpec

LONGEST_FACT, LONGEST_EVIDENCE = 200, 5_000  # characters
_DATE = re.compile(r"([0-9]{4})(?:[-./年]([0-9]{1,2})(?:[-./月]([0-9]{1,2}))?)?[年月日]?")


@dataclass(frozen=True)
class Evidence:
    """What a figure rests on: each ``""`` where it is not said.

    ``date`` is ISO 8601 (a year, a month or a day); ``basis`` one of
    `analysis.zones.cycle.form_rows.BASES`.
    """

    source: str = ""
    date: str = ""
    basis: str = ""
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """One figure of one unit.

    Attributes
    ----------
    unit, code : str
    value : float
        NaN where the cell is blank or was refused.
    evidence : Evidence
    before : float
        Last year's value as the form has it; NaN where there is none.
    file, sheet : str
    row : int
    column : str
        The heading as its author sees it.
    refused : bool
        Whether the cell holds something that cannot be used.
    """

    unit: str
    code: str
    value: float
    evidence: Evidence
    before: float
    file: str
    sheet: str
    row: int
    column: str
    refused: bool = False

    def finding(self, severity: str, code: str, /, year: int, **values: object) -> Finding:
        """Return a finding that is placed at the cell."""
        return Finding(
            severity,  # type: ignore[arg-type]
            code,
            values,
            self.file,
            self.sheet,
            self.row,
            self.column,
            self.unit or None,
            year,
            self.code,
        )


@dataclass(frozen=True, eq=False)
class FilledForm:
    """A form that came back.

    Attributes
    ----------
    file : str
    digest : str
        First 12 digits of the SHA-256 of the file.
    framework : str
    synthetic : bool
    facts : mapping of str to mapping of str to str
        What is said of each unit, by its code; regions and provinces by
        their codes, ``assessed`` as ``yes`` or ``no``.
    entries : tuple of Entry
    also : tuple of FormRow
        Its optional rows.
    """

    file: str
    digest: str
    framework: str
    synthetic: bool
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    also: tuple[FormRow, ...] = ()


def figures(cells: Sequence[Cell], rows: Sequence[FormRow]) -> tuple[np.ndarray, list[Problem]]:
    """Read numbers, each by the limits of its own figure.

    Parameters
    ----------
    cells : sequence of cells, length n
    rows : sequence of FormRow, length n

    Returns
    -------
    values : numpy.ndarray of float, shape (n,)
        NaN where a cell is missing or refused.
    problems : list of Problem
        By position; one a cell.
    """
    values, problems = numbers(cells, [row.limits.percent for row in rows])
    problems += beyond(
        values,
        np.nan_to_num([row.limits.least for row in rows], nan=-LARGEST),
        np.nan_to_num([row.limits.most for row in rows], nan=LARGEST),
        np.array([row.limits.whole for row in rows], dtype=bool),
    )
    first = {problem.position: problem for problem in reversed(problems)}
    values[list(first)] = math.nan
    return values, [first[at] for at in sorted(first)]


def fact_in(fact: str, cell: Cell, spec: FormSpec) -> str:
    """Return what a cell says of the unit: a code where there are such, else a text.

    Raises
    ------
    CellError
        If it says nothing that can be used.
    """
    if fact == "unit":
        return _not_long(identifier_in(cell), LONGEST_FACT)
    word = _not_long(text_in(cell), LONGEST_FACT)
    if narrow(word).casefold() in MISSING_TEXT:
        return ""
    if fact == "assessed":
        known = choices("assessed", ("yes", "no")).get(narrow(word).casefold())
        return known or ("yes" if yes_in(cell) else "no")
    if fact == "region" and spec.regions is not None:
        code = spec.regions.resolve(narrow(word))
        if code is None:
            listed = ", ".join(w for r in spec.regions.regions for w in (r.name_zh, r.name_en))
            raise CellError("table-region", value=shown(word), known=listed)
        return code
    if fact == "province" and spec.provinces:
        folded = narrow(word).casefold()
        for code, (zh, en, _) in spec.provinces.items():
            if folded in (code, en.casefold()) or narrow(word).startswith(zh):
                return code
        raise CellError("form.province", value=shown(word))
    return word


def date_in(cell: Cell) -> str:
    """Return the date in a cell, ISO 8601: of a day, a month or a year; ``""`` if blank.

    Raises
    ------
    CellError
        If it is no date.
    """
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    word = narrow(text_in(cell))
    if not word:
        return ""
    match = _DATE.fullmatch(word)
    if match is None:
        raise CellError("form.date", value=shown(word))
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise CellError("form.date", value=shown(word)) from None
    return "-".join([year, *(f"{int(part):02d}" for part in (month, day) if part)])


def basis_in(cell: Cell) -> str:
    """Return the code of the basis that a cell names, ``""`` if blank.

    Raises
    ------
    CellError
        If it is none of the form's.
    """
    word = narrow(text_in(cell))
    if not word:
        return ""
    code = choices("basis", BASES).get(word.casefold())
    if code is None:
        raise CellError("form.basis", value=shown(word))
    return code


def evidence_in(
    table: RawTable,
    at: int,
    columns: Mapping[str, int],
    findings: list[Finding],
    *,
    unit: str | None = None,
    year: int | None = None,
    item: str | None = None,
) -> Evidence:
    """Read the evidence in one row; what is wrong with it is added to ``findings``."""
    readers = {"source": _words_in, "date": date_in, "basis": basis_in, "note": _words_in}
    found = {}
    for name, reader in readers.items():
        if name not in columns:
            continue
        try:
            found[name] = reader(table.columns[columns[name]][at])
        except CellError as error:
            heading = shown(table.header[columns[name]])
            findings.append(
                table.finding(
                    "error",
                    error.code,
                    row=table.rows[at],
                    column=heading,
                    unit=unit,
                    year=year,
                    item=item,
                    **error.values,
                )
            )
    return Evidence(**found)


def _words_in(cell: Cell) -> str:
    return _not_long(text_in(cell), LONGEST_EVIDENCE)


def _not_long(word: str, most: int) -> str:
    if len(word) > most:
        raise CellError("form.long", count=len(word), most=most, value=shown(word))
    return word


def says_something(cells: Sequence[Cell]) -> bool:
    """Return whether any of the cells holds anything."""
    return not all(is_blank(cell) for cell in cells)
