"""Rounds of the assessment: the edition in force for a data year, and what was published."""

from __future__ import annotations

import pandas as pd

from analysis.zones.files import read_record

_WHOLE = ("data_year", "assessment_year", "zones", "east", "central", "west")


def read_editions() -> pd.DataFrame:
    """Return the rounds of the record, one row a data year, index ``data_year``.

    Round *t* uses the data of year *t - 1*. Columns as in the data dictionary
    (``data/README.md``).
    """
    frame = read_record("editions.csv", whole=_WHOLE).set_index("data_year")
    frame.index = frame.index.astype("int64")
    return frame


def framework_for(data_year: int) -> str:
    """Return the name of the framework in force for a data year.

    The 2021 edition of the measures applies to data year 2021 and after; the
    round of 2021, on the data of 2020, still used the 2016 edition
    (``data/editions.csv``). A year after the last round of the record takes
    the latest edition known, one before the first round the earliest.
    """
    frameworks = read_editions()["framework"].sort_index()
    known = frameworks[frameworks.index <= data_year]
    return str(known.iloc[-1] if len(known) else frameworks.iloc[0])


def lists_of(data_year: int) -> pd.DataFrame:
    """Return the lists published in the round on a data year.

    Returns
    -------
    pandas.DataFrame
        ``list`` (code of ``data/lists.csv``), ``region`` (``all`` or a
        region) and ``size`` (Int64; missing where the record does not say how
        many places the list has).

    Raises
    ------
    KeyError
        If the record has no such round.
    """
    editions = read_editions()
    if data_year not in editions.index:
        known = ", ".join(str(year) for year in editions.index)
        raise KeyError(f"no round on the data of {data_year}; the record has {known}")
    rows = []
    for entry in str(editions.at[data_year, "lists"]).split(";"):
        name, size = entry.split()
        code, _, region = name.partition("/")
        rows.append((code, region or "all", None if size == "?" else int(size)))
    frame = pd.DataFrame(rows, columns=["list", "region", "size"])
    return frame.astype({"size": "Int64"})
