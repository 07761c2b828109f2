"""What lies ahead of one zone: the chance to be among the last, and the way out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analysis.core.findings import InputError
from analysis.core.way_out import WayOut
from analysis.reporting.inputs import editions
from analysis.reporting.management.manage_ahead import Ahead, file_of, look_ahead, way_of
from analysis.reporting.management.manage_settings import with_settings
from analysis.reporting.management.manage_work import Work
from analysis.reporting.management.management_data import Management, open_management
from analysis.reporting.management.management_tables_ahead import amount, names_of
from analysis.reporting.markdown import Markdown, bullets, number, percent
from analysis.reporting.zone.zone_data import Zone

MOST = 4  # primitives of a combination that are shown
CHANCES = ("p_last_now", "p_candidate_next")


@dataclass(frozen=True, eq=False)
class Outlook:
    """What the rules, the draws and the search say of the unit.

    Attributes
    ----------
    zone : Zone
    management : Management or None
        Dynamic management of all units; None for a framework that is not the ministry's.
    ahead : Ahead or None
        Risk, of all units.
    way : WayOut or None
        The way out; None where it cannot be sought.
    why_not : str
        Why there is no way out, in words; ``""`` where there is one.
    """

    zone: Zone
    management: Management | None
    ahead: Ahead | None
    way: WayOut | None
    why_not: str = ""

    @property
    def work(self) -> Work | None:
        """What the rules make of the years."""
        return None if self.management is None else self.management.work


def open_outlook(zone: Zone) -> Outlook:
    """Work out what lies ahead of the unit.

    Raises
    ------
    InputError
        If what stands beside the panel (settings, events) cannot be used.
    """
    if zone.report.framework.name not in editions():
        return Outlook(zone, None, None, None)
    management = open_management(zone.report)
    ahead = _ahead(management)
    try:
        way = zone.report.once(
            f"way out of {zone.unit}", lambda: way_of(management.work, zone.unit), whole=True
        )
        return Outlook(zone, management, ahead, way)
    except InputError as error:
        why = error.findings[0].text(zone.report.lang)
        return Outlook(zone, management, ahead, None, why)


def _ahead(management: Management) -> Ahead:
    """Return the risk as the command worked it out, else worked out here, without ways out."""
    report, work = management.report, management.work
    if report.extra(file_of(report.year)) is not None:
        return management.ahead
    settings = with_settings(work.given.settings, {"way_out.of": "none"})
    alone = replace(work, given=replace(work.given, settings=settings))
    return report.once("risk", lambda: look_ahead(alone, tested=False), whole=True)


def risk(outlook: Outlook) -> Markdown:
    """Return standing and chances of the unit in a few sentences."""
    report, work = outlook.zone.report, outlook.work
    if work is None or outlook.ahead is None:
        return report.say("zone.ahead.none")
    lines = [_standing(outlook, work)]
    chances = outlook.ahead.risk
    own = chances[chances["unit"] == outlook.zone.unit] if len(chances) else chances
    if own.empty:
        lines.append(report.say("zone.risk.none"))
    else:
        row = own.iloc[0]
        told: dict[str, object] = {"next": report.year + 1, "k": work.rule.last}
        for name in CHANCES:
            told[name] = percent(row[name])
            told[f"{name}_low"] = percent(row[f"{name}_low"])
            told[f"{name}_high"] = percent(row[f"{name}_high"])
        told["draws"] = int(outlook.ahead.about["draws"])
        told["scenarios"] = int(outlook.ahead.about["scenarios"])
        gone = pd.isna(row["p_candidate_next"])
        lines.append(report.say("zone.risk.now" if gone else "zone.risk.both", **told))
    return bullets(lines)


def way(outlook: Outlook) -> Markdown:
    """Return the smallest improvements that take the unit out of the last places."""
    report, work, found = outlook.zone.report, outlook.work, outlook.way
    if work is None:
        return Markdown("")
    if found is None:
        return report.say("zone.way.none", why=outlook.why_not)
    if not found.needed:
        return report.say("zone.way.not_needed", k=work.rule.last)
    moved = found.smallest if found.reachable else found.nearest
    then = found.then if found.then is not None else found.now
    told = {
        "count": len(moved),
        "score": number(then.score, 2),
        "place": then.region_rank if found.goal.scope == "region" else then.rank,
        "alone": int(found.single["reaches"].sum()),
        "percent": number(work.given.settings.way_out.percent, 0),
        "short": number(max(0.0, -then.margin), 3),
    }
    key = "zone.way.reached" if found.reachable else "zone.way.short"
    said = report.say(key, **told).text
    if found.reachable and found.how == "search":
        said += report.say("zone.way.search").text
    if len(moved) > MOST:
        said += report.say("zone.way.rest", n=len(moved) - MOST).text
    return Markdown(f"{said}\n\n{_table(outlook, moved).text}")


def _table(outlook: Outlook, moved: pd.DataFrame) -> Markdown:
    report = outlook.zone.report
    assert outlook.management is not None
    name = names_of(outlook.management)
    shown: list[dict[str, Any]] = moved.head(MOST).to_dict("records")  # type: ignore[assignment]
    named = [name(str(row["code"])) for row in shown]
    now, then, by = (report.t(f"zone.col.{key}") for key in ("now", "then", "percent"))
    frame = pd.DataFrame(
        {
            report.t("zone.col.primitive"): [words for words, _ in named],
            now: [amount(row["now"], row["then"]) for row in shown],
            then: [amount(row["then"], row["now"]) for row in shown],
            by: [float(row["percent"]) for row in shown],
            report.t("zone.col.unit"): [unit for _, unit in named],
        }
    )
    return report.markdown(frame, decimals=1, signed=[by], right=[now, then])


def _standing(outlook: Outlook, work: Work) -> Markdown:
    report, unit = outlook.zone.report, outlook.zone.unit
    last = work.now[work.now["unit"] == unit]
    scope = report.t(f"zone.scope.{work.rule.scope}")
    if last.empty:
        told = _margin(outlook, work)
        return report.say("zone.last.no", scope=scope, k=work.rule.last, margin=number(told, 2))
    candidate = bool((work.candidates["unit"] == unit).any())
    return report.say(
        "zone.last.candidate" if candidate else "zone.last.yes",
        scope=scope,
        k=work.rule.last,
        from_end=int(last["from_end"].iloc[0]),
        gap=number(float(last["gap"].iloc[0]), 2),
    )


def _margin(outlook: Outlook, work: Work) -> float:
    """Return by how many points the unit scores more than the best of the last."""
    zone = outlook.zone
    last = work.now
    if work.rule.scope == "region":
        last = last[last["region"] == zone.region]
    best = float(last["score"].max()) if len(last) else float("nan")
    return zone.place(zone.report.year).score - best
