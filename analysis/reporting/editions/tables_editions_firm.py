"""How often the headlines on the two editions hold: words and the table of statements."""

from __future__ import annotations

import pandas as pd

from analysis.core.comparing.similarity import PERSISTENCE, weight_of_top
from analysis.reporting.editions.comparison import Comparison
from analysis.reporting.editions.gains_labels import predictor_label
from analysis.reporting.markdown import (
    MISSING,
    Markdown,
    number,
    paragraphs,
    percent,
    value_missing,
)

SURE = 0.95
MEASURES = {
    "spearman": 2,
    "kendall": 2,
    "weighted_tau": 2,
    "rbo": 2,
    "jaccard_top": 2,
    "left_top": 0,
    "jaccard_last": 2,
    "left_last": 0,
    "mean_shift": 1,
    "max_shift": 0,
}


def held(both: Comparison, key: str, value: object = None) -> Markdown:
    """Return in what share of draws, and of panels, a statement holds, in brackets."""
    report, firm = both.report, both.firm
    drawn, panels = (firm.share(key, of, value) for of in ("draws", "panels"))
    if value_missing(drawn) and value_missing(panels):
        return Markdown("")
    told = {"draws": Markdown(percent(drawn)), "panels": Markdown(percent(panels))}
    which = "panels" if value_missing(drawn) else "draws" if value_missing(panels) else "both"
    return report.say(f"editions.held.{which}", **told)


def span(table: pd.DataFrame, measure: str, decimals: int) -> str:
    """Return the middle 90% of a measure."""
    low, high = (number(table.at[measure, end], decimals) for end in ("q05", "q95"))
    return f"{low}–{high}"


def agreements(both: Comparison) -> Markdown:
    """Return the measures of agreement, each with its range over draws and panels."""
    report, firm = both.report, both.firm
    drawn, panels = firm.intervals, firm.over_panels
    rows = []
    for name, decimals in MEASURES.items():
        if value_missing(drawn.at[name, "nominal"]):
            continue
        row = {
            report.t("editions.col.measure"): report.t(f"editions.measure.{name}", k=firm.top),
            report.t("editions.col.value"): number(drawn.at[name, "nominal"], decimals),
            report.t("editions.col.draws"): span(drawn, name, decimals),
        }
        if panels is not None:
            row[report.t("editions.col.panels")] = span(panels, name, decimals)
        rows.append(row)
    frame = pd.DataFrame(rows)
    return report.markdown(frame, right=list(frame.columns[1:]))


def measures_meaning(both: Comparison) -> Markdown:
    """Return what the measures of agreement look at."""
    report = both.report
    share = percent(weight_of_top(both.top, PERSISTENCE))
    return report.say("editions.measures", k=both.top, p=PERSISTENCE, share=Markdown(share))


def statements(both: Comparison) -> Markdown:
    """Return every headline with the share of draws and of panels in which it holds."""
    report, firm = both.report, both.firm
    labels = dict(both.regions)
    labels |= {c: report.t(f"cfig.cause.{c}") for c in both.causes.summary.index}
    labels |= {key: predictor_label(key, report.lang) for key in both.gains.ties["predictor"]}
    table = firm.table
    columns: dict[str, object] = {
        report.t("editions.col.statement"): [
            one.said(report.lang, labels) for one in firm.statements
        ],
        report.t("editions.col.share_draws"): _shares(table, "draws"),
    }
    if firm.panels is not None:
        columns[report.t("editions.col.share_panels")] = _shares(table, "panels")
    right = list(columns)[1:]
    note = report.t("editions.note.statements")
    return report.markdown(pd.DataFrame(columns), right=right, note=note)


def words(both: Comparison) -> Markdown:
    """Return what the statements are about, and how many of them hold nearly always."""
    report, table = both.report, both.firm.table
    shares = table[["draws_share", "panels_share"]]
    least = shares.min(axis=1)  # of those that are known
    said = report.say(
        "editions.firm.count",
        n=len(table),
        sure=int((least >= SURE).sum()),
        level=round(100 * SURE),
    )
    made_up = report.say("editions.firm.synthetic") if report.synthetic else Markdown("")
    return paragraphs([said, made_up])


def _shares(table: pd.DataFrame, name: str) -> list[str]:
    shown = []
    for share, low, high in zip(
        table[f"{name}_share"], table[f"{name}_low"], table[f"{name}_high"], strict=True
    ):
        if value_missing(share):
            shown.append(MISSING)
        else:
            shown.append(f"{percent(share)} ({percent(low)}–{percent(high)})")
    return shown
