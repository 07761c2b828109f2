"""Admissible weights built from bounds, orders and linear constraints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.weights_between import index_of, nominal_local

FloatArray = NDArray[np.float64]
Groups = Literal["fixed", "free"] | tuple[float, float]

ROUNDING = 1e-12  # weights closer than this are the same


@dataclass(frozen=True)
class Linear:
    """One linear constraint: ``least <= sum of coefficient * weight <= most``.

    Attributes
    ----------
    weights : mapping of str to float
        Coefficients of the items' weights in the index, by item.
    least, most : float
        Infinite where there is none; equal for an equation.
    label : str
        What messages call it; by default it is written out.
    """

    weights: Mapping[str, float]
    least: float = -math.inf
    most: float = math.inf
    label: str = ""


def admissible(
    framework: Framework,
    *,
    low: float = 0.5,
    high: float = 2.0,
    groups: Groups = "fixed",
    items: Mapping[str, tuple[float, float]] | None = None,
) -> WeightSpace:
    """Return the weights near the nominal ones: the default admissible set.

    ``low * nominal <= w <= high * nominal`` for every item's weight in the
    index, and the weights of the groups (children of the index) as given. The
    items that stand straight below the index are no group: they share
    what the groups leave. Nominal weights of zero stay zero. Bounds that
    nothing can reach because of a group's weight are cut to what can be.

    Parameters
    ----------
    framework : Framework
        Of weights keyed on attributes of the units the general ones are taken.
    low, high : float
        ``0 <= low <= 1 <= high``.
    groups : {"fixed", "free"} or (low, high)
        The groups' weights: as given; whatever the items' bounds leave; or
        within these multiples of those given.
    items : mapping of str to (low, high), optional
        Bounds of items in place of the general ones, times nominal as well.

    Returns
    -------
    WeightSpace

    Raises
    ------
    InputError
        If the general bounds or those of the groups leave out the nominal
        weights, or an item is unknown.
    """
    own = items or {}
    wrong = [Finding("error", "space.no_item", {"item": item}) for item in own
             if item not in framework.items]  # fmt: skip
    bands = {"bounds": (low, high)} if isinstance(groups, str) else {
        "bounds": (low, high), "groups": groups}  # fmt: skip
    wrong += [
        Finding("error", "space.band", {"key": key, "low": f"{least:g}", "high": f"{most:g}"})
        for key, (least, most) in bands.items()
        if not 0 <= least <= 1 <= most
    ]
    if wrong:
        raise InputError(wrong)
    space = _whole(framework, groups)
    times = np.array([own.get(item, (low, high)) for item in space.items]).reshape(-1, 2)
    weighty = space.nominal > 0
    highest = np.multiply(space.nominal, times[:, 1], where=weighty, out=space.nominal.copy())
    space = _cut(
        replace(space, lower=space.nominal * times[:, 0], upper=np.minimum(space.upper, highest))
    )
    return space if isinstance(groups, str) else _banded(framework, space, groups)


def free(framework: Framework, groups: Groups = "fixed") -> WeightSpace:
    """Return all weights, from 0 to all of the group's.

    Parameters
    ----------
    framework : Framework
    groups : {"fixed", "free"} or (low, high)
        As in `admissible`.

    Returns
    -------
    WeightSpace
        Nominal weights of zero stay zero.
    """
    return admissible(framework, low=0.0, high=math.inf, groups=groups)


def with_order(space: WeightSpace, pairs: Sequence[tuple[str, str]]) -> WeightSpace:
    """Return the weights for which each pair's first item weighs at least as much as its second.

    Parameters
    ----------
    space : WeightSpace
    pairs : sequence of (str, str)
        Items; compared by their weights in the index.

    Returns
    -------
    WeightSpace

    Raises
    ------
    InputError
        With every item that is unknown.
    """
    rows = []
    for first, second in pairs:
        label = f"{first} ≥ {second}"
        weights = {first: 0.0} if first == second else {first: 1.0, second: -1.0}
        rows.append(Linear(weights, least=0.0, label=label))
    return with_linear(space, rows)


def with_linear(space: WeightSpace, rows: Sequence[Linear]) -> WeightSpace:
    """Return the weights that fulfil further linear constraints.

    What a constraint says of one item alone, given the sums of the blocks,
    becomes a bound, and what is true of all weights is dropped, so that
    `WeightSpace.separable` holds wherever it can.

    Parameters
    ----------
    space : WeightSpace
    rows : sequence of Linear

    Returns
    -------
    WeightSpace
        It may be empty: see `analysis.core.uncertainty.weights.space_centre.centre`.

    Raises
    ------
    InputError
        With every item that is unknown and every number that is none.
    """
    place = {item: at for at, item in enumerate(space.items)}
    _refuse(rows, place)
    lower, upper = space.lower.copy(), space.upper.copy()
    coefficients, bounds, labels = list(space.a_ub), list(space.b_ub), list(space.constraints)
    for row in rows:
        vector = np.zeros(len(space.items))
        for item, value in row.weights.items():
            vector[place[item]] += value
        vector, constant = _reduced(vector, space)
        for sign, end, mark in ((1.0, row.most, "≤"), (-1.0, row.least, "≥")):
            if math.isinf(end):
                continue
            room = sign * (end - constant)
            met = np.flatnonzero(vector)
            if len(met) == 1:
                at = int(met[0])
                bound = room / (sign * vector[at])
                if sign * vector[at] > 0:
                    upper[at] = min(upper[at], bound)
                else:
                    lower[at] = max(lower[at], bound)
            elif len(met) or room < -ROUNDING:
                coefficients.append(sign * vector)
                bounds.append(room)
                labels.append(row.label or f"{_written(row.weights)} {mark} {end:.6g}")
    more = replace(
        space,
        lower=lower,
        upper=upper,
        a_ub=np.array(coefficients).reshape(len(bounds), len(place)),
        b_ub=np.array(bounds, dtype=np.float64),
        constraints=tuple(labels),
    )
    return _cut(more)


def refuse_weight_sets(framework: Framework) -> None:
    """Raise `InputError` where units have weights of their own.

    What holds for every admissible weight is computed for weights that all
    units share; draws need no such thing.
    """
    if framework.weight_sets:
        columns = ", ".join(held.column for held in framework.weight_sets)
        raise InputError([Finding("error", "space.weight_sets", {"columns": columns})])


def expanded(framework: Framework, weights: Mapping[str, float]) -> dict[str, float]:
    """Return coefficients of nodes as coefficients of the items below them."""
    found: dict[str, float] = {}
    for code, value in weights.items():
        for item in framework.items_under(code):
            found[item] = found.get(item, 0.0) + value
    return found


def _whole(framework: Framework, groups: Groups) -> WeightSpace:
    """Return all weights of the items, in the blocks that the groups make."""
    items = framework.items
    nominal = index_of(framework, nominal_local(framework))
    block = np.zeros(len(items), dtype=np.intp)
    if groups == "fixed":
        proper = [code for code in framework.groups if framework.children(code)]
        held = {item: at for at, code in enumerate(proper) for item in framework.items_under(code)}
        block = np.array([held.get(item, len(proper)) for item in items], dtype=np.intp)
        block = np.unique(block, return_inverse=True)[1].astype(np.intp)
    total = np.bincount(block, weights=nominal).astype(np.float64)
    upper = np.where(nominal > 0, total[block], 0.0)
    nothing = np.zeros(len(items))
    return WeightSpace(
        items, nominal, nothing, upper, block, total, np.empty((0, len(items))), np.empty(0)
    )


def _banded(framework: Framework, space: WeightSpace, band: tuple[float, float]) -> WeightSpace:
    """Return the weights that keep those of the groups within a band."""
    low, high = band
    place = {item: at for at, item in enumerate(space.items)}
    rows = []
    for code in framework.groups:
        below = framework.items_under(code)
        if framework.children(code):
            given = float(space.nominal[[place[item] for item in below]].sum())
            ones, least, most = dict.fromkeys(below, 1.0), low * given, high * given
            rows.append(Linear(ones, least=least, label=f"{code} ≥ {least:.6g}"))
            rows.append(Linear(ones, most=most, label=f"{code} ≤ {most:.6g}"))
    return with_linear(space, rows)


def _cut(space: WeightSpace) -> WeightSpace:
    """Return the same weights with bounds that the sums of the blocks let be reached."""
    many = len(space.total)
    least = np.bincount(space.block, weights=space.lower, minlength=many)
    most = np.bincount(space.block, weights=space.upper, minlength=many)
    room = space.total[space.block]
    lowest = room - (most[space.block] - space.upper)
    highest = room - (least[space.block] - space.lower)
    # Only where it matters, so that bounds which hold already stay what they are.
    return replace(
        space,
        lower=np.where(lowest > space.lower + ROUNDING, lowest, space.lower),
        upper=np.where(highest < space.upper - ROUNDING, highest, space.upper),
    )


def _reduced(vector: FloatArray, space: WeightSpace) -> tuple[FloatArray, float]:
    """Return a constraint with as few items as it can do with, and the constant split off.

    ``a w = (a - c) w + c total`` within a block, for any ``c``.
    """
    reduced, constant = vector.copy(), 0.0
    for number, total in enumerate(space.total):
        held = np.flatnonzero(space.block == number)
        values, counts = np.unique(vector[held], return_counts=True)
        zeros = int(counts[values == 0.0].sum())
        if counts.max() > zeros:
            common = float(values[counts.argmax()])
            reduced[held] -= common
            constant += common * float(total)
    return reduced, constant


def _refuse(rows: Sequence[Linear], known: Mapping[str, int]) -> None:
    wrong = []
    for row in rows:
        wrong += [
            Finding("error", "space.no_item", {"item": item})
            for item in row.weights
            if item not in known
        ]
        if not all(map(math.isfinite, row.weights.values())) or math.isnan(row.least + row.most):
            told = {"constraint": row.label or _written(row.weights)}
            wrong.append(Finding("error", "space.not_finite", told))
    if wrong:
        raise InputError(wrong)


def _written(weights: Mapping[str, float]) -> str:
    """Return a sum as a message shows it, cut where it is long."""
    terms = [code if value == 1 else f"{value:.6g}·{code}" for code, value in weights.items()]
    return " + ".join(terms[:6]) + (" + …" if len(terms) > 6 else "")
