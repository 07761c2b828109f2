"""The folders of a run: inputs, one folder a report, the site, and the lists of reports.

::

    OUT/inputs/<hash>/                         panel, framework and method of the reports
    OUT/<year>/<scope>/<lang>/<name>/<name>.ipynb
    OUT/record/all/<lang>/<name>/<name>.ipynb  what does not depend on a year
    OUT/_reports.zh.md, OUT/_reports.en.md     lists of the reports there are
    OUT/_manual/                               tables that the pages of the manual include
    OUT/site/                                  pages and PDFs
    OUT/fonts/                                 Chinese fonts, for the Typst that Quarto brings

The Quarto project is the checkout itself where OUT is its ``out/``; for any
other OUT it is put together in OUT.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import yaml

from analysis.core.findings import Finding, InputError
from analysis.core.write import write_bytes
from analysis.paths import project_root

ALL = "all"
RECORD = "record"
MARKER = "_reports.zh.md"
TABLES_FOLDER = "tables"
TABLES = (".csv", ".parquet", ".xlsx")
PAGES = ("_quarto.yml", "index.qmd", "reports")
PAGES_ALONE = (
    *("_quarto.yml", "reports/style.css"),
    *("reports/references.bib", "reports/references.csl"),
)
_PLAIN = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True)
class Workspace:
    """Where a run writes.

    Attributes
    ----------
    out : pathlib.Path
        Absolute.
    project : pathlib.Path
        The folder of ``_quarto.yml``: the checkout, or ``out``.
    alone : bool
        Whether reports stand by themselves, without start pages and manual.
    """

    out: Path
    project: Path
    alone: bool = False

    @property
    def site(self) -> Path:
        """The folder of pages and PDFs."""
        return self.out / "site"

    def page(self, notebook: Path, ending: str) -> Path:
        """Return the page (``".html"``, ``".pdf"``) that is rendered from a notebook."""
        return self.site / notebook.relative_to(self.project).with_suffix(ending)


def open_workspace(out: Path, *, alone: bool = False) -> Workspace:
    """Make the output folder ready and put the Quarto project in its place.

    Parameters
    ----------
    out : pathlib.Path
        A new or empty folder, or one that an earlier run wrote.
    alone : bool
        The reports stand by themselves, unless the folder has start pages already.

    Raises
    ------
    InputError
        If the folder holds anything else, or cannot be written: a run
        replaces files and must not find other people's there.
    """
    out = check_out(out)
    root = project_root()
    own = out == root / "out"
    alone = alone and not own and not (out / "index.qmd").exists()
    try:
        if not own:
            _assemble(root, out, PAGES_ALONE if alone else PAGES)
            if alone:
                _drop_navigation(out / "_quarto.yml")
        _link_fonts(out / "fonts")
        for lang in ("zh", "en"):
            (out / f"_reports.{lang}.md").touch()
    except OSError as error:
        values = {"out": str(out), "reason": error.strerror or str(error)}
        raise InputError([Finding("error", "out.unwritable", values)]) from None
    return Workspace(out, root if own else out, alone)


def check_out(out: Path) -> Path:
    """Return an output folder, made if there was none, that is empty or ours.

    Ours is what a run wrote, and what holds nothing but tables of commands,
    which know their own folders.

    Raises
    ------
    InputError
        If it holds anything else, or cannot be made.
    """
    out = out.resolve()
    try:
        out.mkdir(parents=True, exist_ok=True)
        held = {path.name for path in out.iterdir()}
    except OSError as error:
        values = {"out": str(out), "reason": error.strerror or str(error)}
        raise InputError([Finding("error", "out.unwritable", values)]) from None
    if held - {TABLES_FOLDER} and MARKER not in held and out != project_root() / "out":
        raise InputError([Finding("error", "out.foreign", {"out": str(out)})])
    return out


def _link_fonts(folder: Path) -> None:
    """Put the Chinese fonts where ``_quarto.yml`` says they are."""
    folder.mkdir(exist_ok=True)
    for font in sorted(Path(pylopdf_fonts_zh_cn.__file__).parent.glob("*.otf")):
        place = folder / font.name
        place.unlink(missing_ok=True)
        try:
            place.symlink_to(font)
        except OSError:  # Windows asks for a privilege
            shutil.copyfile(font, place)


def _assemble(root: Path, out: Path, names: Sequence[str]) -> None:
    """Copy the pages to ``out``, their paths made relative to it."""
    for name in names:
        source, target = root / name, out / name
        files = [source] if source.is_file() else sorted(source.rglob("*"))
        for file in files:
            if not file.is_file():
                continue
            place = target if file == source else target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            content = file.read_bytes()
            if file.suffix in (".yml", ".qmd"):
                content = _without_out(content.decode("utf-8")).encode("utf-8")
            write_bytes(place, content)


def _drop_navigation(path: Path) -> None:
    """Take the way to pages that are not there, and those pages, from ``_quarto.yml``."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["website"].pop("navbar")
    pages = content["project"]["render"]
    content["project"]["render"] = [page for page in pages if not page.endswith(".qmd")]
    told = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    write_bytes(path, told.encode("utf-8"))


def _without_out(text: str) -> str:
    """Take the folder ``out/`` from the paths in a page or in ``_quarto.yml``."""
    # What is left of an entry of a list may begin with a sign that YAML reads otherwise.
    text = re.sub(r"^(\s*- )out/(\S+)$", r'\1"\2"', text, flags=re.MULTILINE)
    return re.sub(r"(?<![\w./-])((?:\.\./)*/?)out/", r"\1", text)


def folder_name(word: str) -> str:
    """Return a folder name for a region: the word itself where it is one.

    Anything but ASCII letters, digits, ``-`` and ``_`` is replaced, and a
    digest keeps two such words apart: a region comes from a user's table and
    must not name a folder elsewhere.
    """
    if _PLAIN.fullmatch(word) and not word.startswith("_") and word != ALL and len(word) <= 40:
        return word
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r"[^\w]+", "-", plain).strip("-_")[:24] or "region"
    return f"{plain}-{hashlib.sha256(word.encode('utf-8')).hexdigest()[:6]}"


def report_folder(out: Path, year: int | None, region: str, lang: str, name: str) -> Path:
    """Return the folder of a report; ``year`` None is the record of all years."""
    scope = ALL if region == ALL else folder_name(region)
    return out / (RECORD if year is None else str(year)) / scope / lang / name


def save_inputs(out: Path, write: Callable[[Path], None]) -> Path:
    """Keep the inputs of reports in a folder named by their content.

    Parameters
    ----------
    out : pathlib.Path
    write : callable
        Writes the files into the folder that it is given.

    Returns
    -------
    pathlib.Path
        ``out/inputs/<first 12 digits of the SHA-256 of names and contents>``.
    """
    parent = out / "inputs"
    parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=parent))
    try:
        write(scratch)
        digest = hashlib.sha256()
        for file in sorted(scratch.rglob("*")):
            if file.is_file():
                content = file.read_bytes()
                name = file.relative_to(scratch).as_posix()
                digest.update(f"{name}\0{len(content)}\0".encode())
                digest.update(content)
        target = parent / digest.hexdigest()[:12]
        if not target.exists():
            scratch.chmod(0o755)
            scratch.rename(target)
        return target
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def reports_in(out: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Return every executed report in ``out`` with what its metadata say of it."""
    found = []
    for path in sorted(out.glob("*/*/*/*/*.ipynb")):
        parts = path.relative_to(out).parts
        hidden = any(part.startswith((".", "_")) for part in parts)
        if hidden or parts[0] in ("site", "inputs") or path.stem != path.parent.name:
            continue
        said = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("jingkai")
        if said:
            found.append((path, said))
    return found


def drop_unused_inputs(out: Path) -> None:
    """Remove the inputs that no report in ``out`` was made from."""
    used = {Path(str(said.get("inputs", ""))).name for _, said in reports_in(out)}
    for folder in (out / "inputs").glob("*"):
        if re.fullmatch(r"[0-9a-f]{12}", folder.name) and folder.name not in used:
            shutil.rmtree(folder)


def check_table_path(path: Path) -> Path:
    """Return the path of a table to write, if a table can be written there.

    Raises
    ------
    InputError
        If the ending is of no kind of table that can be written, or the
        folder does not exist: said before anything is computed.
    """
    if path.suffix.lower() not in TABLES:
        values = {"path": str(path), "endings": ", ".join(TABLES)}
        raise InputError([Finding("error", "out.ending", values)])
    if not path.absolute().parent.is_dir() or path.is_dir():
        raise InputError([Finding("error", "out.no_folder", {"path": str(path)})])
    return path
