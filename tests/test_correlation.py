"""Correlations and their flags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from small import framework, panel

from analysis.core.correlation import correlation_matrix, related_pairs
from analysis.core.method import Method, Normalisation, Treatment
from analysis.core.score import Scores, score

NAN = np.nan
VALUES = {
    "x": [1.0, 2, 3, 4, 5, 6],
    "y": [1.0, 2, 3, 4, 6, 5],
    "u": [3.0, 3, 1, 2, 1, 1],
    "v": [2.0, 7, 1, 8, 2, NAN],
    "w": [5.0, 5, 5, 5, 5, 5],
}


@pytest.fixture
def scores(tmp_path: Path) -> Scores:
    rows: list[dict[str, object]] = [{"code": "i"}, {"code": "a", "parent": "i"}]
    rows += [{"code": "b", "parent": "i"}]
    rows += [{"code": c, "parent": "a", "direction": 1} for c in "xyu"]
    rows += [{"code": c, "parent": "b", "direction": 1} for c in "vw"]
    method = Method(treatment=Treatment("none"), normalisation=Normalisation("minmax"))
    return score(panel(VALUES), framework(tmp_path, rows), method)


@pytest.mark.parametrize(
    ("kind", "function"),
    [
        ("pearson", stats.pearsonr),
        ("spearman", stats.spearmanr),
        ("kendall", stats.kendalltau),
    ],
)
def test_agrees_with_scipy(scores: Scores, kind: str, function: object) -> None:
    matrix = correlation_matrix(scores, 2020, ["x", "u", "v"], kind)
    assert matrix.loc["x", "u"] == pytest.approx(function(VALUES["x"], VALUES["u"])[0])
    both = function(VALUES["x"][:5], VALUES["v"][:5])[0]
    assert matrix.loc["x", "v"] == matrix.loc["v", "x"] == pytest.approx(both)
    np.testing.assert_allclose(np.diag(matrix), 1)


def test_constant_nodes_have_no_correlation(scores: Scores) -> None:
    matrix = correlation_matrix(scores, 2020)
    assert list(matrix.columns) == ["i", "a", "b", "x", "y", "u", "v", "w"]
    assert matrix["w"].isna().all() and matrix.loc["w"].isna().all()


def test_pairs_and_flags(scores: Scores) -> None:
    pairs = related_pairs(scores, scores.framework, 2020)
    assert (pairs["relation"] == "sibling").sum() == 1 + 3 + 1
    assert (pairs["relation"] == "parent").sum() == 7
    assert (pairs["relation"] == "index").sum() == 5
    matrix = correlation_matrix(scores, 2020)
    for row in pairs.itertuples():
        np.testing.assert_equal(row.correlation, matrix.loc[row.node, row.other])
    flags = pairs.set_index(["node", "other"])["flag"]
    assert matrix.loc["x", "y"] > 0.9 and flags["x", "y"] == "redundant"
    assert matrix.loc["x", "u"] < -0.4 and flags["x", "u"] == "opposed"
    assert matrix.loc["x", "a"] > 0.3 and flags["x", "a"] == ""
    assert flags["v", "w"] == "" and flags["w", "b"] == ""
    parent = pairs[pairs["relation"] != "sibling"]
    weak = parent["correlation"].between(-0.4, 0.3, inclusive="left")
    assert (parent.loc[weak, "flag"] == "weak").all()
    assert (parent["flag"] == "weak").sum() == weak.sum() > 0
