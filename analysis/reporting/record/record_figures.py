"""Figures of the report on the published record."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from analysis.reporting import style
from analysis.reporting.markdown import number
from analysis.reporting.record.record import TOTALS, Record, shown_in
from analysis.reporting.style import Picture
from analysis.zones.aggregates import series
from analysis.zones.composition import region_mix
from analysis.zones.editions import framework_for
from analysis.zones.published import TOP, Turnover, place_table
from analysis.zones.registry import REGIONS

HATCH = "////"


def places(record: Record) -> Picture:
    """Return who stood where in the overall top 30, round by round.

    One row a zone that was ever in the list, one column a data year: the
    place, a dot where only membership is known, hatching where nothing is.
    """
    table = place_table(list(record.tops.values()))
    zones = list(table["zone"].unique())
    years = record.years
    figure = style.new_figure(1.1 + 0.167 * len(zones), record.lang)
    axes = figure.subplots()
    column = {year: x for x, year in enumerate(years)}
    row = {zone: y for y, zone in enumerate(zones)}
    for entry in table.to_dict("records"):
        _place(
            axes,
            column[int(entry["data_year"])],
            row[entry["zone"]],
            str(entry["status"]),
            entry["place"],
        )
    axes.set_xlim(-0.5, len(years) - 0.5)
    axes.set_ylim(len(zones) - 0.5, -0.5)
    axes.set_xticks(range(len(years)), [str(year) for year in years])
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(zones)), [record.zone(zone) for zone in zones])
    colours = style.region_colours(REGIONS)
    for y, zone in enumerate(zones):
        colour = colours[str(record.zones.at[zone, "region"])]
        axes.add_patch(Rectangle((-0.62, y - 0.5), 0.1, 1.0, facecolor=colour, clip_on=False))
    axes.tick_params(length=0)
    axes.tick_params(axis="y", pad=8)
    for x in _edition_breaks(years):
        axes.axvline(x + 0.5, color=style.INK, linewidth=1.2)
    style.bare(axes)
    handles = [
        Line2D([], [], marker="o", linestyle="", markersize=4, color=style.INK),
        Patch(facecolor="white", edgecolor=style.LIGHT, linewidth=0.6),
        Patch(facecolor="white", edgecolor=style.LIGHT, hatch=HATCH, linewidth=0.0),
        Line2D([], [], color=style.INK, linewidth=1.2),
        *(Patch(facecolor=colours[region]) for region in REGIONS),
    ]
    labels = [record.t(f"record.fig.{key}") for key in ("member", "out", "unknown", "edition")]
    labels += [record.region(region) for region in REGIONS]
    figure.legend(handles, labels, loc="outside upper center", ncols=4)
    return figure


def changes(record: Record) -> Picture:
    """Return how many of the 30 places changed hands from round to round, with bounds."""
    pairs = record.turnovers
    figure = style.new_figure(0.9 + 0.34 * len(pairs), record.lang)
    axes = figure.subplots()
    for y, change in enumerate(pairs):
        _change(record, axes, y, change)
    axes.set_xlim(-0.6, TOP + 9.5)
    axes.set_ylim(len(pairs) - 0.4, -0.6)
    axes.set_xticks(range(0, TOP + 1, 5))
    axes.set_yticks(range(len(pairs)), [record.pair_name(change) for change in pairs])
    axes.set_xlabel(record.t("record.fig.replaced"))
    axes.xaxis.set_label_coords(TOP / 2 / (TOP + 10), -0.14 * 3.6 / figure.get_size_inches()[1])
    axes.text(TOP + 1, -0.6, record.t("record.fig.moved"), fontsize=style.SMALL, va="bottom")
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    style.bare(axes)
    handles = [
        Line2D([], [], marker=_marker(special), linestyle="", color=_colour(special))
        for special in (False, True)
    ]
    handles.append(Line2D([], [], color=style.GREY, linewidth=3, alpha=0.5))
    labels = [record.t(f"record.fig.{key}") for key in ("same_edition", "new_edition", "bounds")]
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def regions(record: Record) -> Picture:
    """Return the regional mix of the overall top 30, the unknown members apart."""
    mix = region_mix(list(record.tops.values()), record.zones, record.aggregates)
    colours = style.region_colours(REGIONS)
    figure = style.new_figure(0.9 + 0.3 * len(mix), record.lang)
    axes = figure.subplots()
    y = np.arange(len(mix))
    start = np.zeros(len(mix))
    for code in (*REGIONS, "unknown"):
        width = mix[code].to_numpy(dtype=float)
        known = code != "unknown"
        axes.barh(
            y,
            width,
            left=start,
            height=0.72,
            color=colours[code] if known else "white",
            edgecolor="white" if known else style.LIGHT,
            hatch="" if known else HATCH,
            linewidth=0.8 if known else 0.0,
            label=record.region(code) if known else record.t("record.fig.not_known"),
        )
        for at, (left, count) in enumerate(zip(start, width, strict=True)):
            if count:
                axes.text(
                    left + count / 2,
                    at,
                    f"{count:.0f}",
                    ha="center",
                    va="center",
                    fontsize=style.SMALL + 0.5,
                    color="white" if code in ("east", "west") else style.INK,
                    bbox=None if known else {"facecolor": "white", "pad": 1.0},
                )
        start = start + width
    axes.set_xlim(0, TOP)
    axes.set_ylim(len(mix) - 0.4, -0.6)
    axes.set_yticks(y, [str(year) for year in mix.index])
    axes.set_xlabel(record.t("record.fig.zones_in_top"))
    axes.tick_params(axis="y", length=0)
    style.bare(axes)
    figure.legend(loc="outside upper center", ncols=4)
    return figure


def totals(record: Record) -> Picture:
    """Return the published totals of all zones; a line joins only one basis, year to year."""
    figure = style.new_figure(7.6, record.lang)
    grid = figure.subplots(4, 2, sharex=True)
    drawn: dict[str, Line2D] = {}
    for axes, metric in zip(grid.flat, TOTALS, strict=True):
        _total(record, axes, metric, drawn)
    bases = [code for code in record.bases.index if code in drawn]
    handles = [drawn[code] for code in bases]
    labels = [str(record.bases.at[code, f"name_{record.lang}"]) for code in bases]
    handles.append(
        Line2D([], [], marker="o", linestyle="", color=style.INK, markerfacecolor="white")
    )
    labels.append(record.t("record.fig.derived"))
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def _place(axes: Axes, x: int, y: int, status: str, place: object) -> None:
    box = (x - 0.5, y - 0.5)
    if status == "unknown":
        axes.add_patch(
            Rectangle(box, 1, 1, facecolor="white", edgecolor=style.LIGHT, hatch=HATCH, linewidth=0)
        )
    elif status == "in":
        axes.add_patch(Rectangle(box, 1, 1, facecolor=style.PALE))
        axes.plot(x, y, "o", markersize=3, color=style.INK)
    elif status == "place":
        rank = int(place)  # type: ignore[call-overload]
        share = 1 - (rank - 1) / (TOP - 1)
        axes.add_patch(Rectangle(box, 1, 1, facecolor=style.SEQUENTIAL(0.1 + 0.85 * share)))
        colour = "white" if share > 0.58 else style.INK
        axes.text(x, y, str(rank), ha="center", va="center", fontsize=style.SMALL, color=colour)
    axes.add_patch(Rectangle(box, 1, 1, fill=False, edgecolor="white", linewidth=1.0))


def _edition_breaks(years: tuple[int, ...]) -> list[int]:
    """Positions after which another edition is in force."""
    frameworks = [framework_for(year) for year in years]
    return [at for at, (one, two) in enumerate(itertools.pairwise(frameworks)) if one != two]


def _colour(special: bool) -> str:
    return style.VERMILLION if special else style.BLUE


def _marker(special: bool) -> str:
    return "D" if special else "o"


def _change(record: Record, axes: Axes, y: int, change: Turnover) -> None:
    special = record.changes_edition(change)
    colour = _colour(special)
    if change.exact:
        axes.plot(change.low, y, _marker(special), color=colour, markersize=6)
    else:
        axes.plot([change.low, change.high], [y, y], color=colour, linewidth=4, alpha=0.35)
        axes.plot([change.low, change.high], [y, y], "|", color=colour, markersize=9)
    axes.text(change.high + 0.7, y, record.replaced(change), va="center", color=colour)
    if change.compared:
        moved = record.t("record.fig.moves", mean=change.mean_move, n=change.compared)
        axes.text(TOP + 1, y, moved, va="center", fontsize=style.SMALL)


def _total(record: Record, axes: Axes, metric: str, drawn: dict[str, Line2D]) -> None:
    observed = series(record.aggregates, metric)
    observed = observed[observed["basis"] != "predecessor"]
    values = observed["value"] * shown_in(record, observed)
    codes = list(record.bases.index)
    for _, rows in observed.groupby("segment", sort=False):
        basis = str(rows["basis"].iloc[0])
        colour = style.PALETTE[codes.index(basis) % len(style.PALETTE)]
        marker = style.MARKERS[codes.index(basis) % len(style.MARKERS)]
        x = rows["data_year"].astype(int)
        axes.plot(x, values[rows.index], color=colour, linewidth=1.2)
        for year, value, derived in zip(x, values[rows.index], rows["derived"], strict=True):
            axes.plot(
                year,
                value,
                marker,
                color=colour,
                markersize=4.5,
                markerfacecolor="white" if derived == "yes" else colour,
            )
        drawn[basis] = Line2D([], [], color=colour, marker=marker, markersize=4.5)
    _label_ends(axes, observed.assign(shown=values))
    axes.axvline(2021.5, color=style.LIGHT, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.set_xlim(2014.4, 2024.9)
    axes.set_xticks(range(2015, 2025, 1), [f"{year % 100:02d}" for year in range(2015, 2025)])
    axes.tick_params(labelbottom=True)
    axes.set_ylim(0, float(values.max()) * 1.28)
    axes.yaxis.set_major_formatter(lambda value, _: _as_published(value))
    axes.grid(axis="y")
    axes.set_title(record.t(f"record.total.{metric}"), fontsize=style.NORMAL)


def _label_ends(axes: Axes, observed: pd.DataFrame) -> None:
    """Write the value at both ends of every segment, below where one stands close above."""
    for _, rows in observed.groupby("segment"):
        ends = zip(rows["data_year"].astype(int), rows["shown"].astype(float), strict=True)
        points = list(ends)
        for year, value in dict.fromkeys((points[0], points[-1])):
            same_year = observed.loc[observed["data_year"] == year, "shown"]
            below = bool((same_year > value).any())
            axes.annotate(
                _as_published(value),
                (year, value),
                xytext=(0, -5 if below else 5),
                textcoords="offset points",
                ha="center",
                va="top" if below else "bottom",
                fontsize=style.SMALL,
            )


def _as_published(value: float) -> str:
    """Return a number with up to two decimals and none that say nothing."""
    return number(value, next(d for d in (0, 1, 2) if d == 2 or round(value, d) == round(value, 9)))
