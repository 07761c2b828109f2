"""Other choices of method, one changed at a time, and what they do to the ranks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from analysis.core.adjustment import NO_ADJUSTMENT, in_force
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Treatment
from analysis.core.rank import rank_scores
from analysis.core.uncertainty.methods.points_choice import example_points
from analysis.core.what_if import with_methods
from analysis.reporting.report import Report


@dataclass(frozen=True)
class Alternative:
    """A method that differs from the report's in one step.

    Attributes
    ----------
    key : str
        Key of its name in the table of texts (``sens.alt.<key>``).
    step : str
        The step that differs (``treatment``, ``normalisation``, ``aggregation``, ``points``).
    method : Method
    """

    key: str
    step: str
    method: Method


def alternatives(
    method: Method, framework: Framework, example: Method | None = None
) -> tuple[Alternative, ...]:
    """Return the methods that differ from ``method`` in one step.

    Normalisation by the other of linear efficacy, min-max and z-score;
    geometric for arithmetic means where the framework leaves the mean open (on the
    method's own scale where that is positive or has goalposts, and on 1 to 100,
    where the mean punishes weakness more) or the
    reverse; outliers untreated or treated; all items inside the weights where
    the method has points outside them, or points as in the example given. A
    z-score is left out where any node is formed by a mean that takes positive
    values only.

    Parameters
    ----------
    method : Method
    framework : Framework
    example : Method, optional
        See `analysis.core.uncertainty.methods.points_choice.example_points`.

    Returns
    -------
    tuple of Alternative
    """
    rule = method.normalisation.rule
    arithmetic = method.aggregation.rule == "arithmetic" and not (
        set(framework.nodes["aggregation"]) - {"", "arithmetic"}
    )
    found = []
    for other in ("efficacy", "minmax", "zscore"):
        if other == rule or (not arithmetic and other != "efficacy"):
            continue
        # Within the same years and groups as the report's own.
        scale = replace(method.normalisation, rule=other, lower=None, upper=None)
        found.append(Alternative(other, "normalisation", replace(method, normalisation=scale)))
    if method.aggregation.rule == "arithmetic":
        geometric = Aggregation(rule="geometric")
        if rule == "goalposts" or (rule != "zscore" and method.normalisation.range_of(rule)[0] > 0):
            found.append(
                Alternative("geometric", "aggregation", replace(method, aggregation=geometric))
            )
        if rule != "goalposts":
            scale = replace(method.normalisation, rule="minmax", lower=1.0, upper=100.0)
            wide = replace(method, aggregation=geometric, normalisation=scale)
            found.append(Alternative("geometric_wide", "aggregation", wide))
    else:
        found.append(
            Alternative("arithmetic", "aggregation", replace(method, aggregation=Aggregation()))
        )
    treated = method.treatment.rule != "none"
    found.append(
        Alternative(
            "untreated" if treated else "treated",
            "treatment",
            replace(method, treatment=Treatment("none") if treated else Treatment()),
        )
    )
    if in_force(method, framework).active:
        inside = replace(method, adjustment=NO_ADJUSTMENT)
        found.append(Alternative("points_inside", "points", inside))
    elif example is not None:
        outside = replace(method, adjustment=example.adjustment)
        found.append(Alternative("points_outside", "points", outside))
    return tuple(found)


def shifts(report: Report) -> tuple[pd.DataFrame, tuple[Alternative, ...]]:
    """Return the places each unit wins under each alternative.

    Returns
    -------
    shifts : pandas.DataFrame
        Index ``unit``; ``label, region, rank`` and one column (Int64) an
        alternative: the report's rank less the rank under the alternative,
        missing where a unit has no rank under one of them.
    alternatives : tuple of Alternative
    """
    example = example_points(report.panel, report.framework, report.method)
    chosen = alternatives(report.method, report.framework, example)
    cases = {alternative.key: alternative.method for alternative in chosen}
    found = with_methods(
        report.panel, report.framework, report.method, report.year, cases, base=report.scores
    )
    scores = found.shifts.pivot(index="unit", columns="case", values="score_then")
    here = report.current
    there = scores.reindex(index=here.index, columns=list(cases))
    # Among the scope's own units: a place in the country says nothing of one in the region.
    ranks = rank_scores(there.to_numpy(dtype=float).T, report.method.ranking.decimals)
    base = here.dropna(subset=["score"])
    rank = base["rank" if report.national else "region_rank"].astype("Int64")
    frame = base[["label", "region"]].assign(rank=rank)
    for key, row in zip(cases, ranks, strict=True):
        other = pd.Series(pd.array(row, dtype="Int64"), index=here.index)
        frame[key] = rank - other.reindex(rank.index)
    return frame, chosen
