"""What must hold of a framework: its tree, its words, its weights and formulas."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import combinations
from typing import Any, Protocol

import numpy as np
import pandas as pd

from analysis.core.aggregations import AGGREGATIONS
from analysis.core.derive import ARITY, OPERATIONS, regional_inputs
from analysis.core.framework import EVIDENCE, Framework
from analysis.core.method_keys import TREATMENTS
from analysis.core.normalisations import NORMALISATIONS

# Words that head a column of something else in a table of values.
RESERVED = {"unit", "ucode", "iso3", "code", "year", "time", "name", "uname", "country"}
RESERVED |= {"region", "item", "value", "assessed"}
WORDS = {
    "evidence": ("", *EVIDENCE),
    "aggregation": ("", *AGGREGATIONS),
    "normalisation": ("", *NORMALISATIONS),
    "treatment": ("", *TREATMENTS),
    "cap": ("", "both", "lower", "upper"),
    "transform": ("", "log"),
    "operation": ("", *OPERATIONS),
}
MOST_LEVELS = 50
ITEM_ONLY = (
    "normalisation",
    "treatment",
    "cap",
    "transform",
    "denominator",
    "operation",
    "inputs",
    "breaks",
)
_CODE = re.compile(r"[^\s=\[\],;]{1,64}")
_YEARS = re.compile(r"\d{4}( +\d{4})*")


class Collector(Protocol):
    """Whatever notes problems of one file."""

    def add(
        self, code: str, row: int | None = None, column: str | None = None, /, **values: object
    ) -> None:
        """Note an error."""


def check_tree(
    codes: Sequence[str], parents: Sequence[str], rows: Sequence[int], problems: Collector
) -> None:
    """Check that the nodes form one tree with at least one item below the root."""
    known = set(codes)
    for code, times in Counter(codes).items():
        if times > 1 and code:
            at = [row for row, other in zip(rows, codes, strict=True) if other == code]
            listed = ", ".join(map(str, at))
            problems.add("code_twice", at[1], "code", code=code, rows=listed)
    for code, parent, row in zip(codes, parents, rows, strict=True):
        if not _CODE.fullmatch(code):
            problems.add("code", row, "code", code=code[:80])
        elif code.lower() in RESERVED:
            problems.add("code_reserved", row, "code", code=code)
        if parent and parent not in known:
            problems.add("parent", row, "parent", code=code, parent=parent[:80])
    roots = [code for code, parent in zip(codes, parents, strict=True) if not parent]
    if len(roots) != 1:
        problems.add("root", None, "parent", count=len(roots), codes=", ".join(roots[:10]))
    elif len(known) == 1:
        problems.add("no_items", None, "parent", code=roots[0])
    above = dict(zip(codes, parents, strict=True))
    reaches_root = {""}
    for code, row in zip(codes, rows, strict=True):
        path: list[str] = []
        node = code
        while node in above and node not in reaches_root and node not in path:
            path.append(node)
            node = above[node]
            if len(path) > MOST_LEVELS:
                problems.add("too_deep", row, "parent", code=code, levels=MOST_LEVELS)
                return
        if node in path:
            problems.add("circle", row, "parent", code=code, path=" → ".join([*path, node]))
        reaches_root.update(path)


def check_nodes(
    framework: Framework,
    rows: Mapping[str, int],
    problems: Collector,
    own_rules: Collection[str] = (),
) -> None:
    """Check words, goalposts, formulas and weights of a framework that is a tree."""
    items = set(framework.items)
    words_of = {**WORDS, "normalisation": (*WORDS["normalisation"], *own_rules)}
    for code, node in framework.nodes.to_dict("index").items():
        row = rows[str(code)]
        for column, allowed in words_of.items():
            if node[column] not in allowed:
                words = ", ".join(filter(None, allowed))
                problems.add("word", row, column, value=str(node[column])[:40], allowed=words)
        if code in items:
            _check_item(str(code), node, row, framework.primitives, problems)
            continue
        for column in ITEM_ONLY:
            if node[column]:
                problems.add("item_only", row, column, code=code, name=column)
    _check_weights(framework, rows, problems)


def _check_item(
    code: str,
    node: Mapping[Hashable, Any],
    row: int,
    primitives: Collection[str],
    problems: Collector,
) -> None:
    if node["lo"] >= node["hi"]:
        problems.add("goalposts", row, "lo", code=code, lo=node["lo"], hi=node["hi"])
    if pd.isna(node["lo"]) != pd.isna(node["hi"]):
        problems.add("goalpost_alone", row, "lo", code=code)
    if node["normalisation"] == "goalposts" and pd.isna(node["lo"]):
        problems.add("goalpost_missing", row, "lo", code=code)
    if node["transform"] == "log" and node["lo"] <= 0:
        problems.add("log_goalpost", row, "lo", code=code, lo=node["lo"])
    if node["denominator"] == code or not np.isnan(node["denominator_scale"]):
        _check_denominator(code, node, row, problems)
    if node["min"] > node["max"]:
        problems.add("min_max", row, "min", code=code, min=node["min"], max=node["max"])
    if node["breaks"] and not _YEARS.fullmatch(node["breaks"]):
        problems.add("breaks", row, "breaks", code=code, value=str(node["breaks"])[:40])
    operation = node["operation"]
    if operation not in OPERATIONS:
        if node["inputs"] and not operation:
            problems.add("inputs_alone", row, "operation", code=code)
        return
    inputs = node["inputs"].split()
    least, most = ARITY[operation]
    if not least <= len(inputs) <= most:
        problems.add("inputs_count", row, "inputs", code=code, operation=operation, n=len(inputs))
    if code in primitives and operation != "level":
        problems.add("item_is_input", row, "code", code=code, operation=operation)
    pairs = regional_inputs(node["inputs"])
    if (operation == "pick") != (len(pairs) == len(inputs) and bool(inputs)) or (
        operation != "pick" and pairs
    ):
        problems.add("inputs_form", row, "inputs", code=code, operation=operation)


def _check_denominator(
    code: str, node: Mapping[Hashable, Any], row: int, problems: Collector
) -> None:
    if node["denominator"] == code:
        problems.add("denominator_self", row, "denominator", code=code)
    if not node["denominator"]:
        problems.add("denominator_missing", row, "denominator_scale", code=code)
    if node["denominator_scale"] <= 0:
        scale = node["denominator_scale"]
        problems.add("denominator_scale", row, "denominator_scale", code=code, scale=scale)


def _check_weights(framework: Framework, rows: Mapping[str, int], problems: Collector) -> None:
    nodes = framework.nodes
    columns = {"weight": nodes["weight"]}
    for held in framework.weight_sets:
        columns[held.column] = nodes[held.column].fillna(nodes["weight"])
    for parent in framework.nodes.index:
        siblings = list(framework.children(str(parent)))
        if not siblings:
            continue
        for column, weights in columns.items():
            given = weights[siblings].notna()
            if given.any() and not given.all():
                without = ", ".join(weights[siblings].index[~given])
                problems.add("weight_some", rows[str(parent)], column, code=parent, codes=without)
            elif given.all() and weights[siblings].sum() <= 0:
                problems.add("weight_zero", rows[str(parent)], column, code=parent)
    for one, other in combinations(framework.weight_sets, 2):
        same_length = len(one.conditions) == len(other.conditions)
        first, second = dict(one.conditions), dict(other.conditions)
        apart = any(first[key] != second[key] for key in first.keys() & second.keys())
        if not same_length or apart:
            continue
        both = nodes[one.column].notna() & nodes[other.column].notna()
        differ = both & ~np.isclose(nodes[one.column], nodes[other.column], rtol=1e-12)
        if differ.any():
            codes = ", ".join(nodes.index[differ])
            problems.add(
                "weight_clash", 1, one.column, one=one.column, other=other.column, codes=codes
            )
