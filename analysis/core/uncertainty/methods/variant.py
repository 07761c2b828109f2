"""One way to compute the scores of a year: what draws of weights start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.adjust import Added
from analysis.core.method import Method

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Variant:
    """A method, and the normalised items of one year under it.

    Which nodes of a unit have a score is settled once, by the nominal weights:
    items below a node that has none are blanked in ``values``. The nodes are
    then formed from what is left, whatever share of the weight it has, so that
    drawn weights never decide who is ranked.

    Attributes
    ----------
    method : Method
        Ready to run: its ``missing`` renormalises with ``min_share`` 0 on ``values``.
    choice : mapping of str to str
        The level of every factor of the method that was chosen, by factor.
    values : ndarray, shape (units, items)
        NaN where nothing is there; a row of nothing but NaN has no score under
        this variant.
    others : ndarray, shape (other units, items), or None
        The year's units that are not studied, where a rule of aggregation
        compares units with one another; None where none does.
    added : Added or None
        Points outside the weights, of the units, on the scale of this variant.
    outside : tuple of str
        Nodes that the points take out of the weights: theirs is 0 in every draw.
    """

    method: Method
    choice: Mapping[str, str]
    values: FloatArray
    others: FloatArray | None = None
    added: Added | None = None
    outside: tuple[str, ...] = ()
