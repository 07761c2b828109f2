"""Dynamic management: the last five, candidates for removal, talks, pauses and upgrades.

Both rules of exit are one shape, a zone in the last *k* of its scope *times*
times within *window* consecutive years:

- 2016 edition: the national last five in two consecutive years (the thepaper
  and other reports of the round of January 2020 and of January 2021);
- 2021 edition: the last five **of the own region** twice within three
  consecutive years, which makes a candidate; the ministry then proposes
  removals by region on the mean of the two scores (press conference of 2
  November 2021).

Neither text says how ties at the fifth place, a year without an assessment, a
zone upgraded lately, a region of fewer than five zones, a third time within the
window, a window that straddles the change of edition, or a zone that was
rectified count. `Rule`, `Exits`, `Pause`, `Talks` and `Upgrades` hold an answer to each, and
`stated_settings` states them.
"""

from __future__ import annotations

from analysis.zones.management.account import candidates
from analysis.zones.management.editions import candidates_by_edition, on_notice
from analysis.zones.management.entry import early_told, first_years, too_early, without_early
from analysis.zones.management.events import check_events, no_events
from analysis.zones.management.pauses import Pause, paused_on, pauses
from analysis.zones.management.places import COLUMNS, last_places
from analysis.zones.management.read_events import read_events
from analysis.zones.management.rule import RULE_2016, RULE_2021, RULES, Rule, Scope
from analysis.zones.management.stated import account_told, stated_settings
from analysis.zones.management.talks import Talks, follow_up, talks_list, talks_of
from analysis.zones.management.upgrades import Upgrades, rank_upgrades
from analysis.zones.management.windows import Exits

__all__ = [
    "COLUMNS",
    "RULES",
    "RULE_2016",
    "RULE_2021",
    "Exits",
    "Pause",
    "Rule",
    "Scope",
    "Talks",
    "Upgrades",
    "account_told",
    "candidates",
    "candidates_by_edition",
    "check_events",
    "early_told",
    "first_years",
    "follow_up",
    "last_places",
    "no_events",
    "on_notice",
    "paused_on",
    "pauses",
    "rank_upgrades",
    "read_events",
    "stated_settings",
    "talks_list",
    "talks_of",
    "too_early",
    "without_early",
]
