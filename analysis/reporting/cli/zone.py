"""``jingkai zone``: two pages on one zone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from analysis.reporting.cli.commands import Command, one_year, option, take_request, words_of
from analysis.reporting.cli.messages import say, show_findings, tell
from analysis.reporting.cli.page import PAGE, make_page, tables_folder

OUT = "zones"


@click.command(cls=Command, **words_of("zone"))
@click.argument("unit", metavar="ID")
@one_year("year_zone")
@option("--settings", metavar="FILE", default="", words="manage_settings")
@option("--events", metavar="FILE", default="", words="manage_events")
@option("--no-risk", is_flag=True, words="no_risk")
@PAGE
@option("--out", metavar="DIR", default=OUT, words="out_zone")
def zone(
    unit: str,
    lang: tuple[str, ...],
    formats: tuple[str, ...],
    no_page: bool,
    out: str,
    **asked: Any,
) -> int:
    """Make the report on one zone; the help is in the table of texts."""
    # Imported here: `jingkai --help` need not wait for pandas.
    from analysis.reporting.cli.bar import Bar
    from analysis.reporting.workspace import folder_name
    from analysis.reporting.zone.zone_command import COMMAND, make_zone, write_zone

    folder = Path(out)
    work = make_zone(take_request(asked), unit, asked, Bar())
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
