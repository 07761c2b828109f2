"""``jingkai stage``: how far a year's data are, and the next step."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from analysis.reporting.cli.commands import Command, option, words_of
from analysis.reporting.cli.messages import language, show_findings


@click.command(cls=Command, **words_of("stage"))
@option("--panel", metavar="DIR", required=True, words="panel_stage")
@option("--year", metavar="YEAR", type=click.IntRange(1000, 2999), required=True, words="year_form")
@option("--to", metavar="STAGE", default="", words="to_stage")
@option("--by", metavar="WHO", default="", words="by_stage")
@option("--on", metavar="DATE", default="", words="on_stage")
@option("--reason", metavar="TEXT", default="", words="reason_stage")
@option("--accept", metavar="FILE", multiple=True, words="accept_stage")
def stage(
    panel: str, year: int, to: str, by: str, on: str, reason: str, accept: tuple[str, ...]
) -> int:
    """Show or move the stage of a year; the help is in the table of texts."""
    from analysis.core.panel_stages import seal_findings
    from analysis.reporting.stage_work import steps_of, take_step, trace_text

    place = Path(panel)
    if not to:
        click.echo(trace_text(steps_of(place, year), year, language()))
        changed = seal_findings(place, year)
        show_findings(changed)
        return 2 if changed else 0
    today = on or date.today().isoformat()
    moved = take_step(place, year, to, by=by, on=today, reason=reason, accepted=accept)
    if moved.audit is not None:
        show_findings(moved.audit.notes)
        for line in moved.audit.summary(language()):
            click.echo(line)
    click.echo(trace_text(moved.steps, year, language()))
    return 0
