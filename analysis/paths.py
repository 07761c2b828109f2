"""Where the shipped files are: in a checkout, or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def project_root() -> Path:
    """Return the folder that holds ``data/``, ``notebooks/`` and ``_quarto.yml``.

    In a checkout (an editable install) that is the folder above the package;
    a wheel carries the same files in ``analysis/_project``.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError
        If neither place holds the project's files.
    """
    for candidate in (_PACKAGE.parent, _PACKAGE / "_project"):
        if (candidate / "data" / "frameworks").is_dir():
            return candidate
    raise FileNotFoundError(
        "The data folder of jingkai was not found beside the package; "
        "install from a checkout with `make env`."
    )


def data_dir() -> Path:
    """Return the folder of shipped data."""
    return project_root() / "data"
