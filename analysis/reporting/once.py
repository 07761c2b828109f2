"""What several reports of one run need alike is computed once.

A run makes a folder for the time it lasts and names it to its kernels in the
environment. What one of them computes, the next finds there under the same
key, the same to the last bit. Without such a folder (a notebook opened by
hand, a function called from Python) everything is computed where it is asked
for. Nothing outlives the run, so nothing can be out of date.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from analysis.core.write import write_bytes

FOLDER = "JINGKAI_ONCE"

Made = TypeVar("Made")


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Give a folder that only this user can read, and remove it in the end."""
    with tempfile.TemporaryDirectory(prefix="jingkai-") as folder:
        yield Path(folder)


def once(key: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """Return what `make` returns, from the run's folder if it was made before.

    Parameters
    ----------
    key : tuple
        Of everything that the result depends on, as words and numbers.
    make : callable
        Pure; its result can be pickled.
    """
    folder = os.environ.get(FOLDER, "")
    if not folder:
        return make()
    name = hashlib.sha256(repr(key).encode("utf-8")).hexdigest()
    path = Path(folder, f"{name}.pickle")
    try:
        # The run made the folder for itself: nobody else's bytes are read here.
        found: Made = pickle.loads(path.read_bytes())
    except FileNotFoundError:
        made = make()
        write_bytes(path, pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL))
        return made
    return found
