"""The admissible weights: built, read from files, checked, and centred."""

from __future__ import annotations

from analysis.core.uncertainty.weights.draw_spec import WeightDraws
from analysis.core.uncertainty.weights.read_weights import read_weight_space, weight_draws
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_builders import (
    Linear,
    admissible,
    expanded,
    free,
    refuse_weight_sets,
    with_linear,
    with_order,
)
from analysis.core.uncertainty.weights.space_centre import centre, contains

__all__ = [
    "Linear",
    "WeightDraws",
    "WeightSpace",
    "admissible",
    "centre",
    "contains",
    "expanded",
    "free",
    "read_weight_space",
    "refuse_weight_sets",
    "weight_draws",
    "with_linear",
    "with_order",
]
