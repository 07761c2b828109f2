"""The two years in which a province does not recommend upgrades, counted from the decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from analysis.zones.management.events import check_events

COLUMNS = ("province", "unit", "edition", "decided", "until")


@dataclass(frozen=True)
class Pause:
    """What a removal means for the upgrades that the province recommends.

    Attributes
    ----------
    years : int
        How long, from the day of the decision.
    editions : tuple of str
        Editions under which a removal has this consequence; of that of 2016
        it is not reported.
    effect : {"bars", "marks"}
        The text says "in principle": recommendations in the pause are left
        out (the default), or kept and marked.
    """

    years: int = 2
    editions: tuple[str, ...] = ("2021",)
    effect: Literal["bars", "marks"] = "bars"

    def __post_init__(self) -> None:
        if self.years < 0:
            raise ValueError("a pause lasts no negative number of years")


def pauses(events: pd.DataFrame, pause: Pause | None = None) -> pd.DataFrame:
    """Return the pauses that removals have brought about.

    A pause begins on the day after the decision and ends with the same day of
    the month `years` later, or the last day of the month where it has no such
    day. Where a province has several, each runs from its own decision.

    Parameters
    ----------
    events : pandas.DataFrame
        See `analysis.zones.management.check_events`; removals alone count.
    pause : Pause, optional

    Returns
    -------
    pandas.DataFrame
        ``province, unit, edition, decided, until`` (the last day of the
        pause, a `datetime.date`), by province and decision.

    Raises
    ------
    InputError
        If the events cannot be used.
    """
    pause = pause or Pause()
    events = check_events(events)
    removed = events[(events["kind"] == "removed") & events["edition"].isin(list(pause.editions))]
    rows = [
        (row.province, row.unit, row.edition, row.date, _years_after(row.date, pause.years))
        for row in removed.itertuples()
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    by = ["province", "decided", "unit"]
    return found.sort_values(by, kind="stable").reset_index(drop=True)


def paused_on(found: pd.DataFrame, day: date) -> dict[str, date]:
    """Return the provinces that pause on a day, with the last day of it.

    Parameters
    ----------
    found : pandas.DataFrame
        From `pauses`.
    day : datetime.date
    """
    until: dict[str, date] = {}
    for province, decided, last in zip(
        found["province"], found["decided"], found["until"], strict=True
    ):
        if decided < day <= last:
            until[str(province)] = max(last, until.get(str(province), last))
    return until


def _years_after(day: object, years: int) -> date:
    later: date = (pd.Timestamp(str(day)) + pd.DateOffset(years=years)).date()
    return later
