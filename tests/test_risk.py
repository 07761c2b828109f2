"""The risk of exit: known answers, draws worked again by hand, and what is said with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small import flat, framework

from analysis.core.adjustment import Adjustment, PointRule
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Missing, Normalisation, Treatment
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.scenario import Scenario, fit_scenario
from analysis.core.scenario_tables import as_panel, draw_tables, next_year
from analysis.core.score import score
from analysis.core.steps import Imputation, Weighting
from analysis.core.uncertainty.draws.common import draw_common, scores_under
from analysis.core.uncertainty.draws.drawn_tables import scores_of_tables
from analysis.core.uncertainty.draws.study import evaluate, open_study
from analysis.core.uncertainty.methods.method_space import MethodSpace, read_method_space
from analysis.core.uncertainty.methods.settle import settled
from analysis.core.uncertainty.methods.upstream import Normalised
from analysis.core.uncertainty.weights.weight_space import WeightDraws
from analysis.texts import LANGUAGES
from analysis.zones.management import RULE_2016, RULE_2021, Exits, candidates_by_edition
from analysis.zones.risk import _SCENARIOS, Risk, backtest, exit_risk

PLAIN = Method(treatment=Treatment("none"))
NOMINAL = WeightDraws("nominal")
YEARS = range(2018, 2024)
EDITION = dict.fromkeys(YEARS, "2021")
SMALL = replace(RULE_2021, last=2)
FEW = Exits(rules={"2021": SMALL, "2016": replace(RULE_2016, last=2)})
LEVELS: Mapping[str, Any] = {
    "treatment": ["base", "jrc"],
    "normalisation": ["base", "minmax", "zscore"],
    "aggregation": ["base", "geometric"],
    "missing": ["base", {"min_share": 0.9}],
    "imputation": ["base", "median"],
    "leave_out": "items",
}


def tree(folder: Path) -> Framework:
    rows: list[dict[str, object]] = [
        {"code": "i"},
        {"code": "g", "parent": "i", "weight": 2},
        {"code": "h", "parent": "i", "weight": 1},
        {"code": "x", "parent": "g", "direction": 1, "weight": 1, "kind": "level", "min": 0},
        {"code": "y", "parent": "g", "direction": -1, "weight": 1},
        {"code": "z", "parent": "h", "direction": 1, "weight": 1, "kind": "growth", "min": -100},
    ]
    return framework(folder, rows)


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return tree(tmp_path_factory.mktemp("risk"))


def made(seed: int = 1, many: int = 9, years: range = YEARS, missing: bool = False) -> Panel:
    """Return units of two regions whose items last, with some noise."""
    rng = np.random.default_rng(seed)
    units = [f"{region}{at:02d}" for region in "en" for at in range(many)]
    base = rng.normal(size=(len(units), 2))
    parts = []
    for _ in years:
        base = 0.9 * base + 0.3 * rng.normal(size=base.shape)
        growth = 10 * rng.normal(size=len(units))
        parts.append(np.column_stack([np.exp(base[:, 0]), base[:, 1], growth]))
    values = np.concatenate(parts)
    if missing:
        values[rng.random(values.shape) < 0.04] = np.nan
        values[-1, 1] = np.nan
    index = pd.MultiIndex.from_product([years, units], names=["year", "unit"])
    names = index.get_level_values("unit")
    facts = pd.DataFrame({"name": names, "region": names.str[:1]}, index=index)
    return Panel(pd.DataFrame(values, index=index, columns=["x", "y", "z"]), facts, synthetic=True)


def risk(held: Panel, frame: Framework, year: int = 2023, **given: Any) -> Risk:
    asked: dict[str, Any] = {"editions": EDITION, "exits": FEW, "draws": 40, "scenarios": 12}
    return exit_risk(held, {"2021": frame}, {"2021": PLAIN}, year, **{**asked, **given})


def told(found: Risk, name: str) -> set[str]:
    return set(found.units.index[found.units[name].astype(float) == 1.0])


def test_next_year_repeats_this_one_without_noise(frame: Framework) -> None:
    held = made()
    found = risk(held, frame, weights=NOMINAL, scenario=Scenario(persistence=1.0, spread=0.0))
    table = found.units
    assert table.index.tolist() == sorted(table.index)
    # The same year once more, by the functions of dynamic management.
    last = held.values.xs(2023)
    again = pd.concat({2024: last}, names=["year"])
    facts = pd.concat({2024: held.units.xs(2023)}, names=["year"])
    longer = replace(
        held, values=pd.concat([held.values, again]), units=pd.concat([held.units, facts])
    )
    scores = score(longer, frame, PLAIN).table
    scores = scores[scores["node"] == "i"]
    by_rule = candidates_by_edition(scores, {**EDITION, 2024: "2021"}, FEW)
    now = set(by_rule.loc[by_rule["year"] == 2023, "unit"])
    then = set(by_rule.loc[by_rule["year"] == 2024, "unit"])
    assert now and now < then  # those who are new among the last are candidates then
    assert told(found, "candidate_now") == told(found, "p_candidate_now") == now
    assert told(found, "p_candidate_next") == then
    assert told(found, "p_last_next") == told(found, "last_now") == told(found, "p_last_now")
    assert len(told(found, "last_now")) == 4
    for name in ("p_last_now", "p_candidate_now", "p_last_next", "p_candidate_next", "p_both"):
        assert set(table[name]) == {0.0, 1.0}
        inside = (table[f"{name}_low"] <= table[name]) & (table[name] <= table[f"{name}_high"])
        assert inside.all()
    assert table["p_both"].equals(table["p_candidate_next"].rename("p_both"))
    assert table["p_last_next_nominal"].equals(table["p_last_next"].rename("p_last_next_nominal"))
    # Places from the end, and what lacks to safety.
    first = table[table["region"] == "e"].sort_values("score")
    assert first["from_end"].tolist() == list(range(1, 10))
    assert first["climb_needed"].tolist() == [2, 1, *[0] * 7]


def test_units_that_forget_everything_are_all_alike(frame: Framework) -> None:
    found = risk(
        made(), frame, scenario=Scenario(persistence=0.0), draws=2, scenarios=300, weights=NOMINAL
    )
    table = found.units
    # Two of nine are last in every scenario, whoever they are; a few more where two units
    # take the residuals of the same unit-year and are tied.
    regions = table.groupby("region")["p_last_next"]
    assert regions.sum().between(2.0, 2.1).all()
    share = regions.transform("mean")
    error = np.sqrt(2 / 9 * 7 / 9 / 300)
    assert np.abs(table["p_last_next"] - share).max() < 4 * error
    covered = (table["p_last_next_low"] <= share) & (share <= table["p_last_next_high"])
    assert covered.mean() >= 0.8
    # Weights are the same in all draws, so that draws add nothing to scenarios.
    width = table["p_last_next_high"] - table["p_last_next_low"]
    assert width.mean() == pytest.approx(2 * 1.96 * error, rel=0.1)
    # Who was among the last once in this year or the one before is a candidate when last again.
    before = {unit for unit in table.index if table.at[unit, "p_candidate_next"] > 0}
    held = table["p_candidate_next"].where(table.index.isin(list(before)), 0.0)
    same = np.isclose(held, table["p_last_next"]) | (held == 0)
    assert same.all() and 4 <= len(before) <= 8


def test_every_draw_holds_for_all_years(frame: Framework) -> None:
    held = made(3)
    draws = 8
    found = risk(held, frame, draws=draws, seed=5)
    # The same draws, worked by hand: weighted means of the items as they are scored.
    scored = score(held, frame, PLAIN)
    study = open_study(held, frame, PLAIN, 2023, seed=5)
    drawn = draw_common(study, draws)
    place = {code: at for at, code in enumerate(frame.nodes.index)}
    last, candidate = (np.zeros(18) for _ in range(2))
    for w in drawn.weights:
        weight = {code: w[place[code]] for code in "ghxyz"}
        items = scored.nodes[["x", "y", "z"]]
        index = weight["g"] * (weight["x"] * items["x"] + weight["y"] * items["y"])
        table = scored.units[["region"]].assign(score=index + weight["h"] * items["z"])
        table = table.reset_index()
        ranks = table.groupby(["year", "region"])["score"]
        table["region_rank"] = ranks.rank(method="min", ascending=False).astype("Int64")
        table["rank"] = table["region_rank"]
        by_rule = candidates_by_edition(table, EDITION, FEW)
        own = table[table["year"] == 2023].set_index("unit").sort_index()
        last += (own["region_rank"] > 7).to_numpy()
        candidate += own.index.isin(by_rule.loc[by_rule["year"] == 2023, "unit"])
    assert found.units["p_last_now"].to_numpy() == pytest.approx(last / draws)
    assert found.units["p_candidate_now"].to_numpy() == pytest.approx(candidate / draws)
    assert candidate.max() > 0 and len(set(candidate)) > 2


METHODS = {
    "plain": PLAIN,
    "jrc": Method(),
    "geometric": replace(
        PLAIN,
        aggregation=Aggregation("geometric"),
        normalisation=Normalisation("minmax", lower=1.0, upper=100.0),
    ),
    "topsis": replace(PLAIN, aggregation=Aggregation("topsis")),
    "pooled": replace(PLAIN, normalisation=Normalisation(over="pooled")),
    "strict": replace(PLAIN, missing=Missing("none")),
    "imputed": replace(PLAIN, imputation=Imputation("median")),
    "carried": replace(PLAIN, imputation=Imputation("carry_forward")),
    "points": replace(
        PLAIN,
        adjustment=Adjustment(
            (
                PointRule("more", "bonus", "z", per_unit=1.0),
                PointRule("off", "penalty", "y", cap=2.0, per_unit=1.0),
            ),
            cap=5.0,
            outside=("z",),
        ),
    ),
}


@pytest.mark.parametrize("name", METHODS)
def test_tables_are_scored_as_any_year_is(name: str, frame: Framework) -> None:
    method = METHODS[name]
    held = made(2, missing=name != "topsis")
    fitted = fit_scenario(held, frame, 2023)
    tables = draw_tables(fitted, 3, 1)
    study = open_study(held, frame, method, 2023)
    drawn = draw_common(study, 6)
    rows = list(scores_of_tables(study, MethodSpace(), fitted, tables, drawn, held))
    assert len(rows) == 3
    for table, found in zip(tables, rows, strict=True):
        panel = as_panel(fitted, table[None], (2024,))
        longer = replace(
            held,
            values=pd.concat([held.values, panel.values]),
            units=pd.concat([held.units, panel.units]),
        )
        expected = score(longer, frame, method).in_year(2024)["i"].to_numpy()
        assert found[0] == pytest.approx(expected, nan_ok=True)
        # Drawn weights, by way of a study of that year alone.
        own = open_study(longer, frame, method, 2024)
        there = ~np.isnan(expected)
        nothing = np.zeros(6, dtype=np.intp)
        assert found[1:, there] == pytest.approx(evaluate(own, drawn.weights, nothing, nothing))
        assert np.isnan(found[1:, ~there]).all()
    if name == "strict":
        assert np.isnan(rows[0]).any()


def with_points(held: Panel) -> tuple[Panel, Method]:
    """Return a method that counts an item and two columns, and a panel that has them."""
    names = held.units.index.get_level_values("unit")
    at = pd.Series([int(name[1:]) for name in names], index=held.units.index)
    year = held.units.index.get_level_values("year")
    facts = held.units.assign(cases=(at + year) % 4, grave=((at == 5) & (year >= 2022)).astype(int))
    rules = (
        PointRule("more", "bonus", "z", per_unit=0.4, cap=4.0),
        PointRule("cases", "penalty", "cases", per_unit=2.0),
        PointRule("grave", "veto", "grave", effect="lowest"),
    )
    return replace(held, units=facts), replace(PLAIN, adjustment=Adjustment(rules, outside=("z",)))


def test_next_year_has_points_of_its_items_and_of_columns_as_they_are(frame: Framework) -> None:
    held, method = with_points(made())
    asked: dict[str, Any] = {"editions": EDITION, "exits": FEW, "draws": 5, "scenarios": 6}
    found = exit_risk(
        held, {"2021": frame}, {"2021": method}, 2023, weights=NOMINAL, seed=4, **asked
    )
    last, candidate = (pd.Series(0.0, index=found.units.index) for _ in range(2))
    seen = set()
    for panel in next_year(held, frame, 2023, count=6, seed=4 + _SCENARIOS):
        # Scored whole by the method, and listed by the rule of the management.
        longer = replace(
            held,
            values=pd.concat([held.values, panel.values]),
            units=pd.concat([held.units, panel.units]),
        )
        assert panel.units["cases"].tolist() == held.units.xs(2023)["cases"].tolist()
        table = score(longer, frame, method).table
        table = table[table["node"] == "i"]
        there = table[table["year"] == 2024].set_index("unit")
        of = there.groupby("region")["region_rank"].transform("max")
        behind = there.index[there["region_rank"] > of - 2]
        last[behind] += 1 / 6
        by_rule = candidates_by_edition(table, {**EDITION, 2024: "2021"}, FEW)
        candidate[by_rule.loc[by_rule["year"] == 2024, "unit"]] += 1 / 6
        seen.add(tuple(behind))
    assert len(seen) > 1
    for name, expected in (("p_last_next", last), ("p_candidate_next", candidate)):
        pd.testing.assert_series_equal(found.units[name], expected, check_names=False)
        # Nominal weights are drawn: every draw is the nominal one.
        assert found.units[f"{name}_nominal"].tolist() == pytest.approx(found.units[name].tolist())
    assert last[["e05", "n05"]].tolist() == pytest.approx([1.0, 1.0])  # under the veto again
    plain = risk(held, frame, weights=NOMINAL, seed=4, draws=5, scenarios=6)
    assert not plain.units["p_last_next"].equals(found.units["p_last_next"])
    note = next(note for note in found.notes if note.code == "risk.points")
    assert (
        "(z)" in note.text("en") and "cases, grave" in note.text("en") and "假定" in note.text("zh")
    )
    assert "risk.points" not in {note.code for note in plain.notes}


def test_methods_that_are_drawn_rank_tables_as_a_study_of_the_year_does(frame: Framework) -> None:
    held = made(2, missing=True)
    space = read_method_space(LEVELS, frame, PLAIN)
    fitted = fit_scenario(held, frame, 2023)
    tables = draw_tables(fitted, 2, 1)
    study = open_study(held, frame, PLAIN, 2023, methods=space)
    drawn = draw_common(study, 60)
    found = list(scores_of_tables(study, space, fitted, tables, drawn, held))
    for table, scores in zip(tables, found, strict=True):
        panel = as_panel(fitted, table[None], (2024,))
        year = open_study(panel, frame, PLAIN, 2024, methods=space)
        own = rank_scores(scores_under(year, drawn))
        there = np.isin(panel.values.index.get_level_values("unit"), year.units)
        assert np.array_equal(rank_scores(scores[:, there]), own, equal_nan=True)
        assert np.isnan(scores[:, ~there]).all() and not there.all()
    assert len({tuple(row) for row in rank_scores(found[0])}) > 20


def test_choices_of_the_method_are_the_same_for_all_editions(frame: Framework) -> None:
    study = open_study(made(), frame, PLAIN, 2023, methods=read_method_space(LEVELS, frame, PLAIN))
    old, new = draw_common(study, 1500, 0), draw_common(study, 1500, 1)
    assert all(np.array_equal(old.levels[key], new.levels[key]) for key in old.levels)
    assert not np.allclose(old.weights, new.weights)
    assert not np.array_equal(old.left_out, new.left_out)
    few = draw_common(study, 7, 1)
    assert np.array_equal(few.weights, new.weights[:7])
    assert not np.array_equal(new.weights[:500], new.weights[1000:])


def test_a_window_across_editions(frame: Framework, tmp_path: Path) -> None:
    held = made(4)
    other = flat(tmp_path, "x z")
    editions = {year: "2016" if year < 2023 else "2021" for year in YEARS}
    frames, methods = {"2016": other, "2021": frame}, {"2016": PLAIN, "2021": PLAIN}
    asked: dict[str, Any] = {"editions": editions, "draws": 30, "scenarios": 5, "exits": FEW}
    found = exit_risk(held, frames, methods, 2023, **asked)
    assert "risk.straddle" in {note.code for note in found.notes}
    assert found.about["editions"] == ((2021, "2016"), (2022, "2016"), (2023, "2021"))
    single = risk(held, frame, draws=30, scenarios=5)
    assert not found.units["p_candidate_now"].equals(single.units["p_candidate_now"])
    # Scored anew throughout, it is as if there had been one edition.
    exits = replace(FEW, straddle="rescored")
    anew = exit_risk(held, frames, methods, 2023, **{**asked, "exits": exits})
    assert anew.about["editions"] == ((2021, "2021"), (2022, "2021"), (2023, "2021"))
    nominal = ["last_now", "candidate_now", "p_candidate_next_nominal"]
    assert anew.units[nominal].equals(single.units[nominal])
    # Before the change: next year by the new edition, whose items have to be there this year.
    turn = exit_risk(held, frames, methods, 2022, **asked)
    assert turn.about["next_edition"] == "2021" and turn.about["edition"] == "2016"
    assert (2022, "2021") in turn.about["editions"]
    by_region = turn.units.groupby("region")["p_last_next"].sum()
    assert by_region.to_list() == pytest.approx([2.0, 2.0])
    assert turn.units["p_last_now"].sum() == pytest.approx(2.0)  # of the country


def test_who_is_gone_or_renamed_by_next_year(frame: Framework) -> None:
    held = made(1)
    events = pd.DataFrame(
        [
            {"unit": "e00", "kind": "left", "year": 2024},
            {"unit": "n03", "kind": "renamed", "year": 2024, "into": "n99"},
        ]
    )
    plain, found = risk(held, frame), risk(held, frame, events=events)
    gone = found.units.loc["e00"]
    assert (
        gone[["p_last_next", "p_candidate_next_low", "p_both", "p_last_next_nominal"]].isna().all()
    )
    assert gone["p_last_now"] == plain.units.at["e00", "p_last_now"]
    assert "n99" not in found.units.index and found.units["p_last_next"].notna().sum() == 17
    # What counted against the old name counts against the new one.
    low = plain.units.index[plain.units["candidate_now"]][0]
    events = pd.DataFrame([{"unit": low, "kind": "renamed", "year": 2024, "into": "q"}])
    assert risk(held, frame, events=events).units.equals(plain.units)
    [note] = [note for note in found.notes if note.code == "risk.gone"]
    assert "e00" in note.text("zh") and "n03" not in note.text("en")
    assert found.units.groupby("region")["p_last_next"].sum().to_list() == pytest.approx([2, 2])


def test_a_candidate_who_starts_anew(frame: Framework) -> None:
    held = made(10)
    plain = risk(held, frame, weights=NOMINAL)
    anew = risk(held, frame, weights=NOMINAL, exits=replace(FEW, restart="candidate"))
    scores = score(held, frame, PLAIN).table
    scores = scores[scores["node"] == "i"]
    exits = replace(FEW, restart="candidate")
    by_rule = candidates_by_edition(scores, EDITION, exits)
    assert told(anew, "candidate_now") == set(by_rule.loc[by_rule["year"] == 2023, "unit"])
    assert anew.about["editions"][0] == (2018, "2021")
    now = list(told(anew, "candidate_now"))
    assert now and (anew.units.loc[now, "p_candidate_next"] == 0).all()
    assert (plain.units.loc[now, "p_candidate_next"] > 0).any()


def test_among_the_last_now_and_a_candidate_then(frame: Framework) -> None:
    table = risk(made(10), frame, weights=NOMINAL).units
    # Under the nominal weights alone it is sure who is among the last now.
    both = table["p_candidate_next"].where(table["last_now"], 0.0)
    assert table["p_both"].to_numpy() == pytest.approx(both.to_numpy())
    assert (table["p_both"] < table["p_candidate_next"]).any() and (both > 0).any()


def test_what_is_blanked_is_known_again_by_what_is_missing(frame: Framework) -> None:
    held = made(2)
    values = score(held, frame, PLAIN).in_year(2023)[["x", "y", "z"]].to_numpy()
    units = held.units.loc[[2023]]
    nothing = np.zeros(values.shape, dtype=bool)
    strict = replace(PLAIN, missing=Missing("none"))
    known: dict[tuple[bytes, bytes], np.ndarray] = {}
    for row, item in ((0, 0), (3, 1), (0, 0), (5, None)):
        some, refused = values.copy(), nothing.copy()
        if item is None:
            refused[row, 2] = True
        else:
            some[row, item] = np.nan
        done = Normalised(some, refused, units)
        asked = (done, some, frame, strict, {}, 2023)
        found = settled(*asked, known)
        assert np.array_equal(found.values, settled(*asked).values, equal_nan=True)
        assert np.isnan(found.values).any(axis=1).nonzero()[0].tolist() == [row]
    assert len(known) == 3


def test_same_inputs_same_numbers_and_progress(frame: Framework) -> None:
    steps: list[tuple[int, int]] = []
    once = risk(made(), frame, progress=lambda done, of: steps.append((done, of)))
    assert steps == [(at, 15) for at in range(1, 16)]
    again = risk(made(), frame)
    assert once.units.equals(again.units) and once.items.equals(again.items)
    assert not risk(made(), frame, seed=9).units.equals(once.units)
    assert once.about["pairs"] == (2019, 2020, 2021, 2022, 2023)
    assert once.about["synthetic"] and once.items["rho"].between(-1, 1).all()
    assert once.items["scale"].to_dict() == {"x": "log", "y": "as_is", "z": "as_is"}


def test_who_is_without_a_region_or_a_score(frame: Framework) -> None:
    held = made(1)
    held.units.loc[(slice(None), "e00"), "region"] = ""
    held.values.loc[(2023, "e01"), :] = np.nan
    found = risk(held, frame)
    assert "e01" not in found.units.index
    lost = found.units.loc["e00"]
    assert pd.isna(lost["from_end"]) and lost["p_last_next"] == 0 and lost["climb_needed"] == 0
    assert "risk.missing" in {note.code for note in found.notes}
    for note in found.notes:
        assert all(note.text(lang) for lang in LANGUAGES)


def test_all_that_is_wrong_is_told(frame: Framework) -> None:
    with pytest.raises(InputError) as told:
        risk(made(), frame, 2030, draws=0, scenarios=0)
    codes = [finding.code for finding in told.value.findings]
    assert codes == ["risk.number", "risk.number", "scenario.year", "risk.edition"]
    editions = {**EDITION, 2023: "2099"}
    with pytest.raises(InputError) as told:
        risk(made(), frame, editions=editions)
    whats = [finding.values["what"] for finding in told.value.findings]
    assert whats == ["framework", "method", "rule"]


def repeated(cycle: int, many: int = 10) -> Panel:
    """Return years in which every value is that of so many years before."""
    first = made(6, many, range(2018, 2018 + cycle))
    rows = [first.values.xs(2018 + at % cycle) for at in range(6)]
    facts = [first.units.xs(2018 + at % cycle) for at in range(6)]
    keys = list(YEARS)
    return replace(
        first,
        values=pd.concat(rows, keys=keys, names=["year"]),
        units=pd.concat(facts, keys=keys, names=["year"]),
    )


def test_a_year_that_repeats_itself_is_foretold_without_fail(frame: Framework) -> None:
    found = backtest(repeated(1), frame, PLAIN, rule=SMALL, scenarios=3)
    assert found.years == (2020, 2021, 2022, 2023) and found.synthetic
    assert found.scores["events"].to_dict() == {"last": 16, "candidate": 16}
    assert found.scores["cases"].tolist() == [80, 80]
    assert found.scores["brier"].tolist() == found.scores["brier_same"].tolist() == [0.0, 0.0]
    # Two of ten, always: 0.2 x 0.8; and in 2019 the same two are candidates already.
    assert found.scores["brier_base"].tolist() == pytest.approx([0.16, 0.16])
    assert found.scores["skill"].tolist() == [1.0, 1.0]
    last = found.calibration[found.calibration["outcome"] == "last"]
    assert last["cases"].tolist() == [64, 16]
    assert last["predicted"].tolist() == last["observed"].tolist() == [0.0, 1.0]


def test_years_that_alternate_are_seen_through(frame: Framework) -> None:
    still = Scenario(persistence=1.0, spread=0.0)
    found = backtest(repeated(2), frame, PLAIN, rule=SMALL, scenario=still, scenarios=2)
    cases = found.cases
    # Taking the year to repeat itself, the scenario is wrong wherever the two years differ.
    wrong = float((cases["p_last"] != cases["last"]).mean())
    assert wrong > 0.1
    for outcome in ("last", "candidate"):
        row = found.scores.loc[outcome]
        assert row["brier"] == row["brier_same"]
        assert row["brier"] == pytest.approx((cases[f"p_{outcome}"] != cases[outcome]).mean())
    # Who was last two years before is so again, and is a candidate within three years.
    later = cases[cases["year"] > 2020]
    assert later["candidate"].equals(later["last"].rename("candidate"))


def test_only_what_was_known_then_is_used(frame: Framework) -> None:
    held = made(7)
    found = backtest(held, frame, PLAIN, rule=SMALL, scenarios=4, years=[2021])
    changed = replace(held, values=held.values.copy())
    changed.values.loc[2022:, "x"] = 1.0
    changed.values.loc[2022:, "z"] = changed.values.loc[2022:, "y"]
    same = backtest(changed, frame, PLAIN, rule=SMALL, scenarios=4, until=2021)
    same_year = same.cases[same.cases["year"] == 2021].reset_index(drop=True)
    assert same.years == (2020, 2021) and found.cases.equals(same_year)
    # With weights from the data of all years too; what came is then scored with the later ones.
    found_weights = replace(PLAIN, weighting=Weighting("entropy"))
    once, then = (
        backtest(one, frame, found_weights, rule=SMALL, scenarios=20, years=[2021]).cases
        for one in (held, changed)
    )
    assert once["p_last"].equals(then["p_last"])
    with pytest.raises(InputError) as told:
        backtest(held, frame, PLAIN, rule=SMALL, years=[2019], scenarios=0)
    assert [one.code for one in told.value.findings] == ["risk.number", "risk.backtest"]


def test_items_that_last_are_foretold_better_than_by_their_share(frame: Framework) -> None:
    found = backtest(made(8, 25), frame, PLAIN, rule=SMALL, scenarios=30)
    assert (found.scores["brier"] < found.scores["brier_base"]).all()
    assert found.calibration.groupby("outcome")["cases"].sum().tolist() == [200, 200]
