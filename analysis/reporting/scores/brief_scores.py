"""The report on scores in a few computed sentences."""

from __future__ import annotations

import numpy as np

from analysis.core.effective import effective_weights
from analysis.reporting.markdown import Markdown, bullets, number, percent
from analysis.reporting.report import Report
from analysis.reporting.scores.points import brief_line
from analysis.reporting.scores.tables_scores import changes, score_decimals


def brief(report: Report) -> Markdown:
    """Return the report in a few computed sentences."""
    return bullets(
        [
            _what(report),
            _leader(report),
            brief_line(report),
            _mix(report),
            _closeness(report),
            _movement(report),
            _weights(report),
            _treatment(report),
        ]
    )


def _what(report: Report) -> Markdown:
    scope = "all" if report.national else "region"
    return report.say(
        f"scores.brief.what.{scope}",
        n=len(report.current),
        all=len(report.standing),
        scope=report.scope_name,
        items=len(report.framework.items),
        groups=len(report.framework.groups),
        framework=report.framework.name,
        method=report.method.title(report.lang),
    )


def _leader(report: Report) -> Markdown:
    ranked = report.current.dropna(subset=["score"])
    if ranked.empty:
        return report.say("scores.brief.nobody")
    decimals = score_decimals(report)
    first, last = ranked.iloc[0], ranked.iloc[-1]
    return report.say(
        "scores.brief.leader",
        first=first["label"],
        high=number(first["score"], decimals),
        last=last["label"],
        low=number(last["score"], decimals),
        middle=number(ranked["score"].median(), decimals),
    )


def _mix(report: Report) -> Markdown:
    if not report.national:
        inside = int((report.current["rank"] <= report.top).sum())
        return report.say("scores.brief.inside", n=inside, k=report.top, scope=report.scope_name)
    if len(report.region_codes) < 2:
        return Markdown("")
    top = report.standing[report.standing["rank"] <= report.top]
    join = report.t("join")
    counts = join.join(
        report.t("count.region", region=report.region_label(code), n=n)
        for code in report.region_codes
        if (n := int((top["region"] == code).sum()))
    )
    return report.say("scores.brief.mix", k=report.top, counts=counts)


def _closeness(report: Report) -> Markdown:
    scores = report.standing["score"].dropna().sort_values().to_numpy(dtype=float)
    if len(scores) < 8:
        return Markdown("")
    gaps = np.diff(scores)
    quarter = len(gaps) // 4
    return report.say(
        "scores.brief.gaps",
        gap=number(np.median(gaps[quarter : len(gaps) - quarter]), score_decimals(report) + 1),
        top=number(np.median(gaps[-min(10, quarter * 2) :]), score_decimals(report) + 1),
    )


def _movement(report: Report) -> Markdown:
    if report.previous_year is None:
        return report.say("scores.brief.no_past")
    moved = changes(report)
    both = moved.dropna(subset=["move"])
    scoped = report.in_scope(both)
    if scoped.empty:
        return report.say("scores.brief.no_past")
    new = moved[(moved["rank"] <= report.top) & ~(moved["before"] <= report.top).fillna(False)]
    past = report.in_scope(report.standing_of(report.framework.root, report.previous_year))
    present = report.current.index
    return report.say(
        "scores.brief.moves",
        before=report.previous_year,
        mean=number(scoped["move"].abs().astype(float).mean(), 1),
        most=int(scoped["move"].abs().max()),
        k=report.top,
        new=len(report.in_scope(new)),
        entered=len(present.difference(past.index)),
        left=len(past.index.difference(present)),
    )


def _weights(report: Report) -> Markdown:
    weights = effective_weights(report.scores, report.framework, report.year)
    rows = weights[weights["parent"] == report.framework.root].dropna(subset=["effective"])
    if len(rows) < 2:
        return Markdown("")
    ratio = (rows["effective"] / rows["nominal"]).to_numpy(dtype=float)
    most, least = rows.iloc[int(ratio.argmax())], rows.iloc[int(ratio.argmin())]
    return report.say(
        "scores.brief.weights",
        most=report.node_label(str(most["node"])),
        most_nominal=number(100 * most["nominal"], 0),
        most_effective=number(100 * most["effective"], 0),
        least=report.node_label(str(least["node"])),
        least_nominal=number(100 * least["nominal"], 0),
        least_effective=number(100 * least["effective"], 0),
    )


def _treatment(report: Report) -> Markdown:
    ledger = report.scores.ledger
    ledger = ledger[ledger["year"] == report.year]
    winsorised = ledger[ledger["why"] == "winsorised"]
    values = report.values
    missing = int(values.isna().to_numpy().sum())
    return report.say(
        "scores.brief.data",
        cells=len(winsorised),
        items=winsorised["item"].nunique(),
        transformed=ledger.loc[ledger["why"] != "winsorised", "item"].nunique(),
        missing=missing,
        share=percent(missing / values.size, 1),
    )
