"""Tables of the audit page on what was held against what: totals, changes, evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.reporting.audit.audit_page import FACTORS, AuditPage
from analysis.reporting.markdown import Markdown, number, paragraphs
from analysis.zones.audit.findings import AuditFinding
from analysis.zones.audit.rules import Evidence
from analysis.zones.audit.run import SEVERITIES

SHOWN = 12  # largest jumps
SUMS = 60


def totals(page: AuditPage) -> Markdown:
    """Return every sum beside its total: how far apart, how far they may be."""
    report = page.report
    if not page.sums:
        return report.say("audit.page.totals.none")
    # Those that are off come first, where there are too many to show.
    ordered = sorted(page.sums, key=lambda one: one.verdict in ("", "short"))
    rows = []
    for one in ordered[:SUMS]:
        share = 100 * one.added / one.total - 100 if one.total else np.nan
        slack = 100 * one.slack / abs(one.total) if one.total else np.nan
        labels = page.work.labels
        group = labels.group(one.scope, one.group, report.lang) if one.group else report.scope_name
        rows.append(
            {
                report.t("col.item"): page.code(one.code),
                report.t("audit.page.col.over"): group,
                report.t("audit.page.col.sum"): _amount(one.added),
                report.t("audit.page.col.total"): _amount(one.total),
                report.t("audit.page.col.apart"): share,
                report.t("audit.page.col.slack"): slack,
                report.t("audit.page.col.verdict"): report.t(
                    f"audit.page.verdict.{one.verdict or 'fits'}"
                ),
                report.t("audit.page.col.source"): labels.source(one.source, report.lang),
            }
        )
    table = report.markdown(
        pd.DataFrame(rows),
        signed=[report.t("audit.page.col.apart")],
        right=[report.t("audit.page.col.sum"), report.t("audit.page.col.total")],
    )
    if len(ordered) <= SUMS:
        return table
    return paragraphs([table, report.say("audit.page.rest.sums", n=len(ordered) - SUMS)])


def largest(page: AuditPage) -> Markdown:
    """Return the jumps that stand out most, one a unit."""
    report = page.report
    best = [max(found, key=_distance) for found in page.jumps.values()]
    best.sort(key=lambda finding: (-_distance(finding), finding.unit))
    rows = [
        {
            report.t("col.unit"): page.name(finding.unit),
            report.t("col.item"): page.code(finding.code),
            report.t("audit.page.col.before"): finding.numbers.get("before"),
            report.t("audit.page.col.now"): finding.value,
            report.t("audit.page.col.z_history"): finding.numbers.get("z_history", np.nan),
            report.t("audit.page.col.z_region"): finding.numbers.get("z_region", np.nan),
            report.t("audit.page.col.of_unit"): len(page.jumps[finding.unit]),
        }
        for finding in best[:SHOWN]
    ]
    decimals = {
        report.t("audit.page.col.z_history"): 1,
        report.t("audit.page.col.z_region"): 1,
    }
    signed = list(decimals)
    note = report.t("audit.page.note.z")
    return report.markdown(pd.DataFrame(rows), decimals=decimals, signed=signed, note=note)


def blind(page: AuditPage) -> Markdown:
    """Return which share of slips of a given size the rules on changes would name."""
    report = page.report
    titles = {rule.id: rule.title(report.lang) for rule in page.jump_rules}
    table = page.noticed
    if table.empty:
        return report.say("audit.page.blind.none")
    frame = pd.DataFrame(
        {report.t("audit.page.col.rule"): [titles[name] for name in table.index]}
        | {
            report.t("audit.page.times", times=f"{times:g}"): (100 * table[times]).to_numpy()
            for times in FACTORS
        }
    )
    return report.markdown(frame, decimals=0)


def evidence(page: AuditPage) -> Markdown:
    """Return how many values have their evidence, by region."""
    report, data = page.report, page.work.data
    rule = next((rule for rule in page.rules if isinstance(rule, Evidence)), None)
    if rule is None or data.evidence is None:
        return report.say("audit.page.evidence.none")
    there = page.values_of
    found = [f for f in page.work.findings if f.rule is rule]
    rows = []
    for region in page.region_codes:
        units = {unit for unit, own in page.regions.items() if own == region}
        of_region = np.array([page.regions[unit] == region for unit in data.names])
        codes = rule.of(data.codes, data.asked)
        cells = sum(int((there[code] & of_region).sum()) for code in codes)
        own = [finding for finding in found if finding.unit in units]
        none, empty = _cells(own, "evidence_none"), _cells(own, "evidence_empty")
        rows.append(
            {
                report.t("col.region"): report.region_label(region),
                report.t("audit.page.col.values"): cells,
                report.t("audit.page.col.covered"): _percent(cells - none, cells),
                report.t("audit.page.col.complete"): _percent(cells - none - empty, cells),
                report.t("audit.page.col.no_evidence"): none,
                report.t("audit.page.col.incomplete"): empty,
                report.t("audit.page.col.other_value"): _cells(own, "evidence_value"),
                report.t("audit.page.col.bad_date"): _cells(own, "evidence_date"),
                report.t("audit.page.col.other_basis"): _cells(own, "evidence_changed"),
            }
        )
    return report.markdown(pd.DataFrame(rows), decimals=1)


def _amount(value: float) -> str:
    return number(value, 0 if abs(value) >= 1000 else 2)


def _cells(found: list[AuditFinding], key: str) -> int:
    return sum(finding.key == key for finding in found)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else float("nan")


def _distance(finding: AuditFinding) -> float:
    """Return how far a jump stands out: the smaller of its robust z; grave findings first."""
    scores = [abs(z) for key, z in finding.numbers.items() if key.startswith("z_")]
    grave = 1e6 * (len(SEVERITIES) - 1 - SEVERITIES.index(finding.severity))
    return grave + min(scores, default=0.0)
