"""Reading a panel: a table of units, years and values, held against a framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.about import read_about
from analysis.core.arrange import OWN_FACTS, arrange
from analysis.core.cells import shown
from analysis.core.columns import Columns, Layout, recognise, vocabulary
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.item_values import read_long, read_wide
from analysis.core.joined_table import JoinedTable
from analysis.core.panel import Panel
from analysis.core.panel_bases import read_bases
from analysis.core.panel_folder import open_folder, read_joined
from analysis.core.raw_table import RawTable, from_frame
from analysis.core.reading import Reading
from analysis.core.regions import Regions
from analysis.core.tables import read_table
from analysis.core.unit_facts import Rows, duplicates, first_facts, groups_of, read_facts
from analysis.core.units_table import join_units, read_units

Source = str | Path | pd.DataFrame


@dataclass(frozen=True, eq=False)
class Examination:
    """What a table holds, and everything that is wrong with it.

    Attributes
    ----------
    panel : Panel or None
        What is left without the refused rows; None where the table as a
        whole cannot be used.
    findings : tuple of Finding
        In the order of the table: the file, its columns, its rows.
    rows_read, rows_used, rows_refused : int
        ``rows_read == rows_used + rows_refused``.
    attributes : tuple of str
    layout : {"long", "wide"} or None
    sources : mapping of str to str
    """

    panel: Panel | None
    findings: tuple[Finding, ...]
    rows_read: int = 0
    rows_used: int = 0
    rows_refused: int = 0
    attributes: tuple[str, ...] = ()
    layout: Layout | None = None
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a run."""
        return tuple(f for f in self.findings if f.severity == "error")


def read_panel(
    source: Source,
    framework: Framework,
    *,
    units: Source | None = None,
    regions: Regions | None = None,
    year: int | None = None,
    sheet: str | int | None = None,
    skip_bad: bool = False,
) -> Reading:
    """Read a panel and check it against a framework.

    Long form has columns for unit, year, item and value; wide form has unit,
    year, and a column for each item (or for the primitives from which items
    are derived). `analysis.core.columns.ROLE_WORDS` lists the headings.

    Parameters
    ----------
    source : path or pandas.DataFrame
        CSV (UTF-8 with or without BOM, GB18030), Excel or Parquet; or a folder
        with one file a year (`analysis.core.panel_folder`).
    framework : Framework
        Its items and primitives are what is looked for; its columns ``unit``,
        ``min``, ``max`` and ``integer`` say what a value may be.
    units : path or pandas.DataFrame, optional
        Names, regions and other attributes of the units, where they stand in
        a table of their own: one row a unit, or one a unit and year.
    regions : Regions, optional
        The regions there are; without it any word is a region. A unit
        without a region counts in the whole only.
    year : int, optional
        Year of all rows, for a table without a column for it.
    sheet : str or int, optional
        Sheet of a workbook (name or place); else the first that holds anything.
    skip_bad : bool
        Refuse the rows that have an error and go on with the others: in wide
        form the whole unit-year for one bad cell, in long form one value.
        Of rows that contradict each other (duplicates) all are refused.
        Errors that concern no single row stop the reading in any case.

    Returns
    -------
    Reading

    Raises
    ------
    InputError
        With every finding, if there is an error (with ``skip_bad``: an error
        that concerns no single row, or no row left).
    """
    seen = examine_panel(source, framework, units=units, regions=regions, year=year, sheet=sheet)
    if seen.panel is None or seen.layout is None or (seen.errors and not skip_bad):
        raise InputError(seen.findings)
    return Reading(
        seen.panel,
        seen.findings,
        seen.rows_read,
        seen.rows_used,
        seen.rows_refused,
        seen.attributes,
        seen.layout,
        seen.sources,
    )


def examine_panel(
    source: Source,
    framework: Framework,
    *,
    units: Source | None = None,
    regions: Regions | None = None,
    year: int | None = None,
    sheet: str | int | None = None,
) -> Examination:
    """Do what `read_panel` does, but return what is wrong instead of raising it."""
    table, findings = _open(source, "panel", sheet)
    about, sources = read_about(source, findings)
    units_table = None
    if units is not None:
        units_table = read_units(*_open(units, "units"), regions=regions)
    of_units = units_table.findings if units_table is not None else []
    if table is None:
        return Examination(None, (*findings, *of_units), sources=sources)
    words = vocabulary(framework)
    beside = _beside(source) if isinstance(table, JoinedTable) else ()
    columns = recognise(table, framework, words, findings, beside)
    _check_year(table, columns, year, findings)
    rows = Rows(table.sound(), [])
    rows.read_keys(columns.roles, year)
    facts = read_facts(rows, columns.roles, columns.attributes, regions)
    group = groups_of(rows)
    if columns.layout == "long":
        facts, varying = first_facts(rows, facts, group, ("name", "region", "assessed"))
        findings += [table.finding("note", "table-varies", column=shown(c)) for c in varying]
        cells = read_long(rows, columns, framework, words, group, findings)
    else:
        cells = read_wide(rows, columns, framework)
        _report_duplicates(rows, group, columns)
    facts, notes = join_units(rows, facts, units_table)
    findings += notes
    bases = read_bases(source, findings) if isinstance(table, JoinedTable) else None
    keep = ~rows.refused()
    attributes = tuple(fact for fact in facts if fact not in OWN_FACTS)
    everything = [*findings, *of_units]
    panel = None
    if keep.any() and not any(f.severity == "error" and f.row is None for f in everything):
        panel = arrange(rows, group, facts, cells, keep)
        panel = replace(panel, source=sources["en"], synthetic=about, bases=bases)
        findings += _remarks(table, panel, attributes, framework)
    used = int(keep.sum()) if panel is not None else 0
    found = sorted((*findings, *rows.findings), key=lambda finding: finding.row or 0)
    if panel is None and not keep.any():
        found.append(table.finding("error", "table-no-rows-left", rows=len(table.rows)))
    if isinstance(table, JoinedTable):
        found = [table.place(finding) for finding in found]
    return Examination(
        panel,
        (*found, *of_units),
        len(table.rows),
        used,
        len(table.rows) - used,
        attributes,
        columns.layout,
        sources,
    )


def _open(
    source: Source, name: str, sheet: str | int | None = None
) -> tuple[RawTable | None, list[Finding]]:
    if isinstance(source, pd.DataFrame):
        findings: list[Finding] = []
        return from_frame(source, name, findings), findings
    if Path(source).is_dir() and sheet is None:
        return read_joined(source)
    return read_table(source, sheet)


def _beside(source: Source) -> tuple[str, ...]:
    return () if isinstance(source, pd.DataFrame) else open_folder(source).beside


def _check_year(
    table: RawTable, columns: Columns, year: int | None, findings: list[Finding]
) -> None:
    heading = columns.roles.get("year")
    if heading is not None and year is not None:
        column = shown(table.header[heading])
        findings.append(table.finding("error", "table-year-twice", column=column, given=year))
    across = any(f.code == "table-years-across" for f in findings)
    if heading is None and year is None and not across:
        findings.append(table.finding("error", "table-no-year"))


def _report_duplicates(rows: Rows, group: NDArray[np.intp], columns: Columns) -> None:
    for position, other in duplicates(group):
        heading = shown(rows.table.header[columns.roles["unit"]])
        rows.note("error", "table-duplicate", position, heading, other=rows.table.rows[other])


def _remarks(
    table: RawTable, panel: Panel, attributes: tuple[str, ...], framework: Framework
) -> list[Finding]:
    """Return what a user should know of a table that can be used."""
    findings = []
    if attributes:
        names = ", ".join(shown(name, 30) for name in attributes)
        findings.append(table.finding("note", "table-attributes", names=names))
    without = int((panel.units["region"] == "").sum())
    if 0 < without < len(panel.units):
        findings.append(table.finding("note", "table-no-region", count=without))
    empty = panel.values.columns[panel.values.isna().all()]
    findings += [table.finding("warning", "table-empty-item", item=c, code=c) for c in empty]
    absent = [a for a in framework.weight_attributes if a not in (*attributes, *OWN_FACTS)]
    if absent:
        listed = ", ".join(absent)
        findings.append(table.finding("warning", "table-no-weight-attribute", names=listed))
    return findings
