"""The method: how a framework is scored, as one small frozen specification."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from analysis.core.findings import Finding, InputError

MEANS = ("arithmetic", "geometric", "harmonic")
NORMALISATIONS = ("efficacy", "minmax", "zscore", "goalposts")
RANGES = {"efficacy": (60.0, 100.0), "minmax": (0.0, 100.0), "goalposts": (0.0, 1.0)}


@dataclass(frozen=True)
class Treatment:
    """What is done about outliers, item by item and year by year.

    Attributes
    ----------
    rule : {"jrc", "none"}
        ``jrc``: an item fails where ``|skewness| >= skewness`` and ``excess
        kurtosis >= kurtosis`` (see `analysis.core.treat`); it is winsorised
        until it passes, and where that does not do, transformed instead.
    skewness, kurtosis : float
    max_points : int
        Points to winsorise at most (ties are moved together).
    transform : {"log_ct", "log_ct_plus", "none"}
    """

    rule: str = "jrc"
    skewness: float = 2.0
    kurtosis: float = 3.5
    max_points: int = 5
    transform: str = "log_ct"


@dataclass(frozen=True)
class Normalisation:
    """How items are put on one scale, within each year and over all units.

    Attributes
    ----------
    rule : {"efficacy", "minmax", "zscore", "goalposts"}
    lower, upper : float, optional
        Ends of the scale; what is left out is 60 and 100 for the efficacy
        score, 0 and 100 for min-max, 0 and 1 for goalposts. A z-score has none.
    """

    rule: str = "efficacy"
    lower: float | None = None
    upper: float | None = None

    def range_of(self, rule: str) -> tuple[float, float]:
        """Return the ends of the scale for an item normalised by ``rule``.

        They are the method's, whatever the item's own rule, so that items stay
        on one scale; only a method without a scale (z-scores) leaves them to ``rule``.
        """
        lower, upper = RANGES[self.rule if self.rule in RANGES else rule]
        return (
            lower if self.lower is None else self.lower,
            upper if self.upper is None else self.upper,
        )


@dataclass(frozen=True)
class Aggregation:
    """The weighted mean by which nodes are formed, where they name none of their own.

    Attributes
    ----------
    rule : {"arithmetic", "geometric", "harmonic"}
    """

    rule: str = "arithmetic"


@dataclass(frozen=True)
class Missing:
    """What happens to a node when a child has no value.

    Attributes
    ----------
    rule : {"renormalise", "none"}
        ``renormalise``: the weights of the children that are there are scaled
        to sum to one; ``none``: the node is empty.
    min_share : float
        Share of the node's weight that must be there, from 0 to 1.
    """

    rule: str = "renormalise"
    min_share: float = 0.65


@dataclass(frozen=True)
class Ranking:
    """How scores are ranked; equal scores take the smallest rank.

    Attributes
    ----------
    decimals : int
        Decimals to which a score is rounded before it is ranked.
    """

    decimals: int = 9


Section = Treatment | Normalisation | Aggregation | Missing | Ranking


@dataclass(frozen=True)
class Method:
    """Treatment, normalisation, aggregation, missing values and ranking."""

    name: str = "efficacy"
    title_zh: str = ""
    title_en: str = ""
    note_zh: str = ""
    note_en: str = ""
    treatment: Treatment = field(default_factory=Treatment)
    normalisation: Normalisation = field(default_factory=Normalisation)
    aggregation: Aggregation = field(default_factory=Aggregation)
    missing: Missing = field(default_factory=Missing)
    ranking: Ranking = field(default_factory=Ranking)

    def title(self, lang: str) -> str:
        """Return the method's title in ``lang``, else its name."""
        return (self.title_zh if lang == "zh" else self.title_en) or self.name


_HUGE = 1e300  # finite, so that neither an infinity nor a number past float64 is let in

# Words a rule may take, and the bounds of a number: (lowest, highest).
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("treatment", "rule"): ("jrc", "none"),
    ("treatment", "transform"): ("log_ct", "log_ct_plus", "none"),
    ("normalisation", "rule"): NORMALISATIONS,
    ("aggregation", "rule"): MEANS,
    ("missing", "rule"): ("renormalise", "none"),
}
BOUNDS: dict[tuple[str, str], tuple[float, float]] = {
    ("treatment", "skewness"): (0, _HUGE),
    ("treatment", "kurtosis"): (-2, _HUGE),
    ("treatment", "max_points"): (0, _HUGE),
    ("normalisation", "lower"): (-_HUGE, _HUGE),
    ("normalisation", "upper"): (-_HUGE, _HUGE),
    ("missing", "min_share"): (0, 1),
    ("ranking", "decimals"): (0, 15),
}
WHOLE_NUMBERS = {("treatment", "max_points"), ("ranking", "decimals")}


def read_method(source: str | Path) -> Method:
    """Read a method from a YAML file; what it leaves out has the default value.

    Parameters
    ----------
    source : str or pathlib.Path

    Returns
    -------
    Method

    Raises
    ------
    InputError
        With every unknown key and value, and those allowed in their place.
    """
    path = Path(source)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError:
        raise InputError([_problem("unreadable", path, file=path.name)]) from None
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError):
        raise InputError([_problem("not_yaml", path, file=path.name)]) from None
    if not isinstance(content, Mapping):
        raise InputError([_problem("not_yaml", path, file=path.name)])
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
        elif not isinstance(value, Mapping):
            allowed = ", ".join(f.name for f in fields(getattr(method, key)))
            problems.append(_problem("not_section", path, key=key, allowed=allowed))
        else:
            parts[key] = _read_section(path, key, getattr(method, key), value, problems)
    method = replace(method, **parts)
    problems += _contradictions(path, method)
    if problems:
        raise InputError(problems)
    return method


def _read_section(
    path: Path,
    section: str,
    default: Section,
    content: Mapping[object, Any],
    problems: list[Finding],
) -> Section:
    known = {f.name for f in fields(default)}
    values: dict[str, Any] = {}
    for key, value in content.items():
        place = (section, str(key))
        if key not in known:
            problems.append(_unknown_key(path, section, key, known))
        elif place in CHOICES:
            if value in CHOICES[place]:
                values[place[1]] = value
            else:
                told = {"key": f"{section}.{key}", "value": _shown(value)}
                problems.append(_problem("value", path, **told, allowed=", ".join(CHOICES[place])))
        else:
            low, high = BOUNDS[place]
            whole = place in WHOLE_NUMBERS
            number = isinstance(value, int) or (isinstance(value, float) and not whole)
            if isinstance(value, bool) or not number or not low <= value <= high:
                told = {"key": f"{section}.{key}", "value": _shown(value)}
                code = "whole_number" if whole else "number"
                problems.append(_problem(code, path, **told, low=_bound(low), high=_bound(high)))
            else:
                values[place[1]] = value if whole else float(value)
    return replace(default, **values)


def _contradictions(path: Path, method: Method) -> list[Finding]:
    """Return what is wrong with values that are each allowed by themselves."""
    rule = method.normalisation.rule
    if rule == "zscore":
        if method.aggregation.rule != "arithmetic":
            return [_problem("zscore_mean", path, rule=method.aggregation.rule)]
        if method.normalisation.lower is not None or method.normalisation.upper is not None:
            return [_problem("zscore_range", path)]
        return []
    lower, upper = method.normalisation.range_of(rule)
    return [] if lower < upper else [_problem("range", path, low=lower, high=upper)]


def _problem(code: str, path: Path, **values: object) -> Finding:
    return Finding("error", f"method.{code}", values, file=path.name)


def _shown(value: object) -> str:
    """Return a value as a message may show it: a nested one only by its kind."""
    return repr(value)[:60] if isinstance(value, str | int | float) else type(value).__name__


def _bound(number: float) -> str:
    """Return the end of a range as a message shows it."""
    return f"{number:g}".replace("1e+300", "∞")


def _unknown_key(path: Path, section: str, key: object, known: set[str]) -> Finding:
    near = difflib.get_close_matches(str(key), sorted(known), 1)
    return _problem(
        "key_near" if near else "key",
        path,
        key=f"{section}.{key}" if section else key,
        near=near[0] if near else "",
        allowed=", ".join(sorted(known)),
    )
