"""One at a time: each weight from 0 to its double, and who moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.rank import rank_scores
from analysis.core.uncertainty.local.weight_paths import (
    SNAP,
    Path,
    meetings,
    paths,
    places_ahead,
)

FloatArray = NDArray[np.float64]

DOUBLE = 2.0
CHUNK_PAIRS = 4_000_000
_AT = 1e-9  # multiples of the nominal weight this close to it are it
WEIGHT_COLUMNS = (
    "node", "level", "weight", "greatest", "moved", "swaps", "mean_shift", "max_shift", "unit",
    "first_lower", "first_upper",
)  # fmt: skip
MOVER_COLUMNS = (
    "node", "unit", "rank", "best", "worst", "at_zero", "at_greatest", "first_lower",
    "first_upper",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class OneAtATime:
    """What each weight does to the ranks, from 0 to its double.

    Attributes
    ----------
    units : tuple of str
    nodes : tuple of str
        Those whose weight is varied, in file order.
    multiples : ndarray, shape (steps,)
        Of the nominal weight, from 0 to 2.
    ranks : ndarray, shape (nodes, steps, units)
        NaN for a unit without a score. A multiple that would take the weight
        beyond 1 stands for 1.
    weights : pandas.DataFrame
        One row a weight: ``node, level``; ``weight`` (among siblings) and
        ``greatest``, the multiple that is reached; ``moved``: units whose rank
        changes anywhere on the way; ``swaps``: pairs that meet on it;
        ``mean_shift``, ``max_shift``: mean and greatest, over the units, of the
        farthest a unit gets from its nominal rank; ``unit``: which gets
        farthest (the better placed of several); ``first_lower``, ``first_upper``:
        the multiples below and above 1 at which two units first meet (NaN: none do).
    movers : pandas.DataFrame
        One row a weight and unit that moves: ``node, unit``; ``rank``; ``best``,
        ``worst``: the ranks it gets to, exact over the whole way and not just on the
        grid; ``at_zero``, ``at_greatest``: its ranks at the ends; ``first_lower``,
        ``first_upper``: the multiples at which it first meets another.
    """

    units: tuple[str, ...]
    nodes: tuple[str, ...]
    multiples: FloatArray
    ranks: FloatArray
    weights: pd.DataFrame
    movers: pd.DataFrame


def one_at_a_time(
    values: FloatArray,
    units: Sequence[str],
    framework: Framework,
    *,
    nominal: pd.Series | None = None,
    nodes: Sequence[str] | None = None,
    steps: int = 21,
    to_index: Callable[[FloatArray], FloatArray] | None = None,
    decimals: int = 9,
) -> OneAtATime:
    """Vary each weight from 0 to its double, its siblings in proportion.

    Node ``c`` of nominal weight ``w`` gets ``u = m w`` with ``m`` from 0 to 2 (or
    until ``u`` is 1), each sibling ``(1 - u) / (1 - w)`` of its own. The scores
    are then straight lines in ``u`` (quotients of two for a unit that lacks
    siblings), so who passes whom at which weight is had in closed form.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        Items on the scale on which the index is a weighted arithmetic mean, as
        `analysis.core.uncertainty.robust.robust_values.linear_values` gives them; NaN
        is missing, the weights are renormalised over what is there.
    units : sequence of str
        Names of the rows.
    framework : Framework
    nominal : pandas.Series, optional
        Weights among siblings, by default those of the framework.
    nodes : sequence of str, optional
        Whose weights to vary, by default all below the index: items and groups.
    steps : int
        Points of the grid on which whole rankings are given.
    to_index : callable, optional
        Puts scores on the index's own scale (`LinearModel.to_index`) before they
        are rounded; by default they are on it.
    decimals : int
        Decimals to which scores are rounded on the grid.

    Returns
    -------
    OneAtATime
        A weight that is 0, or has no sibling that is not, moves nobody.

    Raises
    ------
    InputError
        If units have weights of their own.

    Notes
    -----
    COINr's ``SA_estimate`` and the Handbook (2008), step 7, vary weights on a
    few points only; the closed form leaves nothing between them unseen.
    """
    found = paths(values, framework, nominal)
    chosen = list(nodes) if nodes is not None else list(found)
    multiples = np.linspace(0.0, DOUBLE, steps)
    ranked = np.flatnonzero(~np.isnan(next(iter(found.values())).a)) if found else np.arange(0)
    names = np.array([str(unit) for unit in units], dtype=object)
    weights, movers = [], []
    ranks: FloatArray = np.full((len(chosen), steps, len(units)), np.nan)
    for place, code in enumerate(chosen):
        path = found[code]
        greatest = min(DOUBLE, 1.0 / path.weight) if path.free else 1.0
        along = path.weight * (np.minimum(multiples, greatest) if path.free else np.ones(steps))
        scores = path.scores(along)
        ranks[place] = rank_scores(scores if to_index is None else to_index(scores), decimals)
        moves, swaps = _moves(path, ranked, greatest)
        moves.insert(0, "unit", names[ranked])
        moves.insert(0, "node", code)
        summary = _summary(moves, swaps, path, greatest)
        weights.append({"node": code, "level": framework.level(code)} | summary)
        movers.append(moves[(moves["best"] != moves["rank"]) | (moves["worst"] != moves["rank"])])
    empty = pd.DataFrame(columns=list(MOVER_COLUMNS))
    return OneAtATime(
        tuple(map(str, units)),
        tuple(chosen),
        multiples,
        ranks,
        pd.DataFrame(weights, columns=list(WEIGHT_COLUMNS)),
        pd.concat(movers, ignore_index=True)[list(MOVER_COLUMNS)] if movers else empty,
    )


def crossings(
    values: FloatArray,
    units: Sequence[str],
    framework: Framework,
    node: str,
    *,
    nominal: pd.Series | None = None,
) -> pd.DataFrame:
    """Return every weight of one node, from 0 to its double, at which two units meet.

    Parameters
    ----------
    values, units, framework, nominal
        As in `one_at_a_time`.
    node : str

    Returns
    -------
    pandas.DataFrame
        ``multiple, weight, unit, other``: as the weight rises, ``unit`` goes
        ahead of ``other`` there. By weight, then in the order of the units.

    Raises
    ------
    InputError
        If units have weights of their own.
    """
    path = paths(values, framework, nominal)[node]
    columns = ["multiple", "weight", "unit", "other"]
    if not path.free:
        return pd.DataFrame(columns=columns)
    high = round(min(DOUBLE * path.weight, 1.0), SNAP)
    parts = []
    for rows in _chunks(np.flatnonzero(~np.isnan(path.a)), len(units)):
        met = meetings(path, rows)
        here = met.passed & (met.at >= 0) & (met.at <= high)
        row, other, which = np.nonzero(here)
        at = met.at[row, other, which]
        parts.append(pd.DataFrame({"weight": at, "ahead": other, "behind": rows[row]}))
    table = pd.concat(parts).sort_values(["weight", "ahead", "behind"], ignore_index=True)
    names = np.array([str(unit) for unit in units], dtype=object)
    table["multiple"] = table["weight"] / path.weight
    table["unit"], table["other"] = names[table["ahead"]], names[table["behind"]]
    return table[columns]


def _chunks(rows: NDArray[np.intp], others: int) -> list[NDArray[np.intp]]:
    step = max(1, CHUNK_PAIRS // max(others, 1))
    return [rows[start : start + step] for start in range(0, max(len(rows), 1), step)]


def _moves(path: Path, rows: NDArray[np.intp], greatest: float) -> tuple[pd.DataFrame, int]:
    """Return what the ranks of some units do along a path, and how many pairs meet on it."""
    low, high = (0.0, greatest * path.weight) if path.free else (path.weight, path.weight)
    low, high = round(low, SNAP), round(high, SNAP)
    parts, swaps = [], 0
    for some in _chunks(rows, len(path.a)):
        found = meetings(path, some)
        ahead = 1 + places_ahead(found, low, high)[1]
        nominal = 1 + places_ahead(found, path.weight, path.weight)[1][:, 0]
        inside = (found.at >= low) & (found.at <= high) & path.free
        swaps += int(inside.any(axis=2).sum())
        met = np.where(inside, found.at, np.nan).reshape(len(some), -1) / (path.weight or 1.0)
        below, above = np.where(met <= 1 + _AT, met, -np.inf), np.where(met >= 1 - _AT, met, np.inf)
        lower, upper = below.max(axis=1, initial=-np.inf), above.min(axis=1, initial=np.inf)
        parts.append(
            pd.DataFrame(
                {
                    "rank": nominal,
                    "best": ahead.min(axis=1),
                    "worst": ahead.max(axis=1),
                    "at_zero": ahead[:, 0],
                    "at_greatest": ahead[:, -1],
                    "first_lower": np.where(np.isinf(lower), np.nan, lower),
                    "first_upper": np.where(np.isinf(upper), np.nan, upper),
                }
            )
        )
    return pd.concat(parts, ignore_index=True), swaps // 2


def _summary(moves: pd.DataFrame, swaps: int, path: Path, greatest: float) -> dict[str, object]:
    """Return the row of `OneAtATime.weights` of one node."""
    rank = moves["rank"].to_numpy()
    best, worst = moves["best"].to_numpy(), moves["worst"].to_numpy()
    shift = np.maximum(rank - best, worst - rank)
    order = np.lexsort((rank, -shift))
    far = int(shift[order[0]]) if len(order) else 0
    return {
        "weight": path.weight,
        "greatest": greatest,
        "moved": int((shift > 0).sum()),
        "swaps": swaps,
        "mean_shift": float(shift.mean()) if len(shift) else np.nan,
        "max_shift": far,
        "unit": moves["unit"].iloc[order[0]] if far else "",
        "first_lower": moves["first_lower"].max(),
        "first_upper": moves["first_upper"].min(),
    }
