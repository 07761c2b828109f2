"""The shipped demonstration panel as a plain table, its items, scores and places."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd

from analysis.core.catalogue import default_method, find_framework, find_method
from analysis.core.derive import derive_items
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.paths import data_dir

DEMO = data_dir() / "demo"
EDITIONS = ("mofcom-2016", "mofcom-2021")
ROUNDS = range(2016, 2024)
ATTRIBUTES = ["name", "name_en", "region", "stage", "assessed"]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def table() -> pd.DataFrame:
    return pd.read_csv(DEMO / "panel.csv").set_index(["year", "unit"]).sort_index()


@cache
def items(edition: str) -> Panel:
    panel = Panel(table().drop(columns=ATTRIBUTES).astype(float), table()[ATTRIBUTES])
    return derive_items(panel, find_framework(edition))[0]


@cache
def index_of(edition: str) -> pd.Series:
    framework = find_framework(edition)
    scored = score(items(edition), framework, find_method(default_method(edition)))
    return scored.node(framework.root)


@cache
def places(year: int) -> pd.Series:
    """Places under the edition in force in a data year."""
    scores = index_of("mofcom-2016" if year <= 2020 else "mofcom-2021").loc[year]
    return scores.rank(ascending=False, method="min")


def first_thirty(year: int) -> set[str]:
    return set(places(year).index[places(year) <= 30])


def by_region(units: Iterable[str]) -> tuple[int, int, int]:
    letters = [unit[0] for unit in units]
    return letters.count("E"), letters.count("C"), letters.count("W")
