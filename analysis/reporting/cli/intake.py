"""``jingkai intake``: filled forms into a panel folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from analysis.reporting.cli.commands import Command, option, words_of
from analysis.reporting.cli.messages import language, say, show_findings, tell


@click.command(cls=Command, **words_of("intake"))
@click.argument("forms", metavar="DIR|FILE")
@option("--year", metavar="YEAR", type=click.IntRange(1000, 2999), required=True, words="year_form")
@option("--panel", metavar="DIR", required=True, words="panel_intake")
@option("--framework", metavar="NAME|FILE", default="", words="framework_form")
@option("--skip-bad", is_flag=True, words="skip_bad_cells")
@option("--amend", metavar="REASON", default=None, words="amend_intake")
@option("--by", metavar="WHO", default="", words="by_intake")
@option("--on", metavar="DATE", default="", words="on_intake")
@option("--out", metavar="FILE", default="", words="out_findings")
def intake(
    forms: str,
    year: int,
    panel: str,
    framework: str,
    skip_bad: bool,
    amend: str | None,
    by: str,
    on: str,
    out: str,
) -> int:
    """Take forms in; the help is in the table of texts."""
    from analysis.core.check import findings_table
    from analysis.core.findings import Finding, InputError
    from analysis.core.write import write_table
    from analysis.reporting.workspace import check_table_path
    from analysis.texts import text
    from analysis.zones.cycle.intake import counts_text, take_in
    from analysis.zones.cycle.stages import amendment_of

    amendment = None
    if amend is not None:
        amendment = amendment_of(by, on or date.today().isoformat(), amend, year)
    target = check_table_path(Path(out)) if out else None

    def keep(findings: tuple[Finding, ...]) -> None:
        if target is not None:
            write_table(findings_table(findings, language()), target)
            tell("check.written", n=len(findings), path=out)

    try:
        taken = take_in(
            forms, panel, year, framework=framework, skip_bad=skip_bad, amendment=amendment
        )
    except InputError as error:
        keep(error.findings)
        tell("intake.nothing", n=sum(f.severity == "error" for f in error.findings))
        raise
    keep(taken.findings)
    show_findings(taken.findings)
    click.echo(say("intake.done", panel=panel, **counts_text(taken)))
    if taken.reopened:
        stage = text(f"stage.{taken.reopened}", language())
        click.echo(say("intake.reopened", year=year, stage=stage))
    click.echo(say("intake.next", panel=panel, year=year))
    return 0
