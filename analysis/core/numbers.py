"""Reading columns of numbers, strictly and the same way whatever the locale.

* A decimal point, an optional exponent; full-width digits and signs count as
  plain ones (Unicode NFKC), and so does the minus sign U+2212.
* Commas or spaces only between groups of three digits (``1,234,567.8``); a
  decimal comma is an error.
* ``12.5%`` is 12.5 where the item's unit is per cent and an error elsewhere;
  so is an Excel cell shown as a percentage, whose stored 0.125 is read as 12.5.
* The words of `analysis.core.cells.MISSING` are a missing value; in a Chinese
  yearbook "…" is a number too small to show, so it is none of them.
* Everything else is an error: 12.3亿, dates, true/false, infinite numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from analysis.core.cells import (
    MISSING,
    BadCell,
    Cell,
    CellError,
    Percent,
    Problem,
    narrow,
    shown,
)

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+)(?:\.[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_EXCEL_ERROR = re.compile(r"#(?:N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|SPILL!|CALC!)", re.I)


def _number(cell: Cell, percent: bool) -> float:
    """Return the number in one cell, NaN if it is missing; `CellError` if it is none."""
    if cell is None:
        return math.nan
    if isinstance(cell, BadCell):
        raise CellError(cell.code, **cell.values)
    if isinstance(cell, bool):
        raise CellError("table-boolean", value=str(cell).upper())
    if isinstance(cell, Percent):
        if not percent:
            raise CellError("table-percent", value=shown(cell))
        value = cell.shown
    elif isinstance(cell, int | float | Decimal):
        try:
            value = float(cell)
        except OverflowError:
            raise CellError("table-infinite", value=shown(cell)) from None
        if math.isnan(value):
            return math.nan
    elif isinstance(cell, str):
        value = _number_in_words(cell, percent)
    elif isinstance(cell, date | time | timedelta):
        raise CellError("table-date", value=shown(cell))
    else:
        raise CellError("table-not-number", value=shown(cell))
    if math.isinf(value):
        raise CellError("table-infinite", value=shown(cell))
    return value


def _number_in_words(cell: str, percent: bool) -> float:
    word = narrow(cell).replace("\u2212", "-")
    if len(cell.strip().splitlines()) > 1 or "\t" in cell.strip():
        raise CellError("table-not-number", value=shown(cell))  # not one number with spaces in it
    if word.casefold() in MISSING:
        return math.nan
    number = word
    if word.endswith("%"):
        number = word[:-1].rstrip()
        if not percent and (_PLAIN.fullmatch(number) or _GROUPED.fullmatch(number)):
            raise CellError("table-percent", value=shown(cell))
    if _PLAIN.fullmatch(number):
        return float(number)
    if _GROUPED.fullmatch(number):
        return float(number.replace(",", "").replace(" ", ""))
    if _DECIMAL_COMMA.fullmatch(number):
        raise CellError("table-comma", value=shown(cell))
    if _EXCEL_ERROR.fullmatch(word):
        raise CellError("table-excel-error", value=shown(cell))
    if word.casefold().lstrip("+-") in ("inf", "infinity", "∞"):
        raise CellError("table-infinite", value=shown(cell))
    raise CellError("table-not-number", value=shown(cell))


def _plain_numbers(cells: Sequence[Cell]) -> NDArray[np.float64] | None:
    """Return a column at once where all of it is plain, else None."""
    kinds = set(map(type, cells))
    try:
        if kinds <= {str}:
            joined = "".join(cells)
            # float() also takes 1_000 and the digits of every script.
            if not joined.isascii() or "_" in joined:
                return None
            return np.array([float(cell) if cell else math.nan for cell in cells], dtype=float)
        if kinds <= {float, int, type(None)}:
            return np.array([math.nan if c is None else c for c in cells], dtype=float)
    except (ValueError, OverflowError):
        return None
    return None


def numbers(
    cells: Sequence[Cell], percent: bool | Sequence[bool] = False
) -> tuple[NDArray[np.float64], list[Problem]]:
    """Read a column of numbers.

    Parameters
    ----------
    cells : sequence of cells, length n
    percent : bool or sequence of bool
        Whether a per cent sign is allowed, for all cells or for each.

    Returns
    -------
    values : numpy.ndarray, shape (n,)
        NaN where a cell is missing or bad.
    problems : list of Problem
        One for each cell that is neither missing nor a finite number.
    """
    plain = _plain_numbers(cells)
    if plain is None:
        values = np.full(len(cells), math.nan)
        doubtful = list(range(len(cells)))
    else:
        values = plain
        odd = np.flatnonzero(~np.isfinite(values))
        doubtful = [i for i in odd.tolist() if cells[i] is not None and cells[i] != ""]
    problems: list[Problem] = []
    for i in doubtful:
        values[i] = math.nan
        try:
            values[i] = _number(cells[i], percent if isinstance(percent, bool) else percent[i])
        except CellError as error:
            problems.append(Problem(i, error.code, error.values))
    return values, problems
