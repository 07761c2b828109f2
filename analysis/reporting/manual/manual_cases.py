"""What each step of the method does to the ranks of the demonstration data.

For every page of the manual one table of alternatives: the step is changed,
all else is as in the default method, and the ranks of the newest year are
compared with those of the default (`analysis.core.what_if`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.change import only_year
from analysis.core.compare import compare
from analysis.core.correlation import WEAK, related_pairs
from analysis.core.framework import Framework
from analysis.core.method import (
    Aggregation,
    Imputation,
    Missing,
    Normalisation,
    Screening,
    Treatment,
    Weighting,
)
from analysis.core.panel import Panel
from analysis.core.rebuild import rebuild
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.core.standing import above_mean
from analysis.core.what_if import with_weights, without
from analysis.reporting.manual.manual_demo import Demonstration

TOP = 30
HOLES = 0.05
"""Share of the values taken away, at random, for the page on missing values."""
SEED = 2023
LOOK_BACK = 3
"""Earlier years that the page on missing values fills gaps from, at most."""
_BASE = "default"

# How many times as important the first group is as the second: made up, to show the rule.
COMPARED: Mapping[str, Mapping[str, float]] = {
    "O": {"Q": 1, "T": 2, "G": 2, "C": 3},
    "Q": {"T": 2, "G": 3, "C": 3},
    "T": {"G": 1, "C": 2},
    "G": {"C": 2},
    "C": {},
}


def framework_cases(demo: Demonstration) -> pd.DataFrame:
    """Return other frameworks: flat, equal groups, a mean of its own, the older edition."""
    nodes = demo.framework.nodes
    items = list(demo.framework.items)
    flat = nodes.loc[[demo.framework.root, *items]].copy()
    flat.loc[items, "parent"] = demo.framework.root
    flat["weight"] = np.nan
    own = nodes.copy()
    own.loc[demo.framework.root, "aggregation"] = "geometric"
    frameworks = {
        "flat": replace(demo.framework, nodes=flat),
        "own_mean": replace(demo.framework, nodes=own),
    }
    cases = {
        name: _index(score(demo.newest, framework, demo.method), demo.year)
        for name, framework in frameworks.items()
    }
    equal = replace(demo.method, weighting=Weighting("equal"))
    cases["equal_groups"] = _index(score(demo.newest, demo.framework, equal), demo.year)
    cases["older"] = _index(score(*demo.older, demo.method), demo.year)
    order = ("flat", "equal_groups", "own_mean", "older")
    return _compared(demo, {name: cases[name] for name in order})


def missing_cases(demo: Demonstration) -> pd.DataFrame:
    """Return what is done about values taken away at random, beside the whole table."""
    holed = _holed(demo)
    year_alone = only_year(holed, demo.year)
    methods = {
        "renormalise": demo.method,
        "renormalise_0": replace(demo.method, missing=Missing(min_share=0.0)),
        "none": replace(demo.method, missing=Missing("none")),
        "leave_out": replace(demo.method, screening=Screening("leave_out", unit_share=0.9)),
    }
    fills = {
        "mean": Imputation("mean"),
        "mean_within": Imputation("mean", within="region"),
        "median": Imputation("median"),
        "nearest": Imputation("nearest"),
        "interpolate": Imputation("interpolate"),
        "regression": Imputation("regression"),
        "em": Imputation("em", among="group"),
    }
    methods |= {name: replace(demo.method, imputation=fill) for name, fill in fills.items()}
    cases = {}
    for name, method in methods.items():
        panel = holed if name in ("nearest", "interpolate") else year_alone
        cases[name] = _index(score(panel, demo.framework, method), demo.year)
    return _compared(demo, cases)


def _holed(demo: Demonstration) -> Panel:
    """Return the last years without a share of the newest values, taken away at random."""
    at = demo.panel.values.index.get_level_values("year")
    recent = at >= demo.year - LOOK_BACK
    values = demo.panel.values[recent].copy()
    newest = (values.index.get_level_values("year") == demo.year)[:, None]
    drawn = np.random.default_rng(SEED).random(values.shape) < HOLES
    values = values.mask(drawn & newest)
    return replace(demo.panel, values=values, units=demo.panel.units[recent])


def treatment_cases(demo: Demonstration) -> pd.DataFrame:
    """Return other treatments of outliers."""
    cases = {
        "none": Treatment("none"),
        "winsorise_only": Treatment(transform="none"),
        "max_points_10": Treatment(max_points=10),
        "log_ct_plus": Treatment(transform="log_ct_plus"),
        "jrc_boxcox": Treatment(transform="boxcox"),
        "boxcox": Treatment("boxcox"),
        "quantile": Treatment("quantile"),
        "iqr": Treatment("iqr"),
        "iqr_3": Treatment("iqr", whisker=3.0),
        "pooled": Treatment(over="pooled"),
    }
    return _swapped(demo, "treatment", cases)


def normalisation_cases(demo: Demonstration) -> pd.DataFrame:
    """Return other rules of normalisation."""
    cases = {
        "exponential": Normalisation("exponential"),
        "minmax": Normalisation("minmax"),
        "zscore": Normalisation("zscore"),
        "rank": Normalisation("rank"),
        "percentile_rank": Normalisation("percentile_rank"),
        "borda": Normalisation("borda"),
        "categorical": Normalisation("categorical"),
        "distance": Normalisation("distance"),
        "distance_mean": Normalisation("distance", reference="mean", cap=True),
        "ratio": Normalisation("ratio"),
        "difference": Normalisation("difference", reference="mean"),
        "above_below": Normalisation("above_below"),
        "pooled": Normalisation(over="pooled"),
        "within": Normalisation(within="region"),
    }
    posts = replace(demo.method, normalisation=Normalisation("goalposts"))
    held = _index(score(demo.newest, _with_goalposts(demo), posts), demo.year)
    first = _compared(demo, {"goalposts": held})
    return pd.concat([first, _swapped(demo, "normalisation", cases)], ignore_index=True)


def _with_goalposts(demo: Demonstration) -> Framework:
    """Return the framework with the 5th and 95th percentiles as goalposts, held at both."""
    items = list(demo.framework.items)
    values = demo.newest.assessed().values[items]
    low, high = values.quantile(0.05), values.quantile(0.95)
    same = ~(low < high)
    nodes = demo.framework.nodes.copy()
    nodes.loc[items, "lo"] = low.where(~same, values.min())
    nodes.loc[items, "hi"] = high.where(~same, values.max())
    nodes.loc[items, "cap"] = "both"
    return replace(demo.framework, nodes=nodes)


def weighting_cases(demo: Demonstration) -> pd.DataFrame:
    """Return other rules of weighting (the benefit of the doubt is with aggregation)."""
    matrix = {
        row: {row: 1.0, **{column: float(ratio) for column, ratio in cells.items()}}
        for row, cells in COMPARED.items()
    }
    cases = {
        "equal": Weighting("equal"),
        "entropy": Weighting("entropy"),
        "entropy_always": Weighting("entropy", parameters={"shift": "always"}),
        "critic": Weighting("critic"),
        "pca": Weighting("pca"),
        "pca_first": Weighting("pca", parameters={"loadings": "first"}),
        "factor": Weighting("factor"),
        "optimised": Weighting("optimised"),
        "ahp": Weighting("ahp", parameters={"matrices": {demo.framework.root: matrix}}),
        "mixture": Weighting("mixture", parameters={"of": {"given": 0.5, "entropy": 0.5}}),
    }
    return _swapped(demo, "weighting", cases)


def aggregation_cases(demo: Demonstration) -> pd.DataFrame:
    """Return other rules of aggregation."""
    placed = {"lower": 60.0, "upper": 100.0}
    cases = {
        "geometric": Aggregation("geometric"),
        "harmonic": Aggregation("harmonic"),
        "power": Aggregation("power", {"power": -5.0}),
        "median": Aggregation("median"),
        "copeland": Aggregation("copeland", placed),
        "topsis": Aggregation("topsis", placed),
        "mpi": Aggregation("mpi"),
        "ampi": Aggregation("ampi"),
    }
    methods = {name: replace(demo.method, aggregation=rule) for name, rule in cases.items()}
    doubt = replace(demo.method, aggregation=Aggregation("bod", {"spread": 0.5, "top": 100.0}))
    found = {name: rebuild(demo.scores, demo.year, method=other) for name, other in methods.items()}
    # A linear programme a unit and node takes its time: at the top alone.
    found["bod"] = rebuild(demo.scores, demo.year, framework=_means_below(demo), method=doubt)
    return _compared(demo, {name: table[demo.framework.root] for name, table in found.items()})


def _means_below(demo: Demonstration) -> Framework:
    """Return the framework with arithmetic means as the groups' own rule."""
    nodes = demo.framework.nodes.copy()
    nodes.loc[list(demo.framework.groups), "aggregation"] = "arithmetic"
    return replace(demo.framework, nodes=nodes)


def reading_cases(demo: Demonstration) -> pd.DataFrame:
    """Return other ways from scores to places: rounding, and counting items above the mean."""
    cases = {f"decimals_{many}": demo.index.round(many) for many in (2, 1, 0)}
    values = demo.newest.assessed().values[list(demo.framework.items)]
    raw = values.droplevel("year")
    cases["above_mean"] = above_mean(raw, demo.framework)["above"].astype(float)
    return _compared(demo, cases)


def structure_cases(demo: Demonstration) -> pd.DataFrame:
    """Return the index without the items that correlations warn of."""
    pairs = related_pairs(demo.scores, demo.framework, demo.year)
    items = set(demo.framework.items)
    own = pairs[pairs["node"].isin(items)]
    with_parent = own[own["relation"] == "parent"].sort_values("correlation", kind="stable")
    siblings = own[own["relation"] == "sibling"].sort_values("correlation", kind="stable")
    chosen = {
        "without_weak": with_parent.loc[with_parent["correlation"] < WEAK, "node"],
        "without_redundant": siblings.loc[siblings["flag"] == "redundant", "other"],
        "without_opposed": siblings.loc[siblings["flag"] == "opposed", "other"],
        "without_lowest": with_parent["node"].head(1),
    }
    cases = {name: dict.fromkeys(sorted(set(found)), 0.0) for name, found in chosen.items()}
    return with_weights(demo.scores, demo.year, cases, top=TOP).summary


def what_if_cases(demo: Demonstration) -> pd.DataFrame:
    """Return each group left out, each doubled, and each step of the method swapped."""
    framework, scores, year = demo.framework, demo.scores, demo.year
    nominal, groups = framework.weights(), list(framework.groups)
    doubled = {code: {code: 2 * nominal[code]} for code in groups}
    parts = {
        "without": without(scores, year, groups, top=TOP).summary,
        "doubled": with_weights(scores, year, doubled, top=TOP).summary,
    }
    for kind, part in parts.items():
        part["case"] = [f"{kind}:{code}" for code in part["case"]]
    steps = {
        "treatment": Treatment("none"),
        "normalisation": Normalisation("zscore"),
        "weighting": Weighting("equal"),
        "aggregation": Aggregation("geometric"),
    }
    swapped = [_swapped(demo, step, {step: spec}) for step, spec in steps.items()]
    return pd.concat([*parts.values(), *swapped], ignore_index=True)


CASES: Mapping[str, Callable[[Demonstration], pd.DataFrame]] = {
    "framework": framework_cases,
    "missing": missing_cases,
    "treatment": treatment_cases,
    "normalisation": normalisation_cases,
    "weighting": weighting_cases,
    "aggregation": aggregation_cases,
    "reading": reading_cases,
    "structure": structure_cases,
    "what-if": what_if_cases,
}
"""The steps of the manual, in the order of its pages."""


def _swapped(demo: Demonstration, step: str, cases: Mapping[str, Any]) -> pd.DataFrame:
    """Return what the method does with one step swapped, case by case."""
    found = {}
    for name, spec in cases.items():
        swap: dict[str, Any] = {step: spec}
        method = replace(demo.method, **swap)
        pooled = getattr(spec, "over", "") == "pooled" and step in ("treatment", "normalisation")
        panel = demo.panel if pooled else demo.newest
        found[name] = _index(score(panel, demo.framework, method), demo.year)
    return _compared(demo, found)


def _compared(demo: Demonstration, cases: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return the summary of each case, over the units that have a score in it."""
    parts = []
    for name, scores in cases.items():
        there = scores.dropna() if scores.notna().any() else scores
        base = demo.index[demo.index.index.isin(there.index)]
        parts.append(compare({_BASE: base, name: there}, _BASE, top=TOP).summary)
    return pd.concat(parts, ignore_index=True).assign(case=list(cases))


def _index(scores: Scores, year: int) -> pd.Series:
    return scores.in_year(year)[scores.framework.root]
