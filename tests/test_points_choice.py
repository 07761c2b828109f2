"""Points outside the weights as a choice that is varied by default, said to rest on assumptions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import demo_table
import numpy as np
import pandas as pd
import pytest
import yaml
from report_inputs import inputs

from analysis.core.adjustment import NO_ADJUSTMENT
from analysis.core.catalogue import find_framework, find_method, list_frameworks
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Weighting
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.score import score
from analysis.core.uncertainty.draws.batches import draw_batch
from analysis.core.uncertainty.draws.study import open_study
from analysis.core.uncertainty.methods.method_space import default_methods, read_method_space
from analysis.core.uncertainty.methods.points_choice import (
    ASSUMED,
    example_points,
    usual_methods,
)
from analysis.core.uncertainty.weights.draw_spec import WeightDraws
from analysis.reporting import cli
from analysis.reporting.report import open_report
from analysis.reporting.sensitivity import tables_sensitivity, tables_sensitivity_method
from analysis.reporting.sensitivity.sensitivity import Sensitivity, open_sensitivity
from analysis.texts import text

NEW, EXAMPLE = "mofcom-2021", "mofcom-points-outside"
YEAR, MANY = 2023, 24
EFFICACY = find_method("efficacy")
LEVELS = ({"name": "inside"}, {"name": "outside", "file": EXAMPLE})


@cache
def table() -> pd.DataFrame:
    """Some zones of every region; a year and the one before it."""
    whole = demo_table.table().loc[[YEAR - 1, YEAR]]
    units = whole.loc[YEAR].index[::10][:MANY]
    return whole[whole.index.get_level_values("unit").isin(units)]


@cache
def panel() -> Panel:
    items = demo_table.items(NEW)
    keep = items.values.index.isin(table().index)
    return replace(items, values=items.values[keep], units=items.units[keep])


@cache
def frame() -> Framework:
    return find_framework(NEW)


def test_only_the_framework_that_has_an_example_varies_more() -> None:
    usual = usual_methods(panel(), frame(), EFFICACY)
    assert usual == {**default_methods(EFFICACY), "adjustment": LEVELS}
    levels = read_method_space(usual, frame(), EFFICACY).factors["adjustment"]
    assert [level.step for level in levels] == [NO_ADJUSTMENT, find_method(EXAMPLE).adjustment]
    assert levels[0].probability == levels[1].probability
    for entry in list_frameworks():
        method, other = find_method(entry.method), find_framework(entry.name)
        assert bool(entry.points) == (entry.name == NEW)
        if entry.name != NEW:
            assert usual_methods(panel(), other, method) == default_methods(method)
    # A document of the user's own takes the place of the example.
    own = find_method(EXAMPLE)
    assert usual_methods(panel(), frame(), own)["adjustment"] == ("base", "none")


def test_an_example_that_cannot_be_counted_stands_in_nobodys_way() -> None:
    held = panel()
    assert example_points(held, frame(), EFFICACY) is not None
    topsis = replace(EFFICACY, aggregation=Aggregation("topsis"))
    as_given = replace(EFFICACY, weighting=Weighting(parameters={"rescale": False}))
    words = replace(held, units=held.units.assign(exposed_central="none known"))
    renamed = replace(frame(), nodes=frame().nodes.rename(index={"C3": "C9"}))
    cases: list[tuple[Panel, Framework, Method]] = [
        (held, frame(), topsis),
        (held, frame(), as_given),
        (words, frame(), EFFICACY),
        (held, renamed, EFFICACY),
    ]
    for case in cases:
        assert example_points(*case) is None
        assert "adjustment" not in usual_methods(*case)


def test_draws_outside_are_the_scores_of_the_example() -> None:
    """The example is the default method in all but the points."""
    space = read_method_space({"adjustment": LEVELS}, frame(), EFFICACY)
    nominal = WeightDraws("nominal")
    study = open_study(panel(), frame(), EFFICACY, YEAR, methods=space, weights=nominal)
    batch = draw_batch(study, 0, 40)
    for number, (level, method) in enumerate((("inside", "efficacy"), ("outside", EXAMPLE))):
        assert study.variants[number].choice == {"adjustment": level}
        drawn = batch.scores[batch.variant == number]
        expected = score(panel(), frame(), find_method(method)).in_year(YEAR)["index"].to_numpy()
        np.testing.assert_allclose(drawn, np.tile(expected, (len(drawn), 1)), atol=1e-9)
        assert len(drawn) > 5
    notes = [note for note in study.notes if note.code == ASSUMED]
    # Of the example's eight rules, two are on items; nobody has the columns of the others.
    assert [note.values for note in notes] == [
        {"level": "outside", "assumed": 8, "rules": 8, "counted": 2, "codes": "C3, C4"}
    ]


@pytest.fixture(scope="module", params=["zh", "en"])
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sensitivity:
    folder = tmp_path_factory.mktemp("points")
    where = inputs(folder, table().reset_index(), NEW, "efficacy")
    asked = {"framework": NEW, "method": "efficacy", "year": YEAR, "lang": request.param}
    return open_sensitivity(open_report(inputs=str(where), **asked))  # type: ignore[arg-type]


def test_the_report_shares_the_change_out_and_says_what_is_assumed(study: Sensitivity) -> None:
    lang = study.report.lang
    assert "adjustment" in study.sobol.factors
    assert study.sobol_of("mean_shift").set_index("factor").loc["adjustment", "total"] > 0
    word = {"zh": "假定", "en": "assumed"}[lang]
    name = text("sens.factor.adjustment", lang)
    rows = tables_sensitivity_method.choices(study).text.splitlines()
    assert word in next(row for row in rows if name in row)
    rows = tables_sensitivity_method.alternatives(study).text.splitlines()
    assert word in next(row for row in rows if "C3" in row and "C4" in row)
    said = tables_sensitivity.assumptions(study).text
    line = next(row for row in said.splitlines() if f"**{text('points.line', lang)}" in row.lower())
    assert word in line and frame().label("C3", lang) in line and "{" not in said
    # One step changed at a time: the places of the example, counted anew.
    points = score(study.report.panel, frame(), find_method(EXAMPLE)).in_year(YEAR)["index"]
    there = pd.Series(rank_scores(points.to_numpy()[None])[0], index=points.index)
    won = study.shifts["rank"].astype(float) - there.reindex(study.shifts.index)
    assert study.shifts["points_outside"].astype(float).tolist() == won.tolist()
    assert won.any()


def test_a_choice_that_matters_most_is_said_to_be_assumed(study: Sensitivity) -> None:
    other = Sensitivity(study.report)
    found = study.sobol
    mean = (found.table["output"] == "mean_shift") & (found.table["factor"] == "adjustment")
    other.__dict__["choices"] = study.choices
    told = text("sens.brief.choice.assumed", study.report.lang, points="").strip()[-12:]
    for total, here in ((2.0, True), (0.0, False)):
        changed = found.table.assign(total=found.table["total"].where(~mean, total))
        other.__dict__["sobol"] = replace(found, table=changed)
        assert (told in tables_sensitivity_method.most_important(other).text) == here


def test_points_of_the_users_own_are_left_out_one_at_a_time(tmp_path: Path) -> None:
    where = inputs(tmp_path, table().reset_index(), NEW, EXAMPLE)
    report = open_report(
        inputs=str(where), framework=NEW, method=EXAMPLE, year=YEAR, region="all", lang="en"
    )
    held = open_sensitivity(report)
    assert [one.key for one in held.alternatives if one.step == "points"] == ["points_inside"]
    inside = score(report.panel, frame(), EFFICACY).in_year(YEAR)["index"]
    there = pd.Series(rank_scores(inside.to_numpy()[None])[0], index=inside.index)
    won = held.shifts["rank"].astype(float) - there.reindex(held.shifts.index)
    assert held.shifts["points_inside"].astype(float).tolist() == won.tolist()


def test_the_command_varies_it_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    table().reset_index().to_csv(tmp_path / "panel.csv", index=False)
    out = tmp_path / "out"
    given = [f"--panel={tmp_path / 'panel.csv'}", f"--framework={NEW}", f"--year={YEAR}"]
    asked = ["--draws=200", "--sobol=16", "--no-bounds", "--lang=en", f"--out={out}"]
    assert cli.main(["uncertainty", *given, *asked]) == 0
    about = yaml.safe_load((out / "about.yml").read_text(encoding="utf-8"))
    assert about["methods"]["adjustment"] == {"inside": 0.5, "outside": 0.5}
    assert any("are assumed" in n["en"] and "假定" in n["zh"] for n in about["notes"])
    assert "adjustment" in set(pd.read_csv(out / "sobol.csv")["factor"])
    capsys.readouterr()
    for lang, word in (("en", "assumed"), ("zh", "假定")):
        said = text("cli.uncertainty.help", lang)
        assert EXAMPLE in said and word in said
