"""``jingkai check``: everything that is wrong with a table, and nothing made from it."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.reporting.cli.commands import TABLE, Command, option, words_of
from analysis.reporting.cli.messages import language, tell


@click.command(cls=Command, **words_of("check"))
@option("--panel", metavar="FILE", required=True, words="panel_checked")
@option("--framework", metavar="NAME|FILE", required=True, words="framework_checked")
@option("--out", metavar="FILE", default="", words="out_findings")
@TABLE
def check(panel: str, framework: str, out: str, units: str, sheet: str, year: int | None) -> int:
    """Check a table; the help is in the table of texts."""
    from analysis.core.catalogue import default_regions, find_framework
    from analysis.core.check import examination_text, findings_table
    from analysis.core.read_panel import examine_panel
    from analysis.core.write import write_table
    from analysis.reporting.workspace import check_table_path

    target = check_table_path(Path(out)) if out else None
    wanted = find_framework(framework)
    seen = examine_panel(
        Path(panel),
        wanted,
        units=Path(units) if units else None,
        regions=default_regions(wanted.name),
        year=year,
        sheet=sheet or None,
    )
    if target is not None:
        write_table(findings_table(seen.findings, language()), target)
        tell("check.written", n=len(seen.findings), path=out)
    click.echo(examination_text(seen, language()))
    return 2 if seen.errors or seen.panel is None else 0
