"""Imputation: hand-computed cases, and what must hold of all rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small import flat, framework, panel

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.impute import Imputed, impute
from analysis.core.impute_items import expectation_maximisation, regress
from analysis.core.method import Imputation, Method, Missing, Normalisation, Treatment
from analysis.core.method_keys import IMPUTATIONS
from analysis.core.panel import Panel
from analysis.core.score import score

NAN = np.nan
PLAIN = Method(treatment=Treatment("none"), normalisation=Normalisation("minmax"))


@pytest.fixture(scope="module")
def xy(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return flat(tmp_path_factory.mktemp("xy"), "x y")


def filled(done: Imputed, item: str) -> list[float]:
    return done.panel.values[item].tolist()


X = [1, NAN, 3, 10, NAN, 40]


@pytest.mark.parametrize(
    ("imputation", "expected"),
    [
        (Imputation("mean"), [1, 13.5, 3, 10, 13.5, 40]),
        (Imputation("median"), [1, 6.5, 3, 10, 6.5, 40]),
        (Imputation("mean", within="kind"), [1, 2, 3, 10, 25, 40]),
        (Imputation("median", within="kind"), [1, 2, 3, 10, 25, 40]),
    ],
)
def test_means_and_medians(xy: Framework, imputation: Imputation, expected: list[float]) -> None:
    data = panel({"x": X, "y": range(6)}, kind=["p", "p", "p", "q", "q", "q"])
    done = impute(data, xy, imputation)
    assert filled(done, "x") == expected and filled(done, "y") == list(range(6))
    assert done.panel.imputed is not None
    assert done.panel.imputed["x"].tolist() == [False, True, False, False, True, False]
    assert done.table["how"].unique().tolist() == [imputation.rule]
    assert done.table[["unit", "value"]].values.tolist() == [["b", expected[1]], ["e", expected[4]]]
    assert done.findings == ()


def test_a_group_without_data_and_a_unit_without_a_group_stay_empty(xy: Framework) -> None:
    data = panel({"x": [1, NAN, NAN, NAN], "y": [1, 2, 3, 4]}, kind=["p", "p", "q", ""])
    done = impute(data, xy, Imputation("mean", within="kind"))
    np.testing.assert_array_equal(done.panel.values["x"], [1, 1, NAN, NAN])
    (finding,) = done.findings
    assert finding.code == "impute.left" and finding.values["count"] == 2
    assert finding.values["cells"] == "c 2020, d 2020"
    assert finding.text("zh") and finding.text("en")


def test_groups_that_are_not_there(xy: Framework) -> None:
    data = panel({"x": X, "y": range(6)})
    for act in (
        lambda: impute(data, xy, Imputation("mean", within="kind")),
        lambda: score(data, xy, replace(PLAIN, imputation=Imputation("mean", within="kind"))),
    ):
        with pytest.raises(InputError) as error:
            act()
        assert [f.code for f in error.value.findings] == ["score.no_attribute"]


def test_within_each_year_or_over_all(xy: Framework) -> None:
    data = panel(
        {"x": [1, NAN, 5, NAN], "y": [1, 2, 3, 4]},
        year=[2020, 2020, 2021, 2021],
        units=["a", "b", "a", "b"],
    )
    assert filled(impute(data, xy, Imputation("mean")), "x") == [1, 1, 5, 5]
    assert filled(impute(data, xy, Imputation("mean", over="pooled")), "x") == [1, 3, 5, 3]


# Years of one unit: 2018 to 2023.
SERIES = [NAN, 10, NAN, NAN, 40, NAN]


@pytest.mark.parametrize(
    ("imputation", "expected", "years"),
    [
        (Imputation("nearest"), [10, 10, 10, 40, 40, 40], [2019, 2019, 2022, 2022]),
        (Imputation("nearest", look="back"), [NAN, 10, 10, 10, 40, 40], [2019, 2019, 2022]),
        (Imputation("nearest", look="back", max_years=1), [NAN, 10, 10, NAN, 40, 40], [2019, 2022]),
        (Imputation("interpolate"), [10, 10, 20, 30, 40, 40], [2019, None, None, 2022]),
        # Years within reach on one side only are carried, not interpolated.
        (
            Imputation("interpolate", max_years=1),
            [10, 10, 10, 40, 40, 40],
            [2019, 2019, 2022, 2022],
        ),
    ],
)
def test_from_other_years(
    xy: Framework, imputation: Imputation, expected: list[float], years: list[int | None]
) -> None:
    data = panel({"x": SERIES, "y": range(6)}, year=list(range(2018, 2024)), units=["a"] * 6)
    done = impute(data, xy, imputation)
    np.testing.assert_array_equal(done.panel.values["x"], expected)
    known = [None if pd.isna(year) else int(year) for year in done.table["from_year"]]
    assert known == years


def test_of_two_years_as_near_the_earlier(xy: Framework) -> None:
    data = panel({"x": [1, NAN, 9], "y": [1, 1, 1]}, year=[2019, 2020, 2021], units=["a", "a", "a"])
    assert filled(impute(data, xy, Imputation("nearest")), "x") == [1, 1, 9]
    assert filled(impute(data, xy, Imputation("interpolate")), "x") == [1, 5, 9]


def test_years_between_which_one_is_missing_altogether(xy: Framework) -> None:
    """No row for 2020: time is counted in years, not in rows."""
    data = panel(
        {"x": [0, NAN, 30], "y": [1, 1, 1]}, year=[2018, 2019, 2021], units=["a", "a", "a"]
    )
    assert filled(impute(data, xy, Imputation("interpolate")), "x") == [0, 10, 30]


def test_a_single_observed_year_is_enough_and_none_is_told(xy: Framework) -> None:
    data = panel(
        {"x": [NAN, 7, NAN, NAN], "y": [1, 1, 1, 1]},
        year=[2020, 2021, 2020, 2021],
        units=["a", "a", "b", "b"],
    )
    for rule in ("nearest", "interpolate"):
        done = impute(data, xy, Imputation(rule))
        by_unit = done.panel.values["x"].unstack("year")
        assert by_unit.loc["a"].tolist() == [7, 7] and by_unit.loc["b"].isna().all()
        assert [f.values["cells"] for f in done.findings] == ["b 2020, b 2021"]


def test_years_that_are_not_scored_tell_of_a_unit(xy: Framework) -> None:
    data = panel(
        {"x": [5, 1, NAN, 2], "y": [1, 2, 3, 4]},
        year=[2020, 2020, 2021, 2021],
        units=["a", "b", "a", "b"],
        assessed=[False, True, True, True],
    )
    scores = score(data, xy, replace(PLAIN, imputation=Imputation("nearest")))
    assert scores.values.loc[(2021, "a"), "x"] == 5
    assert len(scores.nodes) == 3 and len(scores.filled) == 1


def test_regression_by_hand(tmp_path: Path) -> None:
    """Y is 1 + 2 x exactly, and z is noise that is not taken with one regressor."""
    tree = flat(tmp_path, "x y z")
    x = np.arange(10.0)
    y = 1 + 2 * x
    y[3] = NAN
    z = [5, 1, 4, 1, 5, 9, 2, 6, 5, 3]
    done = impute(panel({"x": x, "y": y, "z": z}), tree, Imputation("regression", regressors=1))
    assert done.panel.values["y"].iloc[3] == pytest.approx(7)


def test_regression_agrees_with_least_squares() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 4))
    x[:, 3] = x[:, 0] - x[:, 1] + 0.3 * rng.normal(size=60)
    x[7, 3] = NAN
    done = regress(x, regressors=2)
    others = np.delete(np.arange(60), 7)
    design = np.column_stack([np.ones(59), x[others][:, :2]])
    coefficients = np.linalg.solve(design.T @ design, design.T @ x[others, 3])
    expected = coefficients @ [1, x[7, 0], x[7, 1]]
    assert done[7, 3] == pytest.approx(expected, rel=1e-9)


def test_regression_uses_what_the_unit_has() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=40)
    table = np.column_stack([x, 2 * x + 1, 3 * x - 5])
    table[4, [0, 1]] = NAN
    done = regress(table, regressors=1)
    np.testing.assert_allclose(done[4], [x[4], 2 * x[4] + 1, 3 * x[4] - 5], rtol=1e-9)


def test_regression_with_too_few_units_leaves_gaps() -> None:
    table = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0], [5.0, NAN]])
    np.testing.assert_array_equal(regress(table), table)
    alone = np.array([[1.0], [NAN]])
    np.testing.assert_array_equal(regress(alone), alone)


def test_em_of_two_items_by_its_closed_form() -> None:
    """Only y has gaps: the fixed point is the regression of y on x over complete units."""
    rng = np.random.default_rng(1)
    x = rng.normal(10, 3, 50)
    y = 2 + 0.5 * x + rng.normal(0, 1, 50)
    gaps = np.arange(50) % 5 == 0
    table = np.column_stack([x, np.where(gaps, NAN, y)])
    done = expectation_maximisation(table)
    slope, constant = np.polyfit(x[~gaps], y[~gaps], 1)
    np.testing.assert_allclose(done[gaps, 1], constant + slope * x[gaps], rtol=1e-7)
    np.testing.assert_array_equal(done[~gaps], table[~gaps])


def test_em_is_where_the_likelihood_is_flat() -> None:
    """At the estimates the score of the observed-data likelihood of the mean is zero."""
    rng = np.random.default_rng(2)
    table = rng.multivariate_normal([0, 1, 2], [[1, 0.6, 0.3], [0.6, 1, 0.5], [0.3, 0.5, 1]], 200)
    table[rng.random(table.shape) < 0.2] = NAN
    table = table[~np.isnan(table).all(axis=1)]
    done = expectation_maximisation(table)
    # Means of the completed data are the estimates of the mean: a gap that is filled by
    # them moves nothing when EM goes on from there.
    again = expectation_maximisation(np.vstack([table, np.full((1, 3), NAN)]))
    np.testing.assert_allclose(again[-1], done.mean(axis=0), atol=1e-6)


def test_em_with_fewer_units_than_items_and_with_constants() -> None:
    rng = np.random.default_rng(3)
    table = rng.normal(size=(4, 6))
    table[:, 5] = 3.0
    table[1, 0] = table[2, 5] = NAN
    done = expectation_maximisation(table)
    assert np.isfinite(done[1, 0]) and np.isnan(done[2, 5])


def test_other_items_of_the_group_only(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}, {"code": "g", "parent": "i"}]
    rows += [{"code": "h", "parent": "i"}, {"code": "x", "parent": "g", "direction": 1}]
    rows += [{"code": item, "parent": "h", "direction": 1} for item in ("y", "z")]
    tree = framework(tmp_path, rows)
    rng = np.random.default_rng(4)
    z = rng.normal(size=30)
    y = z + rng.normal(size=30)
    x = y + 0.01 * rng.normal(size=30)  # the closest to y, but in another group
    y[0] = NAN
    data = panel({"x": x, "y": y, "z": z}, units=[f"u{k:02}" for k in range(30)])
    for rule in ("regression", "em"):
        wide = impute(data, tree, Imputation(rule)).panel.values["y"].iloc[0]
        narrow = impute(data, tree, Imputation(rule, among="group")).panel.values["y"].iloc[0]
        slope, constant = np.polyfit(z[1:], y[1:], 1)
        assert narrow == pytest.approx(constant + slope * z[0], rel=1e-6)
        assert wide == pytest.approx(x[0], abs=0.1)


def test_filled_values_stay_within_what_the_item_allows(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [{"code": "x", "parent": "i", "direction": 1}]
    rows += [{"code": "y", "parent": "i", "direction": 1, "min": 0, "max": 100}]
    x = np.arange(12.0)
    y = 20 * x - 30
    y[y < 0], y[y > 100], y[-1] = NAN, NAN, NAN
    y[:1] = NAN
    x[-1] = 100.0
    x = np.concatenate([x, np.arange(2, 6) + 0.5])
    y = np.concatenate([y, 20 * (np.arange(2, 6) + 0.5) - 30])
    data = panel({"x": x, "y": y})
    done = impute(data, framework(tmp_path, rows), Imputation("regression"))
    assert done.panel.values["y"].min() == 0 and done.panel.values["y"].max() == 100


def test_nothing_is_done_by_default(xy: Framework) -> None:
    data = panel({"x": X, "y": range(6)})
    assert impute(data, xy, Imputation()).panel is data
    scores = score(data, xy, PLAIN)
    assert scores.imputed is None and "imputed" not in scores.table


def test_what_was_refused_is_not_made_up_for(xy: Framework) -> None:
    data = panel({"x": [1, 2, np.inf, NAN], "y": [1, 2, 3, 4]})
    scores = score(data, xy, replace(PLAIN, imputation=Imputation("mean")))
    np.testing.assert_allclose(scores.node("x"), [0, 100, NAN, 50])
    np.testing.assert_array_equal(scores.node("i").isna(), [False, False, True, False])
    assert scores.filled["unit"].tolist() == ["d"]


def test_a_panel_that_was_imputed_before_stays_marked(xy: Framework) -> None:
    data = panel({"x": X, "y": [NAN, 1, 2, 3, 4, 5]})
    once = impute(data, xy, Imputation("mean")).panel
    scores = score(once, xy, PLAIN)
    assert scores.imputed is not None
    assert scores.imputed["x"].tolist() == [False, True, False, False, True, False]
    table = scores.table[scores.table["node"] == "i"].set_index("unit")
    assert table["imputed"].to_dict() == dict(
        zip("abcdef", [True, True, False, False, True, False], strict=True)
    )
    some = impute(replace(data, values=data.values.assign(y=1.0)), xy, Imputation("median")).panel
    again = score(some, xy, replace(PLAIN, imputation=Imputation("mean")))
    pd.testing.assert_frame_equal(again.imputed, some.imputed)


def test_group_imputation_never_changes_what_was_found(xy: Framework) -> None:
    """Issue 67 of COINr: values that are there came out changed in the last digits."""
    x = np.array([1 / 3, NAN, 0.1 + 0.2, 1e300, -1e-300, NAN])
    data = panel({"x": x, "y": range(6)}, kind=["p", "p", "p", "q", "q", "q"])
    for rule in ("mean", "median", "regression", "em"):
        done = impute(data, xy, Imputation(rule, within="kind")).panel.values["x"].to_numpy()
        assert (done[~np.isnan(x)] == x[~np.isnan(x)]).all()


CELLS = st.one_of(st.just(NAN), st.floats(-1e3, 1e3).map(lambda x: round(x, 2)))


@settings(deadline=None, max_examples=40)
@given(
    values=arrays(np.float64, (14, 3), elements=CELLS),
    rule=st.sampled_from(IMPUTATIONS),
    within=st.sampled_from(["", "kind"]),
    order=st.permutations(range(7)),
)
def test_what_must_hold_of_all_rules(
    tmp_path_factory: pytest.TempPathFactory,
    values: np.ndarray,
    rule: str,
    within: str,
    order: list[int],
) -> None:
    tree = flat(tmp_path_factory.mktemp("t"), "x y z")
    years = [2020 + k // 7 for k in range(14)]
    units = [f"u{k % 7}" for k in range(14)]
    kinds = ["p" if k % 2 else "q" for k in range(14)]
    data = panel(dict(zip("xyz", values.T, strict=True)), years, units, kind=kinds)
    imputation = Imputation(rule, within=within)
    done = impute(data, tree, imputation)
    before, after = data.values.to_numpy(), done.panel.values.to_numpy()
    there = ~np.isnan(before)
    np.testing.assert_array_equal(after[there], before[there])
    marks = done.panel.imputed
    made = np.zeros_like(there) if marks is None else marks.to_numpy()
    np.testing.assert_array_equal(made, ~there & ~np.isnan(after))
    assert len(done.table) == made.sum()
    left = int((~there & np.isnan(after)).sum())
    if rule != "none":
        assert sum(f.values["count"] for f in done.findings) == left
    if rule in ("mean", "median", "nearest", "interpolate"):
        low, high = np.fmin.reduce(before, axis=0), np.fmax.reduce(before, axis=0)
        inside = np.isnan(after) | ((after >= low - 1e-9) & (after <= high + 1e-9))
        assert inside.all()
    names = {f"u{k}": f"v{order[k]}" for k in range(7)}
    moved = Panel(
        data.values.rename(index=names, level="unit").sort_index(),
        data.units.rename(index=names, level="unit").sort_index(),
    )
    again = impute(moved, tree, imputation).panel.values
    expected = done.panel.values.rename(index=names, level="unit").sort_index()
    np.testing.assert_allclose(again, expected, rtol=1e-6, atol=1e-6)


def test_imputed_before_missing_policy(xy: Framework) -> None:
    """What imputation cannot fill is left to the policy on missing values."""
    data = panel({"x": [1, NAN, 3], "y": [NAN, NAN, NAN]})
    method = replace(PLAIN, imputation=Imputation("mean"), missing=Missing(min_share=0.5))
    scores = score(data, xy, method)
    np.testing.assert_allclose(scores.node("i"), [0, 50, 100])
    strict = score(data, xy, replace(method, missing=Missing("none")))
    assert strict.node("i").isna().all()
