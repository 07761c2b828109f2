"""The demonstration panel: its bytes, its zones, what is missing, and how it is calibrated."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from demo_table import (
    ATTRIBUTES,
    DEMO,
    EDITIONS,
    ROUNDS,
    by_region,
    index_of,
    items,
    places,
    rows,
    table,
)

from analysis.paths import data_dir
from analysis.texts import text
from analysis.zones.demo import draw_panel
from analysis.zones.demo.__main__ import main
from analysis.zones.demo.calibrate import shares, whole_numbers
from analysis.zones.demo.levels import read_levels
from analysis.zones.demo.panel import significant
from analysis.zones.demo.settings import SEED
from analysis.zones.demo.write import FILES, write_panel

# Zones assessed by data year: East, Central, West.
ASSESSED = {
    2016: (107, 63, 49),
    2017: (107, 63, 49),
    2018: (107, 63, 49),
    2019: (107, 63, 48),
    2020: (107, 63, 47),
    2021: (107, 63, 47),
    2022: (112, 68, 50),
    2023: (112, 67, 50),
}

# --- bytes -------------------------------------------------------------------


def test_the_seed_gives_the_committed_bytes(capsys):
    assert main(["--check"]) == 0
    assert "Not what" not in capsys.readouterr().out


def test_check_says_what_differs(capsys, monkeypatch, tmp_path):
    panel = draw_panel(SEED)
    (tmp_path / "demo").mkdir()
    write_panel(panel, tmp_path / "demo")
    changed = tmp_path / "demo" / FILES[0]
    changed.write_bytes(changed.read_bytes().replace(b"C001", b"C999", 1))
    (tmp_path / "demo" / FILES[1]).unlink()
    monkeypatch.setattr("analysis.zones.demo.__main__.draw_panel", lambda _: panel)
    monkeypatch.setattr("analysis.zones.demo.command.data_dir", lambda: tmp_path)
    assert main(["--check"]) == 1
    said = capsys.readouterr().out
    assert all((name in said) == (name != FILES[2]) for name in FILES)
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_a_drawn_panel_is_what_the_file_holds():
    drawn = draw_panel(SEED)
    pd.testing.assert_frame_equal(
        drawn.values, table()[drawn.values.columns].astype(float), check_exact=True
    )
    assert drawn.synthetic
    assert drawn.years == tuple(ROUNDS)


def test_another_seed_gives_another_panel_of_the_same_shape():
    one, other = draw_panel(SEED), draw_panel(SEED + 1)
    assert list(one.values.columns) == list(other.values.columns)
    assert one.units["assessed"].sum() == other.units["assessed"].sum()
    assert not np.allclose(
        one.values["gdp"].loc[2020].iloc[:9], other.values["gdp"].loc[2020].iloc[:9]
    )


def test_numbers_are_written_with_six_digits_at_most():
    for row in rows(DEMO / "panel.csv")[::97]:
        for code, cell in row.items():
            if re.fullmatch(r"\d+\.\d+", cell):
                digits = cell.replace(".", "").strip("0")
                assert len(digits) <= 6, (code, cell)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0.0, 0.0), (123456.7, 123457.0), (0.00123456789, 0.00123457), (-2.0000004, -2.0), (1e9, 1e9)],
)
def test_significant_digits(value, rounded):
    assert significant(np.array([value]))[0] == rounded


# --- synthetic, and seen to be so ---------------------------------------------


def test_identifiers_and_names_are_synthetic():
    letters = {"E": ("东部示例", "East sample "), "C": ("中部示例", "Central sample ")}
    letters["W"] = ("西部示例", "West sample ")
    for (_, unit), row in table().iterrows():
        zh, en = letters[unit[0]]
        assert re.fullmatch(r"[ECW]\d{3}", unit)
        assert (row["name"], row["name_en"]) == (zh + unit[1:], en + unit[1:])


def test_no_real_zone_is_named():
    known = rows(data_dir() / "zones.csv")
    names = {
        row[column] for row in known for column in ("name_zh", "name_en", "short_zh", "short_en")
    }
    for name in FILES:
        content = (DEMO / name).read_text(encoding="utf-8")
        assert not [word for word in names if word and word in content], name


def test_the_panel_says_that_it_is_synthetic():
    about = yaml.safe_load((DEMO / "panel.about.yml").read_text(encoding="utf-8"))
    assert about["synthetic"] is True
    assert "合成" in about["source_zh"]
    assert "ynthetic" in about["source_en"]


# --- zones --------------------------------------------------------------------


@pytest.mark.parametrize("year", ROUNDS)
def test_zones_assessed_by_region(year):
    now = table().loc[year]
    assert by_region(now.index[now["assessed"]]) == ASSESSED[year]
    assert (
        now["region"]
        .map({"east": "E", "central": "C", "west": "W"})
        .equals(pd.Series(now.index.str[0], index=now.index, name="region"))
    )


def test_the_base_year_is_not_assessed_and_covers_the_first_round():
    assert not table().loc[2015]["assessed"].any()
    first = table().loc[2016]
    assert set(first.index[first["assessed"]]) <= set(table().loc[2015].index)


def test_zones_that_enter_have_a_history_and_those_that_leave_end():
    assessed = table()["assessed"]
    new = set(assessed.loc[2022][assessed.loc[2022]].index) - set(
        assessed.loc[2021][assessed.loc[2021]].index
    )
    assert by_region(new) == (5, 5, 3)
    for unit in new:
        history = table().xs(unit, level="unit")
        assert list(history.index) == list(range(2015, 2024))
        assert list(history["assessed"]) == [False] * 7 + [True] * 2
        assert set(history["stage"]) == {"new"}
    ends = {}
    for unit, history in table().groupby(level="unit"):
        last = history.index.get_level_values("year").max()
        if last < 2023:
            ends[last] = unit[0]
    assert ends == {2018: "W", 2019: "W", 2022: "C"}


def test_zones_that_leave_were_among_the_last():
    """The 2016 rule: the national last five twice running; in 2022 the last five of the region."""
    for year in (2018, 2019):
        (gone,) = set(table().loc[year].index) - set(table().loc[year + 1].index)
        for when in (year - 1, year):
            assert gone in places(when).nlargest(5).index
    (gone,) = set(table().loc[2022].index) - set(table().loc[2023].index)
    for when in (2021, 2022):
        region = places(when)[places(when).index.str[0] == "C"]
        assert gone in region.nlargest(5).index


# --- missing ------------------------------------------------------------------


def test_missing_cells_are_few_and_each_has_its_reason():
    values = table().drop(columns=ATTRIBUTES)
    empty = values.stack(future_stack=True)
    empty = {(year, unit, code) for (year, unit, code) in empty[empty.isna()].index}
    told = rows(DEMO / "panel.missing.csv")
    assert {(int(row["year"]), row["unit"], row["item"]) for row in told} == empty
    assert 20 <= len(empty) <= 60
    for row in told:
        assert row["reason_zh"] == text(f"finding.{row['reason']}", "zh")
        assert row["reason_en"] == text(f"finding.{row['reason']}", "en")


def test_gaps_touch_no_published_total():
    targets = [row for row in rows(DEMO / "targets.csv") if row["used"] == "yes"]
    words = {word for row in targets for word in f"{row['a']} {row['b']}".split()}
    assert not words & {row["item"] for row in rows(DEMO / "panel.missing.csv")}


@pytest.mark.parametrize("edition", EDITIONS)
def test_both_editions_can_be_computed_in_every_year(edition):
    values = items(edition).assessed().values
    missing = values.isna()
    assert missing.to_numpy().mean() < 0.002
    assert missing.sum(axis=1).max() <= 3
    assert not missing.groupby(level="year").all().to_numpy().any()
    assert index_of(edition).notna().all()


def test_growth_on_nothing_is_missing_with_its_reason():
    panel = items("mofcom-2021")
    capital = table()["fdi"]
    cells = panel.reasons[(panel.reasons["item"] == "O2")]
    assert len(cells) > 0
    for row in cells.itertuples():
        assert row.reason == "derive.base"
        assert capital[(row.year - 1, row.unit)] == 0
        assert np.isnan(panel.values.at[(row.year, row.unit), "O2"])
    assert panel.values["O2"].dropna().min() == -100  # and a year without any is a fall to nothing


# --- calibration on small cases ------------------------------------------------


def test_whole_numbers_add_up_by_hand():
    weights, offset = np.array([[1.0, 2.0, 4.0]]), np.array([0.0, 0.5, 0.25])
    mask = np.ones((1, 3), dtype=bool)
    for goal in range(1, 30):
        factor = whole_numbers(weights, offset, np.array([float(goal)]), mask, None)[0]
        assert np.floor(factor * weights[0] + offset).sum() == goal


def test_shares_meet_their_mean():
    scores = np.array([[0.0, 1.0, -1.0], [3.0, 3.0, 3.0]])
    found = shares(scores, 0.8, lambda x: x.mean(axis=1), np.array([0.4, 0.2]))
    assert found.mean(axis=1) == pytest.approx([0.4, 0.2])
    assert found[0] == pytest.approx(0.8 / (1 + np.exp([0.0, -1.0, 1.0])))
    assert found[1] == pytest.approx([0.2] * 3)


def test_levels_between_two_years_are_interpolated_on_the_logarithm():
    levels = read_levels()
    land = levels["land_planned"].values  # given for 2015 and 2019
    assert land[2] == pytest.approx(np.sqrt(11400 * 12500))
