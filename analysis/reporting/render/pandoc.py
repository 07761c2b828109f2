"""Starting pandoc: many texts in, one tree out; one tree in, HTML or Typst out."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analysis.reporting.render.ast import Node
from analysis.reporting.render.errors import RenderError

_HERE = Path(__file__).resolve().parent
_UNSAFE = ("raw_html", "raw_tex", "raw_attribute", "native_divs", "native_spans")

SOURCE = "markdown"
"""Markdown that authors write; raw passages stay visible in the tree, to be refused."""

OUTPUT = SOURCE + "".join(f"-{name}" for name in (*_UNSAFE, "yaml_metadata_block"))
"""Markdown that comes out of a cell: HTML, TeX and raw passages are mere text."""


@dataclass(frozen=True)
class References:
    """What citations are resolved with: bibliographies, and a style if one is given."""

    files: tuple[Path, ...]
    style: Path | None = None


@cache
def pandoc_path() -> str:
    """Return the pandoc that came with the environment, whatever else is installed."""
    import pypandoc

    carried = Path(pypandoc.__file__).parent / "files" / "pandoc"
    return str(carried) if carried.is_file() else str(pypandoc.get_pandoc_path())


def run_pandoc(arguments: Sequence[str], source: str, *, folder: Path | None = None) -> str:
    """Run pandoc on ``source``, apart from the user's own pandoc files.

    Raises
    ------
    RenderError
        With what pandoc said, if it failed or had to warn.
    """
    done = subprocess.run(
        [pandoc_path(), f"--data-dir={_HERE}", *arguments],
        input=source.encode(),
        capture_output=True,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode or said:
        raise RenderError("pandoc", problem=said or f"exit code {done.returncode}")
    return done.stdout.decode()


def read_parts(parts: Sequence[tuple[str, str]]) -> list[list[Node]]:
    """Read Markdown texts, each apart from the others.

    Parameters
    ----------
    parts : sequence of (text, format)
        ``format`` is `SOURCE` or `OUTPUT`.

    Returns
    -------
    list of list of node
        The blocks of each text.
    """
    payload = json.dumps([{"text": text, "format": kind} for text, kind in parts])
    tree = json.loads(run_pandoc(["-f", str(_HERE / "reader.lua"), "-t", "json"], payload))
    return [part["c"][1] for part in tree["blocks"]]


@cache
def _api_version() -> tuple[int, ...]:
    return tuple(json.loads(run_pandoc(["-f", "markdown", "-t", "json"], ""))["pandoc-api-version"])


def write_tree(
    blocks: list[Node],
    to: str,
    *,
    lang: str,
    references: References | None = None,
    options: Sequence[str] = (),
) -> str:
    """Write a tree as a fragment of HTML or Typst.

    Parameters
    ----------
    blocks : list of node
    to : str
        Pandoc's name of the format.
    lang : str
        Language of the page; citations follow it.
    references : References, optional
        Where given, citations are resolved (citeproc).
    options : sequence of str
        Further options of pandoc.
    """
    # pandoc's translations go by script, and it warns of a language it has none for
    name = {"zh": "zh-Hans"}.get(lang, lang)
    meta: dict[str, Any] = {"lang": {"t": "MetaString", "c": name}}
    arguments = ["-f", "json", "-t", to, "--wrap=none", *options]
    if references:
        meta["link-citations"] = {"t": "MetaBool", "c": True}
        arguments.append("--citeproc")
        arguments += [f"--bibliography={path}" for path in references.files]
        arguments += [f"--csl={references.style}"] if references.style else []
    tree = {"pandoc-api-version": list(_api_version()), "meta": meta, "blocks": blocks}
    return run_pandoc(arguments, json.dumps(tree))
