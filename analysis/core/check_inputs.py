"""Whether a panel and a framework hold what a method asks for."""

from __future__ import annotations

from collections.abc import Container

import numpy as np

from analysis.core.adjust_check import adjust_problems
from analysis.core.aggregations import AGGREGATIONS
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.normalisations import NORMALISATIONS
from analysis.core.normalise_reference import REFERENCES
from analysis.core.panel import Panel
from analysis.core.scale import rules_of


def check_inputs(
    panel: Panel, framework: Framework, method: Method, own_rules: Container[str] = ()
) -> list[Finding]:
    """Return everything that keeps a panel from being scored.

    Parameters
    ----------
    panel : Panel
    framework : Framework
    method : Method
    own_rules : container of str
        Names of rules of normalisation of one's own.

    Returns
    -------
    list of Finding
        Errors.
    """
    return [
        *_of_panel(panel, framework, method),
        *_of_attributes(panel, method),
        *_of_rules(framework, method, own_rules),
        *_of_comparison(panel, framework, method),
        *adjust_problems(panel, framework, method),
    ]


def _of_panel(panel: Panel, framework: Framework, method: Method) -> list[Finding]:
    problems = [
        Finding("error", "derive.absent", {"item": item}, item=item)
        for item in framework.items
        if item not in panel.values
    ]
    if not len(panel.assessed().values):
        problems.append(Finding("error", "score.nothing"))
    if method.denomination.rule == "divide":
        for item in framework.items:
            code = str(framework.nodes.at[item, "denominator"])
            if code and code not in panel.values:
                told = {"item": item, "denominator": code}
                problems.append(Finding("error", "denominate.absent", told, item=item))
    return problems


def _of_attributes(panel: Panel, method: Method) -> list[Finding]:
    asked = {
        "imputation": method.imputation.within,
        "normalisation": method.normalisation.within,
    }
    return [
        Finding("error", "score.no_attribute", {"attribute": attribute, "step": step})
        for step, attribute in asked.items()
        if attribute and attribute not in panel.units
    ]


def _of_rules(framework: Framework, method: Method, own_rules: Container[str]) -> list[Finding]:
    """Check what the rules of items ask of the framework, and of the method."""
    lo, target = framework.nodes["lo"], framework.nodes["target"]
    problems = []
    normalisation = method.normalisation
    for item, rule in zip(framework.items, rules_of(framework, normalisation), strict=True):
        told = {"item": item, "method": method.name, "rule": rule}
        if rule not in NORMALISATIONS and rule not in own_rules:
            code = "score.no_rule"
        elif rule == "goalposts" and np.isnan(lo[item]):
            code = "score.no_goalposts"
        elif (
            normalisation.over == "base"
            and rule in NORMALISATIONS
            and (NORMALISATIONS[rule].relative)
        ):
            code = "score.relative_base"
        elif rule == "exponential" and normalisation.range_of(rule)[0] <= 0:
            code = "score.exponential"
        elif (
            rule in ("distance", "ratio", "difference")
            and normalisation.reference == "target"
            and np.isnan(target[item])
        ):
            code = "score.no_target"
        else:
            continue
        problems.append(Finding("error", code, told, item=item))
    for node, own in framework.nodes["aggregation"].items():
        if own and not method.weighting.rescale and not AGGREGATIONS[own].as_given:
            told = {"node": node, "rule": own}
            problems.append(Finding("error", "score.as_given", told))
    return problems


def _of_comparison(panel: Panel, framework: Framework, method: Method) -> list[Finding]:
    normalisation = method.normalisation
    index = panel.assessed().values.index
    problems = []
    if normalisation.over == "base" and normalisation.base not in panel.years:
        told = {"base": normalisation.base, "years": ", ".join(map(str, panel.years))}
        problems.append(Finding("error", "score.no_base", told))
    compared = np.isin(
        rules_of(framework, normalisation).astype(str), ("distance", "ratio", "difference")
    ).any()
    unit = normalisation.reference
    if compared and unit not in REFERENCES and unit not in index.get_level_values("unit"):
        words = ", ".join(REFERENCES)
        problems.append(Finding("error", "score.no_reference", {"unit": unit, "words": words}))
    return problems
