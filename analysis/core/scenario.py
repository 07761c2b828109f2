"""A stated scenario of next year's data: autoregressive, with the panel's own residuals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.panel import LARGEST, Panel
from analysis.core.scenario_fit import (
    SCALES,
    Pooled,
    Scale,
    column_means,
    pool,
    scale_of,
    to_scale,
)
from analysis.texts import text

FloatArray = NDArray[np.float64]

FEWEST_PAIRS = 10


@dataclass(frozen=True)
class Scenario:
    """How next year's items are thought to come about.

    ``y' = m + rho d + e`` for every item and unit: ``y`` is the item on its
    scale, ``m`` the mean of the year (or of the unit's region in the year),
    ``d = y - m`` the unit's deviation from it, ``rho`` the item's persistence,
    common to all units, and ``e`` a residual of the panel. All items of a unit
    take the residuals of one and the same unit-year, so that they move
    together as they did.

    Attributes
    ----------
    kind : {"ar1"}
    centre : {"year", "region"}
        Deviations are from the mean of all units, or of those of the region.
    since : int, optional
        First year that the persistence and the residuals are taken from; by
        default the first of the panel.
    persistence : float, optional
        One for all items, from -1 to 1, in place of those found.
    spread : float
        What residuals are multiplied by; 0 leaves none.
    scales : mapping of str to {"log", "as_is"}
        The scale of single items, by code, in place of the rule: the logarithm
        for what is positive and has no upper bound, the rest as it is.

    Raises
    ------
    ValueError
        If a setting is out of its range.
    """

    kind: Literal["ar1"] = "ar1"
    centre: Literal["year", "region"] = "year"
    since: int | None = None
    persistence: float | None = None
    spread: float = 1.0
    scales: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind != "ar1" or self.centre not in ("year", "region"):
            raise ValueError(f"no scenario of kind {self.kind!r} centred on {self.centre!r}")
        if self.persistence is not None and not -1 <= self.persistence <= 1:
            raise ValueError("persistence is from -1 to 1")
        if not 0 <= self.spread <= 100:
            raise ValueError("spread is from 0 to 100")
        if not set(self.scales.values()) <= set(SCALES):
            raise ValueError(f"a scale is one of {', '.join(SCALES)}")

    def describe(self, lang: str) -> str:
        """Return in a sentence or two what is assumed."""
        told = {"spread": f"{self.spread:g}", "persistence": self.persistence}
        parts = [text(f"scenario.{self.kind}.{self.centre}", lang)]
        if self.persistence is not None:
            parts.append(text("scenario.persistence", lang, **told))
        if self.spread != 1.0:
            parts.append(text("scenario.spread", lang, **told))
        return ("" if lang == "zh" else " ").join(parts)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A scenario fitted to a panel: what next year's tables are drawn from.

    Attributes
    ----------
    scenario : Scenario
    year : int
        The year that the tables start from.
    panel : Panel
        Items of the units assessed in it, that year alone.
    items : pandas.DataFrame
        Index ``item``: ``scale`` (``log``, ``as_is``), ``offset`` (added before
        the logarithm), ``rho``, ``spread`` (standard deviation of the residuals
        on the scale), ``relative`` (the same over the standard deviation of
        the deviations), ``pairs`` (of unit-years that they are found from) and
        ``held`` (bool: too few pairs, so that the item stays as it is).
    scale : Scale
        The same, as arrays.
    years : tuple of int
        The later year of each pair of years used.
    expected : ndarray, shape (units, items)
        On the scale, without the residual; NaN where the unit has no value.
    residuals : ndarray, shape (unit-years, items)
        On the scale; NaN where the item has none in that unit-year.
    lowest, highest : ndarray, shape (items,)
        What the unit allows.
    whole : ndarray of bool, shape (items,)
        Items that count.
    notes : tuple of Finding
    """

    scenario: Scenario
    year: int
    panel: Panel
    items: pd.DataFrame
    scale: Scale
    years: tuple[int, ...]
    expected: FloatArray
    residuals: FloatArray
    lowest: FloatArray
    highest: FloatArray
    whole: NDArray[np.bool_]
    notes: tuple[Finding, ...]

    def of(self, rows: NDArray[np.bool_]) -> Fitted:
        """Return the same for some of the units.

        Parameters
        ----------
        rows : ndarray of bool, shape (units,)
        """
        part = replace(self.panel, values=self.panel.values[rows], units=self.panel.units[rows])
        return replace(self, panel=part, expected=self.expected[rows])


def fit_scenario(
    panel: Panel, framework: Framework, year: int, scenario: Scenario | None = None
) -> Fitted:
    """Find persistence and residuals of the items from the years up to one.

    Persistence is the least-squares slope without a constant of deviations on
    those of the year before, over all pairs of consecutive years in which a
    unit was assessed, and no further from 0 than 1. Scale: the logarithm where
    the framework gives no upper bound, the lower bound is not below 0 and the
    item is no growth rate or share, and all values are positive or zero. Where some
    are 0, or the smallest is under 1% of the median of the positive ones, half the
    smallest positive value or that 1%, whichever is more, is added first.

    Parameters
    ----------
    panel : Panel
        Holds the framework's items. Later years are not looked at.
    framework : Framework
    year : int
    scenario : Scenario, optional

    Returns
    -------
    Fitted

    Raises
    ------
    InputError
        If items are not in the panel, nobody is assessed in the year, no two
        consecutive years up to it have assessed units in common, or `scales`
        names what is no item.

    Notes
    -----
    Means of the year are not carried forward: only relative moves matter to
    ranks. Growth rates and the levels they come from are drawn together, not
    one computed from the other. A value that is missing stays missing.
    """
    scenario = scenario or Scenario()
    items = list(framework.items)
    problems = [
        Finding("error", "derive.absent", {"item": item}, item=item)
        for item in items
        if item not in panel.values
    ]
    unknown = sorted(set(scenario.scales) - set(items))
    if unknown:
        told = {"items": ", ".join(unknown)}
        problems.append(Finding("error", "scenario.items", told))
    scored = panel.assessed()
    at = scored.values.index.get_level_values("year")
    if year not in at:
        years = ", ".join(str(one) for one in scored.years)
        problems.append(Finding("error", "scenario.year", {"year": year, "years": years}))
    if problems:
        raise InputError(problems)
    first = year if scenario.since is None else min(scenario.since, year)
    used = (at <= year) & ((at >= first) | (scenario.since is None))
    scored = replace(
        scored,
        values=scored.values[used],
        units=scored.units[used],
        imputed=None if scored.imputed is None else scored.imputed[used],
    )
    raw = scored.values[items].to_numpy(dtype=np.float64)
    raw = np.where(np.abs(raw) > LARGEST, np.nan, raw)
    scale = scale_of(raw, framework, scenario.scales)
    found = pool(scored, to_scale(raw, scale), scenario.centre)
    if not found.years:
        told_years = {"year": year, "years": ", ".join(str(one) for one in scored.years)}
        raise InputError([Finding("error", "scenario.pairs", told_years, year=year)])
    return _fitted(scored, framework, year, scenario, scale, found)


def _fitted(
    scored: Panel,
    framework: Framework,
    year: int,
    scenario: Scenario,
    scale: Scale,
    found: Pooled,
) -> Fitted:
    items = list(framework.items)
    here = scored.values.index.get_level_values("year") == year
    held = (found.pairs < FEWEST_PAIRS) & (scenario.persistence is None)
    rho = np.where(held, 1.0, np.clip(found.slope, -1.0, 1.0))
    if scenario.persistence is not None:
        rho = np.full(len(items), float(scenario.persistence))
    residuals = found.after - rho * found.before
    residuals[:, held] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(column_means(residuals**2))
        relative = spread / np.sqrt(column_means(found.deviations[here] ** 2))
    table = pd.DataFrame(
        {
            "scale": np.where(scale.log, *SCALES),
            "offset": scale.offset,
            "rho": rho,
            "spread": spread,
            "relative": relative,
            "pairs": found.pairs,
            "held": held,
        },
        index=pd.Index(items, name="item"),
    )
    nodes = framework.nodes.loc[items]
    lowest = nodes["min"].fillna(-np.inf).to_numpy(dtype=np.float64)
    notes = []
    if held.any():
        told = {"items": ", ".join(table.index[held]), "pairs": FEWEST_PAIRS}
        notes.append(Finding("note", "scenario.held", told))
    return Fitted(
        scenario,
        year,
        replace(
            scored,
            values=scored.values[here],
            units=scored.units[here],
            reasons=scored.reasons.iloc[:0],
            imputed=None,  # what is drawn is no more made up for one unit than for another
        ),
        table,
        scale,
        found.years,
        found.centre[here] + rho * found.deviations[here],
        residuals,
        np.where(scale.log, np.maximum(lowest, 0.0), lowest),
        nodes["max"].fillna(np.inf).to_numpy(dtype=np.float64),
        nodes["integer"].to_numpy(dtype=bool),
        tuple(notes),
    )
