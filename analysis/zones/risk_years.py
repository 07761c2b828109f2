"""The years that count for the risk: scored under every draw by the edition that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.derive import derive_items
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.core.uncertainty.draws.common import Drawn, draw_common, scores_under
from analysis.core.uncertainty.draws.study import open_study
from analysis.core.uncertainty.draws.study_parts import Study
from analysis.core.uncertainty.methods.method_space import MethodSpace, read_method_space
from analysis.core.uncertainty.weights.draw_spec import WeightDraws
from analysis.zones.management import Exits, Rule, check_events, no_events, too_early
from analysis.zones.management.windows import scored_by
from analysis.zones.risk_counts import Prior, Seen, prior, see

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Years:
    """Years scored under every draw, as they are asked for; each once.

    Attributes
    ----------
    panels : mapping of str to Panel
        Items, by edition.
    frameworks, methods, spaces : mapping of str to Framework, Method, MethodSpace
        By edition.
    weights : mapping of str to WeightDraws
        By edition; what is not there takes the default.
    edition_of : mapping of int to str
        By data year, next year included.
    exits : Exits
    events : pandas.DataFrame
        Checked.
    year, draws, seed : int
    """

    panels: Mapping[str, Panel]
    frameworks: Mapping[str, Framework]
    methods: Mapping[str, Method]
    spaces: Mapping[str, MethodSpace]
    weights: Mapping[str, WeightDraws]
    edition_of: Mapping[int, str]
    exits: Exits
    events: pd.DataFrame
    year: int
    draws: int
    seed: int
    # What was computed already; it follows from the rest.
    _base: dict[str, Scores] = field(default_factory=dict)
    _studies: dict[tuple[int, str], Study | None] = field(default_factory=dict)
    _drawn: dict[tuple[str, bytes], Drawn] = field(default_factory=dict)
    _scores: dict[tuple[int, str], FloatArray] = field(default_factory=dict)
    _candidates: dict[int, BoolArray] = field(default_factory=dict)

    def rule(self, year: int) -> Rule:
        """Return the rule of exit of a year."""
        return self.exits.rules[self.edition_of[year]]

    def decimals(self, year: int) -> int:
        """Return to how many places the scores of a year are rounded before they are ranked."""
        return self.methods[self.edition_of[year]].ranking.decimals

    @cached_property
    def early(self) -> dict[int, dict[str, int]]:
        """Units without a place by year, each with its first year; of `year` for the next too."""
        parts = [panel.assessed().units for panel in self.panels.values()]
        units = pd.concat(parts)
        units = units[~units.index.duplicated()]
        return too_early(units, wait=self.exits.wait, events=self.events)

    def counting(self, year: int) -> dict[int, str]:
        """Return the years before that the rule of a year sees, each with who scores it."""
        edition, rule = self.edition_of[year], self.rule(year)
        first = -1 if rule.years_count == "assessed" else year - rule.window + 1
        return {
            one: scored_by(one, edition, self.edition_of, self.exits)
            for one in self.scored_years()
            if first <= one < year
            and (self.exits.straddle != "new_only" or self.edition_of[one] == edition)
        }

    def scored_years(self) -> list[int]:
        """Return the years up to this one that have assessed units, ascending."""
        years = {one for panel in self.panels.values() for one in panel.years}
        return sorted(one for one in years if one <= self.year and one in self.edition_of)

    def settling(self) -> list[int]:
        """Return the years up to this one whose candidates are of account."""
        return self.scored_years() if self.exits.restart == "candidate" else [self.year]

    def needed(self) -> list[tuple[int, str]]:
        """Return the years that are scored, each with its edition, ascending."""
        pairs = set()
        for one in (*self.settling(), self.year + 1):
            pairs |= set(self.counting(one).items())
            if one <= self.year:
                pairs.add((one, self.edition_of[one]))
        pairs.add((self.year, self.edition_of[self.year + 1]))
        return sorted(pairs)

    def study(self, year: int, edition: str) -> Study:
        """Return the study of a year under an edition.

        Raises
        ------
        InputError
            If nobody has a score.
        """
        found = self._study(year, edition)
        if found is None:
            raise InputError([Finding("error", "study.nobody", {"year": year}, year=year)])
        return found

    def _study(self, year: int, edition: str) -> Study | None:
        key = year, edition
        if key not in self._studies:
            panel, framework = self.panels[edition], self.frameworks[edition]
            method = self.methods[edition]
            if edition not in self._base:
                self._base[edition] = score(panel, framework, method)
            base = self._base[edition]
            ranked = base.nodes[framework.root]
            ranked = ranked[ranked.index.get_level_values("year") == year]
            self._studies[key] = (
                None
                if ranked.isna().all()
                else open_study(
                    panel,
                    framework,
                    method,
                    year,
                    weights=self.weights.get(edition),
                    methods=self.spaces[edition],
                    seed=self.seed,
                    scores=base,
                )
            )
        return self._studies[key]

    def drawn(self, study: Study, edition: str) -> Drawn:
        """Return the draws of an edition: the same for all years with the same nominal weights."""
        key = edition, study.nominal_weights.tobytes()
        if key not in self._drawn:
            part = sorted(self.frameworks).index(edition)
            self._drawn[key] = draw_common(study, self.draws, part)
        return self._drawn[key]

    def scores(self, year: int, edition: str) -> FloatArray:
        """Return the scores of a year: nominal, then under every draw; no columns if nobody's."""
        key = year, edition
        if key not in self._scores:
            study = self._study(year, edition)
            self._scores[key] = (
                np.empty((1 + self.draws, 0))
                if study is None
                else scores_under(study, self.drawn(study, edition))
            )
        return self._scores[key]

    def seen(self, year: int, edition: str, rule: Rule | None = None) -> Seen:
        """Return what a rule (the year's own) sees of a year as an edition scores it."""
        study = self._study(year, edition)
        units = () if study is None else study.units
        regions = np.array(() if study is None else study.regions, dtype=object)
        decimals = self.methods[edition].ranking.decimals
        out = [unit in self.early.get(year, ()) for unit in units]
        scores = np.where(np.array(out, dtype=bool), np.nan, self.scores(year, edition))
        return see(units, regions, scores, rule or self.rule(year), decimals)

    def prior(self, year: int, units: tuple[str, ...]) -> Prior:
        """Return what the years before count for in a year."""
        rule = self.rule(year)
        before = {
            one: self.seen(one, edition, rule) for one, edition in self.counting(year).items()
        }
        found = {}
        if self.exits.restart == "candidate":
            for one in self.settling():
                if one < year:
                    own = self._study(one, self.edition_of[one])
                    found[one] = (() if own is None else own.units, self.candidates(one))
        return prior(year, rule, self.exits, self.events, before, units, found, 1 + self.draws)

    def candidates(self, year: int) -> BoolArray:
        """Return who is a candidate of a year, nominally and in every draw."""
        if year not in self._candidates:
            edition = self.edition_of[year]
            seen = self.seen(year, edition)
            held = self.prior(year, seen.units)
            self._candidates[year] = held.candidates(seen.units, seen.last)
        return self._candidates[year]


def open_years(
    panel: Panel | Mapping[str, Panel],
    framework_of: Mapping[str, Framework],
    method_of: Mapping[str, Method],
    year: int,
    *,
    editions: Mapping[int, str],
    exits: Exits,
    events: pd.DataFrame | None,
    weights: WeightDraws | Mapping[str, WeightDraws] | None,
    methods: str | Path | Mapping[str, Any] | None,
    draws: int,
    scenarios: int,
    seed: int,
) -> Years:
    """Check what is asked for, and derive the items of every edition.

    Parameters
    ----------
    panel, framework_of, method_of, year, editions, exits, events, weights, methods, draws
        As for `analysis.zones.risk.exit_risk`.
    scenarios, seed
        The same.

    Returns
    -------
    Years

    Raises
    ------
    InputError
        With all that is wrong.
    """
    whole = (panel,) if isinstance(panel, Panel) else tuple(panel.values())
    assessed = {one for part in whole for one in part.years if one <= year}
    problems = [
        Finding("error", "risk.number", {"name": name, "given": given})
        for name, given in (("draws", draws), ("scenarios", scenarios))
        if given < 1
    ]
    if year not in assessed:
        told: dict[str, object] = {"year": year, "years": ", ".join(map(str, sorted(assessed)))}
        problems.append(Finding("error", "scenario.year", told, year=year))
    if year not in editions:
        problems.append(Finding("error", "risk.edition", {"year": year}, year=year))
    if problems:
        raise InputError(problems)
    edition_of = {**editions, year + 1: editions.get(year + 1, editions[year])}
    known = {one: edition for one, edition in edition_of.items() if one in {*assessed, year + 1}}
    used = sorted(set(known.values()))
    for edition in used:
        for what, held in (
            ("framework", framework_of),
            ("method", method_of),
            ("rule", exits.rules),
            *([("panel", panel)] if isinstance(panel, Mapping) else []),
        ):
            if edition not in held:
                told = {"edition": edition, "what": what}
                problems.append(Finding("error", "risk.without", told))
    if problems:
        raise InputError(problems)
    panels = {
        edition: derive_items(
            panel if isinstance(panel, Panel) else panel[edition], framework_of[edition]
        )[0]
        for edition in used
    }
    rows = [part.assessed().units.index.to_frame(index=False) for part in panels.values()]
    table = pd.concat(rows).drop_duplicates()
    table = table[table["year"] <= year]
    return Years(
        panels=panels,
        frameworks={edition: framework_of[edition] for edition in used},
        methods={edition: method_of[edition] for edition in used},
        spaces={
            edition: MethodSpace()
            if methods is None
            else read_method_space(methods, framework_of[edition], method_of[edition])
            for edition in used
        },
        weights=dict.fromkeys(used, weights)
        if isinstance(weights, WeightDraws)
        else dict(weights or {}),
        edition_of=known,
        exits=exits,
        events=no_events() if events is None else check_events(events, table),
        year=year,
        draws=draws,
        seed=seed,
    )
