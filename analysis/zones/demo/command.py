"""What the commands of the demonstration share: write shipped files anew, or compare them."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from analysis.paths import data_dir

Write = Callable[[Path], None]
"""Draws what is shipped and writes it into a folder."""


def write_or_check(
    arguments: Sequence[str] | None,
    write: Write,
    files: Sequence[str],
    *,
    module: str,
    description: str,
) -> int:
    """Write shipped files into ``data/demo``, or with ``--check`` only compare.

    Parameters
    ----------
    arguments : sequence of str or None
        Of the command line; None: those of the process.
    write : callable
    files : sequence of str
        That `write` writes.
    module : str
        By which Python runs the command.
    description : str
        In a line, the seed named.

    Returns
    -------
    int
        Exit code: 1 if files are not what their seed gives.
    """
    run = f"python -m {module}"
    width = len(run) + len(" --check")
    parser = argparse.ArgumentParser(
        prog=run,
        description=description,
        epilog=(
            f"examples:\n"
            f"  {run:<{width}}  write {', '.join(files)} into data/demo\n"
            f"  {run} --check  only compare; exit code 1 if they differ\n"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    options = parser.parse_args(arguments)
    folder = data_dir() / "demo"
    if not options.check:
        write(folder)
        print(f"Written to {folder}: {', '.join(files)}.")
        return 0
    names = differing(write, files, folder)
    if names:
        print(f"Not what the seed gives: {', '.join(names)}. Run without --check to write anew.")
        return 1
    print(f"As the seed gives them in {folder}: {', '.join(files)}.")
    return 0


def differing(write: Write, files: Sequence[str], folder: Path) -> list[str]:
    """Return which files of a folder are not, to the byte, what `write` would write."""
    with tempfile.TemporaryDirectory() as fresh:
        write(Path(fresh))
        return [name for name in files if _bytes(folder / name) != _bytes(Path(fresh) / name)]


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
