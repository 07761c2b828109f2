"""The files of ``jingkai manage``: one folder for a year, written whole or not at all.

::

    OUT/tables/manage-<year>/about.yml         what was read, settings, notes, summary
    OUT/tables/manage-<year>/manage.yml        the settings that were made
    OUT/tables/manage-<year>/settings.csv      every clause and setting, and whose it is
    OUT/tables/manage-<year>/last_places.csv   the last places of every year
    OUT/tables/manage-<year>/candidates.csv    the candidates of every year, with their account
    OUT/tables/manage-<year>/notice.csv        whom one more year would make a candidate
    OUT/tables/manage-<year>/risk.csv          chances of this year and the next, with intervals
    OUT/tables/manage-<year>/scenario.csv      what the scenario of next year rests on, by item
    OUT/tables/manage-<year>/backtest.csv      the scenario on known years; calibration.csv
    OUT/tables/manage-<year>/ways.csv          who gets out of the last places, and how
    OUT/tables/manage-<year>/changes.csv       the smallest combinations, value by value
    OUT/tables/manage-<year>/single.csv        what each value does by itself
    OUT/tables/manage-<year>/talks.csv         who is summoned; follow_up.csv what came of it
    OUT/tables/manage-<year>/pauses.csv        provinces that recommend no upgrade
    OUT/tables/manage-<year>/upgrades.csv      provincial zones, shortlisted and ranked
    OUT/tables/manage-<year>/events.csv        what happened to zones
    OUT/tables/manage-<year>/management.<lang>.xlsx   the year's tables, one sheet each
    OUT/tables/manage-<year>/figures/<lang>/   SVG and PNG

Numbers are rounded to 9 decimals; the same inputs and settings give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.core.write import write_bytes, write_table, write_text
from analysis.reporting.about_file import about_inputs, about_text, notes
from analysis.reporting.audit.audit_workbook import Sheet, workbook
from analysis.reporting.inputs import Inputs
from analysis.reporting.management import management_figures, management_figures_risk
from analysis.reporting.management.manage_ahead import Ahead
from analysis.reporting.management.manage_settings import settings_text
from analysis.reporting.management.manage_summary import summary
from analysis.reporting.management.manage_tables import tables
from analysis.reporting.management.manage_work import Work
from analysis.reporting.management.management_data import Management
from analysis.reporting.output_folder import ABOUT, whole_folder
from analysis.reporting.picture_files import write_pictures
from analysis.reporting.report import ALL, Report
from analysis.reporting.style import Picture
from analysis.texts import LANGUAGES, text

COMMAND = "manage"
DECIMALS = 9
SHEETS = (
    *("candidates", "last_places", "notice", "risk", "ways", "changes", "single", "talks"),
    *("follow_up", "pauses", "upgrades", "events", "settings"),
)
OF_THE_YEAR = ("candidates", "last_places")
_WIDE = {"account": 80, "setting": 60, "clause": 30, "request": 40, "evidence": 30, "name": 22}


def write_work(
    work: Work, ahead: Ahead, inputs: Inputs, folder: Path, languages: tuple[str, ...]
) -> None:
    """Write tables, workbooks and figures into ``folder``, replacing what was there.

    Parameters
    ----------
    work, ahead : Work, Ahead
    inputs : Inputs
    folder : pathlib.Path
        As `analysis.reporting.output_folder.check_folder` returns it.
    languages : tuple of str
        Of workbooks and figures.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    made = tables(work, ahead)
    with whole_folder(folder) as new:
        for name, table in made.items():
            write_table(table.round(DECIMALS), new / f"{name}.csv")
        for lang in languages:
            write_bytes(new / f"management.{lang}.xlsx", _workbook(work, made, lang))
        write_pictures(partial(_pictures, work, ahead, inputs), new / "figures", languages)
        write_text(new / "manage.yml", settings_text(work.given.settings))
        write_text(new / ABOUT, about_text(COMMAND, about(work, ahead, inputs)))


def about(work: Work, ahead: Ahead, inputs: Inputs) -> dict[str, Any]:
    """Return what the folder says of itself."""
    return about_inputs(inputs) | {
        "year": work.year,
        "edition": work.editions.edition,
        "candidates_synthetic": bool(work.given.candidates and work.given.candidates.synthetic),
        "read": dict(sorted(work.given.sources.items())),
        "settings": yaml.safe_load(settings_text(work.given.settings)),
        "day": work.day.isoformat(),
        "risk": dict(ahead.about),
        "assumed": {lang: list(lines) for lang, lines in ahead.told.items()},
        "notes": notes(work.notes),
        "summary": {lang: summary(work, ahead, lang) for lang in LANGUAGES},
    }


def _pictures(work: Work, ahead: Ahead, inputs: Inputs, lang: str) -> Iterable[tuple[str, Picture]]:
    scores = work.scores
    report = Report(
        reading=inputs.reading,
        panel=inputs.panel.assessed(),
        framework=inputs.framework,
        method=inputs.method,
        scores=scores,
        year=work.year,
        region=ALL,
        lang=lang,
        known_regions=inputs.regions,
    )
    management = Management(report, work, ahead)
    yield "margins", management_figures.margins(management)
    yield "history", management_figures.history(management)
    if not ahead.risk.empty:
        yield "risk", management_figures_risk.risk(management)


def _workbook(work: Work, made: dict[str, pd.DataFrame], lang: str) -> bytes:
    sheets = []
    for name in SHEETS:
        if name not in made:
            continue
        table = made[name]
        if name in OF_THE_YEAR:
            table = table[table["year"] == work.year]
        sheets.append(_sheet(work, name, table, lang))
    mark = text("audit.about.synthetic", lang) if work.base.panel.synthetic else ""
    return workbook(sheets, mark)


def _sheet(work: Work, name: str, table: pd.DataFrame, lang: str) -> Sheet:
    columns: dict[str, Any] = {}
    for column in map(str, table):
        stem, _, ending = column.rpartition("_")
        if ending in LANGUAGES and stem:
            if ending == lang:
                columns["code_name" if stem == "code" else stem] = table[column]
        else:
            columns[column] = [_shown(work, column, cell, lang) for cell in table[column]]
    if "unit" in columns and "name" in columns and name != "upgrades":
        columns["name"] = [work.name(str(unit), lang) for unit in table["unit"]]
    headings = tuple(text(f"manage.column.{column}", lang) for column in columns)
    widths = tuple(_WIDE.get(column, 14) for column in columns)
    title = text(f"manage.sheet.{name}", lang)
    if work.base.panel.synthetic:
        title = f"{title} ({text('audit.synthetic', lang)})"
    return Sheet(title, pd.DataFrame(columns), headings, widths)


def _shown(work: Work, column: str, cell: Any, lang: str) -> Any:
    """Return a cell as a reader of the workbook wants it."""
    if cell is None or cell is pd.NA or cell != cell:
        return None
    if isinstance(cell, bool) or type(cell).__name__ == "bool":
        return text(f"management.{'yes' if cell else 'no'}", lang)
    if column == "region":
        return work.region(str(cell), lang)
    if column in ("status", "kind"):
        key = "status" if column == "status" else "event"
        return text(f"management.{key}.{cell}", lang)
    if column in ("how", "direction"):
        return text(f"manage.{column}.{cell}", lang)
    return round(cell, DECIMALS) if isinstance(cell, float) else cell
