"""The structure of the data: internal consistency, principal components, factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.multivariate.factor import Factor
from statsmodels.multivariate.factor_rotation import rotate_factors

from analysis.core.consistency import Consistency, complete_units, cronbach
from analysis.core.correlate import Policy, correlate
from analysis.core.findings import Finding, InputError
from analysis.core.likely_factors import likely_factors

__all__ = [
    "Components",
    "Consistency",
    "cronbach",
    "factors",
    "principal_components",
    "varimax",
]

FloatArray = NDArray[np.float64]

KAISER = 1.0  # eigenvalue from which a component holds more than one item's worth


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components or factors of a set of items.

    Attributes
    ----------
    eigenvalues : pandas.DataFrame
        ``component`` (from 1), ``eigenvalue``, ``share`` of the variance and
        ``cumulative`` share; all components, whatever the number of loadings.
    loadings : pandas.DataFrame
        Items by components (named 1, 2 ...): correlation of item and component.
    n : int
        Units used; for pairwise correlations the least of any pair.
    left_out : int
        Units left out because a value is missing (0 for pairwise).
    constant : tuple of str
        Items left out because they do not vary.
    """

    eigenvalues: pd.DataFrame
    loadings: pd.DataFrame
    n: int
    left_out: int
    constant: tuple[str, ...]

    @property
    def above_one(self) -> int:
        """Number of components with an eigenvalue of 1 or more (Kaiser's rule)."""
        return int((self.eigenvalues["eigenvalue"].round(9) >= KAISER).sum())

    @property
    def communalities(self) -> pd.Series:
        """Share of each item's variance that the loadings account for."""
        return (self.loadings**2).sum(axis=1).rename("communality")


def principal_components(
    values: pd.DataFrame, *, missing: Policy = "listwise", count: int | None = None
) -> Components:
    """Return the principal components of standardised items.

    ``R v = lambda v`` for the correlation matrix ``R``; the loadings of a
    component are ``sqrt(lambda) v``, its share of the variance is ``lambda``
    over the number of items.

    Parameters
    ----------
    values : pandas.DataFrame, units by items
    missing : {"listwise", "pairwise"}
        Over the units that have all the items; or the matrix of pairwise
        correlations, which need not be one of any data: eigenvalues can then
        be below zero (their loadings are 0).
    count : int, optional
        Components of which to give loadings; all by default.

    Returns
    -------
    Components
        A component is the same with all signs changed; here the sum of its
        loadings is not negative (where that is 0, its first loading is not).

    Raises
    ------
    InputError
        If fewer than two items vary, or fewer than three units have them
        (pairwise: a pair of items has fewer than three units).

    Notes
    -----
    OECD/JRC Handbook (2008), step 4, tables 7 and 8.
    """
    matrix, used, left_out, constant = _correlations(values, missing)
    eigenvalues, vectors = np.linalg.eigh(matrix.to_numpy())
    order = np.argsort(-eigenvalues, kind="stable")
    eigenvalues, vectors = eigenvalues[order], vectors[:, order]
    loadings = _signed(vectors * np.sqrt(np.maximum(eigenvalues, 0.0)))[:, :count]
    return Components(
        _shares(eigenvalues), _named(loadings, matrix.columns), used, left_out, constant
    )


def factors(
    values: pd.DataFrame,
    count: int | None = None,
    *,
    extraction: str = "pc",
    rotate: bool = True,
    missing: Policy = "listwise",
) -> Components:
    """Return the loadings of common factors, rotated by varimax.

    Parameters
    ----------
    values : pandas.DataFrame, units by items
    count : int, optional
        Number of factors; by default as many as have an eigenvalue of 1 or
        more, at least one.
    extraction : {"pc", "pa", "ml"}
        Principal components (as the Handbook does), principal axes (those of
        statsmodels), or maximum likelihood (`analysis.core.likely_factors`).
    rotate : bool
    missing : {"listwise", "pairwise"}

    Returns
    -------
    Components
        The eigenvalues are those of the correlation matrix; after rotation
        factors are in the order of the variance they account for.

    Raises
    ------
    InputError
        As `principal_components`.
    ValueError
        If there is no such extraction, or ``count`` is not between 1 and the
        number of items.

    Notes
    -----
    OECD/JRC Handbook (2008), step 4 and step 6 (weights from factors).
    """
    full = principal_components(values, missing=missing)
    many = len(full.loadings)
    count = max(1, full.above_one) if count is None else count
    if not 1 <= count <= many or extraction not in ("pc", "pa", "ml"):
        raise ValueError(f"no {count} factors of {many} items by {extraction!r}")
    if extraction == "pc":
        loadings = full.loadings.to_numpy()[:, :count]
    else:
        matrix = _correlations(values, missing)[0].to_numpy()
        if extraction == "ml":  # that of statsmodels starts at random and has no bound
            loadings = _signed(likely_factors(matrix, count)[0])
        else:
            fitted = Factor(corr=matrix, n_factor=count, method="pa", nobs=full.n).fit()
            loadings = _signed(np.asarray(fitted.loadings, dtype=np.float64))
    frame = _named(loadings, full.loadings.index)
    frame = varimax(frame) if rotate else frame
    return Components(full.eigenvalues, frame, full.n, full.left_out, full.constant)


def varimax(loadings: pd.DataFrame, *, kaiser: bool = True) -> pd.DataFrame:
    """Return loadings rotated so that squared loadings vary most within each factor.

    The rotation ``T`` (orthogonal) maximises ``sum_k var(b_ik**2)``, ``b = A
    T``; with Kaiser's normalisation the rows of ``A`` are scaled to length 1
    for it, and back afterwards. Communalities do not change.

    Parameters
    ----------
    loadings : pandas.DataFrame, items by factors
    kaiser : bool

    Returns
    -------
    pandas.DataFrame, items by factors
        In the order of the variance they account for; signs as in
        `principal_components`.

    References
    ----------
    Kaiser, H. F. (1958), The varimax criterion for analytic rotation in
    factor analysis, Psychometrika 23. The rotation is that of statsmodels.
    """
    matrix = loadings.to_numpy(dtype=np.float64)
    if matrix.shape[1] > 1:
        length = np.sqrt((matrix**2).sum(axis=1, keepdims=True))
        scale = np.where(length > 0, length, 1.0) if kaiser else np.ones_like(length)
        near = rotate_factors(matrix / scale, "varimax", tol=1e-7, max_tries=5000)[1]
        # Much nearer rounding errors keep it from ending: a few more steps will do.
        turn = near @ rotate_factors(matrix @ near / scale, "varimax", tol=1e-10, max_tries=20)[1]
        matrix = matrix @ turn
        matrix = matrix[:, np.argsort(-(matrix**2).sum(axis=0).round(12), kind="stable")]
    return _named(_signed(matrix), loadings.index)


def _correlations(
    values: pd.DataFrame, missing: Policy
) -> tuple[pd.DataFrame, int, int, tuple[str, ...]]:
    if missing == "listwise":
        chosen, constant = complete_units(values)
        left_out = len(values) - len(chosen)
    else:
        same = values.columns[(values.nunique() < 2).to_numpy()]
        chosen, constant, left_out = values.drop(columns=same), tuple(map(str, same)), 0
    there = chosen.notna().to_numpy().astype(np.int64)
    used = int((there.T @ there).min(initial=len(chosen)))
    matrix = correlate(chosen)
    if chosen.shape[1] < 2 or matrix.isna().to_numpy().any():
        told = {"items": chosen.shape[1], "units": used}
        raise InputError([Finding("error", "structure.too_little", told)])
    return matrix, used, left_out, constant


def _signed(loadings: FloatArray) -> FloatArray:
    """Return loadings with the signs by which their sum is not negative."""
    total = loadings.sum(axis=0).round(9)
    first = loadings[np.argmax(np.abs(loadings) > 1e-9, axis=0), np.arange(loadings.shape[1])]
    flip: FloatArray = np.where(np.where(total == 0, first, total) < 0, -1.0, 1.0)
    return loadings * flip


def _shares(eigenvalues: FloatArray) -> pd.DataFrame:
    share = eigenvalues / len(eigenvalues)
    return pd.DataFrame(
        {
            "component": np.arange(1, len(eigenvalues) + 1),
            "eigenvalue": eigenvalues,
            "share": share,
            "cumulative": share.cumsum(),
        }
    )


def _named(loadings: FloatArray, items: pd.Index) -> pd.DataFrame:
    names = pd.RangeIndex(1, loadings.shape[1] + 1, name="component")
    return pd.DataFrame(loadings, index=pd.Index(items, name="item"), columns=names)
