"""An audit from what the user named: read, apply the rules, put reasons to what was accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from analysis.core.catalogue import default_regions
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.panel import Panel
from analysis.core.reading import Reading
from analysis.reporting.audit.audit_beside import Asked, Beside, beside_of, rules_of
from analysis.reporting.inputs import Inputs, Request
from analysis.reporting.uncertainty.uncertainty_inputs import gathered, read_one_year, tried
from analysis.texts import text
from analysis.zones.audit.accept import Accepted, accept, read_acceptances
from analysis.zones.audit.data import AuditData, audit_data
from analysis.zones.audit.evidence import read_evidence
from analysis.zones.audit.findings import AuditFinding, Labels, labels_of
from analysis.zones.audit.outcome import Outcome
from analysis.zones.audit.read_rules import read_rules
from analysis.zones.audit.run import SEVERITIES, audit, findings_of
from analysis.zones.audit.totals import read_totals

WORST = 5


@dataclass(frozen=True, eq=False)
class AuditWork:
    """An audit that was made.

    Attributes
    ----------
    data : AuditData
    outcomes : tuple of Outcome
        One a rule.
    findings : tuple of AuditFinding
        All of them, those accepted with their reasons.
    notes : tuple of Finding
        On acceptances that do not fit any more.
    labels : Labels
    accepted : tuple of Accepted
        Every acceptance that was read, of whatever year.
    """

    data: AuditData
    outcomes: tuple[Outcome, ...]
    findings: tuple[AuditFinding, ...]
    notes: tuple[Finding, ...]
    labels: Labels
    accepted: tuple[Accepted, ...] = ()

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


def make_audit(request: Request, asked: Asked) -> tuple[Inputs, AuditWork]:
    """Read everything that was named, and audit it.

    Raises
    ------
    InputError
        With every problem of rules, panel, evidence, totals and acceptances.
    """
    inputs, failed = tried(lambda: read_one_year(request, asked.year))
    if failed is not None:
        gathered((inputs, failed), tried(lambda: read_rules(rules_of(request, asked))))
    year = inputs.years[-1]
    beside = beside_of(request, asked, year)
    return inputs, audit_of(inputs.reading, inputs.panel, inputs.framework, year, beside)


def audit_of(
    reading: Reading, items: Panel, framework: Framework, year: int, beside: Beside
) -> AuditWork:
    """Audit a year of a panel by the files that stand beside it.

    Parameters
    ----------
    reading : Reading
        The panel as it was found, with the unit-years that are not assessed.
    items : Panel
        The framework's items, derived from it.
    framework : Framework
    year : int
    beside : Beside

    Raises
    ------
    InputError
        With every problem of the files.
    """
    regions = default_regions(framework.name)
    rules = tried(lambda: read_rules(beside.rules))
    evidence = tried(lambda: read_evidence(beside.evidence) if beside.evidence else None)
    totals = tried(lambda: read_totals(beside.totals, year, regions) if beside.totals else None)
    accepted = [tried(partial(read_acceptances, path, year)) for path in beside.accepted]
    gathered(rules, evidence, totals, *accepted)
    data = audit_data(
        reading.panel,
        items,
        year,
        evidence=evidence[0],
        totals=totals[0],
        regions=regions,
        asked={*framework.items, *framework.primitives, *framework.weight_attributes},
    )
    outcomes = audit(data, rules[0])
    given = tuple(one for read, _ in accepted for one in read)
    findings, notes = accept(findings_of(outcomes), given, year)
    return AuditWork(data, outcomes, findings, notes, labels_of(framework, regions), given)


def of_unit(findings: Sequence[AuditFinding], unit: str) -> tuple[AuditFinding, ...]:
    """Return the findings on one unit."""
    return tuple(finding for finding in findings if finding.unit == unit)
