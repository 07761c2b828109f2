"""Figure of how well a regression of shifts fits, for an appendix."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy import stats

from analysis.reporting import style
from analysis.reporting.labels import name_points
from analysis.reporting.style import Picture
from analysis.reporting.uncertainty.figures_ranges import head
from analysis.texts import text

NAMED = 6  # units named for their influence


def diagnostics(
    influence: pd.DataFrame,
    lang: str,
    *,
    terms: int,
    labels: Mapping[str, str] | None = None,
    title: str = "",
) -> Picture:
    """Return residuals by fit, residuals against normal ones, and influence.

    ``influence``: `Gains.influence`; ``terms``: coefficients of the
    regression, the constant included; ``labels``: the units' names.
    """
    figure = style.new_figure(2.9 + (0.2 if title else 0.0), lang)
    head(figure, title)
    known = influence[np.isfinite(influence["residual"].to_numpy(dtype=np.float64))]
    if known.empty:
        style.say_instead(figure.subplots(), text("gains.fig.none", lang))
        return figure
    spread, normal, lever = figure.subplots(1, 3)
    residual = known["residual"].to_numpy(dtype=np.float64)
    _dots(spread, known["fitted"].to_numpy(dtype=np.float64), residual)
    spread.axhline(0, color=style.INK, linewidth=0.8, zorder=0)
    spread.set_xlabel(text("gains.col.fitted", lang))
    spread.set_ylabel(text("gains.col.residual", lang))
    expected = stats.norm.ppf((np.arange(1, len(known) + 1) - 0.5) / len(known))
    normal.plot(expected, expected, color=style.GREY, linewidth=0.8)
    _dots(normal, expected, np.sort(residual))
    normal.set_xlabel(text("gains.fig.normal", lang))
    leverage = known["leverage"].to_numpy(dtype=np.float64)
    _dots(lever, leverage, residual)
    lever.set_xlabel(text("gains.col.leverage", lang))
    limits = lever.get_xlim(), lever.get_ylim()
    along = np.linspace(max(limits[0][0], 1e-4), min(limits[0][1], 0.999), 200)
    bound = np.sqrt(4 / len(known) * terms * (1 - along) / along)
    for side in (bound, -bound):
        lever.plot(along, side, color=style.VERMILLION, linewidth=0.8, linestyle=(0, (4, 3)))
    lever.set_xlim(*limits[0])
    lever.set_ylim(*limits[1])
    lever.set_title(text("gains.fig.cut", lang), color=style.VERMILLION, fontsize=style.SMALL)
    for axes in (spread, normal, lever):
        style.bare(axes, bottom=True, left=True)
    far = known.sort_values(["cook", "unit"], ascending=[False, True]).head(NAMED)
    names = labels or {}
    name_points(
        lever,
        far["leverage"].to_numpy(dtype=np.float64),
        far["residual"].to_numpy(dtype=np.float64),
        [style.shorten(str(names.get(unit, unit)), 16) for unit in far["unit"]],
    )
    return figure


def _dots(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    axes.plot(x, y, "o", color=style.BLUE, markersize=2.6, markeredgewidth=0, alpha=0.7)
