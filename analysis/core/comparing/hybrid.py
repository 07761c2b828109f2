"""A hybrid of two editions: the groups of one, the items, weights or method of the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.core.change import Edition
from analysis.core.comparing.union import SIDES, Place, Union
from analysis.core.findings import Finding, InputError
from analysis.core.framework import NUMBER_COLUMNS, TEXT_COLUMNS, Framework, WeightSet

CAUSES = ("groups", "items", "weights", "normalisation")
# What an item is compared with goes with the method; how it is formed goes with the items.
FACTS = ("direction", "lo", "hi", "target", "cap", "transform", "normalisation", "treatment")
COLUMNS = (*TEXT_COLUMNS, *NUMBER_COLUMNS, "direction", "integer")
GROUP_COLUMNS = ("group", "edition", "brought", "items", "weight", "weight_used")

Key = tuple[int, str]
"""An edition and the code of a node in it."""


@dataclass(frozen=True, eq=False)
class Hybrid:
    """An edition made of parts of two.

    Attributes
    ----------
    edition : Edition
        Panel, framework and method, to be scored like any other.
    groups : pandas.DataFrame
        ``group, edition`` (``old`` or ``new``: whose group it is), ``brought``
        (whether items without a place in the grouping brought it along),
        ``items`` (in use), ``weight`` (in the index, as the edition has it; of
        a group brought along, that of the items that brought it) and
        ``weight_used`` (in the hybrid; 0 for a group without items).
    """

    edition: Edition
    groups: pd.DataFrame


def hybrid(editions: tuple[Edition, Edition], union: Union, switched: Collection[str]) -> Hybrid:
    """Return the edition that takes some parts from the new, the others from the old.

    - ``groups``: the groups, the nodes above and within them, and the weights
      of groups. Items of the other edition hang where the crosswalk puts them;
      those that it puts nowhere bring their own group along, with the weight
      they have in the index of their own edition.
    - ``items``: the items in use, and their values.
    - ``weights``: the weights of items within their group, on one scale
      (`Union.item_weights`); an item that the edition of the weights has not
      keeps its own. A node within a group weighs what its items in use weigh.
    - ``normalisation``: the whole method, and what a kept item is compared
      with (`FACTS`: direction, goalposts, its own rules); other items keep theirs.

    The weight of a group without items (or whose items weigh nothing) goes to
    the other groups in proportion to their own.

    Parameters
    ----------
    editions : (Edition, Edition)
        Old and new.
    union : Union
        Of their frameworks.
    switched : collection of str
        The causes (`CAUSES`) taken from the new edition.

    Returns
    -------
    Hybrid
        With none switched the old edition, with all of them the new, up to
        the order of siblings.

    Notes
    -----
    Weights keyed on attributes of the units stay so: those of both editions
    are taken for each combination of attributes that the panel holds.
    """
    if any(edition.method.adjustment.active for edition in editions):
        methods = ", ".join(dict.fromkeys(edition.method.name for edition in editions))
        raise InputError([Finding("error", "compare.points", {"methods": methods})])
    grouping, used, weighing, method = (int(cause in switched) for cause in CAUSES)
    places = {item: union.place(used, item, grouping) for item in union.frameworks[used].items}
    held = [None, *_combinations(editions[used], union)]
    weights = [_item_weights(union, used, weighing, one) for one in held]
    heavy = {
        _key(place) for item, place in places.items() if any(weight[item] > 0 for weight in weights)
    }
    places = _without_lone_nodes(
        {item: place for item, place in places.items() if _key(place) in heavy}, union
    )
    nodes, paths = _tree(union, grouping, used, places)
    if method != used:
        kept = [item for item in places if item in union.partner[used]]
        twins = [union.partner[used][item] for item in kept]
        facts = union.frameworks[method].nodes.loc[twins, list(FACTS)]
        nodes.loc[kept, list(FACTS)] = facts.set_axis(kept)
    sets = []
    for number, (one, weight) in enumerate(zip(held, weights, strict=True)):
        of_groups = _group_weights(union, grouping, used, places, one)
        found = _node_weights(places, paths, weight, of_groups)
        column = f"weight[{number}]" if one is not None else "weight"
        nodes[column] = pd.Series(found).reindex(nodes.index)
        if one is not None:
            sets.append(WeightSet(column, tuple(one.items())))
    groups = _group_table(
        grouping, places, _group_weights(union, grouping, used, places, None), heavy
    )
    framework = Framework("+".join(one.name for one in union.frameworks), nodes, tuple(sets))
    edition = replace(editions[used], framework=framework, method=editions[method].method)
    return Hybrid(edition, groups)


def _key(place: Place) -> Key:
    return place.side, place.group


def _combinations(edition: Edition, union: Union) -> list[dict[str, str]]:
    """Return the combinations of attributes that weights are keyed on, as the panel has them."""
    units = edition.panel.units
    keys = sorted({key for one in union.frameworks for key in one.weight_attributes})
    keys = [key for key in keys if key in units]
    if not keys:
        return []
    words = units[keys].astype("str").fillna("").drop_duplicates().sort_values(keys)
    return [dict(zip(keys, map(str, row), strict=True)) for row in words.to_numpy()]


def _item_weights(
    union: Union, used: int, weighing: int, attributes: Mapping[str, str] | None
) -> dict[str, float]:
    """Return the relative weight of each item in use, by the weights of one edition."""
    both = union.item_weights(attributes)
    own = {str(item): float(weight) for item, weight in both[used].items()}
    if weighing == used:
        return own
    partner = union.partner[used]
    return {
        item: float(both[weighing][partner[item]]) if item in partner else weight
        for item, weight in own.items()
    }


def _group_weights(
    union: Union,
    grouping: int,
    used: int,
    places: Mapping[str, Place],
    attributes: Mapping[str, str] | None,
) -> dict[Key, float]:
    """Return the weight in the index of every group, with those brought along."""
    found = {(grouping, g): w for g, w in union.group_weights(grouping, attributes).items()}
    brought = [item for item, place in places.items() if place.side != grouping]
    if brought:
        at_home = union.group_weights(used, attributes)
        relative = union.relative(used, attributes)
        groups = [union.home(used, str(item)).group for item in relative.index]
        share = relative / relative.groupby(groups).transform("sum").replace(0.0, 1.0)
        for item in brought:
            group = places[item].group
            found[used, group] = found.get((used, group), 0.0) + at_home[group] * share[item]
    return found


def _without_lone_nodes(places: Mapping[str, Place], union: Union) -> dict[str, Place]:
    """Return places, the path of an item alone in a group that is an item left empty.

    It hangs straight under the index there, and so it does here.
    """
    many = pd.Series([_key(place) for place in places.values()], dtype=object).value_counts()
    result = {}
    for item, place in places.items():
        framework = union.frameworks[place.side]
        lone = many[_key(place)] == 1 and framework.level(place.group) == 1
        result[item] = replace(place, path=()) if lone else place
    return result


def _node_weights(
    places: Mapping[str, Place],
    paths: Mapping[str, Sequence[str]],
    weights: Mapping[str, float],
    of_groups: Mapping[Key, float],
) -> dict[str, float]:
    """Return the weight in the index of every node below it."""
    whole: dict[Key, float] = {}
    for item, place in places.items():
        whole[_key(place)] = whole.get(_key(place), 0.0) + weights[item]
    found: dict[str, float] = {}
    for item, place in places.items():
        total = whole[_key(place)]
        in_index = of_groups[_key(place)] * (weights[item] / total if total > 0 else 0.0)
        for node in (*paths[item], item):
            found[node] = found.get(node, 0.0) + in_index
    return found


def _group_table(
    grouping: int,
    places: Mapping[str, Place],
    weights: Mapping[Key, float],
    heavy: Collection[Key],
) -> pd.DataFrame:
    used = {key: weight if key in heavy else 0.0 for key, weight in weights.items()}
    total = sum(used.values())
    many = [_key(place) for place in places.values()]
    rows = [
        (key[1], SIDES[key[0]], key[0] != grouping, many.count(key), weight,
         used[key] / total if total > 0 else 0.0)
        for key, weight in weights.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(GROUP_COLUMNS))


def _tree(
    union: Union, grouping: int, used: int, places: Mapping[str, Place]
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return the nodes, and the names of those between the index and each item.

    Nodes keep their codes, those above the items with primes where a code is
    taken by an item, or by a node of the other edition.
    """
    parent_of: dict[Key, Key | None] = {}
    for place in places.values():
        above: Key | None = None
        for code in place.path:
            parent_of[place.side, code] = above
            above = place.side, code
    taken = set(places)
    root = _free(union.frameworks[grouping].root, taken)
    names: dict[Key, str] = {}
    rows = [(grouping, union.frameworks[grouping].root, root, "")]
    for side in (grouping, 1 - grouping):
        for code in map(str, union.frameworks[side].nodes.index):
            if (side, code) in parent_of:
                names[side, code] = _free(code, taken)
    for key, name in names.items():
        above = parent_of[key]
        rows.append((*key, name, root if above is None else names[above]))
    paths = {
        item: [names[place.side, code] for code in place.path] for item, place in places.items()
    }
    rows += [(used, item, item, paths[item][-1] if paths[item] else root) for item in places]
    parts = []
    for side in (0, 1):
        own = [row for row in rows if row[0] == side]
        part = union.frameworks[side].nodes.loc[[row[1] for row in own], list(COLUMNS)]
        parts.append(part.set_axis([row[2] for row in own]).assign(parent=[row[3] for row in own]))
    nodes = pd.concat(parts).loc[[row[2] for row in rows]]
    # A node above the items is no item here, whatever it is at home.
    upper = [name for _, _, name, _ in rows if name not in places]
    nodes.loc[upper, ["normalisation", "treatment", "cap", "transform"]] = ""
    nodes.loc[upper, ["denominator", "operation", "inputs", "breaks"]] = ""
    nodes.loc[upper, "direction"] = 0
    nodes["weight"] = np.nan
    nodes.index.name = "code"
    return nodes, paths


def _free(code: str, taken: set[str]) -> str:
    """Return a code that is not taken yet, and take it."""
    while code in taken:
        code += "'"
    taken.add(code)
    return code
