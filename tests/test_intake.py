"""Forms that come back: good ones, spoilt ones, hostile ones, and the year that they make."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from forms import FACTS, YEAR, Filling, codes, filled, spec, value_of, write_form

from analysis.core.findings import Finding, InputError
from analysis.core.panel_folder import open_folder, read_evidence, read_log
from analysis.paths import data_dir
from analysis.reporting.cli import jingkai
from analysis.zones.cycle.form_reading import read_form
from analysis.zones.cycle.form_unit import FormUnit
from analysis.zones.cycle.form_workbook import form_bytes
from analysis.zones.cycle.intake import take_in


def year_table(panel: Path, year: int = YEAR) -> pd.DataFrame:
    return pd.read_csv(panel / f"{year}.csv").set_index("unit")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def findings_of(source: Path, panel: Path, **settings: Any) -> tuple[Finding, ...]:
    with pytest.raises(InputError) as caught:
        take_in(source, panel, YEAR, **settings)
    assert not panel.exists()
    for finding in caught.value.findings:
        assert finding.text("zh")
        assert finding.text("en")
    return caught.value.findings


def test_a_good_form_becomes_a_year(tmp_path: Path) -> None:
    path = filled(tmp_path / "back", "z.xlsx")
    taken = take_in(path.parent, tmp_path / "panel", YEAR)
    asked = spec()
    assert (taken.added, taken.changed, taken.blank, taken.refused) == (32, 0, 0, 0)
    row = year_table(tmp_path / "panel").loc["Z1"]
    assert {code: row[code] for code in asked.codes} == {
        code: value_of(asked, code) for code in asked.codes
    }
    assert (row["region"], row["province"], row["assessed"]) == ("east", "shanghai", "yes")
    evidence = read_evidence(tmp_path / "panel", YEAR).set_index("code").loc["gdp"]
    assert tuple(evidence[["source", "date", "basis"]]) == ("年报", "2025-03-31", "defined")
    assert open_folder(tmp_path / "panel").measures["gdp"] == "100m CNY"


def test_a_new_year_touches_no_other(tmp_path: Path) -> None:
    panel = tmp_path / "panel"
    take_in(filled(tmp_path / "a", "z.xlsx", 2023), panel, 2023)
    before = contents(panel)
    take_in(filled(tmp_path / "b", "z.xlsx", 2024), panel, 2024)
    after = contents(panel)
    assert {name: after[name] for name in before} == before
    assert sorted(set(after) - set(before)) == ["2024.csv", "2024.evidence.csv", "2024.log.csv"]
    take_in(tmp_path / "b", panel, 2024)  # once more changes nothing
    assert contents(panel) == after


def test_what_changes_leaves_a_trace_and_a_blank_erases_nothing(tmp_path: Path) -> None:
    panel = tmp_path / "panel"
    path = filled(tmp_path / "a", "z.xlsx")
    take_in(path, panel, YEAR)
    form = Filling(path)
    form.put("gdp", 7, 99.5)
    form.put("trade", 7, None)
    form.save()
    taken = take_in(path, panel, YEAR)
    assert (taken.added, taken.changed, taken.same, taken.blank) == (0, 1, 30, 1)
    log = read_log(panel, YEAR)
    last = log[log["intake"] == "2"]
    assert last[["action", "unit", "code", "old", "new"]].to_numpy().tolist() == [
        ["changed", "Z1", "gdp", f"{value_of(spec(), 'gdp'):g}", "99.5"]
    ]
    assert year_table(panel).loc["Z1", "trade"] == value_of(spec(), "trade")


def test_columns_may_move_sheets_may_be_renamed(tmp_path: Path) -> None:
    path = filled(tmp_path / "a", "z.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    top = next(r for r in range(1, 9) if sheet.cell(r, 1).value == "代码")
    for column, word in ((7, "本年数值"), (8, "数据来源"), (1, "Code")):
        sheet.cell(top, column).value = word
    sheet.move_range(f"G{top}:G{sheet.max_row}", cols=10)
    sheet.title = "我的表"
    book.move_sheet("_jingkai", -2)
    book.save(path)
    taken = take_in(path, tmp_path / "panel", YEAR)
    assert taken.added == 32
    assert codes(taken.findings, "warning") == []


def test_both_languages_and_the_form_for_many_say_the_same(tmp_path: Path) -> None:
    asked = spec()
    units = [FormUnit({**FACTS, "unit": unit}) for unit in ("Z1", "Z2")]
    path = tmp_path / "many.xlsx"
    path.write_bytes(form_bytes(asked, units, "en"))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    top = next(r for r in range(1, 20) if sheet.cell(r, 1).value == "unit")
    for at in range(1, sheet.max_column + 1):
        code = sheet.cell(top, at).value
        if code in asked.codes:
            for row in (top + 1, top + 2):
                sheet.cell(row, at).value = value_of(asked, code)
    proof = book["Evidence"]
    head = next(r for r in range(1, 9) if proof.cell(r, 1).value == "unit")
    for row, words in enumerate([("*", "*", "yearbook"), ("Z2", "gdp", "certificate")], head + 1):
        for at, word in enumerate(words, 1):
            proof.cell(row, at).value = word
    # Last year's values first: they must not be taken for this year's.
    book.move_sheet("Last year", -2)
    book.save(path)
    take_in(path, tmp_path / "many", YEAR)
    for unit in ("Z1", "Z2"):
        filled(tmp_path / "one", f"{unit}.xlsx", unit=unit)
    take_in(tmp_path / "one", tmp_path / "panel", YEAR)
    assert (tmp_path / "many" / "2024.csv").read_bytes() == (
        tmp_path / "panel" / "2024.csv"
    ).read_bytes()
    evidence = read_evidence(tmp_path / "many", YEAR).set_index(["unit", "code"])["source"]
    assert evidence["Z2", "gdp"] == "certificate"
    assert evidence["Z1", "gdp"] == evidence["Z2", "trade"] == "yearbook"


def spoil(folder: Path) -> dict[str, list[str]]:
    """Write forms with planted errors; return the cells expected by the code of the finding."""
    asked = spec()
    form = Filling(filled(folder, "a.xlsx"))
    planted = {
        "fdi": ("12.3亿", "table-not-number"),
        "trade": ("1,5", "table-comma"),
        "host_fdi": (-1, "table-below"),
        "n_intl_parks": (2.5, "table-not-whole"),
        "gdp": (True, "table-boolean"),
        "n_mfg30": (datetime.date(2024, 5, 1), "table-date"),
        "n_listed": ("#DIV/0!", "table-excel-error"),
        "responsibility": (120, "table-above"),
        "land_developed": ("12%", "table-percent"),
        "land_planned": ("inf", "table-infinite"),
        "n_firms": ("=1+1", "table-formula"),
    }
    expected: dict[str, list[str]] = {}
    for code, (value, finding) in planted.items():
        form.put(code, 7, value)
        expected.setdefault(finding, []).append(f"{code}")
    form.put("employment", 9, "yesterday")
    form.put("rd_exp", 9, "2024-13")
    expected["form.date"] = ["employment", "rd_exp"]
    form.put("revenue", 10, "whatever")
    expected["form.basis"] = ["revenue"]
    form.put("n_rd_inst", 1, "n_rd_institutes")
    form.put("n_incubators", 1, None)
    expected["form.unknown_code"] = expected["form.blank_code"] = [""]
    expected["form.no_row"] = ["n_incubators", "n_rd_inst"]
    last = form.sheet.max_row + 1
    form.sheet.cell(last, 1).value = "n_ht_firms"
    expected["form.code_twice"] = ["n_ht_firms"]
    form.put("#region", 7, "north")
    form.put("#province", 7, "Atlantis")
    form.put("#assessed", 7, "perhaps")
    expected["table-region"] = expected["form.province"] = expected["table-not-yes-no"] = [""]
    row = form.row("patents")
    form.sheet.merge_cells(f"B{row}:C{row}")
    expected["table-merged"] = [""]
    form.sheet.cell(form.top, 12).value = "来源"
    expected["form.column_twice"] = [""]
    form.save()

    filled(folder, "b.xlsx", unit="Z2", region="west")
    expected["intake.region"] = [""]
    other = Filling(write_form(folder / "c.xlsx", asked, {**FACTS, "name": "乙区"}))
    other.put("energy", 7, 3)
    other.put("#province", 7, None)
    other.save()
    expected["intake.twice"] = ["energy"]
    expected["intake.fact"] = [""]
    Filling(filled(folder, "d.xlsx", unit="")).save()
    expected["form.no_unit"] = [""]
    for name, key, value, finding in (
        ("e.xlsx", "year", 2023, "form.year"),
        ("f.xlsx", "framework", "mofcom-2016", "form.framework"),
        ("g.xlsx", "version", 9, "form.version"),
    ):
        Filling(filled(folder, name)).mark(key, value).save()
        expected[finding] = [""]
    openpyxl.Workbook().save(folder / "h.xlsx")
    expected["form.no_mark"] = [""]
    (folder / "i.xlsx").write_text("no workbook")
    expected["table-not-excel"] = [""]
    (folder / "j.csv").write_text("unit,gdp\nZ1,5\n")
    expected["form.ending"] = [""]
    (folder / "~$a.xlsx").write_text("left behind")
    return expected


def test_thirty_planted_errors_are_named_in_one_pass(tmp_path: Path) -> None:
    expected = spoil(tmp_path / "back")
    found = findings_of(tmp_path / "back", tmp_path / "panel")
    seen: dict[str, list[str]] = {}
    for finding in found:
        if finding.severity == "error":
            seen.setdefault(finding.code, []).append(finding.item or "")
    assert {code: sorted(items) for code, items in seen.items()} == expected
    assert sum(map(len, expected.values())) >= 30
    of_the_form = {"form.no_row", "form.column_twice", "intake.fact", "intake.region"}
    for finding in found:
        if finding.file == "a.xlsx" and finding.severity == "error":
            assert (finding.row is not None) or finding.code in of_the_form


def test_no_good_cell_is_lost(tmp_path: Path) -> None:
    spoil(tmp_path / "back")
    take_in(tmp_path / "back", tmp_path / "panel", YEAR, skip_bad=True)
    asked = spec()
    table = year_table(tmp_path / "panel")
    bad = "fdi trade host_fdi n_intl_parks gdp n_mfg30 n_listed responsibility land_developed "
    bad += "land_planned n_firms n_rd_inst n_incubators patents energy"
    for code in asked.codes:
        value = table.loc["Z1", code]
        assert pd.isna(value) if code in bad.split() else value == value_of(asked, code)
        assert table.loc["Z2", code] == value_of(asked, code)
    assert sorted(table.index) == ["Z1", "Z2"]


def test_the_shipped_panel_is_not_written_to(tmp_path: Path) -> None:
    form = filled(tmp_path / "a", "z.xlsx")
    for place in ("demo", "demo/mine", ""):
        with pytest.raises(InputError) as caught:
            take_in(form, data_dir() / place, YEAR)
        assert codes(caught.value.findings) == ["intake.demo"]
    assert not (data_dir() / "demo" / "mine").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "panel").mkdir()
    (tmp_path / "panel" / "letter.txt").write_text("x")
    with pytest.raises(InputError) as caught:
        take_in(filled(tmp_path / "a", "z.xlsx"), tmp_path / "panel", YEAR)
    assert codes(caught.value.findings) == ["intake.foreign"]
    assert [path.name for path in (tmp_path / "panel").iterdir()] == ["letter.txt"]


def test_synthetic_and_real_do_not_mix(tmp_path: Path) -> None:
    panel = tmp_path / "panel"
    asked = spec()
    form = write_form(tmp_path / "s.xlsx", asked, {**FACTS, "unit": "E1"}, synthetic=True)
    Filling(form).fill(asked).save()
    take_in(form, panel, YEAR)
    assert open_folder(panel).synthetic
    with pytest.raises(InputError) as caught:
        take_in(filled(tmp_path / "a", "z.xlsx"), panel, YEAR, skip_bad=True)
    assert codes(caught.value.findings) == ["intake.synthetic"]


def test_what_the_form_says_of_last_year_is_compared(tmp_path: Path) -> None:
    panel = tmp_path / "panel"
    take_in(filled(tmp_path / "a", "z.xlsx", 2023), panel, 2023)
    asked = spec()
    held = value_of(asked, "gdp")
    path = write_form(tmp_path / "z.xlsx", asked, before={"gdp": held, "trade": 5.0})
    Filling(path).fill(asked).save()
    warned = [f for f in take_in(path, panel, YEAR).findings if f.code == "intake.before"]
    assert [finding.item for finding in warned] == ["trade"]
    assert warned[0].values["held"] == f"{value_of(asked, 'trade'):g}"


def test_a_value_without_a_source_is_told(tmp_path: Path) -> None:
    form = Filling(filled(tmp_path / "a", "z.xlsx"))
    form.put("gdp", 8, None)
    form.put("trade", 9, "2022")
    found = take_in(form.save(), tmp_path / "panel", YEAR).findings
    told = {(finding.code, finding.item) for finding in found if finding.severity == "warning"}
    assert told == {("intake.no_source", "gdp"), ("intake.early", "trade")}


def test_another_definition_without_a_note_is_told(tmp_path: Path) -> None:
    form = Filling(filled(tmp_path / "a", "z.xlsx"))
    for code in ("gdp", "trade"):
        form.put(code, 10, "与定义不同（见备注）")
    form.put("trade", 11, "customs district")
    found = take_in(form.save(), tmp_path / "panel", YEAR).findings
    assert [(f.code, f.item) for f in found if f.severity == "warning"] == [
        ("intake.no_note", "gdp")
    ]


def test_a_row_given_twice_counts_only_where_both_say_the_same(tmp_path: Path) -> None:
    form = Filling(filled(tmp_path / "a", "z.xlsx"))
    last = form.sheet.max_row
    same = value_of(spec(), "trade")
    for row, (code, value) in enumerate((("gdp", 1.5), ("trade", same)), start=last + 1):
        form.sheet.cell(row, 1).value, form.sheet.cell(row, 7).value = code, value
    taken = take_in(form.save(), tmp_path / "panel", YEAR, skip_bad=True)
    told = [(f.code, f.item) for f in taken.findings if f.severity == "error"]
    assert told == [("form.code_twice", "gdp"), ("form.code_twice", "trade")]
    row = year_table(tmp_path / "panel").loc["Z1"]
    assert pd.isna(row["gdp"])
    assert row["trade"] == same


def test_a_number_beyond_what_the_cell_takes_is_refused(tmp_path: Path) -> None:
    form = Filling(filled(tmp_path / "a", "z.xlsx"))
    form.put("revenue", 7, 1e16)
    found = findings_of(form.save(), tmp_path / "panel")
    assert [(f.code, f.item) for f in found] == [("table-above", "revenue")]


def test_what_a_unit_was_called_and_who_is_awaited_is_told(tmp_path: Path) -> None:
    panel = tmp_path / "panel"
    for unit in ("Z1", "Z2", "Z3"):
        filled(tmp_path / "a", f"{unit}.xlsx", YEAR - 1, unit=unit)
    take_in(tmp_path / "a", panel, YEAR - 1)
    form = filled(tmp_path / "b", "z.xlsx", unit="Z1", name="乙区", province="sichuan")
    found = take_in(form, panel, YEAR).findings
    facts = [f.values["fact"] for f in found if f.code == "intake.fact_before"]
    assert facts == ["name", "region", "province"]
    assert [f.values["units"] for f in found if f.code == "intake.awaited"] == ["Z2, Z3"]
    found = take_in(filled(tmp_path / "c", "z.xlsx", unit="Z2"), panel, YEAR).findings
    assert [f.values["units"] for f in found if f.code == "intake.awaited"] == ["Z3"]


def test_the_reason_for_a_blank_is_kept(tmp_path: Path) -> None:
    form = Filling(filled(tmp_path / "a", "z.xlsx"))
    for code in ("gdp", "trade"):
        for column in (7, 8, 9, 10):
            form.put(code, column, None)
    form.put("gdp", 11, "not yet out")
    path = form.save()
    found = take_in(path, tmp_path / "panel", YEAR).findings
    assert [f.values["codes"] for f in found if f.code == "intake.blank"] == ["trade"]
    evidence = read_evidence(tmp_path / "panel", YEAR).set_index("code")
    assert tuple(evidence.loc["gdp", ["value", "note"]]) == ("", "not yet out")
    assert "trade" not in evidence.index
    before = contents(tmp_path / "panel")
    take_in(path, tmp_path / "panel", YEAR)
    assert contents(tmp_path / "panel") == before


def test_names_that_are_formulas_stay_texts(tmp_path: Path) -> None:
    hostile = "=cmd|'/c calc'!A1"
    form = Filling(filled(tmp_path / "a", "z.xlsx", name="+1", unit="../Z"))
    cell = form.put("gdp", 11, hostile)
    cell.data_type = "s"
    take_in(form.save(), tmp_path / "panel", YEAR)
    for path in (tmp_path / "panel").glob("*.csv"):
        for line in path.read_text("utf-8").splitlines():
            assert not any(part.startswith(("=", "+", "@")) for part in line.split(","))
    assert read_evidence(tmp_path / "panel", YEAR).set_index("code")["note"]["gdp"] == hostile
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "panel"]


def test_a_workbook_with_macros_is_read_and_nothing_run(tmp_path: Path) -> None:
    path = filled(tmp_path / "a", "z.xlsx")
    macros = path.rename(path.with_suffix(".xlsm"))
    with zipfile.ZipFile(macros, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\0" * 64)
    assert take_in(macros, tmp_path / "panel", YEAR).added == 32


def test_an_encrypted_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "locked.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))
    found: list[Finding] = []
    assert read_form(path, spec(), found) is None
    assert codes(found) == ["table-password"]


def test_the_commands_from_form_to_scores(tmp_path: Path) -> None:
    run = CliRunner()
    panel = str(tmp_path / "panel")
    for year in (2023, 2024):
        for unit, gdp in (("Z1", 100), ("Z2", 200), ("Z3", 300)):
            form = Filling(filled(tmp_path / str(year), f"{unit}.xlsx", year, unit=unit))
            form.put("gdp", 7, gdp + year - 2023)
            form.save()
        words = ["intake", str(tmp_path / str(year)), "--year", str(year), "--panel", panel]
        assert run.invoke(jingkai, words).exit_code == 0
    out = tmp_path / "scores.csv"
    scored = ["score", "--panel", panel, "--years", "2024", "--out", str(out)]
    assert run.invoke(jingkai, scored).exit_code == 0
    scores = pd.read_csv(out).set_index(["node", "unit"])["rank"]
    assert scores["Q1"].to_dict() == {"Z1": 3, "Z2": 2, "Z3": 1}
    assert scores["Q2"].to_dict() == {"Z1": 1, "Z2": 2, "Z3": 3}  # 1 of 100, 200, 300
    problems = tmp_path / "problems.xlsx"
    bad = ["intake", str(tmp_path / "2023"), "--year", "2024", "--panel", panel]
    failed = run.invoke(jingkai, [*bad, "--out", str(problems)])
    assert isinstance(failed.exception, InputError)
    assert len(pd.read_excel(problems)) == 3
