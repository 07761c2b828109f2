"""The ways to compute the scores of a year that a space of methods holds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.core.adjustment import NO_ADJUSTMENT, in_force
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.rebuild import inside_framework, refused_cells, taken_out
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.core.uncertainty.methods.method_space import BASE, MethodSpace
from analysis.core.uncertainty.methods.same_ranks import merge
from analysis.core.uncertainty.methods.settle import settled
from analysis.core.uncertainty.methods.upstream import (
    Normalised,
    normalise_all,
    positive_method,
    positive_values,
    takes_ratios,
)
from analysis.core.uncertainty.methods.variant import Variant
from analysis.core.uncertainty.methods.variant_points import PointSource, point_source

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

MOST_TOLD = 20


@dataclass(frozen=True, eq=False)
class MethodFactor:
    """A choice of the method that is varied, with its levels that can differ.

    Attributes
    ----------
    name : str
        A step of the method: one of `analysis.core.uncertainty.methods.method_space.FACTORS`.
    levels : tuple of str
    probabilities : ndarray, shape (levels,)
        They sum to one.
    offered : tuple of str
        The levels asked for, before those that cannot differ were made one.
    shares : ndarray, shape (offered,)
        Their probabilities, which sum to one.
    level_of : ndarray of int, shape (offered,)
        Place in ``levels`` of what each is.
    """

    name: str
    levels: tuple[str, ...]
    probabilities: FloatArray
    offered: tuple[str, ...]
    shares: FloatArray
    level_of: IntArray


@dataclass(frozen=True, eq=False)
class Variants:
    """All ways to compute the scores, each with its probability.

    Attributes
    ----------
    variants : tuple of Variant
        The first is the base method itself.
    probabilities : ndarray, shape (variants,)
        They sum to one; that of the base method is 0 where no factor offers it.
    factors : tuple of MethodFactor
    combinations : ndarray of int, shape (levels of the first factor, of the second, ...)
        Number of the variant of each combination of levels.
    notes : tuple of Finding
        Levels that are one.
    """

    variants: tuple[Variant, ...]
    probabilities: FloatArray
    factors: tuple[MethodFactor, ...]
    combinations: IntArray
    notes: tuple[Finding, ...]


def variants(
    panel: Panel,
    framework: Framework,
    method_space: MethodSpace,
    base: Method,
    year: int,
    *,
    base_scores: Scores | None = None,
) -> Variants:
    """Compute the normalised items under every combination of levels of a space of methods.

    Distinct upstream steps are computed once, on the whole panel, so that a
    scale common to all years is what it is in the scores; the year alone is
    kept. The weights are those of the base method's scores throughout; by them
    it is settled, under each level of ``missing``, which nodes have a score.

    Levels that cannot differ are one level: what they give is, under the same
    means, the same up to a common linear map (arithmetic means and medians) or
    a common factor (geometric, harmonic and power means), so that no weights
    tell their ranks apart. Min-max and the linear efficacy score are so, where
    all nodes are arithmetic means. Their probabilities add, and a note says it.

    Geometric, harmonic and power means need positive values on a scale whose
    zero means something. For them, items on a linear scale are put on 1 to
    100, whatever ends the method has, and z-scores and their like by one
    linear map of all items, the least of all values of the year becoming 1 and
    the greatest 100, which keeps their relative spread. The base method itself
    is computed as it stands.

    Parameters
    ----------
    panel : Panel
    framework : Framework
    method_space : MethodSpace
    base : Method
    year : int
    base_scores : Scores, optional
        ``score(panel, framework, base)`` where it is at hand.

    Returns
    -------
    Variants
        ``values`` hold all scored units of the year.

    Raises
    ------
    InputError
        If a combination cannot be computed on this panel, or leaves no unit
        with a score: with every reason, and the first combination it is met in.
    """
    scores = score(panel, framework, base) if base_scores is None else base_scores
    weighted = inside_framework(scores, year)
    own, source = _base(scores, year, weighted, base, panel)
    names = list(method_space.factors)
    offered = [method_space.factors[name] for name in names]
    found: list[Variant] = [own]
    # From the first step on; the base method is computed already.
    at: list[int] = []
    waiting: list[tuple[Method, Mapping[str, str]]] = []
    for levels in itertools.product(*offered):
        steps: dict[str, Any] = {
            name: level.step for name, level in zip(names, levels, strict=True)
        }
        choice = {name: level.name for name, level in zip(names, levels, strict=True)}
        if all(getattr(base, name) == step for name, step in steps.items()):
            at.append(0)
            found[0] = replace(own, choice=choice)
        else:
            at.append(1 + len(waiting))
            waiting.append((replace(base, **steps), choice))
    methods = [
        positive_method(method) if takes_ratios(weighted, method) else method
        for method, _ in waiting
    ]
    refused: dict[str, Finding] = {}
    problems = source.problems(methods)
    if problems:
        raise InputError(problems)
    plain = [replace(method, adjustment=NO_ADJUSTMENT) for method in methods]
    for method, (_, chosen), done in zip(
        methods, waiting, normalise_all(panel, framework, plain, year), strict=True
    ):
        if isinstance(done, InputError):
            for finding in done.findings:
                refused.setdefault(finding.text("en"), _explained(chosen, finding))
            continue
        found.append(_variant(done, weighted, method, chosen, year, source))
        if np.isnan(found[-1].values).all():
            problem = Finding("error", "methods.nobody", {"choice": described(chosen)})
            refused[problem.text("en")] = problem
    if refused:
        raise InputError(refused.values())
    return _merged(method_space, found, np.array(at, dtype=np.intp), weighted)


def described(choice: Mapping[str, str]) -> str:
    """Return a choice of levels in words: ``normalisation: minmax, treatment: none``."""
    return ", ".join(f"{factor}: {level}" for factor, level in choice.items())


def _explained(choice: Mapping[str, str], finding: Finding) -> Finding:
    told = {"choice": described(choice), "zh": finding.text("zh"), "en": finding.text("en")}
    return Finding("error", "methods.refused", told, item=finding.item)


def _base(
    scores: Scores, year: int, framework: Framework, base: Method, panel: Panel
) -> tuple[Variant, PointSource]:
    rows = scores.units.index.get_level_values("year") == year
    items = scores.in_year(year)[list(framework.items)].to_numpy(dtype=np.float64)
    done = Normalised(items, refused_cells(scores, year), scores.units[rows])
    source = point_source(panel, framework, base, items, year)
    used = taken_out(framework, in_force(base, framework).outside)
    variant = settled(done, items, used, base, {}, year)
    return source.given(variant, base, items, mapped=False), source


def _variant(
    done: Normalised,
    framework: Framework,
    method: Method,
    choice: Mapping[str, str],
    year: int,
    source: PointSource,
) -> Variant:
    values = done.values
    if takes_ratios(framework, method):
        values = positive_values(values, framework, method)
    used = taken_out(framework, in_force(method, framework).outside)
    variant = settled(done, values, used, method, dict(choice), year)
    return source.given(variant, method, values, mapped=values is not done.values)


def _merged(
    space: MethodSpace,
    found: Sequence[Variant],
    at: IntArray,
    framework: Framework,
) -> Variants:
    """Return the variants that can differ, and the levels of each factor that can."""
    one = merge(found, framework)
    kept, number = np.unique(one, return_inverse=True)
    shape = tuple(len(levels) for levels in space.factors.values())
    combinations = number[at].reshape(shape).astype(np.intp)
    factors: list[MethodFactor] = []
    notes: list[Finding] = []
    for axis, (name, levels) in enumerate(space.factors.items()):
        shares = np.array([level.probability for level in levels])
        shares = shares / shares.sum()
        planes = [combinations.take(place, axis=axis) for place in range(len(levels))]
        first = [
            next(i for i in range(place + 1) if np.array_equal(planes[i], planes[place]))
            for place in range(len(levels))
        ]
        distinct = sorted(set(first))
        for place in distinct:
            same = [levels[i].name for i in range(len(levels)) if first[i] == place]
            if len(same) > 1:
                notes.append(_note("merged", factor=name, levels=", ".join(same)))
        together = np.zeros(len(levels))
        np.add.at(together, first, shares)
        factors.append(
            MethodFactor(
                name,
                tuple(levels[i].name for i in distinct),
                together[distinct],
                tuple(level.name for level in levels),
                shares,
                np.searchsorted(distinct, first).astype(np.intp),
            )
        )
        combinations = combinations.take(distinct, axis=axis)
    probabilities = np.zeros(len(kept))
    np.add.at(
        probabilities, combinations.ravel(), _product([factor.probabilities for factor in factors])
    )
    held = tuple(found[place] for place in kept)
    if not held[0].choice:
        nothing = dict.fromkeys(space.factors, BASE)
        held = (replace(held[0], choice=nothing), *held[1:])
    return Variants(held, probabilities, tuple(factors), combinations, tuple(notes))


def _product(shares: Sequence[FloatArray]) -> FloatArray:
    """Return the probability of each combination of independent levels, flat."""
    whole = np.ones(1)
    for part in shares:
        whole = np.multiply.outer(whole, part).ravel()
    return whole


def unscored(variants: Sequence[Variant]) -> list[Finding]:
    """Return notes on the variants under which units have no score, the first ones."""
    many = [int(np.isnan(variant.values).all(axis=1).sum()) for variant in variants]
    lacking = [place for place, count in enumerate(many) if count]
    notes = [
        _note("unscored", count=many[place], choice=described(variants[place].choice))
        for place in lacking[:MOST_TOLD]
    ]
    if len(lacking) > MOST_TOLD:
        notes.append(_note("unscored_more", count=len(lacking) - MOST_TOLD))
    return notes


def _note(code: str, **values: object) -> Finding:
    return Finding("note", f"methods.{code}", values)
