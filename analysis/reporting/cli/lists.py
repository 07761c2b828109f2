"""``jingkai lists``: the lists that a round publishes."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.reporting.cli.commands import Command, option, words_of
from analysis.reporting.cli.messages import language, say, show_findings, tell
from analysis.reporting.cli.page import PAGE, make_page, tables_folder


@click.command(cls=Command, **words_of("lists"))
@option("--panel", metavar="FILE|DIR", default="", words="panel")
@option("--framework", metavar="NAME|FILE", default="", words="framework")
@option("--method", metavar="NAME|FILE", default="", words="method")
@option("--years", metavar="YEARS", default="", words="years")
@option("--units", metavar="FILE", default="", words="units")
@option("--sheet", metavar="NAME", default="", words="sheet")
@option("--year", metavar="YEAR", type=int, words="year")
@option("--skip-bad", is_flag=True, words="skip_bad")
@option("--rules", metavar="FILE", default="", words="list_rules")
@option("--events", metavar="FILE", default="", words="list_events")
@PAGE
@option("--out", metavar="DIR", required=True, words="out_report")
def lists(
    panel: str,
    framework: str,
    method: str,
    years: str,
    units: str,
    sheet: str,
    year: int | None,
    skip_bad: bool,
    rules: str,
    events: str,
    lang: tuple[str, ...],
    formats: tuple[str, ...],
    no_page: bool,
    out: str,
) -> int:
    """Make the lists of a round; the help is in the table of texts."""
    # Imported here: `jingkai --help` need not wait for pandas.
    from analysis.reporting.inputs import Request
    from analysis.reporting.lists.lists_files import COMMAND, write_lists
    from analysis.reporting.lists.lists_work import make_lists

    folder = Path(out)
    request = Request(panel, framework, method, years, units, sheet, year, skip_bad)
    work = make_lists(request, rules, events)
    place = Path("tables", COMMAND)
    target = tables_folder(folder, place, COMMAND)
    findings = [found for part in work.years for found in part.inputs.findings]
    findings += work.notes
    show_findings(list({repr(found): found for found in findings}.values()), notes=False)
    if work.synthetic:
        tell("uncertainty.synthetic")
    write_lists(work, target)
    for line in work.summary(language()):
        click.echo(line)
    click.echo(say("uncertainty.done", path=str(folder / place)))
    made = [
        make_page(
            "07_lists", each.inputs, each.made.year, folder, lang, formats, extras=work.extras
        )
        for each in (() if no_page else work.years)
    ]
    return 0 if all(made) else 1
