"""Tables of weights: given, equal, mixed; what every rule has in common."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small import flat, framework

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.parameter import problem_with
from analysis.core.weighting import WEIGHTINGS, weight_findings
from analysis.core.weighting.rules import mixture
from analysis.core.weighting.simple import equal, given, mixed

NAN = np.nan
FROM_DATA = ["entropy", "critic", "pca", "factor", "optimised"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    """Two groups: one of three items, one of a single item, and an item by itself."""
    rows: list[dict[str, object]] = [
        {"code": "i"},
        {"code": "a", "parent": "i", "weight": 0.5},
        {"code": "b", "parent": "i", "weight": 0.3},
        {"code": "x", "parent": "a", "direction": 1, "weight": 2},
        {"code": "y", "parent": "a", "direction": 1, "weight": 1},
        {"code": "z", "parent": "a", "direction": 1, "weight": 1},
        {"code": "u", "parent": "b", "direction": 1},
        {"code": "v", "parent": "i", "direction": 1, "weight": 0.1},
    ]
    return framework(tmp_path_factory.mktemp("tree"), rows)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    common = rng.normal(size=(40, 1))
    values = 50 + 8 * (common + rng.normal(size=(40, 5)))
    return pd.DataFrame(values, columns=list("xyzuv"), index=[f"u{k:02}" for k in range(40)])


def test_given(tree: Framework) -> None:
    table = given(tree)
    assert table["code"].tolist() == ["a", "b", "x", "y", "z", "u", "v"]
    expected = [0.5 / 0.9, 0.3 / 0.9, 0.5, 0.25, 0.25, 1, 0.1 / 0.9]
    np.testing.assert_allclose(table["weight"], expected)
    as_they_are = given(tree, rescale=False)
    np.testing.assert_array_equal(as_they_are["weight"], [0.5, 0.3, 2, 1, 1, 1, 0.1])


def test_given_with_a_weight_set(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"code": "i"},
        {"code": "x", "parent": "i", "direction": 1, "weight": 3, "weight[region=west]": 1},
        {"code": "y", "parent": "i", "direction": 1, "weight": 1, "weight[region=west]": 4},
    ]
    found = framework(tmp_path, rows)
    assert given(found)["weight"].tolist() == [0.75, 0.25]
    west = given(found, attributes={"region": "west"})
    assert west["weight"].tolist() == [0.2, 0.8]
    raw = given(found, attributes={"region": "west"}, rescale=False)
    assert raw["weight"].tolist() == [1, 4]


def test_equal(tree: Framework) -> None:
    expected = [1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 1, 1 / 3]
    np.testing.assert_allclose(equal(tree)["weight"], expected)


def test_mixed(tree: Framework) -> None:
    table = mixed(tree, {"given": given(tree, rescale=False), "equal": equal(tree)}, SHARES)
    np.testing.assert_allclose(table["weight"][2], 0.75 * 0.5 + 0.25 / 3)
    assert table.columns.tolist() == ["code", "weight", "note", "given", "equal"]
    np.testing.assert_allclose(table["given"][0], 0.5 / 0.9)


SHARES = {"given": 3, "equal": 1}


def test_mixture_by_name(tree: Framework, data: pd.DataFrame) -> None:
    of = {"equal": 0.5, "entropy": 0.25, "pca": 0.25}
    table = mixture(data, tree, of=of, parameters={"pca": {"loadings": "first"}})
    parts = {
        "equal": equal(tree),
        "entropy": WEIGHTINGS["entropy"].function(data, tree),
        "pca": WEIGHTINGS["pca"].function(data, tree, loadings="first"),
    }
    expected = sum(of[name] * part["weight"] for name, part in parts.items())
    np.testing.assert_allclose(table["weight"], expected)


@pytest.mark.parametrize("of", [{"bod": 1.0}, {"mixture": 1.0}, {"given": 1.0, "gini": 1.0}])
def test_what_cannot_be_mixed(tree: Framework, data: pd.DataFrame, of: dict[str, float]) -> None:
    with pytest.raises(InputError, match="cannot be mixed"):
        mixture(data, tree, of=of)
    with pytest.raises(InputError, match="cannot be mixed"):
        mixture(data, tree, of={"equal": 1}, parameters={name: {} for name in of})


@pytest.mark.parametrize(
    "parameters",
    [{"pca": {"load": 1}}, {"pca": {"loadings": "third"}}, {"pca": {"factors": 0}}, {"pca": 3}],
)
def test_parameters_that_a_rule_in_a_mixture_does_not_have(
    tree: Framework, data: pd.DataFrame, parameters: dict[str, dict[str, object]]
) -> None:
    with pytest.raises(InputError, match="loadings, retain, factors, correlation"):
        mixture(data, tree, of={"pca": 1}, parameters=parameters)


@pytest.mark.parametrize(
    "of", [None, {"equal": 0}, {"equal": -1, "given": 2}, {"equal": NAN}, {"equal": "1"}]
)
def test_shares_that_are_none(tree: Framework, data: pd.DataFrame, of: dict[str, float]) -> None:
    with pytest.raises(InputError, match="sum to more than zero"):
        mixture(data, tree, of=of)


def test_names_and_parameters() -> None:
    assert set(WEIGHTINGS) == {
        "given", "equal", "entropy", "critic", "pca", "factor", "optimised", "bod", "ahp",
        "mixture",
    }  # fmt: skip
    for rule in WEIGHTINGS.values():
        for parameter in rule.parameters.values():
            assert problem_with(parameter, parameter.default) is None


@pytest.mark.parametrize("rule", FROM_DATA)
def test_defaults_are_those_of_the_functions(
    rule: str, tree: Framework, data: pd.DataFrame
) -> None:
    found = WEIGHTINGS[rule]
    defaults = {name: parameter.default for name, parameter in found.parameters.items()}
    pd.testing.assert_frame_equal(
        found.function(data, tree, **defaults), found.function(data, tree)
    )


@pytest.mark.parametrize("rule", FROM_DATA)
def test_every_table_has_the_same_form(rule: str, tree: Framework, data: pd.DataFrame) -> None:
    table = WEIGHTINGS[rule].function(data, tree)
    assert table.columns[:3].tolist() == ["code", "weight", "note"]
    assert table["code"].tolist() == ["a", "b", "x", "y", "z", "u", "v"]
    weights = table.set_index("code")["weight"]
    assert (weights >= 0).all() and weights["u"] == 1
    assert weights[["a", "b", "v"]].sum() == pytest.approx(1)
    assert weights[["x", "y", "z"]].sum() == pytest.approx(1)


@pytest.mark.parametrize("rule", ["entropy", "critic", "pca", "optimised"])
def test_groups_enter_the_next_level_with_their_scores(
    rule: str, tree: Framework, data: pd.DataFrame, tmp_path: Path
) -> None:
    find = WEIGHTINGS[rule].function
    table = find(data, tree).set_index("code")["weight"]
    above = pd.DataFrame({"b": data["u"], "v": data["v"]})
    above.insert(0, "a", data[list("xyz")] @ table[list("xyz")])
    options = {"importance": {"a": 0.5, "b": 0.3, "v": 0.1}} if rule == "optimised" else {}
    again = find(above, flat(tmp_path, "a b v"), **options).set_index("code")["weight"]
    np.testing.assert_allclose(again[["a", "b", "v"]], table[["a", "b", "v"]])


def test_nodes_are_formed_as_asked(tree: Framework, data: pd.DataFrame) -> None:
    asked = []

    def least(code: str, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        asked.append(code)
        return values.min(axis=1)

    table = WEIGHTINGS["critic"].function(data, tree, node_score=least).set_index("code")
    assert asked == ["a", "b", "i"]
    assert table.at["a", "deviation"] == pytest.approx(data[list("xyz")].min(axis=1).std())


@pytest.mark.parametrize("rule", FROM_DATA)
def test_items_without_data_or_variation_weigh_nothing(
    rule: str, tree: Framework, data: pd.DataFrame
) -> None:
    poor = data.assign(y=NAN, z=0.1 + 0.2)
    poor.loc[poor.index[:2], "y"] = [1.0, 2.0]
    table = WEIGHTINGS[rule].function(poor, tree)
    weights, notes = table.set_index("code")["weight"], table.set_index("code")["note"]
    assert weights[list("xyz")].tolist() == [1, 0, 0]
    assert notes[list("xyz")].tolist() == ["", "no_data", "constant"]
    told = {finding.code: finding.text("en") for finding in weight_findings(table, 2020)}
    assert "y" in told["weigh.no_data"] and "z" in told["weigh.constant"]


@pytest.mark.parametrize("rule", FROM_DATA)
def test_nothing_to_go_by_leaves_equal_weights(
    rule: str, tree: Framework, data: pd.DataFrame
) -> None:
    table = WEIGHTINGS[rule].function(data * NAN, tree)
    np.testing.assert_allclose(table["weight"], equal(tree)["weight"])
    assert table["note"].tolist() == ["undetermined"] * 5 + ["", "undetermined"]
    (finding,) = weight_findings(table)
    assert "a, b, x, y, z, v" in finding.text("en") and "a, b" in finding.text("zh")
    (dated,) = weight_findings(table, 2021)
    assert dated.year == 2021 and dated.text("en").startswith("2021: ")


@pytest.mark.parametrize("rule", FROM_DATA)
def test_neither_the_order_of_units_nor_of_items_matters(
    rule: str, tree: Framework, data: pd.DataFrame, tmp_path: Path
) -> None:
    gaps = data.mask(np.random.default_rng(7).uniform(size=data.shape) < 0.1)
    table = WEIGHTINGS[rule].function(gaps, tree).set_index("code")["weight"]
    rows = tree.nodes.reset_index()[["code", "parent", "weight"]].iloc[[0, 7, 2, 1, 6, 5, 4, 3]]
    items = [
        {**row, "weight": "" if np.isnan(row["weight"]) else row["weight"],
         "direction": 1 if row["code"] in gaps else ""}
        for row in rows.to_dict("records")
    ]  # fmt: skip
    turned = framework(tmp_path, items)
    again = WEIGHTINGS[rule].function(gaps.iloc[::-1], turned).set_index("code")["weight"]
    np.testing.assert_allclose(again[table.index], table, atol=1e-6)


MESS = arrays(
    np.float64,
    (6, 5),
    elements=st.sampled_from([0.0, 1.0, 1.0, 60.0, 60.0, 75.5, 100.0, -3.0, 1e9, 1e-9, NAN]),
)


@pytest.mark.parametrize("rule", FROM_DATA)
@settings(deadline=None)
@given_(MESS)
def test_whatever_the_data_the_weights_are_weights(
    rule: str, tree: Framework, values: np.ndarray
) -> None:
    table = WEIGHTINGS[rule].function(pd.DataFrame(values, columns=list("xyzuv")), tree)
    weights = table.set_index("code")["weight"]
    assert weights.notna().all() and (weights >= 0).all()
    for siblings in (["a", "b", "v"], ["x", "y", "z"], ["u"]):
        assert weights[siblings].sum() == pytest.approx(1)
    for finding in weight_findings(table, 2020):
        assert finding.text("zh") and finding.text("en")


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("entropy", [[4, 1], [5, 3], [7, 1], [6, 2]]),
        ("critic", [[8, 1], [9, 3], [9, 2], [9, 7]]),
        ("optimised", [[4, 8], [3, 6], [2, 5], [1, 4]]),
        ("pca", [[1, 9, 4], [2, 5, 2], [1, 5, 4], [3, 9, 5]]),
    ],
)
def test_exception_weights_from_data_are_not_monotone(
    rule: str, values: list[list[float]], tmp_path: Path
) -> None:
    """The first unit gains one in its first item, and its mean falls: the weights move."""
    before = pd.DataFrame(values, columns=list("xyz")[: len(values[0])], dtype=float)
    after = before.copy()
    after.iloc[0, 0] += 1
    tree = flat(tmp_path, " ".join(before.columns))
    find = WEIGHTINGS[rule].function
    means = [frame.iloc[0] @ find(frame, tree)["weight"].to_numpy() for frame in (before, after)]
    assert means[1] < means[0]
