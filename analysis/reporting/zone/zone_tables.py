"""Tables and computed sentences of the report on one zone."""

from __future__ import annotations

import pandas as pd

from analysis.reporting import markdown as md
from analysis.reporting.evidence import evidence_line, weights_line
from analysis.reporting.markdown import Markdown, number
from analysis.reporting.zone.zone_data import Zone
from analysis.reporting.zone.zone_figures import figures_of, unit_of

MOVES = 3  # items named on either side
EXTREMES = 4


def banner(zone: Zone) -> Markdown:
    """Return the callout that other reports open with, in few words: two pages hold no more."""
    report = zone.report
    title = report.say("banner.title.synthetic" if report.synthetic else "banner.title.real")
    lines = [
        report.say("banner.synthetic") if report.synthetic else Markdown(""),
        report.say(f"banner.status.{report.kind}"),
        evidence_line(report),
        weights_line(report),
    ]
    words = " " if report.lang == "en" else ""
    body = Markdown(words.join(line.text for line in lines if line.text))
    return md.callout("warning" if report.synthetic else "note", title, body)


def brief(zone: Zone) -> Markdown:
    """Return the year in a few computed sentences."""
    return md.bullets([_place(zone), _moved(zone), _items(zone), _groups(zone)])


def extremes(zone: Zone) -> Markdown:
    """Return strengths beside weaknesses: item and place among all units."""
    report = zone.report
    strong, weak = zone.extremes(EXTREMES)
    columns: dict[str, list[object]] = {}
    for key, codes in (("strong", strong), ("weak", weak)):
        columns[report.t(f"zone.col.{key}")] = [report.node_label(code) for code in codes]
        columns[report.t(f"zone.col.place_{key}")] = [_placed(zone, code) for code in codes]
    right = [report.t(f"zone.col.place_{key}") for key in ("strong", "weak")]
    return report.markdown(pd.DataFrame(columns), right=right)


def moves(zone: Zone) -> Markdown:
    """Return the items that took the unit up and down the most since it was scored before."""
    report, table = zone.report, zone.moves
    if zone.before is None:
        return report.say("zone.moves.no_past")
    up = table[table["points"] > 0].head(MOVES)
    down = table[table["points"] < 0].head(MOVES)
    rows = pd.concat([up, down])
    frame = pd.DataFrame(
        {
            report.t("col.item"): [report.node_label(str(code)) for code in rows.index],
            report.t("zone.col.points"): rows["points"].to_list(),
            str(zone.before): [figures_of(value) for value in rows["value_from"]],
            str(report.year): [figures_of(value) for value in rows["value_to"]],
            report.t("zone.col.unit"): [
                unit_of(zone, str(code), counts=True) for code in rows.index
            ],
        }
    )
    points = report.t("zone.col.points")
    return report.markdown(
        frame, decimals=2, signed=[points], right=[str(zone.before), str(report.year)]
    )


def _place(zone: Zone) -> Markdown:
    report, now = zone.report, zone.place(zone.report.year)
    key = "zone.brief.place.region" if zone.region else "zone.brief.place"
    return report.say(
        key,
        score=now.score,
        rank=now.rank,
        of=now.of,
        region=report.region_label(zone.region),
        region_rank=now.region_rank,
        region_of=now.region_of,
    )


def _moved(zone: Zone) -> Markdown:
    report = zone.report
    if zone.before is None:
        return report.say("zone.brief.first")
    now, then = zone.place(report.year), zone.place(zone.before)
    won = then.rank - now.rank
    way = "up" if won > 0 else "down" if won < 0 else "same"
    said = report.say(
        f"zone.brief.moved.{way}",
        before=zone.before,
        places=abs(won),
        change=number(now.score - then.score, 2, signed=True),
    )
    if zone.causes is None:
        return said
    why = report.say(
        "zone.brief.causes",
        data=number(zone.causes["data"], 2, signed=True),
        goalposts=number(zone.causes["goalposts"], 2, signed=True),
    )
    return Markdown(said.text + why.text)


def _items(zone: Zone) -> Markdown:
    table = zone.items
    there = table["value"].notna()
    return zone.report.say(
        "zone.brief.items",
        above=int((table["better"] & there).sum()),
        there=int(there.sum()),
        all=len(table),
    )


def _groups(zone: Zone) -> Markdown:
    """Return the groups by place: which is the best and which the worst."""
    report = zone.report
    groups = list(report.framework.groups)
    if len(groups) < 2:
        return Markdown("")
    rows = report.scores.table
    rows = rows[(rows["year"] == report.year) & (rows["unit"] == zone.unit)]
    ranks = rows[rows["node"].isin(groups)].set_index("node")["rank"].dropna().astype(int)
    if ranks.empty:
        return Markdown("")
    ordered = sorted(groups, key=lambda code: (int(ranks.get(code, 10**9)), groups.index(code)))
    told = [
        report.t("zone.brief.group", group=report.node_label(code), rank=int(ranks[code]))
        for code in ordered
        if code in ranks.index
    ]
    return report.say("zone.brief.groups", groups=report.t("join").join(told))


def _placed(zone: Zone, code: str) -> str:
    return f"{zone.items['rank'][code]} / {zone.items['of'][code]}"
