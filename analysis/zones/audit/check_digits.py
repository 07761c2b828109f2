"""Rules on digits: made up, or copied from last year."""

from __future__ import annotations

import numpy as np

from analysis.core.digits import BENFORD, chi_square, expected_last, written
from analysis.zones.audit.data import AuditData
from analysis.zones.audit.findings import AuditFinding, Number
from analysis.zones.audit.outcome import NO_COLUMN, NO_YEAR_BEFORE, TOO_FEW, Outcome
from analysis.zones.audit.rules import Copied, FirstDigits, LastDigits


def check_last(rule: LastDigits, data: AuditData) -> Outcome:
    """Hold the last digits of each zone's values against an even spread.

    Pearson's chi-square with nine degrees of freedom; ``alpha`` divided by
    the number of zones judged. It says that digits are uneven, not why.
    """
    codes = rule.of(data.codes)
    if not codes:
        return Outcome(rule, (), 0, NO_COLUMN)
    table = np.stack([data.values(code) for code in codes])
    judged = []
    for i, unit in enumerate(data.names):
        column = table[:, i]
        column = column[np.isfinite(column)]
        _, last, count, whole = written(column)
        # Digits as written: 1200 has four, though only two of them are not zero.
        kept = (count >= rule.digits) | (whole & (np.abs(column) >= 10 ** (rule.digits - 1)))
        if int(kept.sum()) < rule.least:
            continue
        observed = np.bincount(last[kept], minlength=10)
        statistic, p = chi_square(observed, expected_last(whole[kept]))
        top = int(np.argmax(observed - expected_last(whole[kept])))
        judged.append((unit, statistic, p, top, int(observed[top]), int(kept.sum())))
    found = [
        AuditFinding(
            rule,
            "digits_last",
            rule.severity,
            data.year,
            unit,
            numbers=_shown(statistic, p) | {"digit": digit, "times": times, "count": count},
        )
        for unit, statistic, p, digit, times, count in judged
        if p < rule.alpha / len(judged)
    ]
    return Outcome(rule, tuple(found), len(judged), "" if judged else TOO_FEW)


def check_first(rule: FirstDigits, data: AuditData) -> Outcome:
    """Hold the first digits of each column against Benford's law.

    Named are columns whose mean absolute deviation of the nine shares is
    above ``deviation`` and that chance does not explain (chi-square, eight
    degrees of freedom, ``alpha`` divided by the number of columns judged).
    """
    codes = rule.of(data.codes)
    judged = []
    for code in codes:
        values = data.values(code)
        values = values[np.isfinite(values) & (values > 0)]
        if len(values) < rule.least or values.max() < rule.spread * values.min():
            continue
        first = written(values)[0]
        observed = np.bincount(first, minlength=10)[1:]
        statistic, p = chi_square(observed, len(values) * BENFORD)
        deviation = float(np.abs(observed / len(values) - BENFORD).mean())
        judged.append((code, statistic, p, deviation, len(values)))
    found = [
        AuditFinding(
            rule,
            "digits_first",
            rule.severity,
            data.year,
            "",
            code,
            numbers=_shown(statistic, p)
            | {"deviation": round(deviation, 4), "limit": rule.deviation, "count": count},
        )
        for code, statistic, p, deviation, count in judged
        if deviation > rule.deviation and p < rule.alpha / len(judged)
    ]
    why = "" if judged else (TOO_FEW if codes else NO_COLUMN)
    return Outcome(rule, tuple(found), len(judged), why)


def check_copied(rule: Copied, data: AuditData) -> Outcome:
    """Name values that are last year's to the last of ``digits`` digits or more."""
    codes = rule.of(data.codes)
    found: list[AuditFinding] = []
    cells = 0
    for code in codes:
        now, before = data.values(code), data.values(code, data.year - 1)
        both = np.flatnonzero(np.isfinite(now) & np.isfinite(before))
        count = written(now[both])[2]
        long = both[count >= rule.digits]
        cells += len(long)
        found += [
            AuditFinding(
                rule, "digits_copied", rule.severity, data.year, data.names[i], code, float(now[i])
            )
            for i in long[now[long] == before[long]]
        ]
    why = "" if cells else (NO_YEAR_BEFORE if codes else NO_COLUMN)
    return Outcome(rule, tuple(found), cells, why)


def _shown(statistic: float, p: float) -> dict[str, Number]:
    # A probability is for reading here: two digits of it, however small.
    return {"statistic": round(statistic, 2), "p": float(f"{p:.2g}")}
