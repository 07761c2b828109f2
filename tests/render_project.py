"""Small Quarto projects for the tests of rendering."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from analysis.reporting.render import Rendered, RenderError, render_site

CONFIG = """\
project:
  type: website
  output-dir: site
  render: ["*.qmd", "out/**/*.ipynb"]
website:
  title: "站点 Site"
  search: false
  navbar:
    left:
      - text: 首页
        href: index.qmd
lang: zh
toc: true
number-sections: true
format:
  html:
    css: style.css
    html-math-method: mathml
  typst:
    papersize: a4
    citeproc: true
"""

STYLE = """\
body { font-family: "Noto Sans SC"; }
h1, h2 { font-family: "Noto Serif SC"; }
"""

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="100pt" '
    'viewBox="0 0 200 100"><rect width="200" height="100" fill="#0072B2"/></svg>'
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def make_project(root: Path, pages: dict[str, str | bytes], config: str = CONFIG) -> Path:
    """Write a project whose ``index.qmd`` is there in any case."""
    files: dict[str, str | bytes] = {
        "_quarto.yml": config,
        "style.css": STYLE,
        "index.qmd": "---\ntitle: 首页\n---\n\n正文\n",
        **pages,
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def cell(source: str, *outputs: Any, tags: tuple[str, ...] = ()) -> Any:
    made = new_code_cell(source, execution_count=1, outputs=list(outputs))
    made.metadata["tags"] = list(tags)
    return made


def shown(mime: str, data: str) -> Any:
    return new_output("display_data", {mime: data})


def notebook(*cells: Any, front: str = "title: 报告\nlang: zh") -> str:
    """Return an executed notebook as the runner writes it: front matter first."""
    made = [new_markdown_cell(part) if isinstance(part, str) else part for part in cells]
    return nbformat.writes(new_notebook(cells=[new_raw_cell(f"---\n{front}\n---"), *made]))


def render(root: Path, **options: Any) -> dict[str, Rendered]:
    done = render_site(root, **{"workers": 1, **options})
    return {result.source.as_posix(): result for result in done}


def html_of(root: Path, body: str | bytes, name: str = "page.qmd", front: str = "") -> str:
    """Render one page to HTML and return it; its error is raised."""
    if isinstance(body, str) and name.endswith(".qmd"):
        body = f"---\ntitle: 页\n{front}---\n\n{body}"
    make_project(root, {name: body})
    result = render(root, formats=("html",), only=[Path(name)])[name]
    if result.error is not None:
        raise result.error
    return result.outputs[0].read_text(encoding="utf-8")


def error_of(root: Path, body: str | bytes, name: str = "page.qmd", front: str = "") -> RenderError:
    """Render one page that has to fail, and return the error."""
    try:
        html_of(root, body, name, front)
    except RenderError as error:
        return error
    raise AssertionError("the page was rendered")
