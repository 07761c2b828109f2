"""What a run starts from: panel, framework and method, with what is left out filled in."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from analysis.core.catalogue import (
    default_method,
    default_panel,
    default_regions,
    find_framework,
    find_method,
    framework_path,
    method_path,
)
from analysis.core.derive import derive_items
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.panel_folder import EDITIONS, open_folder, years_assessed
from analysis.core.read_panel import read_panel
from analysis.core.reading import Reading, save_reading
from analysis.core.regions import Regions
from analysis.paths import data_dir
from analysis.texts import spans
from analysis.zones.editions import framework_for, read_editions

DEMONSTRATION = Path("demo", "panel.csv")
EXTRAS = "extras"
LIST_RULES = "list_rules.csv"
# What of a panel folder goes with its values to the reports.
_BESIDE = re.compile(
    r"(events|talks|candidates)\.(csv|xlsx)|candidates\.about\.yml|manage\.yml|list_rules\.csv"
    r"|audit\.yml|accepted\.csv|[0-9]{4}\.(evidence|stages|totals)\.csv"
)
_MOST_BYTES = 50_000_000
_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?", re.ASCII)
_NEVER = 9999


@dataclass(frozen=True)
class Request:
    """What a user asked for; empty means: choose.

    Attributes
    ----------
    panel : str
        Table of values, or a folder with one file a year; empty: the framework's
        own, else the demonstration panel.
    framework : str
        Name or path; empty: that of the folder, else the edition in force for
        each data year.
    method : str
        Name or path; empty: the framework's default.
    years : str
        ``"2019-2021,2023"``; empty: the newest.
    units : str
        Table of names, regions and other attributes of the units.
    sheet : str
        Sheet of a workbook.
    year : int or None
        The year of a table that has no column for it.
    skip_bad : bool
        Go on without the rows that have errors.
    """

    panel: str = ""
    framework: str = ""
    method: str = ""
    years: str = ""
    units: str = ""
    sheet: str = ""
    year: int | None = None
    skip_bad: bool = False


@dataclass(frozen=True, eq=False)
class Inputs:
    """One framework's part of a run, read and checked.

    Attributes
    ----------
    reading : Reading
        The panel as it was found.
    panel : Panel
        The framework's items, derived where the table holds primitives.
    framework, method : Framework, Method
    framework_file, method_file : pathlib.Path
    years : tuple of int
        The years asked for that this framework is for.
    regions : Regions or None
        Names of the regions, where the framework lists them.
    findings : tuple of Finding
        From reading and deriving.
    extras : mapping of str to bytes
        Further files that reports may need, by name: of a panel folder what
        it says of events, settings, evidence, acceptances and stages.
    """

    reading: Reading
    panel: Panel
    framework: Framework
    method: Method
    framework_file: Path
    method_file: Path
    years: tuple[int, ...]
    regions: Regions | None
    findings: tuple[Finding, ...]
    extras: Mapping[str, bytes] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write what a notebook needs: the reading, ``framework.csv``, ``method.yml``, extras."""
        save_reading(self.reading, folder)
        for name, content in self.extras.items():
            (folder / EXTRAS).mkdir(exist_ok=True)
            (folder / EXTRAS / name).write_bytes(content)
        (folder / "framework.csv").write_bytes(_as_csv(self.framework_file))
        (folder / "method.yml").write_bytes(self.method_file.read_bytes())


def editions() -> tuple[str, ...]:
    """Return the names of the editions of the ministry's framework, oldest first."""
    return tuple(dict.fromkeys(read_editions().sort_index()["framework"].astype(str)))


def parse_years(text: str) -> tuple[int, ...]:
    """Return the years of ``"2019-2021,2023"``, ascending, each once.

    Raises
    ------
    InputError
        If the text is anything else.
    """
    years: set[int] = set()
    bad = []
    for part in re.split(r"[,，]", text):
        match = _YEARS.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            bad.append(Finding("error", "run.years", {"text": part.strip()}))
        years.update(range(first, last + 1))
    if bad:
        raise InputError(bad)
    return tuple(sorted(years))


def read_inputs(request: Request, *, all_years: bool = False) -> list[Inputs]:
    """Read everything a run needs, one `Inputs` for each framework.

    Parameters
    ----------
    request : Request
    all_years : bool
        Take all years of the panel, not the newest, where none are asked for.

    Returns
    -------
    list of Inputs
        In order of their years. One, unless no framework was named and the
        years are of different editions.

    Raises
    ------
    InputError
        With every problem there is.
    """
    wanted = parse_years(request.years) if request.years else ()
    folder = Path(request.panel) if request.panel and Path(request.panel).is_dir() else None
    named = request.framework
    if folder is not None and not named:
        own = open_folder(folder).framework
        named = own if own != EDITIONS else ""
    if named:
        return [_read(request, named, wanted, all_years)]
    if not wanted:
        known = years_assessed(folder) if folder is not None else ()
        known = known or _read(request, framework_for(_NEVER), (), all_years=True).years
        wanted = known if all_years else known[-1:]
    frameworks = list(dict.fromkeys(framework_for(year) for year in wanted))
    inputs = []
    problems: dict[str, Finding] = {}
    for name in frameworks:
        years = tuple(year for year in wanted if framework_for(year) == name)
        try:
            inputs.append(_read(request, name, years))
        except InputError as error:
            values = {"framework": name, "years": spans(years)}
            note = Finding("note", "run.in_force", values)
            # Two editions find the same things in one table; each is told once.
            problems |= {repr(found): found for found in (note, *error.findings)}
    if problems:
        raise InputError(problems.values())
    return inputs


def _read(request: Request, name: str, wanted: tuple[int, ...], all_years: bool = False) -> Inputs:
    problems: list[Finding] = []
    framework, method = None, None
    try:
        framework = find_framework(name)
    except InputError as error:
        problems += error.findings
    chosen = request.method or (default_method(framework.name) if framework else "")
    try:
        method = find_method(chosen) if chosen else None
    except InputError as error:
        problems += error.findings
    if framework is None or method is None:
        raise InputError(problems)
    try:
        reading = _with_editions(_read_panel(request, framework), framework, request)
        panel, notes = derive_items(reading.panel, framework)
    except InputError:
        if request.panel or default_panel(framework.name):
            raise
        # The demonstration panel is no fault of the user's: what is missing is a table.
        raise InputError(
            [Finding("error", "run.no_panel", {"framework": framework.name})]
        ) from None
    return Inputs(
        reading=reading,
        panel=panel,
        framework=framework,
        method=method,
        framework_file=framework_path(name),
        method_file=method_path(chosen),
        years=_years_of(panel, wanted, all_years),
        regions=default_regions(framework.name),
        findings=(*reading.findings, *notes),
        extras=extras_of(Path(request.panel) if request.panel else _own_panel(framework).parent),
    )


def extras_of(panel: Path) -> dict[str, bytes]:
    """Return the files of a panel folder that go with its values, by name; of a table none.

    Raises
    ------
    InputError
        With every file that is too large or cannot be read.
    """
    found: dict[str, bytes] = {}
    problems = []
    for path in sorted(panel.iterdir()) if panel.is_dir() else ():
        if not _BESIDE.fullmatch(path.name):
            continue
        told: dict[str, object] = {"path": str(path), "most": _MOST_BYTES // 1_000_000}
        try:
            if path.stat().st_size > _MOST_BYTES:
                problems.append(Finding("error", "run.extra_large", told))
            else:
                found[path.name] = path.read_bytes()
        except OSError as error:
            told["reason"] = error.strerror or str(error)
            problems.append(Finding("error", "run.extra_unread", told))
    if problems:
        raise InputError(problems)
    return found


def _own_panel(framework: Framework) -> Path:
    return default_panel(framework.name) or data_dir() / DEMONSTRATION


def _read_panel(request: Request, framework: Framework) -> Reading:
    return read_panel(
        Path(request.panel) if request.panel else _own_panel(framework),
        framework,
        units=Path(request.units) if request.units else None,
        regions=default_regions(framework.name),
        year=request.year,
        sheet=request.sheet or None,
        skip_bad=request.skip_bad,
    )


def _with_editions(reading: Reading, framework: Framework, request: Request) -> Reading:
    """Add what the other edition needs, where the table holds it too.

    A table is read for one framework, and what that does not know is an
    attribute of the unit; a comparison of the editions needs the values.
    """
    if framework.name not in editions():
        return reading
    panel = reading.panel
    for name in editions():
        try:
            other = _read_panel(request, find_framework(name)).panel
        except InputError:
            continue
        if other.values.index.equals(panel.values.index):
            more = [column for column in other.values if column not in panel.values]
            values = panel.values.join(other.values[more])
            units = panel.units.drop(columns=[c for c in more if c in panel.units])
            panel = replace(panel, values=values, units=units)
    attributes = tuple(name for name in reading.attributes if name not in panel.values)
    return replace(reading, panel=panel, attributes=attributes)


def _years_of(panel: Panel, wanted: tuple[int, ...], all_years: bool) -> tuple[int, ...]:
    known = panel.years
    if not known:
        raise InputError([Finding("error", "run.nothing")])
    missing = [year for year in wanted if year not in known]
    if missing:
        values = {"years": spans(missing), "known": spans(known)}
        raise InputError([Finding("error", "run.no_year", values)])
    return wanted or (known if all_years else known[-1:])


def _as_csv(path: Path) -> bytes:
    """Return a framework's table as CSV, whatever it is kept in."""
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return path.read_bytes()
    cells = pd.read_excel(path, dtype=str, keep_default_na=False)
    text = io.StringIO()
    cells.to_csv(text, index=False, lineterminator="\n")
    return text.getvalue().encode("utf-8")
