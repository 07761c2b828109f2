"""The scores of drawn tables, each treated, normalised and aggregated anew under every draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.adjustment import NO_ADJUSTMENT, in_force
from analysis.core.change import year_by_year
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Imputation, Method, Weighting
from analysis.core.panel import Panel
from analysis.core.rebuild import taken_out
from analysis.core.scenario import Fitted
from analysis.core.scenario_tables import as_panel
from analysis.core.uncertainty.draws.batches import evaluate
from analysis.core.uncertainty.draws.common import Drawn
from analysis.core.uncertainty.draws.study_parts import Study
from analysis.core.uncertainty.draws.weight_factors import weight_factors
from analysis.core.uncertainty.methods.method_space import MethodSpace
from analysis.core.uncertainty.methods.settle import settled
from analysis.core.uncertainty.methods.upstream import (
    Normalised,
    normalise_all,
    positive_method,
    positive_values,
    takes_ratios,
)
from analysis.core.uncertainty.methods.variant import Variant
from analysis.core.uncertainty.methods.variant_points import point_source

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]
Known = dict[tuple[bytes, bytes], BoolArray]

TABLES = 100  # normalised at a time


def scores_of_tables(
    study: Study,
    space: MethodSpace,
    fitted: Fitted,
    tables: FloatArray,
    drawn: Drawn,
    history: Panel,
) -> Iterator[FloatArray]:
    """Yield the scores of drawn tables, each as the year after the study's.

    Every table is treated, normalised and aggregated anew, under the base
    method and under every choice that was drawn. Levels that cannot be told
    apart in the study's year may be in a table, so none are merged.

    Parameters
    ----------
    study : Study
        Of the year that the tables start from; weights found from the data
        are held as they are there.
    space : MethodSpace
        The choices that the study was opened with.
    fitted : Fitted
    tables : ndarray, shape (tables, units, items)
        See `analysis.core.scenario.draw_tables`.
    drawn : Drawn
    history : Panel
        Items of the years so far, for methods that look at several years.

    Yields
    ------
    ndarray, shape (1 + draws, units)
        Nominal first; NaN is no score. In the order of ``fitted.panel``.

    Raises
    ------
    InputError
        If a method cannot be used on a table.
    """
    methods, choices, of = _methods(study.base, study.framework, space, drawn)
    facts = fitted.panel.units
    attributes = facts[[key for key in study.framework.weight_attributes if key in facts]]
    rescale = study.base.weighting.rescale
    names = tuple(str(unit) for unit in facts.index.get_level_values("unit"))
    own = replace(
        study,
        units=names,
        regions=tuple(map(str, facts["region"])),
        names=tuple(map(str, facts["name"])),
        factors=weight_factors(study.framework, attributes, rescale=rescale),
        factor_rows_of_others=None,
        attributes=attributes,
        attributes_of_others=attributes.iloc[:0],
    )
    nominal = study.nominal_weights[None, :]
    nothing = np.zeros(1, dtype=np.intp)
    known: list[Known] = [{} for _ in methods]
    trees = _trees(study.framework, methods)
    for panel, year, done in _normalised(study, methods, fitted, tables, history):
        found = _variants(study, methods, trees, choices, panel, year, done, known)
        at = replace(own, variants=found)
        scores = evaluate(at, nominal, nothing, nothing)
        if len(drawn):
            under = evaluate(at, drawn.weights, of, drawn.left_out)
            # Who is ranked is settled by the nominal weights, in draws as in the scores.
            under[:, np.isnan(scores[0])] = np.nan
            scores = np.vstack([scores, under])
        yield scores


def _methods(
    base: Method, framework: Framework, space: MethodSpace, drawn: Drawn
) -> tuple[list[Method], list[Mapping[str, str]], IntArray]:
    """Return the base method and those drawn, their choices, and which each draw takes."""
    methods: list[Method] = [base]
    choices: list[Mapping[str, str]] = [{}]
    names = list(space.factors)
    if not names or not len(drawn):
        return methods, choices, np.zeros(len(drawn), dtype=np.intp)
    levels = np.column_stack([drawn.levels[name] for name in names])
    distinct, of = np.unique(levels, axis=0, return_inverse=True)
    place = np.empty(len(distinct), dtype=np.intp)
    for number, row in enumerate(distinct.tolist()):
        taken = {name: space.factors[name][at] for name, at in zip(names, row, strict=True)}
        steps: dict[str, Any] = {name: level.step for name, level in taken.items()}
        if all(getattr(base, name) == step for name, step in steps.items()):
            place[number] = 0
            continue
        place[number] = len(methods)
        method = replace(base, **steps)
        methods.append(positive_method(method) if takes_ratios(framework, method) else method)
        choices.append({name: level.name for name, level in taken.items()})
    return methods, choices, place[of.ravel()]


def _trees(framework: Framework, methods: Sequence[Method]) -> list[Framework]:
    """Return the framework of each method, without what its points take out of the weights."""
    outside = [in_force(method, framework).outside for method in methods]
    found = {codes: taken_out(framework, codes) for codes in dict.fromkeys(outside)}
    return [found[codes] for codes in outside]


def _variants(
    study: Study,
    methods: Sequence[Method],
    trees: Sequence[Framework],
    choices: Sequence[Mapping[str, str]],
    panel: Panel,
    year: int,
    done: Sequence[Normalised],
    known: Sequence[Known],
) -> tuple[Variant, ...]:
    """Return the variants of a table: the base method's as it stands, then those drawn."""
    framework = study.framework
    points = any(in_force(method, framework).active for method in methods)
    source = point_source(panel, framework, study.base, done[0].values, year) if points else None
    found = []
    for number, (one, method, choice) in enumerate(zip(done, methods, choices, strict=True)):
        values = one.values
        if number and takes_ratios(framework, method):
            values = positive_values(values, framework, method)
        variant = settled(one, values, trees[number], method, choice, year, known[number])
        if source is not None:
            variant = source.given(variant, method, values, mapped=values is not one.values)
        found.append(variant)
    return tuple(found)


def _normalised(
    study: Study,
    methods: Sequence[Method],
    fitted: Fitted,
    tables: FloatArray,
    history: Panel,
) -> Iterator[tuple[Panel, int, list[Normalised]]]:
    """Yield the normalised items of each table under each method, with the panel and year."""
    bare = [replace(method, weighting=Weighting(), adjustment=NO_ADJUSTMENT) for method in methods]
    if not np.isnan(tables).any():  # nothing to impute, so it is of no account how
        bare = [replace(method, imputation=Imputation()) for method in bare]
    if not all(year_by_year(method) for method in bare):
        before = _up_to(history, study.year)
        for number in range(len(tables)):
            year = study.year + 1
            panel = _joined(before, as_panel(fitted, tables[number : number + 1], (year,)))
            yield panel, year, _all_of(normalise_all(panel, study.framework, bare, year))
        return
    # Methods that look at one year alone take a batch of tables as so many years.
    for first in range(0, len(tables), TABLES):
        part = tables[first : first + TABLES]
        panel = as_panel(fitted, part, tuple(range(1, len(part) + 1)))
        found = _all_of(normalise_all(panel, study.framework, bare, None))
        many = len(fitted.expected)
        for number in range(len(part)):
            rows = slice(number * many, (number + 1) * many)
            yield (
                panel,
                number + 1,
                [
                    Normalised(np.ascontiguousarray(one.values[rows]), one.refused[rows], units)
                    for one in found
                    for units in [one.units.iloc[rows]]
                ],
            )


def _all_of(found: Sequence[Normalised | InputError]) -> list[Normalised]:
    """Return what was normalised, or raise every reason why it was not."""
    problems = [finding for one in found if isinstance(one, InputError) for finding in one.findings]
    if problems:
        raise InputError(problems)
    return [one for one in found if isinstance(one, Normalised)]


def _up_to(panel: Panel, year: int) -> Panel:
    keep = panel.values.index.get_level_values("year") <= year
    imputed = None if panel.imputed is None else panel.imputed[keep]
    return replace(panel, values=panel.values[keep], units=panel.units[keep], imputed=imputed)


def _joined(before: Panel, after: Panel) -> Panel:
    """Return two panels of different years as one; units of the second are assessed."""
    facts = after.units
    if "assessed" in before.units:
        facts = facts.assign(assessed=True)
    values = pd.concat([before.values, after.values[before.values.columns]])
    imputed = before.imputed
    if imputed is not None:
        imputed = imputed.reindex(values.index, fill_value=False)
    return replace(before, values=values, units=pd.concat([before.units, facts]), imputed=imputed)
