"""What a cell of a table says: a year, yes or no, an identifier, a text."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

MISSING = frozenset(
    ("", "na", "n/a", "nan", "null", "none", "-", "--", "–", "—", "——", "..", "缺失", "无数据")
)
"""Words for a missing number, after NFKC, in any case."""

MISSING_TEXT = MISSING - {"none"}
"""Words for a region or other attribute that is not known."""

YES = frozenset(("true", "yes", "y", "1", "是"))
NO = frozenset(("false", "no", "n", "0", "否"))
FIRST_YEAR, LAST_YEAR = 1000, 2999

_YEAR = re.compile(r"([0-9]{4})(?:\.0+)?年?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Marks that cannot be seen but make two identifiers differ; some turn the text around them.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2069"
    r"\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
# Those of them that no text needs: joiners and forms of a character may belong to a name.
_TURNING = re.compile(r"[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Percent:
    """A number that a spreadsheet shows as a percentage; ``stored`` is 0.125 for 12.5%."""

    stored: float

    @property
    def shown(self) -> float:
        """The number before the per cent sign, without a binary rounding of its own."""
        return float(Decimal(repr(float(self.stored))).scaleb(2))


@dataclass(frozen=True, eq=False)
class BadCell:
    """A cell that holds nothing usable; ``code`` is that of the finding."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


T = TypeVar("T")
Cell = Any  # None, str, bool, int, float, Decimal, date, Percent or BadCell


class Problem(NamedTuple):
    """What is wrong with the cell at ``position`` of a column."""

    position: int
    code: str
    values: Mapping[str, object]


class CellError(Exception):
    """A cell that does not say what it should."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(code)


def shown(value: object, limit: int = 60) -> str:
    """Return ``value`` as a message quotes it: on one line and not too long."""
    if isinstance(value, Percent):
        value = f"{value.shown:g}%"
    word = " ".join(_CONTROL.sub("\ufffd", _INVISIBLE.sub("", str(value)[: 4 * limit])).split())
    return word if len(word) <= limit else word[: limit - 1] + "…"


def narrow(word: str) -> str:
    """Return ``word`` in NFKC, without invisible marks and superfluous spaces."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", word)).split())


def is_blank(cell: Cell) -> bool:
    """Return whether a cell holds nothing (an empty or white string included)."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def year_in(cell: Cell) -> int:
    """Return the year in a cell: 2023, 2023.0, ２０２３ or 2023年.

    Raises
    ------
    CellError
        If it is blank or no year from 1000 to 2999.
    """
    if isinstance(cell, BadCell):
        raise CellError(cell.code, **cell.values)
    if is_blank(cell):
        raise CellError("table-no-year-here")
    found = None
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        if math.isfinite(cell) and cell == int(cell):
            found = int(cell)
    elif isinstance(cell, str):
        match = _YEAR.fullmatch(narrow(cell))
        found = int(match[1]) if match else None
    if found is None or not FIRST_YEAR <= found <= LAST_YEAR:
        raise CellError("table-not-year", value=shown(cell))
    return found


def yes_in(cell: Cell) -> bool:
    """Return the yes or no in a cell (see `YES`, `NO`).

    Raises
    ------
    CellError
        If it is blank or neither.
    """
    if isinstance(cell, bool):
        return cell
    word = text_in(cell).casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError("table-not-yes-no", value=shown(word))


def text_in(cell: Cell) -> str:
    """Return the text in a cell, without spaces at its ends; ``""`` if blank.

    Whole numbers lose a trailing ``.0``, dates are written ISO 8601.

    Raises
    ------
    CellError
        For control characters and cells that hold nothing usable.
    """
    if cell is None:
        return ""
    if isinstance(cell, BadCell):
        raise CellError(cell.code, **cell.values)
    if isinstance(cell, str):
        word = cell.strip()
        if not word.isprintable():
            word = " ".join(_TURNING.sub("", word).split())
        if _CONTROL.search(word):
            raise CellError("table-control", value=shown(cell))
        return word
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Percent):
        return f"{cell.shown:.15g}%"
    if isinstance(cell, float):
        if math.isnan(cell):
            return ""
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime) and cell.time() == time(0):
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def identifier_in(cell: Cell) -> str:
    """Return a unit's identifier: a text in NFKC, ``""`` if blank.

    Raises
    ------
    CellError
        For what spreadsheets make of identifiers (a date, a truth value) and
        for what `text_in` refuses.
    """
    if isinstance(cell, date | time | timedelta):
        raise CellError("table-date", value=shown(cell))
    if isinstance(cell, bool):
        raise CellError("table-boolean", value=str(cell).upper())
    return narrow(text_in(cell))


def attribute_in(cell: Cell) -> str:
    """Return an attribute's text, ``""`` where it is blank or a word for missing."""
    word = text_in(cell)
    return "" if narrow(word).casefold() in MISSING_TEXT else word


def read_column(
    cells: Sequence[Cell], reader: Callable[[Cell], T], default: T
) -> tuple[list[T], list[Problem]]:
    """Apply ``reader`` to every cell; ``default`` stands where it refuses one."""
    known: dict[Cell, T] = {}
    values: list[T] = []
    problems: list[Problem] = []
    for i, cell in enumerate(cells):
        # 1, 1.0 and True are the same key unless the type is in it.
        key = cell if isinstance(cell, str) else (type(cell), cell)
        if key in known:
            values.append(known[key])
            continue
        try:
            known[key] = value = reader(cell)
        except CellError as error:
            value = default
            problems.append(Problem(i, error.code, error.values))
        values.append(value)
    return values, problems
