"""Weights by intended importance: analytic answers, and never a negative one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shared_data import validation
from small import flat, framework

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.weighting import weight_findings
from analysis.core.weighting.optimised import optimised

NAN = np.nan


def sample(covariance: Sequence[Sequence[float]], units: int = 200, seed: int = 1) -> pd.DataFrame:
    """Return data with exactly this covariance matrix."""
    target = np.array(covariance)
    noise = np.random.default_rng(seed).normal(size=(units, len(target)))
    noise -= noise.mean(axis=0)
    white = noise @ np.linalg.inv(np.linalg.cholesky(np.cov(noise.T)).T)
    values = white @ np.linalg.cholesky(target).T
    return pd.DataFrame(values, columns=[chr(97 + k) for k in range(len(target))])


def test_uncorrelated_items(tmp_path: Path) -> None:
    # r_j = w_j s_j / s_y: for equal importance the weights go with 1 / s_j.
    data = sample([[1, 0, 0], [0, 4, 0], [0, 0, 16]])
    table = optimised(data, flat(tmp_path, "a b c"))
    np.testing.assert_allclose(table["weight"], [4 / 7, 2 / 7, 1 / 7], rtol=1e-9)
    np.testing.assert_allclose(table["measured"], 3**-0.5, rtol=1e-9)
    np.testing.assert_allclose(table["reached"], 1 / 3)
    assert (table["note"] == "").all()


def test_correlated_items_by_hand(tmp_path: Path) -> None:
    # R = [[1, .5], [.5, 1]], t = (2, 1): R u = t gives u = (2, 0).
    data = sample([[1, 0.5], [0.5, 1]])
    tree = flat(tmp_path, "a b")
    table = optimised(data, tree, importance={"a": 2, "b": 1})
    np.testing.assert_allclose(table["weight"], [1, 0], atol=1e-9)
    # t = (5, 4): u = (2, 1).
    table = optimised(data, tree, importance={"a": 5, "b": 4})
    np.testing.assert_allclose(table["weight"], [2 / 3, 1 / 3], rtol=1e-9)
    np.testing.assert_allclose(table["reached"], [5 / 9, 4 / 9], rtol=1e-9)
    np.testing.assert_allclose(table["measured"], np.array([2.5, 2]) / 7**0.5, rtol=1e-9)


def test_out_of_reach_without_negative_weights(tmp_path: Path) -> None:
    # t = (3, 1): u = (10 / 3, -2 / 3) would do; without negative ones, only the first.
    data = sample([[1, 0.5], [0.5, 1]])
    table = optimised(data, flat(tmp_path, "a b"), importance={"a": 3, "b": 1})
    np.testing.assert_allclose(table["weight"], [1, 0], atol=1e-9)
    np.testing.assert_allclose(table["reached"], [2 / 3, 1 / 3], rtol=1e-9)
    assert (table["note"] == "not_reached").all()
    (finding,) = weight_findings(table)
    assert finding.severity == "warning" and "a, b" in finding.text("en")


def test_intended_importance_is_that_of_the_framework(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"code": "i"},
        {"code": "a", "parent": "i", "direction": 1, "weight": 5},
        {"code": "b", "parent": "i", "direction": 1, "weight": 4},
    ]
    data = sample([[1, 0.5], [0.5, 1]])
    tree = framework(tmp_path, rows)
    np.testing.assert_allclose(optimised(data, tree)["weight"], [2 / 3, 1 / 3], rtol=1e-9)
    equal = optimised(data, tree, intended="equal")
    np.testing.assert_allclose(equal["weight"], 0.5, rtol=1e-9)
    # What is left out has the importance that is intended by default.
    part = optimised(data, tree, importance={"b": 5 / 9})
    np.testing.assert_allclose(part["weight"], 0.5, rtol=1e-9)


def test_correlation_ratios_of_uncorrelated_items(tmp_path: Path) -> None:
    # Variance shares w_j ** 2 s_j ** 2: for importance 4 : 1 the weights go with 2 : 1.
    data = pd.DataFrame(np.random.default_rng(2).uniform(size=(4000, 2)), columns=["a", "b"])
    tree = flat(tmp_path, "a b")
    table = optimised(data, tree, importance={"a": 4, "b": 1}, measure="ratio")
    np.testing.assert_allclose(table["weight"], [2 / 3, 1 / 3], atol=0.01)
    np.testing.assert_allclose(table["reached"], [0.8, 0.2], atol=1e-3)
    np.testing.assert_allclose(table["measured"], [0.8, 0.2], atol=0.01)


@pytest.mark.parametrize("measure", ["spearman", "kendall"])
def test_rank_correlations(tmp_path: Path, measure: str) -> None:
    data = np.exp(sample([[1, 0.2, 0.1], [0.2, 4, 0.3], [0.1, 0.3, 2]]) / 2)
    tree = flat(tmp_path, "a b c")
    table = optimised(data, tree, importance={"a": 3, "b": 2, "c": 2}, measure=measure)
    score = pd.Series(data.to_numpy() @ table["weight"].to_numpy())
    had = np.array([data[item].corr(score, method=measure) for item in "abc"])
    np.testing.assert_allclose(table["measured"], had)
    np.testing.assert_allclose(had / had.sum(), [3 / 7, 2 / 7, 2 / 7], atol=0.004)


def test_means_other_than_arithmetic(tmp_path: Path) -> None:
    data = np.exp(sample([[1, 0.3, 0.2], [0.3, 1, 0.1], [0.2, 0.1, 1]]))

    def geometric(code: str, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return np.exp(np.log(values) @ weights)

    table = optimised(data, flat(tmp_path, "a b c"), node_score=geometric)
    score = np.exp(np.log(data.to_numpy()) @ table["weight"].to_numpy())
    had = np.array([np.corrcoef(data[item], score)[0, 1] for item in "abc"])
    np.testing.assert_allclose(had / had.sum(), 1 / 3, atol=1e-3)


def test_missing_values(tmp_path: Path) -> None:
    data = sample([[1, 0.3, 0.2], [0.3, 4, 0.1], [0.2, 0.1, 2]])
    gaps = data.mask(np.random.default_rng(3).uniform(size=data.shape) < 0.1)
    table = optimised(gaps, flat(tmp_path, "a b c"))
    assert (table["note"] == "").all()
    np.testing.assert_allclose(table["reached"], 1 / 3, atol=1e-3)


def test_a_floor(tmp_path: Path) -> None:
    data = sample([[1, 0.5], [0.5, 1]])
    tree = flat(tmp_path, "a b")
    table = optimised(data, tree, importance={"a": 3, "b": 1}, floor=0.1)
    np.testing.assert_allclose(table["weight"], [0.9, 0.1], rtol=1e-9)
    table = optimised(data, tree, importance={"a": 3, "b": 1}, floor=0.9)
    np.testing.assert_allclose(table["weight"], [0.5, 0.5], rtol=1e-9)


TREE: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "g", "parent": "i"},
    {"code": "h", "parent": "i"},
    {"code": "a", "parent": "g", "direction": 1},
    {"code": "b", "parent": "g", "direction": 1},
    {"code": "c", "parent": "h", "direction": 1},
]


def test_items_against_the_index(tmp_path: Path) -> None:
    data = sample([[1, 0.4, 0.1], [0.4, 4, 0.2], [0.1, 0.2, 9]])
    tree = framework(tmp_path, TREE)
    table = optimised(data, tree, against="index", intended="equal").set_index("code")
    flat_weights = optimised(data, flat(tmp_path, "a b c"))["weight"].to_numpy()
    w = table["weight"]
    assert w[["g", "h"]].sum() == pytest.approx(1) and w["c"] == 1
    overall = [w["g"] * w["a"], w["g"] * w["b"], w["h"]]
    np.testing.assert_allclose(overall, flat_weights)
    index = data.to_numpy() @ overall
    had = [np.corrcoef(data[item], index)[0, 1] for item in "abc"]
    np.testing.assert_allclose(table.loc[list("abc"), "measured"], had)
    np.testing.assert_allclose(had, had[0])
    assert table.loc[["g", "h"], "reached"].isna().all()


def test_against_the_index_importance_is_that_in_the_index(tmp_path: Path) -> None:
    tree = framework(tmp_path, TREE)
    data = sample([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    table = optimised(data, tree, against="index").set_index("code")
    np.testing.assert_allclose(table.loc[list("abc"), "intended"], [0.25, 0.25, 0.5])
    np.testing.assert_allclose(table.loc[["g", "h", "a"], "weight"], [0.5, 0.5, 0.5], rtol=1e-9)


def test_a_group_that_gets_nothing_shares_it_equally(tmp_path: Path) -> None:
    tree = framework(tmp_path, TREE)
    common = np.random.default_rng(5).normal(size=(100, 1))
    noise = np.random.default_rng(6).normal(size=(100, 3))
    data = pd.DataFrame(common + 0.5 * noise, columns=list("abc"))
    table = optimised(data, tree, against="index", importance={"c": 99}).set_index("code")
    assert table.at["g", "weight"] == pytest.approx(0, abs=1e-9)
    assert table.loc[["a", "b"], "weight"].tolist() == [0.5, 0.5]


def asem() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the normalised items of COINr's example, and their metadata."""
    data = pd.read_csv(validation("asem/iData.csv")).set_index("uCode")
    meta = pd.read_csv(validation("asem/iMeta.csv")).set_index("iCode")
    items = meta.index[meta["Type"] == "Indicator"]
    values = data[items] * meta.loc[items, "Direction"]
    per = meta.loc[items, "Denominator"].dropna()
    for item, denominator in per.items():
        values[item] = values[item] / data[denominator]
    return 100 * (values - values.min()) / (values.max() - values.min()), meta


@pytest.mark.parametrize("measure", ["pearson", "spearman", "ratio"])
def test_never_a_negative_weight_where_coinr_gives_one(tmp_path: Path, measure: str) -> None:
    """The pillars of ASEM against the index: COINr 1.1.14 gives -0.22 and others below zero."""
    values, meta = asem()
    pillars = meta.index[meta["Level"] == 2]
    scores = pd.DataFrame(
        {p: values[meta.index[meta["Parent"] == p]].mean(axis=1) for p in pillars}
    )
    correlations = scores.corr().to_numpy()
    # Left to itself the target is reached by negative weights only.
    free = np.linalg.solve(correlations, np.ones(len(pillars))) / scores.std()
    assert (free < 0).any()
    tree = flat(tmp_path, " ".join(pillars))
    table = optimised(scores, tree, intended="equal", measure=measure)
    assert (table["weight"] >= 0).all() and table["weight"].sum() == pytest.approx(1)
    assert (table["note"] == "not_reached").all()
    # Nearer to what is intended than equal weights are.
    index = scores.mean(axis=1)
    if measure == "pearson":
        had = np.maximum([np.corrcoef(scores[p], index)[0, 1] for p in pillars], 0)
        assert ((table["reached"] - 0.125) ** 2).sum() < ((had / had.sum() - 0.125) ** 2).sum()


def test_no_weights_come_nearer(tmp_path: Path) -> None:
    """Of many weights drawn at random none makes a smaller angle with what is intended."""
    data = sample([[1, -0.6, 0.3], [-0.6, 1, 0.2], [0.3, 0.2, 1]])
    target = np.array([0.6, 0.1, 0.3])
    table = optimised(
        data, flat(tmp_path, "a b c"), importance=dict(zip("abc", target, strict=True))
    )

    def angle(weights: np.ndarray) -> float:
        r = np.array([np.corrcoef(data[item], data @ weights)[0, 1] for item in "abc"])
        return float(np.arccos(r @ target / np.linalg.norm(r) / np.linalg.norm(target)))

    best = angle(table["weight"].to_numpy())
    drawn = np.random.default_rng(7).dirichlet(np.ones(3), size=500)
    assert min(angle(weights) for weights in drawn) >= best - 1e-9


@pytest.mark.parametrize(
    ("importance", "code"),
    [
        ({"a": -1.0}, "importance_value"),
        ({"a": NAN}, "importance_value"),
        ({"a": "1"}, "importance_value"),
        ({"a": True}, "importance_value"),
        ({"z": 1.0}, "importance_node"),
        ({"i": 1.0}, "importance_node"),
    ],
)
def test_importance_that_is_none(tmp_path: Path, importance: dict[str, float], code: str) -> None:
    with pytest.raises(InputError) as caught:
        optimised(sample([[1, 0], [0, 1]]), flat(tmp_path, "a b"), importance=importance)
    assert [finding.code for finding in caught.value.findings] == [f"weigh.{code}"]


def test_no_importance_at_all_is_the_same_for_all(tmp_path: Path) -> None:
    table = optimised(sample([[1, 0], [0, 1]]), flat(tmp_path, "a b"), importance={"a": 0, "b": 0})
    np.testing.assert_allclose(table["weight"], 0.5, rtol=1e-9)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return flat(tmp_path_factory.mktemp("pair"), "a b c")


@settings(deadline=None, max_examples=60)
@given(
    arrays(np.float64, (12, 3), elements=st.integers(0, 40).map(float)),
    st.tuples(*[st.integers(0, 9)] * 3),
    arrays(np.float64, 3, elements=st.floats(0.1, 10)),
)
def test_scale_and_origin_change_weights_as_they_should(
    pair: Framework, values: np.ndarray, importance: tuple[int, ...], sizes: np.ndarray
) -> None:
    """Weights times scale stay the same, and importance with them."""
    data = pd.DataFrame(values, columns=list("abc"))
    wanted = dict(zip("abc", map(float, importance), strict=True))
    found = optimised(data, pair, importance=wanted)
    again = optimised(data * sizes + 5, pair, importance=wanted)
    if set(found["note"]) & {"constant", "undetermined", "no_data"}:
        return
    assert (found["weight"] >= 0).all()
    np.testing.assert_allclose(again["reached"], found["reached"], atol=1e-6)
