"""Points outside the weights, counted for every unit and put on the scale of the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.adjust_scale import on_scale
from analysis.core.adjustment import (
    EFFECTS,
    LOWEST,
    OPTIONAL,
    UNRANKED,
    Adjustment,
    PointRule,
)
from analysis.core.blocks import year_slices
from analysis.core.findings import Finding, Severity
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.numbers import numbers
from analysis.core.panel import Panel

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Counted:
    """What the rules of an adjustment come to, on the scale on which they are stated.

    Attributes
    ----------
    inputs : ndarray, shape (unit-years, rules)
        NaN is missing.
    parts : ndarray, shape (unit-years, rules)
        Signed points of each rule, after its own cap; 0 for vetoes.
    bonus, penalty : ndarray, shape (unit-years,)
        ``min(sum of bonuses, cap)`` and ``max(-sum of deductions, floor)``.
    veto : ndarray of str, shape (unit-years,)
        The gravest effect; ``""`` is none.
    findings : tuple of Finding
        Missing inputs and vetoes, year by year.
    """

    inputs: FloatArray
    parts: FloatArray
    bonus: FloatArray
    penalty: FloatArray
    veto: NDArray[np.object_]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class Added:
    """What is added to the index of each unit, on the scale of the index.

    Attributes
    ----------
    points : ndarray, shape (units,)
        NaN: the unit is not ranked.
    fixed : ndarray, shape (units,)
        The score that a unit is put at whatever its items say; NaN is none.
    """

    points: FloatArray
    fixed: FloatArray

    def to(self, index: FloatArray) -> FloatArray:
        """Return the index with the points, shape (..., units); no score stays none."""
        found: FloatArray = index + self.points
        held = np.broadcast_to(~np.isnan(self.fixed), index.shape) & ~np.isnan(index)
        return np.where(held, self.fixed, found)

    def of(self, rows: BoolArray | slice) -> Added:
        """Return what is added for some of the units."""
        return Added(self.points[rows], self.fixed[rows])


@dataclass(frozen=True, eq=False)
class Points:
    """The points in a set of scores.

    Attributes
    ----------
    table : pandas.DataFrame
        Index ``(year, unit)``: ``before``, the index by the weights alone; ``bonus`` and
        ``penalty``, after the caps of all rules together; ``points``, what they change in
        the score, a veto's ``lowest`` included (NaN without a score); ``veto``, its effect
        or ``""``. All on the scale of the index.
    parts : pandas.DataFrame
        Same index, one column a rule: its signed points after its own cap, on the scale
        of the index. Their sum differs from ``points`` where a cap of all together,
        or a veto, takes effect.
    inputs : pandas.DataFrame
        Same index, one column a rule: what the rule counted; NaN is missing.
    limits : pandas.DataFrame
        Index ``year``: ``factor``, by which stated points are multiplied, and ``lowest``,
        the score of a veto that has this effect.
    """

    table: pd.DataFrame
    parts: pd.DataFrame
    inputs: pd.DataFrame
    limits: pd.DataFrame

    def in_year(self, year: int) -> Added:
        """Return what is added to the units of a year, in their order."""
        here = self.table[self.table.index.get_level_values("year") == year]
        veto = here["veto"].to_numpy(dtype=object)
        whole = (here["bonus"] + here["penalty"]).to_numpy(dtype=np.float64)
        return added(whole, veto, float(self.limits["lowest"].loc[year]))


def count_points(panel: Panel, adjustment: Adjustment) -> Counted:
    """Count the points of every unit-year, on the scale on which they are stated.

    ``p = per_unit max(x, 0)`` or those of the highest step reached, at most the
    rule's cap; in all ``min(sum of bonuses, cap) + max(-sum of deductions, floor)``.

    Parameters
    ----------
    panel : Panel
        Of items; all its rows are counted.
    adjustment : Adjustment
        Which agrees with the panel (`analysis.core.adjust_check.adjust_problems`).

    Returns
    -------
    Counted
        A missing input gives no points and no veto, and a finding says so
        unless the rule calls its input optional.
    """
    index = panel.values.index
    rules = adjustment.rules
    inputs = np.full((len(index), len(rules)), np.nan)
    parts = np.zeros(inputs.shape)
    findings: list[Finding] = []
    veto = np.full(len(index), "", dtype=object)
    for place, rule in enumerate(rules):
        x = inputs[:, place] = input_of(panel, rule.input)
        if np.isnan(x).all():
            told = {"rule": rule.id, "input": rule.input}
            findings.append(Finding("warning", "points.nobody", told))
        elif rule.missing != OPTIONAL:
            findings += _told("missing", rule, np.isnan(x), index, "note")
        if rule.kind != "veto":
            sign = 1.0 if rule.kind == "bonus" else -1.0
            parts[:, place] = sign * points_of(rule, x) + 0.0  # no zero with a sign
            below = x < 0
            if below.any():
                findings += _told("negative", rule, below, index, "warning")
    for effect in reversed(EFFECTS):  # the gravest last, over the others
        for place, rule in enumerate(rules):
            if rule.kind == "veto" and rule.effect == effect:
                held = inputs[:, place] >= rule.at_least
                veto[held] = effect
                findings += _told(f"veto_{effect}", rule, held, index, "warning")
    bonus, penalty = np.maximum(parts, 0.0).sum(axis=1), np.minimum(parts, 0.0).sum(axis=1)
    if adjustment.cap is not None:
        bonus = np.minimum(bonus, adjustment.cap)
    if adjustment.floor is not None:
        penalty = np.maximum(penalty, adjustment.floor)
    return Counted(inputs, parts, bonus, penalty, veto, tuple(findings))


def points_of(rule: PointRule, inputs: FloatArray) -> FloatArray:
    """Return the points of a bonus or deduction, without sign; 0 for a missing input."""
    known = np.where(np.isnan(inputs), -np.inf, inputs)
    if rule.steps:
        starts = np.array([at for at, _ in rule.steps])
        worth = np.array([0.0, *(points for _, points in rule.steps)])
        found = worth[np.searchsorted(starts, known, side="right")]
    else:
        found = rule.per_unit * np.maximum(known, 0.0)
    return found if rule.cap is None else np.minimum(found, rule.cap)


def input_of(panel: Panel, name: str) -> FloatArray:
    """Return an item's values, imputed ones as missing, or a numeric attribute of the units."""
    if name in panel.values:
        values = panel.values[name].to_numpy(dtype=np.float64, copy=True)
        if panel.imputed is not None and name in panel.imputed:
            values[panel.imputed[name].to_numpy(dtype=bool)] = np.nan
        values[~np.isfinite(values)] = np.nan
        return values
    if name not in panel.units:
        return np.full(len(panel.values), np.nan)
    return attribute_numbers(panel.units[name])[0]


def attribute_numbers(column: pd.Series) -> tuple[FloatArray, list[int]]:
    """Return an attribute as numbers, and the rows that hold something else."""
    cells = [None if pd.isna(cell) else cell for cell in column.tolist()]
    values, wrong = numbers(cells)
    return values, [problem.position for problem in wrong]


def added(points: FloatArray, veto: NDArray[np.object_], lowest: float) -> Added:
    """Return points on the scale of the index together with the effects of vetoes."""
    fixed = np.where(veto == LOWEST, lowest, np.nan).astype(np.float64)
    return Added(np.where(veto == UNRANKED, np.nan, points).astype(np.float64), fixed)


def add_points(
    index_scores: FloatArray,
    counted: Counted,
    normalised: FloatArray,
    index: pd.Index,
    framework: Framework,
    method: Method,
    adjustment: Adjustment,
) -> tuple[FloatArray, Points]:
    """Return the index with its points, year by year, and what they are.

    Stated points are put on the scale of the index as `on_scale` says.

    Parameters
    ----------
    index_scores : ndarray, shape (unit-years,)
        By the weights alone; NaN is no score.
    counted : Counted
    normalised : ndarray, shape (unit-years, items)
    index : pandas.Index
        ``(year, unit)``, sorted.
    framework : Framework
    method : Method
    adjustment : Adjustment
    """
    after = index_scores.copy()
    factors = np.ones(len(index))
    limits = []
    for year, rows in year_slices(index):
        factor, lowest = on_scale(
            adjustment, counted.penalty[rows], framework, method, normalised[rows]
        )
        whole = factor * counted.bonus[rows] + factor * counted.penalty[rows]
        after[rows] = added(whole, counted.veto[rows], lowest).to(index_scores[rows])
        factors[rows] = factor
        limits.append((year, factor, lowest))
    ids = [rule.id for rule in adjustment.rules]
    table = pd.DataFrame(
        {
            "before": index_scores,
            "bonus": factors * counted.bonus,
            "penalty": factors * counted.penalty,
            "points": after - index_scores,
            "veto": pd.array(counted.veto.tolist(), dtype="str"),
        },
        index=index,
    )
    points = Points(
        table,
        pd.DataFrame(factors[:, None] * counted.parts, index=index, columns=ids),
        pd.DataFrame(counted.inputs, index=index, columns=ids),
        pd.DataFrame(limits, columns=["year", "factor", "lowest"]).set_index("year"),
    )
    return after, points


def _told(
    code: str, rule: PointRule, which: BoolArray, index: pd.Index, severity: Severity
) -> Sequence[Finding]:
    """Return a finding for each year in which a rule meets some units, naming them."""
    findings = []
    for year, rows in year_slices(index):
        units = index.get_level_values("unit")[rows][which[rows]]
        if len(units):
            named = ", ".join(units[:5]) + (" …" if len(units) > 5 else "")
            told = {"rule": rule.id, "input": rule.input, "year": year}
            told |= {"count": len(units), "units": named, "least": f"{rule.at_least:g}"}
            findings.append(Finding(severity, f"points.{code}", told, year=year))
    return findings
