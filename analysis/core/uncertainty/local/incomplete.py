"""Units that lack items: scores renormalised over what is there, and linear bounds on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.uncertainty.weights.space import WeightSpace

FloatArray = NDArray[np.float64]


def filled(values: FloatArray, framework: Framework, weights: FloatArray) -> FloatArray:
    """Return the values with each missing one set to the mean that stands in for it.

    A node that is formed from the children it has is worth what it would be if
    the others had its own value: so a missing item is that of the nearest node
    above it that has one, at these weights. ``filled(x) w`` is then the index.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        NaN is missing.
    framework : Framework
    weights : ndarray, shape (items,) or (units, items)
        In the index; of each unit its own, or the same for all.

    Returns
    -------
    ndarray, shape (units, items)
        NaN for a unit without any value.
    """
    found = values.copy()
    rows = np.flatnonzero(np.isnan(values).any(axis=1))
    if len(rows):
        own = np.broadcast_to(weights, values.shape)[rows]
        found[rows] = _bounds(values[rows], framework, own, np.zeros(len(rows)))[0]
    return found


def filled_between(
    values: FloatArray, framework: Framework, space: WeightSpace, widths: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the values with each missing one at the least, and the most, it can stand for.

    As `filled`, over all weights within a band around the nominal ones (the
    sums of blocks not looked at): the index is never below ``low w`` nor above
    ``high w``.

    Parameters
    ----------
    values : ndarray, shape (units, items)
    framework : Framework
    space : WeightSpace
    widths : ndarray, shape (units,)
        The band within which each unit's index is to be bounded.

    Returns
    -------
    low, high : ndarray, shape (units, items)
    """
    low, high = values.copy(), values.copy()
    rows = np.flatnonzero(np.isnan(values).any(axis=1))
    if len(rows):
        nominal = np.broadcast_to(space.nominal, values.shape)[rows]
        low[rows], high[rows] = _bounds(values[rows], framework, nominal, widths[rows])
    return low, high


def _bounds(
    values: FloatArray, framework: Framework, weights: FloatArray, widths: FloatArray
) -> tuple[FloatArray, FloatArray]:
    place = {item: at for at, item in enumerate(framework.items)}
    mass, low, high = {}, {}, {}
    for code in framework.bottom_up:
        children = framework.children(code)
        if not children:
            at = place[code]
            mass[code], low[code], high[code] = weights[:, at], values[:, at], values[:, at]
            continue
        w = np.column_stack([mass[child] for child in children])
        mass[code] = w.sum(axis=1)
        low[code] = _least_mean(np.column_stack([low[c] for c in children]), w, widths)
        high[code] = -_least_mean(-np.column_stack([high[c] for c in children]), w, widths)
    for code in framework.top_down:
        for child in framework.children(code):
            low[child] = np.where(np.isnan(low[child]), low[code], low[child])
            high[child] = np.where(np.isnan(high[child]), high[code], high[child])
    items = framework.items
    return np.column_stack([low[i] for i in items]), np.column_stack([high[i] for i in items])


def _least_mean(values: FloatArray, weights: FloatArray, widths: FloatArray) -> FloatArray:
    """Return the least weighted mean of what is there, each weight within its band.

    A quotient of two linear functions is least where the smallest values have
    the greatest weights and the others the least: one of as many cases as
    there are values.
    """
    order = np.argsort(values, axis=1, kind="stable")  # NaN last
    ordered = np.take_along_axis(values, order, axis=1)
    w = np.where(np.isnan(ordered), 0.0, np.take_along_axis(weights, order, axis=1))
    ordered = np.nan_to_num(ordered)
    most, least = 1.0 + widths[:, None], np.maximum(1.0 - widths[:, None], 0.0)
    heavy, heavy_sum = np.cumsum(w * ordered, axis=1), np.cumsum(w, axis=1)
    light, light_sum = heavy[:, -1:] - heavy, heavy_sum[:, -1:] - heavy_sum
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (most * heavy + least * light) / (most * heavy_sum + least * light_sum)
    found: FloatArray = np.fmin.reduce(means, axis=1)
    return found
