"""Tables and computed sentences of the report on the two editions."""

from __future__ import annotations

import pandas as pd

from analysis.core.framework import EVIDENCE, Framework
from analysis.reporting.comparison import Agreement, Comparison, agreement, same_items
from analysis.reporting.markdown import Markdown, bullets, number, percent
from analysis.reporting.report import LAST, Report, top_of
from analysis.zones.editions import read_editions

MOVERS = 10


def brief(both: Comparison) -> Markdown:
    """Return what the change of edition does to the ranks, in a few sentences."""
    report, table = both.report, both.scope
    if len(table) < 2:
        return report.say("editions.brief.too_few", n=len(table))
    agreed = agreement(table["old"], table["new"])
    top = top_of(len(table))
    kept = _overlap(table, top)
    far = table.iloc[int(table["shift"].abs().astype(float).argmax())]
    return bullets(
        [
            report.say(
                "editions.brief.what",
                n=len(table),
                scope=report.scope_name,
                method=report.method.title(report.lang),
                left=both.left_out,
            ),
            _agreed(report, agreed),
            report.say(
                "editions.brief.top", k=top, kept=kept, gone=int((table["old"] <= top).sum()) - kept
            ),
            _last(both),
            report.say(
                "editions.brief.mover",
                who=str(far["label"]),
                old=int(far["old"]),
                new=int(far["new"]),
            ),
            report.say(
                "editions.brief.items",
                same=len(same_items(both.old, both.new)),
                items=len(both.new.items),
            ),
        ]
    )


def _agreed(report: Report, agreed: Agreement) -> Markdown:
    return report.say(
        "editions.brief.agreement",
        spearman=number(agreed.spearman, 2),
        pairs=percent(agreed.same_order),
        mean=number(agreed.mean_shift, 1),
    )


def _overlap(table: pd.DataFrame, top: int) -> int:
    return int(((table["old"] <= top) & (table["new"] <= top)).sum())


def _last(both: Comparison) -> Markdown:
    report, table = both.report, both.report.in_scope(both.table)
    table = table[table["region"] != ""]
    if table.empty:
        return Markdown("")
    last = {}
    for side in ("old", "new"):
        rank = table[f"region_rank_{side}"]
        size = table.groupby("region")["region"].transform("size")
        last[side] = (rank > size - LAST) & (size >= 2 * LAST)
    if not last["new"].any():
        return Markdown("")
    return report.say(
        "editions.brief.last",
        n=int(last["new"].sum()),
        kept=int((last["old"] & last["new"]).sum()),
    )


def in_force(both: Comparison) -> Markdown:
    """Return which edition is in force for which data years."""
    by_year = read_editions()["framework"]
    return both.report.say(
        "editions.in_force",
        old=len(both.old.items),
        new=len(both.new.items),
        last=int(by_year.index[by_year == both.old.name].max()),
        first=int(by_year.index[by_year == both.new.name].min()),
    )


def frameworks(both: Comparison) -> Markdown:
    """Return the two frameworks side by side: items, groups, evidence, weights."""
    report = both.report
    rows = [_framework(report, framework) for framework in (both.old, both.new)]
    return report.markdown(pd.DataFrame(rows))


def _framework(report: Report, framework: Framework) -> dict[str, object]:
    counts = framework.evidence_counts()
    status = framework.nodes.loc[list(framework.groups), "weight_status"]
    published = int((status == "published").sum())
    return {
        report.t("editions.col.framework"): framework.name,
        report.t("editions.col.groups"): len(framework.groups),
        report.t("editions.col.items"): len(framework.items),
        **{report.t(f"data.evidence.{word}"): counts[word] for word in EVIDENCE},
        report.t("editions.col.published"): f"{published}/{len(framework.groups)}",
    }


def groups(both: Comparison) -> Markdown:
    """Return the groups of both editions with weights and numbers of items."""
    report = both.report
    rows = []
    for framework in (both.old, both.new):
        weights = framework.weights()
        for code in framework.groups:
            rows.append(
                {
                    report.t("editions.col.framework"): framework.name,
                    report.t("col.group"): framework.label(code, report.lang),
                    report.t("editions.col.weight"): 100 * weights[code],
                    report.t("editions.col.items"): len(framework.items_under(code)),
                    report.t("data.col.status"): report.t(
                        f"data.status.{framework.nodes.at[code, 'weight_status']!s}"
                    ),
                }
            )
    return report.markdown(pd.DataFrame(rows), decimals=0)


def agreements(both: Comparison) -> Markdown:
    """Return how far the two rankings agree, for the scope and for each region in it."""
    report = both.report
    rows = [_agreement(report, report.scope_name, both.scope)]
    if report.national and len(report.region_codes) > 1:
        for code in report.region_codes:
            part = both.table[both.table["region"] == code]
            part = part[["label", "region", "region_rank_old", "region_rank_new"]]
            part = part.rename(columns={"region_rank_old": "old", "region_rank_new": "new"})
            if code and len(part):
                rows.append(_agreement(report, report.region_label(code), part))
    decimals = {report.t("editions.col.mean"): 1}
    right = [report.t("editions.col.pairs"), report.t("editions.col.top")]
    return report.markdown(
        pd.DataFrame(rows), decimals=decimals, right=right, note=report.t("editions.note")
    )


def _agreement(report: Report, scope: str, table: pd.DataFrame) -> dict[str, object]:
    agreed = agreement(table["old"], table["new"])
    top = top_of(len(table))
    return {
        report.t("editions.col.scope"): scope,
        report.t("col.units"): agreed.units,
        report.t("editions.col.spearman"): agreed.spearman,
        report.t("editions.col.pairs"): percent(agreed.same_order),
        report.t("editions.col.mean"): agreed.mean_shift,
        report.t("editions.col.top"): f"{_overlap(table, top)}/{top}",
    }


def movers(both: Comparison) -> Markdown:
    """Return the units that win and lose most places under the newer edition."""
    report = both.report
    table = both.scope.sort_values(["shift", "new"], ascending=[False, True], kind="stable")
    won = table[table["shift"] > 0].head(MOVERS)
    lost = table[table["shift"] < 0].tail(MOVERS)
    rows = pd.concat([won, lost])
    columns: dict[str, object] = {report.t("col.unit"): rows["label"]}
    if report.national:
        columns[report.t("col.region")] = [report.region_label(code) for code in rows["region"]]
    columns[report.t("editions.col.old")] = rows["old"]
    columns[report.t("editions.col.new")] = rows["new"]
    columns[report.t("editions.col.shift")] = rows["shift"]
    return report.markdown(pd.DataFrame(columns), signed=[report.t("editions.col.shift")])


def top_changes(both: Comparison) -> Markdown:
    """Return the units that are in the top under one edition only."""
    report, table = both.report, both.scope
    top = top_of(len(table))
    rows = table[(table["old"] <= top) != (table["new"] <= top)]
    rows = rows.sort_values(["shift", "new"], ascending=[False, True], kind="stable")
    columns: dict[str, object] = {
        report.t("col.unit"): rows["label"],
        report.t("editions.col.old"): rows["old"],
        report.t("editions.col.new"): rows["new"],
        report.t("editions.col.under"): [
            report.t("editions.only.new" if new <= top else "editions.only.old")
            for new in rows["new"]
        ],
    }
    return report.markdown(pd.DataFrame(columns))
