"""Why units moved between the editions: words and tables on the causes."""

from __future__ import annotations

import pandas as pd

from analysis.reporting.editions.comparison import Comparison
from analysis.reporting.markdown import Markdown, number, paragraphs, percent, value_missing
from analysis.reporting.report import Report

CLOSE = 0.05  # shares of causes that differ by less are as good as the same


def largest(both: Comparison) -> Markdown:
    """Return which cause moves ranks most."""
    report, causes = both.report, both.causes
    if not causes.active:
        return report.say("editions.brief.cause.none")
    first = causes.active[0]
    values = {
        "cause": report.t(f"cfig.cause.{first}"),
        "share": Markdown(percent(causes.summary.at[first, "rank_share"])),
        "mean": number(causes.summary.at[first, "rank_mean"], 1),
    }
    if len(causes.active) == 1:
        return report.say("editions.brief.cause.alone", **values)
    second = causes.active[1]
    held = {
        "panels": both.firm.share("cause_most", "panels"),
        "draws": causes.share_first(first),
    }
    told = {name: Markdown(percent(at)) for name, at in held.items() if not value_missing(at)}
    over = Markdown("")
    if told:
        key = "both" if len(told) == 2 else next(iter(told))
        over = report.say(f"editions.brief.cause.{key}", **told)
    shares = causes.summary["rank_share"]
    close = float(shares[first] - shares[second]) < CLOSE
    return report.say(
        "editions.brief.cause.close" if close else "editions.brief.cause",
        second=report.t(f"cfig.cause.{second}"),
        second_share=Markdown(percent(causes.summary.at[second, "rank_share"])),
        opposed=Markdown(percent(causes.opposed)),
        held=over,
        **values,
    )


def cause_name(report: Report, cause: str) -> str:
    """Return the name of a cause as it stands at the head of a column or a row."""
    name = report.t(f"cfig.cause.{cause}")
    return name[:1].upper() + name[1:]


def words(both: Comparison) -> Markdown:
    """Return what was split, and why some causes have nothing in it."""
    report, causes = both.report, both.causes
    parts = [report.say("editions.causes.what", n=len(causes.whole.table))]
    if causes.opposed == causes.opposed:
        parts.append(report.say("editions.causes.opposed", share=Markdown(percent(causes.opposed))))
    parts += [report.say(f"editions.causes.idle.{cause}") for cause in causes.idle]
    if len(causes.whole.left_out):
        parts.append(report.say("editions.causes.left_out", n=len(causes.whole.left_out)))
    return paragraphs(parts)


def summary(both: Comparison) -> Markdown:
    """Return how much each cause has in the shifts of rank and of score."""
    report = both.report
    table = both.causes.summary
    columns: dict[str, object] = {
        report.t("editions.col.cause"): [cause_name(report, c) for c in table.index],
        report.t("editions.col.rank_mean"): [number(v, 1) for v in table["rank_mean"]],
        report.t("editions.col.rank_share"): [percent(v) for v in table["rank_share"]],
        report.t("editions.col.score_mean"): [number(v, 2) for v in table["score_mean"]],
        report.t("editions.col.score_share"): [percent(v) for v in table["score_share"]],
        report.t("editions.col.largest"): [number(v) for v in table["largest"]],
    }
    right = list(columns)[1:]
    return report.markdown(pd.DataFrame(columns), right=right)


def hybrids(both: Comparison) -> Markdown:
    """Return the hybrids that differ, and how far each agrees with the two editions."""
    report, causes = both.report, both.causes
    rows = causes.distinct
    columns: dict[str, object] = {}
    for cause in causes.active:
        columns[cause_name(report, cause)] = [both.names[int(switched)] for switched in rows[cause]]
    for side, name in zip(("old", "new"), both.names, strict=True):
        heading = report.t("editions.col.agrees", edition=name)
        columns[heading] = rows[f"spearman_{side}"].astype("float64")
    return report.markdown(pd.DataFrame(columns))


def hybrids_in_brief(both: Comparison) -> Markdown:
    """Return how many of the hybrids differ, and what became of emptied groups."""
    report, hybrids = both.report, both.causes.whole.hybrids
    emptied = hybrids[hybrids["emptied_weight"] > 0]
    parts = [report.say("editions.hybrids", all=len(hybrids), distinct=len(both.causes.distinct))]
    if emptied.empty:
        parts.append(report.say("editions.hybrids.none_emptied"))
    else:
        codes = sorted({code for cell in emptied["emptied"] for code in str(cell).split()})
        parts.append(
            report.say(
                "editions.hybrids.emptied",
                n=len(emptied),
                groups=report.t("join.list").join(codes),
                weight=Markdown(percent(float(emptied["emptied_weight"].max()))),
            )
        )
    return paragraphs(parts)
