"""A table as its author sees it: a header, columns of raw cells, row numbers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.core.cells import BadCell, Cell, is_blank, narrow, shown
from analysis.core.findings import Finding, Severity
from analysis.core.roles import find_roles, looks_like_header

MAX_CELLS = 50_000_000
MAX_COLUMNS = 16_384


@dataclass(frozen=True, eq=False)
class RawTable:
    """Cells as read, before anything is made of them.

    Attributes
    ----------
    file : str
        Name of the file, without its folder.
    sheet : str or None
        Name of the sheet of a workbook.
    header : tuple of str
        The columns' words, NFKC, without superfluous spaces; each once.
    columns : tuple of list
        One list of cells for each column, all as long as ``rows``.
    rows : tuple of int
        Number of each row as a spreadsheet counts them (the header is row 1;
        so too for formats that have no header row). Blank rows are no rows.
    broken : frozenset of int
        Rows whose cells cannot be told apart; a finding says why.
    header_row : int
        Number of the row of the header.
    """

    file: str
    sheet: str | None
    header: tuple[str, ...]
    columns: tuple[list[Cell], ...]
    rows: tuple[int, ...]
    broken: frozenset[int] = frozenset()
    header_row: int = 1

    def finding(
        self,
        severity: Severity,
        code: str,
        /,
        row: int | None = None,
        column: str | None = None,
        unit: str | None = None,
        year: int | None = None,
        item: str | None = None,
        **values: object,
    ) -> Finding:
        """Return a finding that is placed in this table."""
        return Finding(severity, code, values, self.file, self.sheet, row, column, unit, year, item)

    def sound(self) -> RawTable:
        """Return the table without its broken rows."""
        if not self.broken:
            return self
        keep = [i for i, row in enumerate(self.rows) if row not in self.broken]
        return replace(
            self,
            columns=tuple([column[i] for i in keep] for column in self.columns),
            rows=tuple(self.rows[i] for i in keep),
            broken=frozenset(),
        )


def letter(position: int) -> str:
    """Return a spreadsheet's name of the column at ``position`` (0 is A)."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def assemble(
    file: str,
    sheet: str | None,
    header: Sequence[Cell],
    records: Iterable[tuple[int, Sequence[Cell]]],
    findings: list[Finding],
    *,
    header_row: int = 1,
    broken: Iterable[int] = (),
) -> RawTable | None:
    """Make a table of a header and of the records below it.

    Records shorter than the header are filled with blanks, blank ones left
    out. Columns without a word in the header are left out too, as an error
    if they hold anything.

    Parameters
    ----------
    file, sheet
        Place of the table.
    header : sequence of cells
    records : iterable of (int, sequence of cells)
        Row number and cells.
    findings : list of Finding
        Problems are added to it.
    header_row : int
    broken : iterable of int
        Numbers of rows that are known to be broken.

    Returns
    -------
    RawTable or None
        None if there is nothing to read or too much of it.
    """
    place = RawTable(file, sheet, (), (), (), header_row=header_row)
    width = len(header)
    rows: list[int] = []
    cells: list[Sequence[Cell]] = []
    for row, record in records:
        if not record or (is_blank(record[-1]) and all(map(is_blank, record))):
            continue
        width = max(width, len(record))
        rows.append(row)
        cells.append(record)
        if width > MAX_COLUMNS or width * len(rows) > MAX_CELLS:
            findings.append(
                place.finding(
                    "error", "table-too-large", columns=MAX_COLUMNS, cells=f"{MAX_CELLS:,}"
                )
            )
            return None
    if not rows:
        findings.append(place.finding("error", "table-no-rows"))
        return None
    words = [_word(cell) for cell in header]
    if "unit" not in find_roles(words):
        # Titles above the header are common in workbooks: say where the header seems to be.
        for row, record in zip(rows[:20], cells, strict=False):
            if looks_like_header([_word(cell) for cell in record]):
                findings.append(
                    place.finding("error", "table-header-below", first=header_row, header=row)
                )
                return None
    blanks = [None] * width
    full = [
        record if len(record) == width else [*record, *blanks[len(record) :]] for record in cells
    ]
    columns = [list(column) for column in zip(*full, strict=True)]
    words += [""] * (width - len(words))
    kept: dict[str, int] = {}
    for position, word in enumerate(words):
        if not word:
            held = next((i for i, c in enumerate(columns[position]) if not is_blank(c)), None)
            if held is not None:
                findings.append(
                    place.finding(
                        "error",
                        "table-no-heading",
                        column=letter(position),
                        column_letter=letter(position),
                        first=rows[held],
                    )
                )
        elif not word.isprintable():
            findings.append(
                place.finding("error", "table-control-heading", column=letter(position))
            )
        elif word in kept:
            first, again = letter(kept[word]), letter(position)
            findings.append(
                place.finding(
                    "error", "table-duplicate-heading", column=shown(word), first=first, again=again
                )
            )
        else:
            kept[word] = position
    return replace(
        place,
        header=tuple(kept),
        columns=tuple(columns[position] for position in kept.values()),
        rows=tuple(rows),
        broken=frozenset(broken),
    )


def _word(cell: Cell) -> str:
    if cell is None or isinstance(cell, BadCell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return narrow(str(cell))


def from_frame(frame: pd.DataFrame, file: str, findings: list[Finding]) -> RawTable | None:
    """Take a data frame as a table; a named index counts as columns.

    Missing values of any kind (NaN, NaT, NA) are blank cells.
    """
    named = [name for name in frame.index.names if name is not None]
    if named:
        frame = frame.reset_index(level=named)
    if not len(frame):
        place = RawTable(file, None, (), (), ())
        findings.append(place.finding("error", "table-no-rows"))
        return None
    columns = [_cells_of(frame.iloc[:, i]) for i in range(frame.shape[1])]
    records = enumerate(zip(*columns, strict=True), start=2)
    return assemble(file, None, [str(name) for name in frame.columns], records, findings)


def _cells_of(column: pd.Series) -> list[Cell]:
    missing = column.isna().to_numpy()
    cells: list[Cell] = column.tolist()
    for i in np.flatnonzero(missing):
        cells[i] = None
    if column.dtype == object:
        return [c if isinstance(c, Hashable) else BadCell("table-nested") for c in cells]
    return cells
