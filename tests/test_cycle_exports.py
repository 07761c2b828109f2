"""Hostile names from forms to exports and pages: words everywhere, and never a formula."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from forms import YEAR
from helpers import chromium, pdf_text
from hostile_forms import (
    NAMES,
    UNITS,
    cells_that_run,
    many,
)

from analysis.core.findings import InputError
from analysis.paths import project_root
from analysis.reporting.cli import jingkai
from analysis.reporting.inputs import Request, read_inputs
from analysis.reporting.one_report import make_one
from analysis.zones.cycle.intake import take_in


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A panel of two years that came from forms full of hostile names."""
    folder = tmp_path_factory.mktemp("panel")
    for year in (YEAR - 2, YEAR - 1):
        path = many(folder / f"{year}.xlsx", UNITS, NAMES, year)
        taken = take_in(path, folder / "panel", year)
        assert taken.added == 32 * len(UNITS)
    return folder / "panel"


def commands(*lines: str) -> None:
    run = CliRunner()
    for line in lines:
        done = run.invoke(jingkai, line.split())
        assert done.exit_code == 0, (line, done.output, done.exception)


def test_no_export_starts_a_cell_with_a_formula(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(panel, tmp_path / "panel")
    commands(
        f"score --panel panel --years {YEAR - 1} --out scores.csv",
        f"score --panel panel --years {YEAR - 1} --out scores.xlsx",
        f"audit --panel panel --year {YEAR - 1} --by-zone --no-page --out audit",
        f"lists --panel panel --years {YEAR - 1} --no-page --out lists",
        f"stage --panel panel --year {YEAR - 1} --to audit1 --on 2024-05-01 --by @me --reason =1+1",
        f"template --year {YEAR} --panel panel --out each",
        f"template --year {YEAR} --panel panel --out all.xlsx --lang en",
    )
    for at, name in enumerate(("=1+1.xlsx", "+a.csv", "-b.zip")):
        (tmp_path / "back").mkdir(exist_ok=True)
        (tmp_path / "back" / name).write_bytes(b"x" * at)
    for out in ("problems.csv", "problems.xlsx"):
        words = ["intake", "back", "--year", str(YEAR), "--panel", "new", "--out", out]
        assert isinstance(CliRunner().invoke(jingkai, words).exception, InputError)
    shutil.rmtree("back")
    assert cells_that_run(tmp_path) == []
    stages = (tmp_path / "panel" / f"{YEAR - 1}.stages.csv").read_text("utf-8")
    assert "'=1+1" in stages
    shown = pd.read_excel(tmp_path / "scores.xlsx")["unit"]
    assert set(shown) == set(UNITS)  # protected, and yet the same
    assert len(list((tmp_path / "each").iterdir())) == len(UNITS)
    assert len(list((tmp_path / "audit").rglob("zones/*.xlsx"))) == 2 * len(UNITS)


def test_the_scan_for_formulas_finds_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n=1,'=1\n-5,-x\n", "utf-8")
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["=1+1", "x", -5])
    book.save(tmp_path / "a.xlsx")
    assert cells_that_run(tmp_path) == [("a.csv", "=1"), ("a.csv", "-x"), ("a.xlsx", "=1+1")]


def test_tables_are_written_where_their_cells_are_made_safe() -> None:
    writes = re.compile(r"xlsxwriter\.Workbook\(|\.to_excel\(|csv\.writer\(|openpyxl\.Workbook\(")
    root = project_root() / "analysis"
    found = {p.name for p in root.rglob("*.py") if writes.search(p.read_text("utf-8"))}
    assert found == {"write.py", "audit_workbook.py", "form_workbook.py"}


class Told:
    """Nobody is told how it goes on."""

    def stage(self, name: str, steps: int) -> None:
        pass

    def step(self, what: object, seconds: float | None, failure: object) -> None:
        assert failure is None


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text, self.tags = "", Counter[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_names_reach_the_page_as_words_and_a_new_year_touches_no_other(
    panel: Path, tmp_path: Path
) -> None:
    out, old = tmp_path / "out", f"{YEAR - 2}/all/en/01_scores"
    for name in (f"{old}/01_scores.ipynb", f"site/{old}/01_scores.html"):
        (out / name).parent.mkdir(parents=True)
        (out / name).write_text('{"metadata": {}}')
    (out / "_reports.zh.md").touch()  # as a run of the year before left it
    before = contents(panel) | contents(out)
    (inputs,) = read_inputs(Request(panel=str(panel), years=str(YEAR - 1)))
    done = make_one(
        "01_scores", inputs, YEAR - 1, out, progress=Told(), languages=["en"], renderer="pandoc"
    )
    assert done.failures == []
    after = contents(panel) | contents(out)
    assert {path: after[path] for path in before if path.name[0] != "_"} == {
        path: held for path, held in before.items() if path.name[0] != "_"
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    folder = out / "site" / str(YEAR - 1) / "all" / "en" / "01_scores"
    page, words = folder / "01_scores.html", Words()
    words.feed(page.read_text("utf-8"))
    with chromium(tmp_path / "profile") as driver:
        driver.get(page.as_uri())
        title = driver.title
        console = driver.get_log("browser")
        seen = driver.find_element("tag name", "body").text
    assert "Scores and ranks" in title  # no script of a name has been run
    assert [entry for entry in console if entry["level"] == "SEVERE"] == []
    printed = re.sub(r"\s+", "", pdf_text(folder / "01_scores.pdf"))
    for name in NAMES:
        assert name in words.text
        assert name in seen
        assert name.replace(" ", "") in printed
    assert not set(words.tags) & {"iframe", "object", "form", "embed"}
    assert words.tags["script"] == 1  # the site's own


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_year_more_and_the_scores_of_the_others_keep_their_bytes(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    score = f"score --panel {panel} --years {YEAR - 1} --out "
    commands(score + "before.csv")
    before = contents(panel)
    many(tmp_path / "new.xlsx", UNITS, NAMES, YEAR)
    intake = f"intake new.xlsx --year {YEAR} --panel {panel}"
    commands(intake, score + "after.csv", f"score --panel {panel} --years {YEAR} --out new.csv")
    after = contents(panel)
    assert {path: after[path] for path in before} == before
    added = sorted(path.name for path in set(after) - set(before))
    assert added == [f"{YEAR}.csv", f"{YEAR}.evidence.csv", f"{YEAR}.log.csv"]
    assert (tmp_path / "before.csv").read_bytes() == (tmp_path / "after.csv").read_bytes()
    assert set(pd.read_csv(tmp_path / "new.csv")["year"]) == {YEAR}
    commands(intake)  # once more changes nothing
    assert contents(panel) == after
