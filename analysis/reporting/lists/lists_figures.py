"""The figure of the report on lists: how far the last ones in are from the first ones out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from analysis.reporting import style
from analysis.reporting.lists.lists_data import Lists
from analysis.reporting.style import Picture
from analysis.zones.lists import OneList

AROUND = 8  # places drawn on either side of the last one
COLUMNS = 3


def margins(lists: Lists) -> Picture:
    """Return the values around the last place of each list, those in it filled."""
    report, words = lists.report, lists.words
    shown = [one for one in lists.made.lists if len(one.members)]
    down = max(1, -(-len(shown) // COLUMNS))
    figure = style.new_figure(0.5 + 1.95 * down, report.lang)
    if not shown:
        style.say_instead(figure.subplots(), report.t("lists.fig.none"))
        return figure
    colours = style.region_colours(report.region_codes)
    markers = style.region_markers(report.region_codes)
    grid = figure.subplots(down, min(COLUMNS, len(shown)), squeeze=False)
    for axes in grid.flat[len(shown) :]:
        axes.set_axis_off()
    for axes, one in zip(grid.flat, shown, strict=False):
        rows = _around(one)
        for code, part in rows.groupby("region", sort=False):
            region = str(code)
            fills = [colours[region] if inside else "white" for inside in part["inside"]]
            axes.scatter(
                part["order"],
                part["value"],
                s=22,
                c=fills,
                marker=markers[region],
                edgecolors=colours[region],
                linewidths=0.9,
            )
        if len(one.outside):
            axes.axvline(
                len(one.members) + 0.5, color=style.GREY, linewidth=0.8, linestyle=(0, (3, 2))
            )
        axes.set_title(style.shorten(words.title(one), 30), fontsize=style.NORMAL)
        axes.set_ylabel(style.shorten(words.unit(one.sorted_by), 22), fontsize=style.SMALL)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.grid(axis="y")
    figure.supxlabel(report.t("lists.fig.place"), fontsize=style.NORMAL)
    present = [code for code in report.region_codes if code]
    if len(present) > 1:
        handles = [
            Line2D([], [], linestyle="", marker=markers[code], color=colours[code], markersize=5)
            for code in present
        ]
        labels = [report.region_label(code) for code in present]
        figure.legend(handles, labels, loc="outside upper center", ncols=len(present))
    return figure


def _around(one: OneList) -> pd.DataFrame:
    """Return the places around the last one of a list: ``order, value, region, inside``."""
    columns = ["region", "value"]
    inside = one.members[columns].assign(order=np.arange(1, len(one.members) + 1), inside=True)
    after = np.arange(len(one.members) + 1, len(one.members) + len(one.outside) + 1)
    outside = one.outside[columns].assign(order=after, inside=False)
    return pd.concat([inside.tail(AROUND), outside.head(AROUND)])
