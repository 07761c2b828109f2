"""One weight varied, its siblings in proportion: scores along it, and who passes whom."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.aggregate import weighted_mean
from analysis.core.framework import Framework
from analysis.core.uncertainty.weights.space_builders import refuse_weight_sets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

SNAP = 12  # decimals to which weights at which two units tie are rounded, so that ties coincide
_SAME = 1e-12  # coefficients this small against the scores are rounding: the two never part


@dataclass(frozen=True, eq=False)
class Path:
    """Scores of all units as functions of one weight ``u`` among its siblings.

    ``s_i(u) = (a_i + b_i u) / (r_i + t_i u)``; a straight line (``r = 1``,
    ``t = 0``) for every unit that lacks none of the node's siblings.

    Attributes
    ----------
    weight : float
        The nominal weight.
    free : bool
        Whether it can vary: it is not 0 and has a sibling that is not.
    a, b, r, t : ndarray, shape (units,)
    """

    weight: float
    free: bool
    a: FloatArray
    b: FloatArray
    r: FloatArray
    t: FloatArray

    def turned(self) -> Path:
        """Return the path of the scores with the opposite sign: the last then lead."""
        return replace(self, a=-self.a, b=-self.b)

    def scores(self, weights: FloatArray) -> FloatArray:
        """Return the scores at some values of the weight, shape (weights, units)."""
        u = np.asarray(weights, dtype=np.float64)[:, None]
        found: FloatArray = (self.a + self.b * u) / (self.r + self.t * u)
        return found


@dataclass(frozen=True, eq=False)
class Meetings:
    """Where the score of one unit meets that of another as the weight rises.

    Attributes
    ----------
    at : ndarray, shape (rows, others, 1 or 2)
        The weights, rising; NaN where they do not meet. Where a unit lacks a
        sibling they may meet twice.
    passed : ndarray of bool, same shape
        Whether the other then goes ahead of the row's unit (else it falls behind).
    ahead : ndarray of bool, shape (rows, others)
        Whether the other is ahead at a weight below all meetings.
    """

    at: FloatArray
    passed: BoolArray
    ahead: BoolArray


def paths(
    values: FloatArray, framework: Framework, nominal: pd.Series | None = None
) -> dict[str, Path]:
    """Return the path of every node's weight but the index's own, in file order.

    The siblings of node ``c`` share ``1 - u`` in proportion to their nominal
    weights. A node is the weighted mean of the children that are there; where
    all of the weight would fall on children that are not, the limit is taken.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        Items on the scale on which the index is a weighted arithmetic mean
        (see `analysis.core.uncertainty.robust.robust_values`); NaN is missing.
    framework : Framework
    nominal : pandas.Series, optional
        Weights among siblings, by default those of the framework.

    Returns
    -------
    dict of str to Path
        A unit without any value is NaN throughout.

    Raises
    ------
    InputError
        If units have weights of their own.
    """
    refuse_weight_sets(framework)
    weights = framework.weights() if nominal is None else nominal
    scores = pd.DataFrame(index=range(len(values)), columns=framework.nodes.index, dtype=float)
    scores[list(framework.items)] = values
    share = pd.DataFrame(1.0, index=scores.index, columns=scores.columns)  # in the parent
    for code in framework.bottom_up:
        children = list(framework.children(code))
        if children:
            held = scores[children].to_numpy()
            w = weights[children].to_numpy(dtype=float)
            scores[code] = weighted_mean(held, w, "arithmetic", renormalise=True, min_share=0.0)
            present = np.where(np.isnan(held), 0.0, w)
            with np.errstate(invalid="ignore", divide="ignore"):
                share[children] = present / present.sum(axis=1, keepdims=True)
    root = scores[framework.root].to_numpy()
    slope = {framework.root: np.ones(len(values))}  # of the index in each node's score
    found: dict[str, Path] = {}
    for code in framework.top_down[1:]:
        parent = framework.parent(code)
        slope[code] = slope[parent] * share[code].to_numpy()
        found[code] = _path(code, parent, scores, root, slope[parent], weights, framework)
    return {str(code): found[code] for code in framework.nodes.index if code in found}


def _path(
    code: str,
    parent: str,
    scores: pd.DataFrame,
    root: FloatArray,
    slope: FloatArray,
    weights: pd.Series,
    framework: Framework,
) -> Path:
    u = float(weights[code])
    siblings = [c for c in framework.children(parent) if c != code and weights[c] > 0]
    own = scores[code].to_numpy()
    held = scores[siblings].to_numpy()
    w = weights[siblings].to_numpy(dtype=float)
    rest = w / w.sum() if len(w) else w
    there = (~np.isnan(held)) @ rest  # what is there of the siblings' weight
    others = np.nan_to_num(held) @ rest
    formed = scores[parent].to_numpy()
    varies = ~np.isnan(own) & (there > 0) & ~np.isnan(formed)
    there = np.where(np.isclose(there, 1.0, rtol=0.0, atol=_SAME), 1.0, there)
    with np.errstate(invalid="ignore"):
        level = root - slope * formed
        a = np.where(varies, level * there + slope * others, root)
        b = np.where(varies, level * (1 - there) + slope * (own - others), 0.0)
    r = np.where(varies, there, 1.0)
    t = np.where(varies, 1.0 - there, 0.0)
    return Path(u, u > 0 and len(siblings) > 0, a, b, r, t)


def meetings(path: Path, rows: IntArray, others: IntArray | None = None) -> Meetings:
    """Return where each of some units meets others, in closed form.

    The difference of two scores has the sign of ``c0 + c1 u + c2 u^2``, its
    denominators being positive from 0 to 1; ``c2`` is 0 where both are lines.

    Parameters
    ----------
    path : Path
    rows : ndarray of int, shape (rows,)
    others : ndarray of int, shape (rows, others), optional
        With whom each is compared; by default with all of the path's units.

    Returns
    -------
    Meetings
    """
    other = slice(None) if others is None else others
    a, b, r, t = (np.atleast_2d(x[other]) for x in (path.a, path.b, path.r, path.t))
    ai, bi, ri, ti = (x[rows][:, None] for x in (path.a, path.b, path.r, path.t))
    c0 = a * ri - ai * r  # other less own
    c1 = a * ti + b * ri - ai * t - bi * r
    curved = bool(np.any(path.t != 0))
    c2 = b * ti - bi * t if curved else np.zeros((1, 1))
    size = _SAME * float(np.nanmax(np.abs(path.a), initial=0.0))
    c0, c1, c2 = (np.where(np.abs(c) <= size, 0.0, c) for c in (c0, c1, c2))
    with np.errstate(divide="ignore", invalid="ignore"):
        line = np.where(c1 != 0, -c0 / c1, np.nan)
        ahead = np.where(c1 != 0, c1 < 0, c0 > 0)
        if not curved:
            at = line.round(SNAP)[..., None]
            return Meetings(at, (c1 > 0)[..., None] & ~np.isnan(at), ahead)
        under = c1 * c1 - 4 * c0 * c2
        root = np.sqrt(np.where(under > 0, under, np.nan))
        q = -0.5 * (c1 + np.where(c1 >= 0, root, -root))
        both = np.stack([q / c2, np.where(q != 0, c0 / q, np.nan)], axis=-1)
    bent = c2 != 0
    both = np.sort(both, axis=-1)
    single = np.stack([line, np.full_like(line, np.nan)], axis=-1)
    at = np.where(bent[..., None], both, single).round(SNAP)
    first = np.where(bent, c2 < 0, c1 > 0)  # whether the other goes ahead at the first meeting
    passed = np.stack([first, ~first], axis=-1) & ~np.isnan(at)
    ahead = np.where(bent, np.where(under > 0, ~first, c2 > 0), ahead)
    return Meetings(at, passed, ahead)


def places_ahead(found: Meetings, low: float, high: float) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return how many are ahead of each row's unit, piece by piece from ``low`` to ``high``.

    Parameters
    ----------
    found : Meetings
    low, high : float
        Ends of the weight, both included.

    Returns
    -------
    at : ndarray, shape (rows, events)
        Weights at which the count changes, rising; inf where nothing does. Who
        falls behind does so at that weight, who goes ahead just after it, since
        a tie puts nobody ahead.
    counts : ndarray of int, shape (rows, 1 + events)
        The first is the count at ``low``.
    """
    rows = len(found.at)
    ahead = found.ahead
    low, high = round(low, SNAP), round(high, SNAP)  # as the meetings are: those at an end count
    falls = ~np.isnan(found.at) & ~found.passed
    for k in range(found.at.shape[-1]):  # what happened below `low`
        ahead = np.where(found.passed[..., k] & (found.at[..., k] < low), True, ahead)
        ahead = np.where(falls[..., k] & (found.at[..., k] <= low), False, ahead)
    rises = found.passed & (found.at >= low) & (found.at < high)
    falls &= (found.at > low) & (found.at <= high)
    change = (rises.astype(np.int64) - falls).reshape(rows, -1)
    at = np.where(change == 0, np.inf, found.at.reshape(rows, -1))
    order = np.lexsort((change, at), axis=-1)  # at one weight those that fall behind come first
    at = np.take_along_axis(at, order, axis=-1)
    change = np.take_along_axis(change, order, axis=-1)
    first = ahead.sum(axis=1)[:, None]
    counts = np.concatenate([first, first + np.cumsum(change, axis=1)], axis=1)
    return at, counts
