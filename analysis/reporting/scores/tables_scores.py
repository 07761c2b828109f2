"""Tables of the report on scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.core.standing import above_mean
from analysis.core.write import write_table
from analysis.reporting.markdown import Markdown
from analysis.reporting.report import LAST, Report

ROWS = 30  # places shown before the appendix
SHOW_ALL = 40  # up to so many units the first table shows them all
MOST_REGIONS = 8  # beyond, the last places are listed without regions
MOVERS = 6


def top_places(report: Report) -> Markdown:
    """Return the first places of the scope; all of them where there are few."""
    rows = report.current
    return _ranking(report, rows if len(rows) <= SHOW_ALL else rows.head(ROWS))


def all_places(report: Report) -> Markdown:
    """Return every unit of the scope, with its change of rank and items above the mean."""
    return _ranking(report, report.current, everything=True)


def regions(report: Report) -> Markdown:
    """Return how the regions stand: units, units in the top, best rank, scores."""
    standing = report.standing
    top = report.t("scores.col.in_top", k=report.top)
    rows = []
    for code in report.region_codes:
        part = standing[standing["region"] == code]
        scores = part["score"].dropna()
        low, middle, high = np.quantile(scores, [0.25, 0.5, 0.75]) if len(scores) else [np.nan] * 3
        rows.append(
            {
                report.t("col.region"): report.region_label(code),
                report.t("col.units"): len(part),
                top: int((part["rank"] <= report.top).sum()),
                report.t("scores.col.best"): part["rank"].min(),
                report.t("scores.col.q25"): low,
                report.t("scores.col.median"): middle,
                report.t("scores.col.q75"): high,
            }
        )
    frame = pd.DataFrame(rows).astype({report.t("scores.col.best"): "Int64"})
    return report.markdown(frame, decimals=score_decimals(report))


def last_places(report: Report) -> Markdown:
    """Return the last places: of each region, where ranks within regions are few enough."""
    rows = report.current.dropna(subset=["score"])
    codes = [code for code in report.region_codes if code and (rows["region"] == code).any()]
    if codes and len(codes) <= MOST_REGIONS:
        parts = [rows[rows["region"] == code] for code in codes]
        rows = pd.concat([part.tail(min(LAST, len(part) // 2)) for part in parts])
    else:
        rows = rows.tail(min(2 * LAST, len(rows) // 2))
    return _ranking(report, rows, groups=False)


def changes(report: Report) -> pd.DataFrame:
    """Return the change of score and rank since the year before, under one framework.

    Returns
    -------
    pandas.DataFrame
        `Report.standing` with ``before`` (rank then), ``move`` (places won:
        positive is better) and ``gain`` (score); missing for units that were
        not ranked in both years, and everywhere if there is no earlier year.
    """
    now = report.standing
    before = pd.Series(pd.NA, index=now.index, dtype="Int64")
    gain = pd.Series(np.nan, index=now.index)
    if report.previous_year is not None:
        past = report.standing_of(report.framework.root, report.previous_year)
        before = past["rank"].astype("Int64").reindex(now.index)
        gain = now["score"] - past["score"].reindex(now.index)
    return now.assign(before=before, move=before - now["rank"].astype("Int64"), gain=gain)


def movers(report: Report) -> Markdown:
    """Return the units that won and lost most places since the year before."""
    moved = report.in_scope(changes(report)).dropna(subset=["move"])
    by_move = moved.sort_values(["move", "rank"], ascending=[False, True], kind="stable")
    won = by_move[by_move["move"] > 0].head(MOVERS)
    lost = by_move[by_move["move"] < 0].tail(MOVERS)
    rows = pd.concat([won, lost])
    return report.markdown(
        pd.DataFrame(
            {
                report.t("col.unit"): rows["label"],
                report.t("col.region"): [report.region_label(code) for code in rows["region"]],
                report.t("scores.col.before"): rows["before"],
                report.t("scores.col.now"): rows["rank"].astype("Int64"),
                report.t("scores.col.move"): rows["move"],
                report.t("scores.col.gain"): rows["gain"],
            }
        ),
        decimals=score_decimals(report),
        signed=[report.t("scores.col.move"), report.t("scores.col.gain")],
    )


def save_scores(report: Report) -> Markdown:
    """Write the scope's scores of the year beside the notebook, and say where."""
    rows = report.scores.table
    rows = rows[rows["year"] == report.year]
    if not report.national:
        rows = rows[rows["region"] == report.region]
    path = Path("scores.csv")
    write_table(rows, path)
    return report.say("scores.download", link=Markdown(f"[{path.name}]({path.name})"), n=len(rows))


def _ranking(
    report: Report, rows: pd.DataFrame, *, groups: bool = True, everything: bool = False
) -> Markdown:
    with_region = any(report.region_codes)
    columns: dict[str, object] = {report.t("col.rank"): rows["rank"].astype("Int64")}
    if with_region:
        columns[report.t("col.region_rank")] = rows["region_rank"].astype("Int64")
    columns[report.t("col.unit")] = rows["label"]
    if with_region and report.national:
        columns[report.t("col.region")] = [report.region_label(code) for code in rows["region"]]
    columns[report.t("col.score")] = rows["score"]
    if not groups or everything:
        if report.previous_year is not None:
            move = changes(report)["move"].reindex(rows.index)
            columns[report.t("scores.col.move")] = move
        above = above_mean(report.values, report.framework).reindex(rows.index)
        columns[report.t("scores.col.above")] = [
            f"{a}/{n}" for a, n in above[["above", "there"]].itertuples(index=False)
        ]
    if groups:
        scores = report.node_scores(report.framework.groups).reindex(rows.index)
        for code in report.framework.groups:
            columns[report.node_label(code)] = scores[code]
    return report.markdown(
        pd.DataFrame(columns),
        decimals=score_decimals(report),
        signed=[report.t("scores.col.move")],
        right=[report.t("scores.col.above")],
        note=report.t("scores.note.missing"),
    )


def score_decimals(report: Report) -> int:
    """Return the decimals that tell scores apart: two on a scale of tens, else three."""
    scores = report.standing["score"]
    return 2 if scores.max() - scores.min() > 2 else 3
