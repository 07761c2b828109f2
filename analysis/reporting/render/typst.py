"""Pages as PDF: the tree written by pandoc as Typst, set by the `typst` package."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from analysis.reporting.render.ast import (
    Node,
    link,
    plain,
    raw_block,
    raw_inline,
    stringify,
    transform,
    value_of,
)
from analysis.reporting.render.blocks import (
    CALLOUT,
    FLOAT,
    TABLE,
    TABSET,
    classes_of,
    parts,
)
from analysis.reporting.render.crossref import EQUATION
from analysis.reporting.render.errors import Place, RenderError
from analysis.reporting.render.page import Page
from analysis.reporting.render.pandoc import References, write_tree
from analysis.texts import text

_TEMPLATE = Path(__file__).resolve().parent / "assets" / "report.typ"
_LENGTH = re.compile(r"^\d+(\.\d+)?(pt|mm|cm|in|em)$")
_PERCENT = re.compile(r"^\d+(\.\d+)?%$")
TIMESTAMP = 946_684_800
"""The moment every PDF is made at as far as Typst knows: 1 January 2000, UTC."""

_MARKUP = re.compile(r"""[\\#$*_`<>@\[\]~"'/=+.-]""")

Change = Callable[[Node], Any]


def typst_string(value: str) -> str:
    """Return ``value`` as a Typst string literal; no part of it can be code."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(char for char in escaped if ord(char) >= 32) + '"'


def typst_source(
    page: Page,
    site: str,
    *,
    rewrite: Callable[[str], str],
    references: References | None = None,
) -> str:
    """Return a page as a Typst document, the template included.

    Parameters
    ----------
    page : Page
    site : str
        Title of the site, for the head of the pages.
    rewrite : callable
        Gives the address for an address in the source.
    references : References, optional

    Raises
    ------
    RenderError
        If an option of the page is no length.
    """
    meta = page.meta
    author = meta.get("author") or []
    authors = [author] if isinstance(author, str) else [str(name) for name in author]
    margin = meta.get("margin") or {}
    settings = {
        "title": typst_string(page.title),
        "subtitle": typst_string(page.subtitle),
        "site": typst_string(site),
        "authors": "(" + "".join(f"{typst_string(name)}, " for name in authors) + ")",
        "date": typst_string(str(meta.get("date") or "")),
        "lang": typst_string(page.lang),
        "toc": "true" if meta.get("toc") else "false",
        "toc-title": typst_string(text("render.toc.document", page.lang)),
        "toc-depth": str(int(meta.get("toc-depth", 3))),
    }
    if "fontsize" in meta:
        settings["size"] = _length(page, "fontsize", meta["fontsize"])
    if margin:
        sides = {"x": margin.get("x", "2.3cm"), "y": margin.get("y", "2.4cm")}
        inner = ", ".join(f"{side}: {_length(page, 'margin', v)}" for side, v in sides.items())
        settings["margin"] = f"({inner})"
    call = ",\n  ".join(f"{key}: {value}" for key, value in settings.items())
    body = typst_fragment(page.numbered.blocks, page.lang, rewrite, references)
    return f"{_template()}\n#show: report.with(\n  {call},\n)\n\n{body}"


def _length(page: Page, key: str, value: object) -> str:
    if not _LENGTH.match(str(value)):
        where = page.document.meta.place(key) or Place(str(page.source), 1)
        raise RenderError("value", where, key=key, value=value, known="10.5pt, 2.3cm")
    return str(value)


def typst_fragment(
    blocks: list[Node],
    lang: str,
    rewrite: Callable[[str], str],
    references: References | None = None,
) -> str:
    """Write blocks as Typst markup that calls the template's functions."""

    def change(node: Node) -> Node | list[Node] | None:
        kind = node["t"]
        if kind == "Link":
            attribute, inlines, (target, _) = node["c"]
            return link(attribute, transform(inlines, change), rewrite(target))
        if kind in ("Para", "Plain") and [part["t"] for part in node["c"]] == ["Image"]:
            return plain([_image(node["c"][0], alone=True)])
        if kind == "Image":
            return _image(node, alone=False)
        if kind == "Span" and node["c"][0][1] in (["header-section-number"], ["jk-lead"]):
            name = "jk-lead" if node["c"][0][1] == ["jk-lead"] else "jk-number"
            inner = transform(node["c"][1], change)
            return [raw_inline("typst", f"#{name}["), *inner, raw_inline("typst", "]")]
        for name in classes_of(node):
            if name in _WRITERS:
                return _WRITERS[name](node, change)
        return None

    tree = transform(transform(blocks, change), _literal, words=True)
    return write_tree(tree, "typst-smart", lang=lang, references=references)


def _literal(node: Node) -> Node | None:
    """Write a word so that it is one wherever it stands.

    Pandoc leaves ``= x``, ``/ x`` or ``- x`` bare at the start of a table's
    cell, where Typst sees a heading or a list, and ``--`` and ``...``
    everywhere, which Typst would turn into other characters.
    """
    if node["t"] == "Str":
        return raw_inline("typst", _MARKUP.sub(r"\\\g<0>", node["c"]))
    return node if node["t"] == "Cite" else None


def _image(node: Node, *, alone: bool) -> Node:
    attribute, inlines, (target, _) = node["c"]
    width = value_of(attribute, "width") or ""
    given = f", width: {width}" if _LENGTH.match(width) or _PERCENT.match(width) else ""
    path, alt = typst_string(target), typst_string(stringify(inlines))
    if alone:
        return raw_inline("typst", f"#jk-image({path}, {alt}{given})")
    return raw_inline("typst", f"#box(image({path}, alt: {alt}{given}))")


def _call(start: str, head: list[Node], middle: str, change: Change) -> Node:
    """Return the head of a call whose first content stands in one line."""
    return plain(
        [raw_inline("typst", start), *transform(head, change), raw_inline("typst", middle)]
    )


def _float(node: Node, change: Change) -> list[Node]:
    attribute, _ = node["c"]
    caption, body = parts(node)
    kind = value_of(attribute, "kind")
    label = f" <{attribute[0]}>" if attribute[0] else ""
    return [
        _call(f'#jk-float(kind: "{kind}", caption: [', caption, "])[", change),
        *transform(body, change),
        raw_block("typst", f"]{label}"),
    ]


def _table(node: Node, change: Change) -> list[Node]:
    attribute, (table,) = node["c"]
    columns = int(value_of(attribute, "columns") or 1)
    rows = sum(len(body[3]) for body in table["c"][4])
    # Typst fits columns to what stands in them, and on a page's narrow measure
    # does it better than the relative widths that the dashes below the head give
    fitted = [[alignment, {"t": "ColWidthDefault"}] for alignment, _ in table["c"][2]]
    bare = {"t": "Table", "c": [*table["c"][:2], fitted, *table["c"][3:]]}
    return [
        raw_block("typst", f"#jk-table({columns}, {rows})["),
        *transform([bare], change),
        raw_block("typst", "]"),
    ]


def _callout(node: Node, change: Change) -> list[Node]:
    attribute, _ = node["c"]
    title, body = parts(node)
    label = f" <{attribute[0]}>" if attribute[0] else ""
    kind = value_of(attribute, "kind")
    return [
        _call(f'#jk-callout("{kind}", [', title, "])[", change),
        *transform(body, change),
        raw_block("typst", f"]{label}"),
    ]


def _tabset(node: Node, change: Change) -> list[Node]:
    out: list[Node] = []
    for tab in node["c"][1]:
        title, body = parts(tab)
        out += [
            _call("#jk-tab([", title, "])[", change),
            *transform(body, change),
            raw_block("typst", "]"),
        ]
    return out


def _equation(node: Node, change: Change) -> list[Node]:
    attribute, (block,) = node["c"]
    number = value_of(attribute, "number")
    return [
        raw_block("typst", f'#jk-equation("({number})")['),
        block,
        raw_block("typst", f"] <{attribute[0]}>"),
    ]


_WRITERS: dict[str, Callable[[Node, Change], list[Node]]] = {
    FLOAT: _float,
    TABLE: _table,
    CALLOUT: _callout,
    TABSET: _tabset,
    EQUATION: _equation,
}


@cache
def _template() -> str:
    return _TEMPLATE.read_text(encoding="utf-8")


@cache
def _fonts() -> Any:
    """Load the fonts of the environment once for all pages a process sets."""
    import pylopdf_fonts_zh_cn
    import typst

    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)]
    )


def compile_pdf(source: Path, output: Path, root: Path, place: Place) -> None:
    """Set a Typst file as a tagged PDF.

    Parameters
    ----------
    source, output : Path
    root : Path
        The file may read what lies in this folder, and nothing else.
    place : Place
        The page, for the message.

    Raises
    ------
    RenderError
        With what Typst said.
    """
    import typst

    compiler = typst.Compiler(root=str(root), font_paths=_fonts(), ignore_system_fonts=True)
    try:
        compiler.compile(input=str(source), output=str(output), format="pdf", timestamp=TIMESTAMP)
    except typst.TypstError as error:
        raise RenderError("typst", place, problem=error.message) from None
