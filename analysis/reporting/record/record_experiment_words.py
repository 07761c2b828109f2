"""Computed sentences on the natural experiment in the published record."""

from __future__ import annotations

from analysis.reporting.markdown import Markdown, bullets, callout, paragraphs
from analysis.reporting.record.record_experiment import Experiment
from analysis.zones.aggregates import series
from analysis.zones.experiment_chance import (
    drawn_share,
    number_needed,
    rounds_needed,
    same_rate,
    share_interval,
)
from analysis.zones.natural_experiment import Step, candidates
from analysis.zones.published import TOP


def notice(experiment: Experiment) -> Markdown:
    """Return the callout: real lists, which have nothing to do with the panel."""
    record = experiment.record
    lines = [record.say("experiment.notice.real"), record.say("experiment.notice.sources")]
    return callout("note", record.say("experiment.notice.title"), bullets(lines))


def brief(experiment: Experiment) -> Markdown:
    """Return the natural experiment in a few computed sentences."""
    values = _values(experiment)
    keys = ("change", "ordinary", "verdict")
    return bullets([experiment.record.say(f"experiment.brief.{key}", **values) for key in keys])


def bounds(experiment: Experiment) -> Markdown:
    """Return what the lists that are known in part leave open, and what they do not."""
    record, values = experiment.record, _values(experiment)
    change, later, told = experiment.change, experiment.later, experiment.told
    open_steps = _open_steps(experiment)
    parts = [_one_missing(experiment)]
    parts.append(
        record.say(
            "experiment.bounds.told",
            pair=record.pair_name(told.change),
            low=told.change.low,
            high=told.change.high,
            entered=len(told.change.entered),
            left=len(told.change.left),
            n=told.replaced[0],
        )
    )
    steps = [
        record.t(
            "experiment.bounds.step",
            pair=record.pair_name(found.change),
            low=found.change.low,
            high=found.change.high,
        )
        for found in open_steps
    ]
    parts.append(
        record.say(
            "experiment.bounds.open",
            steps=record.t("record.semicolon").join(steps),
            **{name: values[name] for name in ("open", "above", "special")},
        )
    )
    parts.append(
        record.say(
            "experiment.bounds.two",
            pair=record.pair_name(later.change),
            n=later.change.compared,
            half=values["half"],
            replaced=later.change.low,
            most=-(-later.change.low // later.rounds),
        )
    )
    least = [
        record.t("experiment.bounds.least", pair=record.pair_name(found.change), least=found.least)
        for found in (experiment.earlier, change, later)
    ]
    parts.append(
        record.say(
            "experiment.bounds.survivors",
            beyond=TOP + 1,
            steps=record.t("record.semicolon").join(least),
        )
    )
    return bullets(parts)


def regional(experiment: Experiment) -> Markdown:
    """Return how the regional mix changed in the round of the change and beside it."""
    record, mix = experiment.record, experiment.regions
    counts = [
        record.t(
            "experiment.regions.year",
            year=year,
            value=experiment.between(low, high),
        )
        for year, low, high in zip(mix.index, mix["east_low"], mix["east_high"], strict=True)
    ]
    east_in, east_out = experiment.exchanged("east")
    change = experiment.change.change
    return record.say(
        "experiment.regions",
        top=TOP,
        counts=record.t("record.semicolon").join(counts),
        entered=len(change.entered),
        left=len(change.left),
        east_in=east_in,
        east_out=east_out,
        p=drawn_share(east_in, east_out, len(change.entered)),
        **_gains(experiment),
    )


def chance(experiment: Experiment) -> Markdown:
    """Return what can be said of chance from so few rounds, in three paragraphs."""
    record, paired = experiment.record, experiment.paired
    low, high = experiment.earlier.replaced
    special = experiment.change.change.low
    share = share_interval(special, TOP)
    known = [found for found in experiment.ordinary if found.narrow or found.told is not None]
    years = (
        experiment.earlier.change.before,
        experiment.change.change.before,
        experiment.change.change.after,
    )
    return paragraphs(
        [
            record.say(
                "experiment.chance.rounds",
                steps=experiment.placings["all"].steps,
                needed=rounds_needed(),
                k=len(experiment.ordinary),
                known=len(known),
            ),
            record.say(
                "experiment.chance.places",
                n=special,
                e_n=experiment.between(low, high),
                p=experiment.between(*(f"{same_rate(special, n, TOP):.2f}" for n in (low, high))),
                needed=_needed(experiment),
                low=share[0],
                high=share[1],
            ),
            record.say(
                "experiment.chance.zones",
                years=record.join([str(year) for year in years]),
                zones=paired.zones,
                first=paired.first,
                second=paired.second,
                farther=paired.farther,
                nearer=paired.nearer,
                p=paired.p,
            ),
        ]
    )


def conclusions(experiment: Experiment) -> Markdown:
    """Return what can be concluded from the published lists, and what cannot."""
    record, values = experiment.record, _values(experiment)
    can = ["more", "kept", "calm", "east"]
    if _same_zones(experiment):
        can.insert(2, "same")
    cannot = ("cause", "none", "why", "open", "beyond")
    return paragraphs(
        [
            record.say("experiment.can.title"),
            bullets([record.say(f"experiment.can.{key}", **values) for key in can]),
            record.say("experiment.cannot.title"),
            bullets([record.say(f"experiment.cannot.{key}", **values) for key in cannot]),
        ]
    )


def _values(experiment: Experiment) -> dict[str, object]:
    """Return the numbers that several sentences share."""
    record, paired = experiment.record, experiment.paired
    change, earlier = experiment.change, experiment.earlier
    later, told = experiment.later, experiment.told
    special = change.change.low
    share = share_interval(special, TOP)
    every, open_steps = experiment.placings["all"], _open_steps(experiment)
    zones = len(experiment.assessed(change.change.after))
    return {
        "top": TOP,
        "before": change.change.before,
        "after": change.change.after,
        "n": special,
        "special": special,
        "open": len(open_steps),
        "above": sum(found.change.high >= special for found in open_steps),
        "kept": TOP - special,
        "compared": change.change.compared,
        "mean": change.change.mean_move,
        "deep": experiment.same_down_to(change),
        "e_pair": record.pair_name(earlier.change),
        "e_n": experiment.between(*earlier.replaced),
        "e_mean": earlier.change.mean_move,
        "t_pair": record.pair_name(told.change),
        "t_n": told.replaced[0],
        "t_low": told.change.low,
        "t_high": told.change.high,
        "less": special - told.replaced[0],
        "l_pair": record.pair_name(later.change),
        "l_n": experiment.between(*later.replaced),
        "l_mean": later.change.mean_move,
        "half": later.change.mean_move / later.rounds,
        "steps": every.steps,
        "p_low": every.low,
        "p_high": every.high,
        "low": share[0],
        "high": share[1],
        "needed": _needed(experiment),
        "zones": zones,
        "rest": zones - TOP,
        "paired": paired.zones,
        "first": paired.first,
        "second": paired.second,
        **_gains(experiment),
        **_foreign_capital(experiment),
    }


def _foreign_capital(experiment: Experiment) -> dict[str, int]:
    """Return the years between which the published foreign capital changed its basis."""
    rows = series(experiment.record.aggregates, "fdi")
    years = rows.groupby("basis")["data_year"]
    return {
        "fdi_before": int(years.get_group("with-reinvestment").max()),
        "fdi_after": int(years.get_group("without-reinvestment").min()),
    }


def _gains(experiment: Experiment) -> dict[str, int]:
    """Return how many zones the East gained at the change, before it and after it."""
    return {
        "gain": experiment.gain(experiment.change, "east"),
        "e_gain": experiment.gain(experiment.earlier, "east"),
        "l_gain": experiment.gain(experiment.later, "east"),
    }


def _needed(experiment: Experiment) -> str:
    low, high = experiment.earlier.replaced
    return experiment.between(number_needed(low, TOP), number_needed(high, TOP))


def _open_steps(experiment: Experiment) -> list[Step]:
    """Return the ordinary rounds of which the number replaced is neither known nor told."""
    return [found for found in experiment.ordinary if not found.narrow and found.told is None]


def _same_zones(experiment: Experiment) -> bool:
    """Tell whether the same zones were assessed before and after the change."""
    change = experiment.change.change
    return experiment.assessed(change.before).index.equals(experiment.assessed(change.after).index)


def _one_missing(experiment: Experiment) -> Markdown:
    """Return what depends on the one name that the list before the change lacks."""
    record, found = experiment.record, experiment.earlier
    before, after = experiment.lists(found)
    if found.change.exact or before.missing != 1:
        return Markdown("")
    year = before.data_year
    free = candidates(before, experiment.assessed(year), experiment.counts.get(year, {}))
    (place,) = set(range(1, TOP + 1)) - set(before.places)
    return record.say(
        "experiment.bounds.one",
        year=year,
        place=place,
        province=record.join(sorted({record.province(zone) for zone in free})),
        n=len(free),
        hits=record.join([record.zone(zone) for zone in free if zone in after.members]),
        pair=record.pair_name(found.change),
        low=found.change.low,
        high=found.change.high,
        mean_low=found.mean_low,
        mean_high=found.mean_high,
    )
