"""The risk: who is among the last this year, and becomes a candidate for exit next year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.adjustment import in_force
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.scenario import Fitted, Scenario, fit_scenario
from analysis.core.scenario_tables import draw_tables
from analysis.core.uncertainty.draws.crossed import crossed_interval
from analysis.core.uncertainty.draws.drawn_tables import scores_of_tables
from analysis.core.uncertainty.draws.intervals import wilson
from analysis.core.uncertainty.draws.study_parts import Study
from analysis.core.uncertainty.weights.draw_spec import WeightDraws
from analysis.core.weighting import WEIGHTINGS
from analysis.zones.management import Exits, early_told
from analysis.zones.management.events import gone_by, name_in, steps_of
from analysis.zones.risk_backtest import Backtest, backtest
from analysis.zones.risk_counts import see
from analysis.zones.risk_years import Years, open_years

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

__all__ = ["AHEAD", "Backtest", "Risk", "Scenario", "backtest", "exit_risk"]

AHEAD = ("p_last_next", "p_candidate_next", "p_both")
_SCENARIOS = 7  # sets the numbers of the scenarios apart from those of the draws


@dataclass(frozen=True, eq=False)
class Risk:
    """Probabilities of being among the last, and a candidate for exit, this year and next.

    Attributes
    ----------
    units : pandas.DataFrame
        Index ``unit`` (those with a nominal score, as they are called in the
        year), by region and unit:

        - ``region, name, score`` (nominal), ``from_end`` (place from the end in
          the scope of the rule; Int64, missing without a region where it is the
          region's, and before the unit's first year: such units are scored and
          have no place, see `analysis.zones.management.too_early`),
          ``last_now, candidate_now`` (bool, nominal) and ``climb_needed``
          (places to climb to be out of the last; 0 for those who are not
          among them);
        - ``p_last_now, p_candidate_now``: share of the draws;
        - ``p_last_next, p_candidate_next``: share of draws and scenarios in
          which it is so next year;
        - ``p_both``: among the last this year *and* a candidate next year;
        - each with ``_low`` and ``_high``, its interval of 95%: what the
          numbers of draws and scenarios leave open, not what the scenario does;
        - ``p_last_next_nominal, p_candidate_next_nominal``: share of the
          scenarios under the nominal weights and the base method.

        The values of next year are missing for units that are gone by then.
    items : pandas.DataFrame
        As in `analysis.core.scenario.Fitted`: scale, persistence, residuals.
    about : mapping
        ``year, next_year, edition, next_edition, editions`` (pairs: each year
        that counts, and an edition by which it is scored), ``draws, scenarios, seed,
        scenario, rule, next_rule, pairs`` (years of the fit), ``chained,
        synthetic``.
    notes : tuple of Finding
        What is assumed beside the scenario.
    """

    units: pd.DataFrame
    items: pd.DataFrame
    about: Mapping[str, Any]
    notes: tuple[Finding, ...]


def exit_risk(
    panel: Panel | Mapping[str, Panel],
    framework_of: Mapping[str, Framework],
    method_of: Mapping[str, Method],
    year: int,
    *,
    editions: Mapping[int, str],
    exits: Exits | None = None,
    events: pd.DataFrame | None = None,
    weights: WeightDraws | Mapping[str, WeightDraws] | None = None,
    methods: str | Path | Mapping[str, Any] | None = None,
    scenario: Scenario | None = None,
    draws: int = 1000,
    scenarios: int = 100,
    seed: int = 2021,
    progress: Callable[[int, int], None] | None = None,
) -> Risk:
    """Return how probable last places and candidacies are, this year and next.

    A draw is one set of admissible weights, and one choice of the method, for
    all years of an edition; the choices of the method are the same for all
    editions, the weights of two editions independent of each other. Every draw
    is seen in every scenario of next year's data, and the rules of exit are run
    over the years of each: ``p = sum_ds f(d, s) / (D S)``.

    Parameters
    ----------
    panel : Panel or mapping of str to Panel
        Of primitives or items; or, by edition, of items.
    framework_of, method_of : mapping of str to Framework, Method
        By edition.
    year : int
        Data year.
    editions : mapping of int to str
        Edition in force by data year. That of the year after `year` is taken to
        be the same where it is not there.
    exits : Exits, optional
    events : pandas.DataFrame, optional
        See `analysis.zones.management.check_events`. What is known of next year
        counts: who is gone or renamed by then.
    weights : WeightDraws or mapping of str to WeightDraws, optional
        By edition where they are made for a framework. By default evenly over
        the weights between half and twice the nominal ones.
    methods : str, pathlib.Path or mapping, optional
        As for `analysis.core.uncertainty.methods.method_space.read_method_space`.
        By default the method is not varied.
    scenario : Scenario, optional
    draws, scenarios : int
        At least 1.
    seed : int
    progress : callable, optional
        Is told how many of the years and scenarios are done, and of how many.

    Returns
    -------
    Risk

    Raises
    ------
    InputError
        If a year has no edition or an edition no framework, method or rule;
        numbers are out of range; items cannot be derived; nobody is assessed in
        the year or in two consecutive years; the events cannot be used.

    Notes
    -----
    A unit without a score under a draw is not among the last in it. A value
    that is missing this year is missing in every scenario. No unit enters
    next year. Weights found from the data are held next year as they are this
    year.
    """
    scenario = scenario or Scenario()
    years = open_years(
        panel,
        framework_of,
        method_of,
        year,
        editions=editions,
        exits=exits or Exits(),
        events=events,
        weights=weights,
        methods=methods,
        draws=draws,
        scenarios=scenarios,
        seed=seed,
    )
    ahead = years.edition_of[year + 1]
    fitted = fit_scenario(years.panels[ahead], framework_of[ahead], year, scenario)
    needed = years.needed()
    many = len(needed) + scenarios
    for done, (one, edition) in enumerate(needed, start=1):
        years.scores(one, edition)
        if progress is not None:
            progress(done, many)
    now = years.seen(year, years.edition_of[year])
    candidates = years.candidates(year)
    table = _now(years, year, now.last, candidates)
    told = None if progress is None else (lambda done: progress(len(needed) + done, many))
    found, gone = _next(years, year, fitted, scenarios, now.last, told)
    for name, (nominal, by_draw, by_scenario) in found.items():
        share = pd.Series(by_scenario.mean(axis=0), index=gone.kept)
        low, high = crossed_interval(by_draw, by_scenario)
        for ending, values in (("", share), ("_low", low), ("_high", high)):
            table[f"{name}{ending}"] = pd.Series(values, index=gone.kept).reindex(table.index)
        if name != "p_both":
            table[f"{name}_nominal"] = pd.Series(nominal, index=gone.kept).reindex(table.index)
    study = years.study(year, ahead)
    return Risk(
        table.sort_values(["region", "unit"], kind="stable"),
        fitted.items,
        {
            "year": year,
            "next_year": year + 1,
            "edition": years.edition_of[year],
            "next_edition": ahead,
            "editions": tuple(needed),
            "draws": draws,
            "scenarios": scenarios,
            "seed": seed,
            "scenario": scenario,
            "rule": years.rule(year),
            "next_rule": years.rule(year + 1),
            "pairs": fitted.years,
            "chained": study.weights.chained,
            "synthetic": study.synthetic,
        },
        (*fitted.notes, *_notes(years, study, fitted, gone.names)),
    )


@dataclass(frozen=True)
class _Gone:
    """Who is gone by next year, and who is left, as they are called this year."""

    names: tuple[str, ...]
    kept: pd.Index


def _now(years: Years, year: int, last: BoolArray, candidates: BoolArray) -> pd.DataFrame:
    """Return the columns on this year."""
    study, rule = years.study(year, years.edition_of[year]), years.rule(year)
    table = pd.DataFrame(
        {"region": study.regions, "name": study.names, "score": study.nominal_scores},
        index=pd.Index(study.units, name="unit"),
    )
    rounded = table["score"].round(years.decimals(year))
    rounded = rounded.where(~table.index.isin(list(years.early.get(year, ()))))
    groups = table["region"]
    if rule.scope == "region":
        rounded = rounded.where(groups != "")
    else:
        groups = pd.Series("", index=table.index)
    table["from_end"] = rounded.groupby(groups).rank(method="min").astype("Int64")
    table["last_now"], table["candidate_now"] = last[0], candidates[0]
    climb = (rule.last + 1 - table["from_end"]).where(table["last_now"], 0)
    table["climb_needed"] = climb.astype("Int64")
    many = len(last) - 1
    for name, flags in (("p_last_now", last[1:]), ("p_candidate_now", candidates[1:])):
        counts = flags.sum(axis=0)
        low, high = wilson(counts, many)
        table[name], table[f"{name}_low"], table[f"{name}_high"] = counts / many, low, high
    return table


def _next(
    years: Years,
    year: int,
    fitted: Fitted,
    scenarios: int,
    last_now: BoolArray,
    told: Callable[[int], None] | None,
) -> tuple[dict[str, tuple[FloatArray, FloatArray, FloatArray]], _Gone]:
    """Return by name the nominal shares, those by draw and by scenario, and who is gone."""
    edition = years.edition_of[year + 1]
    study, rule = years.study(year, edition), years.rule(year + 1)
    names = [str(unit) for unit in fitted.panel.units.index.get_level_values("unit")]
    steps = steps_of(years.events, merged=False)
    called = [name_in(steps, unit, year, year + 1) for unit in names]
    out = gone_by(years.events, year + 1)
    stays = np.array([name not in out for name in called], dtype=bool)
    left = fitted.of(stays)
    units = tuple(name for name, there in zip(called, stays, strict=True) if there)
    regions = left.panel.units["region"].to_numpy(dtype=object)
    before = years.prior(year + 1, units)
    place = {unit: at for at, unit in enumerate(years.study(year, years.edition_of[year]).units)}
    kept = [name for name, there in zip(names, stays, strict=True) if there]
    among = np.zeros((len(last_now), len(kept)), dtype=bool)
    for at, name in enumerate(kept):
        if name in place:
            among[:, at] = last_now[:, place[name]]
    rows = {name: np.zeros(among.shape, dtype=np.intp) for name in AHEAD}
    columns = {name: np.zeros((scenarios, len(kept))) for name in AHEAD}
    tables = draw_tables(left, scenarios, years.seed + _SCENARIOS)
    history = years.panels[edition]
    drawn = years.drawn(study, edition)
    scored = scores_of_tables(study, years.spaces[edition], left, tables, drawn, history)
    firsts = years.early.get(year, {})
    placed = np.array([firsts.get(name, year) <= year + 1 for name in kept], dtype=bool)
    for at, made in enumerate(scored):
        scores = np.where(placed, made, np.nan)
        last = see(units, regions, scores, rule, study.base.ranking.decimals).last
        candidate = before.candidates(units, last)
        for name, flags in zip(AHEAD, (last, candidate, among & candidate), strict=True):
            rows[name] += flags
            columns[name][at] = flags[1:].mean(axis=0)
        if told is not None:
            told(at + 1)
    found = {}
    for name in AHEAD:
        shares = rows[name] / scenarios
        found[name] = (shares[0], shares[1:], columns[name])
    absent = tuple(name for name, there in zip(names, stays, strict=True) if not there)
    return found, _Gone(absent, pd.Index(kept, name="unit"))


def _notes(years: Years, study: Study, fitted: Fitted, gone: tuple[str, ...]) -> list[Finding]:
    """Return what is assumed beside the scenario."""
    notes = [Finding("note", "risk.entrants", {"year": study.year + 1})]
    early = {one: units for one, units in years.early.items() if one in years.scored_years()}
    if early:
        notes.append(Finding("note", "risk.early", early_told(early)))
    used = sorted({edition for _, edition in years.needed()})
    if len(used) > 1:
        notes.append(Finding("note", "risk.straddle", {"editions": ", ".join(used)}))
    if gone:
        told = {"year": study.year + 1, "units": ", ".join(gone)}
        notes.append(Finding("note", "risk.gone", told))
    lacking = int(np.isnan(fitted.expected).sum())
    if lacking:
        notes.append(Finding("note", "risk.missing", {"count": lacking}))
    inputs = dict.fromkeys(rule.input for rule in in_force(study.base, study.framework).rules)
    if inputs:
        items = ", ".join(name for name in inputs if name in study.framework.items)
        others = ", ".join(name for name in inputs if name not in study.framework.items)
        told = {"year": study.year, "items": items or "-", "attributes": others or "-"}
        notes.append(Finding("note", "risk.points", told))
    if WEIGHTINGS[study.base.weighting.rule].needs_data:
        notes.append(Finding("note", "risk.weights_held", {"rule": study.base.weighting.rule}))
    if study.weights.chained:
        notes.append(Finding("note", "risk.chained", {}))
    return notes
