"""The lists of a year as a notebook reports them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.reporting.inputs import LIST_RULES
from analysis.reporting.lists.lists_words import Words
from analysis.reporting.report import Report
from analysis.zones.lists import (
    SHIPPED,
    OneList,
    YearLists,
    list_data,
    read_list_rules,
    threshold_table,
    year_lists,
)
from analysis.zones.lists.rules import ALL
from analysis.zones.management import read_events

EVENTS = ("events.csv", "events.xlsx")
"""Names of the events beside a panel, the first that is there."""


@dataclass(frozen=True, eq=False)
class Lists:
    """The lists of a report's year.

    Attributes
    ----------
    report : Report
    words : Words
    made : YearLists
    thresholds : pandas.DataFrame
        As `analysis.zones.lists.threshold_table`.
    own_rules : bool
        Whether the rules are the user's.
    """

    report: Report
    words: Words
    made: YearLists
    thresholds: pd.DataFrame
    own_rules: bool

    @property
    def overall(self) -> tuple[OneList, ...]:
        """National lists that sort by the index."""
        root = self.report.framework.root
        return tuple(one for one in self._national if one.sorted_by.code == root)

    @property
    def others(self) -> tuple[OneList, ...]:
        """National lists that sort by anything else."""
        root = self.report.framework.root
        return tuple(one for one in self._national if one.sorted_by.code != root)

    @property
    def regional(self) -> tuple[OneList, ...]:
        """Lists of one region each."""
        return tuple(one for one in self.made.lists if one.region != ALL)

    @property
    def _national(self) -> tuple[OneList, ...]:
        return tuple(one for one in self.made.lists if one.region == ALL)


def open_lists(report: Report) -> Lists:
    """Return the lists that a report is about.

    Rules are those of the inputs (``list_rules.csv``), else those shipped;
    events those of the inputs (`EVENTS`), if there are any.

    Raises
    ------
    InputError
        With every problem of rules, events or attributes.
    """
    own = report.extra(LIST_RULES)
    events = next((path for name in EVENTS if (path := report.extra(name))), None)
    assessed = report.reading.panel.assessed().units.index.to_frame(index=False)
    data = list_data(report.reading.panel, report.panel, report.scores, report.year)
    made = year_lists(
        data,
        read_list_rules(own or SHIPPED),
        regions=report.region_codes,
        events=None if events is None else read_events(events, assessed),
    )
    words = Words(report.framework, report.known_regions, report.lang)
    return Lists(report, words, made, threshold_table(data), own is not None)
