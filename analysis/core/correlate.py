"""Correlations between the columns of a table, and their tests."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

FloatArray = NDArray[np.float64]
Kind = Literal["pearson", "spearman", "kendall"]
Policy = Literal["pairwise", "listwise"]

LEAST_PAIRS = 3


def correlate(
    values: pd.DataFrame, kind: Kind = "pearson", missing: Policy = "pairwise"
) -> pd.DataFrame:
    """Return the correlations between the columns of a table.

    Parameters
    ----------
    values : pandas.DataFrame, units by columns
    kind : {"pearson", "spearman", "kendall"}
        ``sum(dx dy) / sqrt(sum(dx**2) sum(dy**2))`` with ``dx`` the distance
        from the mean; the same of the ranks (ties take their mean rank); or
        Kendall's tau-b, ``(C - D) / sqrt((C + D + Tx) (C + D + Ty))`` over the
        concordant, discordant and tied pairs of units.
    missing : {"pairwise", "listwise"}
        Over the units that have both, which differ from pair to pair; or over
        those that have all the columns.

    Returns
    -------
    pandas.DataFrame, columns by columns
        NaN for fewer than 3 units, and where a column does not vary.
    """
    if missing == "listwise":
        values = values.dropna()
    matrix = values.corr(method=kind, min_periods=LEAST_PAIRS)
    constant = (values.min() == values.max()).to_numpy()
    return matrix.mask(np.logical_or.outer(constant, constant))


def pair_tests(
    values: pd.DataFrame,
    pairs: list[tuple[str, str]],
    kind: Kind = "pearson",
    missing: Policy = "pairwise",
    adjust: str = "holm",
) -> pd.DataFrame:
    """Return the correlation of each pair of columns with its test.

    ``p`` is two-sided, of no association: for Pearson and Spearman ``t = r
    sqrt((n - 2) / (1 - r**2))`` on ``n - 2`` degrees of freedom (exact for
    normal data; for ranks an approximation), for Kendall the exact
    distribution where there are no ties and few units, else the normal one.
    A test presumes independent units; where the table holds all the units
    there are, it says how easily chance alone would give as much.

    Parameters
    ----------
    values : pandas.DataFrame, units by columns
    pairs : list of (str, str)
    kind : {"pearson", "spearman", "kendall"}
    missing : {"pairwise", "listwise"}
        As in `correlate`; listwise over the columns that ``pairs`` name.
    adjust : str
        How ``p_adjusted`` allows for the number of tests made here: ``holm``,
        ``bonferroni``, ``fdr_bh``, ``fdr_by`` or another method of
        `statsmodels.stats.multitest.multipletests`; ``none`` leaves p as it is.

    Returns
    -------
    pandas.DataFrame
        ``node, other, n, correlation, p, p_adjusted``, one row a pair, in
        order. Pairs without a correlation have no p and do not count as tests.

    Raises
    ------
    ValueError
        If there is no such adjustment.
    """
    wanted = {code for pair in pairs for code in pair}
    named = [code for code in values.columns if code in wanted]
    chosen = values[named].dropna() if missing == "listwise" else values[named]
    matrix = correlate(chosen, kind).to_numpy()
    there = chosen.notna().to_numpy().astype(np.float64)
    counts = there.T @ there
    place = {code: i for i, code in enumerate(named)}
    first = np.array([place[a] for a, _ in pairs], dtype=np.intp)
    second = np.array([place[b] for _, b in pairs], dtype=np.intp)
    r, n = matrix[first, second], counts[first, second]
    p = _kendall_p(chosen, pairs, r) if kind == "kendall" else t_test(r, n)
    table = {
        "node": [a for a, _ in pairs],
        "other": [b for _, b in pairs],
        "n": n.astype(np.int64),
        "correlation": r,
        "p": p,
        "p_adjusted": adjusted(p, adjust),
    }
    return pd.DataFrame(table)


def t_test(correlation: FloatArray, n: FloatArray) -> FloatArray:
    """Return the two-sided p-value of a product-moment correlation over ``n`` units.

    Parameters
    ----------
    correlation, n : ndarray, same shape

    Returns
    -------
    ndarray, same shape
        NaN for no correlation and for fewer than 3 units; 0 for -1 and 1.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        squared = np.minimum(correlation**2, 1.0)
        t = np.sqrt(squared * (n - 2) / (1.0 - squared))
        p: FloatArray = 2.0 * stats.t.sf(t, np.where(n > 2, n - 2, np.nan))
    return p


def adjusted(p: FloatArray, method: str = "holm") -> FloatArray:
    """Return p-values adjusted for their number; NaN is no test and stays.

    Parameters
    ----------
    p : ndarray, shape (tests,)
    method : str
        See `pair_tests`.

    Returns
    -------
    ndarray, shape (tests,)
    """
    result: FloatArray = np.array(p, dtype=np.float64)
    tests = ~np.isnan(result)
    if method != "none" and tests.any():
        result[tests] = multipletests(result[tests], method=method)[1]
    return result


def _kendall_p(
    values: pd.DataFrame, pairs: list[tuple[str, str]], correlation: FloatArray
) -> FloatArray:
    p = np.full(len(pairs), np.nan)
    for i in np.flatnonzero(~np.isnan(correlation)):
        both = values[list(pairs[i])].dropna().to_numpy()
        p[i] = stats.kendalltau(both[:, 0], both[:, 1]).pvalue
    return p
