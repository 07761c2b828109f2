"""The two pages on one zone: what they say, and that they are two."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml
from helpers import pdf_text, require_tool
from report_inputs import inputs as inputs_of
from small import framework_file

from analysis.core.findings import InputError
from analysis.reporting.cli import main
from analysis.reporting.report import open_report
from analysis.reporting.zone import zone_figures, zone_outlook, zone_tables
from analysis.reporting.zone.zone_data import Zone, open_zone

ROWS = [
    {"code": "i", "name_en": "Index"},
    {"code": "x", "parent": "i", "direction": 1, "name_en": "Output"},
    {"code": "y", "parent": "i", "direction": -1, "name_en": "Waste"},
]
TABLE = pd.DataFrame(
    [
        # year, unit, name, region, x, y: scores by hand in the tests below
        (2020, "a", "First", "n", 0.0, 4.0),
        (2020, "b", "Second", "s", 10.0, 0.0),
        (2020, "c", "Third", "n", 5.0, 2.0),
        (2020, "d", "Fourth", "s", 5.0, 8.0),
        (2022, "a", "First", "n", 10.0, 4.0),
        (2022, "b", "Second", "s", 0.0, 0.0),
        (2022, "c", "Third", "n", 5.0, 2.0),
        (2022, "d", "Fourth", "s", 2.5, 8.0),
        (2022, "e", "<b>$N*", "", 2.5, 4.0),
    ],
    columns=["year", "unit", "name", "region", "x", "y"],
)


def zone_of(folder: Path, unit: str, table: pd.DataFrame = TABLE, lang: str = "en") -> Zone:
    rows = [{"unit": "", "unit_en": "", **row} for row in ROWS]
    inputs = folder / "inputs"
    inputs.mkdir()
    inputs_of(inputs, table, framework_file(folder, rows), "minmax")
    return open_zone(open_report(inputs=str(inputs), year=2022, lang=lang), unit)


@pytest.fixture
def first(tmp_path: Path) -> Zone:
    return zone_of(tmp_path, "a", TABLE[TABLE["unit"] != "e"])


# By hand: minmax over the year gives x 0, 100, 50, 50 and y 50, 100, 75, 0 in 2020, so the
# index 25, 100, 62.5, 25; in 2022 x 100, 0, 50, 25 and the same y: 75, 50, 62.5, 12.5.


def test_places_over_the_years(first: Zone) -> None:
    assert first.places.index.tolist() == [2020, 2022]
    assert first.places["score"].tolist() == [25.0, 75.0]
    assert first.places["rank"].tolist() == [3, 1]
    assert first.places["of"].tolist() == [4, 4]
    assert first.places[["region_rank", "region_of"]].to_numpy().tolist() == [[2, 2], [1, 2]]


def test_items_beside_region_and_country(first: Zone) -> None:
    x, y = first.items.loc["x"], first.items.loc["y"]
    assert [x["value"], x["region_mean"], x["mean"]] == [10.0, 7.5, 4.375]
    assert [x["rank"], x["of"], x["region_rank"], x["region_of"]] == [1, 4, 1, 2]
    # Less waste is better: 0, 2, 4, 8.
    assert [y["value"], y["region_mean"], y["mean"]] == [4.0, 3.0, 3.5]
    assert [y["rank"], y["of"], y["region_rank"], y["region_of"]] == [3, 4, 2, 2]
    assert [bool(x["better"]), bool(y["better"])] == [True, False]
    spread = pd.Series([100.0, 0.0, 50.0, 25.0]).std()
    assert x["z"] == pytest.approx((100.0 - 43.75) / spread)
    assert x["region_z"] == pytest.approx((75.0 - 43.75) / spread)
    assert y["z"] == pytest.approx((50.0 - 56.25) / pd.Series([50.0, 100.0, 75.0, 0.0]).std())


def test_what_moved_it_sums_to_the_change_against_all(first: Zone) -> None:
    assert first.before == 2020
    # Mean scores are 53.125 and 50; half of x less its mean goes from -25 to 28.125.
    assert first.moves["points"].to_dict() == {"x": 53.125, "y": 0.0}
    assert first.moves["points"].sum() == pytest.approx((75.0 - 50.0) - (25.0 - 53.125))
    assert first.moves.loc["x", ["value_from", "value_to"]].tolist() == [0.0, 10.0]
    assert first.causes is not None
    assert first.causes["data"] + first.causes["goalposts"] == pytest.approx(50.0)


def test_a_unit_without_region_or_past(tmp_path: Path) -> None:
    zone = zone_of(tmp_path, "e")
    assert zone.before is None and zone.moves.empty and zone.causes is None
    assert zone.items["region_rank"].isna().all() and zone.items["region_mean"].isna().all()
    assert zone.places["score"].isna().tolist() == [True, False]
    told = zone_tables.brief(zone).text
    assert "place 4 of 5" in told and "region" not in told and "no earlier score" in told
    for picture in (zone_figures.places(zone), zone_figures.items(zone)):
        assert picture.get_size_inches()[1] < 8.3
    assert "no earlier score" in zone_tables.moves(zone).text


def test_values_that_treatment_makes_alike_keep_their_order(tmp_path: Path) -> None:
    table = TABLE[TABLE["unit"] != "e"].copy()
    table.loc[table["unit"] == "d", "x"] = 7.0
    zone = zone_of(tmp_path, "a", table)
    normalised = zone.report.scores.nodes
    # As if both had been drawn in to one value.
    normalised.loc[(2022, "d"), "x"] = normalised.loc[(2022, "a"), "x"]
    assert zone.items.loc["x", "rank"] == 1
    assert open_zone(zone.report, "d").items.loc["x", "rank"] == 2


def test_strengths_and_weaknesses_are_not_the_same_items(first: Zone) -> None:
    assert first.extremes() == (["x"], ["y"])
    assert first.extremes(0) == ([], [])


def test_a_unit_that_was_not_scored_is_refused_with_its_years(tmp_path: Path) -> None:
    zone_of(tmp_path, "a")
    with pytest.raises(InputError) as refused:
        open_zone(open_report(inputs=str(tmp_path / "inputs"), year=2020, lang="en"), "e")
    assert "2022" in refused.value.findings[0].text("en")


def test_other_frameworks_have_no_last_places(first: Zone) -> None:
    ahead = zone_outlook.open_outlook(first)
    assert ahead.work is None and zone_outlook.way(ahead).text == ""
    assert "ministry" in zone_outlook.risk(ahead).text


def test_names_stay_names(tmp_path: Path) -> None:
    zone = zone_of(tmp_path, "e", lang="zh")
    assert zone.name == "<b>$N*"
    for made in (zone_tables.banner(zone), zone_tables.brief(zone), zone_tables.extremes(zone)):
        assert "<b>" not in made.text


@pytest.mark.parametrize(
    "word, near", [("W0111", "W011"), ("West sample 11", "West sample"), ("../W011", "W011")]
)
def test_a_word_that_is_no_zone(
    word: str, near: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["zone", word, "--year", "2023", "--out", str(tmp_path / "out")]) == 2
    assert near in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("year, languages", [(2023, ("zh", "en")), (2019, ("en",))])
def test_two_pages_as_a_pdf_reader_counts(
    year: int, languages: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Among the last of its region in both years, with 30 and with 53 items: the fullest pages.
    words = ["zone", "W020" if year == 2019 else "西部示例011", "--year", str(year)]
    words += ["--lang", ",".join(languages), "--to", "pdf", "--out", str(tmp_path / "out")]
    assert main(words) == 0, capsys.readouterr().err
    made = sorted((tmp_path / "out/site").rglob("*.pdf"))
    assert [path.parts[-3] for path in made] == sorted(languages)
    for path in made:
        done = subprocess.run(
            [require_tool("pdfinfo"), str(path)], capture_output=True, text=True, check=True
        )
        assert re.search(r"^Pages:\s+2$", done.stdout, re.M), done.stdout
        text = pdf_text(path)
        english = path.parts[-3] == "en"
        for said in ("Way out", "synthetic data") if english else ("出路", "合成数据"):
            assert said in text
    folder = next((tmp_path / "out/tables").iterdir())
    assert re.fullmatch(rf"zone-W0(11|20)-{year}", folder.name)
    items = pd.read_csv(folder / "items.csv")
    assert len(items) == (30 if year == 2023 else 53)
    way = pd.read_csv(folder / "way_out.csv")
    assert len(way) and (way["now"] != way["then"]).all()
    about = yaml.safe_load((folder / "about.yml").read_text(encoding="utf-8"))
    assert about["unit"] in folder.name and about["synthetic"] is True
