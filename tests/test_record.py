"""The published record: the tables of ``data/``, and what is said from them."""

from __future__ import annotations

import csv
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.core.catalogue import find_regions
from analysis.paths import data_dir
from analysis.zones.aggregates import growth, read_aggregates, read_bases, series
from analysis.zones.composition import composition, region_mix
from analysis.zones.editions import framework_for, lists_of, read_editions
from analysis.zones.files import read_record
from analysis.zones.published import (
    TopList,
    place_table,
    read_lists,
    read_rank_changes,
    read_results,
    top_list,
    turnover,
)
from analysis.zones.registry import (
    REGIONS,
    assessed_in,
    count_by_region,
    existing_in,
    read_provinces,
    read_zones,
    zone_names,
)

ZONES, RESULTS, AGGREGATES = read_zones(), read_results(), read_aggregates()
TOPS = {year: top_list(RESULTS, year) for year in range(2016, 2024)}

# MOFCOM press conference of 2 November 2021: 230 zones, East 112, Central 68, West 50.
OFFICIAL_2021 = {"east": 112, "central": 68, "west": 50}
# Zones assessed by data year, as the results notices and press conferences state them.
ASSESSED = {2017: 219, 2018: 219, 2019: 218, 2020: 217, 2021: 217, 2022: 230, 2023: 229}


# The registry


def test_registry_gives_the_official_numbers_of_2021():
    assert count_by_region(existing_in(ZONES, 2021)).to_dict() == OFFICIAL_2021


@pytest.mark.parametrize(("year", "zones"), ASSESSED.items())
def test_registry_gives_the_number_assessed(year, zones):
    assert len(assessed_in(ZONES, year)) == zones
    assert read_editions().at[year, "zones"] == zones


def test_regions_of_the_rounds_follow_from_the_registry():
    for year, row in read_editions().iterrows():
        counts = count_by_region(assessed_in(ZONES, int(year)))
        assert counts.tolist() == [row[region] for region in REGIONS], year
    # Reported: 107 of the 217 zones of data year 2021 lie in the East, 47 in the West.
    assert count_by_region(assessed_in(ZONES, 2021))[["east", "west"]].tolist() == [107, 47]


def test_upgrades_and_departures():
    assert (ZONES["upgrade_year"] == 2021).sum() == 13
    assert (ZONES["upgrade_year"] == 2024).sum() == 4
    assert len(existing_in(ZONES, 2024)) == 233 and len(existing_in(ZONES, 2025)) == 232
    left = ZONES[ZONES["left_year"].notna()]
    assert set(left.index) == {"jiuquan", "shizuishan", "suihua", "songming-yanglin"}
    assert set(left.index[left["status"] == "removed"]) == {"jiuquan", "shizuishan"}
    assert ZONES["status"].eq("current").sum() == 232


def test_zones_lie_in_the_region_of_their_province():
    provinces = read_provinces()
    assert len(provinces) == 31 and provinces["zh"].is_unique
    region = provinces.set_index("zh")["region"]
    assert (ZONES["province_zh"].map(region) == ZONES["region"]).all()
    assert (ZONES["province_en"] == ZONES["province_zh"].map(provinces.set_index("zh")["en"])).all()


def test_names_and_ids_are_unique_and_plain():
    assert ZONES.index.is_unique and len(ZONES) == 236
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", zone) for zone in ZONES.index)
    for lang in ("zh", "en"):
        for form in ("short", "full"):
            assert zone_names(ZONES, lang, form).is_unique
    others = [name for names in ZONES["other_names"] for name in names.split(";") if name]
    assert len(others) == 5 and not set(others) & set(ZONES["name_zh"])


def test_a_year_before_the_record_is_refused():
    with pytest.raises(ValueError, match="2016"):
        assessed_in(ZONES, 2015)
    with pytest.raises(ValueError, match="2016"):
        existing_in(ZONES, 2010)


def test_regions_resolve_their_aliases():
    regions = find_regions("mofcom")
    assert regions.codes == REGIONS
    for word, code in {"东部地区": "east", "CENTRAL": "central", "西部": "west"}.items():
        assert regions.resolve(word) == code


# Form of the tables


@pytest.mark.parametrize(
    "name", sorted(path.name for path in data_dir().glob("*.csv")), ids=lambda name: name
)
def test_tables_are_plain_csv(name):
    raw = (data_dir() / name).read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf") and b"\r" not in raw and raw.endswith(b"\n")
    with (data_dir() / name).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell != cell.strip() for row in rows for cell in row)


def test_every_row_cites_a_document_and_where_it_was_read():
    documents = read_record("sources.csv")
    assert documents["source"].is_unique and documents["source_zh"].ne("").all()
    for name in ("zones.csv", "published_results.csv", "aggregates.csv", "rank_changes.csv"):
        frame = read_record(name)
        assert frame["source"].isin(documents["source"]).all(), name
        assert frame["read_at"].ne("").all(), name
        # The document goes into one column, the address into another.
        assert not frame["source"].str.contains(r"https?:|\.com|\.cn|\.html").any(), name
    upgraded = read_record("zones.csv")["upgrade_source"]
    assert upgraded[upgraded != ""].isin(documents["source"]).all()


def test_results_use_fixed_words_and_known_zones():
    assert RESULTS["list"].isin(read_lists().index).all()
    assert RESULTS["region"].isin(["all", *REGIONS, "central-west"]).all()
    assert RESULTS["confidence"].isin(["high", "medium", "low", "ungraded"]).all()
    assert RESULTS["derived"].isin(["yes", "no"]).all()
    assert RESULTS["membership"].isin(["in", "out"]).all()
    assert (RESULTS["zone"].map(ZONES["name_zh"]) == RESULTS["zone_zh"]).all()
    assert (RESULTS["assessment_year"] == RESULTS["data_year"] + 1).all()
    assert not RESULTS.duplicated(["data_year", "list", "region", "zone"]).any()
    placed = RESULTS[RESULTS["rank"].notna()]
    assert not placed.duplicated(["data_year", "list", "region", "rank"]).any()
    assert placed["rank"].between(1, 236).all()


def test_no_place_beyond_thirty_comes_from_the_directory_order():
    """A copy of the results for 2023 goes on after place 30 in the order of the directory."""
    latest = RESULTS[(RESULTS["data_year"] == 2023) & (RESULTS["list"] == "overall")]
    assert latest["rank"].max() == 30


def test_zones_are_placed_only_in_rounds_they_were_assessed_in():
    rows = RESULTS[(RESULTS["data_year"] >= 2016) & RESULTS["membership"].eq("in")]
    for year, zones in rows.groupby("data_year")["zone"]:
        assert set(zones) <= set(assessed_in(ZONES, int(year)).index)


def test_regional_places_are_places_of_that_region():
    rows = RESULTS[RESULTS["region"].isin(REGIONS)]
    assert (rows["zone"].map(ZONES["region"]) == rows["region"]).all()


@pytest.mark.parametrize("year", [2021, 2023])
@pytest.mark.parametrize("region", REGIONS)
def test_regional_places_agree_with_the_complete_national_list(year, region):
    """Places within a region are the order of the national places of its zones."""
    national = TOPS[year].places
    own = [zone for zone in national.index if ZONES.at[zone, "region"] == region]
    stated = top_list(RESULTS, year, region=region, size=50).places
    for zone, place in stated.items():
        if zone in own:
            assert own.index(zone) + 1 == place


def test_the_national_and_the_regional_place_were_both_reported():
    """Hangzhou 9th and East 8th, Dongqiao East 20th, Zhengzhou Central 3rd (data year 2021)."""
    east = top_list(RESULTS, 2021, region="east", size=50).places
    assert TOPS[2021].places["hangzhou"] == 9 and east["hangzhou"] == 8 and east["dongqiao"] == 20
    assert top_list(RESULTS, 2021, region="central", size=50).places["zhengzhou"] == 3


# The lists


def test_what_is_known_of_each_list():
    known = {year: len(top.members) for year, top in TOPS.items()}
    assert [year for year, top in TOPS.items() if top.complete] == [2020, 2021, 2023]
    assert known[2019] == 29 and TOPS[2019].missing == 1
    assert all(known[year] < 29 for year in (2016, 2017, 2018, 2022))
    for year in (2020, 2021, 2023):
        assert TOPS[year].places.tolist() == list(range(1, 31))


def test_turnover_where_the_lists_are_complete():
    change = turnover(TOPS[2020], TOPS[2021])
    assert (change.low, change.high, change.compared) == (6, 6, 24)
    assert round(change.mean_move, 1) == 3.0
    two_rounds = turnover(TOPS[2021], TOPS[2023])
    assert two_rounds.exact and two_rounds.low == 4
    assert round(two_rounds.mean_move, 1) == 3.6


def test_turnover_where_a_list_is_known_in_part():
    ordinary = turnover(TOPS[2019], TOPS[2020])
    assert (ordinary.low, ordinary.high) == (3, 4) and not ordinary.exact
    assert round(ordinary.mean_move, 1) == 1.8
    # Five zones are named as new in the lists of data year 2017, five as gone.
    early = turnover(TOPS[2016], TOPS[2017])
    assert early.low == 5 and len(early.entered) == len(early.left) == 5
    assert "dalian" in early.left and "zhenjiang" in early.entered


def test_turnover_of_a_small_list_counted_by_hand():
    before = TopList(
        1, 4, pd.Series({"a": 1, "b": 2, "c": 3, "d": 4}), frozenset("abcd"), frozenset()
    )
    after = TopList(2, 4, pd.Series({"b": 1, "a": 4}), frozenset("abe"), frozenset("d"))
    change = turnover(before, after)
    # e is new, d is out; c may have stayed as the fourth member or not.
    assert change.entered == ("e",) and change.left == ("d",)
    assert (change.low, change.high) == (1, 2)
    assert change.moves.to_dict() == {"a": -3, "b": 1} and change.mean_move == 2.0
    with pytest.raises(ValueError, match="compare"):
        turnover(before, TopList(2, 3, after.places, after.members, frozenset()))


def hidden(rng: np.random.Generator, zones: list[str], size: int, year: int) -> TopList:
    """Return a list known in part: some members shown, some others known to be outside."""
    shown = [zone for zone in zones[:size] if rng.random() < 0.6]
    out = [zone for zone in zones[size:] if rng.random() < 0.4]
    places = pd.Series({zone: zones.index(zone) + 1 for zone in shown}, dtype="int64")
    return TopList(year, size, places, frozenset(shown), frozenset(out))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 8))
def test_bounds_hold_whatever_is_hidden(seed, size):
    rng = np.random.default_rng(seed)
    names = [f"z{i:02d}" for i in range(16)]
    one, two = list(rng.permutation(names)), list(rng.permutation(names))
    true = size - len(set(one[:size]) & set(two[:size]))
    change = turnover(hidden(rng, one, size, 1), hidden(rng, two, size, 2))
    assert change.low <= true <= change.high
    assert set(change.entered) <= set(two[:size]) - set(one[:size])
    assert set(change.left) <= set(one[:size]) - set(two[:size])


def test_contradictory_rows_are_refused():
    rows = RESULTS[(RESULTS["data_year"] == 2023) & (RESULTS["list"] == "overall")]
    rows = rows[rows["region"] == "all"]
    one_place_twice = rows.assign(rank=rows["rank"].replace(2, 1))
    inside_and_outside = pd.concat([rows, rows.iloc[:1].assign(rank=31)])
    for wrong in (one_place_twice, inside_and_outside):
        with pytest.raises(ValueError, match="contradict"):
            top_list(wrong, 2023)
    with pytest.raises(ValueError, match="contradict"):
        top_list(rows.assign(rank=rows["rank"].mask(rows["rank"] > 0)), 2023, size=29)


def test_gaps_stay_gaps():
    table = place_table(list(TOPS.values())).set_index(["data_year", "zone"])
    assert (table["place"].notna() == (table["status"] == "place")).all()
    assert table.loc[(2020, "harbin"), "status"] == "out"  # a complete list
    assert table.loc[(2022, "beijing"), "status"] == "unknown"
    assert table.loc[(2022, "guangzhou"), "status"] == "in"
    assert table.loc[(2019, "dongqiao"), "status"] == "out"  # place 38 was reported
    statuses = table.groupby("data_year")["status"].value_counts().unstack(fill_value=0)
    assert (statuses.loc[[2020, 2021, 2023], "unknown"] == 0).all()
    assert (statuses.loc[[2020, 2021, 2023], "place"] == 30).all()


def test_regional_mix():
    mix = region_mix(list(TOPS.values()), ZONES, AGGREGATES)
    assert (mix[[*REGIONS, "unknown"]].sum(axis=1) == 30).all()
    assert mix.loc[2020, list(REGIONS)].tolist() == [22, 6, 2]
    # Published: 21, 6 and 3 for data year 2016, of which the list itself is known in part.
    assert mix.loc[2016, list(REGIONS)].tolist() == [21, 6, 3]
    assert mix.loc[2016, "evidence"] == "published" and mix.loc[2022, "evidence"] == "partial"


def test_counts_of_the_aggregates_agree_with_the_lists():
    """Jiangsu: nine of the top 30 for data year 2022, all nine known by name."""
    for row in AGGREGATES[AGGREGATES["metric"] == "in-top30"].to_dict("records"):
        top = TOPS[int(row["data_year"])]
        column, value = ("region", row["scope"])
        if row["scope"] not in REGIONS:
            column, value = ("province_en", read_provinces().at[row["scope"], "en"])
        known = composition(top, ZONES[column])
        assert known.get(value, 0) <= row["value"] <= known.get(value, 0) + top.missing
    assert composition(TOPS[2022], ZONES["province_en"])["Jiangsu"] == 9


def test_reported_moves_agree_with_the_places():
    for row in (
        read_rank_changes().dropna(subset=["place_before", "place_after"]).to_dict("records")
    ):
        assert row["place_before"] - row["place_after"] == row["places_up"]
    # Xi'an: five places up to 23rd in data year 2022; 28th in the list of data year 2021.
    assert TOPS[2021].places["xian"] == 28 and TOPS[2022].places["xian"] == 23


# Editions


@pytest.mark.parametrize(
    ("year", "framework"),
    [(2015, "mofcom-2016"), (2020, "mofcom-2016"), (2021, "mofcom-2021"), (2030, "mofcom-2021")],
)
def test_the_edition_in_force(year, framework):
    assert framework_for(year) == framework


def test_lists_of_a_round():
    assert lists_of(2017)["list"].tolist() == ["overall", "industry", "innovation", "fdi", "trade"]
    assert lists_of(2020)[["list", "size"]].values.tolist() == [
        ["overall", 30],
        ["fdi", 10],
        ["trade", 10],
    ]
    regional = lists_of(2021)
    assert set(regional.loc[regional["list"] == "overall", "region"]) == {"all", *REGIONS}
    assert regional.loc[regional["region"] == "east", "size"].isna().all()
    with pytest.raises(KeyError, match="2016"):
        lists_of(2012)
    assert all(
        code in read_lists().index
        for year in read_editions().index
        for code in lists_of(year)["list"]
    )


def test_lists_hold_no_more_than_their_size():
    for year in read_editions().index:
        for row in lists_of(int(year)).dropna().to_dict("records"):
            top_list(RESULTS, int(year), row["list"], row["region"], row["size"])


# Aggregates


def test_bases_are_known_and_told_apart():
    assert AGGREGATES["basis"].isin(read_bases().index).all()
    gdp = series(AGGREGATES, "gdp")
    assert set(gdp.loc[gdp["data_year"] == 2017, "basis"]) == {"notice", "bulletin"}
    assert set(gdp.loc[gdp["data_year"] == 2022, "value"]) == {14_000.0, 15_000.0}
    assert gdp.groupby("segment")["basis"].nunique().eq(1).all()
    years = gdp.groupby("segment")["data_year"]
    assert (years.max() - years.min() + 1 == years.size()).all()


def test_no_growth_across_a_change_of_basis():
    fdi = growth(series(AGGREGATES, "fdi")).set_index(["data_year", "basis"])
    assert np.isnan(fdi.loc[(2019, "with-reinvestment"), "computed_pct"])
    assert np.isnan(fdi.loc[(2021, "without-reinvestment"), "computed_pct"])
    # 39.2 after 43.2 on one basis.
    assert fdi.loc[(2023, "without-reinvestment"), "computed_pct"] == pytest.approx(
        -9.259, abs=5e-4
    )
    assert not fdi.loc[(2022, "without-reinvestment"), "same_zones"]


def test_published_growth_agrees_with_the_levels():
    """GDP of data year 2023: 14.8 trillion, +5.6%; both levels are rounded to a tenth."""
    gdp = growth(series(AGGREGATES, "gdp"))
    row = gdp[(gdp["data_year"] == 2023) & (gdp["basis"] == "notice")].iloc[0]
    low, high = 100 * (14.75 / 14.05 - 1), 100 * (14.85 / 13.95 - 1)
    assert low <= row["growth_pct"] <= high and low <= row["computed_pct"] <= high


def test_no_growth_from_a_derived_figure_or_a_base_of_zero():
    gdp = growth(series(AGGREGATES, "gdp")).set_index(["data_year", "basis"])
    assert gdp.loc[(2018, "notice"), "derived"] == "yes"
    assert gdp["computed_pct"].loc[[(2018, "notice"), (2019, "notice")]].isna().all()
    rows = AGGREGATES[AGGREGATES["metric"] == "listed-firms"].iloc[:1]
    made = pd.concat(
        [rows.assign(data_year=2000 + i, value=v) for i, v in enumerate([0.0, 5.0, 6.0])]
    )
    computed = growth(series(made.astype({"data_year": "Int64"}), "listed-firms"))["computed_pct"]
    assert np.isnan(computed[1]) and computed[2] == pytest.approx(20.0)


def test_units_of_one_basis_must_agree():
    rows = AGGREGATES[(AGGREGATES["metric"] == "trade") & (AGGREGATES["scope"] == "all")].copy()
    rows.loc[rows["data_year"] == 2023, "unit"] = "usd_bn"
    with pytest.raises(ValueError, match="units"):
        series(rows, "trade")


def test_figures_in_trillions_and_billions_stand_in_one_column():
    gdp = series(AGGREGATES, "gdp").set_index(["data_year", "basis"])["value"]
    assert gdp[(2006, "predecessor")] == 1013.69 and gdp[(2017, "notice")] == 8900.0
