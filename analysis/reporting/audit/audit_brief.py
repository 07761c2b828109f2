"""The audit page in a few computed sentences."""

from __future__ import annotations

from collections import Counter

from analysis.core.about import read_about
from analysis.paths import data_dir
from analysis.reporting.audit.audit_page import AuditPage, group_of, of_group
from analysis.reporting.inputs import DEMONSTRATION
from analysis.reporting.markdown import Markdown, bullets, percent
from analysis.zones.audit.check_digits import first_digits, last_digits
from analysis.zones.audit.rules import Evidence, FirstDigits, LastDigits
from analysis.zones.audit.run import SEVERITIES


def brief(page: AuditPage) -> Markdown:
    """Return the audit in a few computed sentences."""
    return bullets(
        [_what(page), _found(page), _accepted(page), _jumps(page), _totals(page), _digits(page),
         _evidence(page), _synthetic(page)]
    )  # fmt: skip


def limits(page: AuditPage) -> Markdown:
    """Return what this audit could not look at, in computed sentences."""
    report, data = page.report, page.work.data
    unjudged, cells, never = 0, 0, set(data.names)
    for _, _, seen in page.changes():
        unjudged += int((~seen.judged).sum())
        cells += len(seen.judged)
        never -= {unit for unit, known in zip(data.names, seen.judged, strict=True) if known}
    lines = []
    if cells:
        share = percent(unjudged / cells, 1)
        lines.append(
            report.say("audit.page.limit.changes", n=unjudged, share=share, never=len(never))
        )
    else:
        lines.append(report.say("audit.page.limit.no_changes"))
    if data.evidence is None:
        lines.append(report.say("audit.page.limit.evidence"))
    if data.totals is None:
        lines.append(report.say("audit.page.limit.totals"))
    lines.append(report.say("audit.page.limit.consistent"))
    return bullets(lines)


def _what(page: AuditPage) -> Markdown:
    data, outcomes = page.work.data, page.work.outcomes
    cells = sum(int(there.sum()) for there in page.values_of.values())
    idle = sum(bool(outcome.why) for outcome in outcomes)
    return page.report.say(
        "audit.page.brief.what", n=len(data.names), assessed=int(data.assessed.sum()),
        cells=cells, applied=len(outcomes) - idle, idle=idle,
    )  # fmt: skip


def _found(page: AuditPage) -> Markdown:
    report, found = page.report, page.work.findings
    if not found:
        return report.say("audit.page.brief.nothing")
    counts = Counter(finding.severity for finding in found)
    units = {finding.unit for finding in found if finding.unit}
    kinds = Counter(group_of(finding.rule) for finding in found)
    listed = report.t("join").join(
        report.t("audit.page.kind_count", kind=report.t(f"audit.page.kind.{kind}"), n=n)
        for kind, n in kinds.most_common()
    )
    return report.say(
        "audit.page.brief.found", count=len(found), kinds=listed, units=len(units),
        of=len(page.work.data.names),
        **{f"{severity}s": counts[severity] for severity in SEVERITIES},
    )  # fmt: skip


def _accepted(page: AuditPage) -> Markdown:
    work = page.work
    if not work.findings and not work.accepted:
        return Markdown("")
    lapsed = sum(note.severity == "warning" for note in work.notes)
    key = "audit.page.brief.accepted" if work.accepted else "audit.page.brief.none_accepted"
    return page.report.say(
        key, n=len(work.findings) - len(work.open), open=len(work.open), lapsed=lapsed
    )


def _jumps(page: AuditPage) -> Markdown:
    report = page.report
    judged = sum(int(seen.judged.sum()) for _, _, seen in page.changes())
    if not judged:
        return report.say("audit.page.brief.no_jumps")
    found = of_group(page.work.findings, "jump")
    if not found:
        return report.say("audit.page.brief.even", judged=judged)
    line = report.say(
        "audit.page.brief.jumps", n=len(found), judged=judged,
        share=percent(len(found) / judged, 1), units=len({finding.unit for finding in found}),
    )  # fmt: skip
    if not page.together:
        return line
    inside = sum(len(page.jumps[unit]) for unit in page.together)
    more = report.say(
        "audit.page.brief.together", n=len(page.together), inside=inside,
        share=percent(inside / len(found)),
    )  # fmt: skip
    return Markdown(line.text + more.text)


def _totals(page: AuditPage) -> Markdown:
    report = page.report
    if not page.sums:
        return report.say("audit.page.brief.no_totals")
    off = [one for one in page.sums if one.verdict not in ("", "short")]
    short = sum(one.verdict == "short" for one in page.sums)
    names = report.t("join").join(dict.fromkeys(page.code(one.code) for one in off))
    key = "audit.page.brief.totals_off" if off else "audit.page.brief.totals"
    return report.say(key, n=len(page.sums), off=len(off), short=short, names=names)


def _digits(page: AuditPage) -> Markdown:
    data = page.work.data
    found = Counter(finding.rule.id for finding in page.work.findings)
    last = [rule for rule in page.rules if isinstance(rule, LastDigits)]
    first = [rule for rule in page.rules if isinstance(rule, FirstDigits)]
    return page.report.say(
        "audit.page.brief.digits",
        units=sum(len(last_digits(rule, data)) for rule in last),
        uneven=sum(found[rule.id] for rule in last),
        columns=sum(len(first_digits(rule, data)) for rule in first),
        unlike=sum(found[rule.id] for rule in first),
        copied=sum(finding.key == "digits_copied" for finding in page.work.findings),
    )


def _evidence(page: AuditPage) -> Markdown:
    report = page.report
    done = [one for one in page.work.outcomes if isinstance(one.rule, Evidence) and one.applied]
    if not done:
        return report.say("audit.page.brief.no_evidence")
    cells = sum(one.applied for one in done)
    bare = sum(f.key in ("evidence_none", "evidence_empty") for one in done for f in one.findings)
    return report.say(
        "audit.page.brief.evidence", cells=cells, share=percent(1 - bare / cells, 1), bare=bare
    )


def _synthetic(page: AuditPage) -> Markdown:
    report = page.report
    if not report.synthetic:
        return Markdown("")
    _, shipped = read_about(data_dir() / DEMONSTRATION, [])
    same = dict(report.reading.sources) == dict(shipped)
    return report.say(f"audit.page.brief.{'demonstration' if same else 'synthetic'}")
