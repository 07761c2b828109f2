"""The matrix behind a regression of shifts: who is in it, and what every column means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.comparing.predictors import REGION
from analysis.core.findings import Finding, InputError

FloatArray = NDArray[np.float64]

MOST_MISSING = 0.2  # of the units: a predictor missing in more of them is left out itself
LEAST_REGION = 3  # units: a region of fewer has an error that cannot be told
LEAST_PER_TERM = 3  # units a coefficient
_RANK = 1e-9


@dataclass(frozen=True, eq=False)
class Design:
    """Units and columns of a regression.

    Attributes
    ----------
    units : pandas.Index
    shift : ndarray, shape (units,)
    matrix : ndarray, shape (units, 1 + terms)
        The constant, then a column a term: a predictor with mean 0 and
        standard deviation 1 (over these units, divisor n), or 1 for the units
        of a region and 0 for the others.
    terms : pandas.DataFrame
        ``predictor, level`` (a region's code, ``""`` for other predictors),
        in the order of the columns.
    reference : str
        Region that the others are compared with: that of most units (the first
        code of those); ``""`` where there are fewer than two regions.
    left_out : pandas.DataFrame
        ``unit, reason``: ``shift`` (it has none), a predictor's key (its value
        is missing), ``region`` (it has none, or its region too few units).
    dropped : pandas.DataFrame
        ``predictor, reason``: ``missing``, ``constant`` or ``collinear`` (a
        linear combination of those before it).
    """

    units: pd.Index
    shift: FloatArray
    matrix: FloatArray
    terms: pd.DataFrame
    reference: str
    left_out: pd.DataFrame
    dropped: pd.DataFrame


def design(shift: pd.Series, predictors: pd.DataFrame, regions: pd.Series | None = None) -> Design:
    """Return the matrix of a regression of shifts on predictors and regions.

    Parameters
    ----------
    shift : pandas.Series
        By unit; NaN where a unit has none.
    predictors : pandas.DataFrame
        Index ``unit``; a column a predictor, on the scale that is to be used.
        One that is missing for more than a fifth of the units with a shift is
        dropped; units with a value missing in one of the others are left out.
    regions : pandas.Series, optional
        Region by unit. Without it, or with one region, there are no region terms.

    Returns
    -------
    Design

    Raises
    ------
    InputError
        If there are fewer than three units a coefficient, or every unit's
        shift is the same, so that there is nothing to describe.
    """
    units = shift.index.sort_values()
    y = shift.reindex(units).to_numpy(dtype=np.float64)
    x = predictors.reindex(units).to_numpy(dtype=np.float64)
    x = np.where(np.isfinite(x), x, np.nan)
    names = [str(name) for name in predictors.columns]
    reason = np.where(np.isfinite(y), "", "shift").astype(object)
    dropped: list[tuple[str, str]] = []
    kept = []
    for place, name in enumerate(names):
        gaps = np.isnan(x[:, place])
        if gaps[reason == ""].mean() > MOST_MISSING if (reason == "").any() else False:
            dropped.append((name, "missing"))
            continue
        kept.append(place)
    for place in kept:
        reason[(reason == "") & np.isnan(x[:, place])] = names[place]
    codes = _codes(units, regions, reason)
    keep = reason == ""
    columns, terms = [], []
    for place in kept:
        values = x[keep, place]
        spread = values.std() if len(values) else 0.0
        if not spread > 1e-12 * max(np.abs(values).max(initial=0.0), 1e-300):
            dropped.append((names[place], "constant"))
            continue
        columns.append((values - values.mean()) / spread)
        terms.append((names[place], ""))
    counts = pd.Series(codes[keep]).value_counts().sort_index()
    reference = str(counts.idxmax()) if len(counts) > 1 else ""
    for code in counts.index if reference else ():
        if code != reference:
            columns.append((codes[keep] == code).astype(np.float64))
            terms.append((REGION, str(code)))
    matrix, terms = _independent(int(keep.sum()), columns, terms, dropped)
    _enough(y[keep], matrix.shape[1])
    return Design(
        units=units[keep],
        shift=y[keep],
        matrix=matrix,
        terms=pd.DataFrame(terms, columns=["predictor", "level"], dtype="str"),
        reference=reference,
        left_out=pd.DataFrame(
            {"unit": units[~keep].astype(str), "reason": reason[~keep].astype(str)}, dtype="str"
        ),
        dropped=pd.DataFrame(dropped, columns=["predictor", "reason"], dtype="str"),
    )


def _codes(
    units: pd.Index, regions: pd.Series | None, reason: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return each unit's region, and note those that have none or one of too few units."""
    if regions is None:
        return np.full(len(units), "", dtype=object)
    codes = regions.reindex(units).fillna("").astype(str).to_numpy(dtype=object)
    present = codes[(reason == "") & (codes != "")]
    counts = pd.Series(present).value_counts()
    if len(counts) < 2:
        return np.full(len(units), "", dtype=object)
    few = ~np.isin(codes, [str(code) for code in counts.index[counts >= LEAST_REGION]])
    reason[(reason == "") & few] = REGION
    return codes


def _independent(
    many: int,
    columns: list[FloatArray],
    terms: list[tuple[str, str]],
    dropped: list[tuple[str, str]],
) -> tuple[FloatArray, list[tuple[str, str]]]:
    """Return the columns that no others before them add up to."""
    matrix = np.ones((many, 1))
    kept = []
    for column, term in zip(columns, terms, strict=True):
        rest = column - matrix @ np.linalg.lstsq(matrix, column, rcond=None)[0]
        if rest @ rest <= _RANK * (column @ column):
            dropped.append((term[0] if not term[1] else f"{term[0]} {term[1]}", "collinear"))
            continue
        matrix = np.column_stack([matrix, column])
        kept.append(term)
    return matrix, kept


def _enough(shift: FloatArray, terms: int) -> None:
    needed = LEAST_PER_TERM * terms
    if len(shift) < max(needed, 2):
        told = {"units": len(shift), "needed": max(needed, 2), "terms": terms}
        raise InputError([Finding("error", "gains.few", told)])
    if np.ptp(shift) <= 1e-12:
        raise InputError([Finding("error", "gains.same", {"units": len(shift)})])
