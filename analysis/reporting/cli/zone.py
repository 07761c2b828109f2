"""``jingkai zone``: two pages on one zone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from analysis.reporting.cli.commands import Command, option, words_of
from analysis.reporting.cli.messages import say, show_findings, tell
from analysis.reporting.cli.page import PAGE, make_page, tables_folder

OUT = "zones"


@click.command(cls=Command, **words_of("zone"))
@click.argument("unit", metavar="ID")
@option("--panel", metavar="FILE|DIR", default="", words="panel")
@option("--year", metavar="YEAR", type=int, words="year_zone")
@option("--framework", metavar="NAME|FILE", default="", words="framework")
@option("--method", metavar="NAME|FILE", default="", words="method")
@option("--units", metavar="FILE", default="", words="units")
@option("--sheet", metavar="NAME", default="", words="sheet")
@option("--skip-bad", is_flag=True, words="skip_bad_one")
@option("--settings", metavar="FILE", default="", words="manage_settings")
@option("--events", metavar="FILE", default="", words="manage_events")
@option("--no-risk", is_flag=True, words="no_risk")
@PAGE
@option("--out", metavar="DIR", default=OUT, words="out_zone")
def zone(
    unit: str,
    panel: str,
    year: int | None,
    framework: str,
    method: str,
    units: str,
    sheet: str,
    skip_bad: bool,
    lang: tuple[str, ...],
    formats: tuple[str, ...],
    no_page: bool,
    out: str,
    **asked: Any,
) -> int:
    """Make the report on one zone; the help is in the table of texts."""
    # Imported here: `jingkai --help` need not wait for pandas.
    from analysis.reporting.cli.bar import Bar
    from analysis.reporting.inputs import Request
    from analysis.reporting.workspace import folder_name
    from analysis.reporting.zone.zone_command import COMMAND, make_zone, write_zone

    folder = Path(out)
    request = Request(panel, framework, method, "", units, sheet, year, skip_bad)
    work = make_zone(request, unit, year, asked, Bar())
    place = Path("tables", f"{COMMAND}-{folder_name(work.zone.unit)}-{work.year}")
    target = tables_folder(folder, place, COMMAND)
    show_findings(work.inputs.findings, notes=False)
    if work.inputs.panel.synthetic:
        tell("uncertainty.synthetic")
    write_zone(work, target)
    click.echo(say("uncertainty.done", path=str(folder / place)))
    if no_page:
        return 0
    made = make_page(
        "09_zone",
        work.inputs,
        work.year,
        folder,
        lang,
        formats,
        unit=work.zone.unit,
        extras=work.extras,
    )
    return 0 if made else 1
