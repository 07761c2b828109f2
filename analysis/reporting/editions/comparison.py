"""The same panel under two editions of the framework: what a report on them is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from analysis.core.adjustment import NO_ADJUSTMENT
from analysis.core.catalogue import find_framework
from analysis.core.comparing.crosswalk import Crosswalk, find_crosswalk
from analysis.core.comparing.firmness import CAUSE, EFFECT
from analysis.core.comparing.flows import weight_flows
from analysis.core.comparing.rewards import rewards
from analysis.core.comparing.similarity import Similarity, similarity
from analysis.core.framework import Framework
from analysis.reporting.editions.comparison_causes import Causes, open_causes
from analysis.reporting.editions.comparison_decisions import Decisions, open_decisions
from analysis.reporting.editions.comparison_firm import Firm, open_firm
from analysis.reporting.editions.comparison_gains import Gained, open_gains
from analysis.reporting.opening import Opened, score_reading
from analysis.reporting.record.record_experiment import Experiment, open_experiment
from analysis.reporting.report import LAST, Report, top_of
from analysis.reporting.unit_labels import unit_labels

OLD, NEW = "mofcom-2016", "mofcom-2021"
SIDES = ("old", "new")


@dataclass(frozen=True, eq=False)
class Comparison:
    """A report's panel under both editions and the report's own method.

    Each part is computed when it is first asked for.

    Attributes
    ----------
    report : Report
    sides : (Opened, Opened)
        The panel under the old edition and under the new.
    """

    report: Report
    sides: tuple[Opened, Opened]

    # The frameworks

    @property
    def old(self) -> Framework:
        """The framework of the old edition."""
        return self.sides[0].framework

    @property
    def new(self) -> Framework:
        """The framework of the new edition."""
        return self.sides[1].framework

    @property
    def names(self) -> tuple[str, str]:
        """What a reader sees for the two editions."""
        return self.report.t("editions.name.old"), self.report.t("editions.name.new")

    @property
    def group_labels(self) -> tuple[dict[str, str], dict[str, str]]:
        """What a reader sees for the groups of the old edition, and of the new."""
        labels = [
            {group: one.label(group, self.report.lang) for group in one.groups}
            for one in (self.old, self.new)
        ]
        return labels[0], labels[1]

    @cached_property
    def crosswalk(self) -> Crosswalk:
        """Which items of one edition are those of the other."""
        found = find_crosswalk(self.old, self.new)
        assert found is not None  # it is shipped, and so are both frameworks
        return found

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Where the weight of the old groups goes."""
        return weight_flows(self.old, self.new, self.crosswalk)

    @cached_property
    def rewards(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """What each edition's weight rests on."""
        return rewards(self.old), rewards(self.new)

    # The ranks

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """Ranks of every unit-year with one under both editions.

        ``year, unit, region, rank_old, rank_new, region_rank_old,
        region_rank_new, shift, region_shift`` (Int64; a shift counts the
        places won), sorted by year, new rank and unit.
        """
        table = self._both.dropna(subset=["rank_old", "rank_new"])
        whole = [f"{kind}_{side}" for kind in ("rank", "region_rank") for side in SIDES]
        table = table.astype(dict.fromkeys(whole, "Int64"))
        table["shift"] = table["rank_old"] - table["rank_new"]
        table["region_shift"] = table["region_rank_old"] - table["region_rank_new"]
        return table.sort_values(["year", "rank_new", "unit"], ignore_index=True)

    @cached_property
    def table(self) -> pd.DataFrame:
        """`ranks` of the report's year by unit, with ``label``, whatever its scope."""
        report = self.report
        rows = self.ranks[self.ranks["year"] == report.year].set_index("unit")
        rows.insert(0, "label", [report.unit_label(str(unit)) for unit in rows.index])
        return rows.drop(columns="year")

    @cached_property
    def unit_labels(self) -> dict[str, str]:
        """Name of every unit of any year, as it is called in the newest up to the report's."""
        panel = self.report.panel.units
        known: dict[str, str] = {}
        for year in sorted({int(y) for y in panel.index.get_level_values("year")}):
            if year <= self.report.year:
                rows = panel[panel.index.get_level_values("year") == year].droplevel("year")
                of_year = unit_labels(rows, self.report.lang)
                known |= {str(unit): str(label) for unit, label in of_year.items()}
        return known

    @cached_property
    def left_out(self) -> int:
        """Units of the scope and year that have a rank under one edition only, or none."""
        return len(self._in_scope(self._both, self.report.year)) - len(self.scope)

    @cached_property
    def scope(self) -> pd.DataFrame:
        """The units of the report's scope, ranks and shifts within it.

        Index ``unit``; ``label, region, old, new, shift``: ranks among all
        units, or within the region where the report is on one.
        """
        prefix = "" if self.report.national else "region_"
        names = {f"{prefix}rank_old": "old", f"{prefix}rank_new": "new", f"{prefix}shift": "shift"}
        table = self.report.in_scope(self.table)
        return table[["label", "region", *names]].rename(columns=names)

    @property
    def few(self) -> bool:
        """Whether there is nothing to compare."""
        return len(self.scope) < 2

    @property
    def top(self) -> int:
        """How many places count as the top within the scope."""
        return top_of(len(self.scope))

    @cached_property
    def regions(self) -> dict[str, str]:
        """Names of the regions of the scope, in order, the units without one left out."""
        present = set(self.scope["region"])
        report = self.report
        return {c: report.region_label(c) for c in report.region_codes if c and c in present}

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Years in which units have ranks under both editions."""
        return tuple(sorted({int(year) for year in self.ranks["year"]}))

    def agreement(self, year: int, region: str = "") -> Similarity:
        """Return how far the two rankings of a year agree: of all units, or within a region."""
        rows = self.ranks[self.ranks["year"] == year].set_index("unit")
        if region:
            rows = rows[rows["region"] == region]
        places = [rows[f"rank_{side}"].astype("float64") for side in SIDES]
        regions = rows["region"] if (rows["region"] != "").any() else None
        top = top_of(len(rows))
        return similarity(*places, top=top, last=LAST, regions=regions, ranks=True)

    # What follows from them

    @cached_property
    def firm(self) -> Firm:
        """How firm all that is under other weights and methods, and on other panels."""
        more = {f"{CAUSE}{c}": mean for c, mean in self.causes.summary["rank_mean"].items()}
        exits = self.decisions.counts["exits"]
        if self.report.year in exits.index:
            more |= {f"candidates_{s}": exits.at[self.report.year, s] for s in ("both", *SIDES)}
        if self.gains.ranks is not None:
            terms = self.gains.ranks.effects
            plain = terms[terms["level"] == ""]
            effects = zip(plain["predictor"], plain["standardised"], strict=True)
            more |= {f"{EFFECT}{name}": value for name, value in effects}
        return open_firm(
            self.report,
            self.sides,
            self.scope.index,
            {y: pd.Index(self.ranks.loc[self.ranks["year"] == y, "unit"]) for y in self.years},
            pd.Series(more, dtype="float64"),
        )

    @cached_property
    def causes(self) -> Causes:
        """Why the units moved."""
        return open_causes(self.report, self.sides, self.crosswalk)

    @cached_property
    def gains(self) -> Gained:
        """What the units that gain have in common."""
        return open_gains(self.report, self.sides, self.scope, self.causes)

    @cached_property
    def effect_draws(self) -> pd.DataFrame | None:
        """The standardised effects of the regression over the draws."""
        return self.gains.over_draws(self.scope["shift"].astype("float64"), self.firm.shifts)

    @cached_property
    def decisions(self) -> Decisions:
        """What the editions change in decisions."""
        return open_decisions(self.report, self.sides)

    @cached_property
    def experiment(self) -> Experiment:
        """What the published lists say of the change."""
        return open_experiment(lang=self.report.lang)

    @cached_property
    def _both(self) -> pd.DataFrame:
        old, new = (_index(side) for side in self.sides)
        keys = ["year", "unit", "region"]
        return old.merge(new, on=keys, how="outer", suffixes=("_old", "_new"))

    def _in_scope(self, table: pd.DataFrame, year: int) -> pd.DataFrame:
        return self.report.in_scope(table[table["year"] == year])


def compare(report: Report) -> Comparison:
    """Score what was read under both editions, with the report's own method.

    Parameters
    ----------
    report : Report

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If the panel does not hold what one of the editions needs.
    """
    # Points are for one edition; what is compared is what both have.
    method = replace(report.method, adjustment=NO_ADJUSTMENT)
    old, new = (score_reading(report.reading, find_framework(name), method) for name in (OLD, NEW))
    return Comparison(report, (old, new))


def labelled(table: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return a table with a column ``unit`` and, before it, what a reader sees for each."""
    named = table.copy()
    named.insert(0, "label", [str(labels.get(unit, unit)) for unit in named["unit"]])
    return named


def _index(side: Opened) -> pd.DataFrame:
    rows = side.scores.table
    rows = rows[rows["node"] == side.framework.root]
    return rows[["year", "unit", "region", "rank", "region_rank"]].reset_index(drop=True)
