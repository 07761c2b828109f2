"""The account of each score by item sums to the score."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import UNEVEN, flat, framework, panel

from analysis.core.account import account, item_account
from analysis.core.account_shapley import all_orders, drawn_orders, shapley_parts
from analysis.core.aggregations import AGGREGATIONS
from analysis.core.method import Aggregation, Method, Missing, Normalisation, Treatment, Weighting
from analysis.core.rebuild import rebuild
from analysis.core.score import score
from analysis.core.scores import Scores

NAN = np.nan


def method(rule: str = "arithmetic", share: float = 0.0) -> Method:
    return Method(
        treatment=Treatment("none"),
        normalisation=Normalisation("minmax", 1, 100),
        aggregation=Aggregation(rule),
        missing=Missing("renormalise", share),
    )


def scored(folder: Path, rule: str, seed: int = 5, groups: str = "") -> Scores:
    rng = np.random.default_rng(seed)
    values = {code: rng.uniform(size=12) for code in "cxyzw"}
    values["x"][3] = values["w"][7] = values["c"][7] = values["z"][9] = values["w"][9] = NAN
    rows = [{**row, "aggregation": groups} if row["code"] in ("a", "b") else row for row in UNEVEN]
    return score(panel(values, region=["n", "s"] * 6), framework(folder, rows), method(rule))


def formed(scores: Scores, rule: str) -> Scores:
    """Return the same items with the nodes formed by another rule."""
    other = replace(scores.method, aggregation=Aggregation(rule))
    nodes = rebuild(scores, 2020, method=other).set_axis(scores.nodes.index)
    return replace(scores, nodes=nodes, method=other)


def holds(account: object, scores: Scores, node: str = "i") -> None:
    expected = scores.in_year(2020)[node]
    np.testing.assert_allclose(account.base + account.parts.sum(axis=1), expected, rtol=1e-11)
    np.testing.assert_allclose(account.score, expected)


def test_arithmetic_by_hand(tmp_path: Path) -> None:
    tree = framework(
        tmp_path,
        [
            {"code": "i"},
            {"code": "a", "parent": "i", "weight": 3},
            {"code": "x", "parent": "a", "direction": 1, "weight": 1},
            {"code": "y", "parent": "a", "direction": 1, "weight": 3},
            {"code": "z", "parent": "i", "direction": 1, "weight": 1},
        ],
    )
    plain = Method(treatment=Treatment("none"), normalisation=Normalisation("minmax"))
    data = panel({"x": [0, 50, 100], "y": [0, 20, 100], "z": [0, 80, 100]})
    ours = item_account(score(data, tree, plain), 2020)
    # weights in the index: 3/4 x 1/4, 3/4 x 3/4, 1/4
    assert ours.definition == "weights"
    assert ours.parts.loc["b"].tolist() == pytest.approx([50 * 3 / 16, 20 * 9 / 16, 80 / 4])
    assert ours.base.tolist() == [0, 0, 0]
    # y missing: x carries its whole group
    gap = panel({"x": [0, 50, 100], "y": [0, NAN, 100], "z": [0, 80, 100]})
    loose = Method(
        treatment=Treatment("none"),
        normalisation=Normalisation("minmax"),
        missing=Missing("renormalise", 0.0),
    )
    ours = item_account(score(gap, tree, loose), 2020)
    assert ours.parts.loc["b"].tolist() == pytest.approx([50 * 3 / 4, 0, 80 / 4])
    assert item_account(score(gap, tree, plain), 2020).parts.loc["b"].isna().all()


def test_geometric_is_the_logarithmic_mean_share(tmp_path: Path) -> None:
    scores = score(
        panel({"x": [0.0, 30, 99], "y": [0, 60, 99]}), flat(tmp_path, "x y"), method("geometric")
    )
    start = pd.Series({"x": 20.0, "y": 50.0})
    ours = item_account(scores, 2020, reference=start)
    assert ours.definition == "slopes"
    x, y = scores.in_year(2020).loc["b", ["x", "y"]]
    s, s0 = np.sqrt(x * y), np.sqrt(20 * 50)
    mean = (s - s0) / np.log(s / s0)
    assert ours.parts.loc["b", "x"] == pytest.approx(mean * 0.5 * np.log(x / 20))
    assert ours.parts.loc["b", "y"] == pytest.approx(mean * 0.5 * np.log(y / 50))
    assert ours.base["b"] == pytest.approx(s0)


def test_harmonic_by_hand(tmp_path: Path) -> None:
    scores = score(
        panel({"x": [0.0, 30, 99], "y": [0, 60, 99]}), flat(tmp_path, "x y"), method("harmonic")
    )
    ours = item_account(scores, 2020, reference=pd.Series({"x": 20.0, "y": 50.0}))
    x, y = scores.in_year(2020).loc["b", ["x", "y"]]
    s, s0 = 2 / (1 / x + 1 / y), 2 / (1 / 20 + 1 / 50)
    factor = (s - s0) / (1 / s0 - 1 / s)
    assert ours.parts.loc["b", "x"] == pytest.approx(factor * 0.5 * (1 / 20 - 1 / x))


@pytest.mark.parametrize("rule", sorted(AGGREGATIONS))
@pytest.mark.parametrize("groups", ["", "arithmetic", "geometric"])
def test_parts_sum_to_the_score(tmp_path: Path, rule: str, groups: str) -> None:
    scores = formed(scored(tmp_path, "arithmetic", groups=groups), rule)
    if rule == "bod" and groups != "arithmetic":
        pytest.skip("one linear programme a unit and mixture: once is enough")
    ours = item_account(scores, 2020)
    known = ours.base.notna()
    holds_for = scores.in_year(2020)["i"].notna()
    assert known.sum() >= 0.5 * holds_for.sum() > 0
    total = ours.base + ours.parts.sum(axis=1)
    np.testing.assert_allclose(total[known], scores.in_year(2020)["i"][known], atol=1e-9)
    again = item_account(scores, 2020)
    pd.testing.assert_frame_equal(ours.parts, again.parts)
    if groups:
        holds(item_account(scores, 2020, "a"), scores, "a")


@pytest.mark.parametrize("rule", ["power", "median", "topsis"])
def test_groups_of_other_rules_sum_to_the_distance_from_the_mean(tmp_path: Path, rule: str) -> None:
    scores = formed(scored(tmp_path, "arithmetic", groups="arithmetic"), rule)
    score_of = scores.in_year(2020)["i"]
    ours = account(scores, 2020)
    assert ours.rule == rule and list(ours.parts.columns) == ["a", "b", "c"]
    complete = scores.normalised.notna().all(axis=1).to_numpy()
    for region in "ns":  # these share their weights
        alike = complete & (scores.units_in(2020)["region"] == region).to_numpy()
        gap = (ours.parts.sum(axis=1) - score_of)[alike]
        np.testing.assert_allclose(gap, gap.iloc[0], atol=1e-9)
    np.testing.assert_allclose(ours.parts.mean(), 0, atol=1e-9)


def test_weights_as_given_keep_their_sum(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [
        {"code": c, "parent": "i", "direction": 1, "weight": w} for c, w in (("x", 1), ("y", 2))
    ]
    given_method = replace(method(), weighting=Weighting("given", parameters={"rescale": False}))
    data = panel({"x": [0, 0.5, 1, 0.2], "y": [0, 1, 0.25, NAN]})
    scores = score(data, framework(tmp_path, rows), given_method)
    assert scores.in_year(2020).loc["b", "i"] == pytest.approx(50.5 + 2 * 100)
    ours = item_account(scores, 2020)
    holds(ours, scores)
    assert ours.parts.loc["b"].tolist() == pytest.approx([50.5, 200])
    assert ours.parts.loc["d"].tolist() == pytest.approx([3 * 20.8, 0])


def test_a_unit_equal_to_the_reference_in_part(tmp_path: Path) -> None:
    scores = scored(tmp_path, "geometric")
    values = scores.in_year(2020)
    other = values[list("cxyzw")].copy()
    other["x"] = values["x"] * 1.5  # only x differs: it has the whole of the difference
    ours = item_account(scores, 2020, reference=other[list("xcyzw")])
    assert values["i"].notna().all()
    np.testing.assert_array_equal(ours.parts[list("cyzw")], 0)
    holds(ours, scores)
    same = item_account(scores, 2020, reference=values)
    assert np.nanmax(np.abs(same.parts.to_numpy())) == 0


def test_the_way_back_is_the_way_there(tmp_path: Path) -> None:
    scores = scored(tmp_path, "harmonic", groups="geometric")
    values = scores.in_year(2020)[list(scores.framework.items)].dropna()
    first, second = values.iloc[0], values.iloc[2]
    there = item_account(scores, 2020, reference=first).parts.loc[values.index[2]]
    back = item_account(scores, 2020, reference=second).parts.loc[values.index[0]]
    np.testing.assert_allclose(there, -back, rtol=1e-9)


def test_shapley_of_a_known_game() -> None:
    # Gloves: players 0 and 1 own a left one, 2 a right one; a pair is worth 1.
    def worth(moved: np.ndarray) -> np.ndarray:
        return np.array([float((moved[0] or moved[1]) and moved[2])])

    np.testing.assert_allclose(all_orders(worth, 3), [[1 / 6, 1 / 6, 2 / 3]])
    drawn = drawn_orders(worth, 3, 4000, 1)
    np.testing.assert_allclose(drawn, [[1 / 6, 1 / 6, 2 / 3]], atol=0.02)
    assert drawn_orders(worth, 3, 5, 1).sum() == pytest.approx(1)


def test_shapley_of_a_weighted_mean_is_its_account(tmp_path: Path) -> None:
    scores = scored(tmp_path, "arithmetic")
    items = list(scores.framework.items)
    zero = np.where(scores.in_year(2020)[items].isna(), NAN, 0.0)
    base, parts = shapley_parts(scores, 2020, "i", items, zero, 10, 0)
    np.testing.assert_allclose(base, 0, atol=1e-12)
    np.testing.assert_allclose(parts, item_account(scores, 2020).parts[items], atol=1e-9)


@pytest.mark.parametrize("rule", ["arithmetic", "geometric", "harmonic"])
def test_rebuilt_nodes_are_those_scored(tmp_path: Path, rule: str) -> None:
    scores = scored(tmp_path, rule)
    pd.testing.assert_frame_equal(rebuild(scores, 2020), scores.in_year(2020))


def test_refused_cells_stay_refused(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x y")
    data = panel({"x": [1, np.inf, 3, 4], "y": [1.0, 2, 3, 5]})
    scores = score(data, tree, method())
    assert np.isnan(scores.in_year(2020).loc["b", "i"])
    pd.testing.assert_frame_equal(rebuild(scores, 2020), scores.in_year(2020))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.integers(0, 10_000),
    st.sampled_from(["arithmetic", "geometric", "harmonic"]),
    st.sampled_from(["", "arithmetic", "geometric", "harmonic"]),
)
def test_any_tree_of_means(tmp_path: Path, seed: int, rule: str, groups: str) -> None:
    holds(
        item_account(scored(tmp_path, rule, seed, groups), 2020),
        scored(tmp_path, rule, seed, groups),
    )
