"""What ``jingkai zone`` was asked for, and the tables that go with the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.write import write_table, write_text
from analysis.reporting.about_file import about_inputs, about_text
from analysis.reporting.inputs import Inputs, Request, editions
from analysis.reporting.management.manage_ahead import look_ahead, way_of
from analysis.reporting.management.manage_command import Prepared, prepare
from analysis.reporting.opening import score_reading
from analysis.reporting.output_folder import ABOUT, whole_folder
from analysis.reporting.report import report_of
from analysis.reporting.uncertainty.uncertainty_inputs import read_one_year, units_named, units_of
from analysis.reporting.uncertainty.uncertainty_work import Stages
from analysis.reporting.zone.zone_data import Zone, open_zone

COMMAND = "zone"


@dataclass(frozen=True, eq=False)
class ZoneWork:
    """One unit's report, its tables and what its page needs.

    Attributes
    ----------
    inputs : Inputs
    zone : Zone
    extras : dict
        Further files of the page: settings, events, the risk as it was worked out.
    tables : dict
        By the name of their file.
    """

    inputs: Inputs
    zone: Zone
    extras: dict[str, bytes]
    tables: dict[str, pd.DataFrame]

    @property
    def year(self) -> int:
        """The data year."""
        return self.zone.report.year


def make_zone(request: Request, word: str, asked: Mapping[str, Any], stages: Stages) -> ZoneWork:
    """Read, score, and work out risk and way out of one unit.

    Parameters
    ----------
    request : Request
        Its year is the one looked at; None: the newest.
    word : str
        Code or name of the unit.
    asked : mapping
        As for `analysis.reporting.management.manage_command.prepare`.
    stages : Stages

    Raises
    ------
    InputError
        If the unit or the year is not there, or anything read is wrong.
    """
    with stages.stage("reading"):
        inputs = read_one_year(request, request.year)
        unit = units_named([word], units_of(inputs))[0]
        opened = score_reading(inputs.reading, inputs.framework, inputs.method)
        zone = open_zone(report_of(opened, inputs.years[-1]), unit)
    tables = {
        "places": zone.places.reset_index(),
        "items": _named(zone, zone.items.reset_index()),
        "moves": _named(zone, zone.moves.reset_index()),
    }
    if inputs.framework.name not in editions():
        return ZoneWork(inputs, zone, {}, tables)
    asked = {**asked, "no_way_out": True}
    prepared = prepare(request, asked, inputs=inputs, scores=opened.scores)
    with stages.stage("risk"):
        ahead = look_ahead(prepared.work, tested=False)
    if len(ahead.risk):
        tables["risk"] = ahead.risk[ahead.risk["unit"] == unit]
    tables |= _way(prepared, unit)
    return ZoneWork(inputs, zone, prepared.extras(ahead), tables)


def write_zone(work: ZoneWork, folder: Path) -> None:
    """Write the tables of one unit into ``folder``, replacing what an earlier run wrote.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    about = {**about_inputs(work.inputs), "year": work.year, "unit": work.zone.unit}
    with whole_folder(folder) as new:
        for name, table in work.tables.items():
            write_table(table, new / f"{name}.csv")
        write_text(new / ABOUT, about_text(COMMAND, about))


def _named(zone: Zone, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of items with their names in both languages."""
    for place, lang in enumerate(("zh", "en"), start=1):
        names = [zone.report.framework.label(str(code), lang) for code in table["item"]]
        table.insert(place, f"name_{lang}", pd.Series(names, index=table.index, dtype="object"))
    return table


def _way(prepared: Prepared, unit: str) -> dict[str, pd.DataFrame]:
    """Return the way out as tables; none where the unit needs none."""
    found = way_of(prepared.work, unit)
    if not found.needed:
        return {}
    moved = found.smallest if found.reachable else found.nearest
    return {
        "way_out": moved.assign(reached=found.reachable, how=found.how),
        "way_out_single": found.single,
    }
