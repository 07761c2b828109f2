"""Scores: from a panel of items to the index, by a framework and a method."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.adjust import add_points, count_points
from analysis.core.adjust_check import remarks as remarks_on_points
from analysis.core.adjustment import in_force
from analysis.core.blocks import blocks
from analysis.core.check_inputs import check_inputs
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.nodes import form_nodes
from analysis.core.panel import Panel
from analysis.core.prepare import prepare
from analysis.core.rebuild import taken_out
from analysis.core.scale import OwnRule, in_own_unit, put_on_scale, rules_of
from analysis.core.scores import TRANSFORMATIONS, TREATMENT_COLUMNS, Scores
from analysis.core.steps import Treatment
from analysis.core.treat import treat
from analysis.core.weigh import weigh

FloatArray = NDArray[np.float64]

__all__ = ["Scores", "score", "treat_items"]


def score(
    panel: Panel,
    framework: Framework,
    method: Method,
    own_rules: Mapping[str, OwnRule] | None = None,
) -> Scores:
    """Score a panel of items, step by step as the method says.

    In this order, each step optional: denominate
    (`analysis.core.denominate`), screen (`analysis.core.screen`), impute
    (`analysis.core.impute`), treat outliers (`analysis.core.treat`), normalise
    (`analysis.core.scale`), weigh (`analysis.core.weigh`), aggregate upwards
    (`analysis.core.nodes`), add points (`analysis.core.adjust`), rank
    (`Scores.table`).

    Treatment and normalisation run within each year and over all scored units
    of the panel, whatever their region, unless the method says otherwise. A
    value that a step cannot take (an infinity; the logarithm of what is not
    positive; what is not positive in a geometric or harmonic mean) leaves the
    node and all above it without a score for that unit-year, with a finding,
    and the rest goes on. Items that are compared with fixed ends or targets in
    their own unit are not treated.

    Parameters
    ----------
    panel : Panel
        Holds the items (see `analysis.core.derive.derive_items`) and the
        denominators that the framework names; unit-years that are not
        assessed are left out.
    framework : Framework
    method : Method
    own_rules : mapping of str to callable, optional
        Rules of normalisation of one's own, by the name that the method or an
        item gives: ``f(values, direction)`` with shapes (units, items) and
        (items,) returns scores of the first shape (see
        `analysis.core.scale.put_on_scale`).

    Returns
    -------
    Scores
        With a row for every scored unit-year, whatever it lacks.

    Raises
    ------
    InputError
        If the panel lacks items, denominators, attributes, a base year or a
        reference unit that framework and method ask for, no unit-year is to
        be scored, an item has no goalposts or target where it needs them, or
        points cannot be counted (`analysis.core.adjust_check`).
    """
    problems = check_inputs(panel, framework, method, own_rules or {})
    if problems:
        raise InputError(problems)
    items = list(framework.items)
    rules = rules_of(framework, method.normalisation)
    logs = (framework.nodes.loc[items, "transform"] == "log").to_numpy() & (rules == "goalposts")
    ready = prepare(panel, framework, method, logs)
    units, index = ready.panel.units, ready.panel.values.index
    treated, treatments, remarks = treat_items(
        ready.values, index, framework, method.treatment, in_own_unit(rules, method.normalisation)
    )
    scaled = put_on_scale(treated, units, framework, method.normalisation, own_rules)
    findings = [*ready.findings, *remarks, *scaled.findings]
    findings += _mixed(treatments, method, index)
    normalised = pd.DataFrame(scaled.values, index=index, columns=items, copy=False)
    weighed = weigh(normalised, framework, method)
    adjustment = in_force(method, framework)
    frameworks = weighed.frameworks
    inside: Mapping[int, Framework] = {}
    if adjustment.outside:
        inside = frameworks
        left = {id(one): taken_out(one, adjustment.outside) for one in inside.values()}
        frameworks = {year: left[id(one)] for year, one in inside.items()}
    formed = form_nodes(
        scaled.values,
        ready.refused | scaled.lost,
        ready.values,
        units,
        frameworks,
        method,
        ready.screened.left_out,
    )
    newest = frameworks[max(frameworks)]
    points = None
    on_points = remarks_on_points(framework, method)
    if adjustment.active:
        counted = count_points(panel.assessed(), adjustment)
        root = list(framework.nodes.index).index(framework.root)
        formed.values[:, root], points = add_points(
            formed.values[:, root], counted, scaled.values, index, framework, method, adjustment
        )
        on_points += counted.findings
    values = pd.DataFrame(ready.values, index=index, columns=items, copy=False)
    return Scores(
        nodes=pd.DataFrame(
            formed.values, index=index, columns=list(framework.nodes.index), copy=False
        ),
        values=values,
        treated=(
            values.copy(deep=False)  # pandas copies it when either is changed
            if treated is ready.values
            else pd.DataFrame(treated, index=index, columns=items, copy=False)
        ),
        treatments=treatments,
        limits=scaled.limits,
        findings=(*findings, *weighed.findings, *formed.findings, *on_points),
        units=units.copy(deep=False),
        framework=newest,
        method=method,
        imputed=(
            None
            if ready.imputed is None
            else pd.DataFrame(ready.imputed, index=index, columns=items)
        ),
        filled=ready.filled,
        screened=ready.screened.table,
        weights=weighed.table,
        frameworks=frameworks,
        points=points,
        inside=inside,
    )


def treat_items(
    values: FloatArray,
    index: pd.Index,
    framework: Framework,
    treatment: Treatment,
    fixed: NDArray[np.bool_],
) -> tuple[FloatArray, pd.DataFrame, list[Finding]]:
    """Return treated items, what was done to which, and which still fail the test."""
    items = list(framework.items)
    own = framework.nodes.loc[items, "treatment"]
    rules = [
        "none" if bare else str(word) or treatment.rule
        for word, bare in zip(own, fixed, strict=True)
    ]
    found = blocks(index, treatment.over)
    treated = values
    done: list[tuple[int, str, str, bool]] = []
    findings: list[Finding] = []
    for block in found:
        part = treat(values[block.rows], treatment, rules)
        if any(part.why) and len(found) == 1:
            treated = part.values
        elif any(part.why):
            if treated is values:
                treated = values.copy(order="F")
            treated[block.rows] = part.values
        for item, why, passed in zip(items, part.why, part.passes, strict=True):
            if not passed:
                findings += [_still_skewed(year, item) for year in block.years]
            if why:
                done += [(year, item, why, passed) for year in block.years]
    return treated, pd.DataFrame(done, columns=list(TREATMENT_COLUMNS)), findings


def _still_skewed(year: int, item: str) -> Finding:
    told = {"year": year, "item": item}
    return Finding("note", "score.still_skewed", told, year=year, item=item)


def _mixed(treatments: pd.DataFrame, method: Method, index: pd.Index) -> list[Finding]:
    """Return a warning for items transformed in some years only, and compared across years."""
    if method.normalisation.over == "year" or method.treatment.over == "pooled":
        return []
    transformed = treatments[treatments["why"].isin(TRANSFORMATIONS)]
    many = index.get_level_values("year").nunique()
    findings = []
    for item, rows in transformed.groupby("item", sort=False):
        if len(rows) == many and rows["why"].nunique() == 1:
            continue
        years = ", ".join(map(str, rows["year"]))
        told = {"item": item, "years": years}
        findings.append(Finding("warning", "score.transformed_apart", told, item=str(item)))
    return findings
