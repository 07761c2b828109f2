"""The Quarto features that the embedded renderer knows; anything else is refused.

Each schema maps a key to None (any value), to the set of its values, to a
nested schema or to ``[schema]`` for a list. Keys that only concern Quarto's own
look or its running of code change nothing here, and are named as such.
"""

from __future__ import annotations

from typing import Any

_BOOL = {True, False}

_EXECUTE: dict[str, Any] = {
    "echo": _BOOL,
    "warning": _BOOL,
    "include": _BOOL,
    "output": {True, False, "asis"},
    "enabled": {False},  # notebooks come executed
}

_COMMON: dict[str, Any] = {
    "toc": _BOOL,
    "toc-depth": {1, 2, 3, 4, 5, 6},
    "number-sections": _BOOL,
    "lang": {"zh", "en"},
    "bibliography": None,
    "csl": None,
    "link-citations": {True},
    "format-links": None,  # read where it is used: names, or mappings with a text
    "other-links": [{"text": None, "href": None, "icon": None}],
}

_HTML: dict[str, Any] = {
    **_COMMON,
    "css": None,
    "html-math-method": {"mathml"},
    "theme": None,  # Quarto's look; pages here have one of their own
}

_TYPST: dict[str, Any] = {
    **_COMMON,
    "papersize": {"a4"},
    "fontsize": None,
    "margin": {"x": None, "y": None},
    "citeproc": {True},
    # For Quarto alone: the embedded renderer has its fonts and its Typst template.
    "mainfont": None,
    "font-paths": None,
    "include-in-header": {"text": None},
}

DOCUMENT: dict[str, Any] = {
    **_COMMON,
    "title": None,
    "subtitle": None,
    "description": None,
    "author": None,
    "date": None,
    "execute": _EXECUTE,
    "jupyter": None,  # the kernel that ran a notebook
    "format": {"html": _HTML, "typst": _TYPST},
}
"""Front matter of a page."""

_NAVIGATION = [{"text": None, "href": None}]

PROJECT: dict[str, Any] = {
    **{key: value for key, value in DOCUMENT.items() if key not in ("title", "subtitle")},
    "project": {"type": {"website"}, "output-dir": None, "render": [None], "title": None},
    "website": {
        "title": None,
        "description": None,
        "search": {False},
        "navbar": {"title": None, "left": _NAVIGATION, "right": _NAVIGATION, "search": {False}},
        "page-footer": {"left": None, "center": None, "right": None},
    },
}
"""Keys of ``_quarto.yml``."""

CELL: dict[str, Any] = {
    "label": None,
    "fig-cap": None,
    "fig-alt": None,
    "tbl-cap": None,
    "echo": _BOOL,
    "output": {True, False, "asis"},
    "include": _BOOL,
    "warning": _BOOL,
}
"""Options of a code cell (``#|`` lines)."""

CALLOUTS = ("note", "tip", "important", "warning", "caution")

CLASSES = frozenset(
    {f"callout-{kind}" for kind in CALLOUTS} | {"panel-tabset", "unnumbered", "unlisted"}
)
"""Classes with a meaning of their own; those that start with ``jk-`` only carry style."""

ATTRIBUTES = frozenset({"fig-alt", "width", "height", "title", "collapse"})
"""Attributes on elements."""

REFERENCES = ("fig", "tbl", "sec", "eq")
"""Kinds of element that can be referred to."""

_THEOREMS = ("thm", "lem", "cor", "prp", "cnj", "def", "exm", "exr", "sol", "rem")
_CALLOUT_LABELS = ("nte", "tip", "wrn", "imp", "cau")
UNKNOWN_REFERENCES = frozenset((*_THEOREMS, *_CALLOUT_LABELS, "lst", "vid", "dia", "apx"))
"""Kinds that Quarto can refer to and this renderer cannot."""

IMAGES = (".svg", ".png")
