"""Points outside the weights in draws, as a factor of the method, and in bounds for all weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import small
from test_adjustment import ACCIDENT, BONUS, GRAVE, OUTSIDE, ROWS, codes_of
from test_adjustment import PLAIN as STRICTLY

from analysis.core.adjustment import Adjustment
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Missing
from analysis.core.panel import Panel
from analysis.core.rebuild import dropped
from analysis.core.score import score
from analysis.core.uncertainty.draws.batches import draw_batch
from analysis.core.uncertainty.draws.record import read_records, write_records
from analysis.core.uncertainty.draws.record_rows import records, replay
from analysis.core.uncertainty.draws.study import Study, open_study
from analysis.core.uncertainty.indices.sobol import sobol_study
from analysis.core.uncertainty.methods.method_space import (
    default_methods,
    read_method_space,
)
from analysis.core.uncertainty.robust.robust_scores import score_bounds
from analysis.core.uncertainty.robust.robust_values import linear_values
from analysis.core.uncertainty.weights.draw_spec import WeightDraws

UNITS = 12
PLAIN = replace(STRICTLY, missing=Missing(min_share=0.3))  # a unit that lacks an item is scored


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return small.framework(tmp_path_factory.mktemp("tree"), ROWS)


@pytest.fixture(scope="module")
def panel() -> Panel:
    rng = np.random.default_rng(5)
    columns = {key: rng.uniform(1, 100, UNITS).round(1).tolist() for key in "xyz"}
    columns["x"][3] = np.nan
    columns["aid"] = [float(i % 4) for i in range(UNITS)]
    accidents = [str(i % 3) for i in range(UNITS)]
    grave = ["1" if i == 7 else "0" for i in range(UNITS)]
    return small.panel(columns, accidents=accidents, grave=grave)


def method_with(adjustment: Adjustment) -> Method:
    return replace(PLAIN, adjustment=adjustment)


LOWEST = replace(OUTSIDE, rules=(BONUS, ACCIDENT, replace(GRAVE, effect="lowest")))
STRICT = {
    "name": "strict",
    "rules": [{"id": "a", "kind": "penalty", "input": "accidents", "per_unit": 9}],
}


def opened(panel: Panel, tree: Framework, base: Method, content: dict[str, Any]) -> Study:
    space = read_method_space(content, tree, base)
    return open_study(panel, tree, base, 2020, methods=space, seed=3)


def test_every_draw_replayed_one_by_one(panel: Panel, tree: Framework, tmp_path: Path) -> None:
    content: dict[str, Any] = {
        "normalisation": ["base", "zscore"],
        "aggregation": ["base", "geometric"],
        "adjustment": ["base", "none", STRICT],
        "leave_out": ["x", "z"],
    }
    study = opened(panel, tree, method_with(LOWEST), content)
    write_records(study, 120, tmp_path / "r")
    parameters, results = read_records(tmp_path / "r")
    seen = set()
    for draw, row in parameters.iterrows():
        found = results.loc[results["draw"] == draw, "score"].to_numpy()
        np.testing.assert_allclose(replay(study, row), found, rtol=0, atol=1e-9)
        seen.add((row["adjustment"], row["normalisation"], row["aggregation"]))
    assert len(seen) == 12 and {word for word, _, _ in seen} == {"base", "none", "strict"}
    # With nothing but the files: the index by the weights, then what is added or fixed.
    variants = pd.read_csv(tmp_path / "r" / "variants.csv")
    row = parameters[(parameters["adjustment"] == "base") & (parameters["left_out"] == "")]
    row = row[(row["normalisation"] == "base") & (row["aggregation"] == "base")].iloc[0]
    told = variants.iloc[row["variant"]]
    assert told["outside"] == "aid"
    values = pd.read_csv(tmp_path / "r" / told["values"]).set_index("unit")
    w = {code: row[f"w:{code}"] for code in ("g", "h", "x", "y")}
    full = values[values.notna()[["x", "y"]].all(axis=1)]
    g = (w["x"] * full["x"] + w["y"] * full["y"]) / (w["x"] + w["y"])
    index = (w["g"] * g + w["h"] * full["z"]) / (w["g"] + w["h"])
    expected = (index + full["points"]).where(full["fixed"].isna(), full["fixed"])
    found = results[results["draw"] == row["draw"]].set_index("unit")["score"]
    assert expected.tolist() == pytest.approx(found[full.index].tolist(), abs=1e-9)
    assert "points" in (tmp_path / "r" / "README.md").read_text(encoding="utf-8")


def test_draws_of_one_level_are_the_scores_of_that_method(panel: Panel, tree: Framework) -> None:
    content = {"adjustment": ["base", "none", STRICT]}
    base = method_with(LOWEST)
    space = read_method_space(content, tree, base)
    study = open_study(
        panel, tree, base, 2020, methods=space, seed=3, weights=WeightDraws("nominal")
    )
    batch = draw_batch(study, 0, 60)
    steps = {level.name: level.step for level in space.factors["adjustment"]}
    assert steps["none"] == Adjustment() and steps["strict"].scale == (0.0, 100.0)  # type: ignore[union-attr]
    for number, variant in enumerate(study.variants):
        own = replace(base, adjustment=steps[variant.choice["adjustment"]])  # type: ignore[arg-type]
        expected = score(panel, tree, own).in_year(2020)["i"].to_numpy()
        drawn = batch.scores[batch.variant == number]
        assert len(drawn)
        np.testing.assert_allclose(drawn, np.tile(expected, (len(drawn), 1)), atol=1e-9)


def test_units_without_a_place_take_no_part(panel: Panel, tree: Framework) -> None:
    study = opened(panel, tree, method_with(OUTSIDE), {"adjustment": ["base", "none"]})
    assert len(study.units) == UNITS - 1 and "h" not in study.units  # the eighth is under veto
    assert {"study.no_score", "study.points"} <= {note.code for note in study.notes}
    # In a level alone, the unit has no rank in that level's draws.
    both = opened(panel, tree, PLAIN, {"adjustment": ["none", {"rules": [VETO]}]})
    batch = draw_batch(both, 0, 50)
    lacking = np.isnan(batch.ranks[:, both.units.index("h")])
    assert (lacking == (batch.variant == 1)).all() and 0 < lacking.sum() < 50


VETO = {"id": "v", "kind": "veto", "input": "grave", "effect": "unranked"}


def shares(study: Study) -> pd.Series:
    table = sobol_study(study, 64, resamples=9).table
    rows = table[table["output"] == "mean_shift"]
    return rows.set_index("factor")["total"]


def test_share_of_the_variance(panel: Panel, tree: Framework) -> None:
    levels = {"adjustment": ["base", "none"], "aggregation": ["base", "median"]}
    assert shares(opened(panel, tree, method_with(OUTSIDE), levels))["adjustment"] > 0.05
    # Nobody has an input: the levels are one, and nothing is left to vary.
    nobody = replace(panel, units=panel.units.assign(accidents="", grave="0"))
    quiet = Adjustment((ACCIDENT, replace(GRAVE, effect="lowest")), scale=(0.0, 100.0))
    study = opened(nobody, tree, method_with(quiet), levels)
    assert len(study.variants) == 2 and "adjustment" not in shares(study)
    assert "methods.merged" in {note.code for note in study.notes}
    # All have the same: the factor is drawn, and no rank knows of it.
    same = replace(panel, units=panel.units.assign(accidents="1", grave="0"))
    study = opened(same, tree, method_with(quiet), levels)
    assert len(study.variants) == 4
    found = shares(study)
    assert found["adjustment"] == 0.0 and found["weights"] > 0


def test_varied_by_default_where_the_method_has_any(tree: Framework) -> None:
    assert "adjustment" not in default_methods(PLAIN)
    base = method_with(OUTSIDE)
    levels = read_method_space(default_methods(base), tree, base).factors["adjustment"]
    assert [(level.name, level.step) for level in levels] == [
        ("base", OUTSIDE),
        ("none", Adjustment()),
    ]


def test_levels_from_files(tmp_path: Path, tree: Framework) -> None:
    (tmp_path / "ours.yml").write_text(
        "adjustment: {rules: [{id: a, kind: bonus, input: x, per_unit: 1}]}\n"
    )
    (tmp_path / "bare.yml").write_text("ranking: {decimals: 3}\n")
    (tmp_path / "bad.yml").write_text("adjustment: {rules: [{id: a}]}\n")
    path = tmp_path / "methods.yml"
    path.write_text(
        "adjustment: [inside, ours.yml, mofcom-points-outside, {file: ours.yml, probability: 2,"
        " name: again}]\n"
    )
    assert codes_of(lambda: read_method_space(path, tree, PLAIN)) == ["methods.level_twice"]
    path.write_text("adjustment: [inside, {file: ours.yml, probability: 2}, mofcom-points-outside]")
    levels = read_method_space(path, tree, PLAIN).factors["adjustment"]
    assert [(level.name, level.probability) for level in levels] == [
        ("inside", 1.0),
        ("ours", 2.0),
        ("mofcom-points-outside", 1.0),
    ]
    # A document's points are on the scale of its own method.
    assert [getattr(level.step, "scale", None) for level in levels[1:]] == [(60, 100), (60, 100)]
    for content, code in {
        "bare.yml": "methods.no_points",
        "bad.yml": "adjustment.word",
        "gone.yml": "catalogue.method",
        "n" * 400: "methods.adjustment",
        "{file: ours.yml, cap: 3}": "methods.adjustment",
        "{file: [x]}": "methods.adjustment",
        "{rules: 3}": "adjustment.rules",
        "7": "methods.level",
    }.items():
        path.write_text(f"adjustment: [base, {content}]\n")
        codes = codes_of(lambda: read_method_space(path, tree, PLAIN))
        assert [c.removesuffix("_near") for c in codes] == [code], content


def test_what_a_level_asks_of_the_data_is_told(panel: Panel, tree: Framework) -> None:
    wrong = {"rules": [{"id": "a", "kind": "bonus", "input": "accident", "per_unit": 1}]}
    with pytest.raises(InputError) as error:
        opened(panel, tree, PLAIN, {"adjustment": ["base", wrong], "treatment": ["base", "jrc"]})
    assert [finding.code for finding in error.value.findings] == ["points.input_near"]
    with pytest.raises(InputError) as error:
        opened(panel, tree, method_with(LOWEST), {"aggregation": ["base", "copeland"]})
    assert {finding.code for finding in error.value.findings} == {"points.set_wise"}


def test_bounds_for_all_weights(panel: Panel, tree: Framework) -> None:
    inside = method_with(replace(LOWEST, outside=()))
    study = opened(panel, tree, inside, {})
    base = study.variants[0]
    model = linear_values(base.values, study.framework, study.base, base.added)
    low, high = score_bounds(model, study.weights.admissible_set)
    drawn = draw_batch(study, 0, 400).scores
    whole = np.array([unit != "d" for unit in study.units])  # one lacks an item
    assert (drawn[:, whole] >= low[whole] - 1e-9).all()
    assert (drawn[:, whole] <= high[whole] + 1e-9).all()
    # The points are in them: at most the items' own range away from it, and a fixed score is fixed.
    assert low[study.units.index("h")] == high[study.units.index("h")] == pytest.approx(-4)
    plain = linear_values(base.values, study.framework, study.base)
    bare = score_bounds(plain, study.weights.admissible_set)[0]
    assert base.added is not None
    free = whole & np.isnan(base.added.fixed)
    np.testing.assert_allclose((low - bare)[free], base.added.points[free], atol=1e-9)
    # Taken out of the weights, or on a product: refused.
    out = opened(panel, tree, method_with(LOWEST), {}).variants[0]
    with pytest.raises(InputError) as error:
        linear_values(out.values, study.framework, method_with(LOWEST), out.added)
    assert [finding.code for finding in error.value.findings] == ["robust.points"]
    product = replace(inside, aggregation=Aggregation("geometric"))
    with pytest.raises(InputError):
        linear_values(np.abs(base.values) + 1, study.framework, product, base.added)


def test_what_is_taken_out_has_no_weight_in_any_draw(panel: Panel, tree: Framework) -> None:
    only = Adjustment(outside=("aid",))
    study = opened(panel, tree, method_with(only), {"adjustment": ["base"]})
    assert study.framework.weights()["aid"] == 0.75  # drawn about, as without points
    parameters, results = next(iter(records(study, 50)))
    moved = replace(panel, values=panel.values.assign(aid=panel.values["aid"] ** 2))
    anew = opened(moved, tree, method_with(only), {"adjustment": ["base"]})
    again = next(iter(records(anew, 50)))
    assert parameters["w:aid"].nunique() > 1
    pd.testing.assert_frame_equal(results, again[1])
    left = dropped(tree, "aid")
    nominal = score(panel, left, PLAIN).in_year(2020)["i"]
    assert study.nominal_scores.tolist() == pytest.approx(nominal.tolist())
