"""Which row of a filled form is which, by its code."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence

from analysis.core.cells import CellError, is_blank, narrow, shown, text_in
from analysis.core.findings import Finding
from analysis.core.raw_table import RawTable
from analysis.zones.cycle.form_entries import says_something
from analysis.zones.cycle.form_marks import FACT
from analysis.zones.cycle.form_rows import FormSpec

_FILLED = ("value", "source", "date", "basis")
_EACH = 100  # findings of a kind: a sheet pasted below the form may have a million rows


def codes_of(table: RawTable, at: int) -> list[str]:
    """Return the code in each row; where the cell cannot be used, one that no form has."""
    codes = []
    for cell in table.columns[at]:
        try:
            codes.append(narrow(text_in(cell)))
        except CellError:
            codes.append("\0")
    return codes


def report_absent(
    table: RawTable, codes: Sequence[str], spec: FormSpec, findings: list[Finding]
) -> None:
    """Report the rows of the form that are not there."""
    absent = [code for code in spec.asked_codes if code not in codes]
    for code in absent:
        findings.append(table.finding("error", "form.no_row", item=code, code=code))


def positions_of(
    table: RawTable,
    codes: Sequence[str],
    columns: Mapping[str, int],
    spec: FormSpec,
    findings: list[Finding],
) -> dict[str, int]:
    """Return the position of each code's row; report the rows that have none or a wrong one.

    A code that stands in two rows with different values has no position.
    """
    known = sorted({*spec.asked_codes, *(FACT + fact for fact in spec.facts)})
    positions: dict[str, int] = {}
    doubtful: set[str] = set()
    values = table.columns[columns["value"]]
    column = shown(table.header[columns["code"]])
    counts: Counter[str] = Counter()
    last = 0

    def report(kind: str, row: int, item: str | None = None, **values: object) -> None:
        nonlocal last
        counts[kind], last = counts[kind] + 1, row
        if counts[kind] <= _EACH:
            findings.append(
                table.finding("error", kind, row=row, column=column, item=item, **values)  # type: ignore[arg-type]
            )

    for at, code in enumerate(codes):
        row = table.rows[at]
        if row in table.broken:
            continue
        filled = says_something([table.columns[columns[c]][at] for c in columns if c in _FILLED])
        if not code:
            if filled:
                report("form.blank_code", row)
        elif code not in known:
            few = counts["form.unknown_code"] < _EACH
            near = difflib.get_close_matches(code, known, 1) if few else []
            told = {"code": shown(code), "near": near[0] if near else "—"}
            report("form.unknown_code", row, **told)
        elif code in positions:
            other = table.rows[positions[code]]
            report("form.code_twice", row, code, code=code, other=other)
            both = (values[at], values[positions[code]])
            if both[0] != both[1] and not any(is_blank(cell) for cell in both):
                doubtful.add(code)  # which of the two is meant, nobody can tell
        else:
            positions[code] = at
    more = sum(max(0, count - _EACH) for count in counts.values())
    if more:
        findings.append(table.finding("error", "form.more_rows", row=last, count=more, last=last))
    return {code: at for code, at in positions.items() if code not in doubtful}
