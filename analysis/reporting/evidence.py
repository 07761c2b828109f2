"""The callout that opens every report: what the numbers are, and what they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.core.framework import EVIDENCE
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
        rows_line(report),
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
