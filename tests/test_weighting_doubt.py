"""The benefit of the doubt: the Handbook's table 19, and cases by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog
from shared_data import validation
from small import flat, framework

from analysis.core.findings import InputError
from analysis.core.weighting import WEIGHTINGS, weight_findings
from analysis.core.weighting.doubt import benefit_of_doubt, doubt_score, doubt_weights

NAN = np.nan

# OECD/JRC Handbook (2008), table 19: the composite of each country.
TABLE_19 = {
    "FIN": 1, "USA": 1, "SWE": 1, "JPN": 0.87, "KOR": 0.80, "NLD": 0.75, "GBR": 0.71,
    "CAN": 0.73, "AUS": 0.66, "SGP": 0.62, "DEU": 0.62, "NOR": 0.86, "IRL": 0.60, "BEL": 0.54,
    "NZL": 0.58, "AUT": 0.52, "FRA": 0.51, "ISR": 0.49, "ESP": 0.34, "ITA": 0.38, "CZE": 0.31,
    "HUN": 0.27, "SVN": 0.28,
}  # fmt: skip
# Its weights. Left out: the three at the top, whose weights are not unique, and three more
# (Canada, Belgium, Israel), for which other weights make next to no difference.
WEIGHTS_19 = {
    "JPN": [0.22, 0.15, 0.15, 0.22, 0.22, 0.16, 0.21, 0.15],
    "KOR": [0.22, 0.14, 0.14, 0.22, 0.14, 0.14, 0.22, 0.22],
    "NLD": [0.22, 0.22, 0.14, 0.22, 0.22, 0.14, 0.14, 0.14],
    "GBR": [0.14, 0.21, 0.14, 0.21, 0.21, 0.14, 0.20, 0.15],
    "AUS": [0.13, 0.13, 0.20, 0.13, 0.13, 0.20, 0.20, 0.20],
    "SGP": [0.14, 0.14, 0.14, 0.20, 0.20, 0.20, 0.14, 0.20],
    "DEU": [0.22, 0.15, 0.15, 0.22, 0.21, 0.15, 0.22, 0.15],
    "NOR": [0.14, 0.14, 0.20, 0.14, 0.20, 0.20, 0.20, 0.14],
    "IRL": [0.14, 0.21, 0.14, 0.21, 0.21, 0.14, 0.20, 0.15],
    "NZL": [0.21, 0.14, 0.21, 0.14, 0.14, 0.21, 0.21, 0.14],
    "AUT": [0.22, 0.14, 0.14, 0.22, 0.22, 0.22, 0.14, 0.14],
    "FRA": [0.22, 0.14, 0.14, 0.22, 0.22, 0.22, 0.14, 0.14],
    "ESP": [0.21, 0.14, 0.14, 0.21, 0.21, 0.14, 0.14, 0.21],
    "ITA": [0.22, 0.14, 0.14, 0.22, 0.22, 0.22, 0.14, 0.14],
    "CZE": [0.22, 0.15, 0.15, 0.22, 0.15, 0.22, 0.22, 0.15],
    "HUN": [0.22, 0.14, 0.21, 0.22, 0.14, 0.14, 0.22, 0.15],
    "SVN": [0.22, 0.14, 0.14, 0.22, 0.22, 0.22, 0.14, 0.14],
}


def test_table_19_of_the_handbook() -> None:
    """Weights between 10 and 15 % of their sum, on a min-max scale, as the printed ones are."""
    raw = pd.read_csv(validation("tai/tai_raw.csv")).set_index("code").drop(columns="country")
    scaled = (raw - raw.min()) / (raw.max() - raw.min())
    found = benefit_of_doubt(scaled.to_numpy(), low=0.10, high=0.15, bounds_on="weight")
    # Items are printed rounded (two as logarithms), hence a little more than half a hundredth.
    np.testing.assert_allclose(found.scores, [TABLE_19[c] for c in raw.index], atol=0.0075)
    weights = pd.DataFrame(found.weights, index=raw.index)
    for country, printed in WEIGHTS_19.items():
        np.testing.assert_allclose(weights.loc[country], printed, atol=0.011, err_msg=country)
    np.testing.assert_allclose(found.scores, (found.weights * scaled).sum(axis=1))
    shares = weights.div(weights.sum(axis=1), axis=0).to_numpy()
    assert shares.min() > 0.10 - 1e-6 and shares.max() < 0.15 + 1e-6


def test_by_hand() -> None:
    # The frontier runs from (4, 1) over (3, 3) to (1, 4). (2, 2) is two thirds of (3, 3);
    # (1.5, 0.5) half way to the edge through (4, 1) and (3, 3): 2 x + y = 9.
    values = np.array([[4.0, 1.0], [3.0, 3.0], [1.0, 4.0], [2.0, 2.0], [2.0, 0.8], [0.0, 0.0]])
    found = benefit_of_doubt(values)
    np.testing.assert_allclose(found.scores, [1, 1, 1, 2 / 3, 4.8 / 9, 0], atol=1e-12)
    np.testing.assert_allclose(found.weights[4], [2 / 9, 1 / 9])
    np.testing.assert_allclose(found.shares[4], [4 / 4.8, 0.8 / 4.8])
    assert np.isnan(found.shares[5]).all()


def test_equal_contributions_by_hand() -> None:
    # With half of the score from each: s = 2 / max(x_i1 / x_c1 + x_i2 / x_c2).
    values = np.array([[4.0, 1.0], [2.0, 2.0], [1.0, 1.0]])
    found = benefit_of_doubt(values, low=0.5, high=0.5)
    expected = [2 / max(2, 0.5 + 2), 2 / max(2 + 0.5, 2), 2 / max(4 + 1, 2 + 2)]
    np.testing.assert_allclose(found.scores, expected, atol=1e-9)
    np.testing.assert_allclose(found.shares, 0.5, atol=1e-9)


def test_best_of_all_has_the_top_score() -> None:
    values = np.array([[4.0, 1.0], [2.0, 2.0], [1.0, 1.0]])
    plain = benefit_of_doubt(values, low=0.2)
    scaled = benefit_of_doubt(values, low=0.2, top=100)
    np.testing.assert_allclose(scaled.scores, 100 * plain.scores)
    np.testing.assert_allclose(scaled.scores, (scaled.weights * values).sum(axis=1))


def test_missing_values_neither_earn_nor_restrict() -> None:
    values = np.array([[4.0, NAN], [2.0, 2.0], [NAN, 1.0], [NAN, NAN]])
    found = benefit_of_doubt(values)
    np.testing.assert_allclose(found.scores, [1, 1, 0.5, NAN])
    assert found.weights[0, 1] == 0 and found.weights[2, 0] == 0
    # Bounds are those of the children that are there, scaled up where they would not do.
    bounded = benefit_of_doubt(values, low=0.4, high=0.6)
    np.testing.assert_allclose(bounded.shares[0], [1, 0])


def test_zero_in_an_item_that_has_to_contribute() -> None:
    values = np.array([[4.0, 0.0], [2.0, 2.0]])
    assert benefit_of_doubt(values, low=0.1).scores[0] == 0
    assert benefit_of_doubt(values, low=0.1, bounds_on="weight").scores[0] == pytest.approx(1)


def test_bounds_that_leave_no_room_are_scaled() -> None:
    values = np.array([[4.0, 1.0], [2.0, 2.0], [1.0, 1.0]])
    half = benefit_of_doubt(values, low=0.5, high=0.5).scores
    np.testing.assert_allclose(benefit_of_doubt(values, high=0.3).scores, half)
    np.testing.assert_allclose(benefit_of_doubt(values, low=0.8).scores, half)
    assert benefit_of_doubt(values[:, :1], high=0.3).scores.tolist() == [1, 0.5, 0.25]


@pytest.mark.parametrize("bounds", [(0.6, 0.4), (-0.1, 1.0), (0.0, 1.1), (NAN, 1.0)])
def test_bounds_that_are_none(bounds: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        benefit_of_doubt(np.ones((2, 2)), low=bounds[0], high=bounds[1])


def test_spread_about_the_weights() -> None:
    values = np.array([[4.0, 1.0], [2.0, 2.0], [1.0, 1.0], [1.0, 3.0]])
    weights = np.array([3.0, 1.0])
    found = doubt_score(values, weights, spread=0.2)
    low, high = np.array([0.6, 0.2]), np.array([0.9, 0.3])
    np.testing.assert_allclose(found, benefit_of_doubt(values, low=low, high=high).scores)
    # No spread at all leaves the contributions as the weights have them.
    fixed = benefit_of_doubt(values, low=np.array([0.75, 0.25]), high=np.array([0.75, 0.25]))
    np.testing.assert_allclose(doubt_score(values, weights, spread=0), fixed.scores)


VALUES = arrays(np.float64, (6, 3), elements=st.integers(0, 30).map(float))


@settings(deadline=None, max_examples=40)
@given(VALUES, st.sampled_from(["contribution", "weight"]), st.sampled_from([(0, 1), (0.2, 0.5)]))
def test_agrees_with_the_whole_programme(
    values: np.ndarray, bounds_on: str, bounds: tuple[float, float]
) -> None:
    """Every unit restricts every other, nothing left out or scaled."""
    low, high = bounds
    found = benefit_of_doubt(values, low=low, high=high, bounds_on=bounds_on)
    for unit, own in enumerate(values):
        each = np.diag(own) if bounds_on == "contribution" else np.eye(3)
        whole = own if bounds_on == "contribution" else np.ones(3)
        limits = np.vstack([values, low * whole - each, each - high * whole])
        right = np.r_[np.ones(len(values)), np.zeros(6)]
        expected = -linprog(-own, limits, right, method="highs").fun
        assert found.scores[unit] == pytest.approx(expected, abs=1e-7)


@settings(deadline=None, max_examples=40)
@given(VALUES, arrays(np.float64, 3, elements=st.floats(0.01, 100)))
def test_the_unit_of_each_child_does_not_matter(values: np.ndarray, sizes: np.ndarray) -> None:
    found = benefit_of_doubt(values, low=0.1, high=0.6).scores
    again = benefit_of_doubt(values * sizes, low=0.1, high=0.6).scores
    np.testing.assert_allclose(again, found, atol=1e-7)


@pytest.mark.parametrize("bounds_on", ["contribution", "weight"])
def test_children_and_units_that_differ_vastly_in_size(bounds_on: str) -> None:
    values = np.array([[4.0, 1.0], [3.0, 3.0], [1.0, 4.0], [2.0, 0.8], [1.0, 1.0]])
    plain = benefit_of_doubt(values, bounds_on=bounds_on).scores
    for sizes in ([1e-200, 1.0], [1e12, 1e-12], [1e150, 1e150]):
        found = benefit_of_doubt(values * sizes, bounds_on=bounds_on)
        np.testing.assert_allclose(found.scores, plain, rtol=1e-9)
    small = benefit_of_doubt(values * [[1.0], [1.0], [1.0], [1e-12], [1.0]]).scores
    np.testing.assert_allclose(small[3], 1e-12 * plain[3], rtol=1e-6)


def test_weights_of_every_unit(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"code": "i"},
        {"code": "a", "parent": "i"},
        {"code": "x", "parent": "a", "direction": 1},
        {"code": "y", "parent": "a", "direction": 1},
        {"code": "z", "parent": "i", "direction": 1},
    ]
    tree = framework(tmp_path, rows)
    data = pd.DataFrame(
        {"x": [4.0, 2.0, 1.0], "y": [1.0, 2.0, NAN], "z": [1.0, 2.0, 4.0]}, index=list("uvw")
    )
    table = doubt_weights(data, tree, top=10)
    assert table.columns.tolist() == ["unit", "code", "weight", "share", "note"]
    assert table["unit"].tolist() == ["u"] * 4 + ["v"] * 4 + ["w"] * 4
    assert table["code"].tolist() == ["a", "x", "y", "z"] * 3
    wide = table.pivot(index="unit", columns="code", values="weight")
    lower = (wide[["x", "y"]] * data[["x", "y"]]).sum(axis=1)
    np.testing.assert_allclose(lower, [10, 10, 2.5])
    index = wide["a"] * lower + wide["z"] * data["z"]
    values = np.column_stack([lower, data["z"]])
    np.testing.assert_allclose(index, benefit_of_doubt(values, top=10).scores)
    assert WEIGHTINGS["bod"].per_unit


def test_negative_values_have_no_score_and_are_named(tmp_path: Path) -> None:
    data = pd.DataFrame({"x": [1.0, -1.0], "y": [1.0, 2.0]}, index=["u", "v"])
    table = doubt_weights(data, flat(tmp_path, "x y"))
    assert table.set_index(["unit", "code"])["weight"].isna().tolist() == [False] * 2 + [True] * 2
    assert table["note"].tolist() == ["", "", "negative", ""]
    (finding,) = weight_findings(table)
    assert "x" in finding.text("en")
    found = doubt_score(data.to_numpy(), np.ones(2))
    np.testing.assert_array_equal(found, [1, NAN])


def test_children_without_weight_have_no_say() -> None:
    values = np.array([[1.0, -5.0], [2.0, 100.0]])
    np.testing.assert_allclose(doubt_score(values, np.array([1.0, 0.0])), [0.5, 1])
