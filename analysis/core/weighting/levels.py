"""Weights from data, parent by parent, from the items upwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.aggregate import weighted_mean
from analysis.core.framework import Framework

FloatArray = NDArray[np.float64]

# (code of the node, values of its children, their weights) -> scores of the node
NodeScore = Callable[[str, FloatArray, FloatArray], FloatArray]

LEAST_UNITS = 3


@dataclass(frozen=True, eq=False)
class Found:
    """Weights found for the children of one parent.

    Attributes
    ----------
    weights : ndarray, shape (children,)
        Not negative; scaled to sum to one by `by_parent`. If they are all zero,
        the children weigh the same.
    notes : sequence of str
        One a child: why its weight is not what the rule would give, or ``""``.
    columns : mapping of str to ndarray of shape (children,)
        What else the rule has to say of each child.
    """

    weights: FloatArray
    notes: tuple[str, ...]
    columns: Mapping[str, FloatArray] = field(default_factory=dict)


def arithmetic_score(code: str, values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the arithmetic mean of the children, weights renormalised over what is there."""
    return weighted_mean(values, weights)


def children_scores(
    normalised: pd.DataFrame,
    framework: Framework,
    form: Callable[[str, tuple[str, ...], FloatArray], FloatArray],
) -> None:
    """Go through the parents from the items upwards, handing on the scores of each.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (units, items)
    framework : Framework
    form : callable
        ``form(code, children, values) -> scores``.
    """
    nodes = {item: normalised[item].to_numpy(dtype=np.float64) for item in framework.items}
    for code in framework.bottom_up:
        children = framework.children(code)
        if children:
            nodes[code] = form(code, children, np.column_stack([nodes[c] for c in children]))


def by_parent(
    normalised: pd.DataFrame,
    framework: Framework,
    find: Callable[[str, tuple[str, ...], FloatArray], Found],
    node_score: NodeScore | None = None,
) -> pd.DataFrame:
    """Return the weights that ``find`` gives for the children of every parent.

    The weights of a group's items are found first; the group's score with these
    weights is what it enters with, as a child, on the level above.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (units, items)
        Normalised items of one year, higher being better; NaN is missing.
    framework : Framework
    find : callable
        ``find(code, children, values) -> Found`` for a parent of two or more
        children; an only child weighs one. Children with values of fewer than 3
        units, and children that are the same for all units, are left out of
        ``values`` and weigh zero.
    node_score : callable, optional
        How a node is formed of its children; by default `arithmetic_score`.

    Returns
    -------
    pandas.DataFrame
        ``code, weight, note`` and the columns of the rule, one row a node below the
        index, in file order. ``note`` is ``""`` or ``no_data`` (weight zero for
        lack of values), ``constant`` (weight zero because all units are the
        same), ``undetermined`` (the data tell nothing: the children weigh the
        same), or a word of the rule.
    """
    form = node_score or arithmetic_score
    rows: dict[str, dict[str, object]] = {}

    def visit(code: str, children: tuple[str, ...], values: FloatArray) -> FloatArray:
        table = weigh(code, children, values, find)
        rows.update({str(row["code"]): row for row in table})
        return form(code, values, np.array([row["weight"] for row in table], dtype=np.float64))

    children_scores(normalised, framework, visit)
    codes = [code for code in framework.nodes.index if code != framework.root]
    return pd.DataFrame([rows[code] for code in codes])


def weigh(
    code: str,
    children: tuple[str, ...],
    values: FloatArray,
    find: Callable[[str, tuple[str, ...], FloatArray], Found],
) -> list[dict[str, object]]:
    """Return a row of the table of weights for each child of one parent, see `by_parent`."""
    weights = np.zeros(len(children))
    notes = _unusable(values)
    usable = [place for place, note in enumerate(notes) if not note]
    columns: Mapping[str, FloatArray] = {}
    if len(children) == 1:
        weights[:], notes = 1.0, [""]
    elif len(usable) == 1:
        weights[usable] = 1.0
    elif usable:
        names = tuple(children[place] for place in usable)
        found = find(code, names, values[:, usable])
        weights[usable] = np.maximum(found.weights, 0.0)
        columns = found.columns
        for place, note in zip(usable, found.notes, strict=True):
            notes[place] = note
    total = weights.sum()
    if total > 0:
        weights /= total
    else:
        weights[:] = 1.0 / len(children)
        notes = ["undetermined"] * len(children)
    rows: list[dict[str, object]] = [
        {"code": child, "weight": float(weight), "note": note}
        for child, weight, note in zip(children, weights, notes, strict=True)
    ]
    for name, column in columns.items():
        for place, value in zip(usable, column, strict=True):
            rows[place][name] = float(value)
    return rows


def _unusable(values: FloatArray) -> list[str]:
    """Return why a child cannot be weighed by its data, or ``""``."""
    count = (~np.isnan(values)).sum(axis=0)
    low = np.fmin.reduce(values, axis=0, initial=np.nan)
    high = np.fmax.reduce(values, axis=0, initial=np.nan)
    # Rounded as scores are before they are ranked: noise in the last bits is no variation.
    same = np.round(low, 9) == np.round(high, 9)
    return [
        "no_data" if n < LEAST_UNITS else ("constant" if flat else "")
        for n, flat in zip(count, same, strict=True)
    ]
