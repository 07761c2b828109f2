"""The one table of texts: everything a reader sees, in Chinese and in English.

The table is kept in CSV files beside this module (columns ``key, zh, en``),
one file for each part of the toolkit, read as one table; a key stands once.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en")


@cache
def table() -> dict[str, dict[str, str]]:
    """Return ``{key: {"zh": ..., "en": ...}}`` for every text.

    Raises
    ------
    ValueError
        If a key stands twice or lacks one of the languages.
    """
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                key = row["key"]
                if key in texts:
                    raise ValueError(f"text {key!r} stands twice (again in {path.name})")
                if not row["zh"] or not row["en"]:
                    raise ValueError(f"text {key!r} in {path.name} lacks a language")
                texts[key] = {"zh": row["zh"], "en": row["en"]}
    return texts


def text(key: str, lang: str, /, **values: object) -> str:
    """Return the text ``key`` in ``lang`` with ``values`` put in (``str.format``).

    Parameters
    ----------
    key : str
        Key of the table, for example ``"finding.duplicate"``.
    lang : {"zh", "en"}
    **values
        Named values for the placeholders of the text.

    Raises
    ------
    KeyError
        If there is no such text or language.
    """
    return table()[key][lang].format(**values)


def spans(numbers: Iterable[int]) -> str:
    """Return whole numbers as a person writes them: ``"2, 5-9"``."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
