"""Figures of two frameworks compared: what they draw, and that names can be read."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import PathPatch
from matplotlib.text import Text

from analysis.reporting.editions import figures_comparing as figures
from analysis.reporting.editions.figures_flow import apart
from analysis.reporting.style import Picture, svg
from analysis.texts import text

NAMES = ("Old one", "New one")
REGIONS = {"east": "East", "west": "West"}


def shifts(units: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    codes = [f"u{i:03d}" for i in range(units)]
    return pd.DataFrame(
        {
            "unit": codes,
            "label": [f"Unit {code}" for code in codes],
            "region": rng.choice(list(REGIONS), units),
            "rank_old": pd.array(np.arange(1, units + 1), dtype="Int64"),
            "rank_new": pd.array(rng.permutation(units) + 1, dtype="Int64"),
        }
    )


def words(picture: Picture) -> list[str]:
    return [found.get_text() for found in picture.findobj(Text) if found.get_text()]


def boxes(picture: Picture, marks: str) -> list[tuple[float, float, float, float]]:
    picture.draw_without_rendering()
    found = [one for one in picture.findobj(Text) if marks in one.get_text()]
    extents = [one.get_window_extent() for one in found]
    return [(box.x0, box.y0, box.x1, box.y1) for box in extents]


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=40),
    st.floats(0.01, 10),
)
def test_labels_stand_apart_in_their_order(wanted: list[float], gap: float) -> None:
    placed = apart(np.array(wanted), gap, 0.0, 100.0)
    assert placed.min() >= -1e-9 and placed.max() <= 100 + 1e-9
    order = np.argsort(wanted, kind="stable")
    room = min(gap, 100 / max(len(wanted) - 1, 1))
    assert (np.diff(placed[order]) >= room - 1e-9).all()


def test_labels_with_room_stand_where_they_belong() -> None:
    assert apart(np.array([5.0, 1.0, 9.0]), 2.0, 0.0, 10.0).tolist() == [5.0, 1.0, 9.0]
    # Two at one place move apart by the same.
    assert apart(np.array([5.0, 5.0]), 2.0, 0.0, 10.0).tolist() == [4.0, 6.0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_slope_of_230_units_names_twelve_that_can_be_read(lang: str) -> None:
    table = shifts(230)
    picture = figures.slope_chart(table, lang, names=NAMES, regions=REGIONS, top=30)
    named = [word for word in words(picture) if "Unit u" in word]
    moved = figures.movers(table)
    assert len(named) == 24 and len(moved) == 12
    assert {word[word.index("Unit") :][:9] for word in named} == {f"Unit {unit}" for unit in moved}
    at = boxes(picture, "Unit u")
    width, height = picture.get_size_inches() * picture.dpi
    for i, one in enumerate(at):
        assert one[0] >= 0 and one[2] <= width and one[1] >= 0 and one[3] <= height
        for other in at[i + 1 :]:
            assert (
                one[2] <= other[0]
                or other[2] <= one[0]
                or one[3] <= other[1] + 1
                or other[3] <= one[1] + 1
            )
    assert text("cfig.top", lang, top=30) in words(picture)


def test_movers_are_those_that_moved_most() -> None:
    table = pd.DataFrame(
        {
            "unit": ["d", "c", "b", "a", "e"],
            "rank_old": pd.array([1, 2, 3, 4, pd.NA], dtype="Int64"),
            "rank_new": pd.array([1, 4, 3, 2, 5], dtype="Int64"),
        }
    )
    assert figures.movers(table) == ["a", "c"]
    assert figures.movers(table, 1) == ["a"]


def test_a_few_units_are_all_named_and_those_without_a_place_left_out() -> None:
    table = shifts(6)
    table.loc[0, "rank_new"] = pd.NA
    picture = figures.slope_chart(table, "en", names=NAMES)
    assert sum("Unit u" in word for word in words(picture)) == 10
    asked = figures.slope_chart(table, "en", names=NAMES, highlighted=["u003"])
    assert sum("Unit u" in word for word in words(asked)) == 2


def test_bump_has_both_frameworks_and_the_years() -> None:
    table = pd.concat([shifts(60, seed).assign(year=2019 + seed) for seed in range(3)])
    picture = figures.bump_chart(table, "en", names=NAMES, regions=REGIONS, top=30)
    said = words(picture)
    assert {"Old one", "New one"} <= set(said)
    assert sum("Unit u" in word for word in said) == 16  # eight, at either side
    one_year = figures.bump_chart(table[table["year"] == 2019], "en", names=NAMES)
    assert svg(one_year).startswith("<?xml")


def test_bars_hold_forty_rows_at_most_and_sum() -> None:
    table = shifts(41).assign(rank_shift=lambda t: t["rank_old"] - t["rank_new"])
    parts = {"groups": 0.5, "items": 0.75, "weights": -0.25, "normalisation": 0.0}
    for cause, share in parts.items():
        table[f"rank_{cause}"] = share * table["rank_shift"].astype(float)
    with pytest.raises(ValueError, match="41"):
        figures.attribution_bars(table, "en")
    picture = figures.attribution_bars(table.head(40), "en")
    widths = np.array([patch.get_width() for patch in picture.axes[0].patches])
    drawn = widths.reshape(8, 40).sum(axis=0)
    assert drawn == pytest.approx(table["rank_shift"].head(40).astype(float).to_numpy())
    overview = figures.attribution_overview(table, "zh", regions=REGIONS)
    assert text("cfig.no_part", "zh") in words(overview)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_flows_are_as_wide_at_either_end_as_the_weights(lang: str) -> None:
    flows = pd.DataFrame(
        {
            "old_group": ["a", "a", "b", ""],
            "new_group": ["x", "", "x", "y"],
            "weight_old": [0.3, 0.2, 0.5, 0.0],
            "weight_new": [0.6, 0.0, 0.1, 0.3],
        }
    )
    labels = ({"a": "Group A", "b": "Group B"}, {"x": "Group X", "y": "Group Y"})
    picture = figures.flow_diagram(flows, lang, names=NAMES, labels=labels)
    bands = [patch for patch in picture.axes[0].patches if isinstance(patch, PathPatch)]
    ends = [
        (path[7][1] - path[0][1], path[4][1] - path[3][1])
        for path in (band.get_path().vertices for band in bands)
    ]
    expected = [(0.3, 0.6), (0.2, 0.2), (0.5, 0.1), (0.3, 0.3)]
    assert np.array(ends) == pytest.approx(np.array(expected))
    said = words(picture)
    for label in ("Group A  50%", "Group B  50%", "Group X  70%", "Group Y  30%"):
        assert label in said
    assert f"{text('cfig.dropped_items', lang)}  20%" in said
    assert f"{text('cfig.new_items', lang)}  30%" in said


def test_many_groups_keep_their_names_apart() -> None:
    many = [f"group {i}" for i in range(24)]
    flows = pd.DataFrame(
        {"old_group": many, "new_group": many[::-1], "weight_old": 1 / 24, "weight_new": 1 / 24}
    )
    labels = ({}, {})
    picture = figures.flow_diagram(flows, "en", names=NAMES, labels=labels)
    at = boxes(picture, "group ")
    assert len(at) == 48
    left = sorted((box for box in at if box[0] < 300), key=lambda box: box[1])
    assert len(left) == 24
    assert all(low[3] <= high[1] + 1 for low, high in itertools.pairwise(left))


def test_rewards_show_words_of_ones_own_as_they_are() -> None:
    old = pd.DataFrame({"aspect": "kind", "word": ["level", "mood"], "weight": [0.75, 0.25]})
    new = pd.DataFrame({"aspect": "kind", "word": ["", "level"], "weight": [0.5, 0.5]})
    said = words(figures.reward_bars(old, new, "zh", names=NAMES))
    assert {"水平", "mood", text("cfig.kind.", "zh"), "75.0", "25.0", "50.0"} <= set(said)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_rows_a_figure_says_so(lang: str) -> None:
    nobody = shifts(0).assign(year=2020)
    for picture in (
        figures.slope_chart(nobody, lang, names=NAMES, title="T"),
        figures.bump_chart(nobody, lang, names=NAMES, title="T"),
        figures.attribution_bars(nobody, lang),
        figures.attribution_overview(nobody, lang),
    ):
        assert text("cfig.none", lang) in words(picture)
    empty = pd.DataFrame(columns=["old_group", "new_group", "weight_old", "weight_new"])
    flow = figures.flow_diagram(empty, lang, names=NAMES, labels=({}, {}))
    assert text("cfig.no_flows", lang) in words(flow)


def test_the_same_figure_has_the_same_bytes() -> None:
    table = shifts(50)
    first, second = (svg(figures.slope_chart(table, "zh", names=NAMES)) for _ in range(2))
    assert first == second
