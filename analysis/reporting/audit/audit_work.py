"""An audit from what the user named: read, apply the rules, put reasons to what was accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.core.findings import Finding, InputError
from analysis.reporting.inputs import Inputs, Request
from analysis.reporting.uncertainty.uncertainty_inputs import read_one_year
from analysis.texts import text
from analysis.zones.audit.accept import Accepted, accept, read_acceptances
from analysis.zones.audit.data import AuditData, audit_data
from analysis.zones.audit.evidence import evidence_files, read_evidence
from analysis.zones.audit.findings import AuditFinding, Labels, labels_of
from analysis.zones.audit.outcome import Outcome
from analysis.zones.audit.read_rules import SHIPPED, read_rules
from analysis.zones.audit.rules import Rule
from analysis.zones.audit.run import SEVERITIES, audit, findings_of
from analysis.zones.audit.totals import read_totals

WORST = 5


@dataclass(frozen=True)
class Asked:
    """What an audit was asked for, beside the panel.

    Attributes
    ----------
    year : int or None
        None: the newest.
    rules, accepted : tuple of str
        Files; ``"default"`` among the rules stands for those shipped.
    evidence, totals : str
        Files; ``""``: none, or those of the panel's folder.
    """

    year: int | None = None
    rules: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    evidence: str = ""
    totals: str = ""


@dataclass(frozen=True, eq=False)
class AuditWork:
    """An audit that was made.

    Attributes
    ----------
    inputs : Inputs
    data : AuditData
    outcomes : tuple of Outcome
        One a rule.
    findings : tuple of AuditFinding
        All of them, those accepted with their reasons.
    notes : tuple of Finding
        On acceptances that do not fit any more.
    labels : Labels
    """

    inputs: Inputs
    data: AuditData
    outcomes: tuple[Outcome, ...]
    findings: tuple[AuditFinding, ...]
    notes: tuple[Finding, ...]
    labels: Labels

    @property
    def open(self) -> tuple[AuditFinding, ...]:
        """The findings that were not accepted."""
        return tuple(finding for finding in self.findings if finding.accepted is None)

    def name(self, unit: str) -> str:
        """Return a unit's name, ``""`` for a sum."""
        return str(self.data.units.at[(self.data.year, unit), "name"]) if unit else ""

    def region(self, unit: str, lang: str) -> str:
        """Return the name of a unit's region, ``""`` for a sum."""
        if not unit:
            return ""
        return self.labels.region(str(self.data.units.at[(self.data.year, unit), "region"]), lang)

    def summary(self, lang: str) -> list[str]:
        """Return what came of it, as lines of text."""
        idle = sum(1 for outcome in self.outcomes if outcome.why)
        counts = Counter(finding.severity for finding in self.findings)
        open_in = Counter(finding.unit for finding in self.open if finding.unit)
        lines = [
            text(
                "audit.summary.findings",
                lang,
                year=self.data.year,
                units=len(self.data.names),
                applied=len(self.outcomes) - idle,
                idle=idle,
                count=len(self.findings),
                **{f"{severity}s": counts[severity] for severity in SEVERITIES},
            ),
            text(
                "audit.summary.accepted",
                lang,
                accepted=len(self.findings) - len(self.open),
                open=len(self.open),
                zones=len(open_in),
            ),
        ]
        worst = sorted(open_in.items(), key=lambda pair: (-pair[1], pair[0]))[:WORST]
        if worst:
            listed = ", ".join(f"{unit} {count}" for unit, count in worst)
            lines.append(text("audit.summary.worst", lang, zones=listed))
        return lines


def make_audit(request: Request, asked: Asked) -> AuditWork:
    """Read everything that was named, and audit it.

    Raises
    ------
    InputError
        With every problem of rules, panel, evidence, totals and acceptances.
    """
    problems: list[Finding] = []
    rules: tuple[Rule, ...] = ()
    inputs = None
    try:
        rules = read_rules(asked.rules or (SHIPPED,))
    except InputError as error:
        problems += error.findings
    try:
        inputs = read_one_year(request, asked.year)
    except InputError as error:
        problems += error.findings
    if inputs is None:
        raise InputError(problems)
    year = inputs.years[-1]
    evidence, totals = None, None
    try:
        given = Path(asked.evidence) if asked.evidence else None
        files = evidence_files(Path(request.panel), year, given) if request.panel or given else {}
        evidence = read_evidence(files) if files else None
    except InputError as error:
        problems += error.findings
    try:
        totals = read_totals(Path(asked.totals), year, inputs.regions) if asked.totals else None
    except InputError as error:
        problems += error.findings
    accepted: list[Accepted] = []
    for path in asked.accepted:
        try:
            accepted += read_acceptances(Path(path), year)
        except InputError as error:
            problems += error.findings
    if problems:
        raise InputError(problems)
    data = audit_data(
        inputs.reading.panel,
        inputs.panel,
        year,
        evidence=evidence,
        totals=totals,
        regions=inputs.regions,
    )
    outcomes = audit(data, rules)
    findings, notes = accept(findings_of(outcomes), accepted, year)
    labels = labels_of(inputs.framework, inputs.regions)
    return AuditWork(inputs, data, outcomes, findings, notes, labels)


def of_unit(findings: Sequence[AuditFinding], unit: str) -> tuple[AuditFinding, ...]:
    """Return the findings on one unit."""
    return tuple(finding for finding in findings if finding.unit == unit)
