"""Optional rows of a form in its hidden sheet, and those of several forms together."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.core.cells import CellError, shown, text_in
from analysis.core.csv_table import read_csv
from analysis.core.findings import Finding
from analysis.core.item_values import Limits
from analysis.core.panel_folder import PanelFolder
from analysis.core.raw_table import RawTable
from analysis.zones.cycle.form_also import LONGEST, MOST, row_of, usable
from analysis.zones.cycle.form_entries import FilledForm
from analysis.zones.cycle.form_rows import FormRow, FormSpec

ALSO = "also"
_TEXTS = ("code", "name_zh", "name_en", "unit")
_BOUNDS = ("min", "max")


def mark_of(row: FormRow) -> str:
    """Return what a reader has to know of an optional row, as JSON."""
    said: dict[str, object] = {"code": row.code, "unit": row.measure}
    said |= {f"name_{lang}": name for lang, name in row.names.items()}
    bounds = zip(_BOUNDS, (row.limits.least, row.limits.most), strict=True)
    said |= {key: bound for key, bound in bounds if not math.isnan(bound)}
    return json.dumps(said | {"integer": row.limits.whole}, ensure_ascii=False, sort_keys=True)


def marked_rows(table: RawTable, spec: FormSpec, findings: list[Finding]) -> tuple[FormRow, ...]:
    """Return the optional rows that the hidden sheet names; what none can be is reported."""
    rows: dict[str, FormRow] = {}
    if len(table.columns) < 2:
        return ()
    cells = [cell for key, cell in zip(*table.columns[:2], strict=True) if key == ALSO]
    for cell in cells[: MOST + 1]:
        try:
            row = _row(json.loads(text_in(cell)), spec)
        except (CellError, ValueError, RecursionError):
            row = None
        if row is None or row.code in rows or len(rows) == MOST:
            told: dict[str, object] = {"key": ALSO, "found": shown(cell)}
            findings.append(Finding("error", "form.mark", told, table.file))
        else:
            rows[row.code] = row
    return tuple(rows.values())


def rows_of_all(
    forms: Sequence[FilledForm], folder: PanelFolder, findings: list[Finding]
) -> tuple[FormRow, ...]:
    """Return the optional rows of all forms, each once.

    A row that two forms, or a form and the panel folder, have in different
    units of measure is an error.
    """
    rows: dict[str, FormRow] = {}
    for form in forms:
        for row in form.also:
            first = rows.setdefault(row.code, row)
            held = folder.measures.get(row.code, first.measure)
            if row.measure != held:
                told = {"code": row.code, "found": held, "wanted": row.measure}
                findings.append(Finding("error", "intake.measure", told, form.file, item=row.code))
    return tuple(rows.values())


def beside_of(folder: PanelFolder, rows: Sequence[FormRow]) -> tuple[str, ...]:
    """Return the columns of a folder that are beside its figures, those of ``rows`` included.

    A column that was there already, written by hand, is read on as it was.
    """
    tables = (read_csv(folder.file(year), []) for year in folder.years)
    held = {word for table in tables if table is not None for word in table.header}
    new = (row.code for row in rows if row.code not in held)
    return tuple(dict.fromkeys((*folder.beside, *new)))


def with_measures(folder: PanelFolder, rows: Sequence[FormRow]) -> PanelFolder:
    """Return a folder in which the columns of ``rows`` are figures, also where written by hand."""
    measures = {row.code: row.measure for row in rows} | dict(folder.measures)
    return replace(folder, measures=measures)


def _row(said: object, spec: FormSpec) -> FormRow | None:
    if not isinstance(said, Mapping) or not all(_is_text(said.get(key)) for key in _TEXTS):
        return None
    bounds = [said.get(key, math.nan) for key in _BOUNDS]
    if any(type(bound) not in (int, float) or math.isinf(bound) for bound in bounds):
        return None
    least, most = (float(bound) for bound in bounds)
    if least > most or not usable(said["code"], spec) or type(said.get("integer")) is not bool:
        return None
    return row_of(said["code"], said, Limits(least, most, said["integer"]))


def _is_text(word: object) -> bool:
    return isinstance(word, str) and len(word) <= LONGEST
