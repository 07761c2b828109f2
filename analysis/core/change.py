"""From one year to the next: what came of the unit's data, of the others, and of the rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.account_shapley import all_orders
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.score import score
from analysis.core.scores import Scores

FloatArray = NDArray[np.float64]

PARTS = ("data", "goalposts", "rule")
DATA_FREE_WEIGHTS = ("given", "equal", "ahp")
ONE_YEAR_IMPUTATIONS = ("none", "mean", "median", "regression", "em")


@dataclass(frozen=True, eq=False)
class Edition:
    """The rule in force: a framework and a method, with the panel of its items.

    Attributes
    ----------
    panel : Panel
        Holds both years.
    framework : Framework
    method : Method
    """

    panel: Panel
    framework: Framework
    method: Method


def change(
    before: Edition,
    years: tuple[int, int],
    after: Edition | None = None,
    *,
    units: Sequence[str] | None = None,
    nodes: tuple[str, str] | None = None,
) -> pd.DataFrame:
    """Split each unit's change of score into data, goalposts and rule.

    ``v(d, g, r)`` is the score of the unit with its own data of year ``d``,
    among the other units of year ``g``, by the rule ``r``: its row is put in
    the place of the one it has in year ``g``, and that year is scored anew.
    The change is ``v(1, 1, 1) - v(0, 0, 0)``, and each of the three has in it
    the mean, over the six orders in which they can change, of what it then
    adds (the Shapley value; for two of them, half the change first and half
    the change last):

    - ``data``: what changed in the unit itself, its attributes included;
    - ``goalposts``: what changed in the others, and with them in the ranges,
      means and treatment that normalise everyone; 0 where goalposts are fixed;
    - ``rule``: what changed in the framework and the method.

    Parameters
    ----------
    before : Edition
        The rule in force in the first year.
    years : (int, int)
    after : Edition, optional
        The rule in force in the second; by default the same.
    units : sequence of str, optional
        By default all that are scored in both years. A unit takes two
        scorings of a year for each rule.
    nodes : (str, str), optional
        The node compared, by its code before and after; by default the index.

    Returns
    -------
    pandas.DataFrame
        ``unit, score_from, score_to, change, data, goalposts, rule, rank_from,
        rank_to, rank_change``; sorted by unit. The three parts sum to
        ``change``. Ranks are among all units of the year (Int64);
        ``rank_change`` is places won. The parts are NaN where the unit has no score in
        some mixture of the years.

    Raises
    ------
    InputError
        If a year cannot be scored (see `analysis.core.score.score`).
    KeyError
        If a year or a unit is not there.
    """
    after = before if after is None else after
    nodes = (before.framework.root, after.framework.root) if nodes is None else nodes
    editions = [(before, nodes[0]), (after, nodes[1])]
    own: dict[tuple[int, int], pd.Series] = {}
    for r, (edition, node) in enumerate(editions):
        if r and edition is before and nodes[0] == nodes[1]:
            own |= {(g, 1): own[g, 0] for g in (0, 1)}
            continue
        for g, year in enumerate(years):
            own[g, r] = _scored(edition, year).in_year(year)[node]
    common = own[0, 0].index.intersection(own[1, 1].index)
    common = common.intersection(own[1, 0].index).intersection(own[0, 1].index)
    chosen = sorted(common) if units is None else list(units)
    if not set(chosen) <= set(common):
        raise KeyError(sorted(set(chosen) - set(common)))
    values: dict[tuple[bool, bool, bool], FloatArray] = {}

    def worth(moved: NDArray[np.bool_]) -> FloatArray:
        d, g, r = (int(one) for one in moved)
        edition, node = editions[r]
        if r and edition is before and nodes[0] == nodes[1]:
            r = 0
        key = (bool(d), bool(g), bool(r))
        if key not in values:
            values[key] = (
                own[g, r][chosen].to_numpy(dtype=np.float64)
                if d == g
                else _moved(edition, node, chosen, years[d], years[g])
            )
        return values[key]

    parts = all_orders(worth, len(PARTS))
    table = pd.DataFrame({"unit": pd.Series(chosen, dtype="str")})
    first, second = own[0, 0], own[1, 1]
    table["score_from"] = first[chosen].to_numpy()
    table["score_to"] = second[chosen].to_numpy()
    table["change"] = table["score_to"] - table["score_from"]
    for place, name in enumerate(PARTS):
        table[name] = parts[:, place]
    table["rank_from"] = _ranks(first, before.method)[chosen].to_numpy()
    table["rank_to"] = _ranks(second, after.method)[chosen].to_numpy()
    table[["rank_from", "rank_to"]] = table[["rank_from", "rank_to"]].astype("Int64")
    table["rank_change"] = table["rank_from"] - table["rank_to"]
    return table.sort_values("unit", ignore_index=True)


def year_by_year(method: Method) -> bool:
    """Return whether a method scores each year without a look at the others."""
    weighting, imputation = method.weighting, method.imputation
    return (
        method.normalisation.over == "year"
        and method.treatment.over == "year"
        and (weighting.rule in DATA_FREE_WEIGHTS or weighting.over == "year")
        and imputation.rule in ONE_YEAR_IMPUTATIONS
        and (imputation.rule == "none" or imputation.over == "year")
    )


def only_year(panel: Panel, year: int) -> Panel:
    """Return one year of a panel."""
    keep = panel.values.index.get_level_values("year") == year
    imputed = None if panel.imputed is None else panel.imputed[keep]
    return replace(panel, values=panel.values[keep], units=panel.units[keep], imputed=imputed)


def _scored(edition: Edition, year: int, panel: Panel | None = None) -> Scores:
    panel = edition.panel if panel is None else panel
    if year_by_year(edition.method):
        panel = only_year(panel, year)
    return score(panel, edition.framework, edition.method)


def _moved(
    edition: Edition, node: str, units: Sequence[str], data_year: int, year: int
) -> FloatArray:
    """Return each unit's score in a year with its data of another, the others as they are."""
    panel = edition.panel
    alone = year_by_year(edition.method)
    base = only_year(panel, year) if alone else panel
    found = np.empty(len(units))
    for place, unit in enumerate(units):
        source = int(
            panel.values.index.get_indexer(pd.MultiIndex.from_tuples([(data_year, unit)]))[0]
        )
        target = int(base.values.index.get_indexer(pd.MultiIndex.from_tuples([(year, unit)]))[0])
        imputed = (
            None
            if base.imputed is None or panel.imputed is None
            else _with_row(base.imputed, target, panel.imputed, source)
        )
        moved = replace(
            base,
            values=_with_row(base.values, target, panel.values, source),
            units=_with_row(base.units, target, panel.units, source),
            imputed=imputed,
        )
        scores = score(moved, edition.framework, edition.method)
        found[place] = scores.node(node).get((year, unit), np.nan)
    return found


def _with_row(frame: pd.DataFrame, target: int, other: pd.DataFrame, source: int) -> pd.DataFrame:
    """Return a table with one row replaced by one of another with the same columns."""
    row = other.iloc[[source]].set_axis(frame.index[[target]])
    return pd.concat([frame.iloc[:target], row, frame.iloc[target + 1 :]])


def _ranks(scores: pd.Series, method: Method) -> pd.Series:
    ranks = rank_scores(scores.to_numpy(dtype=np.float64), method.ranking.decimals)
    return pd.Series(ranks, index=scores.index)
