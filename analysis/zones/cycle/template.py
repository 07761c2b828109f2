"""Making the forms of a year: for which units, with which of last year's values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from analysis.core.findings import InputError
from analysis.core.panel_folder import EDITIONS, PanelFolder, open_folder
from analysis.core.read_panel import read_panel
from analysis.core.tables import read_table
from analysis.core.units_table import read_units
from analysis.zones.cycle.form_rows import FormSpec, form_spec, growth_codes, with_bases
from analysis.zones.cycle.form_unit import FormUnit
from analysis.zones.cycle.year_files import read_year
from analysis.zones.editions import framework_for
from analysis.zones.registry import province_code

_COMMAS = re.compile(r"[,，]")


@dataclass(frozen=True, eq=False)
class Known:
    """What a panel knows of units before the year of the form.

    Attributes
    ----------
    facts : dict of str to dict of str to str
        By unit, of the newest year before the form's.
    before : dict of str to dict of str to float
        By unit and code, of the year before.
    synthetic : bool
    """

    facts: dict[str, dict[str, str]]
    before: dict[str, dict[str, float]]
    synthetic: bool = False


def make_template(
    framework: str, year: int, *, panel: str = "", units: str = ""
) -> tuple[FormSpec, list[FormUnit], bool]:
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
        A table of units, or codes with commas between them; ``""``: all
        units of the panel.

    Returns
    -------
    spec : FormSpec
        It also asks for the figures of the year before that growth needs and
        one of the units lacks: all of them where no panel is given.
    units : list of FormUnit
        In the order of ``units``, else by code.
    synthetic : bool
        Whether last year's values are made up.

    Raises
    ------
    InputError
        With every problem of the framework, the panel or the units.
    """
    folder = open_folder(panel) if panel and Path(panel).is_dir() else None
    if not framework and folder is not None and folder.framework != EDITIONS:
        framework = folder.framework
    spec = form_spec(framework or framework_for(year), year)
    known = Known({}, {})
    if folder is not None:
        known = _of_folder(folder, spec)
    elif panel:
        known = _of_table(Path(panel), spec)
    asked = _asked(units, spec) if units else {unit: {} for unit in sorted(known.facts)}
    made = []
    for unit, said in asked.items():
        facts = {**known.facts.get(unit, {}), **{k: v for k, v in said.items() if v}, "unit": unit}
        made.append(FormUnit(facts, known.before.get(unit, {})))
    lacking = [
        code
        for code in growth_codes(spec.framework, year)
        if not made or any(math.isnan(unit.before.get(code, math.nan)) for unit in made)
    ]
    return with_bases(spec, lacking), made, known.synthetic


def _of_folder(folder: PanelFolder, spec: FormSpec) -> Known:
    facts: dict[str, dict[str, str]] = {}
    before: dict[str, dict[str, float]] = {}
    for year in (year for year in folder.years if year < spec.year):
        held = read_year(folder, year)
        facts |= held.facts
        if year == spec.year - 1:
            for (unit, code), value in held.values.items():
                before.setdefault(unit, {})[code] = value
    return Known(facts, before, folder.synthetic)


def _of_table(path: Path, spec: FormSpec) -> Known:
    reading = read_panel(path, spec.framework, regions=spec.regions)
    panel = reading.panel
    facts: dict[str, dict[str, str]] = {}
    before: dict[str, dict[str, float]] = {}
    wanted = [column for column in panel.units if column in spec.facts]
    keys = [(int(year), str(unit)) for year, unit in panel.values.index]
    said = panel.units[wanted].astype(str).to_dict("records")
    held = panel.values.to_dict("records")
    for (year, unit), words, values in zip(keys, said, held, strict=True):
        if year < spec.year:
            known = {str(fact): str(word) for fact, word in words.items()}
            known["assessed"] = "no" if known.get("assessed") == "False" else "yes"
            facts[unit] = known
        if year == spec.year - 1:
            before[unit] = {str(code): float(value) for code, value in values.items()}
    return Known(facts, before, panel.synthetic)


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
