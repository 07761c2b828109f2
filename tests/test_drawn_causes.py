"""Causes over draws of weights: each draw is what the split of its two frameworks gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small import framework, panel

from analysis.core.change import Edition
from analysis.core.comparing.attribution import CAUSES, attribute
from analysis.core.comparing.crosswalk import Crosswalk
from analysis.core.comparing.drawn_causes import causes_over_draws
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Missing, Normalisation, Treatment
from analysis.core.uncertainty.weights.read_weights import weight_draws
from analysis.core.uncertainty.weights.sample_weights import draw_weights
from analysis.core.uncertainty.weights.weights_between import nominal_local

METHOD = Method(
    treatment=Treatment("none"),
    normalisation=Normalisation("efficacy"),
    missing=Missing("renormalise", 0.0),
)
ZSCORE = replace(METHOD, normalisation=Normalisation("zscore"))


def items(parent: str, codes: str, *weights: float) -> list[dict[str, object]]:
    return [
        {"code": code, "parent": parent, "direction": 1, "weight": weight}
        for code, weight in zip(codes, weights, strict=True)
    ]


OLD = [
    {"code": "i"},
    {"code": "g", "parent": "i", "weight": 3},
    {"code": "h", "parent": "i", "weight": 2},
    *items("g", "abc", 1, 2, 1),
    *items("h", "de", 1, 3),
]
NEW = [
    {"code": "j"},
    {"code": "p", "parent": "j", "weight": 1},
    {"code": "q", "parent": "j", "weight": 4},
    {"code": "q1", "parent": "q", "weight": 1},
    *items("p", "bf", 1, 2),
    *items("q1", "de", 2, 1),
    *items("q", "a", 1),
]
LINKS = [
    ("a", "a", "kept", "g", "q"),
    ("b", "b", "kept", "g", "p"),
    ("c", "", "dropped", "g", "p"),
    ("d", "d", "kept", "h", "q"),
    ("e", "e", "kept", "h", "q"),
    ("", "f", "new", "h", "p"),
]
COLUMNS = ["old", "new", "relation", "old_group", "new_group"]


def drawn_pair(tmp_path, holes: bool) -> tuple[Edition, Edition, Crosswalk, tuple]:
    rng = np.random.default_rng(4)
    sides = [framework(tmp_path, rows) for rows in (OLD, NEW)]
    units = [f"u{number:02d}" for number in range(14)]
    values = {item: rng.random(14) for item in "abcdef"}
    if holes:
        values["b"][3] = np.nan
        values["e"][[5, 8]] = np.nan
    data = panel(values, 2020, units)
    editions = (Edition(data, sides[0], METHOD), Edition(data, sides[1], METHOD))
    weights = tuple(
        draw_weights(weight_draws("dirichlet:4", side), side, 6, np.random.default_rng(seed))
        for seed, side in enumerate(sides)
    )
    return *editions, Crosswalk("walk", pd.DataFrame(LINKS, columns=COLUMNS)), weights


def with_local(side: Framework, local: np.ndarray) -> Framework:
    table = pd.DataFrame({"code": side.nodes.index, "weight": local})
    return side.with_weights(table[table["code"] != side.root])


@pytest.mark.parametrize(
    ("rule", "other"), [("arithmetic", METHOD), ("arithmetic", ZSCORE), ("geometric", METHOD)]
)
@pytest.mark.parametrize("holes", [False, True])
def test_each_draw_is_the_split_of_its_frameworks(tmp_path, rule, other, holes) -> None:
    old, new, walk, weights = drawn_pair(tmp_path, holes)
    old = replace(old, method=replace(old.method, aggregation=Aggregation(rule)))
    new = replace(new, method=replace(other, aggregation=Aggregation(rule)))
    units = sorted(set(old.panel.values.index.get_level_values("unit")))
    table = causes_over_draws((old, new), 2020, walk, weights, units)
    few = causes_over_draws((old, new), 2020, walk, weights, units, units[:3])
    assert list(table.columns) == list(CAUSES)
    for draw in range(6):
        sides = [
            with_local(one.framework, local[draw])
            for one, local in zip((old, new), weights, strict=True)
        ]
        whole = attribute(
            old.panel, new.panel, sides[0], sides[1], old.method, new.method, 2020, walk
        ).table.set_index("unit")
        parts = whole[[f"rank_{cause}" for cause in CAUSES]].abs()
        np.testing.assert_allclose(table.iloc[draw], parts.mean(), atol=1e-9)
        np.testing.assert_allclose(few.iloc[draw], parts.loc[units[:3]].mean(), atol=1e-9)
    assert (table["weights"] > 0).any() and (table["groups"] > 0).all()


def test_the_nominal_weights_give_the_split_itself(tmp_path) -> None:
    old, new, walk, _ = drawn_pair(tmp_path, False)
    nominal = tuple(nominal_local(one.framework)[None, :] for one in (old, new))
    units = sorted(set(old.panel.values.index.get_level_values("unit")))
    found = causes_over_draws((old, new), 2020, walk, nominal, units)
    whole = attribute(
        old.panel, new.panel, old.framework, new.framework, METHOD, METHOD, 2020, walk
    )
    expected = whole.table[[f"rank_{cause}" for cause in CAUSES]].abs().mean()
    np.testing.assert_allclose(found.iloc[0], expected, atol=1e-12)


def test_an_item_without_a_group_is_refused(tmp_path) -> None:
    old, new, walk, weights = drawn_pair(tmp_path, False)
    table = walk.table.copy()
    table.loc[table["new"] == "f", "old_group"] = ""
    units = sorted(set(old.panel.values.index.get_level_values("unit")))
    with pytest.raises(InputError, match="Name a group in the crosswalk"):
        causes_over_draws((old, new), 2020, Crosswalk("walk", table), weights, units)
