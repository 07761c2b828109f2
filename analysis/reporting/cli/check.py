"""``jingkai check``: everything that is wrong with a table, and nothing made from it."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.reporting.cli.commands import TABLE, Command, option, words_of
from analysis.reporting.cli.messages import language, say, tell


@click.command(cls=Command, **words_of("check"))
@option("--panel", metavar="FILE|DIR", required=True, words="panel_checked")
@option("--framework", metavar="NAME|FILE", default="", words="framework_checked_any")
@option("--out", metavar="FILE", default="", words="out_findings")
@TABLE
def check(panel: str, framework: str, out: str, units: str, sheet: str, year: int | None) -> int:
    """Check a table; the help is in the table of texts."""
    from analysis.core.catalogue import default_regions, find_framework
    from analysis.core.check import examination_text, findings_table
    from analysis.core.findings import Finding
    from analysis.core.read_panel import examine_panel
    from analysis.core.write import write_table
    from analysis.reporting.workspace import check_table_path

    target = check_table_path(Path(out)) if out else None
    names = (framework,) if framework else _own_frameworks(Path(panel))
    wanted = [find_framework(name) for name in names]
    found: dict[str, Finding] = {}
    good, told = True, []
    for each in wanted:
        seen = examine_panel(
            Path(panel),
            each,
            units=Path(units) if units else None,
            regions=default_regions(each.name),
            year=year,
            sheet=sheet or None,
        )
        # Two editions find the same things in one panel; each is listed once.
        found |= {repr(finding): finding for finding in seen.findings}
        good = good and not seen.errors and seen.panel is not None
        title = [say("check.which", framework=each.name)] if len(wanted) > 1 else []
        told.append("\n".join([*title, examination_text(seen, language())]))
    if target is not None:
        write_table(findings_table(tuple(found.values()), language()), target)
        tell("check.written", n=len(found), path=out)
    click.echo("\n\n".join(told))
    return 0 if good else 2


def _own_frameworks(panel: Path) -> tuple[str, ...]:
    """Return the frameworks of a panel folder: of the editions, those in force in its years."""
    from analysis.core.findings import Finding, InputError
    from analysis.core.panel_folder import EDITIONS, open_folder
    from analysis.zones.editions import framework_for

    if not panel.is_dir():
        raise InputError([Finding("error", "check.framework")])
    folder = open_folder(panel)
    if folder.framework != EDITIONS:
        return (folder.framework,)
    if not folder.years:
        told: dict[str, object] = {"folder": str(panel)}
        raise InputError([Finding("error", "folder.empty", told)])
    return tuple(dict.fromkeys(framework_for(year) for year in folder.years))
