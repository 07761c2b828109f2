"""Points outside the weights as a method file says them, every problem told at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from analysis.core.adjustment import BASES, EFFECTS, KINDS, MISSING, Adjustment, PointRule
from analysis.core.findings import Finding
from analysis.core.parameter import HUGE
from analysis.core.yaml_file import shown

MOST_RULES = 200
LONGEST = 200  # letters of a text
SECTION = "adjustment"
KEYS = ("rules", "cap", "floor", "outside", "scale", "framework")
COMMON = (
    "id",
    "kind",
    "input",
    "title_zh",
    "title_en",
    "basis",
    "source_zh",
    "source_en",
    "missing",
)
OF_KIND: Mapping[str, tuple[str, ...]] = {
    "bonus": ("per_unit", "steps", "cap"),
    "penalty": ("per_unit", "steps", "cap"),
    "veto": ("at_least", "effect"),
}
WORDS = {"basis": BASES, "missing": MISSING, "effect": EFFECTS}
TEXTS = ("title_zh", "title_en", "source_zh", "source_en")


def read_adjustment(
    content: object, problems: list[Finding], file: str | None = None
) -> Adjustment:
    """Read what a method file holds under ``adjustment``.

    ::

        adjustment:
          outside: [C3]
          cap: 3
          floor: -5
          rules:
            - {id: aid, kind: bonus, input: C3, per_unit: 0.5, cap: 2}
            - {id: accident, kind: penalty, input: accidents, per_unit: 1}
            - {id: grave, kind: veto, input: grave_accidents, at_least: 1, effect: unranked}

    Parameters
    ----------
    content : object
        Plain data, not checked yet.
    problems : list of Finding
        What is wrong is added to it: unknown keys and words, numbers out of
        bounds, rules without an input or without points, ids that stand twice.
    file : str, optional
        For messages.

    Returns
    -------
    Adjustment
        Of what is right.
    """
    if not isinstance(content, Mapping):
        problems.append(_problem("section", file, allowed=", ".join(KEYS)))
        return Adjustment()
    _keys(content, KEYS, SECTION, problems, file)
    listed = content.get("rules", [])
    if not isinstance(listed, list | tuple) or len(listed) > MOST_RULES:
        problems.append(_problem("rules", file, most=MOST_RULES))
        listed = []
    rules: list[PointRule] = []
    for number, row in enumerate(listed, start=1):
        rule = _rule(row, number, problems, file)
        if rule is not None and any(rule.id == other.id for other in rules):
            problems.append(_problem("twice", file, id=rule.id))
        elif rule is not None:
            rules.append(rule)
    framework = content.get("framework", "")
    if not _is_text(framework):
        told = {"key": f"{SECTION}.framework", "value": shown(framework)}
        problems.append(_problem("text", file, **told))
        framework = ""
    return Adjustment(
        tuple(rules),
        _number(content, "cap", f"{SECTION}.cap", 0.0, HUGE, problems, file),
        _number(content, "floor", f"{SECTION}.floor", -HUGE, 0.0, problems, file),
        _codes(content.get("outside", []), problems, file),
        _scale(content.get("scale"), problems, file),
        str(framework).strip(),
    )


def _rule(row: object, number: int, problems: list[Finding], file: str | None) -> PointRule | None:
    """Return a rule, or None where something is wrong with it."""
    before = len(problems)
    name = f"{SECTION}.rules[{number}]"
    if not isinstance(row, Mapping):
        problems.append(_problem("rule", file, key=name))
        return None
    kind = row.get("kind")
    if kind not in KINDS:
        told = {"key": f"{name}.kind", "value": shown(kind), "allowed": ", ".join(KINDS)}
        problems.append(_problem("word", file, **told))
        return None
    _keys(row, (*COMMON, *OF_KIND[str(kind)]), name, problems, file)
    values: dict[str, Any] = {"kind": kind}
    for key in ("id", "input"):
        if _is_text(row.get(key)) and str(row[key]).strip():
            values[key] = str(row[key]).strip()
        else:
            problems.append(_problem("text", file, key=f"{name}.{key}", value=shown(row.get(key))))
    for key in TEXTS:
        if key in row and not _is_text(row[key]):
            problems.append(_problem("text", file, key=f"{name}.{key}", value=shown(row[key])))
        elif key in row:
            values[key] = str(row[key]).strip()
    for key, allowed in WORDS.items():
        if key in row and row[key] not in allowed:
            told = {"key": f"{name}.{key}", "value": shown(row[key]), "allowed": ", ".join(allowed)}
            problems.append(_problem("word", file, **told))
        elif key in row:
            values[key] = row[key]
    if kind == "veto":
        least = _number(row, "at_least", f"{name}.at_least", -HUGE, HUGE, problems, file)
        values |= {} if least is None else {"at_least": least}
    else:
        values |= _points(row, name, problems, file)
    return PointRule(**values) if len(problems) == before else None


def _points(
    row: Mapping[Any, Any], name: str, problems: list[Finding], file: str | None
) -> dict[str, Any]:
    """Return how a bonus or a deduction counts: by the unit, or in steps; and its cap."""
    if ("per_unit" in row) == ("steps" in row):
        problems.append(_problem("size", file, key=name))
        return {}
    cap = _number(row, "cap", f"{name}.cap", 0.0, HUGE, problems, file)
    if "per_unit" in row:
        each = _number(row, "per_unit", f"{name}.per_unit", 0.0, HUGE, problems, file)
        return {"per_unit": each or 0.0, "cap": cap}
    steps = row["steps"]
    fine = isinstance(steps, list | tuple) and 0 < len(steps) <= MOST_RULES
    fine = fine and all(
        isinstance(step, list | tuple) and len(step) == 2 and all(map(_is_number, step))
        for step in steps
    )
    rising = fine and all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(steps))
    if not rising or steps[0][1] < 0:
        problems.append(_problem("steps", file, key=f"{name}.steps"))
        return {}
    return {"steps": tuple((float(at), float(points)) for at, points in steps), "cap": cap}


def _number(
    content: Mapping[Any, Any],
    key: str,
    name: str,
    low: float,
    high: float,
    problems: list[Finding],
    file: str | None,
) -> float | None:
    """Return a number within bounds; None where none is given or it is wrong."""
    value = content.get(key)
    if value is None:
        return None
    if _is_number(value) and low <= value <= high:
        return float(value)
    ends = ["-∞" if low == -HUGE else f"{low:g}", "∞" if high == HUGE else f"{high:g}"]
    told = {"key": name, "value": shown(value), "low": ends[0], "high": ends[1]}
    problems.append(_problem("number", file, **told))
    return None


def _codes(content: object, problems: list[Finding], file: str | None) -> tuple[str, ...]:
    rows = [content] if isinstance(content, str) else content
    if not isinstance(rows, list | tuple) or not all(_is_text(row) and row for row in rows):
        problems.append(_problem("outside", file, value=shown(content)))
        return ()
    return tuple(dict.fromkeys(str(row).strip() for row in rows))


def _scale(
    content: object, problems: list[Finding], file: str | None
) -> tuple[float, float] | None:
    if content is None:
        return None
    if (
        isinstance(content, list | tuple)
        and len(content) == 2
        and all(map(_is_number, content))
        and content[0] < content[1]
    ):
        return float(content[0]), float(content[1])
    problems.append(_problem("scale", file, value=shown(content)))
    return None


def _keys(
    content: Mapping[Any, Any],
    known: tuple[str, ...],
    name: str,
    problems: list[Finding],
    file: str | None,
) -> None:
    for key in content:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            told = {"key": f"{name}.{shown(key)}", "near": near[0] if near else ""}
            code = "key_near" if near else "key"
            problems.append(_problem(code, file, **told, allowed=", ".join(known)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < HUGE


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST and value.isprintable()


def _problem(code: str, file: str | None, /, **values: object) -> Finding:
    return Finding("error", f"adjustment.{code}", values, file=file)
