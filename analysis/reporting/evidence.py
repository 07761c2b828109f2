"""The callout that opens every report: what the numbers are, and what they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.core.adjustment import Adjustment, in_force
from analysis.core.framework import EVIDENCE
from analysis.core.panel_stages import FROZEN, STAGES, read_stages
from analysis.reporting import markdown as md

if TYPE_CHECKING:
    from analysis.reporting.report import Report


def banner(report: Report) -> md.Markdown:
    """Return the callout: synthetic or not, nothing official, evidence, rows read.

    Parameters
    ----------
    report : Report

    Returns
    -------
    Markdown
        A warning where the values are made up, else a note.
    """
    made_up = report.synthetic
    title = report.say("banner.title.synthetic" if made_up else "banner.title.real")
    lines = [
        report.say("banner.synthetic") if made_up else md.Markdown(""),
        report.say(f"banner.status.{report.kind}"),
        evidence_line(report),
        weights_line(report),
        points_line(report),
        rows_line(report),
        stage_line(report),
    ]
    source = report.reading.sources.get(report.lang) or report.panel.source
    if source:
        lines.append(report.say("banner.source", source=source))
    return md.callout("warning" if made_up else "note", title, md.bullets(lines))


def evidence_line(report: Report) -> md.Markdown:
    """Return how many items are named, reported, implied and proxy."""
    counts = report.framework.evidence_counts()
    known = {word: counts.get(word, 0) for word in EVIDENCE}
    values = {"framework": report.framework.name, "items": len(report.framework.items)}
    if not any(known.values()):
        return report.say("banner.evidence.none", **values)
    line = report.say(f"banner.evidence.{report.kind}", **values, **known)
    if counts.get("", 0):
        more = report.say("banner.evidence.unsaid", n=counts[""])
        return md.Markdown(line.text + more.text)
    return line


def weights_line(report: Report) -> md.Markdown:
    """Return for how many items and groups the weights are assumed; empty if for none."""
    nodes = report.framework.nodes
    status = nodes["weight_status"]
    is_item = nodes.index.isin(report.framework.items)
    assumed = status.isin(["equal-assumed", "proxy"])
    items, groups = int((assumed & is_item).sum()), int((assumed & ~is_item).sum())
    if not items and not groups:
        return md.Markdown("")
    return report.say("banner.weights", items=items, groups=groups)


def rows_line(report: Report) -> md.Markdown:
    """Return rows read, used and refused: read = used + refused."""
    reading = report.reading
    return report.say(
        "banner.rows",
        read=reading.rows_read,
        used=reading.rows_used,
        refused=reading.rows_refused,
    )


def stage_line(report: Report) -> md.Markdown:
    """Return how far the year's data are; empty where the panel keeps no stages.

    A year that was taken in by form and has no step yet is at the first stage.
    """
    kept = report.extra(f"{report.year}.stages.csv")
    steps = read_stages(kept.parent, report.year) if kept is not None else ()
    if not steps:
        if report.extra(f"{report.year}.evidence.csv") is None:
            return md.Markdown("")
        first = report.t(f"stage.{STAGES[0]}")
        return _one(report.say("stage.banner.none", stage=first), report.say("stage.banner.open"))
    last = steps[-1]
    stage = report.t(f"stage.{last.stage}")
    line = report.say("stage.banner", stage=stage, on=last.on, by=last.by)
    if not last.sealed:
        return _one(line, report.say("stage.banner.open"))
    line = _one(line, report.say("stage.banner.sealed", digest=last.digest[:12]))
    froze = [step for step in steps if step.stage == FROZEN][-1]
    if froze.open_errors in ("", "0"):
        return line
    told = {"count": froze.open_errors, "reason": froze.reason}
    return _one(line, report.say("stage.banner.errors", **told))


def _one(*parts: md.Markdown) -> md.Markdown:
    return md.Markdown("".join(part.text for part in parts))


def points_line(report: Report) -> md.Markdown:
    """Return the line of the banner: whose the points are; nothing where the method has none."""
    given = report.method.adjustment
    method = report.method.title(report.lang)
    if not given.active:
        return md.Markdown("")
    adjustment = in_force(report.method, report.framework)
    if not adjustment.active:
        return report.say("banner.points.not", method=method, framework=given.framework)
    assumed = sum(rule.basis == "assumed" for rule in adjustment.rules)
    outside = outside_line(report, adjustment)
    many = len(adjustment.rules)
    return report.say("banner.points", method=method, rules=many, assumed=assumed, outside=outside)


def outside_line(report: Report, adjustment: Adjustment) -> md.Markdown:
    """Return which items are taken out of the weights; nothing where none is."""
    if not adjustment.outside:
        return md.Markdown("")
    codes = [f"{code} {report.node_label(code)}" for code in adjustment.outside]
    return report.say("banner.points.outside", codes=report.t("points.and").join(codes))
