"""The registry of real zones: who they are, where, and in which rounds they were assessed."""

from __future__ import annotations

from functools import cache
from typing import Literal

import pandas as pd

from analysis.zones.files import read_record

REGIONS = ("east", "central", "west")
_YEARS = ("upgrade_year", "assessed_from", "assessed_to", "left_year")


def read_zones() -> pd.DataFrame:
    """Return the registry, one row a zone, index ``id``.

    Columns as in the data dictionary (``data/README.md``). `upgrade_year` is
    missing for most zones that were national before 2016; `assessed_from` is
    2016 for all that were assessed in the first round of the record, and
    missing where no round is known yet.
    """
    return read_record("zones.csv", whole=_YEARS).set_index("id")


def read_provinces() -> pd.DataFrame:
    """Return the provinces, index ``code``, columns ``zh, en, region``."""
    return read_record("provinces.csv").set_index("code")


def province_code(word: str) -> str:
    """Return the code of a province by its code or name (江苏, 江苏省); another word as it is."""
    folded = word.strip().casefold()
    for code, zh, en in _province_names() if folded else ():
        if folded in (code, en.casefold()) or folded.startswith(zh):
            return code
    return word


@cache
def _province_names() -> tuple[tuple[str, str, str], ...]:
    table = read_provinces()
    columns = (table.index, table["zh"], table["en"])
    return tuple(zip(*(map(str, column) for column in columns), strict=True))


def assessed_in(zones: pd.DataFrame, data_year: int) -> pd.DataFrame:
    """Return the zones assessed on the data of a year.

    A zone is assessed from `assessed_from` to `assessed_to`, both included
    (missing: to this day). Zones without `assessed_from` are left out: the
    record does not show them in any round yet.

    Raises
    ------
    ValueError
        If the year lies before the record.
    """
    first = int(zones["assessed_from"].min())
    if data_year < first:
        raise ValueError(f"the registry says who was assessed from {first} on, not in {data_year}")
    began = zones["assessed_from"].le(data_year).fillna(False)
    ended = zones["assessed_to"].lt(data_year).fillna(False)
    return zones[began & ~ended]


def existing_in(zones: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the zones that were national at the end of a year.

    A zone upgraded in the year counts, one that left in it does not. Where a
    departure is inferred from two directories, `left_year` is the later one,
    so the zone may have left earlier.

    Raises
    ------
    ValueError
        If the year lies before the record, when many years of upgrade are unknown.
    """
    first = int(zones["assessed_from"].min())
    if year < first:
        raise ValueError(f"the registry is complete from {first} on, not for {year}")
    upgraded = zones["upgrade_year"].le(year).fillna(True)
    left = zones["left_year"].le(year).fillna(False)
    return zones[upgraded & ~left]


def count_by_region(zones: pd.DataFrame) -> pd.Series:
    """Return the number of zones in East, Central and West, in this order."""
    return zones["region"].value_counts().reindex(REGIONS, fill_value=0)


def zone_names(
    zones: pd.DataFrame, lang: str, form: Literal["short", "full"] = "short"
) -> pd.Series:
    """Return the name of every zone, index ``id``.

    Short names leave out the words common to all ("经济技术开发区", "ETDZ").
    English names are romanised by this project.
    """
    return zones[f"{'short' if form == 'short' else 'name'}_{lang}"]
