"""The project as ``_quarto.yml`` describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from analysis.reporting.render.errors import Place, RenderError
from analysis.reporting.render.features import PROJECT
from analysis.reporting.render.positions import Positioned, check_keys, load_yaml

CONFIG = "_quarto.yml"
SOURCES = (".qmd", ".ipynb")


@dataclass(frozen=True)
class NavLink:
    """A word of the navigation bar and the source or address it leads to."""

    text: str
    href: str


@dataclass(frozen=True)
class Project:
    """A Quarto website project.

    Attributes
    ----------
    root : Path
        Folder of ``_quarto.yml``.
    output : Path
        Folder of the rendered site.
    sources : tuple of PurePosixPath
        Pages to render, below the root, in order of their names.
    title, description : str
    left, right : tuple of NavLink
        The two ends of the navigation bar.
    footer : mapping of str to str
        Markdown for the left, centre and right of the foot of a page.
    options : Positioned
        The whole file; the pages' own options are laid over it.
    """

    root: Path
    output: Path
    sources: tuple[PurePosixPath, ...]
    title: str
    description: str
    left: tuple[NavLink, ...]
    right: tuple[NavLink, ...]
    footer: Mapping[str, str]
    options: Positioned


def read_project(root: Path) -> Project:
    """Read ``_quarto.yml`` and find the pages it asks for.

    Raises
    ------
    RenderError
        If the file is missing, is no YAML, holds a key this renderer does not
        know, or leads out of the project.
    """
    root = root.resolve()
    path = root / CONFIG
    if not path.is_file():
        raise RenderError("no_project", folder=str(root), file=CONFIG)
    source = load_yaml(path.read_text(encoding="utf-8"), Place(CONFIG, 1))
    check_keys(source, PROJECT)
    project = source.data.get("project", {})
    website = source.data.get("website", {})
    navbar = website.get("navbar", {})
    output = _inside(root, source, str(project.get("output-dir", "_site")))
    patterns = [str(pattern) for pattern in project.get("render", ["**/*.qmd", "**/*.ipynb"])]
    return Project(
        root=root,
        output=output,
        sources=_expand(root, patterns, output),
        title=str(navbar.get("title") or website.get("title", "")),
        description=str(website.get("description", "")),
        left=_links(source, "left"),
        right=_links(source, "right"),
        footer={side: str(text) for side, text in website.get("page-footer", {}).items()},
        options=source,
    )


def merged_options(project: Positioned, page: Positioned, target: str) -> dict[str, Any]:
    """Return the options of a page for ``html`` or ``typst``.

    What a page says goes before what the project says, and what is said of one
    format before what is said of all.
    """
    merged: dict[str, Any] = {}
    execute: dict[str, Any] = {}
    for source in (project.data, page.data):
        merged |= {key: value for key, value in source.items() if key != "format"}
        merged |= (source.get("format") or {}).get(target) or {}
        execute |= source.get("execute") or {}
    return merged | {"execute": execute}


def _inside(root: Path, source: Positioned, folder: str) -> Path:
    output = (root / folder).resolve()
    if root not in output.parents:
        raise RenderError("outside", source.place("project", "output-dir"), path=folder)
    return output


def _links(source: Positioned, side: str) -> tuple[NavLink, ...]:
    items = source.data.get("website", {}).get("navbar", {}).get(side, [])
    for position, item in enumerate(items):
        for key in ("text", "href"):
            if key not in item:
                where = source.place("website", "navbar", side, position)
                raise RenderError("missing_key", where, key=key)
    return tuple(NavLink(str(item["text"]), str(item["href"])) for item in items)


def _expand(root: Path, patterns: list[str], output: Path) -> tuple[PurePosixPath, ...]:
    """Expand globs in order; one that starts with ``!`` takes files away."""
    found: set[PurePosixPath] = set()
    for pattern in patterns:
        away = pattern.startswith("!")
        matches = {
            PurePosixPath(match.relative_to(root).as_posix())
            for match in root.glob(pattern.lstrip("!").lstrip("/"))
        }
        pages = {match for match in matches if _is_page(root, match, output)}
        found = found - matches if away else found | pages
    return tuple(sorted(found))


def _is_page(root: Path, path: PurePosixPath, output: Path) -> bool:
    hidden = any(part.startswith(("_", ".")) for part in path.parts)
    full = root / path
    return path.suffix in SOURCES and not hidden and full.is_file() and output not in full.parents
