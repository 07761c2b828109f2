"""Writing a form as a workbook: one sheet to fill in, instructions, and a hidden mark."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from analysis.zones.cycle.form_also_marks import ALSO, mark_of
from analysis.zones.cycle.form_cells import FormCells
from analysis.zones.cycle.form_instructions import instructions
from analysis.zones.cycle.form_marks import (
    EVIDENCE_SHEET_COLUMNS,
    FACT,
    MARK,
    MARK_SHEET,
    ONE_COLUMNS,
    VERSION,
    before_heading,
    heading,
)
from analysis.zones.cycle.form_rows import FormRow, FormSpec, base_of
from analysis.zones.cycle.form_styles import make_styles
from analysis.zones.cycle.form_unit import FormUnit

_EPOCH = datetime(2000, 1, 1)
_WIDTHS = {
    "code": 13,
    "name": 25,
    "definition": 38,
    "measure": 11,
    "direction": 17,
    "before": 14,
    "value": 16,
    "source": 24,
    "date": 12,
    "basis": 19,
    "note": 24,
}
_BLANK_ROWS = 30  # left open in a form for many that names no units


def form_bytes(
    spec: FormSpec, units: Sequence[FormUnit], lang: str, *, synthetic: bool = False
) -> bytes:
    """Return a form as the bytes of a workbook (.xlsx); the same input gives the same bytes.

    Parameters
    ----------
    spec : FormSpec
    units : sequence of FormUnit
        None or one: a form for one unit. More: one sheet with a row a unit
        and a column a figure, one of last year's values, one of evidence. Of
        ``spec.bases`` those are asked for that one of the units lacks.
    lang : {"zh", "en"}
    synthetic : bool
        Whether last year's values are made up; the form then says so, and so
        does the panel that is made from it.

    Returns
    -------
    bytes
    """
    bases = [row for row in spec.bases if not units or any(_lacks(row, spec, u) for u in units)]
    spec = replace(spec, bases=tuple(bases))
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": _EPOCH, "title": "", "author": ""})
    form = _Form(book, spec, lang, synthetic, make_styles(book), len(units) > 1)
    if form.many:
        form.write_many(units)
    else:
        form.write_one(units[0] if units else FormUnit())
    form.write_instructions()
    form.write_mark()
    book.close()
    return buffer.getvalue()


def _lacks(row: FormRow, spec: FormSpec, unit: FormUnit) -> bool:
    return math.isnan(unit.before.get(base_of(row.code, spec.year), math.nan))


class _Form(FormCells):
    """The sheets of a form."""

    def title(self) -> str:
        name = self.spec.framework.label(self.spec.framework.root, self.lang)
        return self.say("title", year=self.spec.year, name=name)

    def write_one(self, unit: FormUnit) -> None:
        sheet, styles = self.sheet("sheet.form"), self.styles
        top = self.head(sheet, self.title(), [self.say("fill_in")])
        names = [heading(column, self.lang, self.spec.year) for column in ONE_COLUMNS]
        for at, column in enumerate(ONE_COLUMNS):
            self.put(sheet, top, at, names[at], styles.header)
            sheet.set_column(at, at, _WIDTHS[column])
        sheet.set_row(top, 32)
        sheet.freeze_panes(top + 1, 2)
        row = self.facts_rows(sheet, top + 1, unit)
        first, group = row, ""
        for asked in self.spec.rows:
            if asked.group != group:
                group = asked.group
                self.section(sheet, row, self.spec.framework.label(group, self.lang))
                row += 1
            self.figure_row(sheet, row, asked, unit)
            row += 1
        self.validate_evidence(sheet, first, row - 1, ONE_COLUMNS, self.spec.year)
        before, value = ONE_COLUMNS.index("before"), ONE_COLUMNS.index("value")
        self.highlight(sheet, (first, value, row - 1, value), before)
        row = self.also_rows(sheet, self.base_rows(sheet, row), unit)
        sheet.autofilter(top, 0, row - 1, len(ONE_COLUMNS) - 1)
        self.finish(sheet, top, len(ONE_COLUMNS))

    def base_rows(self, sheet: Worksheet, row: int) -> int:
        """Write the figures of the year before that growth needs; return the next row."""
        if not self.spec.bases:
            return row
        before = self.spec.year - 1
        self.section(sheet, row, self.say("section.base", before=before))
        for asked in self.spec.bases:
            row += 1
            self.figure_row(sheet, row, asked, FormUnit())
        first = row + 1 - len(self.spec.bases)
        self.validate_evidence(sheet, first, row, ONE_COLUMNS, before)
        return row + 1

    def also_rows(self, sheet: Worksheet, row: int, unit: FormUnit) -> int:
        """Write the optional rows; return the next row."""
        if not self.spec.also:
            return row
        self.section(sheet, row, self.say("section.also"))
        for at, asked in enumerate(self.spec.also, start=row + 1):
            self.figure_row(sheet, at, asked, unit)
        last = row + len(self.spec.also)
        self.validate_evidence(sheet, row + 1, last, ONE_COLUMNS, self.spec.year)
        return last + 1

    def facts_rows(self, sheet: Worksheet, row: int, unit: FormUnit) -> int:
        self.section(sheet, row, self.say("section.unit"))
        value = ONE_COLUMNS.index("value")
        for fact in self.spec.facts:
            row += 1
            self.put(sheet, row, 0, FACT + fact, self.styles.code)
            self.put(sheet, row, 1, self.fact_label(fact), self.styles.text)
            self.put(sheet, row, 2, self.fact_help(fact), self.styles.text)
            for at in range(3, len(ONE_COLUMNS)):
                self.put(sheet, row, at, "", self.styles.text)
            self.put(sheet, row, value, self.fact_shown(fact, unit), self.styles.input_text)
            self.validate_fact(sheet, fact, (row, value, row, value))
            self.fit(sheet, row, (self.fact_label(fact), 25), (self.fact_help(fact), 38))
        return row + 1

    def figure_row(self, sheet: Worksheet, row: int, asked: FormRow, unit: FormUnit) -> None:
        styles, lang = self.styles, self.lang
        direction = self.direction(asked)
        cells: dict[str, tuple[object, Format]] = {
            "code": (asked.code, styles.code),
            "name": (asked.names[lang], styles.text),
            "definition": (asked.definitions[lang], styles.text),
            "measure": (asked.units[lang], styles.text),
            "direction": (direction, styles.text),
            "before": (unit.before.get(asked.code, math.nan), styles.before),
            "value": ("", styles.input_whole if asked.limits.whole else styles.input_number),
            **dict.fromkeys(("source", "basis", "note"), ("", styles.input_text)),
            "date": ("", styles.input_date),
        }
        for at, column in enumerate(ONE_COLUMNS):
            self.put(sheet, row, at, *cells[column])
        value = ONE_COLUMNS.index("value")
        self.validate_value(sheet, asked, (row, value, row, value))
        texts = ("name", "definition", "measure", "direction")
        self.fit(sheet, row, *((str(cells[c][0]), _WIDTHS[c]) for c in texts))

    def section(self, sheet: Worksheet, row: int, label: str) -> None:
        sheet.set_row(row, 20)
        for at in range(len(ONE_COLUMNS)):
            self.put(sheet, row, at, label if at == 1 else "", self.styles.section)

    def write_many(self, units: Sequence[FormUnit]) -> None:
        spec, facts = self.spec, self.spec.facts
        now, before = self.sheet("sheet.form"), self.sheet("sheet.before")
        for sheet, is_now in ((now, True), (before, False)):
            lines = [self.say("fill_in_many" if is_now else "before_many", year=spec.year - 1)]
            title = self.title() if is_now else self.say("sheet.before")
            rows = spec.asked if is_now else (*spec.rows, *spec.also)
            top = self.many_header(sheet, self.head(sheet, title, lines), rows, is_now)
            for row, unit in enumerate(units, start=top + 1):
                for at, fact in enumerate(facts):
                    shown = self.fact_shown(fact, unit)
                    style = self.styles.input_text if is_now else self.styles.text
                    self.put(sheet, row, at, shown, style)
                for at, asked in enumerate(rows, start=len(facts)):
                    whole, styles = asked.limits.whole, self.styles
                    style = styles.input_whole if whole else styles.input_number
                    # A figure that the panel has already is shown, and not asked for.
                    then = base_of(asked.code, spec.year) if is_now else asked.code
                    value = unit.before.get(then, math.nan)
                    open_cell = is_now and math.isnan(value)
                    self.put(sheet, row, at, value, style if open_cell else styles.before)
            if is_now:
                last = top + len(units)
                for at, fact in enumerate(facts):
                    self.validate_fact(sheet, fact, (top + 1, at, last, at))
                for at, asked in enumerate(rows, start=len(facts)):
                    self.validate_value(sheet, asked, (top + 1, at, last, at))
            sheet.freeze_panes(top + 1, 2)
            self.finish(sheet, top, len(facts) + len(rows))
        self.write_evidence()

    def many_header(self, sheet: Worksheet, top: int, rows: Sequence[FormRow], is_now: bool) -> int:
        """Write the rows above the units, those of the codes last; return the row of the codes."""
        facts, lang, styles = self.spec.facts, self.lang, self.styles
        width = 22
        labels = [(self.fact_label(fact), self.fact_help(fact), "", "") for fact in facts]
        labels += [
            (asked.names[lang], asked.definitions[lang], asked.units[lang], self.direction(asked))
            for asked in rows
        ]
        for row, words in enumerate(zip(*labels, strict=True), start=top):
            for at, word in enumerate(words):
                self.put(sheet, row, at, word, styles.header if row == top else styles.text)
            self.fit(sheet, row, *((word, width) for word in words))
        top += len(labels[0])
        for at, code in enumerate((*facts, *(asked.code for asked in rows))):
            heads = code if is_now or code != "unit" else before_heading(self.spec.year)
            self.put(sheet, top, at, heads, styles.header_code)
        sheet.set_column(0, len(labels) - 1, width)
        return top

    def write_evidence(self) -> None:
        sheet = self.sheet("sheet.evidence")
        top = self.head(sheet, self.say("sheet.evidence"), [self.say("evidence_many")])
        columns = EVIDENCE_SHEET_COLUMNS
        for at, column in enumerate(columns):
            name = (
                column if column in ("unit", "item") else heading(column, self.lang, self.spec.year)
            )
            self.put(sheet, top, at, name, self.styles.header)
            sheet.set_column(at, at, _WIDTHS.get(column, 14))
        last = top + max(_BLANK_ROWS, 2 * len(self.spec.rows))
        for row in range(top + 1, last + 1):
            for at, column in enumerate(columns):
                style = self.styles.input_date if column == "date" else self.styles.input_text
                self.put(sheet, row, at, "", style)
        self.validate_evidence(
            sheet, top + 1, last, columns, self.spec.year - bool(self.spec.bases)
        )
        sheet.freeze_panes(top + 1, 0)
        self.finish(sheet, top, len(columns))

    def write_instructions(self) -> None:
        sheet, styles = self.sheet("sheet.instructions"), self.styles
        lines, table = instructions(self.spec, self.lang, self.many)
        row = self.head(sheet, self.say("sheet.instructions"), [])
        widths = (8, 34, 34, 17, 60)
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        for line in lines:
            self.put(sheet, row, 0, line, styles.line)
            row += 1
        row += 1
        for place, cells in enumerate(table):
            for at, cell in enumerate(cells):
                self.put(sheet, row, at, cell, styles.text if place else styles.header)
            self.fit(sheet, row, *zip(cells, widths, strict=True))
            row += 1
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)

    def write_mark(self) -> None:
        """Write what the form is for, and the words of its lists, where nobody changes them."""
        sheet, plain = self.book.add_worksheet(MARK_SHEET), self.styles.text
        values = {
            "framework": self.spec.framework.name,
            "year": self.spec.year,
            "version": VERSION,
            "layout": "many" if self.many else "one",
            "synthetic": "yes" if self.synthetic else "no",
            "bases": " ".join(base_of(row.code, self.spec.year) for row in self.spec.bases),
        }
        said = [(MARK, "says"), *values.items(), *((ALSO, mark_of(r)) for r in self.spec.also)]
        for row, (key, value) in enumerate(said):
            self.put(sheet, row, 0, key, plain)
            self.put(sheet, row, 1, value, plain)
        for at, (name, words) in enumerate(self.lists().items(), start=2):
            for row, word in enumerate((f"list of {name}", *words)):
                self.put(sheet, row, at, word, plain)
        sheet.very_hidden()
