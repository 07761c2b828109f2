"""Callouts, tabsets, figures and tables, brought to one form before they are written.

The forms are Divs with classes of our own: a callout (kind, collapse) and a tab
hold a title and a body, a float (a figure or table) a caption and a body; a
tabset holds tabs. Title and caption are the one Plain of the first inner Div,
the body is the second. A table without a caption stands in a box alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analysis.reporting.render.ast import (
    Attr,
    Node,
    attr,
    div,
    image,
    plain,
    stringify,
    transform,
    value_of,
    words,
)
from analysis.reporting.render.errors import Place, RenderError
from analysis.texts import text

# The colon keeps these apart from any class that a page may use.
CALLOUT, TABSET, TAB = "jk:callout", "jk:tabset", "jk:tab"
FLOAT, TABLE = "jk:float", "jk:table"


def boxed(attribute: Attr, head: list[Node], body: list[Node]) -> Node:
    """Return a Div of a head (inlines) and a body (blocks)."""
    return div(attribute, [div(attr(), [plain(head)] if head else []), div(attr(), body)])


def parts(node: Node) -> tuple[list[Node], list[Node]]:
    """Return head (inlines) and body (blocks) of what `boxed` made."""
    head, body = node["c"][1]
    inlines = head["c"][1][0]["c"] if head["c"][1] else []
    return inlines, body["c"][1]


def classes_of(node: Node) -> list[str]:
    """Return the classes of a Div, none for another node."""
    return list(node["c"][0][1]) if node["t"] == "Div" else []


def canonical(blocks: list[Node], lang: str, find: Callable[[str], Place]) -> list[Node]:
    """Return the blocks with callouts, tabsets, figures and tables in one form.

    Parameters
    ----------
    blocks : list of node
    lang : {"zh", "en"}
        Language of a callout's title where it has none.
    find : callable
        Gives the place of a piece of text.

    Raises
    ------
    RenderError
        For a tabset without headings.
    """

    def change(node: Node) -> Node | list[Node] | None:
        kind = node["t"]
        if kind == "Div":
            classes = classes_of(node)
            callout = next((name for name in classes if name.startswith("callout-")), None)
            if callout:
                return _callout(node, callout.removeprefix("callout-"), lang, find)
            if "panel-tabset" in classes:
                return _tabset(node, lang, find)
        if kind == "Figure":
            return _figure(node)
        if kind == "Table":
            return _table(node)
        return None

    result: list[Node] = transform(blocks, change)
    return result


def _callout(node: Node, kind: str, lang: str, find: Callable[[str], Place]) -> Node:
    attribute, content = node["c"]
    title = words(value_of(attribute, "title") or "")
    if content and content[0]["t"] == "Header" and not title:
        title, content = content[0]["c"][2], content[1:]
    collapse = value_of(attribute, "collapse")
    return boxed(
        attr(
            attribute[0],
            [CALLOUT],
            [("kind", kind), *([("collapse", collapse)] if collapse else [])],
        ),
        title or words(text(f"render.callout.{kind}", lang)),
        canonical(content, lang, find),
    )


def _tabset(node: Node, lang: str, find: Callable[[str], Place]) -> Node:
    attribute, content = node["c"]
    headings = [block["c"][0] for block in content if block["t"] == "Header"]
    if not headings or content[0]["t"] != "Header":
        raise RenderError("tabset", find("panel-tabset"))
    tabs: list[tuple[list[Node], list[Node]]] = []
    for block in content:
        if block["t"] == "Header" and block["c"][0] == headings[0]:
            tabs.append((block["c"][2], []))
        else:
            tabs[-1][1].append(block)
    made = [boxed(attr("", [TAB]), title, canonical(body, lang, find)) for title, body in tabs]
    return div(attr(attribute[0], [TABSET]), made)


def _figure(node: Node) -> Node:
    attribute, (_, caption), body = node["c"]
    inlines = caption[0]["c"] if caption else []

    def describe(part: Node) -> Node | None:
        if part["t"] != "Image":
            return None
        alt = value_of(part["c"][0], "fig-alt") or stringify(inlines)
        pairs = [pair for pair in part["c"][0][2] if pair[0] != "fig-alt"]
        return image(attr("", part["c"][0][1], pairs), words(alt), part["c"][2][0])

    return boxed(attr(attribute[0], [FLOAT], [("kind", "fig")]), inlines, transform(body, describe))


def _table(node: Node) -> Node:
    """Return a table in a box of its own, inside a float if it has a caption."""
    attribute, (_, caption), columns, *rest = node["c"]
    bare = {"t": "Table", "c": [attr(), [None, []], columns, *rest]}
    box = div(attr("", [TABLE], [("columns", str(len(columns)))]), [bare])
    if not caption:
        return box
    return boxed(attr(attribute[0], [FLOAT], [("kind", "tbl")]), caption[0]["c"], [box])


def cell_float(label: str, caption: Sequence[Node], body: list[Node]) -> Node:
    """Return a float for the outputs of a cell that has a caption."""
    kind = "tbl" if label.startswith("tbl-") else "fig"
    return boxed(attr(label, [FLOAT], [("kind", kind)]), list(caption), body)
