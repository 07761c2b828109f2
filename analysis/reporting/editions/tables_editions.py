"""What the report on the two editions says in brief, and what cannot be concluded from it."""

from __future__ import annotations

import pandas as pd

from analysis.core.findings import Finding
from analysis.reporting.editions.comparison import Comparison
from analysis.reporting.editions.comparison_draws import DRAWS, SEED
from analysis.reporting.editions.tables_editions_causes import largest
from analysis.reporting.editions.tables_editions_decisions import candidates_in_brief
from analysis.reporting.editions.tables_editions_firm import held, span
from analysis.reporting.markdown import Markdown, bullets, number, paragraphs, percent
from analysis.reporting.report import LAST
from analysis.zones.demo.panels import PANELS
from analysis.zones.editions import read_editions
from analysis.zones.published import TOP


def brief(both: Comparison) -> Markdown:
    """Return what the change of edition does, each headline with how often it holds."""
    if both.few:
        return too_few(both)
    return bullets(
        [
            agreed(both),
            top(both),
            last(both),
            largest(both),
            regions(both),
            candidates_in_brief(both),
            record(both),
            both.report.say("editions.brief.limits"),
        ]
    )


def too_few(both: Comparison) -> Markdown:
    """Return the sentence that there is nothing to compare."""
    return both.report.say("editions.brief.too_few", n=len(both.scope))


def agreed(both: Comparison) -> Markdown:
    """Return how far the two rankings agree."""
    report, firm = both.report, both.firm
    drawn = firm.intervals
    values: dict[str, object] = {
        "n": len(both.scope),
        "least": Markdown(""),
        "scope": report.scope_name,
        "spearman": number(drawn.at["spearman", "nominal"], 2),
        "mean": number(firm.nominal["mean_shift"], 1),
        "span": span(drawn, "spearman", 2),
    }
    least = next((s for s in firm.statements if s.key == "spearman_least"), None)
    if least is not None:
        told = {"bound": str(least.values["bound"]), "held": held(both, "spearman_least")}
        values["least"] = report.say("editions.brief.least", **told)
    panels = firm.over_panels
    over = Markdown("")
    if panels is not None:
        over = report.say("editions.brief.over_panels", span=span(panels, "spearman", 2))
    return report.say("editions.brief.agreement", over=over, **values)


def top(both: Comparison) -> Markdown:
    """Return how many of the top list are replaced."""
    report, firm = both.report, both.firm
    gone = int(firm.nominal["left_top"])
    key = "editions.brief.top" if gone else "editions.brief.top.none"
    kind = "replaced_least" if gone else "replaced_most"
    return report.say(key, k=firm.top, gone=gone, held=held(both, kind))


def last(both: Comparison) -> Markdown:
    """Return how many of the last fives are replaced; empty where none is counted."""
    report, firm = both.report, both.firm
    sizes = report.in_scope(both.table)["region"].value_counts()
    sizes = sizes[(sizes.index != "") & (sizes >= 2 * LAST)]
    if sizes.empty:
        return Markdown("")
    gone = int(firm.nominal["left_last"])
    key = "editions.brief.last" if gone else "editions.brief.last.none"
    kind = "last_least" if gone else "last_most"
    return report.say(key, n=LAST * len(sizes), gone=gone, held=held(both, kind))


def regions(both: Comparison) -> Markdown:
    """Return which region gains most, or how the region of the page fares among all."""
    report, firm = both.report, both.firm
    found = firm.nominal if firm.whole else firm.of_all[0]
    shifts = {code: float(found.get(f"shift:{code}", float("nan"))) for code in both.regions}
    shifts = {code: shift for code, shift in shifts.items() if shift == shift}
    if not shifts or (firm.whole and len(shifts) < 2):
        return Markdown("")
    code = max(shifts, key=lambda one: shifts[one])
    way = "up" if shifts[code] > 0 else "down"
    made_up = ".synthetic" if report.synthetic else ""
    if firm.whole:
        key, kind = f"editions.brief.region.{way}{made_up}", "region_most"
    else:
        key = f"editions.brief.own_region.{way}{made_up}"
        kind = "region_gains" if shifts[code] > 0 else "region_loses"
    told = held(both, kind, code)
    if not told.text:  # two regions gain alike, or the region neither gains nor loses
        return Markdown("")
    mean = number(abs(shifts[code]), 1)
    return report.say(key, region=both.regions[code], mean=mean, held=told)


def record(both: Comparison) -> Markdown:
    """Return what the published lists show, which have nothing to do with the panel."""
    found = both.experiment
    change, earlier = found.change, found.earlier
    return both.report.say(
        "editions.brief.record",
        top=TOP,
        before=change.change.before,
        after=change.change.after,
        n=change.change.low,
        mean=number(change.change.mean_move, 1),
        pair=found.record.pair_name(earlier.change),
        e_n=found.between(*earlier.replaced),
        e_mean=number(earlier.change.mean_move, 1),
    )


def in_force(both: Comparison) -> Markdown:
    """Return which edition is in force for which data years, and what is compared here."""
    by_year = read_editions()["framework"]
    report = both.report
    return paragraphs(
        [
            report.say(
                "editions.in_force",
                old=len(both.old.items),
                new=len(both.new.items),
                last=int(by_year.index[by_year == both.old.name].max()),
                first=int(by_year.index[by_year == both.new.name].min()),
            ),
            report.say(
                "editions.what",
                method=report.method.title(report.lang),
                n=len(both.scope),
                scope=report.scope_name,
            ),
            report.say("editions.left_out", n=both.left_out) if both.left_out else Markdown(""),
        ]
    )


def assumed(both: Comparison) -> Markdown:
    """Return what is drawn, and what a share of draws and of panels means."""
    report = both.report
    if both.few:
        return too_few(both)
    firm = both.firm
    sets = pd.Series([report.t(f"sens.factor.{name}") for name in firm.varied], dtype="object")
    method = "editions.assumed.methods" if len(sets) else "editions.assumed.methods.none"
    parts = [
        report.say("editions.assumed.draws", draws=DRAWS, seed=SEED),
        report.say(method, choices=report.t("join.list").join(sets)),
        report.say("editions.assumed.groups", **_group_weights(both)),
    ]
    if firm.panels is not None:
        parts.append(report.say("editions.assumed.panels", panels=len(firm.panels)))
    elif report.synthetic:
        parts.append(report.say("editions.assumed.no_panels", panels=PANELS))
    parts.append(report.say("editions.assumed.meaning"))
    return bullets(parts)


def limits(both: Comparison) -> Markdown:
    """Return what can be concluded, and in so many words what cannot."""
    report = both.report
    cannot = [
        report.say("editions.cannot.synthetic") if report.synthetic else Markdown(""),
        report.say("editions.cannot.proxy", **_on_proxies(both)),
        report.say("editions.cannot.weights", **_group_weights(both)),
        report.say("editions.cannot.method"),
        report.say("editions.cannot.cause"),
        report.say("editions.cannot.decisions"),
        report.say("editions.cannot.record"),
    ]
    return paragraphs(
        [
            report.say("editions.can.title"),
            bullets([report.say(f"editions.can.{key}") for key in ("exact", "shares", "any")]),
            report.say("editions.cannot.title"),
            bullets(cannot),
        ]
    )


def refused(both: Comparison, findings: tuple[Finding, ...]) -> Markdown:
    """Return why something could not be computed."""
    why = " ".join(finding.text(both.report.lang) for finding in findings)
    return both.report.say("editions.refused", why=why)


def _on_proxies(both: Comparison) -> dict[str, object]:
    """Return how many items of either edition, and how much of its weight, are proxies."""
    told: dict[str, object] = {}
    for side, table in zip(("old", "new"), both.rewards, strict=True):
        rows = table[(table["aspect"] == "evidence") & (table["word"] == "proxy")]
        told[f"{side}_items"] = int(rows["items"].sum())
        told[f"{side}_share"] = Markdown(percent(float(rows["weight"].sum())))
    return told


def _group_weights(both: Comparison) -> dict[str, object]:
    """Return how many groups of either edition have published weights."""
    told: dict[str, object] = {}
    for side, framework in zip(("old", "new"), (both.old, both.new), strict=True):
        status = framework.nodes.loc[list(framework.groups), "weight_status"]
        told[f"{side}_published"] = int((status == "published").sum())
        told[f"{side}_groups"] = len(status)
    return told
