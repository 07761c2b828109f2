"""The published lists: who is in them, and who replaced whom from round to round.

A list that is known in part gives bounds, never guesses: a zone is in it, is
outside it, or nothing is known of it, and only what holds in every case is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.zones.files import read_record

TOP = 30


def read_results() -> pd.DataFrame:
    """Return every published or reported place; columns as in ``data/README.md``."""
    return read_record("published_results.csv", whole=("data_year", "assessment_year", "rank"))


def read_lists() -> pd.DataFrame:
    """Return the lists there are, index ``code``."""
    return read_record("lists.csv").set_index("code")


def read_rank_changes() -> pd.DataFrame:
    """Return reported moves of which the place, the zone or the year is missing."""
    return read_record(
        "rank_changes.csv", whole=("data_year", "places_up", "place_before", "place_after")
    )


@dataclass(frozen=True, eq=False)
class TopList:
    """What is known of one published list.

    Attributes
    ----------
    data_year, size : int
        Year of the data, and the number of places the list has.
    places : pandas.Series
        Place by zone, for the members whose place is known, best first.
    members : frozenset of str
        Zones known to be in the list, with or without a place.
    outside : frozenset of str
        Zones known to be outside it. Where the list is `complete` every other
        zone is outside as well.
    """

    data_year: int
    size: int
    places: pd.Series
    members: frozenset[str]
    outside: frozenset[str]

    @property
    def complete(self) -> bool:
        """Whether every member is known."""
        return len(self.members) == self.size

    @property
    def missing(self) -> int:
        """How many members are not known."""
        return self.size - len(self.members)

    def excludes(self, zone: str) -> bool:
        """Whether the zone is known not to be in the list."""
        return zone not in self.members and (self.complete or zone in self.outside)


def top_list(
    results: pd.DataFrame,
    data_year: int,
    list_code: str = "overall",
    region: str = "all",
    size: int = TOP,
) -> TopList:
    """Return what the record knows of a list.

    A row with a place beyond `size`, or marked ``out``, says that the zone is
    outside; a row marked ``in`` without a place, that it is a member.

    Raises
    ------
    ValueError
        If the record holds more members than the list has places, two zones
        on one place, or one zone both inside and outside.
    """
    rows = results[
        (results["data_year"] == data_year)
        & (results["list"] == list_code)
        & (results["region"] == region)
    ]
    inside = rows["membership"].eq("in") & rows["rank"].le(size).fillna(True)
    members = frozenset(rows.loc[inside, "zone"])
    outside = frozenset(rows.loc[~inside, "zone"])
    placed = rows[inside & rows["rank"].notna()].set_index("zone")["rank"]
    places = placed.astype("int64").sort_values()
    if len(members) > size or places.duplicated().any() or members & outside:
        raise ValueError(f"the rows of list {list_code} for {data_year} contradict each other")
    return TopList(data_year, size, places, members, outside)


@dataclass(frozen=True, eq=False)
class Turnover:
    """How a list changed from one round to a later one.

    Attributes
    ----------
    before, after : int
        Data years.
    entered, left : tuple of str
        Zones known to have come in and to have dropped out.
    low, high : int
        Bounds on the number of places that changed hands; equal where both
        lists are complete.
    moves : pandas.Series
        Places moved up by every zone whose place is known in both rounds.
    """

    before: int
    after: int
    entered: tuple[str, ...]
    left: tuple[str, ...]
    low: int
    high: int
    moves: pd.Series

    @property
    def exact(self) -> bool:
        """Whether the number replaced is known."""
        return self.low == self.high

    @property
    def compared(self) -> int:
        """How many zones have a place in both rounds."""
        return len(self.moves)

    @property
    def mean_move(self) -> float:
        """Mean number of places, up or down, moved by the zones compared (NaN if none)."""
        return float(self.moves.abs().mean())


def turnover(before: TopList, after: TopList) -> Turnover:
    """Return who replaced whom between two lists of the same size.

    Let `A` and `B` be the two lists of `s` places, known in part. The number
    replaced is ``r = s - |A and B|``, and whatever the unknown members are

    ``max(|A known, B excludes|, |B known, A excludes|, |A or B known| - s)
    <= r <= s - |A and B both known|``.

    Both bounds are reached by some way to fill the lists, as long as there are
    zones enough that nothing is known of.

    Raises
    ------
    ValueError
        If the lists differ in size.
    """
    if before.size != after.size:
        raise ValueError(f"lists of {before.size} and of {after.size} places do not compare")
    entered = tuple(sorted(zone for zone in after.members if before.excludes(zone)))
    left = tuple(sorted(zone for zone in before.members if after.excludes(zone)))
    union = len(before.members | after.members)
    low = max(len(entered), len(left), union - before.size)
    high = before.size - len(before.members & after.members)
    both = before.places.index.intersection(after.places.index, sort=False)
    moves = before.places[both] - after.places[both]
    return Turnover(before.data_year, after.data_year, entered, left, low, high, moves)


def place_table(lists: Sequence[TopList]) -> pd.DataFrame:
    """Return where every zone stands that was in one of the lists.

    Returns
    -------
    pandas.DataFrame
        Long: ``data_year, zone, status, place`` (Int64). ``status`` is
        ``place`` (in the list, place known), ``in`` (in it, place not known),
        ``out`` (known to be outside) or ``unknown``. Zones are ordered by the
        latest place known of them, those in the newest list first.
    """
    zones = sorted(set().union(*(known.members for known in lists)))
    rows = [
        (known.data_year, zone, _status(known, zone), known.places.get(zone))
        for zone in sorted(zones, key=lambda zone: _recency(lists, zone))
        for known in lists
    ]
    frame = pd.DataFrame(rows, columns=["data_year", "zone", "status", "place"])
    return frame.astype({"place": "Int64"})


def _status(known: TopList, zone: str) -> str:
    if zone in known.places.index:
        return "place"
    if zone in known.members:
        return "in"
    return "out" if known.excludes(zone) else "unknown"


def _recency(lists: Sequence[TopList], zone: str) -> tuple[int, int, str]:
    """Sort key: the newest list that has the zone, then its place there."""
    latest = max((known for known in lists if zone in known.members), key=lambda k: k.data_year)
    return (-latest.data_year, int(latest.places.get(zone, latest.size + 1)), zone)
