"""Weights from principal components and from factor analysis."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.likely_factors import likely_factors
from analysis.core.weighting.correlations import Kind, pairwise, repaired
from analysis.core.weighting.levels import Found, NodeScore, by_parent

FloatArray = NDArray[np.float64]

LEAST_SHARE = 0.10  # of the variance that a component explains by itself
LEAST_TOTAL = 0.60  # of the variance that the components kept explain
SINGULAR = 1e-6  # least eigenvalue with which a factor model can be fitted
HEYWOOD = 0.995 - 1e-6  # share of the variance of a child that its factors explain


def pca(
    normalised: pd.DataFrame,
    framework: Framework,
    *,
    node_score: NodeScore | None = None,
    loadings: str = "rotated",
    retain: str = "handbook",
    factors: int | None = None,
    correlation: Kind = "pearson",
) -> pd.DataFrame:
    """Return weights from the principal components of the children's correlations.

    ``rotated``: the components kept are rotated by varimax; a child belongs to
    the component ``f`` with its greatest squared loading and weighs in
    proportion to ``(l_jf ** 2 / v_f) (v_f / sum(v))``, its share of the
    component's variance ``v_f`` times the component's share of the variance
    of all that are kept. ``first``: in proportion to its squared loading on the first
    component.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (units, items)
        Normalised items of one year, higher being better.
    framework : Framework
    node_score : callable, optional
        How nodes are formed for the level above, see `levels.by_parent`.
    loadings : {"rotated", "first"}
    retain : {"handbook", "kaiser"}
        Components kept: ``handbook`` those that explain more than 10 % of the
        variance each, and as many more as it takes to explain 60 %; ``kaiser``
        those with an eigenvalue of 1 or more. The first at least.
    factors : int, optional
        How many to keep at most, in place of ``retain``.
    correlation : {"pearson", "spearman", "kendall"}

    Returns
    -------
    pandas.DataFrame
        ``code, weight, note, factor, loading, explained`` (number of the
        component, loading, and the component's share of the variance of all
        children), as `levels.by_parent`. The note ``opposed`` says that a child
        loads on the component against the sum of those that belong to it, as
        its weight does not show; ``repaired``, that correlations over
        different units contradicted each other.

    Notes
    -----
    OECD/JRC Handbook (2008), step 6 (6.1, tables 16 to 18), after Nicoletti,
    Scarpetta, Boylaud (2000). Varimax with Kaiser's normalisation, by
    statsmodels. Missing values: correlations by the units that have both,
    repaired where they contradict each other. The weights correct for
    overlap among children; they do not say how important a child is.
    """

    def find(code: str, children: tuple[str, ...], values: FloatArray) -> Found:
        matrix, mended = repaired(pairwise(values, correlation))
        eigenvalues, vectors = principal_axes(matrix)
        kept = 1 if loadings == "first" else kept_components(eigenvalues, retain, factors)
        found = vectors[:, :kept] * np.sqrt(np.maximum(eigenvalues[:kept], 0.0))
        return _by_loadings(rotated(found), mended)

    return by_parent(normalised, framework, find, node_score)


def factor(
    normalised: pd.DataFrame,
    framework: Framework,
    *,
    node_score: NodeScore | None = None,
    extraction: str = "principal_axis",
    retain: str = "handbook",
    factors: int | None = None,
    correlation: Kind = "pearson",
) -> pd.DataFrame:
    """Return weights from a factor analysis of the children's correlations.

    As `pca` with rotated loadings, the loadings being those of common factors:
    what a child shares with its siblings, its own variance left out.

    Parameters
    ----------
    normalised, framework, node_score, retain, factors, correlation
        As in `pca`; the number of factors is held to what the number of
        children can identify, ``(k - m) ** 2 >= k + m``.
    extraction : {"principal_axis", "ml"}
        Iterated principal axes (statsmodels), or maximum likelihood
        (`analysis.core.likely_factors.likely_factors`).

    Returns
    -------
    pandas.DataFrame
        As `pca`. Two children have no factor model: they weigh the same (note
        ``too_few``). The note ``heywood`` says that the factors explain
        99.5 % or more of a child's variance, a sign of too many factors for the data;
        ``singular``, that some children follow from the others, which leaves no
        factor model: principal components are used instead.

    Notes
    -----
    OECD/JRC Handbook (2008), step 6 (6.1, table 18).
    """

    def find(code: str, children: tuple[str, ...], values: FloatArray) -> Found:
        count = len(children)
        if count < 3:
            return Found(np.ones(count), ("too_few",) * count)
        matrix, mended = repaired(pairwise(values, correlation))
        eigenvalues, vectors = principal_axes(matrix)
        kept = kept_components(eigenvalues, retain, factors)
        while (count - kept) ** 2 < count + kept:
            kept -= 1
        found = _common_factors(matrix, kept, extraction, len(values))
        if found is None:
            axes = vectors[:, :kept] * np.sqrt(np.maximum(eigenvalues[:kept], 0.0))
            return replace(_by_loadings(rotated(axes), mended), notes=("singular",) * count)
        return _by_loadings(rotated(found), mended, HEYWOOD)

    return by_parent(normalised, framework, find, node_score)


def _common_factors(
    matrix: FloatArray, kept: int, extraction: str, units: int
) -> FloatArray | None:
    """Return the loadings of common factors; None where the correlations have none."""
    # Imported where it is used: it takes a second, and most methods do without.
    from statsmodels.multivariate.factor import Factor

    if np.linalg.eigvalsh(matrix)[0] < SINGULAR:
        return None
    if extraction == "ml":
        return likely_factors(matrix, kept)[0]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a Heywood case is told in the note
        found = Factor(corr=matrix, n_factor=kept, method="pa", nobs=units).fit()
    loadings = np.asarray(found.loadings, dtype=np.float64)
    return loadings if np.isfinite(loadings).all() else None


def principal_axes(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the eigenvalues of a correlation matrix, the greatest first, and their vectors."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    return eigenvalues[::-1], vectors[:, ::-1]


def kept_components(eigenvalues: FloatArray, retain: str, factors: int | None) -> int:
    """Return how many components to keep, see `pca`."""
    if factors is not None:
        return max(1, min(int(factors), len(eigenvalues)))
    if retain == "kaiser":
        return max(1, int((eigenvalues >= 1 - 1e-9).sum()))
    share = eigenvalues / eigenvalues.sum()
    enough = int((np.cumsum(share) < LEAST_TOTAL - 1e-9).sum()) + 1
    return max(1, int((share > LEAST_SHARE + 1e-9).sum()), enough)


def rotated(loadings: FloatArray) -> FloatArray:
    """Return loadings rotated by varimax, from the starting point that leads the furthest.

    Parameters
    ----------
    loadings : ndarray, shape (children, factors)

    Returns
    -------
    ndarray, shape (children, factors)
        By `analysis.core.structure.varimax`. A start that happens to be a
        stationary point of the criterion would stay where it is, so a second one is
        tried, turned in all directions.
    """
    # Imported where it is used: it takes a second, and most methods do without.
    from analysis.core.structure import varimax

    kept = loadings.shape[1]
    if kept < 2:
        return loadings
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    turned = np.linalg.qr(np.random.default_rng(1958).normal(size=(kept, kept)))[0]
    best, highest = loadings, -np.inf
    for start in (np.eye(kept), turned):
        with np.errstate(divide="ignore"):  # the logarithm of a step of zero, at the end
            found = varimax(pd.DataFrame(loadings @ start)).to_numpy()
        shares = (found / np.where(length > 0, length, 1.0)) ** 2
        criterion = float(shares.var(axis=0).sum())
        if criterion > highest + 1e-9:
            best, highest = found, criterion
    return best


def _by_loadings(loadings: FloatArray, mended: bool, most: float = np.inf) -> Found:
    """Return weights in proportion to each child's greatest squared loading."""
    squared = loadings**2
    own = squared.argmax(axis=1)
    rows = np.arange(len(own))
    explained = squared.sum(axis=0)
    order = np.empty(len(explained), dtype=np.intp)
    order[np.argsort(-explained, kind="stable")] = np.arange(len(explained))
    # The sign of a factor is arbitrary: it is set so that its children sum to a plus.
    sums = np.bincount(own, weights=loadings[rows, own], minlength=len(explained))
    signed = loadings[rows, own] * np.where(sums < 0, -1.0, 1.0)[own]
    notes = []
    for loading, common in zip(signed, squared.sum(axis=1), strict=True):
        heywood = "heywood" if common > most else ""
        opposed = "opposed" if loading < 0 else ""
        notes.append(heywood or opposed or ("repaired" if mended else ""))
    columns = {
        "factor": (order[own] + 1).astype(np.float64),
        "loading": signed,
        "explained": explained[own] / len(own),
    }
    return Found(squared[rows, own], tuple(notes), columns)
