"""Tables and computed sentences of the report on how firm the ranks are."""

from __future__ import annotations

import pandas as pd

from analysis.reporting.markdown import Markdown, bullets, number, percent
from analysis.reporting.report import LAST
from analysis.reporting.sensitivity import DRAWS, FIRM, LEVELS, NARROW, SEED, TEN, Sensitivity

ROWS = 40


def brief(study: Sensitivity) -> Markdown:
    """Return which ranks are firm, which are not, and which choice matters most."""
    report, table = study.report, study.intervals
    if len(table) < 2:
        return report.say("sens.brief.too_few", n=len(table))
    width = table["q95"] - table["q05"] + 1
    return bullets(
        [
            _top(study),
            _last(study),
            report.say(
                "sens.brief.width",
                median=number(width.median()),
                narrow=int((width <= NARROW).sum()),
                n=len(table),
                widest=str(table["label"].iloc[int(width.argmax())]),
                most=int(width.max()),
                **LEVELS,
            ),
            _choice(study),
        ]
    )


def _top(study: Sensitivity) -> Markdown:
    report, table, top = study.report, study.intervals, study.top
    inside = table["rank"] <= top
    return report.say(
        "sens.brief.top",
        k=top,
        n=int(inside.sum()),
        firm=int((inside & (table["p_top"] >= FIRM)).sum()),
        open=int((inside & (table["p_top"] < FIRM)).sum()),
        outside=int((~inside & (table["p_top"] > 1 - FIRM)).sum()),
        **LEVELS,
    )


def _last(study: Sensitivity) -> Markdown:
    report, known = study.report, study.intervals
    known = known.dropna(subset=["p_last"])
    if known.empty:
        return Markdown("")
    size = known.groupby("region")["region_rank"].transform("size")
    inside = known["region_rank"] > size - LAST
    return report.say(
        "sens.brief.last",
        n=int(inside.sum()),
        firm=int((inside & (known["p_last"] >= FIRM)).sum()),
        outside=int((~inside & (known["p_last"] > 1 - FIRM)).sum()),
        **LEVELS,
    )


def _choice(study: Sensitivity) -> Markdown:
    report, frame = study.report, study.shifts
    mean = frame[[a.key for a in study.alternatives]].abs().astype("Float64").mean().dropna()
    if mean.empty:
        return Markdown("")
    most = str(mean.idxmax())
    return report.say(
        "sens.brief.choice",
        choice=report.t(f"sens.alt.{most}"),
        mean=number(mean[most], 1),
        kept=_kept(study, most),
        k=study.top,
    )


def contested_top(study: Sensitivity) -> Markdown:
    """Return the units whose place in the top is open under other weights."""
    table = study.intervals
    rows = table[(table["p_top"] > 1 - FIRM) & (table["p_top"] < FIRM)]
    return _intervals(study, rows.head(ROWS), last=False)


def contested_last(study: Sensitivity) -> Markdown:
    """Return the units that may be among the last five of their region."""
    table = study.intervals
    rows = table[table["p_last"] > 1 - FIRM]
    rows = rows.sort_values(["region", "region_rank"], kind="stable")
    order = {code: place for place, code in enumerate(study.report.region_codes)}
    rows = rows.iloc[rows["region"].map(order).argsort(kind="stable")]
    return _intervals(study, rows.head(2 * ROWS), top=False)


def all_intervals(study: Sensitivity) -> Markdown:
    """Return the interval and the chances of every unit of the scope."""
    return _intervals(study, study.intervals)


def _intervals(
    study: Sensitivity, rows: pd.DataFrame, *, top: bool = True, last: bool = True
) -> Markdown:
    report = study.report
    here = "col.rank" if report.national else "col.region_rank"
    columns: dict[str, object] = {report.t(here): rows["rank"].astype("Int64")}
    columns[report.t("col.unit")] = rows["label"]
    if report.national and any(report.region_codes):
        columns[report.t("col.region")] = [report.region_label(code) for code in rows["region"]]
    columns[report.t("sens.col.interval", **LEVELS)] = [
        f"{low}–{high}" for low, high in zip(rows["q05"], rows["q95"], strict=True)
    ]
    columns[report.t("sens.col.median")] = rows["median"].astype("Int64")
    k = study.top
    chances: dict[str, str] = {}
    if top:
        chances[report.t("sens.col.p_top", k=k)] = "p_top"
    if top and k > TEN:
        chances[report.t("sens.col.p_top", k=TEN)] = "p_ten"
    if last and study.intervals["p_last"].notna().any():
        chances[report.t("sens.col.p_last")] = "p_last"
    if not top and report.national:
        columns[report.t("col.region_rank")] = rows["region_rank"].astype("Int64")
    for heading, name in chances.items():
        columns[heading] = [percent(p) for p in rows[name]]
    interval = report.t("sens.col.interval", **LEVELS)
    return report.markdown(
        pd.DataFrame(columns), right=[interval, *chances], note=report.t("sens.note")
    )


def alternatives(study: Sensitivity) -> Markdown:
    """Return what each other choice of method does to the ranks."""
    report, frame = study.report, study.shifts
    rows = []
    for alternative in study.alternatives:
        moved = frame[alternative.key].dropna().astype(float)
        place = int(moved.abs().argmax()) if len(moved) and moved.any() else None
        who = ""
        if place is not None:
            label = frame["label"].reindex(moved.index).iloc[place]
            who = f"{label} ({number(moved.iloc[place], signed=True)})"
        rows.append(
            {
                report.t("sens.col.step"): report.t(f"method.step.{alternative.step}"),
                report.t("sens.col.choice"): report.t(f"sens.alt.{alternative.key}"),
                report.t("sens.col.mean"): moved.abs().mean(),
                report.t("sens.col.max"): moved.abs().max(),
                report.t("sens.col.kept", k=study.top): _kept(study, alternative.key),
                report.t("sens.col.who"): who,
                report.t("sens.col.unranked"): int(frame[alternative.key].isna().sum()),
            }
        )
    decimals = {report.t("sens.col.mean"): 1, report.t("sens.col.max"): 0}
    return report.markdown(
        pd.DataFrame(rows),
        decimals=decimals,
        right=[report.t("sens.col.kept", k=study.top)],
        note=report.t("sens.note.alternatives"),
    )


def _kept(study: Sensitivity, key: str) -> str:
    """Return the share of the top that stays in the top under an alternative."""
    first = study.shifts[study.shifts["rank"] <= study.top]
    other = (first["rank"] - first[key]).astype("Float64")
    return (
        percent(float((other <= study.top).fillna(False).mean())) if len(first) else percent(None)
    )


def assumptions(study: Sensitivity) -> Markdown:
    """Return what the draws and the alternatives take for granted."""
    report = study.report
    return bullets(
        [
            report.say("sens.assumed.weights", draws=DRAWS, seed=SEED),
            report.say("sens.assumed.fixed"),
            report.say("sens.assumed.interval", **LEVELS),
            report.say("sens.assumed.method"),
            report.say("sens.assumed.meaning"),
        ]
    )
