"""Reading Excel workbooks (.xlsx, .xlsm): values only, nothing is ever run."""

from __future__ import annotations

import difflib
import re
import warnings
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import openpyxl
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils import column_index_from_string

from analysis.core.cells import BadCell, Cell, Percent, is_blank, shown
from analysis.core.findings import Finding
from analysis.core.raw_table import MAX_CELLS, MAX_COLUMNS, RawTable, assemble

MAX_UNPACKED = 512 * 2**20
BOMB_RATIO, BOMB_SIZE = 200, 64 * 2**20
MAX_ROWS = 1_048_576
TITLE_ROWS = 50  # in which a header with titles above it is looked for

# A part may hold anything, so none of these goes over the same bytes twice.
_ROW = re.compile(rb"<(?:\w+:)?row\b(?:[^<>]*?\br=[\"'](\d+))?")
_MERGE = re.compile(
    rb"<(?:\w+:)?mergeCell\b[^<>]*?\bref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)
_CELL_WITH_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*)>\s*+<(?:\w+:)?f\b[^<>]*?(?:/>|>[^<]*+</(?:\w+:)?f>)"
    rb"\s*+(<(?:\w+:)?v\s*+/>|<(?:\w+:)?v>\s*+</(?:\w+:)?v>)?\s*+</(?:\w+:)?c>"
)
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_PERCENT_FORMAT = re.compile(rb"numFmtId=[\"'](?:9|10)[\"']|formatCode=[\"'][^\"']*%")


class _Cell(Protocol):
    """What is used of a cell of the library."""

    value: Any
    number_format: str


class _Sheet(Protocol):
    """What is used of a sheet that the library reads row by row."""

    title: str
    _worksheet_path: str

    def reset_dimensions(self) -> None: ...

    def iter_rows(
        self, *, min_row: int, max_row: int, values_only: bool
    ) -> Iterator[tuple[Any, ...]]: ...


_ERRORS = frozenset(ERROR_CODES)
_BEFORE_XML = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"  # byte order marks, spaces, halves of UTF-16
_RETURN = b"_x000D_"


@dataclass(frozen=True)
class _Merge:
    area: str
    first: int
    last: int


@dataclass(frozen=True)
class _Scan:
    """What the reader for values does not tell about a sheet."""

    last_row: int
    merges: tuple[_Merge, ...]
    formulas: frozenset[tuple[int, int]]  # (row, column) of formulas without a value
    percent: bool = False  # whether any number format is a percentage
    returns: bool = False  # whether a text holds a carriage return, as _x000D_


class _Unusable(Exception):
    """A workbook that cannot be read, with the code of the finding."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(code)


def read_excel(
    path: Path,
    sheet: str | int | None,
    findings: list[Finding],
    header: Callable[[Sequence[Cell]], bool] | None = None,
) -> RawTable | None:
    """Read one sheet of a workbook.

    Without ``sheet``, the first sheet that holds anything is read and a note
    names the others. Formulas count by the value that was saved with them;
    one saved without a value is a bad cell, as is an error such as #DIV/0!.
    A row that a merged area touches is broken. Numbers shown as percentages
    become `Percent`.

    Parameters
    ----------
    path : pathlib.Path
    sheet : str, int or None
        Name of the sheet, or its place from 1.
    findings : list of Finding
        Problems are added to it.
    header : callable, optional
        Tells the header from its cells, for a sheet with titles above it: what
        stands above is passed over, and a sheet without it is another sheet.

    Returns
    -------
    RawTable or None
        None if the workbook cannot be read, or no sheet has that header.
    """
    try:
        _inspect(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(path, sheet, findings, header)
    except _Unusable as error:
        findings.append(Finding("error", error.code, error.values, file=path.name))
    except Exception:  # a damaged workbook makes the library raise anything at all
        findings.append(Finding("error", "table-damaged", {"kind": "Excel"}, file=path.name))
    return None


def _inspect(path: Path) -> None:
    """Refuse what is not a workbook or would not unpack to a sensible size."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if any(entry.flag_bits & 1 for entry in entries):
            raise _Unusable("table-password")
        if "xl/workbook.bin" in names or "mimetype" in names:
            raise _Unusable("table-other-workbook")
        if not any(name.startswith("xl/") for name in names):
            raise _Unusable("table-not-excel")
        for entry in entries:
            ratio = entry.file_size / max(entry.compress_size, 1)
            if entry.file_size > BOMB_SIZE and ratio > BOMB_RATIO:
                raise _Unusable("table-zip-bomb", megabytes=entry.file_size // 2**20)
        total = sum(entry.file_size for entry in entries)
        if total > MAX_UNPACKED:
            raise _Unusable("table-zip-bomb", megabytes=total // 2**20)
        for entry in entries:
            # No workbook has a document type; entities in one could grow without end.
            if _is_xml(archive, entry) and b"<!DOCTYPE" in (
                archive.read(entry).replace(b"\0", b"").upper()
            ):
                raise _Unusable("table-doctype")


def _is_xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Return whether a part may be read as XML: a sheet may have a name with any ending."""
    if entry.filename.endswith((".xml", ".rels")):
        return True
    with archive.open(entry) as part:
        return part.read(64).lstrip(_BEFORE_XML).startswith(b"<")


def _read(
    path: Path,
    sheet: str | int | None,
    findings: list[Finding],
    is_header: Callable[[Sequence[Cell]], bool] | None,
) -> RawTable | None:
    with path.open("rb") as handle, zipfile.ZipFile(path) as archive:
        workbook = openpyxl.load_workbook(handle, read_only=True, data_only=True, keep_links=False)
        try:
            sheets = cast("list[_Sheet]", workbook.worksheets)
            if not sheets:
                raise _Unusable("table-damaged", kind="Excel")
            chosen = [_choose(sheets, sheet)] if sheet is not None else sheets
            parts = {
                name: archive.read(f"xl/{name}.xml")
                for name in ("styles", "sharedStrings")
                if f"xl/{name}.xml" in archive.namelist()
            }
            for worksheet in chosen:
                raw = archive.read(worksheet._worksheet_path)
                scan = replace(
                    _scan(raw),
                    percent=bool(_PERCENT_FORMAT.search(parts.get("styles", b""))),
                    returns=_RETURN in raw or _RETURN in parts.get("sharedStrings", b""),
                )
                rows = _rows(worksheet, scan)
                titles = islice(rows, TITLE_ROWS if is_header is not None else 1)
                header_row, header = next(
                    (row for row in titles if is_header is None or is_header(row[1])), (0, [])
                )
                if not header_row:
                    continue
                others = [s.title for s in sheets if s.title != worksheet.title]
                if others and sheet is None and is_header is None:
                    names = ", ".join(shown(name) for name in others[:20])
                    findings.append(
                        Finding(
                            "note",
                            "table-other-sheets",
                            {"others": names},
                            path.name,
                            worksheet.title,
                        )
                    )
                table = assemble(
                    path.name, worksheet.title, header, rows, findings, header_row=header_row
                )
                return table and _break_merged(table, scan.merges, findings)
        finally:
            workbook.close()
    if is_header is None:
        findings.append(Finding("error", "table-empty", file=path.name))
    return None


def _choose(sheets: list[_Sheet], wanted: str | int) -> _Sheet:
    names = [str(sheet.title) for sheet in sheets]
    if wanted in names:
        return sheets[names.index(str(wanted))]
    if str(wanted).isdecimal() and 1 <= int(wanted) <= len(sheets):
        return sheets[int(wanted) - 1]
    near = difflib.get_close_matches(str(wanted), names, 1)
    raise _Unusable(
        "table-no-such-sheet",
        wanted=shown(wanted),
        names=", ".join(shown(name) for name in near + [n for n in names[:20] if n not in near]),
    )


def _scan(raw: bytes) -> _Scan:
    data = raw[: raw.rfind(b"sheetData>") + 1 or len(raw)]
    last_value = max(data.rfind(mark) for mark in (b"v>", b"is>", b"f>", b"<f", b":f"))
    starts, numbers = [], []
    numbered = True
    for match in _ROW.finditer(data):
        if match[1] is None:
            numbered = False
        else:
            starts.append(match.start())
            numbers.append(int(match[1]))
    if any(b <= a for a, b in pairwise(numbers)):
        raise _Unusable("table-damaged", kind="Excel")  # the library would drop such rows
    if numbers and numbers[-1] > MAX_ROWS:
        raise _Unusable("table-damaged", kind="Excel")
    last_row = MAX_ROWS
    if numbered:
        filled = bisect_right(starts, last_value)
        last_row = numbers[filled - 1] if filled else 1
    merges = []
    for left, top, right, bottom in (m.groups() for m in _MERGE.finditer(raw)):
        if (left, top) != (right, bottom):
            area = f"{left.decode()}{top.decode()}:{right.decode()}{bottom.decode()}"
            merges.append(_Merge(area, int(top), int(bottom)))
    formulas = set()
    for match in _CELL_WITH_FORMULA.finditer(data):
        place = _REFERENCE.search(match[1])
        # An empty text is a value that a formula may well have.
        if place and not (match[2] and b't="str"' in match[1]):
            formulas.add((int(place[2]), column_index_from_string(place[1].decode())))
    return _Scan(last_row, tuple(merges), frozenset(formulas))


def _rows(worksheet: _Sheet, scan: _Scan) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the rows that hold anything, without the blanks at their ends."""
    worksheet.reset_dimensions()  # what a file says of its size may be untrue
    formulas: dict[int, list[int]] = {}
    for at, column in sorted(scan.formulas):
        formulas.setdefault(at, []).append(column)
    padding = 0
    found = worksheet.iter_rows(min_row=1, max_row=scan.last_row, values_only=not scan.percent)
    for number, row in enumerate(found, start=1):
        padding += len(row)
        if padding > MAX_CELLS:  # blank cells count too: they take their time
            raise _Unusable("table-too-large", columns=MAX_COLUMNS, cells=f"{MAX_CELLS:,}")
        cells = [_shown_value(cell) for cell in row] if scan.percent else list(row)
        if scan.returns:
            cells = [c.replace("_x000D_", "") if isinstance(c, str) else c for c in cells]
        for column in formulas.get(number, ()):
            cells += [None] * (column - len(cells))
            if cells[column - 1] is None:
                cells[column - 1] = BadCell("table-formula")
        while cells and (cells[-1] is None or is_blank(cells[-1])):
            cells.pop()
        if not cells:
            continue
        if not _ERRORS.isdisjoint(cells):
            cells = [
                BadCell("table-excel-error", {"value": cell}) if cell in _ERRORS else cell
                for cell in cells
            ]
        yield number, cells


def _shown_value(cell: _Cell) -> Cell:
    value = cell.value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Percent(value) if is_number and "%" in cell.number_format else value


def _break_merged(table: RawTable, merges: tuple[_Merge, ...], findings: list[Finding]) -> RawTable:
    """Mark the rows that a merged area touches: all but one of its cells are lost."""
    areas = np.full(len(table.rows), -1)
    for i, merge in enumerate(merges):
        areas[bisect_left(table.rows, merge.first) : bisect_right(table.rows, merge.last)] = i
    broken = set(table.broken)
    for position in np.flatnonzero(areas >= 0):
        row = table.rows[position]
        broken.add(row)
        findings.append(
            table.finding("error", "table-merged", row=row, area=merges[areas[position]].area)
        )
    return replace(table, broken=frozenset(broken))
