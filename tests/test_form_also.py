"""Optional rows of a form: for the audit and for points, never for the score of an item."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from forms import FACTS, YEAR, Filling, codes, spec

from analysis.core.catalogue import find_method
from analysis.core.derive import derive_items
from analysis.core.findings import InputError
from analysis.core.read_panel import read_panel
from analysis.paths import data_dir
from analysis.reporting.audit.audit_beside import in_folder
from analysis.reporting.audit.audit_work import audit_of
from analysis.reporting.cli import jingkai
from analysis.texts import LANGUAGES
from analysis.zones.audit.read_rules import read_rules
from analysis.zones.audit.rules import Growth, Real, Share
from analysis.zones.cycle.form_also import also_rows, with_also
from analysis.zones.cycle.form_rows import FormSpec, form_spec
from analysis.zones.cycle.form_unit import FormUnit
from analysis.zones.cycle.form_workbook import form_bytes
from analysis.zones.cycle.intake import Intake, take_in

POINTS = "mofcom-points-outside"
HEAD = "code,name_zh,name_en,unit,min,max,integer\n"


def asked(method: str = POINTS, year: int = YEAR) -> FormSpec:
    return with_also(spec(year), also_rows(spec(year), ["audit"], method))


def returned(folder: Path, unit: str, year: int, values: dict[str, object], rows: FormSpec) -> Path:
    """Write the form of a unit, filled in with ``values`` beside those that it needs."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{unit}.xlsx"
    path.write_bytes(form_bytes(rows, [FormUnit({**FACTS, "unit": unit})], "zh"))
    form = Filling(path).fill(rows, {k: v for k, v in values.items() if k in rows.codes})
    for code in set(values) - set(rows.codes):
        form.put(code, 7, values[code])
        form.put(code, 8, "年报")
    return form.save()


def run(*words: str) -> str:
    result = CliRunner().invoke(jingkai, list(words))
    assert result.exit_code == 0, result.output
    return result.output


def two_years(folder: Path, now: dict[str, dict[str, object]]) -> Intake:
    """Take in a year with a gdp of 100, then ``YEAR`` with ``now`` by unit and the rows asked."""
    for unit in now:
        returned(folder / "last", unit, YEAR - 1, {"gdp": 100}, spec(YEAR - 1))
        returned(folder / "this", unit, YEAR, now[unit], asked())
    take_in(folder / "last", folder / "panel", YEAR - 1)
    return take_in(folder / "this", folder / "panel", YEAR)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Intake:
    return two_years(
        tmp_path_factory.mktemp("two"),
        {
            "Z1": {"gdp": 110, "Q2": 12.5, "gdp_real_growth": 8, "accident_larger": 1},
            "Z2": {"gdp": 110, "Q2": 10, "gdp_real_growth": -7.5, "accident_larger": 0},
            "Z3": {"gdp": 110},
        },
    )


def test_the_shipped_table_has_every_column_that_the_rules_check_beside_figures() -> None:
    table = pd.read_csv(data_dir() / "form_rows.csv", dtype=str).fillna("")
    wanted = {
        Growth: "growth", Share: "share", Real: "real"
    }  # fmt: skip
    named = {getattr(r, wanted[type(r)]) for r in read_rules() if type(r) in wanted}
    points = {r.input for r in find_method(POINTS).adjustment.rules} - {"C3", "C4"}
    assert set(table["code"]) == named | points
    texts = ["name_zh", "name_en", "unit_zh", "unit_en", "definition_zh", "definition_en"]
    assert (table[[*texts, "why_zh", "why_en"]] != "").all(axis=None)


def test_what_an_edition_is_asked_for() -> None:
    new, old = (
        also_rows(form_spec(name, 2024), ["audit"]) for name in ("mofcom-2021", "mofcom-2016")
    )
    assert {"Q2", "O2", "G3", "T1", "gdp_real_growth"} <= {row.code for row in new}
    assert {"I2", "R11", "S6", "gdp_real_growth"} <= {row.code for row in old}
    assert not {"I2", "R11"} & {row.code for row in new}
    assert {row.limits.least for row in new} == {-100.0, 0.0}
    assert all(row.limits.percent for row in new)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_section_stands_below_and_its_cells_are_validated(lang: str) -> None:
    rows = asked()
    unit = FormUnit(FACTS, {"Q2": 7.5})
    book = openpyxl.load_workbook(io.BytesIO(form_bytes(rows, [unit], lang)))
    sheet = book.worksheets[0]
    by_code = {row[0].value: row for row in sheet.iter_rows()}
    assert by_code["Q2"][5].value == 7.5
    assert by_code["Q2"][4].value == {"zh": "选填", "en": "Optional"}[lang]
    assert by_code["Q2"][0].row > by_code[rows.codes[-1]][0].row
    assert all(by_code[row.code][2].value for row in rows.also)
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    rule = rules[f"G{by_code['accident_major'][0].row}"]
    assert (rule.type, rule.formula1) == ("whole", "0")
    marks = [row[1].value for row in book["_jingkai"].iter_rows() if row[0].value == "also"]
    assert [json.loads(mark)["code"] for mark in marks] == [row.code for row in rows.also]


def test_the_whole_way_from_the_form_to_the_audit_and_the_points(
    tmp_path: Path, taken: Intake
) -> None:
    template = ("template", "--year", str(YEAR), "--also", "audit", "--method", POINTS)
    out = run(*template, "--units", "Z1", "--out", str(tmp_path / "form.xlsx"))
    assert "accident_major" in out
    assert taken.blank == 0
    assert codes(taken.findings, "warning") == []
    panel = taken.folder.path
    framework, reading = spec().framework, read_panel(panel, spec().framework)
    items, _ = derive_items(reading.panel, framework)
    work = audit_of(reading, items, framework, YEAR, in_folder(panel, YEAR))
    # 110 on 100 is 10%, not 12.5; real growth of -7.5% would mean prices up by 19%.
    cells = {(finding.rule.id, finding.unit) for finding in work.findings}
    assert ("growth-Q2", "Z1") in cells and ("growth-Q2", "Z2") not in cells
    assert ("real-gdp", "Z2") in cells and ("real-gdp", "Z1") not in cells
    assert not {f.code for f in work.findings if f.key == "missing"} & {"Q2", "gdp_real_growth"}
    scores = tmp_path / "scores.csv"
    run("score", "--panel", str(panel), "--method", POINTS, "--out", str(scores))
    table = pd.read_csv(scores).query(f"node == 'index' and year == {YEAR}").set_index("unit")
    # The three differ in nothing that is scored; 1 point for the accident, on a scale of 60 to 100.
    assert table.at["Z2", "score"] == table.at["Z3", "score"]
    assert table.at["Z2", "score"] - table.at["Z1", "score"] == pytest.approx(1, abs=1e-9)


def test_reported_growth_is_no_item_and_the_year_before_stands_beside(
    tmp_path: Path, taken: Intake
) -> None:
    panel = taken.folder.path
    reading = read_panel(panel, spec().framework)
    assert "Q2" not in reading.panel.values
    items = derive_items(reading.panel, spec().framework)[0].values
    assert items.at[(YEAR, "Z1"), "Q2"] == pytest.approx(10)
    assert items.at[(YEAR, "Z3"), "Q2"] == pytest.approx(10)
    about = yaml.safe_load((panel / "panel.yml").read_text(encoding="utf-8"))
    assert "Q2" in about["beside"] and about["measures"]["Q2"] == "%"
    assert take_in(panel.parent / "this", panel, YEAR).added == 0
    assert taken.folder.beside == tuple(about["beside"])
    for out in ("one", "many.xlsx"):
        words = ("--year", str(YEAR + 1), "--panel", str(panel), "--also", "audit")
        run("template", *words, "--out", str(tmp_path / out))
    sheet = openpyxl.load_workbook(tmp_path / "one" / "Z1.xlsx").worksheets[0]
    assert {row[0].value: row[5].value for row in sheet.iter_rows()}["Q2"] == 12.5
    before = openpyxl.load_workbook(tmp_path / "many.xlsx").worksheets[1]
    heads = next(row for row in before.iter_rows(values_only=True) if "Q2" in row)
    rows = [row for row in before.iter_rows(values_only=True) if row[0] == "Z1"]
    assert rows[0][heads.index("Q2")] == 12.5


def test_a_column_written_by_hand_is_read_on_as_it_was(tmp_path: Path) -> None:
    returned(tmp_path / "last", "Z1", YEAR - 1, {"gdp": 100}, spec(YEAR - 1))
    take_in(tmp_path / "last", tmp_path / "panel", YEAR - 1)
    path = tmp_path / "panel" / f"{YEAR - 1}.csv"
    pd.read_csv(path, dtype=str).assign(Q2="3.5", accident_major="0").to_csv(path, index=False)
    returned(tmp_path / "this", "Z1", YEAR, {"gdp": 110, "Q2": 10, "accident_major": 1}, asked())
    taken = take_in(tmp_path / "this", tmp_path / "panel", YEAR)
    assert not {"Q2", "accident_major"} & set(taken.folder.beside)
    panel = read_panel(tmp_path / "panel", spec().framework).panel
    assert panel.values["Q2"].tolist() == [3.5, 10]


def test_a_form_for_many_units(tmp_path: Path) -> None:
    rows = asked()
    units = [FormUnit({**FACTS, "unit": unit}) for unit in ("Z1", "Z2")]
    path = tmp_path / "forms" / "many.xlsx"
    path.parent.mkdir()
    path.write_bytes(form_bytes(rows, units, "en"))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    top = next(row for row in sheet.iter_rows() if any(cell.value == "gdp" for cell in row))
    at = {cell.value: cell.column for cell in top}
    for row, (q2, accidents) in enumerate([(5.5, -1), ("about 6", 2)], start=top[0].row + 1):
        sheet.cell(row, at["gdp"]).value = 100
        sheet.cell(row, at["Q2"]).value = q2
        sheet.cell(row, at["accident_major"]).value = accidents
    book.save(path)
    taken = take_in(path.parent, tmp_path / "panel", YEAR, skip_bad=True)
    errors = {(f.unit, f.item) for f in taken.findings if f.severity == "error"}
    assert errors == {("Z1", "accident_major"), ("Z2", "Q2")}
    table = pd.read_csv(tmp_path / "panel" / f"{YEAR}.csv").set_index("unit")
    assert table.at["Z1", "Q2"] == 5.5 and table.at["Z2", "accident_major"] == 2


def test_a_table_of_ones_own_with_every_problem_in_one_pass(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(
        HEAD + "事故,一般事故,,起,0,,yes\nQ2,自报增速,Own growth,%,,,\n", encoding="utf-8"
    )
    rows = {row.code: row for row in also_rows(spec(), [str(own), "audit"])}
    assert rows["事故"].limits.whole and rows["事故"].names["en"] == "一般事故"
    assert rows["Q2"].names["en"] == "Own growth"  # before that of the shipped table
    own.write_text(
        HEAD + "gdp,a,a,%,,,\n=1,a,a,%,,,\nok,a,a,%,2,1,\nok2,a,a,%,x,,perhaps\n"
        "name,a,a,%,,,\nok3,a,a,%,,,\nok3,a,a,%,,,\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        also_rows(spec(), [str(own)])
    assert [
        finding.row for finding in caught.value.findings if finding.code == "form.also_code"
    ] == [2, 3, 6]
    assert {"form.also_limits", "form.also_twice", "table-not-yes-no"} <= set(
        codes(caught.value.findings)
    )
    own.write_text("code,name_zh\nx,y\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        also_rows(spec(), [str(own)])
    assert codes(caught.value.findings) == ["form.also_columns"]


def test_where_there_is_nothing_to_ask_for() -> None:
    with pytest.raises(InputError) as caught:
        also_rows(form_spec("undp-hdi", 2021), ["audit"], POINTS)
    assert codes(caught.value.findings) == ["form.also_none"] * 2
    with pytest.raises(InputError) as caught:
        also_rows(spec(), ["no-such-table.csv"], "no-such-method")
    assert len(codes(caught.value.findings)) == 2


def test_a_hidden_sheet_that_was_changed(tmp_path: Path) -> None:
    no = '"name_zh": "", "name_en": "", "unit": "", "integer": false}'
    marks = [
        "{",
        "[" * 5000,
        "[]",
        '{"code": "gdp", ' + no,
        '{"code": "=A1", ' + no,
        '{"code": "x", "min": "0", ' + no,
        '{"code": "x", "min": 2, "max": 1, ' + no,
        '{"code": "x", "min": 1e999, ' + no,
        '{"code": ["x"], ' + no,
        '{"code": "x", "name_zh": "", "name_en": "", "unit": 1, "integer": false}',
    ]
    path = returned(tmp_path / "forms", "Z1", YEAR, {"gdp": 100}, asked())
    form = Filling(path)
    cells = [row[1] for row in form.book["_jingkai"].iter_rows() if row[0].value == "also"]
    for cell, mark in zip(cells, marks, strict=False):
        cell.value, cell.data_type = mark, "s"
    form.save()
    with pytest.raises(InputError) as caught:
        take_in(tmp_path / "forms", tmp_path / "panel", YEAR)
    assert codes(caught.value.findings).count("form.mark") == len(marks) < len(cells)


def test_two_forms_with_other_units_of_measure(tmp_path: Path) -> None:
    for unit, measure in (("Z1", "t"), ("Z2", "kg")):
        own = tmp_path / f"{unit}.csv"
        own.write_text(HEAD + f"waste_own,废物,Waste,{measure},0,,\n", encoding="utf-8")
        rows = with_also(spec(), also_rows(spec(), [str(own)]))
        returned(tmp_path / "forms", unit, YEAR, {"waste_own": 3}, rows)
    with pytest.raises(InputError) as caught:
        take_in(tmp_path / "forms", tmp_path / "panel", YEAR, skip_bad=True)
    assert codes(caught.value.findings) == ["intake.measure"]
    assert not (tmp_path / "panel").exists()
