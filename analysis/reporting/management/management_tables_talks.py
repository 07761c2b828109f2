"""Tables of the report on dynamic management: talks, pauses, upgrades."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.reporting.management.management_data import Management
from analysis.reporting.markdown import Markdown, number, paragraphs

DECIMALS = 2
SHOWN = 30


def talks(management: Management) -> Markdown:
    """Return who is summoned to a talk on the data of the year."""
    report, work = management.report, management.work
    if work.talks is None:
        return report.say("management.talks.open")
    rows = [
        {
            report.t("col.region"): report.region_label(str(entry["region"])),
            report.t("management.col.from_end"): int(entry["from_end"]),
            report.t("col.unit"): management.name(str(entry["unit"])),
            report.t("management.col.place"): f"{entry['place']} / {entry['of']}",
            report.t("col.score"): float(entry["score"]),
            report.t("management.col.before"): int(entry["before"]),
        }
        for entry in _records(report.in_scope(work.talks))
    ]
    return report.markdown(pd.DataFrame(rows), decimals=DECIMALS)


def follow_up(management: Management) -> Markdown:
    """Return what came of what was asked in the talks of this year and of earlier ones."""
    report, work = management.report, management.work
    if work.followed is None:
        return report.say("management.talks.no_file")
    asked = work.followed[work.followed["year"] <= report.year]
    if not report.national:
        asked = asked[asked["unit"].map(work.units["region"]) == report.region]
    rows = [
        {
            report.t("management.col.year"): str(entry["year"]),
            report.t("col.unit"): management.name(str(entry["unit"])),
            report.t("management.col.request"): str(entry["request"]),
            report.t("management.col.due"): str(entry["due"]),
            report.t("management.col.status"): report.t(f"management.status.{entry['status']}"),
            report.t("management.col.evidence"): str(entry["evidence"]),
            report.t("management.col.rank"): entry["rank"],
            report.t("management.col.rank_next"): entry["rank_next"],
        }
        for entry in _records(asked)
    ]
    frame = pd.DataFrame(rows)
    if not frame.empty:
        whole = {report.t(f"management.col.{name}"): "Int64" for name in ("rank", "rank_next")}
        frame = frame.astype(whole)
    return report.markdown(frame, note=report.t("management.note.followed"))


def pauses(management: Management) -> Markdown:
    """Return the provinces that recommend no upgrade for a time, and why."""
    report, work = management.report, management.work
    rows = [
        {
            report.t("management.col.province"): str(entry["province"]),
            report.t("management.col.removed"): management.name(str(entry["unit"])),
            report.t("management.col.decided"): str(entry["decided"]),
            report.t("management.col.paused_until"): str(entry["until"]),
            report.t("management.col.in_force", day=work.day.isoformat()): report.t(
                "management.yes"
                if entry["decided"] < work.day <= entry["until"]
                else "management.no"
            ),
        }
        for entry in _records(work.pauses)
    ]
    return report.markdown(pd.DataFrame(rows))


def upgrades_words(management: Management) -> Markdown:
    """Return how many provincial zones were ranked, and where they come from."""
    report, work = management.report, management.work
    if work.upgrades is None or work.given.candidates is None:
        return report.say("management.upgrades.none")
    table = report.in_scope(work.upgrades)
    lines = [
        report.say(
            "management.upgrades.counts",
            n=len(table),
            short=int(table["shortlisted"].sum()),
            barred=int((table["shortlisted"] & ~table["recommended"]).sum()),
            ranked=int(table["recommended"].sum()),
        )
    ]
    if work.given.candidates.synthetic:
        lines.append(report.say("management.upgrades.synthetic"))
    return paragraphs(lines)


def upgrades(management: Management) -> Markdown:
    """Return the recommended provincial zones by rank, at most so many."""
    report, work = management.report, management.work
    if work.upgrades is None or work.given.candidates is None:
        return report.markdown(pd.DataFrame())  # the words before it say why
    names = _names(management, work.given.candidates.units)
    table = report.in_scope(work.upgrades)
    table = table[table["recommended"]].head(SHOWN)
    last = management.rule.last
    rows = [
        {
            report.t("management.col.upgrade_rank"): int(entry["rank"]),
            report.t("management.col.candidate"): names.get(str(entry["unit"]), str(entry["unit"])),
            report.t("management.col.province"): str(entry["province"]),
            report.t("management.col.provincial_rank"): int(entry["provincial_rank"]),
            report.t("col.score"): float(entry["score"]),
            report.t("management.col.national_place"): int(entry["national_place"]),
            report.t("management.col.last_of_region", k=last): _among(
                management, entry["last_of_region"], last
            ),
            report.t("management.col.remarks"): _remarks(management, entry),
        }
        for entry in _records(table)
    ]
    return report.markdown(
        pd.DataFrame(rows), decimals=DECIMALS, note=report.t("management.note.applies")
    )


def _among(management: Management, from_end: Any, last: int) -> str:
    if pd.isna(from_end) or from_end > last:
        return ""
    return management.report.t("management.would_be_last", n=number(from_end))


def _remarks(management: Management, entry: dict[str, Any]) -> str:
    report = management.report
    found = []
    if entry["paused_until"] is not None and not pd.isna(entry["paused_until"]):
        found.append(report.t("management.remark.paused", day=str(entry["paused_until"])))
    if entry["reapplies"]:
        found.append(report.t("management.remark.reapplies"))
    return report.t("join.clauses").join(found)


def _names(management: Management, units: pd.DataFrame) -> dict[str, str]:
    rows = units.groupby("unit").tail(1).droplevel("year")
    column = "name_en" if management.report.lang == "en" and "name_en" in rows else "name"
    return {str(unit): str(name) for unit, name in rows[column].items() if str(name)}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): cell for key, cell in row.items()} for row in frame.to_dict("records")]
