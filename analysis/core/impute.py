"""Imputation: missing values filled from other units, other years or other items."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.blocks import blocks, group_words
from analysis.core.centre import centre
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.impute_items import expectation_maximisation, regress
from analysis.core.impute_years import from_years
from analysis.core.method_keys import BY_YEARS, FROM_ITEMS
from analysis.core.panel import Panel
from analysis.core.steps import Imputation

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FILLED_COLUMNS = ("year", "unit", "item", "value", "how", "from_year")


@dataclass(frozen=True, eq=False)
class Imputed:
    """A panel whose gaps were filled.

    Attributes
    ----------
    panel : Panel
        ``panel.imputed`` marks the cells.
    table : pandas.DataFrame
        ``year, unit, item, value, how, from_year``: every cell filled;
        ``how`` is the rule, ``from_year`` (Int64) the year that a value was
        carried from, missing where it comes from no single year.
    findings : tuple of Finding
    """

    panel: Panel
    table: pd.DataFrame
    findings: tuple[Finding, ...]


def impute(panel: Panel, framework: Framework, imputation: Imputation) -> Imputed:
    """Fill the missing values of a panel's items.

    ============ ==========================================================
    mean         the mean of the item over the units of the year
    median       the median
    nearest      the unit's own value of the nearest year, of two the earlier
    interpolate  on the straight line between the unit's own values before
                 and after; beyond the first and last the nearest
    regression   least squares on the other items that are the closest
                 correlated (`analysis.core.impute_items.regress`)
    em           the conditional mean under a multivariate normal
                 distribution, by expectation maximisation
                 (`analysis.core.impute_items.expectation_maximisation`)
    ============ ==========================================================

    Means, medians, regressions and EM may be taken within groups of units that
    share an attribute, and over all years together. A filled value is held
    between the framework's ``min`` and ``max`` for the item.

    Parameters
    ----------
    panel : Panel
        Unit-years that are not assessed are filled from and filled in too.
    framework : Framework
    imputation : Imputation

    Returns
    -------
    Imputed
        A cell for which there is nothing to go by (a group without any value,
        a unit without the attribute, a unit without a value in any year)
        stays missing, with a warning that counts them.

    Raises
    ------
    InputError
        If the units lack the attribute.

    Notes
    -----
    OECD/JRC Handbook (2008), step 3; ``Impute`` of COINr (mean and median,
    within groups or not: a unit without a group stays as it is).
    """
    known = panel.imputed
    if imputation.rule == "none":
        return Imputed(panel, pd.DataFrame(columns=list(FILLED_COLUMNS)), ())
    items = list(framework.items)
    values = panel.values[items].to_numpy(dtype=np.float64)
    gaps = np.isnan(values)
    filled, source = _fill(values, panel, framework, imputation)
    nodes = framework.nodes.loc[items]
    new = gaps & ~np.isnan(filled)
    filled = np.where(gaps, _held(filled, nodes), values)
    marks = pd.DataFrame(new, index=panel.values.index, columns=items)
    if known is not None:
        marks |= known.reindex(columns=items, fill_value=False)
    done = panel.values.copy()
    done[items] = filled
    return Imputed(
        replace(panel, values=done, imputed=marks),
        _table(new, filled, source, panel.values.index, items, imputation.rule),
        _left(gaps & ~new, items, panel.values.index, imputation.rule),
    )


def _fill(
    values: FloatArray, panel: Panel, framework: Framework, imputation: Imputation
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return values without the gaps that can be filled, and the years they come from (0: none)."""
    index = panel.values.index
    if imputation.rule in BY_YEARS:
        return from_years(
            values,
            index,
            interpolate=imputation.rule == "interpolate",
            max_years=imputation.max_years,
            back_only=imputation.look == "back",
        )
    groups = None
    if imputation.within:
        if imputation.within not in panel.units:
            values_of = {"attribute": imputation.within, "step": "imputation"}
            raise InputError([Finding("error", "score.no_attribute", values_of)])
        groups = group_words(panel.units, imputation.within)
    filled = values.copy()
    for block in blocks(index, imputation.over, None, groups):
        filled[block.rows] = _fill_block(values[block.rows], framework, imputation)
    return filled, np.zeros(values.shape, dtype=np.int64)


def _fill_block(values: FloatArray, framework: Framework, imputation: Imputation) -> FloatArray:
    if imputation.rule in FROM_ITEMS:
        return _from_items(values, framework, imputation)
    return np.where(np.isnan(values), centre(values, imputation.rule), values)


def _from_items(values: FloatArray, framework: Framework, imputation: Imputation) -> FloatArray:
    place = {item: i for i, item in enumerate(framework.items)}
    groups = framework.groups if imputation.among == "group" else (framework.root,)
    filled = values.copy()
    for group in groups:
        at = [place[item] for item in framework.items_under(group)]
        if imputation.rule == "regression":
            filled[:, at] = regress(values[:, at], imputation.regressors)
        else:
            filled[:, at] = expectation_maximisation(values[:, at])
    return filled


def _held(values: FloatArray, nodes: pd.DataFrame) -> FloatArray:
    """Hold values between what the items allow."""
    least = nodes["min"].fillna(-np.inf).to_numpy(dtype=np.float64)
    most = nodes["max"].fillna(np.inf).to_numpy(dtype=np.float64)
    held: FloatArray = np.clip(values, least, most)
    return held


def _table(
    new: BoolArray,
    values: FloatArray,
    source: NDArray[np.int64],
    index: pd.Index,
    items: list[str],
    rule: str,
) -> pd.DataFrame:
    rows, columns = np.nonzero(new)
    at = index[rows]
    years = source[rows, columns]
    return pd.DataFrame(
        {
            "year": at.get_level_values("year"),
            "unit": at.get_level_values("unit"),
            "item": np.asarray(items, dtype=object)[columns],
            "value": values[rows, columns],
            "how": rule,
            "from_year": pd.arrays.IntegerArray(years, years == 0),
        },
        columns=list(FILLED_COLUMNS),
    )


def _left(left: BoolArray, items: list[str], index: pd.Index, rule: str) -> tuple[Finding, ...]:
    """Return a warning for each item that keeps gaps."""
    findings = []
    for item in np.flatnonzero(left.any(axis=0)):
        rows = np.flatnonzero(left[:, item])
        cells = [f"{unit} {year}" for year, unit in index[rows[:5]]]
        named = ", ".join(cells) + (" …" if len(rows) > 5 else "")
        values = {"item": items[item], "count": len(rows), "rule": rule, "cells": named}
        findings.append(Finding("warning", "impute.left", values, item=items[item]))
    return tuple(findings)
