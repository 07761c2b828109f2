"""Reading CSV: UTF-8 with or without a byte order mark, or GB18030."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from analysis.core.cells import Cell, is_blank
from analysis.core.findings import Finding
from analysis.core.raw_table import RawTable, assemble
from analysis.core.write import FORMULA_START

MAX_BYTES = 512 * 2**20

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # UTF-32 LE begins like UTF-16 LE
_QUOTED = re.compile(r'"[^"]*"')


def read_csv(path: Path, findings: list[Finding]) -> RawTable | None:
    """Read a CSV file as text cells, row by row as strictly as it goes.

    The separator is a comma, or a tab where the header holds no comma.
    A row with more or fewer cells than the header is broken (its cells cannot
    be told apart). An apostrophe before ``= + - @`` is taken off: it protects
    a text from being a formula (see `analysis.core.write`).

    Parameters
    ----------
    path : pathlib.Path
    findings : list of Finding
        Problems are added to it.

    Returns
    -------
    RawTable or None
        None if the file as a whole cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        findings.append(_problem(path, "table-file-too-large", megabytes=MAX_BYTES // 2**20))
        return None
    text = _decode(path, path.read_bytes(), findings)
    if text is None:
        return None
    if not text.strip():
        findings.append(_problem(path, "table-empty"))
        return None
    delimiter = _delimiter(text)
    if delimiter == ";":
        findings.append(_problem(path, "table-semicolon"))
        return None
    return _parse(path, text, delimiter, findings)


def _problem(path: Path, code: str, /, row: int | None = None, **values: object) -> Finding:
    return Finding("error", code, values, file=path.name, row=row)


def _decode(path: Path, raw: bytes, findings: list[Finding]) -> str | None:
    """Return the text, or None and a finding if the encoding is none of ours.

    UTF-8 is told from GB18030 by trying: Chinese in GB18030 is hardly ever
    valid UTF-8. The other way round it often decodes, into characters that no
    one writes, so a GB18030 text must consist of the characters of GB 2312 in
    the main, and a text that is UTF-8 but for a few bytes is called damaged.
    """
    if raw.startswith(_UTF16) or raw[:4096].count(0) > len(raw[:4096]) // 4:
        findings.append(_problem(path, "table-utf16"))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        first_bad = error.start
    replaced = raw.decode("utf-8", errors="replace")
    good = sum(ord(c) > 127 for c in replaced) - replaced.count("\ufffd")
    if raw.startswith(codecs.BOM_UTF8) or good > 2 * replaced.count("\ufffd"):
        row = raw.count(b"\n", 0, first_bad) + 1
        findings.append(_problem(path, "table-damaged-utf8", line=row))
        return None
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        findings.append(_problem(path, "table-encoding-line", line=line))
        return None
    foreign = "".join(c for c in text if ord(c) > 127)
    common = len(foreign.encode("gb2312", errors="ignore")) // 2
    if common < 0.8 * len(foreign):
        findings.append(_problem(path, "table-encoding"))
        return None
    findings.append(Finding("note", "table-gb18030", file=path.name))
    return text


def _delimiter(text: str) -> str:
    first = next(line for line in text.splitlines() if line.strip())
    bare = _QUOTED.sub("", first)
    if "," in bare:
        return ","
    return next((mark for mark in "\t;" if mark in bare), ",")


def _parse(path: Path, text: str, delimiter: str, findings: list[Finding]) -> RawTable | None:
    broken: set[int] = set()
    records = _records(path, text, delimiter, findings, broken)
    header_row, header = next((r for r in records if not all(map(is_blank, r[1]))), (1, []))
    if not header:
        findings.append(_problem(path, "table-empty"))
        return None
    if header_row in broken:
        return None
    width = len(header)
    nul, protected = "\0" in text, "'" in text
    rows: list[tuple[int, list[Cell]]] = []
    for row, record in records:
        if len(record) != width and row not in broken and not _fits(record, width):
            broken.add(row)
            findings.append(
                _problem(path, "table-ragged", row=row, cells=len(record), columns=width)
            )
        if nul and any("\0" in cell for cell in record):
            broken.add(row)
            findings.append(_problem(path, "table-nul", row=row))
        if protected:
            record = [_unprotect(cell) for cell in record]
        rows.append((row, record if len(record) <= width else record[:width]))
    if any(f.code == "table-quote" for f in findings):
        return None
    words = [_unprotect(cell) for cell in header]
    return assemble(path.name, None, words, rows, findings, header_row=header_row, broken=broken)


def _fits(record: list[str], width: int) -> bool:
    """Return whether a row holds nothing at all, or nothing beyond the header."""
    rest = record[width:] if len(record) > width else record
    return all(map(is_blank, rest))


def _records(
    path: Path, text: str, delimiter: str, findings: list[Finding], broken: set[int]
) -> Iterator[tuple[int, list[str]]]:
    """Yield row numbers and cells; rows with a stray quotation mark are broken."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    while True:
        row += 1
        before = reader.line_num
        try:
            yield row, next(reader)
        except StopIteration:
            return
        except csv.Error:
            if reader.line_num - before > 1 or row == 1:
                # The quotation mark has swallowed lines that no one can count.
                findings.append(_problem(path, "table-quote", line=before + 1))
                broken.add(row)
                yield row, ["?"]
                return
            findings.append(_problem(path, "table-quote-row", row=row))
            broken.add(row)
            yield row, ["?"]


def _unprotect(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA_START.match(cell) else cell
