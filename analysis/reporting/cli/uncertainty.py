"""``jingkai uncertainty``: how firm every rank of a year is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.reporting.cli.commands import Command, Words, one_year, option, words_of
from analysis.reporting.cli.messages import language, say, show_findings, tell

if TYPE_CHECKING:
    from analysis.reporting.inputs import Inputs
    from analysis.reporting.uncertainty.uncertainty_work import Work

OPEN = "*"  # --exact-ranks without units


@click.command(cls=Command, **words_of("uncertainty"))
@one_year("year_studied")
@option("--region", metavar="NAME", default="", words="region_studied")
@option(
    "--weights",
    metavar="uniform|dirichlet[:C]|band:B|FILE",
    default="uniform",
    words="weights_drawn",
)
@option("--methods", metavar="default|none|FILE", default="default", words="methods_drawn")
@option("--draws", metavar="N", type=click.IntRange(1), default=20_000, words="draws")
@option("--tolerance", metavar="P", type=click.FloatRange(0, 0.5), default=0.01, words="tolerance")
@option("--sobol", metavar="N", type=click.IntRange(0), default=1024, words="sobol")
@option("--seed", metavar="N", type=click.IntRange(0), default=2021, words="seed")
@option("--named", metavar="A,B", type=Words(), default=(), words="named")
@option("--no-bounds", is_flag=True, words="no_bounds")
@option(
    "--exact-ranks",
    metavar="[A,B]",
    is_flag=False,
    flag_value=OPEN,
    default="",
    words="exact_ranks",
)
@option(
    "--time-limit", metavar="SECONDS", type=click.FloatRange(0.1), default=60.0, words="time_limit"
)
@option("--record", is_flag=True, words="record")
@option("--backend", type=click.Choice(["serial", "loky", "dask"]), words="backend")
@option("--workers", metavar="N", type=click.IntRange(1), words="workers_draws")
@option("--scheduler", metavar="ADDRESS", words="scheduler")
@option("--lang", metavar="zh,en", type=Words("zh", "en"), default="zh,en", words="lang_figures")
@option("--out", metavar="DIR", required=True, words="out_folder")
def uncertainty(
    panel: str,
    framework: str,
    method: str,
    year: int | None,
    units: str,
    sheet: str,
    skip_bad: bool,
    region: str,
    weights: str,
    methods: str,
    draws: int,
    tolerance: float,
    sobol: int,
    seed: int,
    named: tuple[str, ...],
    no_bounds: bool,
    exact_ranks: str,
    time_limit: float,
    record: bool,
    backend: str | None,
    workers: int | None,
    scheduler: str | None,
    lang: tuple[str, ...],
    out: str,
) -> int:
    """Study a year; the help is in the table of texts."""
    # Imported here: `jingkai --help` need not wait for pandas.
    from analysis.core.uncertainty.draws.backend import mapper
    from analysis.reporting.cli.bar import Bar
    from analysis.reporting.inputs import Request
    from analysis.reporting.output_folder import check_folder
    from analysis.reporting.uncertainty.uncertainty_files import write_work
    from analysis.reporting.uncertainty.uncertainty_inputs import read_one_year
    from analysis.reporting.uncertainty.uncertainty_work import Settings, prepare, work_out

    target = check_folder(Path(out), "uncertainty")
    settings = Settings(
        region=region,
        weights=weights,
        methods=methods,
        draws=draws,
        tolerance=tolerance or None,
        sobol=sobol,
        seed=seed,
        named=named,
        bounds=not no_bounds,
        exact=None if not exact_ranks else () if exact_ranks == OPEN else split(exact_ranks),
        time_limit=time_limit,
        record=record,
    )
    chosen = backend or ("dask" if scheduler else "loky" if (workers or 1) > 1 else "serial")
    inputs = read_one_year(
        Request(panel, framework, method, "", units, sheet, year, skip_bad), year
    )
    tell_inputs(inputs)
    bar = Bar()
    with mapper(chosen, workers, scheduler) as mapping:
        with bar.stage("variants"):
            prepared = prepare(inputs, settings)
        show_findings(prepared.study.notes)
        work = work_out(prepared, mapping, bar)
        with bar.stage("writing"):
            write_work(work, target, lang)
    _tell_end(work, out)
    return 0


def split(words: str) -> tuple[str, ...]:
    """Return words with commas between them, each once."""
    parts = (part.strip() for part in words.replace("\uff0c", ",").split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def tell_inputs(inputs: Inputs) -> None:
    """Say what was read, and what was found in it."""
    tell(
        "run.reading",
        years=inputs.years[-1],
        framework=inputs.framework.name,
        method=inputs.method.name,
        read=inputs.reading.rows_read,
        used=inputs.reading.rows_used,
        refused=inputs.reading.rows_refused,
    )
    if inputs.panel.synthetic:
        tell("uncertainty.synthetic")
    show_findings(inputs.findings, notes=False)


def _tell_end(work: Work, out: str) -> None:
    """Say what came of it in a few lines, the files after them."""
    for line in work.summary(language()):
        click.echo(line)
    click.echo(say("uncertainty.done", path=out))
