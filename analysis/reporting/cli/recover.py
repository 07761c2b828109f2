"""``jingkai recover``: which weights could have produced a published order."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.reporting.cli.commands import Command, one_year, option, words_of
from analysis.reporting.cli.messages import language, say, show_findings
from analysis.reporting.cli.uncertainty import tell_inputs


@click.command(cls=Command, **words_of("recover"))
@one_year("year_studied")
@option("--published", metavar="FILE", required=True, words="published")
@option("--published-sheet", metavar="NAME", default="", words="published_sheet")
@option("--weights", metavar="free|uniform|band:B|FILE", default="free", words="weights_before")
@option("--methods", metavar="none|default|FILE", default="none", words="methods_asked")
@option("--out", metavar="DIR", required=True, words="out_folder")
def recover(
    panel: str,
    framework: str,
    method: str,
    year: int | None,
    units: str,
    sheet: str,
    skip_bad: bool,
    published: str,
    published_sheet: str,
    weights: str,
    methods: str,
    out: str,
) -> int:
    """Recover weights; the help is in the table of texts."""
    from analysis.reporting.cli.bar import Bar
    from analysis.reporting.inputs import Request
    from analysis.reporting.output_folder import check_folder
    from analysis.reporting.uncertainty.recover_work import recover as recover_weights
    from analysis.reporting.uncertainty.recover_work import write_recovery
    from analysis.reporting.uncertainty.uncertainty_inputs import read_one_year

    target = check_folder(Path(out), "recover")
    request = Request(panel, framework, method, "", units, sheet, year, skip_bad)
    inputs = read_one_year(request, year)
    tell_inputs(inputs)
    with Bar().stage("recover"):
        work = recover_weights(inputs, Path(published), published_sheet or None, weights, methods)
    show_findings(work.study.notes)
    write_recovery(work, target)
    for line in work.summary(language()):
        click.echo(line)
    click.echo(say("uncertainty.done", path=out))
    return 0
