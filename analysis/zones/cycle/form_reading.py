"""Reading filled forms: every problem in one pass, no good cell lost."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from analysis.core.cells import CellError, narrow, shown, text_in
from analysis.core.excel_table import read_excel
from analysis.core.findings import Finding
from analysis.core.raw_table import RawTable
from analysis.core.tables import problem_of_file
from analysis.zones.cycle.form_also import with_also
from analysis.zones.cycle.form_also_marks import marked_rows
from analysis.zones.cycle.form_entries import (
    Entry,
    FilledForm,
    evidence_in,
    fact_in,
    figures,
)
from analysis.zones.cycle.form_files import ENDINGS
from analysis.zones.cycle.form_many import read_many
from analysis.zones.cycle.form_marks import (
    FACT,
    MARK_KEYS,
    VERSION,
    column_of,
    heading,
    is_mark,
    is_one,
)
from analysis.zones.cycle.form_positions import codes_of, positions_of, report_absent
from analysis.zones.cycle.form_rows import FormSpec, with_bases

_NEEDED = ("code", "value")
_WISHED = ("source", "date", "basis")


def read_form(
    path: Path, spec: FormSpec, findings: list[Finding], name: str = ""
) -> FilledForm | None:
    """Read one filled form.

    Sheets are known by their headers and the form by its hidden sheet, so
    sheets and columns may have been moved, and columns renamed to any of the
    words of ``form.also.*``. Formulas count by their saved values; nothing
    is ever run.

    Parameters
    ----------
    path : pathlib.Path
    spec : FormSpec
        What the form of that year asks for.
    findings : list of Finding
        Problems are added to it, each with its cell.
    name : str
        How messages name the file; its own name if left out.

    Returns
    -------
    FilledForm or None
        With all cells that can be used; None where the file is no form of
        that framework and year.
    """
    name = name or path.name
    own: list[Finding] = []
    form = _read(path, name, spec, own)
    findings += [_renamed(finding, path.name, name) for finding in own]
    return form


def _read(path: Path, name: str, spec: FormSpec, findings: list[Finding]) -> FilledForm | None:
    problem = problem_of_file(path, "Excel")
    if path.suffix.lower() not in ENDINGS:
        findings.append(Finding("error", "form.ending", {"endings": ", ".join(ENDINGS)}, path.name))
        return None
    if problem is not None:
        findings.append(problem)
        return None
    before = len(findings)
    mark = read_excel(path, None, findings, is_mark)
    if mark is None:
        if len(findings) == before:
            findings.append(Finding("error", "form.no_mark", file=path.name))
        return None
    said = _marks(mark)
    if not _belongs(said, spec, path.name, findings):
        return None
    spec = with_bases(with_also(spec, marked_rows(mark, spec, findings)), said["bases"].split())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    if said["layout"] == "many":
        facts, entries = read_many(path, name, spec, findings)
    else:
        facts, entries = _read_one(path, name, spec, findings)
    synthetic = said["synthetic"] == "yes"
    return FilledForm(name, digest, said["framework"], synthetic, facts, tuple(entries), spec.also)


def _renamed(finding: Finding, file: str, name: str) -> Finding:
    return replace(finding, file=name) if finding.file == file else finding


def _marks(table: RawTable) -> dict[str, str]:
    keys, values = table.columns[0], table.columns[1] if len(table.columns) > 1 else []
    said = dict.fromkeys(MARK_KEYS, "")
    for key, value in zip(keys, values, strict=False):
        if key in said and not isinstance(value, bool):
            try:
                said[str(key)] = narrow(text_in(value))
            except CellError:
                continue
    return said


def _belongs(said: Mapping[str, str], spec: FormSpec, file: str, findings: list[Finding]) -> bool:
    """Return whether a form is of the framework, year and version wanted; else say what it is."""
    wanted = (
        ("version", str(VERSION), "form.version"),
        ("framework", spec.framework.name, "form.framework"),
        ("year", str(spec.year), "form.year"),
    )
    wrong = [
        Finding("error", code, {"found": shown(said[key]) or "?", "wanted": value}, file)
        for key, value, code in wanted
        if said[key] != value
    ]
    # A form that does not say whether it is for demonstration could pass made-up values off.
    wrong += [
        Finding("error", "form.mark", {"key": key, "found": shown(said[key]) or "—"}, file)
        for key, allowed in (("layout", ("one", "many")), ("synthetic", ("yes", "no")))
        if said[key] not in allowed
    ]
    findings += wrong
    return not wrong


def _read_one(
    path: Path, name: str, spec: FormSpec, findings: list[Finding]
) -> tuple[dict[str, dict[str, str]], list[Entry]]:
    table = read_excel(path, None, findings, lambda cells: is_one(cells, spec.year))
    if table is None:
        wanted = ", ".join(heading(c, lang, spec.year) for c in _NEEDED for lang in ("zh", "en"))
        findings.append(Finding("error", "form.no_sheet", {"columns": wanted}, path.name))
        return {}, []
    columns = _columns(table, spec, findings)
    if any(column not in columns for column in _NEEDED):
        return {}, []
    codes = codes_of(table, columns["code"])
    report_absent(table, codes, spec, findings)
    table_rows = set(table.sound().rows)
    positions = positions_of(table, codes, columns, spec, findings)
    facts = _facts(table, positions, columns["value"], spec, findings)
    unit = facts.get("unit", "")
    if not unit:
        findings.append(table.finding("error", "form.no_unit"))
    entries = _entries(table, name, positions, columns, unit, spec, findings)
    entries = [entry for entry in entries if entry.row in table_rows]
    return ({unit: facts} if unit else {}), (entries if unit else [])


def _columns(table: RawTable, spec: FormSpec, findings: list[Finding]) -> dict[str, int]:
    """Return where each column of the form stands, by its heading."""
    columns: dict[str, int] = {}
    unknown = []
    for at, word in enumerate(table.header):
        column = column_of(word, spec.year)
        if column is None:
            unknown.append(shown(word, 30))
        elif column in columns:
            other = shown(table.header[columns[column]])
            findings.append(
                table.finding("error", "form.column_twice", column=shown(word), other=other)
            )
        else:
            columns[column] = at
    for column in (*_NEEDED, *_WISHED):
        if column not in columns:
            wanted = " / ".join(heading(column, lang, spec.year) for lang in ("zh", "en"))
            found = ", ".join(unknown) or "—"
            severity = "error" if column in _NEEDED else "warning"
            told = {"wanted": wanted, "found": found}
            findings.append(table.finding(severity, "form.no_column", **told))  # type: ignore[arg-type]
    if unknown:
        findings.append(table.finding("note", "form.unknown_columns", columns=", ".join(unknown)))
    return columns


def _facts(
    table: RawTable,
    positions: Mapping[str, int],
    column: int,
    spec: FormSpec,
    findings: list[Finding],
) -> dict[str, str]:
    facts = {}
    for fact in spec.facts:
        at = positions.get(FACT + fact)
        if at is None:
            continue
        try:
            facts[fact] = fact_in(fact, table.columns[column][at], spec)
        except CellError as error:
            row, heads = table.rows[at], shown(table.header[column])
            findings.append(
                table.finding("error", error.code, row=row, column=heads, **error.values)  # type: ignore[arg-type]
            )
    return facts


def _entries(
    table: RawTable,
    name: str,
    positions: Mapping[str, int],
    columns: Mapping[str, int],
    unit: str,
    spec: FormSpec,
    findings: list[Finding],
) -> list[Entry]:
    asked = [row for row in spec.asked if row.code in positions]
    places = [positions[row.code] for row in asked]
    heads = shown(table.header[columns["value"]])
    values, problems = figures([table.columns[columns["value"]][at] for at in places], asked)
    for at, code, told in problems:
        findings.append(
            table.finding(
                "error",
                code,
                row=table.rows[places[at]],
                column=heads,
                unit=unit or None,
                year=spec.year,
                item=asked[at].code,
                **told,
            )
        )
    refused = {problem.position for problem in problems}
    before = [math.nan] * len(asked)
    if "before" in columns:
        # What stands there is not taken in; it is only compared with the panel.
        before = figures([table.columns[columns["before"]][at] for at in places], asked)[0].tolist()
    entries = []
    for i, row in enumerate(asked):
        evidence = evidence_in(
            table, places[i], columns, findings, unit=unit or None, year=spec.year, item=row.code
        )
        entries.append(
            Entry(
                unit,
                row.code,
                float(values[i]),
                evidence,
                before[i],
                name,
                table.sheet or "",
                table.rows[places[i]],
                heads,
                i in refused,
            )
        )
    return entries
