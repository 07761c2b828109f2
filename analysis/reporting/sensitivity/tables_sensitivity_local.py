"""Tables of what one weight does, and of the smallest changes after which lists change."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.reporting.markdown import Markdown, number, percent
from analysis.reporting.sensitivity.sensitivity import Sensitivity
from analysis.reporting.sensitivity.sensitivity_local import FirstChange
from analysis.reporting.sensitivity.tables_sensitivity_certain import refused
from analysis.reporting.sensitivity.tables_sensitivity_draws import too_few

NEAR = 0.1  # neighbours that a change of a tenth brings level are close


def one_by_one(study: Sensitivity) -> Markdown:
    """Return what each weight does on its way from 0 to its double."""
    if study.few:
        return too_few(study)
    if study.local is None:
        return refused(study)
    report, table = study.report, study.local.steps.weights
    table = table.sort_values("mean_shift", ascending=False, kind="stable")
    labels = report.labels
    columns: dict[str, object] = {
        report.t("sens.col.weight_of"): [
            name if level == 1 else report.t("sens.group_named", name=name)
            for name, level in zip(
                map(report.node_label, table["node"]), table["level"], strict=True
            )
        ],
        report.t("sens.col.weight"): 100 * table["weight"],
        report.t("sens.col.mean_shift"): table["mean_shift"],
        report.t("sens.col.who"): [
            report.t("sens.moved", label=labels[unit], n=int(most)) if unit else ""
            for unit, most in zip(table["unit"], table["max_shift"], strict=True)
        ],
        report.t("sens.col.out_zero", k=study.top): _leaving(study, table["node"], "at_zero"),
        report.t("sens.col.out_double", k=study.top): _leaving(study, table["node"], "at_greatest"),
    }
    decimals = {report.t("sens.col.weight"): 1, report.t("sens.col.mean_shift"): 1}
    return report.markdown(
        pd.DataFrame(columns), decimals=decimals, note=report.t("sens.note.one_by_one")
    )


def _leaving(study: Sensitivity, nodes: pd.Series, where: str) -> list[int]:
    """Return how many units leave the top at one end of the way of each weight."""
    assert study.local is not None
    movers = study.local.steps.movers
    out = movers[(movers["rank"] <= study.top) & (movers[where] > study.top)]
    return [int((out["node"] == node).sum()) for node in nodes]


def one_weight(study: Sensitivity) -> Markdown:
    """Return which single weight moves the ranks most."""
    if study.few or study.local is None:
        return Markdown("")
    report = study.report
    items = study.local.steps.weights
    items = items[items["level"] == 1]
    if items.empty or not items["moved"].any():
        return report.say("sens.brief.one.none")
    most = items.iloc[int(items["mean_shift"].argmax())]
    far = items.iloc[int(items["max_shift"].argmax())]
    return report.say(
        "sens.brief.one",
        item=report.node_label(str(most["node"])),
        mean=number(most["mean_shift"], 1),
        unit=str(report.labels[far["unit"]]),
        most=int(far["max_shift"]),
        by=report.node_label(str(far["node"])),
    )


def least_change(study: Sensitivity) -> Markdown:
    """Return the smallest changes of the weights after which the lists are others."""
    if study.few or study.local is None:
        return Markdown("")
    report, local = study.report, study.local
    parts = []
    if local.top is not None:
        parts.append(_first_change(study, local.top, "top", k=study.top))
    if local.last:
        code = min(local.last, key=lambda code: local.last[code].high)
        words = "last" if len(local.last) > 1 else "last_one"
        parts.append(
            _first_change(study, local.last[code], words, region=report.region_label(code))
        )
    parts.append(
        report.say(
            "sens.brief.least.neighbours",
            near=int((local.swaps["high"] <= NEAR).sum()),
            n=len(local.swaps),
            change=percent(NEAR),
        )
    )
    return report.say("sens.brief.least", parts=Markdown("".join(part.text for part in parts)))


def _first_change(
    study: Sensitivity, change: FirstChange, words: str, **values: object
) -> Markdown:
    report = study.report
    if np.isinf(change.low):
        return report.say(f"sens.brief.least.{words.removesuffix('_one')}_never", **values)
    if change.high == 0:
        words = f"{words.removesuffix('_one')}_tie"
    return report.say(
        f"sens.brief.least.{words}",
        change=percent(change.high, 1),
        coming=str(report.labels[change.coming]),
        going=str(report.labels[change.going]),
        **values,
    )


def radii(study: Sensitivity) -> Markdown:
    """Return the smallest changes that take the units beside the cuts across them."""
    if study.few:
        return too_few(study)
    if study.local is None:
        return refused(study)
    report, table = study.report, study.local.stability
    # By cut, the end of the top first, then by rank.
    cut = [
        -1 if move.endswith("top") else report.region_codes.index(code)
        for move, code in zip(table["move"], table["region"], strict=True)
    ]
    table = table.iloc[np.lexsort((table["rank"].to_numpy(), np.array(cut)))]
    if table.empty:
        return report.say("sens.pairs.none")
    rank = "col.rank" if report.national else "col.region_rank"
    columns: dict[str, object] = {
        report.t(rank): table["rank"],
        report.t("col.unit"): [report.labels[unit] for unit in table["unit"]],
    }
    if report.national and any(report.region_codes):
        columns[report.t("col.region")] = [report.region_label(code) for code in table["region"]]
    columns[report.t("sens.col.goal")] = [
        report.t(f"sens.goal.{move}", k=places)
        for move, places in zip(table["move"], table["places"], strict=True)
    ]
    heading = report.t("sens.col.change")
    columns[heading] = [
        _change(study, low, high) for low, high in zip(table["low"], table["high"], strict=True)
    ]
    columns[report.t("sens.col.one_weight")] = [
        report.t(
            "sens.one_weight",
            node=report.node_label(node),
            weight=percent(weight, 1),
            needed=percent(needed, 1),
        )
        if node
        else ""
        for node, weight, needed in zip(
            table["node"], table["weight"], table["needed"], strict=True
        )
    ]
    return report.markdown(
        pd.DataFrame(columns), right=[heading], note=report.t("sens.note.radius")
    )


def _change(study: Sensitivity, low: float, high: float) -> str:
    """Return a radius as text: one number where it is known, else the two it lies between."""
    report = study.report
    if np.isinf(low):
        return report.t("sens.change.never")
    if np.isinf(high):
        return report.t("sens.change.above", low=percent(low, 1))
    if percent(low, 1) == percent(high, 1):
        return f"±{percent(high, 1)}" if high else report.t("sens.change.level")
    return report.t("sens.change.between", low=percent(low, 1), high=percent(high, 1))
