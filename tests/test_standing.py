"""Places, distances, strengths and weaknesses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small import flat, framework, panel

from analysis.core.account import item_account
from analysis.core.method import Method, Missing, Normalisation, Treatment
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.core.standing import above_mean, standing, strengths

NAN = np.nan
PLAIN = Method(
    treatment=Treatment("none"),
    normalisation=Normalisation("minmax"),
    missing=Missing("renormalise", 0.0),
)


@pytest.fixture
def scores(tmp_path: Path) -> Scores:
    values = {
        "x": [0.0, 50, 100, 100],
        "y": [10.0, 0, 5, NAN],
        "z": [0.0, 0, 0, 1],
        "w": [3.0, 1, 2, 0],
    }
    tree = flat(tmp_path, "x y z w")
    return score(panel(values, region=["n", "n", "s", "s"]), tree, PLAIN)


def test_places_and_distances_by_hand(scores: Scores) -> None:
    table = standing(scores, 2020).set_index(["unit", "node"])
    assert table.loc["c", "x"][["rank", "of", "mean", "distance"]].tolist() == [1, 4, 62.5, 37.5]
    assert table.loc["d", "x"]["rank"] == 1 and table.loc["b", "x"]["rank"] == 3
    assert table.loc["a", "y"][["rank", "of", "mean", "distance"]].tolist() == [1, 3, 50, 50]
    assert table.loc["a", "y"]["standardised"] == pytest.approx(1)
    assert pd.isna(table.loc["d", "y"]["rank"]) and np.isnan(table.loc["d", "y"]["distance"])
    index = scores.table[scores.table["node"] == "i"].set_index("unit")["rank"]
    assert table.xs("i", level="node")["rank"].tolist() == index.tolist()
    assert len(table) == 4 * 5


def test_places_within_groups(scores: Scores) -> None:
    table = standing(scores, 2020, ["x"], "region").set_index("unit")
    assert table["rank"].tolist() == [2, 1, 1, 1]
    assert table["mean"].tolist() == [25, 25, 100, 100]
    assert table["of"].tolist() == [2, 2, 2, 2]
    assert table.loc["c", "distance"] == 0 and np.isnan(table.loc["c", "standardised"])


def test_strengths_by_place(scores: Scores) -> None:
    table = strengths(scores, 2020, ["a"], top=2, bottom=1)
    strong = table[table["kind"] == "strength"]
    # first in y and w; w is where it adds most above the mean? y: 50, w: 50: file order
    assert strong["item"].tolist() == ["y", "w"] and strong["place"].tolist() == [1, 2]
    assert strong["rank"].tolist() == [1, 1]
    assert table.loc[table["kind"] == "weakness", "item"].tolist() == ["x"]  # last of four


def test_the_lowest_value_is_no_strength(scores: Scores) -> None:
    # z: three units at 0, so the tie has the second place
    kept = strengths(scores, 2020, ["b"], top=4, bottom=0, discard_least=False)
    assert kept["item"].tolist()[0] == "z" and kept["rank"].tolist()[0] == 2
    assert "z" not in set(strengths(scores, 2020, ["b"], top=4, bottom=0)["item"])


def test_items_of_few_values_are_left_out(scores: Scores) -> None:
    table = strengths(scores, 2020, unique_share=0.7)
    assert "z" not in set(table["item"])  # 2 of 4
    assert {"x", "y", "w"} == set(table["item"])  # 3 of 4, 3 of 3, 4 of 4


def test_nothing_is_both_and_gaps_are_left_out(scores: Scores) -> None:
    table = strengths(scores, 2020)
    assert not table.duplicated(["unit", "item"]).any()
    assert not ((table["unit"] == "d") & (table["item"] == "y")).any()
    assert len(table[table["unit"] == "a"]) == 4


def test_by_contribution(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [
        {"code": c, "parent": "i", "direction": 1, "weight": w} for c, w in (("x", 1), ("y", 9))
    ]
    scores = score(panel({"x": [0, 50, 100], "y": [0, 80, 100]}), framework(tmp_path, rows), PLAIN)
    table = strengths(scores, 2020, ["b", "c"], by="contribution", top=1, bottom=1)
    parts = item_account(scores, 2020).parts
    assert parts.loc["b"].tolist() == pytest.approx([5, 72])
    found = table.set_index(["unit", "item"])["contribution"]
    assert found["b", "y"] == pytest.approx(72 - 54)
    assert found["c", "x"] == pytest.approx(10 - 5)
    assert table.groupby("unit")["item"].first().to_dict() == {"b": "y", "c": "y"}
    by_distance = strengths(scores, 2020, ["c"], by="distance", top=1, bottom=0)
    assert by_distance["item"].tolist() == ["x"]  # equally spread: 50 of 50 against 40 of 52.9


def test_items_above_the_mean(tmp_path: Path) -> None:
    tree = framework(
        tmp_path,
        [
            {"code": "i"},
            {"code": "x", "parent": "i", "direction": 1},
            {"code": "y", "parent": "i", "direction": -1},
            {"code": "z", "parent": "i", "direction": 1},
        ],
    )
    values = pd.DataFrame(
        {"x": [1.0, 2, 6], "y": [1.0, 2, NAN], "z": [0.1, 0.1, 0.1]}, index=list("abc")
    )
    found = above_mean(values, tree)
    assert found["above"].tolist() == [1, 0, 1]
    assert found["there"].tolist() == [3, 3, 2]
