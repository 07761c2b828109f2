"""Why a unit moved: its shift of score and rank between two frameworks, split into causes."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.core.comparing.crosswalk import Crosswalk
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel

CAUSES = ("groups", "items", "weights", "normalisation")


@dataclass(frozen=True, eq=False)
class Attribution:
    """Shifts of score and rank, and what each cause has in them.

    Attributes
    ----------
    table : pandas.DataFrame
        ``unit, score_old, score_new, score_shift, score_groups, score_items,
        score_weights, score_normalisation, rank_old, rank_new, rank_shift,
        rank_groups, rank_items, rank_weights, rank_normalisation``; sorted by unit.
    hybrids : pandas.DataFrame
        16 rows: ``hybrid`` (the causes switched, ``""`` for none, joined by ``+``),
        ``groups, items, weights, normalisation`` (bool), ``emptied`` (groups without
        items, joined by a space), ``emptied_weight``, ``brought`` (groups that items
        without a membership brought along), ``brought_weight``, ``spearman_old``,
        ``spearman_new``.
    group_weights : pandas.DataFrame
        ``hybrid, group, origin`` (own, brought), ``items`` (how many), ``weight`` (as
        the edition has it), ``weight_used`` (0 for an emptied group).
    left_out : pandas.DataFrame
        ``unit, hybrids``: units that have no score in some hybrid, and in how many.
    """

    table: pd.DataFrame
    hybrids: pd.DataFrame
    group_weights: pd.DataFrame
    left_out: pd.DataFrame


def attribute(
    panel_old: Panel,
    panel_new: Panel,
    old: Framework,
    new: Framework,
    method_old: Method,
    method_new: Method,
    year: int,
    crosswalk: Crosswalk,
) -> Attribution:
    """Split the shift of each unit between two frameworks into its causes."""
    raise NotImplementedError
