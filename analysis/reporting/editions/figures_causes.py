"""Why units moved between two frameworks, and what either framework rewards: bars and dots."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from analysis.core.comparing.hybrid import CAUSES
from analysis.reporting import style
from analysis.reporting.scores.figures_scores import swarm
from analysis.reporting.style import Picture
from analysis.reporting.uncertainty.figures_ranges import head
from analysis.texts import table as texts
from analysis.texts import text

MEASURES = ("rank", "score")
PAGE = 40  # units that have a row of their own
COLOURS = dict(zip(CAUSES, ("#332288", "#88CCEE", "#DDCC77", "#CC6677"), strict=True))
TINY = 1e-9
OLD, NEW = "#9AA5B1", style.BLUE


def attribution_bars(
    table: pd.DataFrame, lang: str, *, measure: str = "rank", title: str = ""
) -> Picture:
    """Return the shift of each unit as the sum of its causes, a row a unit.

    Parts that raise a unit stand to the right of 0, those that lower it to the
    left; the dot is their sum.

    Parameters
    ----------
    table : pandas.DataFrame
        ``label``, and with ``measure`` before each name: ``old, new, shift`` and
        the causes, as in `analysis.core.comparing.attribution.Attribution`
        (``rank_old, ..., rank_normalisation``). Rows in the order they are to have.
    lang : {"zh", "en"}
    measure : {"rank", "score"}
    title : str

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there are more than 40 rows.
    """
    if len(table) > PAGE:
        raise ValueError(f"{len(table)} units are more than the {PAGE} a figure holds")
    figure = style.new_figure(1.0 + 0.19 * max(len(table), 3) + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    head(figure, title)
    if table.empty:
        style.say_instead(axes, text("cfig.none", lang))
        return figure
    rows = np.arange(len(table))
    ends = {1: np.zeros(len(table)), -1: np.zeros(len(table))}
    for cause in CAUSES:
        parts = table[f"{measure}_{cause}"].to_numpy(dtype=float)
        label = text(f"cfig.cause.{cause}", lang)
        for sign in (1, -1):
            part = np.where(parts * sign > 0, parts, 0.0)
            axes.barh(
                rows, part, left=ends[sign], height=0.72, color=COLOURS[cause],
                label=label if sign == 1 else None,
            )  # fmt: skip
            ends[sign] = ends[sign] + part
    axes.plot(
        table[f"{measure}_shift"].to_numpy(dtype=float), rows, "o", markersize=4.2, color="white",
        markeredgecolor=style.INK, markeredgewidth=1.0, label=text("cfig.total", lang),
    )  # fmt: skip
    axes.axvline(0, color=style.INK, linewidth=0.8)
    span = max(ends[1].max(), -ends[-1].min()) or 1.0
    axes.set_xlim(ends[-1].min() - 0.03 * span, ends[1].max() + 0.03 * span)
    axes.set_yticks(rows, _row_labels(table, measure))
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel(text(f"cfig.shift.{measure}", lang))
    style.bare(axes, bottom=True)
    figure.legend(loc="outside lower center", ncols=5 if lang == "zh" else 3, columnspacing=1.2)
    return figure


def attribution_overview(
    table: pd.DataFrame,
    lang: str,
    *,
    measure: str = "rank",
    regions: Mapping[str, str] | None = None,
    title: str = "",
) -> Picture:
    """Return what each cause has in the shifts of all units: a dot a unit, a row a cause.

    The bar in a row is the median.

    Parameters
    ----------
    table : pandas.DataFrame
        As in `attribution_bars`, any number of rows; with ``region`` where regions
        are given.
    lang : {"zh", "en"}
    measure : {"rank", "score"}
    regions : mapping, optional
        Names of the regions in the order of the legend.
    title : str

    Returns
    -------
    Picture
    """
    figure = style.new_figure(4.0 + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    head(figure, title)
    if table.empty:
        style.say_instead(axes, text("cfig.none", lang))
        return figure
    kinds = ("shift", *CAUSES)
    values = table[[f"{measure}_{kind}" for kind in kinds]].to_numpy(dtype=float)
    span = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    codes = list(regions or ())
    colours, markers = style.region_colours(codes), style.region_markers(codes)
    own = table["region"].astype(str).to_numpy() if regions else np.full(len(table), "")
    shown = [code for code in codes if (own == code).any()]
    parts = [(own == code, colours[code], markers[code]) for code in shown]
    rest = ~np.isin(own, shown)
    if rest.any():
        parts.append((rest, style.GREY if regions else style.BLUE, "o"))
    for row, column in enumerate(values.T):
        if not np.abs(column).max() > TINY:
            axes.annotate(
                text("cfig.no_part", lang), (0, row), xytext=(6, 0), textcoords="offset points",
                va="center", color=style.GREY,
            )  # fmt: skip
            continue
        moved = swarm(column, 2 * span / 110)
        # Where many stand at one value the dots of a row come closer, and stay in it.
        pitch = min(0.055, 0.42 / max(float(np.abs(moved).max()), 1.0))
        for mask, colour, marker in parts:
            axes.scatter(
                column[mask], row + pitch * moved[mask], s=7, marker=marker, color=colour,
                linewidths=0,
            )  # fmt: skip
        axes.plot([np.median(column)] * 2, [row - 0.42, row + 0.42], color=style.INK, linewidth=1.2)
    words = [text("cfig.total", lang), *(text(f"cfig.cause.{cause}", lang) for cause in CAUSES)]
    axes.set_yticks(range(len(kinds)), [style.wrap(word, 16, 2) for word in words])
    axes.set_ylim(len(kinds) - 0.5, -0.5)
    axes.set_xlim(-1.05 * span, 1.05 * span)
    axes.axhline(0.5, color=style.LIGHT, linewidth=0.8)
    axes.axvline(0, color=style.GREY, linewidth=0.8, zorder=0)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel(text(f"cfig.shift.{measure}", lang))
    style.bare(axes, bottom=True)
    if len(shown) > 1 and regions:
        handles = [
            Line2D(
                [], [], linestyle="", marker=markers[code], markersize=4, color=colours[code],
                label=regions[code],
            )
            for code in shown
        ]  # fmt: skip
        figure.legend(handles=handles, loc="outside lower center", ncols=min(len(shown), 6))
    return figure


def reward_bars(
    old: pd.DataFrame,
    new: pd.DataFrame,
    lang: str,
    *,
    names: tuple[str, str],
    aspect: str = "kind",
    title: str = "",
) -> Picture:
    """Return the share of either framework's weight on each kind of item, side by side.

    Parameters
    ----------
    old, new : pandas.DataFrame
        As `analysis.core.comparing.rewards.rewards` returns them.
    lang : {"zh", "en"}
    names : (str, str)
        What a reader sees for the two frameworks.
    aspect : {"kind", "evidence", "weight_status", "group_weight_status"}
    title : str

    Returns
    -------
    Picture
    """
    shares = [
        frame[frame["aspect"] == aspect].set_index("word")["weight"] * 100 for frame in (old, new)
    ]
    words = list(dict.fromkeys([*shares[0].index, *shares[1].index]))
    words = [word for word in words if word] + [word for word in words if not word]
    figure = style.new_figure(0.9 + 0.36 * max(len(words), 2) + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    head(figure, title)
    if not words:
        style.say_instead(axes, text("cfig.no_flows", lang))
        return figure
    rows = np.arange(len(words))
    for side, colour in ((0, OLD), (1, NEW)):
        values = shares[side].reindex(words).fillna(0.0).to_numpy(dtype=float)
        place = rows + (side - 0.5) * 0.38
        axes.barh(place, values, height=0.36, color=colour, label=style.shorten(names[side], 40))
        for y, value in zip(place, values, strict=True):
            axes.annotate(
                f"{value:.1f}" if value else "0", (value, y), xytext=(3, 0),
                textcoords="offset points", va="center", fontsize=style.SMALL,
            )  # fmt: skip
    axes.set_yticks(rows, [word_of(aspect, word, lang) for word in words])
    axes.set_ylim(len(words) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel(text("cfig.share", lang))
    style.bare(axes, bottom=True)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def word_of(aspect: str, word: str, lang: str) -> str:
    """Return what a reader sees for a framework's word, the word itself where it is its own."""
    key = f"cfig.{aspect.removeprefix('group_')}.{word}"
    return text(key, lang) if key in texts() else word


def _row_labels(table: pd.DataFrame, measure: str) -> list[str]:
    sides = zip(table["label"], table[f"{measure}_old"], table[f"{measure}_new"], strict=True)
    number = "{:.0f}" if measure == "rank" else "{:.2f}"
    return [
        f"{style.shorten(str(label), 24)}  {number.format(old)} → {number.format(new)}"
        for label, old, new in sides
    ]
