"""Findings as a person reads them: a table, or lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from analysis.core.findings import Finding
from analysis.core.read_panel import Examination
from analysis.texts import spans, text

SEVERITIES = ("error", "warning", "note")
COLUMNS = (
    "severity",
    "file",
    "sheet",
    "row",
    "column",
    "unit",
    "year",
    "item",
    "message",
    "code",
)


def findings_table(findings: Iterable[Finding], lang: str) -> pd.DataFrame:
    """Return findings as a table, one row each, headed in ``lang``.

    Parameters
    ----------
    findings : iterable of Finding
    lang : {"zh", "en"}

    Returns
    -------
    pandas.DataFrame
        Columns severity, file, sheet, row, column, unit, year, item, message,
        code; ``row`` and ``year`` are Int64, what is not known is missing.
    """
    rows = [
        (
            text(f"check.severity.{finding.severity}", lang),
            finding.file,
            finding.sheet,
            finding.row,
            finding.column,
            finding.unit,
            finding.year,
            finding.item,
            finding.text(lang),
            finding.code,
        )
        for finding in findings
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = {name: "Int64" if name in ("row", "year") else "str" for name in COLUMNS}
    return table.astype(kinds).rename(columns={n: text(f"check.column.{n}", lang) for n in COLUMNS})


def findings_text(findings: Sequence[Finding], lang: str, each: int = 5) -> str:
    """Return findings as lines, errors first, each with its place.

    Of findings of one kind in one column, the first ``each`` are written out
    and the rows of the others are listed, or their items where they have no
    row; `findings_table` has them all.

    Parameters
    ----------
    findings : sequence of Finding
    lang : {"zh", "en"}
    each : int

    Returns
    -------
    str
        Without a line end at its end; ``""`` if there are none.
    """
    lines = []
    for severity in SEVERITIES:
        kinds: dict[tuple[object, ...], list[Finding]] = {}
        for f in findings:
            if f.severity == severity:
                kinds.setdefault((f.code, f.file, f.sheet, f.column), []).append(f)
        for alike in kinds.values():
            lines += [_line(finding, lang) for finding in alike[:each]]
            rest = alike[each:]
            if rest:
                places = _places(rest, lang)
                lines.append("  " + text("check.more", lang, count=len(rest), places=places))
    return "\n".join(lines)


def _places(findings: Sequence[Finding], lang: str) -> str:
    """Return the rows of findings, or what they are about where they have none."""
    rows = [f.row for f in findings if f.row is not None]
    if rows:
        return text("check.places", lang, rows=spans(rows))
    named = dict.fromkeys(f.item or f.unit or "" for f in findings)
    return ", ".join(word for word in named if word) or "…"


def examination_text(seen: Examination, lang: str, each: int = 5) -> str:
    """Return what `analysis.core.read_panel.examine_panel` found, as lines of text."""
    lines = [findings_text(seen.findings, lang, each)] if seen.findings else []
    if seen.layout is not None:
        lines.append(text(f"check.layout.{seen.layout}", lang))
    if seen.panel is not None:
        index = seen.panel.values.index
        years = spans(int(year) for year in index.get_level_values("year"))
        units = index.get_level_values("unit").nunique()
        items = seen.panel.values.shape[1]
        lines.append(text("check.contents", lang, units=units, years=years, items=items))
    if seen.rows_read:
        read, used, refused = seen.rows_read, seen.rows_used, seen.rows_refused
        lines.append(text("check.rows", lang, read=read, used=used, refused=refused))
    counts = [sum(f.severity == severity for f in seen.findings) for severity in SEVERITIES]
    names = ("errors", "warnings", "notes")
    lines.append(text("check.counts", lang, **dict(zip(names, counts, strict=True))))
    verdict = "fatal" if seen.panel is None else "bad" if seen.errors else "good"
    lines.append(text(f"check.{verdict}", lang))
    return "\n".join(lines)


def place_of(finding: Finding, lang: str) -> str:
    """Return where a finding is: file, sheet, row, column, unit and year; ``""`` if nowhere."""
    parts = [finding.file or ""]
    if finding.sheet is not None:
        parts.append(text("check.place.sheet", lang, sheet=finding.sheet))
    if finding.row is not None:
        parts.append(text("check.place.row", lang, row=finding.row))
    if finding.column is not None:
        parts.append(text("check.place.column", lang, column=finding.column))
    key = " ".join(str(word) for word in (finding.unit, finding.year) if word)
    return text("check.join", lang).join(part for part in (*parts, key) if part)


def _line(finding: Finding, lang: str) -> str:
    severity = text(f"check.severity.{finding.severity}", lang)
    place, message = place_of(finding, lang), finding.text(lang)
    if not place:
        return text("check.line-without-place", lang, severity=severity, message=message)
    return text("check.line", lang, severity=severity, place=place, message=message)
