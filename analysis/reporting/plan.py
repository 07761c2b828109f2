"""The table of reports that a run makes: one row a notebook, year, region and language."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.core.catalogue import find_framework
from analysis.core.derive import derive_items
from analysis.core.findings import Finding, InputError
from analysis.core.score import score
from analysis.paths import project_root
from analysis.reporting.execute import check_parameters, parameters_of
from analysis.reporting.inputs import Inputs, editions
from analysis.reporting.language import Source, read_notebook
from analysis.reporting.unit_labels import unit_labels
from analysis.reporting.workspace import ALL, report_folder
from analysis.texts import text

# What a run gives to a notebook; the last also to one that reports on no year.
GIVEN = ("inputs", "framework", "method", "year", "region", "lang")


@dataclass(frozen=True, eq=False)
class Job:
    """One report to make.

    Attributes
    ----------
    source : Source
        The notebook.
    year : int or None
        None for a report that does not depend on a year.
    region : str
    lang : {"zh", "en"}
    inputs : Inputs or None
        None for a report that reads no panel.
    unit : str
        For a report on one unit, else ``""``.
    """

    source: Source
    year: int | None
    region: str
    lang: str
    inputs: Inputs | None
    unit: str = ""

    def folder(self, out: Path) -> Path:
        """Return the folder of the report in ``out``."""
        place = self.unit or self.region
        return report_folder(out, self.year, place, self.lang, self.source.name)

    def scope_name(self, lang: str) -> str:
        """Return the name of the unit or the region, or the words for all units."""
        if self.unit and self.inputs is not None:
            units = self.inputs.panel.units
            own = units[units.index == (self.year, self.unit)].droplevel("year")
            return str(unit_labels(own, lang).iloc[0])
        if self.region != ALL:
            regions = self.inputs.regions if self.inputs else None
            known = regions is not None and self.region in regions.codes
            return regions.label(self.region, lang) if regions and known else self.region
        zones = self.inputs is None or self.inputs.framework.name.startswith("mofcom")
        return text("scope.all.zones" if zones else "scope.all.units", lang)

    def described(self, lang: str) -> str:
        """Return year, region, language and notebook in one line."""
        parts = [str(self.year or ""), self.scope_name(lang), self.lang, self.source.name]
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True)
class LeftOut:
    """Reports that are not made, and why.

    Attributes
    ----------
    code : str
        Key of the text ``run.left_out.<code>``.
    values : mapping
        For its placeholders.
    """

    code: str
    values: Mapping[str, object]


def shipped_notebooks() -> list[Path]:
    """Return the notebooks of a run, in order of their names.

    Those that a command of their own makes are left out.
    """
    return [source.path for source in _shipped()]


def _shipped() -> list[Source]:
    paths = sorted((project_root() / "notebooks").glob("*.ipynb"))
    return [source for source in map(read_notebook, paths) if not source.command]


def choose_notebooks(wanted: Iterable[str]) -> list[Source]:
    """Return the notebooks asked for: shipped ones by name, any other by path.

    Parameters
    ----------
    wanted : iterable of str
        Names (``"01_scores"``) or paths that end in ``.ipynb``; none: all shipped.

    Raises
    ------
    InputError
        With every word that is neither, and every notebook that cannot be run:
        one that lacks a parameter that a run gives, for instance.
    """
    shipped = {source.name: source for source in _shipped()}
    chosen: list[Path | Source] = []
    problems = []
    for word in wanted:
        if word in shipped:
            chosen.append(shipped[word])
        elif word.endswith(".ipynb") and Path(word).is_file():
            chosen.append(Path(word))
        else:
            near = difflib.get_close_matches(word, shipped, 1, 0.4)
            values = {"name": word, "names": ", ".join(shipped), "near": (near or [""])[0]}
            code = "run.no_notebook_near" if near else "run.no_notebook"
            problems.append(Finding("error", code, values))
    sources: dict[str, Source] = {}
    for found in chosen or shipped.values():
        path = found.path if isinstance(found, Source) else found
        try:
            source = found if isinstance(found, Source) else read_notebook(found)
            check_parameters(source.notebook, GIVEN if is_yearly(source) else GIVEN[-1:])
        except (ValueError, SyntaxError) as error:
            values = {"path": str(path), "problem": str(error)}
            problems.append(Finding("error", "run.notebook", values))
            continue
        if sources.setdefault(source.name, source) is not source:
            problems.append(Finding("error", "run.notebook_twice", {"name": source.name}))
    if problems:
        raise InputError(problems)
    return sorted(sources.values(), key=lambda source: (source.order, source.name))


def is_yearly(source: Source) -> bool:
    """Return whether a notebook reports on a year: then it has a parameter for it."""
    return "year" in parameters_of(source.notebook)


def choose_regions(wanted: Sequence[str], inputs: Sequence[Inputs]) -> list[str]:
    """Return codes of the regions asked for; none asked for: all there are.

    Parameters
    ----------
    wanted : sequence of str
        ``"all"``, or codes, names or aliases of regions.
    inputs : sequence of Inputs

    Raises
    ------
    InputError
        With every word that is no region of the panel.
    """
    present: list[str] = []
    for part in inputs:
        listed = part.regions.codes if part.regions else ()
        there = set(part.panel.regions)
        ordered = [code for code in listed if code in there]
        ordered += sorted(there - set(ordered))
        present += [code for code in ordered if code not in present]
    if not wanted:
        return [ALL, *present]
    chosen: list[str] = []
    problems = []
    for word in wanted:
        names = (part.regions.resolve(word) for part in inputs if part.regions)
        code = word if word == ALL else next((name for name in names if name), word)
        if code != ALL and code not in present:
            values = {"name": word, "names": ", ".join([ALL, *present])}
            problems.append(Finding("error", "run.no_region", values))
        elif code not in chosen:
            chosen.append(code)
    if problems:
        raise InputError(problems)
    return chosen


def plan(
    inputs: Sequence[Inputs],
    notebooks: Sequence[Source],
    regions: Sequence[str],
    languages: Collection[str],
) -> tuple[list[Job], list[LeftOut]]:
    """Return the reports to make and those that make no sense here.

    Parameters
    ----------
    inputs : sequence of Inputs
    notebooks : sequence of Source
    regions : sequence of str
    languages : collection of {"zh", "en"}

    Returns
    -------
    jobs : list of Job
        By year, region, language and notebook.
    left_out : list of LeftOut
    """
    jobs: list[Job] = []
    left_out: list[LeftOut] = []
    timeless = []
    for part in inputs:
        able = []
        for source in notebooks:
            lacking = next((need for need in source.needs if not meets(part, need)), "")
            if lacking:
                # Where the framework is another, nothing else need be said.
                code = lacking if meets(part, "mofcom") else "mofcom"
                values = {"notebook": source.name, "framework": part.framework.name}
                left_out.append(LeftOut(f"needs_{code}", values))
            elif is_yearly(source):
                able.append(source)
            elif source not in timeless:
                timeless.append(source)
        compared = _compared_years(part) if any("editions" in s.needs for s in able) else set()
        for year in part.years:
            here = _regions_in(part, year)
            made = [s for s in able if "editions" not in s.needs or year in compared]
            left_out += [
                LeftOut("needs_editions_year", {"notebook": source.name, "year": year})
                for source in able
                if source not in made
            ]
            for region in regions:
                if region != ALL and region not in here:
                    left_out.append(LeftOut("region", {"year": year, "region": region}))
                    continue
                jobs += [
                    Job(source, year, region, lang, part)
                    for lang in languages
                    for source in made
                    if region == ALL or source.scope == "region"
                ]
    jobs += [
        Job(source, None, ALL, lang, None)
        for lang in languages
        for source in timeless
        if ALL in regions
    ]
    return jobs, list({repr(out): out for out in left_out}.values())


def meets(part: Inputs, need: str) -> bool:
    """Return whether the inputs have what a notebook says it needs.

    Parameters
    ----------
    part : Inputs
    need : {"mofcom", "mofcom-regions", "editions"}
        ``mofcom``: the framework is one of the ministry's editions;
        ``mofcom-regions``: and the units are in the ministry's regions;
        ``editions``: and the items of all editions follow from the panel.
    """
    if part.framework.name not in editions():
        return False
    if need == "mofcom":
        return True
    if need == "mofcom-regions":
        return part.regions is not None and set(part.panel.regions) == set(part.regions.codes)
    try:
        for name in editions():
            derive_items(part.reading.panel, find_framework(name))
    except InputError:
        return False
    return True


def _compared_years(part: Inputs) -> set[int]:
    """Return the years in which every edition gives somebody a score.

    The forms of a year ask for what its own edition needs: the columns of the
    other are there, from years before, and empty.
    """
    found: list[set[int]] = []
    for name in editions():
        framework = find_framework(name)
        try:
            items, _ = derive_items(part.reading.panel, framework)
            index = score(items, framework, part.method).nodes[framework.root].dropna()
        except InputError:
            return set()
        found.append({int(year) for year in index.index.get_level_values("year")})
    return set.intersection(*found)


def _regions_in(part: Inputs, year: int) -> set[str]:
    units = part.panel.assessed().units
    return set(units.xs(year, level="year")["region"])
