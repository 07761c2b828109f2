"""Figures of the year before that only growth needs: asked for, taken in, and used for no more."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from forms import FACTS, Filling, codes, filled, form_bytes, spec, value_of
from small import flat, framework, panel

from analysis.core.catalogue import find_framework
from analysis.core.derive import derive_items
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.panel import Panel
from analysis.core.panel_bases import read_base, read_bases
from analysis.core.panel_folder import read_log
from analysis.core.read_panel import examine_panel, read_panel
from analysis.core.reading import load_reading, save_reading
from analysis.reporting.inputs import Request, read_inputs
from analysis.texts import text
from analysis.zones.audit.data import audit_data
from analysis.zones.cycle.form_rows import form_spec, growth_codes, with_bases
from analysis.zones.cycle.form_unit import FormUnit
from analysis.zones.cycle.intake import Intake, take_in
from analysis.zones.cycle.template import make_template

OLD, NEW = 2020, 2021  # the last year of one edition and the first of the next
LACKING = "co2_zone"  # of 2020: needed for growth in 2021, and no figure of the 2016 edition


# Growth from a base


def growth_framework(tmp_path: Path, **cells: object) -> Framework:
    rows: list[dict[str, object]] = [
        {"code": "i"},
        {"code": "g", "parent": "i", "direction": 1, "operation": "growth", "inputs": "x"},
        {"code": "l", "parent": "i", "direction": 1, "operation": "level", "inputs": "x"},
    ]
    rows[1] |= cells
    return framework(tmp_path, rows)


def growing(tmp_path: Path, **cells: object) -> Panel:
    years, units = [2020, 2020, 2021, 2021, 2021], ["a", "b", "a", "b", "c"]
    found = panel({"x": [10, np.nan, 11, 12, 13]}, years, units)
    index = pd.MultiIndex.from_tuples(
        [(2020, "a"), (2020, "b"), (2020, "c"), (2021, "c")], names=["year", "unit"]
    )
    bases = pd.DataFrame({"x": [1.0, 8.0, 26.0, 1.0]}, index=index)
    given = Panel(found.values, found.units, bases=bases)
    return derive_items(given, growth_framework(tmp_path, **cells))[0]


def test_growth_rests_on_a_base_where_the_panel_has_no_figure(tmp_path: Path) -> None:
    items = growing(tmp_path)
    # a: 11 / 10 by the panel's own figure; b: 12 / 8; c: 13 / 26, which had no row in 2020.
    assert items.values.loc[2021, "g"].tolist() == pytest.approx([10.0, 50.0, -50.0])
    assert items.values.loc[2020, "g"].isna().all()
    assert items.values.loc[2020, "l"].isna().tolist() == [False, True]
    reasons = items.reasons[items.reasons["year"] == 2021]
    assert not len(reasons)


def test_a_base_is_not_compared_across_a_break(tmp_path: Path) -> None:
    assert growing(tmp_path, breaks="2021").values.loc[2021, "g"].isna().all()
    broken = growth_framework(tmp_path, breaks="2021")
    assert growth_codes(broken, 2021) == ()
    assert growth_codes(broken, 2022) == ("x",)


def test_which_figures_growth_needs(tmp_path: Path) -> None:
    asked = spec(NEW)
    assert set(growth_codes(asked.framework, NEW)) == {"fdi", "trade", "gdp", "n_firms", LACKING}
    assert growth_codes(find_framework("undp-hdi"), NEW) == ()
    assert growth_codes(flat(tmp_path, "x y"), NEW) == ()
    rows = with_bases(asked, ("gdp", "patents", "nonsense")).bases
    assert [row.code for row in rows] == [f"gdp@{OLD}"]
    assert rows[0].limits == {row.code: row.limits for row in asked.rows}["gdp"]


# What the form asks for


def asked_in(content: bytes) -> list[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    cells = (str(cell.value) for row in sheet.iter_rows() for cell in row)
    return [word for word in cells if word.endswith(f"@{OLD}")]


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a panel folder with the last year of the old edition."""
    place = tmp_path_factory.mktemp("base")
    old = form_spec("mofcom-2016", OLD)
    content = form_bytes(old, [FormUnit({**FACTS, "unit": unit}) for unit in ("Z1", "Z2")], "zh")
    fill_many(place / "old.xlsx", content, {})
    take_in(place / "old.xlsx", place / "panel", OLD)
    return place / "panel"


@pytest.fixture
def place(editions: Path, tmp_path: Path) -> Path:
    (tmp_path / "panel").mkdir()
    for path in editions.iterdir():
        (tmp_path / "panel" / path.name).write_bytes(path.read_bytes())
    return tmp_path


def fill_many(path: Path, content: bytes, values: Mapping[tuple[str, str], Any]) -> Path:
    """Fill in a form for many: the same figures for all, but for those given."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    top = next(r for r in range(1, 20) if sheet.cell(r, 1).value == "unit")
    for at in range(1, sheet.max_column + 1):
        code = str(sheet.cell(top, at).value)
        for row in range(top + 1, sheet.max_row + 1):
            unit, cell = str(sheet.cell(row, 1).value), sheet.cell(row, at)
            if (unit, code) in values:
                cell.value = values[unit, code]
            elif cell.value is None and "@" not in code and at > 6:
                cell.value = 1
    book.save(path)
    return path


def test_the_first_year_of_an_edition_asks_for_what_the_old_one_did_not(place: Path) -> None:
    made, units, *_ = make_template("", NEW, panel=str(place / "panel"))
    assert [row.code for row in made.bases] == [f"{LACKING}@{OLD}"]
    for chosen in (units, units[:1]):
        assert asked_in(form_bytes(made, chosen, "zh")) == [f"{LACKING}@{OLD}"]
    later, *_ = make_template("mofcom-2016", NEW, panel=str(place / "panel"))
    assert later.bases == ()


def test_a_form_without_a_panel_asks_for_all_bases() -> None:
    made, units, *_ = make_template("", NEW)
    assert len(made.bases) == 5
    assert sorted(asked_in(form_bytes(made, units, "en"))) == sorted(r.code for r in made.bases)
    known = FormUnit(FACTS, dict.fromkeys(growth_codes(made.framework, NEW), 1.0))
    assert asked_in(form_bytes(made, [known], "en")) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_row_says_what_it_is_for(place: Path, lang: str) -> None:
    made, units, *_ = make_template("", NEW, panel=str(place / "panel"))
    book = openpyxl.load_workbook(io.BytesIO(form_bytes(made, units[:1], lang)))
    sheet = book.worksheets[0]
    row = next(r for r in sheet.iter_rows() if r[0].value == f"{LACKING}@{OLD}")
    assert str(OLD) in str(row[1].value)
    assert text("form.base_for", lang, items="G3") == row[4].value
    assert not row[6].protection.locked
    assert f"@{OLD}" in " ".join(str(cell.value) for r in book.worksheets[1] for cell in r)


# What is taken in


def taken(place: Path, base: object, value: float = 30.0, **said: str) -> Intake:
    made, units, *_ = make_template("", NEW, panel=str(place / "panel"))
    path = place / "form.xlsx"
    path.write_bytes(form_bytes(made, units[:1], "zh"))
    form = Filling(path).fill(made, {LACKING: value})
    if base is not None:
        form.put(f"{LACKING}@{OLD}", 7, base)
        form.put(f"{LACKING}@{OLD}", 8, said.get("source", "certificate"))
        form.put(f"{LACKING}@{OLD}", 9, said.get("date", f"{OLD}-12-31"))
    return take_in(form.save(), place / "panel", NEW)


def growth(place: Path) -> float:
    (inputs,) = read_inputs(Request(panel=str(place / "panel"), years=str(NEW)))
    return float(inputs.panel.values.at[(NEW, "Z1"), "G3"])


def test_a_base_is_kept_by_the_year_that_asked_for_it(place: Path) -> None:
    folder = place / "panel"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    came = taken(place, 24)
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    same = [name for name in before if name.startswith(str(OLD))]
    assert len(same) == 3
    assert all(after[name] == before[name] for name in same)
    assert came.added == len(spec(NEW).codes) + 1
    base = read_base(folder, NEW)
    assert base.iloc[0].tolist() == ["Z1", LACKING, "24", "certificate", "2020-12-31", "", ""]
    assert growth(place) == pytest.approx(25.0)  # 30 against 24
    assert "@" not in (folder / f"{NEW}.csv").read_text("utf-8")
    assert "@" not in (folder / f"{NEW}.evidence.csv").read_text("utf-8")
    assert "@" not in (folder / "panel.yml").read_text("utf-8")
    log = read_log(folder, NEW)
    assert log[log["code"] == f"{LACKING}@{OLD}"][["action", "new"]].values.tolist() == [
        ["added", "24"]
    ]
    assert "intake.no_base" not in codes(came.findings, "note")
    assert "intake.early" not in codes(came.findings, "warning")


def old_year(place: Path, name: str) -> pd.DataFrame:
    """Return the items of the old year: all that its scores are made of."""
    framework = find_framework(name)
    found = read_panel(place / "panel", framework).panel
    return derive_items(found, framework)[0].values.loc[OLD]


def test_the_old_year_is_as_before_under_either_edition(place: Path) -> None:
    before = old_year(place, "mofcom-2016")
    taken(place, None)
    other = old_year(place, "mofcom-2021")
    taken(place, 24)
    assert growth(place) == pytest.approx(25.0)
    pd.testing.assert_frame_equal(old_year(place, "mofcom-2016"), before)
    pd.testing.assert_frame_equal(old_year(place, "mofcom-2021"), other)


def test_a_base_once_more_and_another(place: Path) -> None:
    taken(place, 24)
    files = {path.name: path.read_bytes() for path in (place / "panel").iterdir()}
    again = taken(place, 24)
    assert (again.added, again.changed) == (0, 0)
    assert {path.name: path.read_bytes() for path in (place / "panel").iterdir()} == files
    assert taken(place, None).changed == 0  # a blank erases nothing
    assert growth(place) == pytest.approx(25.0)
    assert taken(place, 20).changed == 1
    assert growth(place) == pytest.approx(50.0)
    last = read_log(place / "panel", NEW).iloc[-1]
    assert last[["code", "old", "new"]].tolist() == [f"{LACKING}@{OLD}", "24", "20"]


def test_a_figure_of_the_panel_goes_before_a_base(place: Path) -> None:
    made, units, *_ = make_template("", NEW, panel=str(place / "panel"))
    made = with_bases(made, ("gdp",))
    path = place / "form.xlsx"
    path.write_bytes(form_bytes(made, [FormUnit(units[0].facts)], "zh"))
    form = Filling(path).fill(made)
    form.put(f"gdp@{OLD}", 7, 5)
    came = take_in(form.save(), place / "panel", NEW)
    assert "intake.before" in codes(came.findings, "warning")
    assert not (place / "panel" / f"{NEW}.base.csv").exists()
    table = pd.read_csv(place / "panel" / f"{OLD}.csv").set_index("unit")
    own = table.at["Z1", "gdp"]
    (inputs,) = read_inputs(Request(panel=str(place / "panel"), years=str(NEW)))
    found = inputs.panel.values.at[(NEW, "Z1"), "Q2"]
    assert found == pytest.approx(100 * (value_of(spec(NEW), "gdp") / own - 1))


def test_no_base_is_told_with_what_to_do(place: Path) -> None:
    came = taken(place, None)
    (told,) = (found for found in came.findings if found.code == "intake.no_base")
    assert (told.values["codes"], told.values["units"]) == (LACKING, 1)
    assert "intake.blank" in codes(came.findings, "warning")
    assert np.isnan(growth(place))


def test_a_spoilt_base_is_told_at_its_cell_and_the_rest_is_kept(place: Path) -> None:
    with pytest.raises(InputError) as caught:
        taken(place, "about 24")
    errors = [found for found in caught.value.findings if found.severity == "error"]
    assert [(found.item, found.unit) for found in errors] == [(f"{LACKING}@{OLD}", "Z1")]
    made, *_ = make_template("", NEW, panel=str(place / "panel"))
    form = Filling(place / "form.xlsx")
    assert errors[0].row == form.row(f"{LACKING}@{OLD}")
    came = take_in(place / "form.xlsx", place / "panel", NEW, skip_bad=True)
    assert (came.added, came.refused) == (len(made.codes), 1)


def test_a_form_for_many_brings_bases_too(place: Path) -> None:
    made, units, *_ = make_template("", NEW, panel=str(place / "panel"))
    key = f"{LACKING}@{OLD}"
    values = {("Z1", key): 50, ("Z2", key): 80, ("Z1", LACKING): 60, ("Z2", LACKING): 60}
    path = fill_many(place / "many.xlsx", form_bytes(made, units, "zh"), values)
    take_in(path, place / "panel", NEW)
    (inputs,) = read_inputs(Request(panel=str(place / "panel"), years=str(NEW)))
    assert inputs.panel.values.loc[NEW, "G3"].tolist() == pytest.approx([20.0, -25.0])


def test_a_panel_that_begins_with_the_year(tmp_path: Path) -> None:
    made, units, *_ = make_template("", NEW)
    path = tmp_path / "form.xlsx"
    path.write_bytes(form_bytes(made, [FormUnit(FACTS)], "zh"))
    form = Filling(path).fill(made, {"gdp": 44.0})
    for row in made.bases:
        form.put(row.code, 7, 40)
    take_in(form.save(), tmp_path / "panel", NEW)
    (inputs,) = read_inputs(Request(panel=str(tmp_path / "panel")))
    assert inputs.years == (NEW,)
    assert inputs.panel.values.at[(NEW, "Z1"), "Q2"] == pytest.approx(10.0)
    assert units == []


def test_bases_reach_the_notebooks_and_the_audit(place: Path) -> None:
    taken(place, 24)
    reading = read_panel(place / "panel", find_framework("mofcom-2021"))
    save_reading(reading, place / "saved")
    bases = load_reading(place / "saved").panel.bases
    assert bases is not None
    assert reading.panel.bases is not None
    pd.testing.assert_frame_equal(bases, reading.panel.bases)
    data = audit_data(reading.panel, reading.panel, NEW)
    assert data.history(LACKING).at[OLD, "Z1"] == 24
    old = audit_data(reading.panel, reading.panel, OLD)
    assert np.isnan(old.history(LACKING).at[OLD, "Z1"])


HEADER = "unit,code,value,source,date,basis,note\n"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("Z1,gdp,much,,,,\n", "table-not-number"),
        ("Z1,gdp,1,,,,\nZ1,gdp,2,,,,\n", "folder.base_twice"),
    ],
)
def test_a_file_of_bases_that_was_spoilt(place: Path, rows: str, code: str) -> None:
    (place / "panel" / f"{NEW}.base.csv").write_text(HEADER + rows, "utf-8")
    seen = examine_panel(place / "panel", find_framework("mofcom-2016"))
    assert [found.code for found in seen.errors] == [code]
    assert [found.file for found in seen.errors] == [f"{NEW}.base.csv"]


def test_no_file_no_bases(tmp_path: Path) -> None:
    findings: list[Any] = []
    assert read_bases(tmp_path, findings) is None
    assert filled(tmp_path / "a", "z.xlsx", NEW).is_file()
    assert findings == []
