"""What the embedded renderer does not know is refused by file and line, never lost."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from render_project import CONFIG, cell, error_of, html_of, make_project, notebook, render, shown

from analysis.reporting.render import Place, RenderError, render_site
from analysis.reporting.render.config import read_project
from analysis.texts import table

# the body starts in line 5, after the front matter and an empty line
UNKNOWN = {
    "shortcode": ("文字\n\n{{< video a.mp4 >}}\n", 7, "shortcode"),
    "div class": ("::: {.column-margin}\n旁注\n:::\n", 5, "class"),
    "bare div class": ("::: aside\n旁注\n:::\n", 5, "class"),
    "span class": ("一段 [x]{.mark}\n", 5, "class"),
    "attribute": ('::: {.callout-note appearance="minimal"}\n内容\n:::\n', 5, "attribute"),
    "event handler": ('见 [x](a.qmd){onclick="alert(1)"}\n', 5, "attribute"),
    "layout": ("::: {layout-ncol=2}\n内容\n:::\n", 5, "attribute"),
    "html block": ("文字\n\n<div onclick='x'>y</div>\n", 7, "attribute"),
    "html": ("文字 <b>粗</b>\n", 5, "raw"),
    "tex": ("文字 \\textbf{粗}\n", 5, "raw"),
    "raw attribute": ("```{=typst}\n#set page()\n```\n", 5, "code_cell"),
    "code cell": ("```{python}\n1\n```\n", 5, "code_cell"),
    "theorem": ("::: {#thm-a}\n定理\n:::\n", 5, "reference_kind"),
    "reference to a theorem": ("见 @thm-a\n", 5, "reference_kind"),
    "div as a figure": ("::: {#fig-a}\n图\n:::\n", 5, "reference_kind"),
    "open div": ("::: {.callout-note}\n内容\n", 5, "div_open"),
    "closing nothing": ("文字\n\n:::\n", 7, "div_close"),
    "tabset without headings": ("::: {.panel-tabset}\n文字\n:::\n", 5, "tabset"),
    "reference": ("## 一 {#sec-a}\n\n见 @fig-nowhere\n", 7, "reference"),
    "anchor": ("见 [那里](#nowhere)\n", 5, "anchor"),
    "citation without bibliography": ("据 @smith\n", 5, "no_bibliography"),
    "note without text": ("[^1]: 没有人提到\n", None, "pandoc"),
    "label twice": ("## 一 {#sec-a}\n\n## 二 {#sec-a}\n", 5, "label_twice"),
    "script link": ("[x](javascript:alert(1))\n", 5, "link"),
    "script link in disguise": ("[x](java&#115;cript&colon;alert(1))\n", 5, "link"),
    "data link": ("[x](data:text/html,x)\n", 5, "link"),
    "link without scheme": ("[x](//example.org/)\n", 5, "link"),
    "picture from elsewhere": ("![图](https://example.org/a.svg)\n", 5, "image"),
    "missing picture": ("![图](a.svg)\n", 5, "image"),
    "missing page": ("[x](b.qmd)\n", 5, "link_missing"),
    "file outside": ("[x](../../b.qmd)\n", 5, "outside"),
    "missing include": ("{{< include b.md >}}\n", 5, "include"),
    "include from outside": ("{{< include ../b.md >}}\n", 5, "outside"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_is_refused_with_file_and_line(tmp_path: Path, name: str) -> None:
    body, line, key = UNKNOWN[name]
    error = error_of(tmp_path, body)
    assert error.key == key
    assert error.place == Place("page.qmd", line)
    assert str(error).startswith(f"page.qmd:{line}: " if line else "page.qmd: ")
    assert not (tmp_path / "site" / "page.html").exists()


def test_front_matter_key_is_named_with_its_line(tmp_path: Path) -> None:
    error = error_of(tmp_path, "文字\n", front="listing: x\n")
    assert (error.key, error.place) == ("key", Place("page.qmd", 3))
    assert "listing" in error.text("zh") and "listing" in error.text("en")


def test_option_of_a_format_is_named_with_its_line(tmp_path: Path) -> None:
    error = error_of(tmp_path, "文字\n", front="format:\n  html:\n    code-fold: true\n")
    assert (error.key, error.place) == ("key", Place("page.qmd", 5))
    assert "format.html.code-fold" in str(error)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("search: false", "search: true", 7),
        ("toc: true", "toc: true\nfilters: [a.lua]", 14),
        ("type: website", "type: book", 2),
        ("papersize: a4", "papersize: letter", 20),
        ('title: "站点', 'announcement: x\n  title: "站点', 6),
    ],
)
def test_project_key_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int) -> None:
    make_project(tmp_path, {}, CONFIG.replace(old, new, 1))
    with pytest.raises(RenderError) as caught:
        read_project(tmp_path)
    assert caught.value.place == Place("_quarto.yml", line)


def test_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    make_project(tmp_path, {}, CONFIG.replace("lang: zh", "lang: [zh", 1))
    with pytest.raises(RenderError) as caught:
        read_project(tmp_path)
    assert caught.value.key == "yaml"
    assert caught.value.place is not None and caught.value.place.file == "_quarto.yml"


def test_output_folder_stays_inside(tmp_path: Path) -> None:
    make_project(tmp_path, {}, CONFIG.replace("output-dir: site", "output-dir: ../site"))
    with pytest.raises(RenderError, match="leads out of"):
        read_project(tmp_path)


def test_folder_without_project(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"no _quarto\.yml"):
        render_site(tmp_path)


CELLS = {
    "option": (cell("#| label: fig-a\n#| fig-cap: x\n#| fig-width: 5\n1"), "key", 3),
    "caption missing": (cell("#| label: fig-a\n1", shown("text/markdown", "x")), "no_caption", 1),
    "html": (cell("1", shown("text/html", "<b>x</b>")), "output", 1),
    "script": (cell("1", shown("application/javascript", "x")), "output", 1),
    "no words": (cell("1", shown("image/svg+xml", "<svg/>")), "no_alt", 1),
    "svg script": (
        cell('#| fig-alt: "x"\n1', shown("image/svg+xml", "<svg><script>1</script></svg>")),
        "svg",
        1,
    ),
    "svg event": (
        cell('#| fig-alt: "x"\n1', shown("image/svg+xml", '<svg onload="x"/>')),
        "svg",
        1,
    ),
    "svg from elsewhere": (
        cell(
            '#| fig-alt: "x"\n1',
            shown("image/svg+xml", '<svg><image href="https://example.org/x.png"/></svg>'),
        ),
        "svg",
        1,
    ),
    "class in an output": (
        cell("1", shown("text/markdown", "::: {.column-page}\nx\n:::")),
        "class",
        1,
    ),
    "place of a cell in an output": (
        cell("1", shown("text/markdown", '::: {.jk:cell n="0"}\nx\n:::')),
        "class",
        1,
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_cells_are_refused_with_cell_and_line(tmp_path: Path, name: str) -> None:
    made, key, line = CELLS[name]
    error = error_of(tmp_path, notebook("## 一", made), "out/a/a.ipynb")
    assert error.key == key
    assert error.place == Place("out/a/a.ipynb", line, cell=3)
    assert "第 3 个单元格" in error.text("zh") and "cell 3" in error.text("en")


def test_failed_cell_and_unexecuted_notebook(tmp_path: Path) -> None:
    from nbformat.v4 import new_code_cell, new_output

    failed = new_output("error", ename="ValueError", evalue="no", traceback=[])
    assert error_of(tmp_path, notebook(cell("1", failed)), "out/a.ipynb").key == "cell_failed"
    assert error_of(tmp_path, notebook(new_code_cell("1")), "out/a.ipynb").key == "not_executed"
    assert error_of(tmp_path, "no notebook", "out/a.ipynb").key == "notebook"


def test_a_failing_page_leaves_the_others_alone(tmp_path: Path) -> None:
    make_project(
        tmp_path, {"a.qmd": "---\ntitle: a\n---\n\n好\n", "b.qmd": "---\ntitle: b\n---\n\n好\n"}
    )
    assert all(result.error is None for result in render(tmp_path, formats=("html",)).values())
    (tmp_path / "a.qmd").write_text("---\ntitle: a\n---\n\n{{< kbd x >}}\n", encoding="utf-8")
    told: list[str] = []
    done = render(tmp_path, formats=("html",), on_done=lambda r: told.append(r.source.name))
    assert [done[name].error is None for name in ("a.qmd", "b.qmd", "index.qmd")] == [
        False,
        True,
        True,
    ]
    assert sorted(told) == ["a.qmd", "b.qmd", "index.qmd"]
    # what an earlier run made of the page would be out of date
    assert not (tmp_path / "site" / "a.html").exists()
    assert (tmp_path / "site" / "b.html").is_file()
    assert not [path for path in (tmp_path / "site").iterdir() if path.name.startswith(".")]


def test_only_pages_of_the_project(tmp_path: Path) -> None:
    make_project(tmp_path, {})
    with pytest.raises(RenderError, match="not among the pages"):
        render_site(tmp_path, only=[tmp_path / "style.css"], workers=1)
    with pytest.raises(RenderError, match="unsupported format"):
        render_site(tmp_path, formats=("docx",), workers=1)


def test_errors_cross_processes() -> None:
    error = RenderError("label_twice", Place("a.qmd", 3), label="fig-x")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.place, again.values) == (str(error), error.place, error.values)


def test_code_shows_shortcodes_as_they_are(tmp_path: Path) -> None:
    page = html_of(tmp_path, "```\n{{< video x >}}\n::: {.aside}\n```\n")
    assert "{{&lt; video x &gt;}}" in page


def test_every_refusal_has_its_words() -> None:
    import re

    import analysis.reporting.render as package

    used = set()
    for path in Path(package.__file__).parent.glob("*.py"):
        used |= set(re.findall(r'RenderError\(\s*"(\w+)"', path.read_text(encoding="utf-8")))
    stated = {
        key.removeprefix("render.error.") for key in table() if key.startswith("render.error.")
    }
    assert used == stated
