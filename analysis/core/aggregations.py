"""The rules of aggregation by name: what forms a node from its children."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from analysis.core.aggregate import improper, weighted_mean
from analysis.core.parameter import Parameter

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
    needs_positive : bool
        Whether there are values that the rule cannot take (`unfit` tells which).
    as_given : bool
        Whether weights may be used as they are, not scaled to sum to one:
        the function then takes ``rescale=False``.
    parameters : mapping of str to Parameter
    """

    function: Callable[..., FloatArray]
    set_wise: bool = False
    needs_positive: bool = False
    as_given: bool = False
    parameters: Mapping[str, Parameter] = field(default_factory=lambda: NO_PARAMETERS)


AGGREGATIONS: Mapping[str, AggregationRule] = MappingProxyType(
    {
        "arithmetic": AggregationRule(partial(weighted_mean, rule="arithmetic"), as_given=True),
        "geometric": AggregationRule(
            partial(weighted_mean, rule="geometric"), needs_positive=True, as_given=True
        ),
        "harmonic": AggregationRule(
            partial(weighted_mean, rule="harmonic"), needs_positive=True, as_given=True
        ),
    }
)


def unfit(values: FloatArray, weights: FloatArray, rule: str, **parameters: float) -> BoolArray:
    """Return which values a rule cannot take, shape (units, children).

    Parameters
    ----------
    values : ndarray, shape (units, children)
    weights : ndarray, shape (children,)
        Values of weight zero do not matter.
    rule : str
        A name of `AGGREGATIONS`.
    **parameters
        Those of the rule; what is left out has its default.
    """
    return improper(values, weights, rule)
