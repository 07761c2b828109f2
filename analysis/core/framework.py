"""The framework: a tree of items, groups and the index, one row a node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

EVIDENCE = ("named", "reported", "implied", "proxy")

# Every node table has these columns; a file may leave most of them out.
TEXT_COLUMNS = (
    "parent",
    "name_zh",
    "name_en",
    "unit",
    "evidence",
    "source",
    "weight_status",
    "kind",
    "aggregation",
    "normalisation",
    "treatment",
    "cap",
    "transform",
    "denominator",
    "operation",
    "inputs",
    "breaks",
    "note",
    "definition_zh",
    "definition_en",
)
NUMBER_COLUMNS = (
    "weight",
    "lo",
    "hi",
    "target",
    "min",
    "max",
    "scale",
    "denominator_scale",
)


@dataclass(frozen=True)
class WeightSet:
    """A column of weights that holds for units with certain attributes.

    Attributes
    ----------
    column : str
        The column's word in the framework, ``weight[region=west]`` say.
    conditions : tuple of (str, str)
        Attribute and value pairs that must all hold.
    """

    column: str
    conditions: tuple[tuple[str, str], ...]

    def holds(self, attributes: Mapping[str, str]) -> bool:
        """Return whether a unit with ``attributes`` takes these weights."""
        return all(str(attributes.get(key, "")) == value for key, value in self.conditions)


@dataclass(frozen=True, eq=False)
class Framework:
    """A hierarchy of nodes: items (leaves), groups at any depth, one root.

    Attributes
    ----------
    name : str
    nodes : pandas.DataFrame
        Index ``code`` in file order; the columns of `TEXT_COLUMNS` (``""``
        where empty) and `NUMBER_COLUMNS` (NaN where empty), ``direction`` (1
        or -1; 0 for nodes that are no item), ``integer`` (bool), the weight
        sets (float) and whatever else the file holds (str).
    weight_sets : tuple of WeightSet
        From the least to the most specific.
    """

    name: str
    nodes: pd.DataFrame
    weight_sets: tuple[WeightSet, ...] = ()

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {str(code): [] for code in self.nodes.index}
        for code, parent in self.nodes["parent"].items():
            if parent:
                found[parent].append(str(code))
        return {code: tuple(children) for code, children in found.items()}

    @cached_property
    def _levels(self) -> dict[str, int]:
        levels: dict[str, int] = {}

        def visit(code: str) -> int:
            levels[code] = 1 + max((visit(child) for child in self._children[code]), default=0)
            return levels[code]

        visit(self.root)
        return levels

    @cached_property
    def _place(self) -> dict[str, int]:
        return {str(code): place for place, code in enumerate(self.nodes.index)}

    @cached_property
    def _parent_number(self) -> NDArray[np.intp]:
        """Number of each node's parent; siblings share it."""
        return pd.factorize(self.nodes["parent"])[0]

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Codes of the leaves, in file order."""
        return tuple(code for code, children in self._children.items() if not children)

    @cached_property
    def root(self) -> str:
        """Code of the index."""
        return str(self.nodes.index[self.nodes["parent"] == ""][0])

    @property
    def depth(self) -> int:
        """Number of levels, items and index included."""
        return self._levels[self.root]

    @property
    def groups(self) -> tuple[str, ...]:
        """Children of the root, in file order."""
        return self._children[self.root]

    @cached_property
    def bottom_up(self) -> tuple[str, ...]:
        """Every node, children before parents: by level, then in file order."""
        return tuple(sorted(self._children, key=lambda code: self._levels[code]))

    @cached_property
    def top_down(self) -> tuple[str, ...]:
        """Every node, the index first: by falling level, then in file order."""
        return tuple(sorted(self._children, key=lambda code: -self._levels[code]))

    @cached_property
    def primitives(self) -> tuple[str, ...]:
        """Codes that the items' ``inputs`` and ``denominator`` name, sorted."""
        named = {word.split("=")[-1] for inputs in self.nodes["inputs"] for word in inputs.split()}
        return tuple(sorted(named.union(self.denominators)))

    @cached_property
    def denominators(self) -> tuple[str, ...]:
        """Codes that the items are divided by, sorted."""
        return tuple(sorted({str(code) for code in self.nodes["denominator"] if code}))

    @cached_property
    def weight_attributes(self) -> tuple[str, ...]:
        """Attributes of units on which weight sets are keyed, sorted."""
        return tuple(sorted({key for held in self.weight_sets for key, _ in held.conditions}))

    def level(self, code: str) -> int:
        """Return the level of a node: 1 for items, else 1 + its highest child's."""
        return self._levels[code]

    def parent(self, code: str) -> str:
        """Return the code of a node's parent, ``""`` for the root."""
        return str(self.nodes.at[code, "parent"])

    def children(self, code: str) -> tuple[str, ...]:
        """Return the children of a node, in file order."""
        return self._children[code]

    @cached_property
    def _aggregations(self) -> dict[str, str]:
        return {str(code): str(rule) for code, rule in self.nodes["aggregation"].items()}

    def aggregation(self, code: str) -> str:
        """Return the rule by which a node itself is to be formed, ``""`` if it names none."""
        return self._aggregations[code]

    def items_under(self, code: str) -> tuple[str, ...]:
        """Return the items below a node, in file order (an item: itself)."""
        below: set[str] = set()
        waiting = [code]
        while waiting:
            node = waiting.pop()
            below.add(node)
            waiting.extend(self._children[node])
        return tuple(item for item in self.items if item in below)

    def label(self, code: str, lang: str) -> str:
        """Return a node's name in ``lang``, else in the other language, else its code."""
        other = "en" if lang == "zh" else "zh"
        node = self.nodes.loc[code]
        return str(node[f"name_{lang}"] or node[f"name_{other}"] or code)

    def measure(self, code: str, lang: str) -> str:
        """Return a node's unit of measure in words of ``lang``, else as the framework has it."""
        node = self.nodes.loc[code]
        return str(node.get(f"unit_{lang}") or node.get("unit") or "")

    def evidence_counts(self) -> dict[str, int]:
        """Return how many items carry each evidence word (``""``: none given)."""
        counts = dict.fromkeys(EVIDENCE, 0)
        for word in self.nodes.loc[list(self.items), "evidence"]:
            counts[str(word)] = counts.get(str(word), 0) + 1
        return counts

    def with_weights(self, table: pd.DataFrame, status: str = "") -> Framework:
        """Return the framework with other weights.

        Parameters
        ----------
        table : pandas.DataFrame
            ``code, weight``: as every rule of `analysis.core.weighting` returns
            them. Nodes that it does not name keep their weights; weight sets
            keyed on attributes of the units are dropped.
        status : str
            What the nodes' ``weight_status`` then says.

        Returns
        -------
        Framework

        Raises
        ------
        KeyError
            If the table names a code that the framework has not.
        """
        codes = table["code"].to_list()
        unknown = [code for code in codes if code not in self.nodes.index]
        if unknown:
            raise KeyError(", ".join(map(str, unknown)))
        nodes = self.nodes.drop(columns=[held.column for held in self.weight_sets])
        nodes.loc[codes, "weight"] = table["weight"].to_numpy(dtype=float)
        nodes.loc[codes, "weight_status"] = status
        return Framework(self.name, nodes)

    def weights(
        self, attributes: Mapping[str, str] | None = None, *, rescale: bool = True
    ) -> pd.Series:
        """Return the weight of every node among its siblings.

        ``w_i / sum(w_j over the siblings j of i)``; siblings without any
        weight weigh the same; the root weighs 1. A weight set that holds for
        ``attributes`` replaces the general weights where it is filled, the
        more specific set going last.

        Parameters
        ----------
        attributes : mapping, optional
            Attribute values of a unit, ``{"region": "west"}`` say.
        rescale : bool
            Whether weights are scaled to sum to one among siblings. If not,
            they are as given, whatever their sum (siblings without any weight
            still share 1 equally).

        Returns
        -------
        pandas.Series
            float64, indexed by code in file order.
        """
        raw = self.nodes["weight"].to_numpy(dtype=float, copy=True)
        for held in self.weight_sets:
            if attributes is not None and held.holds(attributes):
                own = self.nodes[held.column].to_numpy(dtype=float)
                raw = np.where(np.isnan(own), raw, own)
        given = ~np.isnan(raw)
        raw = np.where(given, raw, 1.0)
        raw[self._place[self.root]] = 1.0
        with np.errstate(invalid="ignore"):  # siblings of weight 0 throughout: NaN, no share
            shared = raw / np.bincount(self._parent_number, weights=raw)[self._parent_number]
        weights = shared if rescale else np.where(given, raw, shared)
        return pd.Series(weights, index=self.nodes.index)
