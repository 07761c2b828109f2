"""The rules of weighting by name, mixtures of them, and what their notes say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.parameter import Parameter, problem_with
from analysis.core.weighting.components import factor, pca
from analysis.core.weighting.doubt import doubt_weights
from analysis.core.weighting.hierarchy import ahp
from analysis.core.weighting.levels import NodeScore
from analysis.core.weighting.optimised import optimised
from analysis.core.weighting.simple import equal, given, mixed
from analysis.core.weighting.spread import critic, entropy

NO_PARAMETERS: Mapping[str, Parameter] = MappingProxyType({})


@dataclass(frozen=True)
class WeightingRule:
    """A rule that finds weights.

    Attributes
    ----------
    function : callable
        ``f(framework, **parameters)``, or where it ``needs_data``
        ``f(normalised, framework, *, node_score=None, **parameters)``;
        returns a table with columns ``code``, ``weight``, ``note`` (why a weight
        is not what the rule would give, see `weight_findings`, or ``""``)
        and the rule's own, one row a node below the index.
    needs_data : bool
    per_unit : bool
        Whether each unit has weights of its own: the table then has a column
        ``unit``, one row a unit and node.
    parameters : mapping of str to Parameter
    """

    function: Callable[..., pd.DataFrame]
    needs_data: bool = False
    per_unit: bool = False
    parameters: Mapping[str, Parameter] = field(default_factory=lambda: NO_PARAMETERS)


def mixture(
    normalised: pd.DataFrame,
    framework: Framework,
    *,
    of: Mapping[str, float] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    node_score: NodeScore | None = None,
) -> pd.DataFrame:
    """Return a mixture of the weights that several rules give.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (units, items)
    framework : Framework
    of : mapping of str to float
        Share of each rule, by its name in `WEIGHTINGS`; they are scaled to sum to one.
    parameters : mapping of str to mapping, optional
        Parameters of the rules, by name.
    node_score : callable, optional
        How nodes are formed for the level above; each rule goes up the levels by itself.

    Returns
    -------
    pandas.DataFrame
        ``code, weight, note`` and the weight by each rule in a column of its name.

    Raises
    ------
    InputError
        If there is no such rule, if it cannot be mixed (a mixture, or one with
        weights unit by unit), if a rule has no such parameter or it cannot have
        that value, or if shares are negative or sum to nothing.
    """
    of = of or {}
    allowed = [name for name, rule in WEIGHTINGS.items() if not rule.per_unit and name != "mixture"]
    unknown = [name for name in [*of, *(parameters or {})] if name not in allowed]
    if unknown:
        told = {"names": ", ".join(dict.fromkeys(unknown)), "allowed": ", ".join(allowed)}
        raise InputError([Finding("error", "weigh.mixture_rule", told)])
    if problems := _wrong_parameters(parameters or {}):
        raise InputError(problems)
    tables = {}
    for name in of:
        rule, own = WEIGHTINGS[name], dict((parameters or {}).get(name, {}))
        if rule.needs_data:
            tables[name] = rule.function(normalised, framework, node_score=node_score, **own)
        else:
            tables[name] = rule.function(framework, **own)
    return mixed(framework, tables, of)


def _wrong_parameters(given_to: Mapping[str, object]) -> list[Finding]:
    """Return a finding for every parameter that a rule does not have or cannot take."""
    problems = []
    for name, own in given_to.items():
        known = WEIGHTINGS[name].parameters
        for key, value in own.items() if isinstance(own, Mapping) else [(own, None)]:
            if str(key) not in known or problem_with(known[str(key)], value) is not None:
                told = {"rule": name, "key": str(key)[:40], "allowed": ", ".join(known) or "-"}
                problems.append(Finding("error", "weigh.mixture_parameter", told))
    return problems


_CORRELATION = Parameter("choice", "pearson", choices=("pearson", "spearman", "kendall"))
_RETAIN = Parameter("choice", "handbook", choices=("handbook", "kaiser"))
_FACTORS = Parameter("whole", None, 1, 100)

DOUBT_PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        "low": Parameter("number", 0.0, 0, 1),
        "high": Parameter("number", 1.0, 0, 1),
        "spread": Parameter("number", None, 0, 1),
        "bounds_on": Parameter("choice", "contribution", choices=("contribution", "weight")),
        "top": Parameter("number", 1.0, 1e-9, 1e9),
    }
)

WEIGHTINGS: Mapping[str, WeightingRule] = MappingProxyType(
    {
        "given": WeightingRule(given, parameters={"rescale": Parameter("flag", True)}),
        "equal": WeightingRule(equal),
        "entropy": WeightingRule(
            entropy,
            needs_data=True,
            parameters={"shift": Parameter("choice", "needed", choices=("needed", "always"))},
        ),
        "critic": WeightingRule(critic, needs_data=True, parameters={"correlation": _CORRELATION}),
        "pca": WeightingRule(
            pca,
            needs_data=True,
            parameters={
                "loadings": Parameter("choice", "rotated", choices=("rotated", "first")),
                "retain": _RETAIN,
                "factors": _FACTORS,
                "correlation": _CORRELATION,
            },
        ),
        "factor": WeightingRule(
            factor,
            needs_data=True,
            parameters={
                "extraction": Parameter(
                    "choice", "principal_axis", choices=("principal_axis", "ml")
                ),
                "retain": _RETAIN,
                "factors": _FACTORS,
                "correlation": _CORRELATION,
            },
        ),
        "optimised": WeightingRule(
            optimised,
            needs_data=True,
            parameters={
                "importance": Parameter("table"),
                "intended": Parameter("choice", "given", choices=("given", "equal")),
                "measure": Parameter(
                    "choice", "pearson", choices=("pearson", "spearman", "kendall", "ratio")
                ),
                "against": Parameter("choice", "parent", choices=("parent", "index")),
                "floor": Parameter("number", 0.0, 0, 1),
            },
        ),
        "bod": WeightingRule(
            doubt_weights, needs_data=True, per_unit=True, parameters=DOUBT_PARAMETERS
        ),
        "ahp": WeightingRule(ahp, parameters={"matrices": Parameter("table")}),
        "mixture": WeightingRule(
            mixture,
            needs_data=True,
            parameters={"of": Parameter("table"), "parameters": Parameter("table")},
        ),
    }
)


def weight_findings(table: pd.DataFrame, year: int | None = None) -> list[Finding]:
    """Return what the notes of a table of weights say, one finding a note.

    Parameters
    ----------
    table : pandas.DataFrame
        As a rule of `WEIGHTINGS` returns it.
    year : int, optional
        Year of the data behind the weights.

    Returns
    -------
    list of Finding
        In the order in which the notes stand.
    """
    noted = table[table["note"] != ""]
    found = []
    for note, rows in noted.groupby("note", sort=False):
        codes = ", ".join(dict.fromkeys(map(str, rows["code"])))
        told = {"codes": codes, "when": "" if year is None else f"{year}: "}
        severity = "note" if note in ("too_few", "repaired") else "warning"
        found.append(Finding(severity, f"weigh.{note}", told, year=year))  # type: ignore[arg-type]
    return found
