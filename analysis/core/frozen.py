"""Units scored on the scale of others, which they do not move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.adjust import added, count_points
from analysis.core.adjust_check import adjust_problems
from analysis.core.adjustment import in_force
from analysis.core.aggregations import AGGREGATIONS
from analysis.core.boxcox import box_cox
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.nodes import form_nodes, rule_of
from analysis.core.panel import Panel
from analysis.core.prepare import prepare
from analysis.core.scale import OwnRule, in_own_unit, put_on_scale, rules_of
from analysis.core.scores import Scores
from analysis.core.steps import Imputation, Screening

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Against:
    """Units scored against others.

    Attributes
    ----------
    nodes : pandas.DataFrame
        Scores of all nodes: index ``unit``, one column a node; NaN is no score.
    held : pandas.DataFrame
        ``unit, item, value, held_at``: values beyond the range of the others
        that were moved to its end.
    findings : tuple of Finding
    """

    nodes: pd.DataFrame
    held: pd.DataFrame
    findings: tuple[Finding, ...]


def score_against(
    scores: Scores,
    year: int,
    panel: Panel,
    *,
    beyond: Literal["held", "open"] = "held",
    own_rules: Mapping[str, OwnRule] | None = None,
) -> Against:
    """Score units on the scale that others had in a year, without moving it.

    Each item is treated as that of the others was (a winsorised one is held at
    the ends it has, a transformed one transformed with the same constants) and
    put between the ends, or compared with the mean, spread or ranks, that they
    set; weights are those of the year. So a unit that is one of the others
    gets back its own score. Points outside the weights are counted for them as for
    the others, on the scale these have in the year.

    Parameters
    ----------
    scores : Scores
        Of the others.
    year : int
    panel : Panel
        Holds the framework's items for the units; those of `year` that are
        assessed are scored. Nothing is imputed or screened.
    beyond : {"held", "open"}
        Values beyond the range of the others are held at its end, so that
        nobody scores outside the scale, or go on beyond it. Those of treated
        items are held in either case. Items on goalposts or with a target of
        their own keep to those.
    own_rules : mapping of str to callable, optional
        As for `analysis.core.score.score`.

    Returns
    -------
    Against

    Raises
    ------
    InputError
        If items are not in the panel, no unit of the year is there, or a node
        is formed by a rule under which a unit's score depends on the others
        given with it (TOPSIS and the like), so that no scale can be kept.
    KeyError
        If the others have no scores in the year.
    """
    framework = scores.frameworks.get(year, scores.framework)
    method = replace(scores.method, imputation=Imputation(), screening=Screening())
    here = scores.nodes.index.get_level_values("year") == year
    if not here.any():
        raise KeyError(year)
    problems = _problems(framework, method, panel, year, scores.points is not None)
    if problems:
        raise InputError(problems)
    items = list(framework.items)
    rules = rules_of(framework, method.normalisation)
    logs = (framework.nodes.loc[items, "transform"] == "log").to_numpy() & (rules == "goalposts")
    ready = prepare(_of_year(panel, year), framework, method, logs)
    index = ready.panel.values.index
    fixed = in_own_unit(rules, method.normalisation)
    treated, held = _treat(ready.values, index, scores, year, fixed, beyond)
    basis, units = _basis(scores, year, method)
    both = pd.concat([units, _labelled(ready.panel.units, 1)])
    scaled = put_on_scale(
        np.vstack([basis, treated]),
        both,
        framework,
        replace(method.normalisation, over="base", base=0),
        own_rules,
    )
    own = slice(len(basis), None)
    formed = form_nodes(
        scaled.values[own],
        ready.refused | scaled.lost[own],
        ready.values,
        ready.panel.units,
        {year: framework},
        method,
        np.zeros(len(index), dtype=bool),
    )
    findings = [*ready.findings, *formed.findings]
    if scores.points is not None:
        counted = count_points(_of_year(panel, year).assessed(), in_force(method, framework))
        factor, lowest = (
            float(scores.points.limits[key].loc[year]) for key in ("factor", "lowest")
        )
        whole = factor * counted.bonus + factor * counted.penalty
        root = list(framework.nodes.index).index(framework.root)
        given = added(whole, counted.veto, lowest)
        formed.values[:, root] = given.to(formed.values[:, root])
        findings += counted.findings
    nodes = pd.DataFrame(
        formed.values,
        index=pd.Index(index.get_level_values("unit"), name="unit"),
        columns=list(framework.nodes.index),
    )
    return Against(nodes, held, tuple(findings))


def _problems(
    framework: Framework, method: Method, panel: Panel, year: int, with_points: bool
) -> list[Finding]:
    problems = [
        Finding("error", "derive.absent", {"item": item}, item=item)
        for item in framework.items
        if item not in panel.values
    ]
    if not len(_of_year(panel, year).assessed().values):
        problems.append(Finding("error", "frozen.nobody", {"year": year}, year=year))
    for code in framework.bottom_up:
        if framework.children(code):
            rule, _ = rule_of(code, framework, method)
            if AGGREGATIONS[rule].set_wise:
                problems.append(Finding("error", "frozen.set_wise", {"node": code, "rule": rule}))
    if with_points:
        problems += adjust_problems(_of_year(panel, year), framework, method)
    return problems


def _of_year(panel: Panel, year: int) -> Panel:
    rows = panel.values.index.get_level_values("year") == year
    imputed = None if panel.imputed is None else panel.imputed[rows]
    return replace(panel, values=panel.values[rows], units=panel.units[rows], imputed=imputed)


def _basis(scores: Scores, year: int, method: Method) -> tuple[FloatArray, pd.DataFrame]:
    """Return the treated items that set the scale, with their units, all in one year 0."""
    normalisation = method.normalisation
    years = scores.nodes.index.get_level_values("year")
    rows = np.ones(len(years), dtype=bool)
    if normalisation.over != "pooled":
        rows = np.asarray(years == (normalisation.base if normalisation.over == "base" else year))
    return scores.treated.to_numpy(dtype=np.float64)[rows], _labelled(scores.units[rows], 0)


def _labelled(units: pd.DataFrame, year: int) -> pd.DataFrame:
    names = units.index.get_level_values("unit")
    index = pd.MultiIndex.from_arrays([[year] * len(units), names], names=["year", "unit"])
    return units.set_axis(index)


def _treat(
    values: FloatArray,
    index: pd.Index,
    scores: Scores,
    year: int,
    fixed: BoolArray,
    beyond: str,
) -> tuple[FloatArray, pd.DataFrame]:
    """Return items treated as those of the others were in the year, and what was held."""
    done = scores.treatments[scores.treatments["year"] == year]
    why = dict(zip(done["item"], done["why"], strict=True))
    rows: slice | BoolArray = slice(None)
    if scores.method.treatment.over != "pooled":
        rows = np.asarray(scores.nodes.index.get_level_values("year") == year)
    treated = values.copy()
    held: list[tuple[str, str, float, float]] = []
    for place, item in enumerate(scores.values.columns):
        raw = scores.values[item].to_numpy(dtype=np.float64)[rows]
        then = scores.treated[item].to_numpy(dtype=np.float64)[rows]
        there = ~np.isnan(raw)
        if fixed[place] or not there.any() or (item not in why and beyond == "open"):
            continue
        how = str(why.get(item, ""))
        moved = how not in ("", "log_ct", "log_ct_neg", "boxcox")
        ends = (then if moved else raw)[there]
        column = values[:, place]
        kept = np.clip(column, ends.min(), ends.max())
        for at in np.flatnonzero(~np.isnan(column) & (kept != column)).tolist():
            held.append((str(index[at][1]), str(item), float(column[at]), float(kept[at])))
        treated[:, place] = _transform(kept, raw[there], how, scores.method.treatment.power)
    return treated, pd.DataFrame(held, columns=["unit", "item", "value", "held_at"])


def _transform(values: FloatArray, others: FloatArray, how: str, power: float | None) -> FloatArray:
    """Return values transformed as the others were (see `analysis.core.treat.treat`)."""
    lowest, highest = others.min(), others.max()
    margin = (highest - lowest) / 100
    if how == "log_ct":
        return np.asarray(np.log(values - lowest + margin))
    if how == "log_ct_neg":
        return np.asarray(-np.log(highest + margin - values))
    if how == "boxcox":
        from scipy.special import boxcox

        found = box_cox(others, power)[1]
        move = 0.0 if lowest > 0 else margin - lowest
        return np.asarray(boxcox((values + move) / np.exp(np.log(others + move).mean()), found))
    return values
