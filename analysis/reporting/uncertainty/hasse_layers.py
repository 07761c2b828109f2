"""Where the parts of a Hasse diagram stand: layers, their order, horizontal places.

Layered drawing (Sugiyama, Tagawa and Toda 1981,
https://doi.org/10.1109/TSMC.1981.4308636). Before it, groups of units that are all
ahead of all of another group get one junction between them (edge concentration,
Newbery 1989, https://doi.org/10.1145/73337.73350): five times five lines become ten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy.optimize import isotonic_regression

SWEEPS = 24
UNIT, POINT = 1.0, 0.25  # width of a unit's box, and of a junction or a line passing by

Node = int  # units from 0, then junctions, then lines passing a layer
Layers = list[list[Node]]
Step = tuple[Node, Node]


@dataclass(frozen=True)
class Layout:
    """A drawing: nodes in layers, with their places, and the steps of the lines.

    Attributes
    ----------
    units, junctions : int
        Nodes ``0 .. units - 1`` are units, the next ``junctions`` are junctions.
    layers : list of list of int
    x : mapping of int to float
        Middle of each node, a unit's box being one wide.
    steps : list of (int, int)
        Lines between nodes of neighbouring layers, from above to below.
    """

    units: int
    junctions: int
    layers: Layers
    x: Mapping[Node, float]
    steps: list[Step]


def lay_out(units: int, pairs: list[Step], across: int) -> Layout:
    """Return a drawing of an order.

    Parameters
    ----------
    units : int
        In the order they are to have from left to right where nothing else counts.
    pairs : list of (int, int)
        Transitive reduction, ``(upper, lower)``.
    across : int
        Units that a layer holds at most.

    Returns
    -------
    Layout

    Raises
    ------
    ValueError
        If the pairs go round in a circle.
    """
    joined, junctions = _concentrated(units, pairs)
    row = _rows(units, units + junctions, joined, across)
    layers: Layers = [[] for _ in range(max(row, default=-1) + 1)]
    for node, at in enumerate(row):
        layers[at].append(node)
    steps = _steps(joined, row, layers)
    layers = _ordered(layers, steps)
    return Layout(units, junctions, layers, _places(layers, steps, units), steps)


def _concentrated(units: int, pairs: list[Step]) -> tuple[list[Step], int]:
    """Put a junction between groups wherever that saves lines, the greatest saving first."""
    below: dict[Node, set[Node]] = {}
    for upper, lower in pairs:
        below.setdefault(upper, set()).add(lower)
    steps: list[Step] = []
    junction = units
    while True:
        best: tuple[int, list[Node], set[Node]] | None = None
        for a, b in combinations(sorted(below), 2):
            common = below[a] & below[b]
            group = [node for node in sorted(below) if common <= below[node]]
            saved = len(common) * len(group) - len(common) - len(group)
            if saved > 0 and (best is None or saved > best[0]):
                best = (saved, group, common)
        if best is None:
            break
        _, group, common = best
        steps += [(node, junction) for node in group]
        steps += [(junction, node) for node in sorted(common)]
        for node in group:
            below[node] -= common
        junction += 1
    steps += [(upper, lower) for upper in sorted(below) for lower in sorted(below[upper])]
    return steps, junction - units


def _rows(units: int, nodes: int, steps: list[Step], across: int) -> list[int]:
    """Return each node's layer: as high as those above it and the width allow."""
    above: list[set[Node]] = [set() for _ in range(nodes)]
    for upper, lower in steps:
        above[lower].add(upper)
    row: dict[Node, int] = {}
    counts: dict[int, int] = {}
    waiting = list(range(nodes))
    while waiting:
        node = next((n for n in waiting if all(other in row for other in above[n])), None)
        if node is None:
            raise ValueError("the order goes round in a circle")
        at = 1 + max((row[other] for other in above[node]), default=-1)
        if node < units:
            # Units on even layers, junctions between them.
            at += at % 2
            while counts.get(at, 0) >= across:
                at += 2
            counts[at] = counts.get(at, 0) + 1
        row[node] = at
        waiting.remove(node)
    # Without a junction there is nothing to leave room for.
    filled = {at: number for number, at in enumerate(sorted(set(row.values())))}
    return [filled[row[node]] for node in range(nodes)]


def _steps(joined: list[Step], row: list[int], layers: Layers) -> list[Step]:
    """Break lines at every layer; those that leave one node share their way while they pass."""
    steps: dict[Step, None] = {}
    passing: dict[tuple[Node, int], Node] = {}
    fresh = len(row)
    for upper, lower in joined:
        last = upper
        for at in range(row[upper] + 1, row[lower]):
            if (upper, at) not in passing:
                passing[upper, at] = fresh
                layers[at].append(fresh)
                fresh += 1
            steps[last, passing[upper, at]] = None
            last = passing[upper, at]
        steps[last, lower] = None
    return list(steps)


def _ordered(layers: Layers, steps: list[Step]) -> Layers:
    """Return the layers in the order with the fewest crossings that the sweeps came by."""
    up: dict[Node, list[Node]] = {}
    down: dict[Node, list[Node]] = {}
    for a, b in steps:
        down.setdefault(a, []).append(b)
        up.setdefault(b, []).append(a)
    best, fewest = layers, _crossings(layers, down)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        layers = [list(layer) for layer in layers]
        forth = sweep % 2 == 0
        neighbours = up if forth else down
        for at in range(1, len(layers)) if forth else range(len(layers) - 2, -1, -1):
            beside = layers[at - 1 if forth else at + 1]
            place = {node: (i + 0.5) / len(beside) for i, node in enumerate(beside)}
            here = {node: (i + 0.5) / len(layers[at]) for i, node in enumerate(layers[at])}
            mean = {
                node: float(np.mean([place[other] for other in neighbours[node]]))
                if node in neighbours
                else here[node]
                for node in layers[at]
            }
            layers[at].sort(key=mean.__getitem__)
        _exchange(layers, up, down)
        count = _crossings(layers, down)
        if count < fewest:
            best, fewest = layers, count
    return best


def _exchange(
    layers: Layers, up: Mapping[Node, list[Node]], down: Mapping[Node, list[Node]]
) -> None:
    """Exchange neighbours in a layer wherever that leaves fewer crossings."""
    for at, layer in enumerate(layers):
        sides = []
        for beside, lines in ((at - 1, up), (at + 1, down)):
            if 0 <= beside < len(layers):
                place = {node: i for i, node in enumerate(layers[beside])}
                sides.append({n: np.array([place[o] for o in lines.get(n, ())]) for n in layer})
        better = True
        while better:
            better = False
            for i in range(len(layer) - 1):
                a, b = layer[i], layer[i + 1]
                now = sum(int((ends[a][:, None] > ends[b]).sum()) for ends in sides)
                then = sum(int((ends[b][:, None] > ends[a]).sum()) for ends in sides)
                if then < now:
                    layer[i], layer[i + 1] = b, a
                    better = True


def _crossings(layers: Layers, down: Mapping[Node, list[Node]]) -> int:
    total = 0
    for layer, lower in pairwise(layers):
        place = {node: i for i, node in enumerate(lower)}
        ends = np.array([e for n in layer for e in sorted(place[o] for o in down.get(n, ()))])
        total += sum(int((ends[:i] > end).sum()) for i, end in enumerate(ends))
    return total


def _places(layers: Layers, steps: list[Step], units: int) -> dict[Node, float]:
    """Return horizontal places: near the neighbours, in the layers' order, none overlapping."""
    near: dict[Node, list[Node]] = {}
    for a, b in steps:
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    x: dict[Node, float] = {}
    offsets = []
    for layer in layers:
        widths = np.array([UNIT if node < units else POINT for node in layer])
        offsets.append(np.cumsum(widths) - widths / 2)
        centre = widths.sum() / 2
        x |= {node: float(at - centre) for node, at in zip(layer, offsets[-1], strict=True)}
    widest = max(float(offset[-1] - offset[0]) for offset in offsets) / 2
    numbered = list(zip(layers, offsets, strict=True))
    for sweep in range(SWEEPS):
        for layer, offset in numbered if sweep % 2 == 0 else numbered[::-1]:
            wish = np.array(
                [np.mean([x[n] for n in near[node]]) if node in near else x[node] for node in layer]
            )
            # The nearest places to those wished for that keep order and distances,
            # cut to the width of the widest layer: the page is no wider.
            shift = isotonic_regression(wish - offset).x
            low = -widest - offset[0]
            shift = np.clip(shift, low, max(widest - offset[-1], low))
            x |= {n: float(s) for n, s in zip(layer, shift + offset, strict=True)}
    return x
