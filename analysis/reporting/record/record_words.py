"""Computed sentences of the report on the published record."""

from __future__ import annotations

from analysis.reporting.markdown import Markdown, bullets, callout, paragraphs
from analysis.reporting.record.record import Record
from analysis.reporting.record.record_tables import nearly_complete
from analysis.zones.aggregates import series
from analysis.zones.composition import region_mix
from analysis.zones.published import TOP, Turnover
from analysis.zones.registry import REGIONS, assessed_in, count_by_region


def banner(record: Record) -> Markdown:
    """Return the callout: real facts, where they were read, and what they are not."""
    grades = record.results["confidence"].value_counts()
    derived = int((record.results["derived"] == "yes").sum())
    lines = [
        record.say("record.banner.real"),
        record.say(
            "record.banner.evidence",
            rows=len(record.results),
            high=int(grades.get("high", 0)),
            medium=int(grades.get("medium", 0)),
            low=int(grades.get("low", 0)),
            ungraded=int(grades.get("ungraded", 0)),
            derived=derived,
        ),
        record.say("record.banner.gaps"),
        record.say("record.banner.official"),
    ]
    return callout("note", record.say("record.banner.title"), bullets(lines))


def brief(record: Record) -> Markdown:
    """Return the record in a few computed sentences."""
    return bullets([_known(record), _constant(record), _turnover(record), _mix(record)])


def chance(record: Record) -> Markdown:
    """Return what the rounds say of the change of edition, and what chance leaves open."""
    narrow = [change for change in record.turnovers if change.high - change.low <= 1]
    special = [change for change in narrow if record.changes_edition(change)]
    ordinary = [change for change in narrow if not record.changes_edition(change)]
    parts = [
        record.say(
            "record.chance.change",
            before=change.before,
            after=change.after,
            n=record.replaced(change),
            top=TOP,
            mean=change.mean_move,
        )
        for change in special
    ]
    parts += [_ordinary(record, change) for change in ordinary]
    first = record.say("record.chance.odds", n=len(narrow), special=len(special))
    return paragraphs([bullets(parts), first])


def overlap(record: Record) -> Markdown:
    """Return how the one step across two rounds bounds what happened within each."""
    steps = {(change.before, change.after): change for change in record.turnovers}
    found = []
    for (before, after), change in steps.items():
        if after - before != 2:
            continue
        one, two = steps[before, before + 1], steps[before + 1, after]
        found.append(
            record.say(
                "record.chance.two",
                before=before,
                middle=before + 1,
                after=after,
                n=record.replaced(change),
                one=record.replaced(one),
                two=record.replaced(two),
            )
        )
    return paragraphs(found)


def regional(record: Record) -> Markdown:
    """Return the regional mix of the newest list beside that of the zones assessed."""
    newest = nearly_complete(record)[-1]
    mix = region_mix([record.tops[newest]], record.zones, record.aggregates)
    zones = count_by_region(assessed_in(record.zones, newest))
    values: dict[str, object] = {"year": newest, "top": TOP, "total": int(zones.sum())}
    for region in REGIONS:
        top, all_zones = int(mix[region].iloc[0]), int(zones[region])
        values[f"all_{region}"] = all_zones
        values[f"top_{region}"] = top
        values[f"share_{region}"] = 100 * top / all_zones
    return record.say("record.regional", **values)


def breaks(record: Record) -> Markdown:
    """Return the years for which the record holds several figures of one total."""
    found = []
    for metric in ("gdp", "fdi"):
        rows = series(record.aggregates, metric)
        rows = rows[rows["basis"] != "predecessor"]
        years = rows["data_year"].value_counts()
        doubled = sorted(int(year) for year in years.index[years > 1])
        bases = record.join(
            [str(record.bases.at[basis, f"name_{record.lang}"]) for basis in rows["basis"].unique()]
        )
        found.append(
            record.say(
                "record.breaks" if doubled else "record.breaks.none",
                metric=record.t(f"record.total.{metric}"),
                n=rows["basis"].nunique(),
                bases=bases,
                years=record.join([str(year) for year in doubled]),
            )
        )
    return bullets(found)


def _known(record: Record) -> Markdown:
    whole = [str(year) for year in record.years if record.tops[year].complete]
    nearly = [year for year in record.years if 0 < record.tops[year].missing <= 1]
    partial = [str(year) for year in record.years if record.tops[year].missing > 1]
    return record.say(
        "record.brief.known",
        whole=record.join(whole),
        nearly=record.join([str(year) for year in nearly]),
        n=TOP - 1,
        top=TOP,
        partial=record.join(partial),
    )


def _constant(record: Record) -> Markdown:
    years = nearly_complete(record)
    always = frozenset.intersection(*(record.tops[year].members for year in years))
    firsts = {record.tops[year].places.index[0] for year in record.years}
    values = {"n": len(always), "top": TOP, "years": record.join([str(year) for year in years])}
    if len(firsts) > 1:
        return record.say("record.brief.always", **values)
    first, since, until = record.zone(str(firsts.pop())), record.years[0], record.years[-1]
    return record.say("record.brief.constant", first=first, since=since, until=until, **values)


def _turnover(record: Record) -> Markdown:
    special = [change for change in record.turnovers if record.changes_edition(change)]
    change = special[0]
    earlier = next(c for c in record.turnovers if c.after == change.before)
    later = next(c for c in record.turnovers if c.before == change.after and c.exact)
    return record.say(
        "record.brief.turnover",
        before=change.before,
        after=change.after,
        n=record.replaced(change),
        top=TOP,
        mean=change.mean_move,
        e_before=earlier.before,
        e_after=earlier.after,
        e_n=record.replaced(earlier),
        e_mean=earlier.mean_move,
        l_before=later.before,
        l_after=later.after,
        l_n=record.replaced(later),
        l_mean=later.mean_move,
    )


def _mix(record: Record) -> Markdown:
    mix = region_mix(list(record.tops.values()), record.zones, record.aggregates)
    known = mix[mix["unknown"] == 0]
    parts = [
        record.t(
            "record.brief.mix.year",
            year=row["data_year"],
            **{region: row[region] for region in REGIONS},
        )
        for row in known.reset_index().to_dict("records")
    ]
    return record.say("record.brief.mix", counts=record.t("record.semicolon").join(parts))


def _ordinary(record: Record, change: Turnover) -> Markdown:
    key = "record.chance.ordinary" if change.after - change.before == 1 else "record.chance.rounds"
    return record.say(
        key,
        before=change.before,
        after=change.after,
        n=record.replaced(change),
        top=TOP,
        mean=change.mean_move,
        compared=change.compared,
        rounds=change.after - change.before,
    )
