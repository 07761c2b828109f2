"""The Human Development Index, against what UNDP published (report 2021/2022)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from shared_data import validation

from analysis.core.catalogue import find_framework, find_method
from analysis.core.panel import Panel
from analysis.core.score import Scores, score


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    table = pd.read_csv(validation("hdi/hdr2122_panel.csv"))
    table = table.rename(columns={"iso3": "unit", "country": "name"})
    table["region"] = table["region"].fillna("")
    return table.set_index(["year", "unit"]).sort_index()


@pytest.fixture(scope="module")
def scores(published: pd.DataFrame) -> Scores:
    framework = find_framework("undp-hdi")
    panel = Panel(published[list(framework.items)], published[["name", "region"]])
    return score(panel, framework, find_method("undp-hdi"))


def test_every_published_value_to_three_decimals(published: pd.DataFrame, scores: Scores) -> None:
    known = published["hdi_published"].notna()
    assert known.sum() == 5571
    ours = scores.node("hdi")[known].round(3)
    differ = ours != published["hdi_published"][known]
    assert not differ.any(), ours[differ]


def test_ranks_of_2021(scores: Scores) -> None:
    expected = pd.read_csv(validation("hdi/hdr2122_2021_expected.csv")).set_index("iso3")
    expected = expected[expected["hdi_rank_2021"].notna()]
    table = scores.table
    ours = table[(table["year"] == 2021) & (table["node"] == "hdi")].set_index("unit")
    assert len(expected) == 191
    pd.testing.assert_series_equal(
        ours.loc[expected.index, "rank"].astype(float),
        expected["hdi_rank_2021"],
        check_names=False,
    )


def test_published_dimensions_of_2021(scores: Scores) -> None:
    expected = pd.read_csv(validation("hdi/hdr2122_2021_expected.csv")).set_index("iso3")
    ours = scores.in_year(2021).loc[expected.index]
    pairs = {
        "le": "le_index",
        "health": "le_index",
        "eys": "eys_index",
        "mys": "mys_index",
        "education": "edu_index",
        "income": "income_index",
    }
    for node, column in pairs.items():
        np.testing.assert_allclose(ours[node], expected[column], atol=1e-12)


def test_life_expectancy_below_the_goalpost_leaves_a_finding(scores: Scores) -> None:
    rwanda = scores.nodes.loc[(1994, "RWA")]
    assert rwanda["le"] == pytest.approx((14.0985 - 20) / 65)
    assert np.isnan(rwanda["hdi"])
    assert rwanda[["education", "income"]].notna().all()
    row = scores.table.query("year == 1994 and unit == 'RWA' and node == 'hdi'").iloc[0]
    assert pd.isna(row["score"]) and pd.isna(row["rank"]) and pd.isna(row["region_rank"])
    about = [f for f in scores.findings if f.unit is not None]
    # South Sudan 1998 is below the goalpost too (and lacks the other items besides).
    assert [(f.year, f.unit, f.item, f.code) for f in about] == [
        (1994, "RWA", "le", "score.not_positive"),
        (1998, "SSD", "le", "score.not_positive"),
    ]
    assert all(word in about[0].text("en") for word in ("RWA", "1994", "14.0985", "le"))
    assert all(word in about[0].text("zh") for word in ("RWA", "1994", "14.0985", "le"))
    others = scores.in_year(1994)["hdi"].notna().sum()
    assert others > 140


def test_goalposts_are_capped_above(published: pd.DataFrame, scores: Scores) -> None:
    assert published.loc[(2021, "HKG"), "le"] > 85
    assert scores.nodes.loc[(2021, "HKG"), "le"] == 1.0
    assert scores.nodes["eys"].max() == 1.0
    assert scores.nodes["gnipc"].max() == 1.0
