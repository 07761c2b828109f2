"""What a study of uncertainty varies and starts from, and the draws of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.uncertainty.draws.weight_factors import Factors
from analysis.core.uncertainty.methods.method_variants import MethodFactor
from analysis.core.uncertainty.methods.variant import Variant
from analysis.core.uncertainty.weights.draw_spec import WeightDraws

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Study:
    """What a study varies, and what it starts from; small enough to hand to other processes.

    Attributes
    ----------
    framework : Framework
        With the weights of the year, nothing taken out of them for points: variants
        do that, each its own.
    year : int
    units, regions, names : tuple of str, shape (units,)
        Those studied: with a nominal score, within the scope asked for.
    base : Method
    variants : tuple of Variant
        The first is the base method itself (of probability 0 where it is not drawn).
    probabilities : ndarray, shape (variants,)
    method_factors : tuple of MethodFactor
        The choices of the method, each with the levels that can differ.
    combinations : ndarray of int, shape (levels of the first factor, of the second, ...)
        Number of the variant of each combination of levels.
    weights : WeightDraws
    leave_out : tuple of str
        Nodes of which one is left out in a draw; the first is ``""``, none.
    leave_out_probabilities : ndarray, shape (nodes that may be left out + 1,)
    seed : int
    batch : int
        Draws in a batch.
    nominal_scores, nominal_ranks : ndarray, shape (units,)
        Under the base method and the nominal weights.
    nominal_weights : ndarray, shape (nodes,)
        Weights among siblings.
    factors : (rows, scaling) or None
        Where units have weights of their own, or weights do not sum to one: the number of
        each unit's set, shape (units,), and the factors by which a drawn weight is
        multiplied, shape (sets, nodes).
    factor_rows_of_others : ndarray of int or None
        The number of the set of each unit of ``Variant.others``.
    attributes : pandas.DataFrame
        Index ``(year, unit)``: what the weights are keyed on.
    attributes_of_others : pandas.DataFrame
        The same of the year's units that are not studied.
    notes : tuple of Finding
        Levels that are one, units without a score under a variant, and the like.
    synthetic : bool
    """

    framework: Framework
    year: int
    units: tuple[str, ...]
    regions: tuple[str, ...]
    names: tuple[str, ...]
    base: Method
    variants: tuple[Variant, ...]
    probabilities: FloatArray
    method_factors: tuple[MethodFactor, ...]
    combinations: IntArray
    weights: WeightDraws
    leave_out: tuple[str, ...]
    leave_out_probabilities: FloatArray
    seed: int
    batch: int
    nominal_scores: FloatArray
    nominal_ranks: FloatArray
    nominal_weights: FloatArray
    factors: Factors | None
    factor_rows_of_others: IntArray | None
    attributes: pd.DataFrame
    attributes_of_others: pd.DataFrame
    notes: tuple[Finding, ...] = ()
    synthetic: bool = False


@dataclass(frozen=True, eq=False)
class Batch:
    """Draws ``first, first + 1, ...`` and what came of them.

    Attributes
    ----------
    first : int
    weights : ndarray, shape (draws, nodes)
        Weights among siblings as drawn, before anything is left out.
    variant : ndarray of int, shape (draws,)
    left_out : ndarray of int, shape (draws,)
        Place in ``Study.leave_out``.
    scores, ranks : ndarray, shape (draws, units)
        NaN where a unit has no score in that draw.
    """

    first: int
    weights: FloatArray
    variant: IntArray
    left_out: IntArray
    scores: FloatArray
    ranks: FloatArray
