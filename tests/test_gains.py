"""Who gains: regressions of shifts, differences between regions, classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from small import flat, framework, panel
from statsmodels.datasets import engel

from analysis.core.catalogue import find_framework
from analysis.core.comparing.classes import classes, summarise
from analysis.core.comparing.design import design
from analysis.core.comparing.gains import QUANTILES, Gains, effects_over_draws, gains
from analysis.core.comparing.predictors import Predictor, mechanical, scaled
from analysis.core.comparing.region_differences import region_differences
from analysis.core.findings import InputError
from analysis.texts import LANGUAGES
from analysis.zones.characteristics import CHARACTERISTICS, characteristics

UNITS = [f"u{i:03d}" for i in range(90)]


def made_up(seed: int = 1) -> tuple[pd.Series, pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    x = pd.DataFrame(rng.normal(size=(len(UNITS), 2)), index=UNITS, columns=["size", "openness"])
    regions = pd.Series(np.resize(["n", "s", "s", "w"], len(UNITS)), index=UNITS)
    shift = 3 * x["size"] - x["openness"] * rng.normal(size=len(UNITS)) + 2 * (regions == "w")
    return shift.round(1), x, regions


def found(*, synthetic: bool = False) -> Gains:
    return gains(*made_up(), synthetic=synthetic)


def of(table: pd.DataFrame, predictor: str, level: str = "") -> pd.Series:
    rows = table[(table["predictor"] == predictor) & (table["level"] == level)]
    assert len(rows) == 1
    return rows.iloc[0]


# Regression


def test_engel_as_published() -> None:
    """Slopes of food on income as R's quantreg has them (Koenker and Bassett's data of 1982)."""
    data = engel.load_pandas().data
    x = pd.DataFrame({"income": data["income"]})
    fitted = gains(data["foodexp"], x, synthetic=False, quantiles=(0.05, *QUANTILES, 0.95))
    slopes = fitted.quantiles["effect"] / data["income"].std(ddof=0)
    assert slopes.round(3).tolist() == [0.343, 0.402, 0.474, 0.560, 0.644, 0.686, 0.709]
    assert slopes[3] == pytest.approx(0.5601806, abs=1e-7)
    assert fitted.quantiles["converged"].all()


def test_quantile_fits_are_the_best_there_are() -> None:
    made = design(*made_up())
    many, terms = made.matrix.shape
    for quantile, rows in found().quantiles.groupby("quantile"):
        share = float(quantile)
        cost = np.r_[np.zeros(terms), np.full(many, share), np.full(many, 1 - share)]
        equal = np.hstack([made.matrix, np.eye(many), -np.eye(many)])
        bounds = [(None, None)] * terms + [(0, None)] * 2 * many
        best = linprog(cost, A_eq=equal, b_eq=made.shift, bounds=bounds)
        rest = made.shift - made.matrix[:, 1:] @ rows["effect"].to_numpy()
        rest = rest - np.quantile(rest, share, method="inverted_cdf")
        loss = np.where(rest > 0, share * rest, (share - 1) * rest).sum()
        assert loss == pytest.approx(best.fun, rel=1e-5)


def test_least_squares_and_robust_errors_are_those_of_the_formula() -> None:
    shift, x, regions = made_up()
    z = (x - x.mean()) / x.std(ddof=0)
    columns = [np.ones(90), z["size"], z["openness"], regions == "n", regions == "w"]
    matrix = np.column_stack(columns).astype(float)
    inverse = np.linalg.inv(matrix.T @ matrix)
    beta = inverse @ matrix.T @ shift.to_numpy()
    rest = shift.to_numpy() - matrix @ beta
    leverage = np.einsum("ij,jk,ik->i", matrix, inverse, matrix)
    middle = matrix.T @ (matrix * (rest / (1 - leverage))[:, None] ** 2)
    errors = np.sqrt(np.diag(inverse @ middle @ inverse))
    effects = found().effects
    assert found().reference == "s"  # of most units
    assert effects["predictor"].tolist() == ["size", "openness", "region", "region"]
    assert effects["level"].tolist() == ["", "", "n", "w"]
    np.testing.assert_allclose(effects["effect"], beta[1:], rtol=1e-9)
    np.testing.assert_allclose(effects["error"], errors[1:], rtol=1e-9)
    np.testing.assert_allclose(effects["standardised"], beta[1:] / shift.std(ddof=0), rtol=1e-9)
    cook = (rest**2 / (rest @ rest / 85)) * leverage / (1 - leverage) ** 2 / 5
    np.testing.assert_allclose(found().influence["cook"], cook, rtol=1e-9)


def test_a_planted_effect_is_found_and_nothing_else() -> None:
    _, x, regions = made_up()
    fitted = gains(10 + 4 * x["size"], x, regions, synthetic=False)
    row = of(fitted.effects, "size")
    assert row["effect"] == pytest.approx(4 * x["size"].std(ddof=0))
    assert row["standardised"] == pytest.approx(1)
    others = fitted.effects[fitted.effects["predictor"] != "size"]
    np.testing.assert_allclose(others["effect"], 0, atol=1e-9)
    np.testing.assert_allclose(others["unique"], 0, atol=1e-9)
    assert fitted.diagnostics.set_index("key").at["r2", "value"] == pytest.approx(1)


def test_shares_explained_alone_sum_to_all_when_predictors_are_orthogonal() -> None:
    x = pd.DataFrame({"a": [-1, -1, 1, 1] * 5, "b": [-1, 1, -1, 1] * 5}, dtype=float)
    noise = pd.Series(np.resize([1, -1, -1, 1], 20)) * np.repeat([1, -1, 1, -1, 0], 4)
    effects = gains(3 * x["a"] + x["b"] + noise, x, synthetic=False).effects
    # Variances by hand: 9, 1 and 16 / 20.
    assert effects["unique"].tolist() == pytest.approx([9 / 10.8, 1 / 10.8])
    assert effects["vif"].tolist() == pytest.approx([1, 1])


def test_swapping_the_two_frameworks_turns_every_effect_round() -> None:
    shift, x, regions = made_up()
    there, back = (gains(s, x, regions, synthetic=False) for s in (shift, -shift))
    np.testing.assert_allclose(there.effects["effect"], -back.effects["effect"])
    np.testing.assert_allclose(there.effects["error"], back.effects["error"])
    low = there.quantiles[there.quantiles["quantile"] == 0.1]
    high = back.quantiles[back.quantiles["quantile"] == 0.9]
    np.testing.assert_allclose(low["effect"], -high["effect"].to_numpy(), atol=1e-6)


def test_neither_the_unit_nor_the_order_of_the_rows_matters() -> None:
    shift, x, regions = made_up()
    other = gains(shift[::-1], 100 * x + 7, regions.sample(frac=1, random_state=3), synthetic=False)
    np.testing.assert_allclose(other.effects["effect"], found().effects["effect"], rtol=1e-9)


def test_of_synthetic_data_there_is_no_p() -> None:
    made = found(synthetic=True)
    for table in (made.effects, made.quantiles, made.diagnostics):
        assert table["p"].isna().all()
    assert found().effects["p"].notna().all()
    pd.testing.assert_frame_equal(made.effects.drop(columns="p"), found().effects.drop(columns="p"))


def test_units_and_predictors_left_out_are_told() -> None:
    shift, x, regions = made_up()
    shift[UNITS[0]] = np.nan
    x.loc[UNITS[1], "size"] = np.inf
    regions[UNITS[2]] = ""
    regions[UNITS[3:5]] = "few"
    x["same"], x["twice"] = 5.0, 2 * x["openness"]
    x["gaps"] = np.where(np.arange(len(UNITS)) % 3, 1.5, np.nan)
    fitted = gains(shift, x, regions, synthetic=False)
    reasons = dict(zip(fitted.left_out["unit"], fitted.left_out["reason"], strict=True))
    expected = ["shift", "size", "region", "region", "region"]
    assert reasons == dict(zip(UNITS[:5], expected, strict=True))
    assert fitted.units == len(UNITS) - 5
    dropped = dict(zip(fitted.dropped["predictor"], fitted.dropped["reason"], strict=True))
    assert dropped == {"same": "constant", "twice": "collinear", "gaps": "missing"}


def test_too_few_units_or_no_shift_at_all_is_refused_in_both_languages() -> None:
    shift, x, regions = made_up()
    for bad, code in ((shift[:14], "gains.few"), (shift * 0, "gains.same")):
        with pytest.raises(InputError) as error:
            gains(bad, x, regions, synthetic=False)
        assert [finding.code for finding in error.value.findings] == [code]
        assert all(finding.text(lang) for finding in error.value.findings for lang in LANGUAGES)
    with pytest.raises(InputError):
        gains(pd.Series(dtype=float), x.iloc[:0], synthetic=False)


def test_effects_over_draws_are_those_of_every_draw() -> None:
    shift, x, regions = made_up()
    draws = pd.DataFrame([shift, 5 * shift, -shift, shift * 0], columns=UNITS)
    table = effects_over_draws(draws, shift, x, regions)
    np.testing.assert_allclose(table["nominal"], found().effects["standardised"])
    assert (table["draws"] == 3).all()  # one in which nothing moves
    np.testing.assert_allclose(table["same_sign"], 2 / 3)
    np.testing.assert_allclose(table["median"], table["nominal"])
    # With 3 draws the 5% quantile is a tenth of the way from the least to the middle one.
    n = table["nominal"]
    expected = np.where(n > 0, -n + 0.1 * 2 * n, n)
    np.testing.assert_allclose(table["q05"], expected)


# Ties to the indices


def test_predictors_tied_to_an_index_are_marked(tmp_path: Path) -> None:
    old = framework(
        tmp_path,
        [
            {"code": "i"},
            {"code": "a", "parent": "i", "direction": 1, "operation": "ratio", "inputs": "x y"},
            {"code": "b", "parent": "i", "direction": 1, "operation": "growth", "inputs": "z"},
        ],
    )
    rules = [{"code": "i"}, {"code": "c", "parent": "i", "direction": 1}]
    rules.append({"code": "w", "parent": "i", "direction": 1, "operation": "pick", "inputs": "n=p"})
    new = framework(tmp_path, rules)
    asked = [
        Predictor("share", "share", ("x", "y")),  # a ratio times 100
        Predictor("turned", "ratio", ("y", "x")),
        Predictor("level", "level", ("z",)),
        Predictor("own", "level", ("c",)),
        Predictor("free", "level", ("q",)),
    ]
    table = mechanical(asked, old, new).set_index("predictor")
    assert table["tie"].to_dict() == {
        "share": "item", "turned": "inputs", "level": "inputs", "own": "item", "free": "",
        "region": "rule",
    }  # fmt: skip
    assert table.loc["share"].tolist() == ["item", "a", ""]
    assert table.loc["own"].tolist() == ["item", "", "c"]
    assert mechanical(asked, old, flat(tmp_path, "c"))["tie"].tolist()[-1] == ""


def test_every_characteristic_of_a_zone_is_tied_to_the_editions() -> None:
    editions = [find_framework(name) for name in ("mofcom-2016", "mofcom-2021")]
    table = mechanical(CHARACTERISTICS, *editions).set_index("predictor")
    ties = ["inputs", "inputs", "item", "item", "item", "rule"]
    assert table["tie"].tolist() == ties
    assert table.at["research_intensity", "old_items"] == "S9"
    assert table.at["research_intensity", "new_items"] == "T1"
    assert table.at["region", "new_items"] == "Q3"  # its threshold goes by region


def test_characteristics_in_their_units() -> None:
    zones = panel(
        {
            "gdp": [200, 100, 0, 50],
            "trade": [50, 0, 5, 1],
            "fdi": [20, 0, 5, 1],
            "energy": [8, np.nan, 1, 1],
            "va_ind": [40, 1, 1, 1],
        },
        assessed=[True, True, True, False],
    )
    table = characteristics(zones, 2020)
    assert list(table.index) == ["a", "b", "c"]
    assert "research_intensity" not in table  # no primitives for it
    # 20 million USD over 20 billion CNY: 10 USD per 10,000 CNY.
    assert table.loc["a"].to_dict() == {
        "trade_openness": 25, "fdi_openness": 10, "energy_intensity": 0.2, "size": 200,
    }  # fmt: skip
    assert table.loc["c", ["trade_openness", "fdi_openness"]].isna().all()
    on_scale = scaled(table, CHARACTERISTICS)
    assert on_scale.at["a", "size"] == pytest.approx(np.log(200))
    assert on_scale.at["b", "trade_openness"] == 0
    assert np.isnan(on_scale.at["c", "size"])
    assert characteristics(zones, 1999).empty


# Regions


def test_permutations_of_two_regions_counted_by_hand() -> None:
    shift = pd.Series([1.0, 2, 3, 10, 11, 12], index=list("abcdef"))
    regions = pd.Series(list("nnnsss"), index=list("abcdef"))
    made = region_differences(shift, regions, synthetic=False)
    pair = made.pairs.iloc[0]
    assert (pair["difference"], pair["superiority"]) == (-9, 0)
    assert pair["standardised"] == pytest.approx(-9)  # both variances are 1
    # 20 ways to choose three of six; this one and its mirror image lie furthest apart.
    assert pair["p"] == pytest.approx(2 / 20)
    assert made.p == pytest.approx(2 / 20)
    # Means 2 and 11 about 6.5; squares about it sum to 6 * 4.5² + 4.
    assert made.explained == pytest.approx(121.5 / 125.5)
    assert made.regions["units"].tolist() == [3, 3]
    assert made.regions["gaining"].tolist() == [1, 1]


def test_regions_that_are_too_small_or_alike_take_no_part() -> None:
    shift, _, regions = made_up()
    regions[UNITS[:2]] = "few"
    regions[UNITS[2]] = ""
    made = region_differences(shift, regions, synthetic=False, resamples=199)
    assert made.left_out == 3
    assert made.regions["region"].tolist() == ["n", "s", "w"]
    assert len(made.pairs) == 3
    assert (made.pairs["p_holm"] >= made.pairs["p"]).all()
    alone = region_differences(shift, regions.where(regions == "n", ""), synthetic=False)
    assert alone.pairs.empty
    assert np.isnan(alone.explained)
    still = region_differences(shift * 0, regions, synthetic=False, resamples=199)
    assert (still.pairs["p"] == 1).all()


def test_shuffles_repeat_with_the_seed_and_say_no_p_on_synthetic_data() -> None:
    shift, _, regions = made_up()
    one, two, other, made = (
        region_differences(shift, regions, synthetic=synthetic, seed=seed, resamples=499)
        for synthetic, seed in ((False, 1), (False, 1), (False, 2), (True, 1))
    )
    pd.testing.assert_frame_equal(one.pairs, two.pairs)
    assert not one.pairs["low"].equals(other.pairs["low"])
    assert np.isnan(made.p)
    assert made.pairs[["p", "p_holm"]].isna().all(axis=None)
    assert made.explained == one.explained


# Classes


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=60), st.integers(1, 5))
def test_classes_follow_the_values_and_keep_ties_together(values: list[int], many: int) -> None:
    found_classes = classes(pd.Series(values, dtype=float), many).astype(int).to_numpy()
    order = np.argsort(values, kind="stable")
    assert (np.diff(found_classes[order]) >= 0).all()
    assert pd.Series(found_classes).groupby(values).nunique().max() == 1
    assert found_classes.min() >= 1
    assert found_classes.max() <= many


def test_classes_by_hand() -> None:
    values = pd.Series([30.0, 10, np.nan, 20, 60, 50, 40])
    assert classes(values).tolist() == ["2", "1", "", "1", "3", "3", "2"]


def test_a_summary_counts_who_gains_and_its_causes_sum_to_the_mean() -> None:
    shift = pd.Series([4.0, -2, 0, np.nan, 6], index=list("abcde"))
    by = pd.DataFrame({"region": ["n", "n", "s", "s", ""]}, index=list("abcde"))
    parts = pd.DataFrame({"groups": shift - 1, "items": shift * 0 + 1})
    table = summarise(shift, by, parts)
    assert table[["by", "class", "units"]].to_numpy().tolist() == [
        ["", "", 4], ["region", "n", 2], ["region", "s", 1],
    ]  # fmt: skip
    assert table["mean"].tolist() == [2, 1, 0]
    assert table["gaining"].tolist() == [0.5, 0.5, 0]
    assert table["losing"].tolist() == [0.25, 0.5, 0]
    np.testing.assert_allclose(table["groups"] + table["items"], table["mean"])
    assert summarise(shift * np.nan, by).empty
