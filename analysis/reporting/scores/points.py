"""Points outside the weights in the report on scores: whose they are, the rules, the units."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.core.adjustment import Adjustment, PointRule, in_force
from analysis.reporting.evidence import outside_line
from analysis.reporting.markdown import Markdown, number, paragraphs
from analysis.reporting.report import Report

DECIMALS = 2


def points_section(report: Report) -> Markdown:
    """Return a section on the points of the scope's units; nothing where none are counted."""
    adjustment = in_force(report.method, report.framework)
    if report.scores.points is None or not adjustment.active:
        return Markdown("")
    told = units_with_points(report)
    scale = report.t("points.own_scale")
    if adjustment.scale is not None:
        scale = "–".join(number(end, _places(end)) for end in adjustment.scale)
    said = report.say(
        "points.said",
        cap=_limit(report, adjustment.cap),
        floor=_limit(report, None if adjustment.floor is None else -adjustment.floor),
        scale=scale,
        n=len(told),
        vetoed=int((told["veto"] != "").sum()),
    )
    return paragraphs(
        [
            report.say("points.heading"),
            outside_line(report, adjustment),
            said,
            _rules(report, adjustment),
            _units(report, told, adjustment) if len(told) else report.say("points.none"),
        ]
    )


def brief_line(report: Report) -> Markdown:
    """Return the points of the scope in a sentence; nothing where none are counted."""
    if report.scores.points is None:
        return Markdown("")
    told = units_with_points(report)
    known = told["points"].dropna()
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    return report.say(
        "points.brief",
        n=len(told),
        all=len(report.current),
        low=number(low, DECIMALS, signed=True),
        high=number(high, DECIMALS, signed=True),
    )


def units_with_points(report: Report) -> pd.DataFrame:
    """Return the units of the scope whose score points change, or that are under a veto.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``; ``label, region, before, points, score, veto``; best first, those
        without a score last.
    """
    points = report.scores.points
    assert points is not None
    here = points.table[points.table.index.get_level_values("year") == report.year]
    here = here.droplevel("year")
    rows = report.current.assign(**{key: here[key] for key in ("before", "points", "veto")})
    changed = rows["points"].fillna(0.0).round(9) != 0.0
    return rows[changed | (rows["veto"] != "")]


def _rules(report: Report, adjustment: Adjustment) -> Markdown:
    rows = [
        {
            report.t("points.col.rule"): rule.title(report.lang),
            report.t("points.col.kind"): report.t(f"points.kind.{rule.kind}"),
            report.t("points.col.counts"): _counts(report, rule),
            report.t("points.col.basis"): report.t("points.and").join(
                word
                for word in (report.t(f"points.basis.{rule.basis}"), rule.source(report.lang))
                if word
            ),
        }
        for rule in adjustment.rules
    ]
    return report.markdown(pd.DataFrame(rows)) if rows else Markdown("")


def _counts(report: Report, rule: PointRule) -> str:
    if rule.kind == "veto":
        effect = report.t(f"points.effect.{rule.effect}")
        return report.t("points.least", least=number_of(rule.at_least), effect=effect)
    if rule.steps:
        parts = [
            report.t("points.step", least=number_of(at), points=number_of(worth))
            for at, worth in rule.steps
        ]
    else:
        parts = [report.t("points.per_unit", points=number_of(rule.per_unit))]
    if rule.cap is not None:
        parts.append(report.t("points.most", points=number_of(rule.cap)))
    return report.t("points.and").join(parts)


def _units(report: Report, told: pd.DataFrame, adjustment: Adjustment) -> Markdown:
    points = report.scores.points
    assert points is not None
    parts = points.parts[points.parts.index.get_level_values("year") == report.year]
    parts = parts.droplevel("year")
    titles = {rule.id: rule.title(report.lang) for rule in adjustment.rules}
    rows = []
    for unit, row in told.iterrows():
        own = {str(rule): float(parts[rule][str(unit)]) for rule in parts.columns}
        named = [
            f"{titles[rule]} {number(value, DECIMALS, signed=True)}"
            for rule, value in own.items()
            if value
        ]
        veto = report.t(f"points.effect.{row['veto']}") if row["veto"] else ""
        rows.append(
            {
                report.t("col.rank"): row["rank"],
                report.t("col.unit"): row["label"],
                report.t("points.col.before"): row["before"],
                report.t("points.col.points"): row["points"],
                report.t("points.col.after"): row["score"],
                report.t("points.col.veto"): veto,
                report.t("points.col.detail"): report.t("points.and").join(named),
            }
        )
    frame = pd.DataFrame(rows).astype({report.t("col.rank"): "Int64"})
    return report.markdown(frame, decimals=DECIMALS, signed=[report.t("points.col.points")])


def _limit(report: Report, most: float | None) -> str:
    return report.t("points.unlimited") if most is None else number_of(most)


def number_of(value: float) -> str:
    """Return a number of points with the decimals it has, three at most."""
    return number(value, _places(value))


def _places(value: float) -> int:
    return next((d for d in range(3) if np.isclose(value, round(value, d), atol=1e-9)), 3)
