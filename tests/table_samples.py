"""A small framework, and tables written in every format, for tests of reading."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pandas as pd
from small import framework

from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.read_panel import Examination, examine_panel
from analysis.core.regions import Region, Regions

ITEMS = ("patents", "growth", "jobs")
REGIONS = Regions(
    "test",
    (
        Region("east", "东部", "East", ("东部地区", "E")),
        Region("west", "西部", "West", ("西部地区", "W")),
    ),
)
GOOD = """unit,year,name,region,patents,growth,jobs
A1,2020,甲区,东部,5,1.5,10.25
B2,2020,乙区,West,0,-2.5,
A1,2021,甲区,东部,6,0,11
"""


def items(folder: Path) -> Framework:
    """Return three items: a whole number of at least 0, a percentage, one without limits."""
    rows: list[dict[str, object]] = [
        {"code": "total", "name_en": "The index"},
        {"code": "G", "parent": "total", "name_zh": "组", "name_en": "Group"},
        {
            "code": "patents",
            "parent": "G",
            "direction": 1,
            "name_zh": "专利授权量",
            "name_en": "Patents granted",
            "unit": "count",
            "min": 0,
            "max": 1000,
            "integer": "true",
        },
        {"code": "growth", "parent": "G", "direction": 1, "name_zh": "增长率", "unit": "%"},
        {"code": "jobs", "parent": "G", "direction": 1, "name_en": "Jobs"},
    ]
    return framework(folder, rows)


def derived(folder: Path) -> Framework:
    """Return a framework whose items follow from primitives, with one that does not."""
    rows: list[dict[str, object]] = [
        {"code": "i"},
        {
            "code": "O1",
            "parent": "i",
            "direction": 1,
            "operation": "level",
            "inputs": "exports",
            "min": 0,
            "name_en": "Exports",
        },
        {
            "code": "O2",
            "parent": "i",
            "direction": 1,
            "operation": "share",
            "inputs": "exports trade",
            "name_en": "Share of exports",
        },
        {
            "code": "O3",
            "parent": "i",
            "direction": 1,
            "operation": "pick",
            "inputs": "east=firms30 west=firms15",
        },
        {"code": "survey", "parent": "i", "direction": 1},
    ]
    return framework(folder, rows)


def csv_file(folder: Path, text: str | bytes, name: str = "panel.csv") -> Path:
    """Write text (as UTF-8) or bytes to a file."""
    path = folder / name
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def excel_file(folder: Path, rows: Sequence[Sequence[object]], name: str = "panel.xlsx") -> Path:
    """Write a workbook of one sheet with the given rows."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "数据"
    for row in rows:
        sheet.append(list(row))
    path = folder / name
    workbook.save(path)
    return path


def rewrite(path: Path, part: str, old: bytes, new: bytes) -> None:
    """Replace bytes in one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def rows_of(text: str) -> list[list[object]]:
    """Return CSV text as cells, with numbers as numbers and blanks as None."""
    frame = pd.read_csv(io.StringIO(text))
    cells = frame.astype(object).where(frame.notna(), None)
    return [list(frame.columns), *cells.to_numpy().tolist()]


def look(folder: Path, text: str | bytes, **options: object) -> Examination:
    """Examine CSV text against the small framework of `items`."""
    return examine_panel(csv_file(folder, text), items(folder), **options)  # type: ignore[arg-type]


def places(
    findings: Sequence[Finding], severity: str = "error"
) -> list[tuple[str, int | None, str | None]]:
    """Return code, row and column of the findings of one severity."""
    return [(f.code, f.row, f.column) for f in findings if f.severity == severity]
