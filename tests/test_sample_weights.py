"""Draws of weights: closed forms, bounds that always hold, chains that agree."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from small import flat, framework
from test_weight_space import DEEP

from analysis.core.framework import Framework
from analysis.core.uncertainty.weights.convergence import effective_size, split_r_hat
from analysis.core.uncertainty.weights.hit_and_run import agreement, hit_and_run
from analysis.core.uncertainty.weights.sample_weights import draw_weights
from analysis.core.uncertainty.weights.slices import moved_to_sum, uniform_on_slice
from analysis.core.uncertainty.weights.weight_space import (
    Linear,
    WeightDraws,
    admissible,
    contains,
    free,
    weight_draws,
    with_linear,
    with_order,
)
from analysis.core.uncertainty.weights.weights_between import index_of, nominal_local

LIKELY = 1e-4  # least p-value: the seeds are fixed, so a test passes or fails for good


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return framework(tmp_path_factory.mktemp("tree"), DEEP)


def near(sample: np.ndarray, mean: object, variance: object, effective: float = 1.0) -> None:
    """Check a sample's means and variances against known ones, within 5 standard errors."""
    n = len(sample) * effective
    variance = np.asarray(variance)
    assert (np.abs(sample.mean(axis=0) - mean) < 5 * np.sqrt(variance / n)).all()
    np.testing.assert_allclose(sample.var(axis=0), variance, rtol=12 / np.sqrt(n))


def of_the_index(spec: WeightDraws, tree: Framework, count: int, seed: int) -> np.ndarray:
    return index_of(tree, draw_weights(spec, tree, count, np.random.default_rng(seed)))


@pytest.mark.parametrize("word", ["nominal", "dirichlet:3", "band:0.5", "uniform"])
def test_draws_are_admissible_and_sum_to_one(tree: Framework, word: str) -> None:
    spec = weight_draws(word, tree)
    drawn = draw_weights(spec, tree, 500, np.random.default_rng(1))
    assert drawn.shape == (500, 13) and (drawn >= 0).all()
    assert contains(spec.admissible_set, index_of(tree, drawn)).all()
    local = dict(zip(tree.nodes.index, drawn.T, strict=True))
    np.testing.assert_allclose(local["a"], 0.6, atol=1e-12)
    np.testing.assert_allclose(local["p1"] + local["p2"], 1, atol=1e-12)
    assert (local["b3"] == 0).all() and (local["i"] == 1).all()
    if word == "nominal":
        assert (drawn == nominal_local(tree)).all()
    else:
        assert local["p"].std() > 0.01  # what stands between group and item varies too
    own = replace(spec, space=None)
    again = draw_weights(own, tree, 500, np.random.default_rng(1))
    np.testing.assert_array_equal(again, drawn)


def test_the_seed_decides_and_specifications_travel(tree: Framework) -> None:
    spaces = [free(tree), with_order(free(tree), [("p1", "q1"), ("q1", "p2")])]
    for space in spaces:
        spec = WeightDraws("uniform", space=space)
        sent = pickle.loads(pickle.dumps(spec))
        one = draw_weights(spec, tree, 300, np.random.default_rng([5, 0]))
        np.testing.assert_array_equal(
            draw_weights(sent, tree, 300, np.random.default_rng([5, 0])), one
        )
        assert not np.array_equal(draw_weights(spec, tree, 300, np.random.default_rng([5, 1])), one)


def test_dirichlet_in_closed_form(tree: Framework) -> None:
    # Shares of a: Dirichlet(4 c (1/6, 3/6, 1/6, 1/6)); a sum is Beta distributed.
    for concentration in (1.0, 20.0):
        spec = WeightDraws("dirichlet", concentration=concentration, space=free(tree))
        drawn = draw_weights(spec, tree, 20_000, np.random.default_rng(7))
        local = dict(zip(tree.nodes.index, drawn.T, strict=True))
        alpha = 4 * concentration
        assert (
            stats.kstest(local["p"], stats.beta(alpha * 4 / 6, alpha * 2 / 6).cdf).pvalue > LIKELY
        )
        assert stats.kstest(local["p1"], stats.beta(alpha / 6, alpha / 2).cdf).pvalue > LIKELY
        near(index_of(tree, drawn)[:, 2:3], 0.3, 0.36 * 0.25 / (alpha + 1))


def test_equal_weights_are_drawn_evenly_from_the_simplex(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x y z")
    for spec in (weight_draws("dirichlet", tree), WeightDraws("uniform", space=free(tree))):
        drawn = of_the_index(spec, tree, 20_000, 3)
        # P(x > t) = (1 - t) ** 2.
        for column in drawn.T:
            assert stats.kstest(column, lambda t: 1 - (1 - t) ** 2).pvalue > LIKELY


def test_a_band_of_two_in_closed_form() -> None:
    # Scaled to 0..1, both uniform, moved to the sum 1: P(x <= t) = t^2 / (1 - t) up to 1/2.
    drawn = moved_to_sum(np.zeros(2), np.ones(2), 1.0, 20_000, np.random.default_rng(2))
    np.testing.assert_allclose(drawn.sum(axis=1), 1, atol=1e-12)

    def below(t: np.ndarray) -> np.ndarray:
        low = np.minimum(t, 1 - t)
        half = low**2 / (1 - low)
        return np.where(t <= 0.5, half, 1 - half)

    assert stats.kstest(drawn[:, 0], below).pvalue > LIKELY


def test_a_slice_of_a_box_in_closed_form() -> None:
    # Three weights from 0 to 1 of sum 3/2, a regular hexagon: the density of one is that of the
    # sum of the two others at 3/2 - x, a triangle, so that its variance is 5/72.
    rng = np.random.default_rng(4)
    hexagon = uniform_on_slice(np.zeros(3), np.ones(3), 1.5, 40_000, rng)
    grid = np.linspace(0, 1, 200_001)
    density = 1 - np.abs(grid - 0.5)  # triangular density of the other two at 3/2 - x
    exact = np.average((grid - 0.5) ** 2, weights=density)
    assert exact == pytest.approx(5 / 72, abs=1e-5)
    near(hexagon, 0.5, np.full(3, 5 / 72))
    # Moved and mirrored, the same shape.
    moved = uniform_on_slice(np.full(3, 2.0), np.full(3, 4.0), 9.0, 40_000, rng)
    near(moved, 3.0, np.full(3, 4 * 5 / 72))


def test_a_slice_agrees_with_plain_rejection() -> None:
    lower, upper = np.array([0.0, 0.1, 0.05, 0.0]), np.array([0.3, 0.6, 0.2, 0.5])
    for total, seed in ((0.6, 1), (1.1, 2)):
        rng = np.random.default_rng(seed)
        drawn = uniform_on_slice(lower, upper, total, 20_000, rng)
        first = lower[:3] + rng.random((400_000, 3)) * (upper - lower)[:3]
        last = total - first.sum(axis=1)
        plain = np.column_stack([first, last])[(last >= lower[3]) & (last <= upper[3])]
        for column, other in zip(drawn.T, plain.T, strict=True):
            assert stats.ks_2samp(column, other[:20_000]).pvalue > LIKELY


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8),
    st.floats(0, 1),
    st.integers(0, 50),
)
def test_slices_keep_their_bounds_and_sum(
    ends: list[tuple[float, float]], where: float, count: int
) -> None:
    lower, upper = np.sort(np.array(ends), axis=1).T
    total = float(lower.sum() + where * (upper - lower).sum())
    tight_low = np.maximum(lower, total - (upper.sum() - upper))
    tight_high = np.minimum(upper, total - (lower.sum() - lower))
    tight_high = np.maximum(tight_high, tight_low)
    for draw in (moved_to_sum, uniform_on_slice):
        found = draw(tight_low, tight_high, total, count, np.random.default_rng(1))
        assert found.shape == (count, len(lower))
        np.testing.assert_allclose(found.sum(axis=1), total, atol=1e-9)
        assert (found >= lower - 1e-9).all() and (found <= upper + 1e-9).all()


def test_hit_and_run_on_a_simplex_and_a_box(tmp_path: Path) -> None:
    tree = flat(tmp_path, " ".join("abcdefgh"))
    rng = np.random.default_rng(1)
    simplex = hit_and_run(free(tree), 10_000, rng)
    near(simplex, 1 / 8, np.full(8, 7 / (64 * 9)), effective=0.5)
    box = admissible(tree, low=0.5, high=1.5)
    exact = uniform_on_slice(box.lower, box.upper, 1.0, 40_000, rng)
    near(hit_and_run(box, 10_000, rng), exact.mean(axis=0), exact.var(axis=0), effective=0.5)


@pytest.mark.parametrize("items", [3, 12])
def test_hit_and_run_on_an_ordered_simplex(tmp_path: Path, items: int) -> None:
    names = [f"x{k:02d}" for k in range(items)]
    space = free(flat(tmp_path, " ".join(names)))
    space = with_order(space, list(pairwise(names)))
    drawn = hit_and_run(space, 10_000, np.random.default_rng(2))
    assert contains(space, drawn).all()
    # w_k = sum over j >= k of e_j / j with (e_j) even on the simplex: means are the rank order
    # centroid; variances those of sums of Dirichlet shares.
    weights = np.triu(np.tile(1 / np.arange(1, items + 1), (items, 1)))
    share = (np.eye(items) - 1 / items) / (items * (items + 1))
    near(drawn, weights.sum(axis=1) / items, np.diag(weights @ share @ weights.T), effective=0.5)


def test_draws_of_one_chain_have_forgotten_each_other(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [{"code": group, "parent": "i", "weight": w} for group, w in (("a", 3), ("b", 7))]
    for item, weight in (("a1", 1), ("a2", 2), ("a3", 3), ("b1", 1), ("b2", 1), ("b3", 6)):
        rows.append({"code": item, "parent": item[0], "weight": weight, "direction": 1})
    space = admissible(framework(tmp_path, rows), groups=(0.8, 1.2))
    space = with_linear(space, [Linear({"a1": 1, "b1": 1}, most=0.15)])
    drawn = np.stack([hit_and_run(space, 1_000, np.random.default_rng([9, k])) for k in range(40)])
    by_chain = drawn.reshape(40, 4, 250, -1)
    now, later = by_chain[:, 0].reshape(10_000, -1), by_chain[:, 1].reshape(10_000, -1)
    lagged = [np.corrcoef(now[:, k], later[:, k])[0, 1] for k in range(now.shape[1])]
    assert max(lagged) < 0.2  # chains that all take the same directions vary from run to run
    # So that intervals for independent draws are about right.
    spread = drawn.mean(axis=1).var(axis=0, ddof=1) / (drawn.var(axis=(0, 1)) / 1_000)
    assert spread.mean() < 1.5


def test_hit_and_run_where_constraints_amount_to_equations(tmp_path: Path) -> None:
    space = free(flat(tmp_path, "x y z"))
    thin = with_linear(space, [Linear({"x": 1, "y": -1}, least=0, most=0)])
    drawn = hit_and_run(thin, 5_000, np.random.default_rng(3))
    np.testing.assert_allclose(drawn[:, 0], drawn[:, 1], atol=1e-12)
    assert stats.kstest(drawn[::5, 2], "uniform").pvalue > LIKELY
    point = with_order(space, [("x", "y"), ("y", "z"), ("z", "x")])
    np.testing.assert_allclose(hit_and_run(point, 4, np.random.default_rng(3)), 1 / 3, atol=1e-9)
    assert agreement(point, 1).worst == 1.0


def test_uniform_draws_with_an_order_agree_with_rejection(tree: Framework) -> None:
    space = with_order(admissible(tree, groups="free"), [("p2", "p1"), ("q1", "q2")])
    spec = WeightDraws("uniform", space=space)
    assert spec.chained
    drawn = of_the_index(spec, tree, 10_000, 5)
    assert contains(space, drawn).all()
    plain = of_the_index(
        WeightDraws("uniform", space=admissible(tree, groups="free")), tree, 60_000, 6
    )
    kept = plain[contains(space, plain)]
    assert (drawn[:, -1] == 0).all()  # b3 has no weight
    near(drawn[:, :-1], kept.mean(axis=0)[:-1], kept.var(axis=0)[:-1], effective=0.4)


def test_chains_that_start_apart_agree(tree: Framework) -> None:
    space = with_order(free(tree), [("p1", "p2"), ("p2", "q1")])
    found = agreement(space, 1)
    assert found.items == space.items and found.draws == 16 * 250
    assert found.worst < 1.05 and found.least_effective > 300
    fixed = space.items.index("b3")
    assert np.isnan(found.r_hat[fixed]) and np.isnan(found.effective[fixed])
    again = agreement(space, 1)
    np.testing.assert_array_equal(again.r_hat, found.r_hat)


def test_r_hat_and_effective_size_of_known_chains() -> None:
    rng = np.random.default_rng(1)
    steps = rng.standard_normal((4_000, 4, 3))
    chains = np.empty_like(steps)
    rho = np.array([0.0, 0.5, 0.9])
    chains[0] = steps[0]
    for row in range(1, len(steps)):
        chains[row] = rho * chains[row - 1] + np.sqrt(1 - rho**2) * steps[row]
    # A first-order autoregression is worth n (1 - rho) / (1 + rho) independent draws.
    np.testing.assert_allclose(effective_size(chains), 16_000 * (1 - rho) / (1 + rho), rtol=0.2)
    np.testing.assert_allclose(split_r_hat(chains), 1, atol=0.02)
    apart = chains + np.arange(4)[None, :, None] * 3.0
    # Halves of chains at 0, 3, 6, 9: variance of their means 90 / 7, of each about 1.
    np.testing.assert_allclose(split_r_hat(apart), np.sqrt(1 + 90 / 7), rtol=0.1)
    assert (effective_size(apart) < 20).all()
    assert np.isnan(effective_size(np.ones((10, 2, 1)))).all()
