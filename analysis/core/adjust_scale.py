"""The scale of the index on which points outside the weights are counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.adjustment import Adjustment, in_force
from analysis.core.aggregations import AGGREGATIONS
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.nodes import rule_of
from analysis.core.scale import rules_of

FloatArray = NDArray[np.float64]


def width_of(framework: Framework, method: Method, values: FloatArray, ends: bool = True) -> float:
    """Return the width of the scale of the index, 0 where nothing differs.

    The mean over the items of the width of theirs: the ends of their rule of
    normalisation, or where it has none (z-scores) the range observed.

    Parameters
    ----------
    framework : Framework
    method : Method
    values : ndarray, shape (units, items)
        Normalised, of one year.
    ends : bool
        Whether the ends of the rules count; else the ranges observed alone.
    """
    scale = method.normalisation
    widths = []
    for place, rule in enumerate(rules_of(framework, scale)):
        if ends and scale.has_scale(str(rule)):
            low, high = scale.range_of(str(rule))
            widths.append(high - low)
        elif not np.isnan(values[:, place]).all():
            column = values[:, place]
            widths.append(float(np.nanmax(column) - np.nanmin(column)))
    known = [width for width in widths if width > 0]
    if known and min(known) == max(known):
        return known[0]  # exactly, so that points at face value stay so to the last bit
    return float(np.mean(known)) if known else 0.0


def lowest_of(framework: Framework, method: Method, values: FloatArray, ends: bool = True) -> float:
    """Return the lowest end of the scale of the index, or the least value where it has none.

    Parameters are those of `width_of`.
    """
    scale = method.normalisation
    rules = {str(rule) for rule in rules_of(framework, scale)}
    if ends and all(scale.has_scale(rule) for rule in rules):
        return min(scale.range_of(rule)[0] for rule in rules)
    return float(np.nanmin(values)) if not np.isnan(values).all() else 0.0


def on_scale(
    adjustment: Adjustment,
    penalty: FloatArray,
    framework: Framework,
    method: Method,
    values: FloatArray,
    ends: bool = True,
) -> tuple[float, float]:
    """Return by what stated points are multiplied in a year, and the score of a ``lowest`` veto.

    The factor is the width of the scale of the index over that of
    ``adjustment.scale``, 1 where that is not given. The score is the lowest end of
    the scale less the largest deduction of any unit, so that nobody is below it.

    Parameters
    ----------
    adjustment : Adjustment
    penalty : ndarray, shape (units,)
        As stated, 0 or less.
    framework, method, values, ends
        As in `width_of`.
    """
    factor = 1.0
    if adjustment.scale is not None:
        stated = adjustment.scale[1] - adjustment.scale[0]
        factor = (width_of(framework, method, values, ends) or stated) / stated
    deepest = min(0.0, float(penalty.min(initial=0.0)))
    return factor, lowest_of(framework, method, values, ends) + factor * deepest


def set_wise_problems(framework: Framework, method: Method) -> list[Finding]:
    """Return the nodes formed by rules under which points mean nothing."""
    problems = []
    if not in_force(method, framework).active:
        return []
    for code in framework.bottom_up:
        if framework.children(code):
            rule, _ = rule_of(code, framework, method)
            if AGGREGATIONS[rule].set_wise:
                told = {"node": code, "rule": rule}
                problems.append(Finding("error", "points.set_wise", told))
    return problems
