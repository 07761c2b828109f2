"""What is measured on two rankings of the same units, draw by draw: agreement and who gains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.core.comparing.similarity import MEASURES, similarities
from analysis.core.rank import rank_scores

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Columns that there are one a region, or one a characteristic of the units.
SHIFT, TOP, GAIN = "shift:", "top:", "gain:"


class Places(NamedTuple):
    """Places of the units that have one in both rankings, and those won.

    Attributes
    ----------
    old, new, won : ndarray, shape (draws, units)
        Among those units, 1 the best, ties the smallest; ``won`` is ``old -
        new``. NaN for the others.
    """

    old: FloatArray
    new: FloatArray
    won: FloatArray


def places_in_both(old: FloatArray, new: FloatArray) -> Places:
    """Return the places of the units that have a score in both, among themselves.

    Parameters
    ----------
    old, new : ndarray, shape (draws, units)
        Scores, the higher the better; NaN is none. Rounded to 9 decimals.

    Returns
    -------
    Places
    """
    both = ~np.isnan(old) & ~np.isnan(new)
    a, b = (rank_scores(np.where(both, scores, np.nan)) for scores in (old, new))
    return Places(a, b, a - b)


def measures(
    old: FloatArray,
    new: FloatArray,
    *,
    top: int,
    last: int = 5,
    regions: Sequence[str] | None = None,
    characteristics: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return how far two rankings agree and who gains, draw by draw.

    Parameters
    ----------
    old, new : ndarray, shape (draws, units)
        Scores, the higher the better; NaN where a unit has none.
    top, last : int
        Size of the top list and of the list of the last of each region.
    regions : sequence of str, shape (units,), optional
        ``""`` is no region.
    characteristics : pandas.DataFrame, shape (units, characteristics), optional
        In the order of the units; NaN where one is not known.

    Returns
    -------
    pandas.DataFrame
        One row a draw. The columns of
        `analysis.core.comparing.similarity.MEASURES`, then

        - ``left_last``: units among the last of their region in the old
          ranking, and not in the new;
        - ``shift:<region>``: mean of the places won by its units, counted
          among all units, positive where it gains;
        - ``top:<region>``: units of the region in the new top list less those
          in the old;
        - ``gain:<characteristic>``: Spearman's correlation of the
          characteristic and the places won, positive where those gain that have
          more of it. NaN where either is the same for all units.
    """
    old, new = (np.asarray(scores, dtype=np.float64) for scores in (old, new))
    named = None if regions is None else pd.Series(list(regions), dtype="object")
    table = similarities(old, new, top=top, last=last, regions=named)[list(MEASURES)]
    places = places_in_both(old, new)
    words = np.array([""] * old.shape[1] if named is None else list(named), dtype=object)
    lists = [last_of_region(side, words, last, whole=named is None) for side in places[:2]]
    columns = {"left_last": (lists[0] & ~lists[1]).sum(axis=1)}
    present = ~np.isnan(places.won)
    for region in sorted({str(word) for word in words} - {""}):
        here = words == region
        many = present[:, here].sum(axis=1)
        total = np.where(present, places.won, 0.0)[:, here].sum(axis=1)
        columns[SHIFT + region] = np.where(many > 0, total / np.maximum(many, 1), np.nan)
        first = [(side[:, here] <= top).sum(axis=1) for side in places[:2]]
        columns[TOP + region] = first[1] - first[0]
    if characteristics is not None:
        for name, values in characteristics.items():
            known = values.to_numpy(dtype=np.float64)
            columns[f"{GAIN}{name}"] = rank_correlation(known, places.won)
    return table.assign(**columns)


def last_of_region(
    places: FloatArray, regions: NDArray[np.object_], last: int, *, whole: bool = False
) -> BoolArray:
    """Return which units are among the last of their region, draw by draw.

    Parameters
    ----------
    places : ndarray, shape (draws, units)
        NaN is none.
    regions : ndarray of str, shape (units,)
        Units of ``""`` are in no list, unless ``whole``.
    last : int
        Units tied with the first of the last are among them.
    whole : bool
        Whether to take all units as one region.

    Returns
    -------
    ndarray of bool, shape (draws, units)
    """
    found = np.zeros(places.shape, dtype=bool)
    groups = (
        [np.ones(len(regions), dtype=bool)]
        if whole
        else [regions == region for region in sorted({str(one) for one in regions} - {""})]
    )
    for here in groups:
        found[:, here] = rank_scores(places[:, here]) <= last
    return found


def rank_correlation(values: FloatArray, drawn: FloatArray) -> FloatArray:
    """Return Spearman's correlation of fixed values with each draw.

    Parameters
    ----------
    values : ndarray, shape (units,)
    drawn : ndarray, shape (draws, units)
        Units with NaN in either are left out of that draw.

    Returns
    -------
    ndarray, shape (draws,)
        NaN where either is constant, or fewer than 2 units are left.
    """
    there = ~np.isnan(drawn) & ~np.isnan(values)
    pair = []
    for side in (np.broadcast_to(values, drawn.shape), drawn):
        ranks = stats.rankdata(np.where(there, side, np.nan), axis=1, nan_policy="omit")
        many = np.maximum(there.sum(axis=1, keepdims=True), 1)
        centre = np.where(there, ranks, 0.0).sum(axis=1, keepdims=True) / many
        pair.append(np.where(there, ranks - centre, 0.0))
    norm = np.sqrt((pair[0] ** 2).sum(axis=1) * (pair[1] ** 2).sum(axis=1))
    result = np.full(len(drawn), np.nan)
    np.divide((pair[0] * pair[1]).sum(axis=1), norm, out=result, where=norm > 0)
    return result
