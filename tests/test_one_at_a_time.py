"""One at a time: hand-computed lines, brute force along each weight, the engine's own ranks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import demo_table
import numpy as np
import pandas as pd
import pytest
from small import UNEVEN, flat, framework

from analysis.core.catalogue import default_method, find_framework, find_method
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method
from analysis.core.rank import rank_scores
from analysis.core.score import score
from analysis.core.uncertainty.local.one_at_a_time import crossings, one_at_a_time
from analysis.core.uncertainty.robust.robust_values import LinearModel, linear_values
from analysis.core.uncertainty.weights.weights_between import index_of
from analysis.core.what_if import with_weights

NAN = np.nan
THREE = np.array([[100.0, 0.0], [60.0, 60.0], [0.0, 100.0]])  # 100 u, 60, 100 (1 - u)


def plain(folder: Path) -> Framework:
    rows = [{k: v for k, v in row.items() if "[" not in k} for row in UNEVEN]
    return framework(folder, rows)


def at(model: LinearModel, tree: Framework, node: str, along: np.ndarray) -> np.ndarray:
    """Return the scores with one weight set and its siblings rescaled, by another way."""
    nominal = tree.weights()
    local = np.tile(nominal.to_numpy(), (len(along), 1))
    place = {code: k for k, code in enumerate(nominal.index)}
    siblings = [place[code] for code in tree.children(tree.parent(node)) if code != node]
    local[:, siblings] *= ((1 - along) / (1 - nominal[node]))[:, None]
    local[:, place[node]] = along
    return model.linear_scores(index_of(tree, local))


def sample(tree: Framework, lacking: bool, seed: int = 3, units: int = 9) -> LinearModel:
    rng = np.random.default_rng(seed)
    values = rng.uniform(1, 100, (units, len(tree.items)))
    if lacking:
        values[rng.random(values.shape) < 0.2] = NAN
        values[0] = NAN  # a unit without a score
    return linear_values(values, tree, Method())


def test_three_units_by_hand(tmp_path: Path) -> None:
    found = one_at_a_time(THREE, "abc", flat(tmp_path, "x y"), nodes=["x"])
    assert found.ranks[0, [0, 5, 10, 15, 20]].tolist() == [
        [3, 2, 1], [3, 2, 1], [2, 1, 2], [1, 2, 3], [1, 2, 3],
    ]  # fmt: skip
    movers = found.movers.set_index("unit")
    assert movers[["rank", "best", "worst"]].to_numpy().tolist() == [
        [2, 1, 3],
        [1, 1, 2],
        [2, 1, 3],
    ]
    assert movers[["at_zero", "at_greatest"]].to_numpy().tolist() == [[3, 1], [2, 2], [1, 3]]
    # b is passed by c at 0.4 and by a at 0.6; a and c are level at 0.5.
    assert movers.loc["b", ["first_lower", "first_upper"]].tolist() == pytest.approx([0.8, 1.2])
    assert movers.loc["a", ["first_lower", "first_upper"]].tolist() == pytest.approx([1, 1])
    row = found.weights.iloc[0]
    assert (row["moved"], row["swaps"], row["max_shift"], row["unit"]) == (3, 3, 1, "b")
    assert row["mean_shift"] == pytest.approx(1.0)
    table = crossings(THREE, "abc", flat(tmp_path, "x y"), "x")
    assert table["multiple"].tolist() == pytest.approx([0.8, 1.0, 1.2])
    assert (table["unit"] + table["other"]).tolist() == ["bc", "ac", "ab"]


def test_ties_at_one_point_count_as_the_better_place(tmp_path: Path) -> None:
    """The one in the middle is first where all three meet, and second everywhere else."""
    values = np.array([[100.0, 0.0], [50.0, 50.0], [0.0, 100.0]])
    movers = one_at_a_time(values, "abc", flat(tmp_path, "x y"), nodes=["x"]).movers
    middle = movers.set_index("unit").loc["b"]
    assert middle[["rank", "best", "worst"]].tolist() == [1, 1, 2]


def test_a_unit_that_lacks_a_sibling_follows_a_curve(tmp_path: Path) -> None:
    """x 90, y 30, z missing: (90 u + 30 (1-u)/2) / (u + (1-u)/2) = (30 + 150 u) / (1 + u)."""
    values = np.array([[90.0, 30.0, NAN], [60.0, 60.0, 60.0]])
    table = crossings(values, "ab", flat(tmp_path, "x y z"), "x")
    assert table["weight"].tolist() == pytest.approx([1 / 3])  # 30 + 150 u = 60 + 60 u


@pytest.mark.parametrize("lacking", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_brute_force_along_every_weight(tmp_path: Path, lacking: bool, seed: int) -> None:
    tree = plain(tmp_path)
    model = sample(tree, lacking, seed)
    units = [f"u{k}" for k in range(len(model.values))]
    found = one_at_a_time(model.values, units, tree)
    exact = found.movers.set_index(["node", "unit"])
    for place, node in enumerate(found.nodes):
        weight = tree.weights()[node]
        high = min(2 * weight, 1.0)
        met = crossings(model.values, units, tree, node)["weight"].to_numpy()
        ends = np.unique(np.concatenate([[0.0, high], met]))
        between = (ends[1:] + ends[:-1]) / 2
        inside = np.clip(np.concatenate([between, met]), 1e-9, 1 - 1e-9)
        # At the crossings themselves units are level.
        ranks = rank_scores(at(model, tree, node, inside), 6)
        seen = rank_scores(at(model, tree, node, np.linspace(1e-9, high - 1e-9, 199)))
        nominal = rank_scores(at(model, tree, node, np.array([weight])))[0]
        np.testing.assert_array_equal(found.ranks[place, 10], nominal)
        for row, unit in enumerate(units):
            if np.isnan(nominal[row]):
                assert (node, unit) not in exact.index
                continue
            held = exact.loc[(node, unit)] if (node, unit) in exact.index else None
            best, worst = (held["best"], held["worst"]) if held is not None else [nominal[row]] * 2
            assert (ranks[:, row].min(), ranks[:, row].max()) == (best, worst)
            assert best <= seen[:, row].min() and seen[:, row].max() <= worst


def test_lines_swap_as_often_as_the_ends_differ(tmp_path: Path) -> None:
    tree = plain(tmp_path)
    model = sample(tree, lacking=False, units=30)
    found = one_at_a_time(model.values, [str(k) for k in range(30)], tree)
    for place, node in enumerate(found.nodes):
        first, last = found.ranks[place, 0], found.ranks[place, -1]
        turned = (np.subtract.outer(first, first) * np.subtract.outer(last, last) < 0).sum() // 2
        assert found.weights.loc[place, "swaps"] == turned, node


def test_weights_that_cannot_vary(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}, {"code": "g", "parent": "i", "weight": 3}]
    rows += [{"code": "x", "parent": "g", "direction": 1}]
    rows += [{"code": "y", "parent": "i", "direction": 1, "weight": 1}]
    rows += [{"code": "z", "parent": "i", "direction": 1, "weight": 0}]
    found = one_at_a_time(
        np.random.default_rng(1).uniform(size=(5, 3)), "abcde", framework(tmp_path, rows)
    )
    table = found.weights.set_index("node")
    assert table.loc[["x", "z"], ["moved", "swaps"]].to_numpy().tolist() == [[0, 0], [0, 0]]
    assert table.loc["g", "greatest"] == pytest.approx(4 / 3)  # then it is 1
    assert table.loc["y", "greatest"] == 2.0


def test_weights_of_units_own_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        one_at_a_time(np.ones((2, 5)), "ab", framework(tmp_path, UNEVEN))


@pytest.mark.parametrize("rule", ["arithmetic", "geometric", "harmonic"])
def test_the_engine_ranks_the_demonstration_the_same(rule: str) -> None:
    edition = "mofcom-2021"
    tree = find_framework(edition)
    method = find_method(default_method(edition))
    method = replace(method, aggregation=Aggregation(rule))
    scores = score(demo_table.items(edition), tree, method)
    frame = scores.in_year(2021)
    model = linear_values(frame[list(tree.items)].to_numpy(), tree, method)
    found = one_at_a_time(
        model.values, list(frame.index), tree, nodes=["O", "Q6"], to_index=model.to_index
    )
    for place, node in enumerate(found.nodes):
        weights = tree.weights()
        siblings = [c for c in tree.children(tree.parent(node)) if c != node]
        cases = {}
        for step, multiple in ((2, 0.2), (10, 1.0), (17, 1.7)):
            new = weights[siblings] * (1 - multiple * weights[node]) / (1 - weights[node])
            cases[str(step)] = {node: multiple * weights[node], **new.to_dict()}
        shifts = with_weights(scores, 2021, cases).shifts
        for step in cases:
            theirs = shifts[shifts["case"] == step].set_index("unit")["rank_then"]
            ours = pd.Series(found.ranks[place, int(step)], index=list(frame.index))
            expected = theirs.reindex(ours.index).astype(float)
            pd.testing.assert_series_equal(ours, expected, check_names=False)


def test_units_level_at_an_end_or_at_the_nominal_weight_share_a_place(tmp_path: Path) -> None:
    # Weights of a third have no last digit: u is 1/3 for x; its double is met with rounding.
    tree = framework(
        tmp_path,
        [
            {"code": "i"},
            {"code": "x", "parent": "i", "weight": 1, "direction": 1},
            {"code": "y", "parent": "i", "weight": 2, "direction": 1},
        ],
    )
    # 5 u, 2 + 2 u and 2 - u: the first meets the third at 1/3, the second at 2/3.
    found = one_at_a_time(np.array([[5.0, 0.0], [4.0, 2.0], [1.0, 2.0]]), "abc", tree, nodes=["x"])
    movers = found.movers.set_index("unit")
    assert movers.loc["a", ["rank", "best", "worst"]].tolist() == [2, 1, 3]
    assert movers.loc["c", ["rank", "best", "worst"]].tolist() == [2, 1, 3]
    met = crossings(np.array([[5.0, 0.0], [4.0, 2.0], [1.0, 2.0]]), "abc", tree, "x")
    assert list(zip(met["unit"], met["other"], strict=True))[-1] == ("a", "b")
