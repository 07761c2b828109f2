"""Tables of the audit page on findings: counts, errors, warnings, values accepted, rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.reporting.audit.audit_page import GROUPS, AuditPage, group_of, of_group
from analysis.reporting.markdown import Markdown, bullets, number, paragraphs
from analysis.zones.audit.findings import AuditFinding, message, plain, question
from analysis.zones.audit.run import SEVERITIES

ERRORS, WARNED, REASONS = 200, 40, 200
"""Most rows of a table; the list of findings has all of them."""


def kinds(page: AuditPage) -> Markdown:
    """Return what each kind of rule was applied to and what it found."""
    report, work = page.report, page.work
    rows = []
    for group in GROUPS:
        outcomes = [one for one in work.outcomes if group_of(one.rule) == group]
        if not outcomes:
            continue
        found = of_group(work.findings, group)
        applied = sum(not one.why for one in outcomes)
        rows.append(
            {
                report.t("audit.page.col.kind"): report.t(f"audit.page.kind.{group}"),
                report.t("audit.page.col.rules"): f"{applied} / {len(outcomes)}",
                report.t("audit.page.col.judged"): sum(one.applied for one in outcomes),
                **_counts(page, found),
            }
        )
    note = report.t("audit.page.note.kinds")
    table = report.markdown(pd.DataFrame(rows), right=[report.t("audit.page.col.rules")])
    return paragraphs([table, Markdown(note)])


def regions(page: AuditPage) -> Markdown:
    """Return the findings by region, those on sums in a row of their own."""
    report, work = page.report, page.work
    rows = []
    for code in page.region_codes:
        units = {unit for unit, region in page.regions.items() if region == code}
        found = [finding for finding in work.findings if finding.unit in units]
        label = report.region_label(code)
        rows.append({report.t("col.region"): label, report.t("col.units"): len(units)})
        rows[-1] |= _counts(page, found)
    sums = [finding for finding in work.findings if not finding.unit]
    if sums:
        first: dict[str, object] = {
            report.t("col.region"): page.name(""),
            report.t("col.units"): None,
        }
        rows.append(first | _counts(page, sums))
    frame = pd.DataFrame(rows)
    return report.markdown(frame.astype({report.t("col.units"): "Int64"}))


def errors(page: AuditPage) -> Markdown:
    """Return every open error with its numbers and the question to the unit."""
    found = [finding for finding in page.work.open if finding.severity == "error"]
    report = page.report
    frame = pd.DataFrame([_told(page, finding) for finding in found[:ERRORS]])
    return _with_rest(page, report.markdown(frame), len(found), ERRORS)


def warnings(page: AuditPage) -> Markdown:
    """Return the units with open warnings, one row each, those with most first.

    Jumps that come together are one line: they ask for one answer.
    """
    report = page.report
    found: dict[str, list[AuditFinding]] = {}
    for finding in page.work.open:
        if finding.severity == "warning":
            found.setdefault(finding.unit, []).append(finding)
    ordered = sorted(found, key=lambda unit: (-len(found[unit]), unit))
    rows = []
    for unit in ordered[:WARNED]:
        own = found[unit]
        rows.append(
            {
                report.t("col.unit"): page.name(unit),
                report.t("audit.page.col.warnings"): len(own),
                report.t("audit.page.col.kinds"): _by_kind(page, own),
                report.t("audit.page.col.first"): _first(page, unit, own),
            }
        )
    return _with_rest(page, report.markdown(pd.DataFrame(rows)), len(found), WARNED, "units")


def accepted(page: AuditPage) -> Markdown:
    """Return the values that were accepted with their reasons, and what has lapsed."""
    report = page.report
    rows = []
    kept = [finding for finding in page.work.findings if finding.accepted is not None]
    for finding in kept[:REASONS]:
        given = finding.accepted
        if given is None:
            continue
        who = report.t("audit.page.joined").join(part for part in (given.by, given.on) if part)
        rows.append(
            {
                report.t("col.unit"): page.name(finding.unit),
                report.t("col.item"): page.code(finding.code),
                report.t("audit.page.col.finding"): _message(page, finding),
                report.t("audit.page.col.reason"): given.reason,
                report.t("audit.page.col.by"): who,
            }
        )
    return _with_rest(page, report.markdown(pd.DataFrame(rows)), len(kept), REASONS)


def lapsed(page: AuditPage) -> Markdown:
    """Return the acceptances whose finding has changed; empty if there are none."""
    report = page.report
    changed = [note for note in page.work.notes if note.severity == "warning"]
    if not changed:
        return report.say("audit.page.lapsed.none")
    lines = [report.say("audit.page.quoted", text=note.text(report.lang)) for note in changed]
    return paragraphs([report.say("audit.page.lapsed", n=len(changed)), bullets(lines)])


def rules(page: AuditPage) -> Markdown:
    """Return the rules that were applied, with their number of cells and findings."""
    report, work = page.report, page.work
    found = Counter(finding.rule.id for finding in work.findings)
    grounds = _grounds(page)
    rows = [
        {
            report.t("audit.page.col.kind"): report.t(f"audit.page.kind.{group_of(one.rule)}"),
            report.t("audit.page.col.rule"): one.rule.title(report.lang),
            report.t("audit.page.col.severity"): report.t(f"check.severity.{one.rule.severity}"),
            report.t("audit.page.col.judged"): one.applied,
            report.t("audit.page.col.found"): found[one.rule.id],
            report.t("audit.page.col.ground"): grounds.index(one.rule.why(report.lang)) + 1,
        }
        for group in GROUPS
        for one in work.outcomes
        if group_of(one.rule) == group and not one.why
    ]
    return report.markdown(pd.DataFrame(rows))


def grounds(page: AuditPage) -> Markdown:
    """Return what the rules rest on, numbered as the table of rules refers to it."""
    lines = [page.report.say("audit.page.quoted", text=why).text for why in _grounds(page)]
    return Markdown("\n".join(f"{place}. {line}" for place, line in enumerate(lines, start=1)))


def not_applied(page: AuditPage) -> Markdown:
    """Return the rules that could not be applied, by the reason why."""
    report = page.report
    idle: dict[str, list[str]] = {}
    for one in page.work.outcomes:
        if one.why:
            idle.setdefault(one.why, []).append(one.rule.id)
    if not idle:
        return report.say("audit.page.idle.none")
    lines = [
        report.say(
            "audit.page.idle.why",
            why=report.t(f"audit.why.{why}"),
            n=len(names),
            rules=report.t("join").join(names),
        )
        for why, names in sorted(idle.items())
    ]
    head = report.say("audit.page.idle", n=sum(map(len, idle.values())))
    return paragraphs([head, bullets(lines)])


def _grounds(page: AuditPage) -> list[str]:
    used = [one.rule for group in GROUPS for one in page.work.outcomes
            if group_of(one.rule) == group and not one.why]  # fmt: skip
    return list(dict.fromkeys(rule.why(page.report.lang) for rule in used))


def _counts(page: AuditPage, found: Sequence[AuditFinding]) -> dict[str, int]:
    """Return the columns that count findings: open ones by severity, accepted ones, units."""
    t = page.report.t
    still = Counter(finding.severity for finding in found if finding.accepted is None)
    counts = {t(f"audit.page.col.{severity}s"): still[severity] for severity in SEVERITIES}
    counts[t("audit.page.col.accepted")] = len(found) - sum(still.values())
    counts[t("audit.page.col.named")] = len({f.unit for f in found if f.unit and not f.accepted})
    return counts


def _told(page: AuditPage, finding: AuditFinding) -> dict[str, object]:
    t = page.report.t
    value = "" if finding.value is None else plain(finding.value)
    return {
        t("col.unit"): page.name(finding.unit),
        t("col.item"): page.code(finding.code),
        t("audit.page.col.value"): value,
        t("audit.page.col.finding"): _message(page, finding),
        t("audit.page.col.question"): question(finding, page.work.labels, page.report.lang),
    }


def _message(page: AuditPage, finding: AuditFinding) -> str:
    return message(finding, page.work.labels, page.report.lang)


def _by_kind(page: AuditPage, found: Sequence[AuditFinding]) -> str:
    t = page.report.t
    counts = Counter(group_of(finding.rule) for finding in found)
    parts = (
        t("audit.page.kind_count", kind=t(f"audit.page.kind.{group}"), n=counts[group])
        for group in GROUPS
        if counts[group]
    )
    return t("join").join(parts)


def _first(page: AuditPage, unit: str, found: Sequence[AuditFinding]) -> str:
    """Return what to ask a unit first: for all jumps at once, or the first finding."""
    if unit in page.together:
        return _together(page, page.jumps[unit])
    others = [finding for finding in found if group_of(finding.rule) != "jump"]
    first = (others or list(found))[0]
    if "percent" not in first.numbers or first.value is None:
        return _message(page, first)
    return page.report.t(
        "audit.page.moved",
        name=page.code(first.code),
        before=plain(first.numbers["before"]),
        now=plain(first.value),
        percent=number(first.numbers["percent"], 1, signed=True),
    )


def _together(page: AuditPage, found: Sequence[AuditFinding]) -> str:
    moved = [each.numbers["percent"] for each in found if "percent" in each.numbers]
    up = sum(percent > 0 for percent in moved)
    middle = number(np.median(moved), 1, signed=True) if moved else page.report.t("dash")
    return page.report.t(
        "audit.page.together", n=len(found), up=up, down=len(moved) - up, median=middle
    )


def _with_rest(
    page: AuditPage, table: Markdown, count: int, most: int, what: str = "findings"
) -> Markdown:
    """Return a table and, where it was cut, the sentence that says so."""
    if count <= most:
        return table
    return paragraphs([table, page.report.say(f"audit.page.rest.{what}", n=count - most)])
