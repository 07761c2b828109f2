"""Figures of the year before that a year of a panel folder brings for its growth rates.

``<year>.base.csv`` holds figures of ``year - 1`` that the form of ``year`` asked
for because the panel did not have them: a new framework needs a figure that the
old one did not, or the panel begins with that year. They serve growth and nothing
else, so that no other year's file, and no other year's score, changes with them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.numbers import numbers
from analysis.core.panel_sides import read_side

BASE_COLUMNS = ("unit", "code", "value", "source", "date", "basis", "note")
_BASE_FILE = re.compile(r"([0-9]{4})\.base\.csv")


def read_base(path: str | Path, year: int) -> pd.DataFrame:
    """Return what ``<year>.base.csv`` holds: `BASE_COLUMNS`, all text; empty without a file.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, has a figure twice, or a
        value that is no number.
    """
    file = Path(path) / f"{year}.base.csv"
    table = read_side(file, BASE_COLUMNS)
    _, problems = numbers([cell or None for cell in table["value"]])
    findings = [
        Finding("error", code, told, file.name, row=at + 2, column="value")
        for at, code, told in problems
    ]
    for at in table.index[table.duplicated(["unit", "code"])]:
        told = {"unit": table.at[at, "unit"], "code": table.at[at, "code"]}
        findings.append(Finding("error", "folder.base_twice", told, file.name, row=int(at) + 2))
    if findings:
        raise InputError(findings)
    return table


def read_bases(path: object, findings: list[Finding]) -> pd.DataFrame | None:
    """Return the figures of all ``<year>.base.csv`` of a folder, for `Panel.bases`.

    Parameters
    ----------
    path : str or pathlib.Path
        The panel folder.
    findings : list of Finding
        Problems are added to it.

    Returns
    -------
    pandas.DataFrame or None
        float64; index ``(year, unit)``, the year being that of the figures
        (one before that of the file), sorted; one column a code, sorted; NaN
        where there is none. None if the folder has no such file.
    """
    folder = Path(str(path))
    matches = (_BASE_FILE.fullmatch(file.name) for file in folder.iterdir() if file.is_file())
    parts = []
    for year in sorted(int(match[1]) for match in matches if match):
        try:
            table = read_base(folder, year)
        except InputError as error:
            findings += error.findings
            continue
        values, _ = numbers([cell or None for cell in table["value"]])
        parts.append(table[["unit", "code"]].assign(year=year - 1, value=values))
    if not parts:
        return None
    wide = pd.concat(parts).pivot(index=["year", "unit"], columns="code", values="value")
    return wide.sort_index().sort_index(axis=1).rename_axis(columns=None).astype("float64")
