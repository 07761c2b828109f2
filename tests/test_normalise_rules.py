"""The other rules of normalisation, by hand, and table 15 of the Handbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from shared_data import validation
from small import flat, framework, panel

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Method, Missing, Normalisation, Treatment
from analysis.core.normalisations import NORMALISATIONS
from analysis.core.normalise import exponential, observed_range, rescale, zscore
from analysis.core.normalise_ranks import borda, categorical, percentile_ranks, percentiles, ranks
from analysis.core.normalise_reference import (
    above_below,
    difference,
    distance,
    ratio,
    reference_values,
)
from analysis.core.panel import Panel
from analysis.core.scale_rules import FUNCTIONS
from analysis.core.score import Scores, score

NAN = np.nan
UP, DOWN = np.array([1.0]), np.array([-1.0])
CUTS, GRADES = Normalisation().cuts, Normalisation().grades


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


# Table 15 of the Handbook: mean years of schooling, normalised in eleven columns.


@pytest.fixture(scope="module")
def table15() -> pd.DataFrame:
    return pd.read_csv(validation("tai/published_table15_normalisation_schooling.csv"))


TABLE_15: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float]] = {
    "rank_high_is_23": (lambda x: ranks(x, UP), 0),
    "zscore": (lambda x: zscore(x, UP), 0.0051),
    "minmax": (lambda x: rescale(x, UP, *observed_range(x), 0, 1), 0.0051),
    "ratio_to_mean": (lambda x: ratio(x, UP, reference_values(x, UP, "mean")), 0.0051),
    "ratio_to_best": (lambda x: ratio(x, UP, reference_values(x, UP, "best")), 0.0051),
    "ratio_to_worst": (lambda x: ratio(x, UP, reference_values(x, UP, "worst")), 0.0051),
    "diff_mean": (lambda x: difference(x, UP, reference_values(x, UP, "mean")), 0.0051),
    "diff_worst": (lambda x: difference(x, UP, reference_values(x, UP, "worst")), 0.0051),
    "above_below_mean_p20": (
        lambda x: above_below(x, UP, reference_values(x, UP, "mean"), 0.2),
        0,
    ),
    "percentile": (lambda x: percentiles(x, UP), 0.051),
    "categorical": (lambda x: categorical(x, UP, CUTS, GRADES), 0),
}


@pytest.mark.parametrize("name", TABLE_15)
def test_table_15(table15: pd.DataFrame, name: str) -> None:
    function, tolerance = TABLE_15[name]
    ours = function(table15[["schooling"]].to_numpy())[:, 0]
    np.testing.assert_allclose(ours, table15[name], rtol=0, atol=tolerance)


def test_all_columns_of_table_15_are_held(table15: pd.DataFrame) -> None:
    assert set(TABLE_15) == set(table15.columns) - {"code", "schooling"}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("rank_high_is_23", Normalisation("rank")),
        ("zscore", Normalisation("zscore")),
        ("minmax", Normalisation("minmax", 0, 1)),
        ("ratio_to_mean", Normalisation("ratio", reference="mean")),
        ("ratio_to_best", Normalisation("ratio", reference="USA")),
        ("diff_worst", Normalisation("difference", reference="worst")),
        ("above_below_mean_p20", Normalisation("above_below")),
        ("categorical", Normalisation("categorical")),
    ],
)
def test_table_15_through_the_pipeline(
    tmp_path: Path, table15: pd.DataFrame, name: str, rule: Normalisation
) -> None:
    method = Method(treatment=Treatment("none"), normalisation=rule)
    codes = table15["code"].tolist()
    scores = score(panel({"s": table15["schooling"]}, units=codes), flat(tmp_path, "s"), method)
    ours = scores.in_year(2020)["s"].loc[codes]
    np.testing.assert_allclose(ours, table15[name], rtol=0, atol=0.0051)


# By hand.


def test_exponential_efficacy() -> None:
    values = column(10, 15, 20, NAN)
    lo, hi = observed_range(values)
    expected = [60, 60 * np.exp(-0.5 * np.log(0.6)), 100, NAN]
    np.testing.assert_allclose(exponential(values, UP, lo, hi, 60, 100)[:, 0], expected)
    mirrored = exponential(values, DOWN, lo, hi, 60, 100)[:, 0]
    np.testing.assert_allclose(mirrored, [100, expected[1], 60, NAN])
    # Below the linear score between the ends: 77.46 against 80.
    assert expected[1] == pytest.approx(np.sqrt(60 * 100))


def test_ranks_with_ties_and_gaps() -> None:
    values = column(3, 1, NAN, 3, 7)
    np.testing.assert_array_equal(ranks(values, UP)[:, 0], [2, 1, NAN, 2, 4])
    np.testing.assert_array_equal(ranks(values, DOWN)[:, 0], [2, 4, NAN, 2, 1])
    np.testing.assert_array_equal(borda(values, UP)[:, 0], [1, 0, NAN, 1, 3])
    np.testing.assert_allclose(percentile_ranks(values, UP)[:, 0], [100 / 3, 0, NAN, 100 / 3, 100])
    np.testing.assert_allclose(percentile_ranks(values, UP, 1, 2)[1:2, 0], [1])


def test_ranks_agree_with_scipy() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 9, (30, 3)).astype(float)
    expected = stats.rankdata(values, method="min", axis=0)
    np.testing.assert_array_equal(ranks(values, np.ones(3)), expected)


def test_very_small_differences_count_in_ranks() -> None:
    np.testing.assert_array_equal(ranks(1e-12 * column(3, 1, 2), UP)[:, 0], [3, 1, 2])


def test_grades_of_ones_own() -> None:
    values = column(*range(1, 11))
    done = categorical(values, UP, (50.0,), (0.0, 1.0))
    np.testing.assert_array_equal(done[:, 0], [0] * 4 + [1] * 6)


def test_ratio_where_lower_is_better() -> None:
    """COINr's ``n_fracmax`` rises with what is bad there: -10 / -2 = 5 for the worst."""
    values = column(2, 4, 10)
    best = reference_values(values, DOWN, "best")
    np.testing.assert_allclose(ratio(values, DOWN, best)[:, 0], [1, 0.5, 0.2])


def test_what_has_no_ratio() -> None:
    reference = np.array([4.0])
    found = ratio(column(-1, 0, 2), UP, reference)[:, 0]
    np.testing.assert_array_equal(found, [NAN, 0, 0.5])
    found = ratio(column(-1, 0, 2), DOWN, reference)[:, 0]
    np.testing.assert_array_equal(found, [NAN, NAN, 2])
    for bad in (0.0, -1.0, NAN):
        assert np.isnan(ratio(column(1, 2), UP, np.array([bad]))).all()


def test_differences() -> None:
    np.testing.assert_allclose(
        difference(column(5, 20, NAN), UP, np.array([10.0]))[:, 0], [-0.5, 1, NAN]
    )
    np.testing.assert_allclose(difference(column(5, 20), DOWN, np.array([10.0]))[:, 0], [0.5, -1])
    np.testing.assert_allclose(difference(column(5, -20), UP, np.array([-10.0]))[:, 0], [1.5, -1])
    assert np.isnan(difference(column(5, 20), UP, np.array([0.0]))).all()


def test_distance_to_a_reference_and_to_the_frontier() -> None:
    values = column(0, 5, 10, 20)
    worst = reference_values(values, UP, "worst")
    unit = distance(values, UP, worst, np.array([10.0]))
    np.testing.assert_allclose(unit[:, 0], [0, 0.5, 1, 2])
    capped = distance(values, UP, worst, np.array([10.0]), 0, 100, cap=True)
    np.testing.assert_allclose(capped[:, 0], [0, 50, 100, 100])
    frontier = distance(values, UP, worst, reference_values(values, UP, "best"))
    np.testing.assert_allclose(frontier, rescale(values, UP, *observed_range(values), 0, 1))
    lower = distance(
        values,
        DOWN,
        reference_values(values, DOWN, "worst"),
        reference_values(values, DOWN, "best"),
    )
    np.testing.assert_allclose(lower[:, 0], [1, 0.75, 0.5, 0])
    # A reference that is the worst leaves no way to go.
    assert np.isnan(distance(values, UP, worst, worst)).all()


def test_distance_to_target_as_coinr_has_it() -> None:
    values = column(2, 4, 8)
    up = distance(values, UP, np.array([2.0]), np.array([6.0]))
    np.testing.assert_allclose(up[:, 0], [0, 0.5, 1.5])  # (x - min) / (target - min)
    down = distance(values, DOWN, np.array([8.0]), np.array([4.0]))
    np.testing.assert_allclose(down[:, 0], [1.5, 1, 0])  # (max - x) / (max - target)


def test_above_and_below_the_mean() -> None:
    values = column(79, 80, 100, 120, 121)
    mean = np.array([100.0])
    np.testing.assert_array_equal(above_below(values, UP, mean)[:, 0], [-1, 0, 0, 0, 1])
    np.testing.assert_array_equal(above_below(values, DOWN, mean)[:, 0], [1, 0, 0, 0, -1])
    np.testing.assert_array_equal(
        above_below(column(-1, 0, 1, NAN), UP, np.array([0.0]))[:, 0], [-1, 0, 1, NAN]
    )


def test_zscores_of_a_mean_and_spread_of_ones_own() -> None:
    done = zscore(column(1, 2, 3), UP, mean=100, sd=10)
    np.testing.assert_allclose(done[:, 0], [90, 100, 110])


# In the pipeline: what all rules share.

ALL = [*NORMALISATIONS]
CONSTANT = {
    "efficacy": 80, "exponential": np.sqrt(6000), "minmax": 50, "zscore": 0, "rank": 1,
    "percentile_rank": 50, "borda": 0, "categorical": 50, "distance": 0.5, "ratio": 1,
    "difference": 0, "above_below": 0,
}  # fmt: skip


def plain(rule: str = "minmax", **settings: object) -> Method:
    return Method(
        treatment=Treatment("none"),
        normalisation=Normalisation(rule, **settings),  # type: ignore[arg-type]
        missing=Missing(min_share=0),
    )


def scored(data: Panel, tree: Framework, method: Method) -> Scores:
    scores = score(data, tree, method)
    for finding in scores.findings:
        assert finding.text("zh") and finding.text("en")
    return scores


def test_every_rule_has_a_function() -> None:
    assert set(FUNCTIONS) == set(NORMALISATIONS)


@pytest.mark.parametrize("rule", CONSTANT)
@pytest.mark.parametrize("values", [[7.0, 7.0, NAN], [0.1 + 0.2, 0.1 + 0.2, NAN], [3.0, NAN, NAN]])
def test_constant_items_and_single_units(tmp_path: Path, rule: str, values: list[float]) -> None:
    scores = scored(panel({"x": values}), flat(tmp_path, "x"), plain(rule))
    expected = np.where(np.isnan(values), NAN, CONSTANT[rule])
    np.testing.assert_allclose(scores.node("x"), expected, atol=1e-15)
    codes = [finding.code for finding in scores.findings]
    assert (
        codes == ["score.constant", "score.too_little_data", "score.too_little_data"][: len(codes)]
    )


@pytest.mark.parametrize("rule", CONSTANT)
def test_zeros_for_all(tmp_path: Path, rule: str) -> None:
    scores = scored(panel({"x": [0.0, 0.0]}), flat(tmp_path, "x"), plain(rule))
    if rule == "ratio":  # nothing is a multiple of zero, but all are the same
        assert scores.node("x").tolist() == [1, 1]
    else:
        np.testing.assert_allclose(scores.node("x"), CONSTANT[rule], atol=1e-15)


@pytest.mark.parametrize("rule", CONSTANT)
def test_an_empty_item_stays_empty(tmp_path: Path, rule: str) -> None:
    scores = scored(panel({"x": [NAN, NAN], "y": [1, 2]}), flat(tmp_path, "x y"), plain(rule))
    assert scores.node("x").isna().all() and scores.node("i").notna().all()
    assert [f.item for f in scores.findings if f.code == "score.no_values"] == ["x"]


PANEL = panel(
    {"x": [0, 5, 10, 10, 30, 50]},
    year=[2020, 2020, 2020, 2021, 2021, 2021],
    units=list("abc") * 2,
    region=["n", "n", "s"] * 2,
    kind=["p", "p", "", "p", "p", ""],
)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [0, 50, 100, 0, 50, 100]),
        ({"over": "pooled"}, [0, 10, 20, 20, 60, 100]),
        ({"over": "base", "base": 2020}, [0, 50, 100, 100, 300, 500]),
        ({"over": "base", "base": 2021}, [-25, -12.5, 0, 0, 50, 100]),
        ({"within": "region"}, [0, 100, 50, 0, 100, 50]),
        ({"within": "region", "over": "pooled"}, [0, 100 / 6, 0, 100 / 3, 100, 100]),
    ],
)
def test_where_the_scale_comes_from(
    tmp_path: Path, settings: dict[str, object], expected: list[float]
) -> None:
    scores = scored(PANEL, flat(tmp_path, "x"), plain(**settings))
    np.testing.assert_allclose(scores.node("x"), expected)


def test_limits_tell_the_ends(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x")
    base = scored(PANEL, tree, plain(over="base", base=2021)).limits
    assert base.values.tolist() == [[2020, "x", "minmax", 10, 50], [2021, "x", "minmax", 10, 50]]
    grouped = scored(PANEL, tree, plain(within="region")).limits
    assert grouped.columns.tolist() == ["year", "item", "rule", "lo", "hi", "group"]
    assert grouped.values.tolist() == [
        [2020, "x", "minmax", 0, 5, "n"], [2021, "x", "minmax", 10, 30, "n"],
        [2020, "x", "minmax", 10, 10, "s"], [2021, "x", "minmax", 50, 50, "s"],
    ]  # fmt: skip


def test_zscores_against_a_base_year(tmp_path: Path) -> None:
    scores = scored(PANEL, flat(tmp_path, "x"), plain("zscore", over="base", base=2020))
    np.testing.assert_allclose(scores.node("x"), [-1, 0, 1, 1, 5, 9])


def test_a_unit_without_a_group_has_no_scale_and_is_told(tmp_path: Path) -> None:
    scores = scored(PANEL, flat(tmp_path, "x"), plain(within="kind"))
    np.testing.assert_allclose(scores.node("x"), [0, 100, NAN, 0, 100, NAN])
    assert scores.node("i").isna().tolist() == [False, False, True] * 2
    told = [(f.year, f.values["units"]) for f in scores.findings if f.code == "score.no_group"]
    assert told == [(2020, "c"), (2021, "c")]


def test_a_constant_base_leaves_other_values_without_a_place(tmp_path: Path) -> None:
    data = panel({"x": [5, 5, 5, 9]}, year=[2020, 2020, 2021, 2021], units=["a", "b", "a", "b"])
    scores = scored(data, flat(tmp_path, "x"), plain(over="base", base=2020))
    np.testing.assert_allclose(scores.node("x"), [50, 50, 50, NAN])
    assert [f.values["units"] for f in scores.findings if f.code == "score.no_place"] == ["b"]


def test_the_unit_of_reference(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x")
    by_year = scored(PANEL, tree, plain("ratio", reference="b")).node("x")
    np.testing.assert_allclose(by_year, [0, 1, 2, 1 / 3, 1, 5 / 3])
    pooled = scored(PANEL, tree, plain("ratio", reference="b", over="pooled")).node("x")
    np.testing.assert_allclose(pooled, np.array([0, 5, 10, 10, 30, 50]) / 17.5)
    base = scored(PANEL, tree, plain("distance", reference="b", over="base", base=2020))
    np.testing.assert_allclose(base.node("x"), [0, 1, 2, 2, 6, 10])
    gap = replace(PANEL, values=PANEL.values.mask(PANEL.values == 5))
    scores = scored(gap, tree, plain("ratio", reference="b"))
    assert scores.node("x").isna().tolist() == [True] * 3 + [False] * 3
    (finding,) = [f for f in scores.findings if f.code == "score.no_place"]
    assert (finding.year, finding.values["count"]) == (2020, 2)


def test_targets_of_the_framework(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [{"code": "x", "parent": "i", "direction": 1, "target": 20}]
    rows += [{"code": "y", "parent": "i", "direction": -1, "target": 1, "normalisation": "ratio"}]
    tree = framework(tmp_path, rows)
    values = [*range(1, 11), 30, 100]
    data = panel({"x": values, "y": values})
    method = replace(plain("distance", reference="target", cap=True), treatment=Treatment())
    scores = scored(data, tree, method)
    expected = np.minimum((np.array(values) - 1) / 19, 1)
    np.testing.assert_allclose(scores.node("x"), expected)
    np.testing.assert_allclose(scores.node("y"), 1 / np.array(values))
    # What is compared with a target in its own unit is not treated.
    assert scores.treatments.empty
    with pytest.raises(InputError) as error:
        score(data, flat(tmp_path, "x y"), method)
    assert [f.code for f in error.value.findings] == ["score.no_target"] * 2


@pytest.mark.parametrize(
    ("method", "codes"),
    [
        (plain(within="tribe"), ["score.no_attribute"]),
        (plain(over="base", base=1999), ["score.no_base"]),
        (plain("ratio", reference="zzz"), ["score.no_reference"]),
        (plain("mine"), ["score.no_rule"]),
        (plain("rank", over="base", base=2020), ["score.relative_base"]),
        (plain("exponential", lower=0.0), ["score.exponential"]),
        (
            plain("ratio", reference="zzz", over="base", base=1999, within="tribe"),
            ["score.no_attribute", "score.no_base", "score.no_reference"],
        ),
    ],
)
def test_what_a_method_asks_for_and_is_not_there(
    tmp_path: Path, method: Method, codes: list[str]
) -> None:
    """Defect 6 of COINr: a step that could not be done was passed over in silence."""
    with pytest.raises(InputError) as error:
        score(PANEL, flat(tmp_path, "x"), method)
    assert [f.code for f in error.value.findings] == codes
    assert all(f.text("zh") and f.text("en") for f in error.value.findings)


# Functions of one's own.


def test_a_function_of_ones_own(tmp_path: Path) -> None:
    def half(values: np.ndarray, direction: np.ndarray) -> np.ndarray:
        return direction * values / 2

    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [{"code": "x", "parent": "i", "direction": -1}]
    tree = framework(tmp_path, rows)
    scores = score(PANEL, tree, plain("half"), {"half": half})
    np.testing.assert_allclose(scores.node("x"), [0, -2.5, -5, -5, -15, -25])
    assert scores.limits["rule"].unique().tolist() == ["half"]


def test_a_function_of_ones_own_cannot_spoil_the_panel_or_hide_anything(tmp_path: Path) -> None:
    def spoil(values: np.ndarray, direction: np.ndarray) -> np.ndarray:
        values[:] = np.where(values > 20, np.inf, 1.0)
        return values

    before = PANEL.values.copy()
    data = replace(PANEL, values=PANEL.values.mask(PANEL.values == 0))
    scores = scored_own(data, flat(tmp_path, "x"), spoil)
    np.testing.assert_array_equal(scores.node("x"), [NAN, 1, 1, 1, NAN, NAN])
    pd.testing.assert_frame_equal(PANEL.values, before)
    np.testing.assert_array_equal(scores.treated["x"], [NAN, 5, 10, 10, 30, 50])
    assert [f.code for f in scores.findings] == ["score.no_place", "score.too_little_data"]
    with pytest.raises(ValueError, match="shape"):
        scored_own(data, flat(tmp_path, "x"), lambda values, direction: values[:1])


def scored_own(data: Panel, tree: Framework, rule: Callable[..., np.ndarray]) -> Scores:
    return score(data, tree, plain("own"), {"own": rule})


def test_items_of_several_rules(tmp_path: Path) -> None:
    rules = ["", "zscore", "rank", "mine"]
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [
        {"code": f"x{k}", "parent": "i", "direction": 1, "normalisation": rule}
        for k, rule in enumerate(rules)
    ]
    path = tmp_path / "small.csv"
    with pytest.raises(InputError):
        framework(tmp_path, rows)
    from analysis.core.read_framework import read_framework

    tree = read_framework(path, own_rules=["mine"])
    data = panel({f"x{k}": [1, 2, 3] for k in range(4)})
    scores = score(data, tree, plain(), {"mine": lambda values, direction: 10 * values})
    np.testing.assert_allclose(
        scores.nodes[["x0", "x1", "x2", "x3"]],
        [[0, -1, 1, 10], [50, 0, 2, 20], [100, 1, 3, 30]],
    )
