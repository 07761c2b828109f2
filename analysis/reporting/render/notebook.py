"""Executed notebooks as pages: what Quarto shows of their cells, and nothing else."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat

from analysis.reporting.render.document import (
    CELL_CLASS,
    Cell,
    Document,
    Line,
    Output,
    check_lines,
    expand_includes,
    read_text,
    split_front_matter,
)
from analysis.reporting.render.errors import Place, RenderError
from analysis.reporting.render.features import CELL
from analysis.reporting.render.positions import Positioned, check_keys, load_yaml

_OPTION = "#|"
HIDDEN_TAGS = frozenset({"parameters", "injected-parameters", "remove-cell"})
"""Cells with one of these tags are not shown."""


def read_notebook(root: Path, source: PurePosixPath, execute: Mapping[str, Any]) -> Document:
    """Read an executed notebook.

    Parameters
    ----------
    root : Path
        The project's folder.
    source : PurePosixPath
        Path of the notebook below it.
    execute : mapping
        The project's defaults for cell options.

    Raises
    ------
    RenderError
        For a broken or unexecuted notebook, an option or an output that is
        not supported, or a cell that failed; it names the cell and the line.
    """
    file = str(source)
    try:
        notebook = nbformat.reads(read_text(root, source), as_version=4)
    except Exception as error:  # nbformat raises what its parser and its schema raise
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RenderError("notebook", Place(file), problem=problem) from None
    meta = Positioned({}, {(): Place(file, 1)})
    lines: list[Line] = []
    cells: list[Cell] = []
    ordinal = 0
    for number, cell in enumerate(notebook.cells, 1):
        texts = cell.source.split("\n")
        ordinal += cell.cell_type == "code"
        if number == 1 and cell.cell_type != "code" and texts[0].rstrip() == "---":
            meta, body = split_front_matter(texts, file, number)
            execute = {**execute, **(meta.data.get("execute") or {})}
            lines += body if cell.cell_type == "markdown" else []
        elif HIDDEN_TAGS & set(cell.metadata.get("tags", [])):
            continue
        elif cell.cell_type == "markdown":
            body = [Line(text, Place(file, n, number)) for n, text in enumerate(texts, 1)]
            lines += [*expand_includes(root, source, body), _blank(body[-1])]
        elif cell.cell_type == "code":
            shown, code = _read_code(cell, ordinal, Place(file, 1, number), execute)
            lines += code
            if shown is not None:
                cells.append(shown)
                lines += _placeholder(shown.place, len(cells) - 1)
        elif cell.source.strip():
            raise RenderError("raw_cell", Place(file, 1, number))
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if code_cells and not any(cell.execution_count or cell.outputs for cell in code_cells):
        raise RenderError("not_executed", Place(file))
    check_lines(lines)
    return Document(source, meta, tuple(lines), tuple(cells))


def _blank(line: Line) -> Line:
    return Line("", line.place)


def _placeholder(place: Place, index: int) -> list[Line]:
    texts = ("", f'::: {{.{CELL_CLASS} n="{index}"}}', ":::", "")
    return [Line(text, place) for text in texts]


def _read_code(
    cell: Any, ordinal: int, place: Place, execute: Mapping[str, Any]
) -> tuple[Cell | None, list[Line]]:
    """Return what a code cell shows: its outputs, and its code where echoed."""
    texts = cell.source.split("\n")
    count = next((n for n, text in enumerate(texts) if not text.startswith(_OPTION)), len(texts))
    head = "\n".join(text[len(_OPTION) :].removeprefix(" ") for text in texts[:count])
    said = load_yaml(head, place)
    check_keys(said, CELL)
    options = {"echo": True, "warning": True, "include": True, "output": True}
    options |= {key: value for key, value in execute.items() if key in options} | said.data
    for error in (output for output in cell.outputs if output.output_type == "error"):
        raise RenderError("cell_failed", place, error=f"{error.ename}: {error.evalue}")
    if not options["include"]:
        return None, []
    code: list[Line] = []
    if options["echo"] and (source := "\n".join(texts[count:]).strip("\n")):
        fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", source))])
        block = ["", f"{fence} python", *source.split("\n"), fence, ""]
        code = [Line(text, place) for text in block]
    if options["output"] is False:
        return None, code
    outputs = tuple(_outputs(cell, place, options))
    if not outputs:
        return None, code
    return _with_caption(said, Cell(place, ordinal, outputs)), code


def _outputs(cell: Any, place: Place, options: Mapping[str, Any]) -> Iterator[Output]:
    for output in cell.outputs:
        if output.output_type == "stream":
            if output.name == "stderr" and not options["warning"]:
                continue
            kind = "markdown" if options["output"] == "asis" else "text"
            yield Output(kind, output.text.encode())  # type: ignore[arg-type]
        else:
            yield _display(output.data, place)


def _display(data: Mapping[str, Any], place: Place) -> Output:
    """Return the one form of a displayed object that both formats can show."""
    for unsafe in sorted(data):
        if unsafe not in ("text/markdown", "image/svg+xml", "image/png", "text/plain"):
            raise RenderError("output", place, kind=unsafe)
    if "text/markdown" in data:
        return Output("markdown", data["text/markdown"].encode())
    if "image/svg+xml" in data:
        return Output("svg", data["image/svg+xml"].encode())
    if "image/png" in data:
        try:
            return Output("png", base64.b64decode(data["image/png"], validate=False))
        except binascii.Error:
            raise RenderError("output", place, kind="image/png") from None
    return Output("text", str(data.get("text/plain", "")).encode())


def _with_caption(said: Positioned, cell: Cell) -> Cell:
    """Give the cell its label and caption, which have to fit each other."""
    options = said.data
    label = str(options.get("label") or "")
    kind = label.split("-")[0]
    given = {key: str(options[key]) for key in ("fig-cap", "tbl-cap") if options.get(key)}
    wanted = {"fig": "fig-cap", "tbl": "tbl-cap"}.get(kind)
    if wanted and wanted not in given:
        raise RenderError("no_caption", said.place("label"), label=label, key=wanted)
    if len(given) > 1 or (wanted is None and "tbl-cap" in given):
        raise RenderError("caption_kind", said.place("tbl-cap"), label=label)
    return Cell(
        cell.place,
        cell.ordinal,
        cell.outputs,
        label=label if wanted else "",
        caption=next(iter(given.values()), ""),
        alt=str(options.get("fig-alt") or ""),
    )
