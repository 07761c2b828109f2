"""What a unit's shift is held against: its characteristics, and where they are in the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.core.framework import Framework

Scale = Literal["linear", "log", "log1p"]
REGION = "region"
# From the closest tie to an index to none.
TIES = ("item", "inputs", "rule", "")


@dataclass(frozen=True)
class Predictor:
    """A characteristic of the units that a regression takes.

    Attributes
    ----------
    key : str
        Column that holds it.
    operation : {"level", "ratio", "share"}
        How it is formed from its inputs (`analysis.core.derive`).
    inputs : tuple of str
        Codes of the primitives it is formed from.
    scale : {"linear", "log", "log1p"}
        What the regression takes: ``x``, ``ln x`` (missing at 0 and below) or
        ``ln(1 + x)`` (missing at -1 and below) for what may be 0 and has a
        long tail.
    """

    key: str
    operation: str
    inputs: tuple[str, ...]
    scale: Scale = "linear"


def scaled(characteristics: pd.DataFrame, predictors: Sequence[Predictor]) -> pd.DataFrame:
    """Return the characteristics on the scales that a regression takes.

    Parameters
    ----------
    characteristics : pandas.DataFrame
        Index ``unit``; a column a predictor, in its own unit. Predictors
        without a column are left out.
    predictors : sequence of Predictor

    Returns
    -------
    pandas.DataFrame
        float64; NaN where a value is missing or has no logarithm.
    """
    columns = {}
    for predictor in predictors:
        if predictor.key not in characteristics:
            continue
        values = characteristics[predictor.key].to_numpy(dtype=np.float64)
        if predictor.scale != "linear":
            offset = 1.0 if predictor.scale == "log1p" else 0.0
            values = np.log(np.where(values + offset > 0, values + offset, np.nan))
        columns[predictor.key] = values
    return pd.DataFrame(columns, index=characteristics.index)


def mechanical(
    predictors: Sequence[Predictor], old: Framework, new: Framework, *, region: bool = True
) -> pd.DataFrame:
    """Return how the predictors are tied to the indices whose difference they predict.

    A predictor that is an item of an index, or has an input in common with one,
    moves the shift by construction: part of its effect is arithmetic.

    Parameters
    ----------
    predictors : sequence of Predictor
    old, new : Framework
    region : bool
        Whether there is a row for the region, which is tied to an index by a
        rule where an item or a set of weights goes by region.

    Returns
    -------
    pandas.DataFrame
        ``predictor``; ``tie``: ``item`` (the same operation on the same
        inputs is an item of at least one framework), ``inputs`` (an item of
        one has an input of it, as numerator, denominator or base), ``rule``,
        or ``""``; ``old_items, new_items``: the codes, joined by a space.
    """
    rows = []
    for predictor in predictors:
        same = [_same(predictor, framework) for framework in (old, new)]
        shared = [_sharing(predictor, framework) for framework in (old, new)]
        tie = "item" if any(same) else "inputs" if any(shared) else ""
        found = same if tie == "item" else shared
        rows.append((predictor.key, tie, *(" ".join(items) for items in found)))
    if region:
        found = [_by_region(framework) for framework in (old, new)]
        tie = "rule" if any(found) or any(_weighted(side) for side in (old, new)) else ""
        rows.append((REGION, tie, *(" ".join(items) for items in found)))
    return pd.DataFrame(rows, columns=["predictor", "tie", "old_items", "new_items"], dtype="str")


def _words(framework: Framework, item: str) -> list[str]:
    node = framework.nodes.loc[item]
    inputs = str(node["inputs"]).split() if node["operation"] else [item]
    return [word.split("=")[-1] for word in inputs]


def _same(predictor: Predictor, framework: Framework) -> list[str]:
    """Return the items that are the predictor, up to a factor."""
    quotients = ("ratio", "share")
    alike = quotients if predictor.operation in quotients else (predictor.operation,)
    return [
        item
        for item in framework.items
        if (str(framework.nodes.at[item, "operation"]) or "level") in alike
        and _words(framework, item) == list(predictor.inputs)
        and not framework.nodes.at[item, "denominator"]
    ]


def _sharing(predictor: Predictor, framework: Framework) -> list[str]:
    own = set(predictor.inputs)
    return [
        item
        for item in framework.items
        if own & {*_words(framework, item), str(framework.nodes.at[item, "denominator"])}
    ]


def _by_region(framework: Framework) -> list[str]:
    return [item for item in framework.items if framework.nodes.at[item, "operation"] == "pick"]


def _weighted(framework: Framework) -> bool:
    return REGION in framework.weight_attributes
