"""How firm the ranks of a report are: what its tables and figures on that are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from analysis.core.findings import InputError
from analysis.core.uncertainty.draws.outcome import Outcome
from analysis.core.uncertainty.draws.run import run_study
from analysis.core.uncertainty.draws.study import open_study
from analysis.core.uncertainty.draws.study_parts import Study
from analysis.core.uncertainty.indices.sobol import SobolResult, sobol_study
from analysis.core.uncertainty.methods.method_space import read_method_space
from analysis.core.uncertainty.methods.points_choice import usual_methods
from analysis.reporting.report import LAST, Report, top_of
from analysis.reporting.sensitivity.alternatives import Alternative, shifts
from analysis.reporting.sensitivity.sensitivity_certain import Certain, open_certain
from analysis.reporting.sensitivity.sensitivity_inverse import Inverse, open_inverse
from analysis.reporting.sensitivity.sensitivity_local import Local, open_local

DRAWS = 4000
ROWS_SOBOL = 512  # rows of each of the two samples; a power of two
SEED = 2021
TEN = 10
FIRM = 0.95  # a place is firm if it holds in at least this share of the draws
NARROW = 5  # an interval of so many places is narrow
# What texts on intervals and chances are to be filled with, in per cent and places.
LEVELS = {
    "low": 5,
    "high": 95,
    "level": 90,
    "sure": round(100 * FIRM),
    "rest": round(100 * (1 - FIRM)),
    "few": NARROW,
}


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What a report's ranks do when weights or method are others.

    Each part is computed when it is first asked for.

    Attributes
    ----------
    report : Report
    """

    report: Report

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Units of the scope that have a score."""
        return tuple(str(unit) for unit in self.report.current.dropna(subset=["score"]).index)

    @property
    def few(self) -> bool:
        """Whether there is no order that could be firm or not."""
        return len(self.units) < 2

    @property
    def top(self) -> int:
        """How many places count as the top within the scope."""
        return top_of(len(self.units))

    @cached_property
    def weights(self) -> Outcome:
        """Draws of the weights alone, the method as it is."""
        return run_study(self._study(None), DRAWS, top=self._tops, last=LAST)

    @cached_property
    def choices(self) -> Outcome:
        """Draws of weights and method at once."""
        return run_study(self._varied, DRAWS, top=self._tops, last=LAST, pairwise=False)

    @cached_property
    def _varied(self) -> Study:
        """A study of all the choices of method that can be drawn together."""
        report = self.report
        methods = usual_methods(report.panel, report.framework, report.method)
        try:
            return self._study(methods)
        except InputError:
            kept = {key: level for key, level in methods.items() if self._works(key, level)}
        try:
            return self._study(kept)
        except InputError:  # each works by itself, and some not together
            return self._study({"leave_out": methods["leave_out"]})

    def _works(self, key: str, level: object) -> bool:
        try:
            self._study({key: level})
        except InputError:
            return False
        return True

    def _study(self, methods: Mapping[str, Any] | None) -> Study:
        report = self.report
        space = None
        if methods is not None:
            space = read_method_space(methods, report.framework, report.method)
        return open_study(
            report.panel,
            report.framework,
            report.method,
            report.year,
            methods=space,
            units=self.units,
            seed=SEED,
            scores=report.scores,
        )

    @property
    def error(self) -> float:
        """Half the width of the widest 95% interval of a chance of being in the top."""
        table, name = self.weights.intervals, f"p_top{self.top}"
        return float((table[f"{name}_high"] - table[f"{name}_low"]).max()) / 2

    @property
    def _tops(self) -> tuple[int, ...]:
        return tuple(sorted({TEN, self.top}))

    @cached_property
    def sobol(self) -> SobolResult:
        """Which choice the ranks hang on."""
        study = self.choices.study
        return self.report.once("sobol", lambda: sobol_study(study, ROWS_SOBOL, seed=SEED))

    def sobol_of(self, output: str) -> pd.DataFrame:
        """Return the rows of `sobol` of one output: ``"mean_shift"`` or ``"rank"``."""
        table = self.sobol.table
        return table[table["output"] == output]

    @cached_property
    def sobol_by_unit(self) -> pd.DataFrame:
        """Total index of each unit's rank, units by factors; NaN where it does not vary."""
        table = self.sobol_of("rank").pivot(index="unit", columns="factor", values="total")
        return table.reindex(index=list(self.units), columns=list(self.sobol.factors))

    @cached_property
    def certain(self) -> Certain:
        """What holds for every admissible weight."""
        study = self.weights.study
        return self.report.once("certain", lambda: open_certain(study, SEED))

    @cached_property
    def local(self) -> Local | None:
        """One weight at a time, and the smallest changes that matter."""
        return self.report.once("local", lambda: open_local(self.certain))

    @cached_property
    def inverse(self) -> Inverse | None:
        """What the order tells of the weights."""
        return self.report.once("inverse", lambda: open_inverse(self.certain))

    @cached_property
    def _changes(self) -> tuple[pd.DataFrame, tuple[Alternative, ...]]:
        return shifts(self.report)

    @property
    def shifts(self) -> pd.DataFrame:
        """Places won under each other method (see `sensitivity.alternatives.shifts`)."""
        return self._changes[0]

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The other methods, one step changed at a time."""
        return self._changes[1]

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """How the rank of every unit of the scope varies.

        Index ``unit``; ``label, region, rank, region_rank``; ``median, q05, q25,
        q75, q95, p_top, p_ten, p_last`` with the weights drawn; ``all_q05,
        all_q95, all_p_top, all_p_last, all_p_unranked`` with weights and method
        drawn. Ranks are among the units of the scope; ``p_last`` is the chance of
        being in the last five of the region (missing without a region and in
        regions of fewer than ten). Best first.
        """
        scored = self.report.current.loc[list(self.units)]
        drawn = self.weights.intervals.set_index("unit")
        both = self.choices.intervals.set_index("unit")
        table = pd.DataFrame({"label": scored["label"], "region": scored["region"]})
        table["rank"] = drawn["rank"].astype("Int64")
        table["region_rank"] = scored["region_rank"].astype("Int64")
        for name in ("median", "q05", "q25", "q75", "q95"):
            table[name] = drawn[name].astype("Int64")
        names = {"p_top": f"p_top{self.top}", "p_ten": f"p_top{TEN}", "p_last": "p_last"}
        for name, column in names.items():
            table[name] = drawn[column].astype(float)
        for name in ("q05", "q95"):
            table[f"all_{name}"] = both[name].astype("Int64")
        for name in ("p_top", "p_last"):
            table[f"all_{name}"] = both[names[name]].astype(float)
        table["all_p_unranked"] = both["p_unranked"].astype(float)
        return table


def open_sensitivity(report: Report) -> Sensitivity:
    """Return the sensitivity of a report's ranks."""
    return Sensitivity(report)
