"""Forms that people would rather not get back, built as small as they can be."""

from __future__ import annotations

import csv
import functools
import re
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
from forms import FACTS, YEAR, Filling, filled, spec, value_of
from table_samples import rewrite

from analysis.zones.cycle.form_unit import FormUnit
from analysis.zones.cycle.form_workbook import form_bytes

SHEET = "xl/worksheets/sheet1.xml"
LAST_ROW = 1_048_576
NAMES = (
    "=1+1|cmd",
    "<script>document.title='x'</script>",
    '#eval("1") $x$ @none',
    "[a](javascript:x) *b* | c",
    "../../etc/passwd",
    "{{< include x >}}",
)
UNITS = ("=u/../0", "+1", "-u\\..\\2", "@u", "<u>4", "#u: 5")
_RUNS = re.compile(r"[=+@\t\r＝＋－＠]|-(?![0-9.])")


@functools.cache
def good() -> bytes:
    """Return a form that is filled in well."""
    with tempfile.TemporaryDirectory() as folder:
        return filled(Path(folder), "z.xlsx").read_bytes()


def form(folder: Path, name: str = "z.xlsx") -> Path:
    """Write a good form, to be spoilt."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(good())
    return path


def put_before(path: Path, mark: bytes, new: bytes, part: str = SHEET) -> Path:
    """Put bytes into a part of a workbook, before ``mark``."""
    rewrite(path, part, mark, new + mark)
    return path


def put_rows(path: Path, rows: bytes) -> Path:
    """Put rows, as XML, below those of a form."""
    return put_before(path, b"</sheetData>", rows)


def add_part(path: Path, name: str, content: bytes) -> Path:
    """Add a part to a workbook."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def long_cell(path: Path, code: str, column: int, word: bytes) -> Path:
    """Put a text into a cell that no spreadsheet would let one type."""
    spoilt = Filling(path)
    spoilt.put(code, column, "LONG__CELL")
    rewrite(spoilt.save(), SHEET, b"LONG__CELL", word)
    return path


def xml_cell(path: Path, code: str, column: int, content: bytes) -> Path:
    """Put XML into a cell: a formula with the value that was saved with it, say."""
    spoilt = Filling(path)
    spoilt.put(code, column, "XML__CELL")
    spoilt.save()
    with zipfile.ZipFile(path) as archive:
        (old,) = re.findall(rb"<c [^<>]*><is><t>XML__CELL</t></is></c>", archive.read(SHEET))
    new = re.sub(rb't="\w+"', b"", old[: old.index(b">")]) + b">" + content + b"</c>"
    rewrite(path, SHEET, old, new)
    return path


def locked(path: Path) -> Path:
    """Set the bit of every part that says: encrypted."""
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 4)
    path.write_bytes(content)
    return path


def sheet_of_any_name(path: Path, head: bytes) -> Path:
    """Let the sheet to fill in be a part that does not end in .xml, and begin with ``head``."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    other = SHEET.replace(".xml", ".dat")
    parts[other] = head + re.sub(rb"^<\?xml[^>]*>\s*", b"", parts.pop(SHEET))
    for name in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        parts[name] = parts[name].replace(b"worksheets/sheet1.xml", b"worksheets/sheet1.dat")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def many(path: Path, units: Sequence[str], names: Sequence[str], year: int = YEAR) -> Path:
    """Write a form for many that is filled in, each unit with values of its own."""
    asked = spec(year)
    provinces = ("shanghai", "anhui", "sichuan")
    known = [
        FormUnit(
            {**FACTS, "unit": unit, "name": name, "name_en": name, "province": provinces[i % 3]}
        )
        for i, (unit, name) in enumerate(zip(units, names, strict=True))
    ]
    path.write_bytes(form_bytes(asked, known, "en"))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    top = header_row(sheet)
    for at in range(1, sheet.max_column + 1):
        code = sheet.cell(top, at).value
        if code in asked.codes:
            for i in range(len(units)):
                more = (7 * i + 3 * asked.codes.index(code) + year) % 11
                sheet.cell(top + 1 + i, at).value = value_of(asked, code) + more
    proof = book["Evidence"]
    for at, word in enumerate(("*", "*", "yearbook", f"{year + 1}-03"), 1):
        proof.cell(header_row(proof) + 1, at).value = word
    book.save(path)
    return path


def header_row(sheet: openpyxl.worksheet.worksheet.Worksheet) -> int:
    """Return the row of a form for many that holds the codes."""
    return next(row for row in range(1, 20) if sheet.cell(row, 1).value == "unit")


def cells_that_run(folder: Path) -> list[tuple[str, str]]:
    """Return the cells of all tables in a folder that a spreadsheet would take for a formula."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as handle:
                cells = [cell for row in csv.reader(handle) for cell in row]
            found += [(path.name, cell) for cell in cells if _RUNS.match(cell)]
        elif path.suffix == ".xlsx":
            for sheet in openpyxl.load_workbook(path).worksheets:
                for row in sheet.iter_rows():
                    for cell in row:
                        word = cell.value if isinstance(cell.value, str) else ""
                        if cell.data_type == "f" or (_RUNS.match(word) and not cell.quotePrefix):
                            found.append((path.name, word))
    return found
