"""What the reports on the record and on dynamic management show, in both languages."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from analysis.core.catalogue import find_framework, find_method, find_regions
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.paths import data_dir
from analysis.reporting.management import management_figures, management_tables
from analysis.reporting.management.management_data import open_management
from analysis.reporting.record import record_figures, record_tables, record_words
from analysis.reporting.record.record import open_record
from analysis.reporting.report import Report
from analysis.reporting.style import svg

LANGUAGES = ("zh", "en")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TABLES = (
    "coverage",
    "top_places",
    "other_lists",
    "regional_lists",
    "turnovers",
    "moved",
    "provinces",
)
MORE_TABLES = ("moves", "departures", "amounts", "counts", "sources")
WORDS = ("banner", "brief", "chance", "overlap", "regional", "breaks")


@pytest.fixture(scope="module", params=LANGUAGES)
def record(request):
    return open_record(lang=request.param)


def rows_of(markdown: str) -> list[list[str]]:
    """Return the cells of a pipe table, heading first, without the rule."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not set("".join(row)) <= set(":-")]


@pytest.mark.parametrize("name", TABLES + MORE_TABLES)
def test_tables_are_whole_and_in_one_language(record, name):
    rows = rows_of(getattr(record_tables, name)(record).text)
    assert len(rows) > 1 and len({len(row) for row in rows}) == 1
    assert all(rows[0])
    if record.lang == "en":
        assert not any(CHINESE.search(cell) for row in rows for cell in row)


@pytest.mark.parametrize("name", WORDS)
def test_sentences_are_in_one_language(record, name):
    text = getattr(record_words, name)(record).text
    assert text and "{" not in text.replace("{.callout", "") and "nan" not in text
    assert bool(CHINESE.search(text)) == (record.lang == "zh")


def test_sentences_carry_the_computed_numbers():
    brief = record_words.brief(open_record(lang="en")).text
    assert "6 of the top 30 were replaced" in brief and "3 to 4 and 1.8 places" in brief
    assert "2020: 22, 6, 2" in brief
    assert "1 in 3" in record_words.chance(open_record(lang="en")).text


def test_the_place_that_is_not_known_stays_empty(record):
    rows = rows_of(record_tables.top_places(record).text)
    thirtieth = dict(zip(rows[0], rows[30], strict=True))
    assert thirtieth["2019"] == "—" and thirtieth["2020"] != "—"


@pytest.mark.parametrize("name", ["places", "changes", "regions", "totals"])
def test_figures_draw_the_same_bytes_twice(record, name):
    first, again = (svg(getattr(record_figures, name)(record)) for _ in range(2))
    assert first == again and first.startswith("<?xml")


def test_unknown_language_is_refused():
    with pytest.raises(ValueError, match="zh or en"):
        open_record(lang="fr")


# Dynamic management, on made-up units


@pytest.fixture(scope="module")
def made_up():
    framework, method = find_framework("mofcom-2021"), find_method("efficacy")
    rng = np.random.default_rng(6)
    rows, values = [], []
    for region, letter, level in (("east", "E", 2.0), ("central", "C", 0.0), ("west", "W", 0.0)):
        for i in range(12):
            own = level + rng.normal()
            for year in range(2019, 2024):
                if i == 11 and year < 2022:
                    continue
                rows.append((year, f"{letter}{i + 1:03d}", region))
                values.append(50 + 10 * own + rng.normal(0, 2, len(framework.items)))
    index = pd.MultiIndex.from_tuples([row[:2] for row in rows], names=["year", "unit"])
    names = [f"示例{unit}" for _, unit, _ in rows]
    english = [f"Sample {unit}" for _, unit, _ in rows]
    units = pd.DataFrame(
        {"name": names, "region": [row[2] for row in rows], "name_en": english}, index=index
    )
    frame = pd.DataFrame(values, index=index, columns=list(framework.items))
    panel = Panel(frame.sort_index(), units.sort_index(), synthetic=True)
    return panel, framework, method, score(panel, framework, method)


def management(made_up, region="all", lang="en", year=2023):
    panel, framework, method, scores = made_up
    known = find_regions("mofcom")
    return open_management(
        Report(None, panel, framework, method, scores, year, region, lang, known)
    )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("region", ["all", "west"])
def test_management_tables_hold_the_scope_alone(made_up, region, lang):
    current = management(made_up, region, lang)
    rows = rows_of(management_tables.last_five(current).text)[1:]
    assert len(rows) == (15 if region == "all" else 5)
    west = {"zh": "西部", "en": "West"}[lang]
    assert sum(row[0] == west for row in rows) == 5
    for name in ("brief", "settings", "candidates_2021", "candidates_2016", "over_the_years"):
        text = getattr(management_tables, name)(current).text
        assert "{" not in text and "nan" not in text
        assert bool(CHINESE.search(text)) == (lang == "zh")


def test_a_regional_report_has_the_national_places_of_its_region(made_up):
    whole, west = management(made_up), management(made_up, "west")
    national = whole.national
    expected = national[national["region"] == "west"].reset_index(drop=True)
    pd.testing.assert_frame_equal(west.national.reset_index(drop=True), expected)
    pd.testing.assert_frame_equal(
        west.new.reset_index(drop=True),
        whole.new[whole.new["region"] == "west"].reset_index(drop=True),
    )


def test_later_years_are_not_looked_at(made_up):
    early = management(made_up, year=2021)
    assert max(early.years) == 2021 and early.new["year"].max() <= 2021
    assert "Too few years" in management_tables.brief(management(made_up, year=2020)).text
    assert "Too few years" not in management_tables.brief(early).text


def test_years_in_which_no_condition_can_be_met_have_no_number(made_up):
    rows = rows_of(management_tables.over_the_years(management(made_up)).text)
    assert set(rows[1][1:]) == {"—"} and "—" not in rows[2]


@pytest.mark.parametrize("region", ["all", "central"])
def test_management_figures_draw_the_same_bytes_twice(made_up, region):
    for draw in (management_figures.history, management_figures.margins):
        first, again = (svg(draw(management(made_up, region))) for _ in range(2))
        assert first == again and first.startswith("<?xml")


def test_every_file_of_the_record_is_in_the_dictionary():
    dictionary = (data_dir() / "README.md").read_text(encoding="utf-8")
    for path in data_dir().glob("*.csv"):
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert dictionary.count(f"**`{path.name}`**") == 2, path.name
        if path.name in ("zones.csv", "published_results.csv", "aggregates.csv"):
            assert not [column for column in header if f"`{column}`" not in dictionary]
