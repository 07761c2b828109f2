"""The tables of lists: one folder, written whole or not at all.

::

    OUT/tables/lists/about.yml          what was read, which rules, what came of it
    OUT/tables/lists/lists.csv          one row a list and place, all years
    OUT/tables/lists/outside.csv        those outside, passed over or not to be listed, and why
    OUT/tables/lists/thresholds.csv     which threshold counted for whom
    OUT/tables/lists/rules.csv          the rules, as they can be read back
    OUT/tables/lists/<year>.zh.xlsx     one sheet a list, in Chinese
    OUT/tables/lists/<year>.en.xlsx     the same in English
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.write import write_bytes, write_table, write_text
from analysis.reporting.about_file import about_inputs, about_text, notes
from analysis.reporting.audit.audit_workbook import Sheet, workbook
from analysis.reporting.lists.lists_rows import members_table, outside_table, threshold_rows
from analysis.reporting.lists.lists_work import ListWork, OneYear
from analysis.reporting.output_folder import ABOUT, whole_folder
from analysis.reporting.unit_labels import unit_labels
from analysis.texts import LANGUAGES, text
from analysis.zones.lists import OneList, rules_for, rules_table

COMMAND = "lists"
_SHEET_LENGTH = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_WIDTHS = {
    "place": 8, "unit": 12, "name": 26, "region": 12, "value": 16, "condition": 16,
    "by_value": 12, "tied": 8, "ahead": 16, "list": 26, "status": 16, "gap": 16, "why": 40,
    "item": 30, "counted": 36, "size": 18, "sorted_by": 40, "note": 60, "source": 60,
}  # fmt: skip


def write_lists(work: ListWork, folder: Path) -> None:
    """Write the tables of lists into ``folder``, replacing what was there.

    Parameters
    ----------
    work : ListWork
    folder : pathlib.Path
        As `analysis.reporting.output_folder.check_folder` returns it.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    with whole_folder(folder) as new:
        write_table(members_table(work.years), new / "lists.csv")
        write_table(outside_table(work.years), new / "outside.csv")
        write_table(threshold_rows(work.years), new / "thresholds.csv")
        years = [year.made.year for year in work.years]
        used = [rule for rule in work.rules if any(rules_for([rule], year) for year in years)]
        write_table(rules_table(used), new / "rules.csv")
        for year in work.years:
            for lang in LANGUAGES:
                write_bytes(new / f"{year.made.year}.{lang}.xlsx", _workbook(year, lang))
        write_text(new / ABOUT, about_text(COMMAND, _about(work)))


def _workbook(year: OneYear, lang: str) -> bytes:
    synthetic = year.inputs.panel.synthetic
    words = year.words(lang)
    names = unit_labels(year.units, lang)
    taken: set[str] = set()

    def sheet(title: str, table: pd.DataFrame) -> Sheet:
        marked = words.t("synthetic") if synthetic else ""
        columns = [str(column) for column in table]
        headings = tuple(words.t(f"sheet.column.{column}") for column in columns)
        widths = tuple(_WIDTHS[column] for column in columns)
        return Sheet(_sheet_name(title, marked, taken), table, headings, widths)

    sheets = [sheet(words.title(one), _members(year, one, lang, names)) for one in year.made.lists]
    sheets.append(sheet(words.t("sheet.outside"), _outside(year, lang, names)))
    if len(year.thresholds):
        sheets.append(sheet(words.t("sheet.thresholds"), _thresholds(year, lang, names)))
    sheets.append(sheet(words.t("sheet.rules"), _rules(year, lang)))
    about = pd.DataFrame({"about": _lines(year, lang)})
    name = _sheet_name(words.t("sheet.about"), "", taken)
    sheets.append(Sheet(name, about, ("",), (110,)))
    return workbook(sheets, mark=words.t("about.synthetic") if synthetic else "")


def _sheet_name(title: str, mark: str, taken: set[str]) -> str:
    """Return a name that a workbook takes: short, without signs of its own, once."""
    plain = " ".join(_FORBIDDEN.sub(" ", title).split()) or "-"
    end = f" ({mark})" if mark else ""
    for count in range(1, 10_000):
        tail = end if count == 1 else f" {count}{end}"
        name = plain[: _SHEET_LENGTH - len(tail)].rstrip() + tail
        if name.casefold() not in taken and name.casefold() != "history":
            taken.add(name.casefold())
            return name
    raise ValueError("too many lists of one name")


def _members(year: OneYear, one: OneList, lang: str, names: pd.Series) -> pd.DataFrame:
    words, frame = year.words(lang), one.members
    table = pd.DataFrame(
        {
            "place": frame["place"],
            "unit": frame["unit"],
            "name": [str(names[unit]) for unit in frame["unit"]],
            "region": [words.region(str(code)) for code in frame["region"]],
            "value": frame["value"],
            "condition": frame["condition"],
            "by_value": frame["by_value"],
            "tied": [words.t("yes") if tied else "" for tied in frame["tied"]],
            "ahead": frame["ahead"],
        }
    )
    return table if one.condition is not None else table.drop(columns=["condition", "by_value"])


def _outside(year: OneYear, lang: str, names: pd.Series) -> pd.DataFrame:
    words = year.words(lang)
    rows: list[dict[str, Any]] = []
    for one in year.made.lists:
        parts = (
            ("outside", one.outside),
            ("passed", one.passed),
            ("excluded", one.excluded),
        )
        for status, frame in parts:
            for entry in frame.to_dict("records"):
                why = ""
                if status == "passed":
                    condition = words.condition(one)
                    why = text(f"lists.why.{entry['why']}", lang, condition=condition)
                elif status == "excluded":
                    why = words.reason(str(entry["reason"]), entry["since"])
                rows.append(
                    {
                        "list": words.title(one),
                        "status": words.t(f"status.{status}"),
                        "place": entry.get("place"),
                        "unit": entry["unit"],
                        "name": str(names[entry["unit"]]),
                        "value": entry.get("value"),
                        "gap": entry.get("gap"),
                        "why": why,
                    }
                )
    columns = ["list", "status", "place", "unit", "name", "value", "gap", "why"]
    return pd.DataFrame(rows, columns=columns)


def _thresholds(year: OneYear, lang: str, names: pd.Series) -> pd.DataFrame:
    words, frame = year.words(lang), year.thresholds
    return pd.DataFrame(
        {
            "item": [words.column(str(code)) for code in frame["item"]],
            "region": [words.region(str(code)) for code in frame["region"]],
            "unit": frame["unit"],
            "name": [str(names[unit]) for unit in frame["unit"]],
            "counted": [
                words.column(str(code)) if picked else words.t("as_reported")
                for code, picked in zip(frame["counted"], frame["picked"], strict=True)
            ],
            "value": frame["value"],
        }
    )


def _rules(year: OneYear, lang: str) -> pd.DataFrame:
    words = year.words(lang)
    rows = [
        {
            "list": words.title(one),
            "size": words.t("size", n=one.rule.size, basis=words.basis(one.rule.size_basis)),
            "sorted_by": words.t(
                "stated", what=words.sorted_by(one), basis=words.basis(one.rule.sort_basis)
            ),
            "condition": words.condition(one),
            "note": one.rule.note(lang),
            "source": words.source(one.rule),
        }
        for one in year.made.lists
    ]
    columns = ["list", "size", "sorted_by", "condition", "note", "source"]
    return pd.DataFrame(rows, columns=columns)


def _lines(year: OneYear, lang: str) -> list[str]:
    words, inputs = year.words(lang), year.inputs
    lines = [words.t("about.synthetic")] if inputs.panel.synthetic else []
    lines.append(words.t("about.status"))
    lines.append(
        words.t(
            "about.year",
            year=year.made.year,
            framework=inputs.framework.name,
            method=inputs.method.title(lang),
        )
    )
    source = inputs.reading.sources.get(lang)
    if source:
        lines.append(words.t("about.source", source=source))
    lines += [
        words.t(
            "about.value",
            list=words.title(one),
            what=words.sorted_by(one),
            condition=words.condition(one),
        )
        for one in year.made.lists
    ]
    lines.append(words.t("about.places"))
    return lines


def _about(work: ListWork) -> dict[str, Any]:
    parts = {id(year.inputs): year.inputs for year in work.years}
    return {
        "years": [year.made.year for year in work.years],
        "rules": "own" if work.own_rules else "shipped",
        "inputs": [about_inputs(part) for part in parts.values()],
        "lists": [
            {
                "year": year.made.year,
                "list": one.rule.code,
                "scope": one.region,
                "size": one.rule.size,
                "size_basis": one.rule.size_basis,
                "members": len(one.members),
            }
            for year in work.years
            for one in year.made.lists
        ],
        "notes": notes(work.notes),
        "summary": {lang: work.summary(lang) for lang in LANGUAGES},
    }
