"""How far two rankings of the same units agree: correlations, overlaps, shifts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.core.rank import rank_scores

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MEASURES = (
    "units", "spearman", "kendall", "weighted_tau", "rbo", "jaccard_top", "kept_top",
    "left_top", "jaccard_last", "mean_shift", "max_shift",
)  # fmt: skip
PERSISTENCE = 0.98
_CELLS = 2**21


@dataclass(frozen=True)
class Similarity:
    """How far two rankings of the same units agree.

    Attributes
    ----------
    units : int
        Those that have a place in both; all places are among them.
    spearman : float
        Pearson's correlation of the mean ranks.
    kendall : float
        Tau-b (ties counted).
    weighted_tau : float
        Kendall's tau with the weight ``1 / (r + 1) + 1 / (s + 1)`` for the pair of
        units at places ``r`` and ``s`` (from 0), the mean of that by the old
        and that by the new places: it looks at the top more than at the bottom.
    rbo : float
        Rank-biased overlap (`rank_biased_overlap`), from 0 to 1.
    jaccard_top : float
        Units among the first ``top`` in both, over those in either.
    kept_top, left_top : int
        Units among the first ``top`` of the old ranking that are, and are not,
        among those of the new.
    jaccard_last : float
        Units among the last of their region in both, over those in either,
        all regions together; without regions, the last of all.
    mean_shift, max_shift : float
        Of the absolute differences of places.
    jaccard_last_by_region : mapping of str to float
        The same within each region; empty without regions.
    """

    units: int
    spearman: float
    kendall: float
    weighted_tau: float
    rbo: float
    jaccard_top: float
    kept_top: int
    left_top: int
    jaccard_last: float
    mean_shift: float
    max_shift: float
    jaccard_last_by_region: Mapping[str, float]


def similarity(
    old: pd.Series,
    new: pd.Series,
    *,
    top: int,
    last: int = 5,
    regions: pd.Series | None = None,
    p: float = PERSISTENCE,
    ranks: bool = False,
) -> Similarity:
    """Return how far two rankings agree.

    Parameters
    ----------
    old, new : pandas.Series
        Scores by unit, the higher the better (any scale). Units need not be
        the same: those without a number in one of the two are left out, and
        the others are ranked anew among themselves.
    top, last : int
        Size of the top list, and of the list of the last (of each region).
        Units tied at the end of a list are all on it.
    regions : pandas.Series, optional
        Region by unit; units without one (``""``) are in no list of the last.
    p : float
        Persistence of the rank-biased overlap.
    ranks : bool
        Whether the numbers are places, the lower the better.

    Returns
    -------
    Similarity
        Correlations are NaN for fewer than 2 units, and where all tie; a
        Jaccard index of two empty lists is NaN.
    """
    units = old.index.intersection(new.index).sort_values()
    table = similarities(
        old.reindex(units).to_numpy(dtype=np.float64)[None, :],
        new.reindex(units).to_numpy(dtype=np.float64)[None, :],
        top=top,
        last=last,
        regions=None if regions is None else regions.reindex(units),
        p=p,
        ranks=ranks,
    )
    row = {str(name): value[0] for name, value in table.items()}
    by_region = {
        name.removeprefix("jaccard_last:"): float(row.pop(name))
        for name in list(row)
        if name.startswith("jaccard_last:")
    }
    whole = {name: int(row.pop(name)) for name in ("units", "kept_top", "left_top")}
    return Similarity(**whole, **row, jaccard_last_by_region=by_region)


def similarities(
    old: FloatArray,
    new: FloatArray,
    *,
    top: int,
    last: int = 5,
    regions: pd.Series | None = None,
    p: float = PERSISTENCE,
    ranks: bool = False,
) -> pd.DataFrame:
    """Return how far two rankings agree, draw by draw.

    Parameters
    ----------
    old, new : ndarray, shape (draws, units)
        Scores (or places, with ``ranks``); NaN where a unit has none. One row
        of either goes with all rows of the other.
    top, last, p, ranks
        As in `similarity`.
    regions : pandas.Series, optional
        Region of each unit, in the order of the columns.

    Returns
    -------
    pandas.DataFrame
        One row a draw; the columns of `MEASURES`, then ``jaccard_last:<region>``
        for each region, sorted.
    """
    old, new = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (old, new)))
    both = ~np.isnan(old) & ~np.isnan(new)
    sign = -1.0 if ranks else 1.0
    # Places among the units that have one in both: 1 is the best, ties take the smallest.
    a = rank_scores(np.where(both, sign * old, np.nan))
    b = rank_scores(np.where(both, sign * new, np.nan))
    shift = np.where(both, np.abs(a - b), 0.0)
    many = both.sum(axis=1)
    first, then = a <= top, b <= top
    table: dict[str, NDArray[np.generic]] = {"units": many}
    table["spearman"] = _spearman(a, b)
    table["kendall"], table["weighted_tau"] = _taus(a, b)
    table["rbo"] = _overlap(a, b, p)
    table["jaccard_top"] = _jaccard(first, then)
    table["kept_top"] = (first & then).sum(axis=1)
    table["left_top"] = (first & ~then).sum(axis=1)
    words = None if regions is None else regions.fillna("").astype(str).to_numpy(dtype=object)
    names = [""] if words is None else sorted({str(word) for word in words if word})
    lists: dict[str, tuple[BoolArray, BoolArray]] = {}
    for name in names:
        here = both if words is None else both & (words == name)
        lists[name] = _last(a, here, last), _last(b, here, last)
    empty = np.zeros(both.shape, dtype=bool)
    pooled = [
        np.logical_or.reduce([lists[name][side] for name in names], axis=0) if names else empty
        for side in (0, 1)
    ]
    table["jaccard_last"] = _jaccard(pooled[0], pooled[1])
    table["mean_shift"] = _over(shift.sum(axis=1), many)
    table["max_shift"] = np.where(many > 0, shift.max(axis=1, initial=0.0), np.nan)
    if words is not None:
        table |= {f"jaccard_last:{name}": _jaccard(*lists[name]) for name in names}
    return pd.DataFrame(table)


def rank_biased_overlap(old: FloatArray, new: FloatArray, p: float = PERSISTENCE) -> float:
    """Return the extrapolated rank-biased overlap of two rankings of the same units.

    ``A_k p^k + (1 - p) / p * sum(A_d p^d, d = 1 ... k)`` with the agreement
    ``A_d = 2 X_d / (S_d + T_d)``: units at place ``d`` or better in both, over
    the mean number of those in one. 1 for the same ranking; ``k`` is the
    number of units, where ``A_k`` is 1.

    Parameters
    ----------
    old, new : ndarray, shape (units,)
        Places, none missing, 1 the best, ties the smallest.
    p : float
        Persistence, between 0 and 1: the higher, the further down it looks
        (`weight_of_top`).

    Returns
    -------
    float

    References
    ----------
    Webber, W., Moffat, A., Zobel, J. (2010), A similarity measure for
    indefinite rankings, ACM Transactions on Information Systems 28(4), equation 32;
    ties as in its section 4.4.
    """
    return float(_overlap(np.asarray(old)[None, :], np.asarray(new)[None, :], p)[0])


def weight_of_top(depth: int, p: float = PERSISTENCE) -> float:
    """Return the share of the weight of rank-biased overlap on the first places.

    ``1 - p^(d - 1) + (1 - p) / p * d * (ln(1 / (1 - p)) - sum(p^i / i, i = 1 ... d - 1))``

    Parameters
    ----------
    depth : int
    p : float

    Returns
    -------
    float
        With the default persistence, 0.72 for the first 30 places.

    References
    ----------
    Webber, Moffat and Zobel (2010), equation 21.
    """
    i = np.arange(1, depth)
    tail = np.log(1 / (1 - p)) - (p**i / i).sum()
    return float(1 - p ** (depth - 1) + (1 - p) / p * depth * tail)


def _overlap(a: FloatArray, b: FloatArray, p: float) -> FloatArray:
    """Return the overlap of each row; NaN where there is no unit."""
    units = a.shape[1]
    if not 0 < p < 1:
        raise ValueError(f"p is {p}, not between 0 and 1")
    count_a, count_b, count_both = (_up_to(places) for places in (a, b, np.maximum(a, b)))
    depth = np.arange(1, units + 1)
    with np.errstate(invalid="ignore"):
        agreement = 2 * count_both / (count_a + count_b)
    many = (~np.isnan(a)).sum(axis=1)
    inside = depth <= many[:, None]
    weight = p**depth * (1 - p) / p
    total = np.where(inside, agreement * weight, 0.0).sum(axis=1) + p**many
    return np.where(many > 0, total, np.nan)


def _up_to(places: FloatArray) -> FloatArray:
    """Return how many units of each row stand at each place or better."""
    draws, units = places.shape
    at = np.where(np.isnan(places), units + 1, places).astype(np.intp)
    flat = at + np.arange(draws)[:, None] * (units + 2)
    counts = np.bincount(flat.ravel(), minlength=draws * (units + 2)).reshape(draws, units + 2)
    return counts[:, : units + 1].cumsum(axis=1)[:, 1:].astype(np.float64)


def _spearman(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return Pearson's correlation of the mean ranks of each row."""
    x, y = _centred_ranks(a), _centred_ranks(b)
    return _over((x * y).sum(axis=1), np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1)))


def _centred_ranks(places: FloatArray) -> FloatArray:
    """Return mean ranks less their mean; 0 where there is none.

    With ``n`` units, the places of tied ones run from ``r`` to ``n + 1 - s``, ``s`` their
    place from below: the mean rank is ``(r - s) / 2`` more than ``(n + 1) / 2``.
    """
    centred = (places - rank_scores(places)) / 2
    return np.where(np.isnan(places), 0.0, centred)


def _taus(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return tau-b and weighted tau of each row."""
    found = np.full((2, len(a)), np.nan)
    for row, (x, y) in enumerate(zip(a, b, strict=True)):
        there = ~np.isnan(x)
        x, y = -x[there], -y[there]
        if len(x) < 2 or (x == x[0]).all() or (y == y[0]).all():
            continue
        found[0, row] = stats.kendalltau(x, y).statistic
        found[1, row] = stats.weightedtau(x, y).statistic
    return found[0], found[1]


def _last(places: FloatArray, here: BoolArray, last: int) -> BoolArray:
    """Return which of some units are among their last, those tied with the first of them too."""
    from_below = rank_scores(np.where(here, places, np.nan))
    on: BoolArray = from_below <= last
    return on


def _jaccard(one: BoolArray, other: BoolArray) -> FloatArray:
    return _over((one & other).sum(axis=1), (one | other).sum(axis=1))


def _over(above: NDArray[np.generic], below: NDArray[np.generic]) -> FloatArray:
    result = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=result, where=np.asarray(below) > 0)
    return result
