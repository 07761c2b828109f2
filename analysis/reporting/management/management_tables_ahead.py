"""Tables of the report on dynamic management: the risk, its test on the past, the way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.catalogue import read_primitives
from analysis.reporting.management.manage_tables import named
from analysis.reporting.management.management_data import Management
from analysis.reporting.markdown import Markdown, bullets, escape, number, paragraphs, percent

AT_RISK = 0.05
MOST = 40
EASIEST = 3
CHANCES = ("p_last_now", "p_candidate_now", "p_last_next", "p_candidate_next", "p_both")


def at_risk(management: Management) -> pd.DataFrame:
    """Return the chances of the scope's units that have any to speak of, the greatest first.

    Among the last now, or a chance of at least `AT_RISK` of being so now or of
    being a candidate next year; at most `MOST`. Index ``unit``.
    """
    risk = management.risk
    if risk.empty:
        return risk
    most = risk[["p_last_now", "p_candidate_next"]].max(axis=1)
    chosen = risk[risk["last_now"].astype(bool) | (most >= AT_RISK)]
    by = ["p_candidate_next", "p_last_next", "p_last_now"]
    order = chosen.reset_index().sort_values(
        [*by, "unit"], ascending=[False, False, False, True], na_position="last", kind="stable"
    )
    return order.set_index("unit").head(MOST)


def risk_words(management: Management) -> Markdown:
    """Return what the chances are of and rest on, and how they did on the past."""
    report, ahead = management.report, management.ahead
    told = [Markdown(escape(line)) for line in ahead.told.get(report.lang, ())]
    if management.risk.empty:
        return paragraphs([report.say("management.risk.none"), bullets(told)])
    asked = management.work.given.settings.risk
    lead = report.say(
        "management.risk.lead",
        draws=asked.draws,
        scenarios=asked.scenarios,
        next=report.year + 1,
        last=management.rule.last,
    )
    return paragraphs([lead, bullets(told)])


def risk(management: Management) -> Markdown:
    """Return the chances of those at risk, with their 95% intervals."""
    report = management.report
    chosen = at_risk(management)
    rows = [
        {
            report.t("col.region"): report.region_label(str(entry["region"])),
            report.t("col.unit"): management.name(str(unit)),
            report.t("management.col.now_is"): _standing(management, entry),
            **{
                report.t(f"management.col.{name}", next=report.year + 1): chance(entry, name)
                for name in CHANCES
            },
        }
        for unit, entry in chosen.iterrows()
    ]
    right = [report.t(f"management.col.{name}", next=report.year + 1) for name in CHANCES]
    return report.markdown(pd.DataFrame(rows), right=right, note=report.t("management.note.gone"))


def chance(entry: pd.Series, name: str) -> str:
    """Return a chance with its interval, as ``62% (58–66)``."""
    value = entry[name]
    if pd.isna(value):
        return ""
    low, high = (f"{100 * entry[f'{name}_{end}']:.0f}" for end in ("low", "high"))
    return f"{percent(float(value))} ({low}–{high})"


def backtest_words(management: Management) -> Markdown:
    """Return what the test on the past says, and what it cannot say."""
    report = management.report
    if management.ahead.scores.empty:
        return report.say("management.risk.test.none")
    lines = [report.say("management.risk.test")]
    if report.synthetic:
        lines.append(report.say("management.risk.test.synthetic"))
    return paragraphs(lines)


def backtest(management: Management) -> Markdown:
    """Return how the scenario would have done on the years that are past."""
    report, scores = management.report, management.ahead.scores
    rows = [
        {
            report.t("management.col.outcome"): report.t(f"management.outcome.{entry['outcome']}"),
            report.t("management.col.years"): str(entry["years"]),
            report.t("management.col.cases"): int(entry["cases"]),
            report.t("management.col.events"): int(entry["events"]),
            report.t("management.col.brier"): float(entry["brier"]),
            report.t("management.col.brier_base"): float(entry["brier_base"]),
            report.t("management.col.brier_same"): float(entry["brier_same"]),
            report.t("management.col.skill"): float(entry["skill"]),
        }
        for entry in scores.to_dict("records")
    ]
    frame = pd.DataFrame(rows)
    return report.markdown(frame, decimals=3)


def ways(management: Management) -> Markdown:
    """Return whether and by how much each of the last places gets out."""
    report = management.report
    if management.ways.empty:
        return report.say("management.way.none")
    rows = []
    met = set(management.candidates["unit"])
    for entry in management.ways.to_dict("records"):
        moved = management.ahead.together
        moved = moved[moved["unit"] == entry["unit"]]
        rows.append(
            {
                report.t("col.region"): report.region_label(str(entry["region"])),
                report.t("col.unit"): management.name(str(entry["unit"])),
                report.t("management.col.is_candidate"): report.t(
                    "management.yes" if entry["unit"] in met else "management.no"
                ),
                report.t("management.col.short_by"): abs(float(entry["margin_now"])),
                report.t("management.col.combination"): _combination(management, moved),
                report.t("management.col.result"): _result(management, entry),
            }
        )
    out = management.ways["reachable"].astype(bool)
    sought = management.ways[out & (management.ways["how"] == "search")]
    names = report.t("join").join(management.name(str(unit)) for unit in sought["unit"])
    note = report.t("management.note.search", units=names) if names else ""
    return report.markdown(pd.DataFrame(rows), decimals=2, note=note)


def alone(management: Management) -> Markdown:
    """Return for each of the last places what does it by itself, the easiest first."""
    report, found = management.report, management.ahead.alone
    names = names_of(management)
    rows, none = [], []
    for entry in management.ways.to_dict("records"):
        own = found[found["unit"] == entry["unit"]]
        able = own[own["reaches"].astype(bool)]
        name = management.name(str(entry["unit"]))
        if able.empty:
            none.append(name)
        for row in able.head(EASIEST).to_dict("records"):
            label, measure = names(str(row["code"]))
            rows.append(
                {
                    report.t("col.unit"): name,
                    report.t("management.col.primitive"): label,
                    report.t("management.col.measure"): measure,
                    report.t("management.col.value_now"): amount(row["now"], row["now"]),
                    report.t("management.col.value_then"): amount(row["then"], row["now"]),
                    report.t("management.col.percent"): _signed(row["percent"]),
                    report.t("management.col.share"): percent(row["share"]),
                }
            )
    right = [
        report.t(f"management.col.{name}")
        for name in ("value_now", "value_then", "percent", "share")
    ]
    note = report.t("management.note.applies")
    parts = [report.markdown(pd.DataFrame(rows), right=right, note=note)]
    if none:
        parts.append(report.say("management.way.none_alone", units=report.t("join").join(none)))
    return paragraphs(parts)


def names_of(management: Management) -> Callable[[str], tuple[str, str]]:
    """Return what gives name and unit of measure of a primitive or item in words."""
    framework, lang = management.work.scores.framework, management.report.lang
    facts = read_primitives(framework.name)
    return lambda code: named(framework, facts, code, lang)


def amount(value: Any, beside: Any) -> str:
    """Return a quantity with as many decimals as its size asks for."""
    if pd.isna(value):
        return ""
    size = abs(float(beside)) if not pd.isna(beside) and beside else abs(float(value))
    whole = float(value).is_integer() and (pd.isna(beside) or float(beside).is_integer())
    decimals = 0 if whole or size >= 10_000 else 1 if size >= 100 else 2 if size >= 1 else 4
    return number(value, decimals)


def _combination(management: Management, moved: pd.DataFrame) -> Markdown:
    """Return a combination in words, each primitive with its value now and then."""
    report = management.report
    names = names_of(management)
    parts = []
    for row in moved.to_dict("records"):
        name, measure = names(str(row["code"]))
        change = _signed(row["percent"])
        told = {
            "name": name,
            "now": amount(row["now"], row["now"]),
            "then": amount(row["then"], row["now"]),
            "measure": measure,
        }
        key = "management.way.part" if change else "management.way.part.new"
        parts.append(report.say(key, change=change, **told).text)
    return Markdown(report.t("management.semicolon").join(parts))


def _result(management: Management, entry: Mapping[Any, Any]) -> str:
    report = management.report
    if not entry["needed"]:
        return report.t("management.way.not_needed")
    if not entry["reachable"]:
        return report.t("management.way.out_of_reach", short=abs(float(entry["margin_then"])))
    return report.t(
        "management.way.reached",
        before=int(entry["from_end_now"]),
        after=int(entry["from_end_then"]),
    )


def _standing(management: Management, entry: pd.Series) -> str:
    kind = "candidate" if entry["candidate_now"] else "last" if entry["last_now"] else "off"
    return management.report.t(f"management.standing.{kind}")


def _signed(value: Any) -> str:
    if value is None or not np.isfinite(float(value)):
        return ""
    return number(value, 1, signed=True) + "%"
