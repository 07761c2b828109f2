"""Whether regions differ in their shifts more than shuffled regions would."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

FloatArray = NDArray[np.float64]

RESAMPLES = 9999
LEAST = 3  # units of a region that takes part
MOST_PAIRS = 36
_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class RegionDifferences:
    """Shifts by region, and how the differences compare with shuffled regions.

    Attributes
    ----------
    regions : pandas.DataFrame
        ``region, units, mean, median, spread`` (standard deviation, divisor
        n - 1), ``gaining`` (share of units with a shift above 0), sorted by region.
    pairs : pandas.DataFrame
        ``region, other, difference`` (of the means), ``standardised`` (over the
        pooled standard deviation), ``superiority`` (share of the pairs of a
        unit of one and a unit of the other in which the first shifts further
        up, ties half: Vargha and Delaney's A), ``low, high`` (middle 95% of
        the differences when the two regions' units are shuffled), ``p``
        (two-sided, of Welch's t under shuffling), ``p_holm``. Empty where
        there are more than 36 pairs.
    explained : float
        Share of the variance of the shifts that lies between regions (eta squared).
    explained_by_chance : float
        The share that shuffled regions reach at most in 95% of the shuffles.
    p : float
        Share of the shuffles, with what was found among them, that reach ``explained``.
    left_out : int
        Units with a shift but without a region, or of a region of fewer than 3.
    resamples : int
        Shuffles asked for; where there are fewer in all, each is taken once.
    """

    regions: pd.DataFrame
    pairs: pd.DataFrame
    explained: float
    explained_by_chance: float
    p: float
    left_out: int
    resamples: int


def region_differences(
    shift: pd.Series,
    regions: pd.Series,
    *,
    synthetic: bool,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> RegionDifferences:
    """Compare the shifts of regions with permutation tests (SciPy).

    All regions at once by the share of variance between them; two by two by
    Welch's t, which under shuffling is right for means also where spreads are
    unequal (Janssen 1997, Statistics & Probability Letters 36), with Holm's
    correction for the number of pairs.

    Parameters
    ----------
    shift : pandas.Series
        By unit; units without a number are left out.
    regions : pandas.Series
        Region by unit (``""``: none).
    synthetic : bool
        Whether the data are made up: then p and p_holm are NaN.
    seed, resamples : int

    Returns
    -------
    RegionDifferences
        With fewer than two regions there are no pairs, and the shares are
        NaN, as they are where all shifts are the same.
    """
    known = shift[np.isfinite(shift.to_numpy(dtype=np.float64))].sort_index()
    codes = regions.reindex(known.index).fillna("").astype(str)
    counts = codes[codes != ""].value_counts()
    taken = codes.isin(counts.index[counts >= LEAST])
    groups = {
        str(code): rows.to_numpy(dtype=np.float64)
        for code, rows in known[taken].groupby(codes[taken], sort=True)
    }
    explained, chance, p = _together(list(groups.values()), seed, resamples)
    pairs = list(combinations(groups, 2))
    found = [
        (one, other, *_pair(groups[one], groups[other], seed, resamples))
        for one, other in (pairs if len(pairs) <= MOST_PAIRS else ())
    ]
    names = ["region", "other", "difference", "standardised", "superiority", "low", "high", "p"]
    table = pd.DataFrame(found, columns=names)
    table["p_holm"] = multipletests(table["p"], method="holm")[1] if len(table) else np.nan
    if synthetic:
        table, p = table.assign(p=np.nan, p_holm=np.nan), float("nan")
    return RegionDifferences(
        regions=_by_region(groups),
        pairs=table,
        explained=explained,
        explained_by_chance=chance,
        p=p,
        left_out=int((~taken).sum()),
        resamples=resamples,
    )


def _by_region(groups: dict[str, FloatArray]) -> pd.DataFrame:
    rows = [
        (code, len(v), v.mean(), np.median(v), v.std(ddof=1), (v > 0).mean())
        for code, v in groups.items()
    ]
    columns = ["region", "units", "mean", "median", "spread", "gaining"]
    return pd.DataFrame(rows, columns=columns)


def _together(groups: list[FloatArray], seed: int, resamples: int) -> tuple[float, float, float]:
    if len(groups) < 2:
        return np.nan, np.nan, np.nan
    every = np.concatenate(groups)
    middle, total = every.mean(), ((every - every.mean()) ** 2).sum()
    if total <= 1e-18:
        return np.nan, np.nan, np.nan

    def explained(*parts: FloatArray, axis: int) -> FloatArray:
        between = [part.shape[axis] * (part.mean(axis=axis) - middle) ** 2 for part in parts]
        return np.asarray(sum(between) / total, dtype=np.float64)

    test = stats.permutation_test(
        groups,
        explained,
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, _CELLS // len(every)),
        alternative="greater",
        rng=np.random.default_rng(seed),
    )
    chance = float(np.quantile(test.null_distribution, 0.95))
    return float(test.statistic), chance, float(test.pvalue)


def _pair(one: FloatArray, other: FloatArray, seed: int, resamples: int) -> tuple[float, ...]:
    difference = one.mean() - other.mean()
    above = (one[:, None] > other).mean() + 0.5 * (one[:, None] == other).mean()
    n, m = len(one), len(other)
    pooled = np.sqrt(((n - 1) * one.var(ddof=1) + (m - 1) * other.var(ddof=1)) / (n + m - 2))
    standardised = difference / pooled if pooled > 1e-12 else np.nan
    every = np.concatenate([one, other])
    if np.ptp(every) <= 1e-12:
        return difference, standardised, above, 0.0, 0.0, 1.0
    # Two groups without any spread of their own, apart from each other, have no finite t.
    least = 1e-9 * every.var()

    def apart(a: FloatArray, b: FloatArray, axis: int) -> FloatArray:
        return np.asarray(a.mean(axis=axis) - b.mean(axis=axis), dtype=np.float64)

    def welch(a: FloatArray, b: FloatArray, axis: int) -> FloatArray:
        error = a.var(axis=axis, ddof=1) / a.shape[axis] + b.var(axis=axis, ddof=1) / b.shape[axis]
        return np.asarray(apart(a, b, axis) / np.sqrt(np.maximum(error, least)), dtype=np.float64)

    tests = [
        stats.permutation_test(
            (one, other),
            statistic,
            vectorized=True,
            n_resamples=resamples,
            batch=max(1, _CELLS // len(every)),
            rng=np.random.default_rng(seed),
        )
        for statistic in (apart, welch)
    ]
    low, high = np.quantile(tests[0].null_distribution, [0.025, 0.975])
    return difference, standardised, above, float(low), float(high), float(tests[1].pvalue)
