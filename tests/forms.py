"""Forms for tests: made, filled in as people do, and spoilt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from analysis.zones.cycle.form_rows import FormSpec, form_spec
from analysis.zones.cycle.form_unit import FormUnit
from analysis.zones.cycle.form_workbook import form_bytes

YEAR = 2024
FACTS = {
    "unit": "Z1",
    "name": "甲区",
    "name_en": "Zone A",
    "province": "shanghai",
    "assessed": "yes",
}


def spec(year: int = YEAR, framework: str = "mofcom-2021") -> FormSpec:
    return form_spec(framework, year)


def value_of(asked: FormSpec, code: str) -> float:
    """Return a value that the form takes, another for every figure."""
    at = asked.codes.index(code)
    return 10.0 + at if asked.rows[at].limits.whole else 10.5 + at


def write_form(
    path: Path,
    asked: FormSpec | None = None,
    facts: Mapping[str, str] = FACTS,
    lang: str = "zh",
    before: Mapping[str, float] | None = None,
    synthetic: bool = False,
) -> Path:
    """Write the empty form of one unit."""
    unit = FormUnit(facts, before or {})
    path.write_bytes(form_bytes(asked or spec(), [unit], lang, synthetic=synthetic))
    return path


class Filling:
    """A form of one unit, open to be filled in; ``save`` writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.sheet = self.book.worksheets[0]
        self.top = next(
            row for row in range(1, 20) if self.sheet.cell(row, 1).value in ("代码", "Code")
        )

    def row(self, code: str) -> int:
        rows = range(self.top, self.sheet.max_row + 1)
        return next(row for row in rows if self.sheet.cell(row, 1).value == code)

    def put(self, code: str, column: int, value: Any) -> Any:
        cell = self.sheet.cell(self.row(code), column)
        cell.value = value
        return cell

    def fill(self, asked: FormSpec, values: Mapping[str, Any] | None = None) -> Filling:
        for code in asked.codes:
            self.put(code, 7, (values or {}).get(code, value_of(asked, code)))
            self.put(code, 8, "年报")
            self.put(code, 9, "2025-03-31")
            self.put(code, 10, "与定义一致")
        return self

    def mark(self, key: str, value: Any) -> Filling:
        sheet = self.book["_jingkai"]
        for row in sheet.iter_rows():
            if row[0].value == key:
                row[1].value = value
        return self

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


def filled(folder: Path, file: str, year: int = YEAR, **facts: str) -> Path:
    """Write a form that is filled in well."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = spec(year)
    path = write_form(folder / file, asked, {**FACTS, **facts})
    return Filling(path).fill(asked).save()


def codes(findings: Sequence[Any], severity: str = "error") -> list[str]:
    return sorted(finding.code for finding in findings if finding.severity == severity)
