"""The rules of aggregation by name: what forms a node from its children."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.core.aggregate import improper, weighted_mean
from analysis.core.aggregate_mazziotta import (
    adjusted_mazziotta_pareto,
    ampi_improper,
    mazziotta_pareto,
    mpi_improper,
)
from analysis.core.aggregate_mean import power_improper, power_mean, weighted_median
from analysis.core.aggregate_outranking import copeland
from analysis.core.aggregate_topsis import topsis
from analysis.core.parameter import Parameter
from analysis.core.weighting.doubt import doubt_improper, doubt_score
from analysis.core.weighting.rules import DOUBT_PARAMETERS

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NO_PARAMETERS: Mapping[str, Parameter] = MappingProxyType({})


@dataclass(frozen=True)
class AggregationRule:
    """A rule that forms a node from its children.

    Attributes
    ----------
    function : callable
        ``f(values, weights, *, renormalise=True, min_share=0.0, **parameters)``
        with ``values`` of shape (units, children), NaN missing, and ``weights``
        of shape (children,); returns the scores, shape (units,).
    set_wise : bool
        Whether a unit's score depends on the other units given; such a rule
        is to be given all units of one year.
    improper : callable, optional
        ``f(values, weights, **parameters)`` returns which values the rule cannot
        take; none where it takes all.
    as_given : bool
        Whether weights may be used as they are, not scaled to sum to one:
        the function then takes ``rescale=False``.
    parameters : mapping of str to Parameter
    """

    function: Callable[..., FloatArray]
    set_wise: bool = False
    improper: Callable[..., BoolArray] | None = None
    as_given: bool = False
    parameters: Mapping[str, Parameter] = field(default_factory=lambda: NO_PARAMETERS)

    @property
    def needs_positive(self) -> bool:
        """Whether there are values that the rule cannot take (`unfit` tells which)."""
        return self.improper is not None


_SCALE = {"lower": Parameter("number"), "upper": Parameter("number")}
_PENALTY = Parameter("choice", "negative", choices=("negative", "positive"))

AGGREGATIONS: Mapping[str, AggregationRule] = MappingProxyType(
    {
        "arithmetic": AggregationRule(partial(weighted_mean, rule="arithmetic"), as_given=True),
        "geometric": AggregationRule(
            partial(weighted_mean, rule="geometric"),
            improper=partial(improper, rule="geometric"),
            as_given=True,
        ),
        "harmonic": AggregationRule(
            partial(weighted_mean, rule="harmonic"),
            improper=partial(improper, rule="harmonic"),
            as_given=True,
        ),
        "power": AggregationRule(
            power_mean,
            improper=power_improper,
            as_given=True,
            parameters={"power": Parameter("number", 0.5, -100, 100)},
        ),
        "median": AggregationRule(weighted_median),
        "copeland": AggregationRule(
            copeland,
            set_wise=True,
            parameters={**_SCALE, "decimals": Parameter("whole", 9, 0, 15)},
        ),
        "topsis": AggregationRule(
            topsis,
            set_wise=True,
            parameters={
                "scaling": Parameter("choice", "none", choices=("none", "vector")),
                **_SCALE,
            },
        ),
        "mpi": AggregationRule(
            mazziotta_pareto,
            set_wise=True,
            improper=mpi_improper,
            parameters={"penalty": _PENALTY, "standardise": Parameter("flag", True)},
        ),
        "ampi": AggregationRule(
            adjusted_mazziotta_pareto,
            set_wise=True,
            improper=ampi_improper,
            parameters={
                "penalty": _PENALTY,
                "low": Parameter("number"),
                "high": Parameter("number"),
                "reference": Parameter("number"),
            },
        ),
        "bod": AggregationRule(
            doubt_score, set_wise=True, improper=doubt_improper, parameters=DOUBT_PARAMETERS
        ),
    }
)


def unfit(values: FloatArray, weights: FloatArray, rule: str, **parameters: Any) -> BoolArray:
    """Return which values a rule cannot take, shape (units, children).

    Parameters
    ----------
    values : ndarray, shape (units, children)
        For a set-wise rule, those of all units of one year.
    weights : ndarray, shape (children,)
        Values of weight zero do not matter.
    rule : str
        A name of `AGGREGATIONS`.
    **parameters
        Those of the rule; what is left out has its default.

    Returns
    -------
    ndarray of bool, shape (units, children)
        The rule leaves a unit without a score where it holds any of them.
    """
    found = AGGREGATIONS[rule].improper
    if found is None:
        return np.zeros(values.shape, dtype=bool)
    return found(values, weights, **parameters)
