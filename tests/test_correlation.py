"""Correlations and their flags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small import framework, panel

from analysis.core.correlation import (
    adjusted,
    correlation_matrix,
    level_pairs,
    pair_tests,
    related_pairs,
    relation,
    t_test,
)
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


@pytest.mark.parametrize(
    ("kind", "function"),
    [
        ("pearson", stats.pearsonr),
        ("spearman", stats.spearmanr),
        ("kendall", stats.kendalltau),
    ],
)
def test_p_values_agree_with_scipy(kind: str, function: object) -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(rng.normal(size=(20, 3)), columns=list("xyz"))
    frame.iloc[3, 2] = NAN
    table = pair_tests(frame, [("x", "y"), ("z", "x")], kind)
    assert table["n"].tolist() == [20, 19]
    for row in table.itertuples():
        both = frame[[row.node, row.other]].dropna().to_numpy()
        expected = function(both[:, 0], both[:, 1])
        assert row.correlation == pytest.approx(expected[0])
        assert row.p == pytest.approx(expected[1])
    assert pair_tests(frame, [("x", "y")], kind, "listwise")["n"].tolist() == [20]
    three = [("x", "y"), ("y", "z"), ("x", "z")]
    assert pair_tests(frame, three, kind, "listwise")["n"].tolist() == [19] * 3


def test_adjustment_by_hand() -> None:
    p = np.array([0.01, NAN, 0.04, 0.03, 0.005])
    # Holm: sorted p times 4, 3, 2, 1, never falling; a missing test does not count.
    np.testing.assert_allclose(adjusted(p, "holm"), [0.03, NAN, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(adjusted(p, "bonferroni"), [0.04, NAN, 0.16, 0.12, 0.02])
    # Benjamini-Hochberg: sorted p times 4 / 1, 4 / 2, 4 / 3, 4 / 4, never falling downwards.
    np.testing.assert_allclose(adjusted(p, "fdr_bh"), [0.02, NAN, 0.04, 0.04, 0.02])
    np.testing.assert_array_equal(adjusted(p, "none"), p)
    with pytest.raises(ValueError, match="method"):
        adjusted(p, "guess")
    assert np.isnan(adjusted(np.array([NAN]))).all()


def test_the_ends_of_the_t_test() -> None:
    p = t_test(np.array([1.0, -1.0, 0.0, 1.0, NAN]), np.array([5.0, 5.0, 5.0, 2.0, 5.0]))
    np.testing.assert_array_equal(p, [0, 0, 1, NAN, NAN])


def test_across_levels(scores: Scores) -> None:
    tree = scores.framework
    within = level_pairs(scores, tree, 2020)
    assert list(zip(within["node"], within["other"], strict=True)) == [
        ("x", "y"), ("x", "u"), ("x", "v"), ("x", "w"), ("y", "u"),
        ("y", "v"), ("y", "w"), ("u", "v"), ("u", "w"), ("v", "w"),
    ]  # fmt: skip
    siblings = level_pairs(scores, tree, 2020, related="siblings")
    assert (siblings["relation"] == "sibling").all() and len(siblings) == 3 + 1
    family = level_pairs(scores, tree, 2020, (1, 2), "family")
    assert (family["relation"] == "parent").all() and len(family) == 5
    assert len(level_pairs(scores, tree, 2020, (1, 2))) == 10
    up = level_pairs(scores, tree, 2020, (1, 3))
    assert set(up["relation"]) == {"index"}
    assert "weak" not in set(level_pairs(scores, tree, 2020)["flag"])


def test_what_a_node_is_to_another(tmp_path: Path) -> None:
    tree = framework(
        tmp_path,
        [
            {"code": "i"},
            {"code": "a", "parent": "i"},
            {"code": "b", "parent": "a"},
            {"code": "c", "parent": "i"},
            {"code": "x", "parent": "b", "direction": 1},
            {"code": "y", "parent": "b", "direction": 1},
            {"code": "z", "parent": "c", "direction": 1},
        ],
    )
    found = [relation(tree, "x", other) for other in "bayiczx"[:6]]
    assert found == ["parent", "ancestor", "sibling", "index", "other", "other"]
    assert relation(tree, "a", "i") == "parent"
