"""A panel that is a folder: one file a year, so that a new year touches no other.

::

    PANELDIR/panel.yml            framework, units of measure, whether the values are made up
    PANELDIR/<year>.csv           one row a unit: year, unit, name, region, ..., then the values
    PANELDIR/<year>.evidence.csv  unit, code, value, source, date, basis, note
    PANELDIR/<year>.base.csv      the same columns: figures of the year before, for growth
    PANELDIR/<year>.log.csv       every cell that was added or changed, in order
    PANELDIR/<year>.stages.csv    the stages that the year went through
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import yaml

from analysis.core.cells import FIRST_YEAR, LAST_YEAR, CellError, is_blank, shown, year_in, yes_in
from analysis.core.csv_table import read_csv
from analysis.core.findings import Finding, InputError
from analysis.core.joined_table import JoinedTable, join_tables
from analysis.core.panel_sides import read_side
from analysis.core.panel_stages import seal_findings
from analysis.core.raw_table import MAX_CELLS, MAX_COLUMNS, RawTable
from analysis.core.roles import find_roles
from analysis.core.yaml_file import Unreadable, read_yaml
from analysis.texts import spans

ABOUT_FILE, FORM = "panel.yml", 1
EDITIONS = "editions"
"""In place of a framework: the edition in force for each data year."""

EVIDENCE_COLUMNS = ("unit", "code", "value", "source", "date", "basis", "note")
LOG_COLUMNS = ("intake", "action", "unit", "code", "old", "new", "form", "by", "reason")
"""``by`` and ``reason`` are those of an amendment; else empty."""

_KEYS: Mapping[str, type] = MappingProxyType(
    {
        "form": int,
        "framework": str,
        "synthetic": bool,
        "source_zh": str,
        "source_en": str,
        "measures": dict,
        "beside": list,
    }
)
_YEAR_FILE = re.compile(r"([0-9]{4})\.csv")


@dataclass(frozen=True)
class PanelFolder:
    """What a folder says of itself.

    Attributes
    ----------
    path : pathlib.Path
    framework : str
        ``"editions"``, the name of a framework, or the path of its file
        (in the folder itself where the user has one of their own).
    synthetic : bool
        Whether the values are made up.
    sources : mapping of str to str
        Where the values come from, in ``zh`` and ``en``; ``""`` if not said.
    measures : mapping of str to str
        Unit of measure of every code that was ever taken in.
    years : tuple of int
        Years that have a file, ascending.
    beside : tuple of str
        Columns that were asked for beside the framework's figures, for the audit
        or for points: attributes of the units, even under the code of an item.
    """

    path: Path
    framework: str = EDITIONS
    synthetic: bool = False
    sources: Mapping[str, str] = field(default_factory=lambda: {"zh": "", "en": ""})
    measures: Mapping[str, str] = field(default_factory=dict)
    years: tuple[int, ...] = ()
    beside: tuple[str, ...] = ()

    def file(self, year: int, kind: str = "") -> Path:
        """Return the path of a year's file; ``kind``: ``""`` (values), ``evidence``, ``log`` ..."""
        return self.path / (f"{year}.{kind}.csv" if kind else f"{year}.csv")

    def about(self) -> str:
        """Return the text of ``panel.yml``."""
        content = {
            "form": FORM,
            # A framework of the user's own lies in the folder, which may be moved.
            "framework": _inside(self.framework, self.path),
            "synthetic": self.synthetic,
            "source_zh": self.sources["zh"],
            "source_en": self.sources["en"],
            "measures": dict(self.measures),
        }
        if self.beside:
            content["beside"] = list(self.beside)
        return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)


def open_folder(path: str | Path) -> PanelFolder:
    """Read ``panel.yml`` and list the years of a panel folder.

    Raises
    ------
    InputError
        If it is no panel folder, or ``panel.yml`` says what it may not.
    """
    path = Path(path)
    about = path / ABOUT_FILE
    told: dict[str, object] = {"folder": str(path), "file": ABOUT_FILE}
    if not about.is_file():
        raise InputError([Finding("error", "folder.none", told)])
    try:
        content = read_yaml(about)
    except Unreadable:
        raise InputError([Finding("error", "folder.about", told, file=ABOUT_FILE)]) from None
    problems = [
        Finding("error", "folder.key", {"key": shown(key), "keys": ", ".join(_KEYS)}, ABOUT_FILE)
        for key, value in content.items()
        if type(value) is not _KEYS.get(key)
    ]
    measures = content.get("measures", {})
    if isinstance(measures, dict) and not all(
        isinstance(w, str) for kv in measures.items() for w in kv
    ):
        bad = {"key": "measures", "keys": ", ".join(_KEYS)}
        problems.append(Finding("error", "folder.key", bad, ABOUT_FILE))
    beside = content.get("beside", [])
    if isinstance(beside, list) and not all(isinstance(word, str) for word in beside):
        bad = {"key": "beside", "keys": ", ".join(_KEYS)}
        problems.append(Finding("error", "folder.key", bad, ABOUT_FILE))
    if content.get("form", FORM) != FORM and not problems:
        problems.append(Finding("error", "folder.form", {"form": content["form"]}, ABOUT_FILE))
    if problems:
        raise InputError(problems)
    framework = content.get("framework", EDITIONS)
    if framework.endswith((".csv", ".xlsx", ".xlsm")):
        framework = str(path / Path(framework).name)
    return PanelFolder(
        path,
        framework,
        content.get("synthetic", False),
        {lang: content.get(f"source_{lang}", "") for lang in ("zh", "en")},
        measures,
        tuple(sorted(_years_in(path))),
        tuple(beside),
    )


def years_assessed(path: str | Path) -> tuple[int, ...]:
    """Return the years of a folder in which at least one unit is assessed, ascending.

    Problems of the files are left to the reading of the panel.
    """
    folder = open_folder(path)
    return tuple(year for year in folder.years if _any_assessed(folder.file(year)))


def read_joined(path: str | Path) -> tuple[JoinedTable | None, list[Finding]]:
    """Read every year of a panel folder as one table.

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    table : JoinedTable or None
        None if a file as a whole cannot be read or there is none.
    findings : list of Finding
        Every problem, with the file and row where it stands.
    """
    try:
        folder = open_folder(path)
    except InputError as error:
        return None, list(error.findings)
    if not folder.years:
        return None, [Finding("error", "folder.empty", {"folder": str(folder.path)})]
    findings = seal_findings(folder.path)
    tables = []
    for year in folder.years:
        table = read_csv(folder.file(year), findings)
        if table is not None:
            findings += _foreign_years(table, year)
            tables.append(table)
    if len(tables) < len(folder.years):
        return None, findings
    cells = sum(len(table.rows) for table in tables) * len({w for t in tables for w in t.header})
    if cells > MAX_CELLS:
        limits = {"columns": MAX_COLUMNS, "cells": f"{MAX_CELLS:,}"}
        return None, [*findings, Finding("error", "table-too-large", limits, folder.path.name)]
    return join_tables(tables, folder.path.name), findings


def read_panel_folder(path: str | Path) -> pd.DataFrame:
    """Return every year of a panel folder as one table of texts, as the files have them.

    For values checked against a framework give the folder to
    `analysis.core.read_panel.read_panel`, which reads it like any table.

    Raises
    ------
    InputError
        With every problem of the files.
    """
    table, findings = read_joined(path)
    if table is None or any(finding.severity == "error" for finding in findings):
        raise InputError([table.place(f) for f in findings] if table else findings)
    columns = {
        word: ["" if cell is None else str(cell) for cell in column]
        for word, column in zip(table.header, table.columns, strict=True)
    }
    return pd.DataFrame(columns, dtype="str")


def read_evidence(path: str | Path, year: int) -> pd.DataFrame:
    """Return the evidence of a year: `EVIDENCE_COLUMNS`, all text; empty if there is none.

    Raises
    ------
    InputError
        If the file cannot be read or lacks one of the columns.
    """
    return read_side(Path(path) / f"{year}.evidence.csv", EVIDENCE_COLUMNS)


def read_log(path: str | Path, year: int) -> pd.DataFrame:
    """Return the trace of a year: `LOG_COLUMNS`, all text; empty if there is none.

    Raises
    ------
    InputError
        If the file cannot be read or lacks one of the columns.
    """
    return read_side(Path(path) / f"{year}.log.csv", LOG_COLUMNS, ("by", "reason"))


def _years_in(path: Path) -> list[int]:
    found = (_YEAR_FILE.fullmatch(file.name) for file in path.iterdir() if file.is_file())
    years = (int(match[1]) for match in found if match)
    return [year for year in years if FIRST_YEAR <= year <= LAST_YEAR]


def _any_assessed(path: Path) -> bool:
    table = read_csv(path, [])
    if table is None or "assessed" not in (roles := find_roles(table.header)):
        return True
    for cell in table.columns[roles["assessed"]]:
        try:
            if yes_in(cell):
                return True
        except CellError:
            return True
    return False


def _foreign_years(table: RawTable, year: int) -> list[Finding]:
    """Return an error where a file holds rows of another year than its name says."""
    roles = find_roles(table.header)
    if "year" not in roles:
        return [table.finding("error", "folder.no_year")]
    rows = []
    for row, cell in zip(table.rows, table.columns[roles["year"]], strict=True):
        try:
            if is_blank(cell) or year_in(cell) != year:
                rows.append(row)
        except CellError:
            rows.append(row)
    if not rows:
        return []
    return [table.finding("error", "folder.other_year", rows=spans(rows), asked=year)]


def _inside(framework: str, folder: Path) -> str:
    path = Path(framework)
    return path.name if path.parent == folder else framework
