"""Markdown that a notebook cell hands to the report: tables, sentences, callouts.

Everything that comes from data is escaped, so that no name, code or unit can
become markup: Pandoc and Quarto read the Markdown, and write HTML and Typst
from what they read, so escaping for Markdown is what keeps those safe too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.texts import text

MISSING = "—"
MINUS = "−"

_MARKUP = re.compile(r"""[\\`*_{}\[\]<>()#|~^$@&'"!=]""")
# These mean something only doubled, in an address or at the start of a text.
_IN_PLACE = re.compile(r"(?<=-)-|-(?=-)|(?<=\.)\.|\.(?=\.)|:(?=\S)|(?<=:):|^[-+.:%]")
_ENUMERATED = re.compile(r"^(\w+)([.)])(?=\s|$)")
_BARE_PIPE = re.compile(r"(?<!\\)\|")
# Bidirectional controls can make a text read as something else than it is.
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
_LEAST = 4
_HEADER_WORD = 13
_PAGE, _LEAST_TEXT = 92, 18  # columns that fit side by side; text is not cut below the second


@dataclass(frozen=True)
class Markdown:
    """Text that shows as Markdown in a notebook and in the report."""

    text: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/markdown": self.text}

    def __repr__(self) -> str:
        return self.text


def clean(value: object) -> str:
    """Return ``value`` as one line of text without control characters.

    Runs of white space become one space; control, surrogate and
    bidirectional-control characters are dropped.
    """
    kept = (
        " " if char.isspace() else char
        for char in str(value)
        if char.isspace() or (unicodedata.category(char) not in ("Cc", "Cs") and char not in _BIDI)
    )
    return " ".join("".join(kept).split())


def escape(value: object) -> str:
    """Return ``value`` as Markdown that reads as exactly that text.

    Parameters
    ----------
    value : object
        Turned into a string by `clean` first.

    Returns
    -------
    str
        One line; characters that Pandoc's Markdown could take for markup
        (emphasis, code, links, HTML, formulas, citations, table cells, smart
        punctuation, lists) stand behind a backslash.
    """
    line = _MARKUP.sub(r"\\\g<0>", clean(value))
    line = _IN_PLACE.sub(r"\\\g<0>", line)
    return _ENUMERATED.sub(r"\1\\\2", line)


def number(value: object, decimals: int = 0, *, signed: bool = False) -> str:
    """Return a number as text: fixed decimals, commas, a true minus sign.

    Missing (None, NaN, NA) and infinite values give an em dash. With
    ``signed`` a positive number gets its plus sign; what rounds to zero has
    no sign at all.
    """
    if value is None or value is pd.NA:
        return MISSING
    x = float(value)  # type: ignore[arg-type]
    if not np.isfinite(x):
        return MISSING
    digits = f"{abs(x):,.{decimals}f}"
    if not digits.strip("0.,"):
        return digits
    if x < 0:
        return MINUS + digits
    return "+" + digits if signed else digits


def percent(share: object, decimals: int = 0) -> str:
    """Return a share as a percentage that never rounds to certainty.

    ``0.996`` gives ``>99%`` and ``0.004`` gives ``<1%`` at no decimals; only
    exactly 0 and 1 read ``0%`` and ``100%``. Missing gives an em dash.
    """
    if value_missing(share):
        return MISSING
    x = 100 * float(share)  # type: ignore[arg-type]
    step = 10.0**-decimals
    if 0 < x < step / 2:
        return f"<{step:.{decimals}f}%"
    if 100 - step / 2 <= x < 100:
        return f">{100 - step:.{decimals}f}%"
    return f"{x:.{decimals}f}%"


def value_missing(value: object) -> bool:
    """Tell whether a single cell is missing (None, NaN or NA)."""
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def sentence(key: str, lang: str, /, **values: object) -> Markdown:
    """Return the text ``key`` as Markdown, every string put in escaped.

    Numbers are formatted by the text itself (``{mean:.1f}``); a `Markdown`
    value goes in as it is.
    """
    safe = {
        name: escape(value)
        if isinstance(value, str)
        else value.text
        if isinstance(value, Markdown)
        else value
        for name, value in values.items()
    }
    return Markdown(text(key, lang, **safe))


def paragraphs(parts: Iterable[Markdown]) -> Markdown:
    """Return the parts one below the other, the empty ones left out."""
    return Markdown("\n\n".join(part.text for part in parts if part.text))


def bullets(parts: Iterable[Markdown]) -> Markdown:
    """Return the parts as a bulleted list, the empty ones left out."""
    return Markdown("\n".join(f"- {part.text}" for part in parts if part.text))


def callout(kind: str, title: Markdown, body: Markdown) -> Markdown:
    """Return a Quarto callout.

    Parameters
    ----------
    kind : {"note", "tip", "important", "warning", "caution"}
    title, body : Markdown
    """
    return Markdown(f"::: {{.callout-{kind}}}\n## {title.text}\n\n{body.text}\n:::")


def table(
    frame: pd.DataFrame,
    lang: str,
    *,
    decimals: int | Mapping[str, int] = 2,
    signed: Collection[str] = (),
    right: Collection[str] = (),
    note: str = "",
) -> Markdown:
    """Return a table as a Markdown pipe table.

    Parameters
    ----------
    frame : pandas.DataFrame
        The column labels are the headings; the index is not shown. Numeric
        columns are set to the right, all others are text, escaped cell by
        cell; a `Markdown` cell goes in as it is, on one line.
    lang : {"zh", "en"}
        Language of what the table itself says.
    decimals : int or mapping of column to int
        Decimals of floating-point columns (2 where a mapping is silent);
        integers have none.
    signed : collection of str
        Columns whose positive numbers carry a plus sign.
    right : collection of str
        Columns of text that is set to the right like numbers (percentages, say).
    note : str
        What an em dash means in this table, already escaped; by default that
        there is no value. It is put below the table only if a cell needs it.

    Returns
    -------
    Markdown
        A frame without rows gives a sentence that says so. The dashes of the
        rule carry the relative widths of the columns, which Pandoc uses where
        a row is longer than its line.
    """
    if frame.empty:
        return Markdown(text("table.empty", lang))
    columns = [
        _cells(
            frame.iloc[:, position],
            decimals if isinstance(decimals, int) else decimals.get(str(label), 2),
            str(label) in signed,
        )
        for position, label in enumerate(frame.columns)
    ]
    numeric = [
        str(label) in right or pd.api.types.is_numeric_dtype(frame.iloc[:, i])
        for i, label in enumerate(frame.columns)
    ]
    headings = [escape(label) for label in frame.columns]
    wanted = [_width(h, c) for h, c in zip(headings, columns, strict=True)]
    widths = _fit(wanted, numeric)
    rule = [
        "-" * (w - 1) + ":" if n else ":" + "-" * (w - 1)
        for w, n in zip(widths, numeric, strict=True)
    ]
    lines = [_row(headings), "|" + "|".join(rule) + "|"]
    lines += [_row(cells) for cells in zip(*columns, strict=True)]
    if any(MISSING in cells for cells in columns):
        lines += ["", note or text("table.missing", lang)]
    return Markdown("\n".join(lines))


def display_width(value: str) -> int:
    """Return the width of a text in columns: Chinese characters count two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in value)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(column: pd.Series, decimals: int, signed: bool) -> list[str]:
    if pd.api.types.is_bool_dtype(column):
        raise TypeError(f"column {column.name!r}: say what true and false mean before showing it")
    if pd.api.types.is_float_dtype(column):
        return [number(value, decimals, signed=signed) for value in column]
    if pd.api.types.is_numeric_dtype(column):
        return [number(value, 0, signed=signed) for value in column]
    return [
        _BARE_PIPE.sub(r"\\|", " ".join(value.text.split()))
        if isinstance(value, Markdown)
        else MISSING
        if value_missing(value) or not clean(value)
        else escape(value)
        for value in column
    ]


def _width(heading: str, cells: list[str]) -> int:
    """Width a column asks for, with a little room."""
    words = re.split(r"\s+", heading)
    # Chinese breaks anywhere, but four characters read best on one line.
    word = max(len(w) if w.isascii() else min(display_width(w), 8) for w in words)
    needed = max(1 + min(word, _HEADER_WORD), 2 + max(display_width(cell) for cell in cells))
    return max(needed, _LEAST)


def _fit(wanted: list[int], fixed: list[bool]) -> list[int]:
    """Share out the page: numbers stay whole, and what is left goes to the text that lacks most."""
    fitted = [w if whole else min(w, _LEAST_TEXT) for w, whole in zip(wanted, fixed, strict=True)]
    while sum(fitted) < _PAGE:
        pairs = enumerate(zip(wanted, fitted, strict=True))
        lack, place = max((want / have, -place) for place, (want, have) in pairs)
        if lack <= 1:
            break
        fitted[-place] += 1
    return fitted
