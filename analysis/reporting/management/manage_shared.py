"""Dynamic management of a year, worked out once for all the pages that show it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from analysis.reporting.inputs import Inputs
from analysis.reporting.management.manage_ahead import file_of, look_ahead, save_ahead
from analysis.reporting.management.manage_given import sources_in
from analysis.reporting.management.manage_work import Base, Work, work_out


def base_of(inputs: Inputs, year: int) -> Base:
    """Return what dynamic management starts from."""
    return Base(
        panel=inputs.reading.panel,
        framework=inputs.framework,
        method=inputs.method,
        year=year,
        regions=inputs.regions,
    )


def work_of(inputs: Inputs, year: int) -> Work:
    """Work out a year with the files that go with the inputs.

    Raises
    ------
    InputError
        As in `analysis.reporting.management.manage_work.work_out`.
    """
    with tempfile.TemporaryDirectory(prefix="jingkai-") as folder:
        for name, content in inputs.extras.items():
            Path(folder, name).write_bytes(content)
        return work_out(base_of(inputs, year), sources_in(Path(folder)))


def shared_files(inputs: Inputs, year: int) -> Mapping[str, bytes]:
    """Return risk and ways out of a year as a further file of the inputs.

    Raises
    ------
    InputError
        As in `work_of`.
    """
    name = file_of(year)
    if name in inputs.extras:
        return {}
    return {name: save_ahead(look_ahead(work_of(inputs, year)))}
