"""Every unit's place under two frameworks: a slope chart of a year, a bump chart of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from analysis.reporting import style
from analysis.reporting.editions.figures_flow import apart
from analysis.reporting.style import Picture
from analysis.reporting.uncertainty.figures_ranges import head
from analysis.texts import text

NAMED, FEWER = 12, 8  # units that are named where nobody says which; fewer over several years
EVERYBODY = 30  # units up to which all are named
LINE = 0.15  # inches between two names
SIDES = ("rank_old", "rank_new")
MUTED = "#CFCFCF"


def slope_chart(
    table: pd.DataFrame,
    lang: str,
    *,
    names: tuple[str, str],
    highlighted: Sequence[str] | None = None,
    regions: Mapping[str, str] | None = None,
    top: int | None = None,
    title: str = "",
) -> Picture:
    """Return every unit's place under either framework, joined by a line.

    Parameters
    ----------
    table : pandas.DataFrame
        ``unit, label, region, rank_old, rank_new``, of one year; units without
        a place under one of the two are left out.
    lang : {"zh", "en"}
    names : (str, str)
        What a reader sees for the two frameworks.
    highlighted : sequence of str, optional
        Units in colour and with their names, the others are pale. By default
        all of up to 30 units, else the twelve that moved most (`movers`).
    regions : mapping, optional
        Names of the regions in the order of the legend; one colour without.
    top : int, optional
        A line is drawn below this place.
    title : str

    Returns
    -------
    Picture
    """
    table = table.dropna(subset=list(SIDES))
    shown = _chosen(table, highlighted)
    height = 2.0 + 0.15 * len(table) if len(table) <= EVERYBODY else 6.6
    figure = style.new_figure(height + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    head(figure, title)
    if table.empty:
        style.say_instead(axes, text("cfig.none", lang))
        return figure
    ranks = table[list(SIDES)].to_numpy(dtype=float)
    last = float(ranks.max())
    named = table["unit"].isin(shown).to_numpy()
    pale = [[(0.0, a), (1.0, b)] for a, b in ranks[~named]]
    axes.add_collection(LineCollection(pale, colors=MUTED, linewidths=_pale_width(len(table))))
    colours, markers = _marks(regions)
    rows = table[named]
    for region, a, b in zip(rows["region"].astype(str), *ranks[named].T, strict=True):
        axes.plot(
            [0, 1],
            [a, b],
            color=colours.get(region, style.BLUE),
            marker=markers.get(region, "o"),
            markersize=3.6,
            linewidth=1.4,
            clip_on=False,
        )
    _frame(axes, last, top, lang)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    gap = LINE * (last + 1) / (height - 0.9)
    for side in (0, 1):
        _names(axes, rows["label"], ranks[named, side], side, gap, last, 26)
        axes.annotate(
            style.shorten(names[side], 36), (side, 1), xycoords="axes fraction", xytext=(0, 4),
            textcoords="offset points", ha=("left", "right")[side], va="bottom",
            fontsize=style.TITLE - 0.5,
        )  # fmt: skip
    _margins(figure, 0.27, lang, rows, regions, muted=not named.all(), height=height, title=title)
    return figure


def bump_chart(
    table: pd.DataFrame,
    lang: str,
    *,
    names: tuple[str, str],
    highlighted: Sequence[str] | None = None,
    regions: Mapping[str, str] | None = None,
    top: int | None = None,
    title: str = "",
) -> Picture:
    """Return places over the years, under the old framework on the left, the new on the right.

    Parameters
    ----------
    table : pandas.DataFrame
        ``year, unit, label, region, rank_old, rank_new``. A year without a place
        breaks the line of its unit.
    lang, names, regions, top, title
        As in `slope_chart`.
    highlighted : sequence of str, optional
        By default all of up to 30 units, else the eight that moved most in the
        last year.

    Returns
    -------
    Picture
    """
    table = table.dropna(subset=list(SIDES), how="all").sort_values(["year", "unit"])
    years = sorted({int(year) for year in table["year"]})
    last_year = table[table["year"] == years[-1]] if years else table
    shown = _chosen(last_year, highlighted, FEWER)
    many = int(table["unit"].nunique())
    height = 2.0 + 0.15 * many if many <= EVERYBODY else 6.2
    figure = style.new_figure(height + (0.2 if title else 0.0), lang)
    if table.empty:
        style.say_instead(figure.subplots(), text("cfig.none", lang))
        head(figure, title)
        return figure
    head(figure, title)
    last = float(table[list(SIDES)].max().max())
    colours, markers = _marks(regions)
    labels = last_year.set_index("unit")["label"]
    places = table.drop_duplicates("unit", keep="last").set_index("unit")["region"].astype(str)
    for side, axes in enumerate(figure.subplots(1, 2, sharey=True)):
        wide = table.pivot(index="unit", columns="year", values=SIDES[side]).astype("Float64")
        grid = wide.to_numpy(dtype=float, na_value=np.nan)
        named = wide.index.isin(shown)
        lines = [np.column_stack([years, row]) for row in grid[~named]]
        axes.add_collection(
            LineCollection(lines, colors=MUTED, linewidths=0.75 * _pale_width(many))
        )
        for unit, row in zip(wide.index[named], grid[named], strict=True):
            region = places[unit]
            axes.plot(
                years,
                row,
                color=colours.get(region, style.BLUE),
                marker=markers.get(region, "o"),
                markersize=3.2,
                linewidth=1.3,
                clip_on=False,
            )
        _frame(axes, last, top if side else None, lang)
        if top is not None and not side:
            _cut(axes, top, last)
        axes.set_xlim(years[0] - (len(years) == 1), years[-1] + (len(years) == 1))
        step = -(-len(years) // 5)
        axes.set_xticks(years[::-1][::step][::-1])
        axes.set_title(style.shorten(names[side], 38), fontsize=style.TITLE - 0.5, pad=8)
        column = grid[named, 0 if side == 0 else -1]
        there = ~np.isnan(column)
        words = pd.Series([labels.get(unit, unit) for unit in wide.index[named]])[there]
        gap = LINE * (last + 1) / (height - 1.1)
        _names(axes, words, column[there], side, gap, last, 20)
    rows = last_year[last_year["unit"].isin(shown)]
    muted = many > len(rows)
    _margins(figure, 0.22, lang, rows, regions, muted=muted, height=height, title=title)
    return figure


def movers(table: pd.DataFrame, most: int = NAMED) -> list[str]:
    """Return the units that moved most places, those of one size by code; none that stayed.

    Parameters
    ----------
    table : pandas.DataFrame
        ``unit, rank_old, rank_new``.
    most : int
        At most.
    """
    known = table.dropna(subset=list(SIDES))
    size = (known["rank_old"].astype(float) - known["rank_new"].astype(float)).abs()
    known = known.assign(size=size)[size > 0]
    ordered = known.sort_values(["size", "unit"], ascending=[False, True], kind="stable")
    return [str(unit) for unit in ordered["unit"].head(most)]


def _chosen(table: pd.DataFrame, highlighted: Sequence[str] | None, most: int = NAMED) -> list[str]:
    if highlighted is not None:
        return list(highlighted)
    if len(table) <= EVERYBODY:
        return [str(unit) for unit in table["unit"]]
    return movers(table, most)


def _pale_width(many: int) -> float:
    return max(0.25, min(0.9, 120 / max(many, 1)))


def _marks(regions: Mapping[str, str] | None) -> tuple[dict[str, str], dict[str, str]]:
    codes = list(regions or ())
    return style.region_colours(codes), style.region_markers(codes)


def _frame(axes: Axes, last: float, top: int | None, lang: str) -> None:
    axes.set_ylim(last + 0.02 * last, 1 - 0.02 * last)
    axes.set_yticks([])
    style.bare(axes, left=True, right=True)
    if top is not None and top < last:
        _cut(axes, top, last)
        axes.annotate(
            text("cfig.top", lang, top=top), (0.5, top + 0.5), xycoords=("axes fraction", "data"),
            xytext=(0, 2), textcoords="offset points", ha="center", va="bottom",
            fontsize=style.SMALL, color=style.INK,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"},
        )  # fmt: skip


def _cut(axes: Axes, top: int, last: float) -> None:
    if top < last:
        axes.axhline(top + 0.5, color=style.GREY, linewidth=0.8, linestyle=(0, (4, 3)))


def _names(
    axes: Axes, labels: pd.Series, ranks: np.ndarray, side: int, gap: float, last: float, width: int
) -> None:
    """Write names and places beside the ends of lines, apart from each other."""
    placed = apart(ranks, gap, 1.0, last)
    to = axes.get_yaxis_transform()
    edge, sign = (0.0, -1) if side == 0 else (1.0, 1)
    for label, rank, place in zip(labels, ranks, placed, strict=True):
        axes.plot(
            [edge + sign * 0.02, edge + sign * 0.055],
            [rank, place],
            transform=to,
            color=style.LIGHT,
            linewidth=0.6,
            clip_on=False,
        )
        name = style.shorten(str(label), width)
        said = f"{name}  {rank:.0f}" if side == 0 else f"{rank:.0f}  {name}"
        axes.text(
            edge + sign * 0.065, place, said, transform=to, ha=("right", "left")[side],
            va="center", fontsize=style.SMALL,
        )  # fmt: skip


def _margins(
    figure: Picture,
    side: float,
    lang: str,
    rows: pd.DataFrame,
    regions: Mapping[str, str] | None,
    *,
    muted: bool,
    height: float,
    title: str,
) -> None:
    """Leave room for names at both sides, for a title, and for the legend below."""
    present = {str(region) for region in rows["region"]} if regions else set()
    colours, markers = _marks(regions)
    handles = [
        Line2D([], [], color=colours[code], marker=markers[code], markersize=4, label=name)
        for code, name in (regions or {}).items()
        if code in present
    ]
    if muted:
        label = text("cfig.others", lang)
        handles.append(Line2D([], [], color=MUTED, linewidth=1.0, label=label))
    full = height + (0.2 if title else 0.0)
    figure.set_layout_engine(None)  # margins are set by hand, names stand in them
    low = 0.5 / full if handles else 0.25 / full
    figure.subplots_adjust(
        left=side, right=1 - side, bottom=low + 0.02, top=1 - (0.55 if title else 0.32) / full,
        wspace=0.08,
    )  # fmt: skip
    if handles:
        figure.legend(handles=handles, loc="lower center", ncols=min(len(handles), 6))
