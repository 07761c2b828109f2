"""Dynamic management from settings and files: what they make of the years, and what is refused."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from manage_panel import base, made_up, worked

from analysis.core.catalogue import find_framework
from analysis.core.derive import derive_items
from analysis.core.findings import InputError
from analysis.core.score import score
from analysis.paths import data_dir
from analysis.reporting.management import manage_ahead
from analysis.reporting.management.manage_ahead import look_ahead, read_ahead, save_ahead
from analysis.reporting.management.manage_given import demonstration_sources, sources_in
from analysis.reporting.management.manage_settings import (
    ManageSettings,
    settings_text,
    with_settings,
)
from analysis.reporting.management.manage_stated import settings_table
from analysis.reporting.management.manage_tables import tables
from analysis.reporting.management.manage_work import Base, work_out
from analysis.reporting.management.read_settings import example_text, read_settings
from analysis.zones.decisions import index_table
from analysis.zones.editions import framework_for
from analysis.zones.management import RULE_2016, RULE_2021, Talks, candidates_by_edition


def settings_of(folder: Path, text: str) -> ManageSettings:
    path = folder / "manage.yml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def codes(error: InputError) -> list[str]:
    return [found.code for found in error.findings]


NAMED = ("C064", "C067", "E031", "E054", "W003", "W010", "W020", "W036")


@pytest.fixture(scope="module")
def demonstration():
    """Some fifty zones of the demonstration panel: those its files name, and others."""
    asked = base()
    whole = pd.read_csv(data_dir() / "demo" / "panel.csv", index_col=["year", "unit"])
    units = whole.index.get_level_values("unit")
    some = units.isin(NAMED) | (units.str[1:].astype(int) % 7 == 0)
    whole = whole[some & (whole.index.get_level_values("year") >= 2016)].sort_index()
    facts = ["name", "region", "name_en", "stage", "assessed"]
    units = whole[facts].assign(
        assessed=whole["assessed"] & (whole.index.get_level_values(0) > 2016)
    )
    values = whole.drop(columns=facts).astype("float64")
    return replace(asked, panel=replace(asked.panel, values=values, units=units))


@pytest.fixture(scope="module")
def plain(demonstration):
    """The demonstration with nothing beside the panel."""
    return work_out(demonstration, {})


@pytest.fixture(scope="module")
def shown(demonstration):
    """The demonstration with the files that go with it."""
    return work_out(demonstration, demonstration_sources())


def at(demonstration: Base, year: int) -> Base:
    """Return the demonstration up to a year, by the edition in force."""
    return replace(demonstration, year=year, framework=find_framework(framework_for(year)))


# Settings


def test_the_example_names_every_setting_and_changes_none(tmp_path):
    found = settings_of(tmp_path, example_text())
    assert replace(found, given=frozenset()) == ManageSettings()
    # Those that change something by being there stand in comments: they hold as settings too.
    lines = example_text().splitlines()
    hidden = ("# edition:", "# day:", "  # straddle:", "# talks:", "#   last:", "#   scope:")
    hidden += ("#   ties:",)
    shown = [line.replace("# ", "", 1) if line.startswith(hidden) else line for line in lines]
    every = settings_of(tmp_path, "\n".join(shown))
    assert every.edition == "2021" and every.day == date(2024, 12, 31)
    assert every.talks == Talks(10) and "exits.straddle" in every.given
    parts = {"exits": every.exits, "upgrades": every.upgrades, "risk": every.risk}
    parts |= {"way_out": every.way_out, "pause": every.upgrades.pause, "talks": every.talks}
    parts |= {f"rules.{name}": rule for name, rule in every.exits.rules.items()}
    wanted = {
        f"{part}.{each.name}"
        for part, held in parts.items()
        for each in fields(held)
        if each.name not in ("rules", "pause", "edition")
    }
    assert every.given == wanted | {"edition", "day"}


def test_settings_that_were_made_are_written_and_read_back(tmp_path):
    text = "exits: {straddle: rescored, proposed: 2}\nrules: {2021: {ties: none}}\n"
    text += "way_out: {bounds: {gdp: 5, fdi: {lowest: 1, highest: 2.5}}}\ntalks: {last: 7}\n"
    made = with_settings(settings_of(tmp_path, text), {"edition": "2016", "risk.draws": 9})
    assert made.exits.rules["2021"] == replace(RULE_2021, ties="none")
    assert made.exits.rules["2016"] == RULE_2016
    again = settings_of(tmp_path, settings_text(made))
    assert again == made and again.risk.draws == 9
    assert set(yaml.safe_load(settings_text(made))) == {
        *("edition", "exits", "risk", "rules", "talks", "way_out")
    }
    bounds = made.way_out.table().set_index("code")
    assert bounds.at["gdp", "percent"] == 5 and bounds.at["fdi", "highest"] == 2.5
    assert np.isnan(bounds.at["gdp", "highest"])


def test_every_setting_that_is_wrong_is_named_in_one_pass(tmp_path):
    text = """
edition: 2017
day: 31.12.2024
rules: {2021: {last: 0, shape: 1, times: 4}, 2019: {}}
exits: 3
talks: {scope: county}
risk: {draws: yes, weights: file.yml, methods: mine.yml}
upgrade: {}
way_out: {percent: -1, bounds: {gdp: [1]}, primitives: gdp, of: all}
"""
    with pytest.raises(InputError) as caught:
        settings_of(tmp_path, text)
    found = {(f.code, str(f.values["key"])) for f in caught.value.findings}
    assert found == {
        ("manage.choice", "edition"),
        ("manage.day", "day"),
        ("manage.whole", "rules.2021.last"),
        ("manage.key", "rules.2021.shape"),
        ("manage.rule", "rules.2021"),
        ("manage.key", "rules.2019"),
        ("manage.mapping", "exits"),
        ("manage.choice", "talks.scope"),
        ("manage.needs", "talks"),
        ("manage.whole", "risk.draws"),
        ("manage.choice", "risk.weights"),
        ("manage.choice", "risk.methods"),
        ("manage.key", "upgrade"),
        ("manage.number", "way_out.percent"),
        ("manage.number", "way_out.bounds"),
        ("manage.words", "way_out.primitives"),
        ("manage.choice", "way_out.of"),
    }
    for finding in caught.value.findings:
        assert finding.file == "manage.yml"
        for lang in ("zh", "en"):
            assert str(finding.values["key"]) in finding.text(lang)


@pytest.mark.parametrize("text", ["- a\n", "a: [", "risk: &a {draws: 2}\n<<: *a\n", "a: 1\na: 2\n"])
def test_what_is_no_file_of_settings_is_refused(tmp_path, text):
    with pytest.raises(InputError) as caught:
        settings_of(tmp_path, text)
    assert codes(caught.value) == ["manage.not_yaml"]


# Editions


def test_the_edition_in_force_scores_and_judges_each_year(plain):
    work = plain
    scored = work.editions.scored
    table = pd.concat(index_table(s).assign(edition=e) for e, s in scored.items())
    in_force = {year: "2016" if year <= 2020 else "2021" for year in range(2017, 2024)}
    own = table[table["edition"] == table["year"].map(in_force)]
    expected = candidates_by_edition(own, in_force)
    pd.testing.assert_frame_equal(work.found, expected)
    assert set(work.last.loc[work.last["year"] < 2021, "score"]) <= set(
        index_table(scored["2016"])["score"]
    )
    # The rule of 2023 looks at the regions, in the years of the other edition too.
    assert work.last.groupby(["year", "region"]).size().eq(5).all()
    assert work.rule == RULE_2021


@pytest.mark.parametrize(
    ("straddle", "by"), [("as_scored", "2016"), ("rescored", "2021"), ("new_only", None)]
)
def test_windows_over_the_change_count_as_they_are_set_to(demonstration, tmp_path, straddle, by):
    (tmp_path / "manage.yml").write_text(f"exits: {{straddle: {straddle}}}\n")
    work = work_out(at(demonstration, 2021), sources_in(tmp_path))
    old = work.last[work.last["year"] == 2020]
    if by is None:
        assert old.empty and work.candidates.empty
        return
    table = index_table(work.editions.scored[by])
    table = table[table["year"] == 2020]
    seen = work.editions.own
    seen = seen[seen["year"] == 2020].set_index("unit")["score"]
    assert seen.to_dict() == table.set_index("unit")["score"].to_dict()
    said = " ".join(settings_table(work, "en")["setting"])
    assert ("2020 by mofcom-2016" in said) == (by == "2016")
    for region, own in table.groupby("region"):
        lowest = set(own.nsmallest(5, "score")["unit"])
        assert set(old.loc[old["region"] == region, "unit"]) == lowest
    counted = {e for years, eds in zip(work.candidates["years"], work.candidates["editions"],
               strict=True) for y, e in zip(years, eds, strict=True) if y < 2021}  # fmt: skip
    assert counted == {by}


def test_one_editions_rule_may_be_applied_to_every_year(demonstration, tmp_path):
    """Twice running among the five lowest of the country, counted by hand."""
    (tmp_path / "manage.yml").write_text("edition: 2016\nexits: {straddle: rescored}\n")
    work = work_out(demonstration, sources_in(tmp_path))
    table = index_table(work.editions.scored["2016"])
    lowest = {year: set(t.nsmallest(5, "score")["unit"]) for year, t in table.groupby("year")}
    expected = {(y, u) for y in range(2018, 2024) for u in lowest[y] & lowest[y - 1]}
    assert set(zip(work.found["year"], work.found["unit"], strict=True)) == expected
    assert set(work.found["edition"]) == {"2016"} and work.rule.scope == "national"
    said = settings_table(work, "en")
    assert said["setting"].str.contains("the rule of the 2016 edition for every year").any()
    assert not said["clause"].str.contains("2021 edition").any()


def test_a_rule_applied_to_years_that_others_score(demonstration, tmp_path):
    (tmp_path / "manage.yml").write_text("edition: 2021\n")
    work = work_out(at(demonstration, 2019), sources_in(tmp_path))
    table = index_table(work.editions.scored["2016"])
    lowest = {
        key: set(t.nsmallest(5, "score")["unit"]) for key, t in table.groupby(["year", "region"])
    }
    expected = {
        unit
        for region in ("east", "central", "west")
        for unit in lowest[2019, region]
        if any(unit in lowest[year, region] for year in (2017, 2018))
    }
    assert set(work.candidates["unit"]) == expected and len(expected) > 5
    assert set(work.candidates["edition"]) == {"2021"}


def test_where_the_old_edition_cannot_be_scored_it_is_said(tmp_path):
    work = work_out(base(), {})
    assert codes_of(work) == ["manage.rescored"]
    assert set(work.editions.in_force.values()) == {"2021"}
    assert set(work.found["edition"]) == {"2021"}
    (tmp_path / "manage.yml").write_text("exits: {straddle: as_scored}\n")
    with pytest.raises(InputError) as caught:
        work_out(base(), sources_in(tmp_path))
    assert codes(caught.value)[0] == "manage.not_scored" and len(codes(caught.value)) > 1


def codes_of(work) -> list[str]:
    return [found.code for found in work.notes]


def test_later_years_are_not_looked_at():
    panel = made_up()
    known = panel.values.index.get_level_values("year") <= 2021
    short = replace(panel, values=panel.values[known], units=panel.units[known])
    seen, whole = (tables(w, _nothing(w)) for w in (
        work_out(base(2021, short), {}), work_out(base(2021), {})))  # fmt: skip
    assert set(seen) == set(whole)
    for name, table in seen.items():
        pd.testing.assert_frame_equal(table, whole[name])


def _nothing(work):
    off = with_settings(work.given.settings, {"risk.scenarios": 0, "way_out.of": "none"})
    return look_ahead(replace(work, given=replace(work.given, settings=off)))


# What stands beside the panel


def test_every_file_beside_the_panel_is_checked_in_one_pass(tmp_path):
    (tmp_path / "manage.yml").write_text("risk: {draws: none}\n")
    (tmp_path / "events.csv").write_text(
        "unit,kind,year,into\nE001,gone,2021,\n\nE002,left,2020,\nE003,renamed,2022,\n"
    )
    (tmp_path / "talks.csv").write_text(
        "unit,year,request,due,answered,evidence\nE001,2022,plan,soon,,\n"
    )
    (tmp_path / "candidates.csv").write_text("unit,year,name\nP1,2023,P\n")
    with pytest.raises(InputError) as caught:
        work_out(base(), sources_in(tmp_path))
    found = {(f.file, f.row, f.code) for f in caught.value.findings}
    assert ("manage.yml", None, "manage.whole") in found
    # Rows are counted as a spreadsheet does, blank ones too.
    assert ("events.csv", 2, "events.kind") in found
    assert ("events.csv", 5, "events.lacks") in found
    assert ("talks.csv", 2, "talks.date") in found
    assert any(file == "candidates.csv" for file, _, _ in found)


def test_a_zone_assessed_though_gone_is_found(tmp_path):
    (tmp_path / "events.csv").write_text("unit,kind,year\nE001,left,2021\n")
    with pytest.raises(InputError) as caught:
        work_out(base(), sources_in(tmp_path))
    assert codes(caught.value) == ["events.though_gone"]


def test_tables_without_rows_are_no_problem(tmp_path):
    (tmp_path / "events.csv").write_text("unit,kind,year\n")
    (tmp_path / "talks.csv").write_text("unit,year,request,due,answered,evidence\n")
    work = work_out(base(), sources_in(tmp_path))
    assert work.given.events.empty and work.followed is not None and work.followed.empty


def test_the_demonstrations_files_show_every_part(shown):
    work = shown
    assert work.given.candidates is not None and work.given.candidates.synthetic
    assert work.day == date(2024, 12, 31)
    # C064 is a candidate of 2022 and gone in 2023; its province pauses for two years.
    assert "C064" in set(work.found.loc[work.found["year"] == 2022, "unit"])
    assert work.paused == {"C2": date(2025, 12, 20)}
    barred = work.upgrades[work.upgrades["province"] == "C2"]
    assert barred["shortlisted"].any() and not barred["recommended"].any()
    others = work.upgrades[work.upgrades["recommended"]]
    assert others["rank"].tolist() == sorted(others["rank"]) and len(others) > 10
    assert len(work.talks) == 10 and set(work.followed["status"]) == {
        *("done", "late", "unproved", "overdue", "open")
    }
    # Every removal of the demonstration follows from the rule of its edition.
    for event in work.given.events[work.given.events["kind"] == "removed"].itertuples():
        own = work.found[(work.found["unit"] == event.unit)]
        assert (own["year"] == event.year - 1).any(), event.unit


def test_files_that_tell_of_later_years_serve_earlier_ones_too(demonstration):
    """At 2019 nobody knows of the talks of 2022, nor of the removal decided in 2023."""
    work = work_out(at(demonstration, 2019), demonstration_sources())
    assert work.followed is not None and work.followed.empty
    assert work.pauses.empty and work.upgrades is None
    assert codes_of(work) == ["manage.no_candidates"]
    made = tables(work, _nothing(work))
    assert made["events"]["unit"].tolist() == ["W010"]


def test_talks_are_those_reported_or_set_and_none_where_nobody_says(demonstration, plain, tmp_path):
    assert plain.talks is None
    table = settings_table(plain, "en").set_index("clause")
    assert "not reported" in table.at["Warning talks", "setting"].replace("is not", "not")
    reported = work_out(at(demonstration, 2018), {})
    assert reported.talks["from_end"].tolist() == list(range(1, 11))
    (tmp_path / "manage.yml").write_text("talks: {last: 2, scope: region}\n")
    own = work_out(at(demonstration, 2018), sources_in(tmp_path))
    assert own.talks.groupby("region").size().tolist() == [2, 2, 2]


# What lies ahead


@pytest.fixture(scope="module")
def ahead():
    return worked()


def test_what_was_worked_out_is_read_back_to_the_last_digit(ahead, tmp_path):
    _, made = ahead
    path = tmp_path / "ahead.json"
    path.write_bytes(save_ahead(made))
    again = read_ahead(path)
    assert again.about == made.about and again.told == made.told
    for name in manage_ahead._FRAMES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(made, name), check_exact=True)
    assert len(made.risk) == 36 and len(made.ways)


def test_ways_out_do_lead_out_of_the_last_places(ahead):
    """Each answer goes back into the panel, and everybody is scored and ranked anew."""
    work, made = ahead
    assert set(made.ways["unit"]) == set(work.candidates["unit"])
    assert made.ways["reachable"].any()
    for row in made.ways.itertuples():
        moved = made.together[made.together["unit"] == row.unit]
        assert moved["reached"].all() == row.reachable
        assert (moved["percent"].abs() <= 60 + 1e-9).all()
        values = work.base.panel.values.copy()
        for change in moved.itertuples():
            values.loc[(work.year, row.unit), change.code] = change.then
        panel = replace(work.base.panel, values=values)
        table = index_table(score(panel, work.base.framework, work.base.method))
        table = table[(table["year"] == work.year) & (table["region"] == row.region)]
        own = table.set_index("unit")["score"]
        assert ((own < own[row.unit]).sum() >= work.rule.last) == row.reachable


def test_risk_and_ways_are_left_out_where_nobody_asks(ahead):
    work, _ = ahead
    none = _nothing(work)
    assert none.risk.empty and none.ways.empty and none.scores.empty
    made = tables(work, none)
    assert not {"risk", "backtest", "scenario"} & set(made) and made["ways"].empty


# Tables


def test_tables_hold_codes_names_and_one_value_a_cell(shown):
    made = tables(shown, _nothing(shown))
    for name, table in made.items():
        for column in table:
            assert not table[column].map(lambda c: isinstance(c, tuple | list | dict)).any(), name
    found = made["candidates"]
    row = found[(found["year"] == 2023) & (found["region"] == "east")].iloc[0]
    assert row["years"].count("; ") == row["places"].count("; ") == 1
    assert row["mean_score"] == pytest.approx(np.mean([float(s) for s in row["scores"].split(";")]))
    assert "East sample" in row["account_en"] and "(East)" in row["account_en"]
    old = found[found["year"] == 2019].iloc[0]
    assert "(the country)" in old["account_en"] and "全国" in old["account_zh"]
    assert made["upgrades"]["name"].str.startswith("省级示例").all()
    assert set(made["settings"]) == {
        f"{name}_{lang}" for name in ("clause", "setting", "basis") for lang in ("zh", "en")
    }


def test_it_is_said_who_settled_what(demonstration, tmp_path):
    (tmp_path / "manage.yml").write_text(
        "exits: {proposed: 2}\nrules: {2021: {ties: none}}\npause: {years: 3}\n"
    )
    work = work_out(demonstration, sources_in(tmp_path))
    basis = settings_table(work, "en").set_index("clause")["basis"]
    yours = basis[basis == "set by the user"].index.tolist()
    assert sorted(yours) == sorted(
        ["Ties at the last place (2021 edition)", "How many are proposed by region",
         "What a removal means for the province"]
    )  # fmt: skip
    assert basis["Rule of the 2021 edition"] == "the rule, as reported"
    assert work.candidates["proposed"].sum() == 6


def test_a_framework_of_ones_own_scores_all_years_alone():
    asked = base()
    own = replace(asked, framework=replace(asked.framework, name="mine"))
    work = work_out(own, {})
    assert codes_of(work) == ["manage.alone"]
    assert list(work.editions.scored) == ["2021"]
    assert isinstance(own, Base) and derive_items(own.panel, own.framework)
