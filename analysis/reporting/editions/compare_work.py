"""A comparison of two frameworks from the tables to all results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from analysis.core.comparing.attribution import Attribution, attribute, summarise_causes
from analysis.core.comparing.flows import weight_flows
from analysis.core.comparing.rewards import rewards
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.reporting.editions.compare_draws import Firmness, Settings, check_draws, draw_pairs
from analysis.reporting.editions.compare_inputs import Pair
from analysis.reporting.editions.compare_tables import movers_table, ranks_table, similarity_table
from analysis.reporting.report import top_of
from analysis.reporting.uncertainty.uncertainty_inputs import gathered, tried
from analysis.reporting.uncertainty.uncertainty_work import LAST, Stages
from analysis.reporting.unit_labels import region_labels, unit_labels
from analysis.texts import LANGUAGES, spans, text


@dataclass(frozen=True, eq=False)
class Work:
    """What came of a comparison.

    Attributes
    ----------
    pair : Pair
    settings : Settings
    top : int
    old, new : Scores
        Of all years of the table.
    ranks, similarity, movers : pandas.DataFrame
        See `analysis.reporting.editions.compare_tables`.
    flows : pandas.DataFrame
        See `analysis.core.comparing.flows.weight_flows`.
    rewards : (pandas.DataFrame, pandas.DataFrame)
        See `analysis.core.comparing.rewards.rewards`.
    attributions : dict
        By year.
    refused : tuple of Finding
        Why a year has none.
    firmness : Firmness or None
        None where nothing was drawn.
    """

    pair: Pair
    settings: Settings
    top: int
    old: Scores
    new: Scores
    ranks: pd.DataFrame
    similarity: pd.DataFrame
    movers: pd.DataFrame
    flows: pd.DataFrame
    rewards: tuple[pd.DataFrame, pd.DataFrame]
    attributions: dict[int, Attribution]
    refused: tuple[Finding, ...]
    firmness: Firmness | None

    @property
    def year(self) -> int:
        """The newest of the years."""
        return self.pair.years[-1]

    def unit_names(self, lang: str) -> dict[str, str]:
        """Return what a reader sees for every unit, by its newest name."""
        units = self.new.units
        newest = units[~units.index.get_level_values("unit").duplicated(keep="last")]
        labels = unit_labels(newest.droplevel("year"), lang)
        return {str(unit): str(label) for unit, label in labels.items()}

    def region_names(self, lang: str) -> dict[str, str]:
        """Return what a reader sees for the regions, in order."""
        return region_labels(set(self.ranks["region"].astype(str)), self.pair.new.regions, lang)

    def summary(self, lang: str) -> list[str]:
        """Return in a few lines what a reader asks first: agreement, causes, how firm both are."""
        whole = self.similarity[
            (self.similarity["year"] == self.year) & (self.similarity["region"] == "")
        ].iloc[0]
        lines = [text("compare.synthetic", lang)] if self.pair.synthetic else []
        lines += [
            text(
                "compare.agree",
                lang,
                year=self.year,
                units=int(whole["units"]),
                spearman=f"{whole['spearman']:.3f}",
                tau=f"{whole['kendall']:.3f}",
                mean=f"{whole['mean_shift']:.1f}",
                most=f"{whole['max_shift']:.0f}",
                top=self.top,
                left=int(whole["left_top"]),
            )
        ]
        found = self.attributions.get(self.year)
        if found is not None and len(found.table):
            causes = summarise_causes(found.table).set_index("cause")["rank_share"]
            if causes.notna().all():
                joint = "；" if lang == "zh" else "; "
                shares = joint.join(
                    f"{text(f'cfig.cause.{cause}', lang)} {100 * share:.0f}%"
                    for cause, share in causes.items()
                )
                lines.append(text("compare.causes", lang, shares=shares))
        lines += [text("compare.no_causes", lang, why=told.text(lang)) for told in self.refused]
        if self.firmness is not None:
            regions = self.region_names(lang)
            for statement, (_, row) in zip(
                self.firmness.statements, self.firmness.shares.iterrows(), strict=True
            ):
                told = {"said": statement.said(lang, regions)}
                for side in ("draws", "panels"):
                    for end in ("share", "low", "high"):
                        told[f"{side}_{end}"] = f"{100 * row[f'{side}_{end}']:.1f}"
                key = "compare.holds_panels" if row["panels"] else "compare.holds"
                lines.append(text(key, lang, panels=int(row["panels"]), **told))
        return lines


def group_labels(framework: Framework, lang: str) -> dict[str, str]:
    """Return what a reader sees for the groups of a framework, the code where it has no name."""
    names = framework.nodes[f"name_{lang}"]
    return {code: str(names[code]) or code for code in framework.groups}


def framework_names(pair: Pair) -> tuple[str, str]:
    """Return short names of the two that differ: by the method, or their order, if need be."""
    names: list[tuple[str, ...]] = [(side.framework.name,) for side in pair.sides]
    if names[0] == names[1]:
        names = [(side.framework.name, side.method.name) for side in pair.sides]
    if names[0] == names[1]:
        names = [(*name, str(number)) for number, name in enumerate(names, 1)]
    first, second = (" / ".join(name) for name in names)
    return first, second


def work_out(pair: Pair, settings: Settings, stages: Stages) -> Work:
    """Score, compare, attribute and draw.

    Raises
    ------
    InputError
        If a framework cannot be scored, or with what is wrong with weights and
        methods that are to be drawn.
    """
    years = pair.years
    check_draws(pair, settings)
    with stages.stage("scoring"):
        sides = [tried(partial(score, s.panel, s.framework, s.method)) for s in pair.sides]
        gathered(*sides)
        old, new = sides[0][0], sides[1][0]
        ranks = ranks_table(old, new, years)
        years = _years_ranked(ranks, pair)
        pair, ranks = replace(pair, years=years), ranks[ranks["year"].isin(years)]
        newest = ranks[ranks["year"] == years[-1]].dropna(subset=["rank_old", "rank_new"])
        top = settings.top or top_of(len(newest))
        similar = similarity_table(ranks, top, LAST)
    attributions, refused = _attributions(pair, stages)
    labels = {
        lang: (group_labels(pair.old.framework, lang), group_labels(pair.new.framework, lang))
        for lang in LANGUAGES
    }
    frameworks = pair.old.framework, pair.new.framework
    return Work(
        pair=pair,
        settings=settings,
        top=top,
        old=old,
        new=new,
        ranks=ranks,
        similarity=similar,
        movers=movers_table(ranks, attributions, old, new, labels),
        flows=weight_flows(*frameworks, pair.crosswalk),
        rewards=(rewards(frameworks[0]), rewards(frameworks[1])),
        attributions=attributions,
        refused=refused,
        firmness=draw_pairs(pair, settings, top, stages) if settings.draws else None,
    )


def _attributions(pair: Pair, stages: Stages) -> tuple[dict[int, Attribution], tuple[Finding, ...]]:
    """Attribute every year; one that cannot be is left out, with the reason."""
    found: dict[int, Attribution] = {}
    refused: dict[str, Finding] = {}
    with stages.stage("attribution", len(pair.years)) as step:
        for year in pair.years:
            try:
                found[year] = attribute(
                    pair.old.panel,
                    pair.new.panel,
                    pair.old.framework,
                    pair.new.framework,
                    pair.old.method,
                    pair.new.method,
                    year,
                    pair.crosswalk,
                )
            except InputError as error:
                refused |= {repr(told): told for told in error.findings}
            step()
    return found, tuple(refused.values())


def _years_ranked(ranks: pd.DataFrame, pair: Pair) -> tuple[int, ...]:
    """Return the years in which some unit has a place under both.

    Raises
    ------
    InputError
        If there is none, or a year that the user named is not one of them.
    """
    both = set(ranks.dropna(subset=["rank_old", "rank_new"])["year"])
    empty = [year for year in pair.years if year not in both]
    if empty and (pair.years_named or not both):
        raise InputError([Finding("error", "compare.nobody", {"years": spans(empty)})])
    return tuple(year for year in pair.years if year in both)
