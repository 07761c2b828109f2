"""Tables and computed sentences of the report on correlations."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.core.correlation import (
    LEAST_PAIRS,
    OPPOSED,
    REDUNDANT,
    WEAK,
    correlation_matrix,
    related_pairs,
)
from analysis.core.framework import Framework
from analysis.core.scores import Scores
from analysis.reporting.markdown import Markdown, bullets, number
from analysis.reporting.report import Report

STRONGEST, MOST_OPPOSED, MOST = 10, 5, 40
FEW = 30  # below so many units a correlation is mostly chance


def scores_in_scope(report: Report) -> Scores:
    """Return the scores of the scope's units only (normalised over all units, as ever)."""
    if report.national:
        return report.scores
    keep = (report.scores.units["region"] == report.region).to_numpy()
    return replace(report.scores, nodes=report.scores.nodes[keep], units=report.scores.units[keep])


def units_compared(report: Report) -> int:
    """Return how many units of the scope have a score."""
    return int(report.current["score"].notna().sum())


def pair_table(report: Report) -> pd.DataFrame:
    """Return every pair of items with its correlations, the strongest first.

    Returns
    -------
    pandas.DataFrame
        ``one, other, pearson, spearman, sibling, shared``: ``shared`` holds
        the inputs from which both items are formed, a tuple; pairs without a
        correlation are left out.
    """
    framework = report.framework
    items = list(framework.items)
    scores = scores_in_scope(report)
    pearson = correlation_matrix(scores, report.year, items)
    spearman = correlation_matrix(scores, report.year, items, kind="spearman")
    first, second = np.triu_indices(len(items), 1)
    table = pd.DataFrame(
        {
            "one": [items[i] for i in first],
            "other": [items[i] for i in second],
            "pearson": pearson.to_numpy()[first, second],
            "spearman": spearman.to_numpy()[first, second],
        }
    ).dropna(subset=["pearson"])
    pairs = list(zip(table["one"], table["other"], strict=True))
    table["sibling"] = [framework.parent(a) == framework.parent(b) for a, b in pairs]
    table["shared"] = [shared_inputs(framework, a, b) for a, b in pairs]
    order = table["pearson"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order]


def shared_inputs(framework: Framework, one: str, other: str) -> tuple[str, ...]:
    """Return the inputs that two items have in common, sorted."""
    inputs = [
        {word.split("=")[-1] for word in str(framework.nodes.at[item, "inputs"]).split()}
        for item in (one, other)
    ]
    return tuple(sorted(inputs[0] & inputs[1]))


def flag(correlation: float) -> str:
    """Return ``redundant``, ``opposed`` or ``""`` for a pair of items."""
    if correlation > REDUNDANT:
        return "redundant"
    return "opposed" if correlation < OPPOSED else ""


def brief(report: Report) -> Markdown:
    """Return what the correlations show, in a few sentences."""
    units = units_compared(report)
    if units < LEAST_PAIRS:
        return report.say("corr.brief.too_few", n=units, least=LEAST_PAIRS)
    pairs = pair_table(report)
    flags = pairs["pearson"].map(flag)
    redundant = pairs[flags == "redundant"]
    related = item_table(report)
    weak = related.loc[related["index"] < WEAK]
    opposed = related.loc[related["index"] < 0]
    lines = [
        report.say("corr.brief.few", n=units) if units < FEW else Markdown(""),
        report.say(
            "corr.brief.level",
            n=units,
            within=_median(pairs[pairs["sibling"]]),
            across=_median(pairs[~pairs["sibling"]]),
        ),
        report.say(
            "corr.brief.pairs",
            redundant=len(redundant),
            shared=int((redundant["shared"].map(len) > 0).sum()),
            opposed=int((flags == "opposed").sum()),
            high=REDUNDANT,
            low=number(OPPOSED, 1),
        ),
        report.say("corr.brief.index", weak=len(weak), against=len(opposed), low=WEAK),
        _built(report),
    ]
    return bullets(lines)


def limits(report: Report) -> Markdown:
    """Return what the flags mean and from where their limits are."""
    return report.say("corr.limits", high=REDUNDANT, low=Markdown(number(OPPOSED, 1)), weak=WEAK)


def _built(report: Report) -> Markdown:
    alike = built_alike(report.framework)
    if not alike:
        return Markdown("")
    return report.say("corr.brief.built", n=len(alike), items=len(report.framework.items))


def built_alike(framework: Framework) -> tuple[tuple[str, str], ...]:
    """Return the pairs of items that are formed from a common input."""
    return tuple(
        (a, b) for a, b in combinations(framework.items, 2) if shared_inputs(framework, a, b)
    )


def pairs(report: Report) -> Markdown:
    """Return the pairs of items that are flagged, and the strongest of the others."""
    table = pair_table(report)
    flags = table["pearson"].map(flag)
    negative = table.sort_values("pearson", kind="stable").index[:MOST_OPPOSED]
    chosen = (flags != "") | table.index.isin([*table.index[:STRONGEST], *negative])
    rows = table[chosen].sort_values("pearson", ascending=False, kind="stable")
    if len(rows) > MOST:
        rows = pd.concat([rows.head(MOST - MOST_OPPOSED), rows.tail(MOST_OPPOSED)])
    frame = pd.DataFrame(
        {
            report.t("corr.col.one"): [_named(report, code) for code in rows["one"]],
            report.t("corr.col.other"): [_named(report, code) for code in rows["other"]],
            report.t("corr.col.pearson"): rows["pearson"],
            report.t("corr.col.spearman"): rows["spearman"],
            report.t("corr.col.flag"): [
                report.t(f"corr.flag.{word}") if word else "" for word in rows["pearson"].map(flag)
            ],
            report.t("corr.col.shared"): [" ".join(shared) for shared in rows["shared"]],
        }
    )
    return report.markdown(frame, note=report.t("corr.note.pairs"))


def item_table(report: Report) -> pd.DataFrame:
    """Return each item's correlation with its parent and with the index, by item."""
    related = related_pairs(scores_in_scope(report), report.framework, report.year)
    upward = related[related["relation"] != "sibling"]
    by_node = upward.pivot(index="node", columns="other", values="correlation")
    root = report.framework.root
    items = list(report.framework.items)
    parents = [report.framework.parent(item) for item in items]
    return pd.DataFrame(
        {
            "parent": parents,
            "group": [by_node.at[i, p] for i, p in zip(items, parents, strict=True)],
            "index": [by_node.at[item, root] for item in items],
        },
        index=items,
    )


def items(report: Report) -> Markdown:
    """Return each item with its group and with the index."""
    table = item_table(report)
    least = table[["group", "index"]].min(axis=1).to_numpy(dtype=float)
    words = ["against" if r < 0 else "weak" if r < WEAK else "" for r in least]
    frame = pd.DataFrame(
        {
            report.t("col.code"): table.index,
            report.t("col.item"): [report.node_label(item) for item in table.index],
            report.t("col.group"): [report.node_label(code) for code in table["parent"]],
            report.t("corr.col.group"): table["group"],
            report.t("corr.col.index"): table["index"],
            report.t("corr.col.flag"): [report.t(f"corr.flag.{w}") if w else "" for w in words],
        }
    )
    return report.markdown(frame, note=report.t("corr.note.items"))


def _named(report: Report, code: str) -> str:
    return f"{code} {report.node_label(code)}"


def _median(rows: pd.DataFrame) -> str:
    return number(rows["pearson"].median(), 2)
