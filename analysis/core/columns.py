"""What the columns of a table are: unit, year, name, region, items, attributes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.core.cells import narrow, shown
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.raw_table import RawTable
from analysis.core.roles import ROLE_WORDS, find_roles

Layout = Literal["long", "wide"]

NEAR = 0.85  # of difflib: one letter in seven
_SEPARATORS = re.compile(r"[\s_\-./()\[\]]+")
_YEAR_HEADING = re.compile(r"(?:19|20)[0-9]{2}年?")


@dataclass(frozen=True)
class Columns:
    """Where everything stands in a table.

    Attributes
    ----------
    layout : {"long", "wide"}
    roles : mapping of str to int
        Positions of the columns ``unit``, ``year``, ``name``, ``region``,
        ``assessed``, ``item``, ``value``, as far as there are such.
    items : mapping of str to int
        Codes of items and primitives and their columns (wide form).
    attributes : mapping of str to int
        The other columns, by their headings.
    """

    layout: Layout
    roles: Mapping[str, int]
    items: Mapping[str, int]
    attributes: Mapping[str, int]


@dataclass(frozen=True)
class Vocabulary:
    """Words under which a table may hold the values of a framework.

    Attributes
    ----------
    codes : mapping of str to str
        Code for each word (code or name, NFKC) that stands for one item or
        primitive only.
    shared : mapping of str to tuple of str
        Words that stand for several items, and those.
    other : frozenset of str
        Words of the groups and the index: no items, and no near misses.
    """

    codes: Mapping[str, str]
    shared: Mapping[str, tuple[str, ...]]
    other: frozenset[str]


def vocabulary(framework: Framework) -> Vocabulary:
    """Return the words for a framework's items (code, names) and primitives (code)."""
    meanings: dict[str, set[str]] = {}
    nodes = framework.nodes
    for item in framework.items:
        for word in (nodes.at[item, "name_zh"], nodes.at[item, "name_en"]):
            if narrow(str(word)):
                meanings.setdefault(narrow(str(word)), set()).add(item)
    # A code is the surer word: it wins over a name that reads the same.
    for code in (*framework.items, *framework.primitives):
        meanings[narrow(code)] = {code}
    order = {code: i for i, code in enumerate((*framework.items, *framework.primitives))}
    groups = [code for code in nodes.index if code not in order]
    other = {narrow(str(code)) for code in groups}
    for column in ("name_zh", "name_en"):
        other |= {narrow(str(name)) for name in nodes.loc[groups, column]}
    return Vocabulary(
        {word: next(iter(codes)) for word, codes in meanings.items() if len(codes) == 1},
        {
            word: tuple(sorted(codes, key=lambda code: order[code]))
            for word, codes in meanings.items()
            if len(codes) > 1
        },
        frozenset(other),
    )


def inputs_of(framework: Framework, item: str) -> tuple[str, ...]:
    """Return the primitives from which an item can be derived, each once."""
    words = str(framework.nodes.at[item, "inputs"]).split()
    return tuple(dict.fromkeys(word.split("=")[-1] for word in words))


def recognise(
    table: RawTable,
    framework: Framework,
    words: Vocabulary,
    findings: list[Finding],
    beside: Collection[str] = (),
) -> Columns:
    """Tell the columns of a table of values apart.

    A table with columns for item and value is in long form; any other is
    wide: its columns are items or primitives (under their code, or an item's
    Chinese or English name), and the rest are attributes of the units.
    A heading that is nearly an item's is an error where the item has no
    column, and always where it differs by case or separators alone.

    Parameters
    ----------
    table : RawTable
    framework : Framework
    words : Vocabulary
        That of the framework.
    findings : list of Finding
        Problems are added to it.
    beside : collection of str
        Headings that are attributes whatever they read like: a growth rate that
        units report beside its levels is no item, and does not go before them.

    Returns
    -------
    Columns
    """
    roles = find_roles(table.header)
    long = "item" in roles and "value" in roles
    if not long:
        for role in ("item", "value"):
            roles.pop(role, None)
    if "unit" not in roles:
        expected = ", ".join(ROLE_WORDS["unit"])
        found = ", ".join(shown(word, 30) for word in table.header[:12])
        findings.append(table.finding("error", "table-no-unit", expected=expected, found=found))
    items: dict[str, int] = {}
    attributes: dict[str, int] = {}
    for position, heading in enumerate(table.header):
        code = None if heading in beside else words.codes.get(heading)
        if position in roles.values():
            continue
        if heading.casefold() in roles:  # ``Name`` beside ``name``: which is meant?
            other = shown(table.header[roles[heading.casefold()]])
            findings.append(
                table.finding("error", "table-role-twice", column=shown(heading), other=other)
            )
            continue
        if long or heading in beside or (code is None and heading not in words.shared):
            attributes[heading] = position
        elif code is None:
            codes = ", ".join(words.shared[heading])
            findings.append(
                table.finding("error", "table-item-shared", column=shown(heading), codes=codes)
            )
        elif code in items:
            findings.append(
                table.finding(
                    "error",
                    "table-item-twice",
                    column=shown(heading),
                    item=code,
                    code=code,
                    other=shown(table.header[items[code]]),
                )
            )
        else:
            items[code] = position
    findings += _near_roles(table, roles, attributes)
    if not long:
        doubtful = {word: at for word, at in attributes.items() if word not in beside}
        _check_headings(table, framework, words, items, doubtful, findings)
    return Columns("long" if long else "wide", roles, items, attributes)


def _near_roles(
    table: RawTable, roles: Mapping[str, int], attributes: Mapping[str, int]
) -> list[Finding]:
    """Warn of headings that may be meant for a role whose absence would go unnoticed."""
    return [
        table.finding("warning", "table-near-role", column=shown(heading), role=role)
        for role in ("region", "assessed")
        if role not in roles
        for heading in difflib.get_close_matches(role, map(str.casefold, attributes), 3, 0.9)
    ]


def _check_headings(
    table: RawTable,
    framework: Framework,
    words: Vocabulary,
    items: Mapping[str, int],
    attributes: Mapping[str, int],
    findings: list[Finding],
) -> None:
    """Report missing items, and headings that were probably meant for them."""
    lacking = lacking_items(framework, items)
    wanted = set(lacking) | {code for inputs in lacking.values() for code in inputs}
    candidates = {word: code for word, code in words.codes.items() if code in wanted}
    folded = {_fold(word): code for word, code in words.codes.items() if _fold(word)}
    meant: set[str] = set()
    for heading in attributes:
        if heading in words.other:
            continue
        near = folded.get(_fold(heading)) or nearest(heading, candidates)
        if near is not None:
            meant.add(near)
            findings.append(
                table.finding(
                    "error", "table-near-item", column=shown(heading), item=near, near=near
                )
            )
    across = [heading for heading in attributes if _YEAR_HEADING.fullmatch(heading)]
    if len(across) > 1 and "year" not in find_roles(table.header):
        years = ", ".join(across[:5])
        findings.append(table.finding("error", "table-years-across", years=years))
    if not items:
        code = "table-no-items"
        findings.append(table.finding("error", code, codes=", ".join(framework.items[:10])))
        return
    findings += report_lacking(table, framework, lacking, meant)


def report_lacking(
    table: RawTable,
    framework: Framework,
    lacking: Mapping[str, Sequence[str]],
    meant: Iterable[str] = (),
) -> list[Finding]:
    """Return a finding for each item or primitive that a table lacks, less those ``meant``."""
    meant = set(meant)
    needed_by: dict[str, list[str]] = {}
    findings = []
    for item, inputs in lacking.items():
        if item in meant:
            continue
        for code in inputs:
            needed_by.setdefault(code, []).append(item)
        if not inputs:
            labels = framework.nodes.at[item, "name_zh"], framework.nodes.at[item, "name_en"]
            names = " / ".join(dict.fromkeys(str(label) for label in labels if label))
            findings.append(
                table.finding("error", "table-no-item", item=item, code=item, names=names)
            )
    for code, needing in needed_by.items():
        if code not in meant:
            items = ", ".join(needing[:10])
            findings.append(
                table.finding("error", "table-no-primitive", item=code, code=code, items=items)
            )
    return findings


def lacking_items(framework: Framework, have: Iterable[str]) -> dict[str, list[str]]:
    """Return the items that a table neither holds nor lets be derived.

    Each with the primitives that would do; with none where the table holds no
    primitive at all, so that the item itself is what is missing.
    """
    have = set(have)
    primitives = bool(have & set(framework.primitives))
    lacking: dict[str, list[str]] = {}
    for item in framework.items:
        inputs = inputs_of(framework, item)
        absent = [code for code in inputs if code not in have]
        if item not in have and (absent or not inputs):
            lacking[item] = absent if primitives else []
    return lacking


def _fold(word: str) -> str:
    return _SEPARATORS.sub("", word.casefold())


def nearest(word: str, candidates: Mapping[str, str]) -> str | None:
    """Return the code whose word is nearly ``word``, or None.

    Short words (below four characters) count as near only if they differ by
    case or separators alone.
    """
    folded = {_fold(candidate): code for candidate, code in candidates.items()}
    key = _fold(word)
    if key and key in folded:
        return folded[key]
    if len(key) < 4:
        return None
    close = difflib.get_close_matches(key, [c for c in folded if len(c) > 3], 1, cutoff=NEAR)
    return folded[close[0]] if close else None
