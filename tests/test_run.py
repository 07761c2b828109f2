"""Whole runs: from the command to pages and PDFs, and what they hold."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import demo_table
import nbformat
import pytest
from helpers import chromium, pdf_text
from shared_data import validation

from analysis.core.catalogue import find_framework
from analysis.reporting.cli import main
from analysis.reporting.execute import UnknownParameter, execute
from analysis.reporting.inputs import Request, read_inputs
from analysis.reporting.language import in_language, read_notebook
from analysis.reporting.plan import choose_notebooks, plan, shipped_notebooks

YEARS, SCOPES, LANGUAGES = (2020, 2021), ("all", "east", "central", "west"), ("zh", "en")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
UNRESOLVED = re.compile(r"\?@|@(?:fig|tbl|sec|eq)-|\?\?\?|\{\{<")


def jingkai(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    program = "import sys; from analysis.reporting.cli import main\n"
    program += "if __name__ == '__main__': sys.exit(main())"
    script = cwd / "jingkai.py"
    script.write_text(program)
    return subprocess.run(
        [sys.executable, str(script), *words],
        cwd=cwd,
        env=os.environ | {"LC_ALL": "C.UTF-8"} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


class Page(HTMLParser):
    """What a page loads and where it leads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids.add(found["id"])
        if tag in ("a", "area"):
            self.links.append(found.get("href", ""))
        else:
            self.loads += [found[name] for name in ("src", "href", "data") if name in found]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two years, four scopes, both languages, every notebook."""
    folder = tmp_path_factory.mktemp("run")
    years = ",".join(map(str, YEARS))
    done = jingkai("run", "--years", years, "--out", "out", "--renderer", "pandoc", cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Start page: out/site/reports/index.en.html" in done.stdout
    for stage in ("reading", "notebooks", "pages and PDFs", "total"):
        assert re.search(rf"^  {stage}: [0-9.]+ s$", done.stdout, re.M)
    return folder / "out"


@pytest.fixture(scope="module")
def pages(out: Path) -> list[Path]:
    return sorted((out / "site").rglob("*.html"))


@pytest.fixture(scope="module")
def pdfs(out: Path) -> dict[Path, str]:
    return {path: pdf_text(path) for path in sorted((out / "site").rglob("*.pdf"))}


# What is made


def test_every_report_is_there_in_both_forms(out: Path) -> None:
    sources = [read_notebook(path) for path in shipped_notebooks()]
    yearly = [source for source in sources if source.name != "06_published"]
    expected = {
        Path(str(year), scope, lang, source.name)
        for year in YEARS
        for scope in SCOPES
        for lang in LANGUAGES
        for source in yearly
        if scope == "all" or source.scope == "region"
    }
    expected |= {Path("record", "all", lang, "06_published") for lang in LANGUAGES}
    found = {path.parent.relative_to(out) for path in out.glob("*/*/*/*/*.ipynb")}
    assert found == expected
    for folder in expected:
        for ending in (".ipynb", ".html", ".pdf"):
            root = out if ending == ".ipynb" else out / "site"
            assert (root / folder / f"{folder.name}{ending}").stat().st_size > 1000


def test_a_report_is_made_with_the_edition_in_force(out: Path) -> None:
    for year, framework in ((2020, "mofcom-2016"), (2021, "mofcom-2021")):
        path = out / str(year) / "all" / "zh" / "01_scores" / "01_scores.ipynb"
        said = json.loads(path.read_text(encoding="utf-8"))["metadata"]["jingkai"]
        assert said["framework"] == framework
        assert (out / "inputs" / said["inputs"] / "framework.csv").is_file()
    used = {path.name for path in (out / "inputs").iterdir()}
    assert len(used) == 2


def test_every_report_is_in_the_list_of_its_language(out: Path) -> None:
    for lang, page in (("zh", "index.html"), ("en", "reports/index.en.html")):
        index = out / "site" / page
        links = {(index.parent / link).resolve() for link in Page(index).links}
        for report in (out / "site").glob(f"*/*/{lang}/*/*.html"):
            assert report.resolve() in links
            assert report.with_suffix(".pdf").resolve() in links


# Pages


def test_no_page_has_a_console_error_or_is_wider_than_a_phone(
    pages: list[Path], tmp_path: Path
) -> None:
    assert len(pages) > 60
    wide = []
    with chromium(tmp_path, width=390) as driver:
        for page in pages:
            driver.get(page.as_uri())
            errors = [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
            assert not errors, (page, errors)
            # Wide tables and formulas move in their own boxes; addresses break.
            if driver.execute_script("return document.documentElement.scrollWidth") > 390:
                wide.append(page.name)
    assert not wide


def test_no_page_loads_anything_from_the_network(out: Path, pages: list[Path]) -> None:
    for page in pages:
        for address in Page(page).loads:
            assert urlsplit(address).scheme in ("", "data"), (page, address)
    for style in (out / "site").rglob("*.css"):
        for address in re.findall(r"url\(([^)]*)\)", style.read_text(encoding="utf-8")):
            assert not address.strip("'\"").startswith(("http", "//")), (style, address)
        assert "@import" not in style.read_text(encoding="utf-8")


def test_every_link_leads_somewhere(pages: list[Path]) -> None:
    read = {page: Page(page) for page in pages}
    for page, parts in read.items():
        for link in parts.links:
            to = urlsplit(link)
            if to.scheme or not link:
                continue
            target = (page.parent / unquote(to.path)).resolve() if to.path else page
            assert target.is_file(), (page, link)
            if to.fragment and target in read:
                assert unquote(to.fragment) in read[target].ids, (page, link)


def test_every_reference_is_resolved(pages: list[Path], pdfs: dict[Path, str]) -> None:
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not UNRESOLVED.search(text), page
    for path, text in pdfs.items():
        assert not UNRESOLVED.search(text), path


def test_chinese_pdfs_hold_chinese(pdfs: dict[Path, str]) -> None:
    assert len(pdfs) > 60
    for path, text in pdfs.items():
        if "zh" in path.parts or path.name.endswith(".zh.pdf"):
            assert len(CHINESE.findall(text)) > 200, path
        elif "en" in path.parts:
            assert len(re.findall(r"[a-z]{4,}", text)) > 100, path


def test_what_is_synthetic_says_so(out: Path, pdfs: dict[Path, str]) -> None:
    words = {"zh": "合成", "en": "ynthetic"}
    for path, text in pdfs.items():
        lang = next((lang for lang in LANGUAGES if lang in path.parts), None)
        if lang and path.is_relative_to(out / "site") and "record" not in path.parts:
            page = path.with_suffix(".html").read_text(encoding="utf-8")
            assert words[lang] in text and words[lang] in page, path


def test_no_code_and_no_parameters_show(pages: list[Path], pdfs: dict[Path, str]) -> None:
    texts = {page: page.read_text(encoding="utf-8") for page in pages} | pdfs
    for path, text in texts.items():
        assert "open_report(" not in text and "injected-parameters" not in text, path
        assert not re.search(r"inputs\s*=\s*[\"']", text), path


def test_executed_notebooks_hold_nothing_of_the_run(out: Path) -> None:
    for path in out.glob("*/*/*/*/*.ipynb"):
        text = path.read_text(encoding="utf-8")
        for noise in ("papermill", "start_time", "duration", str(out), sys.prefix):
            assert noise not in text, (path, noise)
        nbformat.validate(nbformat.read(path, as_version=4))


# The same again


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    words = ["run", "--years", "2021", "--regions", "all,east", "--lang", "zh"]
    words += ["--notebooks", "01_scores,03_sensitivity", "--renderer", "pandoc"]
    made = []
    for name, workers, zone, locale in (
        ("one", "1", "UTC", "C.UTF-8"),
        ("a folder {of} 经开", "3", "Asia/Shanghai", "de_DE.UTF-8"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        done = jingkai(
            *words,
            "--workers",
            workers,
            cwd=folder,
            TZ=zone,
            LC_ALL=locale,
            PYTHONHASHSEED="random",
        )
        assert done.returncode == 0, done.stderr
        made.append(files(folder / "out"))
    one, other = made
    assert len(one) > 15
    assert sum(name.endswith(".pdf") for name in one) > 20
    assert list(one) == list(other)
    assert [name for name in one if one[name] != other[name]] == []


# Failures


def notebook(folder: Path, name: str, *cells: str) -> Path:
    """Write a notebook of one's own: the usual parameters, then the cells."""
    shipped = read_notebook(shipped_notebooks()[0]).notebook
    kept = [c for c in shipped.cells if {"parameters", "setup"} & set(c.metadata.get("tags", []))]
    kept += [nbformat.v4.new_code_cell(cell) for cell in cells]
    made = nbformat.v4.new_notebook(cells=kept, metadata=shipped.metadata)
    path = folder / f"{name}.ipynb"
    nbformat.write(made, path)
    return path


def test_a_failing_cell_stops_its_report_and_no_other(tmp_path: Path) -> None:
    broken = notebook(tmp_path, "broken", "#| label: tbl-bad\nif region == 'east':\n    1 / 0")
    words = ["run", "--years", "2021", "--regions", "east,west", "--lang", "en", "--to", "html"]
    words += ["--notebooks", f"01_scores,{broken}", "--renderer", "pandoc", "--alone"]
    done = jingkai(*words, cwd=tmp_path)
    assert done.returncode == 1
    line = next(line for line in done.stderr.splitlines() if "ZeroDivisionError" in line)
    for word in ("2021", "East", "broken", "cell 3 (tbl-bad)", "division by zero"):
        assert word in line
    assert "Traceback" not in done.stderr
    out = tmp_path / "out"
    made = {path.parent.relative_to(out).as_posix() for path in out.glob("2021/*/*/*/*.ipynb")}
    assert made == {"2021/east/en/01_scores", "2021/west/en/01_scores", "2021/west/en/broken"}
    kept = nbformat.read(out / "_failed/2021/east/en/broken.ipynb", as_version=4)
    assert any(
        output.output_type == "error"
        for cell in kept.cells[2:]
        for output in cell.get("outputs", [])
    )
    pages = {p.parent.relative_to(out / "site").as_posix() for p in out.glob("site/*/*/*/*/*.html")}
    assert pages == made


def test_what_failed_leaves_no_older_report(tmp_path: Path) -> None:
    path = notebook(tmp_path, "mine", "print('fine')")
    words = ["run", "--years", "2021", "--regions", "all", "--lang", "en", "--to", "html"]
    words += ["--notebooks", str(path), "--renderer", "pandoc", "--alone"]
    done = jingkai(*words, cwd=tmp_path)
    assert done.returncode == 0 and "Written: out/site/2021/all/en/mine/mine.html" in done.stdout
    assert not (tmp_path / "out/site/index.html").exists()
    page = tmp_path / "out/site/2021/all/en/mine/mine.html"
    assert page.is_file()
    notebook(tmp_path, "mine", "raise SystemError('no')")
    assert jingkai(*words, cwd=tmp_path).returncode == 1
    assert not page.exists()
    assert "mine.html" not in (tmp_path / "out/_reports.en.md").read_text(encoding="utf-8")


def test_an_unknown_parameter_is_an_error(tmp_path: Path) -> None:
    source = read_notebook(shipped_notebooks()[0])
    prepared = in_language(source, "en", {"year": 2021, "scope": "x"})
    with pytest.raises(UnknownParameter, match="regoin"):
        execute(prepared, {"year": 2021, "regoin": "east"}, tmp_path)


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("mine", "year = 2023\nlang = 'zh'", "inputs, framework, method, region"),
        ("mine", "year = open('x')", "mine"),
        ("mine", "year = = 2", "mine"),
        ("01_scores", None, "Two notebooks are called"),
        ("a b", None, "name"),
        ("_hidden", None, "name"),
    ],
)
def test_a_notebook_that_cannot_be_run_is_bad_input(
    name: str,
    parameters: str | None,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    path = notebook(tmp_path, name)
    if parameters is not None:
        nb = nbformat.read(path, as_version=4)
        nb.cells[0].source = parameters
        nbformat.write(nb, path)
    assert main(["run", "--notebooks", f"01_scores,{path}", "--out", str(tmp_path / "out")]) == 2
    captured = capsys.readouterr().err
    assert said in captured and "Traceback" not in captured
    assert not (tmp_path / "out").exists()


def test_the_kernel_is_this_python_whatever_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = tmp_path / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/bin/false"], "display_name": "Trap", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "startup.py"))
    (tmp_path / "startup.py").write_text("raise SystemExit('somebody else')")
    path = notebook(tmp_path, "where")
    nb = nbformat.read(path, as_version=4)
    nb.cells = [
        nb.cells[0],
        nbformat.v4.new_code_cell(
            "import os, sys\nprint(sys.prefix, os.getcwd(), os.environ['TZ'])"
        ),
    ]
    nbformat.write(nb, path)
    prepared = in_language(read_notebook(path), "en", {})
    done, warnings = execute(prepared, {"year": 2021}, tmp_path)
    assert done.cells[-1].outputs[0].text.split() == [sys.prefix, str(tmp_path), "UTC"]
    assert warnings == []


def test_a_broken_notebook_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "no.ipynb"
    for text in ("", "{}", "not json", '{"cells": [{}], "nbformat": 4, "nbformat_minor": 5}'):
        path.write_text(text)
        assert main(["run", "--notebooks", str(path), "--out", str(tmp_path / "out")]) == 2
        assert "Traceback" not in capsys.readouterr().err


# Other inputs


def test_hdi_leaves_out_what_is_about_zones(tmp_path: Path) -> None:
    panel = validation("hdi/hdr2122_panel.csv")
    words = ["run", "--panel", str(panel), "--framework", "undp-hdi", "--years", "2021"]
    words += ["--regions", "all", "--lang", "en", "--to", "html"]
    done = jingkai(*words, "--renderer", "pandoc", "--alone", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    made = {path.stem for path in (tmp_path / "out").glob("2021/*/*/*/*.ipynb")}
    assert made == {"01_scores", "02_correlation", "03_sensitivity"}
    for name in ("04_editions", "05_management", "06_published", "07_lists", "08_audit"):
        assert re.search(rf"Left out {name}: .*undp-hdi", done.stderr)
    page = (tmp_path / "out/site/2021/all/en/01_scores/01_scores.html").read_text(encoding="utf-8")
    assert "Switzerland" in page and "ynthetic" not in page


def test_a_year_that_lacks_what_the_other_edition_needs_is_not_compared(tmp_path: Path) -> None:
    table = demo_table.table().reset_index()
    table = table[table["unit"].str.match("[ECW]00[1-4]$") & (table["year"] >= 2021)]
    newer = find_framework("mofcom-2021").primitives
    older = [code for code in find_framework("mofcom-2016").primitives if code not in newer]
    table.loc[table["year"] == 2023, older] = float("nan")
    table.to_csv(tmp_path / "panel.csv", index=False)
    request = Request(str(tmp_path / "panel.csv"), years="2022-2023")
    jobs, left_out = plan(read_inputs(request), choose_notebooks([]), ["all"], ["en"])
    made = {(job.source.name, job.year) for job in jobs}
    assert ("04_editions", 2022) in made and ("04_editions", 2023) not in made
    assert ("05_management", 2023) in made
    told = [(out.code, out.values["year"]) for out in left_out if "year" in out.values]
    assert told == [("needs_editions_year", 2023)]


def test_the_table_of_the_readme_makes_a_report(tmp_path: Path) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    table = re.search(r"```csv\n(.*?)```", readme, re.S)
    assert table
    (tmp_path / "mine.csv").write_text(table[1], encoding="utf-8")
    words = ["run", "--panel", "mine.csv", "--framework", "undp-hdi", "--lang", "zh", "--to", "pdf"]
    done = jingkai(*words, "--renderer", "pandoc", "--alone", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {
        path.parent.parent.parent.name for path in (tmp_path / "out").glob("2021/*/*/*/*.ipynb")
    }
    assert found == {"all", "north", "south"}


# Quarto


@pytest.fixture
def quarto(tmp_path: Path) -> Iterator[Path]:
    """A stand-in for Quarto on the PATH that notes how it is called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "quarto"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/called\n'
        f'[ ! -f {tmp_path}/fail ] || {{ echo "ERROR: broken page" >&2; exit 1; }}\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def test_quarto_is_used_where_it_is_installed(tmp_path: Path, quarto: Path) -> None:
    words = ["run", "--years", "2021", "--regions", "east", "--lang", "zh"]
    words += ["--notebooks", "02_correlation"]
    path = f"{quarto}{os.pathsep}{os.environ['PATH']}"
    done = jingkai(*words, cwd=tmp_path, PATH=path)
    assert done.returncode == 0, done.stderr
    assert "renderer: Quarto" in done.stderr
    called = (tmp_path / "called").read_text().splitlines()
    assert called == [f"render {tmp_path / 'out'}"]
    (tmp_path / "fail").touch()
    done = jingkai(*words, "--to", "html", cwd=tmp_path, PATH=path)
    assert done.returncode == 1
    assert "broken page" in done.stderr
    assert (tmp_path / "called").read_text().splitlines()[
        -1
    ] == f"render {tmp_path / 'out'} --to html"
    shutil.rmtree(tmp_path / "out")
    done = jingkai(*words, "--renderer", "pandoc", "--alone", cwd=tmp_path, PATH=path)
    assert done.returncode == 0 and "renderer: pandoc" in done.stderr
    assert len((tmp_path / "called").read_text().splitlines()) == 2


def test_the_project_in_an_out_folder_is_whole(tmp_path: Path, quarto: Path) -> None:
    words = ["run", "--years", "2021", "--regions", "east", "--lang", "zh"]
    path = f"{quarto}{os.pathsep}{os.environ['PATH']}"
    done = jingkai(*words, "--notebooks", "02_correlation", cwd=tmp_path, PATH=path)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    for page in (out / "index.qmd", *out.glob("reports/*.qmd")):
        for include in re.findall(r"\{\{< include (\S+) >\}\}", page.read_text(encoding="utf-8")):
            assert (page.parent / include).is_file(), (page, include)
    settings = (out / "_quarto.yml").read_text(encoding="utf-8")
    assert not re.search(r"^[^#]*\bout/", settings, re.M)
