"""Rows that a form asks for beside the figures of its framework, chosen as data.

The audit holds reported growth against levels, and points outside the weights
count columns that no item needs. A framework asks for neither, so a form has
rows for them only where they are wished for; all may stay blank.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.core.adjustment import in_force
from analysis.core.catalogue import find_method
from analysis.core.cells import Cell, CellError, is_blank, narrow, shown, text_in, yes_in
from analysis.core.findings import Finding, InputError
from analysis.core.item_values import PERCENT_WORDS, Limits
from analysis.core.numbers import numbers
from analysis.core.raw_table import RawTable
from analysis.core.roles import ROLE_WORDS
from analysis.core.tables import read_table
from analysis.paths import data_dir
from analysis.zones.audit.read_rules import read_rules
from analysis.zones.audit.rules import Growth, Real, Rule, Share
from analysis.zones.cycle.form_rows import FormRow, FormSpec

AUDIT = "audit"
LONGEST, MOST = 500, 200  # characters of a cell, rows
_CODE = re.compile(r"[^\W\d](?:[\w .-]{0,58}\w)?")
_NEEDED = ("code", "name_zh", "name_en", "unit")
_TEXTS = ("unit_zh", "unit_en", "definition_zh", "definition_en", "why_zh", "why_en")


def also_rows(spec: FormSpec, sources: Sequence[str] = (), method: str = "") -> tuple[FormRow, ...]:
    """Return the rows that a form asks for beside the figures of its framework.

    Parameters
    ----------
    spec : FormSpec
    sources : sequence of str
        ``"audit"``: what the shipped rules of audit can hold against the
        figures of the form; else a table with the columns of
        ``data/form_rows.csv``, which goes before that one.
    method : str
        Name or path of a method: what its points need that is no item.

    Raises
    ------
    InputError
        With every problem of the tables; if there is no such method; if one of
        the sources has nothing for the framework.
    """
    findings: list[Finding] = []
    own: dict[str, FormRow] = {}
    for source in sources:
        if source != AUDIT:
            own = read_rows(Path(source), spec, findings) | own
    known = read_rows(data_dir() / "form_rows.csv", spec, findings) | own
    chosen = dict(own)
    if AUDIT in sources:
        codes = [code for rule in read_rules() if (code := _checked(rule, spec))]
        rows = {code: known[code] for code in codes if code in known}
        chosen |= rows
        if not rows:
            findings.append(_none(AUDIT, spec))
    if method:
        try:
            inputs = _inputs(method, spec, known)
            findings += [] if inputs else [_none(method, spec)]
            chosen |= inputs
        except InputError as error:
            findings += error.findings
    if findings:
        raise InputError(findings)
    return tuple(chosen.values())


def with_also(spec: FormSpec, rows: Sequence[FormRow]) -> FormSpec:
    """Return a form that also asks for ``rows``."""
    return replace(spec, also=tuple(rows)) if rows else spec


def usable(code: str, spec: FormSpec) -> bool:
    """Return whether a code can stand beside those of a form, and for none of them."""
    words = {word.casefold() for known in ROLE_WORDS.values() for word in known}
    taken = {*spec.codes, *spec.facts, "name_en", "province"}
    own = code not in taken and code.casefold() not in words
    return own and narrow(code) == code and _CODE.fullmatch(code) is not None


def read_rows(path: Path, spec: FormSpec, findings: list[Finding]) -> dict[str, FormRow]:
    """Read a table of rows by their codes; what is wrong with it is added to ``findings``.

    Columns ``code, name_zh, name_en, unit`` and, if wanted, ``unit_zh, unit_en,
    min, max, integer, definition_zh, definition_en, why_zh, why_en``. One of the
    two names is enough, and so is one unit.
    """
    table, found = read_table(path)
    findings += [finding for finding in found if finding.severity == "error"]
    if table is None:
        return {}
    lacking = [column for column in _NEEDED if column not in table.header]
    if lacking:
        told = {"columns": ", ".join(lacking), "all": ", ".join((*_NEEDED, *_TEXTS))}
        findings.append(table.finding("error", "form.also_columns", **told))  # type: ignore[arg-type]
        return {}
    if len(table.rows) > MOST:
        findings.append(table.finding("error", "form.also_many", count=len(table.rows), most=MOST))
        return {}
    columns = dict(zip(table.header, table.columns, strict=True))
    least, most = (_bounds(table, name, findings) for name in ("min", "max"))
    shipped = path.parent == data_dir()
    rows: dict[str, FormRow] = {}
    for at, row in enumerate(table.rows):

        def cell(column: str, at: int = at, row: int = row) -> str:
            word, problem = _word(columns[column][at] if column in columns else None)
            if problem is not None:
                told = dict(problem.values)
                findings.append(table.finding("error", problem.code, row, column, **told))  # type: ignore[arg-type]
            return word

        code = narrow(cell("code"))
        words = {name: cell(name) for name in (*_NEEDED[1:], *_TEXTS)}
        whole = cell("integer")
        if shipped and not usable(code, spec):
            continue  # the framework asks for it as a figure
        if not usable(code, spec) or code in rows:
            kind = "form.also_twice" if code in rows else "form.also_code"
            findings.append(table.finding("error", kind, row, "code", code=shown(code)))
        elif least[at] > most[at]:
            findings.append(table.finding("error", "form.also_limits", row, "min", code=code))
        else:
            limits = Limits(least[at], most[at], _yes(whole, table, row, findings))
            rows[code] = row_of(code, words, limits)
    return rows


def row_of(code: str, words: Mapping[str, str], limits: Limits) -> FormRow:
    """Return a row; what is not said in one language is taken from the other."""
    measure = words.get("unit", "")
    names, units, definitions = {}, {}, {}
    for lang, other in (("zh", "en"), ("en", "zh")):
        names[lang] = words.get(f"name_{lang}") or words.get(f"name_{other}") or code
        units[lang] = words.get(f"unit_{lang}") or measure
        parts = (words.get(f"definition_{lang}", ""), words.get(f"why_{lang}", ""))
        definitions[lang] = (" " if lang == "en" else "").join(part for part in parts if part)
    percent = "%" in measure or measure.casefold() in PERCENT_WORDS
    limits = replace(limits, percent=percent)
    return FormRow(code, names, definitions, units, measure, "", (), limits)


def _checked(rule: Rule, spec: FormSpec) -> str:
    """Return the column that a rule holds against figures of the form; ``""`` if there is none."""
    match rule:
        case Real(real=code, level=level):
            needed: tuple[str, ...] = (level,)
        case Growth(growth=code, level=level) if code in spec.framework.items:
            needed = (level,)
        case Share(share=code, part=part, whole=whole) if code in spec.framework.items:
            needed = (part, whole)
        case _:
            return ""
    return code if set(needed) <= set(spec.codes) and code not in spec.codes else ""


def _inputs(method: str, spec: FormSpec, known: Mapping[str, FormRow]) -> dict[str, FormRow]:
    rows = {}
    for rule in in_force(find_method(method), spec.framework).rules:
        if rule.input not in spec.framework.items and usable(rule.input, spec):
            titles = {"name_zh": rule.title("zh"), "name_en": rule.title("en")}
            rows[rule.input] = known.get(rule.input) or row_of(rule.input, titles, Limits())
    return rows


def _none(source: str, spec: FormSpec) -> Finding:
    told: dict[str, object] = {"source": shown(source), "framework": spec.framework.name}
    return Finding("error", "form.also_none", told)


def _word(cell: Cell) -> tuple[str, CellError | None]:
    try:
        word = "" if is_blank(cell) else text_in(cell)
    except CellError as error:
        return "", error
    if len(word) > LONGEST:
        told = {"count": len(word), "most": LONGEST, "value": shown(word)}
        return "", CellError("form.long", **told)
    return word, None


def _bounds(table: RawTable, name: str, findings: list[Finding]) -> list[float]:
    if name not in table.header:
        return [math.nan] * len(table.rows)
    found, problems = numbers(table.columns[table.header.index(name)])
    for at, code, told in problems:
        findings.append(table.finding("error", code, table.rows[at], name, **told))  # type: ignore[arg-type]
    return [float(value) for value in found]


def _yes(word: str, table: RawTable, row: int, findings: list[Finding]) -> bool:
    try:
        return bool(word) and yes_in(word)
    except CellError as error:
        findings.append(table.finding("error", error.code, row, "integer", **error.values))  # type: ignore[arg-type]
        return False
