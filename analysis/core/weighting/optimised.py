"""Weights with which the importance of each child is the one intended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.correlation_ratio import correlation_ratio
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.weighting.correlations import pairwise, repaired
from analysis.core.weighting.levels import (
    Found,
    NodeScore,
    arithmetic_score,
    by_parent,
    weigh,
)
from analysis.core.weights import index_weights

FloatArray = NDArray[np.float64]

Measure = Literal["pearson", "spearman", "kendall", "ratio"]

ROUNDS = 100
REACHED = 1e-3  # largest difference of a share of importance that counts as reached
_CLOSE = 1e-10


def optimised(
    normalised: pd.DataFrame,
    framework: Framework,
    *,
    node_score: NodeScore | None = None,
    importance: Mapping[str, float] | None = None,
    intended: str = "given",
    measure: Measure = "pearson",
    against: str = "parent",
    floor: float = 0.0,
) -> pd.DataFrame:
    """Return weights, never negative, that give each child its intended importance.

    Importance is measured by what a child and the composite ``y`` have to do
    with each other, ``m_j``: their correlation, or the correlation ratio. The
    weights make the shares ``m_j / sum(m)`` as near as can be to the intended
    ones ``t_j``, under ``w >= 0`` (or ``w >= floor``) and ``sum(w) = 1``.

    For correlations and arithmetic means ``m`` is in proportion to ``R u``, with
    ``R`` the correlations of the children and ``u_j = w_j s_j`` (``s`` their
    standard deviations). ``u`` is the solution of non-negative least squares,
    ``min |R u - t|``: of all weights allowed, those whose correlations make
    the least angle with ``t``; if ``t`` can be reached, it is. For other
    measures and means the target of this problem is corrected, ``t_j`` by the
    ratio of what is intended to what is had, until they agree, and the best
    round is kept.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (units, items)
        Normalised items of one year, higher being better.
    framework : Framework
    node_score : callable, optional
        How nodes are formed, see `levels.by_parent`.
    importance : mapping of str to float, optional
        Intended importance by code, relative among siblings. Nodes left out have
        that of ``intended``.
    intended : {"given", "equal"}
        Importance by default: the framework's weights, or the same for all.
    measure : {"pearson", "spearman", "kendall", "ratio"}
        ``ratio`` is `analysis.core.correlation_ratio.correlation_ratio`.
    against : {"parent", "index"}
        ``parent``: children against their parent, parent by parent.
        ``index``: the items against the index, all at once; importance is
        then that of an item in the index, a group weighs what its items weigh
        together, and nodes are formed by arithmetic means.
    floor : float
        Least weight of a child, as a share of its siblings' (of all items').
        It is lowered to ``1 / k`` for ``k`` of them.

    Returns
    -------
    pandas.DataFrame
        ``code, weight, note, intended, measured, reached``: the intended share,
        ``m`` with the weights found, and its share. NaN for groups with
        ``against="index"``. The note ``not_reached`` says that ``reached``
        differs from ``intended`` by more than 0.001, as when a child that is at odds with
        its siblings would need a negative weight.

    Raises
    ------
    InputError
        If an importance is negative or names no node of the framework.

    Notes
    -----
    Becker, Saisana, Paruolo, Vandecasteele (2017), Weights and importance in
    composite indicators: closing the gap, Ecological Indicators 80; Paruolo,
    Saisana, Saltelli (2013), Ratings and rankings: voodoo or science?, Journal of
    the Royal Statistical Society A 176. Missing values: correlations by the
    units that have both (repaired where they contradict each other); measures by the
    units that have the child and a score.
    """
    _check_importance(framework, importance)
    wanted = _intended(framework, importance, intended, against)
    if against == "index":
        return _against_index(normalised, framework, wanted, measure, floor)
    form = node_score or arithmetic_score

    def find(code: str, children: tuple[str, ...], values: FloatArray) -> Found:
        target = wanted[list(children)].to_numpy(dtype=np.float64)
        return _find(values, target, measure, floor, lambda v, w: form(code, v, w))

    return by_parent(normalised, framework, find, node_score)


def _check_importance(framework: Framework, importance: Mapping[str, float] | None) -> None:
    problems = []
    for code, value in (importance or {}).items():
        if code not in framework.nodes.index or code == framework.root:
            problems.append(Finding("error", "weigh.importance_node", {"code": code}))
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
            told = {"code": code, "value": str(value)[:40]}
            problems.append(Finding("error", "weigh.importance_value", told))
    if problems:
        raise InputError(problems)


def _intended(
    framework: Framework, importance: Mapping[str, float] | None, intended: str, against: str
) -> pd.Series:
    nominal = framework.weights()
    if against == "index":
        nominal = index_weights(framework, nominal)
    wanted = nominal if intended == "given" else pd.Series(1.0, index=nominal.index)
    wanted = wanted.astype(np.float64).copy()
    for code, value in (importance or {}).items():
        wanted[code] = float(value)
    return wanted


def _against_index(
    normalised: pd.DataFrame,
    framework: Framework,
    wanted: pd.Series,
    measure: Measure,
    floor: float,
) -> pd.DataFrame:
    """Return weights of the items in the index, split into weights among siblings."""
    items = framework.items

    def find(code: str, children: tuple[str, ...], values: FloatArray) -> Found:
        target = wanted[list(children)].to_numpy(dtype=np.float64)
        return _find(values, target, measure, floor, lambda v, w: arithmetic_score(code, v, w))

    values = normalised[list(items)].to_numpy(dtype=np.float64)
    found = pd.DataFrame(weigh(framework.root, items, values, find)).set_index("code")
    whole = found["weight"].reindex(framework.nodes.index)
    for code in framework.bottom_up:
        if children := list(framework.children(code)):
            whole[code] = whole[children].sum()
    codes = [code for code in framework.nodes.index if code != framework.root]
    parents = framework.nodes.loc[codes, "parent"]
    above = whole[parents].to_numpy()
    equal = 1.0 / parents.groupby(parents).transform("size").to_numpy(dtype=np.float64)
    table = found.reindex(codes)
    # A group whose items all weigh nothing has no say, however they share it.
    table["weight"] = np.divide(whole[codes].to_numpy(), above, out=equal, where=above > 0)
    table["note"] = table["note"].fillna("")
    return table.rename_axis("code").reset_index()


def _find(
    values: FloatArray,
    target: FloatArray,
    measure: Measure,
    floor: float,
    form: Callable[[FloatArray, FloatArray], FloatArray],
) -> Found:
    """Return the weights of one set of children, see `optimised`."""
    count = len(target)
    if not target.sum() > 0:
        target = np.ones(count)
    target = target / target.sum()
    # Imported here: scores by other weights need not wait for it.
    from scipy.optimize import nnls

    least = min(floor, 1.0 / count)
    even = np.full(count, 1.0 / count)
    best = (np.inf, even, _measured(values, form(values, even), measure))
    if count * least < 1.0 - 1e-12:
        # Weights with a floor are a cone too: a floor for all, and the rest as it comes.
        basis = np.eye(count) + least / (1.0 - count * least)
        matrix, _ = repaired(pairwise(values))
        problem = matrix @ (np.nanstd(values, axis=0)[:, None] * basis)
        # A correlation ratio goes with the square of a correlation.
        power = 0.5 if measure == "ratio" else 1.0
        aim = target**power
        for _ in range(ROUNDS):
            solution = nnls(problem, aim / np.linalg.norm(aim), maxiter=100 * count)[0]
            weights = basis @ solution
            if not weights.sum() > 0:
                break
            weights = weights / weights.sum()
            measured = _measured(values, form(values, weights), measure)
            share = _shares(measured)
            miss = float(np.abs(share - target).max())
            if miss < best[0]:
                best = (miss, weights, measured)
            # Where the problem tells what is measured, its first solution is the best there is.
            if miss < _CLOSE or np.abs(share - _shares(problem @ solution)).max() < _CLOSE:
                break
            ratio = np.divide(target, share, out=np.ones(count), where=share > 0)
            aim = aim * np.clip(ratio, 0.5, 2.0) ** power
    _, weights, measured = best
    share = _shares(measured)
    missed = bool((np.abs(share - target) > REACHED).any())
    columns = {"intended": target, "measured": measured, "reached": share}
    return Found(weights, ("not_reached" if missed else "",) * count, columns)


def _shares(measured: FloatArray) -> FloatArray:
    """Return the shares of importance; what is negative has none."""
    known = np.maximum(np.where(np.isnan(measured), 0.0, measured), 0.0)
    total = known.sum()
    return known / total if total > 0 else np.zeros(len(known))


def _measured(values: FloatArray, score: FloatArray, measure: Measure) -> FloatArray:
    """Return what each child has to do with the composite."""
    found = np.full(values.shape[1], np.nan)
    for place in range(values.shape[1]):
        there = ~(np.isnan(values[:, place]) | np.isnan(score))
        x, y = values[there, place], score[there]
        if len(x) < 3 or x.min() == x.max() or y.min() == y.max():
            continue
        if measure == "ratio":
            found[place] = correlation_ratio(x, y)
        else:
            found[place] = pd.Series(x).corr(pd.Series(y), method=measure)
    return found
