"""Points outside the weights: bonus items, deductions, vetoes, and what rests on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small

from analysis.core.account import account, item_account
from analysis.core.adjust import points_of
from analysis.core.adjustment import Adjustment, PointRule
from analysis.core.change import Edition, change
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.frozen import score_against
from analysis.core.method import (
    Aggregation,
    Method,
    Normalisation,
    Treatment,
    read_method,
)
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.core.standing import strengths
from analysis.core.what_if import with_methods, with_weights, without

ROWS: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "g", "parent": "i", "weight": 60},
    {"code": "h", "parent": "i", "weight": 40},
    {"code": "x", "parent": "g", "direction": 1, "weight": 1},
    {"code": "y", "parent": "g", "direction": 1, "weight": 1},
    {"code": "z", "parent": "h", "direction": 1, "weight": 1},
    {"code": "aid", "parent": "h", "direction": 1, "weight": 3},
]
PLAIN = Method(treatment=Treatment("none"), normalisation=Normalisation("minmax"))
BONUS = PointRule("aid", "bonus", "aid", per_unit=2.0, cap=5.0)
ACCIDENT = PointRule("accident", "penalty", "accidents", per_unit=3.0)
GRAVE = PointRule("grave", "veto", "grave", at_least=1.0, effect="unranked", missing="optional")
OUTSIDE = Adjustment((BONUS, ACCIDENT, GRAVE), 6.0, -4.0, ("aid",), (0.0, 100.0))

# 0 to 100 under min-max, so that the normalised values are the values.
VALUES = {
    "x": [0.0, 100.0, 50.0, 20.0],
    "y": [100.0, 0.0, 50.0, 40.0],
    "z": [0.0, 50.0, 100.0, 80.0],
    "aid": [0.0, 1.0, 4.0, 2.0],
}
ACCIDENTS = ["", "1", "0", "2"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return small.framework(tmp_path_factory.mktemp("tree"), ROWS)


def table(**attributes: list[object]) -> Panel:
    given: dict[str, list[object]] = {"accidents": list(ACCIDENTS), **attributes}
    return small.panel(VALUES, **given)


def scored(tree: Framework, adjustment: Adjustment, **attributes: list[object]) -> Scores:
    return score(table(**attributes), tree, replace(PLAIN, adjustment=adjustment))


def index(scores: Scores) -> list[float]:
    return [float(value) for value in scores.in_year(2020)[scores.framework.root]]


def codes_of(call: Callable[[], object]) -> list[str]:
    with pytest.raises(InputError) as error:
        call()
    for finding in error.value.findings:
        assert finding.text("zh") and finding.text("en")
    return [finding.code for finding in error.value.findings]


def told(scores: Scores) -> dict[str, str]:
    assert all(f.text("zh") for f in scores.findings)
    return {f.code: f.text("en") for f in scores.findings if f.code.startswith("points.")}


def test_by_hand(tree: Framework) -> None:
    # By weights, aid taken out: 0.6 (x + y) / 2 + 0.4 z = 30, 50, 70, 50.
    # Aid 2 a unit, at most 5: 0, 2, 5, 4. Accidents -3 each: 0, -3, 0, -6, at most -4.
    found = scored(tree, OUTSIDE)
    assert index(found) == pytest.approx([30, 50 + 2 - 3, 70 + 5, 50 + 4 - 4])
    assert found.points is not None
    assert list(found.points.table["before"]) == pytest.approx([30, 50, 70, 50])
    assert found.points.table["bonus"].tolist() == [0, 2, 5, 4]
    assert found.points.table["penalty"].tolist() == [0, -3, 0, -4]
    assert found.points.parts["accident"].tolist() == [0, -3, 0, -6]  # before the floor of all
    rows = found.table[found.table["node"] == "i"]
    assert rows["points"].tolist() == pytest.approx([0, -1, 5, 0])
    assert rows["rank"].tolist() == [4, 3, 1, 2]
    # No other node changes; what is taken out is still on the scale, and has no weight.
    plain = scored(tree, Adjustment())
    assert found.nodes[["g", "x", "y", "z", "aid"]].equals(plain.nodes[["g", "x", "y", "z", "aid"]])
    assert found.framework.weights()[["z", "aid"]].tolist() == [1.0, 0.0]
    # Inside, aid has three quarters of the group: 25 of 100 for unit b.
    assert index(plain)[1] == pytest.approx(0.6 * 50 + 0.4 * (0.25 * 50 + 0.75 * 25))
    assert plain.points is None and "points" not in plain.table


def test_caps_of_all_rules_hold_for_each_side_by_itself(tree: Framework) -> None:
    more = PointRule("more", "bonus", "aid", per_unit=1.0)
    both = replace(OUTSIDE, rules=(*OUTSIDE.rules, more), cap=6.0)
    found = scored(tree, both)
    assert found.points is not None
    # 2 + 1, 5 + 4, 4 + 2 of bonus, at most 6; unit d: 6 - 4, not min(6 - 6, 6).
    assert found.points.table["bonus"].tolist() == [0, 3, 6, 6]
    assert found.points.table["points"].tolist() == pytest.approx([0, 0, 6, 2])
    free = scored(tree, replace(both, cap=None, floor=None))
    assert free.points is not None
    assert free.points.table["points"].tolist() == pytest.approx([0, 0, 9, 0])
    nothing = scored(tree, replace(both, cap=0.0, floor=0.0))
    assert index(nothing) == pytest.approx([30, 50, 70, 50])


def test_steps_and_own_caps() -> None:
    steps = PointRule("s", "bonus", "x", steps=((1.0, 0.5), (3.0, 2.0)))
    x = np.array([np.nan, -9.0, 0.999, 1.0, 2.9, 3.0, 1e9])
    assert points_of(steps, x).tolist() == [0, 0, 0, 0.5, 0.5, 2, 2]
    assert points_of(replace(steps, cap=1.0), x).tolist() == [0, 0, 0, 0.5, 0.5, 1, 1]
    each = PointRule("e", "penalty", "x", per_unit=0.3, cap=1.0)
    assert points_of(each, x).tolist() == [0, 0, 0.3 * 0.999, 0.3, 0.3 * 2.9, 0.3 * 3, 1]


@pytest.mark.parametrize("effect", ["unranked", "lowest", "unlisted"])
def test_veto(tree: Framework, effect: str) -> None:
    rule = replace(GRAVE, effect=effect)
    veto = replace(OUTSIDE, rules=(BONUS, ACCIDENT, rule))
    found = scored(tree, veto, grave=["0", "", "1", "0.5"])
    rows = found.table[found.table["node"] == "i"].set_index("unit")
    assert found.vetoes.droplevel("year").to_dict() == {"a": "", "b": "", "c": effect, "d": ""}
    assert "c" in told(found)[f"points.veto_{effect}"]
    if effect == "unranked":
        assert np.isnan(index(found)[2]) and pd.isna(rows["rank"]["c"])
        assert rows["rank"].dropna().tolist() == [3, 2, 1]
    elif effect == "lowest":
        # The end of the scale, 0, less the largest deduction of the year, 4.
        assert index(found) == pytest.approx([30, 49, -4, 50])
        assert rows["rank"]["c"] == 4 and rows["points"]["c"] == pytest.approx(-74)
    else:
        assert index(found) == pytest.approx([30, 49, 75, 50]) and rows["rank"]["c"] == 1
    # Nobody reaches it one above.
    calm = replace(veto, rules=(BONUS, ACCIDENT, replace(rule, at_least=1.5)))
    assert set(scored(tree, calm, grave=["0", "", "1", "0.5"]).vetoes) == {""}


def test_the_gravest_veto_counts(tree: Framework) -> None:
    rules = (replace(GRAVE, id="mild", effect="unlisted"), GRAVE)
    found = scored(tree, Adjustment(rules), grave=["1", "0", "0", "0"])
    assert found.vetoes.tolist() == ["unranked", "", "", ""]


def test_contributions_still_sum_to_the_score(tree: Framework) -> None:
    rules = (BONUS, ACCIDENT, replace(GRAVE, effect="lowest"))
    found = scored(tree, replace(OUTSIDE, rules=rules), grave=["0", "0", "1", "0"])
    own = found.in_year(2020)["i"]
    parts = item_account(found, 2020)
    assert list(parts.parts) == ["x", "y", "z", "aid", "points"]
    assert parts.parts["points"].tolist() == pytest.approx([0, -1, -74, 0])
    assert parts.parts["x"].tolist() == pytest.approx([0, 30, 15, 6])
    assert (parts.base + parts.parts.sum(axis=1)).tolist() == pytest.approx(own.tolist())
    lines = account(found, 2020).parts
    assert list(lines) == ["g", "h", "points"]
    assert lines.sum(axis=1).tolist() == pytest.approx((own - own.mean()).tolist())
    assert lines.sum().tolist() == pytest.approx([0, 0, 0])
    # Below the index nothing is added, and strengths are items.
    assert list(account(found, 2020, "g").parts) == ["x", "y"]
    assert set(strengths(found, 2020)["item"]) <= {"x", "y", "z", "aid"}


@pytest.mark.parametrize("rule", ["geometric", "harmonic", "median"])
def test_accounts_of_other_means(tree: Framework, rule: str) -> None:
    scale = Normalisation("minmax", lower=60.0, upper=100.0)
    method = replace(PLAIN, normalisation=scale, aggregation=Aggregation(rule), adjustment=OUTSIDE)
    found = score(table(grave=["0", "1", "0", "0"]), tree, method)
    own = found.in_year(2020)["i"]
    parts = item_account(found, 2020)
    summed = parts.base + parts.parts.sum(axis=1, skipna=False)
    assert summed.tolist() == pytest.approx(own.tolist(), nan_ok=True)
    lines = account(found, 2020)
    forward = {"geometric": lambda s: 100 * np.log(s), "harmonic": lambda s: -1 / s}
    total = forward.get(rule, lambda s: s)(own)
    summed = lines.parts.sum(axis=1, skipna=False)
    assert summed.tolist() == pytest.approx((total - total.mean()).tolist(), nan_ok=True)
    assert summed.isna().tolist() == [False, True, False, False]


def test_points_keep_their_share_of_the_scale(tree: Framework) -> None:
    # Stated on 0 to 100; 40 points of 60 to 100 are as far as 100 of those.
    efficacy = replace(PLAIN, normalisation=Normalisation("efficacy"), adjustment=OUTSIDE)
    found = score(table(), tree, efficacy).points
    assert found is not None
    assert found.table["points"].tolist() == pytest.approx([0, -0.4, 2, 0])
    # A scale without ends: the mean range observed, of z-scores here.
    z = replace(PLAIN, normalisation=Normalisation("zscore"), adjustment=OUTSIDE)
    scores = score(table(), tree, z)
    assert scores.points is not None
    items = scores.in_year(2020)[["x", "y", "z", "aid"]]
    width = float((items.max() - items.min()).mean())
    assert scores.points.table["points"].tolist() == pytest.approx([0, -width / 100, width / 20, 0])
    # Points that name no scale are added as they stand.
    bare = replace(z, adjustment=replace(OUTSIDE, scale=None))
    assert score(table(), tree, bare).points.table["points"].tolist() == pytest.approx(  # type: ignore[union-attr]
        [0, -1, 5, 0]
    )


def test_missing_inputs(tree: Framework) -> None:
    found = scored(tree, OUTSIDE)
    assert "accidents" in told(found)["points.missing"] and ": a." in told(found)["points.missing"]
    assert "grave" in told(found)["points.nobody"]
    asked = replace(OUTSIDE, rules=(replace(ACCIDENT, missing="refuse"),), outside=())
    assert codes_of(lambda: scored(tree, asked)) == ["points.lacking"]
    assert index(scored(tree, asked, accidents=["0", "0", "0", "0"]))
    # An imputed value is a missing one; a unit-year that is not assessed is not asked.
    panel = table()
    marks = pd.DataFrame({"aid": [False, True, False, False]}, index=panel.values.index)
    points = score(replace(panel, imputed=marks), tree, replace(PLAIN, adjustment=OUTSIDE)).points
    assert points is not None and points.table["bonus"].tolist() == [0, 0, 5, 4]
    idle = table(accidents=["", "1", "1", "1"], assessed=[False, True, True, True])
    assert score(idle, tree, replace(PLAIN, adjustment=asked)).points is not None


def test_what_cannot_be_counted_is_refused_at_once(tree: Framework) -> None:
    rules = (
        replace(ACCIDENT, input="acidents"),
        replace(ACCIDENT, id="q", input="nothing like it"),
        replace(ACCIDENT, id="r", input="region"),
    )
    wrong = Adjustment(rules, outside=("x", "ad", "i"))
    codes = codes_of(lambda: scored(tree, wrong))
    assert sorted(codes) == [
        "points.input", "points.input", "points.input_near", "points.outside",
        "points.outside_near",
    ]  # fmt: skip
    words = Adjustment((ACCIDENT,))
    assert (
        codes_of(lambda: scored(tree, words, accidents=["1", "two", "3,5", ""]))
        == ["points.not_number"] * 2
    )
    assert codes_of(lambda: scored(tree, Adjustment(outside=("g", "h")))) == ["points.outside_all"]
    topsis = replace(PLAIN, aggregation=Aggregation("topsis"), adjustment=OUTSIDE)
    assert set(codes_of(lambda: score(table(), tree, topsis))) == {"points.set_wise"}


def test_remarks(tree: Framework) -> None:
    inside = scored(tree, replace(OUTSIDE, outside=()))
    assert "points.twice" in told(inside) and "points.idle" not in told(inside)
    idle = scored(tree, replace(OUTSIDE, outside=("aid", "z")))
    assert "“z”" in told(idle)["points.idle"] and "points.twice" not in told(idle)
    # The whole group goes with its last item: its weight goes to the other group.
    assert idle.framework.weights()[["g", "h"]].tolist() == [1.0, 0.0]
    assert "points.negative" in told(scored(tree, OUTSIDE, accidents=["-1", "0", "0", "0"]))


def test_for_one_framework_alone(tree: Framework) -> None:
    there = scored(tree, replace(OUTSIDE, framework=tree.name))
    assert index(there) == index(scored(tree, OUTSIDE))
    other = scored(tree, replace(OUTSIDE, framework="other"))
    assert index(other) == index(scored(tree, Adjustment())) and other.points is None
    assert "other" in told(other)["points.other_framework"]


def test_units_on_the_scale_of_others_keep_their_score(tree: Framework) -> None:
    rules = (BONUS, ACCIDENT, replace(GRAVE, effect="lowest"))
    method = replace(PLAIN, adjustment=replace(OUTSIDE, rules=rules))
    panel = table(grave=["0", "0", "1", "0"])
    others = score(panel, tree, method)
    again = score_against(others, 2020, panel)
    assert again.nodes["i"].tolist() == pytest.approx(index(others))
    new = small.panel(
        {"x": [50.0], "y": [50.0], "z": [50.0], "aid": [1.0]}, units=["n"], accidents=["1"]
    )
    assert score_against(others, 2020, new).nodes["i"].tolist() == pytest.approx([50 + 2 - 3])
    lacking = replace(new, units=new.units.drop(columns="accidents"))
    assert codes_of(lambda: score_against(others, 2020, lacking)) == ["points.input"]


def test_what_if_counts_the_points(tree: Framework) -> None:
    method = replace(PLAIN, adjustment=OUTSIDE)
    found = scored(tree, OUTSIDE)
    shifts = with_weights(found, 2020, {"g": {"g": 1.0, "h": 0.0}}).shifts
    # By g alone all have 50, d 30: the points decide.
    assert shifts.set_index("unit")["score_then"].to_dict() == pytest.approx(
        {"a": 50, "b": 49, "c": 55, "d": 30}
    )
    left = without(found, 2020, ["h"]).shifts.set_index("unit")["score_then"]
    assert left.to_dict() == pytest.approx({"a": 50, "b": 49, "c": 55, "d": 30})
    cases = {
        "inside": PLAIN,
        "median": replace(method, aggregation=Aggregation("median")),
        "topsis": replace(method, aggregation=Aggregation("topsis")),
    }
    swapped = with_methods(table(), tree, method, 2020, cases)
    scores = swapped.shifts[swapped.shifts["case"] == "inside"].set_index("unit")["score_then"]
    assert scores.tolist() == pytest.approx(index(scored(tree, Adjustment())))
    formed = swapped.shifts[swapped.shifts["case"] == "median"].set_index("unit")["score_then"]
    expected = score(table(), tree, cases["median"])
    assert formed.tolist() == pytest.approx(index(expected))
    assert [case for case, _ in swapped.refused] == ["topsis"]


def test_change_counts_points_as_data(tree: Framework) -> None:
    columns = {key: [*column, *column] for key, column in VALUES.items()}
    panel = small.panel(
        columns, [2020] * 4 + [2021] * 4, [*"abcd", *"abcd"], accidents=[*"0000", *"0010"]
    )
    edition = Edition(panel, tree, replace(PLAIN, adjustment=OUTSIDE))
    found = change(edition, (2020, 2021)).set_index("unit")
    assert found["data"].tolist() == pytest.approx([0, 0, -3, 0])
    assert found["goalposts"].tolist() == pytest.approx([0, 0, 0, 0])


def test_read_from_a_method_file(tmp_path: Path, tree: Framework) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(
        """
treatment: {rule: none}
normalisation: {rule: minmax, upper: 100}
adjustment:
  outside: aid
  cap: 6
  floor: -4
  rules:
    - {id: aid, kind: bonus, input: aid, per_unit: 2, cap: 5}
    - {id: accident, kind: penalty, input: accidents, per_unit: 3}
    - {id: grave, kind: veto, input: grave, effect: unranked, missing: optional}
"""
    )
    method = read_method(path)
    assert method.adjustment == OUTSIDE  # its scale is that of the method
    assert index(score(table(), tree, method)) == index(scored(tree, OUTSIDE))


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(
        """
adjustment:
  capp: 1
  cap: -1
  floor: 1
  outside: [3]
  scale: [5, 5]
  framework: [x]
  rules:
    - {id: a, kind: bonus, input: x}
    - {id: b, kind: bonus, input: x, per_unit: 1, steps: [[1, 1]]}
    - {id: c, kind: penalty, input: x, per_unit: -0.3}
    - {id: d, kind: penalty, input: x, steps: [[2, 1], [1, 2]]}
    - {id: e, kind: veto, input: x, effect: gone, per_unit: 1}
    - {id: f, kind: fine, input: x}
    - {id: "", kind: veto, input: 7, at_least: .nan, missing: some, basis: rumour}
    - {id: g, kind: veto, input: x}
    - {id: g, kind: veto, input: x, source_en: "=HYPERLINK\\u0007"}
    - {id: g, kind: veto, input: x, title_zh: 1}
    - {id: g, kind: veto, input: x, at_least: 2}
    - 7
"""
    )
    codes = [code.removeprefix("adjustment.") for code in codes_of(lambda: read_method(path))]
    assert sorted(codes) == sorted(
        [
            *["key_near", "number", "number", "outside", "scale", "text"],  # of the whole
            *["size", "size", "number", "steps"],  # a to d
            *["word", "key", "word"],  # e and f
            *["text", "text", "number", "word", "word"],  # without an id
            *["text", "text", "twice", "rule"],
        ]
    )


@pytest.mark.parametrize(
    "content",
    ["adjustment: 3", "adjustment: []", "adjustment: {rules: 3}", "adjustment: {rules: {a: b}}"],
)
def test_sections_of_another_kind_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(content)
    codes = codes_of(lambda: read_method(path))
    assert len(codes) == 1 and codes[0].startswith("adjustment.")


def test_weights_used_as_they_are_have_no_heirs(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text("weighting: {rule: given, rescale: false}\nadjustment: {outside: [x]}\n")
    assert codes_of(lambda: read_method(path)) == ["method.outside_as_given"]
