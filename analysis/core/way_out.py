"""The way out of the last places: the smallest changes in a unit's own values that suffice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.core.change import year_by_year
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.way_out_curves import TOLERANCE, arms_of
from analysis.core.way_out_goal import Goal, Place
from analysis.core.way_out_levers import levers_of
from analysis.core.way_out_search import combine, cost_of
from analysis.core.way_out_tables import (
    COMBINED_COLUMNS,
    SINGLE_COLUMNS,
    bounds_table,
    combined_table,
    single_table,
)
from analysis.core.way_out_trial import Trial

__all__ = ["Goal", "Place", "WayOut", "way_out"]


@dataclass(frozen=True, eq=False)
class WayOut:
    """The smallest changes that take a unit out of the last places.

    Attributes
    ----------
    unit : str
    year : int
    region : str
    goal : Goal
    needed : bool
        Whether the unit is among the last at all; if not, there is nothing to do.
    reachable : bool
        Whether a combination within the bounds was found that takes it out.
    how : {"none", "linear", "search"}
        ``linear``: the margin goes with every lever in proportion over all its
        room, and the combination is the optimum of a linear programme (with
        whole numbers, of a mixed-integer one); ``search``: it does not, and
        the combination is the smallest found, not proven smallest: that which
        programmes on the levers' curves, taken anew around each answer, came to.
    now : Place
    then : Place or None
        With the changes of `smallest`, or of `nearest`.
    single : pandas.DataFrame
        One row a lever: ``code, measure, direction`` (1 up, -1 down, 0 where
        neither wins anything), ``now, then, change, percent, share`` (the least
        change that suffices by itself, as a percentage of the present value and
        a share of the bound; NaN where it does not within the bounds),
        ``reaches, gain`` (points of margin won where the lever may go no
        further, or the most on the way), ``whole``. Those that suffice
        first, by share; then by gain.
    smallest : pandas.DataFrame
        The combination: ``code, measure, direction, now, then, change, percent,
        share, cost, whole``, by falling share. Empty where none was found.
    nearest : pandas.DataFrame
        The same for the combination with the greatest margin found, where none suffices.
    overtaken : tuple of str
        Units of the scope that it passes.
    cost : float
        Sum of the shares of bounds, each times its cost.
    bounds : pandas.DataFrame
        Index ``code``: ``lowest, highest, now, basis`` (``given``, ``percent``
        of the present value, ``spread`` of the units, ``none``: no room).
    fixed : tuple of str
        Levers without a value in the year, which are left alone.
    tolerance : float
        No change could be less by more than this share of its bound (or of half
        the change if that is smaller), the others as they are.
    """

    unit: str
    year: int
    region: str
    goal: Goal
    needed: bool
    reachable: bool
    how: Literal["none", "linear", "search"]
    now: Place
    then: Place | None
    single: pd.DataFrame
    smallest: pd.DataFrame
    nearest: pd.DataFrame
    overtaken: tuple[str, ...]
    cost: float
    bounds: pd.DataFrame
    fixed: tuple[str, ...]
    tolerance: float = TOLERANCE


def way_out(
    panel: Panel,
    framework: Framework,
    method: Method,
    year: int,
    unit: str,
    *,
    goal: Goal | None = None,
    bounds: pd.DataFrame | None = None,
    costs: Mapping[str, float] | None = None,
    primitives: Sequence[str] | None = None,
    whole: Collection[str] | None = None,
    part_of: Mapping[str, str] | None = None,
    apart: Collection[str] = (),
) -> WayOut:
    """Return the smallest changes in a unit's own values that take it out of the last places.

    Minimise ``sum(c_j |x_j - x0_j| / b_j)`` over the values ``x`` of the levers,
    ``b_j`` being the distance from the present value to the bound on that side
    and ``c_j`` the cost (1 by default), such that the unit is out. It is out
    where `goal.last` others of its scope (or, ties counting for it, one fewer
    and those tied) are ranked behind it, all of them scored anew with
    its new values: goalposts, treatment, and with them the others' scores, move.
    A value may enter several items, and which direction improves the score is
    found by scoring, not assumed. What the year after makes of the change (its
    growth) is not looked at.

    Parameters
    ----------
    panel : Panel
        Of primitives, with the unit-years that serve as a base, or of items.
    framework : Framework
    method : Method
    year : int
    unit : str
    goal : Goal, optional
        By default out of the last five of the region.
    bounds : pandas.DataFrame, optional
        ``code`` with ``lowest`` and ``highest`` (in own units) or ``percent``
        (of the present value), and ``moves`` (``up``, ``down``, ``both``, ``none``);
        an empty cell leaves the default: either way by 20% of the
        present value, for whole numbers at least 1, for growth rates and what is
        negative 20% of the interquartile range of the year. A value already
        beyond a bound is not moved that way. Values also keep to what the items' units
        allow (columns ``min`` and ``max`` of the framework).
    costs : mapping of str to float, optional
        Cost of a change as large as the bound, 1 where left out.
    primitives : sequence of str, optional
        The levers; those on which the unit's items do not rest are left out.
        By default all columns from which they are derived.
    whole : collection of str, optional
        Levers in whole numbers. By default those that the framework calls so
        and those whose values in the panel are all whole.
    part_of : mapping of str to str, optional
        Wholes of parts: a part does not pass its whole.
    apart : collection of str
        Units that are scored with the others and have no place in the year:
        nobody is ranked ahead of them or behind. One of them needs no way out.

    Returns
    -------
    WayOut
        Missing values are left alone (`WayOut.fixed`). The answer has been put
        into the panel, which was derived and scored anew.

    Raises
    ------
    InputError
        With every problem of bounds, costs and levers; or if the unit is not
        assessed in the year, has no score, or no region where the goal asks for one.

    Notes
    -----
    The programmes are solved with HiGHS (Huangfu and Hall 2018, Mathematical
    Programming Computation 10) through SciPy.
    """
    goal = Goal() if goal is None else goal
    _check_unit(panel, year, unit, goal)
    levers = levers_of(
        panel,
        framework,
        year,
        unit,
        bounds=bounds,
        costs=costs,
        primitives=primitives,
        whole=whole,
        part_of=part_of,
    )
    trial = Trial(
        _years(panel, method, year),
        framework,
        method,
        year,
        unit,
        goal,
        levers.codes,
        frozenset(apart),
    )
    if np.isnan(trial.base.in_year(year)[framework.root].get(unit, np.nan)):
        raise InputError([_problem("no_score", unit, year)])
    now = trial.place(trial.base)
    region = str(panel.units.at[(year, unit), "region"])
    empty = pd.DataFrame(columns=list(COMBINED_COLUMNS))
    found = WayOut(
        unit,
        year,
        region,
        goal,
        needed=now.margin <= 0 and unit not in apart,
        reachable=now.margin > 0 or unit in apart,
        how="none",
        now=now,
        then=None,
        single=pd.DataFrame(columns=list(SINGLE_COLUMNS)),
        smallest=empty,
        nearest=empty,
        overtaken=(),
        cost=0.0,
        bounds=bounds_table(levers),
        fixed=levers.fixed,
    )
    if not found.needed:
        return found
    arms = arms_of(trial, levers, now.margin) if np.isfinite(now.margin) else []
    single = single_table(trial, levers, arms, now.margin)
    combination = combine(trial, levers, arms, now.margin)
    scores = trial.scored(combination.values)
    then = trial.place(scores)
    out = then.margin > 0
    table = combined_table(levers, combination.values)
    passed = trial.behind(scores) - trial.behind(trial.base)
    return replace(
        found,
        reachable=out,
        how=combination.how,
        then=then,
        single=single,
        smallest=table if out else empty,
        nearest=empty if out else table,
        overtaken=tuple(sorted(passed)),
        cost=cost_of(levers, combination.values),
    )


def _check_unit(panel: Panel, year: int, unit: str, goal: Goal) -> None:
    if (year, unit) not in panel.assessed().values.index:
        raise InputError([_problem("not_assessed", unit, year)])
    if goal.scope == "region" and not panel.units.at[(year, unit), "region"]:
        raise InputError([_problem("no_region", unit, year)])


def _problem(code: str, unit: str, year: int) -> Finding:
    told = {"unit": unit, "year": year}
    return Finding("error", f"way_out.{code}", told, unit=unit, year=year)


def _years(panel: Panel, method: Method, year: int) -> Panel:
    """Return the years on which the scores of a year rest."""
    if not year_by_year(method):
        return panel
    keep = panel.values.index.get_level_values("year").isin([year - 1, year])
    imputed = None if panel.imputed is None else panel.imputed[keep]
    return replace(panel, values=panel.values[keep], units=panel.units[keep], imputed=imputed)
