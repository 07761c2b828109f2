"""Studies: every draw replayed through the ordinary engine, the same seed the same bytes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import UNEVEN, flat, framework, panel

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Missing, Normalisation, Treatment, Weighting
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.rebuild import reweighted
from analysis.core.score import score
from analysis.core.uncertainty.draws.record import records, replay, replay_ranks
from analysis.core.uncertainty.draws.study import (
    Batch,
    Study,
    batch_size,
    draw_batch,
    evaluate,
    levels_at,
    open_study,
)
from analysis.core.uncertainty.methods.method_space import read_method_space
from analysis.core.uncertainty.weights.sample_weights import WeightDraws
from analysis.core.uncertainty.weights.weight_space import weight_draws
from analysis.core.uncertainty.weights.weights_between import nominal_local
from analysis.core.what_if import dropped, without

PLAIN = Method(treatment=Treatment("none"))
DIRICHLET = WeightDraws("dirichlet")
EVERYTHING: dict[str, Any] = {
    "imputation": ["none", "median"],
    "treatment": ["none", "iqr"],
    "normalisation": ["base", "zscore", "rank"],
    "aggregation": ["arithmetic", "geometric", "median"],
    "missing": ["base", "none"],
    "leave_out": "items",
}


def sample(years: tuple[int, ...] = (2020, 2021), units: int = 9, gaps: float = 0.1) -> Panel:
    """Return random items of the uneven framework, in two regions."""
    rng = np.random.default_rng(4)
    names = [f"u{i}" for i in range(units)]
    many = units * len(years)
    columns = {item: rng.lognormal(size=many) for item in "cxyzw"}
    for values in columns.values():
        values[rng.random(many) < gaps] = np.nan
    index = [year for year in years for _ in names]
    regions = (["s", "t", "s"] * units)[:units] * len(years)
    return panel(
        columns, index, names * len(years), region=regions
    )  # more than one year: `small.panel` sorts


@pytest.fixture
def tree(tmp_path: Path) -> Framework:
    return framework(tmp_path, UNEVEN)


def study_of(tree: Framework, table: Panel, base: Method = PLAIN, **wanted: Any) -> Study:
    content = wanted.pop("methods", None)
    methods = None if content is None else read_method_space(content, tree, base)
    wanted = {"weights": DIRICHLET, **wanted}
    return open_study(table, tree, base, 2020, methods=methods, **wanted)


def same(one: Batch, other: Batch) -> bool:
    return all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes()
        for name in ("weights", "variant", "left_out", "scores", "ranks")
    )


@pytest.mark.parametrize("over", ["year", "pooled"])
def test_every_draw_is_replayed_by_the_ordinary_engine(tree: Framework, over: str) -> None:
    base = replace(PLAIN, normalisation=Normalisation("efficacy", over=over))
    study = replace(study_of(tree, sample(), base, methods=EVERYTHING), batch=40)
    assert len(study.variants) > 20 and study.factors is not None
    seen = set()
    for parameters, results in records(study, 90):
        for at in range(len(parameters)):
            row = parameters.iloc[at]
            found = results[results["draw"] == row["draw"]]
            np.testing.assert_allclose(
                replay(study, row), found["score"], rtol=1e-9, atol=1e-9, equal_nan=True
            )
            ranks = found["rank"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            np.testing.assert_array_equal(replay_ranks(study, row), ranks)
            seen.add((row["variant"], row["left_out"]))
    assert len(seen) > 60


def test_draws_are_what_scoring_the_panel_anew_gives(tree: Framework) -> None:
    """From the raw panel, all years on one scale: what COINr refuses to make again."""
    table = sample(gaps=0.0)
    base = replace(PLAIN, normalisation=Normalisation("efficacy", over="pooled"))
    content = {
        "treatment": ["none", "iqr"],
        "normalisation": ["base", "zscore"],
        "aggregation": ["arithmetic", "median"],
        "leave_out": ["x", "a"],
    }
    study = study_of(tree, table, base, methods=content)
    space = read_method_space(content, tree, base)
    parameters, results = next(records(study, 40))
    for at, row in parameters.iterrows():
        steps: dict[str, Any] = {
            name: next(level.step for level in levels if level.name == row[name])
            for name, levels in space.factors.items()
        }
        codes = list(tree.nodes.index)
        weights = pd.Series([row[f"w:{code}"] for code in codes], index=codes)
        changed = reweighted(tree, weights)
        if row["left_out"]:
            changed = dropped(changed, row["left_out"])
        method = replace(base, missing=Missing("renormalise", 0.0), **steps)
        anew = score(table, changed, method).in_year(2020)["i"].to_numpy()
        drawn = results[results["draw"] == at]["score"].to_numpy()
        np.testing.assert_allclose(drawn, anew, rtol=1e-9, atol=1e-9)


def test_same_seed_same_bytes(tree: Framework) -> None:
    study = study_of(tree, sample(), methods=EVERYTHING)
    again = study_of(tree, sample(), methods=EVERYTHING)
    sent = pickle.loads(pickle.dumps(study))
    # In any order, in any process.
    ahead = [draw_batch(study, number) for number in (2, 0, 1)]
    for number, batch in zip((2, 0, 1), ahead, strict=True):
        assert same(batch, draw_batch(again, number)) and same(batch, draw_batch(sent, number))
    assert not same(ahead[0], ahead[1])
    other = study_of(tree, sample(), methods=EVERYTHING, seed=5)
    assert not np.array_equal(draw_batch(other, 0).weights, draw_batch(study, 0).weights)


def test_last_batch_is_cut(tree: Framework) -> None:
    study = study_of(tree, sample(), methods=EVERYTHING)
    whole, part = draw_batch(study, 3), draw_batch(study, 3, 17)
    assert part.first == whole.first == 3 * study.batch and len(whole.scores) == study.batch
    for name in ("weights", "variant", "left_out", "ranks"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[:17])
    np.testing.assert_allclose(part.scores, whole.scores[:17], rtol=1e-14, equal_nan=True)


def test_weights_do_not_hang_on_what_else_is_varied(tree: Framework) -> None:
    one, other = study_of(tree, sample()), study_of(tree, sample(), methods=EVERYTHING)
    assert draw_batch(one, 1).weights.tobytes() == draw_batch(other, 1).weights.tobytes()


def test_weights_alone(tree: Framework) -> None:
    study = open_study(sample(), tree, PLAIN, 2020)
    assert study.weights.kind == "uniform" and len(study.weights.admissible_set.items) == 5
    assert len(study.variants) == 1 and study.leave_out == ("",)
    batch = draw_batch(study, 0, 50)
    assert not batch.variant.any() and not batch.left_out.any()
    assert len(np.unique(batch.scores[:, 0])) == 50


def test_nominal_draws_are_the_nominal_scores(tree: Framework) -> None:
    table = sample()
    study = study_of(tree, table, weights=WeightDraws("nominal"))
    scored = score(table, tree, PLAIN).in_year(2020)["i"].dropna()
    assert study.units == tuple(scored.index)
    np.testing.assert_array_equal(study.nominal_scores, scored)
    np.testing.assert_array_equal(study.nominal_weights, nominal_local(tree))
    batch = draw_batch(study, 0, 3)
    np.testing.assert_allclose(batch.scores, np.tile(scored, (3, 1)), rtol=1e-12)
    np.testing.assert_array_equal(batch.ranks, np.tile(study.nominal_ranks, (3, 1)))


def test_left_out_as_what_if_leaves_out(tree: Framework) -> None:
    """Codes of any level; a group goes with the last of its items."""
    table = sample(gaps=0.0)
    codes = ["x", "a", "c", "z"]
    study = study_of(tree, table, weights=WeightDraws("nominal"), methods={"leave_out": codes})
    nothing = np.zeros(5, dtype=np.intp)
    drawn = evaluate(study, np.tile(study.nominal_weights, (5, 1)), nothing, np.arange(5))
    scored = score(table, tree, PLAIN)
    compared = without(scored, 2020, codes)
    for at, code in enumerate(codes, start=1):
        shifts = compared.shifts[compared.shifts["case"] == code].set_index("unit")
        np.testing.assert_allclose(drawn[at], shifts.loc[list(study.units), "score_then"])


def test_leaving_out_the_last_item_of_a_group_leaves_out_the_group(tmp_path: Path) -> None:
    rows = [
        {"code": "i"},
        {"code": "a", "parent": "i", "weight": 1},
        {"code": "b", "parent": "i", "weight": 1},
        {"code": "x", "parent": "a", "direction": 1},
        {"code": "y", "parent": "b", "direction": 1},
        {"code": "z", "parent": "b", "direction": 1},
    ]
    tree = framework(tmp_path, rows)
    table = panel({"x": [1, 2, 3], "y": [3, 1, 2], "z": [2, 3, 1]})
    study = study_of(tree, table, methods={"leave_out": ["x", "a"]})
    weights = np.tile(study.nominal_weights, (2, 1))
    scores = evaluate(study, weights, np.zeros(2, dtype=np.intp), np.array([1, 2]))
    np.testing.assert_array_equal(scores[0], scores[1])
    np.testing.assert_allclose(scores[0], [90, 80, 70])  # the mean of y and z from 60 to 100


@pytest.mark.parametrize("rule", ["topsis", "copeland", "mpi", "ampi", "power", "harmonic"])
def test_left_out_under_any_rule(tree: Framework, rule: str) -> None:
    base = replace(PLAIN, aggregation=Aggregation(rule))
    codes = ["x", "c", "a", "z"]
    study = study_of(tree, sample(gaps=0.0), base, methods={"leave_out": codes})
    parameters, results = next(records(replace(study, batch=12), 12))
    assert parameters["left_out"].nunique() > 2
    for at, row in parameters.iterrows():
        drawn = results[results["draw"] == at]["score"]
        np.testing.assert_allclose(replay(study, row), drawn, rtol=1e-9)


def test_weights_used_as_given(tree: Framework) -> None:
    base = replace(PLAIN, weighting=Weighting("given", parameters={"rescale": False}))
    study = study_of(tree, sample(), base, methods={"leave_out": "items"})
    parameters, results = next(records(study, 30))
    for at, row in parameters.iterrows():
        drawn = results[results["draw"] == at]["score"].to_numpy()
        np.testing.assert_allclose(drawn, replay(study, row), rtol=1e-9)
    # The groups' raw weights sum to 6.
    assert (results["score"] > 300).any()


def test_own_weights_vary_in_proportion(tree: Framework) -> None:
    # Of z and w units of the region s weigh 5 to 1, the others 1 to 1: with 3 to 1 drawn,
    # 15 to 1 and 3 to 1.
    table = sample(gaps=0.0)
    study = study_of(tree, table)
    codes = [str(code) for code in tree.nodes.index]
    weights = study.nominal_weights.copy()
    weights[[codes.index(code) for code in "abc"]] = [0, 1, 0]
    weights[[codes.index("z"), codes.index("w")]] = [0.75, 0.25]
    none = np.zeros(1, dtype=np.intp)
    found = evaluate(study, weights[None], none, none)[0]
    values = study.variants[0].values[:, [list(tree.items).index(code) for code in "zw"]]
    share = np.where(np.array(study.regions) == "s", 15 / 16, 3 / 4)
    np.testing.assert_allclose(found, share * values[:, 0] + (1 - share) * values[:, 1])


def test_own_weight_where_the_general_one_is_zero(tmp_path: Path) -> None:
    rows = [dict(row) for row in UNEVEN]
    rows[6]["weight"] = 0
    tree = framework(tmp_path, rows)
    assert codes_of(lambda: study_of(tree, sample())) == ["study.zero_weight"]


def test_units_asked_for_are_ranked_among_themselves(tree: Framework) -> None:
    table = sample(gaps=0.0)
    study = study_of(tree, table, units=["u2", "u5", "u7"])
    whole = study_of(tree, table)
    assert study.units == ("u2", "u5", "u7")
    one, all_units = draw_batch(study, 0, 40), draw_batch(whole, 0, 40)
    at = [whole.units.index(unit) for unit in study.units]
    np.testing.assert_allclose(one.scores, all_units.scores[:, at], rtol=1e-13)
    np.testing.assert_array_equal(one.ranks, rank_scores(all_units.scores[:, at]))
    assert study.variants[0].others is None


@pytest.mark.parametrize("rule", ["topsis", "copeland"])
def test_rules_that_compare_units_see_all_of_them(tree: Framework, rule: str) -> None:
    table = sample(gaps=0.0)
    base = replace(PLAIN, aggregation=Aggregation(rule))
    asked = study_of(tree, table, base, units=["u2", "u5", "u7"])
    whole = study_of(tree, table, base)
    at = [whole.units.index(unit) for unit in asked.units]
    one, all_units = draw_batch(asked, 0, 5), draw_batch(whole, 0, 5)
    np.testing.assert_allclose(one.scores, all_units.scores[:, at], rtol=1e-12)
    for parameters, results in [next(records(asked, 5))]:
        for draw, row in parameters.iterrows():
            drawn = results[results["draw"] == draw]["score"]
            np.testing.assert_allclose(replay(asked, row), drawn, rtol=1e-9)


def test_units_without_a_score_in_a_draw_are_unranked(tree: Framework) -> None:
    study = study_of(tree, sample(), methods={"missing": ["base", "none"]})
    lacking = np.isnan(study.variants[1].values).all(axis=1)
    assert lacking.any() and not lacking.all()
    (note,) = [note for note in study.notes if note.code == "methods.unscored"]
    assert note.values["count"] == lacking.sum() and note.text("zh") and note.text("en")
    batch = draw_batch(study, 0)
    for variant in (0, 1):
        rows = batch.variant == variant
        assert np.isnan(batch.ranks[rows]).all(axis=0).tolist() == (
            lacking.tolist() if variant else [False] * len(lacking)
        )
    # Every unit that is ranked in the nominal scores is studied.
    assert not np.isnan(study.nominal_ranks).any()


def test_levels_are_drawn_as_often_as_they_are_likely(tree: Framework) -> None:
    content = {
        "normalisation": [{"rule": "efficacy", "probability": 3}, "zscore"],
        "leave_out": {"what": ["x", "z"], "none": 0.5},
    }
    study = study_of(tree, sample(), methods=content)
    drawn = [draw_batch(study, number) for number in range(8)]
    for expected, found in (
        (study.probabilities, np.concatenate([batch.variant for batch in drawn])),
        (study.leave_out_probabilities, np.concatenate([batch.left_out for batch in drawn])),
    ):
        shares = np.bincount(found, minlength=len(expected)) / len(found)
        error = np.sqrt(expected * (1 - expected) / len(found))
        assert (np.abs(shares - expected) < 5 * error).all()
    np.testing.assert_allclose(study.probabilities, [0.75, 0.25])
    np.testing.assert_allclose(study.leave_out_probabilities, [0.5, 0.25, 0.25])


@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.25, 1.0, 7.0]), min_size=1, max_size=9),
    st.lists(st.floats(0, 1, exclude_max=True), max_size=20),
)
@settings(deadline=None)
def test_levels_at(shares: list[float], places: list[float]) -> None:
    if not sum(shares):
        shares = [*shares, 1.0]
    probabilities = np.array(shares) / sum(shares)
    found = levels_at(probabilities, np.array(places))
    assert (probabilities[found] > 0).all()
    reached = np.cumsum(probabilities)
    for place, level in zip(places, found, strict=True):
        assert place < reached[level] + 1e-12 and place >= reached[level] - probabilities[level]


def codes_of(call: Callable[[], object]) -> list[str]:
    with pytest.raises(InputError) as error:
        call()
    for finding in error.value.findings:
        assert finding.text("zh") and finding.text("en")
    return [finding.code for finding in error.value.findings]


def test_all_that_is_wrong_is_told(tree: Framework) -> None:
    """No question at the console, nothing skipped: COINr does both."""
    table = sample()
    asked: dict[str, Any] = {"units": ["u1", "u111", "?"], "seed": -1}
    found = codes_of(lambda: study_of(tree, table, **asked))
    assert found == ["study.seed", "study.unit_near", "study.unit"]
    assert codes_of(lambda: open_study(table, tree, PLAIN, 1999)) == ["study.year"]
    assert codes_of(lambda: study_of(tree, table, units=[])) == ["study.nobody"]


def test_units_without_a_nominal_score_are_named(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x y")
    table = panel({"x": [1, 2, 3, np.nan], "y": [2, 1, 2, np.nan]})
    study = study_of(tree, table)
    assert study.units == ("a", "b", "c")
    (note,) = study.notes
    assert (note.code, note.values["units"]) == ("study.no_score", "d")


def test_weights_found_by_a_rule_are_held(tree: Framework) -> None:
    base = replace(PLAIN, weighting=Weighting("entropy"))
    table = sample()
    study = study_of(tree, table, base, methods={"normalisation": ["base", "zscore"]})
    found = score(table, tree, base).framework.weights().to_numpy()
    np.testing.assert_allclose(study.nominal_weights, found)
    assert {"study.weights_held", "study.scales"} <= {note.code for note in study.notes}
    assert all(note.text("zh") and note.text("en") for note in study.notes)


def test_batches_are_smaller_for_many_units() -> None:
    assert [batch_size(units) for units in (1, 230, 4000, 8000, 33_000, 10**8)] == [
        *(1000, 1000, 1000),
        *(500, 121, 1),
    ]


def test_weights_made_for_another_framework(tree: Framework, tmp_path: Path) -> None:
    table = sample(gaps=0.0)
    base = replace(PLAIN, weighting=Weighting("entropy"))
    given = weight_draws("dirichlet", tree)
    codes = [note.code for note in study_of(tree, table, base, weights=given).notes]
    assert codes == ["study.other_nominal"]
    assert study_of(tree, table, weights=given).notes == ()
    (tmp_path / "other").mkdir()
    other = flat(tmp_path / "other", "x y")
    with pytest.raises(ValueError, match="another framework"):
        study_of(other, panel({"x": [1, 2], "y": [2, 1]}), weights=given)
