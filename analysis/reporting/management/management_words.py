"""The report on dynamic management in brief."""

from __future__ import annotations

import pandas as pd

from analysis.reporting.management.management_data import Management
from analysis.reporting.markdown import Markdown, bullets, number, percent

DECIMALS = 2


def brief(management: Management) -> Markdown:
    """Return last places, candidates, risk, ways out, talks and upgrades in a few sentences."""
    report, rule = management.report, management.rule
    lines = [
        report.say(
            f"management.brief.last.{rule.scope}",
            n=len(management.now),
            k=rule.last,
            regions=_counts(management, management.now),
            nearest=number(management.now["gap"].min(), DECIMALS),
        ),
        _candidates(management),
        _notice(management),
        _risk(management),
        _ways(management),
        _upgrades(management),
    ]
    if management.short_of:
        have = rule.window - management.short_of
        lines.append(report.say("management.brief.short", n=have, window=rule.window))
    lines += [
        report.say("management.brief.note", said=found.text(report.lang))
        for found in management.work.notes
        if found.code.startswith("manage.")
    ]
    return bullets(lines)


def _candidates(management: Management) -> Markdown:
    report, rule = management.report, management.rule
    told = {"edition": management.work.editions.edition}
    key = f"management.brief.{rule.effect}"
    if management.candidates.empty:
        return report.say(f"{key}.none", **told)
    regions = _counts(management, management.candidates)
    return report.say(key, n=len(management.candidates), regions=regions, **told)


def _notice(management: Management) -> Markdown:
    ahead = set(management.notice["unit"]) - set(management.candidates["unit"])
    if management.notice.empty:
        return Markdown("")
    return management.report.say(
        "management.brief.notice", n=len(management.notice), fresh=len(ahead)
    )


def _risk(management: Management) -> Markdown:
    report, risk = management.report, management.risk
    if risk.empty:
        return Markdown("")
    now = risk["last_now"].astype(bool)
    sure = risk[now & (risk["p_last_now"] >= 0.95)]
    outside = risk[~now & (risk["p_last_now"] >= 0.05)]
    next_ = risk["p_candidate_next"].dropna()
    top = next_.idxmax() if len(next_) else None
    return report.say(
        "management.brief.risk",
        n=int(now.sum()),
        sure=len(sure),
        outside=len(outside),
        next=report.year + 1,
        expected=number(next_.sum(), 1),
        unit=management.name(str(top)) if top is not None else "",
        chance=percent(float(next_.max())) if len(next_) else "",
    )


def _ways(management: Management) -> Markdown:
    report, ways = management.report, management.ways
    if ways.empty:
        return Markdown("")
    able = ways["reachable"].astype(bool)
    single = management.ahead.alone
    alone = set(single.loc[single["reaches"].astype(bool), "unit"]) if len(single) else set()
    return report.say(
        "management.brief.ways",
        n=len(ways),
        able=int(able.sum()),
        alone=len(alone & set(ways["unit"])),
        percent=f"{management.work.given.settings.way_out.percent:g}",
    )


def _upgrades(management: Management) -> Markdown:
    report, work = management.report, management.work
    paused = len(work.paused)
    table = work.upgrades
    ranked = 0 if table is None else int(report.in_scope(table)["recommended"].sum())
    if not paused and not ranked:
        return Markdown("")
    return report.say("management.brief.upgrades", paused=paused, ranked=ranked)


def _counts(management: Management, frame: pd.DataFrame) -> str:
    report = management.report
    counts = frame["region"].value_counts()
    return report.t("join").join(
        report.t("count.region", region=report.region_label(code), n=int(counts.get(code, 0)))
        for code in management.regions
    )
