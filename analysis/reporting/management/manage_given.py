"""What a user keeps beside the panel: settings, events, talks, provincial candidates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pandas as pd

from analysis.core.derive import derive_items
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.panel import Panel
from analysis.core.read_panel import read_panel
from analysis.core.regions import Regions
from analysis.paths import data_dir
from analysis.reporting.management.manage_settings import ManageSettings
from analysis.reporting.management.read_settings import read_settings
from analysis.zones.management import no_events, read_events
from analysis.zones.management.read_events import table_of_words

NAMES: Mapping[str, tuple[str, ...]] = {
    "settings": ("manage.yml",),
    "events": ("events.csv", "events.xlsx"),
    "talks": ("talks.csv", "talks.xlsx"),
    "candidates": ("candidates.csv", "candidates.xlsx"),
}
ABOUT = "candidates.about.yml"

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Given:
    """What stands beside the panel, read and checked.

    Attributes
    ----------
    settings : ManageSettings
    events : pandas.DataFrame
        From `analysis.zones.management.check_events`.
    talks : pandas.DataFrame or None
        What was asked in talks, as text.
    candidates : Panel or None
        Items of the provincial zones.
    sources : mapping of str to str
        Names of the files that were read, by kind.
    notes : tuple of Finding
        What was found in the candidates short of an error.
    """

    settings: ManageSettings = field(default_factory=ManageSettings)
    events: pd.DataFrame = field(default_factory=no_events)
    talks: pd.DataFrame | None = None
    candidates: Panel | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Finding, ...] = ()


def sources_in(folder: Path) -> dict[str, Path]:
    """Return the files of each kind that a folder holds."""
    return {
        kind: folder / name
        for kind, names in NAMES.items()
        for name in reversed(names)
        if (folder / name).is_file()
    }


def demonstration_sources() -> dict[str, Path]:
    """Return the files that go with the demonstration panel, all made up."""
    return sources_in(data_dir() / "demo")


def read_given(
    sources: Mapping[str, Path],
    assessed: pd.DataFrame,
    framework: Framework,
    regions: Regions | None,
) -> tuple[Given, list[Finding]]:
    """Read everything that stands beside the panel.

    Parameters
    ----------
    sources : mapping of str to pathlib.Path
        By kind (`NAMES`); a kind may be left out.
    assessed : pandas.DataFrame
        ``year, unit``: what the events have to fit.
    framework : Framework
        Of the provincial candidates: that of the national zones.
    regions : Regions or None

    Returns
    -------
    Given
        With what could be read.
    list of Finding
        Every problem there is.
    """
    problems: list[Finding] = []

    def tried(kind: str, read: Callable[[Path], Found]) -> Found | None:
        if kind not in sources:
            return None
        try:
            return read(sources[kind])
        except InputError as error:
            problems.extend(error.findings)
            return None

    settings = tried("settings", read_settings)
    events = tried("events", lambda path: read_events(path, assessed))
    talks = tried("talks", lambda path: table_of_words(path)[0])
    candidates = tried("candidates", lambda path: _candidates(path, framework, regions))
    given = Given(
        settings=settings or ManageSettings(),
        events=no_events() if events is None else events,
        talks=talks,
        candidates=candidates[0] if candidates else None,
        sources={kind: path.name for kind, path in sources.items()},
        notes=candidates[1] if candidates else (),
    )
    return given, problems


def _candidates(
    path: Path, framework: Framework, regions: Regions | None
) -> tuple[Panel, tuple[Finding, ...]]:
    reading = read_panel(path, framework, regions=regions)
    panel, notes = derive_items(reading.panel, framework)
    # What is merely of note in such a table is of no interest in the report on the zones.
    return panel, tuple(found for found in (*reading.findings, *notes) if found.severity != "note")
