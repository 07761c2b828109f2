"""The steps of a method: their keys, and the choices that contradict each other."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from small import framework, panel

from analysis.core.aggregations import AGGREGATIONS
from analysis.core.catalogue import find_method
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import (
    Aggregation,
    Method,
    Missing,
    Normalisation,
    Treatment,
    Weighting,
    read_method,
)
from analysis.core.method_keys import KEYS, RULES, USED_BY
from analysis.core.normalisations import NORMALISATIONS
from analysis.core.parameter import problem_with
from analysis.core.score import score
from analysis.core.weighting import WEIGHTINGS

NAN = np.nan


def read(folder: Path, text: str, *own: str) -> Method:
    path = folder / "mine.yml"
    path.write_text(text, encoding="utf-8")
    return read_method(path, own)


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as error:
        read(folder, text)
    return [told(finding) for finding in error.value.findings]


def told(finding: Finding) -> str:
    assert finding.text("zh") and finding.text("en") and finding.file == "mine.yml"
    return finding.code.removeprefix("method.")


def test_the_keys_are_those_of_the_steps_with_their_defaults() -> None:
    method = Method()
    for section, keys in KEYS.items():
        step = getattr(method, section)
        named = {f.name for f in fields(step)} - {"parameters"}
        assert set(keys) == named, section
        for name, key in keys.items():
            default = getattr(step, name)
            assert key.default == default or name in ("cuts", "grades"), (section, name)
            assert problem_with(key, default) is None, (section, name)


def test_words_of_the_used_by_table() -> None:
    for (section, name), rules in USED_BY.items():
        assert name in KEYS[section]
        assert set(rules) <= set(KEYS[section]["rule"].choices), (section, name)


def test_everything_in_one_file(tmp_path: Path) -> None:
    method = read(
        tmp_path,
        """
denomination: {rule: none}
screening: {rule: flag, unit_share: 0.5, group_share: 0.25, nonzero_share: 0.1}
imputation: {rule: regression, within: region, over: pooled, among: group, regressors: 2}
treatment: {rule: quantile, lower_quantile: 0.1, upper_quantile: 0.9, over: pooled}
normalisation:
  rule: categorical
  over: pooled
  within: stage
  cuts: [50]
  grades: [1, 2]
weighting: {rule: entropy, over: year, shift: always}
aggregation: {rule: power, power: 2}
missing: {rule: none}
ranking: {decimals: 2}
""",
    )
    assert method.screening.group_share == 0.25 and method.imputation.regressors == 2
    assert method.normalisation.cuts == (50,) and method.normalisation.grades == (1, 2)
    assert method.weighting == Weighting("entropy", "year", {"shift": "always"})
    assert method.aggregation == Aggregation("power", {"power": 2.0})


def test_every_rule_can_be_named(tmp_path: Path) -> None:
    for rule in NORMALISATIONS:
        assert read(tmp_path, f"normalisation: {{rule: {rule}}}").normalisation.rule == rule
    for rule in AGGREGATIONS:
        assert read(tmp_path, f"aggregation: {{rule: {rule}}}").aggregation.rule == rule
    for rule in set(WEIGHTINGS) - {"mixture", "ahp"}:
        assert read(tmp_path, f"weighting: {{rule: {rule}}}").weighting.rule == rule


def test_a_rule_of_ones_own_has_to_be_known(tmp_path: Path) -> None:
    text = "normalisation: {rule: mine}"
    assert refused(tmp_path, text) == ["value"]
    assert read(tmp_path, text, "mine").normalisation.rule == "mine"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("imputation: {rule: mean, max_years: 2}", ["idle"]),
        ("imputation: {rule: nearest, within: region}", ["idle"]),
        ("imputation: {rule: interpolate, look: back}", ["idle"]),
        ("imputation: {within: region}", ["idle"]),
        ("imputation: {rule: median, among: group}", ["idle"]),
        ("screening: {unit_share: 0.5}", ["idle"]),
        ("screening: {rule: flag, unit_share: 1.5}", ["number"]),
        ("weighting: {rule: equal, rescale: false}", ["idle"]),
        ("weighting: {rule: equal, over: year}", ["idle"]),
        ("weighting: {rule: entropy, shift: often}", ["value"]),
        ("weighting: {rescale: 2}", ["not_flag"]),
        ("weighting: {rule: mixture}", ["needed"]),
        ("weighting: {rule: mixture, of: [equal]}", ["not_table", "needed"]),
        ("weighting: {rule: mixture, of: {equal: much}}", ["table_number"]),
        ("weighting: {rule: ahp, matrices: {i: 3}}", ["comparisons"]),
        ("weighting: {rule: ahp, matrices: {i: {a: {b: 1/0}}}}", ["table_number"]),
        ("weighting: {rescale: false}\naggregation: {rule: copeland}", ["as_given"]),
        ("weighting: {rule: bod}\naggregation: {rule: geometric}", ["bod_mean"]),
        ("aggregation: {power: 2}", ["idle"]),
        ("aggregation: {rule: power, power: 1000}", ["number"]),
        ("normalisation: {rule: rank, lower: 1}", ["no_scale"]),
        ("normalisation: {rule: exponential, lower: 0}", ["exponential"]),
        ("normalisation: {rule: minmax, over: base}", ["base_missing"]),
        ("normalisation: {rule: minmax, base: 2020}", ["base_idle"]),
        ("normalisation: {rule: borda, over: base, base: 2020}", ["relative_base"]),
        ("normalisation: {cuts: [1, 2]}", ["grades"]),
        ("normalisation: {cuts: [60, 50], grades: [1, 2, 3]}", ["rising"]),
        ("normalisation: {cuts: [50], grades: [2, 1]}", ["rising"]),
        ("normalisation: {cuts: fifty}", ["numbers"]),
        ("normalisation: {reference: ''}", ["not_text"]),
        ("normalisation: {rule: zscore, sd: 0}", ["number"]),
        (
            "normalisation: {rule: difference}\naggregation: {rule: harmonic}",
            ["signed_mean"],
        ),
        ("treatment: {lower_quantile: 0.9, upper_quantile: 0.1}", ["quantiles"]),
        # All together.
        (
            "normalisation: {rule: zscore, lower: 1, over: base, cuts: [2]}\n"
            "treatment: {lower_quantile: 1}\naggregation: {rule: geometric}\n"
            "weighting: {rule: ahp}\nscreening: {nonzero_share: 1}",
            ["idle", "zscore_range", "base_missing", "grades", "quantiles", "needed",
             "zscore_mean"],
        ),
    ],
)  # fmt: skip
def test_contradictions(tmp_path: Path, text: str, codes: list[str]) -> None:
    assert refused(tmp_path, text) == codes


def test_an_idle_key_says_who_looks_at_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nearest, interpolate"):
        read(tmp_path, "imputation: {rule: mean, max_years: 2}")
    with pytest.raises(InputError, match="given"):
        read(tmp_path, "weighting: {rule: equal, rescale: false}")


def test_rules_with_parameters_of_their_own() -> None:
    assert set(RULES["weighting"]) == set(WEIGHTINGS)
    assert set(RULES["aggregation"]) == set(AGGREGATIONS)


def test_the_shipped_example_of_coinr() -> None:
    method = find_method("coinr-example")
    assert method.imputation.within == "EurAsia_group" and method.imputation.rule == "mean"
    assert method.treatment == Treatment("jrc", 2, 3.5, 5, "log_ct")
    assert method.normalisation.range_of("minmax") == (0, 100)
    assert method.missing == Missing("renormalise", 0)


# Weighting and aggregation in the pipeline.

ROWS: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "a", "parent": "i", "weight": 0.5},
    {"code": "b", "parent": "i", "weight": 0.3},
    {"code": "x", "parent": "a", "weight": 0.6, "direction": 1},
    {"code": "y", "parent": "a", "weight": 0.6, "direction": 1},
    {"code": "z", "parent": "b", "weight": 2, "direction": 1},
]
DATA = panel({"x": [0, 5, 10, 2], "y": [4, 3, 0, 1], "z": [1, 3, 2, 0]})
PLAIN = Method(treatment=Treatment("none"), normalisation=Normalisation("minmax", 0, 1))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return framework(tmp_path_factory.mktemp("tree"), ROWS)


def test_weights_as_they_are(tree: Framework) -> None:
    """Published weights do not always sum to one: the index is then the plain sum."""
    method = replace(PLAIN, weighting=Weighting("given", parameters={"rescale": False}))
    scores = score(DATA, tree, method)
    nodes = scores.in_year(2020)
    np.testing.assert_allclose(nodes["a"], 0.6 * nodes["x"] + 0.6 * nodes["y"])
    np.testing.assert_allclose(nodes["b"], 2 * nodes["z"])
    np.testing.assert_allclose(nodes["i"], 0.5 * nodes["a"] + 0.3 * nodes["b"])
    scaled = score(DATA, tree, PLAIN).in_year(2020)
    np.testing.assert_allclose(scaled["i"], (0.5 * scaled["a"] + 0.3 * scaled["b"]) / 0.8)
    # What is missing is made up for by the others: they then weigh as much as all.
    gap = replace(DATA, values=DATA.values.assign(x=[NAN, 5, 10, 2]))
    some = score(gap, tree, replace(method, missing=Missing(min_share=0))).in_year(2020)
    assert some.loc["a", "a"] == pytest.approx(1.2 * some.loc["a", "y"])


def test_weights_as_they_are_and_a_rule_that_cannot(tmp_path: Path) -> None:
    rows = [dict(row) for row in ROWS]
    rows[1]["aggregation"] = "median"
    method = replace(PLAIN, weighting=Weighting("given", parameters={"rescale": False}))
    with pytest.raises(InputError) as error:
        score(DATA, framework(tmp_path, rows), method)
    assert [f.code for f in error.value.findings] == ["score.as_given"]
    assert error.value.findings[0].text("zh")


@pytest.mark.parametrize("rule", sorted(set(WEIGHTINGS) - {"mixture", "ahp", "bod"}))
def test_the_weights_found_are_those_used(tree: Framework, rule: str) -> None:
    scores = score(DATA, tree, replace(PLAIN, weighting=Weighting(rule)))
    nodes, weights = scores.in_year(2020), scores.framework.weights()
    for parent in ("a", "b", "i"):
        children = list(tree.children(parent))
        expected = (nodes[children] * weights[children]).sum(axis=1)
        np.testing.assert_allclose(nodes[parent], expected, atol=1e-12)
        assert weights[children].sum() == pytest.approx(1)
    if rule != "given":
        assert scores.weights is not None
        table = scores.weights.set_index("code")["weight"]
        np.testing.assert_allclose(weights[table.index], table)
        assert set(scores.framework.nodes.loc[table.index, "weight_status"]) == {rule}
    for finding in scores.findings:
        assert finding.text("zh") and finding.text("en")


def test_comparisons_in_a_method_file(tmp_path: Path, tree: Framework) -> None:
    method = read(
        tmp_path,
        "treatment: {rule: none}\nnormalisation: {rule: minmax}\n"
        "weighting: {rule: ahp, matrices: {i: {a: {b: 3}}, a: {x: {y: 1/4}}}}",
    )
    weights = score(DATA, tree, method).framework.weights()
    np.testing.assert_allclose(weights[["a", "b", "x", "y"]], [0.75, 0.25, 0.2, 0.8])


def test_a_mixture_in_a_method_file(tmp_path: Path, tree: Framework) -> None:
    method = read(
        tmp_path,
        "treatment: {rule: none}\nnormalisation: {rule: minmax}\n"
        "weighting: {rule: mixture, of: {given: 1, equal: 3}}",
    )
    weights = score(DATA, tree, method).framework.weights()
    np.testing.assert_allclose(weights["a"], 0.25 * 0.625 + 0.75 * 0.5)


def test_weights_of_each_year_or_of_all(tree: Framework) -> None:
    rng = np.random.default_rng(9)
    values = rng.random((16, 3))
    data = panel(
        dict(zip("xyz", values.T, strict=True)),
        year=[2020] * 8 + [2021] * 8,
        units=[f"u{k}" for k in range(8)] * 2,
    )
    pooled = score(data, tree, replace(PLAIN, weighting=Weighting("entropy")))
    assert pooled.weights is not None and "year" not in pooled.weights
    assert pooled.frameworks[2020] is pooled.frameworks[2021] is pooled.framework
    yearly = score(data, tree, replace(PLAIN, weighting=Weighting("entropy", "year")))
    assert yearly.weights is not None and yearly.weights["year"].tolist() == [2020] * 5 + [2021] * 5
    assert yearly.framework is yearly.frameworks[2021]
    for year in (2020, 2021):
        rows = data.values.index.get_level_values("year") == year
        alone = replace(data, values=data.values[rows], units=data.units[rows])
        expected = score(alone, tree, replace(PLAIN, weighting=Weighting("entropy")))
        np.testing.assert_allclose(yearly.in_year(year), expected.in_year(year))
        np.testing.assert_allclose(yearly.frameworks[year].weights(), expected.framework.weights())


def test_benefit_of_the_doubt_by_either_name(tree: Framework) -> None:
    weighted = score(DATA, tree, replace(PLAIN, weighting=Weighting("bod")))
    formed = score(DATA, tree, replace(PLAIN, aggregation=Aggregation("bod")))
    np.testing.assert_allclose(weighted.nodes, formed.nodes)
    # Whoever is the best in anything is at the top.
    np.testing.assert_allclose(weighted.node("a").iloc[[0, 2]], 1)


@pytest.mark.parametrize("rule", sorted(AGGREGATIONS))
def test_every_aggregation_in_the_pipeline(tree: Framework, rule: str) -> None:
    positive = replace(PLAIN, normalisation=Normalisation("minmax", 1, 100))
    scores = score(DATA, tree, replace(positive, aggregation=Aggregation(rule)))
    assert scores.nodes.notna().all(axis=None)
    spec = AGGREGATIONS[rule]
    nodes = scores.in_year(2020)
    expected = spec.function(nodes[["x", "y"]].to_numpy(), np.array([0.5, 0.5]))
    np.testing.assert_allclose(nodes["a"], expected)


@pytest.mark.parametrize("rule", sorted(n for n, spec in AGGREGATIONS.items() if spec.set_wise))
def test_set_wise_rules_look_at_all_units_of_the_year_whatever_their_weights(
    tmp_path: Path, rule: str
) -> None:
    """Defect 1 of COINr: Copeland could not be called where nodes are formed."""
    rows = [dict(row) for row in ROWS]
    rows[3]["weight[region=s]"], rows[4]["weight[region=s]"] = 3, 1
    tree = framework(tmp_path, rows)
    years = [2020] * 4 + [2021] * 4
    values = np.concatenate([DATA.values.to_numpy(), 2 + DATA.values.to_numpy()[::-1]])
    data = panel(
        dict(zip("xyz", values.T, strict=True)),
        year=years,
        units=list("abcd") * 2,
        region=["n", "s", "s", "n"] * 2,
    )
    method = replace(
        PLAIN,
        normalisation=Normalisation("minmax", 1, 100),
        aggregation=Aggregation(rule),
    )
    scores = score(data, tree, method)
    spec = AGGREGATIONS[rule]
    for year in (2020, 2021):
        nodes = scores.in_year(year)
        whole = nodes[["x", "y"]].to_numpy()
        north = spec.function(whole, np.array([0.5, 0.5]))
        south = spec.function(whole, np.array([0.75, 0.25]))
        here = np.array(["n", "s", "s", "n"]) == "n"
        np.testing.assert_allclose(nodes["a"], np.where(here, north, south))


def test_a_nodes_own_rule_takes_the_parameters_of_the_same_rule(tmp_path: Path) -> None:
    rows = [dict(row) for row in ROWS]
    rows[1]["aggregation"] = "power"
    tree = framework(tmp_path, rows)
    for aggregation, power in ((Aggregation("power", {"power": 3.0}), 3.0), (Aggregation(), 0.5)):
        nodes = score(DATA, tree, replace(PLAIN, aggregation=aggregation)).in_year(2020)
        expected = ((nodes["x"] ** power + nodes["y"] ** power) / 2) ** (1 / power)
        np.testing.assert_allclose(nodes["a"], expected)


def test_a_weight_table_in_a_framework(tree: Framework) -> None:
    from analysis.core.weighting.simple import equal

    other = tree.with_weights(equal(tree), "equal")
    assert other.weights()[["a", "b"]].tolist() == [0.5, 0.5]
    assert other.nodes.at["a", "weight_status"] == "equal"
    assert tree.weights()["a"] == 0.625
    wrong = equal(tree).replace({"code": {"x": "unknown"}})
    with pytest.raises(KeyError, match="unknown"):
        tree.with_weights(wrong)
