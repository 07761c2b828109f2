"""Between which ranks units stay for every admissible weight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from robust_models import model_of, replayed, some_weights, tree

from analysis.core.findings import InputError
from analysis.core.rank import rank_scores
from analysis.core.uncertainty.robust import rank_bounds as module
from analysis.core.uncertainty.robust.rank_bounds import RankBounds, rank_bounds
from analysis.core.uncertainty.robust.robust_table import robust_table, witness_table
from analysis.core.uncertainty.robust.robust_values import LinearModel
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_builders import (
    Linear,
    admissible,
    free,
    with_linear,
)
from analysis.core.uncertainty.weights.space_centre import contains

NAN = np.nan


def some_model(
    seed: int, units: int = 12, holes: float = 0.0, rule: str = "arithmetic"
) -> LinearModel:
    rng = np.random.default_rng(seed)
    values = 20 + 40 * rng.uniform(size=(units, 1)) + rng.integers(0, 40, (units, 5))
    values[rng.uniform(size=values.shape) < holes] = NAN
    return model_of(values, tree("abc", "de", weights=(2, 1)), rule)


def holds(bounds: RankBounds, model: LinearModel, space: WeightSpace, drawn: np.ndarray) -> None:
    """Check that draws stay within the bounds, and that witnesses show what they should."""
    ranks = model.ranks(drawn)
    known = ~np.isnan(ranks).any(axis=1) | ~model.scored.all()
    ranks = ranks[known][:, model.scored]
    scored = model.scored
    assert (ranks >= bounds.best_outer[scored]).all()
    assert (ranks <= bounds.worst_outer[scored]).all()
    assert (bounds.best_outer[scored] <= bounds.best_inner[scored]).all()
    assert (bounds.best_inner[scored] <= bounds.worst_inner[scored]).all()
    assert (bounds.worst_inner[scored] <= bounds.worst_outer[scored]).all()
    for weights, inner in (
        (bounds.best_weights, bounds.best_inner),
        (bounds.worst_weights, bounds.worst_inner),
    ):
        assert contains(space, weights[scored]).all()
        again = rank_scores(replayed(model, weights[scored]), model.decimals)
        np.testing.assert_array_equal(again[np.arange(scored.sum()), scored], inner[scored])


def test_two_items_by_hand() -> None:
    # Scores as functions of the first item's weight w from 1/4 to 3/4: 42, 20 + 40 w,
    # 30 + 20 w, 35 + 19 w and 90 - 102 w; no three of them meet in a point.
    framework = tree("ab")
    space = admissible(framework, low=0.5, high=1.5)
    model = model_of([[42, 42], [60, 20], [50, 30], [54, 35], [-12, 90]], framework)
    bounds = rank_bounds(model, space)
    w = np.linspace(0.25, 0.75, 100_001)  # every interval between crossings, and its ends
    scores = np.column_stack([42 + 0 * w, 20 + 40 * w, 30 + 20 * w, 35 + 19 * w, 90 - 102 * w])
    ranks = rank_scores(scores)
    assert bounds.exact_best.all() and bounds.exact_worst.all()
    np.testing.assert_array_equal(bounds.best_inner, ranks.min(axis=0))
    np.testing.assert_array_equal(bounds.worst_inner, ranks.max(axis=0))


@pytest.mark.parametrize("rule", ["arithmetic", "geometric", "harmonic"])
@pytest.mark.parametrize("holes", [0.0, 0.1])
def test_draws_stay_within_and_witnesses_can_be_replayed(rule: str, holes: float) -> None:
    model = some_model(3, holes=holes, rule=rule)
    for space in (admissible(model.framework), free(model.framework)):
        holds(rank_bounds(model, space), model, space, some_weights(space, 3000, 1))


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 0.4]))
def test_no_draw_falls_outside(seed: int, holes: float) -> None:
    model = some_model(seed, 8, holes)
    space = admissible(model.framework)
    holds(rank_bounds(model, space), model, space, some_weights(space, 300, seed))


def test_draws_converge_to_the_bounds() -> None:
    model = some_model(7)
    space = admissible(model.framework)
    bounds = rank_bounds(model, space)
    ranks = model.ranks(some_weights(space, 100_000, 2))
    short = []
    for many in (100, 1_000, 100_000):
        missed = ranks[:many].min(axis=0) - bounds.best_inner
        missed += bounds.worst_inner - ranks[:many].max(axis=0)
        short.append(missed.sum())
    assert short[0] > short[1] > short[2]
    assert short[2] <= 6  # over 24 ranks; corners of the set are seldom drawn
    assert (bounds.exact_best & bounds.exact_worst).mean() > 0.7


def test_further_constraints() -> None:
    model = some_model(4, holes=0.05)
    rows = [Linear({"a": 1, "d": -1}, least=0.05), Linear({"b": 1, "c": -1}, least=0.0)]
    wide = admissible(model.framework)
    space = with_linear(wide, rows)
    assert not space.separable
    drawn = some_weights(wide, 4000, 5)
    drawn = drawn[contains(space, drawn)]
    assert len(drawn) > 100
    bounds = rank_bounds(model, space)
    holds(bounds, model, space, drawn)
    wider = rank_bounds(model, wide)
    assert (bounds.best_outer >= wider.best_outer).all()
    assert (bounds.worst_outer <= wider.worst_outer).all()
    assert (bounds.worst_outer - bounds.best_outer).sum() < (
        wider.worst_outer - wider.best_outer
    ).sum()


def test_one_set_of_weights_leaves_nothing_open() -> None:
    model = some_model(9)
    space = admissible(model.framework, low=1.0, high=1.0)
    bounds = rank_bounds(model, space)
    nominal = model.ranks(space.nominal[None])[0]
    for found in (bounds.best_outer, bounds.best_inner, bounds.worst_inner, bounds.worst_outer):
        np.testing.assert_array_equal(found, nominal)


def test_ties_take_the_smallest_rank() -> None:
    model = model_of([[5, 5], [5, 5], [1, 9], [4, 4]], tree("ab"))
    space = admissible(model.framework, low=0.5, high=1.5)
    bounds = rank_bounds(model, space)
    # The third has 9 - 8 w: ahead of 5 below one half, level at it; ahead of 4 up to 5/8.
    np.testing.assert_array_equal(bounds.best_inner, [1, 1, 1, 3])
    np.testing.assert_array_equal(bounds.worst_inner, [2, 2, 4, 4])
    assert bounds.exact_best.all() and bounds.exact_worst.all()


def test_units_without_a_score_have_no_rank_and_count_for_nobody() -> None:
    model = model_of([[1, 1], [NAN, NAN], [3, 3], [2, 2]], tree("ab"))
    space = admissible(model.framework)
    table, bounds = robust_table(model, space, ["p", "q", "r", "s"])
    assert np.isnan(bounds.best_outer[1]) and not bounds.exact_best[1]
    assert table["unit"].tolist() == ["r", "s", "p"]
    assert table["worst_outer"].tolist() == [1, 2, 3] == table["best_outer"].tolist()
    assert witness_table(bounds, space, ["p", "q", "r", "s"])["unit"].tolist() == list("pprrss")


def test_few_units() -> None:
    framework = tree("ab")
    for values in ([[1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]]):
        bounds = rank_bounds(model_of(values, framework), admissible(framework))
        assert (bounds.best_outer == 1).all()
        assert (bounds.worst_inner == len(values)).all()


def test_the_same_bounds_again_and_again() -> None:
    model = some_model(11, 20)
    space = admissible(model.framework)
    first, second = (rank_bounds(model, space, seed=4) for _ in range(2))
    for name in ("best_outer", "best_inner", "best_weights", "worst_weights", "worst_outer"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    other = rank_bounds(model, space, seed=5)
    holds(other, model, space, some_weights(space, 100, 1))


def test_the_table_shows_bounds_witnesses_and_scores() -> None:
    model = some_model(12)
    space = admissible(model.framework)
    names = [f"u{k}" for k in range(12)]
    table, bounds = robust_table(model, space, names)
    assert list(table.columns) == [
        "unit", "rank", "score", "score_min", "score_max", "best_outer", "best_inner",
        "worst_inner", "worst_outer", "exact_best", "exact_worst", "solved",
    ]  # fmt: skip
    assert table["rank"].is_monotonic_increasing and not table["solved"].any()
    assert (table["score_min"] <= table["score"]).all()
    assert (table["score"] <= table["score_max"]).all()
    assert (table["best_inner"] <= table["rank"]).all()
    assert (table["worst_inner"] >= table["rank"]).all()
    witnesses = witness_table(bounds, space, names)
    assert len(witnesses) == 24
    weights = witnesses[list(space.items)].to_numpy()
    ranks = model.ranks(weights)[np.arange(24), np.repeat(np.arange(12), 2)]
    np.testing.assert_array_equal(ranks, witnesses["rank"])


def test_too_many_units_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNITS", 5)
    model = some_model(1)
    with pytest.raises(InputError) as refused:
        rank_bounds(model, admissible(model.framework))
    assert refused.value.findings[0].text("en").count("5")


def test_weights_that_leave_a_unit_nothing_are_refused() -> None:
    framework = tree("ab")
    model = model_of([[1.0, np.nan], [0.5, 1.0], [0.2, 0.4]], framework)
    space = free(framework)
    emptied = replace(space, lower=np.array([0.0, 1.0]), upper=np.array([0.0, 1.0]))
    with pytest.raises(InputError, match="take all weight off"):
        rank_bounds(model, emptied)
