"""Pandoc's document tree as JSON: walking it, and making the few nodes we add.

A node is ``{"t": type, "c": content}`` as in ``pandoc -t json``; an attribute
is ``[id, [classes], [[key, value], ...]]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Node = dict[str, Any]
Attr = list[Any]


_WORDS = frozenset({"Str", "Space", "SoftBreak", "LineBreak"})


def transform(
    value: Any, change: Callable[[Node], Node | list[Node] | None], *, words: bool = False
) -> Any:
    """Return a copy of ``value`` with nodes replaced, in reading order.

    Parameters
    ----------
    value : list, dict or scalar
        Any part of a tree.
    change : callable
        Given a node, returns what stands in its place (a node or a list), or
        None to keep it and go on into its content. What it returns is not
        walked again.
    words : bool
        Whether words and the spaces between them are asked about too. They are
        most of a long table, and seldom matter.
    """
    if isinstance(value, list):
        out: list[Any] = []
        for part in value:
            if isinstance(part, dict) and "t" in part:
                new = part if part["t"] in _WORDS and not words else change(part)
                if new is None:
                    out.append(_inside(part, change, words))
                elif isinstance(new, list):
                    out.extend(new)
                else:
                    out.append(new)
            else:
                out.append(transform(part, change, words=words))
        return out
    if isinstance(value, dict):
        return _inside(value, change, words)
    return value


def _inside(node: Node, change: Callable[[Node], Node | list[Node] | None], words: bool) -> Node:
    return {key: transform(part, change, words=words) for key, part in node.items()}


def nodes(value: Any) -> Iterator[Node]:
    """Yield every node below ``value``, in reading order."""
    if isinstance(value, list):
        for part in value:
            yield from nodes(part)
    elif isinstance(value, dict):
        if "t" in value:
            yield value
        for part in value.values():
            if isinstance(part, list | dict):
                yield from nodes(part)


def stringify(value: Any) -> str:
    """Return the plain text of inlines or blocks, without notes."""
    if isinstance(value, list):
        return "".join(stringify(part) for part in value)
    if not isinstance(value, dict) or "t" not in value:
        return ""
    kind = value["t"]
    content: Any = value.get("c")
    if kind == "Str":
        return str(content)
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Code", "Math", "CodeBlock"):
        return str(content[1])
    if kind == "Note":
        return ""
    if kind == "Quoted":
        marks = "‘’" if content[0]["t"] == "SingleQuote" else "“”"
        return marks[0] + stringify(content[1]) + marks[1]
    return stringify(content)


def attr(
    identifier: str = "", classes: Iterable[str] = (), pairs: Iterable[tuple[str, str]] = ()
) -> Attr:
    """Return an attribute."""
    return [identifier, list(classes), [[key, value] for key, value in pairs]]


def value_of(attribute: Attr, key: str) -> str | None:
    """Return the value of ``key`` in an attribute, or None."""
    return next((value for name, value in attribute[2] if name == key), None)


def words(content: str) -> list[Node]:
    """Return plain text as inlines."""
    out: list[Node] = []
    for position, word in enumerate(content.split(" ")):
        if position:
            out.append({"t": "Space"})
        if word:
            out.append({"t": "Str", "c": word})
    return out


def div(attribute: Attr, blocks: list[Node]) -> Node:
    """Return a Div."""
    return {"t": "Div", "c": [attribute, blocks]}


def span(attribute: Attr, inlines: list[Node]) -> Node:
    """Return a Span."""
    return {"t": "Span", "c": [attribute, inlines]}


def plain(inlines: list[Node]) -> Node:
    """Return inlines as a block that is no paragraph."""
    return {"t": "Plain", "c": inlines}


def link(attribute: Attr, inlines: list[Node], target: str) -> Node:
    """Return a Link."""
    return {"t": "Link", "c": [attribute, inlines, [target, ""]]}


def image(attribute: Attr, inlines: list[Node], target: str) -> Node:
    """Return an Image."""
    return {"t": "Image", "c": [attribute, inlines, [target, ""]]}


def raw_block(language: str, content: str) -> Node:
    """Return text in the output's own language; never made from data."""
    return {"t": "RawBlock", "c": [language, content]}


def raw_inline(language: str, content: str) -> Node:
    """Return inline text in the output's own language; never made from data."""
    return {"t": "RawInline", "c": [language, content]}
