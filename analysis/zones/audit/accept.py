"""Values accepted with a reason, which stays with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from analysis.core.cells import shown
from analysis.core.findings import Finding, InputError, Severity
from analysis.zones.audit.findings import Acceptance, AuditFinding, plain
from analysis.zones.audit.tables import Side, read_side

COLUMNS = (
    "mark", "rule", "unit", "year", "code", "value", "reason", "accepted_by", "accepted_on",
)  # fmt: skip
LONGEST = 2000
"""Characters of a reason."""

Key = tuple[str, str, int, str]


@dataclass(frozen=True)
class Accepted:
    """One row of a file of acceptances.

    Attributes
    ----------
    mark : str
        Of the finding; ``""`` where the row was written by hand.
    rule, unit, code : str
    year : int
    value : float
        The value that was accepted; NaN where the finding has none.
    acceptance : Acceptance
    file : str
    row : int
    """

    mark: str
    rule: str
    unit: str
    year: int
    code: str
    value: float
    acceptance: Acceptance
    file: str
    row: int

    @property
    def key(self) -> Key:
        """What is accepted, apart from its value."""
        return self.rule, self.unit, self.year, self.code


def read_acceptances(path: Path, year: int) -> tuple[Accepted, ...]:
    """Read a file of acceptances: the list of findings with reasons filled in, or its like.

    Columns ``rule, unit, code, value, reason`` and, if wanted, ``year``
    (else ``year``), ``mark``, ``accepted_by`` and ``accepted_on``, headed in
    either language as in the lists that the audit writes. A row without a
    reason accepts nothing; a header alone neither.

    Raises
    ------
    InputError
        With every problem of the file; two reasons for one finding are one.
    """
    side = read_side(path, COLUMNS, ("rule", "unit", "code", "value", "reason"))
    if side.no_rows:
        return ()
    marks, rules, reasons = side.texts("mark"), side.texts("rule"), side.texts("reason")
    units = side.texts("unit", identifier=True)
    codes = side.texts("code", identifier=True)
    years, values = side.years("year", year), side.numbers("value")
    by, on = side.texts("accepted_by"), side.texts("accepted_on")
    found: list[Accepted] = []
    for at, row in enumerate(side.rows):
        if not reasons[at]:
            continue
        if not rules[at]:
            side.note("accept_rule", row, "rule")
            continue
        if len(reasons[at]) > LONGEST:
            side.note("accept_long", row, "reason", most=LONGEST)
            continue
        acceptance = Acceptance(reasons[at], by[at], on[at])
        found.append(
            Accepted(
                marks[at],
                rules[at],
                units[at],
                years[at],
                codes[at],
                float(values[at]),
                acceptance,
                path.name,
                row,
            )
        )
    _report_twice(found, side)
    errors = [finding for finding in side.findings if finding.severity == "error"]
    if errors:
        raise InputError(errors)
    return tuple(found)


def _report_twice(found: Sequence[Accepted], side: Side) -> None:
    first: dict[tuple[str, Key], Accepted] = {}
    for each in found:
        other = first.setdefault((each.mark, each.key), each)
        if other.acceptance.reason != each.acceptance.reason:
            side.note("accept_twice", each.row, "reason", other=other.row)


def accept(
    findings: Sequence[AuditFinding], accepted: Sequence[Accepted], year: int
) -> tuple[tuple[AuditFinding, ...], tuple[Finding, ...]]:
    """Put reasons to the findings that were accepted.

    A row with a mark is for the finding of that mark: the same rule, cell,
    value and numbers. A row without one is for all that its rule finds in its
    cell, as long as the cell holds the value accepted. Where either has
    changed since, the finding is open again.

    Parameters
    ----------
    findings : sequence of AuditFinding
    accepted : sequence of Accepted
    year : int
        Acceptances of other years are let be.

    Returns
    -------
    findings : tuple of AuditFinding
    notes : tuple of Finding
        A warning for each acceptance whose finding has changed, a note for
        each that no finding answers to.
    """
    of_year = [each for each in accepted if each.year == year]
    by_mark = {each.mark: each for each in of_year if each.mark}
    by_hand = {each.key: each for each in of_year if not each.mark}
    used: set[int] = set()
    in_cell: dict[Key, AuditFinding] = {}
    result = []
    for finding in findings:
        key = (finding.rule.id, finding.unit, finding.year, finding.code)
        in_cell.setdefault(key, finding)
        given = by_mark.get(finding.mark)
        if given is None and key in by_hand and _same(by_hand[key].value, finding.value):
            given = by_hand[key]
        if given is None:
            result.append(finding)
            continue
        used.add(id(given))
        result.append(replace(finding, accepted=given.acceptance))
    notes = []
    for each in (*by_mark.values(), *by_hand.values()):
        if id(each) in used:
            continue
        now = in_cell.get(each.key)
        notes.append(_note("note" if now is None else "warning", each, now))
    return tuple(result), tuple(notes)


def _same(accepted: float, value: float | None) -> bool:
    now = np.nan if value is None else value
    # A spreadsheet keeps 15 or 16 digits of a number.
    return bool(np.isclose(accepted, now, rtol=1e-12, atol=0.0, equal_nan=True))


def _note(severity: Severity, given: Accepted, finding: AuditFinding | None) -> Finding:
    told: dict[str, object] = {
        "rule": shown(given.rule),
        "unit": shown(given.unit),
        "code": shown(given.code),
        "was": "—" if np.isnan(given.value) else plain(given.value),
        "now": "—" if finding is None or finding.value is None else plain(finding.value),
    }
    code = "audit.accept_idle" if finding is None else "audit.accept_changed"
    return Finding(severity, code, told, given.file, None, given.row)
