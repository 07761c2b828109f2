"""Admissible weights: built, read, centred, and their contradictions named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import flat, framework

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.uncertainty.weights.space_centre import contradiction
from analysis.core.uncertainty.weights.weight_space import (
    Linear,
    WeightSpace,
    admissible,
    centre,
    contains,
    free,
    read_weight_space,
    refuse_weight_sets,
    weight_draws,
    with_linear,
    with_order,
)
from analysis.core.uncertainty.weights.weights_between import index_of, local_of, nominal_local

# Three levels below the index on one side, an item straight below it on the other.
DEEP: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "a", "parent": "i", "weight": 6},
    {"code": "b", "parent": "i", "weight": 3},
    {"code": "c", "parent": "i", "weight": 1, "direction": 1},
    {"code": "p", "parent": "a", "weight": 2},
    {"code": "q", "parent": "a", "weight": 1},
    {"code": "p1", "parent": "p", "direction": 1, "weight": 1},
    {"code": "p2", "parent": "p", "direction": 1, "weight": 3},
    {"code": "q1", "parent": "q", "direction": 1, "weight": 1},
    {"code": "q2", "parent": "q", "direction": 1, "weight": 1},
    {"code": "b1", "parent": "b", "direction": 1, "weight": 1},
    {"code": "b2", "parent": "b", "direction": 1, "weight": 1},
    {"code": "b3", "parent": "b", "direction": 1, "weight": 0},
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return framework(tmp_path_factory.mktemp("tree"), DEEP)


def by_item(space: WeightSpace, values: np.ndarray) -> dict[str, float]:
    return {item: float(v) for item, v in zip(space.items, values.round(12), strict=True)}


def refused(tmp_path: Path, text: str, tree: Framework) -> list[str]:
    path = tmp_path / "weights.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_weight_space(path, tree)
    for finding in error.value.findings:
        assert finding.text("zh") and finding.text("en") and finding.file == "weights.yml"
        assert len(finding.text("en")) < 700
    return [finding.code.removeprefix("space.") for finding in error.value.findings]


def read(tmp_path: Path, text: str, tree: Framework) -> WeightSpace:
    path = tmp_path / "weights.yml"
    path.write_text(text, encoding="utf-8")
    return read_weight_space(path, tree).admissible_set


def test_weights_in_the_index_by_hand(tree: Framework) -> None:
    index = index_of(tree, nominal_local(tree))
    # c, p1, p2, q1, q2, b1, b2, b3
    np.testing.assert_allclose(index, [0.1, 0.1, 0.3, 0.1, 0.1, 0.15, 0.15, 0], atol=1e-15)
    np.testing.assert_allclose(local_of(tree, index), nominal_local(tree), atol=1e-15)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=8, max_size=8), st.integers(1, 3))
def test_to_and_fro(tree: Framework, drawn: list[float], rows: int) -> None:
    given_weights = np.tile(np.array(drawn) + (0.0 if sum(drawn) > 1e-9 else 1.0), (rows, 1))
    given_weights /= given_weights.sum(axis=1, keepdims=True)
    local = local_of(tree, given_weights)
    assert local.shape == (rows, len(tree.nodes)) and (local >= 0).all()
    np.testing.assert_allclose(index_of(tree, local), given_weights, atol=1e-12)
    place = list(tree.nodes.index)
    for code in tree.bottom_up:
        if tree.children(code):
            sums = local[:, [place.index(child) for child in tree.children(code)]].sum(axis=1)
            np.testing.assert_allclose(sums, 1, atol=1e-12)


def test_the_default_set(tree: Framework) -> None:
    space = admissible(tree)
    assert space.separable and contains(space, space.nominal)
    # a: 0.6 of p1, p2, q1, q2; b: 0.3; what is left for c alone: fixed.
    assert sorted(space.total.round(12)) == [0.1, 0.3, 0.6]
    low, high = by_item(space, space.lower), by_item(space, space.upper)
    assert low == {"c": 0.1, "p1": 0.05, "p2": 0.15, "q1": 0.05, "q2": 0.05, "b1": 0.075,
                   "b2": 0.075, "b3": 0}  # fmt: skip
    # p2 to 0.45 at most: 0.6 less the least of the others; b1 to 0.225 for the same reason.
    assert high == {"c": 0.1, "p1": 0.2, "p2": 0.45, "q1": 0.2, "q2": 0.2, "b1": 0.225,
                    "b2": 0.225, "b3": 0}  # fmt: skip


def test_a_flat_index_is_one_block(tmp_path: Path) -> None:
    space = admissible(flat(tmp_path, "x y z"))
    assert space.total.tolist() == [1.0] and space.block.tolist() == [0, 0, 0]
    np.testing.assert_allclose(space.lower, 1 / 6)
    np.testing.assert_allclose(space.upper, 2 / 3)


def test_free_weights_and_free_groups(tree: Framework) -> None:
    space = free(tree)
    assert by_item(space, space.upper) == {"c": 0.1, "p1": 0.6, "p2": 0.6, "q1": 0.6, "q2": 0.6,
                                           "b1": 0.3, "b2": 0.3, "b3": 0}  # fmt: skip
    whole = free(tree, "free")
    assert whole.total.round(12).tolist() == [1.0] and whole.separable
    assert by_item(whole, whole.upper)["c"] == 1 and by_item(whole, whole.upper)["b3"] == 0


def test_groups_within_a_band(tree: Framework) -> None:
    space = free(tree, (0.5, 1.5))
    assert len(space.total) == 1 and not space.separable
    assert set(space.constraints) == {"a ≥ 0.3", "a ≤ 0.9", "b ≥ 0.15", "b ≤ 0.45"}
    at = dict.fromkeys(space.items, 0.0)
    for groups, fine in (((0.85, 0.15), True), ((0.9, 0.1), False), ((0.25, 0.45), False)):
        a, b = groups
        weights = np.array(list({**at, "p1": a, "b1": b, "c": 1 - a - b}.values()))
        assert bool(contains(space, weights)) is fine


def test_bounds_that_leave_out_the_nominal_weights(tree: Framework) -> None:
    for low, high in ((1.1, 2), (-0.1, 2), (0.5, 0.9), (float("nan"), 2)):
        with pytest.raises(InputError) as error:
            admissible(tree, low=low, high=high)
        assert [f.code for f in error.value.findings] == ["space.band"]
    with pytest.raises(InputError) as error:
        admissible(tree, low=2, groups=(2, 3), items={"nothing": (1, 1)})
    assert len(error.value.findings) == 3


def test_an_order_of_two_items_of_a_group_is_a_bound(tmp_path: Path) -> None:
    space = with_order(free(flat(tmp_path, "x y")), [("x", "y")])
    assert space.separable
    np.testing.assert_allclose([space.lower[0], space.upper[1]], 0.5)
    three = with_order(free(flat(tmp_path, "x y z")), [("x", "y"), ("y", "z"), ("x", "x")])
    assert len(three.b_ub) == 2 and three.constraints == ("x ≥ y", "y ≥ z")
    assert contains(three, np.array([0.5, 0.3, 0.2])) and contains(three, np.full(3, 1 / 3))
    assert not contains(three, np.array([0.3, 0.5, 0.2]))


def test_shares_within_a_fixed_group_are_bounds(tree: Framework, tmp_path: Path) -> None:
    space = read(tmp_path, "bounds: free\nshares: {b1: [0.2, 0.5]}", tree)
    assert space.separable
    assert by_item(space, space.lower)["b1"] == 0.06 and by_item(space, space.upper)["b1"] == 0.15
    deeper = read(tmp_path, "bounds: free\nshares: {p1: [0.2, 0.5], p: [0.5, 1]}", tree)
    assert not deeper.separable
    for p1, p2, fine in ((0.2, 0.2, True), (0.05, 0.35, False), (0.1, 0.15, False)):
        weights = np.array([0.1, p1, p2, 0.6 - p1 - p2, 0, 0.15, 0.15, 0])
        local = dict(zip(tree.nodes.index, local_of(tree, weights), strict=True))
        assert bool(contains(deeper, weights)) is fine
        assert fine is bool(0.2 <= local["p1"] <= 0.5 and local["p"] >= 0.5)


def test_a_whole_file(tree: Framework, tmp_path: Path) -> None:
    text = """
groups: [0.8, 1.2]
bounds: [0.5, 3]
items: {p1: [0, 4]}
order: [[a, b, c], [p2, p1]]
linear:
  - {weights: {p: 1, q: -1}, least: 0.05}
  - {weights: {b1: 1, b2: -1}, least: 0, most: 0, label: b1 is b2}
distribution: uniform
"""
    path = tmp_path / "mine.yml"
    path.write_text(text, encoding="utf-8")
    spec = weight_draws(path, tree)
    assert spec.name == "mine.yml" and spec.kind == "uniform" and spec.chained
    assert "mine.yml" in spec.describe("zh") and "mine.yml" in spec.describe("en")
    space = spec.admissible_set
    assert by_item(space, space.upper)["p1"] == 0.4 and "b1 is b2" in space.constraints
    middle = centre(space)
    assert contains(space, middle)
    named = dict(zip(space.items, middle, strict=True))
    assert named["b1"] == pytest.approx(named["b2"], abs=1e-12)
    assert named["p2"] >= named["p1"] and named["b3"] == 0


@pytest.mark.parametrize(
    ("word", "kind", "name"),
    [
        ("dirichlet", "dirichlet", "dirichlet:1"),
        ("dirichlet:5", "dirichlet", "dirichlet:5"),
        ("band", "band", "band:0.5"),
        ("band:0.25", "band", "band:0.25"),
        ("uniform", "uniform", "uniform"),
        ("nominal", "nominal", "nominal"),
    ],
)
def test_words(tree: Framework, word: str, kind: str, name: str) -> None:
    spec = weight_draws(word, tree)
    assert (spec.kind, spec.name, spec.chained) == (kind, name, False)
    assert contains(spec.admissible_set, spec.admissible_set.nominal)
    assert spec.describe("zh") and spec.describe("en")
    if word == "band:0.25":
        np.testing.assert_allclose(spec.admissible_set.lower[1:], 0.75 * spec.space.nominal[1:])


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("dirichlet:0", "word_number"),
        ("dirichlet:nan", "word_number"),
        ("band:1.5", "word_number"),
        ("band:-1", "word_number"),
        ("uniform:3", "word_number"),
        ("drichlet", "word"),
        ("missing.yml", "file_unreadable"),
        ("a\0b.yml", "file_unreadable"),
    ],
)
def test_words_that_are_none(tree: Framework, word: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        weight_draws(word, tree)
    assert [f.code for f in error.value.findings] == [f"space.{code}"]
    assert all(f.text("zh") and f.text("en") for f in error.value.findings)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["file_not_yaml"]),
        ("- 1", ["file_not_yaml"]),
        ("a: !!python/object/apply:os.system [x]", ["file_not_yaml"]),
        ("bounds: free\nbounds: free", ["file_not_yaml"]),
        ("a: &a {x: 1}\nb: {<<: [*a, *a]}", ["file_not_yaml"]),
        ("[" * 5000, ["file_not_yaml"]),
        ("#" * 1_000_001, ["file_too_large"]),
        ("weihgts: 1", ["key"]),
        ("groups: some", ["pair"]),
        ("groups: [1.1, 2]", ["one_outside"]),
        ("bounds: [0.5, .inf]", ["pair"]),
        ("bounds: [.nan, 2]", ["pair"]),
        ("bounds: [2, 0.5]", ["pair"]),
        (f"bounds: [0, {'9' * 400}]", ["pair"]),
        ("bounds: [1.5, 2]", ["one_outside"]),
        ("items: {p11: [0, 1], a: [0, 1], 5: [0, 1]}", ["code_near", "group", "code"]),
        ("items: {p1: yes}", ["pair"]),
        ("shares: {i: [0, 1], a: [0, 2]}", ["root", "pair"]),
        ("order: {p1: p2}", ["not_list"]),
        ("order: [p1, [p1], [p1, p1], [p1, zzz]]", ["chain", "chain", "chain_twice", "code"]),
        ("linear: [3, {weights: {p1: 1}}, {weights: {p1: x}, least: 0}]",
         ["row", "ends", "number"]),
        ("linear: [{weights: {p1: 1}, least: 1, most: 0}]", ["ends"]),
        ('linear: [{weights: {p1: 1}, least: 0, label: "a\\nb"}]', ["label"]),
        ("distribution: normal", ["distribution"]),
        ("distribution: [1]", ["distribution"]),
        ("distribution: band:0.5", ["distribution"]),
        ("distribution: dirichlet:x", ["word_number"]),
        ("distribution: dirichlet\nbounds: [0.5, 2]", ["not_free"]),
        ("distribution: dirichlet\ngroups: [0.5, 2]", ["not_free"]),
        ("distribution: band\norder: [[p1, p2]]", ["not_boxed"]),
        ("bounds: [2, 1]\norder: 5\ndistribution: x", ["distribution", "pair", "not_list"]),
    ],
)  # fmt: skip
def test_hostile_files(tree: Framework, tmp_path: Path, text: str, codes: list[str]) -> None:
    assert refused(tmp_path, text, tree) == codes


def test_nested_aliases_and_wrong_encodings(tree: Framework, tmp_path: Path) -> None:
    text = "a0: &a0 [x, x]\n" + "".join(
        f"a{k}: &a{k} [*a{k - 1}, *a{k - 1}]\n" for k in range(1, 40)
    )
    assert set(refused(tmp_path, text + "order: *a39\n", tree)) == {"key", "code"}
    path = tmp_path / "weights.yml"
    path.write_bytes("order: [[出口]]".encode("gb18030"))
    with pytest.raises(InputError):
        read_weight_space(path, tree)
    with pytest.raises(InputError):
        read_weight_space(tmp_path, tree)


@given(
    st.dictionaries(
        st.sampled_from(["groups", "bounds", "items", "shares", "order", "linear", "distribution"]),
        st.recursive(
            st.one_of(
                st.none(), st.booleans(), st.integers(), st.floats(),
                st.sampled_from(["free", "fixed", "p1", "p2", "a", "dirichlet", "band", "x"]),
            ),
            lambda inner: (
                st.dictionaries(
                    st.sampled_from(["p1", "p2", "a", "b", "weights", "least", "most"]), inner,
                    max_size=3,
                )
                | st.lists(inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=3,
    )
)  # fmt: skip
@settings(deadline=None)
def test_a_fuzzed_file_is_read_or_refused(
    tree: Framework, tmp_path_factory: pytest.TempPathFactory, content: object
) -> None:
    import yaml

    path = tmp_path_factory.mktemp("fuzz") / "w.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    try:
        space = read_weight_space(path, tree).admissible_set
    except InputError as error:
        assert error.findings
        for finding in error.findings:
            assert finding.text("en") and finding.text("zh")
    else:
        assert contains(space, centre(space), 1e-8)


def test_the_centre_by_hand(tmp_path: Path) -> None:
    line = flat(tmp_path, "x y")
    space = with_linear(free(line), [Linear({"x": 1}, least=0.2, most=0.6)])
    np.testing.assert_allclose(centre(space), [0.4, 0.6], atol=1e-9)
    triangle = flat(tmp_path, "x y z")
    np.testing.assert_allclose(centre(free(triangle)), 1 / 3, atol=1e-9)
    # A line within the triangle: x = y, from (0, 0, 1) to (1/2, 1/2, 0).
    thin = with_linear(free(triangle), [Linear({"x": 1, "y": -1}, least=0, most=0)])
    np.testing.assert_allclose(centre(thin), [0.25, 0.25, 0.5], atol=1e-9)
    # A single point: x >= y >= z >= x.
    point = with_order(free(triangle), [("x", "y"), ("y", "z"), ("z", "x")])
    np.testing.assert_allclose(centre(point), 1 / 3, atol=1e-9)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(1, 4), st.booleans(), st.sampled_from(["fixed", "free"]))
def test_the_centre_is_admissible(
    tree: Framework, low: float, high: float, order: bool, groups: str
) -> None:
    space = admissible(tree, low=low, high=high, groups=groups)  # type: ignore[arg-type]
    assert contains(space, space.nominal) and (space.lower <= space.upper + 1e-12).all()
    if order:
        space = with_order(space, [("p2", "p1"), ("p1", "q1")])
    assert contains(space, centre(space))


def test_contradictions_are_named_and_irreducible(tree: Framework, tmp_path: Path) -> None:
    rows = "order: [[q1, p1], [p1, p2], [b1, b2]]\n"
    assert refused(tmp_path, rows + "linear: [{weights: {p2: 1}, least: 0.25}]", tree) == ["empty"]
    space = with_linear(
        free(tree),
        [
            Linear({"q1": 1, "p1": -1}, least=0, label="q1 ≥ p1"),
            Linear({"p1": 1, "p2": -1}, least=0, label="p1 ≥ p2"),
            Linear({"b1": 1, "b2": -1}, least=0, label="b1 ≥ b2"),
            Linear({"p2": 1, "b1": 1}, least=0.6, label="p2 + b1 ≥ 0.6"),
        ],
    )
    named = contradiction(space)
    # p2 <= 0.2 when q1 and p1 are no less, of 0.6 in all; b1 <= 0.3.
    assert {"q1 ≥ p1", "p1 ≥ p2", "p2 + b1 ≥ 0.6"} <= set(named)
    assert not any("b1 ≥ b2" in name for name in named)
    with pytest.raises(InputError) as error:
        centre(space)
    assert "p1 ≥ p2" in error.value.findings[0].text("zh")
    for left_out in ("q1 ≥ p1", "p1 ≥ p2", "p2 + b1 ≥ 0.6"):
        keep = [at for at, name in enumerate(space.constraints) if name != left_out]
        fewer = WeightSpace(
            space.items, space.nominal, space.lower, space.upper, space.block, space.total,
            space.a_ub[keep], space.b_ub[keep], tuple(space.constraints[at] for at in keep),
        )  # fmt: skip
        assert contradiction(fewer) == ()


def test_what_is_not_known_or_not_finite(tree: Framework) -> None:
    rows = [Linear({"zz": 1.0, "p1": float("inf")}, least=0), Linear({"p1": 1}, most=float("nan"))]
    with pytest.raises(InputError) as error:
        with_linear(free(tree), rows)
    codes = [finding.code for finding in error.value.findings]
    assert codes == ["space.no_item", "space.not_finite", "space.not_finite"]


def test_weights_of_units_own_are_refused(tree: Framework, tmp_path: Path) -> None:
    refuse_weight_sets(tree)
    own = [{**row, "weight[region=s]": 2 if row["code"] == "p1" else ""} for row in DEEP]
    with pytest.raises(InputError) as error:
        refuse_weight_sets(framework(tmp_path, own))
    assert "weight[region=s]" in error.value.findings[0].text("en")
