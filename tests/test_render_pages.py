"""Pages and notebooks as the embedded renderer sets them: text, numbers, references."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path

import pytest
from render_project import PNG, SVG, cell, html_of, make_project, notebook, render, shown

FIGURE = "#| label: fig-{0}\n#| fig-cap: 图题 {0}\n#| fig-alt: 替代文字\n1"
TABLE = "| 名 | 值 |\n|:--|--:|\n| 甲 | 1 |"


def plain(page: str) -> str:
    """Text of the page's main part, white space folded."""
    main = page[page.index("<main") : page.index("</main>")]
    bare = html.unescape(re.sub(r"<[^>]+>", " ", main))
    return " ".join(bare.replace("\xa0", " ").split())


def test_numbers_and_references_in_both_languages(tmp_path: Path) -> None:
    # the words of Quarto's translations: 图 表 小节 式; Figure Table Section Equation
    body = (
        "## 一 {#sec-one}\n\n### 细 {#sec-deep}\n\n"
        "## 二 {#sec-two}\n\n见 @fig-a、@fig-b、@tbl-a、@sec-deep、@sec-two、@eq-a；"
        "[-@fig-b]；[@fig-a; @fig-b]；[见 @fig-a]。\n\n"
        f"{TABLE}\n\n: 表题 {{#tbl-a}}\n\n![题甲](a.svg){{#fig-a}}\n\n![题乙](a.svg){{#fig-b}}\n\n"
        "$$ x $$ {#eq-a}\n"
    )
    make_project(tmp_path, {"a.svg": SVG})
    page = html_of(tmp_path, body)
    text = plain(page)
    assert (
        "见 图 1 、 图 2 、 表 1 、 小节 1.1 、 小节 2 、 式 1 ； 2 ； 图 1 , 图 2 ； 见 1 。"
        in text
    )
    assert "表 1: 表题" in text and "图 1: 题甲" in text and "图 2: 题乙" in text and "(1)" in text
    text = plain(html_of(tmp_path, body, front="lang: en\n"))
    assert "见 Figure 1 、 Figure 2 、 Table 1 、 Section 1.1 、 Section 2 、 Equation 1" in text
    # every reference leads to something on the page
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert {"fig-a", "fig-b", "tbl-a", "sec-deep", "sec-two", "eq-a"} <= targets
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_sections_without_numbers(tmp_path: Path) -> None:
    page = html_of(
        tmp_path,
        "## 一\n\n## 二 {.unnumbered}\n\n## 三 {.unlisted}\n\n## 四\n",
        front="toc-depth: 2\n",
    )
    toc = page[page.index('id="TOC"') : page.index("</nav>", page.index('id="TOC"'))]
    assert [re.sub("<[^>]+>", "", item).strip() for item in re.findall(r"<li.*?</li>", toc)] == [
        "1 一",
        "二",
        "3 四",
    ]
    assert "header-section-number" not in html_of(
        tmp_path, "## 一\n", front="number-sections: false\n"
    )


def test_callouts_have_titles_and_tabs_have_panes(tmp_path: Path) -> None:
    body = (
        "::: {.callout-note}\n内容\n:::\n\n::: {.callout-warning}\n## 合成*数据*\n\n- 甲\n:::\n\n"
        "::: {.callout-tip title='自拟' collapse='true'}\n内容\n:::\n\n"
        "::: {.panel-tabset}\n## 甲页\n\n甲文\n\n## 乙页\n\n乙文\n:::\n\n## 后 {#sec-after}\n"
    )
    page = html_of(tmp_path, body)
    assert re.search(r'callout-note".*?注记', page, re.DOTALL)
    assert re.search(r'callout-warning".*?合成<em>数据</em>', page, re.DOTALL)
    assert re.search(r"<details[^>]*callout-tip.*?<summary[^>]*>\s*自拟", page, re.DOTALL)
    assert page.count('class="tab-pane"') == 2
    # headings in boxes are no sections
    assert 'id="sec-after"' in page and '<span class="header-section-number">1</span> 后' in page


def test_notebook_shows_what_quarto_shows(tmp_path: Path) -> None:
    make_project(
        tmp_path,
        {
            "out/a/a.ipynb": notebook(
                cell("secret = 1", tags=("parameters",)),
                cell("secret = 2", tags=("injected-parameters",)),
                cell("#| include: false\nsecret = 3", shown("text/markdown", "不显示")),
                "## 一 {#sec-a}\n\n见 @fig-a 与 @tbl-a。",
                cell(FIGURE.format("a"), shown("image/svg+xml", SVG)),
                cell("#| label: tbl-a\n#| tbl-cap: 表题\n1", shown("text/markdown", TABLE)),
                cell("#| output: asis\n1", shown("text/markdown", "## 内节\n\n文字")),
                cell("#| echo: true\nprint('码')", shown("text/plain", "纯文本 <b>")),
                cell("#| output: false\n1", shown("text/markdown", "不显示")),
                cell(
                    "#| fig-alt: 点\n1",
                    shown("image/png", base64.b64encode(PNG).decode()),
                ),
                front="title: 报告\nlang: zh\nexecute:\n  echo: false",
            )
        },
    )
    (result,) = render(tmp_path, formats=("html",), only=[Path("out/a/a.ipynb")]).values()
    assert result.error is None
    page = result.outputs[0].read_text(encoding="utf-8")
    text = plain(page)
    assert "secret" not in text and "不显示" not in text
    assert "见 图 1 与 表 1 。" in text and "图 1: 图题 a" in text and "表 1: 表题" in text
    assert "2 内节" in text and "print('码')" in text and "纯文本 <b>" in text
    assert '<img src="a_files/figure-html/fig-a-output-1.svg" alt="替代文字"' in page
    assert [path.name for path in result.outputs] == [
        "a.html",
        "cell-10-output-1.png",
        "fig-a-output-1.svg",
    ]
    assert all(path.is_file() for path in result.outputs)
    assert (tmp_path / "site/out/a/a_files/figure-html/cell-10-output-1.png").read_bytes() == PNG


def test_each_report_keeps_its_own_figures(tmp_path: Path) -> None:
    """Quarto's known trap: reports of one name that overwrite each other's figures."""
    colours = {"a": "#111111", "b": "#222222"}
    make_project(
        tmp_path,
        {
            f"out/{name}/x/x.ipynb": notebook(
                cell(FIGURE.format("a"), shown("image/svg+xml", SVG.replace("#0072B2", colour)))
            )
            for name, colour in colours.items()
        },
    )
    assert all(result.error is None for result in render(tmp_path, workers=2).values())
    for name, colour in colours.items():
        figure = tmp_path / f"site/out/{name}/x/x_files/figure-html/fig-a-output-1.svg"
        assert colour in figure.read_text(encoding="utf-8")


def test_tabset_may_hold_cells(tmp_path: Path) -> None:
    page = notebook(
        "::: {.panel-tabset}\n\n## 甲页",
        cell("1", shown("text/markdown", "甲的输出")),
        "## 乙页",
        cell("1", shown("text/markdown", "乙的输出\n\n:::\n\n仍在乙页")),
        ":::\n\n## 后",
    )
    made = html_of(tmp_path, page, "out/a.ipynb")
    panes = re.split(r'<div class="tab-pane"', made)[1:]
    assert "甲的输出" in panes[0] and "乙的输出" not in panes[0]
    # an output cannot close what the author opened
    assert panes[1].index("乙的输出") < panes[1].index("仍在乙页") < panes[1].index("</div>")


def test_includes_and_links(tmp_path: Path) -> None:
    make_project(
        tmp_path,
        {
            "sub/part.md": "节选 [报告](out/a/a.ipynb) [网页](out/a/a.html) [PDF](out/a/a.pdf)\n",
            "out/a/a.ipynb": notebook("## 一 {#sec-a}\n\n[首页](/index.qmd#x) [表](t.csv)"),
            "out/a/t.csv": "a,b\n",
        },
    )
    page = html_of(tmp_path, "{{< include sub/part.md >}}\n")
    assert re.findall(r"<p>节选.*?</p>", page, re.DOTALL)[0].count('href="out/a/a.') == 3
    assert 'href="out/a/a.html"' in page and 'href="out/a/a.pdf"' in page
    (result,) = render(tmp_path, formats=("html",), only=[Path("out/a/a.ipynb")]).values()
    made = result.outputs[0].read_text(encoding="utf-8")
    assert 'href="../../index.html#x"' in made and 'href="t.csv"' in made
    assert (tmp_path / "site/out/a/t.csv").read_text() == "a,b\n"


def test_site_map_is_that_of_the_sources(tmp_path: Path) -> None:
    make_project(
        tmp_path,
        {
            "out/2023/all/zh/x/x.ipynb": notebook("文字"),
            "out/_draft.qmd": "x",
            "_hidden.qmd": "x",
            "out/.ipynb_checkpoints/x.ipynb": "x",
        },
    )
    done = render(tmp_path)
    assert sorted(done) == ["index.qmd", "out/2023/all/zh/x/x.ipynb"]
    made = {
        path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.*")
    }
    assert {
        "index.html",
        "index.pdf",
        "out/2023/all/zh/x/x.html",
        "out/2023/all/zh/x/x.pdf",
    } <= made
    assert not [name for name in made if Path(name).name.startswith(".")]


def test_page_says_its_language_and_its_way_around(tmp_path: Path) -> None:
    page = html_of(
        tmp_path,
        "## 一\n",
        front="lang: en\nsubtitle: 副题\nother-links:\n  - text: 中文\n    href: index.qmd\n",
    )
    assert '<html lang="en">' in page and "<title>页 – 站点 Site</title>" in page
    assert 'class="jk-skip" href="#quarto-document-content"' in page
    assert 'id="quarto-document-content"' in page and "On this page" in page
    assert re.search(r'<a href="index.html" lang="zh">中文</a>', page)
    assert '<p class="subtitle lead">副题</p>' in page
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_formula_is_mathml(tmp_path: Path) -> None:
    page = html_of(tmp_path, "行内 $x_i$ 与\n\n$$ \\frac{a}{b} $$\n")
    assert page.count("<math") == 2 and "<mfrac>" in page


def test_citations_follow_the_bibliography(tmp_path: Path) -> None:
    bib = "@book{roe2008, author={Roe, Jane}, title={On Ranks}, year={2008}, publisher={Press}}\n"
    make_project(tmp_path, {"r.bib": bib})
    page = html_of(
        tmp_path, "据 [@roe2008]。\n\n::: {#refs}\n:::\n", front="lang: en\nbibliography: r.bib\n"
    )
    assert 'href="#ref-roe2008"' in page and 'id="ref-roe2008"' in page
    assert re.search(r"Roe.*?2008", plain(page)) and "<em>On" in page
    make_project(tmp_path, {"r.bib": bib})
    with pytest.raises(Exception, match="nobody"):
        html_of(tmp_path, "据 [@nobody]。\n", front="bibliography: r.bib\n")


def test_footnotes_lists_and_quotes(tmp_path: Path) -> None:
    page = html_of(tmp_path, "文字[^1]。\n\n1. 甲\n2. 乙\n\n> 引\n\n术语\n:   解释\n\n[^1]: 注文\n")
    assert "<ol" in page and "<blockquote>" in page and "<dt>术语</dt>" in page
    assert re.search(r'<section id="footnotes".*?<h2>脚注</h2>.*?注文', page, re.DOTALL)


def test_long_tables_scroll_in_their_own_box(tmp_path: Path) -> None:
    rows = "\n".join(f"| 单元{n} | {n} |" for n in range(60))
    page = html_of(tmp_path, f"| 名 | 值 |\n|:--|--:|\n{rows}\n\n: 表题 {{#tbl-a}}\n\n{TABLE}\n")
    assert page.count('class="jk-scroll') == 2 and page.count("jk-long") == 1
    assert 'aria-labelledby="tbl-a-caption" tabindex="0"' in page and 'id="tbl-a-caption"' in page
