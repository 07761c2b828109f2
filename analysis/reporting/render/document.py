"""Pages as read from disk: front matter, Markdown lines with their places, cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from analysis.reporting.render.errors import Place, RenderError
from analysis.reporting.render.features import DOCUMENT
from analysis.reporting.render.positions import Positioned, check_keys, load_yaml

CELL_CLASS = "jk:cell"
_CODE_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_DIV_OPEN = re.compile(r"^ {0,3}:{3,}\s*(\{.*\}|[\w-]+)\s*:*\s*$")
_DIV_CLOSE = re.compile(r"^ {0,3}:{3,}\s*$")
_SHORTCODE = re.compile(r"\{\{<\s*(.*?)\s*>\}\}")
_INCLUDE = re.compile(r"^\{\{<\s*include\s+(\S+)\s*>\}\}$")
_DEEPEST = 8


@dataclass(frozen=True)
class Line:
    """A line of Markdown and where its author wrote it."""

    text: str
    place: Place


@dataclass(frozen=True)
class Output:
    """Something that a cell put out.

    Attributes
    ----------
    kind : {"markdown", "text", "svg", "png"}
    content : bytes
        UTF-8 for all but ``png``.
    """

    kind: Literal["markdown", "text", "svg", "png"]
    content: bytes


@dataclass(frozen=True)
class Cell:
    """The visible outputs of a code cell, with label and caption if it has them.

    ``ordinal`` counts the notebook's code cells, hidden ones too, from 1.
    """

    place: Place
    ordinal: int
    outputs: tuple[Output, ...]
    label: str = ""
    caption: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Document:
    """A page before pandoc has read it.

    Attributes
    ----------
    source : PurePosixPath
        Path below the project.
    meta : Positioned
        Front matter.
    lines : tuple of Line
        Markdown of the author, includes put in; the place of the n-th cell is
        held by a Div of class `CELL_CLASS` with attribute ``n``.
    cells : tuple of Cell
    """

    source: PurePosixPath
    meta: Positioned
    lines: tuple[Line, ...]
    cells: tuple[Cell, ...] = ()

    def find(self, token: str) -> Place:
        """Return the place of the first line that holds ``token``, else of the first line."""
        for line, in_code in with_fences(self.lines):
            if not in_code and token in line.text:
                return line.place
        written = (line.place for line in self.lines if line.text.strip())
        return next(written, Place(str(self.source), 1))


def read_page(root: Path, source: PurePosixPath) -> Document:
    """Read a ``.qmd`` page.

    Raises
    ------
    RenderError
        For front matter, shortcodes, code cells or fences that are not
        supported or broken.
    """
    text = read_text(root, source)
    meta, body = split_front_matter(text.split("\n"), str(source))
    lines = tuple(expand_includes(root, source, body))
    check_lines(lines)
    return Document(source, meta, lines)


def read_text(root: Path, source: PurePosixPath) -> str:
    """Return a source as text with plain line ends.

    Raises
    ------
    RenderError
        If it is no UTF-8.
    """
    try:
        return (root / source).read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise RenderError("not_utf8", Place(str(source))) from None


def split_front_matter(
    texts: list[str], file: str, cell: int | None = None
) -> tuple[Positioned, list[Line]]:
    """Take the YAML front matter off the lines of a page or a notebook's cell."""
    start = Place(file, 1, cell)
    meta = Positioned({}, {(): start})
    skip = 0
    if texts and texts[0].rstrip() == "---":
        ends = (n for n, text in enumerate(texts) if n and text.rstrip() in ("---", "..."))
        end = next(ends, None)
        if end is None:
            raise RenderError("front_matter", start)
        meta = load_yaml("\n".join(texts[1:end]), Place(file, 2, cell))
        check_keys(meta, DOCUMENT)
        skip = end + 1
    body = [Line(text, Place(file, n + 1, cell)) for n, text in enumerate(texts)]
    return meta, body[skip:]


def expand_includes(
    root: Path, source: PurePosixPath, lines: Iterable[Line], depth: int = 0
) -> Iterator[Line]:
    """Yield the lines with ``{{< include FILE >}}`` replaced by the file's own lines.

    A path is taken from the page's folder, or from the project's if it starts
    with a slash, and stays inside the project.
    """
    for line, in_code in with_fences(lines):
        match = _INCLUDE.match(line.text.strip())
        if in_code or match is None:
            yield line
            continue
        name = match.group(1)
        folder = root if name.startswith("/") else (root / source).parent
        path = (folder / name.lstrip("/")).resolve()
        if root.resolve() not in path.parents:
            raise RenderError("outside", line.place, path=name)
        if depth == _DEEPEST or not path.is_file():
            raise RenderError("include", line.place, path=name)
        inner = PurePosixPath(path.relative_to(root.resolve()).as_posix())
        texts = read_text(root, inner).rstrip("\n").split("\n")
        included = [Line(text, Place(str(inner), n)) for n, text in enumerate(texts, 1)]
        yield from expand_includes(root, source, included, depth + 1)


def with_fences(lines: Iterable[Line]) -> Iterator[tuple[Line, bool]]:
    """Yield each line and whether it belongs to a fenced block of code."""
    fence = ""
    for line in lines:
        match = _CODE_FENCE.match(line.text)
        if fence:
            yield line, True
            closes = match and match.group(1).startswith(fence) and not match.group(2).strip()
            fence = "" if closes else fence
        else:
            fence = match.group(1) if match else ""
            yield line, bool(fence)


def check_lines(lines: Iterable[Line]) -> None:
    """Refuse shortcodes, code that would have to run, and divs left open.

    Raises
    ------
    RenderError
        With the place of the first of them.
    """
    opened: list[Line] = []
    previous_in_code = False
    for line, in_code in with_fences(lines):
        if in_code:
            match = _CODE_FENCE.match(line.text)
            if not previous_in_code and match and match.group(2).strip().startswith("{"):
                raise RenderError("code_cell", line.place, code=match.group(2).strip())
            previous_in_code = True
            continue
        previous_in_code = False
        if shortcode := _SHORTCODE.search(line.text):
            raise RenderError("shortcode", line.place, name=shortcode.group(1))
        if _DIV_CLOSE.match(line.text):
            if not opened:
                raise RenderError("div_close", line.place)
            opened.pop()
        elif _DIV_OPEN.match(line.text):
            opened.append(line)
    if opened:
        raise RenderError("div_open", opened[-1].place, div=opened[-1].text.strip())
