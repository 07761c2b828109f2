"""Which choices of the method are varied, and how they are read from a file."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from analysis.core.adjustment import Adjustment
from analysis.core.check_method import contradictions
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import (
    Aggregation,
    Imputation,
    Method,
    Missing,
    Normalisation,
    Treatment,
    read_section,
)
from analysis.core.parameter import HUGE
from analysis.core.uncertainty.methods.read_adjustments import FILE, points_name, read_points
from analysis.core.uncertainty.methods.read_leave_out import read_leave_out
from analysis.core.yaml_file import Unreadable, read_yaml, shown

RuledStep = Normalisation | Treatment | Aggregation | Missing | Imputation
Step = RuledStep | Adjustment

POINTS = "adjustment"
FACTORS = ("imputation", "treatment", "normalisation", "aggregation", "missing", POINTS)
MOST_COMBINATIONS = 1_000
LONGEST_NAME = 80
BASE = "base"

DEFAULT_METHODS: Mapping[str, Any] = MappingProxyType(
    {
        "imputation": ("base", "median"),
        "treatment": ("base", "none"),
        "normalisation": ("base", "minmax", "zscore"),
        "aggregation": ("base", "geometric"),
        "leave_out": "items",
    }
)
"""What a report varies where it is told nothing else: for `read_method_space`."""


def default_methods(base: Method) -> Mapping[str, Any]:
    """Return what is varied by default about a method: whether its points count, if it has any."""
    more = {POINTS: (BASE, "none")} if base.adjustment.active else {}
    return {**DEFAULT_METHODS, **more}


@dataclass(frozen=True)
class Level:
    """One way to take a step of the method.

    Attributes
    ----------
    name : str
    step : Normalisation, Treatment, Aggregation, Missing, Imputation or Adjustment
    probability : float
        Positive; what counts is its proportion to those of the factor's other levels.
    """

    name: str
    step: Step
    probability: float = 1.0


@dataclass(frozen=True)
class MethodSpace:
    """The choices of the method that are varied.

    Attributes
    ----------
    factors : mapping of str to tuple of Level
        By step of the method, in the order of `FACTORS`. Levels are drawn
        independently of those of other factors.
    leave_out : tuple of str
        Nodes of which a draw leaves out one, or none.
    keep_all : float
        The probability that none is left out; the others share the rest equally.
    """

    factors: Mapping[str, tuple[Level, ...]] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    keep_all: float = 1.0


def read_method_space(
    source: str | Path | Mapping[str, Any], framework: Framework, base: Method
) -> MethodSpace:
    """Read which choices of the method are varied.

    A YAML file, every key of which may be left out::

        normalisation:
          - base                      # as the method has it
          - minmax                    # a rule
          - {rule: zscore, probability: 2}
          - {name: narrow, rule: minmax, lower: 40, upper: 100}
        treatment: [jrc, none]
        aggregation: [arithmetic, geometric]
        missing: [base, {min_share: 0.5}, none]
        imputation: [none, median]
        adjustment: [base, none, {file: points.yml, name: strict}]
        leave_out: items              # or groups, or a list of codes
        # leave_out: {what: items, none: 0.5}

    A level is a rule, or keys of that section of a method file with, if need
    be, a ``name`` and a ``probability`` (equal ones by default). What a level
    leaves open is as in ``base``, save that another rule of normalisation has
    its own ends and another rule of aggregation its own parameters. Whether
    normalisation is common to all years thus stays as the method has it.

    A level of ``adjustment`` is ``none`` (no points outside the weights, so that
    nothing is taken out of them), a method file that holds points (the name of a
    shipped one, or a path from the folder of the file of methods), or the rules
    themselves as in a method file.

    ``leave_out`` leaves out one item (or child of the index, or node of the
    list) or none in a draw, all equally likely, or none with the probability
    given; nodes without weight in the index are passed over by ``items`` and
    ``groups``.

    Parameters
    ----------
    source : str, pathlib.Path or mapping
        The file, or what it would hold.
    framework : Framework
    base : Method

    Returns
    -------
    MethodSpace

    Raises
    ------
    InputError
        With every unknown factor, rule, key, value and code, those allowed in
        its place, and what contradicts itself.
    """
    content, file = _content(source)
    folder = Path() if isinstance(source, Mapping) else Path(source).parent
    problems: list[Finding] = []
    factors: dict[str, tuple[Level, ...]] = {}
    known = (*FACTORS, "leave_out")
    for key in content:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            told = {"key": shown(key), "near": near[0] if near else "", "allowed": ", ".join(known)}
            problems.append(_problem("key_near" if near else "key", file, **told))
    for factor in FACTORS:
        if factor in content:
            factors[factor] = _levels(factor, content[factor], base, (file, folder), problems)
    codes, keep_all = read_leave_out(content.get("leave_out"), framework, file, problems)
    many = math.prod(max(len(levels), 1) for levels in factors.values())
    if many > MOST_COMBINATIONS:
        told_many = {"count": many, "most": MOST_COMBINATIONS}
        problems.append(_problem("too_many", file, **told_many))
    if problems:
        raise InputError(problems)
    return MethodSpace(factors, codes, keep_all)


def _content(source: str | Path | Mapping[str, Any]) -> tuple[Mapping[Any, Any], str | None]:
    """Return what a file holds, and its name."""
    if isinstance(source, Mapping):
        return source, None
    name = Path(source).name
    try:
        return read_yaml(source), name
    except Unreadable as error:
        line = "?" if error.line is None else error.line
        told = {"file": shown(name), "line": line, "allowed": ", ".join((*FACTORS, "leave_out"))}
        raise InputError([_problem(error.code, name, **told)]) from None


def _levels(
    factor: str,
    content: object,
    base: Method,
    place: tuple[str | None, Path],
    problems: list[Finding],
) -> tuple[Level, ...]:
    """Return the levels of a factor; those that are wrong are left out and told."""
    file, _ = place
    rows = content if isinstance(content, list | tuple) else [content]
    if not rows or len(rows) > MOST_COMBINATIONS:
        problems.append(_problem("no_levels", file, factor=factor, most=MOST_COMBINATIONS))
        return ()
    levels: list[Level] = []
    for row in rows:
        level = _level(factor, row, base, place, problems)
        if level is None:
            continue
        same = next((i for i, other in enumerate(levels) if other.step == level.step), None)
        if same is not None and BASE in (level.name, levels[same].name):
            # The method's own choice, listed by its rule as well: one level, under that name.
            both = level.probability + levels[same].probability
            named = levels[same] if level.name == BASE else level
            levels[same] = replace(named, probability=both)
        elif same is not None or any(other.name == level.name for other in levels):
            problems.append(_problem("level_twice", file, factor=factor, name=level.name))
        else:
            levels.append(level)
    return tuple(levels)


def _level(
    factor: str,
    row: object,
    base: Method,
    place: tuple[str | None, Path],
    problems: list[Finding],
) -> Level | None:
    file, folder = place
    if row == BASE:
        row = {"name": BASE}
    if not isinstance(row, str | Mapping):
        problems.append(_problem("level", file, factor=factor, value=shown(row)))
        return None
    word = FILE if factor == POINTS else "rule"
    content: dict[Any, Any] = {word: row} if isinstance(row, str) else dict(row)
    before = len(problems)
    probability = content.pop("probability", 1.0)
    if not is_positive(probability):
        problems.append(_problem("probability", file, factor=factor, value=shown(probability)))
    name = content.pop("name") if "name" in content else None
    if name is None:
        name = points_name(content) if factor == POINTS else _name(factor, content, base)
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        problems.append(_problem("name", file, factor=factor, value=shown(name)))
    step: Step = (
        read_points(content, base, file, folder, problems)
        if factor == POINTS
        else _step(factor, content, base, file, problems)
    )
    if len(problems) > before:
        return None
    return Level(str(name).strip()[:LONGEST_NAME], step, float(probability))


def _name(factor: str, content: Mapping[Any, Any], base: Method) -> str:
    """Return a name for a level that was given none: its rule, and what else it says."""
    rule = str(content.get("rule", getattr(base, factor).rule))[:LONGEST_NAME]
    more = [f"{key}={shown(value)}" for key, value in content.items() if key != "rule"]
    return f"{rule} ({', '.join(more)})" if more else rule


def _step(
    factor: str,
    content: Mapping[Any, Any],
    base: Method,
    file: str | None,
    problems: list[Finding],
) -> RuledStep:
    """Return a level's step of the method: what it leaves open is the base method's."""
    start: RuledStep = getattr(base, factor)
    own = (start.rule,) if factor == "normalisation" else ()
    found: list[Finding] = []
    values = read_section(
        Path(file or BASE), factor, {"rule": start.rule, **content}, found, own_rules=own
    )
    if values.get("rule") != start.rule:
        if isinstance(start, Normalisation):
            start = replace(start, lower=None, upper=None)
        elif isinstance(start, Aggregation):
            start = Aggregation()
    elif isinstance(start, Aggregation):
        values = {**values, "parameters": {**start.parameters, **values.get("parameters", {})}}
    step: RuledStep = replace(start, **values)
    if not found and content:
        # Beside steps that agree with anything: what clashes with other levels is settled
        # when the variants are made.
        beside = base if isinstance(step, Aggregation) else Method()
        scale = Normalisation("minmax", lower=1.0)
        steps: dict[str, Any] = {"normalisation": scale, factor: step}
        whole = replace(beside, **steps)
        found += [Finding("error", f"method.{code}", told) for code, told in contradictions(whole)]
    problems += [replace(finding, file=file) for finding in found]
    return step


def is_positive(value: object) -> bool:
    """Return whether a value from a file is a finite number above zero."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < HUGE


def _problem(code: str, file: str | None, /, **values: object) -> Finding:
    return Finding("error", f"methods.{code}", values, file=file)
