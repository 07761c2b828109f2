"""What contradicts itself in a method whose values are each allowed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from analysis.core.aggregations import AGGREGATIONS
from analysis.core.normalisations import NORMALISATIONS
from analysis.core.steps import Normalisation, Treatment, Weighting

if TYPE_CHECKING:
    from analysis.core.method import Method

Problem = tuple[str, Mapping[str, object]]

# Rules of aggregation that take positive values only, whatever the units are.
POSITIVE = ("geometric", "harmonic", "bod")
# Rules of weighting that can do nothing without a table.
NEEDED = {"mixture": "of", "ahp": "matrices"}


def contradictions(method: Method) -> list[Problem]:
    """Return what is wrong with values that are each allowed by themselves.

    Parameters
    ----------
    method : Method

    Returns
    -------
    list of (code, values)
        Codes and values of texts ``finding.method.<code>``.
    """
    return [
        *_of_scale(method.normalisation),
        *_of_basis(method.normalisation),
        *_of_grades(method.normalisation),
        *_of_treatment(method.treatment),
        *_of_weighting(method.weighting),
        *_of_aggregation(method),
        *_of_points(method),
    ]


def _of_scale(normalisation: Normalisation) -> list[Problem]:
    rule = normalisation.rule
    ends = normalisation.lower is not None or normalisation.upper is not None
    if rule not in NORMALISATIONS:
        return []
    if not normalisation.has_scale(rule):
        if not ends:
            return []
        return [("zscore_range", {}) if rule == "zscore" else ("no_scale", {"rule": rule})]
    lower, upper = normalisation.range_of(rule)
    if not lower < upper:
        return [("range", {"low": lower, "high": upper})]
    if rule == "exponential" and lower <= 0:
        return [("exponential", {"low": lower})]
    return []


def _of_basis(normalisation: Normalisation) -> list[Problem]:
    found: list[Problem] = []
    over, base, rule = normalisation.over, normalisation.base, normalisation.rule
    if over == "base" and base is None:
        found.append(("base_missing", {}))
    if over != "base" and base is not None:
        found.append(("base_idle", {"base": base, "over": over}))
    if over == "base" and rule in NORMALISATIONS and NORMALISATIONS[rule].relative:
        found.append(("relative_base", {"rule": rule}))
    return found


def _of_grades(normalisation: Normalisation) -> list[Problem]:
    cuts, grades = normalisation.cuts, normalisation.grades
    found: list[Problem] = []
    if len(grades) != len(cuts) + 1:
        found.append(("grades", {"cuts": len(cuts), "grades": len(grades)}))
    for name, numbers in (("cuts", cuts), ("grades", grades)):
        if any(a >= b for a, b in pairwise(numbers)):
            found.append(("rising", {"key": f"normalisation.{name}"}))
    return found


def _of_treatment(treatment: Treatment) -> list[Problem]:
    low, high = treatment.lower_quantile, treatment.upper_quantile
    return [] if low < high else [("quantiles", {"low": low, "high": high})]


def _of_weighting(weighting: Weighting) -> list[Problem]:
    """Return what is wrong with tables: shares of a mixture, importance, comparisons."""
    rule, parameters = weighting.rule, weighting.parameters
    needed = NEEDED.get(rule)
    if needed and not parameters.get(needed):
        return [("needed", {"key": f"weighting.{needed}", "rule": rule})]
    found: list[Problem] = []
    for key in ("of", "importance"):
        table = parameters.get(key)
        cells = table.items() if isinstance(table, Mapping) else ()
        for name, number in cells:
            if not isinstance(number, int | float) or isinstance(number, bool):
                found.append(("table_number", {"key": f"weighting.{key}.{name}"}))
    matrices = parameters.get("matrices")
    for node, matrix in matrices.items() if isinstance(matrices, Mapping) else ():
        found += _of_comparisons(f"weighting.matrices.{node}", matrix)
    return found


def _of_comparisons(key: str, matrix: object) -> list[Problem]:
    if isinstance(matrix, pd.DataFrame):
        return []
    if not isinstance(matrix, Mapping) or not all(isinstance(r, Mapping) for r in matrix.values()):
        return [("comparisons", {"key": key})]
    return [
        ("table_number", {"key": f"{key}.{row}.{column}"})
        for row, cells in matrix.items()
        for column, cell in cells.items()
        if ratio_of(cell) is None
    ]


def ratio_of(cell: object) -> float | None:
    """Return a number, or a fraction written as text (``1/3``); None for anything else."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    parts = cell.split("/") if isinstance(cell, str) else []
    try:
        above, below = map(float, parts)
        return above / below
    except (ValueError, ZeroDivisionError):
        return None


def _of_aggregation(method: Method) -> list[Problem]:
    rule, scale = method.aggregation.rule, method.normalisation.rule
    spec = AGGREGATIONS[rule]
    found: list[Problem] = []
    if rule in POSITIVE and scale in NORMALISATIONS and NORMALISATIONS[scale].signed:
        told = {"rule": rule, "scale": scale}
        found.append(("zscore_mean" if scale == "zscore" else "signed_mean", told))
    if not method.weighting.rescale and not spec.as_given:
        found.append(("as_given", {"rule": rule}))
    if method.weighting.rule == "bod" and rule not in ("arithmetic", "bod"):
        found.append(("bod_mean", {"rule": rule}))
    return found


def _of_points(method: Method) -> list[Problem]:
    """Return why nodes cannot be taken out of the weights: nobody would take theirs over."""
    if method.adjustment.outside and not method.weighting.rescale:
        return [("outside_as_given", {})]
    scale = method.adjustment.scale
    if scale is not None and not scale[0] < scale[1]:
        return [("range", {"low": scale[0], "high": scale[1]})]
    return []
