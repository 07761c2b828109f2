"""Lists of a year: places, ties, conditions, and how far the first one out is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.core.rank import rank_scores, round_scores
from analysis.zones.lists.eligibility import COLUMNS as EXCLUDED_COLUMNS
from analysis.zones.lists.eligibility import ineligible
from analysis.zones.lists.measures import ListData, Measure, measure
from analysis.zones.lists.rules import ALL, REGIONS, ListRule, rules_for

DECIMALS = 9
MEMBER_COLUMNS = ("place", "unit", "region", "value", "condition", "by_value", "tied", "ahead")
OUTSIDE_COLUMNS = ("place", "unit", "region", "value", "condition", "by_value", "gap")
PASSED_COLUMNS = ("unit", "region", "value", "condition", "by_value", "why")


@dataclass(frozen=True, eq=False)
class OneList:
    """One list of one year.

    Attributes
    ----------
    rule : ListRule
    region : str
        ``"all"`` or the region of a regional list.
    sorted_by : Measure
    condition : Measure or None
    members : pandas.DataFrame
        ``place, unit, region, value, condition, by_value, tied, ahead``, by
        place and unit. Places are counted among those that may be listed and
        meet the condition, ties share the best one; ``by_value`` is the place
        whatever the condition; ``ahead``: by how much the value is better
        than that of the first one out (NaN where nobody is out).
    outside : pandas.DataFrame
        ``place, unit, region, value, condition, by_value, gap``: all others
        that meet the condition; ``gap`` is what they lack to the last value
        in the list, never below 0.
    passed : pandas.DataFrame
        ``unit, region, value, condition, by_value, why``: those whose value
        would have had a place but for the condition, which is not met
        (``below``) or of which nothing is known (``unknown``).
    excluded : pandas.DataFrame
        ``unit, reason, since``: as `analysis.zones.lists.ineligible`, with those
        that have no value (``no_value``).
    """

    rule: ListRule
    region: str
    sorted_by: Measure
    condition: Measure | None
    members: pd.DataFrame
    outside: pd.DataFrame
    passed: pd.DataFrame
    excluded: pd.DataFrame

    @property
    def gap(self) -> float:
        """How much the first one out lacks to the last one in; NaN where either is not there."""
        if self.members.empty or self.outside.empty:
            return float("nan")
        return float(self.outside["gap"].iloc[0])


@dataclass(frozen=True, eq=False)
class YearLists:
    """The lists of one year.

    Attributes
    ----------
    year : int
    lists : tuple of OneList
        In the order of the rules, regional ones in that of the regions.
    not_made : tuple of (ListRule, str)
        Rules of the year that made none: ``no_measure`` (nothing that it
        sorts by is there), ``no_condition`` (nothing that its condition is
        about), ``no_region`` (nobody is in such a region).
    """

    year: int
    lists: tuple[OneList, ...]
    not_made: tuple[tuple[ListRule, str], ...]

    @property
    def excluded(self) -> pd.DataFrame:
        """``unit, reason, since``: who may be in no list, each once."""
        parts = [each.excluded for each in self.lists]
        frame = pd.concat(parts) if parts else pd.DataFrame(columns=list(EXCLUDED_COLUMNS))
        frame = frame[frame["reason"].isin(("gone", "new", "vetoed"))]
        return frame.drop_duplicates().sort_values("unit", kind="stable").reset_index(drop=True)


def make_list(
    rule: ListRule,
    sorted_by: Measure,
    regions: pd.Series,
    *,
    region: str = ALL,
    condition: Measure | None = None,
    excluded: Mapping[str, tuple[str, int | None]] = MappingProxyType({}),
) -> OneList:
    """Make one list.

    Of the units that may be listed, have a value and meet the condition
    (``condition > rule.above``; an unknown one is not met), the first
    ``rule.size`` are in. Values are rounded to 9 decimals; the place is
    ``1 + #{better}``. Of units tied across the last place all are in
    (``ties="all"``), so that the list is longer, or none, so that it is shorter.

    Parameters
    ----------
    rule : ListRule
        ``order`` goes before ``sorted_by.highest``.
    sorted_by : Measure
    regions : pandas.Series
        Region by unit, the index of ``sorted_by.values``.
    region : str
        ``"all"``, or whose units alone may be listed.
    condition : Measure, optional
    excluded : mapping of str to (str, int or None)
        Who may not be listed: reason and first year, by unit.

    Returns
    -------
    OneList
    """
    highest = sorted_by.highest if rule.order == "" else rule.order == "highest"
    table = pd.DataFrame(
        {
            "unit": sorted_by.values.index.astype(str),
            "region": regions.astype(str).to_numpy(),
            "value": sorted_by.values.to_numpy(dtype=np.float64),
            "condition": np.nan
            if condition is None
            else condition.values.reindex(sorted_by.values.index).to_numpy(dtype=np.float64),
        }
    )
    here = table if region == ALL else table[table["region"] == region]
    barred = [(u, *excluded[u]) for u in here["unit"] if u in excluded]
    free = here[~here["unit"].isin(list(excluded))]
    barred += [(u, "no_value", None) for u in free.loc[free["value"].isna(), "unit"]]
    able = free[free["value"].notna()].copy()
    # A score goes up where it gets better; so does what is ranked here.
    rounded = round_scores(able["value"].to_numpy(), DECIMALS)
    able["better"] = rounded if highest else -rounded
    able["by_value"] = rank_scores(able["better"].to_numpy(), DECIMALS).astype(np.int64)
    met = np.ones(len(able), dtype=bool)
    if condition is not None:
        met = round_scores(able["condition"].to_numpy(), DECIMALS) > rule.above
    ranked, failed = able[met].copy(), able[~met]
    ranked["place"] = rank_scores(ranked["better"].to_numpy(), DECIMALS).astype(np.int64)
    deepest = ranked["place"] + ranked.groupby("place")["unit"].transform("size") - 1
    ranked["among"] = (ranked["place"] if rule.ties == "all" else deepest) <= rule.size
    ranked["tied"] = ranked.duplicated("place", keep=False)
    ranked = ranked.sort_values(["place", "unit"], kind="stable")
    members, outside = ranked[ranked["among"]].copy(), ranked[~ranked["among"]].copy()
    last = members["better"].min() if len(members) else np.nan
    first_out = outside["better"].max() if len(outside) else np.nan
    members["ahead"] = members["better"] - first_out
    outside["gap"] = last - outside["better"]
    wanted = failed["better"] >= last if len(members) >= rule.size else failed["better"].notna()
    passed = failed[wanted].sort_values(["by_value", "unit"], kind="stable").copy()
    passed["why"] = np.where(passed["condition"].isna(), "unknown", "below")
    left_out = pd.DataFrame(barred, columns=list(EXCLUDED_COLUMNS)).astype({"since": "Int64"})
    return OneList(
        rule,
        region,
        Measure(sorted_by.code, sorted_by.kind, sorted_by.values, highest),
        condition,
        members[list(MEMBER_COLUMNS)].reset_index(drop=True),
        outside[list(OUTSIDE_COLUMNS)].reset_index(drop=True),
        passed[list(PASSED_COLUMNS)].reset_index(drop=True),
        left_out.sort_values("unit", kind="stable").reset_index(drop=True),
    )


def year_lists(
    data: ListData,
    rules: Sequence[ListRule],
    *,
    regions: Sequence[str] = (),
    events: pd.DataFrame | None = None,
    vetoed: Collection[str] = (),
) -> YearLists:
    """Make all lists of a year.

    Parameters
    ----------
    data : ListData
    rules : sequence of ListRule
        Of any years: those that hold for the year of `data` are taken.
    regions : sequence of str
        Order of the regions; those not named come after, sorted.
    events : pandas.DataFrame, optional
        From `analysis.zones.management.check_events`.
    vetoed : collection of str
        Units kept off the lists, beside those of `ListData.vetoed` and those
        whose attribute ``vetoed`` says so.

    Raises
    ------
    InputError
        If attributes of units cannot be read (see `ineligible`).
    """
    there = {str(word) for word in data.units["region"] if word}
    ordered = [code for code in regions if code in there]
    ordered += sorted(there - set(ordered))
    lists: list[OneList] = []
    not_made: list[tuple[ListRule, str]] = []
    for rule in rules_for(rules, data.year):
        sorted_by = measure(data, rule.sort_by)
        condition = measure(data, rule.condition) if rule.condition else None
        scopes = {ALL: [ALL], REGIONS: ordered}.get(rule.scope, [rule.scope])
        scopes = [scope for scope in scopes if scope == ALL or scope in there]
        if sorted_by is None:
            not_made.append((rule, "no_measure"))
        elif rule.condition and condition is None:
            not_made.append((rule, "no_condition"))
        elif not scopes:
            not_made.append((rule, "no_region"))
        else:
            barred = ineligible(
                data.units,
                data.year,
                wait=rule.wait,
                events=events,
                vetoed={*vetoed, *data.vetoed},
            )
            excluded = {
                str(unit): (str(why), None if pd.isna(since) else int(since))
                for unit, why, since in barred.itertuples(index=False, name=None)
            }
            lists += [
                make_list(
                    rule,
                    sorted_by,
                    data.units["region"],
                    region=scope,
                    condition=condition,
                    excluded=excluded,
                )
                for scope in scopes
            ]
    return YearLists(data.year, tuple(lists), tuple(not_made))
