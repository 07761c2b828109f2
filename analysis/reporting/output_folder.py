"""The folder that a command writes: whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.core.findings import Finding, InputError
from analysis.core.write import atomic_folder


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a new folder to write into, which then takes the place of ``folder``.

    Raises
    ------
    InputError
        If something cannot be written; ``folder`` is then as it was.
    """
    try:
        with atomic_folder(folder) as new:
            yield new
    except OSError as error:
        told: dict[str, object] = {"out": str(folder), "reason": error.strerror or str(error)}
        raise InputError([Finding("error", "out.unwritable", told)]) from None
