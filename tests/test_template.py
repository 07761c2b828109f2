"""The form as it leaves: what it asks, what its cells allow, and that nothing in it runs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from forms import FACTS, YEAR, spec

from analysis.core.findings import InputError
from analysis.paths import data_dir
from analysis.reporting.cli import jingkai
from analysis.texts import LANGUAGES
from analysis.zones.cycle.form_rows import form_spec
from analysis.zones.cycle.form_unit import FormUnit
from analysis.zones.cycle.form_workbook import form_bytes
from analysis.zones.cycle.template import make_template

DEMO = str(data_dir() / "demo" / "panel.csv")
HOSTILE = '=HYPERLINK("http://x","<b>&#")'


def cells(content: bytes) -> list[openpyxl.cell.cell.Cell]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]


def table(content: bytes, sheet: int = 0) -> list[list[object]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for row in book.worksheets[sheet].iter_rows()]


def test_every_figure_that_the_framework_needs_is_asked_for_once() -> None:
    asked = spec()
    assert sorted(asked.codes) == sorted(asked.framework.primitives)
    assert len(form_spec("mofcom-2016", 2019).codes) == 61
    assert form_spec("undp-hdi", 2021).codes == ("le", "eys", "mys", "gnipc")
    assert "province" not in form_spec("undp-hdi", 2021).facts


def test_limits_follow_from_the_items() -> None:
    rows = {row.code: row for row in spec().rows}
    assert rows["responsibility"].limits.most == 100
    assert rows["n_firms"].limits.least == 0  # enters growth alone, which stops at -100%
    assert rows["n_ht_firms"].limits.whole
    assert rows["patents"].limits.whole  # said of the primitive, not of the item
    assert not rows["gdp"].limits.whole


def test_directions() -> None:
    rows = {row.code: row for row in spec().rows}
    assert rows["gdp"].direction == 1
    assert rows["energy"].direction == -1  # energy per value added: less is better
    assert rows["host_fdi"].direction == -1  # below the line of a share
    assert dict(rows["trade"].items) == {"O3": 1, "O4": 1, "O6": -1}
    assert rows["trade"].direction == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_row_has_all_that_is_needed_to_fill_it_in(lang: str) -> None:
    content = form_bytes(spec(), [FormUnit(FACTS, {"gdp": 123.25})], lang)
    rows = {row[0]: row for row in table(content)}
    gdp = rows["gdp"]
    assert gdp[1] == {"zh": "地区生产总值", "en": "Gross regional product"}[lang]
    assert "Q1" in str(gdp[4])
    assert gdp[3] == {"zh": "亿元", "en": "CNY 100 million"}[lang]
    assert gdp[5] == 123.25
    assert gdp[6:] == [None] * 5
    assert all(rows[code][1] and rows[code][2] and rows[code][3] for code in spec().codes)
    assert rows["#province"][6] == {"zh": "上海", "en": "Shanghai"}[lang]


def test_cells_are_validated() -> None:
    book = openpyxl.load_workbook(io.BytesIO(form_bytes(spec(), [FormUnit(FACTS)], "en")))
    sheet = book.worksheets[0]
    rows = {cell.value: cell.row for cell in sheet["A"]}
    rules = {
        str(area): rule for rule in sheet.data_validations.dataValidation for area in rule.sqref
    }
    listed = rules[f"G{rows['n_listed']}"]
    assert (listed.type, listed.formula1) == ("whole", "0")
    points = rules[f"G{rows['responsibility']}"]
    assert (points.type, points.formula1, points.formula2) == ("decimal", "0.0", "100.0")
    kinds = [rule.type for rule in rules.values()]
    assert kinds.count("list") == 4  # region, province, assessed, basis
    assert kinds.count("date") == 1
    assert sheet.protection.sheet
    assert not sheet[f"G{rows['gdp']}"].protection.locked
    assert sheet[f"A{rows['gdp']}"].protection.locked


@pytest.mark.parametrize("count", [0, 1, 3])
def test_no_cell_is_a_formula(count: int) -> None:
    units = [FormUnit({"unit": f"{HOSTILE}{i}", "name": HOSTILE}) for i in range(count)]
    content = form_bytes(spec(), units, "zh", synthetic=True)
    assert all(cell.data_type != "f" for cell in cells(content))
    shown = [cell for cell in cells(content) if str(cell.value).startswith("=")]
    assert all(cell.quotePrefix for cell in shown)
    assert len(shown) == {0: 0, 1: 2, 3: 12}[count]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if "vba" in name.lower()]


def test_the_same_bytes_every_time() -> None:
    units = [FormUnit(FACTS, {"gdp": 1.5})]
    assert form_bytes(spec(), units, "zh") == form_bytes(spec(), units, "zh")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_form_for_demonstration_says_so_on_every_sheet(lang: str) -> None:
    asked, units, synthetic, _ = make_template("", YEAR, panel=DEMO, units="E001,C002")
    assert synthetic
    content = form_bytes(asked, units, lang, synthetic=synthetic)
    book = openpyxl.load_workbook(io.BytesIO(content))
    word = {"zh": "合成", "en": "synthetic"}[lang]
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            head = " ".join(str(sheet.cell(row, 1).value) for row in range(1, 5))
            assert word in head
    assert book["_jingkai"].sheet_state == "veryHidden"


def test_last_years_values_and_facts_come_from_the_panel() -> None:
    _, units, *_ = make_template("", YEAR, panel=DEMO, units="C002, E001")
    assert [unit.facts["unit"] for unit in units] == ["C002", "E001"]
    assert units[1].facts["region"] == "east"
    shipped = pd.read_csv(DEMO).set_index(["year", "unit"])
    assert units[1].before["gdp"] == shipped.loc[(2023, "E001"), "gdp"]


def test_a_table_of_units(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text("code,名称,region,province\nA1,甲,东部,上海\nB2,乙,west,四川省\n", "utf-8")
    _, units, *_ = make_template("", YEAR, units=str(path))
    assert [dict(unit.facts)["region"] for unit in units] == ["east", "west"]
    assert [dict(unit.facts)["province"] for unit in units] == ["shanghai", "sichuan"]
    path.write_text("code,region\nA1,north\n", "utf-8")
    with pytest.raises(InputError):
        make_template("", YEAR, units=str(path))


def folder_of(path: Path, years: dict[int, str]) -> Path:
    """Write a panel folder of the edition of 2021 with zones of one letter each."""
    path.mkdir()
    (path / "panel.yml").write_text(
        "form: 1\nframework: mofcom-2021\nsynthetic: true\n"
        f"measures: {{{', '.join(f'{code}: x' for code in spec().codes)}}}\n",
        encoding="utf-8",
    )
    for year, letters in years.items():
        rows = [{"year": year, "unit": unit, "name": f"{unit}区", "region": "east"}
                | dict.fromkeys(spec().codes, float(year)) for unit in letters]  # fmt: skip
        pd.DataFrame(rows).to_csv(path / f"{year}.csv", index=False)
    return path


def test_forms_are_for_the_zones_of_the_newest_year(tmp_path: Path) -> None:
    panel = folder_of(tmp_path / "panel", {2022: "ABG", 2023: "ABCDEF"})
    made, units, _, left_out = make_template("", YEAR, panel=str(panel))
    assert [unit.facts["unit"] for unit in units] == list("ABCDEF")
    assert left_out == ("G",)
    assert made.bases == ()  # all have their year before
    (panel / "events.csv").write_text(
        "unit,kind,year,into,date,province,edition\n"
        "A,left,2024,,,,\nB,removed,2024,,2024-05-01,Jia,2021\nC,merged,2024,D,,,\n"
        "E,renamed,2024,H,,,\nF,left,2025,,,,\nK,entered,2024,,,,\n",
        encoding="utf-8",
    )
    made, units, _, left_out = make_template("", YEAR, panel=str(panel))
    assert {unit.facts["unit"]: unit.facts.get("name") for unit in units} == {
        "D": "D区", "F": "F区", "H": "E区", "K": None,
    }  # fmt: skip
    assert left_out == ("A", "B", "C", "G")
    assert units[2].before["gdp"] == 2023
    assert made.bases  # under their own codes H and K have no year before
    _, units, _, left_out = make_template("", YEAR, panel=str(panel), units="G,D")
    assert ([unit.facts["name"] for unit in units], left_out) == (["G区", "D区"], ())


def test_the_command_says_whom_it_left_out(tmp_path: Path) -> None:
    panel = folder_of(tmp_path / "panel", {2022: "AB", 2023: "A"})
    words = ["template", "--year", "2024", "--panel", str(panel), "--out", str(tmp_path / "f")]
    told = CliRunner().invoke(jingkai, words).output
    assert "1 unit(s): B (" in told.replace("\n", " ")
    assert "--units" in told
    assert [path.name for path in (tmp_path / "f").iterdir()] == ["A.xlsx"]


def test_the_command(tmp_path: Path) -> None:
    run = CliRunner()
    out = tmp_path / "form.xlsx"
    assert run.invoke(jingkai, ["template", "--year", "2024", "--out", str(out)]).exit_code == 0
    assert table(out.read_bytes())[0][0]
    many = ["template", "--year", "2024", "--panel", DEMO, "--units", "E001,E002"]
    assert run.invoke(jingkai, [*many, "--out", str(tmp_path / "each")]).exit_code == 0
    assert sorted(p.name for p in (tmp_path / "each").iterdir()) == ["E001.xlsx", "E002.xlsx"]
    bad = run.invoke(jingkai, ["template", "--year", "2024", "--out", str(tmp_path / "f.docx")])
    assert isinstance(bad.exception, InputError)
    assert bad.exception.findings[0].code == "form.out"
