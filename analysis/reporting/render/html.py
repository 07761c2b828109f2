"""Pages as HTML: the tree written by pandoc, and the page around it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from analysis.reporting.render.ast import (
    Node,
    div,
    link,
    plain,
    raw_block,
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
from analysis.reporting.render.page import Page
from analysis.reporting.render.pandoc import References, write_tree
from analysis.texts import text

LONG_TABLE = 40
_FOOTNOTES = re.compile(r'(<section id="footnotes"[^>]*>)\s*<hr />')
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Anchor:
    """A link of the page around the text; ``lang`` where it leads to another language."""

    text: str
    href: str
    current: bool = False
    lang: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What stands around a page's text.

    Attributes
    ----------
    site : str
        Title of the site.
    home : str
        Relative address of its first page.
    description : str
    left, right : tuple of Anchor
        Navigation bar.
    formats, others : tuple of Anchor
        The page in other formats, and related pages.
    styles : tuple of str
        Relative addresses of style sheets, in order.
    script : str
    footer : tuple of (side, HTML)
    """

    site: str
    home: str
    description: str
    left: tuple[Anchor, ...]
    right: tuple[Anchor, ...]
    formats: tuple[Anchor, ...]
    others: tuple[Anchor, ...]
    styles: tuple[str, ...]
    script: str
    footer: tuple[tuple[str, str], ...]


def html_page(
    page: Page,
    around: Surroundings,
    *,
    rewrite: Callable[[str], str],
    references: References | None = None,
) -> str:
    """Write a page as one HTML file.

    Parameters
    ----------
    page : Page
    around : Surroundings
    rewrite : callable
        Gives the address in the site for an address in the source.
    references : References, optional

    Returns
    -------
    str
    """
    body = html_fragment(page.numbered.blocks, page.lang, rewrite, references)
    meta = page.meta
    depth = int(meta.get("toc-depth", 3))
    listed = [
        heading for heading in page.numbered.headings if heading.listed and heading.level <= depth
    ]
    author = meta.get("author") or []
    return _template().render(
        page=page,
        around=around,
        body=Markup(body),  # written by pandoc from a checked tree
        toc=listed if meta.get("toc") else [],
        authors=[author] if isinstance(author, str) else [str(name) for name in author],
        date=meta.get("date") or "",
        description=meta.get("description") or around.description,
        footer=[(side, Markup(html)) for side, html in around.footer],
        t=lambda key: text(f"render.{key}", page.lang),
    )


def html_fragment(
    blocks: list[Node],
    lang: str,
    rewrite: Callable[[str], str],
    references: References | None = None,
) -> str:
    """Write blocks as HTML, formulas as MathML."""
    counter = iter(range(1, 1_000_000))

    def change(node: Node) -> Node | list[Node] | None:
        if node["t"] == "Link":
            attribute, inlines, (target, _) = node["c"]
            return link(attribute, transform(inlines, change), rewrite(target))
        if node["t"] == "Header":  # the highest level is the page's title
            level, *rest = node["c"]
            return {"t": "Header", "c": [level + 1, *transform(rest, change)]}
        for name in classes_of(node):
            if name in _WRITERS:
                return _WRITERS[name](node, change, counter, lang)
        return None

    html = write_tree(
        transform(blocks, change),
        "html5",
        lang=lang,
        references=references,
        options=["--mathml", "--section-divs", "--syntax-highlighting=none"],
    )
    heading = f"<h2>{text('render.footnotes', lang)}</h2>"
    return _FOOTNOTES.sub(lambda match: match.group(1) + heading, html)


Change = Callable[[Node], Any]


def _float(node: Node, change: Change, counter: Any, lang: str) -> list[Node]:
    attribute, _ = node["c"]
    caption, body = parts(node)
    kind = value_of(attribute, "kind") or "fig"
    name = attribute[0] or f"jk-float-{next(counter)}"
    head = [
        raw_block("html", f'<figcaption id="{name}-caption">'),
        plain(transform(caption, change)),
        raw_block("html", "</figcaption>"),
    ]
    inner = transform(_captioned(body, f"{name}-caption"), change)
    opening = raw_block("html", f'<figure id="{name}" class="quarto-float jk-{kind}">')
    closing = raw_block("html", "</figure>")
    above = kind == "tbl"
    return [opening, *(head if above else []), *inner, *([] if above else head), closing]


def _captioned(body: list[Node], caption: str) -> list[Node]:
    """Let the table's box say by which caption it is named."""
    return [
        div(
            ["", [TABLE], [*block["c"][0][2], ["caption", caption]]],
            block["c"][1],
        )
        if TABLE in classes_of(block)
        else block
        for block in body
    ]


def _table(node: Node, change: Change, counter: Any, lang: str) -> list[Node]:
    """Put a table into a box that scrolls by itself and can be reached by key."""
    attribute, (table,) = node["c"]
    columns = int(value_of(attribute, "columns") or 0)
    caption = value_of(attribute, "caption")
    label = (
        f'aria-labelledby="{caption}"' if caption else f'aria-label="{text("render.table", lang)}"'
    )
    rows = sum(len(body[3]) for body in table["c"][4])
    long = " jk-long" if rows > LONG_TABLE else ""
    opening = (
        f'<div class="jk-scroll{long}" style="--columns: {columns}" role="region" {label} '
        'tabindex="0">'
    )
    return [
        raw_block("html", opening),
        transform([table], change)[0],
        raw_block("html", "</div>"),
    ]


def _callout(node: Node, change: Change, counter: Any, lang: str) -> list[Node]:
    attribute, _ = node["c"]
    title, body = parts(node)
    kind = value_of(attribute, "kind")
    collapse = value_of(attribute, "collapse")
    name = f' id="{attribute[0]}"' if attribute[0] else ""
    outer, head = "div", "div"
    if collapse is not None:
        outer, head = "details", "summary"
    opened = " open" if collapse == "false" else ""
    return [
        raw_block(
            "html",
            f'<{outer}{name}{opened} class="callout callout-{kind}" role="note">'
            f'<{head} class="callout-header">',
        ),
        plain(transform(title, change)),
        raw_block("html", f'</{head}><div class="callout-body">'),
        *transform(body, change),
        raw_block("html", f"</div></{outer}>"),
    ]


def _tabset(node: Node, change: Change, counter: Any, lang: str) -> list[Node]:
    """Write tabs as plain sections with titles; the script makes tabs of them."""
    out = [raw_block("html", '<div class="panel-tabset">')]
    for tab in node["c"][1]:
        title, body = parts(tab)
        name = f"tab-{next(counter)}"
        out += [
            raw_block("html", f'<div class="tab-pane" id="{name}"><p class="tab-title">'),
            plain(transform(title, change)),
            raw_block("html", "</p>"),
            *transform(body, change),
            raw_block("html", "</div>"),
        ]
    return [*out, raw_block("html", "</div>")]


def _equation(node: Node, change: Change, counter: Any, lang: str) -> list[Node]:
    attribute, (block,) = node["c"]
    number = value_of(attribute, "number")
    return [
        raw_block("html", f'<div class="jk-equation" id="{attribute[0]}">'),
        block,
        raw_block("html", f'<span class="jk-number">({number})</span></div>'),
    ]


_WRITERS: dict[str, Callable[[Node, Change, Any, str], list[Node]]] = {
    FLOAT: _float,
    TABLE: _table,
    CALLOUT: _callout,
    TABSET: _tabset,
    EQUATION: _equation,
}


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "assets"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2")
