"""What a rule for a list says, and which rules hold for a data year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Basis = Literal["published", "assumed"]
BASES: tuple[Basis, ...] = ("published", "assumed")
TIES = ("all", "none")
ORDERS = ("", "highest", "lowest")
ALL, REGIONS = "all", "regions"
"""Scopes: one list of all units, one list of each region; else the code of one region."""

ROOT, GROWTH = "root", "growth:"
"""Words for what a list sorts by: the index of the framework, the growth of a column."""


@dataclass(frozen=True)
class ListRule:
    """How one list is made in some data years.

    Attributes
    ----------
    code : str
        Of the list (``data/lists.csv``, or the user's own).
    name_zh, name_en : str
    scope : str
        ``"all"``, ``"regions"`` (one list of each region) or a region.
    size : int
        Places of the list.
    size_basis : {"published", "assumed"}
    sort_by : tuple of str
        What it sorts by: the first of these that there is. ``root`` is the
        index; else the code of a node of the framework (groups and the index
        by score, items by the value reported) or of a column of the table;
        ``growth:CODE`` is the growth of a column over the year before, in %.
    sort_basis : {"published", "assumed"}
    order : {"", "highest", "lowest"}
        Who comes first; ``""``: lowest for items of which less is better, else highest.
    condition : tuple of str
        What a unit must exceed `above` in to be listed, in the words of
        `sort_by`; empty: no condition.
    above : float
        In the unit of the condition.
    condition_basis : {"published", "assumed"}
    ties : {"all", "none"}
        Units tied across the last place: all of them are in, or none.
    wait : int
        How many years after its upgrade a zone is first listed: 1 means first
        on the data of the year after.
    first_year, last_year : int or None
        Data years for which the rule holds, both included.
    source, read_at, note_zh, note_en : str
    """

    code: str
    name_zh: str
    name_en: str
    scope: str = ALL
    size: int = 30
    size_basis: Basis = "assumed"
    sort_by: tuple[str, ...] = (ROOT,)
    sort_basis: Basis = "assumed"
    order: Literal["", "highest", "lowest"] = ""
    condition: tuple[str, ...] = ()
    above: float = 0.0
    condition_basis: Basis = "assumed"
    ties: Literal["all", "none"] = "all"
    wait: int = 1
    first_year: int | None = None
    last_year: int | None = None
    source: str = ""
    read_at: str = ""
    note_zh: str = ""
    note_en: str = ""

    def name(self, lang: str) -> str:
        """Return the name of the list in ``lang``."""
        return self.name_zh if lang == "zh" else self.name_en

    def note(self, lang: str) -> str:
        """Return what else is said of the rule in ``lang``."""
        return self.note_zh if lang == "zh" else self.note_en

    def holds(self, year: int) -> bool:
        """Return whether the rule holds for a data year."""
        after = self.first_year is None or self.first_year <= year
        return after and (self.last_year is None or year <= self.last_year)


def rules_for(rules: Iterable[ListRule], year: int) -> tuple[ListRule, ...]:
    """Return the rules that hold for a data year, in their order.

    Parameters
    ----------
    rules : iterable of ListRule
    year : int
        Data year: round *t* uses the data of *t - 1*.
    """
    return tuple(rule for rule in rules if rule.holds(year))


def overlap(one: ListRule, other: ListRule) -> bool:
    """Return whether two rules make the same list in the same year."""
    scopes = {one.scope, other.scope}
    # A list of each region is also one of the region that the other names.
    same = len(scopes) == 1 or (REGIONS in scopes and ALL not in scopes)
    if one.code != other.code or not same:
        return False
    low = max(rule.first_year or 0 for rule in (one, other))
    high = min(9999 if rule.last_year is None else rule.last_year for rule in (one, other))
    return low <= high
