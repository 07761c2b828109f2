"""Making the forms of a year: for which units, with which of last year's values."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.core.findings import InputError
from analysis.core.numbers import numbers
from analysis.core.panel_folder import EDITIONS, PanelFolder, open_folder
from analysis.core.read_panel import read_panel
from analysis.core.tables import read_table
from analysis.core.units_table import read_units
from analysis.zones.cycle.form_also import also_rows, with_also
from analysis.zones.cycle.form_also_marks import with_measures
from analysis.zones.cycle.form_rows import FormSpec, form_spec, growth_codes, with_bases
from analysis.zones.cycle.form_unit import FormUnit
from analysis.zones.cycle.year_files import read_year
from analysis.zones.editions import framework_for
from analysis.zones.management.events import gone_by, name_in, no_events, steps_of
from analysis.zones.management.read_events import read_events
from analysis.zones.registry import province_code

EVENTS = ("events.csv", "events.xlsx")
"""What of a panel folder tells of zones that entered, left or changed their names."""
_COMMAS = re.compile(r"[,，]")


@dataclass(frozen=True, eq=False)
class Known:
    """What a panel knows of units before the year of the form.

    Attributes
    ----------
    facts : dict of str to dict of str to str
        By unit, of the newest year before the form's in which the panel has it.
    years : dict of str to int
        By unit, that year.
    before : dict of str to dict of str to float
        By unit and code, of the year before.
    synthetic : bool
    """

    facts: dict[str, dict[str, str]]
    years: dict[str, int]
    before: dict[str, dict[str, float]]
    synthetic: bool = False


def make_template(
    framework: str,
    year: int,
    *,
    panel: str = "",
    units: str = "",
    also: Sequence[str] = (),
    method: str = "",
) -> tuple[FormSpec, list[FormUnit], bool, tuple[str, ...]]:
    """Return what forms of a year are made of, for `form_workbook.form_bytes`.

    Parameters
    ----------
    framework : str
        Name or path; ``""``: that of the panel folder, else the edition in force.
    year : int
        Data year.
    panel : str
        Panel folder or table with last year's values; ``""``: none.
    units : str
        A table of units, or codes with commas between them; ``""``: the
        units of the panel's newest year before ``year``, less those that are
        gone by ``events.csv`` of the folder. One that was renamed goes under
        its new name; those that entered since, or came of a merger, are added.

    also : sequence of str
        What else to ask for (`form_also.also_rows`): ``"audit"``, or tables.
    method : str
        Name or path of a method, whose points' inputs are asked for too.

    Returns
    -------
    spec : FormSpec
        It also asks for the figures of the year before that growth needs and
        one of the units lacks: all of them where no panel is given.
    units : list of FormUnit
        In the order of ``units``, else by code.
    synthetic : bool
        Whether last year's values are made up.
    left_out : tuple of str
        Units of the panel that no form is for, where ``units`` names none.

    Raises
    ------
    InputError
        With every problem of the framework, the panel, its events or the units.
    """
    folder = open_folder(panel) if panel and Path(panel).is_dir() else None
    if not framework and folder is not None and folder.framework != EDITIONS:
        framework = folder.framework
    spec = form_spec(framework or framework_for(year), year)
    spec = with_also(spec, also_rows(spec, also, method))
    known, events = Known({}, {}, {}), no_events()
    if folder is not None:
        known = _of_folder(folder, spec)
        kept = (folder.path / name for name in EVENTS)
        events = next((read_events(path) for path in kept if path.is_file()), events)
    elif panel:
        known = _of_table(Path(panel), spec)
    origins = _units_in(known, events, year)
    asked = _asked(units, spec) if units else {unit: {} for unit in sorted(origins)}
    made = []
    for unit, said in asked.items():
        held = origins.get(unit, unit)
        facts = {**known.facts.get(held, {}), **{k: v for k, v in said.items() if v}, "unit": unit}
        made.append(FormUnit(facts, known.before.get(held, {})))
    lacking = [
        code
        for code in growth_codes(spec.framework, year)
        # A growth rate goes by the code of the unit: one renamed has no year before under it.
        if not made or any(math.isnan(known.before.get(u, {}).get(code, math.nan)) for u in asked)
    ]
    gone = () if units else tuple(sorted({*known.facts} - {*origins} - {*origins.values()}))
    return with_bases(spec, lacking), made, known.synthetic, gone


def _units_in(known: Known, events: pd.DataFrame, year: int) -> dict[str, str]:
    """Return the units of a year, each with the unit of the panel that it was."""
    newest = max(known.years.values(), default=year)
    gone = gone_by(events, year)
    renamed, merged = (steps_of(events, merged=each) for each in (False, True))
    origins: dict[str, str] = {}
    for unit in sorted(unit for unit, last in known.years.items() if last == newest):
        name, whole = (name_in(steps, unit, newest, year) for steps in (renamed, merged))
        if name not in gone:
            origins[name] = name if known.years.get(name) == newest else unit
        elif whole not in gone:
            origins.setdefault(whole, whole)
    since = events[(events["kind"] == "entered") & events["year"].between(newest + 1, year)]
    for unit in sorted({*since["unit"].astype(str)} - gone):
        origins.setdefault(unit, unit)
    return origins


def _of_folder(folder: PanelFolder, spec: FormSpec) -> Known:
    facts: dict[str, dict[str, str]] = {}
    years: dict[str, int] = {}
    before: dict[str, dict[str, float]] = {}
    for year in (year for year in folder.years if year < spec.year):
        last = year == spec.year - 1
        held = read_year(with_measures(folder, spec.also) if last else folder, year)
        facts |= held.facts
        years |= dict.fromkeys(held.facts, year)
        if last:
            for (unit, code), value in held.values.items():
                before.setdefault(unit, {})[code] = value
    return Known(facts, years, before, folder.synthetic)


def _of_table(path: Path, spec: FormSpec) -> Known:
    reading = read_panel(path, spec.framework, regions=spec.regions)
    panel = reading.panel
    facts: dict[str, dict[str, str]] = {}
    years: dict[str, int] = {}
    before: dict[str, dict[str, float]] = {}
    wanted = [column for column in panel.units if column in spec.facts]
    keys = [(int(year), str(unit)) for year, unit in panel.values.index]
    said = panel.units[wanted].astype(str).to_dict("records")
    held = panel.values.to_dict("records")
    more = {
        row.code: numbers(panel.units[row.code].tolist(), row.limits.percent)[0]
        for row in spec.also
        if row.code in panel.units
    }
    for at, ((year, unit), words, values) in enumerate(zip(keys, said, held, strict=True)):
        if year < spec.year:
            known = {str(fact): str(word) for fact, word in words.items()}
            known["assessed"] = "no" if known.get("assessed") == "False" else "yes"
            facts[unit], years[unit] = known, year
        if year == spec.year - 1:
            before[unit] = {str(code): float(value) for code, value in values.items()}
            before[unit] |= {code: column[at] for code, column in more.items()}
    return Known(facts, years, before, panel.synthetic)


def _asked(units: str, spec: FormSpec) -> dict[str, dict[str, str]]:
    """Return the facts of each unit that is asked for, by its code."""
    path = Path(units)
    if not path.is_file() and not path.suffix:
        words = (word.strip() for word in _COMMAS.split(units))
        return {word: {} for word in words if word}
    table = read_units(*read_table(path), regions=spec.regions)
    if any(finding.severity == "error" for finding in table.findings):
        raise InputError(table.findings)
    facts: dict[str, dict[str, str]] = {}
    for (unit, _), at in sorted(table.places.items(), key=lambda place: (place[0][1], place[1])):
        known = {fact: str(words[at]) for fact, words in table.facts.items()}
        if spec.provinces and "province" in known:
            known["province"] = province_code(known["province"])
        facts[unit] = known
    return facts
