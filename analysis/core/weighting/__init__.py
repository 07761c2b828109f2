"""Weighting: every rule returns a table of weights like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from analysis.core.parameter import Parameter
from analysis.core.weighting.simple import equal, given

NO_PARAMETERS: Mapping[str, Parameter] = MappingProxyType({})


@dataclass(frozen=True)
class WeightingRule:
    """A rule that finds weights.

    Attributes
    ----------
    function : callable
        ``f(framework, **parameters)``, or where it ``needs_data``
        ``f(normalised, framework, *, node_score=arithmetic, **parameters)``;
        returns a table with columns ``code``, ``weight``, ``note`` (why a weight
        is not what the rule would give: key of a text ``finding.weigh.<note>``, or ``""``)
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


WEIGHTINGS: Mapping[str, WeightingRule] = MappingProxyType(
    {
        "given": WeightingRule(given, parameters={"rescale": Parameter("flag", True)}),
        "equal": WeightingRule(equal),
    }
)
