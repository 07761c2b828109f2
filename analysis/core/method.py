"""The method: how a framework is scored, as one small frozen specification."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from analysis.core.adjust_read import read_adjustment
from analysis.core.adjustment import Adjustment
from analysis.core.check_method import contradictions
from analysis.core.findings import Finding, InputError
from analysis.core.method_keys import KEYS, RULES, USED_BY, Keys, keys_of
from analysis.core.parameter import HUGE, Parameter, problem_with
from analysis.core.steps import (
    Aggregation,
    Denomination,
    Imputation,
    Missing,
    Normalisation,
    Ranking,
    Screening,
    Treatment,
    Weighting,
)
from analysis.core.yaml_file import Unreadable, read_yaml

__all__ = [
    "Adjustment",
    "Aggregation",
    "Denomination",
    "Imputation",
    "Method",
    "Missing",
    "Normalisation",
    "Ranking",
    "Screening",
    "Treatment",
    "Weighting",
    "read_method",
    "read_section",
]


@dataclass(frozen=True)
class Method:
    """The steps of scoring, in their order."""

    name: str = "efficacy"
    title_zh: str = ""
    title_en: str = ""
    note_zh: str = ""
    note_en: str = ""
    denomination: Denomination = field(default_factory=Denomination)
    screening: Screening = field(default_factory=Screening)
    imputation: Imputation = field(default_factory=Imputation)
    treatment: Treatment = field(default_factory=Treatment)
    normalisation: Normalisation = field(default_factory=Normalisation)
    weighting: Weighting = field(default_factory=Weighting)
    aggregation: Aggregation = field(default_factory=Aggregation)
    missing: Missing = field(default_factory=Missing)
    ranking: Ranking = field(default_factory=Ranking)
    adjustment: Adjustment = field(default_factory=Adjustment)

    def title(self, lang: str) -> str:
        """Return the method's title in ``lang``, else its name."""
        return (self.title_zh if lang == "zh" else self.title_en) or self.name


def read_method(source: str | Path, own_rules: Collection[str] = ()) -> Method:
    """Read a method from a YAML file; what it leaves out has the default value.

    Parameters
    ----------
    source : str or pathlib.Path
    own_rules : collection of str
        Names of functions of one's own that the file may name as
        ``normalisation.rule``.

    Returns
    -------
    Method

    Raises
    ------
    InputError
        With every unknown key and value, and those allowed in their place,
        and with the choices that contradict each other.
    """
    path = Path(source)
    try:
        content = read_yaml(path)
    except Unreadable as error:
        code = "unreadable" if error.code == "unreadable" else "not_yaml"
        raise InputError([_problem(code, path, file=path.name)]) from None
    problems: list[Finding] = []
    method = Method(name=path.stem)
    parts: dict[str, Any] = {}
    known = {f.name for f in fields(Method)}
    for key, value in content.items():
        if key not in known:
            problems.append(_unknown_key(path, "", key, known))
        elif isinstance(getattr(method, key), str):
            if isinstance(value, str):
                parts[key] = value.strip()
            else:
                problems.append(_problem("not_text", path, key=key, value=_shown(value)))
        elif key == "adjustment":
            parts[key] = read_adjustment(value, problems, path.name)
        elif not isinstance(value, Mapping):
            problems.append(_problem("not_section", path, key=key, allowed=", ".join(KEYS[key])))
        else:
            own = own_rules if key == "normalisation" else ()
            values = read_section(path, key, value, problems, own)
            parts[key] = replace(getattr(method, key), **values)
    method = on_own_scale(replace(method, **parts))
    problems += [_problem(code, path, **told) for code, told in contradictions(method)]
    if problems:
        raise InputError(problems)
    return method


def on_own_scale(method: Method) -> Method:
    """Return the method with its points stated on its own scale, where they name no other."""
    given, scale = method.adjustment, method.normalisation
    if given.scale is not None or not given.rules or not scale.has_scale(scale.rule):
        return method
    return replace(method, adjustment=replace(given, scale=scale.range_of(scale.rule)))


def read_section(
    path: Path,
    section: str,
    content: Mapping[object, Any],
    problems: list[Finding],
    own_rules: Collection[str],
) -> dict[str, Any]:
    """Return the values of a section, those that are wrong left out and told in ``problems``."""
    rule = content.get("rule", KEYS[section]["rule"].default if "rule" in KEYS[section] else "")
    known = keys_of(section, rule if isinstance(rule, str) else "")
    values: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for key, value in content.items():
        place = f"{section}.{key}"
        if key not in known:
            elsewhere = _rules_with(section, key)
            if elsewhere:
                told = {"key": place, "rule": _shown(rule), "rules": ", ".join(elsewhere)}
                problems.append(_problem("idle", path, **told))
            else:
                problems.append(_unknown_key(path, section, key, set(known)))
            continue
        name = str(key)
        if name == "rule" and isinstance(value, str) and value in own_rules:
            values[name] = value
            continue
        wrong = problem_with(known[name], value)
        used_by = USED_BY.get((section, name))
        if wrong is not None:
            problems.append(_wrong(path, place, known[name], value, wrong))
        elif used_by is not None and isinstance(rule, str) and rule not in used_by:
            told = {"key": place, "rule": rule, "rules": ", ".join(used_by)}
            problems.append(_problem("idle", path, **told))
        else:
            (values if name in KEYS[section] else more)[name] = _typed(known[name], value)
    return {**values, "parameters": more} if more else values


def _rules_with(section: str, key: object) -> list[str]:
    """Return the rules of a section that have a parameter of that name."""
    rules: Mapping[str, Keys] = RULES.get(section, {})
    return [rule for rule, keys in rules.items() if key in keys]


def _typed(parameter: Parameter, value: Any) -> Any:
    if parameter.kind == "number" and value is not None:
        return float(value)
    if parameter.kind == "numbers":
        return tuple(float(number) for number in value)
    return value.strip() if parameter.kind == "text" else value


def _wrong(path: Path, key: str, parameter: Parameter, value: object, kind: str) -> Finding:
    told: dict[str, object] = {"key": key, "value": _shown(value)}
    if kind == "choice":
        return _problem("value", path, **told, allowed=", ".join(parameter.choices))
    if kind in ("number", "whole", "numbers"):
        code = {"whole": "whole_number"}.get(kind, kind)
        low, high = _bound(parameter.low), _bound(parameter.high)
        return _problem(code, path, **told, low=low, high=high)
    return _problem(f"not_{kind}", path, **told)


def _problem(code: str, path: Path, /, **values: object) -> Finding:
    return Finding("error", f"method.{code}", values, file=path.name)


def _shown(value: object) -> str:
    """Return a value as a message may show it: a nested one only by its kind."""
    return repr(value)[:60] if isinstance(value, str | int | float) else type(value).__name__


def _bound(number: float) -> str:
    """Return the end of a range as a message shows it."""
    if abs(number) == HUGE:
        return "∞" if number > 0 else "-∞"
    return f"{number:g}"


def _unknown_key(path: Path, section: str, key: object, known: set[str]) -> Finding:
    near = difflib.get_close_matches(str(key), sorted(known), 1)
    return _problem(
        "key_near" if near else "key",
        path,
        key=f"{section}.{key}" if section else key,
        near=near[0] if near else "",
        allowed=", ".join(sorted(known)),
    )
