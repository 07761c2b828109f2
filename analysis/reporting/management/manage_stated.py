"""Every clause and setting of dynamic management in words, with whose it is."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pandas as pd

from analysis.reporting.management.manage_work import Work
from analysis.texts import spans, text
from analysis.zones.management import stated_settings
from analysis.zones.management.talks import REPORTED

COLUMNS = ("clause", "setting", "basis")


def settings_table(work: Work, lang: str) -> pd.DataFrame:
    """Return clauses and settings in words, and whether the text, we or the user say so.

    Parameters
    ----------
    work : Work
    lang : {"zh", "en"}

    Returns
    -------
    pandas.DataFrame
        ``clause, setting, basis``: those of
        `analysis.zones.management.stated_settings` for the rules that were
        applied, then how the years are scored, on which day answers and
        pauses are looked at, who is summoned, and how risk and ways out are
        worked out.
    """
    editions, made = work.editions, work.given.settings
    applied = {editions.edition} if editions.forced else set(editions.in_force.values())
    rules = {name: rule for name, rule in editions.exits.rules.items() if name in applied}
    exits = replace(editions.exits, rules=MappingProxyType(rules))
    stated = stated_settings(exits, made.upgrades, lang, made.given)
    own = (scored(work, lang), _day(work, lang), _talks(work, lang), _risk(work, lang))
    rows = [(_say(f"clause.{name}", lang), said, basis) for name, said, basis in own]
    rows.append((_say("clause.way", lang), _way(work, lang), _whose(work, "way_out", lang)))
    more = pd.DataFrame(rows, columns=list(COLUMNS))
    return pd.concat([stated, more], ignore_index=True)


def scored(work: Work, lang: str) -> tuple[str, str, str]:
    """Return which edition scores which years, and whose rule is applied to them."""
    editions = work.editions
    by: dict[str, list[int]] = {}
    for year in sorted(int(year) for year in editions.own["year"].unique()):
        name = editions.scored_in(year)
        found = editions.scored.get(name, work.scores)
        by.setdefault(found.framework.name, []).append(year)
    years = text("join.clauses", lang).join(
        _say("set.scored", lang, years=spans(years), framework=name) for name, years in by.items()
    )
    if editions.forced:
        years += _say("set.forced", lang, edition=editions.edition)
    return "scored", years, _whose(work, "edition", lang)


def _day(work: Work, lang: str) -> tuple[str, str, str]:
    return "day", work.day.isoformat(), _whose(work, "day", lang)


def _talks(work: Work, lang: str) -> tuple[str, str, str]:
    talks = work.summoned
    if talks is None:
        return "talks", _say("set.talks.open", lang), _basis("ours", lang)
    scope = text(f"cycle.management.scope.{talks.scope}", lang)
    said = _say("set.talks.some", lang, n=talks.last, scope=scope)
    reported = work.given.settings.talks is None and work.year in REPORTED
    return "talks", said, _basis("text" if reported else "given", lang)


def _risk(work: Work, lang: str) -> tuple[str, str, str]:
    risk = work.given.settings.risk
    if not risk.scenarios:
        return "risk", _say("set.none", lang), _whose(work, "risk", lang)
    said = _say(
        "set.risk",
        lang,
        draws=risk.draws,
        scenarios=risk.scenarios,
        seed=risk.seed,
        weights=risk.weights,
        methods=_say(f"set.methods.{risk.methods}", lang),
    )
    return "risk", said, _whose(work, "risk", lang)


def _way(work: Work, lang: str) -> str:
    way = work.given.settings.way_out
    if way.of == "none":
        return _say("set.none", lang)
    said = _say("set.way", lang, percent=f"{way.percent:g}", of=_say(f"set.of.{way.of}", lang))
    if way.bounds:
        listed = text("join", lang).join(sorted(way.bounds))
        said += _say("set.bounds", lang, codes=listed)
    if way.primitives:
        said += _say("set.primitives", lang, codes=text("join", lang).join(way.primitives))
    return said


def _whose(work: Work, part: str, lang: str) -> str:
    made = any(name == part or name.startswith(f"{part}.") for name in work.given.settings.given)
    return _basis("given" if made else "ours", lang)


def _basis(word: str, lang: str) -> str:
    return text(f"cycle.management.basis.{word}", lang)


def _say(key: str, lang: str, **values: object) -> str:
    return text(f"management.{key}", lang, **values)
