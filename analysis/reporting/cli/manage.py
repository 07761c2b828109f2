"""``jingkai manage``: dynamic management of a year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from analysis.reporting.cli.commands import Command, one_year, option, take_request, words_of
from analysis.reporting.cli.messages import language, say, show_findings, tell
from analysis.reporting.cli.page import PAGE, make_page, tables_folder


def _example(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the shipped settings and go no further."""
    if asked and not context.resilient_parsing:
        from analysis.reporting.management.read_settings import example_text

        click.echo(example_text(), nl=False)
        context.exit()


@click.command(cls=Command, **words_of("manage"))
@one_year("year_managed")
@option("--edition", type=click.Choice(["2016", "2021"]), words="manage_edition")
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
    lang: tuple[str, ...],
    formats: tuple[str, ...],
    no_page: bool,
    out: str,
    **asked: Any,
) -> int:
    """Work out dynamic management; the help is in the table of texts."""
    # Imported here: `jingkai --help` need not wait for pandas.
    from analysis.reporting.cli.bar import Bar
    from analysis.reporting.management.manage_command import prepare
    from analysis.reporting.management.manage_files import COMMAND, write_work
    from analysis.reporting.management.manage_summary import summary

    folder = Path(out)
    request = take_request(asked)
    bar = Bar()
    with bar.stage("reading"):
        prepared = prepare(request, asked)
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
