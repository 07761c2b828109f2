"""Tables and computed sentences of the report on the structure of the data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.core.consistency import Consistency, cronbach
from analysis.core.correlation import LEAST_PAIRS
from analysis.core.findings import InputError
from analysis.core.structure import Components, principal_components
from analysis.reporting.correlation.tables_correlation import (
    item_pairs,
    related_in_scope,
    scores_in_scope,
    units_compared,
)
from analysis.reporting.markdown import Markdown, number, paragraphs, percent
from analysis.reporting.report import Report

LEAST_SHOWN, MOST_SHOWN = 5, 10  # components
DEMANDED = 0.7  # the customary demand on alpha


def tests(report: Report) -> Markdown:
    """Return what the p-values say, or why none is printed."""
    if report.synthetic:
        return report.say("structure.p.synthetic")
    if units_compared(report) < LEAST_PAIRS:
        return report.say("structure.p.none", least=LEAST_PAIRS)
    return report.say(
        "structure.p.real",
        pairs=int(item_pairs(report)["p"].notna().sum()),
        related=int(related_in_scope(report)["p"].notna().sum()),
    )


def normalised_items(report: Report) -> pd.DataFrame:
    """Return the normalised items of the year: units of the scope by items.

    A unit without a value in any item is none of the data and left out.
    """
    frame = scores_in_scope(report).in_year(report.year)[list(report.framework.items)]
    return frame.dropna(how="all")


def alpha_table(report: Report) -> pd.DataFrame:
    """Return Cronbach's alpha of every group under the index and of all items.

    Returns
    -------
    pandas.DataFrame
        Index ``node``, groups in the order of the framework and the index
        last; ``items`` (those of the framework), ``varying`` (of these in
        use), ``n``, ``left_out``, ``alpha``, ``dropped`` and
        ``alpha_if_deleted``: the item whose deletion raises alpha most, ``""``
        and NaN where none does. No alpha over fewer than three units or two
        items that vary.
    """
    framework = report.framework
    values = normalised_items(report)
    groups = [code for code in framework.groups if framework.level(code) > 1]
    rows = []
    for node in [*groups, framework.root]:
        items = list(framework.items_under(node))
        rows.append((node, len(items), *_consistency(cronbach(values[items]))))
    columns = ["node", "items", "varying", "n", "left_out", "alpha", "dropped", "alpha_if_deleted"]
    return pd.DataFrame(rows, columns=columns).set_index("node")


def _consistency(found: Consistency) -> tuple[int, int, int, float, str, float]:
    varying = len(found.items)
    if found.n < LEAST_PAIRS or np.isnan(found.alpha):
        return varying, found.n, found.left_out, np.nan, "", np.nan
    without = found.items["alpha_if_deleted"].round(9)
    better = without[without > round(found.alpha, 9)]
    if better.empty:
        return varying, found.n, found.left_out, found.alpha, "", np.nan
    item = str(better.idxmax())
    return varying, found.n, found.left_out, found.alpha, item, float(better.max())


def components_found(report: Report) -> Components | None:
    """Return the principal components of all items, None where there are too few data."""
    try:
        return principal_components(normalised_items(report))
    except InputError:
        return None


def brief(report: Report) -> Markdown:
    """Return what alpha and the components show, and over how many units."""
    table = alpha_table(report)
    root = report.framework.root
    alphas = table["alpha"].dropna()
    known = alphas.drop(index=root, errors="ignore")
    found = components_found(report)
    lines = [
        report.say(
            "structure.brief.units",
            n=int(table["n"].iloc[-1]),
            left_out=int(table["left_out"].iloc[-1]),
        ),
        report.say(
            "structure.brief.alpha",
            groups=len(known),
            low=int((known.round(9) < DEMANDED).sum()),
            limit=DEMANDED,
            all=number(alphas.get(root), 2),
        )
        if len(alphas)
        else report.say("structure.brief.no_alpha", least=LEAST_PAIRS),
    ]
    if found is None:
        lines.append(report.say("structure.brief.no_components", least=LEAST_PAIRS))
        return paragraphs(lines)
    above = found.above_one
    lines.append(
        report.say(
            "structure.brief.components",
            items=len(found.loadings),
            above=above,
            share=Markdown(percent(_held(found, above))),
            first=Markdown(percent(_held(found, 1))),
        )
    )
    if found.constant:
        lines.append(report.say("structure.brief.constant", items=", ".join(found.constant)))
    if found.n <= len(found.loadings):
        lines.append(report.say("structure.brief.singular", n=found.n, items=len(found.loadings)))
    return paragraphs(lines)


def _held(found: Components, count: int) -> float:
    """Return the share of the variance that the first components hold, at most 1."""
    return min(1.0, round(float(found.eigenvalues["cumulative"].iloc[count - 1]), 9))


def alpha(report: Report) -> Markdown:
    """Return Cronbach's alpha by group and of all items."""
    table = alpha_table(report)
    root = report.framework.root
    frame = pd.DataFrame(
        {
            report.t("col.group"): [
                report.t("structure.all_items") if node == root else report.node_label(str(node))
                for node in table.index
            ],
            report.t("structure.col.items"): table["varying"].to_numpy(),
            report.t("structure.col.n"): table["n"].to_numpy(),
            report.t("structure.col.alpha"): table["alpha"].to_numpy(),
            report.t("structure.col.dropped"): [
                f"{item} {report.node_label(item)}" if item else "" for item in table["dropped"]
            ],
            report.t("structure.col.without"): table["alpha_if_deleted"].to_numpy(),
        }
    )
    return report.markdown(frame, note=report.t("structure.note.alpha", least=LEAST_PAIRS))


def components(report: Report) -> Markdown:
    """Return the first principal components: all of those above 1 and the next, within reason."""
    found = components_found(report)
    if found is None:
        return report.say("structure.brief.no_components", least=LEAST_PAIRS)
    many = min(max(found.above_one + 1, LEAST_SHOWN), MOST_SHOWN)
    rows = found.eigenvalues.head(many)
    shares = report.t("structure.col.share"), report.t("structure.col.cumulative")
    frame = pd.DataFrame(
        {
            report.t("structure.col.component"): rows["component"],
            report.t("structure.col.eigenvalue"): rows["eigenvalue"],
            shares[0]: 100 * rows["share"],
            shares[1]: 100 * rows["cumulative"],
        }
    )
    return report.markdown(frame, decimals=dict.fromkeys(shares, 1))
