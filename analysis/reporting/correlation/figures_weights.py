"""Figure of nominal beside effective weights."""

from __future__ import annotations

import numpy as np

from analysis.reporting import style
from analysis.reporting.correlation.tables_weights import weights_of
from analysis.reporting.report import Report
from analysis.reporting.style import Picture

TALLEST = 8.2  # inches for the rows: a page of A4 with its caption


def nominal_and_effective(report: Report) -> Picture:
    """Return every item's nominal and effective weight in the index, by group."""
    framework = report.framework
    weights = weights_of(report)
    parents: dict[str, list[str]] = {}
    for item in framework.items:
        parents.setdefault(framework.parent(item), []).append(item)
    rows, ticks, heads = [], [], []
    y = 0.0
    for parent, items in parents.items():
        heads.append((y, parent))
        for item in items:
            y += 1.0
            rows.append((y, item))
            ticks.append(style.shorten(report.node_label(item), 44))
        y += 1.4
    figure = style.new_figure(0.9 + min(0.165 * y, TALLEST), report.lang)
    axes = figure.subplots()
    places = np.array([place for place, _ in rows])
    codes = [item for _, item in rows]
    nominal = 100 * weights.loc[codes, "nominal_index"].to_numpy(dtype=float)
    effective = 100 * weights.loc[codes, "effective_index"].to_numpy(dtype=float)
    axes.hlines(places, nominal, effective, color=style.LIGHT, linewidth=1.0)
    axes.plot(
        nominal,
        places,
        "o",
        color="white",
        markeredgecolor=style.INK,
        markersize=4.5,
        label=report.t("weights.fig.nominal"),
    )
    axes.plot(
        effective,
        places,
        "o",
        color=style.BLUE,
        markersize=4.5,
        label=report.t("weights.fig.effective"),
    )
    for place, parent in heads:
        axes.annotate(
            report.node_label(parent),
            (0, place),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=style.GREY,
        )
    axes.set_yticks(places, ticks)
    axes.set_ylim(y - 0.9, -0.8)
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel(report.t("weights.fig.axis"))
    style.bare(axes, bottom=True)
    figure.legend(loc="outside upper center", ncols=2)
    return figure
