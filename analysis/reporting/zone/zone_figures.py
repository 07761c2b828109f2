"""Figures of the report on one zone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory

from analysis.reporting import style
from analysis.reporting.markdown import clean, number
from analysis.reporting.style import Picture
from analysis.reporting.zone.zone_data import Zone

ROW = 0.14  # inches an item
TALLEST = 6.0  # inches: what fits on a page beside risk and way out
ENDS = 3.0  # standard deviations that are drawn
NAME, MEASURE = 46, 20  # columns of a name, and of a unit of measure
# Where things stand across the figure, in inches; values end where they are said to stand.
GROUP_AT, NAME_AT, LEFT, RIGHT = 0.02, 0.1, 2.55, 4.05
VALUE, UNIT, ALL, REGION = 4.62, 4.67, 5.72, 6.38


def places(zone: Zone) -> Picture:
    """Return the unit's places over the years, in the country and in its region, best on top."""
    report, table = zone.report, zone.places
    both = bool(zone.region) and bool(table["region_rank"].notna().any())
    figure = style.new_figure(1.5, report.lang)
    grid = figure.subplots(1, 1 + both, squeeze=False)[0]
    columns = [("rank", "of", report.t("zone.fig.all"))]
    if both:
        columns.append(("region_rank", "region_of", report.region_label(zone.region)))
    for axes, (rank, of, title) in zip(grid, columns, strict=True):
        _line(axes, table[rank], table[of], title)
    return figure


def items(zone: Zone) -> Picture:
    """Return every item beside region and country, with values and places in words.

    One row an item; right is better. The dot is the unit, the tick the mean
    of its region, the line in the middle the mean of all units, in standard
    deviations of all units; what lies further out than `ENDS` is drawn there.
    """
    report, table = zone.report, zone.items
    rows = _rows(zone)
    rows_of = dict(table.iterrows())
    height = 0.75 + min(ROW * len(rows), TALLEST - 0.75)
    figure = style.new_figure(height, report.lang)
    figure.set_layout_engine("none")
    # Left of the axes the names, right of them the words.
    width = style.WIDTH
    axes = figure.add_axes((LEFT / width, 0.28 / height, (RIGHT - LEFT) / width, 1 - 0.75 / height))
    for y, (kind, code) in enumerate(rows):
        if kind == "group":
            label = style.shorten(clean(report.node_label(code)), NAME)
            _word(axes, GROUP_AT, y, label, colour=style.GREY)
        else:
            _item(axes, y, rows_of[code], zone, code)
    axes.axvline(0, color=style.GREY, linewidth=0.8, zorder=1)
    axes.set_xlim(-ENDS - 0.2, ENDS + 0.2)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xticks([-3, -2, -1, 0, 1, 2, 3])
    axes.tick_params(axis="x", labelsize=style.SMALL, length=2)
    axes.grid(axis="x", linewidth=0.4)
    style.bare(axes)
    size = min(style.SMALL, 72 * (height - 0.75) / len(rows) * 0.9)
    for word in axes.texts:
        word.set_fontsize(size)  # rows of a long framework are low
    for at, key in ((VALUE, "value"), (ALL, "all"), (REGION, "region")):
        if key != "region" or zone.region:
            head = report.t(f"zone.fig.head.{key}")
            _word(axes, at, -0.9, head, colour=style.GREY, right=at == VALUE)
    handles = [
        Line2D([], [], marker="o", linestyle="", markersize=4.5, color=style.BLUE),
        Line2D([], [], marker="o", linestyle="", markersize=4.5, color=style.VERMILLION),
        Line2D([], [], marker="|", linestyle="", markersize=7, color=style.INK),
        Line2D([], [], color=style.GREY, linewidth=0.8),
    ]
    keys = ("better", "worse", "region_mean", "mean")
    shown = [place for place, key in enumerate(keys) if key != "region_mean" or zone.region]
    figure.legend(
        [handles[place] for place in shown],
        [report.t(f"zone.fig.{keys[place]}") for place in shown],
        loc="upper left",
        ncols=4,
        fontsize=style.SMALL,
        borderaxespad=0.2,
    )
    return figure


def _rows(zone: Zone) -> list[tuple[str, str]]:
    """Return groups and items in the order of the framework; groups only where there are some."""
    framework = zone.report.framework
    rows: list[tuple[str, str]] = []
    last = ""
    for code in framework.items:
        group = next((g for g in framework.groups if code in framework.items_under(g)), "")
        if group != last and group != code:
            rows.append(("group", group))
        last = group
        rows.append(("item", code))
    return rows


def _item(axes: Axes, y: int, row: pd.Series, zone: Zone, code: str) -> None:
    report = zone.report
    _word(axes, NAME_AT, y, style.shorten(clean(report.node_label(code)), NAME))
    region, own = (float(np.clip(row[key], -ENDS, ENDS)) for key in ("region_z", "z"))
    if np.isfinite(region) and zone.region:
        axes.plot(region, y, "|", markersize=7, color=style.INK, zorder=2)
    if np.isfinite(own):
        colour = style.BLUE if row["z"] >= 0 else style.VERMILLION
        axes.plot(own, y, "o", markersize=4.5, color=colour, zorder=3)
    unit = style.shorten(clean(unit_of(zone, code)), MEASURE)
    _word(axes, VALUE, y, figures_of(row["value"]), right=True)
    _word(axes, UNIT, y, unit)
    for at, rank, of in ((ALL, "rank", "of"), (REGION, "region_rank", "region_of")):
        if not pd.isna(row[rank]) and row[of]:
            _word(axes, at, y, f"{row[rank]} / {row[of]}")


def unit_of(zone: Zone, code: str, *, counts: bool = False) -> str:
    """Return the unit of measure of an item in the report's language; of counts where asked."""
    framework = zone.report.framework
    if framework.nodes.at[code, "unit"] == "count" and not counts:
        return ""
    return framework.measure(code, zone.report.lang)


def figures_of(value: float) -> str:
    """Return a value as text with about four figures."""
    if not np.isfinite(value):
        return number(value)
    size = abs(value)
    decimals = 0 if size >= 1000 or float(value).is_integer() else 1 if size >= 100 else 2
    return number(value, decimals)


def _word(
    axes: Axes, at: float, y: float, words: str, *, colour: str = style.INK, right: bool = False
) -> None:
    """Write in a row of the axes, so many inches from the left edge of the figure."""
    figure = axes.get_figure()
    assert figure is not None
    axes.text(
        at / style.WIDTH,
        y,
        words,
        transform=blended_transform_factory(figure.transFigure, axes.transData),
        ha="right" if right else "left",
        va="center",
        fontsize=style.SMALL,
        color=colour,
    )


def _line(axes: Axes, rank: pd.Series, of: pd.Series, title: str) -> None:
    """Draw places as a line that breaks where the unit was not assessed."""
    years = [int(year) for year in rank.index]
    place = rank.astype("float64").to_numpy()
    axes.plot(years, place, "-o", color=style.BLUE, markersize=3.5, linewidth=1.2)
    most = float(of.max()) if of.notna().any() else 1.0
    for year, value in zip(years, place, strict=True):
        if np.isfinite(value):
            # Above the dot, unless it stands at the very top.
            below = value < 0.22 * most
            axes.annotate(
                f"{value:.0f}",
                (year, value),
                xytext=(0, -4 if below else 4),
                textcoords="offset points",
                ha="center",
                va="top" if below else "bottom",
                fontsize=style.SMALL,
            )
    axes.set_ylim(most, 1 - 0.04 * most)
    axes.set_xticks(years, [str(year) for year in years])
    axes.tick_params(axis="x", labelsize=style.SMALL)
    style.rank_axis(axes.yaxis, int(most))
    axes.tick_params(axis="y", labelsize=style.SMALL)
    axes.set_title(style.shorten(clean(title), 40), fontsize=style.NORMAL)
    axes.grid(axis="y", linewidth=0.4)
    style.bare(axes, bottom=True)
