"""Panels: what the columns are, what the rows say, and all that is wrong at once."""

from __future__ import annotations

import math
import re
from pathlib import Path
from string import Formatter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shared_data import validation
from small import framework
from table_samples import GOOD, ITEMS, REGIONS, csv_file, derived, items, look, places

from analysis import core
from analysis.core.catalogue import default_panel, find_framework
from analysis.core.check import examination_text, findings_table, findings_text
from analysis.core.columns import nearest
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.read_panel import Examination, examine_panel, read_panel
from analysis.core.regions import Region, Regions
from analysis.texts import table


def read(folder: Path, text: str, **options: object) -> pd.DataFrame:
    """Return the values of CSV text that has no error."""
    seen = look(folder, text, **options)
    assert places(seen.findings) == []
    assert seen.panel is not None
    return seen.panel.values


def adds_up(seen: Examination) -> bool:
    """Return whether every row that was read is either used or refused."""
    return seen.rows_read == seen.rows_used + seen.rows_refused


def test_wide_form(tmp_path: Path) -> None:
    seen = look(tmp_path, GOOD, regions=REGIONS)
    assert seen.panel is not None
    assert (seen.layout, seen.attributes, seen.findings) == ("wide", (), ())
    values, units = seen.panel.values, seen.panel.units
    assert list(values.index) == [(2020, "A1"), (2020, "B2"), (2021, "A1")]
    assert values.index.names == ["year", "unit"]
    assert tuple(values.columns) == ITEMS
    assert (values.dtypes == np.float64).all()
    expected = [[5, 1.5, 10.25], [0, -2.5, math.nan], [6, 0, 11]]
    np.testing.assert_array_equal(values.to_numpy(), expected)
    assert list(units["region"]) == ["east", "west", "east"]
    assert list(units["name"]) == ["甲区", "乙区", "甲区"]
    assert values.index.is_monotonic_increasing
    assert units.index.equals(values.index)


LONG = """unit,year,name,region,item,value
A1,2020,甲区,东部,patents,5
A1,2020,甲区,东部,增长率,1.5%
A1,2020,,,Jobs,10.25
B2,2020,乙区,West,patents,0
B2,2020,乙区,West,growth,-2.5
A1,2021,甲区,东部,patents,6
A1,2021,甲区,东部,growth,0
A1,2021,甲区,东部,jobs,11
"""


def test_long_form_is_the_same_panel(tmp_path: Path) -> None:
    long = look(tmp_path, LONG, regions=REGIONS)
    wide = look(tmp_path, GOOD, regions=REGIONS)
    assert places(long.findings) == []
    assert long.panel is not None
    assert wide.panel is not None
    assert (long.layout, long.rows_read, long.rows_used) == ("long", 8, 8)
    pd.testing.assert_frame_equal(long.panel.values, wide.panel.values)
    pd.testing.assert_frame_equal(long.panel.units, wide.panel.units)


@pytest.mark.parametrize("unit", ["unit", "uCode", "iso3", "code", "UNIT", " unit ", "代码"])
@pytest.mark.parametrize("year", ["year", "Time", "time", "年份", "Ｙｅａｒ"])
def test_headings_of_unit_and_year(tmp_path: Path, unit: str, year: str) -> None:
    text = GOOD.replace("unit,year", f"{unit},{year}", 1)
    assert len(read(tmp_path, text)) == 3


def test_the_first_word_for_a_role_counts_and_the_other_is_an_attribute(tmp_path: Path) -> None:
    seen = look(tmp_path, GOOD.replace("unit,year,name", "code,year,unit", 1))
    assert seen.attributes == ("code",)
    assert seen.panel is not None
    assert set(seen.panel.values.index.get_level_values("unit")) == {"甲区", "乙区"}


def test_items_by_code_or_name_after_stripping_and_nfkc(tmp_path: Path) -> None:
    text = GOOD.replace("patents,growth,jobs", " 专利授权量 ,ｇｒｏｗｔｈ,Jobs")
    pd.testing.assert_frame_equal(read(tmp_path, text), read(tmp_path, GOOD))


def test_a_year_for_the_whole_table(tmp_path: Path) -> None:
    text = "code,country,patents,growth,jobs\nA,甲,1,2,3\n"
    assert list(read(tmp_path, text, year=1999).index) == [(1999, "A")]
    assert places(look(tmp_path, text).findings) == [("table-no-year", None, None)]
    assert places(look(tmp_path, GOOD, year=2020).findings) == [("table-year-twice", None, "year")]


def test_other_columns_are_attributes_and_listed(tmp_path: Path) -> None:
    text = GOOD.replace("region", "stage").replace("name", "total").replace("东部", "07")
    seen = look(tmp_path, text)
    assert seen.attributes == ("total", "stage")
    assert [(f.severity, f.code, f.values["names"]) for f in seen.findings] == [
        ("note", "table-attributes", "total, stage")
    ]
    assert seen.panel is not None
    assert list(seen.panel.units.columns) == ["name", "region", "total", "stage"]
    assert seen.panel.units.loc[(2020, "A1"), "stage"] == "07"
    assert set(seen.panel.units["name"]) == {""}


@pytest.mark.parametrize(
    "heading", ["patent", "Patents", "PATENTS", "patnets", "paten ts", "Patents grantd", "pa_tents"]
)
def test_a_near_miss_of_an_item_is_an_error(tmp_path: Path, heading: str) -> None:
    seen = look(tmp_path, GOOD.replace("patents", heading))
    assert [(f.code, f.column, f.item) for f in seen.errors] == [
        ("table-near-item", heading, "patents")
    ]
    assert seen.panel is None
    assert (seen.rows_read, seen.rows_used, seen.rows_refused) == (3, 0, 3)


def test_what_is_no_near_miss(tmp_path: Path) -> None:
    # Beside the item itself a similar word is an attribute, a variant of its case is not.
    assert places(look(tmp_path, GOOD.replace("name", "patent")).findings) == []
    seen = look(tmp_path, GOOD.replace("name", "PATENTS"))
    assert places(seen.findings) == [("table-near-item", None, "PATENTS")]
    # The words of groups and of the index are attributes.
    assert look(tmp_path, GOOD.replace("name", "total")).attributes == ("total",)
    assert look(tmp_path, GOOD.replace("name", "组")).attributes == ("组",)
    rows: list[dict[str, object]] = [
        {"code": "i"},
        {"code": "GDP", "parent": "i"},
        {"code": "gdp", "parent": "GDP", "direction": 1},
    ]
    text = "unit,year,GDP,gdp\nA,2020,7,8\n"
    seen = examine_panel(csv_file(tmp_path, text), framework(tmp_path, rows))
    assert (seen.attributes, seen.errors) == (("GDP",), ())
    assert nearest("les", {"le": "le"}) is None
    assert nearest("L-E", {"le": "le"}) == "le"
    assert nearest("schoolin", {"schooling": "s"}) == "s"


def test_missing_items_are_all_named(tmp_path: Path) -> None:
    seen = look(tmp_path, "unit,year,patents\nA,2020,1\n")
    assert [(f.code, f.item) for f in seen.errors] == [
        ("table-no-item", "growth"),
        ("table-no-item", "jobs"),
    ]
    seen = look(tmp_path, "unit,year,x\nA,2020,1\n")
    assert [f.code for f in seen.errors] == ["table-no-items"]
    seen = look(tmp_path, "unit,year,item,value\nA,2020,patents,1\n")
    assert [(f.code, f.item) for f in seen.errors] == [
        ("table-no-item", "growth"),
        ("table-no-item", "jobs"),
    ]
    # An empty column says that there are no values, which is not the same.
    seen = look(tmp_path, "unit,year,patents,growth,jobs\nA,2020,1,,2\n")
    assert [(f.severity, f.code, f.item) for f in seen.findings] == [
        ("warning", "table-empty-item", "growth")
    ]


def test_one_item_in_two_columns(tmp_path: Path) -> None:
    seen = look(tmp_path, GOOD.replace("name", "Patents granted"))
    first = seen.errors[0]
    found = (first.code, first.column, first.values["other"])
    assert found == ("table-item-twice", "patents", "Patents granted")
    assert seen.panel is None


def test_years_in_columns(tmp_path: Path) -> None:
    seen = look(tmp_path, "unit,item,2019,2020\nA,patents,1,2\n")
    codes = {f.code for f in seen.errors}
    assert "table-years-across" in codes
    assert "table-no-year" not in codes


def test_everything_wrong_is_said_in_one_pass(tmp_path: Path) -> None:
    text = """unit,year,region,patents,growth,jobs
A1,2020,东部,5,1.5,10
A1,2020,东部,5,1.5,10
,2020,东部,5,1.5,10
C1,20x0,东部,5,1.5,10
D1,2020,南部,5,1.5,10
E1,2020,东部,-1,1.5,10
F1,2020,东部,1001,1.5,10
G1,2020,东部,5.5,1.5,10
H1,2020,东部,five,inf,"1,5"
I1,2020,东部,5,1.5,5%
J1,2020,东部,5
K1,2020,all,5,1.5,10
Z1,2020,,0,1.5,—
"""
    seen = look(tmp_path, text, regions=REGIONS)
    assert places(seen.findings) == [
        ("table-duplicate", 2, "unit"),
        ("table-duplicate", 3, "unit"),
        ("table-blank-unit", 4, "unit"),
        ("table-not-year", 5, "year"),
        ("table-region", 6, "region"),
        ("table-below", 7, "patents"),
        ("table-above", 8, "patents"),
        ("table-not-whole", 9, "patents"),
        ("table-not-number", 10, "patents"),
        ("table-infinite", 10, "growth"),
        ("table-comma", 10, "jobs"),
        ("table-percent", 11, "jobs"),
        ("table-ragged", 12, None),
        ("table-region-all", 13, "region"),
    ]
    assert [f.values.get("other") for f in seen.errors[:2]] == [3, 2]
    at_growth = next(f for f in seen.errors if f.code == "table-infinite")
    assert (at_growth.unit, at_growth.year, at_growth.item) == ("H1", 2020, "growth")
    assert (seen.rows_read, seen.rows_used, seen.rows_refused) == (13, 1, 12)
    fw = items(tmp_path)
    with pytest.raises(InputError) as error:
        read_panel(tmp_path / "panel.csv", fw, regions=REGIONS)
    assert error.value.findings == seen.findings
    reading = read_panel(tmp_path / "panel.csv", fw, regions=REGIONS, skip_bad=True)
    assert list(reading.panel.values.index) == [(2020, "Z1")]
    assert (reading.rows_read, reading.rows_used, reading.rows_refused) == (13, 1, 12)
    assert reading.findings == seen.findings


def test_errors_of_columns_stop_a_run_even_when_bad_rows_are_skipped(tmp_path: Path) -> None:
    csv_file(tmp_path, GOOD.replace("patents", "patent"))
    with pytest.raises(InputError):
        read_panel(tmp_path / "panel.csv", items(tmp_path), skip_bad=True)


def test_no_row_left(tmp_path: Path) -> None:
    csv_file(tmp_path, "unit,year,patents,growth,jobs\nA,2020,x,1,1\n")
    with pytest.raises(InputError) as error:
        read_panel(tmp_path / "panel.csv", items(tmp_path), skip_bad=True)
    assert [f.code for f in error.value.findings] == ["table-not-number", "table-no-rows-left"]


def test_long_form_refuses_values_not_units(tmp_path: Path) -> None:
    text = LONG.replace("patents,5", "patents,five") + "A1,2021,甲区,东部,jobs,12\n"
    text += "A1,2021,甲区,东部,patnts,12\nA1,2021,甲区,东部,,1\nA1,2021,甲区,东部,猫,1\n"
    seen = look(tmp_path, text)
    assert [(f.code, f.row, f.item) for f in seen.errors] == [
        ("table-not-number", 2, "patents"),
        ("table-duplicate-value", 9, "jobs"),
        ("table-duplicate-value", 10, "jobs"),
        ("table-unknown-item-near", 11, None),
        ("table-blank-item", 12, None),
        ("table-unknown-item", 13, None),
    ]
    assert seen.errors[3].values["near"] == "patents"
    assert (seen.rows_read, seen.rows_used, seen.rows_refused) == (12, 6, 6)
    assert seen.panel is not None
    assert math.isnan(seen.panel.values.loc[(2020, "A1"), "patents"])
    assert seen.panel.values.loc[(2020, "A1"), "jobs"] == 10.25
    assert seen.panel.reasons.to_numpy().tolist() == [
        [2020, "A1", "patents", "table-refused-value"],
        [2021, "A1", "jobs", "table-refused-value"],
    ]


def test_limits_and_per_cent_hold_item_by_item_in_long_form(tmp_path: Path) -> None:
    text = LONG.replace("patents,0", "patents,-1").replace("jobs,11", "jobs,11%")
    seen = look(tmp_path, text)
    assert [(f.code, f.row, f.column, f.item) for f in seen.errors] == [
        ("table-below", 5, "value", "patents"),
        ("table-percent", 9, "value", "jobs"),
    ]


def test_rows_of_a_unit_year_must_agree_in_long_form(tmp_path: Path) -> None:
    seen = look(tmp_path, LONG.replace("乙区,West,growth", "丙区,West,growth"))
    assert places(seen.findings) == [("table-fact-differs", 6, "name")]
    assert seen.errors[0].values == {"value": "丙区", "other": "乙区", "row_before": 5}
    with_notes = LONG.replace("value\n", "value,kind,source\n", 1)
    lines = with_notes.splitlines()
    text = "\n".join([lines[0], *(f"{x},k{x[:2]},s{i}" for i, x in enumerate(lines[1:]))])
    seen = look(tmp_path, text)
    assert seen.attributes == ("kind",)
    assert ("note", "table-varies", "source") in [
        (f.severity, f.code, f.column) for f in seen.findings
    ]


def test_regions(tmp_path: Path) -> None:
    assert REGIONS.resolve(" ｅａｓｔ ") == "east"
    assert REGIONS.resolve("东部地区") == "east"
    assert REGIONS.resolve("") is None
    assert REGIONS.label("west", "zh") == "西部"
    with pytest.raises(KeyError):
        REGIONS.label("south", "en")
    with pytest.raises(ValueError, match="stands for"):
        Regions("r", (Region("a", "甲", "A"), Region("b", "乙", "B", ("a",))))
    free = look(tmp_path, GOOD.replace("West", "NA"))  # any region goes, NA is none
    assert free.panel is not None
    assert free.panel.regions == ("东部",)
    assert [(f.code, f.values) for f in free.findings] == [("table-no-region", {"count": 1})]
    named = Regions("r", (Region("NA", "北美", "North America"), Region("e", "东部", "East")))
    seen = look(tmp_path, GOOD.replace("West", "NA"), regions=named)
    assert seen.panel is not None
    assert seen.panel.regions == ("NA", "e")


def test_assessed(tmp_path: Path) -> None:
    text = GOOD.replace("name", "assessed").replace("甲区", "是").replace("乙区", "no")
    seen = look(tmp_path, text)
    assert seen.panel is not None
    assert list(seen.panel.units["assessed"]) == [True, False, True]
    assert seen.panel.units["assessed"].dtype == bool
    assert len(seen.panel.assessed().values) == 2
    seen = look(tmp_path, text.replace("no", ""))
    assert places(seen.findings) == [("table-not-yes-no", 3, "assessed")]
    seen = look(tmp_path, text.replace("assessed", "assesed"))
    assert places(seen.findings, "warning") == [("table-near-role", None, "assesed")]


def test_primitives_stand_in_for_items(tmp_path: Path) -> None:
    fw = derived(tmp_path)
    text = "unit,year,region,exports,trade,firms30,firms15,survey\nA,2020,east,1,2,3,4,5\n"
    path = csv_file(tmp_path, text)
    reading = read_panel(path, fw)
    columns = ("survey", "exports", "firms15", "firms30", "trade")
    assert tuple(reading.panel.values.columns) == columns

    def lacking(old: str, new: str) -> list[tuple[str, str | None]]:
        csv_file(tmp_path, text.replace(old, new, 1))
        return [(f.code, f.item) for f in examine_panel(path, fw).errors]

    assert lacking("trade", "other") == [("table-no-primitive", "trade")]
    assert lacking("trade", "trad") == [("table-near-item", "trade")]
    assert lacking("trade", "O2") == []  # the item itself will do
    assert lacking("survey", "s") == [("table-no-item", "survey")]
    # A primitive that is an item's plain level has the item's limits.
    assert lacking("east,1", "east,-1") == [
        ("table-below", "exports"),
        ("table-no-rows-left", None),
    ]
    names = "unit,year,O1,Share of exports,O3,survey\nA,2020,1,2,3,4\n"
    csv_file(tmp_path, names)
    assert tuple(read_panel(path, fw).panel.values.columns) == ("O1", "O2", "O3", "survey")


def test_units_in_a_table_of_their_own(tmp_path: Path) -> None:
    panel = (
        "unit,year,patents,growth,jobs\nA,2020,1,1,1\nA,2021,1,1,1\nB,2020,1,1,1\nC,2020,1,1,1\n"
    )
    units = csv_file(
        tmp_path, "code,name,region,stage\nA,甲,东部,old\nB,乙,E,new\nD,丁,西部,\n", "units.csv"
    )
    seen = look(tmp_path, panel, units=units, regions=REGIONS)
    assert seen.panel is not None
    assert seen.attributes == ("stage",)
    assert list(seen.panel.units["name"]) == ["甲", "乙", "", "甲"]
    assert list(seen.panel.units["region"]) == ["east", "east", "", "east"]
    assert list(seen.panel.units["stage"]) == ["old", "new", "", "old"]
    found = {(f.severity, f.code): f.values.get("units") for f in seen.findings}
    assert found[("warning", "table-units-unknown")] == "C"
    assert found[("note", "table-units-idle")] == "D"

    by_year = "unit,year,name,region\nA,2020,甲,东部\nA,2021,新甲,西部\nB,2020,,\nC,2020,,\n"
    seen = look(tmp_path, panel, units=csv_file(tmp_path, by_year, "units.csv"), regions=REGIONS)
    assert seen.panel is not None
    assert list(seen.panel.units["name"]) == ["甲", "", "", "新甲"]
    assert seen.panel.regions == ("east", "west")


def test_what_is_wrong_in_the_table_of_units(tmp_path: Path) -> None:
    units = csv_file(tmp_path, "unit,name,region\nA1,甲,南部\nB2,x\nA1,乙,东部\n", "units.csv")
    seen = look(tmp_path, GOOD, units=units, regions=REGIONS)
    assert [(f.file, f.code, f.row) for f in seen.errors] == [
        ("units.csv", "table-ragged", 3),
        ("units.csv", "table-region", 2),
        ("units.csv", "table-duplicate-unit", 2),
        ("units.csv", "table-duplicate-unit", 4),
    ]
    # No row of the panel is wrong: they are all used when bad rows are skipped.
    assert (seen.rows_read, seen.rows_used) == (3, 3)
    units = csv_file(tmp_path, "unit,name\nA1,丙区\nB2,\n", "units.csv")
    seen = look(tmp_path, GOOD, units=units)
    assert places(seen.findings) == [
        ("table-units-differ", 2, "name"),
        ("table-units-differ", 4, "name"),
    ]
    units = csv_file(tmp_path, "name,region\nA1,丙区\n", "units.csv")
    assert places(look(tmp_path, GOOD, units=units).findings) == [
        ("table-units-no-unit", None, None)
    ]
    seen = look(tmp_path, GOOD, units=tmp_path / "none.csv")
    assert [(f.file, f.code) for f in seen.errors] == [("none.csv", "table-not-found")]


def test_the_file_beside_a_panel(tmp_path: Path) -> None:
    fw = items(tmp_path)
    path = csv_file(tmp_path, GOOD)
    reading = read_panel(path, fw)
    assert (reading.panel.synthetic, dict(reading.sources)) == (
        False,
        {"zh": "panel.csv", "en": "panel.csv"},
    )
    csv_file(tmp_path, "source_zh: 虚构\nsource_en: Made up\nsynthetic: true\n", "panel.about.yml")
    reading = read_panel(path, fw)
    assert reading.panel.synthetic
    assert dict(reading.sources) == {"zh": "虚构", "en": "Made up"}
    assert reading.panel.source == "Made up"
    for bad in (
        "synthetic: maybe",
        "sources: x",
        "- a",
        "a: [",
        "synthetic: !!python/name:os.system",
    ):
        csv_file(tmp_path, bad, "panel.about.yml")
        seen = examine_panel(path, fw)
        assert [(f.code, f.file) for f in seen.errors] == [("table-about", "panel.about.yml")]


def test_weights_keyed_on_an_attribute_that_is_not_there(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [
        {"code": c, "parent": "i", "direction": 1, "weight": 1, "weight[stage=old]": 2}
        for c in "ab"
    ]
    fw = framework(tmp_path, rows)
    seen = examine_panel(csv_file(tmp_path, "unit,year,a,b\nu,2020,1,2\n"), fw)
    assert places(seen.findings, "warning") == [("table-no-weight-attribute", None, None)]
    seen = examine_panel(csv_file(tmp_path, "unit,year,a,b,stage\nu,2020,1,2,old\n"), fw)
    assert places(seen.findings, "warning") == []


def test_findings_as_text_and_table(tmp_path: Path) -> None:
    text = GOOD + "".join(f"N{i},2020,,东部,bad,1,1\n" for i in range(9))
    seen = look(tmp_path, text)
    english = findings_text(seen.findings, "en")
    lines = english.splitlines()
    assert lines[0] == (
        "error: panel.csv, row 5, column “patents”, N0 2020: “bad” is no number; write it like "
        "1234.5, without units or words, or leave the cell empty if the value is missing."
    )
    assert lines[5] == "  … and 4 more like it: rows 10-13"
    assert len(lines) == 6
    chinese = findings_text(seen.findings, "zh")
    assert chinese.startswith("错误：panel.csv，第 5 行，“patents”列，N0 2020：“bad”不是数字")
    table = findings_table(seen.findings, "en")
    assert list(table["row"]) == list(range(5, 14))
    assert set(table["code"]) == {"table-not-number"}
    assert list(findings_table(seen.findings, "zh").columns)[:4] == ["程度", "文件", "工作表", "行"]
    assert findings_table((), "zh").empty
    assert examination_text(seen, "en").splitlines()[-4:] == [
        "2 units, 2020-2021, 3 items or primitives.",
        "Rows read: 12, of which used: 3, refused: 9.",
        "Errors: 9, warnings: 0, notes: 0.",
        "The table has errors and cannot be used as it is; correct them, or go on without the bad "
        "rows with --skip-bad.",
    ]
    assert examination_text(look(tmp_path, GOOD), "zh").endswith("表格可以使用。")
    assert "cannot be used; correct" in examination_text(look(tmp_path, ""), "en")


def test_every_finding_has_its_text_and_every_text_its_finding() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(core.__file__).parent.glob("*.py")]
    codes = {code for source in sources for code in re.findall(r'"(table-[a-z0-9-]+)"', source)}
    texts = {key: words for key, words in table().items() if key.startswith("finding.table-")}
    assert {key.removeprefix("finding.") for key in texts} == codes
    for words in texts.values():
        names = [{name for _, name, _, _ in Formatter().parse(words[lang])} for lang in words]
        assert names[0] == names[1]


GOOD_CELLS = st.sampled_from(["1", "2", "30", "", "4", "5.0", "—", "６"])
CELLS = st.one_of(
    *[GOOD_CELLS] * 6,
    st.sampled_from(["NA", "x", "5%", "1,000", "inf", "-3", "2.5", "1,5", "#N/A"]),
    st.text(max_size=4),
)
SOME = ("unit", "year", "name", "region", "assessed", *ITEMS, "item", "value", "x", "", "Patents")
HEADINGS = st.one_of(
    st.permutations(["unit", "year", *ITEMS, "name", "region"]),
    st.permutations(["unit", "year", *ITEMS, "x"]),
    st.permutations(["unit", "year", "item", "value", "name"]),
    st.lists(st.sampled_from(SOME), min_size=1, max_size=9),
)
UNITS = st.sampled_from([*"ABCDEFGHIJKLMNOPQRSTUVWXY", "", "=1+1", "|"])
YEARS = st.sampled_from([*["2020", "2021", "２０２２"] * 4, "", "x"])
NAMES = st.sampled_from([*ITEMS * 5, "Jobs", "job", ""])
ROWS = st.lists(
    st.tuples(UNITS, YEARS, NAMES, st.lists(CELLS, min_size=9, max_size=9)), max_size=12
)


def table_of(headings: list[str], rows: list[tuple[str, str, str, list[str]]]) -> pd.DataFrame:
    records = []
    for unit, year, item, cells in rows:
        by_heading = {"unit": unit, "year": year, "item": item}
        record = zip(headings, cells, strict=False)
        records.append([by_heading.get(heading, cell) for heading, cell in record])
    return pd.DataFrame(records, columns=headings, dtype=object)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(headings=HEADINGS, rows=ROWS, as_csv=st.booleans(), data=st.data())
def test_any_table_is_read_or_refused_and_rows_add_up(
    tmp_path: Path,
    headings: list[str],
    rows: list[tuple[str, str, str, list[str]]],
    as_csv: bool,
    data: st.DataObject,
) -> None:
    fw = items(tmp_path)
    frame = table_of(headings, rows)
    source: Path | pd.DataFrame = frame
    if as_csv:
        source = tmp_path / "fuzz.csv"
        content = frame.to_csv(index=False).encode("utf-8", "surrogatepass")
        cut = data.draw(st.integers(0, len(content)))
        extra = data.draw(st.one_of(st.just(b""), st.just(b""), st.binary(max_size=3)))
        source.write_bytes(content if extra == b"" else content[:cut] + extra + content[cut:])
    regions = data.draw(st.sampled_from([None, REGIONS]))
    year = None if "year" in headings else data.draw(st.sampled_from([None, 2020]))
    seen = examine_panel(source, fw, regions=regions, year=year)
    assert adds_up(seen)
    for lang in ("zh", "en"):
        assert examination_text(seen, lang)
    assert len(findings_table(seen.findings, "en")) == len(seen.findings)
    if seen.panel is None:
        assert seen.errors
        with pytest.raises(InputError):
            read_panel(source, fw, regions=regions, year=year, skip_bad=True)
        return
    values, units = seen.panel.values, seen.panel.units
    assert values.index.is_unique
    assert values.index.is_monotonic_increasing
    assert units.index.equals(values.index)
    assert not np.isinf(values.to_numpy()).any()
    refused_rows = {f.row for f in seen.errors if f.row is not None}
    assert len(refused_rows) == seen.rows_refused
    if seen.layout == "wide":
        assert len(values) == seen.rows_used
    if not as_csv and seen.layout == "wide":
        check_against_frame(frame, values, refused_rows)


def check_against_frame(frame: pd.DataFrame, values: pd.DataFrame, refused: set[int]) -> None:
    """Check that each number that can be seen in a used row is in the panel, and no other."""
    for position in range(len(frame)):
        cells = dict(zip(frame.columns, frame.iloc[position], strict=True))
        if position + 2 in refused or not any(str(cell).strip() for cell in cells.values()):
            continue
        year = int(cells["year"]) if "year" in cells else 2020
        for item in values.columns:
            seen = values.loc[(year, cells["unit"]), item]
            word = cells[item]
            try:
                expected = float(word.strip().rstrip("%").replace(",", "") or "nan")
            except ValueError:
                assert math.isnan(seen)
                continue
            np.testing.assert_equal(seen, expected)


def test_long_and_wide_agree_on_any_values(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    fw = items(tmp_path)
    wide = pd.DataFrame(
        {
            "unit": [f"u{i:03d}" for i in range(60)] * 2,
            "year": np.repeat([2020, 2021], 60),
            "patents": rng.integers(0, 1000, 120),
            "growth": rng.normal(size=120),
            "jobs": rng.lognormal(size=120),
        }
    )
    long = wide.melt(id_vars=["unit", "year"], var_name="item").sample(frac=1, random_state=1)
    one = read_panel(wide, fw)
    other = read_panel(long, fw)
    pd.testing.assert_frame_equal(one.panel.values, other.panel.values)
    shuffled = read_panel(wide.sample(frac=1, random_state=2), fw)
    pd.testing.assert_frame_equal(one.panel.values, shuffled.panel.values)
    assert one.rows_used * 3 == other.rows_used


def test_the_human_development_index_is_read_whole() -> None:
    path = validation("hdi/hdr2122_panel.csv")
    raw = pd.read_csv(path, dtype=str, keep_default_na=False).astype({"year": int})
    reading = read_panel(path, find_framework("undp-hdi"))
    assert (reading.rows_read, reading.rows_refused) == (len(raw), 0)
    assert reading.attributes == ("hdi_published",)
    raw = raw.set_index(["year", "iso3"]).sort_index()
    for item in ("le", "eys", "mys", "gnipc"):
        expected = [float(cell or "nan") for cell in raw[item]]
        np.testing.assert_array_equal(reading.panel.values[item].to_numpy(), expected)
    assert list(reading.panel.units["name"]) == list(raw["country"])
    assert list(reading.panel.units["region"]) == list(raw["region"])


def test_a_table_without_years_such_as_the_handbooks() -> None:
    fw: Framework = find_framework("undp-tai")
    path = validation("tai/tai_raw.csv")
    reading = read_panel(path, fw, year=2001)
    assert reading.panel.values.shape == (23, 8)
    assert set(reading.panel.units["name"]) >= {"Finland", "Viet Nam"} or reading.rows_used == 23
    shipped = default_panel("undp-tai")
    assert shipped is not None
    pd.testing.assert_frame_equal(read_panel(shipped, fw).panel.values, reading.panel.values)


def test_what_is_not_written_out_is_named(tmp_path: Path) -> None:
    codes = [f"item{letter}" for letter in "abcdefgh"]
    rows: list[dict[str, object]] = [{"code": "index"}]
    rows += [{"code": code, "parent": "index", "direction": 1} for code in codes]
    fw = framework(tmp_path, rows)
    seen = examine_panel(csv_file(tmp_path, "unit,year,itema\nA,2020,1\n"), fw)
    said = findings_text(seen.findings, "en")
    assert all(code in said for code in codes[1:])
