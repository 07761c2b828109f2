"""Taking filled forms into a panel folder: the year that they are of, and no other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.core.catalogue import framework_path, list_frameworks
from analysis.core.findings import Finding, InputError
from analysis.core.panel_folder import ABOUT_FILE, EDITIONS, PanelFolder, open_folder
from analysis.paths import data_dir
from analysis.texts import spans
from analysis.zones.cycle.form_entries import Entry, FilledForm
from analysis.zones.cycle.form_files import forms_in
from analysis.zones.cycle.form_reading import read_form
from analysis.zones.cycle.form_rows import FormSpec, form_spec
from analysis.zones.cycle.year_files import Merged, merge, read_year, write_year
from analysis.zones.editions import framework_for


@dataclass(frozen=True, eq=False)
class Intake:
    """What came of taking forms in.

    Attributes
    ----------
    folder : PanelFolder
        As it is afterwards.
    year : int
    forms : int
        Forms that were read.
    units : tuple of str
        Units that they speak of, sorted.
    added, changed, same : int
        Figures that were new, that replaced another, that stood there already.
    blank, refused : int
        Cells left blank, and cells that could not be used (``skip_bad``).
    findings : tuple of Finding
    """

    folder: PanelFolder
    year: int
    forms: int
    units: tuple[str, ...]
    added: int
    changed: int
    same: int
    blank: int
    refused: int
    findings: tuple[Finding, ...]


def take_in(
    source: str | Path,
    panel: str | Path,
    year: int,
    *,
    framework: str = "",
    skip_bad: bool = False,
) -> Intake:
    """Read filled forms and add them to the year's file of a panel folder.

    A figure that stood there already is replaced by that of the form, and
    the trace (``<year>.log.csv``) keeps both; a blank cell replaces nothing.
    Files of other years are not touched. The same forms give the same bytes,
    and taken in once more change nothing.

    Parameters
    ----------
    source : str or pathlib.Path
        A folder of forms (`analysis.zones.cycle.form_workbook`), or one form.
    panel : str or pathlib.Path
        The panel folder; made if there is none.
    year : int
        Data year of the forms.
    framework : str
        Name or path; ``""``: that of the folder, else the edition in force.
    skip_bad : bool
        Go on without the cells, rows and forms that have an error.

    Raises
    ------
    InputError
        With every finding, if there is an error; with ``skip_bad``, only if
        no form is left, or the folder cannot be used. Nothing is written then.
    """
    folder = _folder(Path(panel), framework, year)
    spec = form_spec(
        folder.framework if folder.framework != EDITIONS else framework_for(year), year
    )
    _check_measures(folder, spec)
    findings: list[Finding] = []
    forms = []
    for path, name in forms_in(Path(source), findings):
        form = read_form(path, spec, findings, name)
        if form is not None:
            forms.append(form)
    facts = _facts(forms, spec, findings)
    entries = _entries(forms, findings, year)
    _compare_before(entries, folder, year, findings)
    synthetic = _synthetic(forms, folder, findings)
    findings += _gaps(entries, forms, year)
    errors = [finding for finding in findings if finding.severity == "error"]
    fatal = any(finding.code == "intake.synthetic" for finding in errors)
    if (errors and not skip_bad) or fatal or not facts:
        raise InputError(findings)
    held = read_year(folder, year)
    merged = merge(held, spec, facts, entries, {form.file: form.digest for form in forms})
    folder = _written(folder, spec, merged, synthetic)
    if year - 1 not in folder.years and any(code in spec.codes for code in _bases(spec)):
        told = {"before": year - 1, "year": year}
        findings.append(Finding("note", "intake.no_base", told))
    return Intake(
        folder,
        year,
        len(forms),
        tuple(sorted(facts)),
        merged.added,
        merged.changed,
        merged.same,
        sum(math.isnan(entry.value) and not entry.refused for entry in entries),
        sum(entry.refused for entry in entries),
        tuple(findings),
    )


def _folder(path: Path, framework: str, year: int) -> PanelFolder:
    """Return the panel folder to add to, a new one where there is none."""
    shipped = data_dir().resolve()
    if path.resolve() == shipped or shipped in path.resolve().parents:
        raise InputError([Finding("error", "intake.demo", {"folder": str(path)})])
    if path.is_file():
        raise InputError([Finding("error", "intake.file", {"folder": str(path)})])
    if not (path / ABOUT_FILE).is_file():
        if path.is_dir() and any(path.iterdir()):
            raise InputError([Finding("error", "intake.foreign", {"folder": str(path)})])
        return PanelFolder(path, _named(framework, year))
    folder = open_folder(path)
    if framework and _named(framework, year) not in (folder.framework, _stem(folder, year)):
        told: dict[str, object] = {"found": folder.framework, "wanted": framework}
        if Path(framework).name != Path(folder.framework).name:
            raise InputError([Finding("error", "intake.framework", told)])
    return folder


def _named(framework: str, year: int) -> str:
    """Return what a folder says of its framework: the editions where it is the one in force."""
    if not framework or framework == framework_for(year):
        return EDITIONS
    framework_path(framework)  # raises where there is none
    return framework


def _stem(folder: PanelFolder, year: int) -> str:
    return framework_for(year) if folder.framework == EDITIONS else Path(folder.framework).stem


def _check_measures(folder: PanelFolder, spec: FormSpec) -> None:
    """Raise where a figure is asked for in another unit of measure than the folder has it in."""
    problems = [
        Finding(
            "error",
            "intake.measure",
            {"code": row.code, "found": folder.measures[row.code], "wanted": row.measure},
            item=row.code,
        )
        for row in spec.rows
        if folder.measures.get(row.code, row.measure) != row.measure
    ]
    if problems:
        raise InputError(problems)


def _facts(
    forms: Sequence[FilledForm], spec: FormSpec, findings: list[Finding]
) -> dict[str, dict[str, str]]:
    """Return what is said of each unit, regions completed from provinces."""
    facts: dict[str, dict[str, str]] = {}
    for form in forms:
        for unit, said in form.facts.items():
            known = facts.setdefault(unit, {})
            for fact, word in said.items():
                if word and known.get(fact, word) != word:
                    told = {"fact": fact, "value": word, "other": known[fact]}
                    findings.append(Finding("error", "intake.fact", told, form.file, unit=unit))
                elif word:
                    known[fact] = word
            region = spec.provinces.get(known.get("province", ""), ("", "", ""))[2]
            if region and known.setdefault("region", region) != region:
                told = {"region": known["region"], "province": known["province"], "other": region}
                findings.append(Finding("error", "intake.region", told, form.file, unit=unit))
                known["region"] = ""
    return facts


def _entries(forms: Sequence[FilledForm], findings: list[Finding], year: int) -> tuple[Entry, ...]:
    """Return the figures of all forms; of those given twice both are refused."""
    entries = [entry for form in forms for entry in form.entries]
    given = [entry for entry in entries if not math.isnan(entry.value)]
    counts = Counter((entry.unit, entry.code) for entry in given)
    first: dict[tuple[str, str], Entry] = {}
    for entry in given:
        first.setdefault((entry.unit, entry.code), entry)
    kept = []
    for entry in entries:
        key = entry.unit, entry.code
        twice = counts[key] > 1 and not math.isnan(entry.value)
        if twice and entry is not first[key]:
            other = first[key]
            told = {"other": other.file, "row": other.row}
            findings.append(entry.finding("error", "intake.twice", year, **told))
        kept.append(replace(entry, value=math.nan, refused=True) if twice else entry)
    return tuple(kept)


def _compare_before(
    entries: Sequence[Entry], folder: PanelFolder, year: int, findings: list[Finding]
) -> None:
    """Warn where a form has other values of the year before than the panel."""
    known = read_year(folder, year - 1).values
    for entry in entries:
        held = known.get((entry.unit, entry.code), math.nan)
        if not (math.isnan(held) or math.isnan(entry.before)) and held != entry.before:
            told = {"before": year - 1, "value": f"{entry.before:.15g}", "held": f"{held:.15g}"}
            findings.append(entry.finding("warning", "intake.before", year, **told))


def _synthetic(forms: Sequence[FilledForm], folder: PanelFolder, findings: list[Finding]) -> bool:
    """Return whether the values are made up; forms of both kinds do not go together."""
    kinds = {form.synthetic for form in forms}
    if folder.years:
        kinds.add(folder.synthetic)
    if len(kinds) > 1:
        names = ", ".join(form.file for form in forms if form.synthetic != folder.synthetic)
        findings.append(Finding("error", "intake.synthetic", {"forms": names or "—"}))
    return True in kinds


def _gaps(entries: Sequence[Entry], forms: Sequence[FilledForm], year: int) -> list[Finding]:
    """Return what is left blank without a reason, by unit, and what has no source."""
    findings = []
    blank: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        if math.isnan(entry.value) and not entry.refused:
            if not entry.evidence.note:
                blank.setdefault((entry.file, entry.unit), []).append(entry.code)
        elif not entry.refused and not entry.evidence.source:
            findings.append(entry.finding("warning", "intake.no_source", year))
        if entry.evidence.date and int(entry.evidence.date[:4]) < year:
            told = {"date": entry.evidence.date, "asked": year}
            findings.append(entry.finding("warning", "intake.early", year, **told))
    for (file, unit), codes in blank.items():
        told = {"count": len(codes), "codes": ", ".join(codes[:12]) + (" …" if codes[12:] else "")}
        findings.append(Finding("warning", "intake.blank", told, file, unit=unit, year=year))
    return findings


def _bases(spec: FormSpec) -> tuple[str, ...]:
    """Return the figures that are also needed of the year before."""
    nodes = spec.framework.nodes
    across = nodes["operation"].isin(["growth", "difference"])
    return tuple(str(code) for code in nodes.loc[across, "inputs"])


def _written(folder: PanelFolder, spec: FormSpec, merged: Merged, synthetic: bool) -> PanelFolder:
    """Write the year and what the folder says of itself; return the folder as it then is."""
    measures = dict(folder.measures) | {row.code: row.measure for row in spec.rows}
    folder = replace(folder, synthetic=synthetic, measures=measures)
    own = folder.framework
    shipped = {entry.name for entry in list_frameworks()} | {EDITIONS}
    copies = []
    if own not in shipped and Path(own).parent != folder.path:
        source = Path(own)
        sides = (source, source.with_name(f"{source.stem}.primitives.csv"))
        copies = [side for side in sides if side.is_file()]
        folder = replace(folder, framework=str(folder.path / source.name))
    try:
        write_year(folder, spec.year, merged, copies)
    except OSError as error:
        told: dict[str, object] = {"out": str(folder.path), "reason": error.strerror or str(error)}
        raise InputError([Finding("error", "out.unwritable", told)]) from None
    return replace(folder, years=tuple(sorted({*folder.years, spec.year})))


def counts_text(intake: Intake) -> Mapping[str, object]:
    """Return the counts of an intake, for a sentence about it."""
    return {
        "forms": intake.forms,
        "units": len(intake.units),
        "year": intake.year,
        "added": intake.added,
        "changed": intake.changed,
        "same": intake.same,
        "blank": intake.blank,
        "refused": intake.refused,
        "years": spans(intake.folder.years),
    }
