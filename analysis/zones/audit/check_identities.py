"""Rules between columns: parts in their whole, shares, growth rates, real growth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.zones.audit.data import AuditData
from analysis.zones.audit.evidence import same_words, words_of
from analysis.zones.audit.findings import AuditFinding, Number
from analysis.zones.audit.outcome import NO_COLUMN, NO_YEAR_BEFORE, Outcome
from analysis.zones.audit.rules import Growth, Part, Real, Share

FloatArray = NDArray[np.float64]


def check_part(rule: Part, data: AuditData) -> Outcome:
    """Apply ``sum(parts) <= whole``, or ``=`` where the rule is exact.

    Parts that are missing count as nothing against ``<=``; against ``=`` the
    unit is not judged.
    """
    if not {*rule.parts, rule.whole} <= set(data.codes):
        return Outcome(rule, (), 0, NO_COLUMN)
    parts = np.stack([data.values(code) for code in rule.parts])
    whole = data.values(rule.whole)
    known = ~np.isnan(parts)
    total = np.where(known, parts, 0.0).sum(axis=0)
    judged = ~np.isnan(whole) & (known.all(axis=0) if rule.exact else known.any(axis=0))
    slack = np.abs(whole) * rule.tolerance / 100
    hits = judged & (total > whole + slack)
    if rule.exact:
        hits |= judged & (total < whole - slack)
    key = "part_exact" if rule.exact else "part_sum" if len(rule.parts) > 1 else "part"
    one = rule.parts[0] if len(rule.parts) == 1 else rule.whole
    found = [
        AuditFinding(
            rule,
            key,
            rule.severity,
            data.year,
            data.names[i],
            one,
            float(data.values(one)[i]),
            {"total": round(float(total[i]), 9), "whole": float(whole[i])},
            codes={"parts": rule.parts, "whole_name": (rule.whole,)},
        )
        for i in np.flatnonzero(hits)
    ]
    return Outcome(rule, tuple(found), int(judged.sum()))


def check_share(rule: Share, data: AuditData) -> Outcome:
    """Apply ``share = 100 part / whole`` to a share that was reported."""
    if not {rule.share, rule.part, rule.whole} <= set(data.codes):
        return Outcome(rule, (), 0, NO_COLUMN)
    reported, part, whole = (data.values(code) for code in (rule.share, rule.part, rule.whole))
    computed = _ratio(100 * part, whole)
    off = np.abs(reported - computed)
    found = [
        AuditFinding(
            rule,
            "share",
            rule.severity,
            data.year,
            data.names[i],
            rule.share,
            float(reported[i]),
            {"computed": round(float(computed[i]), 4), "tolerance": rule.tolerance},
            codes={"part": (rule.part,), "whole": (rule.whole,)},
        )
        for i in np.flatnonzero(off > rule.tolerance)
    ]
    return Outcome(rule, tuple(found), int((~np.isnan(off)).sum()))


def check_growth(rule: Growth, data: AuditData) -> Outcome:
    """Apply ``growth = 100 (x_t / x_(t-1) - 1)`` to a growth rate that was reported."""
    if not {rule.growth, rule.level} <= set(data.codes):
        return Outcome(rule, (), 0, NO_COLUMN)
    reported = data.values(rule.growth)
    now, before = data.values(rule.level), data.values(rule.level, data.year - 1)
    comparable = _comparable(rule.same, rule.level, data)
    computed = np.where(comparable, 100 * (_ratio(now, before) - 1), np.nan)
    off = np.abs(reported - computed)
    found = [
        AuditFinding(
            rule,
            "growth",
            rule.severity,
            data.year,
            data.names[i],
            rule.growth,
            float(reported[i]),
            _levels(now[i], before[i])
            | {"computed": round(float(computed[i]), 4), "tolerance": rule.tolerance},
            codes={"level": (rule.level,)},
        )
        for i in np.flatnonzero(off > rule.tolerance)
    ]
    return _outcome(rule, found, off)


def check_real(rule: Real, data: AuditData) -> Outcome:
    """Apply the deflator band to a real growth rate that was reported."""
    if not {rule.real, rule.level} <= set(data.codes):
        return Outcome(rule, (), 0, NO_COLUMN)
    reported = data.values(rule.real)
    now, before = data.values(rule.level), data.values(rule.level, data.year - 1)
    comparable = _comparable(rule.same, rule.level, data)
    ratio = np.where(comparable, _ratio(now, before), np.nan)
    deflator = 100 * (_ratio(ratio, 1 + reported / 100) - 1)
    # Nine decimals: a deflator on the edge of the band is inside it.
    rounded = np.round(deflator, 9)
    hits = (rounded < rule.least) | (rounded > rule.most)
    found = [
        AuditFinding(
            rule,
            "real",
            rule.severity,
            data.year,
            data.names[i],
            rule.real,
            float(reported[i]),
            _levels(now[i], before[i])
            | {
                "nominal": round(100 * (float(ratio[i]) - 1), 2),
                "deflator": round(float(deflator[i]), 2),
                "least": rule.least,
                "most": rule.most,
            },
            codes={"level": (rule.level,)},
        )
        for i in np.flatnonzero(hits)
    ]
    return _outcome(rule, found, deflator)


def _levels(now: float, before: float) -> dict[str, Number]:
    return {"now": float(now), "before": float(before)}


def _outcome(rule: Growth | Real, found: list[AuditFinding], judged: FloatArray) -> Outcome:
    count = int((~np.isnan(judged)).sum())
    return Outcome(rule, tuple(found), count, "" if count else NO_YEAR_BEFORE)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Return a quotient; NaN where the denominator is not above zero."""
    result = np.full(len(above), np.nan)
    np.divide(above, below, out=result, where=below > 0)
    return result


def _comparable(same: tuple[str, ...], code: str, data: AuditData) -> NDArray[np.bool_]:
    """Return which units' two years rest on the same words, as far as the evidence tells."""
    result = np.ones(len(data.names), dtype=bool)
    for column in same:
        now = words_of(data.evidence, column, code, data.year, data.names)
        before = words_of(data.evidence, column, code, data.year - 1, data.names)
        result &= same_words(column, now, before)
    return result
