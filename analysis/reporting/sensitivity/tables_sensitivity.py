"""What the report on firmness says in brief, and what it takes for granted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.core.findings import Finding
from analysis.core.uncertainty.methods.method_space import POINTS
from analysis.core.uncertainty.methods.points_choice import ASSUMED
from analysis.reporting.markdown import Markdown, bullets, number
from analysis.reporting.report import LAST
from analysis.reporting.sensitivity.sensitivity import (
    DRAWS,
    FIRM,
    LEVELS,
    NARROW,
    SEED,
    Sensitivity,
)
from analysis.reporting.sensitivity.tables_sensitivity_certain import decided
from analysis.reporting.sensitivity.tables_sensitivity_draws import too_few
from analysis.reporting.sensitivity.tables_sensitivity_inverse import recovered_in_brief
from analysis.reporting.sensitivity.tables_sensitivity_local import least_change, one_weight
from analysis.reporting.sensitivity.tables_sensitivity_method import (
    factor_name,
    largest_alternative,
    level_name,
    most_important,
)

UNSAID = ("study.scales",)  # the report compares ranks alone
NAMES = 6  # units that a sentence names


def brief(study: Sensitivity) -> Markdown:
    """Return which ranks are firm, which are not, and which choice matters most."""
    if study.few:
        return too_few(study)
    return bullets([firm(study), not_firm(study), most_important(study)])


def more(study: Sensitivity) -> Markdown:
    """Return what else the page finds, each in a sentence."""
    if study.few:
        return too_few(study)
    return bullets(
        [
            widths(study),
            decided(study),
            least_change(study),
            one_weight(study),
            largest_alternative(study),
            recovered_in_brief(study),
        ]
    )


def firm(study: Sensitivity) -> Markdown:
    """Return how many places at the cuts are firm."""
    report, table, top = study.report, study.intervals, study.top
    inside = table["rank"] <= top
    sure = inside & (table["p_top"] >= FIRM)
    certain = Markdown("")
    if study.certain.model is not None:
        always = study.certain.table.reindex(table.index)["worst_outer"] <= top
        certain = report.say("sens.brief.certain", n=int(always.sum()))
    last = Markdown("")
    known = table.dropna(subset=["p_last"])
    if len(known):
        here = _in_last(known)
        held = here & (known["p_last"] >= FIRM)
        last = report.say(
            "sens.brief.last",
            n=int(here.sum()),
            firm=int(held.sum()),
            both=int((held & (known["all_p_last"] >= FIRM)).sum()),
        )
    return report.say(
        "sens.brief.firm",
        k=top,
        n=int(inside.sum()),
        firm=int(sure.sum()),
        certain=certain,
        both=int((sure & (table["all_p_top"] >= FIRM)).sum()),
        last=last,
        **LEVELS,
    )


def not_firm(study: Sensitivity) -> Markdown:
    """Return which units may leave the top, enter it, or fall into a last five."""
    report, table, top = study.report, study.intervals, study.top
    inside = table["rank"] <= top
    leaving = table[inside & (table["p_top"] < FIRM)].sort_values("p_top", kind="stable")
    coming = table[~inside & (table["p_top"] > 1 - FIRM)]
    coming = coming.sort_values("p_top", ascending=False, kind="stable")
    parts = {}
    for name, rows in (("inside", leaving), ("outside", coming)):
        key = f"sens.brief.open.{name}" if len(rows) else f"sens.brief.open.{name}_none"
        names = _names(study, rows["label"])
        parts[name] = report.say(key, k=top, n=len(rows), names=names, **LEVELS)
    if top >= len(table):
        parts["outside"] = Markdown("")
    known = table.dropna(subset=["p_last"])
    last = Markdown("")
    if len(known):
        falling = int((~_in_last(known) & (known["p_last"] > 1 - FIRM)).sum())
        key = "sens.brief.open.last" if falling else "sens.brief.open.last_none"
        last = report.say(key, n=falling, **LEVELS)
    return report.say("sens.brief.open", **parts, last=last)


def _in_last(known: pd.DataFrame) -> pd.Series:
    size = known.groupby("region")["region_rank"].transform("size")
    return known["region_rank"] > size - LAST


def _names(study: Sensitivity, labels: Sequence[object] | pd.Series) -> str:
    """Return names in a row, the rest of a long one left out."""
    names = study.report.t("join.list").join(str(label) for label in list(labels)[:NAMES])
    return study.report.t("sens.names.more", names=names) if len(labels) > NAMES else names


def widths(study: Sensitivity) -> Markdown:
    """Return how wide the intervals are."""
    table = study.intervals
    width = table["q95"] - table["q05"] + 1
    return study.report.say(
        "sens.brief.width",
        median=number(width.median()),
        both=number((table["all_q95"] - table["all_q05"] + 1).median()),
        narrow=int((width <= NARROW).sum()),
        n=len(table),
        widest=str(table["label"].iloc[int(width.argmax())]),
        most=int(width.max()),
        **LEVELS,
    )


def assumptions(study: Sensitivity) -> Markdown:
    """Return what the draws and the alternatives take for granted."""
    report = study.report
    if study.few:
        return too_few(study)
    drawn = study.choices.study
    varied = any(len(factor.levels) > 1 for factor in drawn.method_factors)
    notes = [_note(study, note) for note in drawn.notes if note.code not in UNSAID]
    return bullets(
        [
            report.say(
                "sens.assumed.weights",
                set=Markdown(report.t("sens.assumed.set")),
                draws=study.weights.draws,
                seed=SEED,
                how=study.weights.study.weights.describe(report.lang),
            ),
            report.say(f"sens.assumed.methods{'' if varied else '_none'}", draws=DRAWS),
            *notes,
            report.say("sens.assumed.interval", error=number(100 * study.error, 1), **LEVELS),
            report.say("sens.assumed.meaning"),
        ]
    )


def _note(study: Sensitivity, note: Finding) -> Markdown:
    """Return what opening the study had to say, in the words of this report where it has any."""
    report = study.report
    if note.code == ASSUMED:
        level = level_name(report, POINTS, str(note.values["level"]))
        codes = [code for code in str(note.values["codes"]).split(", ") if code != "-"]
        out = report.t("join.list").join(map(report.node_label, codes))
        key = "sens.assumed.points_out" if codes else "sens.assumed.points"
        return report.say(key, **{**note.values, "level": level, "out": out})
    if note.code != "methods.merged":
        return report.say("sens.assumed.note", note=note.text(report.lang))
    factor = str(note.values["factor"])
    levels = str(note.values["levels"]).split(", ")
    named = report.t("join.list").join(level_name(report, factor, level) for level in levels)
    return report.say("sens.assumed.same", factor=factor_name(report, factor), levels=named)
