"""Hostile input: a clear refusal or correct reading, never a traceback, never a stall."""

from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_samples import GOOD, REGIONS, csv_file, excel_file, items, look, places, rewrite, rows_of

from analysis.core import csv_table, raw_table
from analysis.core.check import examination_text, findings_table
from analysis.core.read_panel import Examination, examine_panel
from analysis.core.tables import read_table
from analysis.core.write import write_table

SHEET = "xl/worksheets/sheet1.xml"


def code_of(path: Path) -> str:
    """Return the code of the one error in a file."""
    table, findings = read_table(path)
    assert table is None
    assert len(findings) == 1
    for lang in ("zh", "en"):
        assert findings[0].text(lang)
    return findings[0].code


def add_part(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


def sheet_xml(rows: str) -> bytes:
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return f"{head}<sheetData>{rows}</sheetData></worksheet>".encode()


def workbook_of(folder: Path, rows: str) -> Path:
    """Write a workbook whose sheet is given as XML."""
    path = excel_file(folder, rows_of(GOOD))
    with zipfile.ZipFile(path) as archive:
        old = archive.read(SHEET)
    rewrite(path, SHEET, old, sheet_xml(rows))
    return path


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = excel_file(tmp_path, rows_of(GOOD))
    add_part(path, "xl/media/zeros.bin", b"\0" * (100 * 2**20))
    tracemalloc.start()
    assert code_of(path) == "table-zip-bomb"
    assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    tracemalloc.stop()


def test_entities_that_grow(tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    for part, encode in ((SHEET, False), ("xl/styles.xml", False), (SHEET, True)):
        path = excel_file(tmp_path, rows_of(GOOD))
        with zipfile.ZipFile(path) as archive:
            old = archive.read(part)
        new = bomb + old
        rewrite(path, part, old, new.decode().encode("utf-16") if encode else new)
        assert code_of(path) == "table-doctype"


def test_a_million_empty_rows(tmp_path: Path) -> None:
    cells = "".join(
        f'<row r="{i}">'
        + "".join(inline(f"{chr(65 + j)}{i}", str(c)) for j, c in enumerate(row))
        + "</row>"
        for i, row in enumerate(
            pd.read_csv(io.StringIO(GOOD), header=None, dtype=str).fillna("").to_numpy(), 1
        )
    )
    empty = "".join(f'<row r="{i}" spans="1:3"/>' for i in range(5, 1_048_577))
    seen = examine_panel(workbook_of(tmp_path, cells + empty), items(tmp_path))
    assert places(seen.findings) == []
    assert seen.rows_read == 3


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>',
        '<row r="0"><c r="A0"><v>1</v></c></row><row r="0"/>',
        '<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>',
        '<row r="x"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="ZZZZ1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>999</v></c></row>',
        '<row r="1"><c r="A1"><v>abc</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c>',
        f'<row r="1"><c r="A1"><v>{"9" * 5000}</v></c></row>',
    ],
)
def test_sheets_that_are_no_sheets(tmp_path: Path, rows: str) -> None:
    assert code_of(workbook_of(tmp_path, rows)) == "table-damaged"


def test_rows_without_numbers(tmp_path: Path) -> None:
    rows = [["unit", "year", "patents"], ["A", "2020", "1"], ["B", "2020", "2"]]
    xml = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row) + "</row>"
        for row in rows
    )
    for text in (xml, xml.replace("<row>", '<row r="1">', 1)):
        table, findings = read_table(workbook_of(tmp_path, text))
        assert not findings
        assert table is not None
        assert table.columns[0] == ["A", "B"]


def test_carriage_returns_of_excel(tmp_path: Path) -> None:
    path = workbook_of(
        tmp_path,
        f'<row r="1">{inline("A1", "unit")}</row>'
        f'<row r="2">{inline("A2", "甲_x000D_&#10;区")}</row>',
    )
    table, _ = read_table(path)
    assert table is not None
    assert table.columns[0] == ["甲\n区"]


def test_a_sheet_that_claims_to_be_huge(tmp_path: Path) -> None:
    path = excel_file(tmp_path, rows_of(GOOD))
    rewrite(path, SHEET, b'<dimension ref="A1:G4"', b'<dimension ref="A1:XFD1048576"')
    seen = examine_panel(path, items(tmp_path))
    assert (places(seen.findings), seen.rows_read) == ([], 3)


def test_lone_cells_at_the_edges_of_the_sheet(tmp_path: Path) -> None:
    path = excel_file(tmp_path, rows_of(GOOD))
    last = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    rewrite(path, SHEET, b"</sheetData>", last)
    seen = examine_panel(path, items(tmp_path))
    assert ("table-no-heading", None, "XFD") in places(seen.findings)
    assert seen.panel is None
    # As many wide rows as would fill all memory if they were kept.
    wide = "".join(f'<row r="{i}"><c r="XFD{i}"><v>1</v></c></row>' for i in range(1, 30_000))
    assert code_of(workbook_of(tmp_path, wide)) == "table-too-large"
    blank = wide.replace("<v>1</v>", "") + '<row r="30000"><c r="A30000"><v>1</v></c></row>'
    assert code_of(workbook_of(tmp_path, blank)) == "table-too-large"


def test_merges_without_end(tmp_path: Path) -> None:
    path = excel_file(tmp_path, rows_of(GOOD))
    merges = b"<mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * 20_000 + b"</mergeCells>"
    rewrite(path, SHEET, b"</sheetData>", b"</sheetData>" + merges)
    seen = examine_panel(path, items(tmp_path))
    assert [f.code for f in seen.errors].count("table-merged") == 3


def test_passwords(tmp_path: Path) -> None:
    path = excel_file(tmp_path, rows_of(GOOD))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1  # the bit that says: encrypted
            at = content.find(mark, at + 4)
    path.write_bytes(content)
    assert code_of(path) == "table-password"


def test_other_workbooks_and_archives(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    for name, code in (
        ("mimetype", "table-other-workbook"),
        ("xl/workbook.bin", "table-other-workbook"),
        ("word/document.xml", "table-not-excel"),
        ("../../etc/passwd", "table-not-excel"),
        ("xl/nothing", "table-damaged"),
    ):
        path.unlink(missing_ok=True)
        add_part(path, name, b"x")
        assert code_of(path) == code


def test_macros_are_not_run_and_do_no_harm(tmp_path: Path) -> None:
    path = excel_file(tmp_path, rows_of(GOOD), "panel.xlsm")
    add_part(path, "xl/vbaProject.bin", b"Sub Auto_Open()")
    seen = examine_panel(path, items(tmp_path))
    assert (places(seen.findings), seen.rows_read) == ([], 3)


def test_external_links_are_not_followed(tmp_path: Path) -> None:
    path = excel_file(tmp_path, rows_of(GOOD))
    target = b"file:///etc/passwd"
    rewrite(
        path,
        "xl/_rels/workbook.xml.rels",
        b"</Relationships>",
        b'<Relationship Id="rId99" Target="' + target + b'" TargetMode="External" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"/>'
        b"</Relationships>",
    )
    seen = examine_panel(path, items(tmp_path))
    assert seen.rows_read == 3 or [f.code for f in seen.errors] == ["table-damaged"]


def test_parquet_that_unpacks_without_end(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    rows = 51_000_000
    values = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(rows, "int8")), pa.array(["x" * 1000])
    )
    pq.write_table(pa.table({"unit": values}), path)
    assert path.stat().st_size < 8 * 2**20
    assert code_of(path) == "table-too-large"
    # 20 000 times a text of 100 kB would be 2 GB, were each copied.
    values = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(20_000, "int8")), pa.array(["x" * 100_000])
    )
    pq.write_table(pa.table({"unit": values}), path, store_schema=False)
    table, findings = read_table(path)
    assert not findings
    assert table is not None
    assert table.columns[0][0] is table.columns[0][-1]


def test_csv_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MAX_BYTES", 10)
    assert code_of(csv_file(tmp_path, GOOD)) == "table-file-too-large"
    monkeypatch.undo()
    monkeypatch.setattr(raw_table, "MAX_CELLS", 20)
    assert code_of(csv_file(tmp_path, GOOD)) == "table-too-large"
    monkeypatch.undo()
    # A wide header over short rows would be a table of 10**10 cells.
    text = ",".join(f"c{i}" for i in range(16_000)) + "\n" + "x\n" * 100_000
    table, findings = read_table(csv_file(tmp_path, text))
    assert table is None
    assert findings[-1].code == "table-too-large"
    text = ",".join(f"c{i}" for i in range(20_000)) + "\n"
    assert code_of(csv_file(tmp_path, text + text)) == "table-too-large"


def test_nul_bytes(tmp_path: Path) -> None:
    seen = look(tmp_path, GOOD.replace("乙区", "乙\0区"))
    assert places(seen.findings) == [("table-nul", 3, None)]
    assert (seen.rows_used, seen.rows_refused) == (2, 1)
    assert code_of(csv_file(tmp_path, b"\0" * 5000)) == "table-utf16"


def test_devices_and_links(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert code_of(pipe) == "table-not-found"
    link = tmp_path / "link.csv"
    link.symlink_to(link)
    assert code_of(link) == "table-not-found"
    assert code_of(Path("/dev/zero")) == "table-not-found"


@pytest.mark.parametrize(
    "name",
    [
        *("=1+1", "+x", "@x", "-x", "<b>bold</b>", "a|b", "# x", "`x`", "../../x", "a\\b", "$x$"),
        *("*x*", "<script>alert(1)</script>", "{0}", "{value}", "%s", "'; DROP TABLE", "#import"),
        "a\u202ebc",
    ],
)
def test_names_that_mean_something_elsewhere(tmp_path: Path, name: str) -> None:
    fw = items(tmp_path)
    frame = pd.DataFrame(
        {"unit": ["a", name], "year": 2020, "name": name, "region": name}
        | dict.fromkeys(("patents", "growth", "jobs"), 1)
    )
    found = []
    for ending in (".csv", ".xlsx", ".parquet"):
        path = tmp_path / f"p{ending}"
        write_table(frame, path)
        seen = examine_panel(path, fw)
        assert seen.panel is not None
        assert set(seen.panel.units["name"]) == {name.replace("\u202e", "")}
        found.append(seen.panel)
        frame_of_bad = frame.assign(jobs=name)
        write_table(frame_of_bad, path)
        bad = examine_panel(path, fw)
        for lang in ("zh", "en"):
            text = examination_text(bad, lang)
            assert len(text.splitlines()) == len(examination_text(bad, lang).splitlines())
        write_table(findings_table(bad.findings, "en"), tmp_path / "findings.xlsx")
        sheet = openpyxl.load_workbook(tmp_path / "findings.xlsx").active
        assert sheet is not None
        assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    for panel in found[1:]:
        pd.testing.assert_frame_equal(panel.units, found[0].units)


def test_findings_quote_hostile_text_on_one_short_line(tmp_path: Path) -> None:
    word = "x\r\n\x1b[31m" + "y" * 10_000
    frame = pd.DataFrame({"unit": ["a"], "year": [2020], "patents": [word], "growth": 1, "jobs": 1})
    frame[f"attribute {word}"] = 1
    seen = examine_panel(frame, items(tmp_path), regions=REGIONS)
    text = examination_text(seen, "en")
    assert "\x1b" not in text
    assert all(len(line) < 400 for line in text.splitlines())


@pytest.mark.parametrize("whole", [True, False])
def test_many_bad_cells_do_not_stall(tmp_path: Path, whole: bool) -> None:
    n = 30_000
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"unit": [f"u{i}" for i in range(n)], "year": 2020})
    for item in ("patents", "growth", "jobs"):
        bad = np.ones(n, bool) if whole else rng.random(n) < 0.01
        frame[item] = np.where(bad, [f"bad{i}" for i in range(n)], "1")
    seen = examine_panel(frame, items(tmp_path))
    refused = {f.row for f in seen.errors if f.row is not None}
    assert len(refused) == seen.rows_refused
    assert len(examination_text(seen, "zh").splitlines()) < 40


def mangled(content: bytes, data: st.DataObject) -> bytes:
    """Return bytes with a few of them changed, cut out or put in."""
    raw = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(raw) - 1, 0)))
        action = data.draw(st.sampled_from(["change", "cut", "insert"]))
        if action == "change" and raw:
            raw[at] = data.draw(st.integers(0, 255))
        elif action == "cut":
            del raw[at : at + data.draw(st.integers(1, 40))]
        else:
            raw[at:at] = data.draw(st.binary(min_size=1, max_size=8))
    return bytes(raw)


def check(seen: Examination) -> None:
    assert seen.rows_read == seen.rows_used + seen.rows_refused
    assert (seen.panel is not None) or seen.errors
    assert examination_text(seen, "en")
    assert examination_text(seen, "zh")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), kind=st.sampled_from([".csv", ".xlsx", ".parquet"]))
def test_damaged_files(tmp_path: Path, data: st.DataObject, kind: str) -> None:
    path = tmp_path / f"p{kind}"
    write_table(pd.DataFrame(rows_of(GOOD)[1:], columns=rows_of(GOOD)[0]), path)
    path.write_bytes(mangled(path.read_bytes(), data))
    check(examine_panel(path, items(tmp_path)))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), part=st.sampled_from([SHEET, "xl/workbook.xml", "xl/styles.xml"]))
def test_damaged_parts_of_workbooks(tmp_path: Path, data: st.DataObject, part: str) -> None:
    path = excel_file(tmp_path, rows_of(GOOD))
    with zipfile.ZipFile(path) as archive:
        old = archive.read(part)
    rewrite(path, part, old, mangled(old, data))
    check(examine_panel(path, items(tmp_path)))
