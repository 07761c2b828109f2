"""The page and the command of dynamic management: scopes, languages, files, bytes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import manage_panel
import openpyxl
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from manage_panel import base, folder, made_up

from analysis.reporting.cli import jingkai, main
from analysis.reporting.inputs import Request, read_inputs
from analysis.reporting.management import (
    management_data,
    management_tables,
    management_tables_ahead,
    management_tables_talks,
    management_words,
)
from analysis.reporting.management.manage_ahead import file_of, read_ahead
from analysis.reporting.management.manage_given import demonstration_sources
from analysis.reporting.management.manage_work import work_out
from analysis.reporting.management.management_data import Management
from analysis.reporting.once import FOLDER
from analysis.reporting.report import Report
from analysis.texts import LANGUAGES

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SETTINGS = """
rules: {"2021": {last: 2}}
talks: {last: 6}
risk: {draws: 20, scenarios: 3}
way_out: {of: candidates, primitives: [O1], percent: 60}
"""
PAGE = {
    management_words: ("brief",),
    management_tables: ("settings", "last_five", "candidates", "accounts", "notice",
                        "over_the_years", "events"),
    management_tables_ahead: ("risk_words", "risk", "backtest_words", "backtest", "ways", "alone"),
    management_tables_talks: ("talks", "follow_up", "pauses", "upgrades_words", "upgrades"),
}  # fmt: skip


def rows_of(markdown: str) -> list[list[str]]:
    """Return the cells of a pipe table, heading first, without the rule."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not set("".join(row)) <= set(":-")]


@pytest.fixture(scope="module")
def worked():
    return manage_panel.worked()


def management(worked, region="all", lang="en"):
    work, ahead = worked
    asked = work.base
    report = Report(
        None, asked.panel, asked.framework, asked.method, asked.scores, work.year, region, lang,
        asked.regions,
    )  # fmt: skip
    return Management(report, work, ahead)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("region", ["all", "west"])
def test_every_part_of_the_page_is_in_one_language(worked, region, lang):
    current = management(worked, region, lang)
    for module, names in PAGE.items():
        for name in names:
            text = getattr(module, name)(current).text
            assert text and "{" not in text and not re.search(r"\bnan\b|None|<NA>", text), name
            if lang == "en":
                assert not CHINESE.search(text), name
            else:
                assert CHINESE.search(text), name


def test_a_regional_page_has_the_regions_part_alone(worked):
    whole, west = management(worked), management(worked, "west")
    assert len(rows_of(management_tables.last_five(whole).text)) == 7
    rows = rows_of(management_tables.last_five(west).text)[1:]
    assert len(rows) == 2 and {row[0] for row in rows} == {"West"}
    assert not west.candidates.empty
    for name in ("national", "found", "notice", "ways"):
        frame = getattr(whole, name)
        expected = frame[frame["region"] == "west"].reset_index(drop=True)
        got = getattr(west, name).reset_index(drop=True)
        pd.testing.assert_frame_equal(got, expected)
    assert set(west.risk["region"]) == {"west"}


def test_the_page_tells_the_chances_that_were_drawn(worked):
    work, ahead = worked
    current = management(worked)
    rows = rows_of(management_tables.candidates(current).text)[1:]
    risk = ahead.risk.set_index("unit")
    shown = {row[2]: row[-1] for row in rows}
    assert len(shown) == len(work.candidates)
    for unit in work.candidates["unit"]:
        value = risk.at[unit, "p_candidate_now"]
        expected = "100%" if value == 1 else f"{100 * value:.0f}%"
        assert shown[work.name(unit, "en")].replace(">", "").replace("\\", "") in (expected, "99%")
    brief = management_words.brief(current).text
    assert f"{ahead.risk['p_candidate_next'].sum():.1f} candidates" in brief


def test_years_in_which_no_condition_can_be_met_have_no_number(worked):
    rows = rows_of(management_tables.over_the_years(management(worked)).text)
    assert set(rows[1][2:]) == {"—"} and "—" not in rows[2][2:]
    counted = worked[0].found.groupby("year").size()
    for row in rows[2:]:
        assert sum(map(int, row[2:])) == counted.get(int(row[0]), 0)


@pytest.mark.parametrize(("first", "said"), [(2022, True), (2021, False)])
def test_too_few_years_are_said_to_be(worked, first, said):
    panel = made_up()
    known = panel.values.index.get_level_values("year") >= first
    short = replace(panel, values=panel.values[known], units=panel.units[known])
    current = replace(management(worked), work=work_out(base(2023, short), {}))
    brief = management_words.brief(current).text
    assert ("Only 2 years are there for the window of 3" in brief) == said


# The command


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = folder(tmp_path_factory.mktemp("manage") / "mine")
    (path / "manage.yml").write_text(SETTINGS, encoding="utf-8")
    (path / "events.csv").write_text(
        "unit,kind,year\nE012,entered,2022\nW012,entered,2022\n", encoding="utf-8"
    )
    (path / "talks.csv").write_text(
        "unit,year,request,due,answered,evidence\nE001,2022,=1+1 <b>plan</b>,2024-03-31,,\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="module")
def made(panel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables, and the page in English."""
    out = tmp_path_factory.mktemp("out") / "managed"
    words = ["--panel", str(panel), "--year", "2023", "--edition", "2021", "--out", str(out)]
    assert main(["manage", *words, "--lang", "en", "--to", "html"]) == 0
    return out


def test_tables_and_page_of_a_panel_folder(made, panel):
    place = made / "tables" / "manage-2023"
    about = yaml.safe_load((place / "about.yml").read_text(encoding="utf-8"))
    assert about["edition"] == "2021" and about["synthetic"] is True
    assert about["settings"]["edition"] == "2021" and about["risk"]["draws"] == 20
    assert about["read"] == {
        "events": "events.csv", "settings": "manage.yml", "talks": "talks.csv"
    }  # fmt: skip
    found = pd.read_csv(place / "candidates.csv")
    assert set(found["year"]) <= set(range(2019, 2024))
    ways = pd.read_csv(place / "ways.csv")
    assert set(ways["unit"]) == set(found.loc[found["year"] == 2023, "unit"])
    assert len(pd.read_csv(place / "talks.csv")) == 6
    asked = (place / "follow_up.csv").read_text(encoding="utf-8")
    assert "'=1+1" in asked
    book = openpyxl.load_workbook(place / "management.en.xlsx")
    assert len(book.sheetnames) >= 10 and all("synthetic" in name for name in book.sheetnames)
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
        assert not CHINESE.search(" ".join(str(cell.value) for cell in sheet[1]))
    assert sorted(path.name for path in (place / "figures" / "en").iterdir()) == [
        f"{name}.{ending}" for name in ("history", "margins", "risk") for ending in ("png", "svg")
    ]
    page = made / "site" / "2023" / "all" / "en" / "05_management" / "05_management.html"
    html = page.read_text(encoding="utf-8")
    risk = pd.read_csv(place / "risk.csv").set_index("unit")
    assert f"{risk['p_candidate_next'].sum():.1f} candidates" in html
    assert "<b>plan" not in html and "=1+1" in html
    assert "Synthetic" in html and "the rule of the 2021 edition for every year" in html
    kept = next((made / "inputs").glob("*/extras"))
    again = read_ahead(kept / file_of(2023)).risk.set_index("unit")
    assert (again["p_last_now"].round(9) == risk["p_last_now"].reindex(again.index)).all()


def test_the_same_command_writes_the_same_bytes_and_replaces_what_was_there(made, panel):
    place = made / "tables" / "manage-2023"
    before = {p.relative_to(place): p.read_bytes() for p in place.rglob("*") if p.is_file()}
    (place / "ways.csv").write_text("broken", encoding="utf-8")
    words = ["--panel", str(panel), "--edition", "2021", "--lang", "en", "--no-page"]
    assert main(["manage", *words, "--out", str(made)]) == 0
    after = {p.relative_to(place): p.read_bytes() for p in place.rglob("*") if p.is_file()}
    assert after == before
    drawn = {path.stem for path in before if path.suffix == ".svg"}
    assert drawn == {"history", "margins", "risk"}
    assert all(before[path].startswith(b"<?xml") for path in before if path.suffix == ".svg")


def test_what_cannot_be_used_is_told_at_once_and_nothing_is_written(panel, tmp_path, capsys):
    (tmp_path / "own.yml").write_text("risk: {drawn: 3}\n", encoding="utf-8")
    words = ["--panel", str(panel), "--settings", str(tmp_path / "own.yml")]
    words += ["--events", str(tmp_path / "none.csv"), "--out", str(tmp_path / "out")]
    assert main(["manage", *words]) == 2
    told = capsys.readouterr().err
    assert "none.csv" in told and "risk.drawn" in told
    assert not (tmp_path / "out").exists()
    assert main(["manage", "--panel", str(panel), "--year", "2031", "--out", "x"]) == 2
    assert "2031" in capsys.readouterr().err


def test_a_folder_of_other_peoples_files_is_left_alone(panel, tmp_path, capsys):
    (tmp_path / "thesis.docx").write_text("mine", encoding="utf-8")
    words = ["--panel", str(panel), "--no-risk", "--no-way-out", "--no-page"]
    assert main(["manage", *words, "--out", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_help_has_examples_and_the_settings_can_be_printed(lang, monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8" if lang == "zh" else "C.UTF-8")
    assert main(["manage", "--example"]) == 0
    assert "straddle" in capsys.readouterr().out
    shown = CliRunner().invoke(jingkai, ["manage", "--help"]).output
    assert "jingkai manage --panel" in shown and "--edition" in shown


# What the pages of a run share


def test_what_pages_share_is_worked_out_once_for_each_year(worked, tmp_path, monkeypatch):
    work, ahead = worked
    asked: list[int] = []

    def look(work):
        asked.append(work.year)
        return ahead

    monkeypatch.setattr(management_data, "look_ahead", look)
    monkeypatch.setenv(FOLDER, str(tmp_path))
    whole = management(worked)
    for region in ("all", "west"):
        report = replace(management(worked, region).report, inputs="inputs/0a1b2c3d4e5f")
        again = Management(report, work).ahead
        pd.testing.assert_frame_equal(again.risk, whole.ahead.risk)
    assert asked == [2023]
    # Other inputs, another year: worked out anew.
    for other in (replace(report, inputs="inputs/f5e4d3c2b1a0"), replace(report, year=2022)):
        assert Management(other, work).ahead.risk is not None
    assert len(asked) == 3


def test_the_demonstration_brings_its_files_along(tmp_path):
    inputs = read_inputs(Request(years="2023"))[-1]
    names = {path.name for path in demonstration_sources().values()}
    assert names | {"candidates.about.yml"} <= set(inputs.extras)
    assert made_up().synthetic
