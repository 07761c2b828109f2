"""The Hasse diagram of a partial order: who is ahead of whom whatever the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from analysis.reporting import style
from analysis.reporting.markdown import display_width
from analysis.reporting.style import Picture
from analysis.reporting.uncertainty.figures_ranges import head
from analysis.reporting.uncertainty.hasse_layers import Layout, lay_out
from analysis.texts import text

ACROSS = 7  # units side by side, so that their names can be read
BOX = 0.3  # inches: height of a box
NEAR, FAR = 0.1, 0.34  # inches between layers: with few lines, with many


def hasse_diagram(
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    lang: str,
    *,
    title: str = "",
    regions: Mapping[str, str] | None = None,
) -> Picture:
    """Return who is ahead of whom whatever the weights, the first at the top.

    Where each of several units is ahead of each of several others, their lines
    meet in a dot. Units that no line joins, over however many others, cannot be
    told apart by all weights.

    Parameters
    ----------
    nodes : pandas.DataFrame
        unit, label, region, rank. Meant for up to some 40 units.
    edges : pandas.DataFrame
        upper, lower: units; the transitive reduction of the order.
    lang : {"zh", "en"}
    title : str
    regions : mapping of str to str, optional

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the edges go round in a circle.
    """
    nodes = nodes.sort_values("rank", kind="stable", na_position="last")
    if not len(nodes):
        figure = style.new_figure(2.0, lang)
        style.say_instead(figure.subplots(), text("ufig.none", lang))
        return figure
    number = {unit: i for i, unit in enumerate(nodes["unit"])}
    pairs = [(number[a], number[b]) for a, b in zip(edges["upper"], edges["lower"], strict=True)]
    layout = lay_out(len(nodes), pairs, ACROSS)
    tops, bottoms = _heights(layout)
    left, right = min(layout.x.values()) - 0.5, max(layout.x.values()) + 0.5
    wide = max(right - left, 5.0)  # a chain is no row of banners
    middle = (left + right) / 2
    tall = bottoms[-1]
    figure = style.new_figure(tall + 0.55 + (0.25 if title else 0.0), lang)
    axes = figure.subplots()
    style.bare(axes)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(middle - wide / 2, middle + wide / 2)
    axes.set_ylim(tall, 0)
    _draw_lines(axes, layout, tops, bottoms)
    row = {node: at for at, layer in enumerate(layout.layers) for node in layer}
    colours = style.region_colours(list(regions or ()))
    columns = int(0.94 * (style.WIDTH - 0.2) / wide * 72 / (0.54 * (style.SMALL - 1)))
    for i, (label, rank, region) in enumerate(
        zip(nodes["label"], nodes["rank"], nodes["region"], strict=True)
    ):
        edge = colours.get(str(region), style.GREY) if regions else style.BLUE
        corner = (layout.x[i] - 0.47, tops[row[i]])
        axes.add_patch(_box(corner, edge))
        place = "" if pd.isna(rank) else str(int(rank))
        fits = display_width(str(label)) <= columns
        words = f"{place}\n{label}" if fits else style.wrap(f"{place} {label}", columns, 2)
        axes.text(
            layout.x[i],
            corner[1] + BOX / 2,
            words.strip(),
            ha="center",
            va="center",
            fontsize=style.SMALL - 1,
            linespacing=1.05,
            zorder=4,
        )
    axes.set_xlabel(text("ufig.hasse.edge", lang), loc="left", fontsize=style.SMALL)
    present = {str(region) for region in nodes["region"]}
    handles = [
        _box((0, 0), colours[code], label=name)
        for code, name in (regions or {}).items()
        if code in present
    ]
    if len(handles) > 1:
        figure.legend(handles=handles, loc="outside lower right", ncols=len(handles))
    head(figure, title)
    return figure


def _box(corner: tuple[float, float], colour: str, label: str = "") -> Rectangle:
    return Rectangle(
        corner, 0.94, BOX, facecolor="white", edgecolor=colour, linewidth=1.1, zorder=3, label=label
    )


def _heights(layout: Layout) -> tuple[list[float], list[float]]:
    """Return where each layer begins and ends, in inches from the top."""
    row = {node: at for at, layer in enumerate(layout.layers) for node in layer}
    lines = [0] * len(layout.layers)
    for upper, _ in layout.steps:
        lines[row[upper]] += 1
    tops, bottoms = [], []
    at = 0.02
    for layer, many in zip(layout.layers, lines, strict=True):
        tops.append(at)
        at += BOX if any(node < layout.units for node in layer) else 0.0
        bottoms.append(at)
        at += min(FAR, NEAR + 0.02 * many)
    bottoms[-1] += 0.02
    return tops, bottoms


def _draw_lines(axes: Axes, layout: Layout, tops: list[float], bottoms: list[float]) -> None:
    row = {node: at for at, layer in enumerate(layout.layers) for node in layer}
    line: dict[str, Any] = {
        "color": style.GREY,
        "linewidth": 0.6,
        "zorder": 1,
        "solid_capstyle": "round",
    }
    x = layout.x
    for upper, lower in layout.steps:
        axes.plot([x[upper], x[lower]], [bottoms[row[upper]], tops[row[lower]]], **line)
    for node, at in row.items():
        if node >= layout.units and bottoms[at] > tops[at]:
            axes.plot([x[node]] * 2, [tops[at], bottoms[at]], **line)
    dots = range(layout.units, layout.units + layout.junctions)
    axes.plot(
        [x[node] for node in dots],
        [(tops[row[node]] + bottoms[row[node]]) / 2 for node in dots],
        "o",
        color=style.INK,
        markersize=2.4,
        zorder=2,
    )
