"""``jingkai score``: scores and ranks as a tidy table."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.reporting.cli.commands import TABLE, Command, option, words_of
from analysis.reporting.cli.messages import show_findings, tell


@click.command(cls=Command, **words_of("score"))
@option("--panel", metavar="FILE", default="", words="panel")
@option("--framework", metavar="NAME|FILE", default="", words="framework")
@option("--method", metavar="NAME|FILE", default="", words="method")
@option("--out", metavar="FILE", required=True, words="out_table")
@option("--years", metavar="YEARS", default="", words="years_score")
@option("--skip-bad", is_flag=True, words="skip_bad")
@TABLE
def score(
    panel: str,
    framework: str,
    method: str,
    out: str,
    years: str,
    skip_bad: bool,
    units: str,
    sheet: str,
    year: int | None,
) -> int:
    """Score a panel; the help is in the table of texts."""
    import pandas as pd

    from analysis.core.score import score as score_panel
    from analysis.core.write import write_table
    from analysis.reporting.inputs import Request, read_inputs
    from analysis.reporting.workspace import check_table_path

    target = check_table_path(Path(out))
    request = Request(panel, framework, method, years, units, sheet, year, skip_bad)
    tables = []
    for part in read_inputs(request, all_years=True):
        scores = score_panel(part.panel, part.framework, part.method)
        tables.append(scores.table[scores.table["year"].isin(part.years)])
        told = (found for found in scores.findings if found.year in (None, *part.years))
        show_findings((*part.findings, *told), notes=False)
        tell(
            "score.part",
            framework=part.framework.name,
            method=part.method.name,
            read=part.reading.rows_read,
            used=part.reading.rows_used,
            refused=part.reading.rows_refused,
        )
    table = pd.concat(tables, ignore_index=True)
    write_table(table, target)
    tell("score.done", rows=len(table), path=out)
    return 0
