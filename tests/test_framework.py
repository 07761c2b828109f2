"""Frameworks: the tree, its weights, and what is told of a bad one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import framework, framework_file

from analysis.core.catalogue import find_framework
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.read_framework import read_framework

Row = dict[str, object]

TREE: list[Row] = [
    {"code": "i", "name_zh": "指数", "name_en": "Index"},
    {"code": "a", "parent": "i", "weight": 30, "name_zh": "甲"},
    {"code": "b", "parent": "i", "weight": 10},
    {"code": "b1", "parent": "b", "weight": 1},
    {"code": "b2", "parent": "b", "weight": 3},
    {"code": "x", "parent": "a", "direction": 1, "evidence": "named"},
    {"code": "y", "parent": "a", "direction": "lower", "evidence": "proxy"},
    {"code": "z", "parent": "b1", "direction": "Higher"},
    {"code": "w", "parent": "b1", "direction": -1},
    {"code": "v", "parent": "b2", "direction": 1},
]


def codes_of(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [finding.code.removeprefix("framework.") for finding in error.value.findings]


def refused(folder: Path, rows: list[Row]) -> tuple[Finding, ...]:
    with pytest.raises(InputError) as error:
        framework(folder, rows)
    for finding in error.value.findings:
        assert finding.text("zh") and finding.text("en")
    return error.value.findings


def test_the_tree(tmp_path: Path) -> None:
    tree = framework(tmp_path, TREE)
    assert tree.name == "small"
    assert tree.root == "i" and tree.groups == ("a", "b") and tree.depth == 4
    assert tree.items == ("x", "y", "z", "w", "v")
    assert [tree.level(code) for code in ("x", "a", "b1", "b", "i")] == [1, 2, 2, 3, 4]
    assert tree.children("b") == ("b1", "b2") and tree.children("x") == ()
    assert tree.items_under("b") == ("z", "w", "v") and tree.items_under("x") == ("x",)
    assert tree.items_under("i") == tree.items
    assert tree.top_down[:2] == ("i", "b") and tree.top_down[-1] == "v"
    assert tree.nodes["direction"].to_dict()["y"] == -1
    assert tree.nodes["direction"].to_dict()["a"] == 0
    assert tree.label("i", "zh") == "指数" and tree.label("a", "en") == "甲"
    assert tree.label("x", "en") == "x"
    counts = tree.evidence_counts()
    assert counts == {"named": 1, "reported": 0, "implied": 0, "proxy": 1, "": 3}


def test_children_come_before_their_parents_bottom_up(tmp_path: Path) -> None:
    tree = framework(tmp_path, TREE)
    seen: set[str] = set()
    for code in tree.bottom_up:
        assert set(tree.children(code)) <= seen
        seen.add(code)
    assert seen == set(tree.nodes.index)


def test_weights_sum_to_one_among_siblings(tmp_path: Path) -> None:
    weights = framework(tmp_path, TREE).weights()
    assert weights.to_dict() == {
        "i": 1, "a": 0.75, "b": 0.25, "b1": 0.25, "b2": 0.75,
        "x": 0.5, "y": 0.5, "z": 0.5, "w": 0.5, "v": 1,
    }  # fmt: skip


def test_equal_weights_are_marked_as_assumed(tmp_path: Path) -> None:
    status = framework(tmp_path, TREE).nodes["weight_status"]
    assert status["x"] == "equal-assumed" and status["a"] == "" and status["i"] == ""


def test_weights_may_be_percentages(tmp_path: Path) -> None:
    rows: list[Row] = [{"code": "i"}]
    rows += [{"code": c, "parent": "i", "direction": 1, "weight": w} for c, w in
             (("x", "30%"), ("y", "10%"))]  # fmt: skip
    assert framework(tmp_path, rows).weights()["x"] == 0.75


def weight_sets(folder: Path, **cells: dict[str, object]) -> Framework:
    rows: list[Row] = [{"code": "i"}]
    for code in "xyz":
        row: Row = {"code": code, "parent": "i", "direction": 1, "weight": 1}
        rows.append(row | {column: values.get(code, "") for column, values in cells.items()})
    return framework(folder, rows)


def test_weight_sets_by_attribute(tmp_path: Path) -> None:
    tree = weight_sets(
        tmp_path,
        **{
            "weight[region=west]": {"x": 2},
            "weight[region=west, stage=new]": {"x": 8, "y": 0},
        },
    )
    assert tree.weight_attributes == ("region", "stage")
    third = pytest.approx(1 / 3)
    assert tree.weights()["x"] == third
    assert tree.weights({"region": "east", "stage": "new"})["x"] == third
    assert tree.weights({"region": "west"}).to_dict() == {"i": 1, "x": 0.5, "y": 0.25, "z": 0.25}
    both = tree.weights({"region": "west", "stage": "new"})
    assert both["x"] == pytest.approx(8 / 9) and both["y"] == 0


def test_weight_sets_that_may_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        weight_sets(tmp_path, **{"weight[region=west]": {"x": 2}, "weight[stage=new]": {"x": 3}})
    assert codes_of(error) == ["weight_clash"]
    apart = {"weight[region=west]": {"x": 2}, "weight[region=east]": {"x": 3}}
    assert len(weight_sets(tmp_path, **apart).weight_sets) == 2


def test_a_weight_set_may_not_leave_a_sibling_without(tmp_path: Path) -> None:
    rows: list[Row] = [{"code": "i"}]
    rows += [{"code": c, "parent": "i", "direction": 1} for c in "xy"]
    rows[1]["weight[region=west]"] = 2
    assert [f.code for f in refused(tmp_path, rows)] == ["framework.weight_some"]


def test_every_problem_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"code": "i"},
        {"code": "x", "parent": "i", "direction": "up", "weight": "much"},
        {"code": "x", "parent": "i", "direction": 1, "weight": -1},
        {"code": "y", "parent": "nobody", "direction": 1, "weight": 1},
        {"code": "year", "parent": "i", "direction": 1, "weight": 1},
        {"code": "two words", "parent": "i", "direction": 1, "weight": 1},
    ]
    found = refused(tmp_path, rows)
    placed = {(f.code.removeprefix("framework."), f.row, f.column) for f in found}
    assert placed == {
        ("direction", 3, "direction"),
        ("number", 3, "weight"),
        ("negative_weight", 4, "weight"),
        ("code_twice", 4, "code"),
        ("parent", 5, "parent"),
        ("code_reserved", 6, "code"),
        ("code", 7, "code"),
    }
    assert {f.file for f in found} == {"small.csv"}


def test_circles_roots_and_depth(tmp_path: Path) -> None:
    circle: list[Row] = [{"code": "i"}, {"code": "x", "parent": "i", "direction": 1}]
    circle += [{"code": "p", "parent": "q"}, {"code": "q", "parent": "p"}]
    assert [f.code for f in refused(tmp_path, circle)] == ["framework.circle"]
    itself: list[Row] = [*circle[:2], {"code": "p", "parent": "p"}]
    assert [f.code for f in refused(tmp_path, itself)] == ["framework.circle"]
    roots: list[Row] = [*circle[:2], {"code": "j", "direction": 1}]
    assert [f.code for f in refused(tmp_path, roots)] == ["framework.root"]
    assert [f.code for f in refused(tmp_path, [{"code": "i", "direction": 1}])] == [
        "framework.no_items"
    ]
    chain: list[Row] = [{"code": "n0"}]
    chain += [{"code": f"n{k}", "parent": f"n{k - 1}", "direction": 1} for k in range(1, 3000)]
    assert [f.code for f in refused(tmp_path, chain[::-1])] == ["framework.too_deep"]


CELLS = [
    ({"evidence": "rumour"}, "word"),
    ({"aggregation": "mode"}, "word"),
    ({"treatment": "cut"}, "word"),
    ({"denominator": "x"}, "denominator_self"),
    ({"denominator_scale": 2}, "denominator_missing"),
    ({"denominator": "p", "denominator_scale": 0}, "denominator_scale"),
    ({"normalisation": "sqrt"}, "word"),
    ({"cap": "top"}, "word"),
    ({"transform": "exp"}, "word"),
    ({"operation": "eval"}, "word"),
    ({"integer": "perhaps"}, "true_false"),
    ({"lo": 5, "hi": 5}, "goalposts"),
    ({"lo": 5}, "goalpost_alone"),
    ({"normalisation": "goalposts"}, "goalpost_missing"),
    ({"transform": "log", "lo": 0, "hi": 5}, "log_goalpost"),
    ({"lo": "nan", "hi": 5}, "number"),
    ({"hi": "inf", "lo": 5}, "number"),
    ({"min": 3, "max": 2}, "min_max"),
    ({"breaks": "last year"}, "breaks"),
    ({"inputs": "p"}, "inputs_alone"),
    ({"operation": "share", "inputs": "p"}, "inputs_count"),
    ({"operation": "sum"}, "inputs_count"),
    ({"operation": "pick", "inputs": "east=p q"}, "inputs_form"),
    ({"operation": "growth", "inputs": "east=p"}, "inputs_form"),
    ({"operation": "growth", "inputs": "x"}, "item_is_input"),
    ({"code": "x;y"}, "code"),
]


@pytest.mark.parametrize(("cells", "code"), CELLS)
def test_cells_of_an_item(tmp_path: Path, cells: Row, code: str) -> None:
    rows: list[Row] = [{"code": "i"}, {"code": "x", "parent": "i", "direction": 1} | cells]
    found = refused(tmp_path, rows)
    assert [f.code for f in found] == [f"framework.{code}"]
    assert found[0].row == 3


def test_what_is_for_items_only(tmp_path: Path) -> None:
    rows: list[Row] = [{"code": "i", "operation": "sum", "inputs": "p", "cap": "both"}]
    rows += [{"code": "x", "parent": "i", "direction": 1}]
    found = refused(tmp_path, rows)
    assert [(f.code, f.column) for f in found] == [
        ("framework.item_only", "cap"),
        ("framework.item_only", "operation"),
        ("framework.item_only", "inputs"),
    ]


def test_weights_for_some_and_weights_of_nothing(tmp_path: Path) -> None:
    rows: list[Row] = [{"code": "i"}]
    rows += [{"code": "x", "parent": "i", "direction": 1, "weight": 1}]
    rows += [{"code": "y", "parent": "i", "direction": 1}]
    assert [f.code for f in refused(tmp_path, rows)] == ["framework.weight_some"]
    rows[1]["weight"] = rows[2]["weight"] = 0
    assert [f.code for f in refused(tmp_path, rows)] == ["framework.weight_zero"]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda t: t.drop(columns="direction"), "column_missing"),
        (lambda t: t.assign(aggregatoin=""), "column_near"),
        (lambda t: t.assign(**{"weight[west]": 1}), "weight_set"),
        (lambda t: t.assign(**{"weight[=west]": 1}), "weight_set"),
    ],
)
def test_headers(tmp_path: Path, edit: Callable[[pd.DataFrame], pd.DataFrame], code: str) -> None:
    path = framework_file(tmp_path, TREE)
    edit(pd.read_csv(path, dtype=str)).to_csv(path, index=False)
    with pytest.raises(InputError) as error:
        read_framework(path)
    assert set(codes_of(error)) == {code}


def test_other_columns_are_kept(tmp_path: Path) -> None:
    tree = framework(tmp_path, [{**row, "source_address": "here"} for row in TREE])
    assert set(tree.nodes["source_address"]) == {"here"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = framework_file(tmp_path, TREE)
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    assert read_framework(path).label("i", "zh") == "指数"


def test_excel_gives_the_same(tmp_path: Path) -> None:
    path = framework_file(tmp_path, TREE)
    book = tmp_path / "small.xlsx"
    pd.read_csv(path).to_excel(book, index=False)
    pd.testing.assert_frame_equal(read_framework(book).nodes, read_framework(path).nodes)


@pytest.mark.parametrize("name", ["mofcom-2021", "mofcom-2016", "undp-hdi", "undp-tai"])
def test_shipped_frameworks_survive_a_spreadsheet(tmp_path: Path, name: str) -> None:
    tree = find_framework(name)
    book = tmp_path / f"{name}.xlsx"
    tree.nodes.to_excel(book)
    again = read_framework(book)
    pd.testing.assert_series_equal(again.weights(), tree.weights())
    np.testing.assert_array_equal(again.nodes["source"], tree.nodes["source"])


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_framework(tmp_path / "nothing.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError):
        read_framework(tmp_path / "empty.csv")


CELL = st.one_of(
    st.sampled_from(
        ["", "i", "x", "y", "1", "-1", "nan", "1e999", "log", "both", "growth", "pick"]
    ),
    st.text(max_size=8),
)
COLUMNS = (
    "code", "parent", "name_zh", "name_en", "weight", "direction", "lo", "hi", "cap",
    "transform", "operation", "inputs", "breaks", "integer", "weight[region=west]",
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.lists(CELL, min_size=15, max_size=15), min_size=1, max_size=5))
def test_a_fuzzed_table_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "f.csv"
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False)
    try:
        tree = read_framework(path)
    except InputError as error:
        for finding in error.findings:
            assert finding.text("en") and finding.text("zh")
        return
    assert tree.items and np.isfinite(tree.weights()).all()
