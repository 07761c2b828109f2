"""The values of a panel's items: parsing, limits and duplicates, column by column."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.core.cells import (
    Cell,
    CellError,
    Problem,
    narrow,
    read_column,
    shown,
    text_in,
)
from analysis.core.columns import Columns, Vocabulary, lacking_items, nearest, report_lacking
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.numbers import numbers
from analysis.core.unit_facts import Rows, duplicates

FloatArray = NDArray[np.float64]
PERCENT_WORDS = frozenset(("percent", "per cent", "pct", "百分比"))


@dataclass(frozen=True)
class Limits:
    """What an item's unit allows; NaN: no limit."""

    least: float = math.nan
    most: float = math.nan
    whole: bool = False
    percent: bool = False


@dataclass(frozen=True, eq=False)
class Cells:
    """Values of rows, not yet arranged by unit-year.

    Attributes
    ----------
    codes : tuple of str
        Items, then primitives, that the table holds, in the framework's order.
    values : numpy.ndarray
        Wide form: shape (rows, codes); long form: shape (rows,).
    item : numpy.ndarray or None
        Long form: position in ``codes`` of each row's item, -1 if unknown.
    """

    codes: tuple[str, ...]
    values: FloatArray
    item: NDArray[np.intp] | None = None


def limits_of(framework: Framework) -> dict[str, Limits]:
    """Return the limits of every item, and of primitives that are an item's plain level."""
    limits: dict[str, Limits] = {}
    inherited: dict[str, Limits] = {}
    nodes: Any = framework.nodes  # its rows mix texts and numbers
    for item in framework.items:
        node = nodes.loc[item]
        unit = narrow(str(node["unit"])).casefold()
        limits[item] = Limits(
            float(node["min"]),
            float(node["max"]),
            bool(node["integer"]),
            "%" in unit or unit in PERCENT_WORDS,
        )
        if node["operation"] == "level" and (math.isnan(node["scale"]) or node["scale"] == 1):
            inherited.setdefault(str(node["inputs"]).strip(), limits[item])
    return inherited | limits


def read_wide(rows: Rows, columns: Columns, framework: Framework) -> Cells:
    """Read the item columns of a table in wide form."""
    limits = limits_of(framework)
    codes = [code for code in (*framework.items, *framework.primitives) if code in columns.items]
    codes = list(dict.fromkeys(codes))
    values = np.full((len(rows.table.rows), len(codes)), math.nan)
    for j, code in enumerate(codes):
        at = columns.items[code]
        limit = limits.get(code, Limits())
        values[:, j], problems = numbers(rows.table.columns[at], limit.percent)
        problems += beyond(
            values[:, j],
            np.full(len(values), limit.least),
            np.full(len(values), limit.most),
            np.full(len(values), limit.whole),
        )
        rows.report(problems, at, code)
    return Cells(tuple(codes), values)


def read_long(
    rows: Rows,
    columns: Columns,
    framework: Framework,
    words: Vocabulary,
    group: NDArray[np.intp],
    findings: list[Finding],
) -> Cells:
    """Read the item and value columns of a table in long form.

    An item that is not the framework's is an error of its row; an item that
    no row speaks of is one of the table.
    """
    limits = limits_of(framework)
    codes = tuple(dict.fromkeys((*framework.items, *framework.primitives)))
    order = {code: j for j, code in enumerate(codes)}
    at = columns.roles["item"]
    meant: set[str] = set()
    found, problems = read_column(rows.table.columns[at], _item_reader(words, order, meant), -1)
    rows.report(problems, at)
    item = np.array(found, dtype=np.intp)
    known = [limits.get(code, Limits()) for code in codes]
    percent = np.array([*(limit.percent for limit in known), False])[item]
    value_at = columns.roles["value"]
    values, value_problems = numbers(rows.table.columns[value_at], percent.tolist())
    value_problems += beyond(
        values,
        np.array([*(limit.least for limit in known), math.nan])[item],
        np.array([*(limit.most for limit in known), math.nan])[item],
        np.array([*(limit.whole for limit in known), False])[item],
    )
    for problem in value_problems:
        code = codes[item[problem.position]] if item[problem.position] >= 0 else None
        rows.report([problem], value_at, code)
    _report_duplicate_values(rows, group, item, codes, at)
    present = {codes[j] for j in np.unique(item[item >= 0])}
    lacking = lacking_items(framework, present)
    if not present:
        listed = ", ".join(framework.items[:10])
        findings.append(rows.table.finding("error", "table-no-items", codes=listed))
    else:
        findings += report_lacking(rows.table, framework, lacking, meant)
    kept = tuple(code for code in codes if code in present)
    position = np.full(len(codes) + 1, -1)
    position[[order[code] for code in kept]] = np.arange(len(kept))
    return Cells(kept, values, position[item])


def _item_reader(
    words: Vocabulary, order: Mapping[str, int], meant: set[str]
) -> Callable[[Cell], int]:
    def item_in(cell: Cell) -> int:
        word = narrow(text_in(cell))
        if not word:
            raise CellError("table-blank-item")
        if word in words.codes:
            return order[words.codes[word]]
        if word in words.shared:
            raise CellError(
                "table-item-shared", value=shown(word), codes=", ".join(words.shared[word])
            )
        near = nearest(word, words.codes)
        if near is not None:
            meant.add(near)
            raise CellError("table-unknown-item-near", value=shown(word), near=near)
        raise CellError("table-unknown-item", value=shown(word))

    return item_in


def beyond(
    values: FloatArray, least: FloatArray, most: FloatArray, whole: NDArray[np.bool_]
) -> list[Problem]:
    """Return the values outside their limits (NaN: none), all arrays of one shape."""
    problems = []
    for code, bad, limit in (
        ("table-below", values < least, least),
        ("table-above", values > most, most),
        ("table-not-whole", whole & np.isfinite(values) & (values != np.rint(values)), least),
    ):
        for i in np.flatnonzero(bad):
            found = {"value": f"{values[i]:.15g}", "limit": f"{limit[i]:.15g}"}
            problems.append(Problem(int(i), code, found))
    return problems


def _report_duplicate_values(
    rows: Rows,
    group: NDArray[np.intp],
    item: NDArray[np.intp],
    codes: tuple[str, ...],
    column: int,
) -> None:
    key = np.where((group >= 0) & (item >= 0), group * (len(codes) + 1) + item, -1)
    heading = shown(rows.table.header[column])
    for position, other in duplicates(key):
        code = codes[item[position]]
        rows.note(
            "error",
            "table-duplicate-value",
            position,
            heading,
            item=code,
            other=rows.table.rows[other],
            code=code,
        )
