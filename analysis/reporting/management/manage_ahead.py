"""What lies ahead: the risk of this year and the next, and the way out of the last places."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.panel import Panel
from analysis.core.uncertainty.methods.method_space import DEFAULT_METHODS
from analysis.core.uncertainty.weights.read_weights import weight_draws
from analysis.core.way_out import Goal, WayOut, way_out
from analysis.reporting.management.manage_settings import WaySettings
from analysis.reporting.management.manage_work import Work
from analysis.zones.levers import bounds_in, facts_of, lever_bounds
from analysis.zones.risk import backtest, exit_risk

SCENARIOS = 20  # of the backtest, which runs over every year
PERCENT = WaySettings().percent  # as `way_out` has it too
VALUES = ("measure", "direction", "now", "then", "change", "percent", "share")
CHANGED = ("unit", "reached", "code", *VALUES, "whole")
ALONE = ("unit", "code", *VALUES, "reaches", "gain", "whole")

Step = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Ahead:
    """Risk and ways out as tables.

    Attributes
    ----------
    risk : pandas.DataFrame
        Units as `analysis.zones.risk.Risk.units`, ``unit`` a column; empty
        where it was not asked for or cannot be worked out.
    items : pandas.DataFrame
        What the scenario rests on, item by item.
    about : mapping
        Settings and counts of the risk.
    told : mapping of str to tuple of str
        Assumptions and notes in words, by language.
    scores, calibration : pandas.DataFrame
        The backtest; empty where there are too few years.
    ways : pandas.DataFrame
        One row a unit: whether and how it gets out, before and after.
    alone : pandas.DataFrame
        What each primitive does by itself.
    together : pandas.DataFrame
        The smallest combination, or (``reached`` false) the best there is.
    """

    risk: pd.DataFrame
    items: pd.DataFrame
    about: Mapping[str, Any]
    told: Mapping[str, tuple[str, ...]]
    scores: pd.DataFrame
    calibration: pd.DataFrame
    ways: pd.DataFrame
    alone: pd.DataFrame
    together: pd.DataFrame


_FRAMES = ("risk", "items", "scores", "calibration", "ways", "alone", "together")


def look_ahead(
    work: Work, *, risk: Step | None = None, way: Step | None = None, tested: bool = True
) -> Ahead:
    """Work out risk and ways out as the settings ask.

    Parameters
    ----------
    work : Work
    risk, way : callable, optional
        Called at every step of the risk, and after every unit's way out.
    tested : bool
        Whether the scenario is held against the years that are known.

    Raises
    ------
    InputError
        If the settings of the way out do not fit the panel, with every reason.
    """
    parts = _risk(work, risk or _nothing, tested) | _ways(work, way or _nothing)
    return Ahead(**parts)


def save_ahead(ahead: Ahead) -> bytes:
    """Return what was worked out as `read_ahead` reads it, so that a page need not do it again."""
    content: dict[str, Any] = {"about": dict(ahead.about), "told": dict(ahead.told)}
    content |= {name: _columns(getattr(ahead, name)) for name in _FRAMES}
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode("utf-8")


def read_ahead(path: Path) -> Ahead:
    """Read what `save_ahead` wrote, every number as it was."""
    content = json.loads(path.read_text(encoding="utf-8"))
    frames = {
        name: pd.DataFrame(
            {column: pd.Series(cells, dtype=kind) for column, kind, cells in content[name]}
        )
        for name in _FRAMES
    }
    told = {lang: tuple(lines) for lang, lines in content["told"].items()}
    return Ahead(about=content["about"], told=told, **frames)


def _columns(frame: pd.DataFrame) -> list[tuple[str, str, list[Any]]]:
    """Return the columns of a table: name, kind and cells, nothing for a missing one."""
    return [
        (
            str(name),
            str(frame[name].dtype),
            [None if pd.isna(cell) else _cell(cell) for cell in frame[name]],
        )
        for name in frame
    ]


def _cell(cell: Any) -> Any:
    return cell.item() if hasattr(cell, "item") else cell


def file_of(year: int) -> str:
    """Return under which name what was worked out of a year goes with a report."""
    return f"ahead-{year}.json"


def goal_of(work: Work) -> Goal:
    """Return what getting out means under the rule of the year."""
    rule = work.rule
    return Goal(rule.last, rule.scope, rule.ties, rule.small_groups)


def _nothing() -> None:
    pass


def _until(panel: Panel, year: int) -> Panel:
    """Return the panel without later years: nobody knew them."""
    keep = panel.values.index.get_level_values("year") <= year
    reasons = panel.reasons[panel.reasons["year"] <= year]
    imputed = None if panel.imputed is None else panel.imputed[keep]
    return replace(
        panel,
        values=panel.values[keep],
        units=panel.units[keep],
        reasons=reasons,
        imputed=imputed,
    )


def _risk(work: Work, step: Step, tested: bool) -> dict[str, Any]:
    asked, editions = work.given.settings.risk, work.editions
    empty = pd.DataFrame()
    nothing: dict[str, Any] = {
        "risk": empty,
        "items": empty,
        "about": {},
        "scores": empty,
        "calibration": empty,
    }
    if not asked.scenarios:
        return nothing | {"told": {}}
    if editions.forced and editions.exits.straddle == "new_only":
        return nothing | {"told": _told((Finding("note", "manage.risk_new_only"),))}
    panel = _until(work.base.panel, work.year)
    used = {editions.in_force[y] for y in editions.in_force}
    scored = {edition: editions.scored[edition] for edition in used if edition in editions.scored}
    try:
        found = exit_risk(
            panel,
            {edition: scores.framework for edition, scores in scored.items()},
            {edition: scores.method for edition, scores in scored.items()},
            work.year,
            editions=editions.in_force,
            exits=editions.exits,
            events=work.given.events,
            weights={
                edition: weight_draws(asked.weights, scores.framework)
                for edition, scores in scored.items()
            },
            methods=DEFAULT_METHODS if asked.methods == "default" else None,
            draws=asked.draws,
            scenarios=asked.scenarios,
            seed=asked.seed,
            progress=lambda done, of: step(),
        )
    except InputError as error:
        # What stands in the way of the risk is no fault of the year's places and candidates.
        return nothing | {"told": _told(error.findings)}
    told = _told(found.notes)
    parts: dict[str, Any] = {
        "risk": found.units.reset_index(),
        "items": found.items.reset_index(names="item"),
        "about": {key: found.about[key] for key in ("next_year", "draws", "scenarios", "seed")},
        "told": {
            lang: (found.about["scenario"].describe(lang), *lines) for lang, lines in told.items()
        },
    }
    if not tested:
        return nothing | parts
    scores = work.scores
    try:
        past = backtest(
            panel,
            scores.framework,
            scores.method,
            rule=work.rule,
            scenarios=min(asked.scenarios, SCENARIOS),
            seed=asked.seed,
            until=work.year,
            wait=editions.exits.wait,
            events=work.given.events,
        )
    except InputError as error:
        more = _told(error.findings)
        parts["told"] = {lang: (*parts["told"][lang], *more[lang]) for lang in more}
        return nothing | parts
    return parts | {
        "scores": past.scores.reset_index(names="outcome"),
        "calibration": past.calibration.reset_index(drop=True),
    }


def way_of(work: Work, unit: str) -> WayOut:
    """Return the way out of one unit, within the bounds that are set.

    Raises
    ------
    InputError
        As `analysis.core.way_out.way_out` does.
    """
    scores = work.scores
    whole, part_of = facts_of(scores.framework.name)
    panel = _until(work.base.panel, work.year)
    return way_out(
        panel,
        scores.framework,
        scores.method,
        work.year,
        unit,
        goal=goal_of(work),
        bounds=_bounds(work, panel),
        primitives=work.given.settings.way_out.primitives or None,
        whole=whole,
        part_of=part_of,
        apart=work.early.get(work.year, {}),
    )


def _ways(work: Work, step: Step) -> dict[str, pd.DataFrame]:
    units: dict[str, Sequence[object]] = {
        "none": (),
        "candidates": tuple(work.candidates["unit"]),
        "last": tuple(work.now["unit"]),
    }
    heads, alone, together = [], [], []
    for unit in map(str, units[work.given.settings.way_out.of]):
        found = way_of(work, unit)
        heads.append(_head(found))
        alone.append(found.single.assign(unit=unit).reindex(columns=list(ALONE)))
        moved = found.smallest if found.reachable else found.nearest
        moved = moved.assign(unit=unit, reached=found.reachable)
        together.append(moved.reindex(columns=list(CHANGED)))
        step()
    return {
        "ways": pd.DataFrame(heads, columns=list(_HEAD)),
        "alone": _stacked(alone, ALONE),
        "together": _stacked(together, CHANGED),
    }


def _bounds(work: Work, panel: Panel) -> pd.DataFrame:
    """Return how far and which way primitives may move: the user's bounds, then what is shipped."""
    asked = work.given.settings.way_out
    own = asked.table()
    if asked.percent != PERCENT:
        rest = [str(code) for code in panel.values if code not in asked.bounds]
        more = pd.DataFrame({"code": rest, "percent": asked.percent})
        own = pd.concat([own, more], ignore_index=True) if len(own) else more
    return bounds_in(lever_bounds(own if len(own) else None), panel.values.columns)


_HEAD = (
    *("unit", "region", "needed", "reachable", "how", "cost", "moved", "overtaken"),
    *(f"{name}_{when}" for when in ("now", "then") for name in
      ("score", "rank", "region_rank", "from_end", "of", "margin")),
)  # fmt: skip


def _head(found: WayOut) -> dict[str, Any]:
    row: dict[str, Any] = {
        "unit": found.unit,
        "region": found.region,
        "needed": found.needed,
        "reachable": found.reachable,
        "how": found.how,
        "cost": found.cost,
        "moved": len(found.smallest if found.reachable else found.nearest),
        "overtaken": "; ".join(found.overtaken),
    }
    for when, place in (("now", found.now), ("then", found.then)):
        for name in ("score", "rank", "region_rank", "from_end", "of", "margin"):
            row[f"{name}_{when}"] = None if place is None else getattr(place, name)
    return row


def _stacked(parts: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    return pd.concat(filled, ignore_index=True)


def _told(findings: tuple[Finding, ...]) -> dict[str, tuple[str, ...]]:
    return {lang: tuple(found.text(lang) for found in findings) for lang in ("zh", "en")}
