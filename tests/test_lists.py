"""Lists of a round: which there are, who is in them, by how much, and how they are written."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from small import framework, panel

from analysis.core.adjustment import Adjustment, PointRule
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.paths import data_dir
from analysis.reporting import cli
from analysis.reporting.inputs import Request
from analysis.reporting.lists import lists_figures, lists_tables
from analysis.reporting.lists.lists_data import open_lists
from analysis.reporting.lists.lists_files import write_lists
from analysis.reporting.lists.lists_rows import members_table
from analysis.reporting.lists.lists_work import ListWork, make_lists
from analysis.reporting.report import open_report
from analysis.zones.editions import lists_of, read_editions
from analysis.zones.lists import (
    ListData,
    ListRule,
    Measure,
    OneList,
    ineligible,
    list_data,
    make_list,
    measure,
    read_list_rules,
    rules_for,
    rules_table,
    threshold_table,
    year_lists,
)
from analysis.zones.management import check_events
from analysis.zones.published import read_results, top_list
from analysis.zones.registry import read_zones

RULES = read_list_rules()
TOP = ListRule("top", "榜", "Top", size=3)


def made(
    values: dict[str, float],
    rule: ListRule = TOP,
    *,
    regions: str = "",
    region: str = "all",
    condition: dict[str, float] | None = None,
    highest: bool = True,
    **excluded: tuple[str, int | None],
) -> OneList:
    """Make a list of given values; regions are letters in the order of the units."""
    series = pd.Series(values, dtype="float64")
    asked = None
    if condition is not None:
        asked = Measure("g", "growth", pd.Series(condition, dtype="float64"), True)
    names = list(regions) if regions else [""] * len(series)
    return make_list(
        rule,
        Measure("v", "item", series, highest),
        pd.Series(names, index=series.index),
        region=region,
        condition=asked,
        excluded=excluded,
    )


def places(one: OneList) -> list[tuple[int, str]]:
    return [
        (int(p), str(u)) for p, u in zip(one.members["place"], one.members["unit"], strict=True)
    ]


# The rules and the public record


@pytest.mark.parametrize("year", [int(year) for year in read_editions().index])
def test_the_lists_of_every_round_are_those_of_the_record(year: int) -> None:
    wanted = {
        (str(row.list), str(row.region)): row.size for row in lists_of(year).itertuples(index=False)
    }
    found: dict[tuple[str, str], ListRule] = {}
    for rule in rules_for(RULES, year):
        scopes = ("east", "central", "west") if rule.scope == "regions" else (rule.scope,)
        for scope in scopes:
            assert found.setdefault((rule.code, scope), rule) is rule
    assert set(found) == set(wanted)
    for key, size in wanted.items():
        if pd.isna(size):
            assert found[key].size_basis == "assumed"
        else:
            assert (found[key].size, found[key].size_basis) == (size, "published")


def test_five_lists_then_three_then_those_of_regions() -> None:
    counts = {year: len(rules_for(RULES, year)) for year in range(2015, 2026)}
    assert counts == {2015: 0, 2016: 5, 2017: 5, 2018: 3, 2019: 3, 2020: 3} | dict.fromkeys(
        range(2021, 2026), 4
    )


def test_only_the_round_of_2019_asked_for_growth() -> None:
    # S9: the 2019 round is on the data of 2018, published on 17 January 2020.
    asking = [rule for rule in RULES if rule.condition]
    (rule,) = asking
    assert (rule.code, rule.first_year, rule.last_year, rule.above) == ("fdi", 2018, 2018, 0.0)
    assert (rule.condition_basis, rule.condition) == ("published", ("I10", "growth:fdi_incl"))


def test_foreign_capital_is_with_reinvestment_up_to_2020_and_without_it_after() -> None:
    # S10: the published total of 2019 is with reinvestment, that of 2021 without.
    by_year = {
        year: next(rule.sort_by for rule in rules_for(RULES, year) if rule.code == "fdi")
        for year in range(2016, 2025)
    }
    assert all("fdi_incl" in by_year[year] for year in range(2016, 2021))
    assert all("fdi" in by_year[year] for year in range(2021, 2025))


@pytest.mark.parametrize("year", [2020, 2021, 2023])
def test_from_published_places_come_the_published_lists(year: int) -> None:
    results = read_results()
    known = top_list(results, year)
    assert known.complete
    rows = results[(results["data_year"] == year) & (results["list"] == "overall")]
    national = rows[(rows["region"] == "all") & rows["rank"].notna()].set_index("zone")["rank"]
    regions = read_zones()["region"]
    values = (-national.astype("float64")).reindex(regions.index)
    rule = next(r for r in rules_for(RULES, year) if (r.code, r.scope) == ("overall", "all"))
    one = make_list(rule, Measure("root", "score", values, True), regions)
    assert places(one) == [(int(place), str(zone)) for zone, place in known.places.items()]
    # The lists of regions count the same places within the region.
    counted = 0
    top = ListRule("overall", "", "", scope="regions", size=30)
    thirty = values.where(values >= -30)
    for region in ("east", "central", "west"):
        part = make_list(top, Measure("root", "score", thirty, True), regions, region=region)
        own = {zone: place for place, zone in places(part)}
        told = rows[(rows["region"] == region) & rows["rank"].notna()].set_index("zone")["rank"]
        for zone, place in told.items():
            if zone in own:
                assert own[str(zone)] == place, (region, zone)
                counted += 1
    assert counted >= (15 if year > 2020 else 0)


def test_a_zone_upgraded_in_2021_is_first_listed_on_the_data_of_2022() -> None:
    zones = read_zones()
    units = pd.DataFrame({"upgrade_year": zones["upgrade_year"]})
    late = zones[zones["upgrade_year"].eq(2021)]
    assert len(late) == 13
    for year, wanted in ((2021, set(late.index)), (2022, set())):
        new = ineligible(units, year)
        assert set(new.loc[new["since"] == 2022, "unit"]) == wanted
    # The rule gives the first round in which each was seen, wherever both are known.
    both = zones[zones["upgrade_year"].gt(2016) & zones["assessed_from"].notna()]
    assert len(both) >= 13
    assert (both["upgrade_year"] + 1 == both["assessed_from"]).all()


# One list by hand


def test_places_and_margins_by_hand() -> None:
    one = made({"a": 5.0, "b": 9.0, "c": 1.0, "d": 7.0, "e": 4.5}, regions="xxyyy")
    assert places(one) == [(1, "b"), (2, "d"), (3, "a")]
    assert one.members["ahead"].tolist() == [4.5, 2.5, 0.5]
    assert one.outside["unit"].tolist() == ["e", "c"]
    assert one.outside["place"].tolist() == [4, 5]
    assert one.outside["gap"].tolist() == [0.5, 4.0]
    assert one.gap == 0.5
    assert one.members["region"].tolist() == ["x", "y", "x"]
    assert not one.members["tied"].any()


def test_ties_at_the_last_place_are_all_in_or_all_out() -> None:
    values = {"a": 9.0, "b": 7.0, "d": 5.0, "c": 5.0 + 1e-12, "e": 1.0}
    both = made(values)
    assert places(both) == [(1, "a"), (2, "b"), (3, "c"), (3, "d")]
    assert both.members["tied"].tolist() == [False, False, True, True]
    assert both.gap == 4.0
    none = made(values, ListRule("top", "", "", size=3, ties="none"))
    assert places(none) == [(1, "a"), (2, "b")]
    assert none.outside["unit"].tolist() == ["c", "d", "e"]
    assert none.gap == pytest.approx(2.0)
    # A tie that fits is in either way.
    fits = made(values, ListRule("top", "", "", size=4, ties="none"))
    assert len(fits.members) == 4


def test_who_does_not_meet_the_condition_is_passed_over() -> None:
    values = {"a": 9.0, "b": 8.0, "c": 7.0, "d": 6.0, "e": 5.0, "f": 4.0, "g": 3.0}
    growth = {"a": 1.0, "b": 0.0, "c": np.nan, "d": 0.1, "e": 2.0, "f": -1.0, "g": 5.0}
    one = made(values, condition=growth)
    assert places(one) == [(1, "a"), (2, "d"), (3, "e")]
    assert one.members["by_value"].tolist() == [1, 4, 5]
    # Growth of nothing is not positive; f would not have had a place anyhow.
    assert one.passed[["unit", "why"]].to_numpy().tolist() == [["b", "below"], ["c", "unknown"]]
    assert (one.outside["unit"].tolist(), one.gap) == (["g"], 2.0)
    lower = made(values, ListRule("top", "", "", size=3, above=-2.0), condition=growth)
    assert [unit for _, unit in places(lower)] == ["a", "b", "d"]


def test_where_few_meet_the_condition_all_others_are_passed_over() -> None:
    one = made({"a": 3.0, "b": 2.0}, condition={"a": -1.0, "b": 1.0})
    assert places(one) == [(1, "b")]
    assert one.passed["unit"].tolist() == ["a"]
    assert np.isnan(one.gap)


def test_fewer_than_the_size_and_nobody() -> None:
    few = made({"a": 1.0, "b": np.nan})
    assert places(few) == [(1, "a")]
    assert np.isnan(few.gap) and np.isnan(few.members["ahead"]).all()
    assert few.excluded[["unit", "reason"]].to_numpy().tolist() == [["b", "no_value"]]
    nobody = made({"a": np.nan})
    assert nobody.members.empty and np.isnan(nobody.gap)


def test_the_lowest_first_where_less_is_better_or_the_rule_says_so() -> None:
    values = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}
    for one in (
        made(values, highest=False),
        made(values, ListRule("top", "", "", size=3, order="lowest")),
    ):
        assert places(one) == [(1, "a"), (2, "b"), (3, "c")]
        assert one.members["ahead"].tolist() == [3.0, 2.0, 1.0]
        assert not one.sorted_by.highest
    back = made(values, ListRule("top", "", "", size=1, order="highest"), highest=False)
    assert places(back) == [(1, "d")]


def test_who_may_not_be_listed_leaves_the_place_to_the_next() -> None:
    one = made({"a": 4.0, "b": 3.0, "c": 2.0, "d": 1.0}, a=("vetoed", None), c=("new", 2022))
    assert places(one) == [(1, "b"), (2, "d")]
    assert one.excluded["unit"].tolist() == ["a", "c"]
    assert one.excluded["since"].tolist()[1] == 2022
    assert one.outside.empty


# Eligibility


def test_events_go_before_the_year_of_upgrade() -> None:
    units = pd.DataFrame(
        {"upgrade_year": ["2021", "2021", "", None, "2019", ""]}, index=[*"abcdef"]
    )
    events = check_events(
        pd.DataFrame(
            [
                ("a", "entered", 2021),
                ("c", "entered", 2023),
                ("d", "left", 2020),
                ("d", "entered", 2024),
                ("e", "left", 2021),
                ("f", "left", 2019),
                ("f", "entered", 2021),
            ],
            columns=["unit", "kind", "year"],
        )
    )
    found = {str(u): (r, s) for u, r, s in ineligible(units, 2021, events=events).to_numpy()}
    assert {unit: why for unit, (why, _) in found.items()} == {
        "b": "new",
        "c": "new",
        "d": "gone",
        "e": "gone",
    }
    assert (found["b"][1], found["c"][1]) == (2022, 2023)
    # Before it left, a zone that comes back later was an ordinary one.
    early = ineligible(units, 2018, events=events)
    assert "d" not in set(early["unit"]) and "f" not in set(early["unit"])


def test_how_long_a_new_zone_waits_is_a_setting() -> None:
    units = pd.DataFrame({"upgrade_year": [2021.0, np.nan]}, index=["a", "b"])
    for wait, last in ((0, 2020), (1, 2021), (3, 2023)):
        assert set(ineligible(units, last, wait=wait)["unit"]) == {"a"}
        assert ineligible(units, last + 1, wait=wait).empty


def test_vetoes_come_from_an_attribute_or_from_outside() -> None:
    units = pd.DataFrame({"vetoed": ["是", "no", "", True, 0]}, index=[*"abcde"])
    assert ineligible(units, 2022)["unit"].tolist() == ["a", "d"]
    assert ineligible(units, 2022, vetoed=["c"])["unit"].tolist() == ["a", "c", "d"]


def test_every_attribute_that_cannot_be_read_is_named() -> None:
    units = pd.DataFrame({"upgrade_year": ["soon", "2021", "20x"]}, index=[*"abc"])
    with pytest.raises(InputError) as caught:
        ineligible(units, 2022)
    assert [found.unit for found in caught.value.findings] == ["a", "c"]
    with pytest.raises(InputError, match="perhaps"):
        ineligible(pd.DataFrame({"vetoed": ["perhaps"]}, index=["a"]), 2022)


# What lists sort by


ROWS: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "x", "parent": "i", "direction": 1},
    {"code": "y", "parent": "i", "direction": -1},
    {
        "code": "q",
        "parent": "i",
        "direction": 1,
        "operation": "pick",
        "inputs": "east=n30 central=n15 west=n15",
    },
]


def two_years(folder: Path, **more: list[float]) -> tuple[Framework, Panel]:
    """Return a framework and a panel of three units in 2020 and 2021."""
    values: dict[str, list[float]] = {
        "x": [1, 2, 3, 4, 1, 3],
        "y": [3, 2, 1, 3, 2, 1],
        "fdi": [10, 0, 30, 20, 5, np.nan],
        "n30": [1, 1, 1, 7, 2, 3],
        "n15": [5, 5, 5, 9, 8, 6],
        **more,
    }
    table = panel(
        values,
        year=[2020] * 3 + [2021] * 3,
        units=["e", "c", "w"] * 2,
        region=["east", "central", "west"] * 2,
    )
    return framework(folder, ROWS), table


def data_of(folder: Path, year: int = 2021, **more: list[float]) -> ListData:
    from analysis.core.derive import derive_items

    frame, table = two_years(folder, **more)
    items, _ = derive_items(table, frame)
    return list_data(table, items, score(items, frame, Method()), year)


def test_measures_are_found_by_their_words(tmp_path: Path) -> None:
    data = data_of(tmp_path)
    index = measure(data, ("root",))
    assert index is not None and (index.code, index.kind) == ("i", "score")
    assert index.values.equals(data.scores["i"])
    item = measure(data, ("nothing", "y", "x"))
    assert item is not None
    assert (item.code, item.kind, item.highest) == ("y", "item", False)
    assert item.values.to_dict() == {"c": 2.0, "e": 3.0, "w": 1.0}
    column = measure(data, ("fdi",))
    assert column is not None and column.kind == "column"
    growth = measure(data, ("growth:none", "growth:fdi"))
    assert growth is not None and growth.kind == "growth"
    # From 10 to 20; from nothing to 5; from 30 to nobody knows what.
    assert growth.values["e"] == pytest.approx(100.0)
    assert growth.values[["c", "w"]].isna().all()
    assert measure(data, ("none", "growth:none")) is None
    loss = data_of(tmp_path, fdi=[10, -4, 30, 20, 5, 36])
    after_loss = measure(loss, ("growth:fdi",))
    assert after_loss is not None and np.isnan(after_loss.values["c"])
    assert after_loss.values["w"] == pytest.approx(20.0)
    first = data_of(tmp_path, 2020)
    assert measure(first, ("growth:fdi",)).values.isna().all()  # type: ignore[union-attr]


def test_imputed_amounts_have_no_place(tmp_path: Path) -> None:
    frame, table = two_years(tmp_path)
    frame = framework(tmp_path, [row for row in ROWS if row["code"] != "q"])
    marks = pd.DataFrame(False, index=table.values.index, columns=["x", "fdi"])
    marks.loc[(2021, "e")] = True
    table = replace(table, imputed=marks)
    items = replace(table, values=table.values[["x", "y"]])
    data = list_data(table, items, score(items, frame, Method()), 2021)
    rules = [ListRule("a", "", "", sort_by=(word,)) for word in ("x", "fdi", "root")]
    by_item, by_column, by_score = year_lists(data, rules).lists
    assert by_item.members["unit"].tolist() == ["w", "c"]
    assert by_column.members["unit"].tolist() == ["c"]
    assert len(by_score.members) == 3


@pytest.mark.parametrize(
    ("effect", "listed"),
    [("unlisted", ["w", "c"]), ("unranked", ["w", "c"]), ("lowest", ["e", "w", "c"])],
)
def test_a_veto_of_the_method_keeps_its_unit_off_the_lists(
    effect: str, listed: list[str], tmp_path: Path
) -> None:
    frame, table = two_years(tmp_path)
    frame = framework(tmp_path, [row for row in ROWS if row["code"] != "q"])
    table = replace(table, units=table.units.assign(accidents=[1.0, 0, 0, 0, 1, 0]))
    items = replace(table, values=table.values[["x", "y"]])
    rule = PointRule("grave", "veto", "accidents", effect=effect)
    # `accidents` stands by year and unit: c in 2020, e in 2021.
    method = replace(Method(), adjustment=Adjustment((rule,)))
    data = list_data(table, items, score(items, frame, method), 2021)
    (one,) = year_lists(data, [ListRule("a", "", "", sort_by=("x",), order="highest")]).lists
    assert one.members["unit"].tolist() == listed
    assert one.excluded["reason"].tolist() == ["vetoed"] * (3 - len(listed))


def test_lists_of_regions_and_what_cannot_be_made(tmp_path: Path) -> None:
    data = data_of(tmp_path)
    rules = [
        ListRule("each", "", "", scope="regions", size=1),
        ListRule("west", "", "", scope="west", size=1),
        ListRule("north", "", "", scope="north", size=1),
        ListRule("lost", "", "", sort_by=("nothing",)),
        ListRule("bare", "", "", condition=("nothing",)),
        ListRule("later", "", "", first_year=2022),
        ListRule("before", "", "", last_year=2020),
    ]
    found = year_lists(data, rules, regions=("west", "east"))
    assert [(one.rule.code, one.region) for one in found.lists] == [
        ("each", "west"),
        ("each", "east"),
        ("each", "central"),
        ("west", "west"),
    ]
    assert all(one.members["region"].tolist() == [one.region] for one in found.lists)
    assert [(rule.code, why) for rule, why in found.not_made] == [
        ("north", "no_region"),
        ("lost", "no_measure"),
        ("bare", "no_condition"),
    ]


# Thresholds of regions


def test_large_firms_are_counted_by_the_threshold_of_the_region(tmp_path: Path) -> None:
    table = threshold_table(data_of(tmp_path)).set_index("unit")
    assert table["counted"].to_dict() == {"c": "n15", "e": "n30", "w": "n15"}
    assert table["value"].to_dict() == {"c": 8.0, "e": 7.0, "w": 6.0}
    assert table["picked"].all()
    # Firms between the two thresholds make no difference in the East, and do in the West.
    more = data_of(tmp_path, n15=[5, 5, 5, 90, 8, 60])
    after = threshold_table(more).set_index("unit")["value"].to_dict()
    assert after == {"c": 8.0, "e": 7.0, "w": 60.0}
    given = threshold_table(data_of(tmp_path, q=[1, 1, 1, 4, 5, 6])).set_index("unit")
    assert given["value"].to_dict() == {"c": 5.0, "e": 4.0, "w": 6.0}
    assert not given["picked"].any()


def test_the_thresholds_of_the_2021_edition_are_those_reported() -> None:
    # S4: CNY 3.0 bn in the East, 1.5 bn in Central and West.
    from analysis.core.catalogue import find_framework, read_primitives
    from analysis.core.derive import regional_inputs

    frame = find_framework("mofcom-2021")
    (item,) = frame.nodes.index[frame.nodes["operation"] == "pick"]
    counted = regional_inputs(str(frame.nodes.at[item, "inputs"]))
    names = {code: word["name_zh"] for code, word in read_primitives("mofcom-2021").items()}
    assert "30亿元及以上" in names[counted["east"]]
    assert counted["central"] == counted["west"] != counted["east"]
    assert "15亿元及以上" in names[counted["west"]]


# Reading rules


def rules_file(folder: Path, *rows: str, header: str = "list,scope,size,sort_by") -> Path:
    path = folder / "rules.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_rules_are_read_back_as_they_are_written(tmp_path: Path) -> None:
    for ending in ("csv", "xlsx"):
        from analysis.core.write import write_table

        path = tmp_path / f"rules.{ending}"
        write_table(rules_table(RULES), path)
        assert read_list_rules(path) == RULES


def test_what_is_left_out_takes_the_defaults(tmp_path: Path) -> None:
    overall, own = read_list_rules(
        rules_file(tmp_path, "overall,all,5,root", "=mine,west,7,x fdi".replace("=", ""))
    )
    assert (overall.name_zh, overall.name("en")) == ("综合排名", "Overall")
    assert (own.name_zh, own.size_basis, own.ties, own.wait) == ("mine", "assumed", "all", 1)
    assert own.sort_by == ("x", "fdi") and own.first_year is None and not own.condition


def test_every_problem_of_the_rules_is_told_at_once(tmp_path: Path) -> None:
    header = "list,scope,size,sort_by,ties,from_year,to_year,condition,above,wait,order,colour"
    path = rules_file(
        tmp_path,
        "a b,all,10,root,all,,,,,,,",
        "a,all,ten,root,all,,,,,,,",
        "b,all,0,root,some,,,,,,,",
        "c,,5,,all,,,,,,,",
        "d,all,5,root,all,2020,2019,,,,,",
        "e,all,5,growth:,all,x,,,,,,",
        "f,all,5,root,all,,,,3,,,",
        "g,all,5,root,all,,,x,much,-1,up,",
        "h,regions,5,root,all,2018,2020,,,,,",
        "h,west,6,root,all,2020,,,,,,",
        "i,all,5.5,root,all,,,,,,,",
        header=header,
    )
    with pytest.raises(InputError) as caught:
        read_list_rules(path)
    found = [(f.code.removeprefix("lists."), f.row, f.column) for f in caught.value.findings]
    assert found == [
        ("column", None, "colour"),
        ("bad_code", 2, "list"),
        ("bad_number", 3, "size"),
        ("bad_whole", 4, "size"),
        ("bad_word", 4, "ties"),
        ("lacks", 5, "scope"),
        ("lacks", 5, "sort_by"),
        ("years", 6, "to_year"),
        ("bad_growth", 7, "sort_by"),
        ("table-not-year", 7, "from_year"),
        ("above", 8, "above"),
        ("bad_word", 9, "order"),
        ("bad_number", 9, "above"),
        ("bad_whole", 9, "wait"),
        ("bad_whole", 12, "size"),
        ("twice", 11, "list"),
    ]
    for finding in caught.value.findings:
        assert finding.text("zh") and finding.text("en")


def test_rules_need_their_columns_and_a_row(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="size"):
        read_list_rules(rules_file(tmp_path, "a,all", header="list,scope"))
    with pytest.raises(InputError):
        read_list_rules(rules_file(tmp_path))
    with pytest.raises(InputError):
        read_list_rules(tmp_path / "none.csv")


# Files and pages


@pytest.fixture(scope="module")
def work() -> ListWork:
    return make_lists(Request(years="2018,2022"))


def test_the_demonstration_lists_are_what_its_values_say(work: ListWork) -> None:
    # Counted anew from the shipped table, by hand so to speak.
    table = pd.read_csv(data_dir() / "demo" / "panel.csv")
    table = table.set_index(["year", "unit"])
    found = members_table(work.years)
    now, before = table.loc[2018], table.loc[2017]
    grew = now["fdi_incl"] / before["fdi_incl"].reindex(now.index) > 1
    wanted = now[now["assessed"] & grew].nlargest(10, "fdi_incl").index.tolist()
    in_list = found[(found["year"] == 2018) & (found["list"] == "fdi")]["unit"].tolist()
    assert in_list == wanted
    assert in_list != now[now["assessed"]].nlargest(10, "fdi_incl").index.tolist()
    now = table.loc[2022]
    for code, column in (("fdi", "fdi"), ("trade", "trade")):
        rows = found[(found["year"] == 2022) & (found["list"] == code)]
        assert rows["unit"].tolist() == now[now["assessed"]].nlargest(10, column).index.tolist()
    overall = found[(found["year"] == 2022) & (found["list"] == "overall")]
    assert overall.groupby("scope").size().to_dict() == {
        "all": 30,
        "east": 10,
        "central": 10,
        "west": 10,
    }
    national = overall[overall["scope"] == "all"]
    for scope, rows in overall[overall["scope"] != "all"].groupby("scope"):
        # The region's list goes on from the national one.
        own = national.loc[national["region"] == scope, "unit"].tolist()[:10]
        assert rows["unit"].tolist()[: len(own)] == own
    assert found["synthetic"].all()


def test_one_sheet_a_list_in_both_languages_and_nothing_is_a_formula(
    work: ListWork, tmp_path: Path
) -> None:
    write_lists(work, tmp_path / "lists")
    first = {path.name: path.read_bytes() for path in (tmp_path / "lists").iterdir()}
    write_lists(work, tmp_path / "lists")
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "lists").iterdir()}
    assert set(first) == {
        *("about.yml", "lists.csv", "outside.csv", "rules.csv", "thresholds.csv"),
        *(f"{year}.{lang}.xlsx" for year in (2018, 2022) for lang in ("zh", "en")),
    }
    book = openpyxl.load_workbook(io.BytesIO(first["2022.en.xlsx"]))
    assert book.sheetnames[:6] == [
        "Overall (synthetic)",
        "Overall, East (synthetic)",
        "Overall, Central (synthetic)",
        "Overall, West (synthetic)",
        "Foreign capital use (synthetic)",
        "Imports and exports (synthetic)",
    ]
    assert book.sheetnames[6:-1] == [
        "Not listed (synthetic)",
        "Thresholds (synthetic)",
        "Rules (synthetic)",
    ]
    east = book["Overall, East (synthetic)"]
    assert east.max_row == 11
    assert [cell.value for cell in east[1]][:3] == ["Place", "Code", "Name"]
    assert str(east["C2"].value).startswith("East sample")
    assert any("no zone is a real one" in str(cell.value) for cell in book["About"]["A"])
    zh = openpyxl.load_workbook(io.BytesIO(first["2018.zh.xlsx"]))
    assert zh.sheetnames[0] == "综合排名 (合成数据)"
    assert [cell.value for cell in zh.worksheets[1][1]].count("条件所涉数值") == 1
    for name in first:
        if name.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(first[name])) as archive:
                sheets = [part for part in archive.namelist() if "worksheets/sheet" in part]
                assert not any(b"<f" in archive.read(part) for part in sheets)
    assert read_list_rules(tmp_path / "lists" / "rules.csv") == RULES[:2] + tuple(
        rule for rule in RULES[2:] if rule.holds(2018) or rule.holds(2022)
    )
    outside = pd.read_csv(tmp_path / "lists" / "outside.csv")
    passed = outside[outside["status"] == "passed"]
    assert len(passed) and (passed["year"] == 2018).all() and (passed["condition"] <= 0).all()


@pytest.mark.parametrize(("year", "lang"), [(2018, "zh"), (2023, "en")])
def test_the_page_says_what_there_is(year: int, lang: str) -> None:
    lists = open_lists(open_report(year=year, lang=lang))
    calls = ("brief", "rules", "settings", "overall", "regional", "others", "passed", "margins")
    said = {name: getattr(lists_tables, name)(lists).text for name in calls}
    rows = {name: text.count("\n|") - 1 for name, text in said.items()}
    assert rows["overall"] == 30
    assert (rows["regional"], rows["others"]) == ((-1, 20) if year == 2018 else (30, 20))
    assert said["rules"].count("本项目假定" if lang == "zh" else "assumed by this project") == (
        0 if year == 2018 else 1
    )
    assert (rows["passed"] > 0) == (year == 2018)
    thresholds = lists_tables.thresholds(lists).text
    if year == 2018:
        assert thresholds == "（无）"  # the framework of 2016 has no such item
        assert "-2" in said["passed"].replace("−", "-") and "MOFCOM" not in said["rules"]
    else:
        east, central, west = (line for line in thresholds.split("\n")[2:5])
        assert "3.0 bn" in east and "1.5 bn" in central and "1.5 bn" in west
    svg = lists_figures.margins(lists)._repr_mimebundle_()["image/svg+xml"]
    assert svg.count('<g id="axes_') == (3 if year == 2018 else 6)


def small_folder(folder: Path) -> list[str]:
    """Write a small framework, panel and rules; return the words that name the first two."""
    rows = ["code,parent,name_zh,name_en,weight,direction,unit", "i,,总,All,,,"]
    rows += ["x,i,甲,<b>X</b> $x$,1,1,km", "y,i,乙,Y,1,-1,t"]
    (folder / "mine.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    rows = ["year,unit,name,region,upgrade_year,x,y"]
    names = ["=1+1", "<script>", "../c", "#d[e]", "E|e", "f"]
    rows += [f"2022,u{i},{name},{'NS'[i % 2]},,{i},{6 - i}" for i, name in enumerate(names)]
    rows[-1] = "2022,u5,f,S,2022,9,1"
    (folder / "table.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    header = "list,name_zh,name_en,scope,size,sort_by,note_en"
    rows = ["top,榜<b>,=HYPERLINK(1) [a]:*?/x,all,3,root,*note* <i>", "low,低,Low Y,regions,1,y,"]
    rules_file(folder, *rows, header=header)
    return ["--framework", str(folder / "mine.csv"), "--panel", str(folder / "table.csv")]


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    words = small_folder(tmp_path)
    work = make_lists(Request(words[3], words[1]), rules=str(tmp_path / "rules.csv"))
    write_lists(work, tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / "2022.en.xlsx")
    assert book.sheetnames[:3] == ["=HYPERLINK(1) a x", "Low Y, N", "Low Y, S"]
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    text = (tmp_path / "out" / "lists.csv").read_text(encoding="utf-8")
    assert "'=HYPERLINK" in text and ",=" not in text
    # u5 was upgraded in 2022, so it waits, though its values are the best.
    (year,) = work.years
    assert year.made.excluded["unit"].tolist() == ["u5"]
    assert year.made.lists[0].members["unit"].tolist() == ["u4", "u3", "u2"]
    assert year.made.lists[1].members["unit"].tolist() == ["u4"]  # the least of y in N


def test_the_shipped_rules_are_not_for_the_index_of_another(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        make_lists(Request(framework="undp-tai"))
    assert [found.code for found in caught.value.findings] == ["lists.own_rules"]
    path = rules_file(tmp_path, "best,all,5,root")
    work = make_lists(Request(framework="undp-tai"), rules=str(path))
    assert len(work.years[0].made.lists[0].members) == 5


def test_the_command_writes_tables_and_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    words = ["lists", *small_folder(tmp_path), "--rules", str(tmp_path / "rules.csv")]
    words += ["--out", str(tmp_path / "out"), "--lang", "en", "--to", "html"]
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert "2022, Low Y, N: 1 places" in said
    page = tmp_path / "out/site/2022/all/en/07_lists/07_lists.html"
    html = page.read_text(encoding="utf-8")
    assert "Low Y, S" in html and "&lt;script&gt;" in html and "<script>E" not in html
    assert "user’s own" in html or "user's own" in html
    assert "listed from the data of 2023 on" in html
    before = (tmp_path / "out/tables/lists/lists.csv").read_bytes()
    assert cli.main([*words, "--no-page"]) == 0
    assert (tmp_path / "out/tables/lists/lists.csv").read_bytes() == before
    assert page.is_file()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    assert cli.main([*words[:-5], str(tmp_path / "other")]) == 2


def test_a_panel_folder_brings_its_own_rules_and_events(tmp_path: Path) -> None:
    words = small_folder(tmp_path)
    folder = tmp_path / "panel"
    folder.mkdir()
    (folder / "panel.yml").write_text(f"form: 1\nframework: {words[1]}\n", encoding="utf-8")
    (tmp_path / "table.csv").rename(folder / "2022.csv")
    (tmp_path / "mine.csv").rename(folder / "mine.csv")
    (tmp_path / "rules.csv").rename(folder / "list_rules.csv")
    (folder / "events.csv").write_text("unit,kind,year\nu5,entered,2022\nu4,entered,2024\n")
    work = make_lists(Request(str(folder)))
    assert work.own_rules and set(work.extras) == {"list_rules.csv", "events.csv"}
    top = work.years[0].made.lists[0]
    assert top.members["unit"].tolist() == ["u5", "u3", "u2"]
    (folder / "events.csv").write_text("unit,kind,year\n\nu5,entered,2022\nu4,grew,x\n")
    with pytest.raises(InputError) as caught:
        make_lists(Request(str(folder)))
    assert {(found.file, found.row) for found in caught.value.findings} == {("events.csv", 4)}
    # As for dynamic management: nobody is assessed who is gone.
    (folder / "events.csv").write_text("unit,kind,year\nu5,left,2021\n")
    with pytest.raises(InputError) as caught:
        make_lists(Request(str(folder)))
    assert [found.code for found in caught.value.findings] == ["events.though_gone"]
    (folder / "events.csv").write_text("unit,kind,year\n")
    bare = make_lists(Request(str(folder))).years[0].made.lists[0]
    assert bare.members["unit"].tolist() == ["u4", "u3", "u2"]
    assert top.excluded[["unit", "since"]].to_numpy().tolist() == [["u4", 2024]]
