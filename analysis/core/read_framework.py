"""Reading a framework from a table, with every problem in it told at once."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis.core.cells import read_column, text_in
from analysis.core.check_framework import check_nodes, check_tree
from analysis.core.coinr import HEADINGS, framework_cells, is_imeta
from analysis.core.findings import Finding, InputError
from analysis.core.framework import NUMBER_COLUMNS, TEXT_COLUMNS, Framework, WeightSet
from analysis.core.tables import read_table

REQUIRED = ("code", "parent", "name_zh", "name_en", "weight", "direction")
KNOWN = ("code", *TEXT_COLUMNS, *NUMBER_COLUMNS, "direction", "integer")
DIRECTIONS = {"1": 1, "+1": 1, "1.0": 1, "higher": 1, "-1": -1, "-1.0": -1, "lower": -1}
TRUE_FALSE = {"": False, "0": False, "false": False, "no": False}
TRUE_FALSE |= {"1": True, "true": True, "yes": True}
_WEIGHT_SET = re.compile(r"weight\[([^\[\]]+)\]")


@dataclass
class Problems:
    """Collects what is wrong with one file; ``headings`` are its own words for our columns."""

    file: str
    found: list[Finding] = field(default_factory=list)
    headings: Mapping[str, str] = field(default_factory=dict)

    def add(
        self, code: str, row: int | None = None, column: str | None = None, /, **values: object
    ) -> None:
        """Note an error at a row (counted from 1 with the header) and column."""
        if column is not None:
            column = self.headings.get(column, column)
        finding = Finding(
            "error", f"framework.{code}", values, file=self.file, row=row, column=column
        )
        self.found.append(finding)

    def speak(self) -> None:
        """Raise `InputError` if anything was found."""
        if self.found:
            raise InputError(self.found)


def read_framework(source: str | Path, own_rules: Collection[str] = ()) -> Framework:
    """Read a framework: a flat table, one row a node.

    Columns ``code, parent, name_zh, name_en, weight, direction`` must be
    there (cells may be empty), ``unit, evidence, source`` and the others of
    `analysis.core.framework` may be; ``weight[region=west]`` holds weights for
    units whose attribute ``region`` is ``west`` (several conditions: separated
    by commas). Weights are given for all siblings or for none; where there are
    none they are equal, and ``weight_status`` says ``equal-assumed``.

    A table with the columns of COINr's ``iMeta`` is read as such
    (`analysis.core.coinr`).

    Parameters
    ----------
    source : str or pathlib.Path
        Any table that `analysis.core.tables.read_table` reads; of a workbook
        the first sheet.
    own_rules : collection of str
        Names of functions of one's own that an item may name as its ``normalisation``.

    Returns
    -------
    Framework
        Named after the file.

    Raises
    ------
    InputError
        With every problem found, each with its row and column.
    """
    path = Path(source)
    problems = Problems(path.name)
    header, rows = _read_cells(path, problems)
    problems.speak()
    if is_imeta(header):
        problems.headings = HEADINGS
        header, rows = framework_cells(header, rows, problems)
    _check_header(header, problems)
    problems.speak()
    records = [dict(zip(header, row, strict=True)) for _, row in rows]
    numbers = [number for number, _ in rows]
    nodes = _typed(header, records, numbers, problems)
    sets = _weight_sets(header, problems)
    codes = [record["code"] for record in records]
    check_tree(codes, [record["parent"] for record in records], numbers, problems)
    problems.speak()
    framework = Framework(path.stem, nodes, sets)
    check_nodes(framework, dict(zip(codes, numbers, strict=True)), problems, own_rules)
    problems.speak()
    return Framework(path.stem, _mark_equal(framework), sets)


def _read_cells(path: Path, problems: Problems) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and the rows as text, with their row numbers."""
    table, findings = read_table(path)
    problems.found += [finding for finding in findings if finding.severity == "error"]
    if table is None:
        return [], []
    columns: list[list[str]] = []
    for name, cells in zip(table.header, table.columns, strict=True):
        words, bad = read_column(cells, text_in, "")
        columns.append(words)
        for problem in bad:
            row = table.rows[problem.position]
            problems.found.append(
                Finding("error", problem.code, problem.values, path.name, table.sheet, row, name)
            )
    rows = zip(table.rows, zip(*columns, strict=True), strict=True)
    return list(table.header), [(number, list(cells)) for number, cells in rows]


def _check_header(header: list[str], problems: Problems) -> None:
    for name in REQUIRED:
        if name not in header:
            problems.add("column_missing", 1, name, name=name)
    for name in header:
        if name in KNOWN or name.startswith("weight[") or problems.headings:
            continue
        near = difflib.get_close_matches(name.lower(), KNOWN, 1, cutoff=0.8)
        if near and near[0] not in header:
            problems.add("column_near", 1, name, name=name, near=near[0])


def _typed(
    header: list[str], records: list[dict[str, str]], numbers: list[int], problems: Problems
) -> pd.DataFrame:
    """Return the node table with every column in its type."""
    columns: dict[str, list[object]] = {}
    for name in TEXT_COLUMNS:
        columns[name] = [record.get(name, "") for record in records]
    for name in (*NUMBER_COLUMNS, *(name for name in header if name.startswith("weight["))):
        columns[name] = [
            _number(record.get(name, ""), row, name, problems)
            for record, row in zip(records, numbers, strict=True)
        ]
    parents = {record["parent"] for record in records}
    directions: list[object] = []
    flags: list[object] = []
    for record, row in zip(records, numbers, strict=True):
        word = record["direction"].lower()
        is_item = record["code"] not in parents
        if is_item and word not in DIRECTIONS:
            problems.add("direction", row, "direction", code=record["code"], value=word[:40])
        directions.append(DIRECTIONS.get(word, 0) if is_item else 0)
        flag = record.get("integer", "").lower()
        if flag not in TRUE_FALSE:
            problems.add("true_false", row, "integer", value=flag[:40])
        flags.append(TRUE_FALSE.get(flag, False))
    columns["direction"] = directions
    columns["integer"] = flags
    for name in header:
        if name != "code" and name not in columns:
            columns[name] = [record[name] for record in records]
    index = pd.Index([record["code"] for record in records], name="code", dtype="str")
    return pd.DataFrame(columns, index=index)


def _number(cell: str, row: int, column: str, problems: Problems) -> float:
    if not cell:
        return math.nan
    try:
        # Weights may be written as percentages: only their proportions count.
        number = float(cell.removesuffix("%") if column.startswith("weight") else cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        problems.add("number", row, column, value=cell[:40], name=column)
    elif column.startswith("weight") and number < 0:
        problems.add("negative_weight", row, column, value=cell[:40])
    return number


def _weight_sets(header: list[str], problems: Problems) -> tuple[WeightSet, ...]:
    sets = []
    for name in header:
        if not name.startswith("weight["):
            continue
        match = _WEIGHT_SET.fullmatch(name)
        pairs = [part.split("=") for part in match[1].split(",")] if match else []
        if not pairs or any(len(pair) != 2 or not all(map(str.strip, pair)) for pair in pairs):
            problems.add("weight_set", 1, name, name=name)
            continue
        conditions = tuple(sorted((key.strip(), value.strip()) for key, value in pairs))
        sets.append(WeightSet(name, conditions))
    return tuple(sorted(sets, key=lambda held: len(held.conditions)))


def _mark_equal(framework: Framework) -> pd.DataFrame:
    """Return the nodes with ``equal-assumed`` where no weight is given."""
    nodes = framework.nodes.copy()
    unmarked = nodes["weight"].isna() & (nodes["weight_status"] == "") & (nodes["parent"] != "")
    nodes.loc[unmarked, "weight_status"] = "equal-assumed"
    return nodes
