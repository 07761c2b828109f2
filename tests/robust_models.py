"""Small models and sets of weights for tests of what holds for every weight."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.framework import NUMBER_COLUMNS, TEXT_COLUMNS, Framework
from analysis.core.method import Aggregation, Method, Missing
from analysis.core.nodes import form_nodes
from analysis.core.rebuild import reweighted
from analysis.core.uncertainty.robust.robust_values import LinearModel, linear_values
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.weights_between import local_of

FloatArray = NDArray[np.float64]

METHOD = Method(missing=Missing("renormalise", 0.0))


def tree(*groups: str, weights: Sequence[float] = ()) -> Framework:
    """Return an index above groups, each the items of a word: ``tree("ab", "cde")``.

    A group in brackets holds groups: ``tree("ab", "(cd)(ef)")``.
    """
    rows: list[dict[str, object]] = [{"code": "i"}]

    def add(parent: str, name: str, word: str, weight: float) -> None:
        rows.append({"code": name, "parent": parent, "weight": weight})
        inner = [part for part in word.replace("(", ")").split(")") if part]
        if "(" in word:
            for number, part in enumerate(inner):
                add(name, f"{name}.{number}", part, 1.0)
        else:
            rows.extend({"code": letter, "parent": name, "direction": 1} for letter in word)

    for number, word in enumerate(groups):
        add("i", f"G{number}", word, weights[number] if len(weights) else 1.0)
    nodes = pd.DataFrame(rows).set_index("code")
    for column in TEXT_COLUMNS:
        nodes[column] = nodes[column].fillna("").astype(object) if column in nodes else ""
    for column in NUMBER_COLUMNS:
        nodes[column] = nodes[column].astype(float) if column in nodes else np.nan
    nodes["direction"] = nodes["direction"].fillna(0).astype(int)
    nodes["integer"] = False
    return Framework("small", nodes)


def model_of(
    values: Sequence[Sequence[float]] | FloatArray, framework: Framework, rule: str = "arithmetic"
) -> LinearModel:
    """Return the model of an index of one rule throughout."""
    method = Method(aggregation=Aggregation(rule), missing=METHOD.missing)
    return linear_values(np.array(values, dtype=float), framework, method)


def corners(space: WeightSpace, steps: int = 1) -> FloatArray:
    """Return the corners of small sets without further constraints, and points of a grid."""
    found: list[FloatArray] = []
    per_block = []
    for number, total in enumerate(space.total):
        held = np.flatnonzero(space.block == number)
        points = []
        for free in range(len(held)):
            rest = np.delete(held, free)
            grids = [np.linspace(space.lower[k], space.upper[k], steps + 1) for k in rest]
            for choice in product(*grids):
                last = total - sum(choice)
                if space.lower[held[free]] - 1e-12 <= last <= space.upper[held[free]] + 1e-12:
                    point = np.zeros(len(held))
                    point[np.arange(len(held)) != free] = choice
                    point[free] = last
                    points.append(point)
        per_block.append((held, points))
    for combination in product(*(points for _, points in per_block)):
        whole = np.zeros(len(space.items))
        for (held, _), point in zip(per_block, combination, strict=True):
            whole[held] = point
        found.append(whole)
    return np.array(found)


def some_weights(space: WeightSpace, count: int, seed: int) -> FloatArray:
    """Return admissible weights: mixtures of corners, many of them near few."""
    rng = np.random.default_rng(seed)
    ends = corners(space)
    return rng.dirichlet(np.full(len(ends), 0.3), count) @ ends


def replayed(model: LinearModel, weights: FloatArray) -> FloatArray:
    """Return the index under weights of the items, formed by the ordinary engine, per draw."""
    method = Method(aggregation=Aggregation(model.rule), missing=METHOD.missing)
    framework = model.framework
    index = pd.MultiIndex.from_product(
        [[2020], [f"u{k}" for k in range(len(model.values))]], names=["year", "unit"]
    )
    values = model.to_index(model.values)
    root = list(framework.nodes.index).index(framework.root)
    scores = []
    for local in local_of(framework, weights):
        changed = reweighted(framework, pd.Series(local, index=framework.nodes.index))
        formed = form_nodes(
            values,
            np.zeros(values.shape, dtype=bool),
            values,
            pd.DataFrame(index=index),
            {2020: changed},
            method,
            np.zeros(len(values), dtype=bool),
        )
        scores.append(formed.values[:, root])
    return np.array(scores)
