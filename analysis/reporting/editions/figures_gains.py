"""Figures of who gains by a change of framework, drawn from plain tables.

``terms`` tables are those of `analysis.core.comparing.gains.Gains`; ``regions`` gives the
regions' names by code in the order of the report, ``ties`` is what
`analysis.core.comparing.predictors.mechanical` returns. ``outcome`` is ``rank`` or ``score``.
``title`` stands above a figure that stands alone; a notebook has captions.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from analysis.reporting import style
from analysis.reporting.editions.gains_labels import (
    class_label,
    in_order,
    predictor_label,
    term_labels,
)
from analysis.reporting.markdown import percent
from analysis.reporting.style import Picture
from analysis.reporting.uncertainty.figures_ranges import head
from analysis.texts import text

OUTCOMES = {"rank": (style.BLUE, "o"), "score": (style.VERMILLION, "s")}
PANELS = 3  # panels a row
ROW = 0.24  # inches a row of a class


def effects(
    tables: Mapping[str, pd.DataFrame],
    lang: str,
    *,
    regions: Mapping[str, str] | None = None,
    reference: str = "",
    ties: pd.DataFrame | None = None,
    title: str = "",
) -> Picture:
    """Return the standardised effects with their robust intervals, the outcomes side by side.

    ``tables``: `Gains.effects` by outcome. A hollow marker is a predictor
    that is tied to an index.
    """
    first = next(iter(tables.values()), pd.DataFrame())
    figure = style.new_figure(1.3 + 0.42 * max(len(first), 2) + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    head(figure, title)
    if first.empty:
        style.say_instead(axes, text("gains.fig.none", lang))
        return figure
    tied = set() if ties is None else set(ties.loc[ties["tie"] != "", "predictor"])
    keys = list(zip(first["predictor"], first["level"], strict=True))
    for place, (outcome, table) in enumerate(tables.items()):
        colour, marker = OUTCOMES[outcome]
        offset = 0.15 * (2 * place - (len(tables) - 1))
        rows = table.set_index(["predictor", "level"]).reindex(keys)
        y = np.arange(len(keys)) + offset
        axes.hlines(y, rows["standardised_low"], rows["standardised_high"], color=colour)
        for hollow in (False, True):
            mine = np.array([(predictor in tied) == hollow for predictor, _ in keys])
            axes.plot(
                rows["standardised"].to_numpy()[mine],
                y[mine],
                marker,
                color=colour,
                markerfacecolor="white" if hollow else colour,
                markersize=5,
            )
    labels = term_labels(first, lang, regions=regions, reference=reference, ties=ties)
    axes.set_yticks(range(len(keys)), [style.wrap(label, 30, 2) for label in labels])
    axes.set_ylim(len(keys) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=style.INK, linewidth=0.8, zorder=0)
    axes.grid(axis="x")
    axes.set_xlabel(style.wrap(text("gains.fig.standardised", lang), 76, 2))
    style.bare(axes, bottom=True)
    handles = [
        Line2D([], [], color=c, marker=m, markersize=5, label=text(f"gains.outcome.{o}", lang))
        for o, (c, m) in OUTCOMES.items()
        if o in tables
    ]
    shown = () if ties is None else ties.loc[ties["predictor"].isin(first["predictor"]), "tie"]
    present = set(shown)
    for tie, kinds in (("item", {"item"}), ("inputs", {"inputs", "rule"})):
        if present & kinds:
            handles.append(Line2D([], [], linestyle="", label=text(f"gains.tied.{tie}", lang)))
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def quantiles(
    table: pd.DataFrame,
    least_squares: pd.DataFrame,
    lang: str,
    *,
    outcome: str = "rank",
    regions: Mapping[str, str] | None = None,
    reference: str = "",
    ties: pd.DataFrame | None = None,
    title: str = "",
) -> Picture:
    """Return every term's effect on the quantiles of the shift beside that on its mean.

    ``table``: `Gains.quantiles`; ``least_squares``: `Gains.effects`.
    """
    many = len(least_squares)
    lines = -(-max(many, 1) // PANELS)
    figure = style.new_figure(0.6 + 1.55 * lines + (0.2 if title else 0.0), lang)
    head(figure, title)
    if not many:
        style.say_instead(figure.subplots(), text("gains.fig.none", lang))
        return figure
    grid = figure.subplots(lines, min(PANELS, many), sharex=True, sharey=True, squeeze=False)
    labels = term_labels(
        least_squares, lang, regions=regions, reference=reference, ties=ties, short=True
    )
    for axes, label, row in zip(grid.flat, labels, least_squares.itertuples(), strict=False):
        mine = table[(table["predictor"] == row.predictor) & (table["level"] == row.level)]
        axes.fill_between(mine["quantile"], mine["low"], mine["high"], color="#CFE3F1", linewidth=0)
        axes.plot(mine["quantile"], mine["effect"], "o-", color=style.BLUE, markersize=3.5)
        axes.axhline(row.effect, color=style.VERMILLION, linewidth=1.1)
        for end in np.array([row.low, row.high], dtype=np.float64):
            if np.isfinite(end):
                axes.axhline(end, color=style.VERMILLION, linewidth=0.7, linestyle=(0, (4, 3)))
        axes.axhline(0, color=style.INK, linewidth=0.8, zorder=1.5)
        axes.set_title(style.wrap(label, 28, 2), fontsize=style.NORMAL - 0.3)
        style.bare(axes, bottom=True, left=True)
    for axes in list(grid.flat)[many:]:
        axes.set_axis_off()
    shown = sorted(set(table["quantile"]))
    grid[0, 0].set_xticks(shown, [f"{100 * q:g}%" for q in shown], fontsize=style.SMALL)
    for place, axes in enumerate(list(grid.flat)[:many]):
        axes.tick_params(labelbottom=place + PANELS >= many)
    figure.supxlabel(text("gains.fig.quantile", lang), fontsize=style.NORMAL)
    unit = text("gains.fig.places" if outcome == "rank" else "gains.fig.score", lang)
    for axes in grid[:, 0]:
        axes.set_ylabel(unit)
    handles = [
        Line2D(
            [],
            [],
            color=style.BLUE,
            marker="o",
            markersize=3.5,
            label=text("gains.fig.by_quantile", lang),
        ),
        Line2D([], [], color=style.VERMILLION, label=text("gains.fig.by_mean", lang)),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    return figure


def summary(
    table: pd.DataFrame,
    lang: str,
    *,
    outcome: str = "rank",
    regions: Mapping[str, str] | None = None,
    title: str = "",
) -> Picture:
    """Return the shifts of the classes: mean, median, middle half, and who gains.

    ``table``: as `analysis.core.comparing.classes.summarise` returns it.
    """
    table = in_order(table, regions)
    groups = list(dict.fromkeys(table["by"])) if len(table) else []
    rows = len(table) + 0.9 * max(len(groups) - 1, 0)
    figure = style.new_figure(0.95 + ROW * max(rows, 3) + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    head(figure, title)
    if table.empty:
        style.say_instead(axes, text("gains.fig.none", lang))
        return figure
    new = (table["by"] != table["by"].shift()).to_numpy()
    y = np.arange(len(table)) + 0.9 * (np.cumsum(new) - 1)
    axes.hlines(y, table["q25"], table["q75"], color="#9CC6E2", linewidth=5)
    axes.plot(
        table["median"], y, "|", color=style.BLUE, markersize=9, markeredgewidth=1.6,
        label=text("gains.fig.middle", lang),
    )  # fmt: skip
    axes.plot(
        table["mean"],
        y,
        "D",
        color=style.VERMILLION,
        markersize=4,
        label=text("gains.fig.mean", lang),
    )
    labels = []
    for by, code, units in zip(table["by"], table["class"], table["units"], strict=True):
        many = int((table["by"] == by).sum())
        name = class_label(by, code, lang, regions=regions, many=many)
        labels.append(f"{style.shorten(name, 26)} ({units:,})")
    axes.set_yticks(y, labels)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(y[-1] + 0.6, -1.1)
    for place, by in zip(y[new], table["by"][new], strict=True):
        if by:
            axes.annotate(
                predictor_label(by, lang), (0, place - 0.92), xycoords=("axes fraction", "data"),
                xytext=(2, 0), textcoords="offset points", va="center", color=style.GREY,
                fontsize=style.SMALL + 0.5,
            )  # fmt: skip
    for place, share in zip(y, table["gaining"], strict=True):
        axes.annotate(
            percent(share), (1, place), xycoords=("axes fraction", "data"), xytext=(34, 0),
            textcoords="offset points", va="center", ha="right",
        )  # fmt: skip
    axes.annotate(
        text("gains.fig.gaining", lang), (1, -0.85), xycoords=("axes fraction", "data"),
        xytext=(34, 0), textcoords="offset points", va="center", ha="right", color=style.GREY,
        fontsize=style.SMALL,
    )  # fmt: skip
    axes.axvline(0, color=style.INK, linewidth=0.8, zorder=0)
    axes.grid(axis="x")
    axes.set_xlabel(text(f"gains.outcome.{outcome}", lang))
    style.bare(axes, bottom=True)
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def region_pairs(
    table: pd.DataFrame,
    lang: str,
    *,
    outcome: str = "rank",
    regions: Mapping[str, str] | None = None,
    title: str = "",
) -> Picture:
    """Return the differences between regions beside those of shuffled regions.

    ``table``: ``pairs`` of `analysis.core.comparing.region_differences.RegionDifferences`.
    """
    figure = style.new_figure(1.05 + 0.3 * max(len(table), 2) + (0.2 if title else 0.0), lang)
    axes = figure.subplots()
    head(figure, title)
    if table.empty:
        style.say_instead(axes, text("gains.fig.none", lang))
        return figure
    names = regions or {}
    y = np.arange(len(table))
    axes.hlines(
        y, table["low"], table["high"], color=style.LIGHT, linewidth=7,
        label=text("gains.fig.shuffled", lang),
    )  # fmt: skip
    axes.plot(
        table["difference"], y, "D", color=style.VERMILLION, markersize=5,
        label=text("gains.fig.found", lang),
    )  # fmt: skip
    labels = [
        text("gains.fig.against", lang, region=names.get(one, one), other=names.get(two, two))
        for one, two in zip(table["region"], table["other"], strict=True)
    ]
    axes.set_yticks(y, [style.shorten(label, 34) for label in labels])
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=style.INK, linewidth=0.8, zorder=0)
    axes.grid(axis="x")
    unit = text("gains.fig.places" if outcome == "rank" else "gains.fig.score", lang)
    joined = "{}（{}）" if lang == "zh" else "{} ({})"
    axes.set_xlabel(joined.format(text("gains.fig.difference", lang), unit.lower()))
    style.bare(axes, bottom=True)
    figure.legend(loc="outside upper center", ncols=2)
    return figure
