"""The cells of a form: texts that stay texts, lists to choose from, what a value may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from analysis.core.row_height import row_height
from analysis.core.write import FORMULA_START
from analysis.texts import text
from analysis.zones.cycle.form_marks import MARK, MARK_SHEET
from analysis.zones.cycle.form_rows import BASES, LARGEST, OWN_FACTS, FormRow, FormSpec
from analysis.zones.cycle.form_styles import Styles
from analysis.zones.cycle.form_unit import FormUnit


@dataclass(frozen=True, eq=False)
class FormCells:
    """A workbook that is being written, and how its cells are put in."""

    book: xlsxwriter.Workbook
    spec: FormSpec
    lang: str
    synthetic: bool
    styles: Styles
    many: bool

    def say(self, key: str, /, **values: object) -> str:
        """Return a text of the form in its language."""
        return text(f"form.{key}", self.lang, **values)

    def put(self, sheet: Worksheet, row: int, column: int, value: object, style: Format) -> None:
        """Write a cell as what it is; a text stays a text whatever it begins with."""
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            sheet.write_blank(row, column, None, style)
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, style)
        else:
            words = str(value).replace("\r\n", "\n").replace("\r", "\n")
            quoted = FORMULA_START.match(words) is not None
            sheet.write_string(row, column, words, self.styles.quoted[style] if quoted else style)

    def head(self, sheet: Worksheet, title: str, lines: Sequence[str]) -> int:
        """Write the title and the lines below it; return the next row."""
        self.put(sheet, 0, 0, title, self.styles.title)
        sheet.set_row(0, 26)
        for at, line in enumerate(lines, start=1):
            self.put(sheet, at, 0, line, self.styles.line)
        at = len(lines) + 1
        if self.synthetic:
            self.put(sheet, at, 0, self.say("synthetic"), self.styles.warning)
            at += 1
        return at

    def sheet(self, key: str) -> Worksheet:
        """Add a sheet that is named by a text of the form."""
        return self.book.add_worksheet(self.say(key))

    def fit(self, sheet: Worksheet, row: int, *cells: tuple[str, float]) -> None:
        """Make a row as high as its texts are long."""
        sheet.set_row(row, row_height(cells))

    def direction(self, asked: FormRow) -> str:
        """Return for which items more of a figure is better, and for which worse."""
        if asked in self.spec.bases:
            return self.say("base_for", items=" ".join(item for item, _ in asked.items))
        if asked in self.spec.also:
            return self.say("optional")
        if asked.direction:
            items = " ".join(item for item, _ in asked.items)
            return self.say("better" if asked.direction > 0 else "worse", items=items)
        more, less = (
            " ".join(item for item, sign in asked.items if sign == wanted) for wanted in (1, -1)
        )
        return self.say("varies", more=more, less=less)

    def fact_label(self, fact: str) -> str:
        """Return what a fact of the unit is called."""
        known = fact in OWN_FACTS
        return self.say(f"fact.{fact}") if known else fact

    def fact_help(self, fact: str) -> str:
        """Return what is to be said under a fact of the unit."""
        return self.say(f"fact_help.{fact}") if fact in OWN_FACTS else ""

    def fact_shown(self, fact: str, unit: FormUnit) -> str:
        """Return a fact as the form shows it: regions, provinces and yes or no by their names."""
        known, regions = unit.facts.get(fact, ""), self.spec.regions
        if fact == "region" and regions is not None and known in regions.codes:
            return regions.label(known, self.lang)
        if fact == "province" and known in self.spec.provinces:
            return self.spec.provinces[known][0 if self.lang == "zh" else 1]
        if fact == "assessed":
            return self.say("assessed.no" if known in ("no", "False") else "assessed.yes")
        return known

    def lists(self) -> dict[str, list[str]]:
        """Return the words to choose from, by what they are for."""
        place = 0 if self.lang == "zh" else 1
        regions = self.spec.regions
        lists = {
            "basis": [self.say(f"basis.{code}") for code in BASES],
            "assessed": [self.say(f"assessed.{word}") for word in ("yes", "no")],
            "region": [regions.label(code, self.lang) for code in regions.codes] if regions else [],
            "province": [names[place] for names in self.spec.provinces.values()],
        }
        return {name: words for name, words in lists.items() if words}

    def choose(self, sheet: Worksheet, name: str, area: tuple[int, int, int, int]) -> None:
        """Let the cells of an area take the words of a list only, or none."""
        lists = self.lists()
        if name not in lists:
            return
        column = chr(ord("C") + list(lists).index(name))
        rule = {
            "validate": "list",
            "source": f"='{MARK_SHEET}'!${column}$2:${column}${len(lists[name]) + 1}",
            "error_title": self.say("invalid.title"),
            "error_message": self.say("invalid.list"),
        }
        sheet.data_validation(*area, rule)

    def validate_fact(self, sheet: Worksheet, fact: str, area: tuple[int, int, int, int]) -> None:
        """Let regions, provinces and yes or no be chosen from lists."""
        if fact in ("region", "province", "assessed"):
            self.choose(sheet, fact, area)

    def validate_value(
        self, sheet: Worksheet, asked: FormRow, area: tuple[int, int, int, int]
    ) -> None:
        """Let the cells of an area take the values only that a figure may have."""
        least, most = asked.limits.least, asked.limits.most
        message = self.limits_text(asked)
        kind = int if asked.limits.whole else float
        rule: dict[str, Any] = {
            "validate": "integer" if asked.limits.whole else "decimal",
            "criteria": "between",
            "minimum": kind(-LARGEST if math.isnan(least) else least),
            "maximum": kind(LARGEST if math.isnan(most) else most),
            "error_title": self.say("invalid.title"),
            "error_message": message[:255],
        }
        sheet.data_validation(*area, rule)

    def limits_text(self, asked: FormRow) -> str:
        """Return in a sentence what a value may be."""
        least, most = asked.limits.least, asked.limits.most
        parts = [self.say("invalid.whole" if asked.limits.whole else "invalid.number")]
        if not math.isnan(least):
            parts.append(self.say("invalid.least", least=f"{least:g}"))
        if not math.isnan(most):
            parts.append(self.say("invalid.most", most=f"{most:g}"))
        unit = asked.units[self.lang]
        return self.say("invalid.value", what=text("check.join", self.lang).join(parts), unit=unit)

    def validate_evidence(
        self, sheet: Worksheet, first: int, last: int, columns: Sequence[str], year: int
    ) -> None:
        """Let the basis be chosen from a list, and ask again after dates before ``year``."""
        basis, at = columns.index("basis"), columns.index("date")
        self.choose(sheet, "basis", (first, basis, last, basis))
        rule = {
            "validate": "date",
            "criteria": ">=",
            "value": date(year, 1, 1),
            "error_type": "warning",
            "error_title": self.say("invalid.title"),
            "error_message": self.say("invalid.date", year=year),
        }
        sheet.data_validation(first, at, last, at, rule)

    def highlight(self, sheet: Worksheet, area: tuple[int, int, int, int], before: int) -> None:
        """Colour values that differ from last year's by more than half."""
        row = area[0] + 1
        now, then = (f"${chr(ord('A') + at)}{row}" for at in (area[1], before))
        test = f"=AND(ISNUMBER({now}),ISNUMBER({then}),{then}<>0,ABS({now}/{then}-1)>0.5)"
        rule = {"type": "formula", "criteria": test, "format": self.styles.jump}
        sheet.conditional_format(*area, rule)

    def finish(self, sheet: Worksheet, top: int, columns: int) -> None:
        """Set how a sheet prints, and keep all but the cells to fill in from slips."""
        sheet.set_landscape()
        sheet.set_paper(9)
        if self.many:
            sheet.set_print_scale(60)
            sheet.repeat_columns(0, 1)
        else:
            sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(top)
        sheet.set_margins(0.4, 0.4, 0.5, 0.5)
        sheet.set_footer(f"&L{MARK} {self.spec.framework.name.replace('&', '&&')}&R&P / &N")
        sheet.hide_gridlines(2)
        allowed = (
            "format_cells format_columns format_rows insert_rows insert_columns "
            "insert_hyperlinks sort autofilter"
        )
        sheet.protect("", dict.fromkeys(allowed.split(), True))
