"""Tables of stability radii: neighbours, units at the cuts, and the one weight that does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.rank import rank_scores
from analysis.core.uncertainty.local.incomplete import filled
from analysis.core.uncertainty.local.stability import EXACT, Goal, compared, pair_radius, radius
from analysis.core.uncertainty.local.weight_paths import Path, meetings, paths, places_ahead
from analysis.core.uncertainty.weights.space import WeightSpace

FloatArray = NDArray[np.float64]

SCALE = 100.0  # range on which scores are rounded for ranks, whatever scale they are linear on
SWAP_COLUMNS = (
    "unit", "other", "rank", "other_rank", "margin", "low", "high", "exact", "node", "weight",
    "needed", "multiple",
)  # fmt: skip
SINGLE_COLUMNS = ("node", "weight", "needed", "multiple", "change")
STABILITY_COLUMNS = (
    "unit", "region", "rank", "region_rank", "move", "places", "low", "high", "exact", "node",
    "weight", "needed", "multiple",
)  # fmt: skip


def swap_radius(
    values: FloatArray,
    units: Sequence[str],
    space: WeightSpace,
    framework: Framework,
    pairs: Sequence[tuple[str, str]] | None = None,
) -> pd.DataFrame:
    """Return the smallest change of weights that swaps two units.

    Parameters
    ----------
    values, units, space, framework
        As in `analysis.core.uncertainty.local.stability.radius`.
    pairs : sequence of (str, str), optional
        By default neighbours: each unit and the next one in the nominal ranking
        (units of one rank in the order of the table).

    Returns
    -------
    pandas.DataFrame
        ``unit, other``: the one ahead and the other (the first given, where
        level); ``rank, other_rank``; ``margin``: the gap of their scores on the
        scale of ``values``; ``low, high, exact``: bounds on the radius, relative
        change of every weight at most (`pair_radius`); ``node, weight, needed,
        multiple``: the one weight that does it alone with the least relative
        change of its own, what it is and would have to be (NaN: none does).

    Raises
    ------
    InputError
        If units have weights of their own.
    """
    ranks, scores = _ranks(values, framework, space)
    names = list(units)
    scored = np.flatnonzero(~np.isnan(scores))
    if pairs is None:
        order = scored[np.argsort(ranks[scored], kind="stable")]
        ahead, behind = order[:-1], order[1:]
    else:
        given = np.array([[names.index(a), names.index(b)] for a, b in pairs]).reshape(-1, 2)
        turned = scores[given[:, 0]] < scores[given[:, 1]]
        ahead, behind = np.where(turned[:, None], given[:, ::-1], given).T
    low, high = pair_radius(values, framework, space, ahead, behind)
    single = _first_meetings(paths(values, framework), ahead, behind)
    return pd.DataFrame(
        {
            "unit": [names[row] for row in ahead],
            "other": [names[row] for row in behind],
            "rank": ranks[ahead].astype(np.int64),
            "other_rank": ranks[behind].astype(np.int64),
            "margin": scores[ahead] - scores[behind],
            "low": low,
            "high": high,
            "exact": high <= low + EXACT,
            **single,
        },
        columns=list(SWAP_COLUMNS),
    )


def single_change(
    values: FloatArray,
    units: Sequence[str],
    framework: Framework,
    unit: str,
    goal: Goal,
    *,
    regions: Sequence[str] | None = None,
    nominal: pd.Series | None = None,
) -> pd.DataFrame:
    """Return, for each weight, the smallest change of it alone that reaches a goal.

    Its siblings share the rest in proportion; any weight from 0 to 1 will do.

    Parameters
    ----------
    values, units, framework, unit, goal, regions
        As in `analysis.core.uncertainty.local.stability.radius`.
    nominal : pandas.Series, optional
        Weights among siblings.

    Returns
    -------
    pandas.DataFrame
        ``node``; ``weight`` among its siblings; ``needed``: the nearest weight
        at which the unit draws level (its own where the goal is met); ``multiple
        = needed / weight``; ``change = |multiple - 1|``. The least change first;
        weights that cannot do it are left out.

    Raises
    ------
    InputError
        If units have weights of their own.
    ValueError
        If there is no such unit, or it has no score.
    """
    row, others = compared(values, units, unit, goal, regions)
    return _singly(paths(values, framework, nominal), row, others, goal)


def _singly(
    along: Mapping[str, Path], row: int, others: NDArray[np.intp], goal: Goal
) -> pd.DataFrame:
    most_ahead = len(others) - goal.needed(len(others))
    found = []
    for code, path in along.items():
        if not path.free or most_ahead < 0:
            continue
        met = meetings(path if goal.up else path.turned(), np.array([row]), others[None, :])
        at, counts = places_ahead(met, 0.0, 1.0)
        ends = np.clip(np.concatenate([[0.0], at[0], [1.0]]), 0.0, 1.0)
        there = (counts[0] <= most_ahead) & np.isfinite(np.concatenate([[0.0], at[0]]))
        if there.any():
            nearest = np.clip(path.weight, ends[:-1][there], ends[1:][there])
            needed = float(nearest[np.abs(nearest - path.weight).argmin()])
            multiple = needed / path.weight
            found.append((code, path.weight, needed, multiple, abs(multiple - 1.0)))
    table = pd.DataFrame(found, columns=list(SINGLE_COLUMNS))
    return table.sort_values("change", kind="stable", ignore_index=True)


def stability_table(
    values: FloatArray,
    units: Sequence[str],
    space: WeightSpace,
    framework: Framework,
    *,
    regions: Sequence[str] | None = None,
    top: Sequence[int] = (30,),
    last: int = 5,
    near: int = 5,
    exact: bool = False,
) -> pd.DataFrame:
    """Return how firm the places of the units at the cuts are.

    Parameters
    ----------
    values, units, space, framework, regions, exact
        As in `analysis.core.uncertainty.local.stability.radius`.
    top : sequence of int
        Cuts after so many of the best.
    last : int
        Cut before so many of the last, of each region where regions are given;
        0: none. A region of no more units than that has no such cut.
    near : int
        Places on either side of a cut for which radii are found.

    Returns
    -------
    pandas.DataFrame
        ``unit, region, rank, region_rank``; ``move, places``: the goal, across
        the cut; ``low, high, exact``: bounds on the radius; ``node, weight, needed,
        multiple``: the one weight that does it with the least change of its own.
        By cut, then by rank.

    Raises
    ------
    InputError
        If units have weights of their own.
    """
    ranks, scores = _ranks(values, framework, space)
    along = paths(values, framework)
    area = np.array(list(regions) if regions is not None else [""] * len(units), dtype=object)
    behind = np.full(len(units), np.nan)  # 1 for the last of the region
    inside = np.full(len(units), np.nan)
    for one in dict.fromkeys(area):
        here = area == one
        inside[here] = rank_scores(scores[here])
        behind[here] = rank_scores(-scores[here])
    asked: list[tuple[float, int, Goal]] = []
    for cut in top:
        for row in np.flatnonzero(np.abs(ranks - cut - 0.5) < near):
            move = Goal("out_of_top" if ranks[row] <= cut else "into_top", cut)
            asked.append((ranks[row], int(row), move))
    sizes = {one: int((~np.isnan(scores[area == one])).sum()) for one in set(area)}
    edge = []
    for row in np.flatnonzero(np.abs(behind - last - 0.5) < near) if last else ():
        if sizes[area[row]] > last:
            move = Goal("out_of_last" if behind[row] <= last else "into_last", last)
            edge.append((ranks[row], int(row), move))
    rows = []
    for rank, row, goal in asked + sorted(edge, key=lambda one: (str(area[one[1]]), one[0])):
        unit = str(units[row])
        found = radius(values, units, space, framework, unit, goal, regions=regions, exact=exact)
        single = _singly(along, *compared(values, units, unit, goal, regions), goal)
        first = single.iloc[0].to_dict() if len(single) else {"node": ""}
        held = {key: first.get(key, np.nan) for key in ("node", "weight", "needed", "multiple")}
        told = {"unit": unit, "region": area[row], "rank": int(rank)}
        told |= {"region_rank": int(inside[row]), "move": goal.move, "places": goal.places}
        told |= {"low": found.low, "high": found.high, "exact": found.exact}
        rows.append(told | held)
    return pd.DataFrame(rows, columns=list(STABILITY_COLUMNS))


def _ranks(
    values: FloatArray, framework: Framework, space: WeightSpace
) -> tuple[FloatArray, FloatArray]:
    scores = filled(values, framework, space.nominal) @ space.nominal
    spread = np.nanmax(scores) - np.nanmin(scores) if (~np.isnan(scores)).any() else 1.0
    return rank_scores(SCALE * scores / (spread or 1.0)), scores


def _first_meetings(
    found: dict[str, Path], ahead: NDArray[np.intp], behind: NDArray[np.intp]
) -> dict[str, NDArray[np.generic]]:
    """Return, pair by pair, the weight that by itself brings the two level with least change."""
    best = np.full(len(ahead), np.inf)
    node = np.full(len(ahead), "", dtype=object)
    weight, needed = np.full(len(ahead), np.nan), np.full(len(ahead), np.nan)
    for code, path in found.items():
        if not path.free:
            continue
        at = meetings(path, ahead, behind[:, None]).at[:, 0]
        change = np.where((at >= 0) & (at <= 1), np.abs(at / path.weight - 1.0), np.inf)
        which = change.argmin(axis=1)[:, None]
        least = np.take_along_axis(change, which, axis=1)[:, 0]
        better = least < best
        best, weight = np.where(better, least, best), np.where(better, path.weight, weight)
        needed = np.where(better, np.take_along_axis(at, which, axis=1)[:, 0], needed)
        node[better] = code
    return {"node": node, "weight": weight, "needed": needed, "multiple": needed / weight}
