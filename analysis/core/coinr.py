"""COINr's ``iMeta``: its table of indicators, read as a framework.

``iData`` needs nothing of its own: `analysis.core.read_panel.read_panel` knows
its columns ``uCode``, ``uName`` and ``Time``, takes indicators and the
denominators that ``iMeta`` names as values, and the rest (groups, other) as
attributes of the units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

REQUIRED = ("Level", "iCode", "Direction", "Weight", "Parent", "Type")
# Our columns and the headings that they have in iMeta.
HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "code": "iCode",
        "parent": "Parent",
        "name_en": "iName",
        "weight": "Weight",
        "direction": "Direction",
        "unit": "Unit",
        "denominator": "Denominator",
        "target": "Target",
        "lo": "goalpost_lower",
        "hi": "goalpost_upper",
        "cap": "goalpost_trunc2posts",
    }
)
IN_THE_TREE = ("Indicator", "Aggregate")
TYPES = (*IN_THE_TREE, "Group", "Denominator", "Other")
_NONE = ("", "NA")  # R writes what is missing as NA
_CAPS = {"TRUE": "both", "T": "both", "1": "both"}

Row = tuple[int, list[str]]


class Collector(Protocol):
    """Whatever notes problems of one file."""

    def add(
        self, code: str, row: int | None = None, column: str | None = None, /, **values: object
    ) -> None:
        """Note an error."""


def is_imeta(header: Sequence[str]) -> bool:
    """Return whether a table has the columns of an ``iMeta``."""
    return set(REQUIRED) <= set(header) and "code" not in header


def framework_cells(
    header: Sequence[str], rows: Sequence[Row], problems: Collector
) -> tuple[list[str], list[Row]]:
    """Return an ``iMeta`` as the cells of a framework.

    Indicators become items and aggregates the nodes above them. ``Level`` is
    checked: 1 for indicators, and for every aggregate one more than its
    children have. Groups, denominators and other columns of ``iData`` have no
    place in the tree. Weights and directions are taken as given (COINr gives
    the direction of an aggregate no meaning, nor is it given one here).

    Parameters
    ----------
    header : sequence of str
    rows : sequence of (int, list of str)
        Row number and cells.
    problems : Collector
        Gets what is wrong with types and levels.

    Returns
    -------
    header, rows
        Ours, with the numbers of the rows as they were.

    Notes
    -----
    ``check_iMeta`` and ``new_coin`` of COINr 1.1.
    """
    records = []
    for number, found in rows:
        words = ("" if cell in _NONE else cell for cell in found)
        record = dict(zip(header, words, strict=True))
        if record["Type"] not in TYPES:
            allowed = ", ".join(TYPES)
            problems.add("coinr_type", number, "Type", value=record["Type"][:40], allowed=allowed)
        elif record["Type"] in IN_THE_TREE:
            records.append((number, record))
    _check_levels(records, problems)
    ours = [name for name, theirs in HEADINGS.items() if theirs in header]
    extra = [name for name in header if name not in HEADINGS.values()]
    names = [*ours, "name_zh", *extra]
    made: list[Row] = []
    for number, record in records:
        cells = {name: record[HEADINGS[name]] for name in ours} | {"name_zh": ""}
        if "cap" in cells:
            cells["cap"] = _CAPS.get(cells["cap"].upper(), "")
        if record["Type"] == "Aggregate":
            cells |= {name: "" for name in ("denominator", "cap") if name in cells}
        cells |= {name: record[name] for name in extra}
        made.append((number, [cells[name] for name in names]))
    if "name_en" not in names:
        names.append("name_en")
        made = [(number, [*row, ""]) for number, row in made]
    return names, made


def _check_levels(records: Sequence[tuple[int, Mapping[str, str]]], problems: Collector) -> None:
    """Check that levels rise by one from each node to its parent."""
    level = {record["iCode"]: record["Level"] for _, record in records}
    number = {code: _whole(word) for code, word in level.items()}
    for row, record in records:
        code, parent = record["iCode"], record["Parent"]
        here = number[code]
        if here is None or (record["Type"] == "Indicator") != (here == 1):
            word, kind = level[code][:40], record["Type"]
            problems.add("coinr_level", row, "Level", code=code, value=word, type=kind)
        elif number.get(parent) is not None and number[parent] != here + 1:
            above = number[parent]
            problems.add(
                "coinr_parent", row, "Level", code=code, level=here, parent=parent, above=above
            )


def _whole(word: str) -> int | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return int(number) if number.is_integer() and 0 < number < 1000 else None
