"""The Technology Achievement Index: figures of the OECD/JRC Handbook (2008) and of UNDP (2001)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from shared_data import validation

from analysis.core.catalogue import default_panel, find_framework, find_method
from analysis.core.normalise import observed_range, rescale, zscore
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.score import Scores, score

# UNDP, Human Development Report 2001, the index to two decimals. Singapore is left
# out: its printed value does not follow from its printed items.
PUBLISHED = {
    "FIN": 0.74, "USA": 0.73, "SWE": 0.70, "JPN": 0.70, "KOR": 0.67, "NLD": 0.63,
    "GBR": 0.61, "CAN": 0.59, "AUS": 0.59, "DEU": 0.58, "NOR": 0.58, "IRL": 0.57,
    "BEL": 0.55, "NZL": 0.55, "AUT": 0.54, "FRA": 0.54, "ISR": 0.51, "ESP": 0.48,
    "ITA": 0.47, "CZE": 0.47, "HUN": 0.46, "SVN": 0.46,
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    path = default_panel("undp-tai")
    assert path is not None
    return pd.read_csv(path)


@pytest.fixture(scope="module")
def scores(shipped: pd.DataFrame) -> Scores:
    framework = find_framework("undp-tai")
    table = shipped.assign(region="").set_index(["year", "unit"]).sort_index()
    items = table[list(framework.items)].astype(float)
    return score(Panel(items, table[["name", "region"]]), framework, find_method("undp-tai"))


def test_shipped_figures_are_those_of_the_handbook(shipped: pd.DataFrame) -> None:
    handbook = pd.read_csv(validation("tai/tai_raw.csv")).set_index("code")
    ours = shipped.set_index("unit")
    assert list(ours.index) == list(handbook.index)
    for item in handbook.columns.drop("country"):
        np.testing.assert_array_equal(ours[item], handbook[item])


def test_goalposts_are_those_of_the_handbook() -> None:
    expected = pd.read_csv(validation("tai/tai_goalposts_hdr2001.csv"), index_col=0)
    nodes = find_framework("undp-tai").nodes.loc[expected.index]
    np.testing.assert_array_equal(nodes["lo"], expected["min"])
    np.testing.assert_array_equal(nodes["hi"], expected["max"])


def test_index_as_published_by_undp(scores: Scores) -> None:
    ours = scores.in_year(2001)["tai"]
    # The items are printed rounded (two of them as logarithms to two decimals), which
    # moves the index by up to 0.0015 beyond the rounding of the printed one.
    for country, published in PUBLISHED.items():
        assert abs(ours[country] - published) < 0.005 + 0.0015, country


def test_order_as_published_by_undp(scores: Scores, shipped: pd.DataFrame) -> None:
    # The Handbook lists the countries by their published rank.
    ours = scores.in_year(2001)["tai"].drop("SGP")
    published = [unit for unit in shipped["unit"] if unit != "SGP"]
    assert list(ours.sort_values(ascending=False).index) == published


@pytest.fixture(scope="module")
def table15() -> pd.DataFrame:
    return pd.read_csv(validation("tai/published_table15_normalisation_schooling.csv"))


def test_table_15_zscore(table15: pd.DataFrame) -> None:
    ours = zscore(table15[["schooling"]].to_numpy(), np.ones(1))[:, 0]
    np.testing.assert_allclose(ours, table15["zscore"], atol=0.0051)


def test_table_15_minmax(table15: pd.DataFrame) -> None:
    values = table15[["schooling"]].to_numpy()
    ours = rescale(values, np.ones(1), *observed_range(values), 0, 1)[:, 0]
    np.testing.assert_allclose(ours, table15["minmax"], atol=0.0051)


def test_table_15_rank(table15: pd.DataFrame) -> None:
    # The Handbook ranks from the lowest up: 23 for the highest but one tie.
    ours = rank_scores(-table15["schooling"].to_numpy())
    np.testing.assert_array_equal(ours, table15["rank_high_is_23"])
