"""Items put on one scale: every rule of normalisation, block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.blocks import Block, Rows, blocks, group_words
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.normalise import observed_range
from analysis.core.normalise_reference import REFERENCES, reference_values
from analysis.core.panel import LARGEST
from analysis.core.scale_rules import FUNCTIONS, Part, logarithm
from analysis.core.steps import Normalisation

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Words = NDArray[np.object_]
FACTS = ("direction", "lo", "hi", "target", "cap", "transform")
OwnRule = Callable[[FloatArray, FloatArray], FloatArray]
"""A function of one's own: values (units, items) and directions (items,) to scores alike."""


@dataclass(frozen=True, eq=False)
class Scaled:
    """Items on one scale.

    Attributes
    ----------
    values : ndarray, shape (unit-years, items)
    limits : pandas.DataFrame
        ``year, item, rule, lo, hi``, and ``group`` where groups of units are
        put on a scale by themselves.
    lost : ndarray of bool, shape (unit-years, items)
        Values that their rule gives no score.
    findings : tuple of Finding
    """

    values: FloatArray
    limits: pd.DataFrame
    lost: BoolArray
    findings: tuple[Finding, ...]


def rules_of(framework: Framework, normalisation: Normalisation) -> Words:
    """Return the rule of each item: its own, else the method's."""
    own = framework.nodes["normalisation"].to_dict()
    return np.array([own[item] or normalisation.rule for item in framework.items], dtype=object)


def in_own_unit(rules: Words, normalisation: Normalisation) -> BoolArray:
    """Return which items are compared with something in their own unit, and so not treated."""
    with_target = normalisation.reference == "target"
    compared = np.isin(rules.astype(str), ("distance", "ratio", "difference")) & with_target
    fixed: BoolArray = (rules == "goalposts") | compared
    return fixed


def put_on_scale(
    values: FloatArray,
    units: pd.DataFrame,
    framework: Framework,
    normalisation: Normalisation,
    own_rules: Mapping[str, OwnRule] | None = None,
) -> Scaled:
    """Normalise items, each by its own rule or the method's.

    Parameters
    ----------
    values : ndarray, shape (unit-years, items)
        Treated items; NaN is missing.
    units : pandas.DataFrame
        Index ``(year, unit)``, sorted; attributes of the units.
    framework : Framework
    normalisation : Normalisation
    own_rules : mapping of str to callable, optional
        Functions of one's own by name: ``f(values, direction)`` with shapes
        (units, items) and (items,) returns scores of the same shape, higher
        being better and NaN staying NaN. They are given the units of one block.

    Returns
    -------
    Scaled

    Raises
    ------
    ValueError
        If a function of one's own returns another shape.
    """
    rules = rules_of(framework, normalisation)
    items = list(framework.items)
    facts = framework.nodes.loc[items, list(FACTS)]
    result: FloatArray = np.full(values.shape, np.nan, order="F")
    groups = group_words(units, normalisation.within) if normalisation.within else None
    limits: list[pd.DataFrame] = []
    findings: list[Finding] = []
    one_rule = len(set(rules)) == 1
    for block in blocks(units.index, normalisation.over, normalisation.base, groups):
        lo, hi = observed_range(values[block.basis])
        ends = lo.copy(), hi.copy()
        for rule in dict.fromkeys(rules):
            at: Rows = slice(None) if one_rule else np.flatnonzero(rules == rule)
            part = _part(values, units.index, block, at, lo, hi, facts, normalisation, rule)
            with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is refused below
                scores = _scores(part, rule, own_rules or {})
            if one_rule and scores.shape == result.shape:
                result = scores
            elif one_rule:
                result[block.rows] = scores
            else:
                places = _positions(block.rows, len(values))
                result[np.ix_(places, np.arange(len(items))[at])] = scores
            if rule == "goalposts":
                for end, post in zip(ends, (part.lo, part.hi), strict=True):
                    end[at] = np.where(part.log, logarithm(post), post)
        limits.append(_limits(block, items, rules, *ends, grouped=groups is not None))
        findings += _remarks(block, items, values[block.rows], *ends)
    lost = np.zeros(values.shape, dtype=bool)
    if not -LARGEST <= result.min() <= result.max() <= LARGEST:  # quicker than a look at each
        lost = ~(np.abs(result) <= LARGEST) & ~np.isnan(values)
    if lost.any():
        result[lost] = np.nan
        findings += _lost(lost, items, rules, units.index, groups)
    table = pd.concat(limits, ignore_index=True) if limits else pd.DataFrame()
    return Scaled(result, table, lost, tuple(findings))


def _scores(part: Part, rule: str, own_rules: Mapping[str, OwnRule]) -> FloatArray:
    if rule not in own_rules:
        return FUNCTIONS[rule](part)
    scores = np.array(own_rules[rule](part.values.copy(), part.direction.copy()), dtype=np.float64)
    if scores.shape != part.values.shape:
        raise ValueError(
            f"normalisation {rule!r} returned shape {scores.shape}, not {part.values.shape}"
        )
    scores[~np.isfinite(scores) | np.isnan(part.values)] = np.nan
    return scores


def _part(
    values: FloatArray,
    index: pd.Index,
    block: Block,
    at: Rows,
    lo: FloatArray,
    hi: FloatArray,
    facts: pd.DataFrame,
    normalisation: Normalisation,
    rule: str,
) -> Part:
    nodes = facts.iloc[at]
    lower, upper = normalisation.range_of(rule) if rule in FUNCTIONS else (0.0, 1.0)
    posts = rule == "goalposts"
    basis = values[block.basis][:, at]
    own_unit = np.full(basis.shape[1], np.nan)
    if normalisation.reference not in REFERENCES:
        here = index[block.basis].get_level_values("unit") == normalisation.reference
        own_unit = reference_values(basis[here], np.ones(basis.shape[1]), "mean")
    return Part(
        values=values[block.rows][:, at],
        basis=basis,
        direction=nodes["direction"].to_numpy(dtype=np.float64),
        lo=nodes["lo"].to_numpy(dtype=np.float64) if posts else lo[at],
        hi=nodes["hi"].to_numpy(dtype=np.float64) if posts else hi[at],
        target=nodes["target"].to_numpy(dtype=np.float64),
        cap=list(nodes["cap"]),
        log=(nodes["transform"] == "log").to_numpy(),
        own_unit=own_unit,
        lower=lower,
        upper=upper,
        method=normalisation,
    )


def _positions(rows: Rows, count: int) -> NDArray[np.intp]:
    return np.arange(count, dtype=np.intp)[rows]


def _limits(
    block: Block,
    items: Sequence[str],
    rules: Words,
    lo: FloatArray,
    hi: FloatArray,
    *,
    grouped: bool,
) -> pd.DataFrame:
    many = len(block.years)
    table = {
        "year": np.repeat(block.years, len(items)),
        "item": list(items) * many,
        "rule": np.tile(rules, many),
        "lo": np.tile(lo, many),
        "hi": np.tile(hi, many),
    }
    return pd.DataFrame({**table, "group": block.group} if grouped else table)


def _remarks(
    block: Block, items: Sequence[str], values: FloatArray, lo: FloatArray, hi: FloatArray
) -> list[Finding]:
    """Return a note for each item that is the same for all units, or has no value."""
    empty = np.isnan(values).all(axis=0)
    year = block.years[0] if len(block.years) == 1 else None
    told = {"year": f"{block.years[0]}-{block.years[-1]}" if year is None else year}
    ending = ""
    if block.group:
        told, ending = {**told, "group": block.group}, "_group"
    return [
        Finding("note", code + ending, {**told, "item": items[i]}, year=year, item=items[i])
        for code, which in (("score.constant", (lo == hi) & ~empty), ("score.no_values", empty))
        for i in np.flatnonzero(which).tolist()
    ]


def _lost(
    lost: BoolArray, items: Sequence[str], rules: Words, index: pd.Index, groups: Words | None
) -> list[Finding]:
    """Return a warning for each item and year with values that have no score."""
    findings = []
    years = index.get_level_values("year").to_numpy()
    units = index.get_level_values("unit")
    nowhere = np.zeros(len(lost), dtype=bool) if groups is None else groups == ""
    for code, rows in (("score.no_group", nowhere), ("score.no_place", ~nowhere)):
        for year in np.unique(years[rows & lost.any(axis=1)]):
            for item in np.flatnonzero(lost[rows & (years == year)].any(axis=0)).tolist():
                at = units[rows & (years == year) & lost[:, item]]
                named = ", ".join(at[:5]) + (" …" if len(at) > 5 else "")
                told = {"year": int(year), "item": items[item], "rule": rules[item]}
                told |= {"count": len(at), "units": named}
                findings.append(Finding("warning", code, told, year=int(year), item=items[item]))
    return findings
