"""Weights: which units take which, and what they are in the index."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.framework import Framework


def unit_weights(
    framework: Framework, units: pd.DataFrame, *, rescale: bool = True
) -> list[tuple[NDArray[np.intp], pd.Series]]:
    """Return the weights of the units, one entry for all that share them.

    Parameters
    ----------
    framework : Framework
    units : pandas.DataFrame
        One row a unit-year. An attribute on which weights are keyed but which
        has no column here holds for nobody: the general weights are taken.
    rescale : bool
        Whether weights are scaled to sum to one among siblings.

    Returns
    -------
    list of (rows, weights)
        Positions of the rows, and weights as `Framework.weights` gives them.
    """
    keys = [key for key in framework.weight_attributes if key in units]
    if not keys:
        return [(np.arange(len(units)), framework.weights(rescale=rescale))]
    words = units[keys].astype("str").fillna("").reset_index(drop=True)
    return [
        (
            frame.index.to_numpy(dtype=np.intp),
            framework.weights(dict(zip(keys, map(str, values), strict=True)), rescale=rescale),
        )
        for values, frame in words.groupby(keys, sort=True)
    ]


def index_weights(framework: Framework, weights: pd.Series) -> pd.Series:
    """Return each node's weight in the index: its own times those of all above it.

    Parameters
    ----------
    framework : Framework
    weights : pandas.Series
        Weights among siblings, as `Framework.weights` gives them.

    Returns
    -------
    pandas.Series
        The items' sum to one, and so do those of the root's children.
    """
    total = weights.copy()
    for code in framework.top_down[1:]:
        total[code] = weights[code] * total[framework.parent(code)]
    return total
