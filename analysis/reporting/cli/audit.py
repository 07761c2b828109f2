"""``jingkai audit``: findings in a year's data, with questions to the zones."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.reporting.cli.commands import Command, option, words_of
from analysis.reporting.cli.messages import language, say, show_findings, tell
from analysis.reporting.cli.page import PAGE, make_page, tables_folder


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
@PAGE
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
    from analysis.reporting.inputs import Request

    folder = check_keep(panel) if keep else None
    asked = Asked(year, rules, accept, evidence, totals)
    inputs, work = make_audit(
        Request(panel, framework, "", "", units, sheet, year, skip_bad), asked
    )
    place = Path("tables", f"{COMMAND}-{work.data.year}")
    target = tables_folder(Path(out), place, COMMAND)
    show_findings((*inputs.findings, *work.notes), notes=False)
    if inputs.panel.synthetic:
        tell("uncertainty.synthetic")
    if folder is not None:
        kept = keep_accepted(folder, work.accepted)
        tell("audit.kept" if kept else "audit.kept_none", n=kept, path=folder / ACCEPTED)
    write_audit(inputs, work, target, by_zone=by_zone)
    for line in work.summary(language()):
        click.echo(line)
    click.echo(say("uncertainty.done", path=str(Path(out) / place)))
    if no_page:
        return 0
    year = work.data.year
    made = make_page("08_audit", inputs, year, Path(out), lang, formats, extras=as_extras(asked))
    return 0 if made else 1
