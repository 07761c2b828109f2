"""Sobol' indices of many outputs at once, estimated from evaluated samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import sobol_indices

from analysis.core.uncertainty.draws.backend import one_thread

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

COLUMNS = 64  # outputs resampled at a time
RELATIVE_NOTHING = 1e-9  # a spread below this share of the values is that of rounding


@dataclass(frozen=True, eq=False)
class Estimates:
    """Sobol' indices and their intervals, NaN where there are none.

    Attributes
    ----------
    first, first_low, first_high : ndarray, shape (outputs, factors)
    total, total_low, total_high : ndarray, shape (outputs, factors)
    variance : ndarray, shape (outputs,)
        NaN where an output is missing in a sample.
    constant, missing : ndarray of bool, shape (outputs,)
        Why there are no indices.
    """

    first: FloatArray
    first_low: FloatArray
    first_high: FloatArray
    total: FloatArray
    total_low: FloatArray
    total_high: FloatArray
    variance: FloatArray
    constant: BoolArray
    missing: BoolArray


def estimate(
    f_a: FloatArray,
    f_b: FloatArray,
    f_ab: FloatArray,
    *,
    confidence: float = 0.95,
    resamples: int = 999,
    rng: np.random.Generator,
) -> Estimates:
    r"""Estimate first-order and total indices with bootstrap intervals.

    With outputs less their mean over both samples, ``V`` their variance there,
    and the sample ``A`` with factor ``i`` from ``B`` as ``AB_i``:
    ``S_i = mean(f_B (f_AB_i - f_A)) / V`` (Saltelli 2010) and
    ``T_i = mean((f_A - f_AB_i)^2) / 2V`` (Jansen 1999), by
    `scipy.stats.sobol_indices`. Neither is cut off at 0 or 1.

    Parameters
    ----------
    f_a, f_b : ndarray, shape (n, outputs)
        Outputs at the rows of two independent samples; ``n`` is a power of two.
    f_ab : ndarray, shape (factors, n, outputs)
    confidence : float
    resamples : int
        Of the bootstrap, whose percentile intervals are given: each draws rows
        of the samples, whole, with replacement, and has a variance of its own.
    rng : numpy.random.Generator

    Returns
    -------
    Estimates
        An output that is constant, or missing (NaN) in some row, has none.

    Notes
    -----
    The bootstrap is not SciPy's: that takes no generator, so that its intervals
    are others at every call, and it evaluates resamples and a jackknife one by
    one, whose work grows with the square of ``n``: a minute for the ranks and
    scores of 230 units. Here a resample is a vector of weights on the rows, and
    all of them are a few products of matrices.
    """
    factors, _, outputs = f_ab.shape
    everything = np.stack([f_a, f_b, *f_ab])
    missing: BoolArray = np.isnan(everything).any(axis=(0, 1))
    low, high = (np.where(missing, 0.0, f(everything, axis=(0, 1))) for f in (np.min, np.max))
    size = np.maximum(1.0, np.maximum(np.abs(low), np.abs(high)))
    constant: BoolArray = ~missing & (high - low <= RELATIVE_NOTHING * size)
    several = np.flatnonzero(~missing & ~constant)
    tables = np.full((6, outputs, factors), np.nan)
    variance = np.where(missing, np.nan, 0.0)
    if len(several):
        centred = everything[:, :, several]
        centred -= centred[:2].mean(axis=(0, 1))
        variance[several] = centred[:2].var(axis=(0, 1))
        with one_thread():
            tables[:2, several] = _indices(centred)
            tables[2:, several] = _percentiles(centred, confidence, resamples, rng)
    first, total, first_low, first_high, total_low, total_high = tables
    return Estimates(
        first, first_low, first_high, total, total_low, total_high, variance, constant, missing
    )


def _indices(centred: FloatArray) -> FloatArray:
    """Return first-order and total indices, shape (2, outputs, factors)."""
    _, n, outputs = centred.shape
    by_output = np.moveaxis(centred, 1, 2)
    evaluated = {"f_A": by_output[0], "f_B": by_output[1], "f_AB": by_output[2:]}
    if by_output[2:].size == n:  # SciPy has no place for one output of one factor
        evaluated = {key: np.concatenate([f, f], axis=-2) for key, f in evaluated.items()}
    found = sobol_indices(func=evaluated, n=n)
    pair = np.stack([found.first_order, found.total_order])
    return pair.reshape(2, -1, len(centred) - 2)[:, :outputs]


def _percentiles(
    centred: FloatArray, confidence: float, resamples: int, rng: np.random.Generator
) -> FloatArray:
    """Return ends of percentile intervals, shape (4, outputs, factors)."""
    rows, n, outputs = centred.shape
    weights = rng.multinomial(n, np.full(n, 1.0 / n), size=resamples) / n
    ends = [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0]
    found = np.empty((4, outputs, rows - 2))
    for start in range(0, outputs, COLUMNS):
        here = slice(start, start + COLUMNS)
        f_a, f_b = centred[0, :, here], centred[1, :, here]
        mean = weights @ ((f_a + f_b) / 2.0)
        variance = weights @ ((f_a**2 + f_b**2) / 2.0) - mean**2
        variance[variance <= 0] = np.nan  # a resample of equal rows says nothing
        quantile = np.nanquantile if np.isnan(variance).any() else np.quantile  # for speed
        for factor in range(rows - 2):
            f_ab = centred[2 + factor, :, here]
            first = weights @ (f_b * (f_ab - f_a)) / variance
            total = weights @ ((f_a - f_ab) ** 2) / 2.0 / variance
            found[:2, here, factor] = quantile(first, ends, axis=0)
            found[2:, here, factor] = quantile(total, ends, axis=0)
    return found
