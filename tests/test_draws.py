"""Ranks under drawn weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small import UNEVEN, flat, framework, panel

from analysis.core import draws as module
from analysis.core.draws import rank_draws
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Missing, Normalisation, Treatment
from analysis.core.rebuild import rebuild
from analysis.core.score import Scores, score
from analysis.core.weights import dirichlet_within_groups

NAN = np.nan


def scored(folder: Path, rule: str) -> Scores:
    rng = np.random.default_rng(5)
    values = {code: rng.uniform(size=12) for code in "cxyzw"}
    values["x"][3] = values["w"][7] = values["c"][7] = NAN
    data = panel(values, region=["n", "s"] * 6)
    method = Method(
        treatment=Treatment("none"),
        normalisation=Normalisation("minmax", 1, 100),
        aggregation=Aggregation(rule),
        missing=Missing("renormalise", 0.0),
    )
    return score(data, framework(folder, UNEVEN), method)


def one_by_one(scores: Scores, weights: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Score anew for each draw, with the drawn weights written into the framework."""
    columns = {}
    for number, (_, row) in enumerate(weights.iterrows()):
        rows = []
        for given in UNEVEN:
            code = str(given["code"])
            changed = dict(given)
            if code != "i":
                changed["weight"] = repr(float(row[code]))
            if "weight[region=s]" in given:
                # the set's weight (5 to 1) varies in the same proportion
                changed["weight[region=s]"] = repr(float(5 * row[code]))
            rows.append(changed)
        nodes = scores.nodes[list("cxyzw")]
        tree = framework(folder, rows)
        plain = Method(
            treatment=Treatment("none"),
            normalisation=Normalisation("minmax", 1, 100),
            aggregation=scores.method.aggregation,
            missing=scores.method.missing,
        )
        back = nodes.assign(y=-nodes["y"])
        data = panel(
            {c: back[c].to_numpy() for c in "cxyzw"}, region=scores.units["region"].tolist()
        )
        table = score(data, tree, plain).table
        columns[number] = table[table["node"] == "i"].set_index("unit")["rank"].astype(float)
    return pd.DataFrame(columns)


@pytest.mark.parametrize("rule", ["arithmetic", "geometric", "harmonic"])
def test_agrees_with_scoring_anew_for_each_draw(tmp_path: Path, rule: str) -> None:
    scores = scored(tmp_path, rule)
    weights = dirichlet_within_groups(scores.framework, 60, seed=11)
    table = rank_draws(scores, 2020, weights, top=3, last=2).set_index("unit")
    slow = one_by_one(scores, weights, tmp_path)
    for unit, ranks in slow.iterrows():
        ours = table.loc[unit]
        assert ours["median"] == np.quantile(ranks, 0.5, method="inverted_cdf")
        assert ours["q05"] == np.quantile(ranks, 0.05, method="inverted_cdf")
        assert ours["q95"] == np.quantile(ranks, 0.95, method="inverted_cdf")
        assert ours["p_top"] == pytest.approx((ranks <= 3).mean())
        assert ours["p_last"] == pytest.approx((ranks > len(slow) - 2).mean())


def test_two_items_in_closed_form(tmp_path: Path) -> None:
    """Unit a leads where w > 0.6, w uniform: a = 100 w, b = 60 throughout."""
    tree = flat(tmp_path, "x y")
    data = panel({"x": [100, 60, 0], "y": [0, 60, 100]})
    method = Method(treatment=Treatment("none"), normalisation=Normalisation("minmax"))
    scores = score(data, tree, method)
    weights = dirichlet_within_groups(tree, 50_000, seed=2)
    table = rank_draws(scores, 2020, weights, top=1, last=1).set_index("unit")
    assert table.loc["a", "p_top"] == pytest.approx(0.4, abs=0.01)
    assert table.loc["b", "p_top"] == pytest.approx(0.2, abs=0.01)
    assert table.loc["c", "p_top"] == pytest.approx(0.4, abs=0.01)
    assert table.loc["a", "p_last"] == pytest.approx(0.5, abs=0.01)
    assert table.loc["b", "p_last"] == 0
    assert table.loc["a", ["q05", "median", "q95"]].tolist() == [1, 2, 3]
    assert table["rank"].to_dict() == {"b": 1, "a": 2, "c": 2}


def test_nominal_weights_alone_give_the_nominal_ranks(tmp_path: Path) -> None:
    scores = scored(tmp_path, "arithmetic")
    nominal = pd.DataFrame([scores.framework.weights()] * 3)
    table = rank_draws(scores, 2020, nominal)
    for column in ("median", "q05", "q95"):
        assert (table[column] == table["rank"]).all()
    expected = scores.table.query("node == 'i'").set_index("unit")["rank"]
    assert table.set_index("unit")["rank"].to_dict() == expected.to_dict()


def test_among_some_units_only(tmp_path: Path) -> None:
    scores = scored(tmp_path, "arithmetic")
    south = [u for u, r in scores.units_in(2020)["region"].items() if r == "s"]
    weights = dirichlet_within_groups(scores.framework, 30, seed=4)
    table = rank_draws(scores, 2020, weights, units=south, top=2, last=1)
    assert sorted(table["unit"]) == sorted(south)
    expected = scores.table.query("node == 'i' and region == 's'").set_index("unit")
    assert table.set_index("unit")["rank"].to_dict() == expected["region_rank"].to_dict()
    assert table["p_last"].sum() == pytest.approx(1)


def test_units_without_a_score_are_left_out(tmp_path: Path) -> None:
    tree: Framework = flat(tmp_path, "x y")
    data = panel({"x": [1, 2, 3], "y": [1, NAN, 3]})
    scores = score(data, tree, Method(treatment=Treatment("none"), missing=Missing("none")))
    table = rank_draws(scores, 2020, dirichlet_within_groups(tree, 5, seed=1))
    assert table["unit"].tolist() == ["c", "a"]


def test_the_size_of_a_chunk_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = scored(tmp_path, "geometric")
    weights = dirichlet_within_groups(scores.framework, 50, seed=9)
    whole = rank_draws(scores, 2020, weights)
    monkeypatch.setattr(module, "CHUNK_CELLS", 12 * 7)
    pd.testing.assert_frame_equal(rank_draws(scores, 2020, weights), whole)


def test_more_draws_than_units_and_fewer_give_the_same(tmp_path: Path) -> None:
    # 12 units: the first weights ten times over count alike, but are kept in another way.
    scores = scored(tmp_path, "arithmetic")
    few = dirichlet_within_groups(scores.framework, 11, seed=6)
    many = pd.concat([few] * 10)
    pd.testing.assert_frame_equal(rank_draws(scores, 2020, few), rank_draws(scores, 2020, many))


@pytest.mark.parametrize("rule", ["median", "topsis"])
def test_rules_that_are_no_mean_are_formed_draw_by_draw(tmp_path: Path, rule: str) -> None:
    scores = scored(tmp_path, rule)
    nominal = pd.DataFrame([scores.framework.weights()] * 2)
    table = rank_draws(scores, 2020, nominal)
    assert (table["median"] == table["rank"]).all() and (table["q95"] == table["rank"]).all()
    weights = dirichlet_within_groups(scores.framework, 5, seed=3)
    ours = rank_draws(scores, 2020, weights).set_index("unit")
    ranks = []
    for _, row in weights.iterrows():
        rows = [{**r, "weight": row[str(r["code"])]} for r in UNEVEN]
        for one in rows:
            if "weight[region=s]" in one:
                one["weight[region=s]"] = 5 * row["z"]
        rows[0].pop("weight")
        tree = framework(tmp_path, rows)
        formed = rebuild(scores, 2020, framework=tree)["i"]
        ranks.append((-formed.round(9)).rank(method="min"))
    slow = pd.DataFrame(ranks)
    expected = slow.quantile(0.5, interpolation="higher")
    assert ours["median"].to_dict() == expected.astype(int).to_dict()
