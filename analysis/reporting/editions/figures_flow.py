"""Where the weight of groups goes from one framework to another: bands between two columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from analysis.reporting import style
from analysis.reporting.style import Picture
from analysis.reporting.uncertainty.figures_ranges import head
from analysis.texts import text

FloatArray = NDArray[np.float64]
Labels = Mapping[str, str]

BAR = 0.03  # width of a group's bar; the bands run between 0 and 1
LINE = 0.17  # inches a line of a label takes
ROOM = 0.02  # of the weight, between two bars, at least
REST = style.LIGHT  # what has no counterpart


@dataclass(frozen=True)
class _Column:
    """The bars of one side, from the top: where each begins and ends, as shares of the weight."""

    x: float
    groups: tuple[str, ...]
    begins: Mapping[str, float]
    ends: Mapping[str, float]


def flow_diagram(
    flows: pd.DataFrame,
    lang: str,
    *,
    names: tuple[str, str],
    labels: tuple[Labels, Labels],
    title: str = "",
) -> Picture:
    """Return where the weight of the old groups goes under the new framework.

    On the left a bar for each group of the old framework, as long as its weight,
    on the right one for each of the new; a band joins them for the items that
    went from one to the other, as wide at either end as these items weigh there.
    What is dropped ends in a bar of its own and what is new comes from one; these
    two are no part of the whole of their side.

    Parameters
    ----------
    flows : pandas.DataFrame
        ``old_group, new_group, weight_old, weight_new`` as
        `analysis.core.comparing.flows.weight_flows` returns them: in the order of
        the groups, ``""`` for what has no counterpart.
    lang : {"zh", "en"}
    names : (str, str)
        What a reader sees for the two frameworks.
    labels : (mapping, mapping)
        What a reader sees for the groups of the old framework, and of the new.
    title : str
        Written above the figure where it stands alone.

    Returns
    -------
    Picture
    """
    flows = flows[(flows["weight_old"] > 0) | (flows["weight_new"] > 0)]
    widths = _widths(flows)
    most = max(flows["old_group"].nunique(), flows["new_group"].nunique(), 1)
    height = max(4.2, 0.9 + 2.6 * LINE * most)
    figure = style.new_figure(height + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    head(figure, title)
    if flows.empty:
        style.say_instead(axes, text("cfig.no_flows", lang))
        return figure
    gap = max(ROOM, 0.25 / max(most - 1, 1) if most > 4 else 0.06)
    left = _column(0.0, flows["old_group"], widths[:, 0], gap)
    right = _column(1.0, flows["new_group"], widths[:, 1], gap)
    colours = _colours([group for group in left.groups if group])
    _bands(axes, flows, widths, left, right, colours)
    span = max(*left.ends.values(), *right.ends.values())
    least = 2.3 * LINE * span / (height - 0.9)
    for column, side, words in ((left, 0, labels[0]), (right, 1, labels[1])):
        bars = colours if side == 0 else {}
        _bars(axes, column, bars)
        _names(axes, column, side, words, lang, least, span)
        x, where = (column.x - BAR, "left") if side == 0 else (column.x + BAR, "right")
        name = style.shorten(names[side], 44)
        axes.text(x, -0.035 * span, name, ha=where, va="bottom", fontsize=style.TITLE)
    axes.set_xlim(-0.52, 1.52)
    axes.set_ylim(span * 1.01, -0.09 * span)
    axes.set_axis_off()
    figure.text(
        0.5, 0.005, text("cfig.flow_note", lang), ha="center", va="bottom",
        fontsize=style.SMALL, color=style.GREY,
    )  # fmt: skip
    # The note stands below what is laid out.
    figure.set_layout_engine("constrained", rect=(0, 0.035, 1, 0.965))
    return figure


def apart(wanted: FloatArray, gap: float, low: float, high: float) -> FloatArray:
    """Return places for labels: as near as can be to those wanted, none nearer than ``gap``.

    The places of least squared distance between ``low`` and ``high``; where there
    is no room for all, the gap is made smaller.
    """
    many = len(wanted)
    if many < 2:
        return np.clip(np.asarray(wanted, dtype=np.float64), low, high)
    gap = min(gap, (high - low) / (many - 1))
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(many)
    fitted = isotonic_regression(np.asarray(wanted, dtype=np.float64)[order] - steps).x
    placed = np.empty(many)
    placed[order] = np.clip(fitted, low, high - steps[-1]) + steps
    return placed


def _widths(flows: pd.DataFrame) -> FloatArray:
    """Return how wide each band is at its two ends; without a counterpart it is even."""
    old, new = (flows[f"weight_{side}"].to_numpy(dtype=float) for side in ("old", "new"))
    lone_old = (flows["new_group"] == "").to_numpy()
    lone_new = (flows["old_group"] == "").to_numpy()
    return np.column_stack([np.where(lone_new, new, old), np.where(lone_old, old, new)])


def _column(x: float, groups: pd.Series, widths: FloatArray, gap: float) -> _Column:
    order = list(dict.fromkeys(groups))
    if "" in order:  # what has no counterpart stands last
        order = [*(group for group in order if group), ""]
    sizes = {group: float(widths[(groups == group).to_numpy()].sum()) for group in order}
    begins, ends, at = {}, {}, 0.0
    for group in order:
        at += 1.5 * gap if group == "" else 0.0
        begins[group], ends[group] = at, at + sizes[group]
        at = ends[group] + gap
    return _Column(x, tuple(order), begins, ends)


def _colours(groups: list[str]) -> dict[str, str]:
    return {group: style.GROUPS[i % len(style.GROUPS)] for i, group in enumerate(groups)}


def _bands(
    axes: Axes,
    flows: pd.DataFrame,
    widths: FloatArray,
    left: _Column,
    right: _Column,
    colours: Mapping[str, str],
) -> None:
    """Draw every band; at a bar they leave in the order of the other side, so few cross."""
    places = {
        0: {group: i for i, group in enumerate(left.groups)},
        1: {group: i for i, group in enumerate(right.groups)},
    }
    rows = list(zip(flows["old_group"], flows["new_group"], strict=True))
    starts = np.zeros_like(widths)
    for side, column in ((0, left), (1, right)):
        at = dict(column.begins)
        for row in sorted(range(len(rows)), key=lambda r: places[1 - side][rows[r][1 - side]]):
            group = rows[row][side]
            starts[row, side] = at[group]
            at[group] += widths[row, side]
    for row, (old, new) in enumerate(rows):
        lone = not (old and new)
        axes.add_patch(
            PathPatch(
                _band(starts[row], widths[row]),
                facecolor=colours.get(old, REST),
                alpha=0.22 if lone else 0.6,
                edgecolor="none",
            )
        )


def _band(start: FloatArray, width: FloatArray) -> Path:
    """Return the outline of a band: two Bezier curves that leave and arrive level."""
    x0, x1 = BAR / 2, 1 - BAR / 2
    (top0, top1), (low0, low1) = start, start + width
    vertices = [
        (x0, top0), (0.5, top0), (0.5, top1), (x1, top1),
        (x1, low1), (0.5, low1), (0.5, low0), (x0, low0),
        (x0, top0),
    ]  # fmt: skip
    curve = [Path.CURVE4] * 3
    return Path(vertices, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])


def _bars(axes: Axes, column: _Column, colours: Mapping[str, str]) -> None:
    for group in column.groups:
        axes.add_patch(
            Rectangle(
                (column.x - BAR / 2, column.begins[group]),
                BAR,
                column.ends[group] - column.begins[group],
                facecolor=colours.get(group, style.GREY) if group else REST,
                hatch=None if group else "////",
                edgecolor="white",
                linewidth=0.0,
            )
        )


def _names(
    axes: Axes, column: _Column, side: int, words: Labels, lang: str, least: float, span: float
) -> None:
    """Write the groups beside their bars, apart from each other, with their weights."""
    sign = -1 if side == 0 else 1
    edge = column.x + sign * BAR / 2
    middles = [(column.begins[g] + column.ends[g]) / 2 for g in column.groups]
    placed = apart(np.array(middles), least, 0.3 * least, span - 0.3 * least)
    for group, middle, place in zip(column.groups, middles, placed, strict=True):
        share = f"{100 * (column.ends[group] - column.begins[group]):.3g}%"
        other = "cfig.new_items" if side == 0 else "cfig.dropped_items"
        name = words.get(group, group) if group else text(other, lang)
        axes.plot(
            [edge + sign * 0.005, edge + sign * 0.03, edge + sign * 0.04],
            [middle, place, place],
            color=style.LIGHT,
            linewidth=0.6,
        )
        axes.text(
            edge + sign * 0.05,
            place,
            style.wrap(name, 22, 2) + f"  {share}",
            ha="right" if side == 0 else "left",
            va="center",
            color=style.INK if group else style.GREY,
            linespacing=1.1,
        )
