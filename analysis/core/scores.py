"""The result of scoring: scores of all nodes, their ranks, and the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.adjust import Points
from analysis.core.adjustment import NO_ADJUSTMENT
from analysis.core.blocks import year_slices
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.impute import FILLED_COLUMNS
from analysis.core.method import Method
from analysis.core.rank import rank_within, round_scores
from analysis.core.screen import SCREENED_COLUMNS

__all__ = ["LEDGER_COLUMNS", "TABLE_COLUMNS", "Scores", "year_slices"]

FloatArray = NDArray[np.float64]

LEDGER_COLUMNS = ("year", "unit", "item", "value_from", "value_to", "why")
TABLE_COLUMNS = ("year", "region", "unit", "node", "level", "score", "rank", "region_rank")
TREATMENT_COLUMNS = ("year", "item", "why", "passes")
TRANSFORMATIONS = ("log_ct", "log_ct_neg", "boxcox")


@dataclass(frozen=True, eq=False)
class Scores:
    """What came of scoring a panel.

    Attributes
    ----------
    nodes : pandas.DataFrame
        Scores of all nodes, the items' normalised values included: index
        ``(year, unit)``, one column a node in file order; NaN is no score.
    values : pandas.DataFrame
        Items as they went into treatment (denominated, imputed), same index;
        NaN where nothing was there or what was there was refused.
    treated : pandas.DataFrame
        Items after treatment, same index. A transformed item is in the unit
        of its transformation.
    treatments : pandas.DataFrame
        ``year, item, why, passes``: the items that treatment changed, what it
        did (``why`` as in `analysis.core.treat.Treated`), and whether the item passes
        the test in the end.
    limits : pandas.DataFrame
        ``year, item, rule, lo, hi``: the ends between which each item was
        normalised, in the unit of the treated item (for z-scores the observed
        range); with ``group`` where groups of units were put on scales of
        their own.
    findings : tuple of Finding
    units : pandas.DataFrame
        Name, region and other attributes, same index.
    framework : Framework
        With the weights that were used (the newest year's, where each year has its own).
    method : Method
    imputed : pandas.DataFrame or None
        bool, same index, one column an item: which values were filled in. None:
        the method and the panel know of no imputation.
    filled : pandas.DataFrame
        ``year, unit, item, value, how, from_year``: every cell that the method
        filled (see `analysis.core.impute.Imputed`).
    screened : pandas.DataFrame
        ``year, unit, what, node, share, least``: shortfalls of data (see
        `analysis.core.screen.Screened`).
    weights : pandas.DataFrame or None
        ``code, weight, note`` and what else the rule of weighting returned,
        with ``year`` where each year has its own. None: weights as given.
    frameworks : mapping of int to Framework
        Each year's framework with its weights.
    points : Points or None
        What is added to the index outside the weights (`analysis.core.adjust`). None:
        the method has no points for this framework.
    inside : mapping of int to Framework
        Each year's framework before nodes were taken out of the weights for points
        (`analysis.core.adjustment.Adjustment.outside`); empty where none was.
    """

    nodes: pd.DataFrame
    values: pd.DataFrame
    treated: pd.DataFrame
    treatments: pd.DataFrame
    limits: pd.DataFrame
    findings: tuple[Finding, ...]
    units: pd.DataFrame
    framework: Framework
    method: Method
    imputed: pd.DataFrame | None = None
    filled: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(FILLED_COLUMNS)))
    screened: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(SCREENED_COLUMNS))
    )
    weights: pd.DataFrame | None = None
    frameworks: Mapping[int, Framework] = field(default_factory=dict)
    points: Points | None = None
    inside: Mapping[int, Framework] = field(default_factory=dict)

    @property
    def normalised(self) -> pd.DataFrame:
        """Normalised items: index ``(year, unit)``, one column an item."""
        return self.nodes[list(self.framework.items)]

    def node(self, code: str) -> pd.Series:
        """Return the scores of one node by ``(year, unit)``."""
        return self.nodes[code]

    @cached_property
    def unadjusted(self) -> Scores:
        """The scores without their points, by the weights alone."""
        if self.points is None:
            return self
        nodes = self.nodes.assign(**{self.framework.root: self.points.table["before"]})
        # Nodes taken out stay so: their weights are in the framework.
        method = replace(self.method, adjustment=NO_ADJUSTMENT)
        return replace(self, nodes=nodes, method=method, points=None)

    @property
    def vetoes(self) -> pd.Series:
        """The effect of a veto by ``(year, unit)``, ``""`` where there is none."""
        if self.points is None:
            return pd.Series("", index=self.nodes.index, name="veto", dtype="str")
        return self.points.table["veto"]

    def in_year(self, year: int) -> pd.DataFrame:
        """Return the scores of all nodes in one year, by unit."""
        return _in_year(self.nodes, year)

    def units_in(self, year: int) -> pd.DataFrame:
        """Return the attributes of the units in one year, by unit."""
        return _in_year(self.units, year)

    @cached_property
    def imputed_nodes(self) -> pd.DataFrame:
        """Which scores rest on an imputed value: bool, index and columns of ``nodes``.

        For an item its own value, for the nodes above it that of any item below.
        """
        marks = pd.DataFrame(False, index=self.nodes.index, columns=self.nodes.columns)
        if self.imputed is None:
            return marks
        marks[list(self.imputed.columns)] = self.imputed.to_numpy()
        for code in self.framework.bottom_up:
            children = list(self.framework.children(code))
            if children:
                marks[code] = marks[children].any(axis=1)
        return marks & self.nodes.notna()

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """``year, unit, item, value_from, value_to, why``: every value that treatment changed.

        ``why`` is ``winsorised``, ``log_ct``, ``log_ct_neg``, ``boxcox``,
        ``quantile`` or ``iqr``. Sorted by year, then in the order of the items.
        """
        rows_of = dict(year_slices(self.nodes.index))
        parts = []
        for year, item, why, _ in self.treatments.sort_values("year", kind="stable").itertuples(
            index=False, name=None
        ):
            rows = rows_of[year]
            before = self.values[item].to_numpy()[rows]
            after = self.treated[item].to_numpy()[rows]
            moved = ~np.isnan(before) & (before != after)
            units = self.nodes.index.get_level_values("unit")[rows][moved]
            columns = {"year": year, "unit": units, "item": item}
            columns |= {"value_from": before[moved], "value_to": after[moved], "why": why}
            parts.append(pd.DataFrame(columns, columns=list(LEDGER_COLUMNS)))
        parts = [part for part in parts if len(part)]
        if not parts:
            return pd.DataFrame(columns=list(LEDGER_COLUMNS))
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The tidy table of scores and ranks.

        Columns ``year, region, unit, node, level, score, rank, region_rank``;
        sorted by year, then by node (the index first, by falling level, then
        in the order of the framework), then by unit. Level 1 is the items.
        Scores are rounded to 9 decimals. Ranks (Int64) are within the year
        and, where the unit has a region, within year and region; 1 is the
        best, ties take the smallest, no score has no rank. Where the method or
        the panel knows of imputation, a last column ``imputed`` (bool) tells
        the scores that rest on an imputed value (`imputed_nodes`). Where the
        method counts points, ``points`` is their part of the score of the
        index, and ``veto`` the effect of a veto (``""``: none).
        """
        codes = list(self.framework.top_down)
        levels = [self.framework.level(code) for code in codes]
        marks = None if self.imputed is None else self.imputed_nodes[codes].to_numpy()
        scores = self.nodes[codes].to_numpy()
        regions = self.units["region"].to_numpy(dtype=object)
        names = self.nodes.index.get_level_values("unit")
        parts = []
        for year, rows in year_slices(self.nodes.index):
            matrix = np.ascontiguousarray(scores[rows].T)
            found, number = _numbered(regions[rows])
            ranks, within = rank_within(matrix, number, self.method.ranking.decimals)
            many = matrix.shape[1]
            part = {
                "year": np.full(matrix.size, year),
                "region": _repeated(found, np.tile(number, len(codes))),
                "unit": _tiled(names[rows], len(codes)),
                "node": _repeated(codes, np.repeat(np.arange(len(codes)), many)),
                "level": np.repeat(levels, many),
                "score": round_scores(matrix, 9).ravel(),
                "rank": _whole(ranks),
                "region_rank": _whole(within),
            }
            if self.points is not None:
                part |= self._points_columns(rows, len(codes))
            if marks is not None:
                part["imputed"] = marks[rows].T.ravel()
            parts.append(pd.DataFrame(part, copy=False))
        return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]

    def _points_columns(self, rows: slice, many: int) -> dict[str, object]:
        """Return the points and the vetoes of a year; those of the index come first."""
        assert self.points is not None
        here = self.points.table.iloc[rows]
        points = np.full(many * len(here), np.nan)
        points[: len(here)] = round_scores(here["points"].to_numpy(dtype=np.float64), 9)
        return {"points": points, "veto": _tiled(pd.Index(here["veto"]), many)}


def _in_year(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    return frame[frame.index.get_level_values("year") == year].droplevel("year")


def _numbered(words: NDArray[np.object_]) -> tuple[list[str], NDArray[np.intp]]:
    """Return the different words, sorted, and the place of each word among them; -1 for ``""``."""
    found = sorted({str(word) for word in words if word})
    place = {word: i for i, word in enumerate(found)} | {"": -1}
    return [*found, ""], np.fromiter((place.get(w, -1) for w in words), np.intp, len(words))


def _repeated(words: Sequence[str], places: NDArray[np.intp]) -> pd.api.extensions.ExtensionArray:
    """Return ``words[places]`` as a column of text."""
    column: pd.api.extensions.ExtensionArray = pd.array(list(words), dtype="str")
    return column.take(places % len(words))


def _tiled(words: pd.Index, times: int) -> pd.api.extensions.ExtensionArray:
    """Return a column of text that holds the words time and again."""
    column: pd.api.extensions.ExtensionArray = pd.Series(words, dtype="str").array
    return column.take(np.tile(np.arange(len(words)), times))


def _whole(ranks: FloatArray) -> pd.arrays.IntegerArray:
    """Return ranks as integers that may be missing, row by row in one array."""
    flat = ranks.ravel()
    absent = np.isnan(flat)
    whole = np.where(absent, 0, flat).astype(np.int64)
    return pd.arrays.IntegerArray(whole, absent)
