"""Figures of the report on the two editions."""

from __future__ import annotations

import numpy as np

from analysis.reporting import style
from analysis.reporting.comparison import Comparison
from analysis.reporting.figures_scores import swarm
from analysis.reporting.labels import name_points
from analysis.reporting.report import top_of
from analysis.reporting.style import Picture

NAMED = 10  # units named for having moved most


def ranks(both: Comparison) -> Picture:
    """Return every unit's rank under the newer edition against that under the older."""
    report, table = both.report, both.scope
    figure = style.new_figure(0.6 if table.empty else 5.6, report.lang, width=6.2)
    axes = figure.subplots()
    if table.empty:
        style.say_instead(axes, report.t("editions.fig.none"))
        return figure
    codes = [code for code in report.region_codes if (table["region"] == code).any()]
    colours = style.region_colours(report.region_codes)
    markers = style.region_markers(report.region_codes)
    end = int(table[["old", "new"]].max().max()) + 1
    top = top_of(len(table))
    axes.axhspan(0, top + 0.5, color=style.PALE, linewidth=0, zorder=0, alpha=0.7)
    axes.axvspan(0, top + 0.5, color=style.PALE, linewidth=0, zorder=0, alpha=0.7)
    axes.plot([0, end], [0, end], color=style.GREY, linewidth=0.8)
    for code in codes:
        rows = table[table["region"] == code]
        axes.scatter(
            rows["old"].astype(float),
            rows["new"].astype(float),
            s=14,
            marker=markers[code],
            color=colours[code],
            linewidths=0,
            label=report.region_label(code),
        )
    axes.set_xlim(0, end)
    axes.set_ylim(end, 0)
    style.rank_axis(axes.xaxis, end - 1)
    style.rank_axis(axes.yaxis, end - 1)
    axes.set_xlabel(report.t("editions.fig.old"))
    axes.set_ylabel(report.t("editions.fig.new"))
    style.bare(axes, bottom=True, left=True)
    if len(codes) > 1:
        figure.legend(loc="outside upper center", ncols=min(len(codes), 7))
    far = table.loc[table["shift"].abs().sort_values(ascending=False, kind="stable").index]
    far = far[far["shift"] != 0].head(NAMED)
    name_points(
        axes,
        far["old"].to_numpy(dtype=float),
        far["new"].to_numpy(dtype=float),
        [style.shorten(str(label), 18) for label in far["label"]],
    )
    return figure


def shifts(both: Comparison) -> Picture:
    """Return how many places every unit wins under the newer edition, by region."""
    report, table = both.report, both.scope
    codes = [code for code in report.region_codes if (table["region"] == code).any()]
    pitch = min(0.75, max(0.45, 3.2 / max(len(codes), 1)))  # inches a region
    figure = style.new_figure(0.8 + pitch * max(len(codes), 1), report.lang)
    axes = figure.subplots()
    if table.empty:
        style.say_instead(axes, report.t("editions.fig.none"))
        return figure
    colours = style.region_colours(report.region_codes)
    markers = style.region_markers(report.region_codes)
    span = float(table["shift"].abs().max()) or 1.0
    for row, code in enumerate(codes):
        values = table.loc[table["region"] == code, "shift"].to_numpy(dtype=float)
        axes.scatter(
            values,
            row + swarm(values, span / 50) * 0.055 / pitch,
            s=11,
            marker=markers[code],
            color=colours[code],
            linewidths=0,
        )
        axes.plot([np.median(values)] * 2, [row - 0.36, row + 0.36], color=style.INK, linewidth=1.2)
    axes.set_yticks(
        range(len(codes)),
        [f"{report.region_label(c)} ({int((table['region'] == c).sum())})" for c in codes],
    )
    axes.set_ylim(len(codes) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=style.GREY, linewidth=0.8, zorder=0)
    axes.grid(axis="x")
    axes.set_xlabel(report.t("editions.fig.shift"))
    style.bare(axes, bottom=True)
    return figure
