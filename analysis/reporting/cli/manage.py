"""``jingkai manage``: dynamic management of a year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from analysis.reporting.cli.commands import Command, option, words_of
from analysis.reporting.cli.messages import language, say, show_findings, tell
from analysis.reporting.cli.page import PAGE, make_page, tables_folder


def _example(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the shipped settings and go no further."""
    if asked and not context.resilient_parsing:
        from analysis.reporting.management.read_settings import example_text

        click.echo(example_text(), nl=False)
        context.exit()


@click.command(cls=Command, **words_of("manage"))
@option("--panel", metavar="FILE|DIR", default="", words="panel")
@option("--year", metavar="YEAR", type=int, words="year_managed")
@option("--edition", type=click.Choice(["2016", "2021"]), words="manage_edition")
@option("--framework", metavar="NAME|FILE", default="", words="framework")
@option("--method", metavar="NAME|FILE", default="", words="method")
@option("--units", metavar="FILE", default="", words="units")
@option("--sheet", metavar="NAME", default="", words="sheet")
@option("--skip-bad", is_flag=True, words="skip_bad_one")
@option("--settings", metavar="FILE", default="", words="manage_settings")
@option("--events", metavar="FILE", default="", words="manage_events")
@option("--talks", metavar="FILE", default="", words="manage_talks")
@option("--candidates", metavar="FILE", default="", words="manage_candidates")
@option("--day", metavar="YYYY-MM-DD", type=click.DateTime(["%Y-%m-%d"]), words="manage_day")
@option("--draws", metavar="N", type=click.IntRange(2, 100_000), words="manage_draws")
@option("--scenarios", metavar="N", type=click.IntRange(1, 10_000), words="manage_scenarios")
@option("--methods", type=click.Choice(["none", "default"]), words="manage_methods")
@option("--seed", metavar="N", type=click.IntRange(0), words="manage_seed")
@option("--no-risk", is_flag=True, words="no_risk")
@option("--no-way-out", is_flag=True, words="no_way_out")
@PAGE
@option(
    "--example",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_example,
    words="manage_example",
)
@option("--out", metavar="DIR", required=True, words="out_report")
def manage(
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
    """Work out dynamic management; the help is in the table of texts."""
    # Imported here: `jingkai --help` need not wait for pandas.
    from analysis.reporting.cli.bar import Bar
    from analysis.reporting.inputs import Request
    from analysis.reporting.management.manage_command import prepare
    from analysis.reporting.management.manage_files import COMMAND, write_work
    from analysis.reporting.management.manage_summary import summary

    folder = Path(out)
    request = Request(panel, framework, method, "", units, sheet, year, skip_bad)
    bar = Bar()
    with bar.stage("reading"):
        prepared = prepare(request, year, asked)
    place = Path("tables", f"{COMMAND}-{prepared.work.year}")
    target = tables_folder(folder, place, COMMAND)
    show_findings((*prepared.inputs.findings, *prepared.work.notes), notes=False)
    if prepared.inputs.panel.synthetic:
        tell("uncertainty.synthetic")
    ahead = prepared.look_ahead(bar)
    with bar.stage("writing"):
        write_work(prepared.work, ahead, prepared.inputs, target, lang)
    for line in summary(prepared.work, ahead, language()):
        click.echo(line)
    click.echo(say("uncertainty.done", path=str(folder / place)))
    if no_page:
        return 0
    made = make_page(
        "05_management",
        prepared.inputs,
        prepared.work.year,
        folder,
        lang,
        formats,
        extras=prepared.extras(ahead),
    )
    return 0 if made else 1
