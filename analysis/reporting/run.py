"""Making the reports of a plan: notebooks side by side, then the pages."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import nbformat

from analysis.core.write import atomic_folder, write_bytes
from analysis.reporting.execute import CellFailed, execute
from analysis.reporting.language import in_language
from analysis.reporting.manual.manual import write_manual
from analysis.reporting.once import shared_folder
from analysis.reporting.outcome import Failure, Outcome, Progress
from analysis.reporting.pages import render_pages
from analysis.reporting.plan import Job
from analysis.reporting.reports_list import write_lists
from analysis.reporting.workspace import Workspace, drop_unused_inputs, save_inputs
from analysis.texts import text


@dataclass(frozen=True)
class _Made:
    path: Path | None
    warnings: list[str]
    failure: Failure | None
    seconds: float


def make_reports(
    outcome: Outcome,
    jobs: Sequence[Job],
    workspace: Workspace,
    *,
    formats: Collection[str],
    renderer: str,
    workers: int,
    progress: Progress,
) -> None:
    """Execute the notebooks of the jobs side by side and render what came of them.

    Parameters
    ----------
    outcome : Outcome
        Filled; reports that failed are in its ``failures``, the others are made.
    jobs : sequence of Job
    workspace : Workspace
    formats : collection of {"html", "pdf"}
    renderer : {"quarto", "pandoc"}
    workers : int
        Notebooks (or pages) at one time; the result does not depend on it.
    progress : Progress
    """
    outcome.jobs = tuple(jobs)
    with outcome.timed("notebooks"):
        _execute_all(jobs, workspace, workers, progress, outcome)
    with outcome.timed("pages"):
        drop_unused_inputs(workspace.out)
        write_lists(workspace, outcome.notebooks, formats)
        if not workspace.alone:
            write_manual(workspace.out)
        render_pages(workspace, formats, renderer, workers, progress, outcome)


def _execute_all(
    jobs: Sequence[Job], workspace: Workspace, workers: int, progress: Progress, outcome: Outcome
) -> None:
    parts = {id(job.inputs): job.inputs for job in jobs if job.inputs}
    languages = {job.lang for job in jobs}
    inputs = {key: save_inputs(workspace.out, part.save) for key, part in parts.items()}
    shutil.rmtree(workspace.out / "_failed", ignore_errors=True)
    progress.stage("notebooks", len(jobs))
    made: dict[int, _Made] = {}
    with shared_folder() as shared, ThreadPoolExecutor(workers) as pool:
        waiting = {
            pool.submit(_make, job, inputs.get(id(job.inputs)), workspace, languages, shared): place
            for place, job in enumerate(jobs)
        }
        try:
            for future in as_completed(waiting):
                place = waiting[future]
                made[place] = future.result()
                progress.step(jobs[place], made[place].seconds, made[place].failure)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for place in sorted(made):
        one = made[place]
        outcome.notebooks += [one.path] if one.path else []
        outcome.failures += [one.failure] if one.failure else []
        outcome.warnings += [line for line in one.warnings if line not in outcome.warnings]


def _make(
    job: Job,
    inputs: Path | None,
    workspace: Workspace,
    languages: Collection[str],
    shared: Path,
) -> _Made:
    """Make one report: its folder appears whole, or goes if it cannot be made."""
    start = time.monotonic()
    folder = job.folder(workspace.out)
    path = folder / f"{job.source.name}.ipynb"
    # Beside the folder, where its new one is made, the way to the inputs is the same.
    way = Path(*[".."] * len(folder.relative_to(workspace.out).parts))
    parameters = _parameters(job, (way / inputs.relative_to(workspace.out)) if inputs else None)
    said: list[str] = []
    failure = None
    try:
        words = {"year": job.year or "", "scope": job.scope_name(job.lang)}
        made_up = job.inputs is not None and job.inputs.panel.synthetic
        mark = text("mark.synthetic", job.lang) if made_up else ""
        page = f"{job.source.name}/{job.source.name}.html"
        others = {
            text("lang.name", lang): f"../../{lang}/{page}"
            for lang in sorted(languages)
            if lang != job.lang
        }
        prepared = in_language(job.source, job.lang, words, mark, others)
        prepared.metadata["jingkai"].update(_told(job, inputs))
        with atomic_folder(folder) as new:
            done, said = execute(prepared, parameters, new, shared)
            nbformat.write(done, new / path.name)
    except CellFailed as error:
        failure = _failure(job, error, workspace.out)
    if failure:
        # What an earlier run made is not what was asked for.
        shutil.rmtree(folder, ignore_errors=True)
    return _Made(None if failure else path, said, failure, time.monotonic() - start)


def _parameters(job: Job, inputs: Path | None) -> dict[str, object]:
    if job.inputs is None or inputs is None:
        return {"lang": job.lang}
    given: dict[str, object] = {
        "inputs": inputs.as_posix(),
        "framework": job.inputs.framework.name,
        "method": job.inputs.method.name,
        "year": job.year,
        "region": job.region,
        "lang": job.lang,
    }
    return {**given, "unit": job.unit} if job.unit else given


def _told(job: Job, inputs: Path | None) -> dict[str, object]:
    """Return what the lists of reports have to know of a report."""
    told: dict[str, object] = {"order": job.source.order, "region": job.unit or job.region}
    if job.inputs is not None and inputs is not None:
        told |= {
            "year": job.year,
            "scope": job.scope_name(job.lang),
            "framework": job.inputs.framework.name,
            "method": job.inputs.method.name,
            "inputs": inputs.name,
        }
    return told


def _failure(job: Job, error: CellFailed, out: Path) -> Failure:
    """Keep the notebook as far as it came, where no renderer looks."""
    folder = job.folder(out)
    kept = out / "_failed" / folder.relative_to(out).with_suffix(".ipynb")
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(kept, nbformat.writes(error.notebook).encode("utf-8"))
    places = {cell.id: place for place, cell in enumerate(job.source.notebook.cells, 1)}
    return Failure(error.error, job, "", places.get(error.cell_id), error.label, kept)
