"""Hostile forms through the whole cycle: refused clearly or read rightly, and nothing is run."""

from __future__ import annotations

import datetime
import os
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from forms import YEAR, Filling, filled, spec, value_of
from hostile_forms import (
    LAST_ROW,
    SHEET,
    add_part,
    form,
    good,
    header_row,
    locked,
    long_cell,
    many,
    put_before,
    put_rows,
    sheet_of_any_name,
    xml_cell,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_samples import rewrite
from test_hostile import mangled

from analysis.core.check import findings_text
from analysis.core.findings import Finding, InputError
from analysis.core.panel_folder import open_folder, read_log
from analysis.zones.cycle.form_reading import read_form
from analysis.zones.cycle.intake import Intake, take_in

BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


def attempt(source: Path, panel: Path, **settings: Any) -> tuple[Intake | None, Counter[str]]:
    """Take forms in; return what came of it, and how often each error was found."""
    taken, findings = None, ()
    try:
        taken = take_in(source, panel, YEAR, **settings)
        findings = taken.findings
    except InputError as error:
        findings = error.findings
        assert not (panel / f"{YEAR}.csv").exists()
    for lang in ("zh", "en"):  # whatever was in the form, what is said of it is short and plain
        said = findings_text(findings, lang)
        assert all(line.isprintable() and len(line) < 600 for line in said.splitlines())
        said.encode("utf-8")
    return taken, Counter(f.code for f in findings if f.severity == "error")


# One form with many faults


def spoil_one(path: Path) -> dict[tuple[str, str], str]:
    """Plant errors in a form; return (finding, figure) with its severity."""
    planted = {
        "fdi": ("12.3亿", "table-not-number"),
        "revenue": ("1.2.3", "table-not-number"),
        "energy": ("约500", "table-not-number"),
        "trade": ("1,5", "table-comma"),
        "host_fdi": (-1, "table-below"),
        "responsibility": (120, "table-above"),
        "n_intl_parks": (2.5, "table-not-whole"),
        "gdp": (True, "table-boolean"),
        "n_mfg30": (datetime.date(2024, 5, 1), "table-date"),
        "employment": (datetime.time(12, 30), "table-date"),
        "n_listed": ("#DIV/0!", "table-excel-error"),
        "land_developed": ("12%", "table-percent"),
        "trade_ht": (0.125, "table-percent"),
        "land_planned": ("inf", "table-infinite"),
        "n_mfg15": ("1e999", "table-infinite"),
        "n_firms": ("=1+1", "table-formula"),
    }
    beside = {
        "rd_exp": (9, "yesterday", "form.date"),
        "patents": (9, "2024-02-30", "form.date"),
        "population": (10, "whatever", "form.basis"),
        "rd_staff": (11, "x" * 5001, "form.long"),
        "va_ind": (11, "a\x9bb", "table-control"),
    }
    doubtful = {
        "co2_ind": (8, None, "intake.no_source"),
        "co2_zone": (9, "2022", "intake.early"),
        "waste_used": (6, 1.5, "intake.before"),
    }
    facts = {
        "#region": ("north", "table-region"),
        "#province": ("Atlantis", "form.province"),
        "#assessed": ("perhaps", "table-not-yes-no"),
        "#name": ("x" * 201, "form.long"),
    }
    spoilt = Filling(path)
    sheet = spoilt.sheet
    for code, (value, _) in planted.items():
        spoilt.put(code, 7, value)
    spoilt.put("trade_ht", 7, 0.125).number_format = "0%"
    for code, (column, value, _) in {**beside, **doubtful}.items():
        spoilt.put(code, column, value)
    for column in (7, 8, 9, 10):
        spoilt.put("waste", column, None)
    for fact, (value, _) in facts.items():
        spoilt.put(fact, 7, value)
    spoilt.put("n_rd_inst", 1, None)
    last = sheet.max_row
    for row, code in ((last + 1, "n_ht_firms"), (last + 2, "n_wonders")):
        sheet.cell(row, 1).value, sheet.cell(row, 7).value = code, 5
    row = spoilt.row("water")
    sheet.merge_cells(f"B{row}:C{row}")
    for column, word in ((12, "来源"), (13, "备注"), (15, "说\x9b明"), (16, "我的列")):
        sheet.cell(spoilt.top, column).value = word
    sheet.cell(spoilt.row("new_jobs"), 14).value = "in no column"
    for column in (11, 10, 9, 8, 7, 1):  # the code last: the row is found by it
        spoilt.put("n_incubators", column, None)
    spoilt.save()
    expected = {(finding, code): "error" for code, (_, finding) in planted.items()}
    expected |= {(finding, code): "error" for code, (_, _, finding) in beside.items()}
    expected |= {(finding, code): "warning" for code, (_, _, finding) in doubtful.items()}
    expected |= {(finding, ""): "error" for _, finding in facts.values()}
    expected |= {("form.no_row", code): "error" for code in ("n_rd_inst", "n_incubators")}
    expected[("form.code_twice", "n_ht_firms")] = "error"
    for finding in (
        *("form.blank_code", "form.unknown_code", "table-merged", "form.column_twice"),
        *("table-duplicate-heading", "table-no-heading", "table-control-heading"),
    ):
        expected[(finding, "")] = "error"
    return expected | {("intake.blank", ""): "warning"}


def test_thirty_different_errors_in_one_form(tmp_path: Path) -> None:
    panel = tmp_path / "panel"
    take_in(filled(tmp_path / "a", "z.xlsx", YEAR - 1), panel, YEAR - 1)
    before = {path.name: path.read_bytes() for path in panel.iterdir()}
    path = form(tmp_path / "b")
    expected = spoil_one(path)
    assert len({finding for finding, _ in expected}) >= 30
    assert sum(severity == "error" for severity in expected.values()) >= 30
    with pytest.raises(InputError) as caught:
        take_in(path, panel, YEAR)
    told = [f for f in caught.value.findings if f.severity != "note"]
    assert {(f.code, f.item or ""): f.severity for f in told} == expected
    assert Counter((f.code, f.item or "") for f in told).most_common(1)[0][1] == 1
    placed = [f for f in told if f.severity == "error" and f.code not in ("form.no_row",)]
    for finding in placed:
        assert finding.file == "z.xlsx"
        assert finding.row is not None or finding.column is not None
    assert {path.name: path.read_bytes() for path in panel.iterdir()} == before
    taken = take_in(path, panel, YEAR, skip_bad=True)
    asked = spec()
    refused = {code for finding, code in expected if finding.startswith("table-") and code}
    refused -= {"va_ind"}  # its note was bad, not its value
    refused |= {"n_rd_inst", "n_incubators", "water", "waste"}
    refused |= {"n_ht_firms"}  # given twice, and not alike: nobody can tell which is meant
    table = pd.read_csv(panel / f"{YEAR}.csv").set_index("unit").loc["Z1"]
    for code in asked.codes:
        held = table[code]
        assert pd.isna(held) if code in refused else held == value_of(asked, code), code
    assert taken.added == len(asked.codes) - len(refused)
    assert table["name_en"] == "Zone A"
    assert {k: v for k, v in before.items() if str(YEAR - 1) in k}.items() <= {
        path.name: path.read_bytes() for path in panel.iterdir()
    }.items()


def test_errors_in_a_form_for_many(tmp_path: Path) -> None:
    path = many(tmp_path / "m.xlsx", ("Z1", "Z2", "Z3", "Z4"), "甲乙丙丁")
    book = openpyxl.load_workbook(path)
    sheet, proof = book.worksheets[0], book["Evidence"]
    top, head = header_row(sheet), header_row(proof)
    at = {sheet.cell(top, column).value: column for column in range(1, sheet.max_column + 1)}
    sheet.cell(top, at["n_ht_firms"]).value = "n_ht_firm"
    sheet.cell(top, sheet.max_column + 1).value = "Total imports and exports"
    sheet.cell(top + 1, at["fdi"]).value = "many"
    sheet.cell(top + 1, at["region"]).value = "north"
    sheet.cell(top + 3, at["unit"]).value = "Z\u200b1\u00ad"  # the same for whoever reads it
    sheet.cell(top + 4, at["unit"]).value = None
    rows = (("Z9", "gdp"), ("Z2", "gold"), ("*", "*"), ("Z2", "gdp", "x", "soon", "mine"))
    for row, words in enumerate(rows, head + 2):
        for column, word in enumerate(words, 1):
            proof.cell(row, column).value = word
    proof.cell(head, 7).value = "Date of source"
    book.save(path)
    taken, errors = attempt(path, tmp_path / "panel")
    assert taken is None
    assert errors == {
        **dict.fromkeys(("form.near_column", "form.no_figure", "table-not-number"), 1),
        **dict.fromkeys(("table-region", "form.unit_twice", "table-blank-unit"), 1),
        **dict.fromkeys(("form.evidence_unit", "form.evidence_item", "form.evidence_twice"), 1),
        **dict.fromkeys(("form.date", "form.basis"), 1),
        "form.column_twice": 2,  # on either sheet
    }
    taken, _ = attempt(path, tmp_path / "panel", skip_bad=True)
    assert taken is not None
    assert taken.units == ("Z1", "Z2")
    assert (taken.added, taken.refused) == (2 * 31 - 1, 1)


# Files that are more, or less, than a form


def million(path: Path) -> None:
    rows = (b'<row r="%d"/>' % row for row in range(900, LAST_ROW + 1))
    put_rows(path, b"".join(rows))


def outside(path: Path) -> None:
    """Let a figure come from another workbook, and the workbook name it."""
    rels, kind = "xl/_rels/workbook.xml.rels", "officeDocument/2006/relationships/externalLink"
    link = f'<Relationship Id="rId99" Target="file:///etc/passwd" TargetMode="External" Type="http://schemas.openxmlformats.org/{kind}"/>'
    put_before(path, b"</Relationships>", link.encode(), rels)
    value = value_of(spec(), "gdp")
    formula = f"<f>'file:///etc/[1.xlsx]Sheet1'!A1+WEBSERVICE(\"http://x\")</f><v>{value}</v>"
    xml_cell(path, "gdp", 7, formula.encode())


def renamed(name: str) -> Callable[[Path], Path]:
    return lambda path: path.rename(path.with_name(name))


def said(key: str, value: object) -> Callable[[Path], Path]:
    return lambda path: Filling(path).mark(key, value).save()


def nothing_else(path: Path, content: bytes) -> None:
    path.write_bytes(content)


SLOW = 400_000  # so often that a search that starts anew at each would not end in a day

READ: dict[str, Callable[[Path], object]] = {
    "a million empty rows": million,
    "macros": lambda p: add_part(p, "xl/vbaProject.bin", b"Sub Auto_Open()").rename(
        p.with_suffix(".XLSM")
    ),
    "macros in .xlsx": lambda p: add_part(p, "xl/vbaProject.bin", b"Sub Auto_Open()"),
    "links to other workbooks": outside,
    "parts with paths as names": lambda p: add_part(p, "../../evil.xlsx", b"x"),
    "a sheet of another name": lambda p: sheet_of_any_name(p, b""),
    "elements without end": lambda p: put_before(
        p, b"</workbook>", b"<a>" * 30_000 + b"</a>" * 30_000, "xl/workbook.xml"
    ),
    "escapes in the name of the file": renamed("a\x1b[31m\nb\u202excod.xlsx"),
    "a formula as the name of the file": renamed("=1+1.xlsx"),
}
REFUSED: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "a zip bomb": (lambda p: add_part(p, "xl/media/0", b"\0" * (65 * 2**20)), ["table-zip-bomb"]),
    "entities": (lambda p: put_before(p, b"<styleSheet", BOMB, "xl/styles.xml"), ["table-doctype"]),
    "entities elsewhere": (lambda p: sheet_of_any_name(p, BOMB), ["table-doctype"]),
    "a password": (locked, ["table-password"]),
    "a password of today": (
        lambda p: nothing_else(
            p, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
        ),
        ["table-password"],
    ),
    "an old workbook": (
        lambda p: nothing_else(p, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ["table-old-excel"],
    ),
    "a page": (lambda p: nothing_else(p, b"<html><table>"), ["table-not-excel"]),
    "nothing": (lambda p: nothing_else(p, b""), ["table-empty"]),
    "half a form": (lambda p: nothing_else(p, good()[: len(good()) // 2]), ["table-damaged"]),
    "another ending": (renamed("z.xls"), ["form.ending", "form.none"]),
    "a template": (renamed("z.xltm"), ["form.ending", "form.none"]),
    "an archive": (renamed("z.zip"), ["form.archive", "form.none"]),
    "spaces without end": (
        lambda p: put_rows(p, b'<row r="900"><c r="A900"><f>1</f>' + b" " * SLOW + b"<v/>x"),
        ["table-damaged"],
    ),
    "rows without end": (lambda p: put_rows(p, b"<row " * SLOW), ["table-damaged"]),
    "merges without end": (lambda p: put_rows(p, b"<mergeCell <c " * SLOW), ["table-damaged"]),
    "a huge note": (lambda p: long_cell(p, "gdp", 11, b"n" * 3_000_000), ["form.long"]),
    "a huge name": (lambda p: long_cell(p, "#name", 7, b"n" * 3_000_000), ["form.long"]),
    "a huge unit": (lambda p: long_cell(p, "#unit", 7, b"n" * 300), ["form.long", "form.no_unit"]),
    "a huge number": (lambda p: long_cell(p, "gdp", 7, b"9" * 300_000), ["table-infinite"]),
    "a huge code": (
        lambda p: long_cell(p, "gdp", 1, b"g" * 300_000),
        ["form.no_row", "form.unknown_code"],
    ),
    "neither real nor made up": (said("synthetic", "perhaps"), ["form.mark"]),
    "neither for one nor for many": (said("layout", "none"), ["form.mark"]),
    "of another year": (said("year", YEAR + 1), ["form.year"]),
    "of another framework": (said("framework", "<b>=1"), ["form.framework"]),
    "of another version": (said("version", "9" * 5000), ["form.version"]),
}


@pytest.mark.parametrize("what", READ)
def test_what_is_read_all_the_same(tmp_path: Path, what: str) -> None:
    READ[what](form(tmp_path / "back"))
    taken, errors = attempt(tmp_path / "back", tmp_path / "panel")
    assert taken is not None
    assert (taken.added, dict(errors)) == (32, {})
    (told,) = set(read_log(tmp_path / "panel", YEAR)["form"]) - {""}
    assert told.isprintable()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back", "panel"]


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(tmp_path: Path, what: str) -> None:
    spoil, expected = REFUSED[what]
    spoil(form(tmp_path / "back"))
    taken, errors = attempt(tmp_path / "back", tmp_path / "panel")
    assert taken is None
    assert errors == Counter(expected)
    assert not (tmp_path / "panel").exists()


def test_merged_cells_all_over(tmp_path: Path) -> None:
    path = form(tmp_path / "back")
    put_before(path, b"</worksheet>", b'<mergeCells><mergeCell ref="A7:K1048576"/></mergeCells>')
    taken, errors = attempt(path, tmp_path / "panel", skip_bad=True)
    assert taken is None or taken.added == 0
    assert errors.keys() <= {"table-merged", "form.no_unit"}
    assert errors["table-merged"] >= 32


def test_a_bad_file_does_not_keep_a_good_one_out(tmp_path: Path) -> None:
    for at, what in enumerate(("half a form", "a password", "of another year", "entities")):
        REFUSED[what][0](form(tmp_path / "back", f"{at}.xlsx"))
    form(tmp_path / "back" / "deeper" / "still")
    taken, errors = attempt(tmp_path / "back", tmp_path / "panel", skip_bad=True)
    assert taken is not None
    assert (taken.forms, taken.added) == (1, 32)
    assert errors == Counter(["table-damaged", "table-password", "form.year", "table-doctype"])


def test_a_sheet_pasted_below_the_form(tmp_path: Path) -> None:
    path = form(tmp_path / "back")
    cell = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x%d</t></is></c></row>'
    put_rows(path, b"".join(cell % (row, row, row) for row in range(900, 3900)))
    taken, errors = attempt(path, tmp_path / "panel", skip_bad=True)
    assert taken is not None
    assert taken.added == 32
    assert errors == {"form.unknown_code": 100, "form.more_rows": 1}
    (rest,) = [f for f in taken.findings if f.code == "form.more_rows"]
    assert (rest.values["count"], rest.row) == (2900, 3899)


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = form(tmp_path / "elsewhere")
    back = tmp_path / "back"
    back.mkdir()
    (back / "a.xlsx").symlink_to(secret)
    (back / "b.xlsx").symlink_to("/etc/passwd")
    (back / "c.xlsx").symlink_to(back / "c.xlsx")
    (back / "d").symlink_to(secret.parent, target_is_directory=True)
    (back / "e").symlink_to(back, target_is_directory=True)
    os.mkfifo(back / "f.xlsx")
    taken, errors = attempt(back, tmp_path / "panel", skip_bad=True)
    assert taken is None
    assert errors == {"form.link": 5, "form.none": 1}


def test_a_name_from_a_chinese_archive(tmp_path: Path) -> None:
    back = tmp_path / "back"
    back.mkdir()
    (back / os.fsdecode("填报表.xlsx".encode("gb18030"))).write_bytes(good())
    (back / os.fsdecode(b"\xff\xfe.txt")).write_bytes(b"x")
    taken, errors = attempt(back, tmp_path / "panel")
    assert taken is not None
    assert not errors
    assert read_log(tmp_path / "panel", YEAR)["form"].iloc[-1].startswith("填报表.xlsx ")


# Two forms for one zone


def test_two_forms_for_one_zone(tmp_path: Path) -> None:
    back = tmp_path / "back"
    form(back, "a.xlsx")
    form(back, "a (1).xlsx")
    taken, errors = attempt(back, tmp_path / "one")
    assert taken is not None
    assert (taken.forms, taken.added, dict(errors)) == (1, 32, {})
    assert [f.values["other"] for f in taken.findings if f.code == "form.copy"] == ["a (1).xlsx"]
    # The same zone for whoever reads it, though not the same characters.
    other = Filling(back / "a.xlsx")
    other.put("#unit", 7, "\ufeffＺ\u200b1\u061c\ufe0f\U000e0041\u034f")
    other.put("gdp", 7, 99.5)
    other.save()
    taken, errors = attempt(back, tmp_path / "two", skip_bad=True)
    assert taken is None or taken.added == 0
    assert errors == {"intake.twice": 32}
    # Two departments that fill in a part each are no contradiction.
    asked = spec()
    for name, part in (("a.xlsx", asked.codes[:10]), ("a (1).xlsx", asked.codes[10:])):
        own = Filling(form(back, name))
        for code in part:
            own.put(code, 7, None)
        own.save()
    taken, errors = attempt(back, tmp_path / "three")
    assert taken is not None
    assert (taken.units, taken.added, dict(errors)) == (("Z1",), 32, {})


def test_names_that_turn_or_hide_text(tmp_path: Path) -> None:
    path = form(tmp_path / "back")
    spoilt = Filling(path)
    spoilt.put("#name", 7, "甲\u202e区\u200b\ufeff\u00ad")
    spoilt.put("gdp", 7, "1\u200b2\u2060.5")
    spoilt.put("gdp", 11, "见\u2028附件\n一")
    spoilt.save()
    taken, errors = attempt(path, tmp_path / "panel")
    assert taken is not None
    assert not errors
    table = pd.read_csv(tmp_path / "panel" / f"{YEAR}.csv").set_index("unit")
    assert (table.loc["Z1", "name"], table.loc["Z1", "gdp"]) == ("甲区", 12.5)
    evidence = pd.read_csv(tmp_path / "panel" / f"{YEAR}.evidence.csv").set_index("code")
    assert evidence.loc["gdp", "note"] == "见 附件 一"


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), part=st.sampled_from([SHEET, "xl/worksheets/sheet3.xml", "xl/styles.xml"]))
def test_damaged_forms(tmp_path: Path, data: st.DataObject, part: str) -> None:

    path = form(tmp_path)
    with zipfile.ZipFile(path) as archive:
        old = archive.read(part)
    rewrite(path, part, old, mangled(old, data))
    found: list[Finding] = []
    read = read_form(path, spec(), found)
    assert read is not None or any(finding.severity == "error" for finding in found)
    assert findings_text(found, "zh") or not found


def test_a_panel_folder_that_grows_while_it_is_read(tmp_path: Path) -> None:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}" for i in range(1, 60)]
    (tmp_path / "panel.yml").write_text("\n".join(lines), "utf-8")
    with pytest.raises(InputError) as caught:
        open_folder(tmp_path)
    assert [finding.code for finding in caught.value.findings] == ["folder.about"]
