"""What the report on the record shows, in both languages."""

from __future__ import annotations

import re

import pytest

from analysis.paths import data_dir
from analysis.reporting.record import record_figures, record_tables, record_words
from analysis.reporting.record.record import open_record
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


def test_every_file_of_the_record_is_in_the_dictionary():
    dictionary = (data_dir() / "README.md").read_text(encoding="utf-8")
    for path in data_dir().glob("*.csv"):
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert dictionary.count(f"**`{path.name}`**") == 2, path.name
        if path.name in ("zones.csv", "published_results.csv", "aggregates.csv"):
            assert not [column for column in header if f"`{column}`" not in dictionary]
