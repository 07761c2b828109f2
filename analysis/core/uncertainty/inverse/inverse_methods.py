"""The inverse question asked of several methods: whose weights can give the order at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.uncertainty.inverse.inverse import MARGIN, Recovered, recover_weights
from analysis.core.uncertainty.inverse.order import Order
from analysis.core.uncertainty.methods.variant import Variant
from analysis.core.uncertainty.robust.robust_values import linear_values
from analysis.core.uncertainty.weights.space import WeightSpace

METHOD_COLUMNS = (
    "method", "feasible", "gap", "slack", "conflict", "left", "must_matter", "left_out", "refused",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class ByMethod:
    """What each method makes of an order.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a method: ``method``; ``feasible``; ``gap`` and ``slack``, on the
        method's own scale; ``conflict``: the units whose places contradict each
        other; ``left``: mean share of the admissible range of a weight that is
        left; ``must_matter``: the items; ``left_out``: how many units of the order
        nothing is asked of; ``refused``: why the method cannot be asked, as the
        key of a text (else empty).
    found : dict of str to Recovered
    refused : dict of str to InputError
        Methods under which scores are not linear in the weights.
    """

    table: pd.DataFrame
    found: dict[str, Recovered]
    refused: dict[str, InputError]


def recover_for_methods(
    variants: Sequence[Variant],
    units: Sequence[str],
    framework: Framework,
    space: WeightSpace,
    order: Order,
    *,
    margin: float = MARGIN,
) -> ByMethod:
    """Ask of each of several methods which weights could have produced an order.

    What weights can be is always conditional on the method; where several give
    the order, the data cannot tell between them.

    Parameters
    ----------
    variants : sequence of Variant
        A method each, with the items it normalised.
    units : sequence of str
        Names of the rows of their values.
    framework : Framework
    space : WeightSpace
    order : Order
    margin : float
        As in `analysis.core.uncertainty.inverse.inverse.recover_weights`.

    Returns
    -------
    ByMethod
        Methods are called by their choices, ``"normalisation=zscore, ..."``, or by
        their name where there was none to make.

    Raises
    ------
    InputError
        If units have weights of their own, or no weights are admissible.
    """
    found: dict[str, Recovered] = {}
    refused: dict[str, InputError] = {}
    rows: list[dict[str, object]] = []
    for variant in variants:
        chosen = ", ".join(f"{factor}={level}" for factor, level in variant.choice.items())
        name = chosen or variant.method.name
        try:
            model = linear_values(variant.values, framework, variant.method, variant.added)
        except InputError as problem:
            refused[name] = problem
            rows.append({"method": name, "refused": problem.findings[0].code})
            continue
        one = recover_weights(model.values, units, space, order, margin=margin)
        found[name] = one
        ranges = one.ranges[one.ranges["prior_high"] > one.ranges["prior_low"]]
        width = (ranges["high"] - ranges["low"]) / (ranges["prior_high"] - ranges["prior_low"])
        rows.append(
            {
                "method": name,
                "feasible": one.feasible,
                "gap": one.gap,
                "slack": one.slack,
                "conflict": " ".join(one.conflict["unit"]),
                "left": width.mean(),
                "must_matter": " ".join(one.must_matter),
                "left_out": len(one.left_out),
                "refused": "",
            }
        )
    return ByMethod(pd.DataFrame(rows, columns=list(METHOD_COLUMNS)), found, refused)
