"""Text from data is text on the page, whatever it looks like."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from helpers import pdf_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from render_project import cell, make_project, notebook, render, shown

from analysis.reporting.markdown import escape
from analysis.reporting.render.typst import typst_string

NAMES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</main></body><iframe src='https://example.org'>",
    "#set page(width: 1pt)",
    '#eval("1")]] #panic()',
    "$x$ \\(y\\) \\input{/etc/passwd}",
    "a | b || c",
    "*a* **b** _c_ ~d~ ^e^ `f`",
    "@fig-none [@none] [^1]",
    "{{< include /etc/passwd >}}",
    "::: {.panel-tabset}",
    "[x](javascript:alert(1)) ![y](https://example.org/z.svg)",
    "```{=html}",
    "&lt;b&gt; &#60;",
    "---",
    "= 标题",
    "/ 术语: 解释",
    "/ 不成术语",
    "+ 列表",
    "- 5...6",
    "1. 编号",
    "东部示例001\u202e倒",
)


class Words(HTMLParser):
    """The text of a page, and the tags in it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(root: Path, texts: tuple[str, ...], formats: tuple[str, ...] = ("html",)) -> Path:
    rows = "\n".join(f"| {escape(text)} | 1 |" for text in texts)
    raw = "原样输出：<script>alert(2)</script> <div onclick='x'>y</div> \\def\\x{y} `z`{=html}"
    made = notebook(
        cell(
            "#| label: tbl-a\n#| tbl-cap: 名称\n1",
            shown("text/markdown", f"| 名 | 值 |\n|:--|--:|\n{rows}"),
        ),
        cell("1", shown("text/markdown", raw)),
        front="title: '*名* <script>1</script>'\nlang: zh",
    )
    make_project(root, {"out/a.ipynb": made})
    (result,) = render(root, formats=formats, only=[Path("out/a.ipynb")]).values()
    assert result.error is None, str(result.error)
    return result.outputs[0].parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_of(tmp_path_factory.mktemp("hostile"), NAMES, ("html", "pdf"))


def test_names_are_words_in_html(folder: Path) -> None:
    words = Words()
    source = (folder / "a.html").read_text(encoding="utf-8")
    words.feed(source)
    for name in NAMES[:-1]:
        assert " ".join(name.split()) in words.text
    assert "倒" in words.text and "\u202e" not in source
    assert source.count("<script") == 1  # the site's own
    assert not words.tags & {"iframe", "img", "b", "object", "form"}
    assert "<title>名 &lt;script&gt;1&lt;/script&gt;" in source
    # a cell's output is Markdown without HTML, TeX or raw passages
    assert "<script>alert(2)</script> <div onclick=" in words.text


def test_names_are_words_in_pdf(folder: Path) -> None:
    text = pdf_text(folder / "a.pdf").replace(" ", "").replace("\n", "")
    for name in NAMES[:-1]:
        if not name.startswith("</main>"):  # wraps inside the cell, broken by the layout
            assert name.replace(" ", "") in text, name
    assert "合成" not in text and "root:" not in text


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=200, deadline=None)
def test_typst_strings_hold_any_text(text: str) -> None:
    literal = typst_string(text)
    inner = literal[1:-1]
    assert literal[0] == literal[-1] == '"'
    assert '"' not in inner.replace("\\\\", "").replace('\\"', "")
    assert not any(ord(char) < 32 for char in literal)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=25),
        min_size=1,
        max_size=8,
    )
)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_name_leaves_the_page_whole(tmp_path: Path, texts: list[str]) -> None:
    # both formats are made: Typst stops at the first thing that is not text
    source = (page_of(tmp_path, tuple(texts), ("html", "pdf")) / "a.html").read_text(
        encoding="utf-8"
    )
    words = Words()
    words.feed(source)
    assert not words.tags & {"iframe", "img", "b", "object", "form"}
    assert source.count("<tr") == 1 + len(texts)
