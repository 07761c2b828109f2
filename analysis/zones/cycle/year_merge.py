"""What forms say, put into the files of a year, with every change noted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.core.panel_bases import BASE_COLUMNS
from analysis.core.panel_folder import EVIDENCE_COLUMNS, LOG_COLUMNS, PanelFolder
from analysis.core.write import csv_bytes
from analysis.zones.cycle.form_entries import Entry, Evidence
from analysis.zones.cycle.form_marks import FACT
from analysis.zones.cycle.form_rows import OWN_FACTS, FormSpec, base_of
from analysis.zones.cycle.year_files import EVIDENCE_PARTS, Key, YearFiles


@dataclass(frozen=True, eq=False)
class Merged:
    """A year with what forms brought, ready to be written.

    Attributes
    ----------
    table, evidence, base, log : pandas.DataFrame
    values : mapping of (str, str) to float
        As in `YearFiles`.
    news : bool
        Whether anything changed.
    added, changed, same : int
        Figures.
    """

    table: pd.DataFrame
    evidence: pd.DataFrame
    base: pd.DataFrame
    log: pd.DataFrame
    values: Mapping[Key, float]
    news: bool
    added: int
    changed: int
    same: int

    def contents(self, folder: PanelFolder, year: int) -> dict[str, bytes]:
        """Return the year's files by name, the values last; a table without rows is no file."""
        tables = {
            "log": self.log, "evidence": self.evidence, "base": self.base, "": self.table
        }  # fmt: skip
        return {
            folder.file(year, kind).name: csv_bytes(table)
            for kind, table in tables.items()
            if len(table)
        }


def merge(
    held: YearFiles,
    spec: FormSpec,
    facts: Mapping[str, Mapping[str, str]],
    entries: Sequence[Entry],
    digests: Mapping[str, str],
    *,
    by: str = "",
    reason: str = "",
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
    by, reason : str
        Who amends what was frozen, and why; noted with every change.
    """
    number = 1 + max((int(word) for word in held.log["intake"] if str(word).isdecimal()), default=0)
    units = {unit: dict(known) for unit, known in held.facts.items()}
    values, evidence = dict(held.values), dict(held.evidence)
    order = {code: at for at, code in enumerate(spec.asked_codes)}
    news: list[dict[str, object]] = []
    counts = {"added": 0, "changed": 0, "same": 0}

    def note(action: str, unit: str, code: str, old: str, new: str, form: str) -> None:
        cells = (number, action, unit, code, old, new, form, by, reason)
        news.append(dict(zip(LOG_COLUMNS, cells, strict=True)))

    for unit in sorted(facts):
        known = units.setdefault(unit, {})
        for fact, word in facts[unit].items():
            old = known.get(fact, "")
            if fact != "unit" and word and word != old:
                known[fact] = word
                note("changed" if old else "added", unit, FACT + fact, old, word, "")
        known["assessed"] = known.get("assessed") or "yes"
    for entry in sorted(entries, key=lambda entry: (entry.unit, order[entry.code])):
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
        words = {p: getattr(new_words, p) or getattr(old_words, p) for p in EVIDENCE_PARTS}
        if kind == "changed":  # what spoke for the old figure does not speak for the new
            words = {p: getattr(new_words, p) for p in EVIDENCE_PARTS}
        values[key], evidence[key] = entry.value, Evidence(**words)
        if kind != "same":
            note(kind, *key, _number(before), _number(entry.value), form)
        elif evidence[key] != old_words:
            note("evidence", *key, _joined(old_words), _joined(evidence[key]), form)
    log = pd.DataFrame(news, columns=list(LOG_COLUMNS))
    log = pd.concat([held.log, log], ignore_index=True) if len(held.log) else log
    table = _table(held, spec, units, values)
    proof = _evidence_table(spec, values, evidence)
    bases = [base_of(code, spec.year) for code in proof["code"]]
    is_base = np.array(bases, dtype=object) != ""
    base = proof.assign(code=bases)[is_base][list(BASE_COLUMNS)]
    return Merged(table, proof[~is_base], base, log, values, bool(news), **counts)


def _table(
    held: YearFiles,
    spec: FormSpec,
    units: Mapping[str, Mapping[str, str]],
    values: Mapping[Key, float],
) -> pd.DataFrame:
    """Return the values as they are written: facts, then figures, units in order."""
    held_codes = (code for _, code in values if not base_of(code, spec.year))
    codes = list(dict.fromkeys([*spec.codes, *held_codes]))
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
    order = {code: at for at, code in enumerate(spec.asked_codes)}
    keys = sorted(evidence, key=lambda key: (key[0], order.get(key[1], len(order)), key[1]))
    held = {key: values.get(key, math.nan) for key in keys}
    rows = [
        (*key, held[key], *(getattr(evidence[key], part) for part in EVIDENCE_PARTS))
        for key in keys
    ]
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
    return "; ".join(word for word in (getattr(evidence, part) for part in EVIDENCE_PARTS) if word)
