"""One unit's year: its places over the years, item by item, what moved it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.account import item_account
from analysis.core.change import DATA_FREE_WEIGHTS, ONE_YEAR_IMPUTATIONS, Edition, change
from analysis.core.findings import Finding, InputError
from analysis.core.rank import rank_scores
from analysis.reporting.report import Report

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Score and places of a year; 0 for those in the region where there is none."""

    score: float
    rank: int
    of: int
    region_rank: int
    region_of: int


@dataclass(frozen=True, eq=False)
class Zone:
    """A report narrowed to one unit.

    Attributes
    ----------
    report : Report
        National: places are among all units, and among those of the unit's region.
    unit : str
    """

    report: Report
    unit: str

    @property
    def name(self) -> str:
        """What a reader sees for the unit."""
        return self.report.unit_label(self.unit)

    @cached_property
    def region(self) -> str:
        """The unit's region in the year, or ``""``."""
        return str(self.report.standing["region"][self.unit])

    @cached_property
    def places(self) -> pd.DataFrame:
        """Score and places year by year, up to the report's.

        Index ``year``, every one that the panel scores; ``score, rank, of,
        region_rank, region_of``, missing where the unit was not scored.
        """
        report = self.report
        rows = report.scores.table
        rows = rows[(rows["node"] == report.framework.root) & (rows["year"] <= report.year)]
        ranked = rows[rows["rank"].notna()]
        of = ranked.groupby("year").size()
        own = rows[rows["unit"] == self.unit].set_index("year")
        within = ranked.groupby(["year", "region"]).size()
        region_of = [within.get((year, own["region"][year]), 0) for year in own.index]
        own = own[["score", "rank", "region_rank"]].assign(region_of=region_of)
        table = own.reindex(sorted(int(year) for year in rows["year"].unique()))
        table.insert(2, "of", of.reindex(table.index))
        counts = {"rank": "Int64", "of": "Int64", "region_rank": "Int64", "region_of": "Int64"}
        return table[["score", *counts]].astype(counts)

    def place(self, year: int) -> Place:
        """Return score and places of a year in which the unit was scored."""
        row = self.places.loc[[year]].iloc[0]
        whole = {name: int(row[name]) if pd.notna(row[name]) else 0 for name in row.index[1:]}
        return Place(float(row["score"]), **whole)

    @cached_property
    def items(self) -> pd.DataFrame:
        """Every item beside region and country.

        Index: items in the order of the framework. ``value, region_mean,
        mean`` in the item's own unit; ``rank, of`` among all units with a
        value, ``region_rank, region_of`` in the region, the better first (by
        the normalised value; the direction decides between values that
        treatment has made alike); ``z, region_z``: distance of the unit's, and
        of the region's mean, normalised value from that of all units, in
        their standard deviations, higher is better; ``better``: whether the
        value itself is better than the mean of all. Missing stays missing.
        """
        report = self.report
        codes = list(report.framework.items)
        values = report.values
        normalised = report.scores.in_year(report.year)[codes].reindex(values.index)
        direction = report.framework.nodes.loc[codes, "direction"].astype(float)
        here = (report.standing["region"].reindex(values.index) == self.region).to_numpy()
        here = here & (self.region != "")
        keys = _places_of(normalised, values.mul(direction))
        own = values.index.get_loc(self.unit)
        rank = rank_scores(keys.T)[:, own]
        inside = np.where(here[:, None], keys, np.nan)
        spread = normalised.std().replace(0.0, np.nan)
        mean = normalised.mean()
        gap = (values.loc[self.unit] - values.mean()).mul(direction)
        scale = values.abs().max().replace(0.0, 1.0)
        table = pd.DataFrame(
            {
                "value": values.loc[self.unit],
                "region_mean": values[here].mean(),
                "mean": values.mean(),
                "rank": rank,
                "of": values.count(),
                "region_rank": rank_scores(inside.T)[:, own],
                "region_of": values[here].count(),
                "z": (normalised.loc[self.unit] - mean) / spread,
                "region_z": (normalised[here].mean() - mean) / spread,
                "better": (gap / scale).round(12) > 0,
            },
            index=pd.Index(codes, name="item"),
        )
        whole = dict.fromkeys(("rank", "of", "region_rank", "region_of"), "Int64")
        return table.astype(whole)

    def extremes(self, most: int = 5) -> tuple[list[str], list[str]]:
        """Return the items in which the unit stands best, and worst, the most marked first.

        By place among all units as a share of them, the standardised distance
        between equal places. As many on either side, and none on both: for
        the first of all its strongest and weakest items too, one against the
        other.
        """
        table = self.items.dropna(subset=["z"])
        share = (table["rank"] / table["of"]).astype("float64").round(9)
        ordered = table.assign(share=share).sort_values(
            ["share", "z"], ascending=[True, False], kind="stable"
        )
        codes = [str(code) for code in ordered.index]
        many = min(most, len(codes) // 2)
        return codes[:many], codes[::-1][:many]

    @cached_property
    def before(self) -> int | None:
        """The latest earlier year in which the unit was scored."""
        scored = self.places["score"].dropna().index
        return max((int(year) for year in scored if year < self.report.year), default=None)

    @cached_property
    def moves(self) -> pd.DataFrame:
        """What each item did to the unit's distance from the mean score since the year before.

        Index ``item``, by falling absolute size; ``points``: what the item
        adds to the unit's score less the mean of that over all units
        (`analysis.core.account.item_account`), this year less then; sums to
        the change of that distance. ``value_from, value_to``. Empty where the
        unit was not scored before.
        """
        report = self.report
        if self.before is None:
            return pd.DataFrame(columns=["points", "value_from", "value_to"])
        parts = []
        for year in (self.before, report.year):
            found = item_account(report.scores, year).parts
            parts.append(found.loc[self.unit] - found.mean())
        values = report.panel.values[list(report.framework.items)]
        table = pd.DataFrame(
            {
                "points": (parts[1] - parts[0]).round(12),
                "value_from": values.loc[(self.before, self.unit)],
                "value_to": values.loc[(report.year, self.unit)],
            }
        )
        order = table["points"].abs().sort_values(ascending=False, kind="stable").index
        return table.loc[order].rename_axis("item")

    @cached_property
    def causes(self) -> pd.Series | None:
        """The change of score split into own data and goalposts (`analysis.core.change.change`).

        None where the unit was not scored before, or the method finds its
        weights or fills its gaps from more than the year, so that a row
        cannot be moved into another year.
        """
        report, method = self.report, self.report.method
        movable = (
            method.weighting.rule in DATA_FREE_WEIGHTS
            and method.imputation.rule in ONE_YEAR_IMPUTATIONS
        )
        if self.before is None or not movable:
            return None
        edition = Edition(report.panel, report.framework, method)
        try:
            table = change(edition, (self.before, report.year), units=[self.unit])
        except InputError:
            return None
        return table.iloc[0]


def open_zone(report: Report, unit: str) -> Zone:
    """Return a report narrowed to one unit.

    Raises
    ------
    InputError
        If the unit has no score in the year, with the years in which it has one.
    """
    scored = report.standing["score"].dropna().index
    if unit not in scored:
        rows = report.scores.table
        rows = rows[(rows["unit"] == unit) & (rows["node"] == report.framework.root)]
        years = ", ".join(str(y) for y in rows.loc[rows["score"].notna(), "year"]) or "-"
        told: dict[str, object] = {"unit": unit, "year": report.year, "years": years}
        raise InputError([Finding("error", "zone.no_score", told, unit=unit, year=report.year)])
    return Zone(report, unit)


def _places_of(normalised: pd.DataFrame, directed: pd.DataFrame) -> FloatArray:
    """Return numbers that sort units as their normalised values do, then as their own do."""
    keys = np.full(normalised.shape, np.nan)
    for at, item in enumerate(normalised.columns):
        first = normalised[item].round(9)
        there = (first.notna() & directed[item].notna()).to_numpy()
        pairs = list(zip(first[there], directed[item][there], strict=True))
        place = {pair: float(i) for i, pair in enumerate(sorted(set(pairs)))}
        keys[there, at] = [place[pair] for pair in pairs]
    return keys
