"""Correlations of children with gaps, made fit for what needs a proper matrix."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Kind = Literal["pearson", "spearman", "kendall"]

LEAST_PAIRS = 3
_LEAST_EIGENVALUE = 1e-10


def pairwise(values: FloatArray, kind: Kind = "pearson") -> FloatArray:
    """Return the correlations of the children, each over the units that have both.

    0 where fewer than 3 units have both, or one of them is constant among
    those: nothing is known of a relation.

    Parameters
    ----------
    values : ndarray, shape (units, children)
    kind : {"pearson", "spearman", "kendall"}

    Returns
    -------
    ndarray, shape (children, children)
    """
    found = pd.DataFrame(values).corr(method=kind, min_periods=LEAST_PAIRS).to_numpy(copy=True)
    found[np.isnan(found)] = 0.0
    np.fill_diagonal(found, 1.0)
    symmetric: FloatArray = np.clip((found + found.T) / 2, -1.0, 1.0)
    return symmetric


def repaired(matrix: FloatArray) -> tuple[FloatArray, bool]:
    """Return the nearest proper correlation matrix, and whether it is another one.

    Correlations over different units can contradict each other (an eigenvalue
    below zero); the matrix is then replaced by the nearest one that no data could
    contradict.

    Notes
    -----
    Higham (2002), Computing the nearest correlation matrix, IMA Journal of Numerical
    Analysis 22; the iteration of statsmodels.
    """
    if np.linalg.eigvalsh(matrix)[0] >= -_LEAST_EIGENVALUE:
        return matrix, False
    # Imported where it is used: it takes a second, and most methods do without.
    from statsmodels.stats.correlation_tools import corr_nearest

    nearest = corr_nearest(matrix, threshold=1e-12, n_fact=10_000)
    return np.asarray(nearest, dtype=np.float64), True
