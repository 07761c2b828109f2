"""Variants that give the same ranks whatever the weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.nodes import rule_of
from analysis.core.uncertainty.methods.variant import Variant

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

# Rules whose result moves with a common linear map of all values, or with a common factor.
LINEAR = frozenset({"arithmetic", "median"})
SCALED = LINEAR | {"geometric", "harmonic", "power"}
SAME = 1e-10


def merge(variants: Sequence[Variant], framework: Framework) -> IntArray:
    """Return for each variant the first one that gives the same ranks for all weights.

    Two variants do where all nodes are formed by the same rules, and the
    values of the one are those of the other up to

    - one linear map with a positive slope for all items, where all rules are
      arithmetic means or medians and weights sum to one;
    - one positive factor for all items, where geometric, harmonic and power
      means are among them;
    - nothing, under any other rule.

    Equal is within 1e-10 of the range of the values, so that ranks can only
    differ where scores do by less than what rounding to 9 decimals leaves;
    under other rules, to the last bit. Not every pair that gives the same ranks
    is found. Points outside the weights are compared like values, and the
    nodes that they take out of the weights must be the same.

    Parameters
    ----------
    variants : sequence of Variant
    framework : Framework

    Returns
    -------
    ndarray of int, shape (variants,)
    """
    first = np.arange(len(variants), dtype=np.intp)
    seen: dict[object, list[tuple[int, float, FloatArray]]] = {}
    for place, variant in enumerate(variants):
        rules = _rules(variant, framework)
        values, tolerance = _canonical(variant, {rule for _, rule, _ in rules})
        mark = float(np.nansum(values))
        peers = seen.setdefault((rules, variant.outside, np.isnan(values).tobytes()), [])
        for other, others_mark, others in peers:
            # Sums first: most pairs differ in them.
            if abs(mark - others_mark) <= tolerance * values.size and np.allclose(
                values, others, rtol=0.0, atol=tolerance, equal_nan=True
            ):
                first[place] = other
                break
        else:
            peers.append((place, mark, values))
    return first


def _rules(variant: Variant, framework: Framework) -> tuple[tuple[str, str, str], ...]:
    rules = []
    for code in framework.bottom_up:
        if framework.children(code):
            rule, parameters = rule_of(code, framework, variant.method)
            rules.append((code, rule, repr(sorted(parameters.items()))))
    return tuple(rules)


def _canonical(variant: Variant, rules: set[str]) -> tuple[FloatArray, float]:
    """Return the values without what is of no account to the ranks, and how near is equal."""
    values = variant.values
    if np.isnan(values).all():
        return values, 0.0
    least, greatest = float(np.nanmin(values)), float(np.nanmax(values))
    if rules <= LINEAR and variant.method.weighting.rescale:
        spread = greatest - least
        width = spread if spread > 0 else 1.0
        return _beside((values - least) / width, variant, least, width), SAME
    if rules <= SCALED and greatest > 0:
        return _beside(values / greatest, variant, 0.0, greatest), SAME
    return _beside(values, variant, 0.0, 1.0), 0.0


def _beside(values: FloatArray, variant: Variant, least: float, width: float) -> FloatArray:
    """Return values with what is added to the index, and what it is fixed at, beside them."""
    added = variant.added
    if added is None:
        return values
    return np.column_stack([values, added.points / width, (added.fixed - least) / width])
