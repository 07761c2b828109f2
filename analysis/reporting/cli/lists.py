"""``jingkai lists``: the lists that a round publishes."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.reporting.cli.commands import Command, Words, option, words_of
from analysis.reporting.cli.messages import language, say, show_findings, tell


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
    from analysis.reporting.cli.progress import ProgressLines, describe
    from analysis.reporting.inputs import Request
    from analysis.reporting.lists.lists_files import COMMAND, write_lists
    from analysis.reporting.lists.lists_work import make_lists
    from analysis.reporting.one_report import make_one
    from analysis.reporting.uncertainty.uncertainty_inputs import check_folder
    from analysis.reporting.workspace import open_workspace

    folder = Path(out)
    request = Request(panel, framework, method, years, units, sheet, year, skip_bad)
    work = make_lists(request, rules, events)
    workspace = open_workspace(folder, alone=True)
    place = Path("tables", COMMAND)
    target = check_folder(workspace.out / place, COMMAND)
    findings = [found for part in work.years for found in part.inputs.findings]
    findings += work.notes
    show_findings(list({repr(found): found for found in findings}.values()), notes=False)
    if work.synthetic:
        tell("uncertainty.synthetic")
    write_lists(work, target)
    for line in work.summary(language()):
        click.echo(line)
    click.echo(say("uncertainty.done", path=str(folder / place)))
    failed = False
    for each in () if no_page else work.years:
        with ProgressLines() as progress:
            outcome = make_one(
                "07_lists",
                each.inputs,
                each.made.year,
                folder,
                progress=progress,
                languages=lang,
                formats=formats,
                extras=work.extras,
            )
        for failure in outcome.failures:
            click.secho(describe(failure), err=True, fg="red")
        for page in outcome.pages:
            click.echo(say("uncertainty.done", path=str(page)))
        failed = failed or bool(outcome.failures)
    return 1 if failed else 0
