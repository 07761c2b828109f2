"""The files of a year in a panel folder: values, evidence, base figures, trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from analysis.core.csv_table import read_csv
from analysis.core.findings import Finding, InputError
from analysis.core.numbers import numbers
from analysis.core.panel_bases import read_base
from analysis.core.panel_folder import (
    ABOUT_FILE,
    LOG_COLUMNS,
    PanelFolder,
    read_evidence,
    read_log,
)
from analysis.core.panel_stages import seal_findings
from analysis.core.write import write_bytes
from analysis.zones.cycle.form_entries import Evidence
from analysis.zones.cycle.form_rows import base_code

EVIDENCE_PARTS = ("source", "date", "basis", "note")
Key = tuple[str, str]


@dataclass(frozen=True, eq=False)
class YearFiles:
    """What the files of a year hold; all empty where there are none.

    Attributes
    ----------
    facts : dict of str to dict of str to str
        By unit.
    values : dict of (str, str) to float
        By unit and code; NaN: blank. A figure of the year before stands under
        `form_rows.base_code`.
    evidence : dict of (str, str) to Evidence
    log : pandas.DataFrame
        `analysis.core.panel_folder.LOG_COLUMNS`.
    columns : tuple of str
        Facts and codes in the order of the file.
    """

    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    values: dict[Key, float] = field(default_factory=dict)
    evidence: dict[Key, Evidence] = field(default_factory=dict)
    log: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(LOG_COLUMNS)))
    columns: tuple[str, ...] = ()


def read_year(folder: PanelFolder, year: int) -> YearFiles:
    """Read the files of a year.

    Raises
    ------
    InputError
        With every problem, if one of the files cannot be read, has a row
        twice or another year's, or a cell that is no number where the folder
        has figures; or if a file of any year has changed since that was frozen.
    """
    if folder.path.is_dir() and (broken := seal_findings(folder.path)):
        raise InputError(broken)
    path = folder.file(year)
    if not path.is_file():
        return YearFiles()
    findings: list[Finding] = []
    table = read_csv(path, findings)
    lacking = [n for n in ("year", "unit") if table is not None and n not in table.header]
    if table is None or lacking or any(f.severity == "error" for f in findings):
        if lacking:
            told = {"columns": ", ".join(lacking)}
            findings.append(Finding("error", "folder.columns", told, file=path.name))
        raise InputError(findings)
    held = dict(zip(table.header, table.columns, strict=True))
    units = ["" if cell is None else str(cell) for cell in held["unit"]]
    if len(set(units)) < len(units) or {str(cell) for cell in held["year"]} != {str(year)}:
        raise InputError([table.finding("error", "folder.rows", year=year, asked=year)])
    columns = tuple(word for word in table.header if word not in ("year", "unit"))
    facts: dict[str, dict[str, str]] = {unit: {} for unit in units}
    values: dict[Key, float] = {}
    for word in columns:
        if word in folder.measures:
            found, problems = numbers(held[word])
            findings += [
                table.finding("error", code, row=table.rows[at], column=word, item=word, **told)  # type: ignore[arg-type]
                for at, code, told in problems
            ]
            values |= {(unit, word): float(v) for unit, v in zip(units, found, strict=True)}
        else:
            for unit, cell in zip(units, held[word], strict=True):
                facts[unit][word] = "" if cell is None else str(cell)
    if findings and any(f.severity == "error" for f in findings):
        raise InputError(findings)
    said = read_evidence(folder.path, year)
    parts = (said[part].tolist() for part in EVIDENCE_PARTS)
    keys = zip(said["unit"].tolist(), said["code"].tolist(), strict=True)
    evidence = dict(zip(keys, map(Evidence, *parts), strict=True))
    base = read_base(folder.path, year)
    keys = zip(base["unit"].tolist(), (base_code(c, year) for c in base["code"]), strict=True)
    evidence |= dict(
        zip(keys, map(Evidence, *(base[p].tolist() for p in EVIDENCE_PARTS)), strict=True)
    )
    keys = zip(base["unit"].tolist(), (base_code(c, year) for c in base["code"]), strict=True)
    found, _ = numbers([cell or None for cell in base["value"]])
    values |= dict(zip(keys, map(float, found), strict=True))
    return YearFiles(facts, values, evidence, read_log(folder.path, year), columns)


def write_year(folder: PanelFolder, contents: Mapping[str, bytes]) -> None:
    """Write files of a panel folder in their order, each whole or not at all.

    ``panel.yml`` goes first; a file that would not change is left as it is.

    Parameters
    ----------
    folder : PanelFolder
    contents : mapping of str to bytes
        By the name of the file.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    for name, content in {ABOUT_FILE: folder.about().encode(), **contents}.items():
        path = folder.path / name
        if not path.is_file() or path.read_bytes() != content:
            write_bytes(path, content)
