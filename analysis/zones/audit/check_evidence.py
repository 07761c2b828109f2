"""The rule on evidence: that there is some, that it fits the value, that its basis stays."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.zones.audit.data import AuditData
from analysis.zones.audit.evidence import of_code, same_words
from analysis.zones.audit.findings import AuditFinding
from analysis.zones.audit.outcome import NO_COLUMN, NO_EVIDENCE, Outcome
from analysis.zones.audit.rules import Evidence

_DATE = re.compile(r"(\d{4})(?:$|[-/.年])", re.ASCII)


def check_evidence(rule: Evidence, data: AuditData) -> Outcome:
    """Apply the rule to every value of the assessed units.

    Named are a value without evidence at all, fields left empty, a value
    other than the panel's, a date that is none or lies outside ``years``, and
    a steady field that differs from the year before.
    """
    if data.evidence is None:
        return Outcome(rule, (), 0, NO_EVIDENCE)
    found: list[AuditFinding] = []
    cells = 0
    codes = rule.of(data.codes, data.asked)
    for code in codes:
        values = data.values(code)
        now, before = (
            of_code(data.evidence, code, year, data.names).to_dict("records")
            for year in (data.year, data.year - 1)
        )
        for i in np.flatnonzero(~np.isnan(values) & data.assessed):
            cells += 1
            found += _cell(rule, data, data.names[i], code, float(values[i]), now[i], before[i])
    return Outcome(rule, tuple(found), cells, "" if codes else NO_COLUMN)


def _cell(
    rule: Evidence,
    data: AuditData,
    unit: str,
    code: str,
    value: float,
    now: Mapping[Hashable, Any],
    before: Mapping[Hashable, Any],
) -> list[AuditFinding]:
    def finding(key: str, **words: str) -> AuditFinding:
        return AuditFinding(
            rule, key, rule.severity, data.year, unit, code, value, {}, dict(sorted(words.items()))
        )

    if pd.isna(now["year"]):
        return [finding("evidence_none")]
    found = []
    empty = [name for name in rule.fields if not now[name]]
    if empty:
        found.append(finding("evidence_empty", fields=", ".join(empty)))
    if not np.isnan(now["value"]) and now["value"] != value:
        found.append(
            AuditFinding(
                rule,
                "evidence_value",
                rule.severity,
                data.year,
                unit,
                code,
                value,
                {"evidence": float(now["value"])},
            )
        )
    if "date" in rule.fields and now["date"]:
        said = _DATE.match(now["date"])
        first, last = (data.year + years for years in rule.years)
        if said is None or not first <= int(said[1]) <= last:
            found.append(finding("evidence_date", date=now["date"]))
    both = [] if pd.isna(before["year"]) else [f for f in rule.steady if now[f] and before[f]]
    changed = [name for name in both if not _same(name, now[name], before[name])]
    if changed:
        was, is_now = (" / ".join(row[name] for name in changed) for row in (before, now))
        found.append(finding("evidence_changed", fields=", ".join(changed), before=was, now=is_now))
    return found


def _same(name: str, now: str, before: str) -> bool:
    words = (np.array([word], dtype=object) for word in (now, before))
    return bool(same_words(name, *words)[0])
