"""Reading a form for many units: a sheet of units and figures, and one of evidence."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from analysis.core.cells import CellError, is_blank, narrow, shown, text_in
from analysis.core.excel_table import read_excel
from analysis.core.findings import Finding
from analysis.core.raw_table import RawTable
from analysis.zones.cycle.form_entries import Entry, Evidence, evidence_in, fact_in, figures
from analysis.zones.cycle.form_marks import (
    EVERY,
    before_heading,
    evidence_column,
    fact_of,
    is_before,
    is_evidence,
    is_many,
)
from analysis.zones.cycle.form_rows import FormSpec

Facts = dict[str, dict[str, str]]
_LOOKED_UP = 100  # unknown columns for which the nearest word is looked for


def words_of(spec: FormSpec) -> dict[str, str]:
    """Return the code for each word (code or name) that stands for one figure only."""
    meanings: dict[str, set[str]] = {}
    for row in spec.asked:
        for word in (row.code, *row.names.values()):
            meanings.setdefault(narrow(word), set()).add(row.code)
    meanings |= {code: {code} for code in spec.asked_codes}
    return {word: codes.pop() for word, codes in meanings.items() if len(codes) == 1}


def read_many(
    path: Path, name: str, spec: FormSpec, findings: list[Finding]
) -> tuple[Facts, list[Entry]]:
    """Read the sheets of a form for many units; see `form_reading.read_form`."""
    words = words_of(spec)
    table = read_excel(path, None, findings, lambda cells: is_many(cells, words))
    if table is None:
        told = {"columns": f"unit, {', '.join(spec.codes[:3])}"}
        findings.append(Finding("error", "form.no_sheet", told, path.name))
        return {}, []
    table = table.sound()
    roles, columns = _columns(table, spec, words, findings)
    units, facts = _facts(table, roles, spec, findings)
    evidence = _evidence(path, spec, words, set(units), findings)
    before = _before(path, spec, words)
    entries = []
    for row in spec.asked:
        if row.code not in columns:
            continue
        at = columns[row.code]
        heads = shown(table.header[at])
        values, problems = figures(table.columns[at], [row] * len(table.rows))
        refused = set()
        for problem in problems:
            refused.add(problem.position)
            findings.append(
                table.finding(
                    "error",
                    problem.code,
                    row=table.rows[problem.position],
                    column=heads,
                    unit=units[problem.position] or None,
                    year=spec.year,
                    item=row.code,
                    **problem.values,
                )
            )
        entries += [
            Entry(
                unit,
                row.code,
                float(values[i]),
                _evidence_of(evidence, unit, row.code),
                before.get((unit, row.code), math.nan),
                name,
                table.sheet or "",
                table.rows[i],
                heads,
                i in refused,
            )
            for i, unit in enumerate(units)
            if unit
        ]
    return facts, entries


def _columns(
    table: RawTable, spec: FormSpec, words: Mapping[str, str], findings: list[Finding]
) -> tuple[dict[str, int], dict[str, int]]:
    roles: dict[str, int] = {}
    columns: dict[str, int] = {}
    unknown: list[str] = []
    for at, word in enumerate(table.header):
        fact = fact_of(word) or (word if word in spec.facts else None)
        code = words.get(word)
        held = roles if fact else columns
        key = fact or code
        if key is None:
            few = len(unknown) < _LOOKED_UP
            near = difflib.get_close_matches(word, words, 1, 0.8) if few else []
            if near and words[near[0]] not in table.header:
                told = {"near": words[near[0]]}
                findings.append(
                    table.finding("error", "form.near_column", column=shown(word), **told)  # type: ignore[arg-type]
                )
            else:
                unknown.append(shown(word, 30))
        elif key in held:
            other = shown(table.header[held[key]])
            findings.append(
                table.finding("error", "form.column_twice", column=shown(word), other=other)
            )
        else:
            held[key] = at
    for code in spec.asked_codes:
        if code not in columns:
            findings.append(table.finding("error", "form.no_figure", item=code, code=code))
    if unknown:
        findings.append(table.finding("note", "form.unknown_columns", columns=", ".join(unknown)))
    return roles, columns


def _facts(
    table: RawTable, roles: Mapping[str, int], spec: FormSpec, findings: list[Finding]
) -> tuple[list[str], Facts]:
    """Return the unit of each row (``""`` where there is none or it stands above) and its facts."""
    units: list[str] = []
    facts: Facts = {}
    rows: dict[str, int] = {}
    for i, row in enumerate(table.rows):
        said: dict[str, str] = {}
        for fact, at in roles.items():
            try:
                said[fact] = fact_in(fact, table.columns[at][i], spec)
            except CellError as error:
                findings.append(
                    table.finding(
                        "error",
                        error.code,
                        row=row,
                        column=shown(table.header[at]),
                        unit=said.get("unit") or None,
                        **error.values,  # type: ignore[arg-type]
                    )
                )
        unit = said.get("unit", "")
        if not unit and "unit" in said:
            findings.append(table.finding("error", "table-blank-unit", row=row))
        elif unit in facts:
            told = {"other": rows[unit]}
            findings.append(
                table.finding("error", "form.unit_twice", row=row, unit=unit, **told)  # type: ignore[arg-type]
            )
            unit = ""
        elif unit:
            facts[unit], rows[unit] = said, row
        units.append(unit)
    return units, facts


def _before(path: Path, spec: FormSpec, words: Mapping[str, str]) -> dict[tuple[str, str], float]:
    """Return last year's values, if the form still has them; they are compared, not taken in."""
    table = read_excel(path, None, [], lambda cells: is_before(cells, spec.year))
    if table is None:
        return {}
    table = table.sound()
    heads = {words[word]: at for at, word in enumerate(table.header) if word in words}
    column = table.columns[table.header.index(before_heading(spec.year))]
    units = ["" if is_blank(cell) else narrow(str(cell)) for cell in column]
    found: dict[tuple[str, str], float] = {}
    for row in (*spec.rows, *spec.also):
        if row.code in heads:
            values = figures(table.columns[heads[row.code]], [row] * len(units))[0]
            pairs = zip(units, values.tolist(), strict=True)
            found |= {(unit, row.code): value for unit, value in pairs if unit}
    return found


def _evidence(
    path: Path, spec: FormSpec, words: Mapping[str, str], units: set[str], findings: list[Finding]
) -> dict[tuple[str, str], Evidence]:
    """Return the evidence by unit and code, either of which may be `EVERY`."""
    own: list[Finding] = []
    table = read_excel(path, None, own, lambda cells: is_evidence(cells, spec.year))
    own = [finding for finding in own if finding.code != "table-no-rows"]
    findings += own
    if table is None:
        return {}
    table = table.sound()
    columns: dict[str, int] = {}
    for at, word in enumerate(table.header):
        held = evidence_column(word, spec.year)
        if held in columns:
            other = shown(table.header[columns[held]])
            findings.append(
                table.finding("error", "form.column_twice", column=shown(word), other=other)
            )
        elif held is not None:
            columns[held] = at
    found: dict[tuple[str, str], Evidence] = {}
    own_words = {unit: unit for unit in units}
    for i, row in enumerate(table.rows):
        key = []
        for column, known, code in (
            ("unit", own_words, "form.evidence_unit"),
            ("item", words, "form.evidence_item"),
        ):
            cell = table.columns[columns[column]][i]
            try:
                word = narrow(text_in(cell)) if not is_blank(cell) else EVERY
            except CellError:
                word = "?"
            if word != EVERY and word not in known:
                findings.append(
                    table.finding(
                        "error",
                        code,
                        row=row,
                        column=shown(table.header[columns[column]]),
                        value=shown(word),
                    )
                )
                continue
            key.append(EVERY if word == EVERY else known[word])
        said = evidence_in(table, i, columns, findings)
        if len(key) == 2:
            if (key[0], key[1]) in found:
                findings.append(table.finding("error", "form.evidence_twice", row=row))
            found[key[0], key[1]] = said
    return found


def _evidence_of(evidence: Mapping[tuple[str, str], Evidence], unit: str, code: str) -> Evidence:
    """Return the evidence of a figure: each part from the nearest row that says it."""
    nearest = [(unit, code), (EVERY, code), (unit, EVERY), (EVERY, EVERY)]
    said = [evidence[key] for key in nearest if key in evidence]
    parts = Evidence()
    for part in ("source", "date", "basis", "note"):
        word = next((getattr(held, part) for held in said if getattr(held, part)), "")
        parts = replace(parts, **{part: word})
    return parts
