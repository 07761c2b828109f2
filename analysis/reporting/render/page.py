"""One page as a tree that is checked, put together and numbered, ready to be written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from analysis.reporting.render.ast import Node, attr, image, plain, stringify, transform, words
from analysis.reporting.render.blocks import canonical, cell_float, classes_of
from analysis.reporting.render.check import check_svg, check_tree
from analysis.reporting.render.crossref import Numbered, number_page
from analysis.reporting.render.document import CELL_CLASS, Cell, Document, Output
from analysis.reporting.render.errors import Place, RenderError
from analysis.reporting.render.pandoc import OUTPUT, SOURCE, read_parts

_TWICE = re.compile(r"Duplicate identifier '([^']+)'")
READ_BY = ("lang", "title", "subtitle", "number-sections")
"""Options that decide how a page is read and numbered; the others only how it is written."""


@dataclass(frozen=True)
class Page:
    """A page before it is written as HTML or Typst.

    Attributes
    ----------
    source : PurePosixPath
        Path below the project.
    meta : mapping
        Front matter, laid over the project's options.
    lang : {"zh", "en"}
    title, subtitle : str
        Plain text.
    numbered : Numbered
    files : mapping of PurePosixPath to bytes
        Pictures that belong to the page, by path below the project.
    document : Document
        For the places of problems found later.
    """

    source: PurePosixPath
    meta: Mapping[str, Any]
    lang: str
    title: str
    subtitle: str
    numbered: Numbered
    files: Mapping[PurePosixPath, bytes]
    document: Document = field(repr=False)


def build_page(root: Path, document: Document, meta: Mapping[str, Any]) -> Page:
    """Read a document's Markdown and put its cells' outputs in place.

    Parameters
    ----------
    root : Path
        The project's folder.
    document : Document
    meta : mapping
        Options of the page, the project's included.

    Raises
    ------
    RenderError
        For anything unsupported, unsafe or unresolved, with its place.
    """
    lang = str(meta.get("lang", "en"))
    files: dict[PurePosixPath, bytes] = {}
    sources = [("\n".join(line.text for line in document.lines), SOURCE)]
    sources += [(str(meta.get(key) or ""), OUTPUT) for key in ("title", "subtitle")]
    for cell in document.cells:
        sources.append((cell.caption, OUTPUT))
        sources += [
            (output.content.decode(), OUTPUT)
            for output in cell.outputs
            if output.kind == "markdown"
        ]
    read = iter(_read(sources, document))
    blocks, title, subtitle = next(read), next(read), next(read)
    check_tree(blocks, document.find, cells=True)
    made: list[list[Node]] = []
    for cell in document.cells:
        caption = next(read)
        texts = [next(read) for output in cell.outputs if output.kind == "markdown"]
        for text in (caption, *texts):
            check_tree(text, lambda _, cell=cell: cell.place)  # type: ignore[misc]
        made.append(_cell_blocks(document.source, cell, caption, texts, files))

    def put(node: Node) -> list[Node] | None:
        if classes_of(node) == [CELL_CLASS]:
            return made[int(node["c"][0][2][0][1])]
        return None

    def fetch(node: Node) -> None:
        if node["t"] == "Image":
            _keep_picture(root, document, node["c"][2][0], files)

    blocks = transform(blocks, fetch)
    blocks = canonical(transform(blocks, put), lang, document.find)
    numbered = number_page(blocks, lang, bool(meta.get("number-sections", False)), document.find)
    return Page(
        document.source,
        meta,
        lang,
        stringify(title),
        stringify(subtitle),
        numbered,
        files,
        document,
    )


def _read(sources: list[tuple[str, str]], document: Document) -> list[list[Node]]:
    try:
        return read_parts(sources)
    except RenderError as error:
        twice = _TWICE.search(str(error.values.get("problem")))
        if twice is None:
            raise
        label = twice.group(1)
        raise RenderError("label_twice", document.find(label), label=label) from None


def _cell_blocks(
    source: PurePosixPath,
    cell: Cell,
    caption: list[Node],
    texts: list[list[Node]],
    files: dict[PurePosixPath, bytes],
) -> list[Node]:
    inlines = caption[0]["c"] if caption and caption[0]["t"] in ("Para", "Plain") else []
    remaining = iter(texts)
    body: list[Node] = []
    for position, output in enumerate(cell.outputs, 1):
        if output.kind == "markdown":
            body += next(remaining)
        elif output.kind == "text":
            body.append({"t": "CodeBlock", "c": [attr(), output.content.decode()]})
        else:
            # Quarto's own names, so that an address stays good with either
            stem = f"{cell.label or f'cell-{cell.ordinal + 1}'}-output-{position}"
            name = f"{source.stem}_files/figure-html/{stem}.{output.kind}"
            files[source.parent / name] = _picture(output, cell.place)
            alt = cell.alt or stringify(inlines)
            if not alt:
                raise RenderError("no_alt", cell.place)
            body.append(plain([image(attr(), words(alt), name)]))
    if not inlines:
        return body
    return [cell_float(cell.label, inlines, body)]


def _picture(output: Output, place: Place) -> bytes:
    if output.kind == "svg":
        check_svg(output.content, place)
    elif not output.content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise RenderError("output", place, kind="image/png")
    return output.content


def _keep_picture(
    root: Path, document: Document, target: str, files: dict[PurePosixPath, bytes]
) -> None:
    """Read a picture that the page names; it has to lie inside the project."""
    place = document.find(target)
    path = (root / document.source.parent / target).resolve()
    if target.startswith("/") or root.resolve() not in path.parents or not path.is_file():
        raise RenderError("image", place, target=target)
    content = path.read_bytes()
    if path.suffix.lower() == ".svg":
        check_svg(content, place)
    files[PurePosixPath(path.relative_to(root.resolve()).as_posix())] = content
