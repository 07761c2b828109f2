"""Workbooks for people: several sheets, wrapped texts, filters; never a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import xlsxwriter

from analysis.core.row_height import row_height
from analysis.core.write import FORMULA_START

_EPOCH = datetime(2000, 1, 1)
_LONGEST = 32_767
_FOOT = 255


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet: its name, its table, and a heading and a width for each column.

    A sheet whose headings are empty has no header row.
    """

    name: str
    table: pd.DataFrame
    headings: tuple[str, ...]
    widths: tuple[int, ...]


def workbook(sheets: Sequence[Sheet], mark: str = "") -> bytes:
    """Return a workbook; the same tables give the same bytes.

    Texts are text cells whatever they hold, with a quote prefix where an
    edited cell would become a formula.

    Parameters
    ----------
    sheets : sequence of Sheet
    mark : str
        Stands at the head of every printed page.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": _EPOCH, "title": "", "author": ""})
    top = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    quoted = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    for each in sheets:
        sheet = book.add_worksheet(each.name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if mark:
            sheet.set_header("&C" + mark.replace("&", "&&")[:_FOOT])
        for place, width in enumerate(each.widths):
            sheet.set_column(place, place, width)
        headed = any(each.headings)
        if headed:
            sheet.freeze_panes(1, 0)
            sheet.repeat_rows(0)
            for place, heading in enumerate(each.headings):
                sheet.write_string(0, place, heading, top)
            sheet.autofilter(0, 0, len(each.table), len(each.headings) - 1)
        for row, cells in enumerate(each.table.itertuples(index=False), start=int(headed)):
            texts = ["" if cell is None or cell != cell else str(cell) for cell in cells]
            sheet.set_row(row, row_height(zip(texts, each.widths, strict=True)))
        for place, name in enumerate(each.table):
            for row, cell in enumerate(each.table[name].tolist(), start=int(headed)):
                if cell is None or cell != cell or cell == "":
                    continue
                if isinstance(cell, int | float):
                    sheet.write_number(row, place, cell, plain)
                    continue
                words = str(cell).replace("\r\n", "\n").replace("\r", "\n")[:_LONGEST]
                style = quoted if FORMULA_START.match(words) else plain
                sheet.write_string(row, place, words, style)
    book.close()
    return buffer.getvalue()
