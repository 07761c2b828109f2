"""Tables on what went in: the framework, the method, treated and missing values, findings."""

from __future__ import annotations

import pandas as pd

from analysis.core.adjustment import in_force
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.rebuild import taken_out
from analysis.core.weights import index_weights
from analysis.reporting.evidence import outside_line
from analysis.reporting.markdown import Markdown, escape, number
from analysis.reporting.report import Report
from analysis.texts import table as texts

NAMED = 3  # units named for one item before they are only counted
FINDINGS = 25


def framework(report: Report) -> Markdown:
    """Return the framework: groups and items, weights, direction, unit, evidence."""
    held = report.framework
    weights = taken_out(held, in_force(report.method, held).outside).weights()
    overall = index_weights(held, weights)
    rows = []
    for code in outline(held):
        node = held.nodes.loc[[code]].iloc[0]
        item = held.level(code) == 1
        rows.append(
            {
                report.t("col.code"): code,
                report.t("data.col.node"): held.label(code, report.lang),
                report.t("data.col.level"): held.level(code),
                report.t("data.col.weight"): 100 * weights[code],
                report.t("data.col.overall"): 100 * overall[code],
                report.t("data.col.direction"): _direction(report, node) if item else "",
                report.t("data.col.unit"): held.measure(code, report.lang) if item else "",
                report.t("data.col.evidence"): _word(report, "evidence", str(node["evidence"])),
                report.t("data.col.status"): _word(report, "status", str(node["weight_status"])),
            }
        )
    return report.markdown(pd.DataFrame(rows), decimals=1, note=report.t("data.note.empty"))


def outline(held: Framework) -> list[str]:
    """Return the nodes below the index as an outline: each group followed by what it holds."""
    nodes: list[str] = []
    waiting = list(reversed(held.groups))
    while waiting:
        code = waiting.pop()
        nodes.append(code)
        waiting.extend(reversed(held.children(code)))
    return nodes


def method(report: Report) -> Markdown:
    """Return the method, step by step, with its settings."""
    used = report.method
    lower, upper = used.normalisation.range_of(used.normalisation.rule)
    steps = {
        **_before_treatment(report),
        "treatment": report.say(
            f"method.treatment.{used.treatment.rule}",
            skewness=used.treatment.skewness,
            kurtosis=used.treatment.kurtosis,
            points=used.treatment.max_points,
        ),
        "normalisation": report.say(
            f"method.normalisation.{used.normalisation.rule}",
            lower=number(lower, _decimals(lower)),
            upper=number(upper, _decimals(upper)),
            span=number(upper - lower, _decimals(upper - lower)),
        ),
        **_basis(report),
        "aggregation": report.say(f"method.aggregation.{used.aggregation.rule}"),
        "missing": report.say(
            f"method.missing.{used.missing.rule}", share=number(100 * used.missing.min_share)
        ),
        "ranking": report.say("method.ranking", decimals=used.ranking.decimals),
    }
    points = in_force(used, report.framework)
    if points.active:
        outside = outside_line(report, points)
        steps["points"] = report.say("method.points", n=len(points.rules), outside=outside)
    if own := _own_rules(report):
        steps["own"] = own
    rows = {
        report.t("data.col.step"): [report.t(f"method.step.{step}") for step in steps],
        report.t("data.col.rule"): list(steps.values()),
    }
    return report.markdown(pd.DataFrame(rows))


def _before_treatment(report: Report) -> dict[str, Markdown]:
    """Return the steps before treatment that the method takes, and its weights if not as given."""
    used, screening = report.method, report.method.screening
    steps = {}
    if used.denomination.rule != "none" and report.framework.denominators:
        steps["denomination"] = report.say(f"method.denomination.{used.denomination.rule}")
    if screening.rule != "none":
        steps["screening"] = report.say(
            f"method.screening.{screening.rule}",
            unit=number(100 * screening.unit_share),
            group=number(100 * screening.group_share),
            nonzero=number(100 * screening.nonzero_share),
        )
    if used.imputation.rule != "none":
        steps["imputation"] = report.say(f"method.imputation.{used.imputation.rule}")
    if used.weighting.rule != "given" or not used.weighting.rescale:
        steps["weighting"] = report.say(f"method.weighting.{used.weighting.rule}")
    return steps


def _basis(report: Report) -> dict[str, Markdown]:
    """Return what items are normalised against, if not all units of the year."""
    used = report.method.normalisation
    steps = {}
    if used.over != "year":
        steps["basis"] = report.say(f"method.basis.{used.over}", base=str(used.base))
    if used.within:
        steps["within"] = report.say("method.basis.within", attribute=used.within)
    return steps


def _own_rules(report: Report) -> Markdown | None:
    """Return what the framework says of single nodes, whatever the method."""
    nodes = report.framework.nodes
    means = nodes["aggregation"][nodes["aggregation"] != ""]
    rules = nodes["normalisation"][nodes["normalisation"] != ""]
    logs = nodes.index[nodes["transform"] == "log"]
    parts = [
        report.t(
            "method.own.mean",
            node=report.node_label(str(code)),
            mean=report.t(f"method.mean.{mean}"),
        )
        for code, mean in means.items()
    ]
    parts += [
        report.t("method.own.rule", node=report.node_label(str(code)), rule=rule)
        for code, rule in rules.items()
    ]
    parts += [report.t("method.own.log", node=report.node_label(str(code))) for code in logs]
    return Markdown(escape(report.t("join.clauses").join(parts))) if parts else None


def treated(report: Report) -> Markdown:
    """Return the items in which outlier treatment changed values in the year."""
    ledger = report.scores.ledger
    ledger = ledger[ledger["year"] == report.year]
    rows = []
    for item in report.framework.items:
        cells = ledger[ledger["item"] == item]
        if cells.empty:
            continue
        why = str(cells["why"].iloc[0])
        moved = cells.reindex(cells["value_from"].abs().sort_values(ascending=False).index)
        names = [report.unit_label(str(unit)) for unit in moved["unit"].head(NAMED)]
        more = len(cells) - len(names)
        label = report.t("join").join(names)
        if why != "winsorised":
            label = report.t("data.treated.all")
        elif more:
            label = report.t("data.treated.more", names=label, n=more)
        rows.append(
            {
                report.t("col.code"): item,
                report.t("col.item"): report.node_label(item),
                report.t("data.col.why"): report.t(f"data.why.{why}"),
                report.t("data.col.cells"): len(cells),
                report.t("data.col.whose"): label,
            }
        )
    return report.markdown(pd.DataFrame(rows))


def missing(report: Report) -> Markdown:
    """Return the items with missing values in the year, and why they are missing."""
    values = report.values
    counts = values.isna().sum()
    reasons = report.panel.reasons
    here = reasons[
        (reasons["year"] == report.year) & reasons["unit"].isin(values.index.astype(str))
    ]
    rows = []
    for item in report.framework.items:
        if not counts[item]:
            continue
        known = here.loc[here["item"] == item, "reason"].value_counts(sort=False).sort_index()
        parts = [f"{_reason(report, str(why))} ({n})" for why, n in known.items()]
        unknown = int(counts[item]) - int(known.sum())
        if unknown > 0:
            parts.append(f"{report.t('data.reason.input')} ({unknown})")
        rows.append(
            {
                report.t("col.code"): item,
                report.t("col.item"): report.node_label(item),
                report.t("data.col.missing"): int(counts[item]),
                report.t("data.col.share"): 100 * counts[item] / len(values),
                report.t("data.col.reason"): report.t("join").join(parts),
            }
        )
    return report.markdown(pd.DataFrame(rows), decimals=1)


def findings(report: Report) -> Markdown:
    """Return the warnings and notes of the year, the gravest first, and how many more."""
    order = {"error": 0, "warning": 1, "note": 2}
    here = [found for found in report.findings if found.year in (None, report.year)]
    here.sort(key=lambda found: order[found.severity])
    rows = [
        {
            report.t("data.col.severity"): report.t(f"data.severity.{found.severity}"),
            report.t("data.col.place"): _place(report, found),
            report.t("data.col.text"): found.text(report.lang),
        }
        for found in here[:FINDINGS]
    ]
    shown = report.markdown(pd.DataFrame(rows), note=report.t("data.note.place"))
    more = len(here) - len(rows)
    if not more:
        return shown
    return Markdown(f"{shown.text}\n\n{report.t('data.findings.more', n=more)}")


def _place(report: Report, found: Finding) -> str:
    parts = [found.file, found.sheet]
    if found.row is not None:
        parts.append(report.t("data.place.row", row=found.row))
    if found.unit:
        parts.append(report.unit_label(found.unit))
    if found.year is not None:
        parts.append(str(found.year))
    parts.append(found.item or found.column)
    return report.t("join").join(part for part in parts if part)


def _reason(report: Report, code: str) -> str:
    return report.t(f"data.reason.{code}") if f"data.reason.{code}" in texts() else code


def _direction(report: Report, node: pd.Series) -> str:
    return report.t("data.direction.lower" if node["direction"] < 0 else "data.direction.higher")


def _word(report: Report, kind: str, word: str) -> str:
    key = f"data.{kind}.{word}"
    return report.t(key) if key in texts() else word


def _decimals(value: float) -> int:
    return 0 if value == round(value) else 2
