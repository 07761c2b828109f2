"""The result of scoring: scores of all nodes, their ranks, and the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.rank import rank_scores

FloatArray = NDArray[np.float64]

LEDGER_COLUMNS = ("year", "unit", "item", "value_from", "value_to", "why")
TABLE_COLUMNS = ("year", "region", "unit", "node", "level", "score", "rank", "region_rank")


@dataclass(frozen=True, eq=False)
class Scores:
    """What came of scoring a panel.

    Attributes
    ----------
    nodes : pandas.DataFrame
        Scores of all nodes, the items' normalised values included: index
        ``(year, unit)``, one column a node in file order; NaN is no score.
    treated : pandas.DataFrame
        Items after treatment, same index. A transformed item is in the unit
        of its transformation.
    limits : pandas.DataFrame
        ``year, item, rule, lo, hi``: the ends between which each item was
        normalised, in the unit of the treated item (for z-scores the observed range).
    ledger : pandas.DataFrame
        ``year, unit, item, value_from, value_to, why``: every value that
        treatment changed; ``why`` is ``winsorised``, ``log_ct`` or ``log_ct_neg``.
    findings : tuple of Finding
    units : pandas.DataFrame
        Name, region and other attributes, same index.
    framework : Framework
    method : Method
    """

    nodes: pd.DataFrame
    treated: pd.DataFrame
    limits: pd.DataFrame
    ledger: pd.DataFrame
    findings: tuple[Finding, ...]
    units: pd.DataFrame
    framework: Framework
    method: Method

    @property
    def normalised(self) -> pd.DataFrame:
        """Normalised items: index ``(year, unit)``, one column an item."""
        return self.nodes[list(self.framework.items)]

    def node(self, code: str) -> pd.Series:
        """Return the scores of one node by ``(year, unit)``."""
        return self.nodes[code]

    def in_year(self, year: int) -> pd.DataFrame:
        """Return the scores of all nodes in one year, by unit."""
        return _in_year(self.nodes, year)

    def units_in(self, year: int) -> pd.DataFrame:
        """Return the attributes of the units in one year, by unit."""
        return _in_year(self.units, year)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The tidy table of scores and ranks.

        Columns ``year, region, unit, node, level, score, rank, region_rank``;
        sorted by year, then by node (the index first, by falling level, then
        in the order of the framework), then by unit. Level 1 is the items.
        Scores are rounded to 9 decimals. Ranks (Int64) are within the year
        and, where the unit has a region, within year and region; 1 is the
        best, ties take the smallest, no score has no rank.
        """
        codes = self.framework.top_down
        decimals = self.method.ranking.decimals
        regions = self.units["region"].to_numpy(dtype=object)
        parts = []
        for year, rows in year_slices(self.nodes.index):
            matrix = self.nodes[list(codes)].iloc[rows].to_numpy().T
            here = regions[rows]
            within = np.full(matrix.shape, np.nan)
            for region in sorted({word for word in here if word}):
                members = here == region
                within[:, members] = rank_scores(matrix[:, members], decimals)
            units = self.nodes.index.get_level_values("unit")[rows]
            many = len(units)
            unit_of = np.tile(np.arange(many), len(codes))
            node_of = np.repeat(np.arange(len(codes)), many)
            part = {
                "year": np.full(matrix.size, year),
                "region": _words(here).take(unit_of),
                "unit": _words(units).take(unit_of),
                "node": _words(codes).take(node_of),
                "level": np.array([self.framework.level(code) for code in codes])[node_of],
                "score": np.round(matrix, 9).ravel(),
                "rank": _whole(rank_scores(matrix, decimals)),
                "region_rank": _whole(within),
            }
            parts.append(pd.DataFrame(part))
        return pd.concat(parts, ignore_index=True)[list(TABLE_COLUMNS)]


def year_slices(index: pd.Index) -> list[tuple[int, slice]]:
    """Return each year of a sorted ``(year, unit)`` index with its rows."""
    years = index.get_level_values("year").to_numpy()
    found, starts = np.unique(years, return_index=True)
    ends = [*starts[1:], len(years)]
    return [(int(y), slice(int(a), int(b))) for y, a, b in zip(found, starts, ends, strict=True)]


def _in_year(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    return frame[frame.index.get_level_values("year") == year].droplevel("year")


def _words(words: Iterable[str]) -> pd.api.extensions.ExtensionArray:
    return pd.Series(list(words), dtype="str").array


def _whole(ranks: FloatArray) -> pd.arrays.IntegerArray:
    """Return ranks as integers that may be missing, row by row in one array."""
    flat = ranks.ravel()
    absent = np.isnan(flat)
    whole = np.where(absent, 0, flat).astype(np.int64)
    return pd.arrays.IntegerArray(whole, absent)
