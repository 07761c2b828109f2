"""The inverse question: which weights could have produced a published order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.uncertainty.inverse.conflict import CLOSE, conflict
from analysis.core.uncertainty.inverse.order import Order
from analysis.core.uncertainty.inverse.order_programme import (
    OrderRows,
    feasible,
    least_and_most,
    least_slack,
    middle,
    rows_of,
    widest_gap,
)
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_centre import centre as centre_of

FloatArray = NDArray[np.float64]

MARGIN = 1e-8
SPAN = 100.0  # range to which values are brought, so that a solver sees like numbers always
RANGE_COLUMNS = (
    "item", "nominal", "prior_low", "prior_high", "low", "high", "centre", "must_matter",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Recovered:
    """The weights that could have produced an order, given items and method.

    Attributes
    ----------
    feasible : bool
        Whether any admissible weights give the order.
    margin : float
        By how much a unit must be ahead of the next to count as ahead, on the
        scale of the values.
    gap : float
        The widest such gap with which the order can be had; below the margin
        where it cannot.
    centre : ndarray, shape (items,)
        Weights in the index: the Chebyshev centre of those that give the order;
        where none do, those of the least total slack.
    ranges : pandas.DataFrame
        ``item, nominal``; ``prior_low, prior_high``: what is admissible; ``low,
        high``: what gives the order (NaN where nothing does); ``centre``;
        ``must_matter``: whether the order cannot be had with a weight of 0 for
        this item, even were its lower bound 0.
    space : WeightSpace or None
        All weights that give the order: to be drawn from, or narrowed further.
    slack : float
        The least total by which scores would have to be changed for the order
        to hold; 0 where it does.
    slacks : pandas.DataFrame
        ``unit, place, slack``: whose score would have to be higher (positive) or
        lower; a least total can be had in several ways, of which this is one.
    conflict : pandas.DataFrame
        ``unit, place``: an irreducible set of places that contradict each other
        under the admissible weights: without any one of them the others do
        not. Empty where the order can be had.
    left_out : tuple of str
        Units of the order that lack items or are not in the table: nothing is
        asked of them, so what is found allows at least what is possible.
    """

    feasible: bool
    margin: float
    gap: float
    centre: FloatArray
    ranges: pd.DataFrame
    space: WeightSpace | None
    slack: float
    slacks: pd.DataFrame
    conflict: pd.DataFrame
    left_out: tuple[str, ...]

    @property
    def must_matter(self) -> tuple[str, ...]:
        """The items without which the order cannot be had."""
        return tuple(self.ranges.loc[self.ranges["must_matter"], "item"])


def recover_weights(
    values: FloatArray,
    units: Sequence[str],
    space: WeightSpace,
    order: Order,
    *,
    margin: float = MARGIN,
) -> Recovered:
    """Return which admissible weights could have produced an order.

    The scores are ``s = x w``, and what is known of the order is a set of linear
    inequalities in ``w``: a polytope within the admissible set. All is found by
    linear programming (HiGHS), given the items' values and the method that
    normalised them: another method, other weights.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        Items on the scale on which the index is a weighted arithmetic mean
        (`analysis.core.uncertainty.robust.robust_values.linear_values`).
    units : sequence of str
    space : WeightSpace
        The weights that are admissible beforehand.
    order : Order
    margin : float
        Least gap between a unit and one that it is ahead of, as a share of the
        range of the values.

    Returns
    -------
    Recovered

    Raises
    ------
    InputError
        If no weights are admissible to begin with, or nothing is left of the
        order without the units that lack items.

    Notes
    -----
    Preference disaggregation; Jacquet-Lagrèze, E. and Siskos, J. (1982), Assessing
    a set of additive utility functions for multicriteria decision-making, the
    UTA method, European Journal of Operational Research 10.
    """
    centre_of(space)  # says which constraints contradict each other, if they do
    place = {str(unit): row for row, unit in enumerate(units) if not np.isnan(values[row]).any()}
    left_out = tuple(unit for unit in order.units if unit not in place)
    order = order.among(place)
    if not order.steps():
        raise InputError([Finding("error", "local.order_unknown", {"units": _few(left_out)})])
    # A constant makes no difference to who is ahead, since weights sum to one.
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    unit = (most - least) / SPAN or 1.0
    scaled, margin = (values - (least + most) / 2) / unit, margin * SPAN
    rows = rows_of(scaled, place, order)
    found = widest_gap(rows, space)
    if found is None:
        raise InputError([Finding("error", "local.unsolved")])
    gap, weights, _ = found
    known = Recovered(
        feasible=gap >= margin - CLOSE,
        margin=margin * unit,
        gap=gap * unit,
        centre=weights,
        ranges=_ranges(space),
        space=None,
        slack=0.0,
        slacks=pd.DataFrame(columns=["unit", "place", "slack"]),
        conflict=pd.DataFrame(columns=["unit", "place"]),
        left_out=left_out,
    )
    if not known.feasible:
        slack, moves, weights = least_slack(rows, order.units, space, margin)
        told = [
            (one, order.places.get(one, ""), move * unit)
            for one, move in zip(order.units, moves, strict=True)
            if abs(move) > CLOSE
        ]
        opposed = conflict(scaled, place, order, space, margin)
        return replace(
            known,
            centre=weights,
            ranges=known.ranges.assign(centre=weights),
            slack=slack * unit,
            slacks=pd.DataFrame(told, columns=["unit", "place", "slack"]),
            conflict=pd.DataFrame(
                [(one, order.places.get(one, "")) for one in opposed], columns=["unit", "place"]
            ),
        )
    asked = min(margin, gap)
    ends = np.array([least_and_most(rows, space, asked, item) for item in range(len(space.items))])
    # Where a solver sees no room at all, the best weights are all there is.
    ends = np.where(np.isnan(ends), weights[:, None], ends)
    ball = middle(feasible(scaled, place, order, space, asked))
    centre = weights if ball is None else ball
    must = _must_matter(rows, space, margin)
    ranges = known.ranges.assign(low=ends[:, 0], high=ends[:, 1], centre=centre, must_matter=must)
    held = feasible(values, place, order, space, asked * unit)
    return replace(known, centre=centre, ranges=ranges, space=held)


def _ranges(space: WeightSpace) -> pd.DataFrame:
    """Return the table of ranges as it is before anything is found."""
    return pd.DataFrame(
        {
            "item": space.items,
            "nominal": space.nominal,
            "prior_low": space.lower,
            "prior_high": space.upper,
            "low": np.nan,
            "high": np.nan,
            "centre": np.nan,
            "must_matter": False,
        },
        columns=list(RANGE_COLUMNS),
    )


def _must_matter(rows: OrderRows, space: WeightSpace, margin: float) -> NDArray[np.bool_]:
    """Return which items the order cannot do without, though other constraints can."""
    must = np.zeros(len(space.items), dtype=bool)
    for item in np.flatnonzero(space.upper > 0):
        lower, upper = space.lower.copy(), space.upper.copy()
        lower[item] = upper[item] = 0.0
        without = replace(space, lower=lower, upper=upper)
        found = widest_gap(rows, without)
        must[item] = found is not None and found[0] < margin - CLOSE
    return must


def _few(units: Sequence[str]) -> str:
    return ", ".join(units[:5]) + (" …" if len(units) > 5 else "")
