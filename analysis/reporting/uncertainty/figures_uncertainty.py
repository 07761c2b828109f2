"""Figures of how firm ranks are, drawn from plain tables.

Every function takes tables as `jingkai uncertainty` writes them, with a column
``label`` (what a reader sees) beside ``unit``, and a language; it returns a figure.
``title`` is written above the figure where it stands alone, on a page by itself;
a notebook has captions and leaves it out. ``regions`` gives the regions' names in
the order of the legend (``{"east": "East", ...}``); without it there is one colour.
``cuts`` are ranks below which a line is drawn (10, 30). Units without a nominal
rank are left out; a table without rows gives a figure that says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, PowerNorm

from analysis.reporting import style
from analysis.reporting.style import Picture
from analysis.reporting.uncertainty import figures_ranges
from analysis.reporting.uncertainty.figures_hasse import hasse_diagram
from analysis.reporting.uncertainty.figures_ranges import BOUNDS, INTERVALS, PAGE, head
from analysis.texts import text

__all__ = [
    "PAGE",
    "acceptability_map",
    "bounds_overview",
    "bounds_rows",
    "hasse_diagram",
    "interval_overview",
    "interval_rows",
    "sobol_bars",
    "sobol_by_unit",
]

NAMED = 40  # units up to which a heat map names its rows


def interval_overview(
    table: pd.DataFrame,
    lang: str,
    *,
    title: str = "",
    regions: Mapping[str, str] | None = None,
    cuts: Sequence[int] = (),
) -> Picture:
    """Return every unit's rank interval, the units side by side by nominal rank.

    ``table``: label, region, rank, q05, q25, q75, q95.
    """
    return figures_ranges.overview(table, lang, INTERVALS, title=title, regions=regions, cuts=cuts)


def interval_rows(
    table: pd.DataFrame,
    lang: str,
    *,
    title: str = "",
    regions: Mapping[str, str] | None = None,
    cuts: Sequence[int] = (),
) -> Picture:
    """Return the rank intervals of up to `PAGE` units with their names, in columns.

    ``table`` as in `interval_overview`, its rows in the order they are to have.
    The columns have one scale and each its own beginning.

    Raises
    ------
    ValueError
        If there are more than `PAGE` rows.
    """
    return figures_ranges.rows(table, lang, INTERVALS, title=title, regions=regions, cuts=cuts)


def bounds_overview(
    table: pd.DataFrame,
    lang: str,
    *,
    title: str = "",
    regions: Mapping[str, str] | None = None,
    cuts: Sequence[int] = (),
) -> Picture:
    """Return every unit's best and worst rank over all admissible weights, side by side.

    ``table``: label, region, rank, best_outer, best_inner, worst_inner, worst_outer.
    """
    return figures_ranges.overview(table, lang, BOUNDS, title=title, regions=regions, cuts=cuts)


def bounds_rows(
    table: pd.DataFrame,
    lang: str,
    *,
    title: str = "",
    regions: Mapping[str, str] | None = None,
    cuts: Sequence[int] = (),
) -> Picture:
    """Return the rank bounds of up to `PAGE` units with their names, in columns.

    ``table`` as in `bounds_overview`. Raises ValueError as `interval_rows` does.
    """
    return figures_ranges.rows(table, lang, BOUNDS, title=title, regions=regions, cuts=cuts)


def acceptability_map(
    acceptability: pd.DataFrame,
    units: pd.DataFrame,
    lang: str,
    *,
    title: str = "",
    cuts: Sequence[int] = (),
) -> Picture:
    """Return how often each unit takes each place, as a heat map.

    ``acceptability``: unit, place, p (rows of p 0 may be left out); ``units``:
    unit, label, rank, in the order of the rows. Names stand beside the rows
    where there are at most 40 of them, else the places of the order. The
    shades follow the cube root of p, so that rare places show.
    """
    many = len(units)
    tall = 1.1 + 0.17 * max(many, 3) if many <= NAMED else 6.0
    figure = style.new_figure(tall + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    wanted = acceptability[acceptability["unit"].isin(units["unit"]) & (acceptability["p"] > 0)]
    if not len(wanted):
        style.say_instead(axes, text("ufig.none", lang))
        return figure
    row_of = pd.Series(np.arange(many), index=pd.Index(units["unit"]))
    places = int(wanted["place"].max())
    cells = np.full((many, places), np.nan)
    cells[row_of.loc[wanted["unit"]], wanted["place"].to_numpy(dtype=int) - 1] = wanted["p"]
    image = axes.imshow(
        np.ma.masked_invalid(cells),
        cmap=style.SEQUENTIAL,
        norm=PowerNorm(1 / 3, 0, 1),
        aspect="auto",
        interpolation="nearest",
        extent=(0.5, places + 0.5, many - 0.5, -0.5),
    )
    for cut in cuts:
        if cut < places:
            axes.axvline(cut + 0.5, color=style.VERMILLION, linewidth=0.7, linestyle=(0, (4, 3)))
    if many <= NAMED:
        labels = [
            f"{style.shorten(str(label), 26)}  {int(rank)}"
            for label, rank in zip(units["label"], units["rank"], strict=True)
        ]
        axes.set_yticks(range(many), labels, fontsize=style.SMALL)
    else:
        style.rank_axis(axes.yaxis, many)
        axes.set_yticks(
            [tick - 1 for tick in axes.get_yticks()], [f"{tick:g}" for tick in axes.get_yticks()]
        )
        axes.set_ylabel(text("ufig.by_rank", lang))
    axes.tick_params(axis="y", length=0)
    style.rank_axis(axes.xaxis, places)
    axes.set_xlabel(text("ufig.place", lang))
    for side in axes.spines.values():
        side.set_visible(True)
    shares = [0.0, 0.01, 0.05, 0.2, 0.5, 1.0]
    scale = figure.colorbar(image, ax=axes, fraction=0.03, pad=0.02, ticks=shares)
    scale.ax.set_yticklabels([f"{share:.0%}" for share in shares])
    scale.set_label(text("ufig.share", lang))
    scale.outline.set_visible(False)
    head(figure, title)
    return figure


def sobol_bars(
    table: pd.DataFrame, lang: str, *, title: str = "", labels: Mapping[str, str] | None = None
) -> Picture:
    """Return first-order and total Sobol' indices of one output, factor by factor.

    ``table``: factor, first, first_low, first_high, total, total_low, total_high
    (one row a factor; all NaN where the output does not vary, which is said).
    ``labels``: the factors' names. The greatest total index stands first.
    """
    table = table.sort_values("total", ascending=False, kind="stable")
    figure = style.new_figure(0.9 + 0.42 * max(len(table), 2) + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    head(figure, title)
    if not table["total"].notna().any():
        style.say_instead(axes, text("ufig.no_variance", lang))
        return figure
    y = np.arange(len(table))
    _bars(axes, table, "total", y + 0.17, figures_ranges.pale(style.BLUE), text("ufig.total", lang))
    _bars(axes, table, "first", y - 0.17, style.BLUE, text("ufig.first", lang))
    names = [style.wrap(str((labels or {}).get(f, f)), 24, 2) for f in table["factor"]]
    axes.set_yticks(y, names)
    axes.set_ylim(len(table) - 0.4, -0.6)
    lowest = np.nanmin(table[["first_low", "total_low"]].to_numpy(dtype=float), initial=0.0)
    highest = np.nanmax(table[["first_high", "total_high"]].to_numpy(dtype=float), initial=1.0)
    axes.set_xlim(min(lowest - 0.02, 0.0), highest + 0.1)
    axes.axvline(0, color=style.INK, linewidth=0.8)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel(text("ufig.index", lang))
    style.bare(axes, bottom=True)
    figure.legend(loc="outside lower center", ncols=2, reverse=True)
    return figure


def _bars(
    axes: Axes, table: pd.DataFrame, which: str, y: np.ndarray, colour: str, label: str
) -> None:
    value, low, high = (
        table[f"{which}{end}"].to_numpy(dtype=float) for end in ("", "_low", "_high")
    )
    axes.barh(y, value, height=0.32, color=colour, label=label)
    axes.hlines(y, low, high, color=style.INK, linewidth=0.9)
    for place, number, end in zip(y, value, np.fmax(value, high), strict=True):
        if np.isfinite(number):
            axes.annotate(
                f"{round(number, 2) + 0.0:.2f}",  # no minus before zero
                (end, place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=style.SMALL,
            )


def sobol_by_unit(
    table: pd.DataFrame,
    units: pd.DataFrame,
    lang: str,
    *,
    title: str = "",
    labels: Mapping[str, str] | None = None,
) -> Picture:
    """Return each factor's total index for every unit's rank, units by nominal rank.

    ``table``: factor, unit, total (NaN where the unit's rank does not vary:
    grey); ``units``: unit, label, rank.
    """
    units = units[units["rank"].notna()].sort_values("rank", kind="stable")
    factors = list(dict.fromkeys(table["factor"]))
    figure = style.new_figure(1.3 + 0.3 * max(len(factors), 2) + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    head(figure, title)
    if not len(units) or not factors:
        style.say_instead(axes, text("ufig.none", lang))
        return figure
    cells = table.pivot(index="factor", columns="unit", values="total")
    cells = cells.reindex(index=factors, columns=list(units["unit"]))
    axes.set_facecolor(style.LIGHT)
    image = axes.imshow(
        np.ma.masked_invalid(cells.to_numpy(dtype=float)),
        cmap=style.SEQUENTIAL,
        norm=Normalize(0, 1),
        aspect="auto",
        interpolation="nearest",
        extent=(0.5, len(units) + 0.5, len(factors) - 0.5, -0.5),
    )
    axes.set_yticks(
        range(len(factors)), [style.wrap(str((labels or {}).get(f, f)), 22, 2) for f in factors]
    )
    axes.tick_params(axis="y", length=0)
    style.rank_axis(axes.xaxis, len(units))
    axes.set_xlabel(text("ufig.by_rank", lang))
    style.bare(axes)
    scale = figure.colorbar(image, ax=axes, fraction=0.03, pad=0.02, ticks=[0, 0.5, 1])
    scale.set_label(text("ufig.total", lang))
    scale.outline.set_visible(False)
    return figure
