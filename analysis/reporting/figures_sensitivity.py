"""Figures of the report on how firm the ranks are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.reporting import style
from analysis.reporting.figures_scores import swarm
from analysis.reporting.report import Report
from analysis.reporting.sensitivity import LEVELS, Sensitivity
from analysis.reporting.style import Picture

ROWS = 30  # units that a column of the named figure holds


def all_intervals(study: Sensitivity) -> Picture:
    """Return the interval of every unit's rank, the units by nominal rank."""
    report, table = study.report, study.intervals
    figure = style.new_figure(4.2, report.lang)
    axes = figure.subplots()
    place = np.arange(1, len(table) + 1)
    colours = style.region_colours(report.region_codes)
    thin = max(0.5, min(3.0, 260 / max(len(table), 1)))
    for code in report.region_codes:
        here = (table["region"] == code).to_numpy()
        if here.any():
            axes.vlines(
                place[here],
                table.loc[here, "q05"],
                table.loc[here, "q95"],
                color=colours[code],
                linewidth=thin,
                label=report.region_label(code),
            )
    axes.plot(
        place,
        table["rank"],
        ".",
        color=style.INK,
        markersize=2.0,
        label=report.t("sens.fig.nominal"),
    )
    top = study.top
    axes.axhline(top + 0.5, color=style.GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.annotate(
        report.t("sens.fig.top", k=top),
        (1, top + 0.5),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 3),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=style.SMALL,
        color=style.GREY,
    )
    axes.set_xlim(0, len(table) + 1)
    axes.set_ylim(len(table) + 1, 0)
    style.rank_axis(axes.xaxis, len(table))
    style.rank_axis(axes.yaxis, len(table))
    axes.grid(axis="y")
    axes.set_xlabel(report.t("sens.fig.by_rank"))
    axes.set_ylabel(report.t("sens.fig.interval", **LEVELS))
    style.bare(axes, bottom=True, left=True)
    figure.legend(loc="outside upper center", ncols=4)
    return figure


def named_intervals(study: Sensitivity) -> Picture:
    """Return the intervals of the first and of the last units of the scope, with names."""
    report, table = study.report, study.intervals
    if len(table) <= ROWS:
        parts = [table]
    else:
        parts = [table.head(ROWS), table.tail(min(ROWS, len(table) - ROWS))]
    rows = max(max(len(part) for part in parts), 3)
    figure = style.new_figure(0.7 + 0.19 * rows, report.lang)
    for axes, part in zip(np.atleast_1d(figure.subplots(1, len(parts))), parts, strict=True):
        _caterpillar(report, axes, part, rows)
    return figure


def _caterpillar(report: Report, axes: Axes, part: pd.DataFrame, rows: int) -> None:
    y = np.arange(len(part))
    colours = style.region_colours(report.region_codes)
    axes.hlines(
        y,
        part["q05"],
        part["q95"],
        color=[colours[code] for code in part["region"]],
        linewidth=2.4,
    )
    axes.plot(part["median"], y, "|", color=style.INK, markersize=6, markeredgewidth=1.0)
    axes.plot(
        part["rank"], y, "o", color="white", markeredgecolor=style.INK, markersize=3.2, zorder=3
    )
    labels = [
        f"{style.shorten(str(label), 20)}  {rank}"
        for label, rank in zip(part["label"], part["rank"], strict=True)
    ]
    axes.set_yticks(y, labels)
    axes.set_ylim(rows - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel(report.t("sens.fig.interval", **LEVELS))
    style.bare(axes, bottom=True)


def method_shifts(study: Sensitivity) -> Picture:
    """Return how far each other choice of method moves every unit."""
    report, frame, chosen = study.report, study.shifts, study.alternatives
    figure = style.new_figure(0.8 + 0.62 * len(chosen), report.lang)
    axes = figure.subplots()
    colours = style.region_colours(report.region_codes)
    markers = style.region_markers(report.region_codes)
    every = frame[[a.key for a in chosen]].astype("Float64").to_numpy(float, na_value=np.nan)
    span = float(np.nanmax(np.abs(every), initial=1.0))
    for row, alternative in enumerate(chosen):
        moved = frame.dropna(subset=[alternative.key])
        values = moved[alternative.key].to_numpy(dtype=float)
        if not len(values):
            continue
        height = row + np.clip(swarm(values, span / 60) * 0.05, -0.42, 0.42)
        for code in report.region_codes:
            here = (moved["region"] == code).to_numpy()
            if here.any():
                axes.scatter(
                    values[here],
                    height[here],
                    s=9,
                    marker=markers[code],
                    color=colours[code],
                    linewidths=0,
                    label=report.region_label(code) if row == 0 else None,
                )
        _name_ends(axes, values, height, [str(label) for label in moved["label"]])
    columns = 22 if report.lang == "zh" else 26
    labels = [style.wrap(report.t(f"sens.alt.{a.key}"), columns, 2) for a in chosen]
    axes.set_yticks(range(len(chosen)), labels)
    axes.set_ylim(len(chosen) - 0.45, -0.55)
    axes.set_xlim(-1.6 * span, 1.6 * span)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.axvline(0, color=style.INK, linewidth=0.8, zorder=0)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel(report.t("sens.fig.shift"))
    style.bare(axes, bottom=True)
    if len(set(frame["region"])) > 1:
        figure.legend(loc="outside upper center", ncols=7)
    return figure


def _name_ends(axes: Axes, values: np.ndarray, height: np.ndarray, labels: list[str]) -> None:
    """Name the unit that loses most, to its left, and the one that wins most, to its right."""
    for place, side in ((int(values.argmin()), -1), (int(values.argmax()), 1)):
        if values[place] * side > 0:
            axes.annotate(
                style.shorten(labels[place], 20),
                (values[place], height[place]),
                xytext=(5 * side, 0),
                textcoords="offset points",
                ha="left" if side > 0 else "right",
                va="center",
                fontsize=style.SMALL,
            )
