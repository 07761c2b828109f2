"""Figures of the report on how firm the ranks are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.core.uncertainty.robust.hasse import hasse as build_hasse
from analysis.reporting import style
from analysis.reporting.scores.figures_scores import swarm
from analysis.reporting.sensitivity.sensitivity import Sensitivity
from analysis.reporting.sensitivity.tables_sensitivity_method import alternative_name, factor_name
from analysis.reporting.style import Picture
from analysis.reporting.uncertainty import figures_uncertainty as figures

NAMED = 30  # units at either end that are named
READABLE = 20  # units of a Hasse diagram that can be read


def all_intervals(study: Sensitivity) -> Picture:
    """Return the interval of every unit's rank, the units by nominal rank."""
    if study.few:
        return _too_few(study)
    return figures.interval_overview(
        _plain(study.intervals), study.report.lang, regions=_regions(study), cuts=_cuts(study)
    )


def named_intervals(study: Sensitivity) -> Picture:
    """Return the intervals of the first and of the last units of the scope, with names."""
    if study.few:
        return _too_few(study)
    table = study.intervals
    if len(table) > 2 * NAMED:
        table = pd.concat([table.head(NAMED), table.tail(NAMED)])
    return figures.interval_rows(
        _plain(table), study.report.lang, regions=_regions(study), cuts=_cuts(study)
    )


def acceptability(study: Sensitivity) -> Picture:
    """Return how often each unit takes each place."""
    if study.few:
        return _too_few(study)
    units = study.intervals.reset_index()[["unit", "label", "rank"]]
    return figures.acceptability_map(
        study.weights.acceptability, units, study.report.lang, cuts=_cuts(study)
    )


def sobol(study: Sensitivity) -> Picture:
    """Return how much of the ranks' change hangs on each choice."""
    if study.few:
        return _too_few(study)
    table = study.sobol_of("mean_shift")
    return figures.sobol_bars(table, study.report.lang, labels=_factors(study, table))


def sobol_units(study: Sensitivity) -> Picture:
    """Return how much of each unit's rank hangs on each choice."""
    if study.few:
        return _too_few(study)
    table = study.sobol_of("rank")
    units = study.intervals.reset_index()[["unit", "label", "rank"]]
    return figures.sobol_by_unit(table, units, study.report.lang, labels=_factors(study, table))


def certain_bounds(study: Sensitivity) -> Picture:
    """Return the best and the worst rank of every unit over all admissible weights."""
    if study.few or study.certain.model is None:
        return _refused(study)
    table = study.certain.table.drop(columns="score").join(study.intervals[["label", "region"]])
    return figures.bounds_overview(
        _plain(table), study.report.lang, regions=_regions(study), cuts=_cuts(study)
    )


def hasse(study: Sensitivity) -> Picture:
    """Return who of the first units is ahead of whom whatever the admissible weights."""
    if study.few or study.certain.model is None:
        return _refused(study)
    units = list(study.intervals.index[:READABLE])
    pairs = build_hasse(study.certain.necessary.loc[units, units].to_numpy(dtype=bool)).edges
    edges = pd.DataFrame([(units[a], units[b]) for a, b in pairs], columns=["upper", "lower"])
    nodes = study.intervals.loc[units].reset_index()[["unit", "label", "region", "rank"]]
    return figures.hasse_diagram(nodes, edges, study.report.lang, regions=_regions(study))


def recovered(study: Sensitivity) -> Picture:
    """Return the range of every weight as recovered from the order."""
    if study.few or study.inverse is None:
        return _refused(study)
    report, found = study.report, study.inverse.ordered
    if found is None or not found.feasible:
        return _say(study, report.t("sens.inverse.none"))
    ranges = found.ranges
    y = np.arange(len(ranges))
    figure = style.new_figure(0.9 + 0.19 * max(len(ranges), 3), report.lang)
    axes = figure.subplots()
    low, high, nominal = (100 * ranges[name] for name in ("prior_low", "prior_high", "nominal"))
    axes.hlines(y, low, high, color=style.PALE, linewidth=6, label=report.t("sens.fig.prior"))
    low, high = 100 * ranges["low"], 100 * ranges["high"]
    axes.hlines(y, low, high, color=style.BLUE, linewidth=4, label=report.t("sens.fig.recovered"))
    axes.plot(
        nominal,
        y,
        "o",
        color="white",
        markeredgecolor=style.INK,
        markersize=4,
        label=report.t("sens.fig.nominal"),
    )
    names = [style.shorten(report.node_label(item), 30) for item in ranges["item"]]
    axes.set_yticks(y, names)
    axes.set_ylim(len(ranges) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel(report.t("sens.fig.weight"))
    style.bare(axes, bottom=True)
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the units in a column, and numbers that Matplotlib takes."""
    numbers = table.select_dtypes("Int64").columns
    return table.astype(dict.fromkeys(numbers, float)).rename_axis("unit").reset_index()


def _regions(study: Sensitivity) -> dict[str, str] | None:
    """Return the names of the regions of the scope, where there are several."""
    present = set(study.intervals["region"])
    codes = [code for code in study.report.region_codes if code in present]
    return {code: study.report.region_label(code) for code in codes} if len(codes) > 1 else None


def _cuts(study: Sensitivity) -> list[int]:
    return [study.top] if study.top < len(study.units) else []


def _factors(study: Sensitivity, table: pd.DataFrame) -> dict[str, str]:
    return {str(name): factor_name(study.report, str(name)) for name in table["factor"]}


def _too_few(study: Sensitivity) -> Picture:
    return _say(study, study.report.t("sens.brief.too_few", n=len(study.units)))


def _refused(study: Sensitivity) -> Picture:
    return _too_few(study) if study.few else _say(study, study.report.t("sens.fig.refused"))


def _say(study: Sensitivity, message: str) -> Picture:
    figure = style.new_figure(1.2, study.report.lang)
    style.say_instead(figure.subplots(), message)
    return figure


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
    labels = [style.wrap(alternative_name(report, a), columns, 2) for a in chosen]
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
