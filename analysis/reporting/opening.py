"""What a report is opened from: inputs that a run wrote, or what is shipped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from analysis.core.catalogue import default_regions
from analysis.core.derive import derive_items
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method, read_method
from analysis.core.panel import Panel
from analysis.core.read_framework import read_framework
from analysis.core.reading import Reading, load_reading
from analysis.core.regions import Regions
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.reporting.inputs import Request, read_inputs
from analysis.zones.editions import framework_for


@dataclass(frozen=True, eq=False)
class Opened:
    """A panel scored by a framework and a method.

    Attributes
    ----------
    reading : Reading
        What was read, before items were derived from it.
    panel : Panel
        The items, scored unit-years only.
    framework, method : Framework, Method
    scores : Scores
    regions : Regions or None
        The framework's own set of regions, if it has one.
    findings : tuple of Finding
        From reading, deriving and scoring.
    """

    reading: Reading
    panel: Panel
    framework: Framework
    method: Method
    scores: Scores
    regions: Regions | None
    findings: tuple[Finding, ...]


def load(inputs: str, framework: str, method: str, year: int) -> tuple[Reading, Framework, Method]:
    """Return panel as read, framework and method (see `report.open_report`)."""
    if inputs:
        folder = Path(inputs)
        held = read_framework(folder / "framework.csv")
        how = read_method(folder / "method.yml")
        if framework:
            held = replace(held, name=Path(framework).stem)
        if method:
            how = replace(how, name=Path(method).stem)
        return load_reading(folder), held, how
    asked = Request(framework=framework or framework_for(year), method=method)
    shipped = read_inputs(asked, all_years=True)[0]
    return shipped.reading, shipped.framework, shipped.method


def score_reading(reading: Reading, framework: Framework, method: Method) -> Opened:
    """Derive the items of a framework from what was read, and score them.

    Raises
    ------
    InputError
        If items are neither there nor derivable, or cannot be scored.
    """
    derived, notes = derive_items(reading.panel, framework)
    scores = score(derived, framework, method)
    return Opened(
        reading=reading,
        panel=derived.assessed(),
        framework=framework,
        method=method,
        scores=scores,
        regions=default_regions(framework.name),
        findings=(*reading.findings, *notes, *scores.findings),
    )


def check(panel: Panel, year: int, region: str, everywhere: str) -> None:
    """Raise `InputError` unless the panel has the year, and the region in it."""
    if year not in panel.years:
        values = {"year": year, "years": ", ".join(map(str, panel.years))}
        raise InputError([Finding("error", "report.year", values)])
    here = panel.units.xs(year, level="year")["region"]
    known = [everywhere, *sorted({str(word) for word in here if word})]
    if region not in known:
        values = {"year": year, "region": region, "regions": ", ".join(known)}
        raise InputError([Finding("error", "report.region", values)])
