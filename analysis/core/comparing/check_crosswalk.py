"""What must hold of a crosswalk, every problem told at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding, Severity
from analysis.core.framework import EVIDENCE, Framework

RELATIONS = ("kept", "merged", "split", "dropped", "new")
COLUMNS = (
    "old", "new", "relation", "old_group", "new_group", "reason_zh", "reason_en",
    "evidence", "group_evidence", "source", "read_at",
)  # fmt: skip
REQUIRED = ("old", "new", "relation")
# Which of ``old`` and ``new`` a relation fills.
FILLED = {
    "kept": ("old", "new"),
    "merged": ("old", "new"),
    "split": ("old", "new"),
    "dropped": ("old",),
    "new": ("new",),
}
SHOWN = 40


def item_groups(framework: Framework) -> dict[str, str]:
    """Return each item's group: the child of the root above it (or that it is itself).

    Parameters
    ----------
    framework : Framework

    Returns
    -------
    dict
        Group code by item, in the order of the items.
    """
    above = {item: group for group in framework.groups for item in framework.items_under(group)}
    return {item: above[item] for item in framework.items}


def is_group(framework: Framework, code: str) -> bool:
    """Return whether a code is a child of the root or a group below it."""
    if code not in framework.nodes.index or code == framework.root:
        return False
    return code in framework.groups or framework.level(code) > 1


def item_formula(framework: Framework, item: str) -> str:
    """Return what an item is computed from, in a form that can be compared and read.

    Operation, inputs, scale, breaks and denominator; not the name, nor what
    says how its values count (direction, goalposts, treatment). An item
    without an operation is the column of its own code.

    Parameters
    ----------
    framework : Framework
    item : str

    Returns
    -------
    str
        ``share gdp host_gdp`` for one.
    """
    node = framework.nodes.loc[item]
    operation = str(node["operation"]) or "level"
    inputs = str(node["inputs"]).split() if node["operation"] else [item]
    if operation in ("sum", "pick"):  # the order of these inputs means nothing
        inputs = sorted(inputs)
    words = [operation, *inputs]
    if not np.isnan(node["scale"]) and node["scale"] != 1:
        words.append(f"× {node['scale']:g}")
    if node["denominator"]:
        words.append(f"÷ {node['denominator']}")
        if not np.isnan(node["denominator_scale"]) and node["denominator_scale"] != 1:
            words.append(f"× {node['denominator_scale']:g}")
    if node["breaks"]:
        words.append(f"[{' '.join(sorted(str(node['breaks']).split()))}]")
    return " ".join(words)


@dataclass
class _Told:
    """Collects what is found in one file."""

    file: str
    found: list[Finding] = field(default_factory=list)

    def add(
        self, code: str, row: int | None = None, column: str | None = None, /, **values: object
    ) -> None:
        self._note("error", code, row, column, values)

    def warn(self, code: str, row: int, column: str, /, **values: object) -> None:
        self._note("warning", code, row, column, values)

    def _note(
        self,
        severity: Severity,
        code: str,
        row: int | None,
        column: str | None,
        values: Mapping[str, object],
    ) -> None:
        finding = Finding(
            severity, f"crosswalk.{code}", values, file=self.file, row=row, column=column
        )
        self.found.append(finding)


def check_header(header: Sequence[str], file: str) -> list[Finding]:
    """Return an error for every column that must be there and is not."""
    told = _Told(file)
    for name in REQUIRED:
        if name not in header:
            told.add("column", 1, name, name=name, needed=", ".join(REQUIRED))
    for name in header:
        near = difflib.get_close_matches(name.lower(), COLUMNS, 1, cutoff=0.8)
        if name not in COLUMNS and near and near[0] not in header:
            told.add("column_near", 1, name, name=name[:SHOWN], near=near[0])
    return told.found


def check_crosswalk(
    table: pd.DataFrame, rows: Sequence[int], file: str, old: Framework, new: Framework
) -> list[Finding]:
    """Return everything that is wrong with a crosswalk, or worth a warning.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `COLUMNS`, str.
    rows : sequence of int
        Row numbers in the file.
    file : str
    old, new : Framework

    Returns
    -------
    list of Finding
        Errors, row by row, then of the table as a whole; warnings for pairs
        that are kept and have formulas that differ.
    """
    told = _Told(file)
    cells = table[list(COLUMNS)].to_numpy(dtype=object).tolist()
    links = [
        (row, dict(zip(COLUMNS, line, strict=True))) for row, line in zip(rows, cells, strict=True)
    ]
    frameworks = {"old": old, "new": new}
    groups = {side: item_groups(framework) for side, framework in frameworks.items()}
    for row, link in links:
        _check_words(row, link, told)
        for side, framework in frameworks.items():
            _check_side(row, link, side, framework, groups[side], told)
    _check_links(table, np.asarray(rows), told)
    for side, framework in frameworks.items():
        linked = set(table[side])
        absent = [item for item in framework.items if item not in linked]
        if absent:
            told.add("absent", None, side, name=framework.name, items=", ".join(absent))
    for row, link in links:
        one, other = link["old"], link["new"]
        if link["relation"] != "kept" or one not in groups["old"] or other not in groups["new"]:
            continue
        named = old.nodes.at[one, "operation"] or new.nodes.at[other, "operation"]
        before, after = item_formula(old, one), item_formula(new, other)
        # Without an operation in either they are columns of tables, whatever their codes.
        if named and before != after:
            formulas = {"old_formula": before, "new_formula": after}
            told.warn("formula", row, "relation", old=one, new=other, **formulas)
        if turned(old, one, new, other):
            told.warn("direction", row, "relation", old=one, new=other)
    return told.found


def turned(old: Framework, old_item: str, new: Framework, new_item: str) -> bool:
    """Return whether higher values are better in one framework and worse in the other."""
    return bool(old.nodes["direction"][old_item] != new.nodes["direction"][new_item])


def _check_words(row: int, cells: Mapping[str, str], told: _Told) -> None:
    relation = cells["relation"]
    if relation not in RELATIONS:
        allowed = ", ".join(RELATIONS)
        told.add("relation", row, "relation", value=relation[:SHOWN], allowed=allowed)
    else:
        for side in ("old", "new"):
            needed = side in FILLED[relation]
            if needed != bool(cells[side]):
                told.add("filled" if needed else "empty", row, side, relation=relation, name=side)
    for column in ("evidence", "group_evidence"):
        if cells[column] not in ("", *EVIDENCE):
            allowed = ", ".join(EVIDENCE)
            told.add("evidence", row, column, value=cells[column][:SHOWN], allowed=allowed)


def _check_side(
    row: int,
    cells: Mapping[str, str],
    side: str,
    framework: Framework,
    groups: dict[str, str],
    told: _Told,
) -> None:
    item, group = cells[side], cells[f"{side}_group"]
    if item and item not in groups:
        near = difflib.get_close_matches(item, groups, 1)
        code = "item_near" if near else "item"
        told.add(
            code, row, side, item=item[:SHOWN], name=framework.name, near=near[0] if near else ""
        )
    if group and not is_group(framework, group):
        known = ", ".join(framework.groups)
        told.add(
            "group", row, f"{side}_group", group=group[:SHOWN], name=framework.name, known=known
        )
    elif group and item in groups and item not in framework.items_under(group):
        told.add(
            "group_differs", row, f"{side}_group", item=item, group=group, own=groups[item],
            name=framework.name,
        )  # fmt: skip


def _check_links(table: pd.DataFrame, rows: NDArray[np.int64], told: _Told) -> None:
    """Check the links that an item has together."""
    for at in table.groupby(["old", "new"], sort=False).indices.values():
        if len(at) > 1:
            pair = {side: str(table[side].iloc[at[0]])[:SHOWN] for side in ("old", "new")}
            told.add("twice", int(rows[at[1]]), "old", **pair, rows=_listed(rows[at]))
    lone = {"old": ("split", "dropped"), "new": ("merged", "new")}
    for side, (apart, without) in lone.items():
        for item, at in table.groupby(side, sort=False).indices.items():
            if not item:
                continue
            relations = table["relation"].iloc[at].tolist()
            place = {"item": str(item)[:SHOWN], "rows": _listed(rows[at])}
            if relations.count("kept") > 1:
                told.add("kept_twice", int(rows[at[1]]), side, **place)
            elif "kept" in relations and len(relations) > 1:
                told.add("kept_and", int(rows[at[1]]), side, **place)
            elif without in relations and len(relations) > 1 and apart not in relations:
                told.add(f"{without}_and", int(rows[at[1]]), side, **place)
            elif relations == [apart]:
                told.add(f"{apart}_lone", int(rows[at[0]]), side, **place)


def _listed(rows: NDArray[np.int64]) -> str:
    shown = ", ".join(str(int(row)) for row in rows[:10])
    return shown + (" …" if len(rows) > 10 else "")
