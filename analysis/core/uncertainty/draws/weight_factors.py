"""By what drawn weights are multiplied for units that have weights of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.uncertainty.weights.weights_between import nominal_local
from analysis.core.weights import unit_weights

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

Factors = tuple[IntArray, FloatArray]
"""``(rows, scaling)``: the set of weights of each unit, shape (units,), and by what each set
multiplies a drawn weight, shape (sets, nodes)."""


def weight_factors(
    framework: Framework, attributes: pd.DataFrame, *, rescale: bool = True
) -> Factors | None:
    """Return by what drawn weights are multiplied for each unit.

    ``own weight / general weight``: units with weights of their own vary in
    the same proportion as the general ones that are drawn. Where weights are
    used as given, not scaled to sum to one, it is their size as well.

    Parameters
    ----------
    framework : Framework
    attributes : pandas.DataFrame
        One row a unit: what the weights are keyed on.
    rescale : bool
        Whether weights are scaled to sum to one among siblings.

    Returns
    -------
    (rows, scaling) or None
        None where all factors are 1.

    Raises
    ------
    InputError
        If a unit has a weight of its own where the general one is zero.
    """
    nominal = nominal_local(framework)
    rows = np.zeros(len(attributes), dtype=np.intp)
    scaling = []
    clashes: set[str] = set()
    for number, (held, weights) in enumerate(unit_weights(framework, attributes, rescale=rescale)):
        own = np.nan_to_num(weights.to_numpy(dtype=np.float64), nan=0.0)
        rows[held] = number
        clashes.update(weights.index[(own > 0) & (nominal == 0)].astype(str))
        scaling.append(np.divide(own, nominal, out=np.zeros_like(own), where=nominal > 0))
    if clashes:
        named = ", ".join(code for code in framework.nodes.index if code in clashes)
        raise InputError([Finding("error", "study.zero_weight", {"codes": named})])
    found = np.array(scaling)
    if len(found) == 1 and (found[0][nominal > 0] == 1).all():
        return None
    return rows, found
