"""The round in which the edition changed, beside the rounds in which it did not.

Only published lists are used. A number that a list known in part leaves open is
given by its bounds: over every way to fill the list that agrees with the members
known and with the numbers by region or province that were published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.zones.files import read_record
from analysis.zones.published import TopList, Turnover, turnover
from analysis.zones.registry import REGIONS, assessed_in

Counts = Mapping[str, int]  # members by region or province code


@dataclass(frozen=True, eq=False)
class Step:
    """What is known of the step from one round to a later one.

    Attributes
    ----------
    change : Turnover
        What the two lists alone show.
    told : int or None
        Number replaced as a report names it, where one does.
    mean_low, mean_high : float
        Bounds on the mean move, up or down, of all zones in both lists; NaN
        where a list lacks more than one member.
    least : float
        Least mean move of the placed members of the first list: a zone that
        dropped out moved to the place after the last one at least, and one of
        which nothing is known not at all. NaN where a list lacks more than one
        member.
    new_edition : bool
        Whether the edition of the measures changed in between.
    """

    change: Turnover
    told: int | None
    mean_low: float
    mean_high: float
    least: float
    new_edition: bool

    @property
    def rounds(self) -> int:
        """How many rounds the step takes."""
        return self.change.after - self.change.before

    @property
    def narrow(self) -> bool:
        """Whether the lists leave the number replaced open by one at most."""
        return self.change.high - self.change.low <= 1

    @property
    def replaced(self) -> tuple[int, int]:
        """Bounds on the number replaced: as told where it was, else by the lists."""
        if self.told is not None:
            return self.told, self.told
        return self.change.low, self.change.high


def read_told() -> pd.Series:
    """Return the numbers replaced that a report names, index ``(before, after)``."""
    columns = ("data_year_before", "data_year_after", "replaced")
    frame = read_record("turnovers_told.csv", whole=columns)
    return frame.set_index(list(columns[:2]))["replaced"].astype("int64")


def published_counts(aggregates: pd.DataFrame) -> dict[int, Counts]:
    """Return the published numbers of members by region or province, by data year.

    They are the rows of the metric ``in-top30``; a year may have some
    provinces only, and most years have nothing.
    """
    rows = aggregates[aggregates["metric"] == "in-top30"]
    counts: dict[int, dict[str, int]] = {}
    for year, scope, value in zip(rows["data_year"], rows["scope"], rows["value"], strict=True):
        counts.setdefault(int(year), {})[str(scope)] = int(value)
    return dict(counts)


def memberships(zones: pd.DataFrame, provinces: pd.DataFrame) -> pd.DataFrame:
    """Return region and province code of every zone, columns ``region, province``."""
    code = pd.Series(provinces.index, index=provinces["en"])
    return pd.DataFrame({"region": zones["region"], "province": zones["province_en"].map(code)})


def candidates(known: TopList, places: pd.DataFrame, counts: Counts) -> list[str]:
    """Return the zones that the members not known can be, in order of id.

    Parameters
    ----------
    known : TopList
    places : pandas.DataFrame
        Region and province (`memberships`) of the zones assessed in that round.
    counts : mapping
        Published members by region or province: where they are all known, no
        other zone of the place is a candidate, and where they make up all
        that is missing, no zone elsewhere is.
    """
    if known.complete:
        return []
    free = [zone for zone in sorted(places.index) if _open(known, zone)]
    for scope, stated in counts.items():
        here = set(places.index[_column(places, scope) == scope])
        missing = stated - len(here & known.members)
        if missing == 0:
            free = [zone for zone in free if zone not in here]
        elif missing == known.missing:
            free = [zone for zone in free if zone in here]
    return free


def completions(known: TopList, zones: Sequence[str]) -> list[TopList]:
    """Return the list with each of the zones in turn as its one missing member.

    The zone takes the one place that is free; a complete list is returned as
    it is.

    Raises
    ------
    ValueError
        If more than one member is missing, or members have no place.
    """
    if known.complete:
        return [known]
    if known.missing > 1 or len(known.places) != len(known.members):
        raise ValueError(f"the list for {known.data_year} lacks more than one name with its place")
    (free,) = set(range(1, known.size + 1)) - set(known.places)
    filled = []
    for zone in zones:
        places = pd.concat([known.places, pd.Series({zone: free})]).sort_values()
        members = known.members | {zone}
        filled.append(TopList(known.data_year, known.size, places, members, known.outside))
    return filled


def step(
    before: TopList,
    after: TopList,
    zones: pd.DataFrame,
    provinces: pd.DataFrame,
    counts: Mapping[int, Counts],
    *,
    told: int | None = None,
    new_edition: bool = False,
) -> Step:
    """Return all that is known of the step between two rounds.

    Parameters
    ----------
    before, after : TopList
    zones, provinces : pandas.DataFrame
        The registry (`read_zones`, `read_provinces`).
    counts : mapping
        Published members by region or province, by data year.
    told : int, optional
        Number replaced as a report names it.
    new_edition : bool

    Raises
    ------
    ValueError
        If the number told lies outside what the lists allow, or the lists
        differ in size.
    """
    change = turnover(before, after)
    if told is not None and not change.low <= told <= change.high:
        raise ValueError(
            f"{told} replaced were told, the lists allow {change.low} to {change.high}"
        )
    if max(before.missing, after.missing) > 1:
        return Step(change, told, np.nan, np.nan, np.nan, new_edition)
    places = memberships(zones, provinces)
    filled = []
    for known in (before, after):
        assessed = places.loc[assessed_in(zones, known.data_year).index]
        stated = counts.get(known.data_year, {})
        filled.append(completions(known, candidates(known, assessed, stated)))
    moves = [turnover(one, two).mean_move for one in filled[0] for two in filled[1]]
    return Step(change, told, min(moves), max(moves), least_move(before, after), new_edition)


def least_move(before: TopList, after: TopList) -> float:
    """Return the least mean move, up or down, of the placed members of the first list.

    A zone that dropped out stands behind the last place of the list, so it
    moved by ``size + 1 - place`` at least; of a zone that may have dropped out
    or not nothing is assumed. Leaving these out, as a mean over those that
    stayed does, makes a round with many changes look calmer than it was.
    """
    change = turnover(before, after)
    left = before.size + 1 - before.places.reindex(list(change.left)).dropna()
    return float((change.moves.abs().sum() + left.sum()) / len(before.places))


def replaced_by_depth(before: TopList, after: TopList) -> pd.DataFrame:
    """Return how many of the first `d` places changed hands, for every depth `d`.

    Returns
    -------
    pandas.DataFrame
        Index ``depth``; ``low`` and ``high`` (int), bounds as in `turnover`.
    """
    rows = {
        depth: turnover(_cut(before, depth), _cut(after, depth))
        for depth in range(1, min(before.size, after.size) + 1)
    }
    frame = pd.DataFrame({depth: (row.low, row.high) for depth, row in rows.items()}).T
    return frame.set_axis(["low", "high"], axis=1).rename_axis("depth")


def region_bounds(known: TopList, assessed: pd.DataFrame, counts: Counts) -> pd.DataFrame:
    """Return bounds on the members of the list in each region.

    Parameters
    ----------
    known : TopList
    assessed : pandas.DataFrame
        Region and province (`memberships`) of the zones assessed in the round.
    counts : mapping
        Published members by region or province code.

    Returns
    -------
    pandas.DataFrame
        Index region; ``low, high`` (int). A published number is taken as it
        is; otherwise the members known are the least, and with all that are
        missing (no more than there are candidates) the most.
    """
    free = pd.Index(candidates(known, assessed, counts))
    rows = {}
    for region in REGIONS:
        here = assessed.index[assessed["region"] == region]
        low = len(known.members.intersection(here))
        high = low + min(known.missing, len(free.intersection(here)))
        rows[region] = (counts[region],) * 2 if region in counts else (low, high)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["low", "high"])


def _open(known: TopList, zone: str) -> bool:
    return zone not in known.members and not known.excludes(zone)


def _column(places: pd.DataFrame, scope: str) -> pd.Series:
    return places["region" if scope in REGIONS else "province"]


def _cut(known: TopList, depth: int) -> TopList:
    """Return the first places of a list, as a list: members further down are outside."""
    inside = known.places[known.places <= depth]
    beyond = known.places.index.difference(inside.index)
    outside = known.outside | frozenset(beyond)
    if known.complete:
        outside |= known.members - frozenset(inside.index)
    return TopList(known.data_year, depth, inside, frozenset(inside.index), outside)
