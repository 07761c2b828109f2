"""The files of one page: read, checked, numbered and written in the formats asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath

from analysis.reporting.render.ast import nodes
from analysis.reporting.render.config import NavLink, Project, merged_options
from analysis.reporting.render.document import Document, read_page, read_text, split_front_matter
from analysis.reporting.render.errors import Place, RenderError
from analysis.reporting.render.html import Anchor, Surroundings, html_fragment, html_page
from analysis.reporting.render.links import relative, rewriter
from analysis.reporting.render.notebook import read_notebook
from analysis.reporting.render.page import READ_BY, Page, build_page
from analysis.reporting.render.pandoc import SOURCE, References, read_parts
from analysis.reporting.render.typst import compile_pdf, typst_source

ASSETS = Path(__file__).resolve().parent / "assets"
LIBRARY = PurePosixPath("site_libs/jingkai")
_TARGETS = {"html": "html", "pdf": "typst"}


def render_files(
    site: Project, source: PurePosixPath, formats: tuple[str, ...], folder: Path
) -> list[PurePosixPath]:
    """Write the files of one page below ``folder``, as they lie in the site.

    Parameters
    ----------
    site : Project
    source : PurePosixPath
        Path of the page below the project.
    formats : tuple of {"html", "pdf"}
    folder : Path
        An empty folder; it stands for the top of the site.

    Returns
    -------
    list of PurePosixPath
        What was written, below ``folder``: first the page in each format,
        then its pictures and the files it links to.

    Raises
    ------
    RenderError
    """
    if source.suffix == ".ipynb":
        execute = site.options.data.get("execute") or {}
        document = read_notebook(site.root, source, execute)
    else:
        document = read_page(site.root, source)
    files: dict[PurePosixPath, bytes] = {}
    texts: dict[str, str] = {}
    page: Page | None = None
    for name in formats:
        meta = merged_options(site.options, document.meta, _TARGETS[name])
        if page is None or any(page.meta.get(key) != meta.get(key) for key in READ_BY):
            page = build_page(site.root, document, meta)
        else:
            page = replace(page, meta=meta)
        files |= page.files
        references = _references(site, document, page)
        find = document.find
        rewrite = rewriter(site, source, f".{name}", find, files)
        if name == "html":
            around = _surroundings(site, page, formats)
            texts[name] = html_page(page, around, rewrite=rewrite, references=references)
        else:
            texts[name] = typst_source(page, site.title, rewrite=rewrite, references=references)
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    made = []
    (folder / source.parent).mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        made.append(source.with_suffix(f".{name}"))
        if name == "html":
            (folder / made[-1]).write_text(text, encoding="utf-8", newline="\n")
        else:
            typ = folder / source.with_suffix(".typ")
            typ.write_text(text, encoding="utf-8", newline="\n")
            compile_pdf(typ, folder / made[-1], folder, Place(str(source)))
    return [*made, *sorted(files)]


def styles_of(site: Project) -> tuple[PurePosixPath, ...]:
    """Return the project's own style sheets, as paths below it.

    Raises
    ------
    RenderError
        If one does not exist or lies outside the project.
    """
    css = (site.options.data.get("format") or {}).get("html", {}).get("css", [])
    names = [css] if isinstance(css, str) else list(css)
    for name in names:
        path = (site.root / str(name)).resolve()
        if site.root not in path.parents or not path.is_file():
            where = site.options.place("format", "html", "css")
            raise RenderError("link_missing", where, target=name)
    return tuple(PurePosixPath(str(name)) for name in names)


def _references(site: Project, document: Document, page: Page) -> References | None:
    """Return what resolves the citations of a page, None where it cites nothing."""
    cited = [
        citation["citationId"]
        for node in nodes(page.numbered.blocks)
        if node["t"] == "Cite"
        for citation in node["c"][0]
    ]
    if not cited:
        return None
    files = _named_files(site, document, page, "bibliography")
    if not files:
        raise RenderError("no_bibliography", document.find(f"@{cited[0]}"), name=cited[0])
    styles = _named_files(site, document, page, "csl")
    return References(files, styles[0] if styles else None)


def _named_files(site: Project, document: Document, page: Page, key: str) -> tuple[Path, ...]:
    """Return the files an option names, seen from where the option stands."""
    given = page.meta.get(key) or []
    own = key in document.meta.data
    folder = site.root / document.source.parent if own else site.root
    place = (document.meta if own else site.options).place(key)
    paths = tuple(
        (folder / str(name)).resolve() for name in (given if isinstance(given, list) else [given])
    )
    for path in paths:
        if site.root not in path.parents or not path.is_file():
            raise RenderError("link_missing", place, target=path.name)
    return paths


def _surroundings(site: Project, page: Page, formats: tuple[str, ...]) -> Surroundings:
    source = page.source
    where = site.options.place("website", "navbar")
    rewrite = rewriter(site, source, ".html", lambda _: where or Place("_quarto.yml"), {})

    def anchors(items: Iterable[NavLink]) -> tuple[Anchor, ...]:
        return tuple(
            Anchor(
                item.text,
                rewrite(f"/{item.href}"),
                current=item.href == str(source),
                lang=_other_language(site, item.href, page.lang),
            )
            for item in items
        )

    library = [LIBRARY / "fonts.css", LIBRARY / "site.css", *styles_of(site)]
    first = site.left[0].href if site.left else str(source)
    return Surroundings(
        site=site.title,
        home=rewrite(f"/{first}"),
        description=site.description,
        left=anchors(site.left),
        right=anchors(site.right),
        formats=_formats(page, formats),
        others=_others(site, page),
        styles=tuple(relative(path, source) for path in library),
        script=relative(LIBRARY / "site.js", source),
        footer=tuple(
            (side, _footer(site.footer[side]))
            for side in ("left", "center", "right")
            if side in site.footer
        ),
    )


def _formats(page: Page, formats: tuple[str, ...]) -> tuple[Anchor, ...]:
    """Return the links to the page in its other formats, worded as the project says."""
    if "pdf" not in formats:
        return ()
    texts = {
        str(link.get("format")): str(link.get("text"))
        for link in page.meta.get("format-links") or []
        if isinstance(link, dict)
    }
    target = relative(page.source.with_suffix(".pdf"), page.source)
    return (Anchor(texts.get("typst", "Typst"), target),)


def _others(site: Project, page: Page) -> tuple[Anchor, ...]:
    links = page.meta.get("other-links") or []
    found = page.document.find
    rewrite = rewriter(site, page.source, ".html", found, {})
    out = []
    for link in links:
        href = str(link.get("href", ""))
        target = str(page.source.parent / href)
        out.append(
            Anchor(
                str(link.get("text", "")),
                rewrite(href),
                lang=_other_language(site, target, page.lang),
            )
        )
    return tuple(out)


def _other_language(site: Project, href: str, lang: str) -> str:
    """Return the language of a page of the project where it is another than ``lang``."""
    path = PurePosixPath(href.lstrip("/"))
    if path.suffix != ".qmd" or not (site.root / path).is_file():
        return ""
    default = str(site.options.data.get("lang", "en"))
    found = _language(site.root, path, default)
    return "" if found == lang else found


@cache
def _language(root: Path, source: PurePosixPath, default: str) -> str:
    meta, _ = split_front_matter(read_text(root, source).split("\n"), str(source))
    return str(meta.data.get("lang", default))


@cache
def _footer(markdown: str) -> str:
    (blocks,) = read_parts([(markdown, SOURCE)])
    return html_fragment(blocks, "en", lambda href: href)
