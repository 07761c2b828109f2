"""What came of a run: reports, pages, failures and times."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from analysis.reporting.plan import Job


@dataclass(frozen=True)
class Failure:
    """A report or page that could not be made.

    Attributes
    ----------
    error : str
        The error in a line or two.
    job : Job or None
        The report; None for a page that is no report of the run.
    what : str
        The page, where there is no job.
    cell : int or None
        Place of the failing cell in the notebook as it is kept, from 1.
    label : str
        Label of that cell, or ``""``.
    kept : pathlib.Path or None
        The notebook as far as it came.
    """

    error: str
    job: Job | None = None
    what: str = ""
    cell: int | None = None
    label: str = ""
    kept: Path | None = None


class Progress(Protocol):
    """Who is told how a run goes on."""

    def stage(self, name: str, steps: int) -> None:
        """Tell that a stage (``notebooks``, ``pages``) of so many steps begins."""

    def step(self, what: Job | str, seconds: float | None, failure: Failure | None) -> None:
        """Tell that a report or a page is done, or has failed."""


@dataclass
class Outcome:
    """What came of a run.

    Attributes
    ----------
    jobs : tuple of Job
        The plan.
    notebooks : list of pathlib.Path
        Executed notebooks, in the order of the plan.
    pages : list of pathlib.Path
        Pages and PDFs.
    failures : list of Failure
    warnings : list of str
        What cells wrote to standard error, each line once.
    seconds : dict
        Time of each stage.
    """

    jobs: tuple[Job, ...] = ()
    notebooks: list[Path] = field(default_factory=list)
    pages: list[Path] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Keep how long the block took as the time of a stage."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = time.monotonic() - start
