"""``jingkai compare``: two frameworks on one panel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.reporting.cli.commands import Command, Words, option, words_of
from analysis.reporting.cli.messages import language, say, show_findings, tell

if TYPE_CHECKING:
    from analysis.reporting.editions.compare_inputs import Pair


@click.command(cls=Command, **words_of("compare"))
@option("--panel", metavar="FILE|DIR", default="", words="panel_both")
@option("--framework", metavar="NAME|FILE", multiple=True, words="framework_twice")
@option("--method", metavar="NAME|FILE", multiple=True, words="method_twice")
@option("--crosswalk", metavar="FILE|codes", default="", words="crosswalk")
@option("--years", metavar="YEARS", default="", words="years_all")
@option("--year", metavar="YEAR", type=int, words="year")
@option("--units", metavar="FILE", default="", words="units")
@option("--sheet", metavar="NAME", default="", words="sheet")
@option("--skip-bad", is_flag=True, words="skip_bad_one")
@option("--top", metavar="N", type=click.IntRange(1), words="top_list")
@option("--draws", metavar="N", type=click.IntRange(0), default=2_000, words="draws_pairs")
@option("--weights", metavar="uniform|dirichlet[:C]|band:B", default="uniform", words="weights_two")
@option("--methods", metavar="default|none|FILE", default="default", words="methods_drawn")
@option("--seed", metavar="N", type=click.IntRange(0), default=2021, words="seed")
@option("--lang", metavar="zh,en", type=Words("zh", "en"), default="zh,en", words="lang_figures")
@option("--out", metavar="DIR", required=True, words="out_folder")
def compare(
    panel: str,
    framework: tuple[str, ...],
    method: tuple[str, ...],
    crosswalk: str,
    years: str,
    year: int | None,
    units: str,
    sheet: str,
    skip_bad: bool,
    top: int | None,
    draws: int,
    weights: str,
    methods: str,
    seed: int,
    lang: tuple[str, ...],
    out: str,
) -> int:
    """Compare two frameworks; the help is in the table of texts."""
    # Imported here: `jingkai --help` need not wait for pandas.
    from analysis.core.findings import Finding
    from analysis.reporting.cli.bar import Bar
    from analysis.reporting.editions.compare_draws import Settings
    from analysis.reporting.editions.compare_files import write_work
    from analysis.reporting.editions.compare_inputs import read_pair
    from analysis.reporting.editions.compare_work import work_out
    from analysis.reporting.inputs import Request
    from analysis.reporting.output_folder import check_folder
    from analysis.texts import spans

    target = check_folder(Path(out), "compare")
    request = Request(panel, "", "", years, units, sheet, year, skip_bad)
    pair = read_pair(request, framework, method, crosswalk)
    _tell_inputs(pair)
    bar = Bar()
    work = work_out(pair, Settings(draws, weights, methods, seed, top), bar)
    left_out = sorted(set(pair.years) - set(work.pair.years))
    if left_out:
        show_findings([Finding("warning", "compare.left_out", {"years": spans(left_out)})])
    if work.firmness is not None:
        show_findings(work.firmness.notes)
    with bar.stage("writing"):
        write_work(work, target, lang)
    for line in work.summary(language()):
        click.echo(line)
    click.echo(say("uncertainty.done", path=out))
    return 0


def _tell_inputs(pair: Pair) -> None:
    """Say what was read, how items were linked, and what was found in both."""
    from analysis.texts import spans

    for side in pair.sides:
        tell(
            "run.reading",
            years=spans(pair.years),
            framework=side.framework.name,
            method=side.method.name,
            read=side.reading.rows_read,
            used=side.reading.rows_used,
            refused=side.reading.rows_refused,
        )
    counts = pair.crosswalk.counts().set_index("relation")
    tell(
        f"compare.crosswalk.{pair.crosswalk_from}",
        name=pair.crosswalk.name,
        kept=counts.at["kept", "old_items"],
        old=counts["old_items"].sum(),
        new=counts["new_items"].sum(),
    )
    if pair.dropped:
        tell("compare.dropped", count=pair.dropped)
    findings = [*pair.old.findings, *pair.new.findings]
    show_findings(list({repr(found): found for found in findings}.values()), notes=False)
    show_findings(pair.crosswalk.findings)
