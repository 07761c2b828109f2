"""The report that a notebook opens: panel, framework, method, scores, and words for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.reading import Reading
from analysis.core.regions import Regions
from analysis.core.scores import Scores
from analysis.reporting import markdown as md
from analysis.reporting.evidence import banner
from analysis.reporting.inputs import EXTRAS
from analysis.reporting.once import once
from analysis.reporting.opening import Opened, check, load, score_reading
from analysis.reporting.style import use_style
from analysis.reporting.unit_labels import unit_labels
from analysis.texts import LANGUAGES, text

Made = TypeVar("Made")

ALL = "all"
SMALL = 150  # below this many units a "top" is a fifth of them, not thirty
LAST = 5


@dataclass(frozen=True, eq=False)
class Report:
    """What a notebook reports on, and the words to do so.

    Attributes
    ----------
    reading : Reading
        What was read, before items were derived from it.
    panel : Panel
        The items of the framework, scored unit-years only.
    framework, method : Framework, Method
    scores : Scores
        All years of the panel under this framework and method.
    year : int
        The data year.
    region : str
        ``"all"`` or a region of the panel.
    lang : {"zh", "en"}
    known_regions : Regions or None
        Names of the regions, where the framework lists them.
    findings : tuple of Finding
        From reading, deriving and scoring.
    inputs : str
        The folder that it was opened from, or ``""``.
    """

    reading: Reading
    panel: Panel
    framework: Framework
    method: Method
    scores: Scores
    year: int
    region: str
    lang: str
    known_regions: Regions | None = None
    findings: tuple[Finding, ...] = ()
    inputs: str = ""

    def extra(self, name: str) -> Path | None:
        """Return a further file of the inputs (see `Inputs.extras`), None where it is not there."""
        path = Path(self.inputs, EXTRAS, name)
        return path if self.inputs and path.is_file() else None

    def once(self, name: str, make: Callable[[], Made], *, whole: bool = False) -> Made:
        """Return what `make` returns, computed once for all reports that need it alike.

        Parameters
        ----------
        name : str
            Of what is made; it may depend on panel, framework, method and
            year, on the region too unless ``whole``, and on nothing else.
        make : callable
        whole : bool
        """
        if not self.inputs:
            return make()
        region = ALL if whole else self.region
        inputs = Path(self.inputs).resolve().name  # named by its content
        key = (name, inputs, self.framework.name, self.method.name, self.year, region)
        return once(key, make)

    # Words

    @property
    def synthetic(self) -> bool:
        """Whether the values are made up."""
        return self.panel.synthetic

    @property
    def national(self) -> bool:
        """Whether the report is on all units and not on one region."""
        return self.region == ALL

    @property
    def kind(self) -> str:
        """``"zones"`` for the ministry's frameworks, else ``"units"``: whose words to use."""
        return "zones" if self.framework.name.startswith("mofcom") else "units"

    def t(self, key: str, /, **values: object) -> str:
        """Return a text in the report's language, with the words for its units put in."""
        return text(key, self.lang, **{**self._words, **values})

    def say(self, key: str, /, **values: object) -> md.Markdown:
        """Return a text as Markdown, the strings put in escaped (see `markdown.sentence`)."""
        return md.sentence(key, self.lang, **{**self._words, **values})

    def markdown(
        self,
        frame: pd.DataFrame,
        *,
        decimals: int | Mapping[str, int] = 2,
        signed: Collection[str] = (),
        right: Collection[str] = (),
        note: str = "",
    ) -> md.Markdown:
        """Return a table as Markdown in the report's language (see `markdown.table`)."""
        return md.table(frame, self.lang, decimals=decimals, signed=signed, right=right, note=note)

    def banner(self) -> md.Markdown:
        """Return the callout that every report opens with."""
        return banner(self)

    @cached_property
    def _words(self) -> dict[str, object]:
        names = ("unit", "units", "Unit", "Units", "rank")
        words: dict[str, object] = {
            name: text(f"noun.{name}.{self.kind}", self.lang) for name in names
        }
        words["year"] = self.year
        return words

    # Names

    @property
    def scope_name(self) -> str:
        """Name of the region reported on, or the words for all of them."""
        if self.national:
            return text(f"scope.all.{self.kind}", self.lang)
        return self.region_label(self.region)

    def region_label(self, code: str) -> str:
        """Return the name of a region: the code itself where no name is known."""
        if not code:
            divided = any(self.region_codes)
            return text("scope.none" if divided else f"scope.all.{self.kind}", self.lang)
        if self.known_regions is not None and code in self.known_regions.codes:
            return self.known_regions.label(code, self.lang)
        return code

    def node_label(self, code: str) -> str:
        """Return the name of an item, a group or the index."""
        return self.framework.label(code, self.lang)

    def unit_label(self, unit: str) -> str:
        """Return the name of a unit in the report's language, else its code."""
        return str(self.labels.get(unit, unit))

    @cached_property
    def labels(self) -> pd.Series:
        """Name of every unit of the year, by unit."""
        return unit_labels(self.scores.units_in(self.year), self.lang)

    @cached_property
    def region_codes(self) -> tuple[str, ...]:
        """Regions of the year's units, as the set lists them, the empty one last."""
        present = {str(region) for region in self.standing["region"]}
        listed = self.known_regions.codes if self.known_regions is not None else ()
        ordered = [code for code in listed if code in present]
        ordered += sorted(present - set(ordered) - {""})
        return (*ordered, *([""] if "" in present else []))

    # Numbers

    @cached_property
    def values(self) -> pd.DataFrame:
        """Untreated values of the year: all scored units by items."""
        years = self.panel.values.index.get_level_values("year")
        rows = self.panel.values[years == self.year].droplevel("year")
        return rows[list(self.framework.items)]

    @cached_property
    def standing(self) -> pd.DataFrame:
        """The index of all units in the year, best first.

        Index ``unit``; columns ``label, region, score, rank, region_rank``.
        """
        return self.standing_of(self.framework.root, self.year)

    def standing_of(self, node: str, year: int) -> pd.DataFrame:
        """Return scores and ranks of a node in a year, as `standing` does."""
        rows = self.scores.table
        rows = rows[(rows["year"] == year) & (rows["node"] == node)]
        frame = rows.set_index("unit")[["region", "score", "rank", "region_rank"]]
        frame.insert(0, "label", [self.unit_label(str(unit)) for unit in frame.index])
        order = frame.reset_index().sort_values(["rank", "unit"], na_position="last").index
        return frame.iloc[order]

    @cached_property
    def current(self) -> pd.DataFrame:
        """`standing` for the units of the scope."""
        return self.in_scope(self.standing)

    def in_scope(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a frame with a column ``region`` that belong to the scope."""
        return frame if self.national else frame[frame["region"] == self.region]

    def node_scores(self, nodes: Collection[str], year: int | None = None) -> pd.DataFrame:
        """Return scores of nodes, all units of a year by nodes, units as in the panel."""
        rows = self.scores.table
        rows = rows[(rows["year"] == (year or self.year)) & rows["node"].isin(list(nodes))]
        return rows.pivot(index="unit", columns="node", values="score")[list(nodes)]

    @cached_property
    def previous_year(self) -> int | None:
        """The latest earlier year that was scored, or None."""
        years = [int(year) for year in self.scores.table["year"].unique() if year < self.year]
        return max(years, default=None)

    @cached_property
    def top(self) -> int:
        """How many places count as the top: 30, or a fifth where units are few."""
        return top_of(len(self.standing))


def top_of(units: int) -> int:
    """Return how many of ``units`` places count as the top."""
    return 30 if units >= SMALL else max(1, round(units / 5))


def open_report(
    *,
    inputs: str = "",
    framework: str = "",
    method: str = "",
    year: int = 2023,
    region: str = ALL,
    lang: str = "zh",
) -> Report:
    """Open the report that a notebook tells.

    Parameters
    ----------
    inputs : str
        Folder that `jingkai run` wrote: the panel as it was read,
        ``framework.csv`` and ``method.yml``. Empty: the shipped panel of the
        framework, else the demonstration panel.
    framework : str
        Name of a shipped framework or path of one; empty: the edition in
        force for the data year. With ``inputs`` the name that the framework
        there goes by.
    method : str
        Name or path; empty: the framework's default. With ``inputs`` the name
        that the method there goes by.
    year : int
        Data year.
    region : str
        ``"all"`` or a region of the panel.
    lang : {"zh", "en"}

    Returns
    -------
    Report

    Raises
    ------
    InputError
        With every parameter that cannot be used and what could be.
    """
    if lang not in LANGUAGES:
        raise InputError([Finding("error", "report.lang", {"lang": lang})])
    opened = score_reading(*load(inputs, framework, method, year))
    check(opened.panel, year, region, ALL)
    use_style(lang)
    return report_of(opened, year, region=region, lang=lang, inputs=inputs)


def report_of(
    opened: Opened, year: int, *, region: str = ALL, lang: str = "zh", inputs: str = ""
) -> Report:
    """Return the report on a year of what was opened; the parameters are those of `open_report`."""
    return Report(
        reading=opened.reading,
        panel=opened.panel,
        framework=opened.framework,
        method=opened.method,
        scores=opened.scores,
        year=year,
        region=region,
        lang=lang,
        known_regions=opened.regions,
        findings=opened.findings,
        inputs=inputs,
    )
