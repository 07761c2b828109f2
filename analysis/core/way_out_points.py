"""Points outside the weights in trials of one unit: its own change with what is tried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.adjust import Counted, add_points, count_points
from analysis.core.adjustment import in_force
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel

FloatArray = NDArray[np.float64]


def with_points(
    index: FloatArray,
    items: FloatArray,
    scaled: FloatArray,
    rows: pd.Index,
    panel: Panel,
    own: int,
    method: Method,
    framework: Framework,
) -> FloatArray:
    """Return the index with its points, those of one unit counted anew in every trial.

    Parameters
    ----------
    index : ndarray, shape (trials * units,)
        By the weights alone; NaN is no score.
    items : ndarray, shape (trials, items)
        The unit's items in their own units.
    scaled : ndarray, shape (trials * units, items)
        Normalised items of all.
    rows : pandas.MultiIndex
        ``(trial, unit)`` of ``index``.
    panel : Panel
        Items of the year as it is, the units in the order they have in ``index``.
    own : int
        The unit's row in it.
    method : Method
    framework : Framework

    Returns
    -------
    ndarray, shape (trials * units,)
    """
    if not isinstance(rows, pd.MultiIndex):
        raise TypeError("trials and units are told apart by an index of two levels")
    adjustment = in_force(method, framework)
    size = len(panel.values)
    at = np.arange(len(items)) * size + own
    labels = rows[at]
    same = np.full(len(items), own)
    imputed = panel.imputed
    tried = Panel(
        pd.DataFrame(items, index=labels, columns=list(framework.items)),
        panel.units.iloc[same].set_axis(labels),
        imputed=None if imputed is None else imputed.iloc[same].set_axis(labels),
    )
    mine, present = count_points(tried, adjustment), count_points(panel, adjustment)

    def both(others: NDArray[Any], one: NDArray[Any]) -> NDArray[Any]:
        stacked = np.concatenate([others] * len(items))
        stacked[at] = one
        return stacked

    counted = Counted(
        both(present.inputs, mine.inputs),
        both(present.parts, mine.parts),
        both(present.bonus, mine.bonus),
        both(present.penalty, mine.penalty),
        both(present.veto, mine.veto),
        (),
    )
    return add_points(index, counted, scaled, rows, framework, method, adjustment)[0]
