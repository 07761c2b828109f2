"""Items on the scale of a scenario, and what consecutive years tell of their persistence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.blocks import year_slices
from analysis.core.framework import Framework
from analysis.core.panel import Panel

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SCALES = ("log", "as_is")
BOUNDED = ("growth", "share")
SMALL = 0.01  # of the median: logarithms of what is smaller would rule the fit
LARGEST_LOG = 300.0  # beyond it a number is no longer computed with


class Scale(NamedTuple):
    """What each item is put on: ``log(x + offset)``, or as it is.

    Attributes
    ----------
    log : ndarray of bool, shape (items,)
    offset : ndarray, shape (items,)
    """

    log: BoolArray
    offset: FloatArray


@dataclass(frozen=True, eq=False)
class Pooled:
    """Deviations of all units and years, and the pairs of consecutive years.

    Attributes
    ----------
    centre, deviations : ndarray, shape (unit-years, items)
        The mean of the year (or region) and the distance from it, on the scale.
    before, after : ndarray, shape (pairs, items)
        Deviations of a unit in a year, and in the next.
    slope : ndarray, shape (items,)
        Of ``after`` on ``before``, without a constant; 1 where nothing deviates.
    pairs : ndarray of int, shape (items,)
        Those with both values.
    years : tuple of int
        The later year of each pair of years.
    """

    centre: FloatArray
    deviations: FloatArray
    before: FloatArray
    after: FloatArray
    slope: FloatArray
    pairs: NDArray[np.intp]
    years: tuple[int, ...]


def scale_of(values: FloatArray, framework: Framework, given: Mapping[str, str]) -> Scale:
    """Return the scale of each item (see `analysis.core.scenario.fit_scenario`).

    Parameters
    ----------
    values : ndarray, shape (unit-years, items)
    framework : Framework
    given : mapping of str to {"log", "as_is"}
        Scales of single items, in place of the rule.
    """
    nodes = framework.nodes.loc[list(framework.items)]
    free = (nodes["max"].isna() & ~(nodes["min"] < 0) & ~nodes["kind"].isin(BOUNDED)).to_numpy()
    log, offset = np.zeros(len(nodes), dtype=bool), np.zeros(len(nodes))
    for place, item in enumerate(nodes.index):
        there = values[~np.isnan(values[:, place]), place]
        positive = there[there > 0]
        fits = len(positive) > 0 and bool((there >= 0).all())
        log[place] = fits and given.get(str(item), "log" if free[place] else "as_is") == "log"
        if log[place]:
            little = SMALL * float(np.median(positive))
            if there.min() < little:
                offset[place] = max(float(positive.min()) / 2, little)
    return Scale(log, offset)


def to_scale(values: FloatArray, scale: Scale) -> FloatArray:
    """Return items on the scale.

    Parameters
    ----------
    values : ndarray, shape (..., items)
    scale : Scale
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(scale.log, np.log(values + scale.offset), values)


def from_scale(values: FloatArray, scale: Scale) -> FloatArray:
    """Undo `to_scale`.

    Parameters
    ----------
    values : ndarray, shape (..., items)
    scale : Scale
    """
    found = values.copy()
    logs = np.minimum(values[..., scale.log], LARGEST_LOG)
    found[..., scale.log] = np.exp(logs) - scale.offset[scale.log]
    return found


def pool(panel: Panel, values: FloatArray, centre: str) -> Pooled:
    """Return deviations, and the pairs of consecutive years of all units.

    Parameters
    ----------
    panel : Panel
        The unit-years assessed.
    values : ndarray, shape (unit-years, items)
        On the scale.
    centre : {"year", "region"}
        Deviations are from the mean of the year, or of the unit's region in the year.
    """
    index = panel.values.index
    means = np.empty_like(values)
    regions = panel.units["region"].to_numpy(dtype=object)
    for _, rows in year_slices(index):
        words = regions[rows] if centre == "region" else np.full(rows.stop - rows.start, "")
        for word in sorted({str(one) for one in words}):
            here = rows.start + np.flatnonzero(words == word)
            means[here] = column_means(values[here])
    deviations = values - means
    years, units = (index.get_level_values(name) for name in ("year", "unit"))
    earlier = index.get_indexer(pd.MultiIndex.from_arrays([years - 1, units]))
    later = np.flatnonzero(earlier >= 0)
    before, after = deviations[earlier[later]], deviations[later]
    both = ~np.isnan(before) & ~np.isnan(after)
    x, y = np.where(both, before, 0.0), np.where(both, after, 0.0)
    squares = (x * x).sum(axis=0)
    # What comes of rounding means of equal values is no deviation.
    some = squares > 1e-18 * np.maximum(np.nanmax(np.abs(values), axis=0, initial=0.0), 1e-9) ** 2
    slope = np.divide((x * y).sum(axis=0), squares, out=np.ones(values.shape[1]), where=some)
    return Pooled(
        means,
        deviations,
        before,
        after,
        slope,
        both.sum(axis=0),
        tuple(sorted({int(year) for year in years[later]})),
    )


def column_means(values: FloatArray) -> FloatArray:
    """Return each column's mean of what is there, NaN where nothing is.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
    """
    many = (~np.isnan(values)).sum(axis=0)
    total: FloatArray = np.nansum(values, axis=0)
    mean: FloatArray = np.divide(total, many, out=np.full(len(many), np.nan), where=many > 0)
    return mean
