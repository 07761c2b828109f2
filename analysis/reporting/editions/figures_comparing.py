"""Figures of two frameworks compared, drawn from plain tables.

Every function takes tables as `jingkai compare` writes them, with a column
``label`` (what a reader sees) beside ``unit``, and a language; it returns a figure.
``title`` is written above the figure where it stands alone, on a page by itself;
a notebook has captions and leaves it out. ``regions`` gives the regions' names in
the order of the legend (``{"east": "East", ...}``); without it there is one colour.
``names`` are what a reader sees for the old and the new framework. A table without
rows gives a figure that says so.
"""

from __future__ import annotations

from analysis.reporting.editions.figures_causes import (
    attribution_bars,
    attribution_overview,
    reward_bars,
    word_of,
)
from analysis.reporting.editions.figures_flow import flow_diagram
from analysis.reporting.editions.figures_moves import bump_chart, movers, slope_chart

__all__ = [
    "attribution_bars",
    "attribution_overview",
    "bump_chart",
    "flow_diagram",
    "movers",
    "reward_bars",
    "slope_chart",
    "word_of",
]
