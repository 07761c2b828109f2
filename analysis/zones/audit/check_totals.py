"""Rules on sums: over the zones of a province, of a region, of the country."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.zones.audit.data import AuditData
from analysis.zones.audit.findings import AuditFinding, Number
from analysis.zones.audit.outcome import NO_COLUMN, NO_TOTALS, Outcome
from analysis.zones.audit.rules import Published, Rule, Totals
from analysis.zones.audit.totals import published_total


def check_published(rule: Published, data: AuditData) -> Outcome:
    """Hold the sum over the assessed units against the published total.

    A sum over fewer units than the total covers, or with empty cells, can
    only be too large.
    """
    if rule.code not in data.codes:
        return Outcome(rule, (), 0, NO_COLUMN)
    total = published_total(rule, data.year)
    if total is None:
        return Outcome(rule, (), 0, NO_TOTALS)
    value, half, zones, source = total
    here = data.assessed
    slack = half + value * rule.tolerance / 100
    whole = int(here.sum()) == zones
    found = _against(rule, data, rule.code, here, "all", "", value, slack, whole, source)
    return Outcome(rule, tuple(found), 1)


def check_totals(rule: Totals, data: AuditData) -> Outcome:
    """Hold sums over the assessed units against a table of totals."""
    if data.totals is None:
        return Outcome(rule, (), 0, NO_TOTALS)
    rows = data.totals[(data.totals["year"] == data.year) & data.totals["code"].isin(data.codes)]
    found: list[AuditFinding] = []
    for row in rows.to_dict("records"):
        scope, group = str(row["scope"]), str(row["group"])
        here = data.assessed
        if scope != "all":
            here = here & (data.of_year(scope) == group)
        tolerance = rule.tolerance if np.isnan(row["tolerance"]) else float(row["tolerance"])
        value = float(row["value"])
        slack = abs(value) * tolerance / 100
        both = row["relation"] == "equal"
        code, source = str(row["code"]), str(row["source"])
        found += _against(rule, data, code, here, scope, group, value, slack, both, source)
    return Outcome(rule, tuple(found), len(rows), "" if len(rows) else NO_TOTALS)


def _against(
    rule: Rule,
    data: AuditData,
    code: str,
    here: NDArray[np.bool_],
    scope: str,
    group: str,
    total: float,
    slack: float,
    both: bool,
    source: str,
) -> list[AuditFinding]:
    """Return the finding on one sum, if it is off."""
    values = data.values(code)[here]
    empty = int(np.isnan(values).sum())
    # Added in the units' order, so that the sum is the same everywhere.
    added = float(np.nansum(values))
    above, below = added > total + slack, added < total - slack
    numbers: dict[str, Number] = {
        "sum": round(added, 6),
        "total": total,
        "slack": round(slack, 6),
        "units": int(here.sum()),
        "missing": empty,
    }
    words = {"source": source, "region": group, "scope": scope}
    key = ""
    if not here.any():
        key = "total_nobody"
    elif above:
        key = "total_above"
    elif below and both and not empty:
        key = "total_below"
    elif below and both:
        return []  # what is missing may make up the rest
    if not key:
        return []
    return [
        AuditFinding(
            rule,
            f"{key}_{'all' if scope == 'all' else 'group'}",
            rule.severity,
            data.year,
            "",
            code,
            round(added, 6),
            numbers,
            words,
        )
    ]
