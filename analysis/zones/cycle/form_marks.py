"""How a form is known again when it comes back: its hidden sheet, and its headings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analysis.core.cells import Cell, narrow
from analysis.core.roles import ROLE_WORDS
from analysis.texts import LANGUAGES, text

MARK = "jingkai form"
VERSION = 1
MARK_KEYS = ("framework", "year", "version", "layout", "synthetic", "bases")
MARK_SHEET = "_jingkai"
FACT = "#"
"""Before the name of a fact of the unit, where it stands among the codes."""

ONE_COLUMNS = (
    "code",
    "name",
    "definition",
    "measure",
    "direction",
    "before",
    "value",
    "source",
    "date",
    "basis",
    "note",
)
EVIDENCE_SHEET_COLUMNS = ("unit", "item", "source", "date", "basis", "note")
EVERY = "*"
"""In the sheet of evidence: all units, or all figures."""

_FACT_WORDS: Mapping[str, tuple[str, ...]] = {
    **{fact: ROLE_WORDS[fact] for fact in ("unit", "name", "region", "assessed")},
    "name_en": ("name_en", "英文名称"),
    "province": ("province", "省份", "省", "省（自治区、直辖市）"),
}


def heading(column: str, lang: str, year: int) -> str:
    """Return the heading of a column of the form."""
    return text(f"form.column.{column}", lang, year=year, before=year - 1)


def column_of(cell: Cell, year: int) -> str | None:
    """Return which column of the form for one unit a heading stands for, None if it is unknown.

    Headings count in either language, in any case, with or without the
    year, and under the other words of ``form.also.<column>``. A heading with
    a year says which of the two columns of values it is.
    """
    word = _plain(cell)
    if not word:
        return None
    found = _words(year).get(word)
    years = {int(number) for number in re.findall(r"[0-9]{4}", word)}
    if found in ("value", "before", None) and years:
        bare = _words(year).get(_plain(re.sub(r"[0-9]{4}\s*年?度?", "", word)))
        if bare in ("value", "before"):
            return "value" if years == {year} else "before" if years == {year - 1} else None
    return found


def fact_of(cell: Cell) -> str | None:
    """Return which fact of the unit a heading of the form for many stands for."""
    word = _plain(cell)
    for fact, words in _FACT_WORDS.items():
        if word in (known.casefold() for known in words):
            return fact
    return None


def evidence_column(cell: Cell, year: int) -> str | None:
    """Return which column of the sheet of evidence a heading stands for."""
    fact = fact_of(cell)
    if fact == "unit":
        return "unit"
    if _plain(cell) in (word.casefold() for word in ROLE_WORDS["item"]):
        return "item"
    found = column_of(cell, year)
    return found if found in EVIDENCE_SHEET_COLUMNS else None


def is_mark(cells: Sequence[Cell]) -> bool:
    """Return whether a row heads the hidden sheet of a form."""
    return bool(cells) and isinstance(cells[0], str) and narrow(cells[0]) == MARK


def is_one(cells: Sequence[Cell], year: int) -> bool:
    """Return whether a row heads the sheet to fill in of a form for one unit."""
    found = {column_of(cell, year) for cell in cells}
    return "code" in found and len(found & {"value", "before", "source", "measure"}) > 1


def is_many(cells: Sequence[Cell], words: Mapping[str, str]) -> bool:
    """Return whether a row heads the sheet of units and figures of a form for many."""
    known = sum(narrow(cell) in words for cell in cells if isinstance(cell, str))
    return known > 0 and any(fact_of(cell) == "unit" for cell in cells)


def before_heading(year: int) -> str:
    """Return what heads the units on the sheet of last year's values, so that it is no other."""
    return f"unit {year - 1}"


def is_before(cells: Sequence[Cell], year: int) -> bool:
    """Return whether a row heads the sheet of last year's values of a form for many."""
    return before_heading(year) in (_plain(cell) for cell in cells)


def is_evidence(cells: Sequence[Cell], year: int) -> bool:
    """Return whether a row heads the sheet of evidence of a form for many."""
    return {"unit", "item", "source"} <= {evidence_column(cell, year) for cell in cells}


def choices(kind: str, words: Sequence[str]) -> dict[str, str]:
    """Return the code for each word (code, or label in either language, folded)."""
    found = {}
    for code in words:
        for word in (code, *(text(f"form.{kind}.{code}", lang) for lang in LANGUAGES)):
            found[_plain(word)] = code
    return found


def _words(year: int) -> dict[str, str]:
    words: dict[str, str] = {}
    for column in ONE_COLUMNS:
        for lang in LANGUAGES:
            words.setdefault(_plain(heading(column, lang, year)), column)
            for word in text(f"form.also.{column}", lang).split(";"):
                words.setdefault(_plain(word), column)
    return words


def _plain(cell: Cell) -> str:
    return narrow(cell).casefold() if isinstance(cell, str) else ""
