"""How firm a comparison is: the same choices drawn for both frameworks, weights for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from analysis.core.comparing.firmness import Statement, firmness, spread, usual_statements
from analysis.core.comparing.paired import measures_of, paired_draws, unit_shifts
from analysis.core.findings import Finding
from analysis.core.method import Method
from analysis.core.uncertainty.draws.study import Study, open_study
from analysis.core.uncertainty.methods.method_space import BASE, Level, MethodSpace
from analysis.core.uncertainty.weights.weight_space import weight_draws
from analysis.reporting.editions.compare_inputs import Pair
from analysis.reporting.report import top_of
from analysis.reporting.uncertainty.uncertainty_inputs import gathered, read_methods, tried
from analysis.reporting.uncertainty.uncertainty_work import LAST, Stages
from analysis.zones.demo.panels import read_panels


@dataclass(frozen=True)
class Settings:
    """What is asked of a comparison.

    Attributes
    ----------
    draws : int
        Draws of weights and methods in the newest year; 0: none.
    weights, methods : str
        As in `analysis.reporting.uncertainty.uncertainty_work.Settings`, for both frameworks.
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
        studies = _studies(pair, settings)
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


def _studies(pair: Pair, settings: Settings) -> list[Study]:
    spaces = aligned(
        [read_methods(settings.methods, s.framework, s.method) for s in pair.sides],
        [side.method for side in pair.sides],
    )
    return [
        open_study(
            side.panel,
            side.framework,
            side.method,
            pair.years[-1],
            weights=weight_draws(settings.weights, side.framework),
            methods=space,
            seed=settings.seed,
        )
        for side, space in zip(pair.sides, spaces, strict=True)
    ]


def aligned(spaces: Sequence[MethodSpace], methods: Sequence[Method]) -> list[MethodSpace]:
    """Return the choices of two methods with the same levels, each as likely in both.

    A method's own level that is one of the others under another name has been
    made one with it (`analysis.core.uncertainty.methods.method_space.read_method_space`), so two
    methods may differ in their levels although one file was read for both. Here
    ``base`` is each method's own again where either has it apart, and a level has
    the mean of its two probabilities.
    """
    factors: list[dict[str, tuple[Level, ...]]] = [{}, {}]
    for name in spaces[0].factors:
        sides = [{level.name: level for level in space.factors[name]} for space in spaces]
        shares = [
            {one: level.probability / sum(x.probability for x in side.values())
             for one, level in side.items()}
            for side in sides
        ]  # fmt: skip
        union = list(dict.fromkeys([*sides[0], *sides[1]]))
        for held, side, method in zip(factors, sides, methods, strict=True):
            held[name] = tuple(
                replace(
                    side.get(one) or Level(BASE, getattr(method, name)),
                    probability=(shares[0].get(one, 0.0) + shares[1].get(one, 0.0)) / 2,
                )
                for one in sorted(union)
            )
    return [replace(space, factors=held) for space, held in zip(spaces, factors, strict=True)]


def check_draws(pair: Pair, settings: Settings) -> None:
    """Raise `InputError` with what is wrong with weights and methods, before any work."""
    if settings.draws:
        read: list[Callable[[], object]] = []
        for side in pair.sides:
            read.append(partial(weight_draws, settings.weights, side.framework))
            read.append(partial(read_methods, settings.methods, side.framework, side.method))
        gathered(*(tried(one) for one in read))
