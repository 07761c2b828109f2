"""Draws of weights and methods for both editions of a report's panel, and other panels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.catalogue import default_method
from analysis.core.comparing.paired import PairedDraws, paired_draws
from analysis.core.findings import InputError
from analysis.core.uncertainty.draws.study import open_study
from analysis.core.uncertainty.methods.method_space import DEFAULT_METHODS, read_method_space
from analysis.reporting.opening import Opened, load
from analysis.reporting.report import Report
from analysis.zones.decision_draws import CandidateDraws, candidate_draws
from analysis.zones.demo.panels import read_panels
from analysis.zones.management import RULE_2016, RULE_2021

DRAWS = 1000
SEED = 2021


def exits_of(
    report: Report,
    sides: tuple[Opened, Opened],
    paired: PairedDraws,
    varied: tuple[str, ...],
    units: Mapping[int, list[str]],
) -> CandidateDraws | None:
    """Draw the earlier years that count for the rules of exit, and run the rules."""
    methods = {key: DEFAULT_METHODS[key] for key in varied} or None
    first = report.year - max(RULE_2016.window, RULE_2021.window)
    drawn = {report.year: paired}
    try:
        for year in units:
            if first < year < report.year:
                drawn[year] = _paired(report, sides, methods, units[year], year)
    except InputError:
        return None
    return candidate_draws(drawn)


def draws_of(
    report: Report, sides: tuple[Opened, Opened], units: list[str]
) -> tuple[PairedDraws, tuple[str, ...]]:
    """Return draws of the report's year, and the choices of the method that vary in them.

    Choices that one of the editions cannot take are not drawn.
    """
    works = {key: value for key, value in DEFAULT_METHODS.items() if _works(report, sides, key)}
    only = {key: value for key, value in works.items() if key == "leave_out"}
    tried: list[Mapping[str, Any] | None] = [DEFAULT_METHODS, works, only, None]
    for methods in tried[:-1]:
        try:
            return _paired(report, sides, methods, units, report.year), tuple(methods or ())
        except InputError:  # each choice works by itself, and some not together
            continue
    return _paired(report, sides, None, units, report.year), ()


def _works(report: Report, sides: tuple[Opened, Opened], key: str) -> bool:
    try:
        for side in sides:
            read_method_space({key: DEFAULT_METHODS[key]}, side.framework, report.method)
    except InputError:
        return False
    return True


def _paired(
    report: Report,
    sides: tuple[Opened, Opened],
    methods: Mapping[str, Any] | None,
    units: list[str],
    year: int,
) -> PairedDraws:
    studies = []
    for side in sides:
        space = None
        if methods is not None:
            space = read_method_space(methods, side.framework, report.method)
        studies.append(
            open_study(
                side.panel,
                side.framework,
                side.method,
                year,
                methods=space,
                units=units,
                seed=SEED,
                scores=side.scores,
            )
        )
    return paired_draws(studies[0], studies[1], DRAWS)


def some_of(paired: PairedDraws, inside: NDArray[np.bool_]) -> PairedDraws:
    """Return the draws of some of the units."""
    at = np.flatnonzero(inside)
    units, regions, names = (
        tuple(words[place] for place in at)
        for words in (paired.units, paired.regions, paired.names)
    )
    return replace(
        paired,
        units=units,
        regions=regions,
        names=names,
        nominal_old=paired.nominal_old[at],
        nominal_new=paired.nominal_new[at],
        old=paired.old[:, at],
        new=paired.new[:, at],
    )


def panels_of(report: Report) -> pd.DataFrame | None:
    """Return the measures of the year on the other panels, if the panel is one of their kind."""
    if not report.synthetic or report.method.name != default_method(report.framework.name):
        return None
    mine = report.reading.panel.values
    shipped = load("", report.framework.name, "", report.year)[0].panel.values
    if not set(mine.columns) <= set(shipped.columns) or not mine.index.isin(shipped.index).all():
        return None
    if not shipped.loc[mine.index, list(mine.columns)].equals(mine):
        return None
    panels = read_panels()
    rows = panels[panels["year"] == report.year]
    return rows.reset_index(drop=True) if len(rows) else None
