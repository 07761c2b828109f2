"""The rules of normalisation as functions of one part of a panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.normalise import capped, exponential, rescale, zscore
from analysis.core.normalise_ranks import borda, categorical, percentile_ranks, ranks
from analysis.core.normalise_reference import (
    REFERENCES,
    above_below,
    difference,
    distance,
    ratio,
    reference_values,
)
from analysis.core.steps import Normalisation

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Part:
    """Items of one rule in one block, with all that a rule may look at.

    Attributes
    ----------
    values, basis : ndarray, shape (units, items)
        What is put on the scale, and what the scale is taken from.
    direction, lo, hi, target : ndarray, shape (items,)
        ``lo`` and ``hi`` are the ends of the basis, or the goalposts.
    cap, log : as in the framework, one an item
    own_unit : ndarray, shape (items,)
        Values of the unit that the method names as its reference; NaN if it names none.
    lower, upper : float
        Ends of the scale.
    method : Normalisation
    """

    values: FloatArray
    basis: FloatArray
    direction: FloatArray
    lo: FloatArray
    hi: FloatArray
    target: FloatArray
    cap: list[str]
    log: BoolArray
    own_unit: FloatArray
    lower: float
    upper: float
    method: Normalisation

    def reference(self) -> FloatArray:
        """Return what each item is compared with."""
        word = self.method.reference
        if word == "target":
            return self.target
        if word not in REFERENCES:
            return self.own_unit
        return reference_values(self.basis, self.direction, word)


def _linear(part: Part) -> FloatArray:
    return rescale(part.values, part.direction, part.lo, part.hi, part.lower, part.upper)


def _exponential(part: Part) -> FloatArray:
    return exponential(part.values, part.direction, part.lo, part.hi, part.lower, part.upper)


def _goalposts(part: Part) -> FloatArray:
    values = capped(part.values, part.lo, part.hi, part.cap)
    values[:, part.log] = np.log(values[:, part.log])
    lo, hi = (
        np.where(part.log, logarithm(part.lo), part.lo),
        np.where(part.log, logarithm(part.hi), part.hi),
    )
    return rescale(values, part.direction, lo, hi, part.lower, part.upper)


def logarithm(values: FloatArray) -> FloatArray:
    """Return logarithms; NaN and minus infinity where there are none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(values)


def _zscore(part: Part) -> FloatArray:
    mean, sd = part.method.mean, part.method.sd
    return zscore(part.values, part.direction, part.basis, mean=mean, sd=sd)


def _distance(part: Part) -> FloatArray:
    worst = reference_values(part.basis, part.direction, "worst")
    return distance(
        part.values,
        part.direction,
        worst,
        part.reference(),
        part.lower,
        part.upper,
        cap=part.method.cap,
    )


def _above_below(part: Part) -> FloatArray:
    mean = reference_values(part.basis, part.direction, "mean")
    return above_below(part.values, part.direction, mean, part.method.threshold)


FUNCTIONS: Mapping[str, Callable[[Part], FloatArray]] = {
    "efficacy": _linear,
    "minmax": _linear,
    "exponential": _exponential,
    "goalposts": _goalposts,
    "zscore": _zscore,
    "rank": lambda part: ranks(part.values, part.direction),
    "percentile_rank": lambda part: percentile_ranks(
        part.values, part.direction, part.lower, part.upper
    ),
    "borda": lambda part: borda(part.values, part.direction),
    "categorical": lambda part: categorical(
        part.values, part.direction, part.method.cuts, part.method.grades
    ),
    "distance": _distance,
    "ratio": lambda part: ratio(part.values, part.direction, part.reference()),
    "difference": lambda part: difference(part.values, part.direction, part.reference()),
    "above_below": _above_below,
}
