"""The last places of every year, in the country or in each region."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from analysis.zones.management.rule import Scope

COLUMNS = ("year", "region", "unit", "score", "rank", "region_rank")


def last_places(
    table: pd.DataFrame,
    scope: Scope,
    last: int = 5,
    small_groups: Literal["all", "none"] = "all",
    ties: Literal["all", "none"] = "all",
) -> pd.DataFrame:
    """Return the last places of every year, in the country or in each region.

    The place from the end is one more than the number of zones ranked behind:
    1 is the last place, tied zones share theirs. Zones tied with the one at
    place `last` from the end are included, all or none of them.

    Parameters
    ----------
    table : pandas.DataFrame
        ``year, region, unit, score, rank, region_rank``, one row a unit-year.
        Rows without a rank are not ranked and leave no trace. Units without a
        region (``""``) have no regional places.
    scope, last, small_groups, ties
        As in `analysis.zones.management.Rule`.

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
    place = place_column(table, scope)
    groups = ["year", "region"] if scope == "region" else ["year"]
    ranked = table[table[place].notna()].astype({place: "int64", "score": "float64"})
    if scope == "region":
        ranked = ranked[ranked["region"] != ""]
    by = ranked.groupby(groups)
    ranked = ranked.assign(
        place=ranked[place],
        of=by["unit"].transform("size"),
        from_end=by[place].rank(method="min", ascending=False).astype("int64"),
        deepest=by[place].rank(method="max", ascending=False).astype("int64"),
    )
    among = ranked["from_end" if ties == "all" else "deepest"] <= last
    if small_groups == "none":
        among &= ranked["of"] > last
    safe = ranked[~among].groupby(groups)["score"].min().rename("safe")
    ranked = ranked[among].join(safe, on=groups)
    ranked["gap"] = ranked["safe"] - ranked["score"]
    ranked = ranked.sort_values([*groups, "from_end", "unit"], kind="stable")
    columns = ["year", "region", "unit", "score", "place", "of", "from_end", "gap"]
    return ranked[columns].reset_index(drop=True)


def place_column(table: pd.DataFrame, scope: Scope) -> str:
    """Return the column of the places of a scope, the table being as `last_places` wants it.

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
    return "region_rank" if scope == "region" else "rank"
