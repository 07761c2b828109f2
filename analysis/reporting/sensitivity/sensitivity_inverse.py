"""What the order of a report, were it all that is published, would tell of the weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.core.findings import Finding, InputError
from analysis.core.uncertainty.inverse.inverse import Recovered, recover_weights
from analysis.core.uncertainty.inverse.order import Order, last_order, places_order, top_order
from analysis.core.uncertainty.weights.weight_space import free
from analysis.reporting.report import LAST, top_of
from analysis.reporting.sensitivity.sensitivity_certain import Certain

ROOM = 1e-7  # by how much a solver may miss an end


@dataclass(frozen=True, eq=False)
class Inverse:
    """The weights that give the lists of a report.

    Attributes
    ----------
    lists : Recovered or None
        From who is in the top and in the last fives, in no order.
    ordered : Recovered or None
        From the order within the top as well.
    top : int
    last : int
        How many units stand in a last five.
    refused : tuple of Finding
        Why nothing can be recovered, if so.
    """

    lists: Recovered | None
    ordered: Recovered | None
    top: int
    last: int
    refused: tuple[Finding, ...] = ()


def open_inverse(certain: Certain) -> Inverse | None:
    """Return what the order tells of the weights; None where the method allows no saying.

    Weights are free within the groups, whose own stay as they are, and nothing
    else is assumed of them.
    """
    model, study = certain.model, certain.study
    if model is None:
        return None
    ranks = study.nominal_ranks
    order = [study.units[row] for row in np.argsort(ranks, kind="stable")]
    top = top_of(len(order))
    best = [unit for unit, rank in zip(study.units, ranks, strict=True) if rank <= top]
    places = {u: int(r) for u, r in zip(study.units, ranks, strict=True) if r <= top}
    regions = dict(zip(study.units, study.regions, strict=True))
    lists: list[Order] = []
    try:
        ordered = [places_order(places, order)]
        if len(best) < len(order):
            lists.append(top_order(best, order))
        last = 0
        for code in dict.fromkeys(study.regions):
            here = [unit for unit in order if regions[unit] == code]
            if code and len(here) >= 2 * LAST:
                # A tie at the edge leaves the list itself open.
                edge = ranks[study.units.index(here[-LAST])]
                behind = [u for u in here if ranks[study.units.index(u)] >= edge]
                lists.append(last_order(behind, here))
                ordered.append(lists[-1])
                last += len(behind)
        space = free(study.framework)
        found = [
            recover_weights(model.values, study.units, space, sum(known[1:], known[0]))
            if known
            else None
            for known in (lists, ordered)
        ]
    except InputError as problem:
        return Inverse(None, None, top, 0, problem.findings)
    return Inverse(found[0], found[1], top, last)


def holds(found: Recovered) -> int:
    """Return for how many items the nominal weight lies within what was recovered."""
    ranges = found.ranges
    within = (ranges["nominal"] >= ranges["low"] - ROOM) & (
        ranges["nominal"] <= ranges["high"] + ROOM
    )
    return int(within.sum())


def narrowed(found: Recovered) -> float:
    """Return what is left of the ranges of weights: median share of what was admissible."""
    ranges = found.ranges
    room = ranges["prior_high"] - ranges["prior_low"]
    left = (ranges["high"] - ranges["low"])[room > ROOM] / room[room > ROOM]
    return float(left.median()) if len(left) else float("nan")
