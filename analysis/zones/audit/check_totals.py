"""Rules on sums: over the zones of a province, of a region, of the country."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.zones.audit.data import AuditData
from analysis.zones.audit.findings import AuditFinding, Number
from analysis.zones.audit.outcome import NO_COLUMN, NO_TOTALS, Outcome
from analysis.zones.audit.rules import Published, Totals
from analysis.zones.audit.totals import published_total


@dataclass(frozen=True)
class Sum:
    """A sum over assessed units beside the total that it is held against.

    Attributes
    ----------
    rule : Published or Totals
    code : str
    scope : {"all", "region", "province"}
    group : str
        The region or province, else ``""``.
    added, total, slack : float
        The sum, the total, and how far apart they may lie, in the panel's unit.
    both : bool
        Whether a sum can also be too small: it is over all that the total covers.
    units, missing : int
        Units in the sum, and how many of their cells are empty.
    source : str
    """

    rule: Published | Totals
    code: str
    scope: str
    group: str
    added: float
    total: float
    slack: float
    both: bool
    units: int
    missing: int
    source: str

    @property
    def verdict(self) -> str:
        """``nobody``, ``above``, ``below``, ``short`` (not all is there), or ``""``: in order."""
        if not self.units:
            return "nobody"
        if self.added > self.total + self.slack:
            return "above"
        if self.added < self.total - self.slack:
            # What is missing may make up the rest.
            return "below" if self.both and not self.missing else "short"
        return ""


def sums(rule: Published | Totals, data: AuditData) -> list[Sum]:
    """Return the sums that a rule is about, beside their totals."""
    return _published(rule, data) if isinstance(rule, Published) else _given(rule, data)


def check_published(rule: Published, data: AuditData) -> Outcome:
    """Hold the sum over the assessed units against the published total.

    A sum over fewer units than the total covers, or with empty cells, can
    only be too large.
    """
    found = sums(rule, data)
    why = "" if found else (NO_TOTALS if rule.code in data.codes else NO_COLUMN)
    return _outcome(rule, data, found, why)


def check_totals(rule: Totals, data: AuditData) -> Outcome:
    """Hold sums over the assessed units against a table of totals."""
    found = sums(rule, data)
    return _outcome(rule, data, found, "" if found else NO_TOTALS)


def _published(rule: Published, data: AuditData) -> list[Sum]:
    total = published_total(rule, data.year) if rule.code in data.codes else None
    if total is None:
        return []
    value, half, zones, source = total
    added, units, missing = _added(data, rule.code, data.assessed)
    slack = half + value * rule.tolerance / 100
    both = units == zones
    return [Sum(rule, rule.code, "all", "", added, value, slack, both, units, missing, source)]


def _given(rule: Totals, data: AuditData) -> list[Sum]:
    if data.totals is None:
        return []
    found = []
    rows = data.totals[(data.totals["year"] == data.year) & data.totals["code"].isin(data.codes)]
    for row in rows.to_dict("records"):
        scope, group, code = str(row["scope"]), str(row["group"]), str(row["code"])
        here = data.assessed
        if scope != "all":
            here = here & (data.of_year(scope) == group)
        tolerance = rule.tolerance if np.isnan(row["tolerance"]) else float(row["tolerance"])
        value, source = float(row["value"]), str(row["source"])
        added, units, missing = _added(data, code, here)
        slack, both = abs(value) * tolerance / 100, row["relation"] == "equal"
        found.append(
            Sum(rule, code, scope, group, added, value, slack, both, units, missing, source)
        )
    return found


def _added(data: AuditData, code: str, here: NDArray[np.bool_]) -> tuple[float, int, int]:
    """Return the sum over some units, how many they are, and how many cells are empty."""
    values = data.values(code)[here]
    # Added in the units' order, so that the sum is the same everywhere.
    return float(np.nansum(values)), len(values), int(np.isnan(values).sum())


def _outcome(rule: Published | Totals, data: AuditData, found: list[Sum], why: str) -> Outcome:
    off = [_finding(each, data.year) for each in found if each.verdict not in ("", "short")]
    return Outcome(rule, tuple(off), len(found), why)


def _finding(one: Sum, year: int) -> AuditFinding:
    numbers: dict[str, Number] = {
        "sum": round(one.added, 6),
        "total": one.total,
        "slack": round(one.slack, 6),
        "units": one.units,
        "missing": one.missing,
    }
    words = {"source": one.source, "region": one.group, "scope": one.scope}
    key = f"total_{one.verdict}_{'all' if one.scope == 'all' else 'group'}"
    value = round(one.added, 6)
    return AuditFinding(one.rule, key, one.rule.severity, year, "", one.code, value, numbers, words)
