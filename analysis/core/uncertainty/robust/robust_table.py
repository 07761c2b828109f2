"""What holds for every admissible weight, unit by unit, as tables that can be written out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.uncertainty.robust.exact_rank import TIME_LIMIT, OrderedMap, exact_ranks
from analysis.core.uncertainty.robust.rank_bounds import RankBounds, rank_bounds
from analysis.core.uncertainty.robust.robust_scores import score_bounds
from analysis.core.uncertainty.robust.robust_values import LinearModel
from analysis.core.uncertainty.weights.space import WeightSpace


def robust_table(
    model: LinearModel,
    space: WeightSpace,
    units: Sequence[str],
    *,
    exact: Sequence[str] | None = None,
    time_limit: float = TIME_LIMIT,
    seed: int = 2021,
    bounds: RankBounds | None = None,
    map: OrderedMap = map,
) -> tuple[pd.DataFrame, RankBounds]:
    """Return the bounds of scores and ranks over all admissible weights.

    Parameters
    ----------
    model : LinearModel
    space : WeightSpace
    units : sequence of str
        Names of the model's rows.
    exact : sequence of str, optional
        Units whose ranks are sought by mixed-integer programmes; none: no unit's.
    time_limit : float
        Seconds for one of those.
    seed : int
    bounds : RankBounds, optional
        Where they are at hand.
    map : callable, optional
        An ordered map for those programmes.

    Returns
    -------
    table : pandas.DataFrame
        ``unit, rank, score`` (at the nominal weights), ``score_min, score_max,
        best_outer, best_inner, worst_inner, worst_outer`` (Int64), ``exact_best,
        exact_worst`` (whether outer and inner bound meet), ``solved`` (whether a
        mixed-integer programme was asked for). Sorted by rank, then unit;
        units without a score are left out.
    bounds : RankBounds
        With the witness weights.

    Raises
    ------
    InputError
        If no weights are admissible, or a unit named in ``exact`` has no score.
    """
    names = [str(unit) for unit in units]
    place = {name: row for row, name in enumerate(names)}
    asked = list(dict.fromkeys(exact or ()))
    unknown = [name for name in asked if name not in place or not model.scored[place[name]]]
    if unknown:
        raise InputError([Finding("error", "robust.no_unit", {"unit": name}) for name in unknown])
    found = rank_bounds(model, space, seed=seed) if bounds is None else bounds
    if asked:
        rows = [place[name] for name in asked]
        found = exact_ranks(model, space, rows, time_limit=time_limit, bounds=found, map=map).bounds
    nominal = space.nominal[None]
    least, greatest = score_bounds(model, space)
    table = pd.DataFrame(
        {
            "unit": np.array(names, dtype=object),
            "rank": model.ranks(nominal)[0],
            "score": model.scores(nominal)[0],
            "score_min": least,
            "score_max": greatest,
            "best_outer": found.best_outer,
            "best_inner": found.best_inner,
            "worst_inner": found.worst_inner,
            "worst_outer": found.worst_outer,
            "exact_best": found.exact_best,
            "exact_worst": found.exact_worst,
            "solved": np.isin(np.array(names, dtype=object), asked),
        }
    )[model.scored]
    for column in ("rank", "best_outer", "best_inner", "worst_inner", "worst_outer"):
        table[column] = table[column].astype("Int64")
    for column in ("score", "score_min", "score_max"):
        table[column] = table[column].round(9)
    return table.sort_values(["rank", "unit"], ignore_index=True), found


def witness_table(bounds: RankBounds, space: WeightSpace, units: Sequence[str]) -> pd.DataFrame:
    """Return the witness weights of the inner bounds.

    Parameters
    ----------
    bounds : RankBounds
    space : WeightSpace
    units : sequence of str

    Returns
    -------
    pandas.DataFrame
        ``unit, side`` (best, worst), ``rank``, and a column an item with its
        weight in the index; in the order of the units.
    """
    rows = []
    for row, unit in enumerate(units):
        for side, rank, weights in (
            ("best", bounds.best_inner[row], bounds.best_weights[row]),
            ("worst", bounds.worst_inner[row], bounds.worst_weights[row]),
        ):
            if not np.isnan(rank):
                rows.append((str(unit), side, int(rank), *map(float, weights)))
    return pd.DataFrame(rows, columns=["unit", "side", "rank", *space.items])
