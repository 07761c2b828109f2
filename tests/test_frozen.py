"""Units on the frozen scale of others: who is one of them gets its own score, nobody moves it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import flat, panel

from analysis.core.findings import InputError
from analysis.core.frozen import score_against
from analysis.core.method import Method
from analysis.core.score import score
from analysis.core.steps import Aggregation, Imputation, Normalisation, Treatment
from analysis.texts import LANGUAGES

UNTREATED = Treatment(rule="none")
RULES = ("efficacy", "minmax", "exponential", "zscore", "rank", "percentile_rank", "distance")


def method(rule: str = "minmax", treatment: Treatment = UNTREATED, **steps: object) -> Method:
    return Method(treatment=treatment, normalisation=Normalisation(rule=rule), **steps)


def test_a_unit_is_put_between_the_ends_that_the_others_set(tmp_path):
    framework = flat(tmp_path, "x y")
    others = panel({"x": [0, 5, 10], "y": [1, 2, 3]})
    scores = score(others, framework, method())
    new = panel({"x": [2.5, 20], "y": [3, 0]}, units=["p", "q"])
    found = score_against(scores, 2020, new)
    # x: 25 and, held, 100; y: 100 and, held, 0.
    assert found.nodes["i"].to_dict() == {"p": 62.5, "q": 50.0}
    assert found.held.to_dict("list") == {
        "unit": ["q", "q"],
        "item": ["x", "y"],
        "value": [20.0, 0.0],
        "held_at": [10.0, 1.0],
    }
    free = score_against(scores, 2020, new, beyond="open")
    # x: 200; y: -50.
    assert free.nodes["i"].to_dict() == {"p": 62.5, "q": 75.0}
    assert free.held.empty


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("treatment", ["jrc", "boxcox", "quantile", "iqr", "none"])
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 9999))
def test_one_of_the_others_gets_back_its_own_score(tmp_path_factory, rule, treatment, seed):
    framework = flat(tmp_path_factory.mktemp("f"), "x y")
    rng = np.random.default_rng(seed)
    heavy = {"x": np.exp(rng.normal(0, 3, 60)), "y": rng.normal(0, 1, 60)}
    years = [2019] * 30 + [2020] * 30
    names = [f"u{i:02d}" for i in range(30)] * 2
    both = panel(heavy, year=years, units=names)
    scores = score(both, framework, method(rule, Treatment(rule=treatment, max_points=3)))
    for year in (2019, 2020):
        found = score_against(scores, year, both)
        np.testing.assert_allclose(found.nodes, scores.in_year(year), atol=1e-9)


@pytest.mark.parametrize("transform", ["log_ct", "log_ct_plus", "boxcox"])
@pytest.mark.parametrize("sign", [1, -1])
def test_transformed_items_keep_the_constants_of_the_others(tmp_path, transform, sign):
    framework = flat(tmp_path, "x")
    values = sign * np.exp(np.random.default_rng(4).normal(0, 3, 80))
    others = panel({"x": values}, units=[f"u{i:02d}" for i in range(80)])
    treatment = Treatment(max_points=1, transform=transform)
    scores = score(others, framework, method(treatment=treatment))
    assert set(scores.treatments["why"]) <= {"log_ct", "log_ct_neg", "boxcox"}
    found = score_against(scores, 2020, others)
    np.testing.assert_allclose(found.nodes, scores.in_year(2020), atol=1e-9)
    far = score_against(scores, 2020, panel({"x": [values.max() * 9 + 9]}, units=["p"]))
    assert far.nodes["i"].item() == pytest.approx(scores.nodes["i"].max())
    assert len(far.held) == 1


@pytest.mark.parametrize("over", ["pooled", "base"])
def test_the_scale_may_be_that_of_other_years(tmp_path, over):
    framework = flat(tmp_path, "x")
    both = panel({"x": [0.0, 10, 4, 8]}, year=[2019, 2019, 2020, 2020], units=["a", "b"] * 2)
    normalisation = Normalisation(rule="minmax", over=over, base=2019 if over == "base" else None)
    scores = score(both, framework, Method(treatment=UNTREATED, normalisation=normalisation))
    found = score_against(scores, 2020, both)
    assert found.nodes["i"].tolist() == [40.0, 80.0]


def test_a_candidate_moves_neither_the_others_nor_another_candidate(tmp_path):
    framework = flat(tmp_path, "x y")
    others = panel({"x": [0, 5, 10], "y": [1, 2, 3]})
    scores = score(others, framework, method("zscore"))
    before = scores.nodes.copy()
    alone = score_against(scores, 2020, panel({"x": [4], "y": [2]}, units=["p"]))
    beside = score_against(scores, 2020, panel({"x": [4, 99], "y": [2, 7]}, units=["p", "q"]))
    assert alone.nodes.loc["p"].tolist() == beside.nodes.loc["p"].tolist()
    pd.testing.assert_frame_equal(scores.nodes, before)


def test_what_is_missing_is_not_filled(tmp_path):
    framework = flat(tmp_path, "x y")
    others = panel({"x": [0, 5, 10], "y": [1, 2, np.nan]})
    filling = replace(method(), imputation=Imputation(rule="mean"))
    scores = score(others, framework, filling)
    found = score_against(scores, 2020, panel({"x": [5], "y": [np.nan]}, units=["p"]))
    assert found.nodes["x"].item() == 50.0 and np.isnan(found.nodes["y"].item())
    assert np.isnan(found.nodes["i"].item())


def test_what_cannot_be_scored_is_refused_with_every_reason(tmp_path):
    framework = flat(tmp_path, "x y")
    others = panel({"x": [0, 5, 10], "y": [1, 2, 3]})
    scores = score(others, framework, method(aggregation=Aggregation(rule="topsis")))
    with pytest.raises(InputError) as error:
        score_against(scores, 2020, panel({"x": [5]}, year=2019, units=["p"]))
    codes = [finding.code for finding in error.value.findings]
    assert codes == ["derive.absent", "frozen.nobody", "frozen.set_wise"]
    for finding in error.value.findings:
        assert all(finding.text(lang) for lang in LANGUAGES)
    with pytest.raises(KeyError):
        score_against(scores, 2021, others)
