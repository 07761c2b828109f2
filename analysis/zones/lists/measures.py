"""What lists are made of: the scores and the reported values of one year, found by their codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.core.adjustment import UNLISTED, UNRANKED
from analysis.core.framework import Framework
from analysis.core.panel import Panel
from analysis.core.scores import Scores
from analysis.zones.lists.rules import GROWTH, ROOT

Kind = Literal["score", "item", "column", "growth"]


@dataclass(frozen=True, eq=False)
class ListData:
    """One year as lists want it.

    Attributes
    ----------
    year : int
    framework : Framework
    scores : pandas.DataFrame
        Scores of all nodes by unit; NaN is no score.
    items : pandas.DataFrame
        Values of the items as they were reported or derived, same units; NaN
        where nothing was reported, imputed values included.
    panel : Panel
        As it was read, all years, unit-years that are not scored included.
    units : pandas.DataFrame
        ``region`` and other attributes of the scored units of the year.
    vetoed : frozenset of str
        Units that a veto of the method keeps off lists, or without a rank
        (`analysis.core.scores.Scores.vetoes`).
    """

    year: int
    framework: Framework
    scores: pd.DataFrame
    items: pd.DataFrame
    panel: Panel
    units: pd.DataFrame
    vetoed: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Measure:
    """What a list sorts by, or what its condition is about.

    Attributes
    ----------
    code : str
        Of the node or column, without ``growth:``.
    kind : {"score", "item", "column", "growth"}
        ``score``: of a group or the index; ``item``: the value of an item;
        ``column``: of the table as read; ``growth``: of such a column, in %.
    values : pandas.Series
        float64 by scored unit; NaN where there is none.
    highest : bool
        Whether more is better.
    """

    code: str
    kind: Kind
    values: pd.Series
    highest: bool


def list_data(panel: Panel, items: Panel, scores: Scores, year: int) -> ListData:
    """Bring together what lists of one year are made of.

    Parameters
    ----------
    panel : Panel
        As read: it may hold columns that no item is derived from.
    items : Panel
        The framework's items.
    scores : Scores
    year : int

    Raises
    ------
    KeyError
        If no unit is scored in the year.
    """
    nodes, units = scores.in_year(year), scores.units_in(year)
    if nodes.empty:
        raise KeyError(f"no unit is scored in {year}")
    values = _of_year(items.values, year).reindex(nodes.index)
    values = values[list(scores.framework.items)]
    if items.imputed is not None:
        # What was not reported has no place in a list of amounts.
        marks = _of_year(items.imputed, year).astype(bool)
        marks = marks.reindex(index=nodes.index, columns=values.columns, fill_value=False)
        values = values.mask(marks)
    effects = scores.vetoes[scores.vetoes.index.get_level_values("year") == year]
    barred = effects[effects.isin((UNLISTED, UNRANKED))].index.get_level_values("unit")
    vetoed = frozenset(map(str, barred))
    return ListData(year, scores.framework, nodes, values, panel, units, vetoed)


def measure(data: ListData, words: Sequence[str]) -> Measure | None:
    """Return the first of several measures that there is, None where there is none.

    Parameters
    ----------
    data : ListData
    words : sequence of str
        As in `ListRule.sort_by`. A node of the framework goes before a column
        of the same code.

    Returns
    -------
    Measure or None
        Growth over the year before is ``100 (x_t / x_{t-1} - 1)``; it is
        missing where either value is or the earlier one is not positive.
    """
    for word in words:
        found = _growth(data, word) if word.startswith(GROWTH) else _level(data, word)
        if found is not None:
            return found
    return None


def _level(data: ListData, word: str) -> Measure | None:
    nodes = data.framework.nodes
    code = data.framework.root if word == ROOT and word not in nodes.index else word
    if code in data.framework.items:
        lowest = bool(nodes["direction"].eq(-1)[code])
        return Measure(code, "item", data.items[code], not lowest)
    if code in nodes.index:
        return Measure(code, "score", data.scores[code], True)
    if code in data.panel.values:
        return Measure(code, "column", _column(data, code, data.year), True)
    return None


def _growth(data: ListData, word: str) -> Measure | None:
    code = word.removeprefix(GROWTH)
    if code not in data.panel.values:
        return None
    now, before = _column(data, code, data.year), _column(data, code, data.year - 1)
    growth = 100.0 * (now / before.where(before > 0) - 1.0)
    return Measure(code, "growth", growth.replace([np.inf, -np.inf], np.nan), True)


def _column(data: ListData, code: str, year: int) -> pd.Series:
    values = _of_year(data.panel.values[[code]], year)[code]
    if data.panel.imputed is not None and code in data.panel.imputed:
        marks = _of_year(data.panel.imputed[[code]], year)[code].astype(bool)
        values = values.mask(marks)
    return values.reindex(data.scores.index).astype("float64")


def _of_year(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    return frame[frame.index.get_level_values("year") == year].droplevel("year")
