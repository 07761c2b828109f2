"""How well the scenario would have foretold the last places and candidates of known years."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.derive import derive_items
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.scenario import Scenario, fit_scenario
from analysis.core.scenario_tables import draw_tables
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.core.uncertainty.draws.common import Drawn
from analysis.core.uncertainty.draws.drawn_tables import scores_of_tables
from analysis.core.uncertainty.draws.study import open_study
from analysis.core.uncertainty.methods.method_space import MethodSpace
from analysis.zones.management import Exits, Rule, no_events, too_early
from analysis.zones.risk_counts import Prior, Seen, prior, see

FloatArray = NDArray[np.float64]

Early = Mapping[int, Collection[str]]

OUTCOMES = ("last", "candidate")
BINS = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


@dataclass(frozen=True, eq=False)
class Backtest:
    """Probabilities found a year ahead, and what came.

    Attributes
    ----------
    scores : pandas.DataFrame
        Index ``outcome`` (``last, candidate``): ``years, cases`` (unit-years),
        ``events`` (how many came true), and Brier scores, ``mean((p - y)^2)``,
        the lower the better: ``brier``; ``brier_base``, giving every unit the
        share of its scope that it came true for the year before; and
        ``brier_same``, taking for certain that this year repeats itself;
        ``skill`` is ``1 - brier / brier_base`` (NaN where that is 0).
    calibration : pandas.DataFrame
        ``outcome, low, high, cases, predicted, observed``: cases by the
        probability given (above `low`, up to `high`; the first from 0), their
        mean probability, and the share that came true. Bins without cases are
        left out.
    cases : pandas.DataFrame
        ``year, region, unit, p_last, last, p_candidate, candidate``.
    years : tuple of int
        The years foretold.
    scenarios : int
    synthetic : bool
    """

    scores: pd.DataFrame
    calibration: pd.DataFrame
    cases: pd.DataFrame
    years: tuple[int, ...]
    scenarios: int
    synthetic: bool


def backtest(
    panel: Panel,
    framework: Framework,
    method: Method,
    *,
    rule: Rule,
    scenario: Scenario | None = None,
    scenarios: int = 50,
    seed: int = 2021,
    years: Sequence[int] | None = None,
    until: int | None = None,
    wait: int = 1,
    events: pd.DataFrame | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """Foretell each year from the data up to the one before, and compare.

    Under the nominal weights and the base method, and one framework and rule
    in all years: what is tested is the scenario. Units that were assessed in
    both years are cases; those that enter take places all the same, which the
    scenario cannot know.

    Parameters
    ----------
    panel : Panel
        Primitives or items.
    framework : Framework
    method : Method
    rule : Rule
    scenario : Scenario, optional
    scenarios : int
        At least 1. A Brier score from so many is too high by about ``p (1 - p)
        / scenarios`` on average.
    seed : int
    years : sequence of int, optional
        Years to foretell; by default all that have the two years before them.
    until : int, optional
        The last of those years.
    wait, events
        As in `analysis.zones.management.too_early`: such unit-years have no
        place and are no cases. Nothing else of the events is looked at.
    progress : callable, optional
        Is told how many years are done, and of how many.

    Returns
    -------
    Backtest

    Raises
    ------
    InputError
        If `scenarios` is below 1, or no year, or one asked for, has the two
        years before it.
    """
    items, _ = derive_items(panel, framework)
    have = set(items.years)
    able = [year for year in sorted(have) if {year - 1, year - 2} <= have]
    able = [year for year in able if until is None or year <= until]
    asked = able if years is None else sorted(set(years))
    problems = []
    if scenarios < 1:
        told: dict[str, object] = {"name": "scenarios", "given": scenarios}
        problems.append(Finding("error", "risk.number", told))
    if not asked or not set(asked) <= set(able):
        told = {"asked": ", ".join(map(str, asked)) or "-", "years": ", ".join(map(str, able))}
        problems.append(Finding("error", "risk.backtest", told))
    if problems:
        raise InputError(problems)
    scores = score(items, framework, method)
    early = too_early(items.assessed().units, wait=wait, events=events)
    parts = []
    for done, year in enumerate(asked, start=1):
        parts.append(
            _foretold(
                items, framework, method, rule, scenario, scenarios, seed, scores, early, year
            )
        )
        if progress is not None:
            progress(done, len(asked))
    cases = pd.concat(parts, ignore_index=True)
    shown = cases[["year", "region", "unit", "p_last", "last", "p_candidate", "candidate"]]
    return Backtest(
        _scores(cases), _calibration(cases), shown, tuple(asked), scenarios, panel.synthetic
    )


def _foretold(
    items: Panel,
    framework: Framework,
    method: Method,
    rule: Rule,
    scenario: Scenario | None,
    scenarios: int,
    seed: int,
    scores: Scores,
    early: Early,
    year: int,
) -> pd.DataFrame:
    """Return the cases of a year, with what was given and what came."""
    known = _until(items, year - 1)
    study = open_study(known, framework, method, year - 1)
    fitted = fit_scenario(known, framework, year - 1, scenario)
    units = tuple(str(unit) for unit in fitted.panel.units.index.get_level_values("unit"))
    regions = fitted.panel.units["region"].to_numpy(dtype=object)
    nobody = np.empty(0, dtype=np.intp)
    drawn = Drawn(np.empty((0, len(framework.nodes))), MappingProxyType({}), nobody)
    tables = draw_tables(fitted, scenarios, seed)
    made = scores_of_tables(study, MethodSpace(), fitted, tables, drawn, known)
    decimals = method.ranking.decimals
    out = np.array([unit in early.get(year, ()) for unit in units], dtype=bool)
    foretold = np.where(out, np.nan, np.concatenate(list(made)))
    last = see(units, regions, foretold, rule, decimals).last
    before = _prior(scores, rule, early, year, units)
    rows = before.candidates(units, last)
    given = pd.DataFrame(
        {"year": year, "region": regions, "p_last": last.mean(axis=0)},
        index=pd.Index(units, name="unit"),
    )
    given["p_candidate"] = rows.mean(axis=0)
    came, was = (_seen(scores, rule, early, one) for one in (year, year - 1))
    held = _prior(scores, rule, early, year, came.units)
    truth = pd.DataFrame(
        {"last": came.last[0], "candidate": held.candidates(came.units, came.last)[0]},
        index=list(came.units),
    )
    earlier = _prior(scores, rule, early, year - 1, was.units)
    then = pd.DataFrame(
        {"last": was.last[0], "candidate": earlier.candidates(was.units, was.last)[0]},
        index=list(was.units),
    ).astype(float)
    groups = pd.Series(regions, index=list(units)).reindex(then.index)
    share = then.groupby(groups if rule.scope == "region" else lambda _: "").transform("mean")
    repeated = pd.DataFrame(
        {"last": was.last[0], "candidate": before.candidates(was.units, was.last)[0]},
        index=list(was.units),
    ).astype(float)
    given = given.join(truth, how="inner").join(share.add_prefix("base_"), how="inner")
    return given.join(repeated.add_prefix("same_"), how="inner").reset_index(names="unit")


def _until(panel: Panel, year: int) -> Panel:
    keep = panel.values.index.get_level_values("year") <= year
    imputed = None if panel.imputed is None else panel.imputed[keep]
    return replace(panel, values=panel.values[keep], units=panel.units[keep], imputed=imputed)


def _seen(scores: Scores, rule: Rule, early: Early, year: int) -> Seen:
    """Return what the rule saw of a year: of those who had a place."""
    index = scores.in_year(year)[scores.framework.root].dropna()
    index = index[~index.index.isin(list(early.get(year, ())))]
    regions = scores.units_in(year)["region"].reindex(index.index).to_numpy(dtype=object)
    units = tuple(str(unit) for unit in index.index)
    values = index.to_numpy(dtype=np.float64)[None, :]
    return see(units, regions, values, rule, scores.method.ranking.decimals)


def _prior(scores: Scores, rule: Rule, early: Early, year: int, units: tuple[str, ...]) -> Prior:
    years = {int(one) for one in scores.nodes.index.get_level_values("year")}
    before = {one: _seen(scores, rule, early, one) for one in years if one < year}
    return prior(year, rule, Exits(), no_events(), before, units, {}, 1)


def _scores(cases: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for outcome in OUTCOMES:
        came = cases[outcome].astype(float)
        brier, base, same = (
            float(((cases[column] - came) ** 2).mean())
            for column in (f"p_{outcome}", f"base_{outcome}", f"same_{outcome}")
        )
        rows.append(
            {
                "outcome": outcome,
                "years": cases["year"].nunique(),
                "cases": len(cases),
                "events": int(came.sum()),
                "brier": brier,
                "brier_base": base,
                "brier_same": same,
                "skill": 1 - brier / base if base > 0 else np.nan,
            }
        )
    return pd.DataFrame(rows).set_index("outcome")


def _calibration(cases: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for outcome in OUTCOMES:
        given = cases[f"p_{outcome}"].to_numpy()
        place = np.clip(np.searchsorted(BINS, given, side="left") - 1, 0, len(BINS) - 2)
        for at in np.unique(place):
            here = place == at
            parts.append(
                {
                    "outcome": outcome,
                    "low": BINS[at],
                    "high": BINS[at + 1],
                    "cases": int(here.sum()),
                    "predicted": float(given[here].mean()),
                    "observed": float(cases[outcome].to_numpy()[here].mean()),
                }
            )
    return pd.DataFrame(parts)
