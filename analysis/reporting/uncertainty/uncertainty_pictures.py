"""The figures that stand beside the tables of a study of uncertainty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.reporting.style import Picture
from analysis.reporting.uncertainty import figures_uncertainty as figures
from analysis.reporting.uncertainty.figures_uncertainty import PAGE
from analysis.reporting.uncertainty.uncertainty_inputs import first_units, units_of
from analysis.reporting.uncertainty.uncertainty_work import TOP, Work, factor_labels
from analysis.reporting.unit_labels import region_labels, unit_labels
from analysis.texts import text

READABLE = 30  # units of the heat map that names its rows
DIAGRAM = 20  # units of the Hasse diagram
MOST_PAGES = 8  # of named units: nobody reads more


def pictures(work: Work, lang: str) -> Iterator[tuple[str, Picture]]:
    """Yield the figures of a study with the names of their files."""
    study, outcome = work.study, work.outcome
    labels = unit_labels(units_of(work.prepared.inputs), lang)
    known = region_labels(study.regions, work.prepared.inputs.regions, lang)
    regions = known if len(known) > 1 else None
    table = _labelled(outcome.intervals, labels)
    first = table[table["unit"].isin(_readable(work, READABLE))]

    def title(key: str, shown: int = 0) -> str:
        return _title(key, work, lang, shown)

    kept: dict[str, Any] = {"regions": regions, "cuts": TOP}
    yield "rank_intervals", figures.interval_overview(table, lang, title=title("intervals"), **kept)
    for name, part in _pages("rank_intervals", table):
        yield name, figures.interval_rows(part, lang, title=title("intervals"), **kept)
    acceptability = outcome.acceptability
    placed = table[table["unit"].isin(set(acceptability["unit"]))]
    yield (
        "rank_acceptability",
        figures.acceptability_map(
            acceptability, placed, lang, title=title("acceptability"), cuts=TOP
        ),
    )
    if len(first) < len(placed):
        yield (
            "rank_acceptability_first",
            figures.acceptability_map(
                acceptability, first, lang, title=title("acceptability", len(first)), cuts=TOP
            ),
        )
    if work.sobol is not None:
        indices = work.sobol.table
        named = factor_labels(indices, lang)
        shift = indices[indices["output"] == "mean_shift"]
        yield "sobol", figures.sobol_bars(shift, lang, title=title("sobol"), labels=named)
        ranks = indices[indices["output"] == "rank"]
        yield (
            "sobol_units",
            figures.sobol_by_unit(ranks, table, lang, title=title("sobol_units"), labels=named),
        )
    if work.robust is not None:
        bounds = _labelled(work.robust.bounds, labels)
        place = dict(zip(study.units, study.regions, strict=True))
        bounds = bounds.assign(region=[place[unit] for unit in bounds["unit"]])
        shown = table[table["unit"].isin(_readable(work, DIAGRAM))]
        yield "rank_bounds", figures.bounds_overview(bounds, lang, title=title("bounds"), **kept)
        for name, part in _pages("rank_bounds", bounds):
            yield name, figures.bounds_rows(part, lang, title=title("bounds"), **kept)
        yield (
            "hasse",
            figures.hasse_diagram(
                shown,
                work.robust.diagram(tuple(shown["unit"])),
                lang,
                title=title("hasse", len(shown)),
                regions=regions,
            ),
        )


def _readable(work: Work, most: int) -> set[str]:
    """Return the units of a figure that names everybody: those named, else the first."""
    table = work.outcome.intervals
    return set(work.prepared.named[:most] or first_units(table.set_index("unit")["rank"], most))


def _labelled(table: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    named = table.assign(label=[labels.get(unit, unit) for unit in table["unit"]])
    return named.sort_values(["rank", "unit"], kind="stable")


def _pages(name: str, table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the ranked rows in pages of like length; of very many units the first page alone."""
    table = table[table["rank"].notna()]
    if len(table) > MOST_PAGES * PAGE:
        table = table.iloc[:PAGE]
    pages = max(1, -(-len(table) // PAGE))
    length = -(-len(table) // pages)
    for page in range(pages):
        yield f"{name}_{page + 1}", table.iloc[page * length : (page + 1) * length]


def _title(key: str, work: Work, lang: str, shown: int) -> str:
    study = work.study
    mark = text("mark.synthetic", lang) if study.synthetic else ""
    said = text(f"ufig.title.{key}", lang, year=study.year)
    region = work.prepared.settings.region
    if region:
        known = region_labels([region], work.prepared.inputs.regions, lang)
        said += text("ufig.title.region", lang, region=known[region])
    if 0 < shown < len(study.units):
        which = "named" if work.prepared.named else "first"
        said += text(f"ufig.title.{which}", lang, many=shown)
    return said + mark
