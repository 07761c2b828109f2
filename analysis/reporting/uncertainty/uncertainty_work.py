"""A study of uncertainty from the tables to all results: draws, Sobol' indices, bounds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.uncertainty.draws.outcome import Outcome
from analysis.core.uncertainty.draws.run import run_study
from analysis.core.uncertainty.draws.study import Study, open_study
from analysis.core.uncertainty.draws.tally import MANY_UNITS
from analysis.core.uncertainty.indices.sobol import SobolResult, sobol_study, varied
from analysis.core.uncertainty.methods.method_space import POINTS
from analysis.core.uncertainty.methods.points_choice import ASSUMED
from analysis.core.uncertainty.robust.exact_rank import TIME_LIMIT
from analysis.core.uncertainty.weights.hit_and_run import Agreement, agreement
from analysis.core.uncertainty.weights.weight_space import weight_draws
from analysis.reporting.inputs import Inputs
from analysis.reporting.uncertainty.uncertainty_inputs import (
    gathered,
    read_methods,
    tried,
    units_named,
    units_of,
    units_of_region,
)
from analysis.reporting.uncertainty.uncertainty_robust import Robust, robust_results
from analysis.texts import text

TOP = (10, 30)
LAST = 5
AGREED = 1.05  # split R-hat up to which chains are taken to agree


class Stages(Protocol):
    """Is told how far the work is."""

    def stage(
        self, name: str, steps: int | None = None
    ) -> AbstractContextManager[Callable[[], None]]:
        """Give a function to call at every step of a stage."""


@dataclass(frozen=True)
class Settings:
    """What is asked of a study.

    Attributes
    ----------
    region : str
        Rank among the units of one region; empty: among all.
    weights : str
        Word or path for `analysis.core.uncertainty.weights.weight_space.weight_draws`.
    methods : str
        ``none``, ``default`` or a path.
    draws : int
        At most.
    tolerance : float or None
        Half the width of the confidence intervals at which to stop.
    sobol : int
        Base sample of the Sobol' indices; 0: none.
    seed : int
    named : tuple of str
        Units (codes or names) for which pairwise and acceptability tables are
        written where there are too many units for all.
    bounds : bool
        Seek what holds for every admissible weight.
    exact : tuple of str or None
        Units whose best and worst rank is sought exactly: None for nobody,
        empty for those that the bounds leave open (see
        `analysis.reporting.uncertainty.uncertainty_robust.MOST_OPEN`).
    time_limit : float
        Seconds for the search of one such rank.
    record : bool
        Write a record of every draw.
    """

    region: str = ""
    weights: str = "uniform"
    methods: str = "default"
    draws: int = 20_000
    tolerance: float | None = 0.01
    sobol: int = 1024
    seed: int = 2021
    named: tuple[str, ...] = ()
    bounds: bool = True
    exact: tuple[str, ...] | None = None
    time_limit: float = TIME_LIMIT
    record: bool = False


@dataclass(frozen=True, eq=False)
class Prepared:
    """A study that is ready to be drawn, with the units named as codes."""

    inputs: Inputs
    settings: Settings
    study: Study
    named: tuple[str, ...]
    exact: tuple[str, ...] | None


@dataclass(frozen=True, eq=False)
class Work:
    """What came of a study.

    Attributes
    ----------
    prepared : Prepared
    outcome : Outcome
    sobol : SobolResult or None
    robust : Robust or None
        None where the method is not linear in the weights, or units have
        weights of their own.
    refused : tuple of Finding
        Why there is no ``robust``.
    agreement : Agreement or None
        Of the chains that draw the weights, where they are drawn by chains.
    """

    prepared: Prepared
    outcome: Outcome
    sobol: SobolResult | None
    robust: Robust | None
    refused: tuple[Finding, ...]
    agreement: Agreement | None

    @property
    def study(self) -> Study:
        """The study."""
        return self.prepared.study

    def summary(self, lang: str) -> list[str]:
        """Return in a few lines what a reader asks first: what is firm, and what matters most."""
        table = self.outcome.intervals
        width = (table["q95"] - table["q05"]).to_numpy(dtype=float)
        lines = [
            text(
                f"uncertainty.drawn.{self.outcome.stopped}",
                lang,
                units=len(table),
                draws=self.outcome.draws,
                tolerance=self.prepared.settings.tolerance or 0,
            ),
            text(
                "uncertainty.widths",
                lang,
                median=f"{np.nanmedian(width) if len(width) else np.nan:.0f}",
                widest=f"{np.nanmax(width, initial=0):.0f}",
                fixed=int((width == 0).sum()),
            ),
        ]
        for k in TOP:
            if k < len(table):
                share = table[f"p_top{k}"].to_numpy(dtype=float)
                told = {"sure": int((share >= 0.95).sum())}
                told["open"] = int(((share > 0.05) & (share < 0.95)).sum())
                lines.append(text("uncertainty.top", lang, k=k, **told))
        if self.agreement is not None:
            worst = self.agreement.worst
            key = "chains" if worst <= AGREED else "chains_apart"
            lines.append(text(f"uncertainty.{key}", lang, r_hat=f"{worst:.3f}"))
        lines += self._robust_lines(lang)
        most = None if self.sobol is None else most_important(self.sobol.table)
        # Where one thing alone is varied it accounts for all: nothing to tell.
        alone = self.sobol is not None and len(self.sobol.factors) == 1
        if most is not None and not alone:
            ends = {"at": "total", "low": "total_low", "high": "total_high"}
            shown = {name: f"{most[column]:.2f}" for name, column in ends.items()}
            label = text(f"factor.{most['factor']}", lang)
            lines.append(text("uncertainty.matters", lang, factor=label, **shown))
            if most["factor"] == POINTS and any(n.code == ASSUMED for n in self.study.notes):
                lines.append(text("uncertainty.points_assumed", lang))
        elif self.sobol is not None and most is None:
            lines.append(text("uncertainty.no_variance", lang))
        return lines

    def _robust_lines(self, lang: str) -> list[str]:
        if self.robust is None:
            return [
                text("uncertainty.no_bounds", lang, why=found.text(lang)) for found in self.refused
            ]
        share = f"{100 * self.robust.share_decided:.0f}"
        lines = [text("uncertainty.decided", lang, share=share)]
        if self.robust.share_decided < 0.1:
            lines.append(text("uncertainty.open", lang))
        return lines


def prepare(inputs: Inputs, settings: Settings) -> Prepared:
    """Read weights, methods and units, and open the study.

    Raises
    ------
    InputError
        With what is wrong with any of them, all at once.
    """
    year = inputs.years[-1]
    units = units_of(inputs)
    framework, method = inputs.framework, inputs.method
    weights = tried(lambda: weight_draws(settings.weights, framework))
    methods = tried(lambda: read_methods(settings.methods, framework, method, inputs.panel))
    region = settings.region
    scope = tried(lambda: units_of_region(region, units) if region else None)
    named = tried(lambda: units_named(settings.named, units))
    exact = tried(lambda: units_named(settings.exact or (), units))
    gathered(weights, methods, scope, named, exact)
    study = open_study(
        inputs.panel,
        framework,
        method,
        year,
        weights=weights[0],
        methods=methods[0],
        units=scope[0],
        seed=settings.seed,
    )
    outside = [unit for unit in (*named[0], *exact[0]) if unit not in study.units]
    if outside:
        told: dict[str, object] = {"units": ", ".join(dict.fromkeys(outside)), "year": year}
        raise InputError([Finding("error", "uncertainty.not_ranked", told)])
    return Prepared(inputs, settings, study, named[0], None if settings.exact is None else exact[0])


def work_out(prepared: Prepared, mapping: Any, stages: Stages) -> Work:
    """Draw, decompose and bound.

    Parameters
    ----------
    prepared : Prepared
    mapping : OrderedMap
        Of `analysis.core.uncertainty.draws.backend.mapper`: the results do not
        depend on it.
    stages : Stages

    Returns
    -------
    Work
    """
    study, settings = prepared.study, prepared.settings
    # Of very many units, tables of units by units are made for those named alone.
    many = prepared.named if len(study.units) > MANY_UNITS else None
    with stages.stage("draws", -(-settings.draws // study.batch)) as step:
        outcome = run_study(
            study,
            settings.draws,
            top=TOP,
            last=LAST,
            tolerance=settings.tolerance,
            named=many,
            map=counted(mapping, step),
        )
    sobol = None
    if settings.sobol and varied(study):
        with stages.stage("sobol") as step:
            sobol = sobol_study(study, settings.sobol, named=many, map=counted(mapping, step))
    robust: Robust | None = None
    refused: tuple[Finding, ...] = ()
    if settings.bounds or prepared.exact is not None:
        with stages.stage("robust"):
            try:
                robust = robust_results(
                    study, prepared.exact, time_limit=settings.time_limit, mapping=mapping
                )
            except InputError as error:
                if prepared.exact is not None:
                    raise
                refused = error.findings
    chains = study.weights
    agreed = agreement(chains.admissible_set, study.seed) if chains.chained else None
    return Work(prepared, outcome, sobol, robust, refused, agreed)


def counted(mapping: Any, step: Callable[[], None]) -> Any:
    """Return an ordered map that calls ``step`` at every result."""

    def ordered(function: Callable[[Any], Any], items: Any, /) -> Any:
        for result in mapping(function, items):
            step()
            yield result

    return ordered


def factor_labels(table: pd.DataFrame, lang: str) -> dict[str, str]:
    """Return the names of the factors of a table of Sobol' indices."""
    return {str(name): text(f"factor.{name}", lang) for name in table["factor"].unique()}


def most_important(table: pd.DataFrame) -> pd.Series | None:
    """Return the row of the factor with the greatest total index of the mean shift in rank.

    None where nothing varies.
    """
    shift = table[(table["output"] == "mean_shift") & table["total"].notna()]
    if not len(shift):
        return None
    return shift.sort_values("total", ascending=False, kind="stable").iloc[0]
