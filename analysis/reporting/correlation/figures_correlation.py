"""Figures of the report on correlations."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.core.correlation import OPPOSED, REDUNDANT, correlation_matrix
from analysis.reporting import style
from analysis.reporting.correlation.tables_correlation import scores_in_scope
from analysis.reporting.report import Report
from analysis.reporting.style import Picture

NUMBERED = 12  # up to so many rows the cells carry their number


def item_correlations(report: Report) -> Picture:
    """Return the correlations of all items, in the order of the framework, by group."""
    items = list(report.framework.items)
    matrix = correlation_matrix(scores_in_scope(report), report.year, items)
    size = max(2.2, min(0.19 * len(items), 7.2))
    figure = style.new_figure(size + 1.1, report.lang)
    axes = figure.subplots()
    if not _drawn(report, axes, matrix):
        return figure
    small = style.SMALL if len(items) <= 36 else 6.0
    label = 36 if len(items) > NUMBERED else 44
    names = [f"{style.shorten(report.node_label(code), label)}  {code}" for code in items]
    axes.set_yticks(range(len(items)), names, fontsize=small)
    axes.set_xticks(range(len(items)), items, fontsize=small, rotation=90)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    parents = [report.framework.parent(code) for code in items]
    for place in np.flatnonzero([a != b for a, b in pairwise(parents)]):
        axes.axhline(place + 0.5, color=style.INK, linewidth=0.7)
        axes.axvline(place + 0.5, color=style.INK, linewidth=0.7)
    values = matrix.to_numpy(dtype=float, copy=True)
    np.fill_diagonal(values, np.nan)
    with np.errstate(invalid="ignore"):
        rows, columns = np.nonzero((values > REDUNDANT) | (values < OPPOSED))
    if len(items) > NUMBERED:
        axes.plot(columns, rows, "o", color="white", markersize=small / 4.5)
    return figure


def group_correlations(report: Report) -> Picture:
    """Return the correlations of the groups with one another and with the index."""
    codes = [*report.framework.groups, report.framework.root]
    matrix = correlation_matrix(scores_in_scope(report), report.year, codes)
    figure = style.new_figure(max(2.4, min(0.42 * len(codes), 6.0)) + 0.6, report.lang)
    axes = figure.subplots()
    if not _drawn(report, axes, matrix):
        return figure
    names = [report.node_label(code) for code in codes]
    columns = 14
    axes.set_yticks(range(len(codes)), [style.shorten(name, 36) for name in names])
    axes.set_xticks(
        range(len(codes)), [style.wrap(name, columns, 3) for name in names], fontsize=style.SMALL
    )
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.axhline(len(codes) - 1.5, color=style.INK, linewidth=0.8)
    axes.axvline(len(codes) - 1.5, color=style.INK, linewidth=0.8)
    return figure


def _drawn(report: Report, axes: Axes, matrix: pd.DataFrame) -> bool:
    """Draw the matrix with its scale; where it is empty say so and return False."""
    values = matrix.to_numpy(dtype=float)
    if np.isnan(values).all():
        style.say_instead(axes, report.t("corr.fig.none"))
        return False
    image = axes.imshow(
        np.ma.masked_invalid(values),
        cmap=style.DIVERGING,
        vmin=-1,
        vmax=1,
        interpolation="nearest",
        aspect="auto",
    )
    style.bare(axes)
    if len(values) <= NUMBERED:
        for row, column in np.argwhere(~np.isnan(values)):
            value = values[row, column]
            axes.text(
                column,
                row,
                f"{value:.2f}".replace("-", "−"),
                ha="center",
                va="center",
                fontsize=style.SMALL,
                color="white" if abs(value) > 0.72 else style.INK,
            )
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.6, pad=0.02, aspect=25)
    bar.set_label(report.t("corr.fig.scale"))
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    return True
