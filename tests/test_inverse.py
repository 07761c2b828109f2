"""The inverse question: intervals by hand, known weights recovered, conflicts that are needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import demo_table
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import flat

from analysis.core.catalogue import default_method, find_framework, find_method
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method
from analysis.core.rank import rank_scores
from analysis.core.score import score
from analysis.core.uncertainty.inverse.inverse import Recovered, recover_weights
from analysis.core.uncertainty.inverse.inverse_methods import recover_for_methods
from analysis.core.uncertainty.inverse.order import Order, last_order, places_order, top_order
from analysis.core.uncertainty.methods.variant import Variant
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_centre import contains
from analysis.core.uncertainty.weights.weight_space import admissible, free

NAN = np.nan
THREE = np.array([[100.0, 0.0], [60.0, 60.0], [0.0, 100.0]])  # 100 w, 60, 100 (1 - w)


def blocks(items: int, many: int = 1) -> WeightSpace:
    """Return free weights in blocks of equal totals."""
    block = np.arange(items) * many // items
    nominal = 1 / many / np.bincount(block)[block]
    total = np.full(many, 1 / many)
    empty = np.empty((0, items))
    names = tuple(f"x{k}" for k in range(items))
    return WeightSpace(
        names, nominal, np.zeros(items), total[block], block, total, empty, np.empty(0)
    )


def jittered(space: WeightSpace, seed: int) -> np.ndarray:
    """Return weights within the bounds, known beforehand and not the nominal ones."""
    rng = np.random.default_rng(seed)
    weights = space.nominal * rng.uniform(0.75, 1.3, len(space.nominal))
    for number, total in enumerate(space.total):
        weights[space.block == number] *= total / weights[space.block == number].sum()
    assert contains(space, weights)
    return weights


def fulfils(order: Order, scores: dict[str, float], slack: float = 0.0) -> bool:
    return all(
        min(scores[u] for u in above) >= max(scores[v] for v in below) - slack
        for above, below in order.steps()
    )


def test_an_interval_by_hand(tmp_path: Path) -> None:
    """b > a > c: 100 w < 60 and 100 w > 100 (1 - w)."""
    found = recover_weights(
        THREE, "abc", free(flat(tmp_path, "x y")), places_order({"b": 1, "a": 2, "c": 3})
    )
    assert found.feasible and found.slack == 0 and found.conflict.empty
    ranges = found.ranges.set_index("item")
    assert ranges.loc["x", ["low", "high"]].tolist() == pytest.approx([0.5, 0.6], abs=1e-7)
    assert ranges.loc["y", ["low", "high"]].tolist() == pytest.approx([0.4, 0.5], abs=1e-7)
    assert found.centre.tolist() == pytest.approx([0.55, 0.45], abs=1e-7)
    assert found.must_matter == ("x", "y")
    # The widest gap: 60 - 100 w = 200 w - 100, at w = 160 / 300.
    assert found.gap == pytest.approx(60 - 160 / 3)


def test_a_contradiction_by_hand(tmp_path: Path) -> None:
    """a > c needs w > 0.5, c > b needs w < 0.4: nobody's place can be spared."""
    found = recover_weights(
        THREE, "abc", free(flat(tmp_path, "x y")), places_order({"a": 1, "c": 2, "b": 3})
    )
    assert not found.feasible and found.space is None
    assert found.gap == pytest.approx(-20 / 3)
    assert found.slack == pytest.approx(10, abs=1e-4)  # at w = 0.5 with b ten points lower
    assert found.slacks["unit"].tolist() == ["b"]
    assert found.slacks["slack"].tolist() == pytest.approx([-10], abs=1e-4)
    assert found.centre.tolist() == pytest.approx([0.5, 0.5], abs=1e-4)
    assert found.conflict.to_numpy().tolist() == [["a", "1"], ["c", "2"], ["b", "3"]]
    assert found.ranges[["low", "high"]].isna().all(axis=None)


def test_who_is_worse_in_everything_cannot_be_ahead(tmp_path: Path) -> None:
    values = np.array([[3.0, 3.0], [2.0, 2.0], [9.0, 0.0], [0.0, 9.0]])
    order = places_order({"b": 1, "c": 2, "d": 3, "a": 4})
    found = recover_weights(values, "abcd", free(flat(tmp_path, "x y")), order)
    assert found.conflict["unit"].tolist() == ["b", "a"]


def test_units_level_in_everything_cannot_be_apart(tmp_path: Path) -> None:
    values = np.array([[3.0, 3.0], [3.0, 3.0], [1.0, 9.0]])
    found = recover_weights(
        values, "abc", free(flat(tmp_path, "x y")), places_order({"a": 1, "b": 2})
    )
    assert not found.feasible and found.gap == pytest.approx(0, abs=1e-9)
    level = recover_weights(
        values, "abc", free(flat(tmp_path, "x y")), places_order({"a": 1, "b": 1, "c": 2})
    )
    assert level.feasible  # of units that share a place nothing is said


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["places", "top", "last"]))
def test_the_weights_that_made_an_order_are_among_those_found(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    space = blocks(5, 2)
    values = rng.uniform(0, 100, (12, 5))
    units = [f"u{k:02}" for k in range(12)]
    draws = np.concatenate(
        [rng.dirichlet(np.ones(n), 3000) / 2 for n in np.bincount(space.block)], axis=1
    )
    truth = draws[0]
    order = sorted(units, key=lambda u: -float(values[units.index(u)] @ truth))
    known = {
        "places": places_order({u: k + 1 for k, u in enumerate(order) if k % 3 == 0}),
        "top": top_order(order[:4], units),
        "last": last_order(order[-3:], units),
    }[kind]
    found = recover_weights(values, units, space, known)
    assert found.feasible and found.space is not None
    low, high = found.ranges["low"].to_numpy(), found.ranges["high"].to_numpy()
    scores = draws @ values.T
    fits = np.array([fulfils(known, dict(zip(units, row, strict=True)), -1e-5) for row in scores])
    assert fits[0] or found.gap < 1e-4
    assert (draws[fits] >= low - 1e-7).all() and (draws[fits] <= high + 1e-7).all()
    # What is called the polytope of weights that give the order is just that.
    np.testing.assert_array_equal(contains(found.space, draws)[fits], True)
    misfits = np.array([not fulfils(known, dict(zip(units, row, strict=True))) for row in scores])
    assert not contains(found.space, draws)[misfits].any()
    centre = dict(zip(units, values @ found.centre, strict=True))
    assert fulfils(known, centre) and contains(found.space, found.centre, 1e-8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_conflicts_are_irreducible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    space = blocks(4)
    values = rng.uniform(0, 100, (9, 4))
    units = [f"u{k}" for k in range(9)]
    shuffled = rng.permutation(units)
    order = places_order({u: k + 1 for k, u in enumerate(shuffled[:5])}, units)
    check_conflict(values, units, space, order)


def check_conflict(
    values: np.ndarray, units: list[str], space: WeightSpace, order: Order
) -> Recovered:
    found = recover_weights(values, units, space, order)
    named = list(found.conflict["unit"])
    assert found.feasible == (not named)
    if named:
        assert found.slack > 0
        some = order.among(named)
        assert not recover_weights(values, units, space, some).feasible
        for one in named:
            rest = order.among(unit for unit in named if unit != one)
            assert not rest.steps() or recover_weights(values, units, space, rest).feasible
        # The slack does repair the order, at the weights that go with it.
        scores = dict(zip(units, values @ found.centre, strict=True))
        for unit, move in zip(found.slacks["unit"], found.slacks["slack"], strict=True):
            scores[unit] += move
        assert fulfils(order, scores, 1e-6)
        assert found.slacks["slack"].abs().sum() == pytest.approx(found.slack, abs=1e-6)
    return found


def demonstration() -> tuple[Framework, Method, np.ndarray, list[str], list[str]]:
    edition = "mofcom-2021"
    tree, method = find_framework(edition), find_method(default_method(edition))
    scores = score(demo_table.items(edition), tree, method)
    values = scores.in_year(2021)[list(tree.items)]
    regions = scores.units_in(2021)["region"].tolist()
    return tree, method, values.to_numpy(), list(values.index), regions


def lists_of(ranks: np.ndarray, units: list[str], regions: list[str]) -> dict[str, Order]:
    places = {u: int(r) for u, r in zip(units, ranks, strict=True) if not np.isnan(r)}
    first = {u: r for u, r in places.items() if r <= 30}
    lists = {"all": places_order(places), "ordered": places_order(first, list(places))}
    lists["top and last"] = top_order(list(first), list(places))
    for region in dict.fromkeys(regions):
        here = [u for u, at in zip(units, regions, strict=True) if at == region and u in places]
        here.sort(key=lambda u: places[u])
        lists["top and last"] += last_order(here[-5:], here)
    return lists


@pytest.mark.parametrize("known", ["all", "ordered", "top and last"])
@pytest.mark.parametrize("wide", [False, True])
def test_known_weights_are_recovered_on_the_demonstration(known: str, wide: bool) -> None:
    tree, _, values, units, regions = demonstration()
    space = free(tree) if wide else admissible(tree)
    truth = jittered(admissible(tree), seed=5)
    whole = ~np.isnan(values).any(axis=1)
    ranks = rank_scores(np.where(whole, np.nan_to_num(values) @ truth, NAN))
    order = lists_of(ranks, units, regions)[known]
    found = recover_weights(values, units, space, order)
    assert found.feasible and found.left_out == ()
    ranges = found.ranges
    assert (ranges["low"] <= truth + 1e-7).all() and (truth <= ranges["high"] + 1e-7).all()
    assert found.space is not None and contains(found.space, truth, 1e-6)
    scores = dict(zip(np.array(units)[whole], values[whole] @ found.centre, strict=True))
    assert fulfils(order, scores)
    if known == "all":  # the whole order leaves little open
        left = (ranges["high"] - ranges["low"]) / (ranges["prior_high"] - ranges["prior_low"])
        assert left.mean() < 0.15
        assert np.abs(found.centre - truth).max() < 0.1 * truth.mean()
        assert set(found.must_matter) == set(space.items)


def test_units_that_lack_items_are_left_out_and_named() -> None:
    tree, _, values, units, regions = demonstration()
    lacking = [u for u, row in zip(units, values, strict=True) if np.isnan(row).any()]
    assert lacking
    order = lists_of(np.arange(1.0, len(units) + 1), units, regions)["ordered"]
    found = recover_weights(values, units, admissible(tree), order + top_order(["none"], units))
    assert set(found.left_out) == {*lacking, "none"}


def test_a_noisy_order_of_the_demonstration_contradicts_itself() -> None:
    tree, _, values, units, regions = demonstration()
    rng = np.random.default_rng(11)
    space = admissible(tree)
    noisy = rank_scores(np.nan_to_num(values) @ space.nominal + rng.normal(0, 2, len(units)))
    lists = lists_of(noisy, units, regions)
    values = np.where(np.isnan(values), np.nanmean(values, axis=0), values)
    for known in ("ordered", "top and last"):
        found = check_conflict(values, units, space, lists[known])
        assert not found.feasible, known


def test_items_that_must_matter_cannot_be_spared() -> None:
    rng = np.random.default_rng(8)
    space, values = blocks(4), rng.uniform(0, 100, (12, 4))
    units = [f"u{k:02}" for k in range(12)]
    ranks = rank_scores(values @ np.array([0.5, 0.3, 0.15, 0.05]))
    order = places_order({u: int(r) for u, r in zip(units, ranks, strict=True) if r <= 5}, units)
    found = recover_weights(values, units, space, order)
    assert found.feasible and 0 < len(found.must_matter) < 4
    for item, name in enumerate(space.items):
        upper = space.upper.copy()
        upper[item] = 0.0
        without = recover_weights(values, units, replace(space, upper=upper), order)
        assert without.feasible == (name not in found.must_matter)
        assert (found.ranges.loc[item, "low"] > 1e-7) == (name in found.must_matter)


def test_neither_scale_nor_level_of_the_values_matters() -> None:
    rng = np.random.default_rng(2)
    space, values = blocks(4), rng.uniform(60, 100, (12, 4))
    units = [f"u{k:02}" for k in range(12)]
    ranks = rank_scores(values @ space.nominal)
    order = places_order({u: int(r) for u, r in zip(units, ranks, strict=True)})
    first = recover_weights(values, units, space, order)
    second = recover_weights(1e-5 * values - 7, units, space, order)
    np.testing.assert_allclose(second.ranges["low"], first.ranges["low"], atol=1e-6)
    np.testing.assert_allclose(second.ranges["high"], first.ranges["high"], atol=1e-6)
    assert second.gap == pytest.approx(1e-5 * first.gap, rel=1e-5)


def test_several_methods(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x y z")
    rng = np.random.default_rng(4)
    values = rng.uniform(1, 100, (14, 3))
    units = [f"u{k:02}" for k in range(14)]
    truth = np.array([0.2, 0.3, 0.5])
    variants = [
        Variant(replace(Method(), aggregation=Aggregation(rule)), {"aggregation": rule}, values)
        for rule in ("arithmetic", "geometric", "median")
    ]
    ranks = rank_scores(np.exp(np.log(values) @ truth))
    order = places_order({u: int(r) for u, r in zip(units, ranks, strict=True)})
    found = recover_for_methods(variants, units, tree, free(tree), order)
    table = found.table.set_index("method")
    assert table.loc["aggregation=geometric", "feasible"]
    assert not table.loc["aggregation=arithmetic", "feasible"]
    assert table.loc["aggregation=arithmetic", "slack"] > 0
    assert table.loc["aggregation=median", "refused"] == "robust.not_linear"
    assert list(found.refused) == ["aggregation=median"]
    ranges = found.found["aggregation=geometric"].ranges
    assert ((ranges["low"] <= truth) & (truth <= ranges["high"])).all()


def test_orders_that_say_nothing(tmp_path: Path) -> None:
    for make in (
        lambda: places_order({"a": 1, "b": 1}),
        lambda: places_order({}),
        lambda: top_order(["a", "b"], ["b", "a"]),
        lambda: last_order([], ["a", "b"]),
    ):
        with pytest.raises(InputError, match="which is ahead"):
            make()
    with pytest.raises(InputError, match="not used: q"):
        recover_weights(THREE, "abc", free(flat(tmp_path, "x y")), places_order({"a": 1, "q": 2}))


def test_places_are_told_as_the_list_does() -> None:
    order = places_order({"b": 2, "a": 1}, ["a", "b", "c"]) + last_order(["c"], ["a", "b", "c"])
    assert order.rankings == ((("a",), ("b",), ("c",)), (("a", "b"), ("c",)))
    assert order.places["a"] == "1; ≤ 2/3" and order.places["c"] == "> 2; > 2/3"
    assert order.among("ac").rankings == ((("a",), ("c",)), (("a",), ("c",)))
