"""Rules on single columns: ranges, cells left empty, jumps from the year before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.findings import Severity
from analysis.core.robust import robust_z
from analysis.zones.audit.data import AuditData
from analysis.zones.audit.evidence import words_of
from analysis.zones.audit.findings import AuditFinding, Number
from analysis.zones.audit.outcome import NO_COLUMN, NO_YEAR_BEFORE, Outcome
from analysis.zones.audit.rules import ALL, Jump, Missing, Range

FloatArray = NDArray[np.float64]


def check_range(rule: Range, data: AuditData) -> Outcome:
    """Apply ``least <= x <= most``, and whole numbers; ``all`` are the columns reported."""
    codes = rule.of(data.codes if ALL in rule.codes else data.all_codes)
    found: list[AuditFinding] = []
    cells = 0
    for code in codes:
        values = data.values(code)
        cells += int((~np.isnan(values)).sum())
        tests = (
            ("range_low", values < _bound(rule.least), rule.least),
            ("range_high", values > _bound(rule.most), rule.most),
            ("range_whole", np.isfinite(values) & (values != np.round(values)), None),
        )
        for key, hits, limit in tests:
            if key == "range_whole" and not rule.whole:
                continue
            told: dict[str, Number] = {} if limit is None else {"limit": limit}
            found += [
                AuditFinding(
                    rule, key, rule.severity, data.year, data.names[i], code, values[i], told
                )
                for i in np.flatnonzero(hits)
            ]
    return Outcome(rule, tuple(found), cells, "" if codes else NO_COLUMN)


def check_missing(rule: Missing, data: AuditData) -> Outcome:
    """Name the empty cells of assessed units; a note in the evidence is the reason."""
    codes = rule.of(data.codes)
    found = []
    for code in codes:
        reasons = words_of(data.evidence, "note", code, data.year, data.names)
        for i in np.flatnonzero(np.isnan(data.values(code)) & data.assessed):
            severity: Severity = "note" if reasons[i] else rule.severity
            key = "missing_known" if reasons[i] else "missing"
            told = {"reason": str(reasons[i])} if reasons[i] else {}
            found.append(
                AuditFinding(rule, key, severity, data.year, data.names[i], code, words=told)
            )
    cells = len(codes) * int(data.assessed.sum())
    return Outcome(rule, tuple(found), cells, "" if codes else NO_COLUMN)


def check_jump(rule: Jump, data: AuditData) -> Outcome:
    """Apply the rule on changes from the year before.

    A change is judged by its robust z (`analysis.core.robust.robust_z`) among
    the zone's own earlier changes and among the changes of its region this
    year; the zone itself counts in its region. A comparison that cannot be
    had (too few years, too few zones) is left out, and with none left the
    cell is not judged. On the logarithm a value that comes to zero or from
    zero has no change; it is named where the other year is above ``small``
    and ``small`` is above zero.
    """
    codes = rule.of(data.all_codes)
    if data.year in rule.breaks:
        return Outcome(rule, (), 0, NO_YEAR_BEFORE)
    found: list[AuditFinding] = []
    cells = 0
    for code in codes:
        new, judged = _jumps_in(rule, data, code)
        found += new
        cells += judged
    why = "" if cells or found else (NO_YEAR_BEFORE if codes else NO_COLUMN)
    return Outcome(rule, tuple(found), cells, why)


def _jumps_in(rule: Jump, data: AuditData, code: str) -> tuple[list[AuditFinding], int]:
    history = data.history(code)
    levels = history.to_numpy(dtype=np.float64)
    log = rule.scale == "log"
    scaled = np.log(levels, out=np.full(levels.shape, np.nan), where=levels > 0) if log else levels
    changes = np.diff(scaled, axis=0)
    years = history.index.to_numpy()[1:]
    changes[np.isin(years, rule.breaks)] = np.nan
    now, before = levels[-1], levels[-2]
    change = changes[-1]
    size = 100 * np.abs(np.expm1(change)) if log else np.abs(change)
    own = robust_z(change, changes[:-1], floor=rule.floor, least=rule.least_years)
    region = np.full(len(change), np.nan)
    regions = data.of_year("region")
    for each in sorted(set(regions)):
        here = regions == each
        among = change[here][:, np.newaxis]
        region[here] = robust_z(change[here], among, floor=rule.floor, least=rule.least_units)
    kinds = {"history": own, "region": region}
    scores = np.stack([kinds[kind] for kind in rule.against])
    known = ~np.isnan(scores)
    beyond = known & (np.abs(np.where(known, scores, 0.0)) > rule.limit)
    stands_out = (beyond | ~known).all(axis=0) if rule.needs == "all" else beyond.any(axis=0)
    large = np.fmax(np.abs(now), np.abs(before)) >= rule.small
    hits = stands_out & known.any(axis=0) & large & (size >= rule.least_change)
    found = [
        _jump(rule, data, code, int(i), now[i], before[i], own[i], region[i], str(regions[i]))
        for i in np.flatnonzero(hits)
    ]
    if log and rule.small > 0:
        empty = ((now == 0) & (before >= rule.small)) | ((before == 0) & (now >= rule.small))
        found += [
            AuditFinding(
                rule,
                "jump_zero",
                rule.severity,
                data.year,
                data.names[i],
                code,
                now[i],
                {"before": before[i]},
            )
            for i in np.flatnonzero(empty)
        ]
    return found, int((known.any(axis=0) & ~np.isnan(change)).sum())


def _jump(
    rule: Jump,
    data: AuditData,
    code: str,
    place: int,
    now: float,
    before: float,
    own: float,
    region: float,
    region_code: str,
) -> AuditFinding:
    """Return the finding on one jump; its text says against what it stands out."""
    numbers: dict[str, Number] = {"before": before, "limit": rule.limit}
    if rule.scale == "log":
        numbers["percent"] = round(100 * (now / before - 1), 2)
    else:
        numbers["change"] = round(now - before, 6)
    known = []
    for name, score in (("history", own), ("region", region)):
        if name in rule.against and not np.isnan(score):
            numbers[f"z_{name}"] = round(score, 2)
            known.append(name)
    return AuditFinding(
        rule,
        f"jump_{rule.scale}_{'_'.join(known)}",
        rule.severity,
        data.year,
        data.names[place],
        code,
        now,
        numbers,
        {"region": region_code},
    )


def _bound(limit: float | None) -> float:
    """Return a limit to compare with; nothing is below or above NaN."""
    return np.nan if limit is None else limit
