"""The correlation ratio: the share of a variance that one variable accounts for by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SEGMENTS = 20
DEGREE = 3
FEW_VALUES = 10
LEAST_UNITS = 10
_SMOOTHING = np.logspace(-8, 4, 25)


def correlation_ratio(x: FloatArray, y: FloatArray) -> float:
    """Return the share of the variance of ``y`` that ``x`` accounts for by itself.

    ``S = V(E(y | x)) / V(y)``, the first-order sensitivity index (main
    effect) of ``x``: 1 where ``y`` follows from ``x``, 0 where knowing ``x``
    does not help; for a linear relation the squared correlation.

    ``E(y | x)`` is the mean of ``y`` by value where ``x`` takes at most 10
    values with five units each on average. Otherwise it is a penalised
    regression spline: cubic B-splines on 20 equal segments of the range of
    ``x``, with a penalty on second differences of their coefficients, its
    strength chosen by generalised cross-validation on a fixed grid (25
    strengths from ``1e-8 n`` to ``1e4 n``). The strongest penalty leaves a straight line.

    Parameters
    ----------
    x, y : ndarray, shape (units,)
        Pairs with a missing value are left out.

    Returns
    -------
    float
        From 0 to 1; NaN for fewer than 10 pairs and where ``x`` or ``y`` is constant.

    References
    ----------
    Paruolo, P., Saisana, M., Saltelli, A. (2013), Ratings and rankings:
    voodoo or science?, Journal of the Royal Statistical Society A 176(3).
    Eilers, P. H. C., Marx, B. D. (1996), Flexible smoothing with B-splines
    and penalties, Statistical Science 11(2).
    """
    there = ~(np.isnan(x) | np.isnan(y))
    x, y = x[there], y[there]
    if len(x) < LEAST_UNITS or x.min() == x.max() or y.min() == y.max():
        return float("nan")
    y = (y - y.mean()) / np.abs(y - y.mean()).max()
    values, which = np.unique(x, return_inverse=True)
    if len(values) <= min(FEW_VALUES, len(x) / 5):
        fitted = (np.bincount(which, y) / np.bincount(which))[which]
    else:
        fitted = _spline_fit((x - x.min()) / (x.max() - x.min()), y)
    return float(min(1.0, fitted.var() / y.var()))


def _spline_fit(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the penalised spline fitted to ``y`` at ``x`` (scaled to 0 to 1)."""
    # Imported here: scores need not wait for it.
    from scipy.interpolate import BSpline

    inner = np.linspace(0.0, 1.0, SEGMENTS + 1)
    step = inner[1]
    knots = np.concatenate(
        [
            step * np.arange(-DEGREE, 0),
            inner,
            1.0 + step * np.arange(1, DEGREE + 1),
        ]
    )
    basis = BSpline.design_matrix(x, knots, DEGREE).toarray()
    differences = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    gram, moment = basis.T @ basis, basis.T @ y
    penalty = differences.T @ differences
    systems = gram + len(x) * _SMOOTHING[:, None, None] * penalty
    coefficients = np.linalg.solve(
        systems, np.broadcast_to(moment[:, None], (*systems.shape[:2], 1))
    )
    fits = coefficients[..., 0] @ basis.T
    freedom = np.trace(
        np.linalg.solve(systems, np.broadcast_to(gram, systems.shape)), axis1=1, axis2=2
    )
    unexplained = ((y - fits) ** 2).sum(axis=1)
    best: FloatArray = fits[np.argmin(unexplained / np.maximum(len(x) - freedom, 1e-6) ** 2)]
    return best
