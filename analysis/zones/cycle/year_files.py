"""The three files of a year in a panel folder: values, evidence, trace."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.core.csv_table import read_csv
from analysis.core.findings import Finding, InputError
from analysis.core.numbers import numbers
from analysis.core.panel_folder import (
    ABOUT_FILE,
    EVIDENCE_COLUMNS,
    LOG_COLUMNS,
    PanelFolder,
    read_evidence,
    read_log,
)
from analysis.core.write import write_bytes, write_table, write_text
from analysis.zones.cycle.form_entries import Entry, Evidence
from analysis.zones.cycle.form_marks import FACT
from analysis.zones.cycle.form_rows import OWN_FACTS, FormSpec

_PARTS = ("source", "date", "basis", "note")
Key = tuple[str, str]


@dataclass(frozen=True, eq=False)
class YearFiles:
    """What the files of a year hold; all empty where there are none.

    Attributes
    ----------
    facts : dict of str to dict of str to str
        By unit.
    values : dict of (str, str) to float
        By unit and code; NaN: blank.
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


@dataclass(frozen=True, eq=False)
class Merged:
    """A year with what forms brought, ready to be written.

    Attributes
    ----------
    table, evidence, log : pandas.DataFrame
    added, changed, same : int
        Figures.
    """

    table: pd.DataFrame
    evidence: pd.DataFrame
    log: pd.DataFrame
    added: int
    changed: int
    same: int


def read_year(folder: PanelFolder, year: int) -> YearFiles:
    """Read the files of a year.

    Raises
    ------
    InputError
        With every problem, if one of the files cannot be read, has a row
        twice or another year's, or a cell that is no number where the folder
        has figures.
    """
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
    parts = (said[part].tolist() for part in _PARTS)
    keys = zip(said["unit"].tolist(), said["code"].tolist(), strict=True)
    evidence = dict(zip(keys, map(Evidence, *parts), strict=True))
    return YearFiles(facts, values, evidence, read_log(folder.path, year), columns)


def merge(
    held: YearFiles,
    spec: FormSpec,
    facts: Mapping[str, Mapping[str, str]],
    entries: Sequence[Entry],
    digests: Mapping[str, str],
) -> Merged:
    """Return a year's files with what forms say put in, every change noted.

    Parameters
    ----------
    held : YearFiles
        What is there.
    spec : FormSpec
    facts : mapping of str to mapping of str to str
        By unit; what is ``""`` or absent changes nothing.
    entries : sequence of Entry
        Those with NaN change no figure; what they say of it is kept where there is none.
    digests : mapping of str to str
        Of the forms, by their names.
    """
    number = 1 + max((int(word) for word in held.log["intake"] if str(word).isdecimal()), default=0)
    units = {unit: dict(known) for unit, known in held.facts.items()}
    values, evidence = dict(held.values), dict(held.evidence)
    news: list[dict[str, object]] = []
    counts = {"added": 0, "changed": 0, "same": 0}

    def note(action: str, unit: str, code: str, old: str, new: str, form: str) -> None:
        cells = (number, action, unit, code, old, new, form)
        news.append(dict(zip(LOG_COLUMNS, cells, strict=True)))

    for unit in sorted(facts):
        known = units.setdefault(unit, {})
        for fact, word in facts[unit].items():
            old = known.get(fact, "")
            if fact != "unit" and word and word != old:
                known[fact] = word
                note("changed" if old else "added", unit, FACT + fact, old, word, "")
        known["assessed"] = known.get("assessed") or "yes"
    for entry in sorted(entries, key=lambda entry: (entry.unit, spec.codes.index(entry.code))):
        key = entry.unit, entry.code
        before = values.get(key, math.nan)
        form = f"{entry.file} {digests.get(entry.file, '')}".strip()
        if math.isnan(entry.value):
            said, told = evidence.get(key, Evidence()), _joined(entry.evidence)
            # Why there is no figure; of one that stands there nothing is said by a blank.
            if told and math.isnan(before) and not entry.refused and entry.evidence != said:
                note("evidence", *key, _joined(said), told, form)
                evidence[key] = entry.evidence
            continue
        kind = "added" if math.isnan(before) else "same" if before == entry.value else "changed"
        counts[kind] += 1
        old_words, new_words = evidence.get(key, Evidence()), entry.evidence
        words = {p: getattr(new_words, p) or getattr(old_words, p) for p in _PARTS}
        if kind == "changed":  # what spoke for the old figure does not speak for the new
            words = {p: getattr(new_words, p) for p in _PARTS}
        values[key], evidence[key] = entry.value, Evidence(**words)
        if kind != "same":
            note(kind, *key, _number(before), _number(entry.value), form)
        elif evidence[key] != old_words:
            note("evidence", *key, _joined(old_words), _joined(evidence[key]), form)
    log = pd.DataFrame(news, columns=list(LOG_COLUMNS))
    log = pd.concat([held.log, log], ignore_index=True) if len(held.log) else log
    table = _table(held, spec, units, values)
    return Merged(table, _evidence_table(spec, values, evidence), log, **counts)


def write_year(folder: PanelFolder, year: int, merged: Merged, copies: Sequence[Path] = ()) -> None:
    """Write the files of a year, each whole or not at all, the values last.

    A file that would not change is left as it is.

    Parameters
    ----------
    folder : PanelFolder
    year : int
    merged : Merged
    copies : sequence of pathlib.Path
        Files of a framework of the user's own, kept in the folder.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    for copy in copies:
        write_bytes(folder.path / copy.name, copy.read_bytes())
    about = folder.path / ABOUT_FILE
    if not about.is_file() or about.read_text(encoding="utf-8") != folder.about():
        write_text(about, folder.about())
    for kind, table in (("log", merged.log), ("evidence", merged.evidence), ("", merged.table)):
        if len(table):
            write_table(table, folder.file(year, kind))


def _table(
    held: YearFiles,
    spec: FormSpec,
    units: Mapping[str, Mapping[str, str]],
    values: Mapping[Key, float],
) -> pd.DataFrame:
    """Return the values as they are written: facts, then figures, units in order."""
    codes = list(dict.fromkeys([*spec.codes, *(code for _, code in values)]))
    facts = [fact for fact in OWN_FACTS if fact in spec.facts and fact != "unit"]
    more = [*spec.facts, *held.columns, *(fact for known in units.values() for fact in known)]
    facts = [f for f in dict.fromkeys([*facts, *more]) if f not in codes and f != "unit"]
    names = sorted(units)
    columns: dict[str, object] = {"year": [spec.year] * len(names), "unit": names}
    columns |= {fact: [units[unit].get(fact, "") for unit in names] for fact in facts}
    for code in codes:
        column = np.array([values.get((unit, code), math.nan) for unit in names], dtype=float)
        columns[code] = _plain(column)
    return pd.DataFrame(columns)


def _evidence_table(
    spec: FormSpec, values: Mapping[Key, float], evidence: Mapping[Key, Evidence]
) -> pd.DataFrame:
    order = {code: at for at, code in enumerate(spec.codes)}
    keys = sorted(evidence, key=lambda key: (key[0], order.get(key[1], len(order)), key[1]))
    held = {key: values.get(key, math.nan) for key in keys}
    rows = [(*key, held[key], *(getattr(evidence[key], part) for part in _PARTS)) for key in keys]
    table = pd.DataFrame(rows, columns=list(EVIDENCE_COLUMNS))
    return table.assign(value=[_number(value) for value in table["value"]])


def _plain(column: np.ndarray) -> object:
    """Return a column of numbers, whole ones without a point."""
    known = column[np.isfinite(column)]
    if len(known) and np.all((known == np.rint(known)) & (np.abs(known) < 2**53)):
        return pd.array([None if math.isnan(v) else int(v) for v in column], dtype="Int64")
    return column


def _number(value: float) -> str:
    """Return the shortest text that gives a number back; ``""`` for NaN."""
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(float(value))


def _joined(evidence: Evidence) -> str:
    return "; ".join(word for word in (getattr(evidence, part) for part in _PARTS) if word)
