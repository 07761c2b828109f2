"""Stability radii: hand-computed, against linear programmes, brute force and the engine."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import demo_table
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import UNEVEN, flat, framework

from analysis.core.catalogue import default_method, find_framework, find_method
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.rank import rank_scores
from analysis.core.score import score
from analysis.core.uncertainty.local.bands import band, closing_widths, least_gap, narrowest
from analysis.core.uncertainty.local.incomplete import filled, filled_between
from analysis.core.uncertainty.local.stability import Goal, Move, pair_radius, radius
from analysis.core.uncertainty.local.stability_tables import (
    single_change,
    stability_table,
    swap_radius,
)
from analysis.core.uncertainty.robust.robust_values import linear_values
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.weight_space import admissible, free, with_order
from analysis.core.uncertainty.weights.weights_between import index_of, local_of
from analysis.core.what_if import with_weights

NAN = np.nan
MOVES: tuple[Move, ...] = ("into_top", "out_of_top", "into_last", "out_of_last")


def tree(folder: Path) -> Framework:
    rows = [{k: v for k, v in row.items() if "[" not in k} for row in UNEVEN]
    return framework(folder, rows)


def near(space: WeightSpace, width: float, count: int, seed: int) -> np.ndarray:
    """Return weights within a band that keep the sums of blocks: mixtures of its corners."""
    rng = np.random.default_rng(seed)
    corners = least_gap(rng.normal(size=(400, len(space.items))), *band(space, width), space)[1]
    return np.concatenate([corners, rng.dirichlet(np.full(400, 0.02), count) @ corners])


def reached(scores: np.ndarray, row: int, goal: Goal, rounded: int = 7) -> np.ndarray:
    """Return whether the unit has reached the goal, level counting as there."""
    own = scores[:, [row]]
    if goal.move.endswith("top"):
        places = rank_scores(scores if goal.up else -scores, rounded)[:, row]
        return places <= (goal.places if goal.up else scores.shape[1] - goal.places)
    del own
    places = rank_scores(scores if goal.up else -scores, rounded)[:, row]
    return places <= (scores.shape[1] - goal.places if goal.up else goal.places)


def test_two_items_by_hand(tmp_path: Path) -> None:
    """a - b = (1, -0.5): 0.25 at the nominal weights; level at weights (1/3, 2/3)."""
    values = np.array([[1.0, 0.0], [0.0, 0.5]])
    leaf = flat(tmp_path, "x y")
    found = swap_radius(values, "ab", free(leaf), leaf).iloc[0]
    assert found["margin"] == pytest.approx(0.25)
    assert found[["low", "high"]].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert found["exact"]
    # Both weights do the same here: x down to 1/3 is y up to 2/3.
    assert found["multiple"] in (pytest.approx(2 / 3), pytest.approx(4 / 3))
    one = radius(values, "ab", free(leaf), leaf, "b", Goal("into_top", 1))
    assert (one.low, one.high) == pytest.approx((1 / 3, 1 / 3)) and one.exact and not one.met
    assert one.weights == pytest.approx([1 / 3, 2 / 3])


def test_only_weights_beyond_their_double_do(tmp_path: Path) -> None:
    """x needs 5/6 of its group: 2.5 times its third, the others then cannot lose 1.5 times."""
    values = np.array([[0.0, 1.0, 1.0], [0.2, 0.0, 0.0]])
    leaf = flat(tmp_path, "x y z")
    found = swap_radius(values, "ab", free(leaf), leaf).iloc[0]
    assert found["low"] == pytest.approx(1.5)  # 0.2 u = 1 - u at u = 5/6
    assert found[["node", "needed"]].tolist() == ["x", pytest.approx(5 / 6)]


def test_never(tmp_path: Path) -> None:
    values = np.array([[2.0, 3.0], [1.0, 2.0], [1.0, 2.0]])
    leaf = flat(tmp_path, "x y")
    table = swap_radius(values, "abc", free(leaf), leaf)
    assert table["low"].tolist() == [np.inf, 0.0] and table["high"].tolist() == [np.inf, 0.0]
    assert table["exact"].all() and np.isnan(table.loc[0, "multiple"])
    one = radius(values, "abc", free(leaf), leaf, "b", Goal("into_top", 1))
    assert (one.low, one.high, one.weights) == (np.inf, np.inf, None)
    assert radius(values, "abc", free(leaf), leaf, "a", Goal("into_top", 1)).met


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.booleans())
def test_the_closed_form_is_the_linear_programme(seed: int, many: int, dominated: bool) -> None:
    rng = np.random.default_rng(seed)
    block = np.sort(np.concatenate([np.arange(many), rng.integers(0, many, 7 - many)]))
    nominal = rng.dirichlet(np.ones(7))
    total = np.bincount(block, weights=nominal)
    space = WeightSpace(
        tuple("abcdefg"), nominal, nominal, nominal, block, total, np.empty((0, 7)), np.empty(0)
    )
    gaps = rng.normal(1.0 if dominated else 0.2, 1, (12, 7))
    ours = closing_widths(gaps, space)
    for gap, width in zip(gaps, ours, strict=True):
        theirs, weights = narrowest(gap[None, :], space)
        assert width == pytest.approx(theirs, rel=1e-7, abs=1e-8)
        if weights is not None:
            lower, upper = band(space, width)
            assert gap @ weights < 1e-8
            assert (weights >= lower - 1e-7).all() and (weights <= upper + 1e-7).all()


def test_constraints_beside_the_sums_of_blocks(tmp_path: Path) -> None:
    """b draws level at x = 1/3 of the weight, unless x is at least as important as y."""
    values = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 3.0]])
    leaf = flat(tmp_path, "x y z")
    space = free(leaf)
    plain = swap_radius(values, "abc", space, leaf, [("a", "b")])
    bound = with_order(space, [("x", "y")])
    ordered = swap_radius(values, "abc", bound, leaf, [("b", "a")])
    assert plain["low"].item() == pytest.approx(1 / 3)  # x 2/9, y 4/9
    assert plain[["unit", "other"]].to_numpy().tolist() == [["a", "b"]]
    assert ordered["low"].item() == pytest.approx(2.0)  # both at 0, z three times its third


def exhaustive(ahead: np.ndarray, space: WeightSpace, needed: int) -> float:
    chosen = combinations(range(len(ahead)), needed)
    return min(narrowest(ahead[list(some)], space)[0] for some in chosen)


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("seed", range(3))
def test_exact_radii_by_trying_every_set_of_units(tmp_path: Path, move: Move, seed: int) -> None:
    leaf = flat(tmp_path, "u v w x y z")
    space, rng = admissible(leaf), np.random.default_rng(seed)
    values = rng.uniform(0, 100, (8, 6))
    order = np.argsort(-(values @ space.nominal))
    row = {"into_top": 6, "out_of_top": 1, "into_last": 1, "out_of_last": 7}[move]
    goal = Goal(move, 3)
    unit = "abcdefgh"[order[row]]
    rough = radius(values, "abcdefgh", space, leaf, unit, goal)
    exact = radius(values, "abcdefgh", space, leaf, unit, goal, exact=True)
    sign = 1 if goal.up else -1
    others = np.delete(np.arange(8), order[row])
    ahead = sign * (values[others] - values[order[row]])
    truth = exhaustive(ahead, space, goal.needed(7))
    assert rough.low <= truth + 1e-9 and truth <= rough.high + 1e-9
    assert (exact.low, exact.high) == pytest.approx((truth, truth), abs=1e-7)
    assert exact.exact and exact.weights is not None
    assert reached((values @ exact.weights)[None, :], order[row], goal).all()
    if truth > 0:
        within = near(space, truth * (1 - 1e-6), 3000, seed)
        assert not reached(within @ values.T, order[row], goal, 9).any()


@pytest.mark.parametrize("seed", range(4))
def test_units_that_lack_items_have_bounds_that_hold(tmp_path: Path, seed: int) -> None:
    leaf, rng = tree(tmp_path), np.random.default_rng(seed)
    space = admissible(leaf)
    values = rng.uniform(1, 100, (8, 5))
    values[rng.random(values.shape) < 0.25] = NAN
    values[~(~np.isnan(values)).any(axis=1), 0] = 50.0
    model = linear_values(values, leaf, Method())
    nominal = model.linear_scores(space.nominal[None, :])[0]
    np.testing.assert_allclose(filled(values, leaf, space.nominal) @ space.nominal, nominal)
    draws = near(space, 0.6, 300, seed)
    scores = model.linear_scores(draws)
    low, high = filled_between(values, leaf, space, np.full(8, 0.6))
    assert (draws @ low.T <= scores + 1e-9).all() and (scores <= draws @ high.T + 1e-9).all()
    order = np.argsort(-nominal)
    least, shown = pair_radius(values, leaf, space, order[:-1], order[1:])
    assert (least <= shown).all()
    for first, second, width in zip(order[:-1], order[1:], least, strict=True):
        within = model.linear_scores(near(space, min(width, 1.0) * 0.999, 200, seed))
        assert (within[:, first] > within[:, second]).all()
    for move, row in (("into_top", 5), ("out_of_last", 7), ("out_of_top", 1)):
        goal = Goal(move, 3)
        found = radius(values, "abcdefgh", space, leaf, "abcdefgh"[order[row]], goal, exact=True)
        assert found.low <= found.high
        if found.weights is not None:
            at = model.linear_scores(found.weights[None, :])
            assert reached(at, order[row], goal, 6).all()
        if 0 < found.low < 1:
            within = model.linear_scores(near(space, found.low * 0.999, 500, seed))
            assert not reached(within, order[row], goal, 9).any()


@pytest.mark.parametrize("move", MOVES)
def test_one_weight_alone_by_a_grid(tmp_path: Path, move: Move) -> None:
    leaf, rng = tree(tmp_path), np.random.default_rng(6)
    model = linear_values(rng.uniform(1, 100, (9, 5)), leaf, Method())
    goal, names = Goal(move, 3), "abcdefghi"
    for row, unit in enumerate(names):
        found = single_change(model.values, names, leaf, unit, goal).set_index("node")
        assert found["change"].is_monotonic_increasing
        for node in leaf.nodes.index[1:]:
            weights = leaf.weights()
            siblings = [c for c in leaf.children(leaf.parent(node)) if c != node]
            grid = np.linspace(0, 1, 2001)
            local = np.tile(weights.to_numpy(), (len(grid), 1))
            at = [list(leaf.nodes.index).index(c) for c in siblings]
            local[:, at] *= ((1 - grid) / (1 - weights[node]))[:, None]
            local[:, list(leaf.nodes.index).index(node)] = grid
            there = reached(model.linear_scores(index_of(leaf, local)), row, goal, 9)
            distance = np.abs(grid - weights[node])
            if there.any():
                nearest = distance[there].min()
                ours = abs(found.loc[node, "needed"] - weights[node])
                assert ours <= nearest + 1e-9 and nearest <= ours + 1 / 2000 + 1e-9
            elif node in found.index:  # between two points of the grid
                needed = found.loc[node, "needed"]
                assert np.abs(grid - needed).min() <= 1 / 2000


def test_the_scale_does_not_matter(tmp_path: Path) -> None:
    leaf = flat(tmp_path, "u v w x y")
    space = admissible(leaf)
    values = np.random.default_rng(9).uniform(60, 100, (7, 5))
    first = swap_radius(values, "abcdefg", space, leaf)
    second = swap_radius(1e-5 * values + 3, "abcdefg", space, leaf)
    assert first["unit"].tolist() == second["unit"].tolist()
    np.testing.assert_allclose(first["low"], second["low"], rtol=1e-6)
    np.testing.assert_allclose(first["multiple"], second["multiple"], rtol=1e-6)


def test_last_of_the_own_region(tmp_path: Path) -> None:
    """a to d of the south: d is its last, though e and f are behind."""
    leaf = flat(tmp_path, "x y")
    values = np.array([[9.0, 9], [8, 8], [7, 7], [5, 7], [1, 1], [0, 0]])
    regions = ["s", "s", "s", "s", "n", "n"]
    goal = Goal("out_of_last", 1)
    found = radius(values, "abcdef", free(leaf), leaf, "d", goal, regions=regions)
    assert not found.met and found.low == pytest.approx(1.0)  # level with c at x = 0
    assert radius(values, "abcdef", free(leaf), leaf, "d", goal).met
    table = stability_table(
        values, "abcdef", free(leaf), leaf, regions=regions, top=(2,), last=1, near=1
    )
    assert table[["unit", "move"]].to_numpy().tolist() == [
        ["b", "out_of_top"], ["c", "into_top"], ["e", "into_last"], ["f", "out_of_last"],
        ["c", "into_last"], ["d", "out_of_last"],
    ]  # fmt: skip
    assert table["region_rank"].tolist() == [2, 3, 1, 2, 3, 4]


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    leaf = flat(tmp_path, "x y")
    values = np.array([[1.0, 2.0], [NAN, NAN], [2.0, 0.5]])
    with pytest.raises(ValueError, match="no unit 'q'"):
        radius(values, "abc", free(leaf), leaf, "q", Goal("into_top", 1))
    with pytest.raises(ValueError, match="no score"):
        radius(values, "abc", free(leaf), leaf, "b", Goal("into_top", 1))
    own = framework(tmp_path, UNEVEN)
    with pytest.raises(InputError):
        swap_radius(np.ones((2, 5)), "ab", free(own), own)
    # Nobody can leave the last three of two.
    left = radius(values, "abc", free(leaf), leaf, "a", Goal("out_of_last", 3))
    assert left.low == np.inf and not left.met


def test_the_engine_agrees_on_the_demonstration() -> None:
    edition = "mofcom-2021"
    leaf, method = find_framework(edition), find_method(default_method(edition))
    scores = score(demo_table.items(edition), leaf, method)
    frame, regions = scores.in_year(2021), scores.units_in(2021)["region"].tolist()
    values, units, space = frame[list(leaf.items)].to_numpy(), list(frame.index), admissible(leaf)
    table = stability_table(values, units, space, leaf, regions=regions, near=2)
    assert len(table) == 4 + 3 * 4 and (table["low"] <= table["high"]).all()
    assert table["exact"].mean() > 0.5
    nominal = frame[leaf.root].rank(ascending=False, method="min")
    assert table["rank"].tolist() == nominal[table["unit"]].astype(int).tolist()
    for row in table[table["move"].str.endswith("top")].itertuples():
        goal = Goal(row.move, 30)
        found = radius(values, units, space, leaf, row.unit, goal)
        assert found.weights is not None and found.high == row.high
        ratio = found.weights / space.nominal
        assert np.abs(ratio - 1).max() == pytest.approx(found.high, abs=1e-8)
        # A little further the same way, and the engine has the unit across the cut.
        for step, across in ((1 + 1e-5, True), (1 - 1e-5, False)):
            moved = space.nominal + step * (found.weights - space.nominal)
            local = dict(zip(leaf.nodes.index, local_of(leaf, moved), strict=True))
            ranks = with_weights(scores, 2021, {"k": local}).shifts.set_index("unit")["rank_then"]
            assert (ranks[row.unit] <= 30) == (goal.up == across)
    swaps = swap_radius(values, units, space, leaf)
    assert len(swaps) == len(units) - 1
    assert (swaps["margin"] >= 0).all() and (swaps["other_rank"] >= swaps["rank"]).all()


def test_exact_radii_on_the_demonstration_close_the_gap() -> None:
    edition = "mofcom-2021"
    leaf, method = find_framework(edition), find_method(default_method(edition))
    frame = score(demo_table.items(edition), leaf, method).in_year(2021)
    values, space = frame[list(leaf.items)].dropna(), admissible(leaf)
    order = np.argsort(-(values.to_numpy() @ space.nominal))
    unit, goal = values.index[order[32]], Goal("into_top", 30)
    given = values.to_numpy(), list(values.index), space, leaf, str(unit), goal
    rough, exact = radius(*given), radius(*given, exact=True)
    assert rough.low < rough.high  # else there is nothing to close
    assert rough.low - 1e-9 <= exact.low == exact.high <= rough.high + 1e-9 and exact.exact
    fixed = replace(space, lower=space.nominal, upper=space.nominal)
    assert radius(given[0], given[1], fixed, *given[3:]).high == rough.high  # bounds are not asked


def test_level_at_the_last_weights_there_are(tmp_path: Path) -> None:
    nodes = (("g", "i", 1), ("h", "g", 2), ("k", "i", 3))
    items = (("a", "g", 1), ("b", "h", 1), ("c", "h", 3), ("d", "h", 1), ("e", "g", 1))
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [{"code": c, "parent": p, "weight": w} for c, p, w in nodes]
    rows += [
        {"code": c, "parent": p, "weight": w, "direction": 1} for c, p, w in (*items, ("f", "k", 1))
    ]
    small = framework(tmp_path, rows)
    # All of the group's 1/4 on its first item, four times what it has: (1 - 4) / 4 + 3 (5 - 4) / 4.
    values = np.array([[1.0, 5.0, 2.0, 4.0, 3.0, 5.0], [4.0, 2.0, 3.0, 0.0, 0.0, 4.0]])
    low, high = pair_radius(values, small, admissible(small), np.array([0]), np.array([1]))
    np.testing.assert_allclose([low[0], high[0]], 3.0)
