"""Tables of ranks under both editions: year by year, who moves and why, all units."""

from __future__ import annotations

import pandas as pd

from analysis.core.comparing.similarity import Similarity
from analysis.reporting.editions.comparison import Comparison
from analysis.reporting.editions.tables_editions import too_few
from analysis.reporting.editions.tables_editions_causes import cause_name
from analysis.reporting.markdown import Markdown, number, percent, value_missing
from analysis.zones.editions import read_editions

MOVERS = 10


def by_year(both: Comparison) -> Markdown:
    """Return how far the rankings agree in every year, overall and within the regions."""
    report = both.report
    framework = read_editions()["framework"]
    names = dict(zip((both.old.name, both.new.name), both.names, strict=True))
    one = "" if report.national else report.region
    rows = []
    for year in both.years:
        found = both.agreement(year, one)
        edition = str(framework[year]) if year in framework.index else ""
        row: dict[str, object] = {
            report.t("editions.col.year"): str(year),
            report.t("editions.col.in_force"): names.get(edition, ""),
            report.t("col.units"): found.units,
            report.t("editions.col.spearman"): found.spearman,
            report.t("editions.col.mean"): number(found.mean_shift, 1),
            report.t("editions.col.replaced"): _replaced(found),
        }
        for code, name in both.regions.items() if report.national else ():
            within = both.agreement(year, code)
            row[report.t("editions.col.spearman_in", region=name)] = within.spearman
        rows.append(row)
    right = [report.t("editions.col.mean"), report.t("editions.col.replaced")]
    return report.markdown(pd.DataFrame(rows), right=right, note=report.t("editions.note"))


def years_in_brief(both: Comparison) -> Markdown:
    """Return in which years the rankings agree least and most."""
    report = both.report
    one = "" if report.national else report.region
    found = {year: both.agreement(year, one).spearman for year in both.years}
    found = {year: value for year, value in found.items() if value == value}
    if len(found) < 2:
        return Markdown("")
    low, high = (pick(found, key=lambda year: found[year]) for pick in (min, max))
    key = "editions.years.regions" if report.national and both.regions else "editions.years"
    return report.say(
        key,
        years=len(found),
        low=number(found[low], 2),
        low_year=low,
        high=number(found[high], 2),
        high_year=high,
    )


def movers(both: Comparison) -> Markdown:
    """Return the units that win and lose most places, how firmly, and by which cause."""
    if both.few:
        return too_few(both)
    table = both.causes.table
    ordered = table.sort_values(["rank_shift", "rank_new"], ascending=[False, True], kind="stable")
    won = ordered[ordered["rank_shift"] > 0].head(MOVERS)
    lost = ordered[ordered["rank_shift"] < 0].tail(MOVERS)
    return _moved(both, pd.concat([won, lost]), firmly=True)


def everyone(both: Comparison) -> Markdown:
    """Return every unit of the scope with its ranks, its shift and the parts of the causes."""
    return too_few(both) if both.few else _moved(both, both.causes.table, firmly=False)


def movers_in_brief(both: Comparison) -> Markdown:
    """Return who moves most, and how many shifts have a direction that draws leave alone."""
    report = both.report
    if both.few:
        return Markdown("")
    table, firm = both.causes.table, both.firm.units
    most = table.iloc[int(table["rank_shift"].abs().astype(float).argmax())]
    moved = firm[firm["shift"] != 0]
    sure = int((moved["same"] >= 0.95).sum())
    if most["rank_shift"] == 0:
        return report.say("editions.movers.none")
    return report.say(
        "editions.movers",
        who=str(most["label"]),
        old=int(most["rank_old"]),
        new=int(most["rank_new"]),
        moved=len(moved),
        sure=sure,
    )


def _moved(both: Comparison, rows: pd.DataFrame, *, firmly: bool) -> Markdown:
    report, causes = both.report, both.causes
    signed = [report.t("editions.col.shift")]
    columns: dict[str, object] = {report.t("col.unit"): rows["label"]}
    if report.national and any(report.region_codes):
        columns[report.t("col.region")] = [report.region_label(code) for code in rows["region"]]
    columns[report.t("editions.col.old")] = rows["rank_old"]
    columns[report.t("editions.col.new")] = rows["rank_new"]
    columns[report.t("editions.col.shift")] = rows["rank_shift"]
    right = [report.t("editions.col.interval"), report.t("editions.col.same")] if firmly else []
    if firmly:
        firm = both.firm.units.reindex(rows.index)
        columns[right[0]] = [
            "" if value_missing(low) else f"{number(low, signed=True)}…{number(high, signed=True)}"
            for low, high in zip(firm["q05"], firm["q95"], strict=True)
        ]
        columns[right[1]] = [percent(share) for share in firm["same"]]
    for cause in causes.active:
        heading = cause_name(report, cause)
        columns[heading] = rows[f"rank_{cause}"]
        signed.append(heading)
    return report.markdown(
        pd.DataFrame(columns),
        decimals=1,
        signed=signed,
        right=right,
        note=report.t("editions.note"),
    )


def _replaced(found: Similarity) -> str:
    return f"{found.left_top}/{found.kept_top + found.left_top}"
