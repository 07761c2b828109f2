"""What came of applying one rule."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.zones.audit.findings import AuditFinding
from analysis.zones.audit.rules import Rule

NO_COLUMN = "no_column"
NO_YEAR_BEFORE = "no_year_before"
NO_EVIDENCE = "no_evidence"
NO_TOTALS = "no_totals"
TOO_FEW = "too_few"


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a rule found, and on how much it was applied.

    Attributes
    ----------
    rule : Rule
    findings : tuple of AuditFinding
    applied : int
        Cells, sums or zones that were judged.
    why : str
        Why none was: key of the text ``audit.why.<why>``; ``""`` if some were.
    """

    rule: Rule
    findings: tuple[AuditFinding, ...]
    applied: int
    why: str = ""
