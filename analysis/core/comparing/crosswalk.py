"""The crosswalk: which items of one framework are those of another."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.core.catalogue import find_framework
from analysis.core.cells import read_column, text_in
from analysis.core.comparing.check_crosswalk import (
    COLUMNS,
    check_crosswalk,
    check_header,
    is_group,
    item_formula,
    item_groups,
    turned,
)
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.tables import read_table
from analysis.paths import data_dir

REVERSED = {"merged": "split", "split": "merged", "dropped": "new", "new": "dropped"}


@dataclass(frozen=True, eq=False)
class Crosswalk:
    """Links between the items of two frameworks.

    Attributes
    ----------
    name : str
    table : pandas.DataFrame
        One row a link (all columns str): ``old, new`` (``""`` where there is
        none), ``relation`` (see `read_crosswalk`), ``old_group, new_group``
        (the child of the root under which the item stands; in a framework that
        does not have it, the group at any depth under which it would stand, or
        ``""`` for none), ``reason_zh, reason_en``, ``evidence`` (of the
        relation) and ``group_evidence`` (of the group in the framework that
        does not have the item), ``source, read_at``.
    findings : tuple of Finding
        Warnings: what is linked, or not, against the look of its formula.
    """

    name: str
    table: pd.DataFrame
    findings: tuple[Finding, ...] = ()

    @property
    def kept(self) -> dict[str, str]:
        """New code of every old item that is kept, in the order of the table."""
        rows = self.table[self.table["relation"] == "kept"]
        return dict(zip(rows["old"], rows["new"], strict=True))

    def items(self) -> pd.DataFrame:
        """Return the union of the items, each with its group in both frameworks.

        A pair that is kept is one item; every other item stands for itself.
        Where an item has several links, the first of them gives its relation
        and its group in the other framework.

        Returns
        -------
        pandas.DataFrame
            ``old, new, relation, old_group, new_group``: both codes for a pair
            that is kept, else one of them and ``""``. Old items first, each
            side in the order of the table.
        """
        columns = ["old", "new", "relation", "old_group", "new_group"]
        old = self.table.loc[self.table["old"] != "", columns].drop_duplicates("old")
        old = old.assign(new=old["new"].where(old["relation"] == "kept", ""))
        new = self.table.loc[self.table["new"] != "", columns].drop_duplicates("new")
        new = new[new["relation"] != "kept"].assign(old="")
        return pd.concat([old, new], ignore_index=True)

    def counts(self) -> pd.DataFrame:
        """Return how many items of either framework there are of each relation.

        Returns
        -------
        pandas.DataFrame
            ``relation, old_items, new_items``; an item with several links
            counts once, by the first. The columns sum to the frameworks' items.
        """
        firsts = {
            f"{side}_items": self.table[self.table[side] != ""]
            .drop_duplicates(side)["relation"]
            .value_counts()
            for side in ("old", "new")
        }
        relations = ["kept", "merged", "split", "dropped", "new"]
        table = pd.DataFrame(firsts).reindex(relations).fillna(0).astype("int64")
        return table.rename_axis("relation").reset_index()

    def reversed(self) -> Crosswalk:
        """Return the crosswalk from the new framework to the old; reasons are as they were."""
        names = {"old": "new", "new": "old", "old_group": "new_group", "new_group": "old_group"}
        table = self.table.rename(columns=names)[list(COLUMNS)]
        relation = table["relation"].map(REVERSED).fillna(table["relation"]).astype("str")
        return Crosswalk(self.name, table.assign(relation=relation), self.findings)


def read_crosswalk(source: str | Path, old: Framework, new: Framework) -> Crosswalk:
    """Read a crosswalk: a flat table, one row a link between two frameworks.

    Columns ``old, new, relation`` must be there, the others of `Crosswalk` may
    be. Relations:

    - ``kept``: the same quantity by the same formula. The item has no other link;
    - ``merged``: several old items became one; a row for each of them;
    - ``split``: an old item was taken apart; a row for each part that is an
      item of its own, and a row ``dropped`` for what is left out;
    - ``dropped``: an old item without a counterpart; ``new`` is empty;
    - ``new``: a new item without a counterpart (or, beside ``merged`` rows, a
      part that no old item had); ``old`` is empty.

    Every item of both frameworks must be in it. The groups of an item's own
    framework follow from that framework and may be left empty; the group it
    would have in the other may be empty too: then it has none.

    Parameters
    ----------
    source : str or pathlib.Path
        Any table that `analysis.core.tables.read_table` reads.
    old, new : Framework

    Returns
    -------
    Crosswalk
        Named after the file. A pair that is kept although its formulas or its
        directions differ stays so, with a warning: values are those of each
        framework's own formula.

    Raises
    ------
    InputError
        With every problem found, each with its row and column.
    """
    path = Path(source)
    raw, findings = read_table(path)
    problems = [finding for finding in findings if finding.severity == "error"]
    if raw is None or problems:
        raise InputError(problems)
    problems += check_header(raw.header, path.name)
    columns: dict[str, list[str]] = {}
    for name, cells in zip(raw.header, raw.columns, strict=True):
        columns[name], bad = read_column(cells, text_in, "")
        for problem in bad:
            row = raw.rows[problem.position]
            problems.append(
                Finding("error", problem.code, problem.values, path.name, raw.sheet, row, name)
            )
    if problems:
        raise InputError(problems)
    empty = [""] * len(raw.rows)
    table = pd.DataFrame({name: columns.get(name, empty) for name in COLUMNS}, dtype="str")
    told = check_crosswalk(table, raw.rows, path.name, old, new)
    errors = [finding for finding in told if finding.severity == "error"]
    if errors:
        raise InputError(errors)
    warnings = tuple(finding for finding in told if finding.severity != "error")
    return Crosswalk(path.stem, _with_own_groups(table, old, new), warnings)


def match_by_code(old: Framework, new: Framework) -> Crosswalk:
    """Return the crosswalk that the codes of the items give.

    Items of one code and one formula are kept (with a warning where higher is
    better in one framework alone). Those of one code whose formulas
    differ are not the same quantity: one is dropped, the other new, and a
    warning says so. An item that the other framework has not belongs there to
    the group of the same code as the nearest of its own groups that has one, else to none.

    Parameters
    ----------
    old, new : Framework

    Returns
    -------
    Crosswalk
        Old items in their order, then new ones.
    """
    old_groups, new_groups = item_groups(old), item_groups(new)
    rows: list[dict[str, str]] = []
    findings: list[Finding] = []
    kept = set()
    for item, group in old_groups.items():
        same = item in new_groups and item_formula(old, item) == item_formula(new, item)
        if same:
            kept.add(item)
            if turned(old, item, new, item):
                pair = {"old": item, "new": item}
                findings.append(Finding("warning", "crosswalk.direction", pair, item=item))
            own = {"new": item, "relation": "kept", "new_group": new_groups[item]}
        else:
            own = {"relation": "dropped", "new_group": _like_group(item, old, new)}
        if item in new_groups and not same:
            values = {
                "item": item,
                "old": item_formula(old, item),
                "new": item_formula(new, item),
            }
            findings.append(Finding("warning", "crosswalk.code_differs", values, item=item))
        rows.append({"old": item, "old_group": group, **own})
    for item, group in new_groups.items():
        if item not in kept:
            own = {"relation": "new", "old_group": _like_group(item, new, old)}
            rows.append({"new": item, "new_group": group, **own})
    cells = [{column: row.get(column, "") for column in COLUMNS} for row in rows]
    table = pd.DataFrame(cells, columns=list(COLUMNS), dtype="str")
    return Crosswalk(f"{old.name} {new.name}", table, tuple(findings))


def find_crosswalk(old: str | Framework, new: str | Framework) -> Crosswalk | None:
    """Return the shipped crosswalk from one framework to another.

    Parameters
    ----------
    old, new : str or Framework
        Names of shipped frameworks; or frameworks, which may be one's own that
        bear such a name.

    Returns
    -------
    Crosswalk or None
        Turned round where it is kept the other way; None where none is
        shipped, or where a framework given is not the one it was made for.
    """
    names = [side if isinstance(side, str) else side.name for side in (old, new)]
    folder = data_dir() / "crosswalks"
    with (folder / "catalogue.csv").open(encoding="utf-8", newline="") as handle:
        entries = list(csv.DictReader(handle))
    for entry in entries:
        pair = [entry["old"], entry["new"]]
        if names not in (pair, pair[::-1]):
            continue
        sides = [find_framework(side) if isinstance(side, str) else side for side in (old, new)]
        if names != pair:
            sides = sides[::-1]
        try:
            found = read_crosswalk(folder / f"{entry['name']}.csv", *sides)
        except InputError:
            if isinstance(old, str) and isinstance(new, str):
                raise
            return None
        if found.findings:  # kept although the formulas of one's own framework differ
            return None
        return found if names == pair else found.reversed()
    return None


def _like_group(item: str, framework: Framework, other: Framework) -> str:
    """Return the nearest group above an item whose code is a group of the other framework."""
    group = framework.parent(item)
    while group not in ("", framework.root) and not is_group(other, group):
        group = framework.parent(group)
    return "" if group in ("", framework.root) else group


def _with_own_groups(table: pd.DataFrame, old: Framework, new: Framework) -> pd.DataFrame:
    """Return the table with the groups that the frameworks themselves give."""
    table = table.copy()
    for side, framework in (("old", old), ("new", new)):
        own = table[side].map(item_groups(framework))
        table[f"{side}_group"] = own.where(table[side] != "", table[f"{side}_group"]).astype("str")
    return table
