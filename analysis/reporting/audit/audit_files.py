"""The files of an audit: one folder, written whole or not at all.

::

    DIR/about.yml             what was read, which rules, how many findings
    DIR/findings.csv          one row a finding, texts in both languages
    DIR/findings.zh.xlsx      the list in Chinese: findings, rules, how to use it
    DIR/findings.en.xlsx      the list in English
    DIR/rules.csv             one row a rule: what it says, its grounds, on how much it was applied
    DIR/zones/<zone>.<lang>.xlsx   open findings of one zone, where asked for
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.write import write_bytes, write_table, write_text
from analysis.reporting.about_file import about_inputs, about_text, notes
from analysis.reporting.audit.audit_work import AuditWork, of_unit
from analysis.reporting.audit.audit_workbook import Sheet, workbook
from analysis.reporting.inputs import Inputs
from analysis.reporting.output_folder import ABOUT, whole_folder
from analysis.reporting.workspace import folder_name
from analysis.texts import LANGUAGES, text
from analysis.zones.audit.findings import AuditFinding, message, question
from analysis.zones.audit.rules import kind_of

COMMAND = "audit"
LIST_COLUMNS = (
    "severity", "unit", "name", "region", "year", "code", "item", "value", "message", "question",
    "answer", "rule", "title", "status", "reason", "accepted_by", "accepted_on", "mark",
)  # fmt: skip
_WIDTHS = {
    "severity": 8, "unit": 12, "name": 20, "region": 10, "year": 8, "code": 14, "item": 24,
    "value": 14, "message": 60, "question": 50, "answer": 40, "rule": 16, "title": 36,
    "status": 10, "reason": 40, "accepted_by": 14, "accepted_on": 14, "mark": 15, "kind": 16,
    "why": 60, "applied": 10, "found": 10, "open": 10, "not_applied": 30,
}  # fmt: skip


def write_audit(inputs: Inputs, work: AuditWork, folder: Path, *, by_zone: bool = False) -> None:
    """Write an audit into ``folder``, replacing what an earlier one wrote.

    Parameters
    ----------
    inputs : Inputs
    work : AuditWork
    folder : pathlib.Path
        As `analysis.reporting.output_folder.check_folder` returns it.
    by_zone : bool
        Also write a list for each unit with open findings.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    with whole_folder(folder) as new:
        write_table(findings_table(work), new / "findings.csv")
        write_table(_both(rules_table(work, "zh"), rules_table(work, "en")), new / "rules.csv")
        for lang in LANGUAGES:
            write_bytes(new / f"findings.{lang}.xlsx", _list(inputs, work, work.findings, lang))
        if by_zone:
            _write_zones(inputs, work, new / "zones")
        write_text(new / ABOUT, about_text(COMMAND, _about(inputs, work)))


def findings_table(work: AuditWork) -> pd.DataFrame:
    """Return all findings, one row each, with codes and with texts in both languages.

    ``numbers`` and ``words`` hold what the texts are made of, as JSON.
    """
    rows = []
    for finding in work.findings:
        given = finding.accepted
        row: dict[str, object] = {
            "rule": finding.rule.id,
            "kind": kind_of(finding.rule),
            "severity": finding.severity,
            "unit": finding.unit,
            "name": work.name(finding.unit),
            "year": finding.year,
            "code": finding.code,
            "value": finding.value,
        }
        for lang in LANGUAGES:
            row[f"message_{lang}"] = message(finding, work.labels, lang)
            row[f"question_{lang}"] = question(finding, work.labels, lang)
        row |= {
            "status": "open" if given is None else "accepted",
            "reason": "" if given is None else given.reason,
            "accepted_by": "" if given is None else given.by,
            "accepted_on": "" if given is None else given.on,
            "mark": finding.mark,
            "numbers": _json(finding.numbers),
            "words": _json(finding.words),
        }
        rows.append(row)
    columns = (
        "rule", "kind", "severity", "unit", "name", "year", "code", "value",
        "message_zh", "question_zh", "message_en", "question_en",
        "status", "reason", "accepted_by", "accepted_on", "mark",
        "numbers", "words",
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns)).astype({"value": "float64"})


def list_table(work: AuditWork, findings: Sequence[AuditFinding], lang: str) -> pd.DataFrame:
    """Return findings as the list that goes back to those who filled in the forms."""
    rows = []
    for finding in findings:
        given = finding.accepted
        rows.append(
            (
                text(f"check.severity.{finding.severity}", lang),
                finding.unit,
                work.name(finding.unit),
                work.region(finding.unit, lang),
                finding.year,
                finding.code,
                work.labels.code(finding.code, lang),
                finding.value,
                message(finding, work.labels, lang),
                question(finding, work.labels, lang),
                "",
                finding.rule.id,
                finding.rule.title(lang),
                text(f"audit.status.{'open' if given is None else 'accepted'}", lang),
                "" if given is None else given.reason,
                "" if given is None else given.by,
                "" if given is None else given.on,
                finding.mark,
            )
        )
    return pd.DataFrame(rows, columns=list(LIST_COLUMNS)).astype({"value": "float64"})


def rules_table(work: AuditWork, lang: str) -> pd.DataFrame:
    """Return the rules, what each is on, on how much it was applied, and what it found."""
    found = Counter(finding.rule.id for finding in work.findings)
    still = Counter(finding.rule.id for finding in work.open)
    rows = [
        (
            outcome.rule.id,
            kind_of(outcome.rule),
            text(f"check.severity.{outcome.rule.severity}", lang),
            outcome.rule.title(lang),
            outcome.rule.why(lang),
            outcome.applied,
            found[outcome.rule.id],
            still[outcome.rule.id],
            text(f"audit.why.{outcome.why}", lang) if outcome.why else "",
        )
        for outcome in work.outcomes
    ]
    columns = (
        "rule", "kind", "severity", "title", "why", "applied", "found", "open", "not_applied",
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def _both(zh: pd.DataFrame, en: pd.DataFrame) -> pd.DataFrame:
    """Put the two languages of a table side by side, what is the same in both once."""
    columns: dict[str, pd.Series] = {}
    for name in zh:
        if name in ("severity", "title", "why", "not_applied"):
            columns |= {f"{name}_zh": zh[name], f"{name}_en": en[name]}
        else:
            columns[str(name)] = zh[name]
    return pd.DataFrame(columns)


def _write_zones(inputs: Inputs, work: AuditWork, folder: Path) -> None:
    folder.mkdir()
    still = work.open
    for unit in sorted({finding.unit for finding in still if finding.unit}):
        for lang in LANGUAGES:
            content = _list(inputs, work, of_unit(still, unit), lang)
            # A unit's code comes from a table and must not name a file elsewhere.
            write_bytes(folder / f"{folder_name(unit)}.{lang}.xlsx", content)


def _list(inputs: Inputs, work: AuditWork, findings: Sequence[AuditFinding], lang: str) -> bytes:
    synthetic = inputs.panel.synthetic
    title = text("audit.sheet.findings", lang)
    marked = f"{title} ({text('audit.synthetic', lang)})" if synthetic else title
    keys = ["synthetic"] if synthetic else []
    lines = [text(f"audit.about.{key}", lang) for key in keys]
    lines.append(text("audit.about.year", lang, year=work.data.year))
    source = inputs.reading.sources.get(lang)
    if source:
        lines.append(text("audit.about.source", lang, source=source))
    lines += [text(f"audit.about.{key}", lang) for key in ("use", "assumed", "digits")]
    about = pd.DataFrame({"about": lines})
    return workbook(
        [
            _sheet(marked, list_table(work, findings, lang), lang),
            _sheet(text("audit.sheet.rules", lang), rules_table(work, lang), lang),
            Sheet(text("audit.sheet.about", lang), about, ("",), (110,)),
        ],
        mark=text("audit.about.synthetic", lang) if synthetic else "",
    )


def _sheet(name: str, table: pd.DataFrame, lang: str) -> Sheet:
    columns = [str(column) for column in table]
    headings = tuple(text(f"audit.column.{column}", lang) for column in columns)
    return Sheet(name, table, headings, tuple(_WIDTHS[column] for column in columns))


def _about(inputs: Inputs, work: AuditWork) -> dict[str, Any]:
    counts = Counter(finding.severity for finding in work.findings)
    said = about_inputs(inputs)
    del said["method"], said["method_sha256"]  # nothing was scored
    return said | {
        "year": work.data.year,
        "units": len(work.data.names),
        "rules": [outcome.rule.id for outcome in work.outcomes],
        "evidence": work.data.evidence is not None,
        "totals": work.data.totals is not None,
        "findings": {severity: counts[severity] for severity in ("error", "warning", "note")},
        "accepted": len(work.findings) - len(work.open),
        "notes": notes(work.notes),
        "summary": {lang: work.summary(lang) for lang in LANGUAGES},
    }


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=float)
