"""Reading rules for lists from a table, with every problem found in one pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.cells import Cell, CellError, shown, text_in, year_in
from analysis.core.findings import Finding, InputError
from analysis.core.raw_table import RawTable
from analysis.core.tables import read_table
from analysis.paths import data_dir
from analysis.texts import LANGUAGES
from analysis.zones.lists.rules import (
    ALL,
    BASES,
    GROWTH,
    ORDERS,
    REGIONS,
    TIES,
    ListRule,
    overlap,
)
from analysis.zones.published import read_lists

SHIPPED = "default"
LARGEST_SIZE, LONGEST_WAIT, LARGEST, MOST_RULES = 100_000, 20, 1e12, 1000
COLUMNS = (
    "list", "name_zh", "name_en", "from_year", "to_year", "scope", "size", "size_basis",
    "sort_by", "order", "sort_basis", "condition", "above", "condition_basis", "ties", "wait",
    "source", "read_at", "note_zh", "note_en",
)  # fmt: skip
REQUIRED = ("list", "scope", "size", "sort_by")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")
_LONGEST = 1000


def rules_file() -> Path:
    """Return the file of the rules that are shipped."""
    return data_dir() / "list_rules.csv"


def read_list_rules(source: str | Path = SHIPPED) -> tuple[ListRule, ...]:
    """Read rules for lists from a table.

    Parameters
    ----------
    source : str or pathlib.Path
        CSV, Excel or Parquet; ``"default"`` are the rules that are shipped.
        Columns `COLUMNS`, of which `REQUIRED` must be there; an empty cell
        takes the default of `ListRule`. Where ``condition`` names something,
        ``above`` may be empty: 0. A list of ``data/lists.csv`` needs no
        names; any other has its code for one if none is given.

    Returns
    -------
    tuple of ListRule
        In the order of the table.

    Raises
    ------
    InputError
        With every problem: columns that are missing or unknown, cells that
        cannot be read, two rules for one list in one year.
    """
    path = rules_file() if str(source) == SHIPPED else Path(source)
    table, findings = read_table(path)
    problems = [finding for finding in findings if finding.severity == "error"]
    if table is None:
        raise InputError(problems)
    table = table.sound()
    problems += _columns(table)
    if any(found.code == "lists.columns" for found in problems):
        raise InputError(problems)
    if len(table.rows) > MOST_RULES:
        told = {"most": MOST_RULES, "count": len(table.rows)}
        raise InputError([*problems, Finding("error", "lists.too_many", told, file=table.file)])
    known = read_lists()
    names = {
        lang: {str(code): str(name) for code, name in known[f"name_{lang}"].items()}
        for lang in LANGUAGES
    }
    rules: list[tuple[int, ListRule]] = []
    for at, number in enumerate(table.rows):
        row = _Row(table, at, problems)
        rule = _rule(row, names["zh"], names["en"])
        if rule is not None:
            rules.append((number, rule))
    problems += _twice(rules, table)
    if not rules and not problems:
        problems.append(Finding("error", "lists.no_rules", file=table.file))
    if problems:
        raise InputError(problems)
    return tuple(rule for _, rule in rules)


def rules_table(rules: Iterable[ListRule]) -> pd.DataFrame:
    """Return rules as the table that `read_list_rules` reads, all of it text."""
    rows = [
        (
            rule.code, rule.name_zh, rule.name_en, rule.first_year, rule.last_year, rule.scope,
            rule.size, rule.size_basis, " ".join(rule.sort_by), rule.order, rule.sort_basis,
            " ".join(rule.condition), repr(rule.above) if rule.condition else "",
            rule.condition_basis if rule.condition else "", rule.ties, rule.wait,
            rule.source, rule.read_at, rule.note_zh, rule.note_en,
        )
        for rule in rules
    ]  # fmt: skip
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    return pd.DataFrame(cells, columns=list(COLUMNS), dtype="str")


@dataclass(eq=False)
class _Row:
    """One row of the table: its cells, and the problems found in them."""

    table: RawTable
    at: int
    problems: list[Finding]
    bad: set[str] = field(default_factory=set)

    def get(self, column: str, reader: Callable[[Cell], Any], default: Any) -> Any:
        """Return a cell as `reader` has it; `default` where it is blank or refused."""
        if column not in self.table.header:
            return default
        cell = self.table.columns[self.table.header.index(column)][self.at]
        try:
            words = text_in(cell)
            if not words:
                return default
            return reader(cell)
        except CellError as error:
            self.note(error.code, column, **error.values)
        except ValueError as error:
            self.note(f"lists.bad_{error}", column, value=shown(cell), words=_WORDS.get(column, ""))
        return default

    def note(self, code: str, column: str, /, **values: object) -> None:
        """Note an error of one cell."""
        self.bad.add(column)
        row = self.table.rows[self.at]
        told = {"column": column, **values}
        self.problems.append(
            Finding("error", code, told, self.table.file, self.table.sheet, row, column)
        )


_WORDS = {
    "size_basis": ", ".join(BASES),
    "sort_basis": ", ".join(BASES),
    "condition_basis": ", ".join(BASES),
    "order": ", ".join(ORDERS[1:]),
    "ties": ", ".join(TIES),
}


def _text(cell: Cell) -> str:
    words = " ".join(text_in(cell).split())
    if len(words) > _LONGEST:
        raise ValueError("long")
    return words


def _code(cell: Cell) -> str:
    word = text_in(cell)
    if not _CODE.fullmatch(word):
        raise ValueError("code")
    return word


def _codes(cell: Cell) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(_text(cell).split()))
    if any(word == GROWTH for word in words):
        raise ValueError("growth")
    return words


def _one_of(*words: str) -> Callable[[Cell], str]:
    def read(cell: Cell) -> str:
        word = text_in(cell)
        if word not in words:
            raise ValueError("word")
        return word

    return read


def _whole(least: int, most: int) -> Callable[[Cell], int]:
    def read(cell: Cell) -> int:
        number = _number(cell)
        if not number.is_integer() or not least <= number <= most:
            raise ValueError("whole")
        return int(number)

    return read


def _number(cell: Cell) -> float:
    try:
        number = float(text_in(cell))
    except ValueError:
        raise ValueError("number") from None
    if not -LARGEST <= number <= LARGEST:
        raise ValueError("number")
    return number


def _rule(row: _Row, names_zh: dict[str, str], names_en: dict[str, str]) -> ListRule | None:
    """Return one rule, None where it has problems; they are noted all the same."""
    before = len(row.problems)
    code = row.get("list", _code, "")
    basis = _one_of(*BASES)
    given: dict[str, Any] = {
        "code": code,
        "name_zh": row.get("name_zh", _text, names_zh.get(code, code)),
        "name_en": row.get("name_en", _text, names_en.get(code, code)),
        "scope": row.get("scope", _text, ""),
        "size": row.get("size", _whole(1, LARGEST_SIZE), 0),
        "size_basis": row.get("size_basis", basis, "assumed"),
        "sort_by": row.get("sort_by", _codes, ()),
        "sort_basis": row.get("sort_basis", basis, "assumed"),
        "order": row.get("order", _one_of(*ORDERS[1:]), ""),
        "condition": row.get("condition", _codes, ()),
        "above": row.get("above", _number, 0.0),
        "condition_basis": row.get("condition_basis", basis, "assumed"),
        "ties": row.get("ties", _one_of(*TIES), "all"),
        "wait": row.get("wait", _whole(0, LONGEST_WAIT), 1),
        "first_year": row.get("from_year", year_in, None),
        "last_year": row.get("to_year", year_in, None),
        **{name: row.get(name, _text, "") for name in ("source", "read_at", "note_zh", "note_en")},
    }
    for column, key in zip(REQUIRED, ("code", "scope", "size", "sort_by"), strict=True):
        if not given[key] and column not in row.bad:
            row.note("lists.lacks", column)
    first, last = given["first_year"], given["last_year"]
    if first is not None and last is not None and first > last:
        row.note("lists.years", "to_year", first=first, last=last)
    if not given["condition"] and row.get("above", _text, ""):
        row.note("lists.above", "above")
    return ListRule(**given) if len(row.problems) == before else None


def _columns(table: RawTable) -> list[Finding]:
    found = []
    absent = [name for name in REQUIRED if name not in table.header]
    if absent:
        told = {"columns": ", ".join(absent)}
        found.append(Finding("error", "lists.columns", told, file=table.file))
    for name in table.header:
        if name not in COLUMNS:
            told = {"column": shown(name), "known": ", ".join(COLUMNS)}
            found.append(Finding("error", "lists.column", told, file=table.file, column=name))
    return found


def _twice(rules: Sequence[tuple[int, ListRule]], table: RawTable) -> list[Finding]:
    found = []
    for at, (row, rule) in enumerate(rules):
        for other_row, other in rules[:at]:
            if overlap(rule, other):
                scope = rule.scope if rule.scope in (ALL, REGIONS) else shown(rule.scope)
                told = {"list": rule.code, "scope": scope, "other": other_row}
                found.append(
                    Finding("error", "lists.twice", told, table.file, table.sheet, row, "list")
                )
                break
    return found
