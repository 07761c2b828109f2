"""Why a unit moved: planted causes are found, parts sum to the whole, swapping negates them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from small import UNEVEN, flat, framework, panel

from analysis.core.aggregations import AGGREGATIONS
from analysis.core.catalogue import find_framework, find_method
from analysis.core.comparing.attribution import (
    CAUSES,
    Attribution,
    attribute,
    summarise_causes,
)
from analysis.core.comparing.crosswalk import Crosswalk, find_crosswalk, match_by_code
from analysis.core.derive import derive_items
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Missing, Normalisation, Treatment, Weighting
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.score import score
from analysis.zones.demo.panel import draw_panel

Rows = Sequence[Mapping[str, Any]]
MINMAX = Method(
    treatment=Treatment("none"),
    normalisation=Normalisation("minmax"),
    missing=Missing("renormalise", 0.0),
)
ZSCORE = replace(MINMAX, normalisation=Normalisation("zscore"))
EFFICACY = replace(MINMAX, normalisation=Normalisation("efficacy"))
GEOMETRIC = replace(EFFICACY, aggregation=Aggregation("geometric"))

NESTED = [
    {"code": "i"},
    {"code": "a", "parent": "i", "weight": 3},
    {"code": "b", "parent": "i", "weight": 2},
    {"code": "a1", "parent": "a", "weight": 2, "aggregation": "geometric"},
    {"code": "x", "parent": "a1", "direction": 1, "weight": 1},
    {"code": "y", "parent": "a1", "direction": -1, "weight": 2},
    {"code": "z", "parent": "a", "direction": 1, "weight": 5},
    {"code": "v", "parent": "b", "direction": 1, "weight": 1},
    {"code": "w", "parent": "b", "direction": 1, "weight": 4},
]


ARITHMETIC = [{**row, "aggregation": ""} for row in NESTED]
# Without the weight set, and with goalposts.
UNEVEN_FREE = [
    {**{k: v for k, v in row.items() if not k.startswith("weight[")}, "lo": 0, "hi": 9}
    if "direction" in row
    else row
    for row in UNEVEN
]


def values(items: str, units: int = 9, seed: int = 1, **attributes: list[str]) -> Panel:
    rng = np.random.default_rng(seed)
    columns = {item: rng.lognormal(size=units) for item in items.split()}
    return panel(columns, 2020, [f"u{i}" for i in range(units)], **attributes)


def edited(rows: Rows, **cells: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return rows with other cells for the codes named; None takes a row out."""
    changed = [{**row, **cells.get(str(row["code"]), {})} for row in rows]
    return [row for row in changed if not row.get("out")]


def crosswalk(rows: Sequence[tuple[str, str, str, str, str]]) -> Crosswalk:
    columns = ["old", "new", "relation", "old_group", "new_group"]
    return Crosswalk("test", pd.DataFrame(rows, columns=columns, dtype="str"))


def turned(walk: Crosswalk) -> Crosswalk:
    names = {"old": "new", "new": "old", "old_group": "new_group", "new_group": "old_group"}
    return Crosswalk(walk.name, walk.table.rename(columns=names))


def split(
    data: Panel,
    old: Framework,
    new: Framework,
    methods: tuple[Method, Method] = (EFFICACY, EFFICACY),
    walk: Crosswalk | None = None,
) -> Attribution:
    walk = match_by_code(old, new) if walk is None else walk
    return attribute(data, data, old, new, *methods, 2020, walk)


def parts(table: pd.DataFrame, what: str) -> np.ndarray:
    return table[[f"{what}_{cause}" for cause in CAUSES]].to_numpy(dtype=float)


def holds(found: Attribution, data: tuple[Panel, Panel], sides: Rows | Any) -> None:
    """Check ends and sums against the editions, each scored by itself."""
    table = found.table.set_index("unit")
    for side, held, (tree, method) in zip(("old", "new"), data, sides, strict=True):
        own = score(held, tree, method).in_year(2020)[tree.root].reindex(table.index)
        sd = own.std(ddof=0) if own.round(9).nunique() > 1 else np.inf
        assert_allclose(table[f"score_{side}"], (own - own.mean()) / sd, atol=1e-9)
        ranks = rank_scores(own.to_numpy(), method.ranking.decimals)
        assert table[f"rank_{side}"].to_list() == ranks.tolist()
    assert_allclose(table["score_new"] - table["score_old"], table["score_shift"])
    assert (table["rank_old"] - table["rank_new"] == table["rank_shift"]).all()
    for what in ("score", "rank"):
        shift = table[f"{what}_shift"].to_numpy(dtype=float)
        assert_allclose(parts(found.table, what).sum(axis=1), shift, atol=1e-9)
    assert len(found.hybrids) == 16


def caused_by(found: Attribution, cause: str) -> None:
    place = CAUSES.index(cause)
    for what in ("score", "rank"):
        all_parts = parts(found.table, what)
        shift = found.table[f"{what}_shift"].to_numpy(dtype=float)
        assert_allclose(all_parts[:, place], shift, atol=1e-9)
        assert_allclose(np.delete(all_parts, place, axis=1), 0, atol=1e-9)
    assert found.table["score_shift"].abs().max() > 0.01
    assert found.table["rank_shift"].abs().max() >= 1


# --- the two editions of the ministry on the demonstration panel ---------------------------


@pytest.fixture(scope="module")
def editions() -> tuple[Panel, Panel, Framework, Framework, Crosswalk]:
    data = draw_panel()
    old, new = find_framework("mofcom-2016"), find_framework("mofcom-2021")
    walk = find_crosswalk(old, new)
    assert walk is not None
    return derive_items(data, old)[0], derive_items(data, new)[0], old, new, walk


def test_the_two_editions(editions: Any) -> None:
    data_old, data_new, old, new, walk = editions
    efficacy, zscore = find_method("efficacy"), find_method("zscore")
    year = data_old.years[-1]
    there = attribute(data_old, data_new, old, new, efficacy, zscore, year, walk)
    back = attribute(data_new, data_old, new, old, zscore, efficacy, year, turned(walk))
    assert len(there.table) + len(there.left_out) == len(data_old.assessed().units.xs(year))
    for side, held, tree, method in (
        ("old", data_old, old, efficacy),
        ("new", data_new, new, zscore),
    ):
        own = score(held, tree, method).table
        own = own[(own["year"] == year) & (own["node"] == tree.root)].set_index("unit")
        own = own.loc[there.table["unit"]]
        assert there.table[f"rank_{side}"].to_list() == own["rank"].to_list()
        own_score = (own["score"] - own["score"].mean()) / own["score"].std(ddof=0)
        assert_allclose(there.table[f"score_{side}"], own_score, atol=1e-7)  # rounded in the table
    for what in ("score", "rank"):
        one, other = parts(there.table, what), parts(back.table, what)
        assert_allclose(one, -other, atol=1e-9)
        shift = there.table[f"{what}_shift"].to_numpy(dtype=float)
        assert_allclose(one.sum(axis=1), shift, atol=1e-9)
    # Items weigh the same within all groups of both editions, and no group is ever empty.
    assert_allclose(parts(there.table, "score")[:, CAUSES.index("weights")], 0, atol=1e-12)
    assert (there.hybrids["emptied"] == "").all()
    assert there.hybrids["spearman_old"].iloc[0] == there.hybrids["spearman_new"].iloc[-1] == 1


# --- planted causes ------------------------------------------------------------------------


def test_identical_editions_have_no_shift(tmp_path: Path) -> None:
    tree = framework(tmp_path, NESTED)
    found = split(values("x y z v w"), tree, tree)
    assert (parts(found.table, "score") == 0).all()
    assert (parts(found.table, "rank") == 0).all()
    assert (found.table["score_shift"] == 0).all()
    assert summarise_causes(found.table)["largest"].sum() == 0


@pytest.mark.parametrize(
    ("cause", "cells", "more"),
    [
        ("groups", {"a": {"weight": 1}, "b": {"weight": 4}}, []),
        ("weights", {"x": {"weight": 9}, "w": {"weight": 1}}, []),
        ("weights", {"a1": {"weight": 9}}, []),
        ("items", {"w": {"out": True}}, []),
        ("items", {"v": {"out": True}}, [{"code": "s", "parent": "b", "weight": 2}]),
        ("items", {"v": {"code": "s"}}, [{"code": "t", "parent": "a", "weight": 3}]),
    ],
)
def test_one_cause_alone(tmp_path: Path, cause: str, cells: Any, more: Any) -> None:
    rows = edited(NESTED, **cells) + [{**row, "direction": 1} for row in more]
    old, new = framework(tmp_path, NESTED), framework(tmp_path, rows)
    data = values("x y z v w s t")
    found = split(data, old, new)
    caused_by(found, cause)
    holds(found, (data, data), ((old, EFFICACY), (new, EFFICACY)))
    back = split(data, new, old)
    for what in ("score", "rank"):
        assert_allclose(parts(found.table, what), -parts(back.table, what), atol=1e-9)


@pytest.mark.parametrize("scale", [1, 7])
def test_items_that_change_groups_alone(tmp_path: Path, scale: float) -> None:
    # Unequal weights that say the same in both editions, on scales of their own.
    rows = [
        {"code": "i"},
        {"code": "a", "parent": "i", "weight": 3},
        {"code": "b", "parent": "i", "weight": 2},
        *(
            {"code": c, "parent": "a", "direction": 1, "weight": w}
            for c, w in zip("xyz", (1, 2, 5), strict=True)
        ),
        *(
            {"code": c, "parent": "b", "direction": 1, "weight": w}
            for c, w in zip("uvw", (1, 4, 3), strict=True)
        ),
    ]
    moved = edited(rows, z={"parent": "b"}, v={"parent": "a"})
    for row in moved:
        if row.get("parent") == "b":
            row["weight"] *= scale
    found = split(values("x y z u v w"), framework(tmp_path, rows), framework(tmp_path, moved))
    caused_by(found, "groups")


@pytest.mark.parametrize("methods", [(MINMAX, ZSCORE), (EFFICACY, GEOMETRIC)])
def test_the_method_alone(tmp_path: Path, methods: tuple[Method, Method]) -> None:
    tree = framework(tmp_path, ARITHMETIC)
    data = values("x y z v w", units=15)
    found = split(data, tree, tree, methods)
    caused_by(found, "normalisation")
    holds(found, (data, data), ((tree, methods[0]), (tree, methods[1])))


@pytest.mark.parametrize("rule", AGGREGATIONS)
def test_every_rule_of_aggregation(tmp_path: Path, rule: str) -> None:
    # A group of weight nought in the old edition has its items, but no say.
    method = replace(EFFICACY, aggregation=Aggregation(rule))
    rows = edited(UNEVEN_FREE, b={"weight": 0})
    old, new = framework(tmp_path, rows), framework(tmp_path, edited(rows, b={"weight": 2}))
    data = values("x y z w c")
    found = split(data, old, new, (method, method))
    holds(found, (data, data), ((old, method), (new, method)))
    assert_allclose(parts(found.table, "score")[:, 1:], 0, atol=1e-9)


def test_goalposts_and_direction_belong_to_the_normalisation(tmp_path: Path) -> None:
    method = replace(MINMAX, normalisation=Normalisation("goalposts"))
    posts = {code: {"lo": 0, "hi": 9} for code in "xyzvw"}
    old = framework(tmp_path, edited(UNEVEN_FREE, **posts))
    new = framework(tmp_path, edited(UNEVEN_FREE, **posts | {"x": {"lo": -3, "hi": 2}}))
    walk = crosswalk([(c, c, "kept", "", "") for c in old.items])
    caused_by(split(values("x y z w c"), old, new, (method, method), walk), "normalisation")


# --- by hand -------------------------------------------------------------------------------


def test_groups_and_items_by_hand(tmp_path: Path) -> None:
    # Old: x alone. New: y alone, in a group that the old one weighs 0.5 with nothing in it.
    old = framework(
        tmp_path,
        [
            {"code": "i"},
            {"code": "a", "parent": "i", "weight": 3},
            {"code": "b", "parent": "i", "weight": 1},
            {"code": "x", "parent": "a", "direction": 1},
            {"code": "z", "parent": "b", "direction": 1},
        ],
    )
    new = framework(
        tmp_path,
        [
            {"code": "i"},
            {"code": "a", "parent": "i", "weight": 1},
            {"code": "b", "parent": "i", "weight": 1},
            {"code": "y", "parent": "a", "direction": 1},
            {"code": "z", "parent": "b", "direction": 1},
        ],
    )
    x, y, z = np.array([0.0, 1, 4]), np.array([9.0, 0, 3]), np.array([2.0, 7, 1])
    found = split(panel({"x": x, "y": y, "z": z}), old, new)

    def standardised(first: np.ndarray, share: float) -> np.ndarray:
        scaled = [(item - item.min()) / np.ptp(item) for item in (first, z)]
        index = share * scaled[0] + (1 - share) * scaled[1]
        return (index - index.mean()) / index.std()

    none, groups = standardised(x, 0.75), standardised(x, 0.5)
    items, both = standardised(y, 0.75), standardised(y, 0.5)
    assert_allclose(found.table["score_old"], none)
    assert_allclose(found.table["score_new"], both)
    of_groups = ((groups - none) + (both - items)) / 2
    assert_allclose(found.table["score_groups"], of_groups)
    assert_allclose(found.table["score_items"], both - none - of_groups)
    assert_allclose(parts(found.table, "score")[:, 2:], 0, atol=1e-12)


def test_the_weight_of_an_emptied_group_is_reported(tmp_path: Path) -> None:
    rows = [{"code": "i"}]
    rows += [{"code": g, "parent": "i", "weight": w} for g, w in zip("abc", (5, 3, 2), strict=True)]
    rows += [{"code": x, "parent": g, "direction": 1} for x, g in zip("xyz", "abc", strict=True)]
    old = framework(tmp_path, rows)
    new = framework(tmp_path, edited(rows, c={"out": True}, z={"out": True}))
    found = split(values("x y z"), old, new)
    table = found.hybrids.set_index("hybrid")
    assert table.at["items", "emptied"] == "c"
    assert table.at["items", "emptied_weight"] == pytest.approx(0.2)
    assert (table.at["", "emptied"], table.at["", "emptied_weight"]) == ("", 0)
    weights = found.group_weights.set_index(["hybrid", "group"])["weight_used"]
    assert weights["items"].to_dict() == pytest.approx({"a": 5 / 8, "b": 3 / 8, "c": 0})
    # z has no place among the new groups: it brings its own along, with its weight.
    assert table.at["groups", "brought"] == "c"
    assert table.at["groups", "brought_weight"] == pytest.approx(0.2 / 1.2)
    holds(found, (values("x y z"),) * 2, ((old, EFFICACY), (new, EFFICACY)))


def test_a_node_without_items_gives_way_to_its_neighbours(tmp_path: Path) -> None:
    # Within a group nothing but the items has a weight of its own to pass on.
    old = framework(tmp_path, ARITHMETIC)
    gone = {code: {"out": True} for code in ("x", "y", "a1")}
    new = framework(tmp_path, edited(ARITHMETIC, **gone))
    found = split(values("x y z v w"), old, new)
    assert (found.hybrids["emptied"] == "").all()
    caused_by(found, "items")


def test_frameworks_with_nothing_in_common(tmp_path: Path) -> None:
    # Without a crosswalk the groups come with their items: all of it is the items' doing.
    rows = edited(UNEVEN_FREE)
    names = {"i": "j", "a": "a2", "b": "b2", "c": "c2", "x": "a", "y": "y2", "z": "i", "w": "w2"}
    others = [
        {**row, "code": names[row["code"]], "parent": names.get(row.get("parent", ""), "")}
        for row in rows
    ]
    old, new = framework(tmp_path, rows), framework(tmp_path, others)
    data = values("x y z w c a y2 i w2 c2")
    found = split(data, old, new, walk=crosswalk([]))
    caused_by(found, "items")
    holds(found, (data, data), ((old, EFFICACY), (new, EFFICACY)))
    renamed = crosswalk([(c, names[c], "kept", "", "") for c in old.items])
    two = replace(data, values=data.values.rename(columns={}).copy())
    for mine, theirs in names.items():
        if mine in old.items:
            two.values[theirs] = two.values[mine]
    found = split(two, old, new, walk=renamed)
    assert_allclose(parts(found.table, "score"), 0, atol=1e-12)


def test_an_index_straight_above_its_items_is_one_group(tmp_path: Path) -> None:
    old, new = flat(tmp_path, "x y z"), flat(tmp_path, "x y w")
    data = values("x y z w")
    caused_by(split(data, old, new), "items")
    rows = [{"code": "i"}, {"code": "a", "parent": "i", "weight": 1}]
    rows += [{"code": c, "parent": "a", "direction": 1} for c in "xyz"]
    same = split(data, old, framework(tmp_path, rows))
    assert_allclose(parts(same.table, "score"), 0, atol=1e-12)


def test_items_of_the_other_edition_hang_where_the_crosswalk_says(tmp_path: Path) -> None:
    old = framework(tmp_path, NESTED)
    new = framework(tmp_path, [*NESTED, {"code": "s", "parent": "b", "direction": 1, "weight": 2}])
    data = values("x y z v w s")
    kept = [(c, c, "kept", "", "") for c in old.items]
    deep = split(data, old, new, walk=crosswalk([*kept, ("", "s", "new", "a1", "")]))
    plain = split(data, old, new, walk=crosswalk([*kept, ("", "s", "new", "b", "")]))
    caused_by(plain, "items")
    assert deep.table["score_groups"].abs().max() > 0.01
    holds(deep, (data, data), ((old, EFFICACY), (new, EFFICACY)))


# --- weights by region, missing values, refusals ---------------------------------------------


def test_weights_by_region_stay_so(tmp_path: Path) -> None:
    old = framework(tmp_path, UNEVEN)
    new = framework(tmp_path, edited(UNEVEN, z={"weight[region=s]": 1}, w={"weight": 3}))
    data = values("x y z w c", region=list("snsnsnsns"))
    found = split(data, old, new)
    caused_by(found, "weights")
    holds(found, (data, data), ((old, EFFICACY), (new, EFFICACY)))


def test_scales_from_all_years(tmp_path: Path) -> None:
    # Pooled, what the other year holds counts too, in the editions as in the hybrids.
    method = replace(EFFICACY, normalisation=Normalisation("efficacy", over="pooled"))
    rng = np.random.default_rng(8)
    columns = {item: rng.normal(size=12) for item in "xyz"}
    data = panel(columns, [2019] * 6 + [2020] * 6, list("abcdef") * 2)
    old, new = flat(tmp_path, "x y"), flat(tmp_path, "x z")
    found = split(data, old, new, (method, EFFICACY))
    holds(found, (data, data), ((old, method), (new, EFFICACY)))
    assert found.table["score_normalisation"].abs().max() > 0.01


def test_weights_found_from_data_are_the_method(tmp_path: Path) -> None:
    tree = framework(tmp_path, UNEVEN_FREE)
    methods = (MINMAX, replace(MINMAX, weighting=Weighting("entropy")))
    data = values("x y z w c")
    found = split(data, tree, tree, methods)
    caused_by(found, "normalisation")
    holds(found, (data, data), ((tree, methods[0]), (tree, methods[1])))


def test_units_without_a_score_in_some_hybrid_are_left_out(tmp_path: Path) -> None:
    old = flat(tmp_path, "x y")
    new = flat(tmp_path, "x z")
    data = values("x y z")
    data.values.loc[(2020, "u0"), ["x", "y"]] = np.nan  # nothing but z: none in the old edition
    data.values.loc[(2020, "u1"), "z"] = np.nan  # half of the new edition
    found = split(data, old, new)
    assert found.left_out.to_dict("list") == {
        "unit": ["u0"],
        "scored_old": [False],
        "scored_new": [True],
        "hybrids": [8],
    }
    assert "u1" in found.table["unit"].to_list()
    holds(found, (data, data), ((old, EFFICACY), (new, EFFICACY)))


def test_every_problem_of_a_crosswalk_is_told_at_once(tmp_path: Path) -> None:
    old, new = framework(tmp_path, NESTED), framework(tmp_path, NESTED)
    walk = crosswalk(
        [
            ("x", "x", "kept", "", ""),
            ("y", "x", "kept", "", ""),
            ("q", "y", "kept", "", ""),
            ("z", "", "dropped", "", "nowhere"),
            ("", "v", "new", "x", ""),
        ]
    )
    with pytest.raises(InputError) as error:
        split(values("x y z v w"), old, new, walk=walk)
    codes = [finding.code.removeprefix("attribution.") for finding in error.value.findings]
    assert codes == ["kept_twice", "unknown_item", "no_group", "no_group"]
    for finding in error.value.findings:
        assert finding.text("zh") != finding.text("en")


def test_refusals(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x y")
    walk = match_by_code(tree, tree)
    data = values("x y")
    fewer = replace(data, values=data.values.iloc[1:], units=data.units.iloc[1:])
    as_given = replace(MINMAX, weighting=Weighting("given", parameters={"rescale": False}))
    posts = replace(MINMAX, normalisation=Normalisation("goalposts"))
    empty = replace(data, values=data.values * np.nan)
    cases = [
        ((data, fewer, tree, tree, MINMAX, MINMAX, 2020), ["units"]),
        ((data, data, tree, tree, MINMAX, MINMAX, 1999), ["no_units"]),
        ((data, data, tree, tree, MINMAX, as_given, 2020), ["as_given"]),
        ((data, data, tree, tree, MINMAX, posts, 2020), ["hybrid"]),
        ((empty, empty, tree, tree, MINMAX, MINMAX, 2020), ["nobody"]),
    ]
    for arguments, told in cases:
        with pytest.raises(InputError) as error:
            attribute(*arguments, walk)
        codes = [f.code for f in error.value.findings if f.code.startswith("attribution.")]
        assert codes == [f"attribution.{code}" for code in told]
        assert all(f.text("zh") and f.text("en") for f in error.value.findings)


# --- whatever the pair ------------------------------------------------------------------------

weight = st.integers(1, 5)
GROUPS = ("a", "b", "c")


@st.composite
def trees(draw: st.DrawFn) -> list[dict[str, Any]]:
    items = draw(st.lists(st.sampled_from("uvwxyz"), min_size=1, max_size=6, unique=True))
    placed = {item: draw(st.sampled_from(GROUPS)) for item in items}
    rows: list[dict[str, Any]] = [{"code": "i"}]
    rows += [
        {"code": g, "parent": "i", "weight": draw(weight)} for g in GROUPS if g in placed.values()
    ]
    return rows + [
        {"code": item, "parent": group, "direction": draw(st.sampled_from([1, -1])),
         "weight": draw(weight)}
        for item, group in placed.items()
    ]  # fmt: skip


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(trees(), trees(), st.integers(0, 9), st.sampled_from([MINMAX, ZSCORE, GEOMETRIC]))
def test_sums_ends_and_swaps(
    tmp_path: Path, first: Rows, second: Rows, seed: int, method: Method
) -> None:
    old, new = framework(tmp_path, first), framework(tmp_path, second)
    data = values("u v w x y z", units=6, seed=seed)
    walk = match_by_code(old, new)
    there = split(data, old, new, (EFFICACY, method), walk)
    back = split(data, new, old, (method, EFFICACY), turned(walk))
    holds(there, (data, data), ((old, EFFICACY), (new, method)))
    for what in ("score", "rank"):
        assert_allclose(parts(there.table, what), -parts(back.table, what), atol=1e-9)


def test_summary_by_hand() -> None:
    table = pd.DataFrame(
        {
            **{f"score_{cause}": [0.0, 0.0] for cause in CAUSES},
            "rank_groups": [3.0, -1.0],
            "rank_items": [-1.0, 1.0],
            "rank_weights": [0.0, 0.0],
            "rank_normalisation": [0.0, 2.0],
        }
    )
    found = summarise_causes(table).set_index("cause")
    assert found["rank_mean"].to_list() == [2, 1, 0, 1]
    assert found["rank_share"].to_list() == [0.5, 0.25, 0, 0.25]
    assert found["largest"].to_list() == [1, 0, 0, 1]
    assert found["score_share"].isna().all()
