"""The figure of the risk: this year and next, unit by unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.reporting import style
from analysis.reporting.management.management_data import Management
from analysis.reporting.management.management_tables_ahead import at_risk
from analysis.reporting.style import Picture

SHOWN = 30
DRAWN = (("p_last_now", "risk_now", -0.16), ("p_candidate_next", "risk_next", 0.16))


def risk(management: Management) -> Picture:
    """Return the chances of those at risk, with their 95% intervals.

    One row a unit, the most probable candidates of the next year on top: a
    hollow sign for a last place this year, a filled one for a candidacy next
    year; the names of this year's candidates are red.
    """
    report = management.report
    chosen = at_risk(management).head(SHOWN)
    figure = style.new_figure(1.2 + 0.19 * max(len(chosen), 3), report.lang)
    axes = figure.subplots()
    if chosen.empty:
        style.say_instead(axes, report.t("management.fig.no_risk"))
        return figure
    colours = style.region_colours(management.regions)
    markers = style.region_markers(management.regions)
    for column, _, shift in DRAWN:
        for code in management.regions:
            own = (chosen["region"] == code).to_numpy()
            _chances(axes, chosen, own, column, shift, colours[code], markers[code])
    names = [style.shorten(management.name(str(unit)), 28) for unit in chosen.index]
    axes.set_yticks(range(len(names)), names)
    for label, candidate in zip(axes.get_yticklabels(), chosen["candidate_now"], strict=True):
        label.set_color(style.VERMILLION if candidate else style.INK)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    axes.set_xlabel(report.t("management.fig.chance"))
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    style.bare(axes, bottom=True)
    handles = [
        axes.plot([], [], "o", color=style.INK, markerfacecolor=fill, markersize=4)[0]
        for fill in ("white", style.INK)
    ]
    labels = [report.t(f"management.fig.{key}") for _, key, _ in DRAWN]
    for code in management.regions:
        sign = axes.plot([], [], markers[code], color=colours[code], markersize=4)[0]
        handles.append(sign)
        labels.append(report.region_label(code))
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def _chances(
    axes: Axes,
    chosen: pd.DataFrame,
    own: NDArray[np.bool_],
    column: str,
    shift: float,
    colour: str,
    marker: str,
) -> None:
    """Draw one chance of the units of one region, with its interval."""
    y = pd.Series(range(len(chosen)), index=chosen.index)[own] + shift
    rows = chosen[own]
    axes.hlines(
        y, rows[f"{column}_low"], rows[f"{column}_high"], color=colour, linewidth=1.0, alpha=0.6
    )
    fill = "white" if column == "p_last_now" else colour
    axes.plot(
        rows[column], y, marker, color=colour, markerfacecolor=fill, markersize=4, linestyle=""
    )
