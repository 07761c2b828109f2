"""Rules on single columns: ranges, cells left empty, jumps from the year before."""

from __future__ import annotations

from dataclasses import dataclass

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
    """Apply ``least <= x <= most``, and whole numbers; ``all``: columns reported, not derived."""
    own = rule.reported or ALL in rule.codes
    codes = rule.of(data.codes if own else data.all_codes, data.asked)
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
    codes = rule.of(data.codes, data.asked)
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
    codes = rule.of(data.all_codes, data.asked)
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


@dataclass(frozen=True, eq=False)
class Changes:
    """The changes of one column from the year before, one a unit.

    Attributes
    ----------
    now, before : ndarray of float, shape (n,)
        The levels.
    history, region : ndarray of float, shape (n,)
        Robust z among the unit's own earlier changes, and among those of its
        region this year; NaN where there is nothing to compare with.
    judged, hits : ndarray of bool, shape (n,)
        Which changes could be judged; which of them are jumps.
    """

    now: FloatArray
    before: FloatArray
    history: FloatArray
    region: FloatArray
    judged: NDArray[np.bool_]
    hits: NDArray[np.bool_]


def changes_in(rule: Jump, data: AuditData, code: str, *, times: float = 1.0) -> Changes:
    """Judge the changes of one column.

    Parameters
    ----------
    rule : Jump
    data : AuditData
    code : str
    times : float
        Judge each value as if it alone had been reported so many times as
        large: what would be noticed. The others' changes are as they are.
    """
    levels = data.history(code).to_numpy()
    log = rule.scale == "log"
    scaled = np.log(levels, out=np.full(levels.shape, np.nan), where=levels > 0) if log else levels
    changes = np.diff(scaled, axis=0)
    changes[np.isin(np.arange(data.year - len(changes) + 1, data.year + 1), rule.breaks)] = np.nan
    now, before = levels[-1] * times, levels[-2]
    among = changes[-1]
    change = among + (np.log(times) if log else now - levels[-1])
    size = 100 * np.abs(np.expm1(change)) if log else np.abs(change)
    own = robust_z(change, changes[:-1], floor=rule.floor, least=rule.least_years)
    region = np.full(len(change), np.nan)
    regions = data.of_year("region")
    for each in sorted(set(regions)):
        here = regions == each
        peers = among[here][:, np.newaxis]
        region[here] = robust_z(change[here], peers, floor=rule.floor, least=rule.least_units)
    kinds = {"history": own, "region": region}
    scores = np.stack([kinds[kind] for kind in rule.against])
    known = ~np.isnan(scores)
    beyond = known & (np.abs(np.where(known, scores, 0.0)) > rule.limit)
    stands_out = (beyond | ~known).all(axis=0) if rule.needs == "all" else beyond.any(axis=0)
    large = np.fmax(np.abs(now), np.abs(before)) >= rule.small
    judged = known.any(axis=0) & ~np.isnan(change)
    hits = stands_out & known.any(axis=0) & large & (size >= rule.least_change)
    return Changes(now, before, own, region, judged, hits)


def _jumps_in(rule: Jump, data: AuditData, code: str) -> tuple[list[AuditFinding], int]:
    seen = changes_in(rule, data, code)
    now, before = seen.now, seen.before
    regions = data.of_year("region")
    found = [
        _jump(rule, data, code, int(i), seen, str(regions[i])) for i in np.flatnonzero(seen.hits)
    ]
    if rule.scale == "log" and rule.small > 0:
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
    return found, int(seen.judged.sum())


def _jump(
    rule: Jump, data: AuditData, code: str, place: int, seen: Changes, region: str
) -> AuditFinding:
    """Return the finding on one jump; its text says against what it stands out."""
    now, before = float(seen.now[place]), float(seen.before[place])
    numbers: dict[str, Number] = {"before": before, "limit": rule.limit}
    if rule.scale == "log":
        numbers["percent"] = round(100 * (now / before - 1), 2)
    else:
        numbers["change"] = round(now - before, 6)
    known = []
    for name, scores in (("history", seen.history), ("region", seen.region)):
        score = float(scores[place])
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
        {"region": region},
    )


def _bound(limit: float | None) -> float:
    """Return a limit to compare with; nothing is below or above NaN."""
    return np.nan if limit is None else limit
