"""The tables that come with an audit (evidence, totals, acceptances), read as texts and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.cells import identifier_in, read_column, text_in, year_in
from analysis.core.findings import Finding
from analysis.core.numbers import numbers
from analysis.core.raw_table import RawTable
from analysis.core.tables import read_table
from analysis.texts import LANGUAGES, text


@dataclass(eq=False)
class Side:
    """A table beside the panel, column by column.

    Attributes
    ----------
    table : RawTable or None
        None if the file as a whole cannot be read.
    findings : list of Finding
        Grows as columns are read.
    """

    file: str
    table: RawTable | None
    findings: list[Finding]
    places: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[int, ...]:
        """Row numbers as a spreadsheet counts them."""
        return self.table.rows if self.table is not None else ()

    @property
    def no_rows(self) -> bool:
        """Whether all that is wrong with the file is that nothing stands below its header."""
        errors = {finding.code for finding in self.findings if finding.severity == "error"}
        return self.table is None and errors == {"table-no-rows"}

    def has(self, column: str) -> bool:
        """Return whether the table has a column."""
        return column in self.places

    def texts(self, column: str, *, identifier: bool = False) -> list[str]:
        """Return a column's texts, ``""`` where it is blank or the table has none."""
        if self.table is None or column not in self.places:
            return [""] * len(self.rows)
        reader = identifier_in if identifier else text_in
        cells, problems = read_column(self.table.columns[self.places[column]], reader, "")
        self._report(problems, column)
        return cells

    def years(self, column: str, default: int) -> list[int]:
        """Return a column's years, ``default`` where it is blank or the table has none."""
        cells = self._cells(column)
        filled = [default if cell is None or cell == "" else cell for cell in cells]
        years, problems = read_column(filled, year_in, default)
        self._report(problems, column)
        return years

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column's numbers, NaN where it is blank or the table has none."""
        values, problems = numbers(self._cells(column), percent=True)
        self._report(problems, column)
        return values

    def note(self, code: str, row: int, column: str | None = None, /, **values: object) -> None:
        """Note an error of one row."""
        heading = None
        if self.table is not None and column in self.places:
            heading = self.table.header[self.places[str(column)]]
        told = Finding("error", f"audit.{code}", values, self.file, None, row, heading)
        self.findings.append(told)

    def _cells(self, column: str) -> list[object]:
        if self.table is None or column not in self.places:
            return [None] * len(self.rows)
        return self.table.columns[self.places[column]]

    def _report(self, problems: Sequence[tuple[int, str, Mapping[str, object]]], name: str) -> None:
        if self.table is None or name not in self.places:
            return
        heading = self.table.header[self.places[name]]
        sheet = self.table.sheet
        self.findings += [
            Finding("error", code, values, self.file, sheet, self.rows[at], heading)
            for at, code, values in problems
        ]


def read_side(path: Path, columns: Sequence[str], required: Sequence[str]) -> Side:
    """Read a table whose columns are headed by their code or by its name in either language.

    Parameters
    ----------
    path : pathlib.Path
    columns : sequence of str
        Codes of the columns; their names are the texts ``audit.column.<code>``.
        Other columns of the table are let be.
    required : sequence of str
        Those that the table must have.
    """
    table, found = read_table(path)
    findings = [finding for finding in found if finding.severity != "note"]
    side = Side(path.name, table.sound() if table is not None else None, findings)
    if side.table is None:
        return side
    headings = {heading.casefold(): place for place, heading in enumerate(side.table.header)}
    places = {}
    for column in columns:
        words = [column, *(text(f"audit.column.{column}", lang) for lang in LANGUAGES)]
        for word in words:
            if word.casefold() in headings:
                places[column] = headings[word.casefold()]
                break
    side.places = places
    lacking = [column for column in required if column not in places]
    if lacking:
        told = {"columns": ", ".join(lacking)}
        side.findings.append(Finding("error", "audit.side_columns", told, side.file))
        side.table = None
    return side


def frame_of(columns: Mapping[str, Sequence[object] | NDArray[np.float64]]) -> pd.DataFrame:
    """Return columns as a table; texts stay texts where there is no row."""
    table = pd.DataFrame({name: list(cells) for name, cells in columns.items()}, dtype=object)
    numeric = [name for name, cells in columns.items() if isinstance(cells, np.ndarray)]
    return table.astype(dict.fromkeys(numeric, np.float64))
