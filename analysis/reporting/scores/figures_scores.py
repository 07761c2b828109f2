"""Figures of the report on scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.core.account import account
from analysis.core.adjustment import POINTS
from analysis.reporting import style
from analysis.reporting.labels import name_points
from analysis.reporting.markdown import number
from analysis.reporting.report import Report
from analysis.reporting.scores.tables_scores import changes
from analysis.reporting.style import Picture

ROWS = 30  # places that a figure names one by one
MOST_GROUPS = len(style.GROUPS)  # the smaller groups share one more colour


def top_places(report: Report) -> Picture:
    """Return the first places of the scope: the index, and the rank in every group.

    Left the score; right, for every group, the rank among all units of the
    year, shaded from the first to the last.
    """
    top = report.current.dropna(subset=["score"]).head(ROWS)
    groups = list(report.framework.groups)
    ranks = pd.DataFrame(
        {code: report.standing_of(code, report.year)["rank"] for code in groups}
    ).astype("Float64")
    counts = ranks.notna().sum()
    shown = ranks.reindex(top.index)
    figure = style.new_figure(1.0 + 0.19 * max(len(top), 3), report.lang)
    left, right = figure.subplots(
        1, 2, sharey=True, gridspec_kw={"width_ratios": [1, max(0.24 * len(groups), 0.5)]}
    )
    _score_dots(report, left, top)
    share = ((shown - 1) / (counts - 1).clip(lower=1)).to_numpy(dtype=float, na_value=np.nan)
    right.imshow(
        np.ma.masked_invalid(1 - share),
        cmap=style.SEQUENTIAL,
        vmin=0,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
        extent=(-0.5, len(groups) - 0.5, len(top) - 0.5, -0.5),
    )
    for (row, column), rank in np.ndenumerate(shown.to_numpy(dtype=float, na_value=np.nan)):
        right.text(
            column,
            row,
            number(rank),
            ha="center",
            va="center",
            fontsize=style.SMALL,
            color="white" if share[row, column] < 0.35 else style.INK,
        )
    columns = 9 if report.lang == "zh" else 14
    right.set_xticks(
        range(len(groups)),
        [style.wrap(report.node_label(code), columns, 3) for code in groups],
        fontsize=style.SMALL - 0.5,
    )
    right.xaxis.tick_top()
    right.tick_params(length=0, labelleft=False)
    style.bare(right)
    right.set_xlabel(report.t("scores.fig.group_ranks"))
    if len(set(top["region"])) > 1:
        figure.legend(loc="outside upper left", ncols=7)
    return figure


def contributions(report: Report) -> Picture:
    """Return what lifts the first places above the mean of all units, group by group."""
    top = report.current.dropna(subset=["score"]).head(ROWS)
    split = account(report.scores, report.year)
    parts = split.parts.reindex(top.index)
    spread = parts.abs().sum().sort_values(ascending=False, kind="stable")
    named = [code for code in parts.columns if code in set(spread.index[:MOST_GROUPS])]
    series = {_line_label(report, code): parts[code] for code in named}
    rest = [code for code in parts.columns if code not in named]
    if rest:
        series[report.t("scores.fig.other_groups")] = parts[rest].sum(axis=1)
    figure = style.new_figure(1.1 + 0.19 * max(len(top), 3), report.lang)
    axes = figure.subplots()
    y = np.arange(len(top))
    above, below = np.zeros(len(top)), np.zeros(len(top))
    colours = [*style.GROUPS[: len(named)], style.LIGHT]
    for (label, values), colour in zip(series.items(), colours, strict=False):
        width = values.fillna(0).to_numpy(dtype=float)
        start = np.where(width >= 0, above, below)
        axes.barh(y, width, left=start, height=0.72, color=colour, label=label)
        above, below = above + np.clip(width, 0, None), below + np.clip(width, None, 0)
    axes.plot(
        parts.sum(axis=1),
        y,
        "o",
        markersize=4,
        color="white",
        markeredgecolor=style.INK,
        label=report.t("scores.fig.total"),
    )
    axes.axvline(0, color=style.INK, linewidth=0.8)
    _place_names(report, axes, top)
    axes.grid(axis="x")
    axes.set_xlabel(report.t(f"scores.fig.account.{split.rule}"))
    style.bare(axes)
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def _line_label(report: Report, code: str) -> str:
    """Return the name of a line of the account: a group, or the points outside the weights."""
    return report.t("points.line") if code == POINTS else report.node_label(code)


def distribution(report: Report) -> Picture:
    """Return every unit's score, by region: one dot a unit, the median as a line."""
    standing = report.standing.dropna(subset=["score"])
    codes = report.region_codes
    colours, markers = style.region_colours(codes), style.region_markers(codes)
    pitch = min(0.75, max(0.45, 3.2 / len(codes)))  # inches a region
    figure = style.new_figure(0.8 + pitch * len(codes), report.lang)
    axes = figure.subplots()
    span = float(standing["score"].max() - standing["score"].min()) or 1.0
    for row, code in enumerate(codes):
        values = standing.loc[standing["region"] == code, "score"].to_numpy(dtype=float)
        if not len(values):
            continue
        faded = not report.national and code != report.region
        axes.scatter(
            values,
            row + swarm(values, span / 90) * 0.055 / pitch,
            s=11,
            marker=markers[code],
            color=style.LIGHT if faded else colours[code],
            linewidths=0,
        )
        axes.plot([np.median(values)] * 2, [row - 0.36, row + 0.36], color=style.INK, linewidth=1.2)
    labels = [
        f"{report.region_label(code)} ({int((standing['region'] == code).sum())})" for code in codes
    ]
    axes.set_yticks(range(len(codes)), labels)
    axes.set_ylim(len(codes) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel(report.t("scores.fig.score"))
    style.bare(axes, bottom=True)
    return figure


def rank_changes(report: Report) -> Picture:
    """Return the change of every unit's rank since the year before, against its rank."""
    moved = report.in_scope(changes(report)).dropna(subset=["move"])
    figure = style.new_figure(0.6 if moved.empty else 3.4, report.lang)
    axes = figure.subplots()
    if moved.empty:
        style.say_instead(axes, report.t("scores.moves.none"))
        return figure
    codes = [code for code in report.region_codes if (moved["region"] == code).any()]
    colours = style.region_colours(report.region_codes)
    markers = style.region_markers(report.region_codes)
    for code in codes:
        rows = moved[moved["region"] == code]
        axes.scatter(
            rows["rank"].astype(float),
            rows["move"].astype(float),
            s=15,
            marker=markers[code],
            color=colours[code],
            label=report.region_label(code),
            linewidths=0,
        )
    axes.axhline(0, color=style.INK, linewidth=0.8)
    style.rank_axis(axes.xaxis, int(moved["rank"].max()))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    ends = moved.reindex(moved["move"].abs().sort_values(ascending=False, kind="stable").index)
    name_points(
        axes,
        ends["rank"].head(8).to_numpy(dtype=float),
        ends["move"].head(8).to_numpy(dtype=float),
        [style.shorten(label, 18) for label in ends["label"].head(8)],
    )
    axes.grid()
    axes.set_xlabel(report.t("scores.fig.rank_now"))
    axes.set_ylabel(report.t("scores.fig.move"))
    style.bare(axes, bottom=True, left=True)
    if len(codes) > 1:
        figure.legend(loc="outside upper center", ncols=min(len(codes), 7))
    return figure


def swarm(values: np.ndarray, width: float) -> np.ndarray:
    """Return how far to move dots apart so that those of like value do not overlap.

    Values are put in bins of ``width``; within a bin the dots go by turns
    above and below the middle: 0, 1, -1, 2, -2 ... in the order of the values.
    """
    bins = np.floor((values - values.min()) / width).astype(int)
    order = np.lexsort((values, bins))
    place = np.zeros(len(values), dtype=int)
    sorted_bins = bins[order]
    starts = np.r_[0, np.flatnonzero(np.diff(sorted_bins)) + 1]
    counts = np.diff(np.r_[starts, len(values)])
    place[order] = np.arange(len(values)) - np.repeat(starts, counts)
    return np.where(place % 2 == 1, (place + 1) // 2, -(place // 2)).astype(float)


def _place_names(report: Report, axes: Axes, top: pd.DataFrame) -> None:
    labels = [
        f"{style.shorten(str(label), 26)}  {rank}"
        for label, rank in zip(top["label"], top["rank"], strict=True)
    ]
    axes.set_yticks(range(len(top)), labels)
    axes.set_ylim(max(len(top), 1) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _score_dots(report: Report, axes: Axes, top: pd.DataFrame) -> None:
    scores = top["score"].to_numpy(dtype=float)
    y = np.arange(len(top))
    low = float(report.standing["score"].min())
    axes.hlines(y, low, scores, color=style.PALE, linewidth=0.8)
    colours = style.region_colours(report.region_codes)
    for code in report.region_codes:
        here = (top["region"] == code).to_numpy()
        if here.any():
            axes.plot(
                scores[here],
                y[here],
                "o",
                color=colours[code],
                markersize=5,
                label=report.region_label(code),
            )
    decimals = 1 if report.standing["score"].max() - low > 5 else 3
    for place, value in zip(y, scores, strict=True):
        axes.annotate(
            f"{value:.{decimals}f}",
            (value, place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.SMALL,
        )
    axes.margins(x=0.14)
    _place_names(report, axes, top)
    axes.set_xlabel(report.t("scores.fig.score"))
    style.bare(axes, bottom=True)
