"""The project's own pages: they render, in both languages, with real references."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from render_project import notebook

from analysis.reporting.manual.manual import write_manual
from analysis.reporting.manual.manual_cases import CASES
from analysis.reporting.render import render_site
from analysis.reporting.render.config import read_project

ROOT = Path(__file__).resolve().parents[1]
STEPS = (*CASES, "cycle")
NAMES = ("method", "data", "about", "manual/index", *(f"manual/{step}" for step in STEPS))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static pages with the lists of reports that a run writes."""
    root = tmp_path_factory.mktemp("project")
    for name in ("_quarto.yml", "index.qmd"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(ROOT / "reports", root / "reports")
    write_manual(root / "out")
    for lang, way in (("zh", ""), ("en", "../")):
        report = root / f"out/2023/all/{lang}/01_scores/01_scores.ipynb"
        report.parent.mkdir(parents=True)
        report.write_text(notebook("## 一"), encoding="utf-8")
        place = f"{way}out/2023/all/{lang}/01_scores/01_scores"
        (root / f"out/_reports.{lang}.md").write_text(
            f"## 2023\n\n| 报告 | PDF |\n|:--|:--|\n"
            f"| [得分]({place}.html) | [PDF]({place}.pdf) |\n",
            encoding="utf-8",
        )
    done = render_site(root, workers=2)
    assert [str(result.error) for result in done if result.error] == []
    assert len(done) == 2 * len(NAMES) + 4
    return root / "out" / "site"


def test_every_link_leads_somewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        source = page.read_text(encoding="utf-8")
        identifiers = set(re.findall(r'\bid="([^"]+)"', source))
        for target in re.findall(r'(?:href|src)="([^"]+)"', source):
            if target.startswith(("https://doi.org/", "data:")):
                continue
            assert "://" not in target, f"{page.name} asks for {target}"
            path, _, anchor = target.partition("#")
            assert not path or (page.parent / path).is_file(), f"{page.name}: {target}"
            assert path or anchor in identifiers, f"{page.name}: #{anchor}"


def test_both_languages_have_the_same_shape(site: Path) -> None:
    pages = [(f"reports/{name}.zh.html", f"reports/{name}.en.html") for name in NAMES]
    for chinese, english in [*pages, ("index.html", "reports/index.en.html")]:
        left, right = ((site / name).read_text(encoding="utf-8") for name in (chinese, english))
        assert '<html lang="zh">' in left and '<html lang="en">' in right
        for tag in ("<h2", "<table", "<math", "callout-header", "csl-entry"):
            assert left.count(tag) == right.count(tag), f"{chinese}: {tag}"
        assert "quarto-other-links" in left and "quarto-other-links" in right


def test_no_page_claims_an_official_score(site: Path) -> None:
    assert "不是官方得分" in (site / "index.html").read_text(encoding="utf-8")
    assert "not official scores" in (site / "reports/index.en.html").read_text(encoding="utf-8")


def test_all_references_are_cited(site: Path) -> None:
    keys = set(
        re.findall(r"^@\w+\{(\w+),", (ROOT / "reports/references.bib").read_text("utf-8"), re.M)
    )
    for lang in ("zh", "en"):
        pages = (site / "reports").rglob(f"*.{lang}.html")
        shown = [re.findall(r'id="(ref-\w+)"', page.read_text(encoding="utf-8")) for page in pages]
        assert {f"ref-{key}" for key in keys} == {name for found in shown for name in found}


def test_project_file_says_what_the_issue_asks() -> None:
    project = read_project(ROOT)
    assert project.output == ROOT / "out" / "site"
    data = yaml.safe_load((ROOT / "_quarto.yml").read_text(encoding="utf-8"))
    assert data["website"]["search"] is False and set(data["format"]) == {"html", "typst"}
