"""``jingkai zone``: two pages on one zone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from analysis.reporting.cli.commands import Command, Words, option, words_of
from analysis.reporting.cli.messages import say, show_findings, tell

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
@option("--lang", metavar="zh,en", type=Words("zh", "en"), default="zh,en", words="lang")
@option(
    "--to",
    "formats",
    metavar="html,pdf",
    type=Words("html", "pdf"),
    default="html,pdf",
    words="to",
)
@option("--no-page", is_flag=True, words="no_page")
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
    from analysis.reporting.cli.progress import ProgressLines, describe
    from analysis.reporting.inputs import Request
    from analysis.reporting.one_report import make_one
    from analysis.reporting.uncertainty.uncertainty_inputs import check_folder
    from analysis.reporting.workspace import folder_name, open_workspace
    from analysis.reporting.zone.zone_command import COMMAND, make_zone, write_zone

    folder = Path(out)
    request = Request(panel, framework, method, "", units, sheet, year, skip_bad)
    work = make_zone(request, unit, year, asked, Bar())
    workspace = open_workspace(folder, alone=True)
    place = Path("tables", f"{COMMAND}-{folder_name(work.zone.unit)}-{work.year}")
    target = check_folder(workspace.out / place, COMMAND)
    show_findings(work.inputs.findings, notes=False)
    if work.inputs.panel.synthetic:
        tell("uncertainty.synthetic")
    write_zone(work, target)
    click.echo(say("uncertainty.done", path=str(folder / place)))
    if no_page:
        return 0
    with ProgressLines() as progress:
        outcome = make_one(
            "09_zone",
            work.inputs,
            work.year,
            folder,
            progress=progress,
            unit=work.zone.unit,
            languages=lang,
            formats=formats,
            extras=work.extras,
        )
    for failure in outcome.failures:
        click.secho(describe(failure), err=True, fg="red")
    for page in outcome.pages:
        click.echo(say("uncertainty.done", path=str(page)))
    return 1 if outcome.failures else 0
