"""Tables on the natural experiment in the published record."""

from __future__ import annotations

import pandas as pd

from analysis.reporting.markdown import Markdown
from analysis.reporting.record.record_experiment import Experiment
from analysis.zones.experiment_chance import Placing, drawn_share, number_needed, same_rate
from analysis.zones.natural_experiment import Step
from analysis.zones.published import TOP
from analysis.zones.registry import REGIONS


def steps(experiment: Experiment) -> Markdown:
    """Return the round of the change beside the ordinary ones: replaced, and how far moved."""
    record = experiment.record
    rows = []
    for found in experiment.steps:
        special = record.t("record.pair.new") if found.new_edition else ""
        rows.append(
            {
                record.t("experiment.col.step"): record.pair_name(found.change) + special,
                record.t("experiment.col.lists"): experiment.between(
                    found.change.low, found.change.high
                ),
                record.t("experiment.col.told"): found.told,
                record.t("experiment.col.mean"): found.change.mean_move,
                record.t("experiment.col.compared"): found.change.compared,
                record.t("experiment.col.least"): found.least,
                record.t("experiment.col.deep"): experiment.same_down_to(found) or None,
            }
        )
    whole = [record.t(f"experiment.col.{name}") for name in ("told", "deep")]
    frame = pd.DataFrame(rows).astype(dict.fromkeys(whole, "Int64"))
    return record.markdown(frame, decimals=1, note=record.t("experiment.note.steps"))


def exchanged(experiment: Experiment) -> Markdown:
    """Return the zones that came in and dropped out with the change, and where they stood."""
    record = experiment.record
    change = experiment.change.change
    before, after = experiment.lists(experiment.change)
    beyond = record.t("experiment.beyond", top=TOP)
    years = [record.t("experiment.col.place", year=known.data_year) for known in (before, after)]
    rows = []
    for key, zones, places in (
        ("in", change.entered, after.places),
        ("out", change.left, before.places),
    ):
        for zone in sorted(zones, key=lambda zone: int(places[zone])):
            place = str(places[zone])
            region = record.region(str(record.zones.at[zone, "region"]))
            rows.append(
                {
                    record.t("experiment.col.direction"): record.t(f"experiment.{key}"),
                    record.t("record.col.zone"): record.zone(zone),
                    record.t("record.col.region"): region,
                    years[0]: beyond if key == "in" else place,
                    years[1]: place if key == "in" else beyond,
                }
            )
    return record.markdown(pd.DataFrame(rows))


def regions(experiment: Experiment) -> Markdown:
    """Return the members of the top 30 by region, with bounds and what they rest on."""
    record = experiment.record
    rows = []
    for year, row in experiment.regions.iterrows():
        shown = {record.t("experiment.col.year"): str(year)}
        for region in REGIONS:
            low, high = row[f"{region}_low"], row[f"{region}_high"]
            shown[record.region(region)] = experiment.between(low, high)
        shown[record.t("experiment.col.basis")] = record.t(f"experiment.basis.{row['basis']}")
        rows.append(shown)
    return record.markdown(pd.DataFrame(rows))


def chance(experiment: Experiment) -> Markdown:
    """Return the exact statements on chance, each with what it assumes."""
    rows = [_placing_row(experiment, key, found) for key, found in experiment.placings.items()]
    rows += [_rate_row(experiment, found) for found in (experiment.earlier, experiment.told)]
    rows += [_paired_row(experiment), _east_row(experiment)]
    names = ("statement", "value", "p", "assumes")
    columns = [experiment.record.t(f"experiment.col.{name}") for name in names]
    return experiment.record.markdown(pd.DataFrame(rows, columns=columns))


Row = tuple[str, str, str, str]


def _placing_row(experiment: Experiment, key: str, found: Placing) -> Row:
    record = experiment.record
    place = experiment.between(found.low, found.high)
    value = record.t("experiment.row.place", place=place, steps=found.steps)
    ends = [f"{count}/{found.steps}" for count in (found.low, found.high)]
    p = experiment.between(*ends)
    assumes = record.t("experiment.assumes." + ("two" if key == "narrow_two" else "rounds"))
    return record.t(f"experiment.row.{key}"), value, p, assumes


def _rate_row(experiment: Experiment, found: Step) -> Row:
    record = experiment.record
    special = experiment.change.change.low
    low, high = found.replaced
    statement = record.t(
        "experiment.row.fisher",
        n=special,
        e_n=experiment.between(low, high),
        e_pair=record.pair_name(found.change),
    )
    needed = experiment.between(number_needed(low, TOP), number_needed(high, TOP))
    ends = [f"{same_rate(special, n, TOP):.2f}" for n in (low, high)]
    value = record.t("experiment.row.needed", needed=needed)
    return statement, value, experiment.between(*ends), record.t("experiment.assumes.places")


def _paired_row(experiment: Experiment) -> Row:
    record, paired = experiment.record, experiment.paired
    statement = record.t(
        "experiment.row.zones", zones=paired.zones, first=paired.first, second=paired.second
    )
    value = record.t("experiment.row.farther", farther=paired.farther, nearer=paired.nearer)
    return statement, value, f"{paired.p:.3f}", record.t("experiment.assumes.zones")


def _east_row(experiment: Experiment) -> Row:
    record = experiment.record
    east_in, east_out = experiment.exchanged("east")
    inside = len(experiment.change.change.entered)
    value = record.t("experiment.row.east_value", inside=inside, east_in=east_in, east_out=east_out)
    p = f"{drawn_share(east_in, east_out, inside):.2f}"
    return record.t("experiment.row.east"), value, p, record.t("experiment.assumes.drawn")
