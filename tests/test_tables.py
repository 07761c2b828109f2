"""Cells and tables: encodings, formats, numbers in every form people write them."""

from __future__ import annotations

import codecs
import math
import os
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from table_samples import GOOD, csv_file, excel_file, items, look, places, rewrite, rows_of

from analysis.core.cells import (
    BadCell,
    CellError,
    Percent,
    identifier_in,
    text_in,
    year_in,
    yes_in,
)
from analysis.core.numbers import numbers
from analysis.core.raw_table import from_frame, letter
from analysis.core.read_panel import examine_panel
from analysis.core.tables import read_table


def number(cell: object, percent: bool = False) -> float | str:
    """Return what is read from a cell: a number, or the code of the problem."""
    values, problems = numbers([cell], percent)
    # The way that whole columns are read must agree with the way single cells are.
    careful, careful_problems = numbers([cell, "x"], percent)
    assert np.array_equal(values[:1], careful[:1], equal_nan=True)
    assert [p for p in careful_problems if p.position == 0] == problems
    if problems:
        assert math.isnan(values[0])
        return problems[0].code
    return float(values[0])


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234.5", 1234.5),
        (" 12 ", 12.0),
        ("-.5", -0.5),
        ("+7.", 7.0),
        ("1e-3", 0.001),
        ("1E+3", 1000.0),
        ("1,234,567.8", 1234567.8),
        ("1 234 567", 1234567.0),
        ("１２３．５", 123.5),
        ("１，２３４", 1234.0),
        ("−3.5", -3.5),
        ("－3", -3.0),
        ("\u200b12\ufeff", 12.0),
        (3, 3.0),
        (2.5, 2.5),
        (Decimal("0.1"), 0.1),
        ("0.1", 0.1),
        ("8.41e21", 8.41e21),
        ("1.7976931348623157e308", 1.7976931348623157e308),
    ],
)
def test_a_number_is_read_as_written(cell: object, value: float) -> None:
    assert number(cell) == value


@pytest.mark.parametrize(
    "cell",
    [
        None,
        math.nan,
        *[
            " ",
            "  ",
            "NA",
            "n/a",
            "N/A",
            "NaN",
            "null",
            "None",
            "-",
            "--",
            "–",
            "—",
            "——",
            "..",
            "缺失",
            "无数据",
            "－",
        ],
        "",
    ],
)
def test_words_for_missing(cell: object) -> None:
    result = number(cell)
    assert isinstance(result, float)
    assert math.isnan(result)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("abc", "table-not-number"),
        ("12.3亿", "table-not-number"),
        ("¥100", "table-not-number"),
        ("(12)", "table-not-number"),
        ("1_000", "table-not-number"),
        ("0x10", "table-not-number"),
        ("1.2.3", "table-not-number"),
        ("5/6", "table-not-number"),
        ("12 34", "table-not-number"),
        ("12\n345", "table-not-number"),
        ("12\t345", "table-not-number"),
        ("…", "table-not-number"),  # a number too small to show, not a missing one
        ("...", "table-not-number"),
        ("无", "table-not-number"),
        ("/", "table-not-number"),
        ("٣", "table-not-number"),
        ("1,23", "table-comma"),
        ("1234,5", "table-comma"),
        ("1,2345", "table-comma"),
        ("1,234,56", "table-not-number"),
        ("1,234 567", "table-not-number"),
        ("5%", "table-percent"),
        ("1,000%", "table-percent"),
        ("x%", "table-not-number"),
        ("%", "table-not-number"),
        (Percent(0.5), "table-percent"),
        ("inf", "table-infinite"),
        ("-Infinity", "table-infinite"),
        ("∞", "table-infinite"),
        ("1e999", "table-infinite"),
        (math.inf, "table-infinite"),
        (10**400, "table-infinite"),
        ("#DIV/0!", "table-excel-error"),
        ("#N/A", "table-excel-error"),
        (True, "table-boolean"),
        (date(2020, 1, 2), "table-date"),
        (datetime(2020, 1, 2, 3), "table-date"),
        (BadCell("table-formula"), "table-formula"),
        (b"12", "table-not-number"),
        ("1\x00", "table-not-number"),
    ],
)
def test_what_is_no_number_says_why(cell: object, code: str) -> None:
    assert number(cell) == code


@pytest.mark.parametrize(
    ("cell", "value"), [("12.5%", 12.5), ("12.5 ％", 12.5), (Percent(0.07), 7.0), (12.5, 12.5)]
)
def test_per_cent_where_the_unit_is_per_cent(cell: object, value: float) -> None:
    assert number(cell, percent=True) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back_exactly(value: float) -> None:
    assert number(repr(value)) == value
    assert number(f"{value:.17g}") == value


@given(st.integers(-(10**12), 10**12))
def test_thousands_separators(value: int) -> None:
    assert number(f"{value:,}") == value
    assert number(f"{value:,}".replace(",", "\u2009")) == value


@given(st.lists(st.one_of(st.text(max_size=8), st.none(), st.floats(), st.booleans()), max_size=6))
def test_a_column_never_loses_a_cell(cells: list[object]) -> None:
    values, problems = numbers(cells)
    bad = {problem.position for problem in problems}
    assert len(values) == len(cells)
    for i, cell in enumerate(cells):
        if math.isnan(values[i]) and i not in bad:
            word = "" if cell is None else str(cell)
            assert not any(c.isdecimal() for c in word)
        assert not math.isinf(values[i])
        assert not (i in bad and not math.isnan(values[i]))


@pytest.mark.parametrize("cell", ["2023", 2023, 2023.0, "2023.0", "2023年", "２０２３", " 2023 "])
def test_years(cell: object) -> None:
    assert year_in(cell) == 2023


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (None, "table-no-year-here"),
        ("", "table-no-year-here"),
        ("23", "table-not-year"),
        (20230, "table-not-year"),
        (2023.5, "table-not-year"),
        ("2022-2023", "table-not-year"),
        (True, "table-not-year"),
        (math.inf, "table-not-year"),
        (datetime(2023, 1, 1), "table-not-year"),
        ("٢٠٢٣", "table-not-year"),
    ],
)
def test_what_is_no_year(cell: object, code: str) -> None:
    with pytest.raises(CellError) as error:
        year_in(cell)
    assert error.value.code == code


def test_yes_and_no() -> None:
    assert [yes_in(c) for c in (True, "TRUE", "yes", 1, 1.0, "是", "1")] == [True] * 7
    assert [yes_in(c) for c in (False, "False", "n", 0, "否", "0")] == [False] * 6
    for cell in ("", None, "maybe", 2):
        with pytest.raises(CellError):
            yes_in(cell)


def test_identifiers_keep_what_tells_them_apart() -> None:
    assert identifier_in(101.0) == "101"
    assert identifier_in("0101") == "0101"
    assert identifier_in("Ｅ００１") == identifier_in(" E001\u200b") == "E001"
    assert identifier_in("NA") == "NA"  # Namibia's code, not a missing one
    assert text_in(datetime(2020, 1, 2)) == "2020-01-02"
    assert text_in("a\nb") == "a b"
    for cell, code in (
        (datetime(2020, 1, 2), "table-date"),
        (True, "table-boolean"),
        ("a\x07b", "table-control"),
    ):
        with pytest.raises(CellError) as error:
            identifier_in(cell)
        assert error.value.code == code


def test_letters_of_columns() -> None:
    assert [letter(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


BIG5 = "單位,年度\n臺灣經濟技術開發區,2020\n".encode("big5")


@pytest.mark.parametrize(
    ("encoding", "notes"),
    [("utf-8", []), ("utf-8-sig", []), ("gb18030", ["table-gb18030"]), ("gbk", ["table-gb18030"])],
)
def test_encodings_that_are_read(tmp_path: Path, encoding: str, notes: list[str]) -> None:
    seen = look(tmp_path, GOOD.encode(encoding))
    assert [f.code for f in seen.findings] == notes
    assert seen.panel is not None
    assert seen.panel.units.loc[(2020, "A1"), "name"] == "甲区"


def test_rare_characters_of_gb18030(tmp_path: Path) -> None:
    text = GOOD.replace("甲区", "漯河䶮经济技术开发区")
    seen = look(tmp_path, text.encode("gb18030"))
    assert seen.panel is not None
    assert "漯河䶮经济技术开发区" in set(seen.panel.units["name"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (GOOD.encode("utf-16"), "table-utf16"),
        (codecs.BOM_UTF16_LE + "年份,代码".encode("utf-16-le"), "table-utf16"),
        (GOOD.encode("utf-16-le"), "table-utf16"),
        (GOOD.encode("utf-32"), "table-utf16"),
        (BIG5, "table-encoding"),
        ("unit,year\ncafé,2020\n".encode("latin-1"), "table-encoding-line"),
        (GOOD.encode("utf-8").replace("甲".encode(), "甲".encode()[:2], 1), "table-damaged-utf8"),
        (codecs.BOM_UTF8 + GOOD.encode("gbk"), "table-damaged-utf8"),
        (b"", "table-empty"),
        (b"\n\n  \n", "table-empty"),
        (codecs.BOM_UTF8, "table-empty"),
        (b",,,\n,,,\n", "table-empty"),
        (b"unit,year,patents\n", "table-no-rows"),
        (GOOD.replace(",", ";").encode(), "table-semicolon"),
        (b"PK\x03\x04 and more", "table-not-csv"),
        (b"PAR1 and more", "table-not-csv"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, content: bytes, code: str) -> None:
    seen = look(tmp_path, content)
    assert [f.code for f in seen.errors] == [code]
    assert (seen.panel, seen.rows_read) == (None, 0)
    assert seen.errors[0].file == "panel.csv"


def test_the_line_of_a_damaged_byte_is_named(tmp_path: Path) -> None:
    content = GOOD.encode("utf-8").replace("乙".encode(), b"\xff", 1)
    assert look(tmp_path, content).errors[0].values["line"] == 3


def test_tabs_and_line_ends_and_quotes(tmp_path: Path) -> None:
    for text in (
        GOOD.replace(",", "\t"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.replace("甲区", '"甲\n区"').rstrip(),
        GOOD.replace("2020", '"2020"'),
        GOOD.replace("\n", ",,\n"),
        GOOD + "\n\n,,,,,,\n",
    ):
        seen = look(tmp_path, text)
        assert places(seen.findings) == []
        assert (seen.rows_read, seen.rows_used) == (3, 3)


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    text = GOOD.replace("甲区", '"甲\n区"', 1).replace("B2,", "\n\nB2,").replace(",11", ",x")
    assert places(look(tmp_path, text).findings) == [("table-not-number", 6, "jobs")]


def test_broken_rows_of_csv(tmp_path: Path) -> None:
    text = (
        GOOD + 'C1,2020,丙,E,1\nC2,2020,丁,E,1,2,3,4\nC3,2020,"戊"x,E,1,2,3\nC4,2020,己,E,1,2,3\n'
    )
    seen = look(tmp_path, text)
    assert places(seen.findings) == [
        ("table-ragged", 5, None),
        ("table-ragged", 6, None),
        ("table-quote-row", 7, None),
    ]
    assert (seen.rows_read, seen.rows_used, seen.rows_refused) == (7, 4, 3)


def test_a_quotation_mark_that_swallows_the_rest_stops_everything(tmp_path: Path) -> None:
    seen = look(tmp_path, GOOD.replace("B2,2020,乙区", 'B2,2020,"乙区'))
    assert [(f.code, f.row, f.values.get("line")) for f in seen.errors] == [
        ("table-quote", None, 3)
    ]
    assert seen.panel is None


def test_headings(tmp_path: Path) -> None:
    seen = look(tmp_path, GOOD.replace("name", "jobs"))
    assert places(seen.findings)[0] == ("table-duplicate-heading", None, "jobs")
    assert seen.panel is None
    seen = look(tmp_path, GOOD.replace("name", ""))
    assert places(seen.findings) == [("table-no-heading", None, "C")]
    seen = look(tmp_path, GOOD.replace("name", "na\x01me"))
    assert places(seen.findings) == [("table-control-heading", None, "C")]
    seen = look(tmp_path, GOOD.replace("name", "Unit"))
    assert places(seen.findings) == [("table-role-twice", None, "Unit")]


def test_the_same_table_in_every_format(tmp_path: Path) -> None:
    frame = pd.read_csv(csv_file(tmp_path, GOOD))
    frame.to_parquet(tmp_path / "panel.parquet")
    frame.set_index(["unit", "year"]).to_parquet(tmp_path / "indexed.parquet")
    frame.astype({"name": "category"}).to_parquet(tmp_path / "category.pq")
    excel_file(tmp_path, rows_of(GOOD))
    fw = items(tmp_path)
    first = examine_panel(tmp_path / "panel.csv", fw)
    assert first.panel is not None
    names = ("panel.parquet", "indexed.parquet", "category.pq", "panel.xlsx")
    for source in (*(tmp_path / name for name in names), frame, frame.set_index(["year", "unit"])):
        seen = examine_panel(source, fw)
        assert seen.panel is not None, source
        pd.testing.assert_frame_equal(seen.panel.values, first.panel.values)
        pd.testing.assert_frame_equal(seen.panel.units, first.panel.units)
        assert seen.rows_read == 3


def test_what_a_frame_may_hold() -> None:
    frame = pd.DataFrame({"unit": ["a", None], "x": [pd.NA, [1]], "d": [pd.NaT, None]})
    findings: list = []
    table = from_frame(frame, "frame", findings)
    assert table is not None
    assert table.columns[0] == ["a", None]
    assert isinstance(table.columns[1][1], BadCell)
    assert from_frame(frame.iloc[:0], "frame", findings) is None
    assert [f.code for f in findings] == ["table-no-rows"]


def test_parquet_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({"unit": ["a"], "x": [[1, 2]], "b": [b"1"]}), path)
    table, findings = read_table(path)
    assert table is None
    assert [(f.code, f.values["columns"]) for f in findings] == [("table-nested", "x, b")]
    pq.write_table(pa.table({"unit": ["a"] * 10}), path)
    content = path.read_bytes()
    for bad in (content[:-6], content[:20] + b"\xff" * 20 + content[40:], b"PAR1PAR1"):
        path.write_bytes(bad)
        table, findings = read_table(path)
        assert table is None
        assert [f.code for f in findings] == ["table-damaged"]


def test_sheets(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.active.title = "空"
    for title in ("数据", "备注"):
        sheet = workbook.create_sheet(title)
        for row in rows_of(GOOD):
            sheet.append(row)
    path = tmp_path / "panel.xlsx"
    workbook.save(path)
    fw = items(tmp_path)
    seen = examine_panel(path, fw)
    assert [(f.severity, f.code, f.sheet) for f in seen.findings] == [
        ("note", "table-other-sheets", "数据")
    ]
    assert seen.findings[0].values["others"] == "空, 备注"
    for sheet_name in ("备注", 3, "3"):
        assert places(examine_panel(path, fw, sheet=sheet_name).findings) == []
    seen = examine_panel(path, fw, sheet="数椐")
    assert seen.errors[0].values == {"wanted": "数椐", "names": "空, 数据, 备注"}
    assert examine_panel(path, fw, sheet="空").errors[0].code == "table-empty"
    assert examine_panel(tmp_path / "small.csv", fw, sheet=1).errors[0].code == "table-no-sheets"


def test_what_excel_makes_of_cells(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["unit", "year", "patents", "growth", "jobs"],
        [101, 2020, 5, "=1+1", 1],
        ["A", 2020.0, datetime(2020, 1, 5), 0.07, True],
        [datetime(2020, 1, 1), "2021", "７", 0.5, "#DIV/0!"],
    ]
    path = excel_file(tmp_path, rows)
    workbook = openpyxl.load_workbook(path)
    assert workbook.active is not None
    workbook.active["D3"].number_format = "0.0%"
    workbook.save(path)
    seen = examine_panel(path, items(tmp_path))
    assert places(seen.findings) == [
        ("table-formula", 2, "growth"),
        ("table-date", 3, "patents"),
        ("table-boolean", 3, "jobs"),
        ("table-date", 4, "unit"),
        ("table-excel-error", 4, "jobs"),
        ("table-no-rows-left", None, None),
    ]
    workbook.active["C3"], workbook.active["E3"] = 5, 1
    workbook.active["C3"].number_format = "General"
    workbook.save(path)
    seen = examine_panel(path, items(tmp_path))
    assert seen.panel is not None
    # Shown as 7.0 %, stored as 0.07, in an item measured in per cent.
    assert seen.panel.values.loc[(2020, "A"), "growth"] == 7.0


def test_formulas_with_their_saved_results(tmp_path: Path) -> None:
    path = tmp_path / "panel.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for i, row in enumerate(rows_of(GOOD)):
            for j, cell in enumerate(row):
                sheet.write(i, j, cell)
        sheet.write_formula("E2", "=2+3", None, 5)
        sheet.write_formula("C2", '=IF(1,"","x")', None, "")
    # The way Excel itself saves a formula whose result is an empty text.
    rewrite(path, "xl/worksheets/sheet1.xml", b'<c r="C2"><f>', b'<c r="C2" t="str"><f>')
    seen = examine_panel(path, items(tmp_path))
    assert places(seen.findings) == []
    assert seen.panel is not None
    assert seen.panel.values.loc[(2020, "A1"), "patents"] == 5
    assert seen.panel.units.loc[(2020, "A1"), "name"] == ""


def test_merged_cells(tmp_path: Path) -> None:
    path = excel_file(tmp_path, rows_of(GOOD))
    workbook = openpyxl.load_workbook(path)
    assert workbook.active is not None
    workbook.active.merge_cells("A3:A4")
    workbook.save(path)
    seen = examine_panel(path, items(tmp_path))
    assert places(seen.findings) == [("table-merged", 3, None), ("table-merged", 4, None)]
    assert seen.errors[0].values == {"area": "A3:A4"}
    assert (seen.rows_read, seen.rows_used, seen.rows_refused) == (3, 1, 2)


def test_a_title_above_the_header_is_pointed_out(tmp_path: Path) -> None:
    path = excel_file(tmp_path, [["开发区数据"], [], *rows_of(GOOD)])
    seen = examine_panel(path, items(tmp_path))
    errors = {f.code: f.values for f in seen.errors}
    assert errors["table-header-below"] == {"first": 1, "header": 3}


def test_files_that_are_not_what_they_are_called(tmp_path: Path) -> None:
    def codes(name: str, content: bytes) -> list[str]:
        path = tmp_path / name
        path.write_bytes(content)
        return [f.code for f in read_table(path)[1]]

    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert codes("a.xlsx", GOOD.encode()) == ["table-not-excel"]
    assert codes("a.xlsx", b"<html><table></table></html>") == ["table-not-excel"]
    assert codes("a.xlsx", ole) == ["table-old-excel"]
    assert codes("a.xls", b"anything") == ["table-old-excel"]
    assert codes("a.xlsx", ole + "EncryptedPackage".encode("utf-16-le")) == ["table-password"]
    assert codes("a.parquet", GOOD.encode()) == ["table-not-parquet"]
    assert codes("a.ods", b"PK\x03\x04") == ["table-ending"]
    assert codes("a.xlsx", b"") == ["table-empty"]
    assert codes("a.xlsx", b"PK\x03\x04 cut off") == ["table-damaged"]
    assert [f.code for f in read_table(tmp_path)[1]] == ["table-folder"]
    assert [f.code for f in read_table(tmp_path / "none.csv")[1]] == ["table-not-found"]


def test_reading_does_not_depend_on_the_locale(tmp_path: Path) -> None:
    path = csv_file(tmp_path, GOOD)
    items(tmp_path)
    code = (
        "import sys; from analysis.core.read_panel import read_panel;"
        "from analysis.core.read_framework import read_framework;"
        "from analysis.core.reading import save_reading;"
        "r = read_panel(sys.argv[1], read_framework(sys.argv[2])); save_reading(r, sys.argv[3])"
    )
    written = []
    for n, (locale, zone) in enumerate((("C", "UTC"), ("zh_CN.GB18030", "Asia/Shanghai"))):
        out = tmp_path / f"out{n}"
        env = {**os.environ, "LC_ALL": locale, "TZ": zone, "PYTHONUTF8": "0"}
        env["PYTHONHASHSEED"] = str(n)
        arguments = [sys.executable, "-c", code, str(path), str(tmp_path / "small.csv"), str(out)]
        root = Path(__file__).resolve().parents[1]
        subprocess.run(arguments, env=env, check=True, cwd=root)
        written.append([p.read_bytes() for p in sorted(out.iterdir())])
    assert len(written[0]) == 2
    assert written[0] == written[1]
