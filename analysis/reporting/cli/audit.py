"""``jingkai audit``: findings in a year's data, with questions to the zones."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.reporting.cli.commands import Command, option, words_of
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
@option("--out", metavar="DIR", required=True, words="out_folder")
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
    out: str,
) -> int:
    """Audit a year's data; the help is in the table of texts."""
    from analysis.reporting.audit.audit_files import write_audit
    from analysis.reporting.audit.audit_work import Asked, make_audit
    from analysis.reporting.inputs import Request
    from analysis.reporting.uncertainty.uncertainty_inputs import check_folder

    target = check_folder(Path(out), "audit")
    request = Request(panel, framework, "", "", units, sheet, year, skip_bad)
    work = make_audit(request, Asked(year, rules, accept, evidence, totals))
    show_findings((*work.inputs.findings, *work.notes), notes=False)
    if work.inputs.panel.synthetic:
        tell("uncertainty.synthetic")
    write_audit(work, target, by_zone=by_zone)
    for line in work.summary(language()):
        click.echo(line)
    click.echo(say("uncertainty.done", path=out))
    return 0
