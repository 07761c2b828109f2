"""A study of uncertainty opened: what is varied is settled, and what it starts from."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.core.aggregations import AGGREGATIONS
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.nodes import rule_of
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.rebuild import inside_framework
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.core.uncertainty.draws.batches import (
    draw_batch,
    evaluate,
    levels_at,
    without_left_out,
)
from analysis.core.uncertainty.draws.study_parts import Batch, Study
from analysis.core.uncertainty.draws.weight_factors import weight_factors
from analysis.core.uncertainty.methods.method_space import MethodSpace
from analysis.core.uncertainty.methods.method_variants import (
    MethodFactor,
    Variants,
    unscored,
    variants,
)
from analysis.core.uncertainty.methods.points_choice import assumed_points
from analysis.core.uncertainty.methods.variant import Variant
from analysis.core.uncertainty.weights.sample_weights import WeightDraws, space_of
from analysis.core.uncertainty.weights.weights_between import index_of, nominal_local
from analysis.core.weighting import WEIGHTINGS
from analysis.core.yaml_file import shown

__all__ = [
    "Batch",
    "MethodFactor",
    "Study",
    "batch_size",
    "draw_batch",
    "evaluate",
    "levels_at",
    "open_study",
    "without_left_out",
]

MOST_DRAWS = 1_000  # in a batch
MOST_CELLS = 4_000_000  # of draws by units in a batch


def open_study(
    panel: Panel,
    framework: Framework,
    method: Method,
    year: int,
    *,
    weights: WeightDraws | None = None,
    methods: MethodSpace | None = None,
    units: Sequence[str] | None = None,
    seed: int = 2021,
    scores: Scores | None = None,
) -> Study:
    """Settle what a study varies; nothing is drawn yet.

    The whole panel is scored, and so is every variant of the method, so that
    normalisation may be common to all its years; the year asked for is kept.
    Weights found by a rule are held as found under ``method``, and drawn about.

    Parameters
    ----------
    panel : Panel
    framework : Framework
    method : Method
        The nominal one.
    year : int
    weights : WeightDraws, optional
        Made for the framework with its weights of the year: where a rule finds
        those, for ``inside_framework(scores, year)``. By default evenly over the
        weights between half and twice the nominal ones, those of groups as they
        are (`admissible`).
    methods : MethodSpace, optional
        By default the method is not varied.
    units : sequence of str, optional
        Units among which to rank; by default all that have a nominal score.
        All units of the panel set the scale either way.
    seed : int
        Not negative.
    scores : Scores, optional
        ``score(panel, framework, method)`` where it is at hand.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        If year, units or seed cannot be used, some combination of the methods
        cannot be computed, or units have weights of their own where the
        general ones are zero.
    """
    scores = score(panel, framework, method) if scores is None else scores
    _check(scores, year, units, seed)
    methods = MethodSpace() if methods is None else methods
    found = variants(panel, framework, methods, method, year, base_scores=scores)
    held = inside_framework(scores, year)
    frame, facts = scores.in_year(year), scores.units_in(year)
    there = frame[held.root].notna().to_numpy()
    asked = np.ones(len(frame), dtype=bool) if units is None else frame.index.isin(list(units))
    notes = list(found.notes)
    absent = [str(unit) for unit in frame.index[asked & ~there]]
    if absent:
        named = ", ".join(absent[:5]) + (" …" if len(absent) > 5 else "")
        told = {"year": year, "count": len(absent), "units": named}
        notes.append(Finding("note", "study.no_score", told, year=year))
    if WEIGHTINGS[method.weighting.rule].needs_data and len(found.variants) > 1:
        told = {"rule": method.weighting.rule}
        notes.append(Finding("note", "study.weights_held", told))
    if len(_scales(found)) > 1:
        notes.append(Finding("note", "study.scales", {"count": len(_scales(found))}))
    if any(variant.added is not None for variant in found.variants):
        notes.append(Finding("note", "study.points"))
    notes += assumed_points(panel, framework, method, methods, year)
    chosen = asked & there
    if not chosen.any():
        raise InputError([Finding("error", "study.nobody", {"year": year}, year=year)])
    cut = tuple(_cut(variant, chosen, held) for variant in found.variants)
    nominal = frame[held.root].to_numpy(dtype=np.float64)[chosen]
    attributes = scores.units[scores.units.index.get_level_values("year") == year]
    attributes = attributes[[key for key in held.weight_attributes if key in attributes]]
    factors = weight_factors(held, attributes, rescale=method.weighting.rescale)
    spec = WeightDraws("uniform") if weights is None else weights
    space = space_of(spec, held)
    if space.items != held.items:
        raise ValueError("the weights are those of another framework")
    local = nominal_local(held)
    if not np.allclose(space.nominal, index_of(held, local), rtol=0.0, atol=1e-9):
        told = {"rule": method.weighting.rule}
        notes.append(Finding("warning", "study.other_nominal", told))
    left = ("", *methods.leave_out)
    shares = np.full(len(left), (1.0 - methods.keep_all) / max(len(left) - 1, 1))
    shares[0] = methods.keep_all if len(left) > 1 else 1.0
    return Study(
        framework=held,
        year=year,
        units=tuple(map(str, frame.index[chosen])),
        regions=tuple(map(str, facts["region"][chosen])),
        names=tuple(map(str, facts["name"][chosen])),
        base=method,
        variants=cut,
        probabilities=found.probabilities,
        method_factors=found.factors,
        combinations=found.combinations,
        weights=replace(spec, space=space),
        leave_out=left,
        leave_out_probabilities=shares,
        seed=seed,
        batch=batch_size(int(chosen.sum())),
        nominal_scores=nominal,
        nominal_ranks=rank_scores(nominal, method.ranking.decimals),
        nominal_weights=local,
        factors=None if factors is None else (factors[0][chosen], factors[1]),
        factor_rows_of_others=None if factors is None else factors[0][~chosen],
        attributes=attributes[chosen],
        attributes_of_others=attributes[~chosen],
        notes=(*notes, *unscored(cut)),
        synthetic=panel.synthetic,
    )


def batch_size(units: int) -> int:
    """Return how many draws make a batch: 1,000, fewer for more than 4,000 units."""
    return max(1, min(MOST_DRAWS, MOST_CELLS // max(units, 1)))


def _cut(variant: Variant, chosen: NDArray[np.bool_], framework: Framework) -> Variant:
    """Return a variant with the values of the units studied, the others set apart."""
    others = None
    if not chosen.all() and compares_units(framework, variant.method):
        others = variant.values[~chosen]
    added = None if variant.added is None else variant.added.of(chosen)
    values = np.ascontiguousarray(variant.values[chosen])
    return replace(variant, values=values, others=others, added=added)


def _scales(found: Variants) -> set[tuple[object, ...]]:
    """Return the scales on which the variants that are drawn have their scores."""
    scales: set[tuple[object, ...]] = set()
    for variant, share in zip(found.variants, found.probabilities, strict=True):
        scale = variant.method.normalisation
        ends = scale.range_of(scale.rule) if scale.has_scale(scale.rule) else ()
        # One without ends is on a scale of its own, and where it is put on 1 to 100 on another.
        if share > 0:
            means = "" if ends else str(variant.method.aggregation.rule)
            scales.add((ends or scale.rule, means))
    return scales


def _check(scores: Scores, year: int, units: Sequence[str] | None, seed: int) -> None:
    """Raise `InputError` with all that is wrong with what is asked for."""
    problems = []
    years = sorted({int(one) for one in scores.nodes.index.get_level_values("year")})
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        problems.append(Finding("error", "study.seed", {"seed": shown(seed)}))
    if year not in years:
        told: dict[str, object] = {"year": year, "years": ", ".join(map(str, years))}
        problems.append(Finding("error", "study.year", told))
    elif units is not None:
        known = set(scores.in_year(year).index)
        for unit in dict.fromkeys(units):
            if unit not in known:
                near = difflib.get_close_matches(str(unit), sorted(known), 1)
                told = {"unit": shown(unit), "year": year, "near": near[0] if near else ""}
                code = "study.unit_near" if near else "study.unit"
                problems.append(Finding("error", code, told, year=year))
    if problems:
        raise InputError(problems)


def compares_units(framework: Framework, method: Method) -> bool:
    """Return whether some node's rule compares units with one another."""
    inner = [code for code in framework.bottom_up if framework.children(code)]
    return any(AGGREGATIONS[rule_of(code, framework, method)[0]].set_wise for code in inner)
