"""The Mazziotta-Pareto index and its adjusted form: a mean with a penalty for imbalance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.aggregate import formed_rows
from analysis.core.findings import Finding, InputError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

CENTRE = 100.0
SPREAD = 10.0  # standard deviation of the standardised children of the MPI
HALF_RANGE = 30.0  # those of the AMPI run from 70 to 130 between the goalposts


def mazziotta_pareto(
    values: FloatArray,
    weights: FloatArray,
    *,
    penalty: str = "negative",
    standardise: bool = True,
    renormalise: bool = True,
    min_share: float = 0.0,
) -> FloatArray:
    """Return the Mazziotta-Pareto index (MPI) of each unit.

    Each child is standardised over the units, ``z = 100 + 10 (x - mean) / sd``;
    with ``M`` and ``S`` the (weighted) mean and standard deviation of a
    unit's own ``z`` and ``cv = S / M``, the score is ``M - S cv``, or ``M + S
    cv`` with a positive penalty. Both standard deviations are those of a
    population: ``sd = sqrt(mean((x - mean) ** 2))``, ``S = sqrt(sum(w (z - M)
    ** 2))`` with ``w`` scaled to sum to one over the values that are there.

    Parameters
    ----------
    values : ndarray, shape (units, children)
        All units of the year; higher is better. NaN is missing.
    weights : ndarray, shape (children,)
        Not negative.
    penalty : {"negative", "positive"}
        ``negative`` where a high index is good (imbalance costs), ``positive``
        where it is bad, as with poverty.
    standardise : bool
        Whether the children are standardised here; if not, their values are
        taken as they are, and none may be negative.
    renormalise, min_share
        As in `analysis.core.aggregate.weighted_mean`. A unit of one child has no
        imbalance and no penalty.

    Returns
    -------
    ndarray, shape (units,)
        NaN where a unit has not enough data, and where it holds a value that
        the index does not take (`mpi_improper`).

    Notes
    -----
    De Muro, Mazziotta, Pareto (2011), Composite indices of development and
    poverty: an application to MDGs, Social Indicators Research 104; with weights:
    Mazziotta, Pareto (2022), Weighting in composite indices construction: the
    case of the Mazziotta-Pareto index, Rivista italiana di economia,
    demografia e statistica 76. Not monotone: a gain in what a unit does best
    may widen its imbalance and lower its score.
    """
    scaled = _standardised(values) if standardise else values
    return _penalised(scaled, weights, penalty, renormalise, min_share)


def mpi_improper(
    values: FloatArray,
    weights: FloatArray,
    *,
    penalty: str = "negative",
    standardise: bool = True,
) -> BoolArray:
    """Return which values the MPI cannot take: those that are negative once standardised.

    A coefficient of variation needs values of one sign. Shape (units, children).
    """
    scaled = _standardised(values) if standardise else values
    return (scaled < 0) & (weights > 0)


def adjusted_mazziotta_pareto(
    values: FloatArray,
    weights: FloatArray,
    *,
    penalty: str = "negative",
    low: FloatArray | float | None = None,
    high: FloatArray | float | None = None,
    reference: FloatArray | float | None = None,
    renormalise: bool = True,
    min_share: float = 0.0,
) -> FloatArray:
    """Return the adjusted Mazziotta-Pareto index (AMPI) of each unit.

    As the MPI, with children put between goalposts instead of standardised:
    ``r = 100 + 30 (x - reference) / D``, ``D = (high - low) / 2``; so that 100
    is the reference and the goalposts around it are 70 and 130. The score is
    ``M - S cv`` (``M + S cv``) of the unit's ``r``.

    Parameters
    ----------
    values, weights, penalty, renormalise, min_share
        As in `mazziotta_pareto`.
    low, high : float or ndarray of shape (children,), optional
        Range of a child, by default the observed one. Scores of different
        years can be compared only if it is given, as the range over all years.
    reference : float or ndarray of shape (children,), optional
        What counts as 100, by default the mean of the units given.

    Returns
    -------
    ndarray, shape (units,)

    Raises
    ------
    InputError
        If a range given is empty.

    Notes
    -----
    Mazziotta, Pareto (2016), On a generalized non-compensatory composite index
    for measuring socio-economic phenomena, Social Indicators Research 127. A
    child that is the same for all units (and has no range given) is 100 for
    all. Not monotone, see `mazziotta_pareto`.
    """
    scaled = _between_goalposts(values, low, high, reference)
    return _penalised(scaled, weights, penalty, renormalise, min_share)


def ampi_improper(
    values: FloatArray,
    weights: FloatArray,
    *,
    penalty: str = "negative",
    low: FloatArray | float | None = None,
    high: FloatArray | float | None = None,
    reference: FloatArray | float | None = None,
) -> BoolArray:
    """Return which values the AMPI cannot take, as `mpi_improper` does."""
    return (_between_goalposts(values, low, high, reference) < 0) & (weights > 0)


def _standardised(values: FloatArray) -> FloatArray:
    low, mean, high = _column_facts(values)
    distance = values - mean
    size = (high - low) / 2
    flat = ~(size > 0)
    size = np.where(flat, 1.0, size)
    # In units of the half range, so that squares neither overflow nor vanish.
    relative = distance / size
    there = ~np.isnan(relative)
    count = np.maximum(there.sum(axis=0), 1)
    sd = np.sqrt(np.where(there, relative**2, 0.0).sum(axis=0) / count)
    scaled: FloatArray = CENTRE + SPREAD * relative / np.where(flat | (sd == 0), 1.0, sd)
    return np.where(flat & there, CENTRE, scaled)


def _between_goalposts(
    values: FloatArray,
    low: FloatArray | float | None,
    high: FloatArray | float | None,
    reference: FloatArray | float | None,
) -> FloatArray:
    least, mean, most = _column_facts(values)
    bottom = least if low is None else np.broadcast_to(np.float64(low), least.shape)
    top = most if high is None else np.broadcast_to(np.float64(high), most.shape)
    middle = mean if reference is None else np.broadcast_to(np.float64(reference), mean.shape)
    given = low is not None or high is not None
    if given and (bottom >= top).any():
        place = int(np.flatnonzero(bottom >= top)[0])
        told = {"low": f"{bottom[place]:g}", "high": f"{top[place]:g}"}
        raise InputError([Finding("error", "weigh.goalposts", told)])
    half = (top - bottom) / 2
    flat = ~(half > 0)
    scaled = CENTRE + HALF_RANGE * (values - middle) / np.where(flat, 1.0, half)
    return np.where(flat & ~np.isnan(values), CENTRE, scaled)


def _column_facts(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the least value, the mean and the greatest of each child; NaN for an empty one."""
    low = np.fmin.reduce(values, axis=0, initial=np.nan)
    high = np.fmax.reduce(values, axis=0, initial=np.nan)
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    mean = np.full(values.shape[1], np.nan)
    np.divide(np.where(there, values, 0.0).sum(axis=0), count, out=mean, where=count > 0)
    return low, mean, high


def _penalised(
    scaled: FloatArray, weights: FloatArray, penalty: str, renormalise: bool, min_share: float
) -> FloatArray:
    """Return mean less (or plus) variance over mean of each row."""
    formed = formed_rows(scaled, weights, renormalise=renormalise, min_share=min_share)
    formed &= ~((scaled < 0) & (weights > 0)).any(axis=1)
    score = np.full(scaled.shape[0], np.nan)
    chosen = scaled[formed]
    shares = np.where(np.isnan(chosen), 0.0, weights)
    shares /= shares.sum(axis=1, keepdims=True)
    filled = np.where(np.isnan(chosen), 0.0, chosen)
    mean = (shares * filled).sum(axis=1)
    variance = (shares * (filled - mean[:, None]) ** 2).sum(axis=1)
    imbalance = np.divide(variance, mean, out=np.zeros(len(chosen)), where=mean > 0)
    score[formed] = mean - imbalance if penalty == "negative" else mean + imbalance
    return score
