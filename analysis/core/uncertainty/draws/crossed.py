"""Intervals of shares over draws crossed with scenarios, each draw seen in every scenario."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.uncertainty.draws.intervals import CONFIDENCE, wilson_of_shares

FloatArray = NDArray[np.float64]


def crossed_interval(
    by_draw: FloatArray, by_scenario: FloatArray, confidence: float = CONFIDENCE
) -> tuple[FloatArray, FloatArray]:
    """Return the interval of a share over draws crossed with scenarios.

    Draws share the scenarios and scenarios the draws, so that ``D S`` outcomes
    tell less than as many independent ones. With ``p`` the share, the variance
    of its estimate is ``V = s_D^2 / D + s_S^2 / S``, from the variances of the
    shares of the draws and of the scenarios, and the outcomes are worth ``p (1
    - p) / V`` independent ones, from the fewer of ``D`` and ``S`` up to ``D
    S``. Wilson's interval is taken for so many, or for as many as those of all
    units are worth together (the sums of ``p (1 - p)`` and of ``V``) if that is
    fewer: a unit that was hardly ever met, or never, tells little of its own.

    Parameters
    ----------
    by_draw : ndarray, shape (draws, units)
        Share of the scenarios in which it happened, by draw.
    by_scenario : ndarray, shape (scenarios, units)
        Share of the draws, by scenario.
    confidence : float

    Returns
    -------
    low, high : ndarray, shape (units,)
        From 0 to 1. With one scenario, worth one outcome.

    Notes
    -----
    The variance is that of a crossed design of two random factors; it counts
    the part that is neither's twice, which is of no weight here and errs to the
    wide side. Owen (2007), The pigeonhole bootstrap, Annals of Applied
    Statistics 1.
    """
    draws, scenarios = len(by_draw), len(by_scenario)
    share = by_scenario.mean(axis=0)
    # The same of a mean of zeros and ones, whatever the last bit of the sums.
    share = np.where(by_draw.max(axis=0) == 0, 0.0, np.where(by_draw.min(axis=0) == 1, 1.0, share))
    if scenarios == 1:
        return wilson_of_shares(share, np.ones(share.shape), confidence)
    error = by_scenario.var(axis=0, ddof=1) / scenarios
    if draws > 1:
        error = error + by_draw.var(axis=0, ddof=1) / draws
    spread = share * (1 - share)
    least = float(min(draws, scenarios) if draws > 1 else scenarios)
    most = float(draws * scenarios)
    whole = spread.sum() / error.sum() if error.sum() > 0 else least
    own = np.divide(spread, error, out=np.full(share.shape, most), where=error > 0)
    return wilson_of_shares(share, np.clip(np.minimum(own, whole), least, most), confidence)
