"""Rules on digits: made up, or copied from last year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.digits import BENFORD, chi_square, expected_last, written
from analysis.zones.audit.data import AuditData
from analysis.zones.audit.findings import AuditFinding, Number
from analysis.zones.audit.outcome import NO_COLUMN, NO_YEAR_BEFORE, TOO_FEW, Outcome
from analysis.zones.audit.rules import Copied, FirstDigits, LastDigits


@dataclass(frozen=True, eq=False)
class LastOf:
    """The last digits of one unit's values, and how they should be spread.

    ``observed`` and ``expected`` have shape (10,), digits 0 to 9.
    """

    unit: str
    observed: NDArray[np.int64]
    expected: NDArray[np.float64]
    statistic: float
    p: float


@dataclass(frozen=True, eq=False)
class FirstOf:
    """The first digits of one column: ``observed`` has shape (9,), digits 1 to 9."""

    code: str
    observed: NDArray[np.int64]
    statistic: float
    p: float
    deviation: float


def last_digits(rule: LastDigits, data: AuditData) -> list[LastOf]:
    """Return the last digits of every unit that has enough values to be judged."""
    codes = rule.of(data.codes, data.asked)
    if not codes:
        return []
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
        expected = expected_last(whole[kept])
        judged.append(LastOf(unit, observed, expected, *chi_square(observed, expected)))
    return judged


def check_last(rule: LastDigits, data: AuditData) -> Outcome:
    """Hold the last digits of each zone's values against an even spread.

    Pearson's chi-square with nine degrees of freedom; ``alpha`` divided by
    the number of zones judged. It says that digits are uneven, not why.
    """
    judged = last_digits(rule, data)
    found = []
    for one in judged:
        if one.p >= rule.alpha / len(judged):
            continue
        top = int(np.argmax(one.observed - one.expected))
        times, count = int(one.observed[top]), int(one.observed.sum())
        numbers = _shown(one.statistic, one.p) | {"digit": top, "times": times, "count": count}
        found.append(
            AuditFinding(rule, "digits_last", rule.severity, data.year, one.unit, numbers=numbers)
        )
    why = "" if judged else (TOO_FEW if rule.of(data.codes, data.asked) else NO_COLUMN)
    return Outcome(rule, tuple(found), len(judged), why)


def first_digits(rule: FirstDigits, data: AuditData) -> list[FirstOf]:
    """Return the first digits of every column that is long and wide enough to be judged."""
    judged = []
    for code in rule.of(data.codes, data.asked):
        values = data.values(code)
        values = values[np.isfinite(values) & (values > 0)]
        if len(values) < rule.least or values.max() < rule.spread * values.min():
            continue
        observed = np.bincount(written(values)[0], minlength=10)[1:]
        deviation = float(np.abs(observed / len(values) - BENFORD).mean())
        judged.append(
            FirstOf(code, observed, *chi_square(observed, len(values) * BENFORD), deviation)
        )
    return judged


def check_first(rule: FirstDigits, data: AuditData) -> Outcome:
    """Hold the first digits of each column against Benford's law.

    Named are columns whose mean absolute deviation of the nine shares is
    above ``deviation`` and that chance does not explain (chi-square, eight
    degrees of freedom, ``alpha`` divided by the number of columns judged).
    """
    judged = first_digits(rule, data)
    found = [
        AuditFinding(
            rule,
            "digits_first",
            rule.severity,
            data.year,
            "",
            one.code,
            numbers=_shown(one.statistic, one.p)
            | {
                "deviation": round(one.deviation, 4),
                "limit": rule.deviation,
                "count": int(one.observed.sum()),
            },
        )
        for one in judged
        if one.deviation > rule.deviation and one.p < rule.alpha / len(judged)
    ]
    why = "" if judged else (TOO_FEW if rule.of(data.codes, data.asked) else NO_COLUMN)
    return Outcome(rule, tuple(found), len(judged), why)


def check_copied(rule: Copied, data: AuditData) -> Outcome:
    """Name values that are last year's to the last of ``digits`` digits or more."""
    codes = rule.of(data.codes, data.asked)
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
