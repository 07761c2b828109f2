"""What holds for every admissible weight, and what wider sets of weights leave of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.uncertainty.draws.study import Study
from analysis.core.uncertainty.robust.dominance import dominance
from analysis.core.uncertainty.robust.rank_bounds import rank_bounds
from analysis.core.uncertainty.robust.robust_scores import score_bounds
from analysis.core.uncertainty.robust.robust_values import LinearModel, linear_values
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.weight_space import admissible, free, refuse_weight_sets
from analysis.reporting.report import LAST, top_of

BoolArray = NDArray[np.bool_]
SETS = ("tenth", "quarter", "double", "four", "free", "groups", "anything")
DEFAULT = "double"
RANKS = ("best_outer", "best_inner", "worst_inner", "worst_outer")


@dataclass(frozen=True, eq=False)
class Certain:
    """What is so whatever the admissible weights.

    Attributes
    ----------
    study : Study
        Draws of the weights alone: the units, and their items under the method.
    refused : tuple of Finding
        Why nothing can be said, if so; then ``model`` is None and the tables are empty.
    model : LinearModel or None
    space : WeightSpace or None
        The default admissible weights.
    table : pandas.DataFrame
        Index ``unit``, in order of rank: ``rank, score,
        score_min, score_max, best_outer, best_inner, worst_inner, worst_outer``.
    necessary : pandas.DataFrame of bool
        Units by units: whether the row is ahead of the column for all of them.
    sets : pandas.DataFrame
        Index the names of `SETS`; ``decided`` (share of pairs), ``width`` (median
        of the outer bounds' width), ``in_top``, ``open_top``, ``in_last``, ``open_last``:
        units certainly in, and neither certainly in nor certainly out. NaN where
        no region is large enough for a last five.
    """

    study: Study
    refused: tuple[Finding, ...]
    model: LinearModel | None
    space: WeightSpace | None
    table: pd.DataFrame
    necessary: pd.DataFrame
    sets: pd.DataFrame


def weight_set(name: str, framework: Framework) -> WeightSpace:
    """Return one of the sets of weights that are compared, by its name in `SETS`."""
    if name == "free":
        return free(framework)
    if name == "groups":
        return admissible(framework, groups="free")
    if name == "anything":
        return free(framework, groups="free")
    low, high = {"tenth": (0.9, 1.1), "quarter": (0.75, 1.25), "double": (0.5, 2.0),
                 "four": (0.25, 4.0)}[name]  # fmt: skip
    return admissible(framework, low=low, high=high)


def open_certain(study: Study, seed: int) -> Certain:
    """Return what holds for every admissible weight of a study."""
    order = np.argsort(study.nominal_ranks, kind="stable")
    units = [study.units[row] for row in order]
    variant = study.variants[0]
    try:
        refuse_weight_sets(study.framework)
        model = linear_values(variant.values, study.framework, variant.method, variant.added)
    except InputError as problem:
        nothing = pd.DataFrame(index=pd.Index(units, name="unit"))
        return Certain(study, problem.findings, None, None, nothing, nothing, nothing)
    space = weight_set(DEFAULT, study.framework)
    bounds = rank_bounds(model, space, seed=seed)
    least, greatest = score_bounds(model, space)
    table = pd.DataFrame(
        {
            "rank": study.nominal_ranks.astype(np.int64),
            "score": study.nominal_scores,
            "score_min": least,
            "score_max": greatest,
            **{name: getattr(bounds, name).astype(np.int64) for name in RANKS},
        },
        index=pd.Index(study.units, name="unit"),
    ).loc[units]
    necessary = bounds.dominance.necessary
    rows = {}
    for name in SETS:
        held = name == DEFAULT
        ahead = necessary if held else dominance(model, weight_set(name, study.framework)).necessary
        rows[name] = _left_open(study, ahead)
    names = pd.Index(study.units, name="unit")
    frame = pd.DataFrame(necessary, index=names, columns=names)
    return Certain(study, (), model, space, table, frame, pd.DataFrame(rows).T)


def _left_open(study: Study, ahead: BoolArray) -> dict[str, float]:
    """Return what pairwise dominance settles: pairs, ranks, the top, the last fives."""
    many = len(ahead)
    best, worst = 1 + ahead.sum(axis=0), many - ahead.sum(axis=1)
    top = top_of(many)
    found = {
        "decided": 2 * float(ahead.sum()) / (many * (many - 1)),
        "width": float(np.median(worst - best + 1)),
        "in_top": float((worst <= top).sum()),
        "open_top": float(((best <= top) & (worst > top)).sum()),
        "in_last": np.nan,
        "open_last": np.nan,
    }
    inside, unsure, counted = 0, 0, False
    regions = np.array(study.regions, dtype=object)
    for code in dict.fromkeys(study.regions):
        here = np.flatnonzero(regions == code)
        if code and len(here) >= 2 * LAST:
            counted = True
            among = ahead[np.ix_(here, here)]
            held = among.sum(axis=0) >= len(here) - LAST
            out = among.sum(axis=1) >= LAST
            inside += int(held.sum())
            unsure += int((~held & ~out).sum())
    if counted:
        found |= {"in_last": float(inside), "open_last": float(unsure)}
    return found
