"""Executing one notebook: papermill, this interpreter, and an output without noise."""

from __future__ import annotations

import ast
import logging
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

import analysis
from analysis.reporting.language import HIDDEN, OPTION
from analysis.reporting.once import FOLDER

# What papermill warns of is an error here, and said in our own words.
logging.getLogger("papermill").setLevel(logging.CRITICAL)

INJECTED = "injected-parameters"
# What a kernel must not take from the machine it runs on.
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "MPLBACKEND": "agg",
    # Nobody's own start-up code runs in a report.
    "PYTHONSTARTUP": "",
    # A kernel is one of several side by side: it keeps to one core.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}


class UnknownParameter(ValueError):
    """Parameters that the notebook's parameters cell does not have."""

    def __init__(self, unknown: list[str], known: list[str]) -> None:
        self.unknown = unknown
        self.known = known
        super().__init__(
            f"it has no parameter {', '.join(unknown)} (it has: {', '.join(known) or 'none'})"
        )


class CellFailed(RuntimeError):
    """A cell raised an error.

    Attributes
    ----------
    notebook : nbformat.NotebookNode
        As far as it came, the error included.
    cell_id : str
        Id of the failing cell, which it also has in the notebook's source.
    label : str
        Its ``#| label:``, or ``""``.
    error : str
        Name and first line of the error.
    """

    def __init__(self, notebook: NotebookNode, cell_id: str, label: str, error: str) -> None:
        self.notebook = notebook
        self.cell_id = cell_id
        self.label = label
        self.error = error
        super().__init__(error)


class _ThisPython(KernelSpecManager):
    """The kernel is the interpreter that runs this, whatever kernels are installed."""

    def __init__(self, scratch: Path, shared: Path | None) -> None:
        super().__init__()
        self.scratch, self.shared = scratch, shared

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel there is."""
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        quiet = ["--HistoryManager.enabled=False", "--log-level=ERROR"]
        # The kernel imports the very `analysis` that runs it, installed or not.
        paths = [str(Path(analysis.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
        places = {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "IPYTHONDIR": str(self.scratch),
            FOLDER: str(self.shared or ""),
        }
        return KernelSpec(
            argv=[*command, *quiet],
            env={**ENVIRONMENT, **places},
            display_name="Python 3",
            language="python",
        )


def _kernel_in(scratch: Path, shared: Path | None) -> type[AsyncKernelManager]:
    """Return the class of kernels that keep their files in ``scratch``."""

    class Kernel(AsyncKernelManager):
        def __init__(self, **settings: Any) -> None:
            spec = _ThisPython(scratch, shared)
            # Sockets in a folder of its own, where there are such: no two kernels
            # that start at once can take the same port.
            transport = "tcp" if sys.platform == "win32" else "ipc"
            super().__init__(
                kernel_spec_manager=spec,
                transport=transport,
                connection_file=str(scratch / "kernel.json"),
                **settings,
            )

    return Kernel


def parameters_of(notebook: NotebookNode) -> dict[str, Any]:
    """Return the names that the cell tagged ``parameters`` assigns, with their defaults.

    Raises
    ------
    ValueError
        If the cell assigns anything but constants.
    """
    found: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code" or "parameters" not in cell.metadata.get("tags", []):
            continue
        for statement in ast.parse(cell.source).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                found[statement.targets[0].id] = ast.literal_eval(statement.value)
    return found


def check_parameters(notebook: NotebookNode, parameters: Iterable[str]) -> None:
    """Raise `UnknownParameter` unless the notebook has every one of the parameters."""
    known = list(parameters_of(notebook))
    unknown = [name for name in parameters if name not in known]
    if unknown:
        raise UnknownParameter(unknown, known)


def execute(
    notebook: NotebookNode,
    parameters: Mapping[str, object],
    folder: Path,
    shared: Path | None = None,
) -> tuple[NotebookNode, list[str]]:
    """Execute a notebook with papermill in a kernel of its own.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        In one language; it is left as it is.
    parameters : mapping
        Values for names of its parameters cell.
    folder : pathlib.Path
        Working folder of the kernel.
    shared : pathlib.Path, optional
        Where kernels keep what others need too (`analysis.reporting.once`).

    Returns
    -------
    notebook : nbformat.NotebookNode
        With its outputs and without anything that differs from run to run.
    warnings : list of str
        What the cells wrote to standard error: no part of the report.

    Raises
    ------
    UnknownParameter
        If the notebook lacks one of the parameters.
    CellFailed
        If a cell raises, or its kernel dies.
    """
    check_parameters(notebook, parameters)
    with tempfile.TemporaryDirectory(prefix="jk") as scratch:
        # papermill takes a notebook only as a file, and formats its path: a path of ours
        # could hold braces.
        prepared = Path(scratch, "notebook.ipynb")
        nbformat.write(notebook, prepared)
        written = Path(scratch, "executed.ipynb")
        try:
            done = papermill.execute_notebook(
                str(prepared),
                str(written),
                dict(parameters),
                progress_bar=False,
                request_save_on_cell_execute=False,
                # Several run side by side in threads: papermill's own `cwd` moves them all.
                resources={"metadata": {"path": str(folder)}},
                kernel_manager_class=_kernel_in(Path(scratch), shared),
                shutdown_kernel="immediate",
            )
        except papermill.PapermillExecutionError as error:
            broken, _ = strip(nbformat.read(written, as_version=4))
            cell = broken.cells[error.cell_index]
            reason = f"{error.ename}: {error.evalue}".strip().split("\n")[0]
            raise CellFailed(broken, cell.id, label_of(cell), reason) from None
        except (DeadKernelError, CellTimeoutError) as error:
            reason = f"{type(error).__name__}: {error}".split("\n")[0]
            raise CellFailed(notebook, "", "", reason) from None
    return strip(done)


def label_of(cell: NotebookNode) -> str:
    """Return the ``#| label:`` of a cell, or ``""``."""
    mark = f"{OPTION}label:"
    lines = (line for line in cell.source.split("\n") if line.startswith(mark))
    return next((line[len(mark) :].strip() for line in lines), "")


def strip(notebook: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Take from an executed notebook what differs from run to run.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Changed in place.

    Returns
    -------
    notebook : nbformat.NotebookNode
        Without times, versions, random ids and papermill's marks; the cell of
        injected parameters does not show in a report.
    warnings : list of str
        The lines that stood in the outputs as standard error.
    """
    warnings: list[str] = []
    notebook.cells = [c for c in notebook.cells if not _is_mark(c)]
    notebook.metadata.pop("papermill", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        for noise in ("papermill", "execution"):
            cell.metadata.pop(noise, None)
        if cell.cell_type != "code":
            continue
        if INJECTED in cell.metadata.get("tags", []):
            cell["id"] = INJECTED
            cell.source = f"{HIDDEN}\n{cell.source}"
        kept = []
        for output in cell.outputs:
            if output.get("name") == "stderr":
                warnings += [line for line in output.text.splitlines() if line.strip()]
                continue
            data = output.get("data", {})
            if len(data) > 1:
                # A repr may hold an address in memory; what the report shows is richer.
                data.pop("text/plain", None)
            kept.append(output)
        cell.outputs = kept
    return notebook, warnings


def _is_mark(cell: NotebookNode) -> bool:
    return "papermill-error-cell-tag" in cell.metadata.get("tags", [])
