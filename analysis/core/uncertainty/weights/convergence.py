"""Whether chains of draws agree, and how many independent draws they are worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def split_r_hat(draws: FloatArray) -> FloatArray:
    """Return the split R-hat of each quantity.

    Every chain is split in two halves of ``n`` draws; ``sqrt((n - 1) / n + B /
    W)`` with ``B`` the variance of the halves' means and ``W`` the mean of the
    halves' variances. Near 1 where chains agree and do not drift.

    Parameters
    ----------
    draws : ndarray, shape (draws, chains, quantities)
        At least 4 draws; of an odd number the one in the middle is left out.

    Returns
    -------
    ndarray, shape (quantities,)
        NaN for what does not vary.

    Notes
    -----
    Gelman, A. et al. (2013), Bayesian Data Analysis, 3rd edition, section 11.4.
    """
    halves = _halves(draws)
    many = len(halves)
    between = halves.mean(axis=0).var(axis=0, ddof=1)
    within = halves.var(axis=0, ddof=1).mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt((many - 1) / many + between / within))


def effective_size(draws: FloatArray) -> FloatArray:
    """Return how many independent draws would tell each mean as well.

    ``m n / (1 + 2 sum(rho_t))`` over the ``m`` halves of chains of ``n``
    draws, the autocorrelations ``rho_t`` from all halves together and summed
    in pairs as long as those are positive and do not rise.

    Parameters
    ----------
    draws : ndarray, shape (draws, chains, quantities)
        At least 4 draws.

    Returns
    -------
    ndarray, shape (quantities,)
        At most ``m n log10(m n)``; NaN for what does not vary.

    Notes
    -----
    Geyer, C. J. (1992), Practical Markov chain Monte Carlo, Statistical
    Science 7; Vehtari, A. et al. (2021), Rank-normalization, folding, and
    localization: an improved R-hat, Bayesian Analysis 16.
    """
    halves = _halves(draws)
    many, chains, quantities = halves.shape
    centred = halves - halves.mean(axis=0)
    power = np.abs(np.fft.rfft(centred, 2 * many, axis=0)) ** 2
    covariance = np.fft.irfft(power, axis=0)[:many].mean(axis=1) / many
    within = covariance[0] * many / (many - 1)
    spread = covariance[0] + halves.mean(axis=0).var(axis=0, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = 1.0 - (within - covariance * many / (many - 1)) / spread
    correlation[0] = 1.0
    even = many // 2 * 2
    pairs = correlation[:even].reshape(-1, 2, quantities).sum(axis=1)
    positive = np.logical_and.accumulate(pairs > 0, axis=0)
    falling = np.minimum.accumulate(pairs, axis=0)
    total = -1.0 + 2.0 * np.where(positive, falling, 0.0).sum(axis=0)
    size = chains * many
    with np.errstate(invalid="ignore", divide="ignore"):
        found = size / np.maximum(total, 1.0 / np.log10(size))
    return np.where(covariance[0] > 0, found, np.nan)


def _halves(draws: FloatArray) -> FloatArray:
    half = len(draws) // 2
    return np.concatenate([draws[:half], draws[len(draws) - half :]], axis=1)
