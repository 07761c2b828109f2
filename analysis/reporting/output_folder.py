"""The folder that a command writes: whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.core.findings import Finding, InputError
from analysis.core.write import atomic_folder

MARK = "# jingkai "
ABOUT = "about.yml"


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


def check_folder(path: Path, command: str) -> Path:
    """Return the folder to write, if it is new, empty, or what the same command wrote.

    Raises
    ------
    InputError
        If it holds anything else, since a folder is replaced whole; or if it
        cannot be made.
    """
    path = path.resolve()
    told: dict[str, object] = {"out": str(path)}
    try:
        if path.exists() and not _replaceable(path, command):
            raise InputError([Finding("error", "uncertainty.foreign", told)])
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        told["reason"] = error.strerror or str(error)
        raise InputError([Finding("error", "out.unwritable", told)]) from None
    return path


def heading(command: str) -> str:
    """Return the first line of ``about.yml``, by which a later run knows its folder."""
    return f"{MARK}{command}\n"


def _replaceable(path: Path, command: str) -> bool:
    if not path.is_dir():
        return False
    if not any(path.iterdir()):
        return True
    about = path / ABOUT
    return about.is_file() and about.read_bytes().startswith(heading(command).encode())
