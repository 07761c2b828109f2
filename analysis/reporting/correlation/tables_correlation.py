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
    level_pairs,
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
        ``one, other, pearson, spearman, n, p_adjusted, flag, sibling,
        shared``: ``p_adjusted`` of Pearson's coefficient, for all the pairs
        (see `level_pairs`); ``shared`` holds the inputs from which both items
        are formed, a tuple; pairs without a correlation are left out.
    """
    framework = report.framework
    table = item_pairs(report)
    scores = scores_in_scope(report)
    spearman = correlation_matrix(scores, report.year, list(framework.items), kind="spearman")
    first, second = (
        spearman.index.get_indexer(pd.Index(table[name])) for name in ("node", "other")
    )
    table["spearman"] = spearman.to_numpy()[first, second]
    table = table.rename(columns={"node": "one", "correlation": "pearson"})
    table = table.dropna(subset=["pearson"])
    pairs = list(zip(table["one"], table["other"], strict=True))
    table["sibling"] = table["relation"] == "sibling"
    table["shared"] = [shared_inputs(framework, a, b) for a, b in pairs]
    order = table["pearson"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].drop(columns=["relation", "p"])


def item_pairs(report: Report) -> pd.DataFrame:
    """Return the correlation and test of every pair of items in the scope (see `level_pairs`)."""
    return level_pairs(scores_in_scope(report), report.framework, report.year)


def related_in_scope(report: Report) -> pd.DataFrame:
    """Return the pairs that matter for the structure in the scope (see `related_pairs`)."""
    return related_pairs(scores_in_scope(report), report.framework, report.year)


def p_value(p: float) -> Markdown | None:
    """Return a p-value to three decimals, never as zero; None where there is none."""
    if np.isnan(p):
        return None
    return Markdown("&lt;0.001" if p < 0.001 else number(p, 3))


def shared_inputs(framework: Framework, one: str, other: str) -> tuple[str, ...]:
    """Return the inputs that two items have in common, sorted."""
    inputs = [
        {word.split("=")[-1] for word in str(framework.nodes.at[item, "inputs"]).split()}
        for item in (one, other)
    ]
    return tuple(sorted(inputs[0] & inputs[1]))


def brief(report: Report) -> Markdown:
    """Return what the correlations show, in a few sentences."""
    units = units_compared(report)
    if units < LEAST_PAIRS:
        return report.say("corr.brief.too_few", n=units, least=LEAST_PAIRS)
    pairs = pair_table(report)
    redundant = pairs[pairs["flag"] == "redundant"]
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
            opposed=int((pairs["flag"] == "opposed").sum()),
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
    negative = table.sort_values("pearson", kind="stable").index[:MOST_OPPOSED]
    chosen = (table["flag"] != "") | table.index.isin([*table.index[:STRONGEST], *negative])
    rows = table[chosen].sort_values("pearson", ascending=False, kind="stable")
    if len(rows) > MOST:
        rows = pd.concat([rows.head(MOST - MOST_OPPOSED), rows.tail(MOST_OPPOSED)])
    frame = pd.DataFrame(
        {
            report.t("corr.col.one"): [_named(report, code) for code in rows["one"]],
            report.t("corr.col.other"): [_named(report, code) for code in rows["other"]],
            report.t("corr.col.pearson"): rows["pearson"],
            report.t("corr.col.spearman"): rows["spearman"],
            **_tested(report, rows),
            report.t("corr.col.flag"): [
                report.t(f"corr.flag.{word}") if word else "" for word in rows["flag"]
            ],
            report.t("corr.col.shared"): [" ".join(shared) for shared in rows["shared"]],
        }
    )
    return report.markdown(
        frame, note=report.t("corr.note.pairs"), right=[report.t("structure.col.p")]
    )


def _tested(report: Report, rows: pd.DataFrame) -> dict[str, object]:
    """Return the columns on the tests; none on synthetic data."""
    if report.synthetic:
        return {}
    return {
        report.t("structure.col.pairs"): rows["n"],
        report.t("structure.col.p"): [p_value(p) for p in rows["p_adjusted"]],
    }


def item_table(report: Report) -> pd.DataFrame:
    """Return each item's correlation with its parent and with the index, by item.

    Returns
    -------
    pandas.DataFrame
        Index the items; ``parent``, ``group`` and ``index`` (correlations),
        ``p_group`` and ``p_index`` (adjusted, see `related_pairs`; none with
        a node of which the item is the only part, for it is the item).
    """
    related = related_in_scope(report)
    upward = related[related["relation"] != "sibling"]
    by_node = upward.pivot(index="node", columns="other", values="correlation")
    p = upward.pivot(index="node", columns="other", values="p_adjusted")
    under = {code: len(report.framework.items_under(code)) for code in p.columns}
    p = p.mask(np.array([under[code] == 1 for code in p.columns])[None, :] & p.notna())
    root = report.framework.root
    items = list(report.framework.items)
    parents = [report.framework.parent(item) for item in items]
    return pd.DataFrame(
        {
            "parent": parents,
            "group": [by_node.at[i, p] for i, p in zip(items, parents, strict=True)],
            "index": [by_node.at[item, root] for item in items],
            "p_group": [p.at[i, over] for i, over in zip(items, parents, strict=True)],
            "p_index": [p.at[item, root] for item in items],
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
    if report.synthetic:
        return report.markdown(frame, note=report.t("corr.note.items"))
    tested = {report.t(f"structure.col.{name}"): table[name] for name in ("p_group", "p_index")}
    for place, (name, column) in enumerate(tested.items()):
        frame.insert(5 + place, name, [p_value(p) for p in column])
    return report.markdown(frame, note=report.t("structure.note.items"), right=list(tested))


def _named(report: Report, code: str) -> str:
    return f"{code} {report.node_label(code)}"


def _median(rows: pd.DataFrame) -> str:
    return number(rows["pearson"].median(), 2)
