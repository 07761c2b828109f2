"""Factor analysis by maximum likelihood, from a correlation matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LEAST_UNIQUE = 0.005  # of the variance of an item: without a bound, some samples have no optimum
_STARTS = 16


def likely_factors(matrix: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    """Return the loadings of common factors with the greatest likelihood.

    With unique variances ``psi`` (at least 0.005), ``e`` the eigenvalues of
    ``psi ** -1/2 R psi ** -1/2`` in falling order and ``m`` factors, minimises
    ``sum(e_j - log e_j - 1)`` over ``j > m``; the loadings are ``psi ** 1/2
    v_j sqrt(e_j - 1)`` for the first ``m`` eigenvectors ``v``.

    Parameters
    ----------
    matrix : ndarray, shape (items, items)
        Positive definite correlation matrix ``R``.
    count : int
        Number of factors ``m``.

    Returns
    -------
    loadings : ndarray, shape (items, factors)
        Not rotated; ``sum(l ** 2) + psi`` is 1 for every item not at the bound.
    unique : ndarray, shape (items,)

    Notes
    -----
    Joreskog (1967), Some contributions to maximum likelihood factor analysis,
    Psychometrika 32; Lawley, Maxwell (1971), Factor analysis as a statistical
    method. There can be several optima: the search (scipy, L-BFGS-B) starts
    from the squared multiple correlations and from 15 fixed points, and the best
    is kept. statsmodels has no bound on the unique variances, and starts at random.
    """
    # Imported here: scores by other weights need not wait for it.
    from scipy.optimize import minimize

    items = len(matrix)
    spread = np.random.default_rng(1967).uniform(LEAST_UNIQUE, 1.0, (_STARTS - 1, items))
    first = (1.0 - 0.5 * count / items) / np.diag(np.linalg.inv(matrix))
    best, least = first, np.inf
    for start in (first, *spread):
        found = minimize(
            _discrepancy,
            np.clip(start, LEAST_UNIQUE, 1.0),
            args=(matrix, count),
            jac=True,
            method="L-BFGS-B",
            bounds=[(LEAST_UNIQUE, 1.0)] * items,
            options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 500},
        )
        # A start that is no better in nine digits does not take the place of the one before.
        if found.fun < least * (1.0 - 1e-9):
            best, least = found.x, float(found.fun)
    return _loadings(best, matrix, count)[0], best


def _discrepancy(unique: FloatArray, matrix: FloatArray, count: int) -> tuple[float, FloatArray]:
    """Return what is minimised, and its gradient."""
    loadings, rest = _loadings(unique, matrix, count)
    slope = ((loadings**2).sum(axis=1) + unique - 1.0) / unique**2
    return float((rest - np.log(rest) - 1.0).sum()), slope


def _loadings(unique: FloatArray, matrix: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    """Return the likeliest loadings for these unique variances, and the other eigenvalues."""
    size = np.sqrt(unique)
    eigenvalues, vectors = np.linalg.eigh(matrix / np.outer(size, size))
    eigenvalues, vectors = eigenvalues[::-1], vectors[:, ::-1]
    strength = np.sqrt(np.maximum(eigenvalues[:count] - 1.0, 0.0))
    return size[:, None] * vectors[:, :count] * strength, np.maximum(eigenvalues[count:], 1e-12)
