"""``jingkai run``: notebooks and pages for years and regions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.reporting.cli.commands import TABLE, Command, Words, option, words_of
from analysis.reporting.cli.messages import language, say, show_findings, tell
from analysis.reporting.cli.page import LANG_AND_TO

if TYPE_CHECKING:
    from analysis.reporting.inputs import Inputs
    from analysis.reporting.outcome import Outcome
    from analysis.reporting.plan import LeftOut
    from analysis.reporting.workspace import Workspace

OUT = "out"


@click.command(cls=Command, **words_of("run"))
@option("--panel", metavar="FILE", default="", words="panel")
@option("--framework", metavar="NAME|FILE", default="", words="framework")
@option("--method", metavar="NAME|FILE", default="", words="method")
@option("--years", metavar="YEARS", default="", words="years")
@option("--regions", metavar="A,B", type=Words(), default=(), words="regions")
@LANG_AND_TO
@option("--out", metavar="DIR", default=OUT, words="out")
@option("--notebooks", metavar="A,B", type=Words(), default=(), words="notebooks")
@option(
    "--renderer", type=click.Choice(["auto", "quarto", "pandoc"]), default="auto", words="renderer"
)
@option("--workers", metavar="N", type=click.IntRange(1), words="workers")
@option("--alone", is_flag=True, words="alone")
@option("--skip-bad", is_flag=True, words="skip_bad")
@TABLE
def run(
    panel: str,
    framework: str,
    method: str,
    years: str,
    regions: tuple[str, ...],
    lang: tuple[str, ...],
    formats: tuple[str, ...],
    out: str,
    notebooks: tuple[str, ...],
    renderer: str,
    workers: int | None,
    alone: bool,
    skip_bad: bool,
    units: str,
    sheet: str,
    year: int | None,
) -> int:
    """Make the reports; the help is in the table of texts."""
    # Imported here: `jingkai --help` need not wait for pandas.
    from analysis.reporting.cli.progress import ProgressLines, describe
    from analysis.reporting.inputs import Request, read_inputs
    from analysis.reporting.outcome import Outcome
    from analysis.reporting.pages import choose_renderer
    from analysis.reporting.plan import choose_notebooks, choose_regions, plan
    from analysis.reporting.run import make_reports
    from analysis.reporting.workspace import open_workspace

    outcome = Outcome()
    renderer = choose_renderer(renderer)
    with outcome.timed("reading"):
        chosen = choose_notebooks(notebooks)
        request = Request(panel, framework, method, years, units, sheet, year, skip_bad)
        inputs = read_inputs(request)
        scopes = choose_regions(regions, inputs)
        jobs, left_out = plan(inputs, chosen, scopes, lang)
        workspace = open_workspace(Path(out), alone=alone)
    _tell_start(inputs, left_out, renderer)
    with ProgressLines() as progress:
        make_reports(
            outcome,
            jobs,
            workspace,
            formats=formats,
            renderer=renderer,
            workers=workers or os.cpu_count() or 1,
            progress=progress,
        )
    _tell_end(outcome, workspace, lang)
    for failure in outcome.failures:
        click.secho(describe(failure), err=True, fg="red")
        if failure.kept is not None:
            tell("failed.kept", path=_seen(failure.kept))
    return 1 if outcome.failures else 0


def _tell_start(inputs: list[Inputs], left_out: list[LeftOut], renderer: str) -> None:
    for part in inputs:
        reading = part.reading
        tell(
            "run.reading",
            years=say("place.join").join(map(str, part.years)),
            framework=part.framework.name,
            method=part.method.name,
            read=reading.rows_read,
            used=reading.rows_used,
            refused=reading.rows_refused,
        )
        if reading.attributes:
            tell("run.attributes", names=", ".join(reading.attributes))
        show_findings(part.findings, notes=False)
    for out in left_out:
        tell(f"left_out.{out.code}", **out.values)
    tell("run.renderer", renderer=say(f"renderer.{renderer}"))


def _tell_end(outcome: Outcome, workspace: Workspace, languages: tuple[str, ...]) -> None:
    if outcome.warnings:
        tell("run.warnings", n=len(outcome.warnings))
        for line in outcome.warnings[:20]:
            click.echo(f"  {line}", err=True)
    click.echo(say("run.done", reports=len(outcome.notebooks), pages=len(outcome.pages)))
    lang = language() if language() in languages else languages[0]
    if workspace.alone:
        for page in outcome.pages:
            click.echo(say("uncertainty.done", path=_seen(page)))
    else:
        index = workspace.site / ("index.html" if lang == "zh" else "reports/index.en.html")
        click.echo(say("run.site", path=_seen(index)))
    for stage, seconds in outcome.seconds.items():
        click.echo(say("run.stage", stage=say(f"stage.{stage}"), seconds=f"{seconds:.1f}"))
    total = sum(outcome.seconds.values())
    click.echo(say("run.stage", stage=say("stage.total"), seconds=f"{total:.1f}"))


def _seen(path: Path) -> str:
    """Return a path as seen from here, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
