"""Whether points outside the weights agree with a panel, a framework and a method."""

from __future__ import annotations

import difflib

import numpy as np

from analysis.core.adjust import attribute_numbers, input_of
from analysis.core.adjust_scale import set_wise_problems
from analysis.core.adjustment import OPTIONAL, POINTS, REFUSE, Adjustment, PointRule, in_force
from analysis.core.cells import shown
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.rebuild import taken_out
from analysis.core.weights import index_weights

NOT_NUMERIC = ("name", "region", "assessed")
MOST_CELLS = 20


def adjust_problems(panel: Panel, framework: Framework, method: Method) -> list[Finding]:
    """Return everything that keeps the points of a method from being counted.

    Inputs that are neither an item nor a numeric attribute, values missing where
    the rule refuses that, nodes taken out that are not there or leave nothing,
    and rules of aggregation whose result has no scale of its own that points
    could be put on (TOPSIS, Copeland and others that compare units).

    Parameters
    ----------
    panel : Panel
        Of items; unit-years that are not assessed are not looked at.
    framework : Framework
    method : Method
    """
    adjustment = in_force(method, framework)
    if not adjustment.active:
        return []
    panel = panel.assessed()
    problems = set_wise_problems(framework, method)
    if POINTS in framework.nodes.index:
        problems.append(_problem("node", node=POINTS))
    if adjustment.outside and not method.weighting.rescale:
        problems.append(Finding("error", "method.outside_as_given"))
    problems += _of_outside(framework, adjustment)
    for rule in adjustment.rules:
        problems += _of_input(rule, panel, framework)
    return problems


def remarks(framework: Framework, method: Method) -> list[Finding]:
    """Return what a reader of the points should know: what counts twice, or not at all."""
    given = method.adjustment
    if given.active and not in_force(method, framework).active:
        told = {"framework": given.framework, "used": framework.name}
        return [Finding("warning", "points.other_framework", told)]
    found = []
    counted = {rule.input for rule in given.rules}
    for rule in given.rules:
        inside = rule.input in framework.items and not _is_out(rule.input, framework, given)
        if inside and rule.kind != "veto":
            told = {"rule": rule.id, "input": rule.input}
            found.append(Finding("note", "points.twice", told, item=rule.input))
    for code in given.outside:
        if not counted & set(framework.items_under(code)):
            found.append(Finding("note", "points.idle", {"code": code}))
    return found


def _is_out(item: str, framework: Framework, adjustment: Adjustment) -> bool:
    return any(item in framework.items_under(code) for code in adjustment.outside)


def _of_outside(framework: Framework, adjustment: Adjustment) -> list[Finding]:
    problems = []
    known = [str(node) for node in framework.nodes.index if node != framework.root]
    for code in adjustment.outside:
        if code not in known:
            near = difflib.get_close_matches(code, known, 1)
            told = {"code": shown(code), "near": near[0] if near else "", "name": framework.name}
            problems.append(_problem("outside_near" if near else "outside", **told))
    if not problems and adjustment.outside:
        left = taken_out(framework, adjustment.outside)
        shares = index_weights(left, left.weights())[list(left.items)]
        if not (shares > 0).any():
            problems.append(_problem("outside_all"))
    return problems


def _of_input(rule: PointRule, panel: Panel, framework: Framework) -> list[Finding]:
    name = rule.input
    told: dict[str, object] = {"rule": rule.id, "input": shown(name)}
    if name in framework.items:
        if name not in panel.values:
            return []  # told of the panel itself
    elif name not in panel.units or name in NOT_NUMERIC:
        if rule.missing == OPTIONAL and name not in NOT_NUMERIC:
            return []
        known = [str(key) for key in panel.units if key not in NOT_NUMERIC]
        near = difflib.get_close_matches(name, [*framework.items, *known], 1)
        told["near"] = near[0] if near else ""
        return [_problem("input_near" if near else "input", **told)]
    else:
        _, wrong = attribute_numbers(panel.units[name])
        if wrong:
            return [
                _problem(
                    "not_number",
                    **told,
                    unit=str(panel.units.index[row][1]),
                    year=int(panel.units.index[row][0]),
                    value=shown(panel.units[name].iloc[row]),
                )
                for row in wrong[:MOST_CELLS]
            ]
    if rule.missing == REFUSE:
        lacking = np.flatnonzero(np.isnan(input_of(panel, name)))
        if len(lacking):
            year, unit = panel.units.index[int(lacking[0])]
            told |= {"count": len(lacking), "unit": str(unit), "year": int(year)}
            return [_problem("lacking", **told)]
    return []


def _problem(code: str, /, **values: object) -> Finding:
    return Finding("error", f"points.{code}", values)
