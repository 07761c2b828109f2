"""The steps before aggregation under many methods, each distinct one taken once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.change import only_year, year_by_year
from analysis.core.check_inputs import check_inputs
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Method, Normalisation, Weighting
from analysis.core.nodes import rule_of
from analysis.core.panel import Panel
from analysis.core.prepare import Prepared, prepare
from analysis.core.scale import in_own_unit, put_on_scale, rules_of
from analysis.core.score import treat_items

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LINEAR_RULES = ("efficacy", "minmax", "goalposts", "percentile_rank", "distance")
POSITIVE_RULES = (*LINEAR_RULES, "exponential")
RATIO_MEANS = ("geometric", "harmonic", "power", "bod")
LOWEST, HIGHEST = 1.0, 100.0


@dataclass(frozen=True, eq=False)
class Normalised:
    """The normalised items of one year, or of all, under a method.

    Attributes
    ----------
    values : ndarray, shape (units, items)
    refused : ndarray of bool, shape (units, items)
        Cells that a step could not take.
    units : pandas.DataFrame
        Index ``(year, unit)``, the rows of that year or of all.
    """

    values: FloatArray
    refused: BoolArray
    units: pd.DataFrame


def normalise_all(
    panel: Panel, framework: Framework, methods: Sequence[Method], year: int | None
) -> list[Normalised | InputError]:
    """Return the normalised items of a year under each of many methods.

    Each distinct preparation, treatment and normalisation is computed once. All
    years of the panel take part wherever a method looks at them, so that a
    scale common to all years is the same as in the scores.

    Parameters
    ----------
    panel : Panel
    framework : Framework
    methods : sequence of Method
    year : int or None
        None: all years, one after the other.

    Returns
    -------
    list of Normalised or InputError
        The error says why a method cannot be used on this panel.
    """
    prepared: dict[object, Prepared] = {}
    treated: dict[object, FloatArray] = {}
    finished: dict[object, Normalised | InputError] = {}
    alone = panel if year is None else only_year(panel, year)
    found: list[Normalised | InputError] = []
    for method in methods:
        steps = (
            *(method.denomination, method.screening, method.imputation),
            *(method.treatment, method.normalisation),
        )
        if steps not in finished:
            # The weights come from elsewhere: whether they look at other years is of no account.
            single = year_by_year(replace(method, weighting=Weighting()))
            part = alone if single else panel
            problems = check_inputs(panel, framework, method)
            finished[steps] = (
                InputError(problems)
                if problems
                else _normalised((part, single), framework, method, year, prepared, treated)
            )
        found.append(finished[steps])
    return found


def _normalised(
    part: tuple[Panel, bool],
    framework: Framework,
    method: Method,
    year: int | None,
    prepared: dict[object, Prepared],
    treated: dict[object, FloatArray],
) -> Normalised:
    """Return the normalised items of a year; what was prepared and treated before is kept."""
    panel, single = part
    rules = rules_of(framework, method.normalisation)
    transforms = framework.nodes.loc[list(framework.items), "transform"]
    logs = (transforms == "log").to_numpy() & (rules == "goalposts")
    fixed = in_own_unit(rules, method.normalisation)
    first = (single, method.denomination, method.screening, method.imputation, logs.tobytes())
    if first not in prepared:
        prepared[first] = prepare(panel, framework, method, logs)
    ready = prepared[first]
    index = ready.panel.values.index
    second = (first, method.treatment, fixed.tobytes())
    if second not in treated:
        treated[second], _, _ = treat_items(ready.values, index, framework, method.treatment, fixed)
    scaled = put_on_scale(treated[second], ready.panel.units, framework, method.normalisation)
    here = np.ones(len(index), dtype=bool)
    if year is not None:
        here = np.asarray(index.get_level_values("year") == year)
    return Normalised(
        np.ascontiguousarray(scaled.values[here]),
        (ready.refused | scaled.lost)[here],
        ready.panel.units[here],
    )


def takes_ratios(framework: Framework, method: Method) -> bool:
    """Return whether some node is a mean that needs positive values on a scale with a zero."""
    for code in framework.bottom_up:
        if framework.children(code):
            rule, parameters = rule_of(code, framework, method)
            if rule in RATIO_MEANS and not (rule == "power" and parameters.get("power") == 1):
                return True
    return False


def positive_method(method: Method) -> Method:
    """Return the method with items on a linear scale put on 1 to 100, whatever ends it has."""
    if method.normalisation.rule not in LINEAR_RULES:
        return method
    scale: Normalisation = replace(method.normalisation, lower=LOWEST, upper=HIGHEST)
    return replace(method, normalisation=scale)


def positive_values(values: FloatArray, framework: Framework, method: Method) -> FloatArray:
    """Return values fit for geometric and harmonic means, by one linear map of all items.

    ``1 + 99 (z - least) / (greatest - least)``, the ends over all units and
    items of the year, so that the relative spread of the items is kept. Items
    that lie on a scale with positive ends are left as they are.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        Normalised; NaN is missing.
    framework : Framework
    method : Method

    Returns
    -------
    ndarray, shape (units, items)
    """
    rules = set(rules_of(framework, method.normalisation))
    if rules <= set(POSITIVE_RULES) or np.isnan(values).all():
        return values
    least, greatest = float(np.nanmin(values)), float(np.nanmax(values))
    if least == greatest:
        return np.where(np.isnan(values), np.nan, (LOWEST + HIGHEST) / 2)
    mapped: FloatArray = LOWEST + (HIGHEST - LOWEST) * (values - least) / (greatest - least)
    return mapped
