"""The index under many sets of weights at once, and ranks of many draws."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small import UNEVEN, flat, framework, panel

from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Missing, Normalisation, Treatment
from analysis.core.rank import rank_scores
from analysis.core.rebuild import rebuild, reweighted
from analysis.core.score import Scores, score
from analysis.core.steps import Weighting
from analysis.core.uncertainty.draws.form import form_index, form_levels, rank_draws
from analysis.core.uncertainty.draws.products import product, tree_of, weights_in_index
from analysis.core.uncertainty.draws.weight_factors import weight_factors

NAN = np.nan
DEEP: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "x", "parent": "p", "direction": 1},
    {"code": "s", "parent": "i", "weight": 3},
    {"code": "p", "parent": "s", "weight": 2},
    {"code": "y", "parent": "p", "direction": 1},
    {"code": "q", "parent": "s", "weight": 1},
    {"code": "z", "parent": "q", "direction": 1},
    {"code": "c", "parent": "i", "weight": 1, "direction": 1},
    {"code": "w", "parent": "q", "direction": -1},
]


def local_weights(tree: Framework, draws: int, seed: int) -> np.ndarray:
    """Weights among siblings, some of them zero."""
    rng = np.random.default_rng(seed)
    weights = pd.DataFrame(1.0, index=range(draws), columns=tree.nodes.index)
    for code in tree.nodes.index:
        children = list(tree.children(code))
        if children:
            weights[children] = rng.dirichlet(np.ones(len(children)), size=draws)
    found = weights.to_numpy()
    found[0, tree.nodes.index.get_loc("w")] = 0.0
    return found


def scored(folder: Path, rows: list[dict[str, object]], method: Method, gaps: bool) -> Scores:
    rng = np.random.default_rng(5)
    values = {code: rng.uniform(size=12) for code in "cxyzw"}
    if gaps:
        values["x"][3] = values["w"][7] = values["c"][7] = values["z"][2] = values["w"][2] = NAN
    return score(panel(values, region=["n", "s"] * 6), framework(folder, rows), method)


def one_by_one(scores: Scores, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Form every node by the ordinary engine, draw by draw."""
    tree = scores.framework
    found = [
        rebuild(scores, 2020, framework=reweighted(tree, pd.Series(row, index=tree.nodes.index)))
        for row in weights
    ]
    return {str(code): np.array([table[code] for table in found]) for code in tree.nodes.index}


def method_of(rule: str, **changes: object) -> Method:
    base = Method(
        treatment=Treatment("none"),
        normalisation=Normalisation("minmax", 1, 100),
        aggregation=Aggregation(rule),
        missing=Missing("renormalise", 0.0),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


RULES = ["arithmetic", "geometric", "harmonic", "power", "median", "topsis"]


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("rows", [UNEVEN, DEEP], ids=["uneven", "deep"])
@pytest.mark.parametrize("rule", RULES)
def test_agrees_with_the_ordinary_engine(
    tmp_path: Path, rule: str, rows: list[dict[str, object]], gaps: bool
) -> None:
    plain = [{k: v for k, v in row.items() if "[" not in k} for row in rows]
    scores = scored(tmp_path, plain, method_of(rule), gaps)
    weights = local_weights(scores.framework, 9, 3)
    values = scores.normalised.to_numpy()
    expected = one_by_one(scores, weights)
    found = form_index(values, weights, scores.framework, scores.method)
    np.testing.assert_allclose(found, expected["i"], rtol=0, atol=1e-11)
    levels = form_levels(values, weights, scores.framework, scores.method)
    assert set(levels) == {c for c in scores.framework.nodes.index if scores.framework.children(c)}
    for code, formed in levels.items():
        if code == scores.framework.root or (weights[:, _place(scores, code)] > 0).all():
            np.testing.assert_allclose(formed, expected[code], rtol=0, atol=1e-11)


def _place(scores: Scores, code: str) -> int:
    return int(scores.framework.nodes.index.get_loc(code))  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", ["arithmetic", "geometric", "topsis"])
def test_units_with_weights_of_their_own(tmp_path: Path, rule: str) -> None:
    scores = scored(tmp_path, UNEVEN, method_of(rule), True)
    weights = local_weights(scores.framework, 7, 4)[1:]
    factors = weight_factors(scores.framework, scores.units)
    assert factors is not None
    found = form_index(
        scores.normalised.to_numpy(), weights, scores.framework, scores.method, factors=factors
    )
    np.testing.assert_allclose(found, one_by_one(scores, weights)["i"], rtol=0, atol=1e-11)


def test_each_node_by_a_rule_of_its_own(tmp_path: Path) -> None:
    rows = [dict(row) for row in DEEP]
    rows[0]["aggregation"], rows[3]["aggregation"] = "geometric", "harmonic"
    scores = scored(tmp_path, rows, method_of("arithmetic"), True)
    weights = local_weights(scores.framework, 6, 8)
    found = form_index(scores.normalised.to_numpy(), weights, scores.framework, scores.method)
    np.testing.assert_allclose(found, one_by_one(scores, weights)["i"], rtol=0, atol=1e-11)


@pytest.mark.parametrize("missing", [Missing("none"), Missing("renormalise", 0.6)])
@pytest.mark.parametrize("rule", ["arithmetic", "geometric"])
def test_the_rule_for_missing_values_holds(tmp_path: Path, rule: str, missing: Missing) -> None:
    rows = [{k: v for k, v in row.items() if "[" not in k} for row in UNEVEN]
    scores = scored(tmp_path, rows, method_of(rule, missing=missing), True)
    weights = local_weights(scores.framework, 8, 2)[1:]
    found = form_index(scores.normalised.to_numpy(), weights, scores.framework, scores.method)
    expected = one_by_one(scores, weights)["i"]
    assert np.isnan(expected).any()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


def test_what_a_mean_does_not_take_leaves_no_score_unless_it_has_no_weight(tmp_path: Path) -> None:
    tree = framework(tmp_path, DEEP)
    weights = local_weights(tree, 5, 6)
    values = np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 2.0, 3.0, 4.0, 0.0]])
    assert tree.items == ("x", "y", "z", "c", "w")  # w, the last, weighs nothing in the first draw
    found = form_index(values, weights, tree, method_of("geometric"))
    assert np.isfinite(found[:, 0]).all()
    assert np.isfinite(found[0, 1]) and np.isnan(found[1:, 1]).all()


def test_weights_as_given_keep_their_sum(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x y")
    method = method_of("arithmetic", weighting=Weighting("given", parameters={"rescale": False}))
    values = np.array([[10.0, 20.0], [10.0, NAN]])
    found = form_index(values, np.array([[1.0, 2.0, 3.0]]), tree, method)
    # 2 x 10 + 3 x 20, and where y is missing, 10 times the full weight of 5
    np.testing.assert_allclose(found, [[80.0, 50.0]])


def test_a_group_without_weight_has_none_itself(tmp_path: Path) -> None:
    tree = framework(tmp_path, DEEP)
    at = {str(code): place for place, code in enumerate(tree.nodes.index)}
    weights = local_weights(tree, 3, 1)
    weights[1, [at["x"], at["y"], at["z"], at["w"]]] = 0.0
    weights[2, [at["x"], at["y"]]] = 0.0
    values = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    found = form_index(values, weights, tree, method_of("arithmetic"))[:, 0]
    assert found[1] == pytest.approx(4.0)  # c alone is left
    q = weights[2, at["z"]] * 3 + weights[2, at["w"]] * 5
    assert found[2] == pytest.approx(weights[2, at["s"]] * q + weights[2, at["c"]] * 4)
    inner = weights_in_index(tree_of(tree), weights)
    np.testing.assert_allclose(inner.sum(axis=1), 1.0)


def test_two_items_by_hand(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x y")
    values, weights = np.array([[2.0, 8.0]]), np.array([[1.0, 0.5, 0.5], [1.0, 3.0, 1.0]])
    by_hand = {
        "arithmetic": [5.0, 3.5],
        "geometric": [4.0, 2.0 * 4.0**0.25],
        "harmonic": [3.2, 1 / (0.75 / 2 + 0.25 / 8)],
    }
    for rule, expected in by_hand.items():
        found = form_index(values, weights, tree, method_of(rule))
        np.testing.assert_allclose(found[:, 0], expected)


PRODUCTS = """
import hashlib, sys
import numpy as np
from analysis.core.uncertainty.draws.products import product
rng = np.random.default_rng(1)
for draws, units, items in ((1000, 230, 30), (300, 51, 49), (9, 40000, 30), (3, 5000, 200)):
    found = product(rng.random((draws, items)), rng.random((units, items)))
    print(hashlib.sha256(found.tobytes()).hexdigest())
"""


def test_products_have_the_same_bytes_whatever_the_number_of_threads() -> None:
    told = set()
    for threads in ("1", "2"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads}
        run = [sys.executable, "-c", PRODUCTS]
        told.add(subprocess.run(run, capture_output=True, check=True, env=environment).stdout)
    assert len(told) == 1


@pytest.mark.parametrize("shape", [(5, 3, 2), (1000, 51, 49), (17, 40_000, 7), (0, 4, 3)])
def test_products_are_matrix_products(shape: tuple[int, int, int]) -> None:
    draws, units, items = shape
    rng = np.random.default_rng(2)
    weights, values = rng.random((draws, items)), rng.random((units, items))
    np.testing.assert_allclose(product(weights, values), weights @ values.T, rtol=1e-13)


SCORES = st.one_of(
    st.floats(0, 100),
    st.sampled_from([1.0, 1.0 + 4e-10, 1.0 + 6e-10, -0.0, 0.0, NAN, 1e12, -1e300, np.inf]),
)


@given(
    arrays(np.float64, st.tuples(st.integers(0, 4), st.integers(1, 9)), elements=SCORES),
    st.sampled_from([0, 2, 9, 15]),
)
def test_ranks_are_those_of_the_ordinary_engine(scores: np.ndarray, decimals: int) -> None:
    np.testing.assert_array_equal(rank_draws(scores, decimals), rank_scores(scores, decimals))


@pytest.mark.parametrize("units", [2, 51, 256, 257, 5000])
@pytest.mark.parametrize("what", ["plain", "ties", "gaps"])
def test_ranks_of_many_units(units: int, what: str) -> None:
    rng = np.random.default_rng(units)
    scores = rng.normal(50, 20, (7, units))
    if what == "ties":
        scores[1:4] = scores[1:4].round(1)
    if what == "gaps":
        scores[rng.random(scores.shape) < 0.3] = NAN
    np.testing.assert_array_equal(rank_draws(scores), rank_scores(scores))
