"""What a unit can move: its levers, how far each may go, and what binds them together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.panel import Panel
from analysis.core.way_out_bounds import WHOLE_NUMBER, bound_of, read_bounds, spread_in
from analysis.core.way_out_recipe import Recipe, recipes_of, values_before, values_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Constraint = tuple[dict[str, float], float]
"""Slopes by column, and what their sum may be at most."""


@dataclass(frozen=True, eq=False)
class Levers:
    """What may be moved of a unit-year.

    Attributes
    ----------
    codes : tuple of str
    measure : tuple of str
        Unit of measurement, where an item takes the lever as it is; else ``""``.
    now, lowest, highest : ndarray, shape (levers,)
        In the levers' own units.
    whole : ndarray of bool, shape (levers,)
        Which go in whole numbers.
    cost : ndarray, shape (levers,)
        Of a change as large as the bound.
    basis : tuple of str
        Where the bounds come from: ``given``, ``percent`` (of the value),
        ``spread`` (of the units), ``none``.
    rows : ndarray, shape (constraints, levers)
    ends : ndarray, shape (constraints,)
        ``rows @ values <= ends``.
    fixed : tuple of str
        Levers without a value, which cannot be moved.
    """

    codes: tuple[str, ...]
    measure: tuple[str, ...]
    now: FloatArray
    lowest: FloatArray
    highest: FloatArray
    whole: BoolArray
    cost: FloatArray
    basis: tuple[str, ...]
    rows: FloatArray
    ends: FloatArray
    fixed: tuple[str, ...]

    def room(self, values: FloatArray, lever: int, direction: int) -> float:
        """Return how far a lever may go, the others as they are (never below 0)."""
        end = self.highest[lever] if direction > 0 else self.lowest[lever]
        far = direction * (end - values[lever])
        slope = direction * self.rows[:, lever]
        binding = slope > 0
        slack = self.ends[binding] - self.rows[binding] @ values
        far = min([far, *(slack / slope[binding])])
        if self.whole[lever]:
            far = np.floor(far + WHOLE_NUMBER)
        return max(float(far), 0.0)


def levers_of(
    panel: Panel,
    framework: Framework,
    year: int,
    unit: str,
    *,
    bounds: pd.DataFrame | None = None,
    costs: Mapping[str, float] | None = None,
    primitives: Sequence[str] | None = None,
    whole: Collection[str] | None = None,
    part_of: Mapping[str, str] | None = None,
) -> Levers:
    """Return the levers of a unit-year, with their bounds; see `analysis.core.way_out.way_out`.

    Raises
    ------
    InputError
        With everything that is wrong with bounds, costs and levers named.
    """
    costs = costs or {}
    recipes = recipes_of(panel, framework, year, unit)
    able = [code for recipe in recipes.values() for code in recipe.inputs]
    able = [code for code in dict.fromkeys(able) if code in panel.values]
    known = [*able, *(code for code in framework.denominators if code in panel.values)]
    table, problems = read_bounds(bounds, panel)
    problems = [*_unknown(primitives, known, panel, framework), *_wrong(costs, panel), *problems]
    if problems:
        raise InputError(problems)
    chosen = able if primitives is None else [c for c in dict.fromkeys(primitives) if c in known]
    present = values_of(panel, year, unit)
    codes = [code for code in chosen if not np.isnan(present[code])]
    values = np.array([present[code] for code in codes])
    counts = np.array([_is_whole(panel, framework, code, whole) for code in codes], dtype=bool)
    counts &= values == np.round(values)
    spread = spread_in(panel, year)
    ends = [
        bound_of(code, float(now), bool(count), table, spread, framework)
        for code, now, count in zip(codes, values, counts, strict=True)
    ]
    wanted = _allowed(framework, recipes, values_before(panel, year, unit))
    wanted += [
        ({part: 1.0, total: -1.0}, 0.0)
        for part, total in (part_of or {}).items()
        if part in present and total in present
    ]
    rows, most = _as_rows(wanted, codes, present)
    return _held(
        Levers(
            tuple(codes),
            tuple(_measure(framework, recipes, code) for code in codes),
            values,
            np.array([low for low, _, _ in ends]),
            np.array([high for _, high, _ in ends]),
            counts,
            np.array([float(costs.get(code, 1.0)) for code in codes]),
            tuple(basis for _, _, basis in ends),
            rows,
            most,
            tuple(code for code in chosen if np.isnan(present[code])),
        )
    )


def _held(levers: Levers) -> Levers:
    """Return levers whose bounds keep to the constraints that look at one of them alone."""
    lowest, highest = levers.lowest.copy(), levers.highest.copy()
    single = (levers.rows != 0).sum(axis=1) == 1
    for row, end in zip(levers.rows[single], levers.ends[single], strict=True):
        j = int(np.flatnonzero(row)[0])
        if row[j] > 0:
            highest[j] = min(highest[j], max(end / row[j], levers.now[j]))
        else:
            lowest[j] = max(lowest[j], min(end / row[j], levers.now[j]))
    lowest = np.where(levers.whole, np.ceil(lowest - WHOLE_NUMBER), lowest)
    highest = np.where(levers.whole, np.floor(highest + WHOLE_NUMBER), highest)
    rows, ends = levers.rows[~single], levers.ends[~single]
    return replace(levers, lowest=lowest, highest=highest, rows=rows, ends=ends)


def _measure(framework: Framework, recipes: Mapping[str, Recipe], code: str) -> str:
    """Return the unit of measurement of the item that takes a column as it is, else ``""``."""
    for item, recipe in recipes.items():
        if recipe == Recipe("level", (code,), 1.0, False):
            return str(framework.nodes.at[item, "unit"])
    return ""


def _is_whole(panel: Panel, framework: Framework, code: str, whole: Collection[str] | None) -> bool:
    if whole is not None:
        return code in whole
    if code in framework.items and bool(framework.nodes.at[code, "integer"]):
        return True
    column = panel.values[code].to_numpy(dtype=np.float64)
    column = column[~np.isnan(column)]
    return bool(len(column)) and bool((column == np.round(column)).all())


def _allowed(
    framework: Framework, recipes: Mapping[str, Recipe], before: Mapping[str, float]
) -> list[Constraint]:
    """Return what the items' units allow, as constraints on the levers.

    The ends of a share or ratio are multiplied by its denominator.
    """
    found: list[Constraint] = []
    ends = {end: framework.nodes[end].to_dict() for end in ("min", "max")}
    for item, recipe in recipes.items():
        if not recipe.inputs or recipe.broken:
            continue
        first, factor = recipe.inputs[0], recipe.factor
        base = before.get(first, np.nan)
        for sign, end in ((-1.0, float(ends["min"][item])), (1.0, float(ends["max"][item]))):
            if np.isnan(end):
                continue
            if recipe.operation in ("share", "ratio"):
                above = factor * (100.0 if recipe.operation == "share" else 1.0)
                found.append(({first: sign * above, recipe.inputs[1]: -sign * end}, 0.0))
            elif recipe.operation == "growth":
                if base > 0:
                    found.append(({first: sign}, sign * base * (1.0 + end / (100.0 * factor))))
            elif recipe.operation == "difference":
                if not np.isnan(base):
                    found.append(({first: sign * factor}, sign * (end + factor * base)))
            else:
                terms: dict[str, float] = {}
                for code in recipe.inputs:
                    terms[code] = terms.get(code, 0.0) + sign * factor
                found.append((terms, sign * end))
    return found


def _as_rows(
    wanted: Sequence[Constraint], codes: Sequence[str], present: Mapping[str, float]
) -> tuple[FloatArray, FloatArray]:
    """Return constraints on the levers alone, the other columns being as they are.

    One that does not hold now only bars what would make it worse.
    """
    values = np.array([present[code] for code in codes])
    rows, ends = [], []
    for terms, end in wanted:
        row = np.array([terms.get(code, 0.0) for code in codes])
        rest = sum(slope * present[code] for code, slope in terms.items() if code not in codes)
        if row.any() and not np.isnan(rest):
            rows.append(row)
            ends.append(max(end - rest, float(row @ values)))
    return np.array(rows).reshape(len(rows), len(codes)), np.array(ends)


def _unknown(
    primitives: Sequence[str] | None, able: Sequence[str], panel: Panel, framework: Framework
) -> list[Finding]:
    """Return a problem for every lever that is no column of the panel."""
    return [
        Finding("error", "way_out.lever", {"code": code, "known": ", ".join(able)}, item=code)
        for code in dict.fromkeys(primitives or ())
        if code not in panel.values and code not in framework.primitives
    ]


def _wrong(costs: Mapping[str, float], panel: Panel) -> list[Finding]:
    unknown = [
        Finding("error", "way_out.bound_code", {"code": code}, item=code)
        for code in costs
        if code not in panel.values
    ]
    return unknown + [
        Finding("error", "way_out.cost", {"code": code, "value": str(cost)[:40]}, item=code)
        for code, cost in costs.items()
        if not (np.isfinite(cost) and cost > 0)
    ]
