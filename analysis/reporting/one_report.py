"""One report by itself, for the commands that bring their own to what they compute."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.paths import project_root
from analysis.reporting.inputs import Inputs
from analysis.reporting.language import read_notebook
from analysis.reporting.outcome import Outcome, Progress
from analysis.reporting.pages import FORMATS, choose_renderer
from analysis.reporting.plan import Job
from analysis.reporting.run import make_reports
from analysis.reporting.workspace import ALL, open_workspace
from analysis.texts import LANGUAGES


def make_one(
    name: str,
    inputs: Inputs,
    year: int,
    out: Path,
    *,
    progress: Progress,
    region: str = ALL,
    unit: str = "",
    languages: Sequence[str] = LANGUAGES,
    formats: Collection[str] = FORMATS,
    extras: dict[str, bytes] | None = None,
    renderer: str = "auto",
    workers: int = 1,
) -> Outcome:
    """Make one shipped report, its pages and PDFs, in every language asked for.

    Parameters
    ----------
    name : str
        Of a notebook in ``notebooks/``, without its ending.
    inputs : Inputs
    year : int
    out : pathlib.Path
        New, empty, or what a run or a command of this kind wrote: the report
        is added to what is there.
    progress : Progress
    region, unit : str
        What it is on.
    languages, formats : sequence of str
    extras : dict, optional
        Further files for the notebook, beside those of the inputs.
    renderer : {"auto", "quarto", "pandoc"}
    workers : int

    Returns
    -------
    Outcome
        ``pages`` are the files to read; ``failures`` what could not be made.

    Raises
    ------
    InputError
        If the folder holds anything else or cannot be written.
    """
    source = read_notebook(project_root() / "notebooks" / f"{name}.ipynb")
    chosen = choose_renderer(renderer)
    workspace = open_workspace(out, alone=True)
    part = replace(inputs, extras={**inputs.extras, **(extras or {})})
    jobs = [Job(source, year, region, lang, part, unit) for lang in languages]
    outcome = Outcome()
    make_reports(
        outcome,
        jobs,
        workspace,
        formats=formats,
        renderer=chosen,
        workers=workers,
        progress=progress,
    )
    return outcome
