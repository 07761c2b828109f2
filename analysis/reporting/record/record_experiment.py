"""The natural experiment in the published record, as a report shows it.

``open_experiment(lang=...)`` reads the shipped record and needs no panel; the
tables, words and the figure are in the modules ``record_experiment_*``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.reporting.record.record import Record, open_record
from analysis.zones.experiment_chance import Paired, Placing, paired_moves, placing
from analysis.zones.natural_experiment import (
    Counts,
    Step,
    memberships,
    published_counts,
    read_told,
    region_bounds,
    replaced_by_depth,
    step,
)
from analysis.zones.published import TopList
from analysis.zones.registry import REGIONS, assessed_in


@dataclass(frozen=True, eq=False)
class Experiment:
    """The round in which the edition changed, and the rounds beside it.

    Attributes
    ----------
    record : Record
        The record it is read from, in the language of the report.
    steps : tuple of Step
        From each round to the next, then over the rounds between complete lists.
    """

    record: Record
    steps: tuple[Step, ...]

    # Which step is which

    @cached_property
    def change(self) -> Step:
        """The step in which the edition changed."""
        return next(found for found in self.steps if found.new_edition)

    @cached_property
    def earlier(self) -> Step:
        """The round before the change."""
        end = self.change.change.before
        return next(found for found in self.steps if found.change.after == end)

    @cached_property
    def later(self) -> Step:
        """The step after the change whose number replaced is known."""
        start = self.change.change.after
        return next(found for found in self.steps if found.change.before == start and found.narrow)

    @cached_property
    def told(self) -> Step:
        """The step of which a report names the number replaced."""
        return next(found for found in self.steps if found.told is not None)

    @cached_property
    def ordinary(self) -> tuple[Step, ...]:
        """The steps from one round to the next within one edition."""
        return tuple(found for found in self.steps if found.rounds == 1 and not found.new_edition)

    # What follows

    @cached_property
    def counts(self) -> Mapping[int, Counts]:
        """Published members by region or province, by data year."""
        return published_counts(self.record.aggregates)

    def assessed(self, year: int) -> pd.DataFrame:
        """Return region and province of the zones assessed in a round."""
        zones = self.record.zones
        places = memberships(zones, self.record.provinces)
        return places.loc[assessed_in(zones, year).index]

    def between(self, low: object, high: object) -> str:
        """Return a number, or its bounds where they differ ("3 or 4", "5 to 21")."""
        if low == high:
            return str(low)
        next_to = isinstance(low, int) and isinstance(high, int) and high - low == 1
        return self.record.t("experiment.or" if next_to else "experiment.range", low=low, high=high)

    def lists(self, found: Step) -> tuple[TopList, TopList]:
        """Return the two lists of a step."""
        return self.record.tops[found.change.before], self.record.tops[found.change.after]

    def same_down_to(self, found: Step) -> int:
        """Return the greatest depth at which both lists have the same zones for certain."""
        high = replaced_by_depth(*self.lists(found))["high"]
        return int(high.index[high == 0].max()) if (high == 0).any() else 0

    @cached_property
    def placings(self) -> Mapping[str, Placing]:
        """Where the round of the change stands, by the rounds that are let in."""
        special = self.change.change.low
        by_lists = [(found.change.low, found.change.high) for found in self.ordinary]
        narrow = [found.replaced for found in self.ordinary if found.narrow]
        told = [found.replaced for found in self.ordinary if found.narrow or found.told is not None]
        return {
            "all": placing(special, by_lists),
            "all_told": placing(special, [found.replaced for found in self.ordinary]),
            "narrow": placing(special, narrow),
            "narrow_told": placing(special, told),
            "narrow_two": placing(special, [*told, self.later.replaced]),
        }

    @cached_property
    def paired(self) -> Paired:
        """How far the same zones moved in the round before and in that of the change."""
        return paired_moves(self.earlier.change, self.change.change)

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Bounds on the members by region.

        Index ``data_year``; a column ``<region>_low`` and ``<region>_high``
        for each region, and ``basis``: ``list``, ``published``, ``told`` (the
        numbers of the round before, with the zones that came in and dropped
        out as a report names them) or ``bounds``.
        """
        rows: dict[int, dict[str, object]] = {}
        for year in self.record.years:
            stated = self.counts.get(year, {})
            found = region_bounds(self.record.tops[year], self.assessed(year), stated)
            basis = "bounds"
            if self.record.tops[year].complete:
                basis = "list"
            elif all(region in stated for region in REGIONS):
                basis = "published"
            elif year == self.told.change.after and year - 1 in rows:
                found, basis = self._as_told(rows[year - 1]), "told"
            row = {
                f"{region}_{end}": count
                for region, ends in found.to_dict("index").items()
                for end, count in ends.items()
            }
            rows[year] = {**row, "basis": basis}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("data_year")

    def gain(self, found: Step, region: str) -> int:
        """Return how many zones a region gained in a step of which both numbers are known."""
        both = self.regions.loc[[found.change.before, found.change.after]]
        low, high = (both[f"{region}_{end}"].to_numpy(dtype=np.int64) for end in ("low", "high"))
        if (low != high).any():
            raise ValueError(f"the members of {region} are known by bounds only")
        return int(low[1] - low[0])

    def exchanged(self, region: str) -> tuple[int, int]:
        """Return how many zones of a region came in and dropped out with the change."""
        change = self.change.change
        return self._of(region, change.entered), self._of(region, change.left)

    def _of(self, region: str, zones: tuple[str, ...]) -> int:
        return int((self.record.zones.loc[list(zones), "region"] == region).sum())

    def _as_told(self, before: Mapping[str, object]) -> pd.DataFrame:
        change = self.told.change
        rows = {}
        for region in REGIONS:
            net = self._of(region, change.entered) - self._of(region, change.left)
            rows[region] = [int(str(before[f"{region}_{end}"])) + net for end in ("low", "high")]
        return pd.DataFrame.from_dict(rows, orient="index", columns=["low", "high"])


def open_experiment(*, lang: str = "zh") -> Experiment:
    """Open the natural experiment in the published record.

    Parameters
    ----------
    lang : {"zh", "en"}

    Raises
    ------
    ValueError
        If the language is neither, or the sources contradict each other.
    """
    record = open_record(lang=lang)
    counts = published_counts(record.aggregates)
    told = read_told()
    steps = []
    for change in record.turnovers:
        pair = (change.before, change.after)
        steps.append(
            step(
                record.tops[change.before],
                record.tops[change.after],
                record.zones,
                record.provinces,
                counts,
                told=int(told[pair]) if pair in told.index else None,
                new_edition=record.changes_edition(change),
            )
        )
    return Experiment(record, tuple(steps))
