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

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.reporting.style import Picture


def flow_diagram(
    flows: pd.DataFrame,
    lang: str,
    *,
    names: tuple[str, str],
    labels: tuple[Mapping[str, str], Mapping[str, str]],
    title: str = "",
) -> Picture:
    """Return where the weight of the old groups goes under the new framework (Sankey-type).

    ``flows``: old_group, new_group, weight_old, weight_new as
    `analysis.core.comparing.flows.weight_flows` returns them. ``labels``: what a
    reader sees for the groups of the old framework, and of the new.
    """
    raise NotImplementedError


def slope_chart(
    table: pd.DataFrame,
    lang: str,
    *,
    names: tuple[str, str],
    highlighted: Sequence[str] | None = None,
    regions: Mapping[str, str] | None = None,
    top: int | None = None,
    title: str = "",
) -> Picture:
    """Return every unit's place under either framework, joined by a line.

    ``table``: unit, label, region, rank_old, rank_new, of one year. ``highlighted``
    (units) are drawn in colour and named, the others pale; by default the twelve
    that moved most. ``top``: a line is drawn below this place.
    """
    raise NotImplementedError


def bump_chart(
    table: pd.DataFrame,
    lang: str,
    *,
    names: tuple[str, str],
    highlighted: Sequence[str] | None = None,
    regions: Mapping[str, str] | None = None,
    top: int | None = None,
    title: str = "",
) -> Picture:
    """Return places over the years, under the old framework on the left, the new on the right.

    ``table``: year, unit, label, region, rank_old, rank_new. As in `slope_chart`,
    by default those highlighted are the twelve that moved most in the last year.
    """
    raise NotImplementedError


def attribution_bars(
    table: pd.DataFrame,
    lang: str,
    *,
    measure: str = "rank",
    title: str = "",
) -> Picture:
    """Return the shift of each unit as the sum of its causes, a row a unit.

    ``table``: label, and for ``measure`` ``rank``: rank_old, rank_new, rank_shift,
    rank_groups, rank_items, rank_weights, rank_normalisation; for ``score`` the
    same of ``score_…`` (see `analysis.core.comparing.attribution.Attribution`).
    Its rows in the order they are to have, at most 40.
    """
    raise NotImplementedError


def attribution_overview(
    table: pd.DataFrame,
    lang: str,
    *,
    measure: str = "rank",
    regions: Mapping[str, str] | None = None,
    title: str = "",
) -> Picture:
    """Return what each cause has in the shifts of all units: a swarm of dots a cause.

    ``table`` as in `attribution_bars`, any number of rows, with ``region``.
    """
    raise NotImplementedError


def reward_bars(
    old: pd.DataFrame,
    new: pd.DataFrame,
    lang: str,
    *,
    names: tuple[str, str],
    aspect: str = "kind",
    title: str = "",
) -> Picture:
    """Return the share of either framework's weight on each kind of item, side by side.

    ``old``, ``new``: as `analysis.core.comparing.rewards.rewards` returns them.
    ``aspect``: ``kind``, ``evidence``, ``weight_status`` or ``group_weight_status``.
    """
    raise NotImplementedError
