"""The site as readers get it: in a browser, as PDF, the same every time."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import chromium, pdf_text, require_tool
from render_project import SVG, cell, make_project, notebook, render, shown

ROWS = "\n".join(f"| {n} | 东部示例{n:03d} | {100 - n / 7:.2f} |" for n in range(1, 121))
WIDE = (
    "| 单元 | "
    + " | ".join(str(year) for year in range(2008, 2024))
    + " |\n|:--|"
    + "--:|" * 16
    + "\n| 东部示例001 | "
    + " | ".join("12.34" for _ in range(16))
    + " |"
)


def report(lang: str) -> str:
    return notebook(
        cell(
            "#| output: asis\n1",
            shown(
                "text/markdown",
                "::: {.callout-warning}\n## 合成数据\n\n- **不代表**真实开发区\n:::",
            ),
        ),
        "## 要点 {#sec-a}\n\n见 @tbl-all、@fig-a 与 @eq-a，*emphasis* 与 “引号”。\n\n"
        "$$ s = 60 + 40\\,\\frac{x-l}{h-l} $$ {#eq-a}",
        cell(
            "#| label: fig-a\n#| fig-cap: 图题\n#| fig-alt: 蓝色方块\n1",
            shown("image/svg+xml", SVG),
        ),
        "## 全部 {#sec-all}",
        cell(
            "#| label: tbl-all\n#| tbl-cap: 全部名次\n1",
            shown("text/markdown", f"| 名次 | 单元 | 得分 |\n|--:|:--|--:|\n{ROWS}"),
        ),
        cell("#| label: tbl-wide\n#| tbl-cap: 历年\n1", shown("text/markdown", WIDE)),
        "::: {.panel-tabset}\n\n## 甲页\n\n甲文\n\n## 乙页\n\n乙文\n\n:::",
        front=f"title: 得分与名次\nlang: {lang}\nexecute:\n  echo: false",
    )


def build(root: Path) -> Path:
    return make_project(
        root, {f"out/2023/all/{lang}/x/x.ipynb": report(lang) for lang in ("zh", "en")}
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = build(tmp_path_factory.mktemp("site"))
    done = render(root, workers=2)
    assert [str(result.error) for result in done.values() if result.error] == []
    return root / "site"


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("width", [1440, 390])
def test_pages_in_a_browser(site: Path, tmp_path: Path, width: int) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) == 3
    with chromium(tmp_path / "profile", width, 1000) as browser:
        for page in pages:
            browser.get(page.as_uri())
            assert browser.get_log("browser") == []
            fonts = browser.execute_async_script(
                "const done = arguments[0]; document.fonts.ready.then("
                "() => done([...document.fonts].map(f => [f.family, f.status])))"
            )
            assert ["Noto Sans SC", "loaded"] in [[name.strip('"'), state] for name, state in fonts]
            # the page itself never scrolls sideways; wide tables do so in their box
            assert browser.execute_script(
                "const page = document.documentElement; return page.scrollWidth <= page.clientWidth"
            )
            requested = browser.execute_script(
                "return performance.getEntriesByType('resource').map(e => e.name)"
            )
            assert all(name.startswith(("file:", "data:")) for name in requested)
        browser.get((site / "out/2023/all/zh/x/x.html").as_uri())
        wide = browser.execute_script(
            "const box = document.querySelector('#tbl-wide .jk-scroll');"
            "return [box.scrollWidth, box.clientWidth]"
        )
        assert wide[0] > wide[1] if width == 390 else wide[0] == wide[1]
        hidden = browser.execute_script(
            "return [...document.querySelectorAll('.tab-pane')].map(p => p.offsetParent === null)"
        )
        assert hidden == [False, True]
        browser.execute_script("document.querySelectorAll('[role=tab]')[1].click()")
        assert "乙文" in browser.find_element("css selector", ".tab-pane.active").text
        if width == 390:
            menu = browser.find_element("class name", "navbar-toggler")
            link = browser.find_element("class name", "nav-link")
            assert not link.is_displayed()
            menu.click()
            assert link.is_displayed() and menu.get_attribute("aria-expanded") == "true"
        assert browser.get_log("browser") == []


def test_pdf_text_and_pages(site: Path) -> None:
    text = pdf_text(site / "out/2023/all/zh/x/x.pdf")
    for part in (
        "得分与名次",
        "目录",
        "合成数据",
        "图 1: 图题",
        "表 1: 全部名次",
        "东部示例",
        "甲页",
        "乙文",
        "(1)",
    ):
        assert part.replace(" ", "") in text.replace(" ", ""), part
    pages = text.split("\f")[:-1]
    assert len(pages) >= 4
    # the long table goes on over the pages, its head repeated, no row lost
    heads = [page for page in pages if re.search(r"名次\s+单元\s+得分", page)]
    assert len(heads) >= 3
    assert [int(n) for n in re.findall(r"东部示例\s*(\d{3})\s+\d+\.\d\d\s*$", text, re.MULTILINE)][
        :120
    ] == list(range(1, 121))
    assert "Table of contents" in pdf_text(site / "out/2023/all/en/x/x.pdf")


def test_pdf_is_tagged_titled_and_has_its_own_fonts(site: Path) -> None:
    from pypdf import PdfReader

    reader = PdfReader(site / "out/2023/all/zh/x/x.pdf")
    root = reader.trailer["/Root"]
    assert reader.metadata is not None and reader.metadata.title == "得分与名次"
    assert root["/Lang"].startswith("zh") and root["/MarkInfo"]["/Marked"]
    assert reader.metadata.creation_date is None
    assert [item.title for item in reader.outline if not isinstance(item, list)] == [
        "1 要点",
        "2 全部",
    ]
    fonts = subprocess.run(
        [require_tool("pdffonts"), str(site / "out/2023/all/zh/x/x.pdf")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()[2:]
    assert any("NotoSerifSC" in line for line in fonts) and any(
        "NotoSansSC" in line for line in fonts
    )
    assert all(re.search(r"\byes\b", line) for line in fonts)  # embedded


def test_fonts_cover_what_the_pages_show(site: Path) -> None:
    import base64
    import io

    from fontTools.ttLib import TTFont

    css = (site / "site_libs/jingkai/fonts.css").read_text(encoding="utf-8")
    faces = dict(re.findall(r'font-family: "([^"]+)".*?base64,([^"]+)"', css, re.DOTALL))
    assert set(faces) == {"Noto Sans SC", "Noto Serif SC"}
    glyphs = {
        name: set(map(chr, TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap()))
        for name, data in faces.items()
    }
    assert set("得分与名次东部示例合成数据甲乙页“”，。0123") <= glyphs["Noto Sans SC"]
    assert set("得分与名次要点全部站点") <= glyphs["Noto Serif SC"]
    assert "氢" not in glyphs["Noto Sans SC"]  # a subset


@pytest.mark.parametrize("workers", [1, 2])
def test_same_input_same_bytes(site: Path, tmp_path: Path, workers: int) -> None:
    """Another folder, working directory, time zone, locale, hash seed and number of workers."""
    root = build(tmp_path / "别处 x")
    code = (
        "import sys; from pathlib import Path; from analysis.reporting.render import render_site\n"
        "if __name__ == '__main__':\n"
        "    done = render_site(Path(sys.argv[1]), workers=int(sys.argv[2]))\n"
        "    assert not [r for r in done if r.error]\n"
    )
    script = tmp_path / "go.py"
    script.write_text(code, encoding="utf-8")
    here = Path(__file__).resolve().parents[1]
    environment = os.environ | {
        "TZ": "Asia/Shanghai",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(here),
        "SOURCE_DATE_EPOCH": "86400",
    }
    subprocess.run(
        [sys.executable, str(script), str(root), str(workers)],
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    assert digests(root / "site") == digests(site)


def test_rendering_again_changes_nothing(site: Path, tmp_path: Path) -> None:
    root = tmp_path / "again"
    shutil.copytree(site.parent, root)
    before = digests(root / "site")
    render(root, only=[Path("out/2023/all/zh/x/x.ipynb")])
    assert digests(root / "site") == before


def test_old_figures_go_with_the_old_page(tmp_path: Path) -> None:
    root = build(tmp_path)
    name = Path("out/2023/all/zh/x/x.ipynb")
    render(root, only=[name], formats=("html",))
    figures = tmp_path / "site/out/2023/all/zh/x/x_files"
    assert figures.is_dir()
    (root / name).write_text(notebook("没有图"), encoding="utf-8")
    render(root, only=[name], formats=("html",))
    assert not figures.exists()
