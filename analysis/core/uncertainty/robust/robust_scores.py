"""The best and the worst score of each unit over all admissible weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.uncertainty.robust.extremes import least_values
from analysis.core.uncertainty.robust.missing_ranges import filled_within
from analysis.core.uncertainty.robust.robust_values import LinearModel
from analysis.core.uncertainty.weights.space import WeightSpace

FloatArray = NDArray[np.float64]


def score_bounds(model: LinearModel, space: WeightSpace) -> tuple[FloatArray, FloatArray]:
    """Return the least and the greatest score of each unit over all admissible weights.

    ``min`` and ``max`` over ``w`` of ``sum_k w_k t_ik``: closed form where nothing
    but bounds and sums of blocks binds (what the lower bounds leave of a block
    goes to the least, or greatest, values first), else linear programmes.

    Parameters
    ----------
    model : LinearModel
    space : WeightSpace

    Returns
    -------
    least, greatest : ndarray, shape (units,)
        On the index's own scale; NaN for a unit without a score. No admissible
        weights give less or more. Reached by some weights wherever the unit
        lacks no item, and where the items it lacks share a parent within their
        block with others it has and nothing but bounds and sums of blocks binds.

    Raises
    ------
    InputError
        If no weights are admissible.
    """
    low, high = filled_within(model.values, model.framework, space)
    ends = []
    for side in (low, -high):
        found = np.full(len(side), np.nan)
        found[model.scored] = least_values(side[model.scored], space).values
        ends.append(found)
    return model.to_index(ends[0]), model.to_index(-ends[1])
