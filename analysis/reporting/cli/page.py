"""What the commands have in common that write tables and a page beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.reporting.cli.commands import Words, option, options
from analysis.reporting.cli.messages import say

if TYPE_CHECKING:
    from analysis.reporting.inputs import Inputs

LANG_AND_TO = options(
    option("--lang", metavar="zh,en", type=Words("zh", "en"), default="zh,en", words="lang"),
    option(
        "--to",
        "formats",
        metavar="html,pdf",
        type=Words("html", "pdf"),
        default="html,pdf",
        words="to",
    ),
)
PAGE = options(LANG_AND_TO, option("--no-page", is_flag=True, words="no_page"))


def tables_folder(out: Path, place: Path, command: str) -> Path:
    """Return the folder below ``out`` where a command's tables go, before anything is worked out.

    Raises
    ------
    InputError
        If `out` or the folder holds what `jingkai` did not write, or cannot be made.
    """
    from analysis.reporting.output_folder import check_folder
    from analysis.reporting.workspace import check_out

    return check_folder(check_out(out) / place, command)


def make_page(
    name: str,
    inputs: Inputs,
    year: int,
    out: Path,
    languages: Sequence[str],
    formats: Collection[str],
    *,
    unit: str = "",
    extras: dict[str, bytes] | None = None,
) -> bool:
    """Make a command's page, telling how it goes on; return whether all of it was made."""
    from analysis.reporting.cli.progress import ProgressLines, describe
    from analysis.reporting.one_report import make_one

    with ProgressLines() as progress:
        outcome = make_one(
            name,
            inputs,
            year,
            out,
            progress=progress,
            unit=unit,
            languages=languages,
            formats=formats,
            extras=extras,
        )
    for failure in outcome.failures:
        click.secho(describe(failure), err=True, fg="red")
    for page in outcome.pages:
        click.echo(say("uncertainty.done", path=str(page)))
    return not outcome.failures
