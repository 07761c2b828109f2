"""The language of a notebook: one of two is kept, before anything is executed.

Notebooks hold Markdown cells in pairs, tagged ``lang-zh`` and ``lang-en``, and
cell options in both languages (``fig-cap-zh``, ``fig-cap-en``). `in_language`
keeps one language, puts the year and the scope into the words, and sets the
title as front matter, so that what is executed is an ordinary Quarto notebook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import yaml
from nbformat import NotebookNode

from analysis.reporting.markdown import escape
from analysis.texts import LANGUAGES

OPTION = "#| "
HIDDEN = f"{OPTION}include: false"
_NAME = re.compile(r"[^\W_][\w-]*")
CAPTIONS = ("fig-cap", "tbl-cap")
SCOPES = ("region", "national")
NEEDS = ("mofcom", "mofcom-regions", "editions")
# Tag of a cell whose figure or table has no number of the panel in it.
NOT_PANEL = "not-panel"


@dataclass(frozen=True)
class Source:
    """A notebook as it is kept, with what it says of itself.

    Attributes
    ----------
    name : str
        The file's name without its ending: the report's name.
    path : pathlib.Path
    notebook : nbformat.NotebookNode
    scope : {"region", "national"}
        Whether there is a report for each region or one for all units.
    order : int
        Place in the list of reports.
    needs : tuple of str
        What must be there for the report to make sense.
    titles : dict
        Title in each language, with ``{year}`` and ``{scope}``.
    command : str
        The command that alone makes it, as it needs more than a run gives; or ``""``.
    options : dict
        Quarto options of its page, beside those of the project.
    """

    name: str
    path: Path
    notebook: NotebookNode
    scope: str
    order: int
    needs: tuple[str, ...]
    titles: Mapping[str, str]
    command: str = ""
    options: Mapping[str, object] = field(default_factory=dict)


def read_notebook(path: Path) -> Source:
    """Read a notebook and what its metadata say of it under ``jingkai``.

    Raises
    ------
    ValueError
        If it is no notebook, or its metadata say what nobody understands.
    """
    if not _NAME.fullmatch(path.stem):
        # The name becomes a folder and a part of addresses.
        raise ValueError("its name may hold letters, digits, - and _ only, and begins with one")
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (OSError, UnicodeDecodeError, nbformat.reader.NotJSONError) as error:
        raise ValueError(f"no notebook ({error})") from error
    except nbformat.ValidationError as error:
        raise ValueError(f"no valid notebook ({error.message})") from error
    said = notebook.metadata.get("jingkai", {})
    scope = said.get("scope", "region")
    if scope not in SCOPES:
        raise ValueError(f"jingkai.scope is {scope!r}, not one of {', '.join(SCOPES)}")
    needs = tuple(said.get("needs", ()))
    if not set(needs) <= set(NEEDS):
        raise ValueError(f"jingkai.needs is {needs!r}; known are {', '.join(NEEDS)}")
    return Source(
        name=path.stem,
        path=path,
        notebook=notebook,
        scope=scope,
        order=int(said.get("order", 1000)),
        needs=needs,
        titles={lang: str(said.get(f"title_{lang}", path.stem)) for lang in LANGUAGES},
        command=str(said.get("command", "")),
        options=json.loads(json.dumps(said.get("options", {}))),  # plain, as YAML wants it
    )


def in_language(
    source: Source,
    lang: str,
    words: Mapping[str, object],
    mark: str = "",
    links: Mapping[str, str] | None = None,
) -> NotebookNode:
    """Return the notebook in one language, its source untouched.

    Parameters
    ----------
    source : Source
    lang : {"zh", "en"}
    words : mapping
        Values of the placeholders ``{year}`` and ``{scope}`` in titles,
        captions and Markdown cells; they are put in as plain text.
    mark : str
        Follows the title (and so stands at the head of every PDF page) and
        every caption: what no figure or table may be shown without, but for
        those of cells tagged ``not-panel``, which have nothing of the panel in them.
    links : mapping, optional
        Words and addresses of other pages to name beside the report.

    Returns
    -------
    nbformat.NotebookNode
        Front matter first; cells of the other language and cells tagged
        ``remove`` are gone; every code cell has options of one language.
    """
    others = {f"lang-{other}" for other in LANGUAGES if other != lang} | {"remove"}
    safe = {name: escape(value) for name, value in words.items()}
    title = _put_in(source.titles[lang], safe) + mark
    front: dict[str, object] = {"title": title, "lang": lang, **source.options}
    if links:
        front["other-links"] = [{"text": name, "href": href} for name, href in links.items()]
    cells = [_front_matter(front)]
    for cell in source.notebook.cells:
        tags = cell.metadata.get("tags", [])
        if others.intersection(tags):
            continue
        cell = cell.copy()
        if cell.cell_type == "markdown":
            cell.source = _put_in(cell.source, safe)
        elif cell.cell_type == "code":
            hidden = "parameters" in tags
            own = "" if NOT_PANEL in tags else mark
            cell.source = _options(cell.source, lang, safe, own, hidden=hidden)
        cells.append(cell)
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    notebook.metadata["jingkai"] = {"notebook": source.name, "title": title, "lang": lang}
    return notebook


def _front_matter(values: Mapping[str, object]) -> NotebookNode:
    text = yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False, width=1000)
    cell: NotebookNode = nbformat.v4.new_raw_cell(f"---\n{text}---", id="front-matter")
    return cell


def _put_in(text: str, words: Mapping[str, str]) -> str:
    # Not str.format: formulas have braces of their own.
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return text


def _options(source: str, lang: str, words: Mapping[str, str], mark: str, *, hidden: bool) -> str:
    """Resolve the option lines at the head of a code cell."""
    lines = source.split("\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith("#|")), len(lines))
    options = yaml.safe_load("\n".join(line[len(OPTION) :] for line in lines[:count])) or {}
    resolved: dict[str, object] = {}
    for key, value in options.items():
        stem, _, end = str(key).rpartition("-")
        if end in LANGUAGES:
            if end != lang:
                continue
            key = stem
        resolved[key] = _put_in(value, words) if isinstance(value, str) else value
        if key in CAPTIONS:
            resolved[key] = f"{resolved[key]}{mark}"
    if hidden:
        resolved["include"] = False
    head = yaml.safe_dump(resolved, allow_unicode=True, sort_keys=False, width=10_000)
    kept = [OPTION + line for line in head.splitlines()] if resolved else []
    return "\n".join(kept + lines[count:])
