"""Settings of dynamic management: what the texts leave open, and what is worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pandas as pd
import yaml

from analysis.zones.management import Exits, Talks, Upgrades


@dataclass(frozen=True)
class RiskSettings:
    """How the risk is drawn: see `analysis.zones.risk.exit_risk`.

    Attributes
    ----------
    draws, scenarios, seed : int
        No scenarios: no risk is worked out.
    weights, methods : str
        Words of `analysis.core.uncertainty`: ``uniform``, ``dirichlet[:C]``,
        ``band:B``; ``none`` or ``default``.
    """

    draws: int = 1000
    scenarios: int = 100
    seed: int = 2021
    weights: str = "uniform"
    methods: str = "none"


@dataclass(frozen=True)
class WaySettings:
    """How far the way out may go: see `analysis.core.way_out.way_out`.

    Attributes
    ----------
    of : {"last", "candidates", "none"}
        For whom it is sought.
    percent : float
        Bound of every primitive, either way, where none is given.
    bounds : mapping
        By primitive: ``{"percent": p}`` or ``{"lowest": a, "highest": b}``.
    primitives : tuple of str
        What may be moved; empty: every primitive that a zone can move.
    """

    of: str = "last"
    percent: float = 20.0
    bounds: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}))
    primitives: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """Return the bounds that are given: ``code, lowest, highest, percent``."""
        rows = [
            {"code": code, **{end: bound.get(end) for end in ("lowest", "highest", "percent")}}
            for code, bound in self.bounds.items()
        ]
        columns = {"lowest": "float64", "highest": "float64", "percent": "float64"}
        return pd.DataFrame(rows, columns=["code", *columns]).astype(columns)


@dataclass(frozen=True)
class ManageSettings:
    """Everything that the texts leave open, and what is to be worked out.

    Attributes
    ----------
    edition : str
        Whose rule is applied to every year; ``""``: that in force in each.
    exits, upgrades, talks : Exits, Upgrades, Talks or None
        See `analysis.zones.management`; no talks: what is reported of the year.
    day : datetime.date or None
        On which pauses and answers are looked at.
    risk, way_out : RiskSettings, WaySettings
    given : frozenset of str
        Settings that the user made, as ``exits.straddle`` or ``rules.2021.ties``.
    """

    edition: str = ""
    exits: Exits = field(default_factory=Exits)
    upgrades: Upgrades = field(default_factory=Upgrades)
    talks: Talks | None = None
    day: date | None = None
    risk: RiskSettings = field(default_factory=RiskSettings)
    way_out: WaySettings = field(default_factory=WaySettings)
    given: frozenset[str] = frozenset()

    def day_of(self, year: int) -> date:
        """Return the day looked at: the one set, else the last of the year of the round."""
        return self.day or date(year + 1, 12, 31)


def settings_text(settings: ManageSettings) -> str:
    """Return the settings that were made as a file that `read_settings` reads back."""
    sources: dict[str, Any] = {
        "edition": settings.edition,
        "day": settings.day.isoformat() if settings.day else None,
        "rules": settings.exits.rules,
        "exits": settings.exits,
        "pause": settings.upgrades.pause,
        "upgrades": settings.upgrades,
        "talks": settings.talks,
        "risk": settings.risk,
        "way_out": settings.way_out,
    }
    parts: dict[str, Any] = {}
    for name in sorted(settings.given):
        *path, last = name.split(".")
        place, source = parts, sources
        for step in path:
            place = place.setdefault(step, {})
            source = source[step] if isinstance(source, Mapping) else getattr(source, step)
        place[last] = _plain(source[last] if isinstance(source, Mapping) else getattr(source, last))
    return str(yaml.safe_dump(parts, allow_unicode=True, sort_keys=False, width=100))


def with_settings(settings: ManageSettings, made: Mapping[str, Any]) -> ManageSettings:
    """Return settings with others made on top of them, by ``edition`` or ``risk.draws``."""
    for name, value in made.items():
        part, _, last = name.partition(".")
        if last:
            value = replace(getattr(settings, part), **{last: value})
        settings = replace(settings, **{part: value})
    return replace(settings, given=settings.given | set(made))


def _plain(cell: Any) -> Any:
    """Return a value as YAML has it: lists for tuples, plain mappings."""
    if isinstance(cell, tuple):
        return list(cell)
    if isinstance(cell, Mapping):
        return {key: _plain(part) for key, part in cell.items()}
    return cell
