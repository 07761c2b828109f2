"""Upgrades of provincial zones: the province's shortlist, then one ranking of all shortlisted.

Step 1: the province assesses its provincial zones on the items and picks those
ranked high that have a good base, growth potential and full plans. Step 2: the
ministry scores and ranks the picks of all provinces and proposes a list (press
conference of 2 November 2021). How many a province may pick, how the three
conditions are judged and on what scale candidates are scored is not reported;
`Upgrades` holds an answer to each, and a report has to state it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.cells import CellError, shown, yes_in
from analysis.core.findings import Finding, InputError
from analysis.core.frozen import score_against
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.core.steps import Imputation, Screening, Treatment, Weighting
from analysis.zones.management.pauses import Pause, paused_on

FloatArray = NDArray[np.float64]

CONDITIONS = ("good_base", "potential", "full_plans")


@dataclass(frozen=True)
class Upgrades:
    """How provincial zones are shortlisted and ranked.

    Attributes
    ----------
    per_province : int
        How many zones a province shortlists, ties at the boundary included.
    conditions : tuple of str
        Attributes of the candidates that must be a yes to be shortlisted.
    provincial : {"national", "own"}
        Scale of the province's own ranking: the frozen national one (the
        default), or the range of the province's zones, without treatment.
    beyond : {"held", "open"}
        As in `analysis.core.frozen.score_against`.
    pause : Pause
    """

    per_province: int = 2
    conditions: tuple[str, ...] = CONDITIONS
    provincial: Literal["national", "own"] = "national"
    beyond: Literal["held", "open"] = "held"
    pause: Pause = field(default_factory=Pause)

    def __post_init__(self) -> None:
        if self.per_province < 1:
            raise ValueError("a province shortlists at least one zone")


def rank_upgrades(
    national: Scores,
    candidates: Panel,
    year: int,
    upgrades: Upgrades | None = None,
    *,
    paused: pd.DataFrame | None = None,
    on: date | None = None,
    removed: Collection[str] = (),
    apart: Collection[str] = (),
) -> pd.DataFrame:
    """Shortlist provincial zones by province, and rank the shortlisted of all provinces.

    Parameters
    ----------
    national : Scores
        Of the national zones; the candidates do not move their scale.
    candidates : Panel
        Items of the provincial zones (`analysis.core.derive.derive_items`),
        with the attribute ``province`` and those of `Upgrades.conditions`.
    year : int
        Data year.
    upgrades : Upgrades, optional
    paused : pandas.DataFrame, optional
        From `analysis.zones.management.pauses`; needs `on`.
    on : datetime.date, optional
        Day of the recommendation.
    removed : collection of str
        Units that lost the national status before. They reapply on the same
        terms as any other and are only marked.
    apart : collection of str
        National zones that have a score and no place in the year
        (`analysis.zones.management.too_early`): not counted in those of others.

    Returns
    -------
    pandas.DataFrame
        One row a candidate, by rank, then province and provincial rank:
        ``unit, region, province``; ``provincial_score, provincial_rank``
        among all zones of the province; ``lacking`` (tuple of conditions not
        met); ``shortlisted``; ``paused_until`` (the last day of the
        province's pause, or None); ``recommended``: shortlisted and not
        barred by a pause; ``score``: on the frozen national scale; ``rank``:
        among the recommended of all provinces (Int64); ``national_place``:
        one more than the number of national zones that score higher (Int64);
        ``last_of_region``: place from the end that it would take in its
        region, among the national zones and itself (Int64); ``reapplies``.

    Raises
    ------
    InputError
        With every problem: an attribute that is not there, a province that is
        empty, a condition that is neither yes nor no, a candidate that is a
        national zone of the year; and as in `score_against`.
    ValueError
        If there are pauses and no day.
    """
    upgrades = upgrades or Upgrades()
    if paused is not None and on is None:
        raise ValueError("pauses need the day of the recommendation")
    rows = candidates.values.index.get_level_values("year") == year
    asked = replace(candidates, values=candidates.values[rows], units=candidates.units[rows])
    asked = replace(asked, imputed=None).assessed()
    lacking = _conditions(asked, upgrades, national, year)
    found = score_against(national, year, asked, beyond=upgrades.beyond)
    root, decimals = national.framework.root, national.method.ranking.decimals
    units = asked.units.droplevel("year")
    own = found.nodes[root]
    if upgrades.provincial == "own":
        own = _own_scale(asked, national, year)
    table = pd.DataFrame(
        {
            "unit": [str(unit) for unit in units.index],
            "region": units["region"].astype(str).to_numpy(),
            "province": units["province"].astype(str).str.strip().to_numpy(),
            "provincial_score": own.reindex(units.index).to_numpy().round(9),
            "lacking": lacking,
        }
    )
    table["provincial_rank"] = _ranks_by(table, "provincial_score", decimals)
    fit = table[(table["lacking"].map(len) == 0) & table["provincial_rank"].notna()]
    place = fit.groupby("province")["provincial_rank"].rank(method="min")
    table["shortlisted"] = (place <= upgrades.per_province).reindex(table.index, fill_value=False)
    until = paused_on(paused, on) if paused is not None and on is not None else {}
    table["paused_until"] = pd.Series([until.get(p) for p in table["province"]], dtype="object")
    barred = table["province"].isin(list(until)) & (upgrades.pause.effect == "bars")
    table["recommended"] = table["shortlisted"] & ~barred
    table["score"] = found.nodes[root].reindex(units.index).to_numpy().round(9)
    ranks = rank_scores(table["score"].where(table["recommended"]).to_numpy(), decimals)
    table["rank"] = pd.Series(ranks, index=table.index).astype("Int64")
    places = _beside_national(table, national, year, decimals, apart)
    table["national_place"], table["last_of_region"] = places
    table["reapplies"] = table["unit"].isin(list(removed))
    columns = [
        *("unit", "region", "province", "provincial_score", "provincial_rank", "lacking"),
        *("shortlisted", "paused_until", "recommended", "score", "rank", "national_place"),
        *("last_of_region", "reapplies"),
    ]
    by = ["rank", "province", "provincial_rank", "unit"]
    return table[columns].sort_values(by, kind="stable").reset_index(drop=True)


def _conditions(
    asked: Panel, upgrades: Upgrades, national: Scores, year: int
) -> list[tuple[str, ...]]:
    """Return the conditions that each candidate does not meet."""
    wanted = ("province", *upgrades.conditions)
    problems = [
        Finding("error", "upgrades.attribute", {"attribute": name})
        for name in wanted
        if name not in asked.units
    ]
    if problems:
        raise InputError(problems)
    own = set(national.units_in(year).index)
    lacking: list[tuple[str, ...]] = []
    for (_, unit), row in zip(asked.units.index, asked.units.to_dict("records"), strict=True):
        if unit in own:
            problems.append(_told("national", unit, year=year))
        if not str(row["province"]).strip():
            problems.append(_told("province", unit))
        missing = []
        for name in upgrades.conditions:
            try:
                if not yes_in(row[name]):
                    missing.append(name)
            except CellError:
                problems.append(_told("condition", unit, name=name, value=shown(row[name])))
        lacking.append(tuple(missing))
    if problems:
        raise InputError(problems)
    return lacking


def _told(code: str, unit: str, **values: object) -> Finding:
    return Finding("error", f"upgrades.{code}", {"unit": shown(unit), **values}, unit=unit)


def _own_scale(asked: Panel, national: Scores, year: int) -> pd.Series:
    """Return the index of each candidate on the scale of its own province's zones."""
    framework = national.frameworks.get(year, national.framework)
    method: Method = replace(
        national.method,
        imputation=Imputation(),
        screening=Screening(),
        treatment=Treatment(rule="none"),
        weighting=_weights_as_used(national.method.weighting),
        normalisation=replace(national.method.normalisation, over="year", base=None, within=""),
    )
    parts = []
    provinces = asked.units["province"].astype(str).str.strip()
    for province in sorted(provinces.unique()):
        rows = (provinces == province).to_numpy()
        part = replace(asked, values=asked.values[rows], units=asked.units[rows])
        parts.append(score(part, framework, method).in_year(year)[framework.root])
    whole: pd.Series = pd.concat(parts)
    return whole


def _weights_as_used(weighting: Weighting) -> Weighting:
    """Return a rule that takes the national weights of the year, wherever they came from."""
    if weighting.rule == "given":
        return weighting
    return Weighting()


def _ranks_by(table: pd.DataFrame, column: str, decimals: int) -> pd.Series:
    """Return ranks within the province, 1 the best."""
    ranks = pd.Series(pd.NA, index=table.index, dtype="Int64")
    for _, own in table.groupby("province"):
        found = rank_scores(own[column].to_numpy(dtype=np.float64), decimals)
        ranks.loc[own.index] = pd.Series(found, index=own.index).astype("Int64")
    return ranks


def _beside_national(
    table: pd.DataFrame,
    national: Scores,
    year: int,
    decimals: int,
    apart: Collection[str],
) -> tuple[pd.Series, pd.Series]:
    """Return the place each would take in the country, and from the end of its region."""
    scores = national.in_year(year)[national.framework.root].round(decimals)
    scores = scores[~scores.index.isin(list(apart))]
    regions = national.units_in(year)["region"].reindex(scores.index)
    places: list[int | None] = []
    ends: list[int | None] = []
    for region, own in zip(table["region"], table["score"].round(decimals), strict=True):
        same = scores[regions == region]
        places.append(None if np.isnan(own) else 1 + int((scores > own).sum()))
        ends.append(None if np.isnan(own) or not region else 1 + int((same < own).sum()))
    return (
        pd.Series(pd.array(places, dtype="Int64"), index=table.index),
        pd.Series(pd.array(ends, dtype="Int64"), index=table.index),
    )
