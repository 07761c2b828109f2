"""Tables of what other choices of method do to the ranks."""

from __future__ import annotations

import pandas as pd

from analysis.core.uncertainty.draws.study import Study
from analysis.core.uncertainty.methods.method_space import POINTS
from analysis.core.uncertainty.methods.points_choice import ASSUMED
from analysis.reporting.markdown import Markdown, number, percent
from analysis.reporting.report import Report
from analysis.reporting.sensitivity.alternatives import Alternative
from analysis.reporting.sensitivity.sensitivity import Sensitivity
from analysis.reporting.sensitivity.tables_sensitivity_draws import too_few
from analysis.texts import table as texts

WEIGHTS, LEFT_OUT = "weights", "leave_out"


def factor_name(report: Report, factor: str) -> str:
    """Return the name of a factor that is drawn."""
    return report.t(f"sens.factor.{factor}")


def level_name(report: Report, factor: str, level: str) -> str:
    """Return the name of a level of a choice of method: the level itself where it has none."""
    key = f"sens.level.{factor}.{level}" if level != "base" else "sens.level.base"
    return report.t(key) if key in texts() else level


def alternative_name(report: Report, alternative: Alternative) -> str:
    """Return the name of a method that differs in one step."""
    codes = report.t("join.list").join(alternative.method.adjustment.outside)
    return report.t(f"sens.alt.{alternative.key}", codes=codes)


def levels_of(report: Report, study: Study) -> dict[str, str]:
    """Return what is drawn, by factor, in words."""
    found = {WEIGHTS: report.t("sens.levels.weights")}
    for factor in study.method_factors:
        if len(factor.levels) > 1:
            names = [level_name(report, factor.name, level) for level in factor.levels]
            found[factor.name] = report.t("join.list").join(names)
    if len(study.leave_out) > 1:
        found[LEFT_OUT] = report.t("sens.levels.leave_out", n=len(study.leave_out) - 1)
    return found


def choices(study: Sensitivity) -> Markdown:
    """Return what is drawn and how much of the ranks' change hangs on it."""
    if study.few:
        return too_few(study)
    report = study.report
    headline = study.sobol_of("mean_shift").set_index("factor").T
    by_unit = study.sobol_by_unit
    most = by_unit.dropna(how="all").idxmax(axis=1)
    rows = []
    for factor, levels in levels_of(report, study.choices.study).items():
        row = headline[factor]
        rows.append(
            {
                report.t("sens.col.factor"): factor_name(report, factor),
                report.t("sens.col.levels"): levels,
                report.t("sens.col.first"): _with_interval(row, "first"),
                report.t("sens.col.total"): _with_interval(row, "total"),
                report.t("sens.col.mean_total"): by_unit[factor].mean(),
                report.t("sens.col.decisive"): int((most == factor).sum()),
            }
        )
    right = [report.t("sens.col.first"), report.t("sens.col.total")]
    return report.markdown(pd.DataFrame(rows), right=right, note=report.t("sens.note.sobol"))


def _with_interval(row: pd.Series, name: str) -> str:
    if pd.isna(row[name]):
        return ""
    ends = [number(row[f"{name}_{end}"], 2) for end in ("low", "high")]
    return f"{number(row[name], 2)} ({ends[0]}–{ends[1]})"


def most_important(study: Sensitivity) -> Markdown:
    """Return which choice the ranks hang on most."""
    report = study.report
    table = study.sobol_of("mean_shift").sort_values("total", ascending=False, kind="stable")
    table = table[table["total"].notna()]
    if table.empty:
        return report.say("sens.brief.choice.none")
    first = table.iloc[0]
    values: dict[str, object] = {
        "factor": factor_name(report, str(first["factor"])),
        "total": number(first["total"], 2),
        "low": number(first["total_low"], 2),
        "high": number(first["total_high"], 2),
    }
    values["single"] = _single_ranks(study)
    named = [str(factor) for factor in table["factor"][:2]]
    if POINTS in named and any(note.code == ASSUMED for note in study.choices.study.notes):
        said = report.say("sens.brief.choice.assumed", points=factor_name(report, POINTS))
        values["single"] = Markdown(f"{values['single']}{said}")
    if len(table) == 1:
        return report.say("sens.brief.choice.alone", **values)
    second = table.iloc[1]
    values |= {
        "second": factor_name(report, str(second["factor"])),
        "second_total": number(second["total"], 2),
    }
    clear = first["total_low"] > second["total_high"]
    return report.say(f"sens.brief.choice.{'clear' if clear else 'close'}", **values)


def _single_ranks(study: Sensitivity) -> Markdown:
    """Return which choice is the most decisive for the ranks of most units."""
    report, by_unit = study.report, study.sobol_by_unit.dropna(how="all")
    if by_unit.empty:
        return Markdown("")
    counts = by_unit.idxmax(axis=1).value_counts()
    often = next(name for name in study.sobol.factors if counts.get(name) == counts.max())
    return report.say(
        "sens.brief.choice.single",
        often=factor_name(report, often),
        times=int(counts.max()),
        n=len(study.units),
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
                report.t("sens.col.choice"): alternative_name(report, alternative),
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


def largest_alternative(study: Sensitivity) -> Markdown:
    """Return which single change of method moves the ranks most."""
    report, frame = study.report, study.shifts
    mean = frame[[a.key for a in study.alternatives]].abs().astype("Float64").mean().dropna()
    if mean.empty:
        return Markdown("")
    most = str(mean.idxmax())
    chosen = next(one for one in study.alternatives if one.key == most)
    if not mean[most]:
        return report.say("sens.brief.alternatives.none")
    return report.say(
        "sens.brief.alternatives",
        choice=alternative_name(report, chosen),
        mean=number(mean[most], 1),
        kept=_kept(study, most),
        k=study.top,
    )


def _kept(study: Sensitivity, key: str) -> str:
    """Return the share of the top that stays in the top under an alternative."""
    first = study.shifts[study.shifts["rank"] <= study.top]
    other = (first["rank"] - first[key]).astype("Float64")
    return (
        percent(float((other <= study.top).fillna(False).mean())) if len(first) else percent(None)
    )
