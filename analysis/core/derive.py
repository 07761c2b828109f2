"""Deriving items from primitives by a short list of named operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.panel import REASON_COLUMNS, Panel

FloatArray = NDArray[np.float64]
Derived = tuple[FloatArray, dict[str, NDArray[np.bool_]]]

_MANY = 1000
# Operation: least and greatest number of inputs.
ARITY = {
    "level": (1, 1),
    "growth": (1, 1),
    "difference": (1, 1),
    "share": (2, 2),
    "ratio": (2, 2),
    "sum": (1, _MANY),
    "pick": (1, _MANY),
}
OPERATIONS = tuple(ARITY)
ACROSS_YEARS = ("growth", "difference")


def regional_inputs(inputs: str) -> dict[str, str]:
    """Return ``{region: primitive}`` of the inputs of a ``pick``, ``{}`` if they are none."""
    pairs = [word.partition("=") for word in inputs.split()]
    return {region: code for region, equals, code in pairs if equals and region and code}


def derive_items(panel: Panel, framework: Framework) -> tuple[Panel, tuple[Finding, ...]]:
    """Return the panel of a framework's items, derived where it holds primitives.

    An item that has a column of its own is taken as it is. The others follow
    from their ``operation`` on their ``inputs``, times ``scale`` where it is given:

    ============ =====================================================
    level        ``x``
    sum          ``x + y + ...``
    growth       ``100 (x_t / x_{t-1} - 1)``
    difference   ``x_t - x_{t-1}``
    share        ``100 x / y``
    ratio        ``x / y``
    pick         the primitive named for the unit's region
    ============ =====================================================

    A value is missing where an input is, with its reason where it is another
    one: a base or denominator that is zero or negative, no row for the year
    before (nor a figure in `Panel.bases`), a year in ``breaks`` (the definition
    changed, and nothing is compared across the change), a region for which no
    primitive is named.

    Parameters
    ----------
    panel : Panel
        With the unit-years that are not scored: they serve as a base.
    framework : Framework

    Returns
    -------
    panel : Panel
        Values of the framework's items, in its order, then of the
        denominators that it names and the panel holds. A value derived from an
        imputed one is marked as imputed.
    findings : tuple of Finding
        A note for each item and reason, with the number of cells.

    Raises
    ------
    InputError
        If an item is neither in the panel nor derivable from it.
    """
    have = set(panel.values.columns)
    absent = [item for item in framework.items if item not in have]
    problems = [finding for item in absent for finding in _underivable(item, framework, have)]
    if problems:
        raise InputError(problems)
    scored = _scored(panel)
    previous = _previous_rows(panel.values.index)
    columns: dict[str, FloatArray] = {}
    reasons = [panel.reasons]
    findings: list[Finding] = []
    for item in framework.items:
        if item in have:
            columns[item] = panel.values[item].to_numpy(dtype=np.float64)
            continue
        columns[item], why = _derive(panel, framework, item, previous)
        for reason, cells in why.items():
            cells = cells & scored
            if not cells.any():
                continue
            index = panel.values.index[cells]
            frame = index.to_frame(index=False).assign(item=item, reason=reason)
            reasons.append(frame[list(REASON_COLUMNS)])
            told = {"item": item, "count": int(cells.sum())}
            findings.append(Finding("note", reason, told, item=item))
    for code in framework.denominators:
        if code in have and code not in columns:
            columns[code] = panel.values[code].to_numpy(dtype=np.float64)
    values = pd.DataFrame(columns, index=panel.values.index)
    filled = [frame for frame in reasons if len(frame)]
    known = pd.concat(filled, ignore_index=True) if filled else panel.reasons
    marks = _marks(panel, framework, values, previous)
    return replace(panel, values=values, reasons=known, imputed=marks), tuple(findings)


def _underivable(item: str, framework: Framework, have: set[str]) -> list[Finding]:
    if not framework.nodes.at[item, "operation"]:
        return [Finding("error", "derive.absent", {"item": item}, item=item)]
    words = [word.split("=")[-1] for word in str(framework.nodes.at[item, "inputs"]).split()]
    lacking = ", ".join(word for word in dict.fromkeys(words) if word not in have)
    values = {"item": item, "inputs": lacking}
    return [Finding("error", "derive.inputs", values, item=item)] if lacking else []


def _derive(panel: Panel, framework: Framework, item: str, previous: NDArray[np.intp]) -> Derived:
    nodes = framework.nodes
    operation = str(nodes.at[item, "operation"])
    inputs = str(nodes.at[item, "inputs"])
    if operation == "pick":
        result, why = _pick(panel, regional_inputs(inputs))
    else:
        values = [panel.values[code].to_numpy(dtype=np.float64) for code in inputs.split()]
        if operation in ACROSS_YEARS:
            result, why = across_years(operation, values[0], previous, _base(panel, inputs))
            breaks = [int(year) for year in str(nodes.at[item, "breaks"]).split()]
            broken = np.isin(panel.values.index.get_level_values("year"), breaks)
            result[broken] = np.nan
            why = {reason: cells & ~broken for reason, cells in why.items()}
            why["derive.break"] = broken
        else:
            result, why = WITHIN_A_YEAR[operation](values)
    scale = nodes["scale"].to_numpy(dtype=np.float64)[nodes.index.get_loc(item)]
    if not np.isnan(scale):
        result = result * scale
    return result, why


def _total(values: list[FloatArray]) -> Derived:
    result = values[0].copy()
    for value in values[1:]:
        result += value
    return result, {}


def _quotient(values: list[FloatArray], factor: float) -> Derived:
    above, below = values
    improper = below <= 0
    result = np.full(len(above), np.nan)
    np.divide(factor * above, below, out=result, where=~improper)
    return result, {"derive.denominator": improper & ~np.isnan(above)}


def _share(values: list[FloatArray]) -> Derived:
    return _quotient(values, 100.0)


def _ratio(values: list[FloatArray]) -> Derived:
    return _quotient(values, 1.0)


WITHIN_A_YEAR: dict[str, Callable[[list[FloatArray]], Derived]] = {
    "level": _total,
    "sum": _total,
    "share": _share,
    "ratio": _ratio,
}


def _base(panel: Panel, code: str) -> FloatArray:
    """Return what `Panel.bases` has of a primitive for the year before, NaN where nothing."""
    if panel.bases is None or code not in panel.bases:
        return np.full(len(panel.values), np.nan)
    found = panel.bases[code].reindex(_year_before(panel.values.index))
    return found.to_numpy(dtype=np.float64)


def across_years(
    operation: str, now: FloatArray, previous: NDArray[np.intp], base: FloatArray
) -> Derived:
    """Return growth or difference on the value in row ``previous`` (-1: none), else on ``base``."""
    before = np.where(previous < 0, np.nan, now[previous])
    before = np.where(np.isnan(before), base, before)
    no_row = (previous < 0) & np.isnan(before)
    if operation == "difference":
        return now - before, {"derive.no_year_before": no_row & ~np.isnan(now)}
    improper = before <= 0
    result = np.full(len(now), np.nan)
    np.divide(now, before, out=result, where=~improper)
    return 100.0 * (result - 1.0), {
        "derive.no_year_before": no_row & ~np.isnan(now),
        "derive.base": improper & ~np.isnan(now),
    }


def _pick(panel: Panel, by_region: dict[str, str]) -> Derived:
    regions = panel.units["region"].to_numpy(dtype=object)
    result = np.full(len(regions), np.nan)
    unnamed = np.ones(len(regions), dtype=bool)
    for region, code in by_region.items():
        here = regions == region
        result[here] = panel.values[code].to_numpy(dtype=np.float64)[here]
        unnamed &= ~here
    return result, {"derive.region": unnamed}


def _marks(
    panel: Panel, framework: Framework, values: pd.DataFrame, previous: NDArray[np.intp]
) -> pd.DataFrame | None:
    """Return which values are imputed, or derived from such."""
    if panel.imputed is None:
        return None
    known = panel.imputed
    marks = pd.DataFrame(False, index=values.index, columns=values.columns)
    for code in values:
        if code in panel.values:
            if code in known:
                marks[code] = known[code].to_numpy()
            continue
        inputs = str(framework.nodes.at[code, "inputs"]).split()
        for primitive in dict.fromkeys(word.split("=")[-1] for word in inputs):
            if primitive in known:
                made = known[primitive].to_numpy(dtype=bool)
                marks[code] |= made
                if framework.nodes.at[code, "operation"] in ACROSS_YEARS:
                    marks[code] |= (previous >= 0) & made[previous]
    return marks & values.notna()


def _previous_rows(index: pd.Index) -> NDArray[np.intp]:
    """Return the row of the same unit one year before, -1 where there is none."""
    return np.asarray(index.get_indexer(_year_before(index)), dtype=np.intp)


def _year_before(index: pd.Index) -> pd.MultiIndex:
    years, units = index.get_level_values("year"), index.get_level_values("unit")
    return pd.MultiIndex.from_arrays([years - 1, units], names=index.names)


def _scored(panel: Panel) -> NDArray[np.bool_]:
    if "assessed" not in panel.units:
        return np.ones(len(panel.values), dtype=bool)
    return panel.units["assessed"].to_numpy(dtype=bool)
