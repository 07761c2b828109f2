"""Tables of the report on the published record."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.reporting.markdown import Markdown
from analysis.reporting.record.record import AMOUNTS, TOTALS, Record, shown_in
from analysis.zones.aggregates import growth, series
from analysis.zones.composition import composition
from analysis.zones.editions import lists_of
from analysis.zones.published import TOP, Turnover
from analysis.zones.registry import REGIONS, assessed_in

NEARLY = 1  # a list that lacks no more than so many members is shown place by place


def coverage(record: Record) -> Markdown:
    """Return how much of every round's lists is known."""
    rows = []
    for year in record.years:
        known = record.tops[year]
        own = record.results[record.results["data_year"] == year]
        whole = own[(own["region"] == "all") & (own["membership"] == "in")]
        rows.append(
            {
                record.t("record.col.data_year"): str(year),
                record.t("record.col.published"): str(record.editions["published"][year]),
                record.t("record.col.edition"): str(record.editions["framework"][year]),
                record.t("record.col.assessed"): int(record.editions["zones"][year]),
                record.t("record.col.members"): len(known.members),
                record.t("record.col.placed"): len(known.places),
                record.list_name("fdi"): int((whole["list"] == "fdi").sum()),
                record.list_name("trade"): int((whole["list"] == "trade").sum()),
            }
        )
    return record.markdown(pd.DataFrame(rows))


def top_places(record: Record) -> Markdown:
    """Return the overall top 30 of the rounds of which (almost) all is known, side by side."""
    columns: dict[str, object] = {record.t("record.col.place"): np.arange(1, TOP + 1)}
    for year in nearly_complete(record):
        at = {int(place): str(zone) for zone, place in record.tops[year].places.items()}
        names = [record.zone(at[p]) if p in at else None for p in range(1, TOP + 1)]
        columns[str(year)] = names
    return record.markdown(pd.DataFrame(columns), note=record.t("record.note.unknown"))


def other_lists(record: Record) -> Markdown:
    """Return what is known of the lists of ten: foreign capital, trade and those of old."""
    listed = pd.concat(
        [lists_of(year).assign(data_year=year) for year in record.years], ignore_index=True
    )
    rows = []
    for code in (code for code in record.lists.index if code != "overall"):
        for entry in listed[listed["list"] == code].sort_values("data_year").to_dict("records"):
            own = record.results[
                (record.results["data_year"] == entry["data_year"])
                & (record.results["list"] == code)
                & (record.results["region"] == entry["region"])
            ].sort_values("rank", na_position="last")
            names = [
                _placed(record, str(zone), rank)
                for zone, rank in zip(own["zone"], own["rank"], strict=True)
            ]
            rows.append(
                {
                    record.t("record.col.list"): record.list_name(code),
                    record.t("record.col.data_year"): str(entry["data_year"]),
                    record.t("record.col.known"): f"{len(own)} / {entry['size']}",
                    record.t("record.col.who"): record.join(names),
                }
            )
    return record.markdown(pd.DataFrame(rows))


def regional_lists(record: Record) -> Markdown:
    """Return the places known in the regional lists, published since data year 2021."""
    own = record.results[
        (record.results["list"] == "overall") & record.results["region"].isin(REGIONS)
    ]
    own = own[own["data_year"] >= record.years[0]]
    rows = []
    for year in sorted(own["data_year"].unique(), reverse=True):
        for region in REGIONS:
            part = own[(own["data_year"] == year) & (own["region"] == region)].sort_values("rank")
            if part.empty:
                continue
            rows.append(
                {
                    record.t("record.col.data_year"): str(year),
                    record.t("record.col.region"): record.region(region),
                    record.t("record.col.who"): record.join(
                        [
                            _placed(
                                record, str(entry["zone"]), entry["rank"], entry["derived"] == "yes"
                            )
                            for entry in part.to_dict("records")
                        ]
                    ),
                }
            )
    return record.markdown(pd.DataFrame(rows))


def turnovers(record: Record) -> Markdown:
    """Return who came in and who dropped out from round to round, with bounds."""
    rows = [
        {
            record.t("record.col.pair"): _step(record, change),
            record.t("record.col.replaced"): record.replaced(change),
            record.t("record.col.entered"): _names(record, change.entered),
            record.t("record.col.left"): _names(record, change.left),
        }
        for change in record.turnovers
    ]
    return record.markdown(pd.DataFrame(rows), note=record.t("record.note.nobody"))


def moved(record: Record) -> Markdown:
    """Return how far the zones moved whose place is known in both rounds."""
    most = record.t("record.col.most")
    rows = [
        {
            record.t("record.col.pair"): _step(record, change),
            record.t("record.col.compared"): change.compared,
            record.t("record.col.mean_move"): change.mean_move,
            most: change.moves.abs().max(),
        }
        for change in record.turnovers
    ]
    frame = pd.DataFrame(rows).astype({most: "Int64"})
    return record.markdown(frame, decimals=1, note=record.t("record.note.nobody"))


def provinces(record: Record) -> Markdown:
    """Return how many of the top 30 lie in each province, beside the zones it has."""
    years = nearly_complete(record)
    newest = years[-1]
    label = record.zones[f"province_{record.lang}"]
    counts = pd.DataFrame({year: composition(record.tops[year], label) for year in years})
    missing = counts.loc[[""]].fillna(0) if "" in counts.index else None
    counts = counts.drop(index="", errors="ignore").fillna(0).astype("int64")
    zones = label[assessed_in(record.zones, newest).index].value_counts()
    counts["zones"] = zones.reindex(counts.index, fill_value=0)
    order = sorted(counts.index, key=lambda name: (*(-counts.loc[name, years[::-1]]), name))
    counts = counts.loc[order]
    if missing is not None:
        missing = missing.assign(zones=np.nan).rename(index={"": record.t("record.fig.not_known")})
        counts = pd.concat([counts.astype("Int64"), missing.astype("Int64")])
    frame = counts.astype("Int64").rename_axis(record.t("record.col.province")).reset_index()
    frame.columns = [
        record.t("record.col.province"),
        *(str(year) for year in years),
        record.t("record.col.province_zones", year=newest),
    ]
    return record.markdown(frame, note=record.t("record.note.not_applicable"))


def moves(record: Record) -> Markdown:
    """Return the moves reported of places outside the top 30, the largest first."""
    results = record.results
    own = results[(results["list"] == "overall") & (results["region"] == "all")]
    ranks = own.pivot(index="zone", columns="data_year", values="rank")
    rows: list[tuple[Any, ...]] = []
    for after in record.years[1:]:
        if after - 1 not in ranks:
            continue
        before_after = ranks[[after - 1, after]].dropna()
        far = before_after[before_after.max(axis=1) > TOP].astype("int64")
        for zone, before, now in zip(far.index, far[after - 1], far[after], strict=True):
            rows.append((str(after), zone, before, now, before - now))
    told = {(year, zone) for year, zone, *_ in rows}
    for change in record.changes.to_dict("records"):
        year = str(change["period"] or change["data_year"])
        if (year, change["zone"]) not in told:
            rows.append(
                (
                    year,
                    change["zone"],
                    change["place_before"],
                    change["place_after"],
                    change["places_up"],
                )
            )
    rows.sort(key=lambda row: (-abs(row[4]), row[0], row[1]))
    names = ("data_year", "zone", "before", "after", "up")
    frame = pd.DataFrame(rows, columns=[record.t(f"record.col.{name}") for name in names])
    zone = record.t("record.col.zone")
    frame[zone] = [record.zone(z) if z else record.t("record.unresolved") for z in frame[zone]]
    whole = [record.t(f"record.col.{name}") for name in ("before", "after", "up")]
    frame = frame.astype(dict.fromkeys(whole, "Int64"))
    note = record.t("record.note.unknown")
    return record.markdown(frame, signed=[record.t("record.col.up")], note=note)


def departures(record: Record) -> Markdown:
    """Return the zones that were removed, and those summoned for talks that were named."""
    rows = []
    for code in ("removed", "warned"):
        for entry in record.results[record.results["list"] == code].to_dict("records"):
            zone = str(entry["zone"])
            rows.append(
                {
                    record.t("record.col.list"): record.list_name(code),
                    record.t("record.col.data_year"): str(entry["data_year"]),
                    record.t("record.col.zone"): record.zone(zone),
                    record.t("record.col.province"): record.province(zone),
                }
            )
    return record.markdown(pd.DataFrame(rows))


def amounts(record: Record) -> Markdown:
    """Return GDP, trade and foreign capital, every figure on its own basis, with growth."""
    parts = []
    for metric in AMOUNTS:
        rows = growth(_observed(record, metric)).sort_values(["data_year", "basis"])
        derived = rows["derived"].map({"yes": record.t("record.derived"), "no": ""})
        basis = rows["basis"].map(record.bases[f"name_{record.lang}"])
        parts.append(
            pd.DataFrame(
                {
                    record.t("record.col.metric"): record.t(f"record.total.{metric}"),
                    record.t("record.col.data_year"): rows["data_year"].astype(str),
                    record.t("record.col.zones"): rows["zones"],
                    record.t("record.col.value"): rows["value"] * shown_in(record, rows),
                    record.t("record.col.basis"): basis + derived,
                    record.t("record.col.growth"): rows["growth_pct"],
                    record.t("record.col.computed"): rows["computed_pct"],
                    record.t("record.col.share"): rows["share_pct"],
                }
            )
        )
    frame = pd.concat(parts)
    decimals = {str(column): 1 for column in frame.columns}
    decimals[record.t("record.col.value")] = 2
    return record.markdown(frame, decimals=decimals, note=record.t("record.note.no_figure"))


def counts(record: Record) -> Markdown:
    """Return the firms and institutions counted in the assessment notices, year by year."""
    observed = {metric: _observed(record, metric) for metric in TOTALS if metric not in AMOUNTS}
    years = sorted({int(year) for rows in observed.values() for year in rows["data_year"]})
    rows = []
    for metric, figures in observed.items():
        whole = {"count_10k": 10_000.0}.get(str(figures["unit"].iloc[0]), 1.0)
        by_year = (figures.set_index("data_year")["value"] * whole).round().reindex(years)
        name = record.aggregates.set_index("metric")[f"metric_{record.lang}"][metric]
        label = str(name if isinstance(name, str) else name.iloc[0])
        values = {str(year): by_year[year] for year in years}
        rows.append({record.t("record.col.metric"): label, **values})
    frame = pd.DataFrame(rows).astype({str(year): "Int64" for year in years})
    return record.markdown(frame, note=record.t("record.note.unknown"))


def sources(record: Record) -> Markdown:
    """Return the primary documents of the places, with the number of rows each supports."""
    counts = record.results.groupby(["data_year", "source"], sort=False).size().reset_index()
    frame = pd.DataFrame(
        {
            record.t("record.col.source"): [record.source(source) for source in counts["source"]],
            record.t("record.col.data_year"): counts["data_year"].astype(str),
            record.t("record.col.rows"): counts[0],
        }
    )
    return record.markdown(frame)


def nearly_complete(record: Record) -> list[int]:
    """Return the data years of which all members of the top 30 but one at most are known."""
    return [year for year in record.years if record.tops[year].missing <= NEARLY]


def _observed(record: Record, metric: str) -> pd.DataFrame:
    rows = series(record.aggregates, metric)
    return rows[rows["basis"] != "predecessor"]


def _placed(record: Record, zone: str, rank: object, derived: bool = False) -> str:
    """Name of a zone with its place, starred where the place was derived."""
    if pd.isna(rank):  # type: ignore[call-overload]
        return record.t("record.unplaced", zone=record.zone(zone))
    return f"{rank} {record.zone(zone)}" + ("*" if derived else "")


def _step(record: Record, change: Turnover) -> str:
    special = record.t("record.pair.new") if record.changes_edition(change) else ""
    return record.pair_name(change) + special


def _names(record: Record, zones: tuple[str, ...]) -> str | None:
    return record.t("join").join(sorted(record.zone(zone) for zone in zones)) or None
