"""How firm a comparison is: the same choices drawn for both frameworks, weights for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from analysis.core.comparing.firmness import Statement, firmness, spread, usual_statements
from analysis.core.comparing.paired import measures_of, paired_draws, unit_shifts
from analysis.core.findings import Finding
from analysis.core.uncertainty.study import Study, open_study
from analysis.core.uncertainty.weight_space import weight_draws
from analysis.reporting.compare_inputs import Pair
from analysis.reporting.report import top_of
from analysis.reporting.uncertainty_inputs import gathered, read_methods, tried
from analysis.reporting.uncertainty_work import LAST, Stages
from analysis.zones.demo.panels import read_panels


@dataclass(frozen=True)
class Settings:
    """What is asked of a comparison.

    Attributes
    ----------
    draws : int
        Draws of weights and methods in the newest year; 0: none.
    weights, methods : str
        As in `analysis.reporting.uncertainty_work.Settings`, for both frameworks.
    seed : int
    top : int or None
        Size of the top list; None: 30, of few units a fifth.
    """

    draws: int = 2_000
    weights: str = "uniform"
    methods: str = "default"
    seed: int = 2021
    top: int | None = None


@dataclass(frozen=True, eq=False)
class Firmness:
    """How firm the comparison of the newest year is.

    Attributes
    ----------
    statements : tuple of Statement
        As far as they hold nominally.
    shares : pandas.DataFrame
        From `analysis.core.comparing.firmness.firmness`.
    measures : pandas.DataFrame
        From `analysis.core.comparing.firmness.spread`.
    units : pandas.DataFrame
        From `analysis.core.comparing.paired.unit_shifts`.
    drawn : pandas.DataFrame
        The measures, one row a draw, after the choices of the method.
    notes : tuple of Finding
        Of the two studies.
    """

    statements: tuple[Statement, ...]
    shares: pd.DataFrame
    measures: pd.DataFrame
    units: pd.DataFrame
    drawn: pd.DataFrame
    notes: tuple[Finding, ...]


def draw_pairs(pair: Pair, settings: Settings, top: int, stages: Stages) -> Firmness:
    """Draw weights and methods for the newest year, the choices of method the same in both.

    Raises
    ------
    InputError
        If a framework cannot be studied under some choice of the method.
    """
    with stages.stage("variants"):
        studies = [_study(pair, side, settings) for side in (0, 1)]
    with stages.stage("draws", settings.draws) as step:
        done = 0

        def progress(now: int) -> None:
            nonlocal done
            for _ in range(now - done):
                step()
            done = now

        paired = paired_draws(studies[0], studies[1], settings.draws, progress=progress)
        nominal, drawn = measures_of(paired, top=top, last=LAST)
    statements = usual_statements(nominal, top=top, last=LAST)
    # Panels are tabulated for the usual lists only.
    usual = pair.demonstration and top == top_of(len(paired.units))
    panels = _panels(pair.years[-1]) if usual else None
    notes = {repr(told): told for study in studies for told in study.notes}
    return Firmness(
        statements=statements,
        shares=firmness(statements, drawn, panels),
        measures=spread(nominal, drawn),
        units=unit_shifts(paired, top=top),
        drawn=pd.concat([paired.choices, drawn], axis=1),
        notes=tuple(notes.values()),
    )


def _panels(year: int) -> pd.DataFrame:
    """Return what was measured on panels drawn from the generator of the demonstration."""
    table = read_panels()
    return table[table["year"] == year]


def _study(pair: Pair, side: int, settings: Settings) -> Study:
    inputs = pair.sides[side]
    return open_study(
        inputs.panel,
        inputs.framework,
        inputs.method,
        pair.years[-1],
        weights=weight_draws(settings.weights, inputs.framework),
        methods=read_methods(settings.methods, inputs.framework, inputs.method),
        seed=settings.seed,
    )


def check_draws(pair: Pair, settings: Settings) -> None:
    """Raise `InputError` with what is wrong with weights and methods, before any work."""
    if settings.draws:
        read: list[Callable[[], object]] = []
        for side in pair.sides:
            read.append(partial(weight_draws, settings.weights, side.framework))
            read.append(partial(read_methods, settings.methods, side.framework, side.method))
        gathered(*(tried(one) for one in read))
