"""Writing files: whole or not at all, the same bytes every time, safe in a spreadsheet."""

from __future__ import annotations

import contextlib
import io
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

# What a spreadsheet takes for the beginning of a formula; apostrophes before
# it are counted in, so that taking one off again gives the text back.
FORMULA_START = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_EPOCH = datetime(2000, 1, 1)
_MAX_ROWS, _MAX_COLUMNS, _MAX_TEXT = 1_048_576, 16_384, 32_767


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write ``content`` to ``path``: the whole of it appears, or nothing changes.

    Raises
    ------
    OSError
        If the folder does not exist or cannot be written to.
    """
    path = Path(path)
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write ``text`` as UTF-8, line ends as they are, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


@contextlib.contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Give a new folder to fill that takes the place of ``path`` when all is done.

    If the block raises, ``path`` is left as it was. What ``path`` held before
    is deleted at the end, so ``path`` must be a folder of the caller's own.

    Parameters
    ----------
    path : str or pathlib.Path
        Its parent is made if need be.

    Yields
    ------
    pathlib.Path
        An empty folder beside ``path``.

    Raises
    ------
    NotADirectoryError
        If ``path`` is a file.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"{path} is a file, not a folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(8)
    fresh = path.with_name(f".{token}.tmp")
    old = path.with_name(f".{token}.old")
    fresh.mkdir()
    try:
        yield fresh
        if path.is_dir():
            path.replace(old)
        try:
            fresh.replace(path)
        except OSError:
            if old.is_dir():
                old.replace(path)
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def spreadsheet_safe(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula.

    An apostrophe is put before ``= + - @``, tabs and line ends (and before
    apostrophes that stand before them); `analysis.core.csv_table` takes it off.
    """
    return "'" + text if FORMULA_START.match(text) else text


def write_table(frame: pd.DataFrame, path: str | Path) -> None:
    r"""Write a table as CSV, Parquet or Excel, by the ending of ``path``.

    The index is not written. Missing values are empty cells. CSV: UTF-8, line
    ends ``\n``, numbers in the shortest form that gives them back; a text that
    would start a formula has an apostrophe before it. Excel: texts are text
    cells whatever they hold. Line ends within a text become ``\n`` in both.

    Parameters
    ----------
    frame : pandas.DataFrame
    path : str or pathlib.Path
        Ending ``.csv``, ``.parquet`` or ``.xlsx``.

    Raises
    ------
    ValueError
        If the ending is another, or the table does not fit into a sheet.
    OSError
        If the file cannot be written.
    """
    path = Path(path)
    writers = {".csv": csv_bytes, ".parquet": _parquet, ".xlsx": _xlsx}
    if path.suffix.lower() not in writers:
        raise ValueError(f"{path.name}: a table ends in {', '.join(writers)}")
    write_bytes(path, writers[path.suffix.lower()](frame))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table as the bytes of the CSV file that `write_table` writes."""
    safe = frame.set_axis([spreadsheet_safe(str(name)) for name in frame.columns], axis=1)
    columns = {}
    for i, name in enumerate(safe.columns):
        column = safe.iloc[:, i]
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
            column = column.map(lambda cell: _csv_text(cell) if isinstance(cell, str) else cell)
        columns[name] = column
    text = pd.DataFrame(columns).to_csv(index=False, lineterminator="\n")
    return str(text).encode("utf-8")


def _csv_text(text: str) -> str:
    return spreadsheet_safe(_line_feeds(text))


def _line_feeds(text: str) -> str:
    # A carriage return would end a row of CSV, and show as _x000D_ in a workbook.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, buffer, write_page_checksum=True)
    return buffer.getvalue()


class _Exact(float):
    """A number that the workbook's writer formats with all of its digits, not 16."""

    def __format__(self, spec: str) -> str:
        return float.__repr__(self)


def _xlsx(frame: pd.DataFrame) -> bytes:
    if len(frame) >= _MAX_ROWS or frame.shape[1] > _MAX_COLUMNS:
        raise ValueError(
            f"a sheet holds {_MAX_ROWS - 1} rows and {_MAX_COLUMNS} columns at most; "
            "write the table as .csv or .parquet"
        )
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    workbook.set_properties({"created": _EPOCH, "title": "", "author": ""})
    # A quote prefix keeps a text a text when someone edits the cell.
    heading, quoted_heading = (
        workbook.add_format({"bold": True, "quote_prefix": quote}) for quote in (False, True)
    )
    quoted = workbook.add_format({"quote_prefix": True})
    sheet = workbook.add_worksheet("data")
    sheet.freeze_panes(1, 0)
    for j, name in enumerate(frame.columns):
        title = _line_feeds(str(name))
        nasty = FORMULA_START.match(title)
        _write_text_cell(sheet, 0, j, title, quoted_heading if nasty else heading)
        for i, cell in enumerate(frame.iloc[:, j].tolist(), start=1):
            if pd.isna(cell):
                continue
            if isinstance(cell, bool | np.bool_):
                sheet.write_boolean(i, j, bool(cell))
            elif isinstance(cell, int | float) and abs(cell) < np.inf:
                sheet.write_number(i, j, _Exact(cell))
            else:
                text = _line_feeds(str(cell))
                _write_text_cell(sheet, i, j, text, quoted if FORMULA_START.match(text) else None)
    workbook.close()
    return buffer.getvalue()


def _write_text_cell(
    sheet: xlsxwriter.worksheet.Worksheet,
    row: int,
    column: int,
    text: str,
    style: xlsxwriter.format.Format | None,
) -> None:
    if len(text) > _MAX_TEXT:
        raise ValueError(f"a cell holds {_MAX_TEXT} characters at most; write .csv or .parquet")
    sheet.write_string(row, column, text, style)
