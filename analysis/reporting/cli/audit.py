"""``jingkai audit``: findings in a year's data, with questions to the zones."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.reporting.cli.commands import Command, Words, option, words_of
from analysis.reporting.cli.messages import language, say, show_findings, tell


@click.command(cls=Command, **words_of("audit"))
@option("--panel", metavar="FILE|DIR", default="", words="panel_audited")
@option("--framework", metavar="NAME|FILE", default="", words="framework")
@option("--year", metavar="YEAR", type=int, words="year_audited")
@option("--units", metavar="FILE", default="", words="units")
@option("--sheet", metavar="NAME", default="", words="sheet")
@option("--skip-bad", is_flag=True, words="skip_bad_audit")
@option("--rules", metavar="default|FILE", multiple=True, words="audit_rules")
@option("--evidence", metavar="FILE", default="", words="audit_evidence")
@option("--totals", metavar="FILE", default="", words="audit_totals")
@option("--accept", metavar="FILE", multiple=True, words="audit_accept")
@option("--by-zone", is_flag=True, words="by_zone")
@option("--keep", is_flag=True, words="audit_keep")
@option("--no-page", is_flag=True, words="no_page")
@option("--lang", metavar="zh,en", type=Words("zh", "en"), default="zh,en", words="lang")
@option(
    "--to",
    "formats",
    metavar="html,pdf",
    type=Words("html", "pdf"),
    default="html,pdf",
    words="to",
)
@option("--out", metavar="DIR", required=True, words="out_report")
def audit(
    panel: str,
    framework: str,
    year: int | None,
    units: str,
    sheet: str,
    skip_bad: bool,
    rules: tuple[str, ...],
    evidence: str,
    totals: str,
    accept: tuple[str, ...],
    by_zone: bool,
    keep: bool,
    no_page: bool,
    lang: tuple[str, ...],
    formats: tuple[str, ...],
    out: str,
) -> int:
    """Audit a year's data; the help is in the table of texts."""
    # Imported here: `jingkai --help` need not wait for pandas.
    from analysis.reporting.audit.audit_beside import ACCEPTED, Asked, as_extras
    from analysis.reporting.audit.audit_files import COMMAND, write_audit
    from analysis.reporting.audit.audit_keep import check_keep, keep_accepted
    from analysis.reporting.audit.audit_work import make_audit
    from analysis.reporting.cli.progress import ProgressLines, describe
    from analysis.reporting.inputs import Request
    from analysis.reporting.one_report import make_one
    from analysis.reporting.uncertainty.uncertainty_inputs import check_folder
    from analysis.reporting.workspace import open_workspace

    folder = check_keep(panel) if keep else None
    asked = Asked(year, rules, accept, evidence, totals)
    inputs, work = make_audit(
        Request(panel, framework, "", "", units, sheet, year, skip_bad), asked
    )
    workspace = open_workspace(Path(out), alone=True)
    target = check_folder(workspace.out / "tables" / f"{COMMAND}-{work.data.year}", COMMAND)
    show_findings((*inputs.findings, *work.notes), notes=False)
    if inputs.panel.synthetic:
        tell("uncertainty.synthetic")
    if folder is not None:
        kept = keep_accepted(folder, work.accepted)
        tell("audit.kept", n=kept, path=folder / ACCEPTED)
    write_audit(inputs, work, target, by_zone=by_zone)
    pages: list[Path] = []
    failed = 0
    if not no_page:
        with ProgressLines() as progress:
            outcome = make_one(
                "08_audit",
                inputs,
                work.data.year,
                Path(out),
                progress=progress,
                languages=lang,
                formats=formats,
                extras=as_extras(asked),
            )
        pages = outcome.pages
        failed = len(outcome.failures)
        for failure in outcome.failures:
            click.secho(describe(failure), err=True, fg="red")
    for line in work.summary(language()):
        click.echo(line)
    for path in (target, *pages):
        click.echo(say("uncertainty.done", path=path))
    return 1 if failed else 0
