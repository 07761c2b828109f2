"""Upgrade of provincial zones: clause D7, reapplication D6, and the pause D5 in the shortlist."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from small import flat, panel

from analysis.core.derive import derive_items
from analysis.core.findings import InputError
from analysis.core.method import Method, read_method
from analysis.core.read_framework import read_framework
from analysis.core.read_panel import read_panel
from analysis.core.score import score
from analysis.core.steps import Normalisation, Treatment
from analysis.paths import data_dir
from analysis.texts import LANGUAGES
from analysis.zones.demo.candidates import draw_candidates, main
from analysis.zones.management import Pause, Upgrades, pauses, rank_upgrades

METHOD = Method(treatment=Treatment(rule="none"), normalisation=Normalisation(rule="minmax"))
FREE = Upgrades(conditions=())


@pytest.fixture
def national(tmp_path):
    """Four national zones that score 0, 40, 60 and 100, two in each region."""
    regions = ["east", "west", "east", "west"]
    others = panel({"x": [0.0, 4, 6, 10]}, region=regions)
    return score(others, flat(tmp_path, "x"), METHOD)


def asking(values, provinces, **more):
    many = len(values)
    names = [f"p{i}" for i in range(1, many + 1)]
    regions = more.pop("region", ["west"] * many)
    return panel({"x": values}, units=names, region=regions, province=provinces, **more)


def of(found: pd.DataFrame, column: str) -> dict[str, object]:
    return dict(zip(found["unit"], found[column], strict=True))


def test_d7_the_province_shortlists_and_all_shortlisted_are_ranked(national):
    zones = asking([9, 7, 5, 8, 3, 1], ["A", "A", "A", "B", "B", "C"])
    found = rank_upgrades(national, zones, 2020, FREE)
    assert of(found, "provincial_rank") == {"p1": 1, "p2": 2, "p3": 3, "p4": 1, "p5": 2, "p6": 1}
    assert set(found.loc[found["shortlisted"], "unit"]) == {"p1", "p2", "p4", "p5", "p6"}
    ranked = found[found["recommended"]]
    assert ranked["unit"].tolist() == ["p1", "p4", "p2", "p5", "p6"]
    assert ranked["rank"].tolist() == [1, 2, 3, 4, 5]
    assert ranked["score"].tolist() == [90, 80, 70, 30, 10]
    # p3 scores 50, better than p5 and p6, but its province has two before it.
    assert found["unit"].iloc[-1] == "p3" and found["rank"].isna().iloc[-1]
    assert of(found, "national_place") == {"p1": 2, "p2": 2, "p3": 3, "p4": 2, "p5": 4, "p6": 4}
    # The West's national zones score 40 and 100.
    assert of(found, "last_of_region")["p5"] == 1 and of(found, "last_of_region")["p3"] == 2


def test_d7_ties_at_the_boundary_are_all_shortlisted(national):
    zones = asking([9, 5, 5, 3], ["A"] * 4)
    found = rank_upgrades(national, zones, 2020, FREE)
    assert set(found.loc[found["shortlisted"], "unit"]) == {"p1", "p2", "p3"}
    one = rank_upgrades(national, zones, 2020, replace(FREE, per_province=1))
    assert one.loc[one["shortlisted"], "unit"].tolist() == ["p1"]


def test_d7_who_lacks_a_condition_leaves_its_place_to_the_next(national):
    yes = {"good_base": ["是", "yes", "1", "TRUE"], "potential": ["yes"] * 4}
    zones = asking([9, 7, 5, 3], ["A"] * 4, **yes, full_plans=["no", "yes", "yes", "yes"])
    found = rank_upgrades(national, zones, 2020)
    assert of(found, "lacking")["p1"] == ("full_plans",)
    assert set(found.loc[found["shortlisted"], "unit"]) == {"p2", "p3"}
    assert of(found, "provincial_rank")["p1"] == 1


def test_d7_candidates_do_not_move_each_other(national):
    few = rank_upgrades(national, asking([5], ["A"]), 2020, FREE)
    many = rank_upgrades(national, asking([5, 900, -900], ["A", "B", "C"]), 2020, FREE)
    assert of(few, "score")["p1"] == of(many, "score")["p1"] == 50.0
    assert of(many, "score")["p2"] == 100.0
    free = rank_upgrades(national, asking([20], ["A"]), 2020, replace(FREE, beyond="open"))
    assert of(free, "score")["p1"] == 200.0


def test_d7_the_province_may_rank_on_its_own_scale(national):
    zones = asking([9, 7, 1, 8], ["A", "A", "A", "B"])
    found = rank_upgrades(national, zones, 2020, replace(FREE, provincial="own"))
    # Between 1 and 9 in A; a zone alone in its province takes the middle of the scale.
    assert of(found, "provincial_score") == {"p1": 100.0, "p2": 75.0, "p3": 0.0, "p4": 50.0}
    assert of(found, "score")["p4"] == 80.0


def test_d7_a_zone_without_a_score_is_not_shortlisted(national):
    found = rank_upgrades(national, asking([9, np.nan], ["A", "A"]), 2020, FREE)
    row = found[found["unit"] == "p2"].iloc[0]
    assert not row["shortlisted"] and row[["rank", "national_place", "score"]].isna().all()


def test_d5_a_province_in_its_pause_recommends_none(national):
    event = {"unit": "gone", "kind": "removed", "year": 2019, "date": "2020-01-17"}
    paused = pauses(pd.DataFrame([{**event, "province": "A", "edition": "2021"}]))
    zones = asking([9, 7, 5], ["A", "A", "B"])
    during = {"paused": paused, "on": date(2022, 1, 17)}
    found = rank_upgrades(national, zones, 2020, FREE, **during)
    assert found.loc[found["recommended"], "unit"].tolist() == ["p3"]
    assert of(found, "rank")["p3"] == 1 and of(found, "paused_until")["p1"] == date(2022, 1, 17)
    marked = replace(FREE, pause=Pause(effect="marks"))
    found = rank_upgrades(national, zones, 2020, marked, **during)
    assert found["recommended"].all() and found["paused_until"].notna().sum() == 2
    after = {"paused": paused, "on": date(2022, 1, 18)}
    assert rank_upgrades(national, zones, 2020, FREE, **after)["recommended"].all()
    with pytest.raises(ValueError, match="day"):
        rank_upgrades(national, zones, 2020, FREE, paused=paused)


def test_d6_a_removed_zone_reapplies_on_the_same_terms(national):
    zones = asking([9, 7, 5], ["A", "B", "B"])
    plain = rank_upgrades(national, zones, 2020, FREE)
    again = rank_upgrades(national, zones, 2020, FREE, removed={"p2"})
    assert of(again, "reapplies") == {"p1": False, "p2": True, "p3": False}
    same = [column for column in plain if column != "reapplies"]
    pd.testing.assert_frame_equal(plain[same], again[same])


def test_every_problem_is_named_in_one_pass(national):
    zones = asking([9, 7], ["", "A"], good_base=["yes", "maybe"])
    zones = replace(
        zones,
        values=zones.values.rename(index={"p1": "a"}, level="unit").sort_index(),
        units=zones.units.rename(index={"p1": "a"}, level="unit").sort_index(),
    )
    with pytest.raises(InputError) as error:
        rank_upgrades(national, zones, 2020, Upgrades(conditions=("good_base",)))
    codes = [finding.code.removeprefix("upgrades.") for finding in error.value.findings]
    assert codes == ["national", "province", "condition"]
    for finding in error.value.findings:
        assert all(finding.text(lang) for lang in LANGUAGES)
    with pytest.raises(InputError, match="full_plans"):
        rank_upgrades(national, zones, 2020)
    with pytest.raises(ValueError, match="at least one"):
        Upgrades(per_province=0)


# --- the shipped candidates ---


def test_the_seed_gives_the_shipped_candidates(capsys, monkeypatch, tmp_path):
    assert main(["--check"]) == 0
    assert "Not what" not in capsys.readouterr().out
    drawn = draw_candidates()
    monkeypatch.setattr("analysis.zones.demo.candidates.draw_candidates", lambda _: drawn)
    monkeypatch.setattr("analysis.zones.demo.command.data_dir", lambda: tmp_path)
    assert main(["--check"]) == 1
    assert "candidates.csv, candidates.about.yml" in capsys.readouterr().out


@pytest.mark.parametrize("edition", ["2016", "2021"])
def test_the_shipped_candidates_are_scored_beside_the_shipped_panel(edition):
    framework = read_framework(data_dir() / f"frameworks/mofcom-{edition}.csv")
    read = [read_panel(data_dir() / f"demo/{name}.csv", framework) for name in _TABLES]
    (zones, _), (asked, _) = (derive_items(one.panel, framework) for one in read)
    assert asked.synthetic
    national = score(zones, framework, read_method(data_dir() / "methods/efficacy.yml"))
    found = rank_upgrades(national, asked, 2023)
    assert len(found) == len(asked.values.loc[2023])
    assert found["score"].between(60, 100).all()
    assert found.groupby("province")["shortlisted"].sum().max() == 2
    ranked = found.dropna(subset=["rank"])
    assert ranked["score"].is_monotonic_decreasing
    # A sample of the smaller half: none of them leads the country.
    assert found["national_place"].min() > 30


_TABLES = ("panel", "candidates")
