"""Candidates over years of several editions, with zones that change in between."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.zones.management.account import ACCOUNT, account, ordered, within_window
from analysis.zones.management.events import check_events, gone_by, name_in, no_events, steps_of
from analysis.zones.management.windows import (
    Exits,
    Record,
    as_of,
    reckoning,
    records_of,
    scored_by,
)

EDITION_ACCOUNT = ("year", "edition", "region", "unit", "years", "editions", *ACCOUNT[4:])
NOTICE = ("region", "unit", "years", "until")


def candidates_by_edition(
    table: pd.DataFrame,
    editions: Mapping[int, str],
    exits: Exits | None = None,
    events: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the candidates of every year under the rule then in force, with their account.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `analysis.zones.management.last_places`. A column ``edition``
        tells by which edition a row is scored, where a year is scored by
        several; without it every year is scored by the edition in force.
    editions : mapping of int to str
        Edition in force by data year.
    exits : Exits, optional
    events : pandas.DataFrame, optional
        See `analysis.zones.management.check_events`.

    Returns
    -------
    pandas.DataFrame
        Columns of `analysis.zones.management.candidates` and ``edition`` (the
        rule's), ``editions`` (by which each counted year is scored) and
        ``proposed`` (boolean; missing where the number proposed is not
        stated, true where the condition itself means removal). Units stand
        under the name they have in the year.

    Raises
    ------
    InputError
        If the events cannot be used, with every reason.
    ValueError
        If a year has no edition or an edition no rule, years are to be
        rescored and the table does not say by which edition a row is scored,
        or as in `analysis.zones.management.last_places`.
    """
    exits = exits or Exits()
    events = no_events() if events is None else check_events(events, table)
    records = records_of(table, editions, exits)
    steps = steps_of(events, merged=False)
    parts = []
    settled: dict[str, int] = {}
    for year in sorted(int(year) for year in table["year"].unique()):
        edition = editions[year]
        record = records[edition]
        settled = {name_in(steps, u, y, year): y for u, y in settled.items()}
        last, assessed = as_of(record, events, exits, year, settled)
        rows = []
        for unit, own in last.groupby("unit"):
            found = account(str(unit), own, assessed.get(str(unit), []), year, record.rule)
            if found:
                scored = tuple(scored_by(y, edition, editions, exits) for y in found["years"])
                rows.append({**found, "edition": edition, "editions": scored})
        if exits.restart == "candidate":
            settled |= {str(row["unit"]): year for row in rows}
        parts.append(_proposed(ordered(rows, record.rule.scope, EDITION_ACCOUNT), record, exits))
    if not parts:
        empty = ordered([], "region", EDITION_ACCOUNT)
        return empty.assign(proposed=pd.array([], dtype="boolean"))
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)


def on_notice(
    table: pd.DataFrame,
    editions: Mapping[int, str],
    year: int,
    exits: Exits | None = None,
    events: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return whom one more year among the last would make a candidate.

    Parameters
    ----------
    table, editions, exits, events
        As in `candidates_by_edition`. The edition of the next year is that of
        `editions`, or else the one in force in `year`.
    year : int
        The year before the one that would complete the condition.

    Returns
    -------
    pandas.DataFrame
        ``region, unit, years, until``: the years that count against it in the
        window that ends with the next year, and the last year in which one
        more would do (Int64; missing where the rule counts years assessed).
        By region and unit.

    Raises
    ------
    InputError, ValueError
        As in `candidates_by_edition`.
    """
    exits = exits or Exits()
    events = no_events() if events is None else check_events(events, table)
    ahead = {**editions, year + 1: editions.get(year + 1, editions[year])}
    table = table[table["year"] <= year]
    record = records_of(table, ahead, exits)[ahead[year + 1]]
    settled: dict[str, int] = {}
    if exits.restart == "candidate":
        steps = steps_of(events, merged=False)
        found = candidates_by_edition(table, editions, exits, events)
        for unit, at in zip(found["unit"], found["year"], strict=True):
            settled[name_in(steps, unit, at, year + 1)] = int(at)
    last, assessed = as_of(record, events, exits, year + 1, settled)
    rule = record.rule
    gone = gone_by(events, year + 1)
    reckoned = reckoning(events, exits, year + 1, settled)
    rows = []
    for unit, own in last.groupby("unit"):
        next_year = [*assessed.get(str(unit), []), year + 1]
        counted = within_window(own, next_year, year + 1, rule)
        if len(counted) < rule.times - 1 or counted.empty or unit in gone:
            continue
        if not reckoned.counts(str(unit), year + 1):
            continue
        decisive = int(counted["year"].iloc[-max(rule.times - 1, 1)])
        until = decisive + rule.window - 1 if rule.years_count == "calendar" else None
        years = tuple(int(y) for y in counted["year"])
        rows.append((str(counted["region"].iloc[-1]), str(unit), years, until))
    notice = pd.DataFrame(rows, columns=list(NOTICE)).astype({"until": "Int64"})
    return notice.sort_values(["region", "unit"], kind="stable").reset_index(drop=True)


def _proposed(found: pd.DataFrame, record: Record, exits: Exits) -> pd.DataFrame:
    if record.rule.effect == "removal":
        proposed = pd.array([True] * len(found), dtype="boolean")
    elif exits.proposed is None:
        proposed = pd.array([None] * len(found), dtype="boolean")
    else:
        proposed = pd.array((found["order"] <= exits.proposed).tolist(), dtype="boolean")
    return found.assign(proposed=proposed)
