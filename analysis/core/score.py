"""Scores: from a panel of items to the index, by a framework and a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.aggregate import improper, weighted_mean
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.normalise import capped, observed_range, rescale, zscore
from analysis.core.panel import Panel
from analysis.core.scores import LEDGER_COLUMNS, Scores, year_slices
from analysis.core.treat import treat
from analysis.core.weights import unit_weights

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

__all__ = ["Scores", "score"]


def score(panel: Panel, framework: Framework, method: Method) -> Scores:
    """Score a panel of items: treat, normalise, aggregate upwards.

    Treatment and normalisation run within each year and over all scored units
    of the panel, whatever their region. A value that a step cannot take (an
    infinity; the logarithm of what is not positive; what is not positive in a
    geometric or harmonic mean) leaves the node and all above it without a
    score for that unit-year, with a finding, and the rest goes on.

    Parameters
    ----------
    panel : Panel
        Holds the items (see `analysis.core.derive.derive_items`); unit-years
        that are not assessed are left out.
    framework : Framework
    method : Method

    Returns
    -------
    Scores

    Raises
    ------
    InputError
        If the panel lacks items of the framework, no unit-year is to be
        scored, or an item has no goalposts where the method needs them.
    """
    panel = panel.assessed()
    _check(panel, framework, method)
    items = list(framework.items)
    raw = panel.values[items].to_numpy(dtype=np.float64)
    rules = _rules(framework, method)
    findings: list[Finding] = []
    index = panel.values.index
    refused = np.isinf(raw)
    _refuse(refused, raw, "score.infinite", items, index, findings)
    values = np.where(refused, np.nan, raw)
    logs = (framework.nodes.loc[items, "transform"] == "log").to_numpy() & (rules == "goalposts")
    not_positive = logs & (values <= 0)
    _refuse(not_positive, raw, "score.log", items, index, findings)
    refused |= not_positive
    values[not_positive] = np.nan
    treated = np.empty_like(values)
    normalised = np.empty_like(values)
    limits: list[pd.DataFrame] = []
    ledger: list[pd.DataFrame] = []
    for year, rows in year_slices(index):
        free = np.flatnonzero(rules != "goalposts")
        treated[rows] = values[rows]
        done = treat(values[rows][:, free], method.treatment)
        treated[rows, free] = done.values
        for place, item in enumerate(free):
            code = items[item]
            if done.why[place]:
                before, after = values[rows, item], done.values[:, place]
                ledger.append(_changed(index[rows], code, before, after, done.why[place]))
            if not done.passes[place]:
                findings.append(_note("score.still_skewed", year, code))
        normalised[rows], low, high = _normalise(treated[rows], rules, framework, method)
        ends = {"year": year, "item": items, "rule": rules, "lo": low, "hi": high}
        limits.append(pd.DataFrame(ends))
        findings += [_note("score.constant", year, items[i]) for i in np.flatnonzero(low == high)]
        empty = np.flatnonzero(np.isnan(normalised[rows]).all(axis=0))
        findings += [_note("score.no_values", year, items[i]) for i in empty]
    nodes, more = _aggregate(normalised, refused, raw, framework, method, panel.units)
    frame = pd.DataFrame(nodes, index=index)[list(framework.nodes.index)]
    changed = [part for part in ledger if len(part)]
    return Scores(
        nodes=frame,
        treated=pd.DataFrame(treated, index=index, columns=items),
        limits=pd.concat(limits, ignore_index=True),
        ledger=(
            pd.concat(changed, ignore_index=True)
            if changed
            else pd.DataFrame(columns=list(LEDGER_COLUMNS))
        ),
        findings=(*findings, *more),
        units=panel.units,
        framework=framework,
        method=method,
    )


def _check(panel: Panel, framework: Framework, method: Method) -> None:
    problems = []
    for item in framework.items:
        if item not in panel.values:
            problems.append(Finding("error", "derive.absent", {"item": item}, item=item))
    if not len(panel.values):
        problems.append(Finding("error", "score.nothing"))
    lo = framework.nodes["lo"]
    for item, rule in zip(framework.items, _rules(framework, method), strict=True):
        if rule == "goalposts" and np.isnan(lo[item]):
            values = {"item": item, "method": method.name}
            problems.append(Finding("error", "score.no_goalposts", values, item=item))
    if problems:
        raise InputError(problems)


def _rules(framework: Framework, method: Method) -> NDArray[np.object_]:
    """Return the normalisation of each item: its own, else the method's."""
    own = framework.nodes.loc[list(framework.items), "normalisation"]
    return np.array([rule or method.normalisation.rule for rule in own], dtype=object)


def _normalise(
    values: FloatArray, rules: NDArray[np.object_], framework: Framework, method: Method
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return one year's items on their scale, and the ends between which they were put."""
    nodes = framework.nodes.loc[list(framework.items)]
    direction = nodes["direction"].to_numpy(dtype=np.float64)
    low, high = observed_range(values)
    result = np.empty_like(values)
    for rule in dict.fromkeys(rules):
        at = np.flatnonzero(rules == rule)
        chosen = values[:, at]
        if rule == "zscore":
            result[:, at] = zscore(chosen, direction[at])
            continue
        if rule == "goalposts":
            low[at] = nodes["lo"].to_numpy()[at]
            high[at] = nodes["hi"].to_numpy()[at]
            logs = (nodes["transform"] == "log").to_numpy()[at]
            chosen = capped(chosen, low[at], high[at], list(nodes["cap"].iloc[at]))
            chosen[:, logs] = np.log(chosen[:, logs])
            logged = at[logs]
            low[logged], high[logged] = np.log(low[logged]), np.log(high[logged])
        lower, upper = method.normalisation.range_of(str(rule))
        result[:, at] = rescale(chosen, direction[at], low[at], high[at], lower, upper)
    return result, low, high


def _aggregate(
    normalised: FloatArray,
    refused: BoolArray,
    raw: FloatArray,
    framework: Framework,
    method: Method,
    units: pd.DataFrame,
) -> tuple[dict[str, FloatArray], list[Finding]]:
    """Form every node from its children, level by level."""
    index = units.index
    place_of = {item: i for i, item in enumerate(framework.items)}
    findings: list[Finding] = []
    nodes = {item: normalised[:, i] for i, item in enumerate(framework.items)}
    out = {item: refused[:, i] for i, item in enumerate(framework.items)}
    shared = unit_weights(framework, units)
    missing = method.missing
    for code in framework.bottom_up:
        children = list(framework.children(code))
        if not children:
            continue
        rule = str(framework.nodes.at[code, "aggregation"]) or method.aggregation.rule
        values = np.column_stack([nodes[child] for child in children])
        result = np.empty(len(index))
        unfit = np.zeros(values.shape, dtype=bool)
        barred = np.zeros(len(index), dtype=bool)
        for rows, weights in shared:
            w = weights[children].to_numpy()
            result[rows] = weighted_mean(
                values[rows],
                w,
                rule,
                renormalise=missing.rule == "renormalise",
                min_share=missing.min_share,
            )
            unfit[rows] = improper(values[rows], w, rule)
            for child, weight in zip(children, w, strict=True):
                if weight > 0:
                    barred[rows] |= out[child][rows]
        for row, place in zip(*np.nonzero(unfit), strict=True):
            told = {"node": code, "rule": rule, "child": children[place]}
            told["scaled"] = f"{values[row, place]:.6g}"
            below = [place_of[item] for item in framework.items_under(children[place])]
            at = below[int(np.nanargmin(normalised[row, below]))]
            _refuse_cell(row, at, raw, framework.items, "score.not_positive", index, findings, told)
        out[code] = barred | unfit.any(axis=1)
        result[out[code]] = np.nan
        nodes[code] = result
        lacking = np.isnan(result) & ~out[code]
        findings += _lacking(code, lacking, index)
    return nodes, findings


def _lacking(code: str, lacking: BoolArray, index: pd.Index) -> list[Finding]:
    """Return a note for each year in which units lack the data for a node."""
    findings = []
    for year, rows in year_slices(index):
        units = index.get_level_values("unit")[rows][lacking[rows]]
        if len(units):
            named = ", ".join(units[:5]) + (" …" if len(units) > 5 else "")
            values = {"year": year, "node": code, "count": len(units), "units": named}
            findings.append(Finding("warning", "score.too_little_data", values, year=year))
    return findings


def _refuse(
    cells: BoolArray,
    values: FloatArray,
    code: str,
    items: Sequence[str],
    index: pd.Index,
    findings: list[Finding],
) -> None:
    """Note every cell that a step cannot take."""
    for row, place in zip(*np.nonzero(cells), strict=True):
        _refuse_cell(row, place, values, items, code, index, findings, {})


def _refuse_cell(
    row: int,
    place: int,
    values: FloatArray,
    items: Sequence[str],
    code: str,
    index: pd.Index,
    findings: list[Finding],
    more: Mapping[str, str],
) -> None:
    year, unit = int(index[row][0]), str(index[row][1])
    item, value = items[place], f"{values[row, place]:.6g}"
    told = {"unit": unit, "year": year, "item": item, "value": value, **more}
    findings.append(Finding("warning", code, told, unit=unit, year=year, item=item))


def _changed(
    index: pd.Index, item: str, before: FloatArray, after: FloatArray, why: str
) -> pd.DataFrame:
    """Return the ledger's rows for one item of one year."""
    moved = ~np.isnan(before) & (before != after)
    rows = index[moved]
    columns = {
        "year": rows.get_level_values("year"),
        "unit": rows.get_level_values("unit"),
        "item": item,
        "value_from": before[moved],
        "value_to": after[moved],
        "why": why,
    }
    return pd.DataFrame(columns, columns=list(LEDGER_COLUMNS))


def _note(code: str, year: int, item: str) -> Finding:
    return Finding("note", code, {"year": year, "item": item}, year=year, item=item)
