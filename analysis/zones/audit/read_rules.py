"""Reading the rules of an audit from YAML, with every problem found in one pass."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from analysis.core.cells import shown
from analysis.core.findings import Finding, InputError
from analysis.core.yaml_file import Unreadable, read_yaml
from analysis.paths import data_dir
from analysis.zones.audit.rules import KINDS, Rule

SHIPPED = "default"
OFF = "off"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CODE = re.compile(r"[^\s\x00-\x1f]{1,100}")
_LARGEST = 1e12


class _Bad(Exception):
    """A setting that is none of the right form; the key of what it should be."""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 1000:
        raise _Bad("text")
    return " ".join(value.split())


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Bad("number")
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise _Bad("number")
    return float(value)


def _positive(value: object) -> float:
    number = _number(value)
    if number < 0:
        raise _Bad("not_negative")
    return number


def _chance(value: object) -> float:
    number = _number(value)
    if not 0 < number < 1:
        raise _Bad("chance")
    return number


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10**6:
        raise _Bad("count")
    return value


def _yes(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Bad("yes")
    return value


def _code(value: object) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise _Bad("code")
    return value


def _codes(value: object) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words:
        raise _Bad("codes")
    return tuple(dict.fromkeys(_code(word) for word in words))


def _whole_numbers(value: object) -> tuple[int, ...]:
    whole = isinstance(value, list) and all(type(each) is int for each in value)
    if not isinstance(value, list) or not whole:
        raise _Bad("whole_numbers")
    return tuple(value)


def _two_years(value: object) -> tuple[int, ...]:
    years = _whole_numbers(value)
    if len(years) != 2 or years[0] > years[1]:
        raise _Bad("two_years")
    return years


def _factors(value: object) -> Mapping[str, float]:
    if not isinstance(value, Mapping) or not value:
        raise _Bad("factors")
    return MappingProxyType({_code(key): _positive(each) for key, each in value.items()})


def _one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in words or not isinstance(value, str):
            raise _Bad("words:" + ", ".join(words))
        return value

    return read


def _some_of(*words: str) -> Callable[[object], tuple[str, ...]]:
    def read(value: object) -> tuple[str, ...]:
        found = _codes(value)
        if not set(found) <= set(words):
            raise _Bad("words:" + ", ".join(words))
        return found

    return read


_FIELDS = _some_of("source", "date", "basis", "currency", "boundary")
_READERS: Mapping[str, Callable[[object], Any]] = {
    "id": _code,
    "severity": _one_of("error", "warning", "note", OFF),
    "title_zh": _text,
    "title_en": _text,
    "why_zh": _text,
    "why_en": _text,
    "question_zh": _text,
    "question_en": _text,
    "codes": _codes,
    "excluding": _codes,
    "parts": _codes,
    "least": _number,
    "most": _number,
    "whole": _code,
    "exact": _yes,
    "reported": _yes,
    "scale": _one_of("log", "difference"),
    "against": _some_of("history", "region"),
    "needs": _one_of("all", "any"),
    "limit": _positive,
    "least_change": _positive,
    "small": _positive,
    "floor": _positive,
    "least_years": _count,
    "least_units": _count,
    "breaks": _whole_numbers,
    "tolerance": _positive,
    "factors": _factors,
    "alpha": _chance,
    "deviation": _positive,
    "digits": _count,
    "spread": _positive,
    "fields": _FIELDS,
    "steady": _FIELDS,
    "same": _FIELDS,
    "years": _two_years,
}
# The same word asks for something else in these.
_OWN_READERS: Mapping[tuple[str, str], Callable[[object], Any]] = {
    ("range", "whole"): _yes,
    ("digits.last", "least"): _count,
    ("digits.first", "least"): _count,
}


def shipped_files() -> tuple[Path, ...]:
    """Return the files of the rules that are shipped, sorted by name."""
    return tuple(sorted((data_dir() / "audit").glob("*.yml")))


def read_rules(sources: Sequence[str | Path] = (SHIPPED,)) -> tuple[Rule, ...]:
    """Read rules from YAML files.

    A file holds a list ``rules``; each rule names its ``id``, ``kind`` (a key
    of `analysis.zones.audit.rules.KINDS`), ``severity``, ``title_zh`` and
    ``title_en``, ``why_zh`` and ``why_en``, and the settings of its kind. A
    rule takes the place of one of the same id in an earlier source;
    ``severity: off`` takes it out.

    Parameters
    ----------
    sources : sequence of str or pathlib.Path
        Files; ``"default"`` stands for the rules that are shipped.

    Returns
    -------
    tuple of Rule
        In the order in which the ids first stand.

    Raises
    ------
    InputError
        With every problem of every file; if no rule is left.
    """
    problems: list[Finding] = []
    rules: dict[str, Rule | None] = {}
    for source in sources:
        files = shipped_files() if str(source) == SHIPPED else (Path(source),)
        seen: set[str] = set()
        for path in files:
            for name, rule in _rules_in(path, problems):
                if name in seen:
                    told: dict[str, object] = {"rule": name}
                    problems.append(Finding("error", "audit.rule_twice", told, file=path.name))
                seen.add(name)
                rules[name] = rule
    left = tuple(rule for rule in rules.values() if rule is not None)
    if not left and not problems:
        problems.append(Finding("error", "audit.no_rules"))
    if problems:
        raise InputError(problems)
    return left


def _rules_in(path: Path, problems: list[Finding]) -> list[tuple[str, Rule | None]]:
    try:
        content = read_yaml(path)
    except Unreadable as error:
        told: dict[str, object] = {"file": shown(path), "line": error.line or "?"}
        problems.append(Finding("error", f"audit.file_{error.code}", told, file=path.name))
        return []
    listed = content.get("rules")
    if set(content) != {"rules"} or not isinstance(listed, list):
        problems.append(Finding("error", "audit.file_shape", {}, file=path.name))
        return []
    found = []
    for place, entry in enumerate(listed, start=1):
        before = len(problems)
        read = _rule(entry, place, path.name, problems)
        if read is not None and len(problems) == before:
            found.append(read)
    return found


def _rule(
    entry: object, place: int, file: str, problems: list[Finding]
) -> tuple[str, Rule | None] | None:
    """Return one rule with its id, None where it is switched off or has problems."""

    def note(code: str, **values: object) -> None:
        problems.append(Finding("error", f"audit.rule_{code}", {"rule": name} | values, file=file))

    name = str(place)
    if not isinstance(entry, Mapping):
        note("shape")
        return None
    given = entry.get("id")
    if not isinstance(given, str) or not _ID.fullmatch(given):
        note("id", value=shown(given))
        return None
    name = given
    if entry.get("severity") is False:
        entry = {**entry, "severity": OFF}  # what YAML takes a bare `off` for
    if entry.get("severity") == OFF and set(entry) == {"id", "severity"}:
        return name, None
    kind = entry.get("kind")
    form = KINDS.get(kind) if isinstance(kind, str) else None
    if form is None:
        note("kind", value=shown(kind), kinds=", ".join(KINDS))
        return None
    known = {field.name: field for field in fields(form)}
    settings: dict[str, Any] = {}
    for key, value in entry.items():
        if key == "kind":
            continue
        if key not in known:
            note("key", key=shown(key), keys=", ".join(known))
            continue
        try:
            settings[key] = _OWN_READERS.get((str(kind), key), _READERS.get(key, _code))(value)
        except _Bad as error:
            wanted, _, words = str(error).partition(":")
            note(f"bad_{wanted}", key=key, value=shown(value), words=words)
    required = [key for key, field in known.items() if field.default is MISSING]
    lacking = [key for key in required if key not in entry and key != "factors"]
    if lacking:
        note("lacks", keys=", ".join(lacking))
        return None
    if settings.get("severity") == OFF:
        return name, None
    if not set(required) - {"factors"} <= set(settings):
        return None  # told above
    if kind == "range" and not {"least", "most", "whole"} & set(entry):
        note("lacks", keys="least, most")
    low, high = settings.get("least"), settings.get("most")
    if low is not None and high is not None and low > high:
        note("order", least=low, most=high)
    return name, form(**settings)
