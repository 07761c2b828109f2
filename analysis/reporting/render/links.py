"""Addresses: from sources that link to sources to a site whose pages link to pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from analysis.reporting.render.config import SOURCES, Project
from analysis.reporting.render.errors import Place, RenderError

_ELSEWHERE = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*:|#|$)")
_PAGES = (".html", ".pdf")


def relative(target: str | PurePosixPath, source: PurePosixPath) -> str:
    """Return the address of ``target`` (below the project) as seen from ``source``."""
    return quote(posixpath.relpath(str(target), str(source.parent)))


def rewriter(
    project: Project,
    source: PurePosixPath,
    suffix: str,
    find: Callable[[str], Place],
    resources: dict[PurePosixPath, bytes],
) -> Callable[[str], str]:
    """Return a function that gives the site's address for one in a page.

    Parameters
    ----------
    project : Project
    source : PurePosixPath
        The page; a path that starts with a slash is taken from the project.
    suffix : {".html", ".pdf"}
        What a link to another page's source leads to.
    find : callable
        Gives the place of a piece of text.
    resources : dict of PurePosixPath to bytes
        Files that the page links to are put here, by path below the project.

    Returns
    -------
    callable
        Raises `RenderError` for a page or file that does not exist, or lies
        outside the project.
    """
    pages = set(project.sources)

    def rewrite(href: str) -> str:
        if _ELSEWHERE.match(href):
            return href
        path, hash_, fragment = href.partition("#")
        name = unquote(path)
        inner = name.lstrip("/") if name.startswith("/") else f"{source.parent}/{name}"
        target = PurePosixPath(posixpath.normpath(inner))
        if target.parts[:1] == ("..",):
            raise RenderError("outside", find(path), path=name)
        if target.suffix in SOURCES:
            if target not in pages:
                raise RenderError("link_missing", find(path), target=name)
            target = target.with_suffix(suffix)
        elif not (
            target.suffix in _PAGES and any(target.with_suffix(end) in pages for end in SOURCES)
        ):
            file = (project.root / target).resolve()
            if project.root not in file.parents or not file.is_file():
                raise RenderError("link_missing", find(path), target=name)
            resources[target] = file.read_bytes()
        return relative(target, source) + hash_ + fragment

    return rewrite
