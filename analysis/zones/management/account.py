"""Candidates under one rule, each with the years, places and scores that make it one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.zones.management.places import last_places, place_column
from analysis.zones.management.rule import Rule

ACCOUNT = (
    *("year", "region", "unit", "years", "places", "of", "from_end", "scores", "gaps"),
    *("mean_score", "gap", "climb"),
)


def candidates(table: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Return the candidates of every year under one rule, with their account.

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
        One row a candidate and year: ``year, region, unit``; ``years, places,
        of, from_end, scores, gaps`` (tuples over the years that count,
        ascending; gaps are the points to safety, NaN where nobody is safe);
        ``mean_score``; ``gap`` and ``climb``: the points and the places that
        were lacking to safety in *t*; ``order``: within the year and, for a
        regional rule, the region, from the lowest mean score up (ties share
        the smallest). Sorted by year, region and order.

    Notes
    -----
    The text of 2021 makes candidates, not removals, and does not say how many
    per region are proposed: `order` is no decision. For years of several
    editions, and zones that are rectified, renamed, merged or return, see
    `analysis.zones.management.candidates_by_edition`.
    """
    last = last_places(table, rule.scope, rule.last, rule.small_groups, rule.ties)
    assessed = assessed_years(table, rule)
    rows: list[dict[str, Any]] = []
    for unit, own in last.sort_values("year").groupby("unit"):
        for year in own["year"]:
            found = account(str(unit), own, assessed[str(unit)], int(year), rule)
            rows += [found] if found else []
    return ordered(rows, rule.scope)


def assessed_years(table: pd.DataFrame, rule: Rule) -> dict[str, list[int]]:
    """Return the years in which each unit has a place in the rule's scope, ascending."""
    ranked = table[table[place_column(table, rule.scope)].notna()]
    return {
        str(unit): sorted(int(year) for year in years)
        for unit, years in ranked.groupby("unit")["year"]
    }


def within_window(
    own: pd.DataFrame, assessed: Sequence[int], year: int, rule: Rule
) -> pd.DataFrame:
    """Return the rows of one unit that lie in the window ending with a year, ascending.

    Parameters
    ----------
    own : pandas.DataFrame
        Years in which the unit was among the last, with a column ``year``.
    assessed : sequence of int
        Years in which it was assessed, ascending.
    year : int
    rule : Rule
    """
    start = year - rule.window + 1
    if rule.years_count == "assessed":
        until = [other for other in assessed if other <= year]
        start = until[-rule.window :][0] if until else year
    inside = own[(own["year"] >= start) & (own["year"] <= year)]
    return inside.sort_values("year", kind="stable")


def account(
    unit: str, own: pd.DataFrame, assessed: Sequence[int], year: int, rule: Rule
) -> dict[str, Any] | None:
    """Return the account of a unit as a candidate of a year, or None where it is none.

    Parameters
    ----------
    unit : str
    own : pandas.DataFrame
        Rows of `last_places` that count against the unit.
    assessed, year, rule
        As in `within_window`.
    """
    if len(own) < rule.times or year not in own["year"].to_numpy():
        return None
    counted = within_window(own, assessed, year, rule)
    if len(counted) < rule.times or int(counted["year"].iloc[-1]) != year:
        return None
    newest = counted.iloc[-1]
    if rule.averaged == "latest":
        counted = counted.iloc[-rule.times :]
    elif rule.averaged == "earliest":
        counted = counted.iloc[: rule.times]
    elif rule.averaged == "lowest":
        # Of equal scores the later one: it is nearer to the decision.
        worst = counted.sort_values(["score", "year"], ascending=[True, False], kind="stable")
        counted = worst.iloc[: rule.times].sort_values("year", kind="stable")
    return {
        "year": year,
        "region": str(newest["region"]),
        "unit": unit,
        "years": _whole(counted["year"]),
        "places": _whole(counted["place"]),
        "of": _whole(counted["of"]),
        "from_end": _whole(counted["from_end"]),
        "scores": tuple(float(score) for score in counted["score"]),
        "gaps": tuple(float(gap) for gap in counted["gap"]),
        "mean_score": float(counted["score"].mean()),
        "gap": float(newest["gap"]),
        "climb": rule.last + 1 - int(newest["from_end"]),
    }


def ordered(
    rows: Iterable[Mapping[str, Any]], scope: str, columns: Sequence[str] = ACCOUNT
) -> pd.DataFrame:
    """Return accounts as a table, with their order by mean score within year (and region)."""
    found = pd.DataFrame(list(rows), columns=list(columns))
    groups = ["year", "region"] if scope == "region" else ["year"]
    # The mean is rounded like the scores, so that equal means tie on every machine.
    mean = found["mean_score"].astype("float64").round(9)
    order = mean.groupby([found[group] for group in groups]).rank(method="min")
    found = found.assign(order=order.astype("int64"))
    return found.sort_values([*groups, "order", "unit"], kind="stable").reset_index(drop=True)


def _whole(column: pd.Series) -> tuple[int, ...]:
    return tuple(int(value) for value in column)
