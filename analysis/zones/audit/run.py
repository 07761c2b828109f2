"""Applying rules to a year's data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from analysis.core.findings import Severity
from analysis.zones.audit.check_digits import check_copied, check_first, check_last
from analysis.zones.audit.check_evidence import check_evidence
from analysis.zones.audit.check_identities import (
    check_growth,
    check_part,
    check_real,
    check_share,
)
from analysis.zones.audit.check_totals import check_published, check_totals
from analysis.zones.audit.check_values import check_jump, check_missing, check_range
from analysis.zones.audit.data import AuditData
from analysis.zones.audit.findings import AuditFinding
from analysis.zones.audit.outcome import Outcome
from analysis.zones.audit.rules import (
    Copied,
    Evidence,
    FirstDigits,
    Growth,
    Jump,
    LastDigits,
    Missing,
    Part,
    Published,
    Range,
    Real,
    Rule,
    Share,
    Totals,
)

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
_CHECKS: Mapping[type[Rule], Callable[[Any, AuditData], Outcome]] = {
    Range: check_range,
    Missing: check_missing,
    Jump: check_jump,
    Part: check_part,
    Share: check_share,
    Growth: check_growth,
    Real: check_real,
    Published: check_published,
    Totals: check_totals,
    LastDigits: check_last,
    FirstDigits: check_first,
    Copied: check_copied,
    Evidence: check_evidence,
}


def audit(data: AuditData, rules: Iterable[Rule]) -> tuple[Outcome, ...]:
    """Apply every rule to the data of one year.

    Parameters
    ----------
    data : AuditData
    rules : iterable of Rule

    Returns
    -------
    tuple of Outcome
        One a rule, in order: a rule that could not be applied says why.
    """
    return tuple(_CHECKS[type(rule)](rule, data) for rule in rules)


def findings_of(outcomes: Iterable[Outcome]) -> tuple[AuditFinding, ...]:
    """Return all findings: by unit (sums first), the grave ones first, then by rule and column."""
    found = [finding for outcome in outcomes for finding in outcome.findings]
    return tuple(
        sorted(
            found,
            key=lambda f: (f.unit, SEVERITIES.index(f.severity), f.rule.id, f.code, f.key),
        )
    )
