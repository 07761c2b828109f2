"""The lists that a round publishes: rules as data, eligibility, places, margins.

`read_list_rules` reads which lists there are (``data/list_rules.csv`` or a
table of the user's own), `list_data` brings together what they are made of,
and `year_lists` makes the lists of a year. All functions are pure.
"""

from __future__ import annotations

from analysis.zones.lists.eligibility import ineligible
from analysis.zones.lists.make import OneList, YearLists, make_list, year_lists
from analysis.zones.lists.measures import ListData, Measure, list_data, measure
from analysis.zones.lists.read_rules import SHIPPED, read_list_rules, rules_table
from analysis.zones.lists.rules import ListRule, rules_for
from analysis.zones.lists.thresholds import threshold_table

__all__ = [
    "SHIPPED",
    "ListData",
    "ListRule",
    "Measure",
    "OneList",
    "YearLists",
    "ineligible",
    "list_data",
    "make_list",
    "measure",
    "read_list_rules",
    "rules_for",
    "rules_table",
    "threshold_table",
    "year_lists",
]
