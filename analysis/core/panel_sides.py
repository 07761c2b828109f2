"""The tables that stand beside the values of a panel folder: all text, by their headings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.core.csv_table import read_csv
from analysis.core.findings import Finding, InputError


def read_side(path: Path, names: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
    """Return the columns ``names`` of a file, all text; no row if there is no file.

    Parameters
    ----------
    path : pathlib.Path
    names : sequence of str
        Columns that are returned, in order.
    optional : sequence of str
        Those of them that the file may lack: ``""`` in every row then.

    Raises
    ------
    InputError
        If the file cannot be read or lacks one of the columns.
    """
    if not path.is_file():
        return pd.DataFrame({name: pd.array([], dtype="str") for name in names})
    findings: list[Finding] = []
    table = read_csv(path, findings)
    header = table.header if table is not None else ()
    absent = [n for n in names if n not in header and n not in optional]
    if table is not None and absent:
        told = {"columns": ", ".join(absent)}
        findings.append(Finding("error", "folder.columns", told, file=path.name))
    if table is None or any(finding.severity == "error" for finding in findings):
        raise InputError(findings)
    blank = [""] * len(table.rows)
    held = dict(zip(table.header, table.columns, strict=True))
    return pd.DataFrame(
        {
            name: pd.array(["" if c is None else str(c) for c in held.get(name, blank)], "str")
            for name in names
        }
    )
