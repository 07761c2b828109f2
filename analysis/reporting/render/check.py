"""Refusal of what the renderer does not know or must not pass on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from analysis.reporting.render.ast import Attr, Node, nodes
from analysis.reporting.render.document import CELL_CLASS
from analysis.reporting.render.errors import Place, RenderError
from analysis.reporting.render.features import (
    ATTRIBUTES,
    CLASSES,
    IMAGES,
    REFERENCES,
    UNKNOWN_REFERENCES,
)

STYLE_PREFIX = "jk-"
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCHEMES = ("http", "https", "mailto")
_IDENTIFIER = re.compile(r"^\w[\w.-]*$")
_WITH_ATTR = ("Div", "Span", "Header", "Code", "CodeBlock", "Link", "Image", "Table", "Figure")
_REFERABLE = {"fig": ("Figure",), "tbl": ("Table",), "sec": ("Header",), "eq": ()}
_LINK_CLASSES = frozenset({"uri", "email"})  # pandoc's own, on bare addresses

Find = Callable[[str], Place]


def check_tree(blocks: list[Node], find: Find, *, cells: bool = False) -> None:
    """Refuse features that are not supported, raw passages and unsafe addresses.

    Parameters
    ----------
    blocks : list of node
    find : callable
        Gives the place of a piece of text, for the message.
    cells : bool
        Whether the blocks may hold the places of a notebook's cells.

    Raises
    ------
    RenderError
        For the first of them.
    """
    for node in nodes(blocks):
        kind = node["t"]
        if cells and kind == "Div" and node["c"][0][1] == [CELL_CLASS]:
            continue
        if kind in ("RawBlock", "RawInline"):
            text = str(node["c"][1]).strip().split("\n")[0][:60]
            raise RenderError("raw", find(text), text=text)
        if kind in _WITH_ATTR:
            content = node["c"]
            _check_attr(kind, content[1] if kind == "Header" else content[0], find)
        if kind in ("Link", "Image"):
            _check_target(kind, node["c"][2][0], find)
        if kind == "Cite":
            for citation in node["c"][0]:
                name = citation["citationId"]
                if name.split("-")[0].lower() in UNKNOWN_REFERENCES and "-" in name:
                    raise RenderError("reference_kind", find(f"@{name}"), name=name)


def _check_attr(kind: str, attribute: Attr, find: Find) -> None:
    identifier, classes, pairs = attribute
    if identifier:
        _check_identifier(kind, identifier, find)
    if kind not in ("Code", "CodeBlock"):  # there a class names the language
        for name in classes:
            known = name in CLASSES or name.startswith(STYLE_PREFIX)
            if not known and not (kind == "Link" and name in _LINK_CLASSES):
                raise RenderError("class", find(name), name=name)
    for key, value in pairs:
        if key not in ATTRIBUTES:
            raise RenderError("attribute", find(key), name=key, value=value)


def _check_identifier(kind: str, identifier: str, find: Find) -> None:
    prefix, dash, _ = identifier.partition("-")
    if kind == "Header" and not (dash and prefix in REFERENCES):
        return  # pandoc makes these of the heading's words
    if not _IDENTIFIER.match(identifier):
        raise RenderError("identifier", find(identifier), name=identifier)
    if dash and (
        (prefix in REFERENCES and kind not in _REFERABLE[prefix]) or prefix in UNKNOWN_REFERENCES
    ):
        raise RenderError("reference_kind", find(identifier), name=identifier)


def _check_target(kind: str, target: str, find: Find) -> None:
    # browsers drop such characters before they look for a scheme
    bare = "".join(char for char in target if ord(char) > 32)
    scheme = _SCHEME.match(bare)
    if kind == "Image":
        local = scheme is None and not bare.startswith("//") and bare.lower().endswith(IMAGES)
        if not local:
            raise RenderError("image", find(target), target=target)
    elif bare.startswith(("//", "\\")) or (scheme and scheme.group(1).lower() not in _SCHEMES):
        raise RenderError("link", find(target), target=target)


def check_svg(content: bytes, place: Place) -> None:
    """Refuse a drawing that holds scripts or asks for anything from elsewhere.

    Raises
    ------
    RenderError
    """
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise RenderError("svg", place, problem=str(error)) from None
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag in ("script", "foreignObject", "handler", "iframe"):
            raise RenderError("svg", place, problem=f"<{tag}>")
        for name, value in element.attrib.items():
            _check_svg_attribute(name.rpartition("}")[2], value, place)


def _check_svg_attribute(name: str, value: Any, place: Place) -> None:
    own = value.startswith(("#", "data:image/"))
    if name.lower().startswith("on") or (name == "href" and not own):
        raise RenderError("svg", place, problem=f"{name}={value[:60]!r}")
    if "url(" in value and re.search(r"url\(\s*['\"]?(?!#)", value):
        raise RenderError("svg", place, problem=f"{name}={value[:60]!r}")
