"""Reading ``manage.yml``: settings of dynamic management, every problem told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from analysis.core.cells import shown
from analysis.core.findings import Finding, InputError
from analysis.core.yaml_file import LARGEST, Unreadable, read_yaml
from analysis.paths import data_dir
from analysis.reporting.management.manage_settings import (
    ManageSettings,
    RiskSettings,
    WaySettings,
)
from analysis.zones.management import RULES, Exits, Pause, Rule, Talks, Upgrades

EXAMPLE = Path("management", "manage.yml")
_WEIGHTS = re.compile(r"uniform|nominal|(dirichlet|band)(:[0-9]+(\.[0-9]+)?)?")


class _Refused(Exception):
    """A value that may not stand there; ``allowed`` says what may."""

    def __init__(self, kind: str, **allowed: object) -> None:
        super().__init__(kind)
        self.kind, self.allowed = kind, allowed


Check = Callable[[Any], Any]


def _choice(*words: str) -> Check:
    def check(value: Any) -> str:
        word = str(value) if isinstance(value, str | int) and value is not True else ""
        if word not in words:
            raise _Refused("choice", allowed=", ".join(words))
        return word

    return check


def _whole(least: int, most: int = 1_000_000, *, open_: bool = False) -> Check:
    def check(value: Any) -> int | None:
        if value is None and open_:
            return None
        if type(value) is not int or not least <= value <= most:
            raise _Refused("whole", least=least, most=most)
        return int(value)

    return check


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not 0 < value <= 1e15:
        raise _Refused("number")
    return float(value)


def _end(value: Any) -> float:
    if type(value) not in (int, float) or not -1e15 <= value <= 1e15:
        raise _Refused("end")
    return float(value)


def _day(value: Any) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif type(value) is date:
        return value
    raise _Refused("day")


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str | int) for word in value):
        raise _Refused("words")
    return tuple(dict.fromkeys(str(word) for word in value))


def _weights(value: Any) -> str:
    if not isinstance(value, str) or _WEIGHTS.fullmatch(value) is None:
        raise _Refused("choice", allowed="uniform, dirichlet[:C], band[:B], nominal")
    return value


def _bounds(value: Any) -> Mapping[str, Mapping[str, float]]:
    if not isinstance(value, Mapping):
        raise _Refused("bounds")
    found: dict[str, dict[str, float]] = {}
    for code, bound in value.items():
        ends = bound if isinstance(bound, Mapping) else {"percent": bound}
        if (
            not isinstance(code, str)
            or not ends
            or not set(ends) <= {"lowest", "highest"} | {"percent"}
        ):
            raise _Refused("bounds")
        found[code] = {
            str(end): _number(limit) if end == "percent" else _end(limit)
            for end, limit in ends.items()
        }
    return MappingProxyType(found)


_SCOPES, _TIES = _choice("national", "region"), _choice("all", "none")
_RULE: Mapping[str, Check] = MappingProxyType(
    {
        "scope": _SCOPES,
        "last": _whole(1),
        "times": _whole(1, 100),
        "window": _whole(1, 100),
        "years_count": _choice("calendar", "assessed"),
        "small_groups": _choice("all", "none"),
        "averaged": _choice("latest", "earliest", "lowest", "all"),
        "ties": _TIES,
        "effect": _choice("candidate", "removal"),
    }
)
_PARTS: Mapping[str, Mapping[str, Check]] = MappingProxyType(
    {
        "exits": {
            "straddle": _choice("as_scored", "rescored", "new_only"),
            "restart": _choice("none", "rectified", "candidate"),
            "returned": _choice("anew", "continued"),
            "merged": _choice("absorber", "any", "anew"),
            "wait": _whole(0, 100),
            "grace": _whole(0, 100),
            "proposed": _whole(0, open_=True),
        },
        "pause": {
            "years": _whole(0, 100),
            "editions": _words,
            "effect": _choice("bars", "marks"),
        },
        "upgrades": {
            "per_province": _whole(1),
            "conditions": _words,
            "provincial": _choice("national", "own"),
            "beyond": _choice("held", "open"),
        },
        "talks": {"last": _whole(1), "scope": _SCOPES, "ties": _TIES},
        "risk": {
            "draws": _whole(2, 100_000),
            "scenarios": _whole(0, 10_000),
            "seed": _whole(0, 2**31 - 1),
            "weights": _weights,
            "methods": _choice("none", "default"),
        },
        "way_out": {
            "of": _choice("last", "candidates", "none"),
            "percent": _number,
            "bounds": _bounds,
            "primitives": _words,
        },
    }
)
KEYS = ("edition", "day", "rules", *_PARTS)


def read_settings(source: str | Path) -> ManageSettings:
    """Read the settings of a file; what it does not name is as it always is.

    Raises
    ------
    InputError
        With every setting that is unknown or may not be what it is, each with
        what it may be.
    """
    path = Path(source)
    try:
        content = read_yaml(path)
    except Unreadable as error:
        told = {"file": path.name, "line": error.line or 1, "most": LARGEST // 1000}
        raise InputError([Finding("error", f"manage.{error.code}", told)]) from None
    problems: list[Finding] = []
    found = {
        str(key): _part(str(key), value, problems, path.name)
        for key, value in content.items()
        if _known(str(key), KEYS, "", problems, path.name)
    }
    given = frozenset(_named(found))
    rules = _rules(found.get("rules", {}), problems, path.name)
    if isinstance(content.get("talks"), Mapping) and "last" not in content["talks"]:
        problems.append(_finding("talks", "", "needs", path.name, needed="last"))
    if problems:
        raise InputError(problems)
    pause = Pause(**found.get("pause", {}))
    return ManageSettings(
        edition=found.get("edition", ""),
        exits=Exits(rules=rules, **found.get("exits", {})),
        upgrades=Upgrades(pause=pause, **found.get("upgrades", {})),
        talks=Talks(**found["talks"]) if "talks" in found else None,
        day=found.get("day"),
        risk=RiskSettings(**found.get("risk", {})),
        way_out=WaySettings(**found.get("way_out", {})),
        given=given,
    )


def _named(found: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Give the names of the settings that were made."""
    for key, part in found.items():
        if isinstance(part, dict):
            yield from _named(part, f"{before}{key}.")
        else:
            yield before + key


def example_text() -> str:
    """Return the shipped file of settings: each one with what it means and its default."""
    return (data_dir() / EXAMPLE).read_text(encoding="utf-8")


def _part(key: str, value: Any, problems: list[Finding], file: str) -> Any:
    """Return one entry of the file, checked; what is wrong is added to the problems."""
    if key in ("edition", "day"):
        check = _choice(*RULES) if key == "edition" else _day
        return _checked(key, value, check, problems, file)
    if not isinstance(value, Mapping):
        problems.append(_finding(key, value, "mapping", file))
        return {}
    if key == "rules":
        return {
            str(edition): _part_of(f"rules.{edition}", rule, _RULE, problems, file)
            for edition, rule in value.items()
            if _known(str(edition), tuple(RULES), "rules.", problems, file)
        }
    return _part_of(key, value, _PARTS[key], problems, file)


def _part_of(
    place: str, value: Any, checks: Mapping[str, Check], problems: list[Finding], file: str
) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        problems.append(_finding(place, value, "mapping", file))
        return {}
    return {
        str(name): _checked(f"{place}.{name}", cell, checks[str(name)], problems, file)
        for name, cell in value.items()
        if _known(str(name), tuple(checks), f"{place}.", problems, file)
    }


def _rules(asked: Mapping[str, Any], problems: list[Finding], file: str) -> Mapping[str, Rule]:
    rules = dict(RULES)
    for edition, changes in asked.items():
        right = {name: value for name, value in changes.items() if value is not None}
        try:
            rules[edition] = replace(rules[edition], **right)
        except ValueError:
            problems.append(_finding(f"rules.{edition}", "", "rule", file))
    return MappingProxyType(rules)


def _known(
    name: str, known: tuple[str, ...], before: str, problems: list[Finding], file: str
) -> bool:
    if name in known:
        return True
    told = {"key": before + shown(name), "allowed": ", ".join(known)}
    problems.append(Finding("error", "manage.key", told, file=file))
    return False


def _checked(key: str, value: Any, check: Check, problems: list[Finding], file: str) -> Any:
    try:
        return check(value)
    except _Refused as error:
        problems.append(_finding(key, value, error.kind, file, **error.allowed))
        return None


def _finding(key: str, value: Any, kind: str, file: str, **allowed: object) -> Finding:
    told = {"key": key, "value": shown(str(value)), **allowed}
    return Finding("error", f"manage.{kind}", told, file=file)
