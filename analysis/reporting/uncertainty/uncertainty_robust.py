"""What holds for every admissible weight: the tables that a study of uncertainty writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.uncertainty.draws.study import Study
from analysis.core.uncertainty.robust.exact_rank import TIME_LIMIT
from analysis.core.uncertainty.robust.hasse import hasse
from analysis.core.uncertainty.robust.robust_table import robust_table, witness_table
from analysis.core.uncertainty.robust.robust_values import linear_values

MOST_OPEN = 10
"""Units whose ranks are sought exactly where none are named: the best placed whose bounds
are open."""


@dataclass(frozen=True, eq=False)
class Robust:
    """Bounds over all admissible weights, under the method itself, and the order that is certain.

    Attributes
    ----------
    bounds : pandas.DataFrame
        One row a unit: ``robust_bounds.csv``.
    witnesses : pandas.DataFrame
        ``unit, side, rank``, and each item's weight in the index.
    necessary : ndarray of bool, shape (units, units)
        Whether the unit of the row is ahead of that of the column whatever the weights.
    units : tuple of str
    share_decided : float
        Of all pairs of units.
    """

    bounds: pd.DataFrame
    witnesses: pd.DataFrame
    necessary: NDArray[np.bool_]
    units: tuple[str, ...]
    share_decided: float

    def diagram(self, units: Sequence[str]) -> pd.DataFrame:
        """Return the certain order among some units, its transitive reduction: upper, lower."""
        place = {unit: at for at, unit in enumerate(self.units)}
        chosen = [place[unit] for unit in units]
        edges = hasse(self.necessary[np.ix_(chosen, chosen)]).edges
        names = np.array(units, dtype=object)
        return pd.DataFrame({"upper": names[edges[:, 0]], "lower": names[edges[:, 1]]})


def robust_results(
    study: Study,
    exact: Sequence[str] | None,
    *,
    time_limit: float = TIME_LIMIT,
    mapping: Any = map,
) -> Robust:
    """Return what holds for every admissible weight of a study, under its base method.

    Parameters
    ----------
    study : Study
    exact : sequence of str or None
        Units whose best and worst rank is sought by mixed-integer programmes: None for
        nobody, empty for the `MOST_OPEN` best placed whose bounds are open.
    time_limit : float
        Seconds for one of those.
    mapping : OrderedMap

    Raises
    ------
    InputError
        If the index is not linear in the weights, units have weights of their own, or no
        weights are admissible.
    """
    space = study.weights.admissible_set
    base = study.variants[0]
    model = linear_values(base.values, study.framework, study.base, base.added)
    table, bounds = robust_table(model, space, study.units, seed=study.seed)
    if exact is not None:
        closed = table["exact_best"] & table["exact_worst"]
        asked = list(exact) or [str(unit) for unit in table.loc[~closed, "unit"][:MOST_OPEN]]
        table, bounds = robust_table(
            model,
            space,
            study.units,
            exact=asked,
            time_limit=time_limit,
            bounds=bounds,
            map=mapping,
        )
    return Robust(
        table,
        witness_table(bounds, space, study.units),
        bounds.dominance.necessary,
        study.units,
        bounds.dominance.share_decided,
    )
