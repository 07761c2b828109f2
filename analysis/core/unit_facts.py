"""What a table says of its units beside their values: name, region, attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.core.cells import (
    MISSING_TEXT,
    Cell,
    CellError,
    Problem,
    attribute_in,
    identifier_in,
    narrow,
    read_column,
    shown,
    text_in,
    year_in,
    yes_in,
)
from analysis.core.findings import Finding, Severity
from analysis.core.raw_table import RawTable
from analysis.core.regions import Regions
from analysis.core.roles import find_roles

Texts = NDArray[np.object_]
WHOLE = "all"
"""The scope of all units; no region may be called so."""


@dataclass(eq=False)
class Rows:
    """The rows of a table that can be read, and what is wrong with them.

    Attributes
    ----------
    table : RawTable
        Without broken rows.
    findings : list of Finding
        Grows as columns are read.
    units : numpy.ndarray of str
        ``""`` where there is none or a bad one.
    years : numpy.ndarray of int
        0 where there is none or a bad one.
    """

    table: RawTable
    findings: list[Finding]
    units: Texts = field(init=False)
    years: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.units = np.full(len(self.table.rows), "", dtype=object)
        self.years = np.zeros(len(self.table.rows), dtype=np.int64)

    def report(self, problems: Iterable[Problem], position: int, item: str | None = None) -> None:
        """Note problems of the column at ``position``, each with its place."""
        heading = shown(self.table.header[position])
        for at, code, values in problems:
            self.note("error", code, at, heading, item=item, **values)

    def note(
        self,
        severity: Severity,
        code: str,
        at: int,
        column: str | None,
        /,
        item: str | None = None,
        **values: object,
    ) -> None:
        """Note one finding at row position ``at``."""
        self.findings.append(
            self.table.finding(
                severity,
                code,
                row=self.table.rows[at],
                column=column,
                unit=str(self.units[at]) or None,
                year=int(self.years[at]) or None,
                item=item,
                **values,
            )
        )

    def read_keys(self, roles: Mapping[str, int], year: int | None) -> None:
        """Read the columns of unit and year; ``year`` stands in where there is none."""
        if "unit" in roles:
            at = roles["unit"]
            texts, problems = read_column(self.table.columns[at], identifier_in, "")
            bad = {problem.position for problem in problems}
            problems += [
                Problem(i, "table-blank-unit", {})
                for i, word in enumerate(texts)
                if not word and i not in bad
            ]
            self.units[:] = texts
            self.report(sorted(problems, key=lambda problem: problem.position), at)
        if "year" in roles:
            at = roles["year"]
            years, problems = read_column(self.table.columns[at], year_in, 0)
            self.years[:] = years
            self.report(problems, at)
        elif year is not None:
            self.years[:] = year

    def refused(self) -> NDArray[np.bool_]:
        """Return which rows have an error of their own."""
        rows = {f.row for f in self.findings if f.severity == "error" and f.row is not None}
        return np.fromiter((row in rows for row in self.table.rows), bool, len(self.table.rows))


def read_facts(
    rows: Rows,
    roles: Mapping[str, int],
    attributes: Mapping[str, int],
    regions: Regions | None,
) -> dict[str, Texts]:
    """Read names, regions, the mark of assessed units, and attributes, row by row.

    Texts are ``""`` where nothing stands; ``assessed`` is ``"yes"`` or ``"no"``.
    """

    def region_in(cell: Cell) -> str:
        word = narrow(text_in(cell))
        code = regions.resolve(word) if regions is not None else None
        if code is not None:
            return code
        if word.casefold() in MISSING_TEXT:
            return ""
        if word.casefold() == WHOLE:
            raise CellError("table-region-all", value=shown(word))
        if regions is not None:
            known = ", ".join(
                dict.fromkeys(w for r in regions.regions for w in (r.code, r.name_zh, r.name_en))
            )
            raise CellError("table-region", value=shown(word), known=known)
        return word

    def assessed_in(cell: Cell) -> str:
        return "yes" if yes_in(cell) else "no"

    readers: dict[str, Callable[[Cell], str]] = {
        "name": text_in,
        "region": region_in,
        "assessed": assessed_in,
    }
    places = {role: roles[role] for role in readers if role in roles} | dict(attributes)
    facts: dict[str, Texts] = {}
    for fact, at in places.items():
        texts, problems = read_column(rows.table.columns[at], readers.get(fact, attribute_in), "")
        rows.report(problems, at)
        facts[fact] = np.array(texts, dtype=object)
    return facts


def first_facts(
    rows: Rows, facts: dict[str, Texts], group: NDArray[np.intp], keep: Sequence[str]
) -> tuple[dict[str, Texts], list[str]]:
    """Check that rows of one unit-year (long form) say the same of the unit.

    Parameters
    ----------
    rows : Rows
    facts : dict of str to array, shape (rows,)
    group : array, shape (rows,)
        Number of the unit-year of each row; -1 where that is unknown.
    keep : sequence of str
        Facts that belong to the unit whatever: a contradiction is an error.

    Returns
    -------
    facts : dict of str to array, shape (rows,)
        With gaps filled from the other rows of the unit-year.
    varying : list of str
        Columns that vary within a unit-year and so say nothing of the unit.
    """
    varying: list[str] = []
    filled: dict[str, Texts] = {}
    known = group >= 0
    for fact, texts in facts.items():
        given = np.flatnonzero(known & (texts != ""))
        first = np.full(int(group.max(initial=-1)) + 1, -1)
        first[group[given[::-1]]] = given[::-1]
        differs = given[texts[given] != texts[first[group[given]]]]
        if len(differs) and fact not in keep:
            varying.append(fact)
            continue
        for at in differs:
            rows.note(
                "error",
                "table-fact-differs",
                int(at),
                _heading(rows.table, fact),
                value=shown(texts[at]),
                other=shown(texts[first[group[at]]]),
                row_before=rows.table.rows[int(first[group[at]])],
            )
        result = texts.copy()
        blank = known & (texts == "")
        source = first[group[blank]]
        result[blank] = np.where(source >= 0, texts[source], "")
        filled[fact] = result
    return filled, varying


def _heading(table: RawTable, fact: str) -> str:
    roles = find_roles(table.header)
    return shown(table.header[roles[fact]]) if fact in roles else shown(fact)


def groups_of(rows: Rows) -> NDArray[np.intp]:
    """Return the number of each row's unit-year, in order of appearance; -1 where unknown."""
    numbers: dict[tuple[str, int], int] = {}
    pairs = zip(rows.units.tolist(), rows.years.tolist(), strict=True)
    found = [
        numbers.setdefault((unit, year), len(numbers)) if unit and year else -1
        for unit, year in pairs
    ]
    return np.array(found, dtype=np.intp)


def duplicates(key: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return the positions whose key (not negative) stands elsewhere too, with another such."""
    positions = np.flatnonzero(key >= 0)
    _, first, inverse, counts = np.unique(
        key[positions], return_index=True, return_inverse=True, return_counts=True
    )
    found = []
    second: dict[int, int] = {}
    repeated = np.flatnonzero(counts[inverse] > 1)
    for i in repeated:
        if first[inverse[i]] != i:
            second.setdefault(int(inverse[i]), int(i))
    for i in repeated:
        k = int(inverse[i])
        other = first[k] if first[k] != i else second[k]
        found.append((int(positions[i]), int(positions[other])))
    return found
