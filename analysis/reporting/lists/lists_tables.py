"""Tables and computed sentences of the report on lists."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.reporting.lists.lists_data import Lists
from analysis.reporting.markdown import Markdown, bullets
from analysis.zones.lists import OneList


def brief(lists: Lists) -> Markdown:
    """Return the lists of the year in a few computed sentences."""
    report, made = lists.report, lists.made
    if not made.lists:
        return bullets([report.say("lists.brief.none"), *_not_made(lists)])
    firm = sum(one.rule.size_basis == "published" for one in made.lists)
    lines = [
        report.say(
            "lists.brief.lists",
            n=len(made.lists),
            published=firm,
            assumed=len(made.lists) - firm,
            names=report.t("join").join(lists.words.title(one) for one in made.lists),
        ),
        *(_margin(lists, one) for one in made.lists),
        *_passed_line(lists),
        *_excluded_line(lists),
        *_not_made(lists),
    ]
    if lists.own_rules:
        lines.append(report.say("lists.brief.own"))
    return bullets(lines)


def rules(lists: Lists) -> Markdown:
    """Return how each list of the year is made, and what of it was published."""
    t, words = lists.report.t, lists.words
    seen: dict[int, OneList] = {}
    for one in lists.made.lists:
        seen.setdefault(id(one.rule), one)
    frame = pd.DataFrame(
        [
            {
                t("lists.col.list"): words.rule_title(one.rule),
                t("lists.col.size"): t(
                    "lists.size", n=one.rule.size, basis=words.basis(one.rule.size_basis)
                ),
                t("lists.col.sorted_by"): t(
                    "lists.stated",
                    what=words.sorted_by(one),
                    basis=words.basis(one.rule.sort_basis),
                ),
                t("lists.col.condition"): words.condition(one)
                if one.condition is None
                else t(
                    "lists.stated",
                    what=words.condition(one),
                    basis=words.basis(one.rule.condition_basis),
                ),
                t("lists.col.note"): one.rule.note(lists.report.lang),
                t("lists.col.source"): words.source(one.rule),
            }
            for one in seen.values()
        ]
    )
    return lists.report.markdown(frame)


def settings(lists: Lists) -> Markdown:
    """Return what was settled where the public texts are silent."""
    t = lists.report.t
    every = lists.made.lists
    ties = sorted({one.rule.ties for one in every})
    waits = sorted({one.rule.wait for one in every})
    rows = [
        ("places", t("lists.set.places")),
        ("ties", t("join.clauses").join(t(f"lists.set.ties.{word}") for word in ties)),
        ("new", t("join.clauses").join(t("lists.set.new", n=wait) for wait in waits)),
        ("vetoed", t("lists.set.vetoed")),
        ("unknown", t("lists.set.unknown")),
    ]
    frame = pd.DataFrame(
        {
            t("lists.col.question"): [t(f"lists.question.{key}") for key, _ in rows],
            t("lists.col.answer"): [said for _, said in rows],
        }
    )
    return lists.report.markdown(frame)


def overall(lists: Lists) -> Markdown:
    """Return the national list by the index."""
    return _members(lists, lists.overall)


def regional(lists: Lists) -> Markdown:
    """Return the lists of regions."""
    return _members(lists, lists.regional, national=True)


def others(lists: Lists) -> Markdown:
    """Return the national lists by anything but the index."""
    return _members(lists, lists.others)


def margins(lists: Lists) -> Markdown:
    """Return last in, first out and what lies between them, list by list."""
    t, words = lists.report.t, lists.words
    rows = []
    for one in lists.made.lists:
        if one.members.empty:
            continue
        last, out = one.members.iloc[-1], one.outside.head(1)
        gap = one.gap
        share = abs(gap / float(last["value"])) if last["value"] else float("nan")
        rows.append(
            {
                t("lists.col.list"): words.title(one),
                t("lists.col.last_in"): _named(lists, str(last["unit"])),
                t("lists.col.its_value"): words.value(one.sorted_by, last["value"]),
                t("lists.col.first_out"): "".join(_named(lists, str(u)) for u in out["unit"]),
                t("lists.col.gap"): words.value(one.sorted_by, gap, gap=True),
                t("lists.col.gap_share"): 100 * share,
                t("lists.col.unit"): words.unit(one.sorted_by),
            }
        )
    right = (t("lists.col.its_value"), t("lists.col.gap"))
    frame = pd.DataFrame(rows)
    return lists.report.markdown(frame, right=right, note=t("lists.note.margins"))


def passed(lists: Lists) -> Markdown:
    """Return who would have had a place but for a condition."""
    t, words = lists.report.t, lists.words
    rows = [
        {
            t("lists.col.list"): words.title(one),
            t("col.unit"): _named(lists, str(entry["unit"])),
            t("lists.col.by_value"): int(entry["by_value"]),
            t("lists.col.value"): words.value(one.sorted_by, entry["value"]),
            t("lists.col.asked"): words.value(one.condition, entry["condition"]),
            t("lists.col.why"): t(f"lists.why.{entry['why']}", condition=words.condition(one)),
        }
        for one in lists.made.lists
        if one.condition is not None
        for entry in one.passed.to_dict("records")
    ]
    right = (t("lists.col.value"), t("lists.col.asked"))
    return lists.report.markdown(pd.DataFrame(rows), right=right)


def excluded(lists: Lists) -> Markdown:
    """Return who may not be listed in the year, and why."""
    report = lists.report
    rows = [
        {
            report.t("col.unit"): _named(lists, str(unit)),
            report.t("lists.col.why"): lists.words.reason(str(reason), since),
        }
        for unit, reason, since in lists.made.excluded.itertuples(index=False, name=None)
    ]
    return report.markdown(pd.DataFrame(rows))


def thresholds(lists: Lists) -> Markdown:
    """Return which threshold counted in which region, for how many units."""
    t, words, table = lists.report.t, lists.words, lists.thresholds
    listed = {str(unit) for one in lists.made.lists for unit in one.members["unit"]}
    rows = []
    for item in dict.fromkeys(table["item"]):
        for region in lists.report.region_codes:
            part = table[(table["item"] == item) & (table["region"] == region)]
            if part.empty:
                continue
            first = part.iloc[0]
            rows.append(
                {
                    t("col.region"): lists.report.region_label(region),
                    t("col.item"): words.column(str(item)),
                    t("lists.col.counted"): words.column(str(first["counted"]))
                    if first["picked"]
                    else t("lists.as_reported"),
                    t("col.units"): len(part),
                    t("lists.col.listed"): int(part["unit"].isin(listed).sum()),
                    t("lists.col.firms"): part["value"].sum(min_count=1),
                    t("lists.col.median"): part["value"].median(),
                }
            )
    frame = pd.DataFrame(rows)
    decimals = {t("lists.col.firms"): 0, t("lists.col.median"): 1}
    return lists.report.markdown(frame, decimals=decimals)


def _members(lists: Lists, some: Sequence[OneList], *, national: bool = False) -> Markdown:
    report, t, words = lists.report, lists.report.t, lists.words
    conditioned = any(one.condition is not None for one in some)
    many = len({words.title(one) for one in some}) > 1 or national
    everywhere = report.standing["rank"]
    rows = []
    for one in some:
        for entry in one.members.to_dict("records"):
            row: dict[str, object] = {t("lists.col.list"): words.title(one)} if many else {}
            tied = t("lists.tied") if entry["tied"] else ""
            row |= {
                t("lists.col.place"): f"{entry['place']}{tied}",
                t("col.unit"): _named(lists, str(entry["unit"])),
            }
            if national:
                row[t("lists.col.national")] = everywhere[entry["unit"]]
            else:
                row[t("col.region")] = report.region_label(str(entry["region"]))
            row |= {
                t("lists.col.value"): words.value(one.sorted_by, entry["value"]),
                t("lists.col.unit"): words.unit(one.sorted_by),
            }
            if conditioned:
                asked = one.condition
                row[t("lists.col.asked")] = (
                    t("dash") if asked is None else words.value(asked, entry["condition"])
                )
            row[t("lists.col.ahead")] = words.value(one.sorted_by, entry["ahead"], gap=True)
            rows.append(row)
    frame = pd.DataFrame(rows)
    if national and not frame.empty:
        frame = frame.astype({t("lists.col.national"): "Int64"})
    keys = ("place", "value", "asked", "ahead")
    right = tuple(t(f"lists.col.{key}") for key in keys)
    return report.markdown(frame, right=right, note=t("lists.note.ahead"))


def _margin(lists: Lists, one: OneList) -> Markdown:
    report, words = lists.report, lists.words
    told = {"list": words.title(one), "n": len(one.members)}
    if one.members.empty:
        return report.say("lists.brief.empty", **told)
    if one.outside.empty:
        return report.say("lists.brief.all_in", **told)
    return report.say(
        "lists.brief.margin",
        **told,
        first=_named(lists, str(one.members["unit"].iloc[0])),
        last=_named(lists, str(one.members["unit"].iloc[-1])),
        out=_named(lists, str(one.outside["unit"].iloc[0])),
        gap=words.value(one.sorted_by, one.gap, gap=True),
        unit=words.unit(one.sorted_by),
    )


def _passed_line(lists: Lists) -> list[Markdown]:
    return [
        lists.report.say(
            "lists.brief.passed",
            list=lists.words.title(one),
            n=len(one.passed),
            condition=lists.words.condition(one),
        )
        for one in lists.made.lists
        if one.condition is not None
    ]


def _excluded_line(lists: Lists) -> list[Markdown]:
    out = lists.made.excluded
    if out.empty:
        return []
    return [lists.report.say("lists.brief.excluded", n=len(out))]


def _not_made(lists: Lists) -> list[Markdown]:
    return [
        lists.report.say(
            f"lists.not_made.{why}",
            list=lists.words.rule_title(rule),
            codes=" ".join(rule.sort_by if why == "no_measure" else rule.condition) or rule.scope,
        )
        for rule, why in lists.made.not_made
    ]


def _named(lists: Lists, unit: str) -> str:
    return lists.report.unit_label(unit)
