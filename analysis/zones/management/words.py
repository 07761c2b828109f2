"""Cells of tables that people keep by hand: texts, days and years."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd


def word(value: object) -> str:
    """Return a cell as text without spaces at its ends; ``""`` where nothing is in it.

    Whole numbers lose a trailing ``.0``; days are written as in ISO 8601.
    """
    if value is None or (not isinstance(value, str) and pd.isna(value)):  # type: ignore[call-overload]
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def is_day(text: str) -> bool:
    """Return whether a text is a day as ISO 8601 writes it."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_year(text: str) -> bool:
    """Return whether a text is a year from 1000 to 2999."""
    return len(text) == 4 and text.isascii() and text.isdigit() and "1000" <= text <= "2999"
