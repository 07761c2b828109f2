"""Filling gaps from the same unit's other items: regression and EM."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

UNITS_EACH = 3
"""Units that a regression needs for each of its coefficients."""
MOST_ROUNDS = 1000
CONVERGED = 1e-10


def regress(values: FloatArray, regressors: int = 3) -> FloatArray:
    """Fill each gap by a regression of its item on other items of the same unit.

    The regressors are, of the items that the unit has, the ``regressors``
    whose correlation with the item (over the units that have both) is the
    highest in absolute value. Ordinary least squares with a constant, over
    the units that have the item and all regressors; the prediction is the
    value filled in, without a random residual. Units that lack the same
    regressors share one regression.

    Fewer regressors are used where there are too few units: three are needed
    for each coefficient, the constant included. Filled values are never
    regressors.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    regressors : int

    Returns
    -------
    ndarray, shape (units, items)
        A gap stays NaN where there are too few units for one regressor, or
        none that varies.

    Notes
    -----
    OECD/JRC Handbook (2008), step 3 (regression imputation).
    """
    filled = values.copy()
    there = ~np.isnan(values)
    scaled, centre, spread = _standardised(values)
    close = _correlations(scaled)
    for item in np.flatnonzero(~there.all(axis=0)).tolist():
        order = np.argsort(-close[item], kind="stable")
        order = order[close[item][order] > 0]
        gaps = np.flatnonzero(~there[:, item])
        # The closest items of each unit, as a key: units that share them share a regression.
        chosen: dict[tuple[int, ...], list[int]] = {}
        for unit in gaps:
            own = tuple(int(i) for i in order[there[unit, order]][:regressors])
            chosen.setdefault(own, []).append(int(unit))
        for own, units in chosen.items():
            predicted = _predict(scaled, item, own, units)
            if predicted is not None:
                filled[units, item] = centre[item] + spread[item] * predicted
    return filled


def _predict(
    scaled: FloatArray, item: int, own: tuple[int, ...], units: list[int]
) -> FloatArray | None:
    for many in range(len(own), 0, -1):
        columns = list(own[:many])
        complete = ~np.isnan(scaled[:, [item, *columns]]).any(axis=1)
        if complete.sum() < UNITS_EACH * (many + 1):
            continue
        design = np.column_stack([np.ones(complete.sum()), scaled[complete][:, columns]])
        coefficients = np.linalg.lstsq(design, scaled[complete, item], rcond=None)[0]
        at = np.column_stack([np.ones(len(units)), scaled[units][:, columns]])
        predicted: FloatArray = at @ coefficients
        return predicted
    return None


def expectation_maximisation(values: FloatArray) -> FloatArray:
    """Fill gaps by their expectation under a multivariate normal distribution.

    Mean and covariance of greatest likelihood are found by EM: in turn each
    gap is given its conditional expectation, given what the unit has and the
    mean and covariance so far, and these are taken anew from the completed
    data, with the conditional covariance of the gaps added; from the means and
    variances of what is there until nothing changes by more than 1e-10
    standard deviations (1,000 rounds at most). The expectation of a gap is::

        m_g + S_gh S_hh^-1 (x_h - m_h)

    with ``h`` the items that the unit has and ``g`` those it lacks. Where
    ``S_hh`` has no inverse (fewer units than items, items that repeat each
    other), its pseudo-inverse stands in.

    Parameters
    ----------
    values : ndarray, shape (units, items)

    Returns
    -------
    ndarray, shape (units, items)
        Gaps stay NaN in an item that has less than two different values, and
        in a unit that has no value at all they take the means.

    References
    ----------
    Dempster, Laird, Rubin (1977), Maximum likelihood from incomplete data via
    the EM algorithm, JRSS B 39(1); Little, Rubin, Statistical analysis with
    missing data, chapter 11; OECD/JRC Handbook (2008), step 3.
    """
    filled = values.copy()
    scaled, centre, spread = _standardised(values)
    use = np.flatnonzero(spread > 0)
    x = scaled[:, use]
    gaps = np.isnan(x)
    if not gaps.any() or not len(use):
        return filled
    patterns, which = np.unique(gaps, axis=0, return_inverse=True)
    which = which.ravel()
    mean = np.zeros(len(use))
    covariance: FloatArray = np.diag(np.nanmean(x**2, axis=0))
    complete = np.where(gaps, 0.0, x)
    for _ in range(MOST_ROUNDS):
        added = np.zeros_like(covariance)
        for number, gap in enumerate(patterns):
            if not gap.any():
                continue
            rows = np.flatnonzero(which == number)
            have = ~gap
            slope = _pseudo_inverse(covariance[np.ix_(have, have)]) @ covariance[np.ix_(have, gap)]
            expected = mean[gap] + (x[np.ix_(rows, np.flatnonzero(have))] - mean[have]) @ slope
            complete[np.ix_(rows, np.flatnonzero(gap))] = expected
            rest = covariance[np.ix_(gap, gap)] - covariance[np.ix_(gap, have)] @ slope
            added[np.ix_(gap, gap)] += len(rows) * rest
        new_mean = complete.mean(axis=0)
        away = complete - new_mean
        new_covariance: FloatArray = (away.T @ away + added) / len(x)
        change = max(
            float(np.abs(new_mean - mean).max()), float(np.abs(new_covariance - covariance).max())
        )
        mean, covariance = new_mean, new_covariance
        if change < CONVERGED:
            break
    filled[:, use] = np.where(gaps, centre[use] + spread[use] * complete, values[:, use])
    return filled


def _pseudo_inverse(matrix: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.pinv(matrix, rcond=1e-10, hermitian=True), dtype=np.float64)


def _standardised(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return columns of mean 0 and standard deviation 1, with both; 0 where there is no spread."""
    there = ~np.isnan(values)
    count = np.maximum(there.sum(axis=0), 1)
    lo = np.fmin.reduce(values, axis=0, initial=np.nan)
    hi = np.fmax.reduce(values, axis=0, initial=np.nan)
    varies = lo < hi
    # Scaled first, so that squares neither overflow nor vanish.
    size = np.maximum(np.abs(lo), np.abs(hi))
    size = np.where(size > 0, size, 1.0)
    small = np.where(there, values / size, 0.0)
    mean = small.sum(axis=0) / count
    away = np.where(there, small - mean, 0.0)
    width = np.sqrt((away**2).sum(axis=0) / count)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = np.where(there & varies, away / width, np.nan)
    return scaled, size * mean, np.where(varies, size * width, 0.0)


def _correlations(scaled: FloatArray) -> FloatArray:
    """Return absolute correlations over the units that have both items; 0 on the diagonal."""
    there = ~np.isnan(scaled)
    x = np.where(there, scaled, 0.0)
    w = there.astype(np.float64)
    n = w.T @ w
    with np.errstate(invalid="ignore", divide="ignore"):
        one, other = (x.T @ w) / n, (w.T @ x) / n
        variance_one = (x**2).T @ w / n - one**2
        variance_other = w.T @ (x**2) / n - other**2
        found = np.abs((x.T @ x) / n - one * other) / np.sqrt(variance_one * variance_other)
    found[~np.isfinite(found) | (variance_one <= 1e-12) | (variance_other <= 1e-12)] = 0.0
    np.fill_diagonal(found, 0.0)
    # Rounded, so that which items are the closest does not hang on the order of units.
    rounded: FloatArray = found.round(9)
    return rounded
