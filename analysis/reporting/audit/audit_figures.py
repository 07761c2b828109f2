"""Figures of the audit page: changes and digits."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from analysis.core.digits import BENFORD
from analysis.reporting import style
from analysis.reporting.audit.audit_page import AuditPage
from analysis.reporting.style import Picture
from analysis.zones.audit.check_digits import FirstOf, LastOf, first_digits, last_digits
from analysis.zones.audit.rules import FirstDigits, Jump, LastDigits

FloatArray = NDArray[np.float64]

_WIDTH = 2.0  # where the axes turn from even to logarithmic
_SQUARES = 70
_TICKS = (-100, -30, -10, 0, 10, 30, 100)  # beside the limits
COLUMNS = 16  # columns whose first digits are shown


def jumps(page: AuditPage) -> Picture:
    """Return robust z against the own history and against the region, one point a change.

    Changes that are no findings are counted in squares; findings are points.
    """
    report = page.report
    figure = style.new_figure(4.7, report.lang)
    axes = figure.subplots()
    quiet, loud, regions, limit = _points(page)
    if not len(quiet) + len(loud):
        style.say_instead(axes, report.t("audit.page.fig.no_changes"))
        return figure
    axes.set_xscale("asinh", linear_width=_WIDTH)
    axes.set_yscale("asinh", linear_width=_WIDTH)
    _squares(axes, quiet)
    colours = style.region_colours(page.region_codes)
    markers = style.region_markers(page.region_codes)
    handles = []
    for code in page.region_codes:
        here = regions == code
        shape, colour = markers[code], colours[code]
        axes.plot(*loud[here].T, shape, color=colour, markersize=3.2, markeredgewidth=0, alpha=0.8)
        words = report.t("count.region", region=report.region_label(code), n=int(here.sum()))
        handles.append(Line2D([], [], color=colour, marker=shape, linestyle="", label=words))
    for line in (-limit, limit):
        axes.axvline(line, color=style.GREY, linewidth=0.7, linestyle=(0, (4, 3)))
        axes.axhline(line, color=style.GREY, linewidth=0.7, linestyle=(0, (4, 3)))
    for axis in (axes.xaxis, axes.yaxis):
        low, high = axis.get_view_interval()
        shown = [tick for tick in sorted({*_TICKS, limit, -limit}) if low <= tick <= high]
        axis.set_ticks(shown, [f"{tick:g}".replace("-", "−") for tick in shown])
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel(report.t("audit.page.fig.history"))
    axes.set_ylabel(report.t("audit.page.fig.region"))
    axes.legend(handles=handles, title=report.t("audit.page.fig.named"), loc="upper left")
    return figure


def digits(page: AuditPage) -> Picture:
    """Return last digits of all values, and how far first digits are from Benford's law."""
    report, data = page.report, page.work.data
    figure = style.new_figure(4.0, report.lang)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.15])
    last = [one for r in page.rules if isinstance(r, LastDigits) for one in last_digits(r, data)]
    _last(page, left, last)
    rule = next((rule for rule in page.rules if isinstance(rule, FirstDigits)), None)
    _first(page, right, first_digits(rule, data) if rule else [], rule)
    left.set_title(report.t("audit.page.fig.last"))
    right.set_title(report.t("audit.page.fig.first"))
    return figure


def _points(page: AuditPage) -> tuple[FloatArray, FloatArray, NDArray[np.str_], float]:
    """Return z of quiet changes and of findings, shape (n, 2), the latter's regions, the limit."""
    own = np.array([page.regions[unit] for unit in page.work.data.names], dtype=str)
    quiet, loud, regions = [np.empty((0, 2))], [np.empty((0, 2))], [np.empty(0, dtype=str)]
    for _, _, seen in page.changes():
        pairs = np.column_stack([seen.history, seen.region])
        known = ~np.isnan(pairs).any(axis=1)
        quiet.append(pairs[known & ~seen.hits])
        loud.append(pairs[known & seen.hits])
        regions.append(own[known & seen.hits])
    limits = [rule.limit for rule in page.jump_rules]
    limit = max(set(limits), key=limits.count) if limits else Jump.limit
    return np.concatenate(quiet), np.concatenate(loud), np.concatenate(regions), limit


def _squares(axes: Axes, points: FloatArray) -> None:
    """Draw how many points there are, square by square, darker where there are more."""
    if not len(points):
        return
    bent = np.arcsinh(points / _WIDTH)
    reach = float(np.abs(bent).max()) + 1e-9
    edges = np.linspace(-reach, reach, _SQUARES + 1)
    counts, _, _ = np.histogram2d(bent[:, 0], bent[:, 1], bins=[edges, edges])
    sides = _WIDTH * np.sinh(edges)
    columns, rows = np.nonzero(counts)
    squares = [
        [
            (sides[x], sides[y]),
            (sides[x + 1], sides[y]),
            (sides[x + 1], sides[y + 1]),
            (sides[x], sides[y + 1]),
        ]
        for x, y in zip(columns, rows, strict=True)
    ]
    shade = 0.15 + 0.6 * np.log1p(counts[columns, rows]) / np.log1p(counts.max())
    greys = [str(round(1 - depth, 3)) for depth in shade]
    axes.add_collection(PolyCollection(squares, facecolors=greys, edgecolors="none"))
    axes.autoscale_view()


def _last(page: AuditPage, axes: Axes, found: list[LastOf]) -> None:
    report = page.report
    if not found:
        style.say_instead(axes, report.t("audit.page.fig.no_digits"))
        return
    observed = np.sum([one.observed for one in found], axis=0)
    expected = np.sum([one.expected for one in found], axis=0)
    count = observed.sum()
    places = np.arange(10)
    share = expected / count
    spread = 1.96 * np.sqrt(share * (1 - share) / count)
    axes.bar(places, 100 * observed / count, color=style.SKY, width=0.7)
    axes.errorbar(
        places, 100 * share, 100 * spread, fmt="_", color=style.INK, markersize=11,
        elinewidth=1, capsize=2,
    )  # fmt: skip
    axes.set_xticks(places)
    axes.set_xlabel(report.t("audit.page.fig.digit"))
    axes.set_ylabel(report.t("audit.page.fig.share"))


def _first(page: AuditPage, axes: Axes, found: list[FirstOf], rule: FirstDigits | None) -> None:
    report = page.report
    if not found or rule is None:
        style.say_instead(axes, report.t("audit.page.fig.no_digits"))
        return
    ordered = sorted(found, key=lambda one: (-one.deviation, one.code))[:COLUMNS]
    named = {f.code for f in page.work.findings if f.rule is rule}
    for place, one in enumerate(ordered):
        colour = style.VERMILLION if one.code in named else style.BLUE
        # What chance alone makes of so many values: the mean of |share - expected|.
        chance = np.sqrt(2 * BENFORD * (1 - BENFORD) / (np.pi * one.observed.sum())).mean()
        axes.plot([0, one.deviation], [place, place], color=style.PALE, linewidth=1)
        axes.plot(one.deviation, place, "o", color=colour, markersize=4)
        axes.plot(chance, place, "|", color=style.GREY, markersize=7)
    axes.axvline(rule.deviation, color=style.GREY, linewidth=0.7, linestyle=(0, (4, 3)))
    labels = [style.shorten(page.code(one.code), 26) for one in ordered]
    axes.set_yticks(range(len(ordered)), labels)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel(report.t("audit.page.fig.deviation"))
