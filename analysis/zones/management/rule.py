"""The rules of exit: who among the last, where, how often, within how many years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

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
        How many places count as last.
    times, window : int
        How often within how many consecutive years.
    years_count : {"calendar", "assessed"}
        Whether consecutive years are calendar years, so that a year without
        an assessment passes by and breaks a run (the default), or the years
        in which the zone itself was assessed.
    small_groups : {"all", "none"}
        In a scope of no more than `last` zones every zone is among the last:
        take that literally (the default), or let such a scope have none.
    averaged : {"latest", "earliest", "lowest", "all"}
        Which scores are averaged where a zone was among the last more often
        than `times` within the window: so many of the latest (the default), of
        the earliest, of the lowest, or all of them.
    ties : {"all", "none"}
        Zones tied across place `last` from the end all count (the default),
        or none of them does.
    effect : {"candidate", "removal"}
        What the condition leads to: a place among the candidates, of whom some
        are proposed, or the removal itself.
    """

    edition: str
    scope: Scope
    last: int = 5
    times: int = 2
    window: int = 2
    years_count: Literal["calendar", "assessed"] = "calendar"
    small_groups: Literal["all", "none"] = "all"
    averaged: Literal["latest", "earliest", "lowest", "all"] = "latest"
    ties: Literal["all", "none"] = "all"
    effect: Literal["candidate", "removal"] = "candidate"

    def __post_init__(self) -> None:
        if self.last < 1 or self.times < 1 or self.window < self.times:
            raise ValueError(
                f"a rule of {self.times} times within {self.window} years "
                f"among the last {self.last} cannot be met"
            )


RULE_2016 = Rule(edition="2016", scope="national", times=2, window=2, effect="removal")
RULE_2021 = Rule(edition="2021", scope="region", times=2, window=3)

RULES: Mapping[str, Rule] = MappingProxyType({"2016": RULE_2016, "2021": RULE_2021})
