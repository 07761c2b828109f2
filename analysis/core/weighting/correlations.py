"""Correlations of children with gaps, made fit for what needs a proper matrix."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Kind = Literal["pearson", "spearman", "kendall"]

LEAST_PAIRS = 3
_ROUNDING = 1e-10


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
    """Return a proper correlation matrix near the one given, and whether it is another one.

    Correlations over different units can contradict each other (an eigenvalue
    below zero). Such eigenvalues are set to zero and the matrix is scaled back to ones on
    its diagonal.

    Notes
    -----
    Rousseeuw, Molenberghs (1993), Transformation of non positive semidefinite
    correlation matrices, Communications in Statistics - Theory and Methods 22.
    """
    eigenvalues, vectors = np.linalg.eigh(matrix)
    if eigenvalues[0] >= -_ROUNDING:
        return matrix, False
    clipped = (vectors * np.maximum(eigenvalues, 0.0)) @ vectors.T
    size = np.sqrt(np.diag(clipped))
    return clipped / np.outer(size, size), True
