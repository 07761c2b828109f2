"""Figures of how firm ranks are: what they show is what the tables say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import Rectangle

from analysis.core.uncertainty.robust.hasse import hasse
from analysis.reporting.style import svg
from analysis.reporting.uncertainty import figures_uncertainty as figures
from analysis.reporting.uncertainty.hasse_layers import UNIT, lay_out
from analysis.texts import text

ACROSS = 4


def ranges(many: int) -> pd.DataFrame:
    rank = np.arange(1, many + 1)
    return pd.DataFrame(
        {
            "unit": [f"u{i}" for i in rank],
            "label": [f"Sample {i}" for i in rank],
            "region": np.where(rank % 2, "east", "west"),
            "rank": rank,
            "median": rank,
            "q05": np.maximum(rank - 3, 1),
            "q25": np.maximum(rank - 1, 1),
            "q75": np.minimum(rank + 1, many),
            "q95": np.minimum(rank + 5, many),
            "best_outer": np.maximum(rank - 4, 1),
            "best_inner": np.maximum(rank - 2, 1),
            "worst_inner": np.minimum(rank + 2, many),
            "worst_outer": np.minimum(rank + 6, many),
        }
    )


def segments(picture: figures.Picture) -> list[np.ndarray]:
    lines = [line for axes in picture.axes for line in axes.collections]
    return [part for line in lines for part in line.get_segments()]


@st.composite
def orders(draw: st.DrawFn) -> np.ndarray:
    """Strict partial orders: what several rankings agree on."""
    many = draw(st.integers(1, 14))
    rankings = draw(st.lists(st.permutations(range(many)), min_size=1, max_size=4))
    return np.logical_and.reduce(
        [np.less.outer(np.argsort(ranking), np.argsort(ranking)) for ranking in rankings]
    )


@given(orders())
def test_the_diagram_says_neither_more_nor_less_than_the_order(ahead: np.ndarray) -> None:
    edges = {(int(a), int(b)) for a, b in hasse(ahead).edges}
    layout = lay_out(len(ahead), sorted(edges), ACROSS)
    below: dict[int, list[int]] = {}
    for upper, lower in layout.steps:
        below.setdefault(upper, []).append(lower)
    told = set()
    for unit in range(len(ahead)):
        waiting = list(below.get(unit, ()))
        while waiting:
            node = waiting.pop()
            if node < len(ahead):
                told.add((unit, node))
            else:
                waiting += below[node]
    assert told == edges
    row = {node: at for at, layer in enumerate(layout.layers) for node in layer}
    assert all(row[lower] == row[upper] + 1 for upper, lower in layout.steps)
    for layer in layout.layers:
        units = [node for node in layer if node < len(ahead)]
        assert len(units) <= ACROSS
        for one, other in pairwise(units):
            assert layout.x[other] - layout.x[one] >= UNIT - 1e-9


def test_many_lines_become_few() -> None:
    pairs = [(a, b) for a in range(5) for b in range(5, 10)]
    layout = lay_out(10, pairs, 7)
    assert layout.junctions == 1
    assert len(layout.steps) == 10


def test_an_order_that_goes_round_is_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        lay_out(2, [(0, 1), (1, 0)], 4)


def test_hasse_diagram_names_every_unit() -> None:
    nodes = ranges(5)
    edges = pd.DataFrame({"upper": ["u1", "u1", "u2"], "lower": ["u2", "u3", "u5"]})
    picture = figures.hasse_diagram(
        nodes, edges, "en", title="T", regions={"east": "E", "west": "W"}
    )
    (axes,) = picture.axes
    assert len([patch for patch in axes.patches if isinstance(patch, Rectangle)]) == 5
    written = " ".join(t.get_text() for t in axes.texts)
    assert all(f"Sample {i}" in written for i in range(1, 6))
    assert picture.get_suptitle() == "T"


@pytest.mark.parametrize("kind", ["interval", "bounds"])
def test_ranges_are_drawn_as_long_as_they_are(kind: str) -> None:
    table = ranges(50)
    low, high = ("q05", "q95") if kind == "interval" else ("best_outer", "worst_outer")
    wide = sorted((table[high] - table[low] + 0.8).round(6))
    for name, along in (("overview", 1), ("rows", 0)):
        picture = getattr(figures, f"{kind}_{name}")(table, "en", cuts=(10, 30))
        lengths = sorted(round(float(np.ptp(part[:, along])), 6) for part in segments(picture))
        assert len(lengths) == 100
        assert all(length in lengths for length in wide)


def test_names_stand_beside_every_row_of_a_page() -> None:
    picture = figures.interval_rows(ranges(figures.PAGE), "en")
    names = [t.get_text() for axes in picture.axes for t in axes.get_yticklabels()]
    assert names == [f"Sample {i}  {i}" for i in range(1, figures.PAGE + 1)]
    scales = {round(float(np.ptp(axes.get_xlim())), 6) for axes in picture.axes}
    assert len(scales) == 1  # lengths in the columns can be compared
    assert all(tick >= 1 for axes in picture.axes for tick in axes.get_xticks())
    with pytest.raises(ValueError, match="more than"):
        figures.interval_rows(ranges(figures.PAGE + 1), "en")


def test_heat_map_holds_the_shares() -> None:
    units = ranges(3)
    shares = pd.DataFrame(
        {"unit": ["u1", "u1", "u3", "other"], "place": [1, 2, 3, 1], "p": [0.75, 0.25, 1.0, 1.0]}
    )
    picture = figures.acceptability_map(shares, units, "zh", cuts=(1, 30))
    cells = picture.axes[0].images[0].get_array()
    assert cells.filled(0).tolist() == [[0.75, 0.25, 0], [0, 0, 0], [0, 0, 1]]


def test_bars_are_as_long_as_the_indices() -> None:
    table = pd.DataFrame(
        {
            "factor": ["weights", "aggregation"],
            "first": [0.2, -0.004],
            "first_low": [0.1, -0.02],
            "first_high": [0.3, 0.01],
            "total": [0.4, 0.7],
            "total_low": [0.3, 0.6],
            "total_high": [0.5, 0.8],
        }
    )
    picture = figures.sobol_bars(table, "en", labels={"weights": "Weights"})
    (axes,) = picture.axes
    widths = [round(bar.get_width(), 6) for bar in axes.patches]
    assert widths == [0.7, 0.4, -0.004, 0.2]  # the greatest total first
    assert [t.get_text() for t in axes.get_yticklabels()] == ["aggregation", "Weights"]
    assert "-0.00" not in [t.get_text() for t in axes.texts]
    numbers = [column for column in table if column != "factor"]
    nothing = figures.sobol_bars(table.assign(**dict.fromkeys(numbers, np.nan)), "en")
    assert nothing.axes[0].texts[0].get_text() == text("ufig.no_variance", "en")


def test_total_indices_by_unit() -> None:
    table = pd.DataFrame({"factor": ["weights"] * 2, "unit": ["u2", "u1"], "total": [0.25, np.nan]})
    picture = figures.sobol_by_unit(table, ranges(2), "en")
    cells = picture.axes[0].images[0].get_array()
    assert cells.mask.tolist() == [[True, False]] and cells[0, 1] == 0.25


def test_nothing_to_draw_is_said() -> None:
    empty = ranges(3).iloc[:0]
    edges = pd.DataFrame({"upper": [], "lower": []})
    shares = pd.DataFrame({"unit": [], "place": [], "p": []})
    for picture in (
        figures.interval_overview(empty, "en"),
        figures.bounds_rows(empty, "en"),
        figures.acceptability_map(shares, empty, "en"),
        figures.hasse_diagram(empty, edges, "en"),
    ):
        assert picture.axes[0].texts[0].get_text() == text("ufig.none", "en")


def test_names_of_any_kind_are_drawn_as_they_are() -> None:
    table = ranges(3)
    table["label"] = ["$x^{", "<script>&", "\\frac\n" + "长" * 200]
    edges = pd.DataFrame({"upper": ["u1"], "lower": ["u2"]})
    for picture in (figures.interval_rows(table, "zh"), figures.hasse_diagram(table, edges, "zh")):
        drawn = svg(picture)
        assert drawn == svg(picture)
        assert "<script>" not in drawn


def test_units_without_a_rank_are_left_out() -> None:
    table = ranges(4)
    table["rank"] = [1, 2, 3, np.nan]
    picture = figures.interval_rows(table, "en")
    assert [t.get_text() for t in picture.axes[0].get_yticklabels()][-1] == "Sample 3  3"
