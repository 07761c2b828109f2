"""What several reports of a run need and only one need work out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

from analysis.core.findings import InputError
from analysis.reporting.inputs import Inputs
from analysis.reporting.management.manage_shared import shared_files
from analysis.reporting.plan import Job

Maker = Callable[[Inputs, int], Mapping[str, bytes]]

SHARED: Mapping[str, Maker] = MappingProxyType({"05_management": shared_files})
"""By notebook: what all its reports of a year need, as further files of the inputs."""


def with_shared(part: Inputs, jobs: Sequence[Job], step: Callable[[str], None]) -> Inputs:
    """Return inputs with the files that several of their reports need.

    Where they cannot be made the inputs go as they are: the report that needs
    them fails by itself, and says why.

    Parameters
    ----------
    part : Inputs
    jobs : sequence of Job
        Those of the run; the ones on other inputs are left alone.
    step : callable
        Is told the notebook and year of every step that is done.
    """
    files: dict[str, bytes] = {}
    for name, year in needed(part, jobs):
        with suppress(InputError):
            files |= SHARED[name](part, year)
        step(f"{name} {year}")
    return replace(part, extras={**files, **part.extras}) if files else part


def needed(part: Inputs, jobs: Sequence[Job]) -> list[tuple[str, int]]:
    """Return for which notebooks and years something is to be worked out, in order."""
    found = {
        (job.source.name, job.year)
        for job in jobs
        if job.inputs is part and job.year is not None and job.source.name in SHARED
    }
    return sorted(found)
