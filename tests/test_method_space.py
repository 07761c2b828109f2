"""Choices of the method that are varied: read from hostile files, computed once, merged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import (
    Aggregation,
    Method,
    Missing,
    Normalisation,
    Treatment,
    Weighting,
)
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.score import score
from analysis.core.uncertainty.draws.form import form_index
from analysis.core.uncertainty.methods import upstream
from analysis.core.uncertainty.methods.method_space import (
    DEFAULT_METHODS,
    FACTORS,
    MethodSpace,
    read_method_space,
)
from analysis.core.uncertainty.methods.method_variants import variants

PLAIN = Method(treatment=Treatment("none"))
ROWS: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "a", "parent": "i", "weight": 3},
    {"code": "b", "parent": "i", "weight": 2},
    {"code": "x", "parent": "a", "direction": 1, "weight": 1},
    {"code": "y", "parent": "a", "direction": -1, "weight": 2},
    {"code": "z", "parent": "b", "direction": 1, "weight": 1},
    {"code": "w", "parent": "b", "direction": 1, "weight": 0},
]
COLUMNS = {
    "x": [1.0, 4.0, 2.0, 3.0, 9.0],
    "y": [2.0, 1.0, 5.0, 3.0, 4.0],
    "z": [5.0, 3.0, 4.0, 1.0, 2.0],
    "w": [1.0, 2.0, 3.0, 4.0, 5.0],
}


@pytest.fixture
def tree(tmp_path: Path) -> Framework:
    return small.framework(tmp_path, ROWS)


def two_years() -> Panel:
    columns = {code: [*values, *(2.5 * v + 1 for v in values)] for code, values in COLUMNS.items()}
    return small.panel(columns, [2020] * 5 + [2021] * 5, [*"pqrst", *"pqrst"])


def codes_of(call: Callable[[], object]) -> list[str]:
    """Return the codes of the problems that a call raises; all of them have both texts."""
    with pytest.raises(InputError) as error:
        call()
    for finding in error.value.findings:
        assert finding.text("zh") and finding.text("en")
    return [finding.code.removeprefix("methods.") for finding in error.value.findings]


def test_file_is_read_as_documented(tmp_path: Path, tree: Framework) -> None:
    path = tmp_path / "methods.yml"
    path.write_text(
        """
normalisation:
  - base
  - minmax
  - {rule: zscore, probability: 2}
  - {name: narrow, rule: minmax, lower: 40, upper: 100}
treatment: [jrc, none]
aggregation: [arithmetic, geometric]
missing: [base, {min_share: 0.5}, none]
imputation: [none, median]
adjustment: [base, {name: aid, rules: [{id: a, kind: bonus, input: x, per_unit: 1}]}]
leave_out: {what: items, none: 0.4}
"""
    )
    base = Method(normalisation=Normalisation("efficacy", over="pooled", lower=50.0))
    space = read_method_space(path, tree, base)
    assert tuple(space.factors) == FACTORS
    levels = space.factors["normalisation"]
    assert [level.name for level in levels] == ["base", "minmax", "zscore", "narrow"]
    assert [level.probability for level in levels] == [1, 1, 2, 1]
    # Ends are those of the rule, what is compared with what stays as the method has it.
    assert levels[0].step == base.normalisation
    assert levels[1].step == Normalisation("minmax", over="pooled")
    assert levels[3].step == Normalisation("minmax", over="pooled", lower=40.0, upper=100.0)
    missing = [level.step for level in space.factors["missing"]]
    assert missing == [
        base.missing,
        Missing("renormalise", 0.5),
        replace(base.missing, rule="none"),
    ]
    assert [level.name for level in space.factors["missing"]][1] == "renormalise (min_share=0.5)"
    # The item without weight is passed over; what is listed as the method has it is one level.
    assert space.leave_out == ("x", "y", "z") and space.keep_all == 0.4
    assert [level.name for level in space.factors["treatment"]] == ["jrc", "none"]


def test_base_listed_by_its_rule_too_is_one_level(tree: Framework) -> None:
    space = read_method_space({"treatment": ["base", "none", "jrc"]}, tree, PLAIN)
    assert [(level.name, level.probability) for level in space.factors["treatment"]] == [
        ("none", 2.0),
        ("jrc", 1.0),
    ]
    assert read_method_space(DEFAULT_METHODS, tree, PLAIN).leave_out == ("x", "y", "z")


def test_every_problem_is_told_and_the_choices_named(tree: Framework) -> None:
    content: Mapping[str, Any] = {
        "normalization": ["minmax"],
        "colour": 1,
        "normalisation": ["minmx", {"rule": "minmax", "lower": 9, "upper": 3}, 7],
        "treatment": [{"rule": "none", "probability": -1}, {"rule": "jrc", "name": ""}],
        "aggregation": ["arithmetic", "arithmetic", {"rule": "power", "power": "x"}],
        "missing": [],
        "imputation": [{"rule": "mean", "withn": "region"}],
        "leave_out": ["x", "x", "q", "i", 5],
    }
    with pytest.raises(InputError) as error:
        read_method_space(content, tree, PLAIN)
    found = {finding.code: finding.text("en") for finding in error.value.findings}
    assert "normalisation" in found["methods.key_near"]
    assert all(factor in found["methods.key"] for factor in FACTORS)
    assert "minmax" in found["method.value"] and "zscore" in found["method.value"]
    assert {
        "method.range",
        "methods.level",
        "methods.probability",
        "methods.name",
        "methods.level_twice",
        "method.number",
        "methods.no_levels",
        "method.key_near",
        "methods.leave_out_twice",
        "methods.leave_out_code",
        "methods.leave_out_all",
    } <= set(found)
    assert sum(f.code == "methods.leave_out_code" for f in error.value.findings) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("leave_out: {what: items, nothing: 1}", "leave_out_key"),
        ("leave_out: {what: items, none: 2}", "leave_out_none"),
        ("leave_out: all", "leave_out"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "key"),
        ("normalisation: !!python/object/apply:os.system ['true']", "not_yaml"),
        ("treatment: [none]\ntreatment: [jrc]", "not_yaml"),
        ("- minmax", "not_yaml"),
        ("", "not_yaml"),
        ("treatment: [{rule: none, probability: .inf}]", "probability"),
        ("treatment: [{rule: none, probability: .nan}]", "probability"),
        ("treatment: [{rule: none, probability: true}]", "probability"),
        ("treatment: [{rule: none, probability: 0x" + "f" * 5000 + "}]", "probability"),
        ('treatment: [{rule: none, name: "\\e[31m"}]', "name"),
        ("treatment: [null]", "level"),
        ("treatment: [[none]]", "level"),
        ("treatment: " + "[" * 3000, "not_yaml"),
    ],
)
def test_hostile_files(tmp_path: Path, tree: Framework, content: str, code: str) -> None:
    path = tmp_path / "methods.yml"
    path.write_text(content)
    assert code in codes_of(lambda: read_method_space(path, tree, PLAIN))


def test_files_that_are_no_text(tmp_path: Path, tree: Framework) -> None:
    path = tmp_path / "methods.yml"
    path.write_bytes(b"\xff\xfe\x00x")
    assert codes_of(lambda: read_method_space(path, tree, PLAIN)) == ["not_yaml"]
    missing = tmp_path / "none.yml"
    assert codes_of(lambda: read_method_space(missing, tree, PLAIN)) == ["unreadable"]
    assert codes_of(lambda: read_method_space(tmp_path, tree, PLAIN)) == ["unreadable"]


WORDS = st.sampled_from(
    ["minmax", "zscore", "none", "base", "jrc", "rule", "lower", "name", "probability", "x", "a"]
)
PLAIN_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*FACTORS, "leave_out", "other"]), PLAIN_DATA))
@settings(max_examples=100, deadline=None)
def test_any_content_is_read_or_refused(tmp_path_factory: Any, content: dict[str, Any]) -> None:
    folder: Path = tmp_path_factory.getbasetemp()
    tree = small.framework(folder, ROWS)
    try:
        space = read_method_space(content, tree, PLAIN)
    except InputError as error:
        for finding in error.findings:
            assert finding.text("zh") and finding.text("en")
    else:
        assert all(levels for levels in space.factors.values())


def test_too_many_combinations(tree: Framework) -> None:
    cuts: list[object] = [{"name": f"{i}", "max_points": i} for i in range(40)]
    ends = [{"name": f"{i}", "rule": "minmax", "lower": i} for i in range(40)]
    content = {"treatment": cuts, "normalisation": ends}
    assert codes_of(lambda: read_method_space(content, tree, PLAIN)) == ["too_many"]


def test_only_node_cannot_be_left_out(tmp_path: Path) -> None:
    one = small.framework(tmp_path, [ROWS[0], *({**ROWS[3], "parent": "i"},)])
    assert read_method_space({"leave_out": "items"}, one, PLAIN).leave_out == ()
    content = {"leave_out": ["x"]}
    assert codes_of(lambda: read_method_space(content, one, PLAIN)) == ["leave_out_all"]


def space_of(tree: Framework, base: Method = PLAIN, **content: object) -> MethodSpace:
    return read_method_space(content, tree, base)


def random_weights(tree: Framework, draws: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(3).uniform(0.1, 1.0, (draws, len(tree.nodes)))


def test_levels_that_cannot_differ_are_one(tree: Framework) -> None:
    panel = small.panel(COLUMNS)
    space = space_of(tree, normalisation=["base", {"rule": "minmax", "probability": 2}, "zscore"])
    found = variants(panel, tree, space, PLAIN, 2020)
    assert [v.choice["normalisation"] for v in found.variants] == ["base", "zscore"]
    assert found.factors[0].levels == ("base", "zscore")
    np.testing.assert_allclose(found.factors[0].probabilities, [0.75, 0.25])
    np.testing.assert_allclose(found.probabilities, [0.75, 0.25])
    assert found.combinations.tolist() == [0, 1]
    (note,) = found.notes
    assert note.values["levels"] == "base, minmax" and note.text("zh")
    # That they are one, as the ordinary engine sees it.
    drawn = random_weights(tree, 50)
    for row in drawn:
        nodes = tree.nodes.assign(weight=row)
        other = replace(tree, nodes=nodes)
        ranks = [
            rank_scores(score(panel, other, method).node("i").to_numpy())
            for method in (PLAIN, replace(PLAIN, normalisation=Normalisation("minmax")))
        ]
        assert np.array_equal(*ranks)


def test_weights_used_as_given_keep_levels_apart(tree: Framework) -> None:
    # Sums of weights differ from node to node, so that a shift of the items is no shift of the
    # index only where all units lack the same: min-max from 0 is no multiple of 60 to 100.
    base = replace(PLAIN, weighting=Weighting("given", parameters={"rescale": False}))
    space = space_of(tree, base, normalisation=["base", "minmax"])
    assert len(variants(small.panel(COLUMNS), tree, space, base, 2020).variants) == 2


def test_complete_tables_make_missing_rules_one(tree: Framework) -> None:
    panel = small.panel(COLUMNS)
    space = space_of(tree, missing=["base", "none"], imputation=["none", "mean"])
    found = variants(panel, tree, space, PLAIN, 2020)
    assert len(found.variants) == 1 and found.probabilities.tolist() == [1.0]
    assert [note.values["factor"] for note in found.notes] == ["imputation", "missing"]


def test_geometric_means_work_on_1_to_100(tree: Framework) -> None:
    panel = small.panel(COLUMNS)
    space = space_of(
        tree, normalisation=["base", "minmax", "zscore"], aggregation=["arithmetic", "geometric"]
    )
    found = variants(panel, tree, space, PLAIN, 2020)
    kinds = [(v.choice["normalisation"], v.choice["aggregation"]) for v in found.variants]
    assert kinds == [
        ("base", "arithmetic"),
        ("base", "geometric"),
        ("zscore", "arithmetic"),
        ("zscore", "geometric"),
    ]
    by = dict(zip(kinds, found.variants, strict=True))
    # x runs from 1 to 9: 4 is 3/8 of the way.
    geometric = by["base", "geometric"]
    np.testing.assert_allclose(geometric.values[1, 0], 1 + 99 * 3 / 8, atol=1e-12)
    assert geometric.method.normalisation.range_of("efficacy") == (1.0, 100.0)
    assert geometric.values.min() == 1 and geometric.values.max() == 100
    z, lifted = by["zscore", "arithmetic"].values, by["zscore", "geometric"].values
    assert lifted.min() == pytest.approx(1) and lifted.max() == pytest.approx(100)
    slope = 99 / (z.max() - z.min())
    np.testing.assert_allclose(lifted, 1 + slope * (z - z.min()), atol=1e-10)


def test_base_method_is_computed_as_it_stands(tree: Framework) -> None:
    panel = small.panel(COLUMNS)
    base = replace(PLAIN, aggregation=Aggregation("geometric"))
    space = space_of(tree, base, normalisation=["base", "minmax"])
    found = variants(panel, tree, space, base, 2020)
    assert found.variants[0].values.min() == 60 and found.variants[1].values.min() == 1
    scored = score(panel, tree, base).node("i").to_numpy()
    weights = tree.weights().to_numpy()[None]
    first = found.variants[0]
    np.testing.assert_allclose(form_index(first.values, weights, tree, first.method)[0], scored)
    # Offered by no factor, it is there all the same, and never drawn.
    elsewhere = variants(panel, tree, space_of(tree, base, normalisation="rank"), base, 2020)
    assert elsewhere.probabilities.tolist() == [0.0, 1.0]
    assert elsewhere.variants[0].choice == {"normalisation": "base"}


def test_a_common_scale_of_all_years_is_kept(tree: Framework) -> None:
    """COINr cannot do this: what is normalised within a purse is not made again."""
    panel = two_years()
    base = replace(PLAIN, normalisation=Normalisation("efficacy", over="pooled"))
    space = space_of(tree, base, normalisation=["base", "zscore"], treatment=["none", "jrc"])
    found = variants(panel, tree, space, base, 2020)
    items = list(tree.items)
    for variant in found.variants:
        assert variant.method.normalisation.over == "pooled"
        # Missing rules and the like do not matter here: the table is complete.
        whole = score(panel, tree, variant.method).in_year(2020)[items].to_numpy()
        np.testing.assert_array_equal(variant.values, whole)
        alone = replace(
            variant.method, normalisation=replace(variant.method.normalisation, over="year")
        )
        year = score(panel, tree, alone).in_year(2020)[items].to_numpy()
        assert not np.allclose(variant.values, year)


def test_distinct_steps_are_taken_once(tree: Framework, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = {"prepare": 0, "treat_items": 0, "put_on_scale": 0}

    def count(name: str) -> None:
        real = getattr(upstream, name)

        def counted(*args: Any) -> Any:
            calls[name] += 1
            return real(*args)

        monkeypatch.setattr(upstream, name, counted)

    for name in calls:
        count(name)
    space = space_of(
        tree,
        imputation=["none", "mean"],
        treatment=["none", "jrc", "iqr"],
        normalisation=["base", "zscore"],
        aggregation=["arithmetic", "median"],
        missing=["base", "none"],
    )
    variants(small.panel(COLUMNS), tree, space, PLAIN, 2020)
    assert calls == {"prepare": 2, "treat_items": 6, "put_on_scale": 12}


def test_what_cannot_be_computed_is_refused_with_its_choice(tree: Framework) -> None:
    panel = small.panel(COLUMNS)
    space = space_of(tree, normalisation=["base", "goalposts"], treatment=["none", "iqr"])
    with pytest.raises(InputError) as error:
        variants(panel, tree, space, PLAIN, 2020)
    # Each item lacks goalposts; that each treatment meets it is no news.
    assert len(error.value.findings) == 4
    said = error.value.findings[0].text("en")
    assert "normalisation: goalposts" in said and error.value.findings[0].text("zh")


def test_rules_for_gaps_decide_who_has_a_score(tree: Framework) -> None:
    columns = {**COLUMNS, "x": [np.nan, 4.0, 2.0, 3.0, 9.0]}
    space = space_of(tree, missing=["base", "none"])
    found = variants(small.panel(columns), tree, space, PLAIN, 2020)
    base, strict = found.variants
    assert np.isnan(strict.values[0]).all() and not np.isnan(base.values[0]).all()
    assert strict.method.missing == Missing("renormalise", 0.0)
    everyone = {**COLUMNS, "x": [np.nan] * 5}
    panel = small.panel(everyone)
    assert codes_of(lambda: variants(panel, tree, space, PLAIN, 2020)) == ["nobody"]


def test_items_below_a_node_without_a_score_are_blanked(tree: Framework) -> None:
    # y has two thirds of the weight of its group: with x alone the group has no score, but
    # the group b carries 2/5 of the index, which is enough for a share of 0.3.
    columns = {**COLUMNS, "y": [np.nan, 1.0, 5.0, 3.0, 4.0]}
    base = replace(PLAIN, missing=Missing("renormalise", 0.4))
    found = variants(small.panel(columns), tree, space_of(tree, base), base, 2020)
    assert np.isnan(found.variants[0].values[0, :2]).all()
    assert not np.isnan(found.variants[0].values[0, 2:]).any()
    assert len(found.variants) == 1 and found.combinations.shape == ()


def test_a_rule_that_compares_units_is_not_merged_by_scale(tree: Framework) -> None:
    base = replace(PLAIN, aggregation=Aggregation("topsis"))
    space = space_of(tree, base, normalisation=["base", "minmax"])
    found = variants(small.panel(COLUMNS), tree, space, base, 2020)
    assert len(found.variants) == 2


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_merged_levels_have_the_ranks_of_the_ordinary_engine(
    tmp_path_factory: Any, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    tree = small.framework(tmp_path_factory.getbasetemp(), ROWS)
    values = rng.normal(size=(4, 8)).round(1)
    values[rng.random(values.shape) < 0.1] = np.nan
    panel = small.panel(dict(zip("xyzw", values, strict=True)))
    content = {
        "normalisation": ["base", "minmax", "zscore", "percentile_rank"],
        "treatment": ["none", "iqr"],
        "missing": [{"min_share": 0}, {"min_share": 0.3, "name": "third"}],
        "imputation": ["none", "median"],
    }
    space = read_method_space(content, tree, PLAIN)
    found = variants(panel, tree, space, PLAIN, 2020)
    row = rng.uniform(0.2, 1.0, len(tree.nodes))
    row[list(tree.nodes.index).index("w")] = 0.0
    other = replace(tree, nodes=tree.nodes.assign(weight=row))
    names = list(space.factors)
    kept = {factor.name: factor.levels for factor in found.factors}
    for levels in np.ndindex(*(len(kept[name]) for name in names)):
        chosen = {name: kept[name][at] for name, at in zip(names, levels, strict=True)}
        steps: dict[str, Any] = {
            name: next(level.step for level in space.factors[name] if level.name == word)
            for name, word in chosen.items()
        }
        variant = found.variants[found.combinations[levels]]
        drawn = form_index(variant.values, other.weights().to_numpy()[None], tree, variant.method)
        ordinary = score(panel, other, replace(PLAIN, **steps)).node("i").to_numpy()
        # Drawn weights do not decide who is ranked: compare where both have a score.
        both = ~np.isnan(drawn[0]) & ~np.isnan(ordinary)
        ranks = rank_scores(drawn[0][both]), rank_scores(ordinary[both], 9)
        assert np.array_equal(*ranks)
