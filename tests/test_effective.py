"""Effective weights: correlation ratios with known answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import framework, panel

from analysis.core.correlation_ratio import correlation_ratio
from analysis.core.effective import effective_weights
from analysis.core.method import Method, Normalisation, Treatment
from analysis.core.score import score

RNG = np.random.default_rng(20)
N = 20_000
U = RNG.uniform(-np.pi, np.pi, size=(N, 3))


def test_ishigami() -> None:
    """Analytic first-order indices of the Ishigami function (a = 7, b = 0.1)."""
    a, b = 7.0, 0.1
    y = np.sin(U[:, 0]) + a * np.sin(U[:, 1]) ** 2 + b * U[:, 2] ** 4 * np.sin(U[:, 0])
    v1 = (1 + b * np.pi**4 / 5) ** 2 / 2
    v2 = a**2 / 8
    total = v1 + v2 + b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    expected = [v1 / total, v2 / total, 0]
    ratios = [correlation_ratio(U[:, k], y) for k in range(3)]
    np.testing.assert_allclose(ratios, expected, atol=0.015)


def test_additive_index_of_independent_items() -> None:
    # V(E(y | x_i)) / V(y) = w_i**2 / sum(w**2) for equal variances.
    weights = np.array([0.6, 0.3, 0.1])
    ratios = [correlation_ratio(U[:, k], U @ weights) for k in range(3)]
    np.testing.assert_allclose(ratios, weights**2 / (weights**2).sum(), atol=0.015)


def test_a_jointly_normal_pair_has_its_squared_correlation() -> None:
    x = RNG.normal(size=N)
    y = 0.5 * x + np.sqrt(0.75) * RNG.normal(size=N)
    assert correlation_ratio(x, y) == pytest.approx(0.25, abs=0.02)


def test_a_curved_relation_counts_though_it_does_not_correlate() -> None:
    x = np.linspace(-1, 1, 200)
    assert correlation_ratio(x, x**2) > 0.999
    assert np.corrcoef(x, x**2)[0, 1] ** 2 < 1e-6


def test_small_samples_of_unrelated_numbers_stay_low() -> None:
    ratios = [correlation_ratio(RNG.normal(size=230), RNG.normal(size=230)) for _ in range(100)]
    assert np.mean(ratios) < 0.03 and np.quantile(ratios, 0.95) < 0.1


def test_few_values_are_compared_by_their_means() -> None:
    x = np.repeat([0.0, 1.0, 5.0], 10)
    y = x**2 + np.tile([-1.0, 1.0], 15)
    between = np.var(x**2)
    assert correlation_ratio(x, y) == pytest.approx(between / (between + 1), rel=1e-12)


def test_what_has_no_ratio() -> None:
    x = np.arange(12.0)
    assert np.isnan(correlation_ratio(x, np.full(12, 0.1)))
    assert np.isnan(correlation_ratio(np.full(12, 0.1), x))
    assert np.isnan(correlation_ratio(x[:9], x[:9]))
    gaps = np.where(x < 3, np.nan, x)
    assert np.isnan(correlation_ratio(gaps, x))


@given(st.floats(0.01, 100), st.floats(-100, 100), st.integers(0, 1000))
def test_scale_and_origin_do_not_matter(scale: float, shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.lognormal(size=60)
    y = np.sqrt(x) + rng.normal(size=60)
    ratio = correlation_ratio(x, y)
    assert 0 <= ratio <= 1
    assert correlation_ratio(scale * x + shift, y) == pytest.approx(ratio, abs=1e-5)
    assert correlation_ratio(x, -scale * y + shift) == pytest.approx(ratio, abs=1e-6)


def test_effective_beside_nominal_weights(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"code": "i"},
        {"code": "a", "parent": "i", "weight": 3},
        {"code": "b", "parent": "i", "weight": 1},
        {"code": "x", "parent": "a", "direction": 1},
        {"code": "y", "parent": "a", "direction": 1},
        {"code": "z", "parent": "b", "direction": 1},
    ]
    tree = framework(tmp_path, rows)
    # Independent items, x spread over its range and y bunched: y weighs less in effect.
    x, z = RNG.uniform(size=(2, 2000))
    y = np.concatenate([[0.0, 1.0], 0.5 + 0.01 * RNG.uniform(size=1998)])
    data = panel({"x": x, "y": y, "z": z}, units=[f"u{k:04}" for k in range(2000)])
    method = Method(treatment=Treatment("none"), normalisation=Normalisation("minmax"))
    scores = score(data, tree, method)
    table = effective_weights(scores, tree, 2020).set_index("node")
    assert table.index.tolist() == ["a", "b", "x", "y", "z"]
    assert table["nominal"].tolist() == [0.75, 0.25, 0.5, 0.5, 1]
    assert table["nominal_index"].tolist() == [0.75, 0.25, 0.375, 0.375, 0.25]
    assert table.loc["x", "effective"] > 0.95 and table.loc["y", "effective"] < 0.05
    assert table.loc["z", "ratio"] == pytest.approx(1, abs=1e-6)
    for column, by in (("effective", "parent"), ("effective_index", "level")):
        np.testing.assert_allclose(table.groupby(by)[column].sum(), 1)
    # a varies about half as much as b, with three times its weight.
    spread = {code: scores.node(code).var() * w**2 for code, w in (("a", 0.75), ("b", 0.25))}
    expected = spread["a"] / sum(spread.values())
    assert table.loc["a", "effective"] == pytest.approx(expected, abs=0.02)
