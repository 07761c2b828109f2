"""A whole site: pages side by side, each whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path, PurePosixPath

from analysis.reporting.render.config import Project, read_project
from analysis.reporting.render.errors import Place, RenderError
from analysis.reporting.render.fonts import FACES, font_face, stamp, used_characters
from analysis.reporting.render.write import ASSETS, LIBRARY, render_files, styles_of

FORMATS = ("html", "pdf")


@dataclass(frozen=True)
class Rendered:
    """What came of one page.

    Attributes
    ----------
    source : Path
        Path below the project.
    outputs : tuple of Path
        Files written, the page's own first; empty where it failed.
    error : RenderError or None
    """

    source: Path
    outputs: tuple[Path, ...]
    error: RenderError | None = None


def render_site(
    project: Path,
    *,
    formats: Collection[str] = FORMATS,
    only: Collection[Path] | None = None,
    workers: int = 2,
    on_done: Callable[[Rendered], None] | None = None,
) -> list[Rendered]:
    """Render a Quarto website project with pandoc and Typst.

    Parameters
    ----------
    project : Path
        Folder that holds ``_quarto.yml``.
    formats : collection of {"html", "pdf"}
    only : collection of Path, optional
        Sources to render, absolute or below the project; all by default.
    workers : int
        Processes to render with; with 1 everything runs in this one.
    on_done : callable, optional
        Told of each page as it is finished.

    Returns
    -------
    list of Rendered
        One for each page, in order of the sources. A page that fails leaves
        no output and does not keep the others from being rendered.

    Raises
    ------
    RenderError
        For the project as a whole: a broken ``_quarto.yml``, or a source in
        ``only`` that the project does not render.
    """
    for unknown in sorted(set(formats) - set(FORMATS)):
        raise RenderError("format", format=unknown, known=", ".join(FORMATS))
    site = read_project(project)
    sources = _selected(site, only)
    wanted = tuple(name for name in FORMATS if name in set(formats))
    _write_assets(site)
    done: dict[PurePosixPath, Rendered] = {}
    with _pool(min(workers, len(sources))) as pool:
        for result in _run(pool, site, sources, wanted):
            done[PurePosixPath(result.source.as_posix())] = result
            if on_done is not None:
                on_done(result)
        if "html" in wanted:
            _write_fonts(site, pool)
    return [done[source] for source in sources]


def _selected(site: Project, only: Collection[Path] | None) -> list[PurePosixPath]:
    if only is None:
        return list(site.sources)
    chosen = set()
    for path in only:
        full = (site.root / path).resolve()
        below = full.relative_to(site.root) if site.root in full.parents else full
        if PurePosixPath(below.as_posix()) not in site.sources:
            raise RenderError("not_a_page", path=str(path))
        chosen.add(PurePosixPath(below.as_posix()))
    return [source for source in site.sources if source in chosen]


@contextmanager
def _pool(workers: int) -> Iterator[Executor | None]:
    if workers <= 1:
        yield None
        return
    # new processes, not copies: a copy of a process with threads can hang
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield pool


def _run(
    pool: Executor | None, site: Project, sources: list[PurePosixPath], formats: tuple[str, ...]
) -> Iterator[Rendered]:
    if pool is None:
        yield from (render_page(site, source, formats) for source in sources)
        return
    jobs: list[Future[Rendered]] = [
        pool.submit(render_page, site, source, formats) for source in sources
    ]
    for job in as_completed(jobs):
        yield job.result()


def render_page(site: Project, source: PurePosixPath, formats: tuple[str, ...]) -> Rendered:
    """Render one page in a folder of its own and move it into place."""
    site.output.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".page-", dir=site.output))
    try:
        made = render_files(site, source, formats, folder)
        _move(folder, made, site.output, source)
        return Rendered(Path(source), tuple(site.output / name for name in made))
    except RenderError as error:
        problem = error.at(Place(str(source)))
    except Exception as error:  # whatever a page does, the others go on
        words = f"{type(error).__name__}: {error}"
        problem = RenderError("failed", Place(str(source)), problem=words)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _clear(site, source)
    return Rendered(Path(source), (), problem)


def _own_folder(source: PurePosixPath) -> PurePosixPath:
    return source.parent / f"{source.stem}_files"


def _move(folder: Path, made: Sequence[PurePosixPath], output: Path, source: PurePosixPath) -> None:
    """Move files into place, pictures before the page that shows them."""
    own = _own_folder(source)
    if (output / own).exists():
        (output / own).replace(folder / ".old")
    if (folder / own).exists():
        (output / own).parent.mkdir(parents=True, exist_ok=True)
        (folder / own).replace(output / own)
    for name in reversed(made):
        if own not in name.parents:
            (output / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).replace(output / name)


def _clear(site: Project, source: PurePosixPath) -> None:
    """Remove what an earlier run made of a page that now fails."""
    for suffix in (".html", ".pdf"):
        (site.output / source.with_suffix(suffix)).unlink(missing_ok=True)
    shutil.rmtree(site.output / _own_folder(source), ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    # brings pandas with it, which the processes that set the pages can do without
    from analysis.core.write import write_bytes

    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content)


def _write_assets(site: Project) -> None:
    for name in ("site.css", "site.js"):
        _write(site.output / LIBRARY / name, (ASSETS / name).read_bytes())
    for style in styles_of(site):
        _write(site.output / style, (site.root / style).read_bytes())


def _write_fonts(site: Project, pool: Executor | None) -> None:
    """Write the style sheet with the fonts for all pages of the site there are."""
    pages = sorted(path for path in site.output.rglob("*.html") if ".page-" not in str(path))
    if not pages:
        return
    characters = used_characters(pages)
    head = stamp(characters)
    target = site.output / LIBRARY / "fonts.css"
    if target.is_file():
        with target.open(encoding="utf-8") as file:
            if file.readline() == head:
                return
    families = list(FACES)
    if pool is None:
        faces = [font_face(family, characters[family]) for family in families]
    else:
        faces = list(pool.map(font_face, families, [characters[name] for name in families]))
    _write(target, (head + "".join(faces)).encode())
