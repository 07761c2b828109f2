"""Taking filled forms into a panel folder: the year that they are of, and no other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.core.catalogue import framework_path, list_frameworks
from analysis.core.findings import Finding, InputError
from analysis.core.panel_folder import ABOUT_FILE, EDITIONS, PanelFolder, open_folder
from analysis.core.panel_stages import read_stages, stage_of
from analysis.paths import data_dir
from analysis.texts import spans
from analysis.zones.cycle.form_also import with_also
from analysis.zones.cycle.form_also_marks import beside_of, rows_of_all, with_measures
from analysis.zones.cycle.form_entries import FilledForm
from analysis.zones.cycle.form_files import forms_in
from analysis.zones.cycle.form_reading import read_form
from analysis.zones.cycle.form_rows import FormSpec, form_spec, with_bases
from analysis.zones.cycle.intake_checks import (
    compare_before,
    entries_of,
    facts_before,
    facts_of,
    gaps,
    no_base,
)
from analysis.zones.cycle.stages import Amendment, amended, frozen
from analysis.zones.cycle.year_files import read_year, write_year
from analysis.zones.cycle.year_merge import Merged, merge
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
    reopened : str
        The stage that an amendment took the year back from; ``""``: none did.
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
    reopened: str = ""


def take_in(
    source: str | Path,
    panel: str | Path,
    year: int,
    *,
    framework: str = "",
    skip_bad: bool = False,
    amendment: Amendment | None = None,
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
    amendment : Amendment, optional
        Who changes a year that is frozen, when and why. Without it such a
        year takes nothing in; with it every change is noted with the reason,
        and the year goes back to the second audit
        (`analysis.zones.cycle.stages.amended`). A year that is not frozen
        takes the forms in as ever, with a note; who and why are kept all the same.

    Raises
    ------
    InputError
        With every finding, if there is an error; with ``skip_bad``, only if
        no form is left, or the folder cannot be used. Nothing is written then.
    """
    folder = _folder(Path(panel), framework, year)
    steps = read_stages(folder.path, year)
    sealed = bool(steps) and steps[-1].sealed
    if sealed and amendment is None:
        raise InputError([frozen(steps[-1], year)])
    spec = form_spec(
        folder.framework if folder.framework != EDITIONS else framework_for(year), year
    )
    _check_measures(folder, spec)
    findings: list[Finding] = []
    if amendment is not None and not sealed:
        told = {"asked": year, "stage": stage_of(steps)}
        findings.append(Finding("note", "intake.not_frozen", told, year=year))
    forms = []
    for path, name in forms_in(Path(source), findings):
        form = read_form(path, spec, findings, name)
        if form is not None:
            forms.append(form)
    also = rows_of_all(forms, folder, findings)
    optional = {row.code for row in also}
    folder = with_measures(replace(folder, beside=beside_of(folder, also)), also)
    facts = facts_of(forms, spec, findings)
    before = read_year(folder, year - 1)
    known = before.values
    entries = compare_before(entries_of(forms, findings, year), known, year, findings)
    synthetic = _synthetic(forms, folder, findings)
    findings += gaps(entries, year, optional)
    errors = [finding for finding in findings if finding.severity == "error"]
    fatal = any(finding.code in ("intake.synthetic", "intake.measure") for finding in errors)
    if (errors and not skip_bad) or fatal or not facts:
        raise InputError(findings)
    asked = with_also(with_bases(spec, spec.codes), also)
    said = (amendment.by, amendment.reason) if amendment is not None else ("", "")
    held = read_year(folder, year)
    findings += facts_before(facts, before.facts, held.facts, year)
    digests = {form.file: form.digest for form in forms}
    merged = merge(held, asked, facts, entries, digests, by=said[0], reason=said[1])
    reopened = amendment is not None and sealed and merged.news
    first = {}
    if amendment is not None and reopened:
        contents = merged.contents(folder, year)
        first = {folder.file(year, "stages").name: amended(steps, amendment, contents, year)}
    if not sealed or merged.news:
        folder = _written(folder, spec, merged, synthetic, first)
    findings += no_base(asked, merged.values, known, sorted(facts))
    return Intake(
        folder,
        year,
        len(forms),
        tuple(sorted(facts)),
        merged.added,
        merged.changed,
        merged.same,
        sum(
            math.isnan(entry.value) and not entry.refused and entry.code not in optional
            for entry in entries
        ),
        sum(entry.refused for entry in entries),
        tuple(findings),
        steps[-1].stage if reopened else "",
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


def _synthetic(forms: Sequence[FilledForm], folder: PanelFolder, findings: list[Finding]) -> bool:
    """Return whether the values are made up; forms of both kinds do not go together."""
    kinds = {form.synthetic for form in forms}
    if folder.years:
        kinds.add(folder.synthetic)
    if len(kinds) > 1:
        names = ", ".join(form.file for form in forms if form.synthetic != folder.synthetic)
        findings.append(Finding("error", "intake.synthetic", {"forms": names or "—"}))
    return True in kinds


def _written(
    folder: PanelFolder,
    spec: FormSpec,
    merged: Merged,
    synthetic: bool,
    first: Mapping[str, bytes],
) -> PanelFolder:
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
        own_files = {copy.name: copy.read_bytes() for copy in copies}
        write_year(folder, {**own_files, **first, **merged.contents(folder, spec.year)})
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
