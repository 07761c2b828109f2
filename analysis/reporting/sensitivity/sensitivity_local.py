"""One weight at a time, and the smallest changes of weights after which the lists change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.uncertainty.local.one_at_a_time import OneAtATime, one_at_a_time
from analysis.core.uncertainty.local.stability import pair_radius
from analysis.core.uncertainty.local.stability_tables import stability_table, swap_radius
from analysis.reporting.report import LAST, top_of
from analysis.reporting.sensitivity.sensitivity_certain import Certain

IntArray = NDArray[np.intp]

NEAR = 2  # places on either side of a cut


@dataclass(frozen=True)
class FirstChange:
    """The smallest change of weights at which a list changes.

    Attributes
    ----------
    low, high : float
        No smaller relative change of the items' weights will do; this one does.
        inf where none does.
    coming, going : str
        The unit that draws level first, and the one with which.
    """

    low: float
    high: float
    coming: str
    going: str


@dataclass(frozen=True, eq=False)
class Local:
    """What small changes of the weights do.

    Attributes
    ----------
    steps : OneAtATime
        Each weight from 0 to its double.
    stability : pandas.DataFrame
        Units beside the end of the top and the last fives: see `stability_table`.
    swaps : pandas.DataFrame
        Neighbours in the ranking: see `swap_radius`.
    top : FirstChange or None
        For the list of the top; None where all units are in it.
    last : dict of str to FirstChange
        For the last five of each region of at least ten units.
    """

    steps: OneAtATime
    stability: pd.DataFrame
    swaps: pd.DataFrame
    top: FirstChange | None
    last: dict[str, FirstChange]


def open_local(certain: Certain) -> Local | None:
    """Return what small changes of the weights do; None where the method allows no saying."""
    model, space, study = certain.model, certain.space, certain.study
    if model is None or space is None:
        return None
    values, framework, units = model.values, study.framework, study.units
    order = np.argsort(study.nominal_ranks, kind="stable")
    top = top_of(len(order))
    regions = np.array(study.regions, dtype=object)
    last = {}
    for code in dict.fromkeys(study.regions):
        here = order[regions[order] == code]
        if code and len(here) >= 2 * LAST:
            last[code] = _first(certain, here[:-LAST], here[-LAST:])
    # The last are counted in regions that are large enough, and the others have none.
    asked = [code if code in last else "" for code in study.regions]
    table = stability_table(
        values,
        units,
        space,
        framework,
        regions=asked,
        top=(top,) if top < len(units) else (),
        last=LAST if last else 0,
        near=NEAR,
    )
    counted = table["move"].str.endswith("top") | (table["region"] != "")
    return Local(
        one_at_a_time(values, units, framework, decimals=study.base.ranking.decimals),
        table[counted].reset_index(drop=True),
        swap_radius(values, units, space, framework),
        _first(certain, order[:top], order[top:]) if top < len(order) else None,
        last,
    )


def _first(certain: Certain, inside: IntArray, outside: IntArray) -> FirstChange:
    """Return when the first of those outside draws level with one of those inside."""
    study = certain.study
    assert certain.model is not None
    assert certain.space is not None
    ahead, behind = np.repeat(inside, len(outside)), np.tile(outside, len(inside))
    low, high = pair_radius(certain.model.values, study.framework, certain.space, ahead, behind)
    at = int(high.argmin())
    return FirstChange(
        float(low.min()), float(high[at]), study.units[behind[at]], study.units[ahead[at]]
    )
