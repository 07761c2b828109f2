"""Tables of the report on dynamic management: rule, last places, candidates, years."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.reporting.management.manage_stated import settings_table
from analysis.reporting.management.management_data import Management
from analysis.reporting.markdown import Markdown, bullets, escape, percent
from analysis.texts import spans
from analysis.zones.management import account_told

DECIMALS = 2


def settings(management: Management) -> Markdown:
    """Return the rules, every setting in words, and whether the text or the user says so."""
    report = management.report
    frame = settings_table(management.work, report.lang)
    frame.columns = [report.t(f"management.col.{name}") for name in ("clause", "setting", "basis")]
    return report.markdown(frame)


def last_five(management: Management) -> Markdown:
    """Return the last places of the year, with their distance to safety and their chances."""
    report, rule = management.report, management.rule
    since = report.year - rule.window + 1
    recent = management.last[management.last["year"] >= since]
    times = recent.groupby("unit").size()
    national = management.in_year(management.national).set_index("unit")["from_end"]
    rows = [
        {
            report.t("col.region"): report.region_label(str(entry["region"])),
            report.t("management.col.from_end"): int(entry["from_end"]),
            report.t("col.unit"): management.name(str(entry["unit"])),
            report.t(f"management.col.place.{rule.scope}"): f"{entry['place']} / {entry['of']}",
            report.t("col.score"): float(entry["score"]),
            report.t("management.col.gap"): float(entry["gap"]),
            report.t("management.col.times", n=rule.window): int(times[entry["unit"]]),
            report.t("management.col.national"): national.get(entry["unit"]),
        }
        for entry in by_region(management, management.now)
    ]
    frame = pd.DataFrame(rows)
    if not frame.empty:
        frame = frame.astype({report.t("management.col.national"): "Int64"})
    return report.markdown(
        frame, decimals=DECIMALS, note=report.t("management.note.national", k=rule.last)
    )


def candidates(management: Management) -> Markdown:
    """Return the candidates of the year: order, mean, distance to safety, chances."""
    report = management.report
    rows = [
        {
            report.t("col.region"): report.region_label(str(entry["region"])),
            report.t("management.col.order"): int(entry["order"]),
            report.t("col.unit"): management.name(str(entry["unit"])),
            report.t("management.col.account"): report.t("management.semicolon").join(
                report.t("management.account", year=year, place=place, of=of, score=score)
                for year, place, of, score in zip(
                    entry["years"], entry["places"], entry["of"], entry["scores"], strict=True
                )
            ),
            report.t("management.col.mean"): float(entry["mean_score"]),
            report.t("management.col.gap"): float(entry["gap"]),
            report.t("management.col.climb"): int(entry["climb"]),
            report.t("management.col.proposed"): _proposed(management, entry["proposed"]),
            report.t("management.col.now"): percent(
                management.chance(str(entry["unit"]), "p_candidate_now")
            ),
        }
        for entry in by_region(management, management.candidates)
    ]
    frame = pd.DataFrame(rows)
    return report.markdown(
        frame,
        decimals=DECIMALS,
        right=[report.t("management.col.now")],
        note=report.t("management.note.safe"),
    )


def accounts(management: Management) -> Markdown:
    """Return every candidate's account in sentences."""
    report = management.report
    lines = [
        Markdown(
            escape(
                account_told(
                    entry,
                    report.lang,
                    name=management.name(str(entry["unit"])),
                    region=report.region_label(str(entry["region"]))
                    if management.rule.scope == "region"
                    else "",
                )
            )
        )
        for entry in by_region(management, management.candidates)
    ]
    return bullets(lines) if lines else report.say("management.nobody")


def notice(management: Management) -> Markdown:
    """Return whom one more year among the last would make a candidate."""
    report = management.report
    now = set(management.now["unit"])
    met = set(management.candidates["unit"])
    rows = [
        {
            report.t("col.region"): report.region_label(str(entry["region"])),
            report.t("col.unit"): management.name(str(entry["unit"])),
            report.t("management.col.counted"): spans(entry["years"]),
            report.t("management.col.until"): entry["until"],
            report.t("management.col.standing"): report.t(
                "management.standing."
                + (
                    "candidate"
                    if entry["unit"] in met
                    else "last"
                    if entry["unit"] in now
                    else "off"
                )
            ),
            report.t("management.col.next"): percent(
                management.chance(str(entry["unit"]), "p_candidate_next")
            ),
        }
        for entry in by_region(management, management.notice)
    ]
    frame = pd.DataFrame(rows)
    if not frame.empty:
        until = report.t("management.col.until")
        frame[until] = [str(year) if pd.notna(year) else "" for year in frame[until]]
    return report.markdown(frame, right=[report.t("management.col.next")])


def over_the_years(management: Management) -> Markdown:
    """Return how many candidates each year had under the rule then applied, by region.

    A year that has too few years before it to meet a condition has no number.
    """
    report, editions = management.report, management.work.editions
    years = list(management.years)
    columns: dict[str, object] = {
        report.t("management.col.year"): [str(year) for year in years],
        report.t("management.col.rule"): [
            report.t(
                "management.edition",
                edition=editions.edition if editions.forced else editions.in_force[year],
            )
            for year in years
        ],
    }
    rules = [editions.exits.rules[editions.in_force[year]] for year in years]
    able = [
        sum(year - rule.window < other <= year for other in years) >= rule.times
        for year, rule in zip(years, rules, strict=True)
    ]
    for code in management.regions:
        own = management.found.loc[management.found["region"] == code, "year"].value_counts()
        counts = [
            int(own.get(year, 0)) if possible else None
            for year, possible in zip(years, able, strict=True)
        ]
        columns[report.region_label(code)] = pd.array(counts, dtype="Int64")
    return report.markdown(pd.DataFrame(columns), note=report.t("management.note.years"))


def events(management: Management) -> Markdown:
    """Return what happened to the zones up to the year."""
    report, work = management.report, management.work
    happened = work.given.events
    happened = happened[happened["year"] <= report.year]
    known = work.units["region"]
    if not report.national:
        happened = happened[happened["unit"].map(known) == report.region]
    rows = [
        {
            report.t("management.col.year"): str(entry["year"]),
            report.t("col.unit"): management.name(str(entry["unit"])),
            report.t("management.col.event"): report.t(f"management.event.{entry['kind']}"),
            report.t("management.col.into"): management.name(str(entry["into"])),
            report.t("management.col.decided"): str(entry["date"] or ""),
            report.t("management.col.province"): str(entry["province"]),
            report.t("management.col.rule"): report.t(
                "management.edition", edition=entry["edition"]
            )
            if entry["edition"]
            else "",
        }
        for entry in happened.to_dict("records")
    ]
    return report.markdown(pd.DataFrame(rows), note=report.t("management.note.applies"))


def by_region(management: Management, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows region by region, as the report lists them; those of a national rule as is."""
    if management.rule.scope == "national":
        return [{str(key): cell for key, cell in row.items()} for row in frame.to_dict("records")]
    return [
        {str(key): cell for key, cell in row.items()}
        for code in management.regions
        for row in frame[frame["region"] == code].to_dict("records")
    ]


def _proposed(management: Management, proposed: object) -> str:
    if proposed is None or proposed is pd.NA:
        return ""
    return management.report.t(f"management.{'yes' if proposed else 'no'}")
