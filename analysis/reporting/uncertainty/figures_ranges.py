"""Ranges of ranks: a wide one, a narrow one within it and the nominal rank, unit by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.lines import Line2D

from analysis.reporting import style
from analysis.reporting.markdown import display_width
from analysis.reporting.style import Picture
from analysis.texts import text

COLUMN = 40  # rows that a column of named units holds
PAGE = 3 * COLUMN


@dataclass(frozen=True)
class Ranges:
    """The columns that a figure draws, and its words.

    Attributes
    ----------
    wide, narrow : tuple of (str, str)
        Columns with the smallest and the greatest rank.
    words : str
        Part of the keys of the texts: ``ufig.<words>.wide``, ``.narrow``, ``.axis``.
    """

    wide: tuple[str, str]
    narrow: tuple[str, str]
    words: str


INTERVALS = Ranges(("q05", "q95"), ("q25", "q75"), "intervals")
BOUNDS = Ranges(("best_outer", "worst_outer"), ("best_inner", "worst_inner"), "bounds")


def pale(colour: str) -> str:
    """Return a colour mixed with white, two parts of white to one."""
    red, green, blue = (0.36 * part + 0.64 for part in to_rgb(colour))
    return to_hex((red, green, blue))


def overview(
    table: pd.DataFrame,
    lang: str,
    ranges: Ranges,
    *,
    title: str,
    regions: Mapping[str, str] | None,
    cuts: Sequence[int],
) -> Picture:
    """Return the ranges of all units side by side, by nominal rank."""
    figure = style.new_figure(4.6 + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    table = _ranked(table)
    if not len(table):
        style.say_instead(axes, text("ufig.none", lang))
        return figure
    place = np.arange(1, len(table) + 1)
    colours = _colours(table, regions)
    pitch = min(6.0, 390 / len(table))  # points a unit
    for (low, high), tint in ((ranges.wide, True), (ranges.narrow, False)):
        axes.vlines(
            place,
            table[low] - 0.4,
            table[high] + 0.4,
            colors=[pale(colour) if tint else colour for colour in colours],
            linewidth=max(0.5, 0.78 * pitch),
        )
    axes.plot(
        place,
        table["rank"],
        "o",
        color="white",
        clip_on=False,  # the last one is drawn whole
        markeredgecolor=style.INK,
        markeredgewidth=max(0.3, min(0.7, 0.18 * pitch)),
        markersize=max(1.3, min(3.6, 0.9 * pitch)),
    )
    last = int(max(table[ranges.wide[1]].max(), len(table)))
    for cut in cuts:
        if cut < last:
            axes.axhline(cut + 0.5, color=style.GREY, linewidth=0.7, linestyle=(0, (4, 3)))
            axes.annotate(
                text("ufig.cut", lang, k=cut),
                (1, cut + 0.5),
                xycoords=("axes fraction", "data"),
                xytext=(-2, 2),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=style.SMALL,
                color=style.GREY,
            )
    axes.set_xlim(0, len(table) + 1)
    axes.set_ylim(last + 1, 0)
    style.rank_axis(axes.xaxis, len(table))
    style.rank_axis(axes.yaxis, last)
    axes.grid(axis="y")
    axes.set_xlabel(text("ufig.by_rank", lang))
    axes.set_ylabel(text(f"ufig.{ranges.words}.axis", lang))
    style.bare(axes, bottom=True, left=True)
    _legend(figure, table, lang, ranges, regions)
    head(figure, title)
    return figure


def rows(
    table: pd.DataFrame,
    lang: str,
    ranges: Ranges,
    *,
    title: str,
    regions: Mapping[str, str] | None,
    cuts: Sequence[int],
) -> Picture:
    """Return the ranges of up to `PAGE` units with their names, in columns of one scale."""
    if len(table) > PAGE:
        raise ValueError(f"{len(table)} units are more than the {PAGE} a page holds")
    table = table[table["rank"].notna()]
    columns = 1 if len(table) <= 20 else 2 if len(table) <= 2 * COLUMN else 3
    many = max(-(-len(table) // columns), 3)
    figure = style.new_figure(0.95 + 0.165 * many + (0.2 if title else 0.0), lang)
    if not len(table):
        style.say_instead(figure.subplots(), text("ufig.none", lang))
        return figure
    parts = [table.iloc[start : start + many] for start in range(0, len(table), many)]
    low, high = ranges.wide
    # One scale for all columns: lengths can be compared, wherever each begins.
    span = max(float(part[high].max() - part[low].min()) for part in parts) + 2
    last = max(float(table[high].max()), span - 1)
    grid = np.atleast_1d(figure.subplots(1, len(parts)))
    for axes, part in zip(grid, parts, strict=True):
        start = min(float(part[low].min()) - 1, last + 1 - span)
        _column(axes, part, ranges, _colours(part, regions), many, columns)
        axes.set_xlim(start, start + span)
        axes.set_xticks(_ticks(start, start + span))
        for cut in cuts:
            if start < cut < start + span:
                axes.axvline(
                    cut + 0.5, color=style.GREY, linewidth=0.7, linestyle=(0, (4, 3)), zorder=0
                )
                axes.annotate(
                    str(cut),
                    (cut + 0.5, 1),
                    xycoords=("data", "axes fraction"),
                    ha="center",
                    va="bottom",
                    fontsize=style.SMALL - 1,
                    color=style.GREY,
                )
    grid[len(parts) // 2 if len(parts) == 3 else 0].set_xlabel(
        text(f"ufig.{ranges.words}.axis", lang)
    )
    _legend(figure, table, lang, ranges, regions)
    head(figure, title)
    return figure


def _column(
    axes: Axes, part: pd.DataFrame, ranges: Ranges, colours: list[str], many: int, columns: int
) -> None:
    y = np.arange(len(part))
    for (low, high), tint in ((ranges.wide, True), (ranges.narrow, False)):
        axes.hlines(
            y,
            part[low] - 0.4,
            part[high] + 0.4,
            colors=[pale(colour) if tint else colour for colour in colours],
            linewidth=5.0,
        )
    axes.plot(
        part["rank"],
        y,
        "o",
        color="white",
        clip_on=False,  # the last one is drawn whole
        markeredgecolor=style.INK,
        markeredgewidth=0.7,
        markersize=3.0,
    )
    width = 30 if columns == 1 else 21 if columns == 2 else 19
    labels = [
        f"{style.shorten(str(label), width)}  {int(rank)}"
        for label, rank in zip(part["label"], part["rank"], strict=True)
    ]
    axes.set_yticks(y, labels, fontsize=style.SMALL)
    axes.set_ylim(many - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=style.SMALL)
    axes.grid(axis="x")
    style.bare(axes, bottom=True)


def _ticks(start: float, end: float) -> list[int]:
    step = next((s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if (end - start) / s <= 5), 1000)
    first = int(-(-max(start, 0) // step)) * step
    # There is no rank 0.
    return [max(tick, 1) for tick in range(first, int(end) + 1, step)]


def head(figure: Picture, title: str) -> None:
    """Write a title above a figure that stands alone."""
    if title:
        figure.suptitle(title, x=0.01, ha="left")


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["rank"].notna()].sort_values("rank", kind="stable")


def _colours(table: pd.DataFrame, regions: Mapping[str, str] | None) -> list[str]:
    if not regions:
        return [style.BLUE] * len(table)
    colours = style.region_colours(list(regions))
    return [colours.get(str(region), style.GREY) for region in table["region"]]


def _legend(
    figure: Picture,
    table: pd.DataFrame,
    lang: str,
    ranges: Ranges,
    regions: Mapping[str, str] | None,
) -> None:
    handles = []
    present = {str(region) for region in table["region"]} if regions else set()
    colours = style.region_colours(list(regions or ()))
    for code, name in (regions or {}).items():
        if code in present:
            handles.append(Line2D([], [], color=colours[code], linewidth=5, label=name))
    for key, colour in (("wide", pale(style.INK)), ("narrow", style.INK)):
        label = text(f"ufig.{ranges.words}.{key}", lang)
        handles.append(Line2D([], [], color=colour, linewidth=5, label=label))
    handles.append(
        Line2D(
            [],
            [],
            linestyle="",
            marker="o",
            markersize=4,
            color="white",
            markeredgecolor=style.INK,
            label=text("ufig.nominal", lang),
        )
    )
    wide = sum(display_width(str(handle.get_label())) + 7 for handle in handles)
    ncols = len(handles) if wide <= 100 else -(-len(handles) // 2)
    figure.legend(handles=handles, loc="outside lower center", ncols=ncols, columnspacing=1.2)
