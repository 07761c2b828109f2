"""Zones scored before the data year from which they are assessed: no place, in lists or exits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from manage_panel import base, made_up

from analysis.core.findings import InputError
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.reporting.management import management_tables, management_words
from analysis.reporting.management.manage_ahead import look_ahead
from analysis.reporting.management.manage_given import Given
from analysis.reporting.management.manage_settings import with_settings
from analysis.reporting.management.manage_stated import settings_table
from analysis.reporting.management.manage_work import Work, work_out
from analysis.reporting.management.management_data import Management
from analysis.reporting.report import Report
from analysis.texts import LANGUAGES
from analysis.zones.decisions import index_table
from analysis.zones.lists import ineligible
from analysis.zones.management import RULE_2021, Exits, Talks, check_events, read_events
from analysis.zones.risk import backtest

YEAR = 2023


@pytest.fixture(scope="module")
def plain() -> Work:
    asked = base()
    return work_out(replace(asked, scores=score(asked.panel, asked.framework, asked.method)), {})


@pytest.fixture(scope="module")
def unit(plain: Work) -> str:
    """A candidate of the year, on the year and the one before."""
    met = plain.candidates
    return str(met.loc[[years == (YEAR - 1, YEAR) for years in met["years"]], "unit"].iloc[0])


def upgraded(unit: str, year: int, panel: Panel | None = None) -> Panel:
    held = panel or made_up()
    own = held.units.index.get_level_values("unit") == unit
    return replace(held, units=held.units.assign(upgrade_year=np.where(own, str(year), "")))


def told_by(how: str, work: Work, unit: str, first: int) -> Work:
    """Work out the same once more, with the unit's first year said in one of two ways."""
    settings = replace(work.given.settings, talks=Talks(6))
    if how == "upgraded":
        held = upgraded(unit, first - 1)
        return work_out(replace(work.base, panel=held), {}, Given(settings))
    events = check_events(pd.DataFrame({"unit": [unit], "kind": ["entered"], "year": [first]}))
    return work_out(work.base, {}, Given(settings, events))


def lowest(table: pd.DataFrame, without: Mapping[int, str]) -> set[tuple[int, str]]:
    """Count the five lowest of each region and year by hand."""
    out = [without.get(y) == u for y, u in zip(table["year"], table["unit"], strict=True)]
    parts = table[~np.array(out)].groupby(["year", "region"])
    return {(int(y), u) for (y, _), t in parts for u in t.nsmallest(5, "score")["unit"]}


@pytest.mark.parametrize("how", ["upgraded", "entered"])
def test_a_row_before_the_first_year_takes_no_place(how: str, plain: Work, unit: str) -> None:
    work = told_by(how, plain, unit, YEAR)
    early = dict.fromkeys(range(2019, YEAR), unit)
    table = index_table(plain.scores)
    assert set(zip(work.last["year"], work.last["unit"], strict=True)) == lowest(table, early)
    # One last place alone is left to it, and its places before go to others.
    assert unit not in set(work.found["unit"])
    assert not {(y, unit) for y in early} & set(
        zip(work.national["year"], work.national["unit"], strict=True)
    )
    own = work.editions.own.set_index(["year", "unit"])
    assert own["score"].equals(table.set_index(["year", "unit"])["score"])
    before = own.loc[YEAR - 1].dropna(subset=["rank"])
    assert before["rank"].max() == len(before) == 35
    assert before.groupby("region")["region_rank"].max().eq(before.groupby("region").size()).all()
    # The lists leave out the same unit-years.
    for year in range(2019, YEAR + 1):
        barred = ineligible(work.base.panel.units.xs(year), year, events=work.given.events)
        assert set(barred["unit"]) == set(work.early.get(year, ()))
    assert work.talks is not None and len(work.talks) == 6


def test_it_is_said_in_notes_page_and_settings(plain: Work, unit: str) -> None:
    work = told_by("upgraded", plain, unit, YEAR)
    (note,) = [found for found in work.notes if found.code == "manage.too_early"]
    assert note.values == {"count": 4, "units": f"{unit} (2019-2022)"}
    for lang in LANGUAGES:
        asked = work.base
        assert asked.scores is not None
        report = Report(
            None, asked.panel, asked.framework, asked.method, asked.scores, YEAR, "all", lang,
            asked.regions,
        )  # fmt: skip
        nothing = {"risk.scenarios": 0, "way_out.of": "none"}
        off = with_settings(work.given.settings, nothing)
        ahead = look_ahead(replace(work, given=replace(work.given, settings=off)))
        current = Management(report, work, ahead)
        assert f"{unit} (2019-2022)" in management_words.brief(current).text.replace("\\", "")
        assert "entered" in management_tables.settings(current).text and unit in note.text(lang)
    settings = replace(work.given.settings, exits=Exits(wait=0), given=frozenset({"exits.wait"}))
    sooner = work_out(work.base, {}, Given(settings))
    assert set(sooner.early) == {2019, 2020, 2021}
    row = settings_table(sooner, "en").set_index("clause").loc["Newly upgraded zones"]
    assert "plus 0 on" in row["setting"] and row["basis"] == "set by the user"


def test_risk_and_ways_out_count_the_others_alone(plain: Work, unit: str) -> None:
    """At 2022 the unit has no place; in 2023 it has."""
    asked = base(YEAR - 1, upgraded(unit, YEAR - 1))
    made = {"risk.draws": 15, "risk.scenarios": 3, "way_out.of": "last", "way_out.percent": 60.0}
    made |= {"way_out.primitives": asked.framework.items[:2]}
    work = work_out(asked, {}, Given(with_settings(plain.given.settings, made)))
    ahead = look_ahead(work)
    risk = ahead.risk.set_index("unit")
    assert risk.loc[unit, ["p_last_now", "p_candidate_now", "p_both"]].tolist() == [0, 0, 0]
    assert risk.loc[unit, "p_candidate_next"] == 0 < risk.loc[unit, "p_last_next"]
    assert pd.isna(risk.loc[unit, "from_end"]) and not risk.loc[unit, "last_now"]
    for column in ("p_last_now", "p_last_next", "last_now"):
        assert risk.groupby("region")[column].sum().tolist() == pytest.approx([5, 5, 5])
    assert unit in " ".join(ahead.told["en"]) and unit in " ".join(ahead.told["zh"])
    # Every one of the last places is sought a way from, and the unit is nobody's rival.
    assert ahead.ways["needed"].all() and set(ahead.ways["unit"]) == set(work.now["unit"])
    assert ahead.ways["from_end_now"].tolist() == work.now["from_end"].tolist()
    assert ahead.ways["of_now"].tolist() == work.now["of"].tolist()
    assert not ahead.ways["overtaken"].str.contains(unit).any()


def test_the_backtest_has_no_case_of_a_unit_without_a_place(unit: str) -> None:
    asked = base()
    found = backtest(
        upgraded(unit, YEAR - 1), asked.framework, asked.method,
        rule=RULE_2021, scenarios=2, years=[2022, YEAR],
    )  # fmt: skip
    assert unit not in set(found.cases["unit"])
    # Nor does it take a place from others: of the year foretold, five of each region have one.
    held = found.cases[found.cases["year"] == YEAR - 1]
    assert held["p_last"].sum() == pytest.approx(15.0)


def test_events_are_read_in_one_way_and_must_fit_what_is_assessed(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("unit,kind,year\n\nE001,left,2021\n", encoding="utf-8")
    assert read_events(path)["unit"].tolist() == ["E001"]
    with pytest.raises(InputError) as caught:
        read_events(path, made_up().units.index.to_frame(index=False))
    assert [found.code for found in caught.value.findings] == ["events.though_gone"]


def test_a_year_of_upgrade_that_is_none_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        work_out(base(panel=upgraded("E001", 20215)), {})
    assert {found.code for found in caught.value.findings} == {"lists.attribute_year"}
