"""Sobol' indices: functions and indices whose answers are known, and what must always hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import sobol_indices

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Method, Normalisation, Treatment
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.score import score
from analysis.core.uncertainty.draws.backend import mapper
from analysis.core.uncertainty.draws.study import open_study
from analysis.core.uncertainty.draws.study_parts import Study
from analysis.core.uncertainty.indices.sobol import SobolResult, sobol_study, varied
from analysis.core.uncertainty.indices.sobol_estimates import Estimates, estimate
from analysis.core.uncertainty.methods.method_space import read_method_space
from analysis.core.uncertainty.methods.method_variants import MethodFactor
from analysis.core.uncertainty.weights.weight_space import WeightDraws, weight_draws

Samples = tuple[np.ndarray, np.ndarray, np.ndarray]
# Of sin x + 7 sin^2 y + 0.1 z^4 sin x on [-pi, pi]^3, from its variances by integration.
V_X, V_Y, V_XZ = 0.5 * (1 + np.pi**4 / 50) ** 2, 49 / 8, 8 * np.pi**8 / 225 / 100
ISHIGAMI_FIRST = np.array([V_X, V_Y, 0]) / (V_X + V_Y + V_XZ)
ISHIGAMI_TOTAL = np.array([V_X + V_XZ, V_Y, V_XZ]) / (V_X + V_Y + V_XZ)


def ishigami(x: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * x - 1)
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def samples_of(
    function: Callable[[np.ndarray], np.ndarray], factors: int, n: int, seed: int
) -> Samples:
    """Evaluate a function of evenly distributed factors on (0, 1), by pick and freeze."""
    a, b = np.random.default_rng(seed).random((2, factors, n))
    mixed = []
    for factor in range(factors):
        mixed.append(a.copy())
        mixed[-1][factor] = b[factor]
    f_a, f_b, *f_ab = (function(x).reshape(-1, n).T for x in (a, b, *mixed))
    return f_a, f_b, np.stack(f_ab)


def estimated(samples: Samples, **more: int) -> Estimates:
    return estimate(*samples, rng=np.random.default_rng(1), **more)


def test_ishigami() -> None:
    assert pytest.approx([0.3139, 0.4424, 0], abs=5e-5) == ISHIGAMI_FIRST  # as printed
    assert pytest.approx([0.5576, 0.4424, 0.2437], abs=5e-5) == ISHIGAMI_TOTAL
    found = estimated(samples_of(ishigami, 3, 8192, 2))
    assert found.first[0] == pytest.approx(ISHIGAMI_FIRST, abs=0.03)
    assert found.total[0] == pytest.approx(ISHIGAMI_TOTAL, abs=0.03)
    assert found.variance[0] == pytest.approx(V_X + V_Y + V_XZ, rel=0.03)
    assert (found.first_low <= ISHIGAMI_FIRST).all() and (found.first_high >= ISHIGAMI_FIRST).all()
    assert (found.total_low <= ISHIGAMI_TOTAL).all() and (found.total_high >= ISHIGAMI_TOTAL).all()
    assert (found.first_high - found.first_low < 0.1).all()


def test_estimates_are_those_of_scipy() -> None:
    f_a, f_b, f_ab = samples_of(lambda x: np.stack([ishigami(x), x[0] * x[1]]), 3, 256, 3)
    theirs = sobol_indices(
        func={"f_A": f_a.T, "f_B": f_b.T, "f_AB": np.moveaxis(f_ab, 1, 2)}, n=256
    )
    ours = estimated((f_a, f_b, f_ab), resamples=10)
    np.testing.assert_allclose(ours.first, theirs.first_order, rtol=1e-12)
    np.testing.assert_allclose(ours.total, theirs.total_order, rtol=1e-12)


def test_resampling_by_matrices_is_resampling_of_rows() -> None:
    samples = samples_of(ishigami, 3, 128, 4)
    ours = estimated(samples, resamples=10_000)
    rng = np.random.default_rng(5)
    mean = np.mean(samples[:2])
    plain = []
    for _ in range(10_000):
        rows = rng.integers(0, 128, 128)
        f_a, f_b, f_ab = (f[..., rows, 0] - mean for f in samples)
        variance = np.var([f_a, f_b])
        first = (f_b * (f_ab - f_a)).mean(axis=1) / variance
        plain.append([first, ((f_a - f_ab) ** 2).mean(axis=1) / 2 / variance])
    ends = np.quantile(plain, [0.025, 0.975], axis=0)
    np.testing.assert_allclose([ours.first_low[0], ours.total_low[0]], ends[0], atol=0.02)
    np.testing.assert_allclose([ours.first_high[0], ours.total_high[0]], ends[1], atol=0.02)


def test_intervals_are_about_as_wide_as_those_of_scipy() -> None:
    f_a, f_b, f_ab = samples_of(ishigami, 3, 256, 6)
    by_output = {"f_A": f_a.T, "f_B": f_b.T, "f_AB": np.moveaxis(f_ab, 1, 2)}
    theirs = sobol_indices(func=by_output, n=256).bootstrap(n_resamples=2000)
    ours = estimated((f_a, f_b, f_ab), resamples=2000)
    for one, low, high in (
        (theirs.first_order, ours.first_low, ours.first_high),
        (theirs.total_order, ours.total_low, ours.total_high),
    ):
        ends = one.confidence_interval
        ratio = (high - low)[0] / (ends.high - ends.low)
        assert ((ratio > 0.8) & (ratio < 1.25)).all()


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = []
    for seed in range(200):
        found = estimated(samples_of(ishigami, 3, 512, 100 + seed), resamples=300)
        first = (found.first_low[0] <= ISHIGAMI_FIRST) & (found.first_high[0] >= ISHIGAMI_FIRST)
        total = (found.total_low[0] <= ISHIGAMI_TOTAL) & (found.total_high[0] >= ISHIGAMI_TOTAL)
        held.append([*first, *total])
    # 0.95 less what a percentile interval loses on tails as long as these, and chance
    assert (np.mean(held, axis=0) > 0.87).all()
    assert 0.9 < np.mean(held) < 0.98


def test_a_large_mean_does_not_lift_the_first_order_above_the_total() -> None:
    # COINr takes mean(y_B (y_AB - y_A)) / V of outputs as they are, which is right on average
    # and wide of the mark in a sample where the outputs are far from zero.
    f_a, f_b, f_ab = samples_of(lambda x: 50 + ishigami(x), 3, 1024, 6)
    both = np.concatenate([f_a, f_b])
    theirs = (f_b * (f_ab - f_a)).mean(axis=1)[:, 0] / both.var()
    error = np.abs(theirs - ISHIGAMI_FIRST).max()
    ours = estimated((f_a, f_b, f_ab))
    assert error > 0.2
    assert (theirs > ISHIGAMI_TOTAL + 0.1).any() or (theirs < -0.1).any()
    assert np.abs(ours.first[0] - ISHIGAMI_FIRST).max() < 0.1
    assert not_below(ours)


def not_below(found: Estimates) -> bool:
    """Whether no total is below its first-order index beyond four standard errors of both."""
    errors = (found.first_high - found.first_low) + (found.total_high - found.total_low)
    return bool((found.total >= found.first - errors - 1e-12).all())  # 2 x 1.96 each


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.floats(-1e4, 1e4),
    st.floats(1e-3, 1e3),
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
)
def test_what_must_hold(seed: int, shift: float, scale: float, slopes: list[float]) -> None:
    def function(x: np.ndarray) -> np.ndarray:
        additive = np.tensordot(slopes, x, 1) + 0.5 * x[0]
        return np.stack([additive, ishigami(x), additive * (x[2] > 0.5)])

    f_a, f_b, f_ab = samples_of(function, 3, 256, seed)
    one = estimated((f_a, f_b, f_ab), resamples=100)
    other = estimated(tuple(scale * f + shift for f in (f_a, f_b, f_ab)), resamples=100)
    told = ~one.constant & ~other.constant
    np.testing.assert_allclose(other.first[told], one.first[told], atol=1e-5)
    np.testing.assert_allclose(other.total_high[told], one.total_high[told], atol=1e-5)
    assert (one.total[told] >= 0).all()
    if np.std(slopes) > 0.1:
        assert not_below(one)


def test_what_is_constant_or_missing_has_no_indices_and_troubles_no_other() -> None:
    f_a, f_b, f_ab = samples_of(ishigami, 3, 64, 7)
    alone = estimated((f_a, f_b, f_ab))

    def beside(f: np.ndarray) -> np.ndarray:
        rounding = 60 + 1e-14 * f
        absent = np.where(f > f_a.min(), f, np.nan)
        return np.concatenate([f, np.full_like(f, 3.0), rounding, absent], axis=-1)

    found = estimated((beside(f_a), beside(f_b), beside(f_ab)))
    assert found.constant.tolist() == [False, True, True, False]
    assert found.missing.tolist() == [False, False, False, True]
    np.testing.assert_array_equal(found.first[0], alone.first[0])
    np.testing.assert_array_equal(found.total_high[0], alone.total_high[0])
    assert np.isnan(found.first[1:]).all() and np.isnan(found.total_low[1:]).all()
    assert found.variance[1:3].tolist() == [0, 0] and np.isnan(found.variance[3])


def test_one_output_of_one_factor() -> None:
    found = estimated(samples_of(lambda x: x[0], 1, 1024, 8))
    assert found.first.shape == (1, 1)
    assert found.first[0, 0] == pytest.approx(1, abs=0.1)
    assert found.total[0, 0] == pytest.approx(1, abs=0.1)


# Studies: an index i of two items x, y under Dirichlet weights (u, 1 - u), u even on (0, 1).


def study_of(
    folder: Path, values: dict[str, list[float]], shares: tuple[float, ...], change: Callable
) -> Study:
    """Return a study of values as they are, with a made-up choice that changes them."""
    framework = small.flat(folder, " ".join(values))
    weights = weight_draws("dirichlet", framework)
    study = open_study(small.panel(values), framework, Method(), 2020, weights=weights, seed=5)
    plain = np.array(list(values.values())).T
    (variant,) = study.variants
    changed = [replace(variant, values=change(level, plain)) for level in range(len(shares))]
    names = tuple(map(str, range(len(shares))))
    return replace(
        study,
        variants=tuple(changed),
        probabilities=np.array(shares),
        method_factors=(
            MethodFactor(
                "treatment", names, np.array(shares), names, np.array(shares), np.arange(len(names))
            ),
        ),
        combinations=np.arange(len(shares)),
        nominal_scores=plain.mean(axis=1),
        nominal_ranks=rank_scores(plain.mean(axis=1)),
    )


def indices(found: SobolResult, output: str, unit: str = "") -> pd.DataFrame:
    table = found.table
    return table[(table["output"] == output) & (table["unit"] == unit)].set_index("factor")


def test_an_additive_index(tmp_path: Path) -> None:
    # Weights sum to one, so level k of the choice adds 3 k to every score: u (x - y) + y + 3 k.
    study = study_of(
        tmp_path,
        {"x": [8.0, 4.0], "y": [2.0, 4.0]},
        (0.5, 0.25, 0.25),
        lambda level, values: values + 3.0 * level,
    )
    found = sobol_study(study, 4096)
    assert found.factors == ("weights", "treatment")
    assert found.evaluations == 4 * 4096
    weights, choice = 36 / 12, 9 * (0.25 + 0.25 * 4 - 0.75**2)
    truth = [weights / (weights + choice), choice / (weights + choice)]
    one = indices(found, "score", "a")
    assert one["variance"].tolist() == pytest.approx([weights + choice] * 2, rel=0.05)
    assert one["first"].tolist() == pytest.approx(truth, abs=0.05)
    assert one["total"].tolist() == pytest.approx(truth, abs=0.05)
    assert (one["first_low"] <= truth).all() and (truth <= one["first_high"]).all()
    assert (one["total_low"] <= truth).all() and (truth <= one["total_high"]).all()
    # b has 4 of both items: its score does not hang on the weights at all
    other = indices(found, "score", "b")
    assert other["first"].tolist() == pytest.approx([0, 1], abs=0.05)
    assert other.loc["weights", "total"] < 1e-12
    # and ranks do not hang on what is added to all: a leads where 6 u > 2, nominally too
    for output, unit in (("rank", "a"), ("rank", "b"), ("mean_shift", "")):
        ranks = indices(found, output, unit)
        assert ranks["variance"].iloc[0] == pytest.approx(2 / 9, rel=0.05)
        assert ranks.loc["weights", ["first", "total"]].tolist() == pytest.approx([1, 1], abs=0.05)
        columns = ["first", "first_low", "first_high", "total", "total_low", "total_high"]
        assert (ranks.loc["treatment", columns] == 0).all()
    assert (found.table["note"] == "").all()


def test_an_index_that_is_a_product(tmp_path: Path) -> None:
    # The choice doubles all values: (1 + k) (6 u + 2) with even k.
    study = study_of(
        tmp_path,
        {"x": [8.0, 4.0], "y": [2.0, 4.0]},
        (0.5, 0.5),
        lambda level, values: values * (1.0 + level),
    )
    found = indices(sobol_study(study, 4096), "score", "a")
    mean_u, var_u, mean_k, var_k = 5.0, 3.0, 1.5, 0.25
    parts = np.array([mean_k**2 * var_u, mean_u**2 * var_k, var_u * var_k])
    assert found["first"].tolist() == pytest.approx((parts[:2] / parts.sum()).tolist(), abs=0.05)
    total = (parts[:2] + parts[2]) / parts.sum()
    assert found["total"].tolist() == pytest.approx(total.tolist(), abs=0.05)


def test_ranks_that_hang_on_both_together_alone(tmp_path: Path) -> None:
    # The choice exchanges the items. a leads where u > 1/2 under one, u < 1/2 under the other.
    study = study_of(
        tmp_path,
        {"x": [1.0, 0.0, 9.0], "y": [0.0, 1.0, 9.0]},
        (0.5, 0.5),
        lambda level, values: values[:, ::-1] if level else values,
    )
    found = sobol_study(study, 4096)
    ranks = indices(found, "rank", "a")
    assert ranks["first"].tolist() == pytest.approx([0, 0], abs=0.05)
    assert ranks["total"].tolist() == pytest.approx([1, 1], abs=0.05)
    best = indices(found, "rank", "c")
    assert best["note"].tolist() == ["no variance"] * 2
    assert best["variance"].tolist() == [0, 0]
    assert best.drop(columns=["output", "unit", "variance", "note"]).isna().all(axis=None)


def test_a_unit_without_a_score_in_some_draws(tmp_path: Path) -> None:
    study = study_of(
        tmp_path,
        {"x": [1.0, 0.0, 5.0], "y": [0.0, 1.0, -5.0]},
        (0.75, 0.25),
        lambda level, values: np.where([[False], [False], [level == 1]], np.nan, values),
    )
    found = sobol_study(study, 64)
    assert indices(found, "rank", "c")["note"].tolist() == ["unranked"] * 2
    assert indices(found, "score", "c")["first"].isna().all()
    assert indices(found, "rank", "a")["first"].notna().all()
    assert indices(found, "mean_shift")["total"].notna().all()


def two_years(folder: Path, years: Sequence[int] = (2019, 2020)) -> tuple[Framework, Panel]:
    """Return six units in 2019 and other values of theirs in 2020, or one of the years."""
    framework = small.framework(folder, small.UNEVEN)
    rng = np.random.default_rng(11)
    values = {item: rng.lognormal(1, 1, 12) for item in framework.items}
    rows = [row for row in range(12) if 2019 + row // 6 in years]
    panel = small.panel(
        {item: column[rows] for item, column in values.items()},
        [2019 + row // 6 for row in rows],
        [f"u{row % 6}" for row in rows],
    )
    return framework, panel


def pooled(rule: str) -> Method:
    """Return a method whose scale is common to all years."""
    return Method(treatment=Treatment("none"), normalisation=Normalisation(rule, over="pooled"))


def panel_study(
    folder: Path, years: Sequence[int] = (2019, 2020), weights: str = "band:0.5"
) -> Study:
    framework, panel = two_years(folder, years)
    zscore = {"rule": "zscore", "over": "pooled"}
    rules = {"normalisation": ["base", zscore], "leave_out": "items"}
    nominal = weights == "nominal"
    return open_study(
        panel,
        framework,
        pooled("minmax"),
        2020,
        weights=WeightDraws("nominal") if nominal else weight_draws(weights, framework),
        methods=read_method_space(rules, framework, pooled("minmax")),
    )


def test_panels_on_a_scale_common_to_all_years(tmp_path: Path) -> None:
    both = panel_study(tmp_path)
    found = sobol_study(both, 256)
    assert found.factors == ("weights", "normalisation", "leave_out")
    assert (found.table["note"] == np.where(found.table["output"] == "score", "scales", "")).all()
    alone = sobol_study(panel_study(tmp_path, [2020]), 256)
    assert not np.allclose(found.table["variance"], alone.table["variance"])
    # Without weights and what is left out, a score takes but the values that scoring gives.
    study = replace(
        panel_study(tmp_path, weights="nominal"),
        leave_out=("",),
        leave_out_probabilities=np.ones(1),
    )
    assert varied(study) == ("normalisation",)
    only = sobol_study(study, 4096)
    framework, panel = two_years(tmp_path)
    scored = [
        score(panel, framework, pooled(rule)).in_year(2020)["i"] for rule in ("minmax", "zscore")
    ]
    for unit in study.units:
        expected = ((scored[0] - scored[1])[unit] / 2) ** 2
        row = indices(only, "score", unit).loc["normalisation"]
        assert row["variance"] == pytest.approx(expected, rel=0.01)
        assert row["first"] == pytest.approx(1, abs=0.1)


def test_the_same_bytes_whatever_the_workers_and_another_seed_others(tmp_path: Path) -> None:
    study = panel_study(tmp_path)
    told: list[tuple[int, int]] = []
    one = sobol_study(study, 1024, progress=lambda done, whole: told.append((done, whole)))
    assert told == [(256, 1024), (512, 1024), (768, 1024), (1024, 1024)]
    with mapper("loky", 2) as run:
        two = sobol_study(study, 1024, map=run)
    assert one.table.to_csv().encode() == two.table.to_csv().encode()
    other = sobol_study(study, 1024, seed=study.seed + 1)
    assert not np.allclose(one.table["total"], other.table["total"], equal_nan=True)
    again = sobol_study(study, 1024, seed=study.seed)
    pd.testing.assert_frame_equal(one.table, again.table, check_exact=True)


def test_named_units(tmp_path: Path) -> None:
    study = panel_study(tmp_path)
    whole, some = sobol_study(study, 64), sobol_study(study, 64, named=["u3", "u1"])
    assert list(dict.fromkeys(some.table["unit"])) == ["", "u1", "u3"]
    kept = whole.table[whole.table["unit"].isin(["", "u1", "u3"])].reset_index(drop=True)
    columns = ["factor", "output", "unit", "first", "total", "variance", "note"]
    pd.testing.assert_frame_equal(some.table[columns], kept[columns])


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    study = panel_study(tmp_path)
    with pytest.raises(InputError) as caught:
        sobol_study(study, 1000, seed=-1, resamples=0, confidence=1.5, named=["nobody"])
    codes = [finding.code for finding in caught.value.findings]
    assert codes == ["sobol.power", "study.seed", "sobol.interval", "draws.units"]
    assert "use 512 or 1024" in str(caught.value)
    fixed = replace(
        study,
        weights=WeightDraws("nominal"),
        method_factors=(),
        combinations=np.array(0),
        leave_out=("",),
        leave_out_probabilities=np.ones(1),
    )
    assert varied(fixed) == ()
    with pytest.raises(InputError, match="Nothing is varied"):
        sobol_study(fixed)
    for wrong in (0, 1, -4, 3):
        with pytest.raises(InputError, match="power of two"):
            sobol_study(study, wrong)
