"""Internal consistency: how far the items of a group measure one thing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Consistency:
    """How well items go together as measures of one thing.

    Attributes
    ----------
    alpha : float
        Cronbach's coefficient; NaN for fewer than two items that vary.
    items : pandas.DataFrame
        Index ``item``: ``corr_with_total`` (item-total correlation: with the
        sum of the *other* items) and ``alpha_if_deleted`` (of the other items).
    n : int
        Units that have all the items.
    left_out : int
        Units left out because a value is missing.
    constant : tuple of str
        Items left out because they do not vary.
    """

    alpha: float
    items: pd.DataFrame
    n: int
    left_out: int
    constant: tuple[str, ...]


def cronbach(values: pd.DataFrame, *, standardise: bool = True) -> Consistency:
    """Return Cronbach's alpha, and what it would be without each item.

    ``alpha = Q / (Q - 1) (1 - sum(var(x_q)) / var(sum(x_q)))`` with ``Q``
    items. Near 1 where items move together, negative where they work against
    each other; 0.7 is the usual demand.

    Parameters
    ----------
    values : pandas.DataFrame, units by items
        Higher better throughout: normalised items (`Scores.normalised`), say.
        Missing values: listwise, a unit that lacks any item is left out.
    standardise : bool
        Whether items are brought to variance 1 first, so that their units
        have no say. The Handbook does; for items on one scale both are in use.

    Returns
    -------
    Consistency

    Notes
    -----
    OECD/JRC Handbook (2008), step 4 and table 11. Cronbach, L. J. (1951),
    Coefficient alpha and the internal structure of tests, Psychometrika 16.
    """
    complete, constant = complete_units(values)
    matrix = complete.to_numpy(dtype=np.float64)
    covariance = np.atleast_2d(np.cov(matrix, rowvar=False)) if len(matrix) > 1 else np.empty(0)
    codes = list(complete.columns)
    rows = np.full((len(codes), 2), np.nan)
    alpha = float("nan")
    if covariance.size and len(codes) > 1:
        if standardise:
            covariance = _as_correlation(covariance)
        alpha = _alpha(covariance)
        rest_covariance = covariance.sum(axis=1) - covariance.diagonal()
        for place in range(len(codes)):
            others = np.delete(np.delete(covariance, place, 0), place, 1)
            spread = np.sqrt(covariance[place, place] * others.sum())
            with np.errstate(invalid="ignore", divide="ignore"):
                rows[place, 0] = rest_covariance[place] / spread
            rows[place, 1] = _alpha(others)
    items = pd.DataFrame(rows, index=codes, columns=["corr_with_total", "alpha_if_deleted"])
    items.index.name = "item"
    return Consistency(alpha, items, len(complete), len(values) - len(complete), constant)


def _alpha(covariance: FloatArray) -> float:
    many = len(covariance)
    total = float(covariance.sum())
    if many < 2 or total <= 1e-12 * float(np.trace(covariance)):
        return float("nan")
    return many / (many - 1) * (1.0 - float(np.trace(covariance)) / total)


def _as_correlation(covariance: FloatArray) -> FloatArray:
    spread = np.sqrt(covariance.diagonal())
    result: FloatArray = covariance / np.outer(spread, spread)
    return result


def complete_units(values: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the complete units, and the items that do not vary over them."""
    complete = values.dropna()
    constant = complete.columns[(complete.min() == complete.max()).to_numpy()]
    return complete.drop(columns=constant), tuple(map(str, constant))
