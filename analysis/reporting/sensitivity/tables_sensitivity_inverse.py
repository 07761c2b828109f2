"""Tables of what the order tells of the weights."""

from __future__ import annotations

import pandas as pd

from analysis.core.uncertainty.inverse.inverse import Recovered
from analysis.reporting.markdown import Markdown, bullets, number, percent
from analysis.reporting.sensitivity.sensitivity import Sensitivity
from analysis.reporting.sensitivity.sensitivity_inverse import holds, narrowed
from analysis.reporting.sensitivity.tables_sensitivity_certain import refused
from analysis.reporting.sensitivity.tables_sensitivity_draws import too_few

NEARLY_ALL = 0.995  # of a range: it is no narrower than before
FEW = 4  # items that a sentence names


def recovered_in_brief(study: Sensitivity) -> Markdown:
    """Return how much the order alone would tell of the weights."""
    inverse = None if study.few else study.inverse
    if inverse is None or inverse.ordered is None or not inverse.ordered.feasible:
        return Markdown("")
    report = study.report
    return report.say(
        "sens.brief.inverse",
        what=report.t(f"sens.inverse.what{'_last' if inverse.last else ''}", k=inverse.top),
        left=_left(study, inverse.ordered),
        must=len(inverse.ordered.must_matter),
        n=len(inverse.ordered.ranges),
    )


def recovered_words(study: Sensitivity) -> Markdown:
    """Return what was taken as known and what was recovered from it."""
    if study.few:
        return too_few(study)
    report, inverse = study.report, study.inverse
    if inverse is None:
        return refused(study)
    if inverse.ordered is None:
        reasons = [finding.text(report.lang) for finding in inverse.refused]
        return bullets([report.say("sens.inverse.refused", why=why) for why in reasons])
    parts = [
        report.say(
            f"sens.inverse.known{'_last' if inverse.last else ''}", k=inverse.top, last=inverse.last
        )
    ]
    for words, found in (("lists", inverse.lists), ("ordered", inverse.ordered)):
        if found is not None:
            parts.append(_said(study, words, found))
    ordered = inverse.ordered
    if ordered.feasible:
        names = [report.node_label(item) for item in ordered.must_matter]
        key = "must" if names else "must_none"
        named = report.t("join.list").join(names[:FEW])
        if len(names) > FEW:
            named = report.t("sens.names.more", names=named)
        parts.append(report.say(f"sens.inverse.{key}", n=len(names), names=named))
    if ordered.left_out:
        parts.append(report.say("sens.inverse.left_out", n=len(ordered.left_out)))
    return bullets(parts)


def _said(study: Sensitivity, words: str, found: Recovered) -> Markdown:
    report = study.report
    if not found.feasible:
        names = [str(report.labels.get(unit, unit)) for unit in found.conflict["unit"]]
        return report.say(
            f"sens.inverse.{words}_impossible", units=report.t("join.list").join(names)
        )
    return report.say(
        f"sens.inverse.{words}",
        left=_left(study, found),
        held=holds(found),
        n=len(found.ranges),
    )


def _left(study: Sensitivity, found: Recovered) -> str:
    """Return in words what is left of the ranges of weights."""
    left = narrowed(found)
    all_left = not left < NEARLY_ALL
    return study.report.t(f"sens.inverse.left{'_all' if all_left else ''}", left=percent(left))


def recovered(study: Sensitivity) -> Markdown:
    """Return the range of every weight as recovered from the order."""
    if study.few:
        return too_few(study)
    inverse = study.inverse
    if inverse is None:
        return refused(study)
    if inverse.ordered is None or not inverse.ordered.feasible:
        return study.report.say("sens.inverse.none")
    report, ordered = study.report, inverse.ordered.ranges
    ranges = {}
    if inverse.lists is not None and inverse.lists.feasible:
        ranges["sens.col.from_lists"] = inverse.lists.ranges
    ranges["sens.col.from_order"] = ordered
    columns: dict[str, object] = {
        report.t("col.item"): [report.node_label(item) for item in ordered["item"]],
        report.t("sens.col.nominal"): 100 * ordered["nominal"],
    }
    right = [report.t(key) for key in ranges]
    for key, table in ranges.items():
        columns[report.t(key)] = [
            f"{number(100 * low, 2)}–{number(100 * high, 2)}"
            for low, high in zip(table["low"], table["high"], strict=True)
        ]
    columns[report.t("sens.col.centre")] = 100 * ordered["centre"]
    columns[report.t("sens.col.must")] = [
        report.t("sens.must.yes" if must else "sens.must.no") for must in ordered["must_matter"]
    ]
    return report.markdown(pd.DataFrame(columns), right=right)
