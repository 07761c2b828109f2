"""The lists of reports that the start pages include."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from analysis.core.write import write_text
from analysis.reporting.markdown import escape
from analysis.reporting.workspace import ALL, Workspace, reports_in
from analysis.texts import LANGUAGES, text

# Where the page lies that includes the list of a language, seen from the site's root.
_WAY = {"zh": "", "en": "../"}

# Pandoc takes the widths of the columns from the dashes.
_RULE = f"|:{'-' * 12}|:{'-' * 50}|:{'-' * 8}|"


def write_lists(workspace: Workspace, made: Collection[Path], formats: Collection[str]) -> None:
    """Write ``_reports.zh.md`` and ``_reports.en.md``: a table for each year, newest first.

    Parameters
    ----------
    workspace : Workspace
    made : collection of pathlib.Path
        Reports that are about to be rendered to ``formats``; of the others
        the pages that are there count.
    formats : collection of {"html", "pdf"}
    """
    new = set(made)
    lines: dict[str, dict[int, list[str]]] = {lang: {} for lang in LANGUAGES}
    for path, said in sorted(reports_in(workspace.out), key=_order):
        lang = str(said["lang"])
        links = {}
        for ending in ("html", "pdf"):
            page = path.relative_to(workspace.project).with_suffix(f".{ending}")
            made_now = path in new and ending in formats
            if made_now or (path not in new and workspace.page(path, f".{ending}").is_file()):
                links[ending] = _WAY[lang] + quote(page.as_posix())
        year = int(said.get("year") or 0)
        lines[lang].setdefault(year, []).append(_row(said, links))
    for lang in LANGUAGES:
        sections = [_section(year, lines[lang][year], lang) for year in sorted(lines[lang])]
        body = "\n".join(reversed(sections)) or text("list.none", lang) + "\n"
        write_text(workspace.out / f"_reports.{lang}.md", body)


def _order(report: tuple[Path, Mapping[str, Any]]) -> tuple[object, ...]:
    # The whole before its regions; then as the notebooks are numbered.
    path, said = report
    return said["region"] != ALL, said["region"], said["order"], path.name


def _row(said: Mapping[str, Any], links: Mapping[str, str]) -> str:
    # The title is Markdown already: it was escaped when it was put together.
    title = str(said["title"])
    page = f"[{title}]({links['html']})" if "html" in links else title
    pdf = f"[PDF]({links['pdf']})" if "pdf" in links else "—"
    return f"| {escape(said.get('scope', '')) or '—'} | {page} | {pdf} |"


def _section(year: int, rows: list[str], lang: str) -> str:
    heading = text("list.year", lang, year=year) if year else text("list.record", lang)
    columns = " | ".join(text(f"list.{name}", lang) for name in ("scope", "report", "pdf"))
    return "\n".join([f"## {heading}", "", f"| {columns} |", _RULE, *rows]) + "\n"
