"""Reading a table of events: one way for the lists and for dynamic management."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.core.findings import InputError
from analysis.core.tables import read_table
from analysis.zones.management.events import check_events, no_events
from analysis.zones.management.words import word


def read_events(path: Path, assessed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read a table of events (see `analysis.zones.management.check_events`).

    Parameters
    ----------
    path : pathlib.Path
        CSV, Excel or Parquet with the columns ``unit, kind, year, into, date,
        province, edition``, the last four where an event needs them; others
        are let be. A header without rows: nothing has happened yet.
    assessed : pandas.DataFrame, optional
        ``year, unit``: assessments that the events have to fit.

    Raises
    ------
    InputError
        With every problem of the file and of its events, each with the row
        as a spreadsheet counts it.
    """
    table, rows = table_of_words(path)
    if not rows:
        return no_events()
    try:
        return check_events(table, assessed)
    except InputError as error:
        raise placed(error, path, rows) from None


def table_of_words(path: Path) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """Return a table as text, and the number of each row as a spreadsheet counts.

    Raises
    ------
    InputError
        If the file cannot be read or has broken rows.
    """
    table, findings = read_table(path)
    errors = [found for found in findings if found.severity == "error"]
    if table is None and {found.code for found in errors} == {"table-no-rows"}:
        return pd.DataFrame(), ()
    if table is None or errors:
        raise InputError(errors)
    columns = {
        name: [word(cell) for cell in column]
        for name, column in zip(table.header, table.columns, strict=True)
    }
    return pd.DataFrame(columns, dtype="str"), table.rows


def placed(error: InputError, path: Path, rows: tuple[int, ...]) -> InputError:
    """Return the problems of a table with the file and row where they stand."""
    return InputError(
        replace(found, file=path.name, row=rows[found.row - 1] if found.row else None)
        for found in error.findings
    )
