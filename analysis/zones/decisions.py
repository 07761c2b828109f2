"""What a change of edition changes in decisions: top lists, last fives, candidates for exit.

The editions differ in the index and in the rule of exit: `RULE_2016` looks at the
national last five, `RULE_2021` at those of the region. Both rules are run over the years
under both indices, so that what is due to the index can be told from what is due to the rule.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.core.scores import Scores
from analysis.zones.management import (
    COLUMNS,
    RULE_2016,
    RULE_2021,
    Rule,
    Scope,
    candidates,
    last_places,
)

TOP = 30
SIDES = ("old", "new")
STATUSES = ("both", "old", "new")
CANDIDATES = "candidates_"  # columns with the number of candidates of each status


def index_table(scores: Scores) -> pd.DataFrame:
    """Return the index of every unit-year, as the rules of management take it.

    Returns
    -------
    pandas.DataFrame
        ``year, region, unit, score, rank, region_rank``.
    """
    rows = scores.table[scores.table["node"] == scores.framework.root]
    return rows[list(COLUMNS)].reset_index(drop=True)


def top_lists(old: pd.DataFrame, new: pd.DataFrame, top: int = TOP) -> pd.DataFrame:
    """Return who is in the top list under which edition, year by year.

    Parameters
    ----------
    old, new : pandas.DataFrame
        The index under each edition (`index_table`).
    top : int
        All units of rank ``top`` or better are in the list.

    Returns
    -------
    pandas.DataFrame
        ``year, unit, region, rank_old, rank_new`` (Int64, missing without a
        rank) and ``status``: ``both``, or ``old`` or ``new`` for those in the
        list of one only. By year and the better of the two ranks.
    """
    table = _side_by_side(old, new, "rank")
    inside = [table[f"rank_{side}"].le(top).fillna(False).to_numpy(dtype=bool) for side in SIDES]
    table = _with_status(table, inside)
    best = table[["rank_old", "rank_new"]].min(axis=1)
    table = table.assign(best=best).sort_values(["year", "best", "unit"], kind="stable")
    return table.drop(columns="best").reset_index(drop=True)


def last_lists(
    old: pd.DataFrame, new: pd.DataFrame, scope: Scope = "region", last: int = 5
) -> pd.DataFrame:
    """Return who is among the last under which edition, year by year.

    Parameters
    ----------
    old, new : pandas.DataFrame
        As in `top_lists`.
    scope, last
        As in `analysis.zones.management.last_places`.

    Returns
    -------
    pandas.DataFrame
        ``year, unit, region, from_end_old, from_end_new`` (Int64: place from
        the end, missing where the unit is not among the last) and ``status``.
        By year, region (where the scope is the region) and unit.
    """
    found = [
        last_places(table, scope, last)[["year", "unit", "region", "from_end"]]
        for table in (old, new)
    ]
    table = _joined(found[0], found[1], "from_end")
    inside = [table[f"from_end_{side}"].notna().to_numpy(dtype=bool) for side in SIDES]
    by = ["year", "region", "unit"] if scope == "region" else ["year", "unit"]
    return _with_status(table, inside).sort_values(by, kind="stable").reset_index(drop=True)


def exit_candidates(
    old: pd.DataFrame,
    new: pd.DataFrame,
    old_rule: Rule = RULE_2016,
    new_rule: Rule = RULE_2021,
) -> pd.DataFrame:
    """Return the candidates for exit under both editions run over all years.

    Parameters
    ----------
    old, new : pandas.DataFrame
        As in `top_lists`, with all years that are to count.
    old_rule, new_rule : Rule

    Returns
    -------
    pandas.DataFrame
        One row a year and unit that is a candidate under at least one of four
        pairs of an index and a rule: ``year, unit, region``; bool ``old_old,
        old_new, new_old, new_new`` (index, then rule); ``status``: ``both``
        editions, each with its own rule, or ``old`` or ``new`` only, or
        ``""`` for candidates under an index with the other edition's rule
        alone; ``years_old, years_new``: the years that count against it
        under each edition (tuples, empty where it is no candidate).

    Notes
    -----
    A candidate is not an exit: see `analysis.zones.management.candidates`.
    """
    keys = ["year", "unit", "region"]
    whole: pd.DataFrame | None = None
    for index, table in zip(SIDES, (old, new), strict=True):
        for rule, applied in zip(SIDES, (old_rule, new_rule), strict=True):
            found = candidates(table, applied)[[*keys, "years"]]
            found = found.astype({"year": "int64", "unit": "object", "region": "object"})
            found = found.rename(columns={"years": f"{index}_{rule}"})
            whole = found if whole is None else whole.merge(found, on=keys, how="outer")
    assert whole is not None  # there are four pairs
    pairs = [f"{index}_{rule}" for index in SIDES for rule in SIDES]
    for side in SIDES:
        own = whole[f"{side}_{side}"]
        whole[f"years_{side}"] = [years if isinstance(years, tuple) else () for years in own]
    for pair in pairs:
        whole[pair] = whole[pair].notna().astype(bool)
    one, other = whole["old_old"].to_numpy(), whole["new_new"].to_numpy()
    whole["status"] = np.select([one & other, one, other], STATUSES, "")
    whole = whole.sort_values(["year", "region", "unit"], kind="stable")
    return whole[[*keys, *pairs, "status", "years_old", "years_new"]].reset_index(drop=True)


def count_by_year(table: pd.DataFrame, years: Iterable[int] | None = None) -> pd.DataFrame:
    """Return how many are on a list under both editions, and under one only.

    Parameters
    ----------
    table : pandas.DataFrame
        ``year, status``: from `top_lists`, `last_lists` or `exit_candidates`.
    years : iterable of int, optional
        Years that get a row, those without anyone too; by default those of the table.

    Returns
    -------
    pandas.DataFrame
        Index ``year``; ``both, old, new`` (int), ``jaccard``: those on both
        lists over those on either (NaN where there are none).
    """
    known = table[table["status"] != ""]
    counts = pd.crosstab(known["year"], known["status"]).reindex(columns=list(STATUSES))
    wanted = sorted(set(table["year"] if years is None else years))
    counts = counts.reindex(wanted).fillna(0).astype("int64")
    counts.index.name, counts.columns.name = "year", None
    total = counts.sum(axis=1)
    return counts.assign(jaccard=(counts["both"] / total.where(total > 0)).astype("float64"))


def ever_candidates(table: pd.DataFrame) -> pd.DataFrame:
    """Return the units that are candidates in any year, and under which edition.

    Parameters
    ----------
    table : pandas.DataFrame
        From `exit_candidates`.

    Returns
    -------
    pandas.DataFrame
        ``unit, region`` (that of the newest year), ``years_old, years_new``
        (tuples: years in which it is a candidate under each edition) and
        ``status``. By status (both, old, new), region and unit.
    """
    rows = []
    for unit, own in table[table["status"] != ""].sort_values("year").groupby("unit"):
        years = [tuple(own.loc[own[f"{side}_{side}"], "year"].astype(int)) for side in SIDES]
        status = "both" if all(years) else "old" if years[0] else "new"
        rows.append((str(unit), own["region"].iloc[-1], *years, status))
    columns = ["unit", "region", "years_old", "years_new", "status"]
    found = pd.DataFrame(rows, columns=columns)
    order = found["status"].map({status: at for at, status in enumerate(STATUSES)})
    found = found.assign(order=order).sort_values(["order", "region", "unit"], kind="stable")
    return found.drop(columns="order").reset_index(drop=True)


def _side_by_side(old: pd.DataFrame, new: pd.DataFrame, column: str) -> pd.DataFrame:
    columns = ["year", "unit", "region", column]
    return _joined(old[columns], new[columns], column)


def _joined(old: pd.DataFrame, new: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return both sides' column, one row a year and unit on either."""
    keys = ["year", "unit", "region"]
    both = old.merge(new, on=keys, how="outer", suffixes=("_old", "_new"))
    kinds = {f"{column}_{side}": "Int64" for side in SIDES}
    return both.astype({"year": "int64", **kinds})


def _with_status(table: pd.DataFrame, inside: list[np.ndarray]) -> pd.DataFrame:
    """Return the rows on either list, with the side they are on."""
    old, new = inside
    status = np.select([old & new, old, new], STATUSES, "")
    told: pd.DataFrame = table.assign(status=status)[old | new]
    return told
