"""What the rules say, what was settled beside them, and each candidate's account, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.texts import text
from analysis.zones.management.rule import RULES, Rule
from analysis.zones.management.upgrades import Upgrades
from analysis.zones.management.windows import Exits

COLUMNS = ("clause", "setting", "basis")
_KEY = "cycle.management"
_OF_RULES = ("ties", "years_count", "small_groups")


def stated_settings(
    exits: Exits, upgrades: Upgrades, lang: str, given: Collection[str] = ()
) -> pd.DataFrame:
    """Return every clause and setting in words, with whether the text says it or we do.

    Parameters
    ----------
    exits : Exits
    upgrades : Upgrades
    lang : {"zh", "en"}
    given : collection of str
        Settings that the user made, as ``exits.straddle`` or ``rules.2021.ties``:
        they are said to be the user's, not the project's.

    Returns
    -------
    pandas.DataFrame
        ``clause, setting, basis``, texts in `lang`: first the rule of each
        edition, then what its text leaves open, edition by edition where the
        editions differ.
    """
    rows: list[tuple[str, str, str]] = []

    def whose(*names: str) -> str:
        return "given" if any(name in given for name in names) else "ours"

    for edition, rule in sorted(exits.rules.items()):
        clause = _say("clause.rule", lang, edition=edition)
        kind = "run" if rule.times == rule.window else "window"
        shape = {"last": rule.last, "times": rule.times, "window": rule.window}
        said = _say(f"rule.{kind}", lang, scope=_say(f"scope.{rule.scope}", lang), **shape)
        effect = _say(f"effect.{rule.effect}", lang)
        place = f"rules.{edition}."
        shaped = whose(*(place + name for name in ("scope", "last", "times", "window", "effect")))
        rows.append((clause, said + effect, "text" if rule == _reported(rule) else shaped))
        for name in (*_OF_RULES, *(("averaged",) if rule.window > rule.times else ())):
            basis = whose(place + name)
            rows.append(_setting(name, getattr(rule, name), lang, edition, basis=basis, **shape))
    for name in ("straddle", "restart", "returned", "merged"):
        basis = whose(f"exits.{name}")
        rows.append(_setting(name, getattr(exits, name), lang, basis=basis))
    rows.append(_setting("wait", "some", lang, basis=whose("exits.wait"), n=exits.wait))
    grace, number = "some" if exits.grace else "none", "open" if exits.proposed is None else "some"
    rows.append(_setting("grace", grace, lang, basis=whose("exits.grace"), n=exits.grace))
    basis = whose("exits.proposed")
    rows.append(_setting("proposed", number, lang, basis=basis, n=exits.proposed))
    pause = upgrades.pause
    editions = _say("join", lang).join(pause.editions)
    said = _say("pause", lang, n=pause.years)
    basis = "text" if pause.years == 2 else whose("pause.years")
    rows.append((_say("clause.pause", lang), said, basis))
    rows.append(_setting("pause_from", "decision", lang))
    basis = whose("pause.editions")
    rows.append(_setting("pause_editions", "some", lang, basis=basis, editions=editions))
    rows.append(_setting("pause_effect", pause.effect, lang, basis=whose("pause.effect")))
    rows.append((_say("clause.reapply", lang), _say("reapply", lang), "text"))
    basis = whose("upgrades.per_province")
    rows.append(_setting("per_province", "some", lang, basis=basis, n=upgrades.per_province))
    listed = _say("join", lang).join(upgrades.conditions) or _say("dash", lang)
    basis = whose("upgrades.conditions")
    rows.append(_setting("conditions", "some", lang, basis=basis, conditions=listed))
    for name in ("provincial", "beyond"):
        basis = whose(f"upgrades.{name}")
        rows.append(_setting(name, getattr(upgrades, name), lang, basis=basis))
    told = [(clause, said, _say(f"basis.{basis}", lang)) for clause, said, basis in rows]
    return pd.DataFrame(told, columns=list(COLUMNS))


def account_told(row: Mapping[str, Any], lang: str, *, name: str, region: str = "") -> str:
    """Return a candidate's account as sentences.

    Parameters
    ----------
    row : mapping
        A row of `analysis.zones.management.candidates_by_edition`.
    lang : {"zh", "en"}
    name : str
        Of the zone.
    region : str
        Name of its region, where places are those of the region.

    Returns
    -------
    str
        Plain text, to be escaped where it is shown.
    """
    where = region or _say("scope.national", lang)
    keys = ("year", "edition", "place", "of", "from_end", "score", "gap")
    columns = ("years", "editions", "places", "of", "from_end", "scores", "gaps")
    years = [
        _say(
            "account.year_alone" if np.isnan(counted[-1]) else "account.year",
            lang,
            **dict(zip(keys, counted, strict=True)),
        )
        for counted in zip(*(row[column] for column in columns), strict=True)
    ]
    head = {"name": name, "where": where, "year": row["year"], "edition": row["edition"]}
    parts = [
        _say("account.head", lang, **head),
        _say("join_years", lang).join(years) + _say("stop", lang),
        _say("account.mean", lang, mean=row["mean_score"], order=row["order"]),
    ]
    if not np.isnan(row["gap"]):
        parts.append(_say("account.safety", lang, gap=row["gap"], climb=row["climb"]))
    return ("" if lang == "zh" else " ").join(parts)


def _reported(rule: Rule) -> Rule | None:
    """Return the edition's rule as reported, with this one's answers to what is left open."""
    open_ = {name: getattr(rule, name) for name in (*_OF_RULES, "averaged")}
    return replace(RULES[rule.edition], **open_) if rule.edition in RULES else None


def _setting(
    name: str, value: str, lang: str, edition: str = "", basis: str = "ours", **values: object
) -> tuple[str, str, str]:
    clause = _say(f"clause.{name}", lang)
    if edition:
        clause = _say("of_edition", lang, clause=clause, edition=edition)
    return clause, _say(f"{name}.{value}", lang, **values), basis


def _say(key: str, lang: str, **values: object) -> str:
    return text(f"{_KEY}.{key}", lang, **values)
