"""Tables and computed sentences of the report on dynamic management."""

from __future__ import annotations

import pandas as pd

from analysis.reporting.management.management_data import Management
from analysis.reporting.markdown import Markdown, bullets, number
from analysis.zones.management import RULE_2016, RULE_2021, Rule

DECIMALS = 2


def brief(management: Management) -> Markdown:
    """Return the year's last places and candidates in a few computed sentences."""
    report = management.report
    last = management.in_year(management.regional)
    lines = [
        report.say(
            "management.brief.last",
            n=len(last),
            k=RULE_2021.last,
            regions=report.t("join").join(
                report.t("count.region", region=report.region_label(code), n=int(n))
                for code, n in _by_region(management, last).items()
            ),
        ),
        _candidates_line(management, "management.brief.new", management.new),
        _candidates_line(management, "management.brief.old", management.old),
        _both_line(management),
    ]
    short = management.short_of(RULE_2021)
    if short:
        lines.append(report.say("management.brief.short", n=RULE_2021.window - short))
    return bullets(lines)


def settings(management: Management) -> Markdown:
    """Return the two rules, and what was settled where the text is silent."""
    report = management.report
    rows = []
    for key in ("scope", "last", "times"):
        rows.append((key, _clause(management, key, RULE_2016), _clause(management, key, RULE_2021)))
    rows.append(("order", report.t("management.order.2016"), report.t("management.order.2021")))
    for key in ("ties", "gap", "small", "averaged"):
        said = report.t(f"management.set.{key}", k=RULE_2021.last)
        rows.append((key, report.t("dash") if key == "averaged" else said, said))
    scored = report.t("management.set.scored", framework=report.framework.name)
    rows.append(("scored", scored, scored))
    ours = {"ties", "gap", "small", "averaged", "scored"}
    frame = pd.DataFrame(
        {
            report.t("management.col.clause"): [
                report.t(f"management.clause.{key}") for key, *_ in rows
            ],
            report.t("management.col.rule_2016"): [old for _, old, _ in rows],
            report.t("management.col.rule_2021"): [new for *_, new in rows],
            report.t("management.col.basis"): [
                report.t("management.basis." + ("ours" if key in ours else "text"))
                for key, *_ in rows
            ],
        }
    )
    return report.markdown(frame, note=report.t("management.note.applies"))


def last_five(management: Management) -> Markdown:
    """Return the last places of each region in the year, with their distance to safety."""
    report = management.report
    last = management.in_year(management.regional)
    since = report.year - RULE_2021.window + 1
    recent = management.regional[management.regional["year"] >= since]
    times = recent.groupby("unit").size()
    national = management.in_year(management.national).set_index("unit")["from_end"]
    rows = [
        {
            report.t("col.region"): report.region_label(str(entry["region"])),
            report.t("management.col.from_end"): int(entry["from_end"]),
            report.t("col.unit"): management.name(str(entry["unit"])),
            report.t("management.col.place"): f"{entry['place']} / {entry['of']}",
            report.t("col.score"): float(entry["score"]),
            report.t("management.col.gap"): float(entry["gap"]),
            report.t("management.col.times", n=RULE_2021.window): int(times[entry["unit"]]),
            report.t("management.col.national"): national.get(entry["unit"]),
        }
        for code in management.regions
        for entry in last[last["region"] == code].to_dict("records")
    ]
    frame = pd.DataFrame(rows)
    if not frame.empty:
        frame = frame.astype({report.t("management.col.national"): "Int64"})
    return report.markdown(
        frame, decimals=DECIMALS, note=report.t("management.note.national", k=RULE_2016.last)
    )


def candidates_2021(management: Management) -> Markdown:
    """Return the year's candidates under the 2021 edition with their account."""
    return _candidates(management, management.new, RULE_2021)


def candidates_2016(management: Management) -> Markdown:
    """Return the year's candidates under the 2016 edition with their account."""
    return _candidates(management, management.old, RULE_2016)


def over_the_years(management: Management) -> Markdown:
    """Return how many candidates each rule would have made, year by year.

    A year that has too few years before it to meet a condition has no number.
    """
    report = management.report
    years = list(management.years)
    columns: dict[str, object] = {report.t("management.col.year"): [str(year) for year in years]}
    parts = (
        ("new", RULE_2021, management.new),
        ("old", RULE_2016, management.old),
    )
    for key, rule, found in parts:
        for code in management.regions:
            own = found.loc[found["region"] == code, "year"].value_counts()
            heading = report.t(f"management.col.{key}_in", region=report.region_label(code))
            able = [sum(year - rule.window < other <= year for other in years) for year in years]
            counts = [
                int(own.get(year, 0)) if possible >= rule.times else None
                for year, possible in zip(years, able, strict=True)
            ]
            columns[heading] = pd.array(counts, dtype="Int64")
    return report.markdown(pd.DataFrame(columns), note=report.t("management.note.years"))


def _candidates(management: Management, found: pd.DataFrame, rule: Rule) -> Markdown:
    report = management.report
    found = management.in_year(found)
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
        }
        for code in management.regions
        for entry in found[found["region"] == code].to_dict("records")
    ]
    frame = pd.DataFrame(rows)
    if rule.scope == "national" and not frame.empty:
        frame = frame.sort_values(report.t("management.col.order"), kind="stable")
    return report.markdown(frame, decimals=DECIMALS, note=report.t("management.note.safe"))


def _clause(management: Management, key: str, rule: Rule) -> str:
    report = management.report
    values = {"k": rule.last, "times": rule.times, "window": rule.window}
    kind = {"scope": rule.scope, "last": "any", "times": "run"}[key]
    if key == "times" and rule.window > rule.times:
        kind = "window"
    return report.t(f"management.{key}.{kind}", **values)


def _by_region(management: Management, frame: pd.DataFrame) -> dict[str, int]:
    counts = frame["region"].value_counts()
    return {code: int(counts.get(code, 0)) for code in management.regions}


def _candidates_line(management: Management, key: str, found: pd.DataFrame) -> Markdown:
    report = management.report
    found = management.in_year(found)
    if found.empty:
        return report.say(f"{key}.none")
    regions = report.t("join").join(
        report.t("count.region", region=report.region_label(code), n=n)
        for code, n in _by_region(management, found).items()
    )
    return report.say(key, n=len(found), regions=regions)


def _both_line(management: Management) -> Markdown:
    report = management.report
    new = set(management.in_year(management.new)["unit"])
    old = set(management.in_year(management.old)["unit"])
    margin = management.in_year(management.regional)["gap"].groupby(
        management.in_year(management.regional)["region"]
    )
    nearest = margin.min().min()
    return report.say(
        "management.brief.both",
        both=len(new & old),
        only_new=len(new - old),
        only_old=len(old - new),
        nearest=number(nearest, DECIMALS),
    )
