"""The constraints on weights that a YAML file asks for, with every problem in them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_builders import Groups, Linear, admissible, expanded

LINEAR_KEYS = ("weights", "least", "most", "label")
MOST_ROWS = 2000
LARGEST = 1e6

Content = Mapping[Any, Any]


@dataclass
class Problems:
    """Collects what is wrong with one file.

    Attributes
    ----------
    framework : Framework
        Whose nodes it may name.
    file : str
        Its name, ``""`` for none.
    found : list of Finding
    """

    framework: Framework
    file: str
    found: list[Finding] = field(default_factory=list)

    def add(self, code: str, key: str, /, **values: object) -> None:
        """Note an error at a key of the file."""
        told = {"key": key, **values}
        self.found.append(Finding("error", f"space.{code}", told, file=self.file or None))

    def node(self, key: str, code: object, *, item: bool = False) -> str | None:
        """Return a code that the framework knows, else note the problem."""
        known = self.framework.items if item else tuple(map(str, self.framework.nodes.index))
        if isinstance(code, str) and code in known:
            return code
        # Only of text: nested lists may be too long to write out.
        near = difflib.get_close_matches(code[:60], known, 1) if isinstance(code, str) else []
        group = isinstance(code, str) and code in self.framework.nodes.index
        kind = "group" if group else "code_near" if near else "code"
        self.add(kind, key, value=shown(code), near=near[0] if near else "")
        return None

    def pair(self, key: str, value: object, low: float, high: float) -> tuple[float, float] | None:
        """Return two numbers within bounds, the first not above the second."""
        if isinstance(value, list) and len(value) == 2:
            least, most = (_number(one, low, high) for one in value)
            if least is not None and most is not None and least <= most:
                return least, most
        self.add("pair", key, value=shown(value), low=f"{low:g}", high=f"{high:g}")
        return None


def bounded(content: Content, problems: Problems) -> WeightSpace | None:
    """Return the weights within the bounds asked for, None where those are not right."""
    groups = groups_asked(content, problems)
    bounds = content.get("bounds", [0.5, 2])
    pair = (0.0, math.inf) if bounds == "free" else problems.pair("bounds", bounds, 0, LARGEST)
    if pair is not None and not pair[0] <= 1 <= pair[1]:
        problems.add("one_outside", "bounds", low=f"{pair[0]:g}", high=f"{pair[1]:g}")
    own: dict[str, tuple[float, float]] = {}
    for code, value in _mapping("items", content.get("items"), problems).items():
        item = problems.node("items", code, item=True)
        found = problems.pair(f"items.{shown(code)}", value, 0, LARGEST)
        if item is not None and found is not None:
            own[item] = found
    if problems.found or pair is None:
        return None
    low, high = pair
    return admissible(problems.framework, low=low, high=high, groups=groups, items=own)


def groups_asked(content: Content, problems: Problems) -> Groups:
    """Return what the file says about the weights of the groups."""
    groups = content.get("groups", "fixed")
    if isinstance(groups, str) and groups in ("fixed", "free"):
        return "free" if groups == "free" else "fixed"
    pair = problems.pair("groups", groups, 0, LARGEST)
    if pair is None:
        return "fixed"
    if not pair[0] <= 1 <= pair[1]:
        problems.add("one_outside", "groups", low=f"{pair[0]:g}", high=f"{pair[1]:g}")
        return "fixed"
    return pair


def rows_asked(content: Content, problems: Problems) -> list[Linear]:
    """Return the constraints under ``shares``, ``order`` and ``linear``."""
    return [
        *_shares(content.get("shares"), problems),
        *_orders(content.get("order"), problems),
        *_linears(content.get("linear"), problems),
    ]


def _shares(content: object, problems: Problems) -> list[Linear]:
    """Return bounds on the shares of nodes in their parents, which are linear in the items."""
    rows = []
    framework = problems.framework
    for code, value in _mapping("shares", content, problems).items():
        node = problems.node("shares", code)
        pair = problems.pair(f"shares.{shown(code)}", value, 0, 1)
        if node is None or pair is None:
            continue
        parent = framework.parent(node)
        if not parent:
            problems.add("root", f"shares.{node}")
            continue
        for sign, end, mark in ((1.0, pair[0], "≥"), (-1.0, pair[1], "≤")):
            row = expanded(framework, {parent: -sign * end})
            for item, one in expanded(framework, {node: sign}).items():
                row[item] += one
            rows.append(Linear(row, least=0.0, label=f"{node} {mark} {end:g}·{parent}"))
    return rows


def _orders(content: object, problems: Problems) -> list[Linear]:
    rows = []
    for at, chain in enumerate(_list("order", content, problems), start=1):
        key = f"order[{at}]"
        if not isinstance(chain, list) or len(chain) < 2 or len(chain) > MOST_ROWS:
            problems.add("chain", key, value=shown(chain))
            continue
        codes = [problems.node(key, code) for code in chain]
        named = [code for code in codes if code is not None]
        if len(set(named)) < len(named):
            problems.add("chain_twice", key, value=", ".join(named[:12]))
        elif len(named) == len(codes):
            for first, second in pairwise(named):
                row = expanded(problems.framework, {first: 1.0})
                for item in problems.framework.items_under(second):
                    row[item] = row.get(item, 0.0) - 1.0
                rows.append(Linear(row, least=0.0, label=f"{first} ≥ {second}"))
    return rows


def _linears(content: object, problems: Problems) -> list[Linear]:
    rows = []
    for at, row in enumerate(_list("linear", content, problems), start=1):
        key = f"linear[{at}]"
        if not isinstance(row, Mapping) or not set(row) <= set(LINEAR_KEYS) or "weights" not in row:
            problems.add("row", key, allowed=", ".join(LINEAR_KEYS))
            continue
        weights: dict[str, float] = {}
        for code, value in _mapping(f"{key}.weights", row["weights"], problems).items():
            node = problems.node(f"{key}.weights", code)
            number = _number(value, -LARGEST, LARGEST)
            if number is None:
                problems.add("number", f"{key}.weights.{shown(code)}", value=shown(value))
            elif node is not None:
                weights[node] = number
        ends = {}
        for end in ("least", "most"):
            if end in row:
                number = _number(row[end], -LARGEST, LARGEST)
                if number is None:
                    problems.add("number", f"{key}.{end}", value=shown(row[end]))
                ends[end] = number or 0.0
        label = row.get("label", "")
        if not ends or ends.get("least", -math.inf) > ends.get("most", math.inf):
            problems.add("ends", key)
        elif not isinstance(label, str) or len(label) > 200 or not label.isprintable():
            problems.add("label", f"{key}.label")
        elif weights:
            rows.append(Linear(expanded(problems.framework, weights), label=label, **ends))
    return rows


def _mapping(key: str, content: object, problems: Problems) -> Mapping[Any, Any]:
    if content is None:
        return {}
    if isinstance(content, Mapping) and len(content) <= MOST_ROWS:
        return content
    problems.add("not_mapping", key, value=shown(content), most=MOST_ROWS)
    return {}


def _list(key: str, content: object, problems: Problems) -> Sequence[Any]:
    if content is None:
        return []
    if isinstance(content, list) and len(content) <= MOST_ROWS:
        return content
    problems.add("not_list", key, value=shown(content), most=MOST_ROWS)
    return []


def _number(value: object, low: float, high: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if low <= value <= high else None


def shown(value: object) -> str:
    """Return a value as a message may show it: a nested one only by its kind."""
    if isinstance(value, int) and abs(value) > 10**20:
        return "int"
    return repr(value)[:60] if isinstance(value, str | int | float) else type(value).__name__
