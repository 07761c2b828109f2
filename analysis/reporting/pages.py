"""Rendering what a run made, by the embedded renderer or by Quarto."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Collection
from pathlib import Path

from analysis.core.findings import Finding, InputError
from analysis.reporting.outcome import Failure, Outcome, Progress
from analysis.reporting.render import Rendered, RenderError, render_site
from analysis.reporting.workspace import Workspace, reports_in

FORMATS = ("html", "pdf")
# What Quarto calls the format in which we ask it for a PDF.
_QUARTO = {"html": "html", "pdf": "typst"}


def choose_renderer(wanted: str) -> str:
    """Return ``"quarto"`` or ``"pandoc"``; ``auto`` is Quarto where it is on the PATH.

    Raises
    ------
    InputError
        If Quarto is asked for and is not there.
    """
    there = shutil.which("quarto") is not None
    if wanted == "quarto" and not there:
        raise InputError([Finding("error", "run.no_quarto")])
    return "quarto" if there and wanted != "pandoc" else "pandoc"


def render_pages(
    workspace: Workspace,
    formats: Collection[str],
    renderer: str,
    workers: int,
    progress: Progress,
    outcome: Outcome,
) -> None:
    """Render the new reports and the static pages; pages without a report go.

    Parameters
    ----------
    workspace : Workspace
    formats : collection of {"html", "pdf"}
    renderer : {"quarto", "pandoc"}
    workers : int
    progress : Progress
    outcome : Outcome
        Its ``notebooks`` are rendered; ``pages`` and ``failures`` are added.
    """
    _drop_stale(workspace, outcome.notebooks)
    if renderer == "quarto":
        _by_quarto(workspace, formats, progress, outcome)
        return
    sources = _sources(workspace, formats, outcome.notebooks)
    jobs = {job.folder(workspace.out): job for job in outcome.jobs}
    progress.stage("pages", len(sources))

    def told(page: Rendered) -> None:
        path = workspace.project / page.source
        failure = None
        if page.error is not None:
            failure = Failure(str(page.error), jobs.get(path.parent), str(page.source))
            outcome.failures.append(failure)
        # Figures and tables beside a page belong to it.
        outcome.pages += [path for path in page.outputs if path.suffix[1:] in formats]
        progress.step(jobs.get(path.parent) or str(page.source), None, failure)

    try:
        render_site(
            workspace.project, formats=tuple(formats), only=sources, workers=workers, on_done=told
        )
    except RenderError as error:
        outcome.failures.append(Failure(str(error), what="_quarto.yml"))


def _sources(workspace: Workspace, formats: Collection[str], made: Collection[Path]) -> list[Path]:
    """Return the static pages, the new reports, and those that lack a page."""
    pages = [workspace.project / "index.qmd", *sorted(workspace.project.glob("reports/**/*.qmd"))]
    if workspace.alone:
        pages = []
    new = set(made)
    lacking = [
        path
        for path, _ in reports_in(workspace.out)
        if path in new
        or not all(workspace.page(path, f".{ending}").is_file() for ending in formats)
    ]
    return [*(page for page in pages if not page.name.startswith("_")), *lacking]


def _drop_stale(workspace: Workspace, made: Collection[Path]) -> None:
    """Remove pages whose report is gone or new: none shows what is no longer so."""
    new = set(made)
    root = workspace.site / workspace.out.relative_to(workspace.project)
    for folder in root.glob("*/*/*/*"):
        report = workspace.out / folder.relative_to(root) / f"{folder.name}.ipynb"
        page = workspace.page(report, ".html")
        if folder.is_dir() and page.parent == folder and (report in new or not report.is_file()):
            shutil.rmtree(folder)


def _by_quarto(
    workspace: Workspace, formats: Collection[str], progress: Progress, outcome: Outcome
) -> None:
    """Render the project with Quarto, which takes its pages one after the other."""
    progress.stage("quarto", 1)
    start = time.monotonic()
    command = [str(shutil.which("quarto") or "quarto"), "render", str(workspace.project)]
    wanted = [[]] if set(formats) == set(FORMATS) else [["--to", _QUARTO[f]] for f in formats]
    for options in wanted:
        done = subprocess.run(
            [*command, *options],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=workspace.project,  # the font paths of _quarto.yml are seen from here
        )
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            failure = Failure(said[-1] if said else f"exit {done.returncode}", what="quarto")
            outcome.failures.append(failure)
            progress.step("quarto", time.monotonic() - start, failure)
            return
    for path in outcome.notebooks:
        pages = (workspace.page(path, f".{ending}") for ending in formats)
        outcome.pages += [page for page in pages if page.is_file()]
    progress.step("quarto", time.monotonic() - start, None)
