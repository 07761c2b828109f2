"""Dynamic management: the last five, and who becomes a candidate for removal.

Both rules are one shape, a zone in the last *k* of its scope *times* times
within *window* consecutive years:

- 2016 edition: the national last five in two consecutive years (the thepaper
  and other reports of the round of January 2020 and of January 2021);
- 2021 edition: the last five **of the own region** twice within three
  consecutive years, which makes a candidate; the ministry then proposes
  removals by region on the mean of the two scores (press conference of 2
  November 2021).

Neither text says how ties at the fifth place, a year without an assessment, a
region of fewer than five zones or a third time within the window count. `Rule`
holds an answer to each, and a report has to state it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

COLUMNS = ("year", "region", "unit", "score", "rank", "region_rank")

Scope = Literal["national", "region"]


@dataclass(frozen=True)
class Rule:
    """When a zone becomes a candidate for removal.

    Attributes
    ----------
    edition : str
        Edition of the measures the rule is from.
    scope : {"national", "region"}
        Whose last places count: those of the country or of the own region.
    last : int
        How many places count as last. Zones tied at the boundary all count.
    times, window : int
        How often within how many consecutive years.
    years_count : {"calendar", "assessed"}
        Whether consecutive years are calendar years, so that a year without
        an assessment passes by and breaks a run (the default), or the years
        in which the zone itself was assessed.
    small_groups : {"all", "none"}
        In a scope of no more than `last` zones every zone is among the last:
        take that literally (the default), or let such a scope have none.
    averaged : {"latest", "all"}
        Which scores are averaged where a zone was among the last more often
        than `times` within the window: those of the latest (the default), or all.
    """

    edition: str
    scope: Scope
    last: int = 5
    times: int = 2
    window: int = 2
    years_count: Literal["calendar", "assessed"] = "calendar"
    small_groups: Literal["all", "none"] = "all"
    averaged: Literal["latest", "all"] = "latest"

    def __post_init__(self) -> None:
        if self.last < 1 or self.times < 1 or self.window < self.times:
            raise ValueError(
                f"a rule of {self.times} times within {self.window} years "
                f"among the last {self.last} cannot be met"
            )


RULE_2016 = Rule(edition="2016", scope="national", times=2, window=2)
RULE_2021 = Rule(edition="2021", scope="region", times=2, window=3)


def last_places(
    table: pd.DataFrame,
    scope: Scope,
    last: int = 5,
    small_groups: Literal["all", "none"] = "all",
) -> pd.DataFrame:
    """Return the last places of every year, in the country or in each region.

    The place from the end is one more than the number of zones ranked behind:
    1 is the last place, tied zones share theirs, and all zones tied with the
    one at place `last` from the end are included.

    Parameters
    ----------
    table : pandas.DataFrame
        ``year, region, unit, score, rank, region_rank``, one row a unit-year.
        Rows without a rank are not ranked and leave no trace. Units without a
        region (``""``) have no regional places.
    scope, last, small_groups
        As in `Rule`.

    Returns
    -------
    pandas.DataFrame
        ``year, region, unit, score, place, of, from_end, gap``, by year and
        place from the end: place counted from the top, number of zones ranked
        in the scope, place from the end, and the points to the lowest score
        outside the last places (missing where there is none outside).

    Raises
    ------
    ValueError
        If a column is missing or a unit stands twice in a year.
    """
    absent = [column for column in COLUMNS if column not in table]
    if absent:
        raise ValueError(f"the table lacks the columns {', '.join(absent)}")
    if table.duplicated(["year", "unit"]).any():
        raise ValueError("a unit stands twice in a year")
    place = "region_rank" if scope == "region" else "rank"
    groups = ["year", "region"] if scope == "region" else ["year"]
    ranked = table[table[place].notna()].astype({place: "int64", "score": "float64"})
    if scope == "region":
        ranked = ranked[ranked["region"] != ""]
    by = ranked.groupby(groups)
    ranked = ranked.assign(
        place=ranked[place],
        of=by["unit"].transform("size"),
        from_end=by[place].rank(method="min", ascending=False).astype("int64"),
    )
    among = ranked["from_end"] <= last
    if small_groups == "none":
        among &= ranked["of"] > last
    safe = ranked[~among].groupby(groups)["score"].min().rename("safe")
    ranked = ranked[among].join(safe, on=groups)
    ranked["gap"] = ranked["safe"] - ranked["score"]
    ranked = ranked.sort_values([*groups, "from_end", "unit"], kind="stable")
    columns = ["year", "region", "unit", "score", "place", "of", "from_end", "gap"]
    return ranked[columns].reset_index(drop=True)


def candidates(table: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Return the candidates of every year under a rule, with their account.

    A zone is a candidate of year *t* if it is among the last in *t* and has
    been so `times` times within the `window` years that end with *t*. So a
    zone is a candidate in the year that completes the condition, and again in
    any later year that completes it anew; it is not one in a year in which it
    is not among the last.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `last_places`: all years that are to count.
    rule : Rule

    Returns
    -------
    pandas.DataFrame
        One row a candidate and year: ``year, region, unit, years, places, of,
        scores`` (tuples over the years that count, ascending), ``mean_score``,
        ``gap`` (points to safety in *t*) and ``order``: within the year and,
        for a regional rule, the region, from the lowest mean score up (ties
        share the smallest). Sorted by year, region and order.

    Notes
    -----
    The text makes candidates, not removals, and does not say how many per
    region are proposed: `order` is no decision.
    """
    last = last_places(table, rule.scope, rule.last, rule.small_groups)
    ranked = table[table["region_rank" if rule.scope == "region" else "rank"].notna()]
    assessed = {unit: sorted(years) for unit, years in ranked.groupby("unit")["year"]}
    rows = []
    for unit, own in last.sort_values("year").groupby("unit"):
        for at, year in enumerate(own["year"]):
            start = _window_start(assessed[unit], int(year), rule)
            counted = own.iloc[: at + 1]
            counted = counted[counted["year"] >= start]
            if len(counted) < rule.times:
                continue
            if rule.averaged == "latest":
                counted = counted.iloc[-rule.times :]
            rows.append(_account(str(unit), counted))
    found = pd.DataFrame(rows, columns=[*_ACCOUNT, "mean_score", "gap"])
    groups = ["year", "region"] if rule.scope == "region" else ["year"]
    # The mean is rounded like the scores, so that equal means tie on every machine.
    mean = found["mean_score"].astype("float64").round(9)
    order = mean.groupby([found[group] for group in groups]).rank(method="min")
    found = found.assign(order=order.astype("int64"))
    return found.sort_values([*groups, "order", "unit"], kind="stable").reset_index(drop=True)


_ACCOUNT = ("year", "region", "unit", "years", "places", "of", "scores")


def _window_start(assessed: list[int], year: int, rule: Rule) -> int:
    """First year of the window that ends with `year`."""
    if rule.years_count == "calendar":
        return year - rule.window + 1
    until = [other for other in assessed if other <= year]
    return until[-rule.window :][0]


def _account(unit: str, counted: pd.DataFrame) -> dict[str, object]:
    newest = counted.iloc[-1]
    return {
        "year": int(newest["year"]),
        "region": newest["region"],
        "unit": unit,
        "years": tuple(int(year) for year in counted["year"]),
        "places": tuple(int(place) for place in counted["place"]),
        "of": tuple(int(of) for of in counted["of"]),
        "scores": tuple(float(score) for score in counted["score"]),
        "mean_score": float(counted["score"].mean()),
        "gap": float(newest["gap"]),
    }
