"""How the cells of a form look: what is to be filled in is yellow, all else is locked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format

_NUMBER = "#,##0.######"
_LOOKS: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 15, "font_color": "#1F3A5F"},
    "line": {"font_color": "#444444"},
    "warning": {"bold": True, "font_color": "#B00020"},
    "header": {
        "bold": True,
        "bg_color": "#1F3A5F",
        "font_color": "#FFFFFF",
        "border": 1,
        "border_color": "#B8C2CC",
        "text_wrap": True,
        "valign": "vcenter",
        "align": "center",
    },
    "header_code": {
        "bg_color": "#DCE4EC",
        "font_color": "#444444",
        "border": 1,
        "border_color": "#B8C2CC",
        "align": "center",
    },
    "section": {"bold": True, "valign": "vcenter", "bg_color": "#DCE4EC", "top": 1, "bottom": 1},
    "code": {"font_color": "#777777"},
    "text": {"text_wrap": True},
    "before": {"bg_color": "#F1F1F1", "num_format": "General"},
    "input_text": {"bg_color": "#FFF8DC", "text_wrap": True, "locked": False},
    "input_number": {"bg_color": "#FFF8DC", "num_format": "General", "locked": False},
    "input_whole": {"bg_color": "#FFF8DC", "num_format": "0", "locked": False},
    "input_date": {"bg_color": "#FFF8DC", "num_format": "yyyy-mm-dd", "locked": False},
}
_CELLS = ("code", "text", "before", "input_text", "input_number", "input_whole", "input_date")


@dataclass(frozen=True, eq=False)
class Styles:
    """The formats of a workbook by what they are for; ``quoted``: those of texts like formulas."""

    title: Format
    line: Format
    warning: Format
    header: Format
    header_code: Format
    section: Format
    code: Format
    text: Format
    before: Format
    input_text: Format
    input_number: Format
    input_whole: Format
    input_date: Format
    jump: Format
    quoted: Mapping[Format, Format]


def make_styles(book: xlsxwriter.Workbook) -> Styles:
    """Add the formats of a form to a workbook."""
    made, quoted = {}, {}
    for name, look in _LOOKS.items():
        full = dict(look)
        if name in _CELLS:
            full |= {"border": 1, "border_color": "#D0D7DE", "valign": "vcenter"}
        made[name] = book.add_format(full)
        # A quote prefix keeps a text a text when someone edits the cell.
        quoted[made[name]] = book.add_format({**full, "quote_prefix": True})
    jump = book.add_format({"bg_color": "#F8C9A0"})
    return Styles(**made, jump=jump, quoted=quoted)
