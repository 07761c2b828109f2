"""A panel with one file a year: joined, checked, and its problems told where they stand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from demo_table import DEMO

from analysis.core.catalogue import find_framework
from analysis.core.findings import InputError
from analysis.core.panel_folder import (
    open_folder,
    read_evidence,
    read_panel_folder,
    years_assessed,
)
from analysis.core.read_panel import examine_panel, read_panel
from analysis.reporting.inputs import Request, read_inputs

HDI = "undp-hdi"
HEADER = "year,unit,name,region,assessed,le,eys,mys,gnipc\n"


def folder(
    path: Path, files: dict[str, str], about: str = "form: 1\nframework: undp-hdi\n"
) -> Path:
    path.mkdir(exist_ok=True)
    (path / "panel.yml").write_text(about, "utf-8")
    for name, text in files.items():
        (path / name).write_text(text, "utf-8")
    return path


def rows(year: int, *values: str) -> str:
    lines = (f"{year},U{i},,,yes,70,12,8,{value}\n" for i, value in enumerate(values))
    return HEADER + "".join(lines)


def test_years_are_joined_as_one_table_would_be(tmp_path: Path) -> None:
    split = folder(tmp_path / "p", {"2020.csv": rows(2020, "1", "2"), "2021.csv": rows(2021, "3")})
    whole = tmp_path / "whole.csv"
    whole.write_text(rows(2020, "1", "2") + rows(2021, "3").removeprefix(HEADER), "utf-8")
    framework = find_framework(HDI)
    one, other = read_panel(split, framework).panel, read_panel(whole, framework).panel
    pd.testing.assert_frame_equal(one.values, other.values)
    pd.testing.assert_frame_equal(one.units, other.units)
    assert read_panel_folder(split)["gnipc"].tolist() == ["1", "2", "3"]


def test_a_finding_stands_in_its_own_file_and_row(tmp_path: Path) -> None:
    double = rows(2021, "3", "x") + "2021,U0,,,yes,70,12,8,5\n"
    place = folder(tmp_path / "p", {"2020.csv": rows(2020, "1", "-2"), "2021.csv": double})
    seen = examine_panel(place, find_framework(HDI))
    told = [(f.code, f.file, f.row, f.values.get("other")) for f in seen.errors]
    assert told == [
        ("table-below", "2020.csv", 3, None),
        ("table-duplicate", "2021.csv", 2, 4),
        ("table-not-number", "2021.csv", 3, None),
        ("table-duplicate", "2021.csv", 4, 2),
    ]


def test_a_file_holds_its_own_year_only(tmp_path: Path) -> None:
    place = folder(tmp_path / "p", {"2020.csv": rows(2019, "1"), "2021.csv": rows(2021, "2")})
    with pytest.raises(InputError) as caught:
        read_panel(place, find_framework(HDI), skip_bad=True)
    assert [f.code for f in caught.value.findings if f.severity == "error"] == ["folder.other_year"]


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ("form: 1\nframework: [x]\n", "folder.key"),
        ("form: 1\nsecret: x\n", "folder.key"),
        ("form: 2\n", "folder.form"),
        ("- 1\n", "folder.about"),
        ("!!python/object/apply:os.system ['true']\n", "folder.about"),
        ("measures: {gdp: 1}\n", "folder.key"),
    ],
)
def test_what_a_folder_may_not_say(tmp_path: Path, about: str, code: str) -> None:
    place = folder(tmp_path / "p", {"2020.csv": rows(2020, "1")}, about)
    with pytest.raises(InputError) as caught:
        open_folder(place)
    assert [finding.code for finding in caught.value.findings] == [code]
    assert examine_panel(place, find_framework(HDI)).errors


def test_folders_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place, code in (
        (tmp_path / "empty", "folder.none"),
        (folder(tmp_path / "p", {}), "folder.empty"),
    ):
        seen = examine_panel(place, find_framework(HDI))
        assert [finding.code for finding in seen.errors] == [code]


def test_a_framework_outside_the_folder_is_not_reached(tmp_path: Path) -> None:
    place = folder(tmp_path / "p", {}, "framework: ../../secret.csv\n")
    assert open_folder(place).framework == str(place / "secret.csv")


def test_years_that_only_serve_as_a_base(tmp_path: Path) -> None:
    base = rows(2020, "1").replace("yes", "no")
    place = folder(tmp_path / "p", {"2020.csv": base, "2021.csv": rows(2021, "2")})
    assert years_assessed(place) == (2021,)
    assert open_folder(place).years == (2020, 2021)
    (inputs,) = read_inputs(Request(panel=str(place)))
    assert (inputs.framework.name, inputs.years) == (HDI, (2021,))


def test_each_year_has_its_edition(tmp_path: Path) -> None:
    table = pd.read_csv(DEMO / "panel.csv", dtype=str, keep_default_na=False)
    files = {
        f"{year}.csv": part.to_csv(index=False)
        for year, part in table.groupby(table["year"].astype(int))
        if 2019 <= year <= 2021
    }
    place = folder(tmp_path / "p", files, "form: 1\nframework: editions\nsynthetic: true\n")
    inputs = read_inputs(Request(panel=str(place), years="2020-2021"))
    assert [(part.framework.name, part.years) for part in inputs] == [
        ("mofcom-2016", (2020,)),
        ("mofcom-2021", (2021,)),
    ]
    assert all(part.panel.synthetic for part in inputs)


def test_evidence(tmp_path: Path) -> None:
    place = folder(tmp_path / "p", {})
    assert list(read_evidence(place, 2020)["unit"]) == []
    (place / "2020.evidence.csv").write_text("unit,code\na,b\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_evidence(place, 2020)
    assert caught.value.findings[0].code == "folder.columns"
