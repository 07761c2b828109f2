"""The published record that a notebook opens: the tables of ``data/``, and words for them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.core.catalogue import find_regions
from analysis.core.regions import Regions
from analysis.reporting import markdown as md
from analysis.reporting.style import use_style
from analysis.texts import LANGUAGES, text
from analysis.zones.aggregates import read_aggregates, read_bases
from analysis.zones.editions import read_editions
from analysis.zones.files import read_record
from analysis.zones.published import (
    TopList,
    Turnover,
    read_lists,
    read_rank_changes,
    read_results,
    top_list,
    turnover,
)
from analysis.zones.registry import read_provinces, read_zones, zone_names

# Totals of all zones that the report follows over the years.
AMOUNTS = ("gdp", "trade", "fdi")
TOTALS = (
    *AMOUNTS,
    "hightech-firms",
    "incubators",
    "rd-institutions",
    "large-manufacturers",
    "listed-firms",
)
# How readers of Chinese and of English count: factor on the unit of the series.
_SHOWN_IN = {
    "cny_bn": (0.001, 0.001),
    "usd_bn": (10.0, 1.0),
    "count_10k": (1.0, 10.0),
    "count": (1.0, 1.0),
}


@dataclass(frozen=True, eq=False)
class Record:
    """What was published of the assessment, in the language of the report.

    Attributes
    ----------
    lang : {"zh", "en"}
    zones, results, lists, changes : pandas.DataFrame
        Registry, published places, names of the lists, reported moves.
    aggregates, bases, editions, provinces, sources : pandas.DataFrame
        Published totals and their bases, rounds, provinces, primary documents.
    regions : Regions
    """

    lang: str
    zones: pd.DataFrame
    results: pd.DataFrame
    lists: pd.DataFrame
    changes: pd.DataFrame
    aggregates: pd.DataFrame
    bases: pd.DataFrame
    editions: pd.DataFrame
    provinces: pd.DataFrame
    sources: pd.DataFrame
    regions: Regions

    # Words

    def t(self, key: str, /, **values: object) -> str:
        """Return a text in the report's language."""
        return text(key, self.lang, **values)

    def say(self, key: str, /, **values: object) -> md.Markdown:
        """Return a text as Markdown, the strings put in escaped."""
        return md.sentence(key, self.lang, **values)

    def markdown(
        self,
        frame: pd.DataFrame,
        *,
        decimals: int | Mapping[str, int] = 2,
        signed: Collection[str] = (),
        note: str = "",
    ) -> md.Markdown:
        """Return a table as Markdown in the report's language (see `markdown.table`)."""
        return md.table(frame, self.lang, decimals=decimals, signed=signed, note=note)

    # Names

    @cached_property
    def names(self) -> pd.Series:
        """Short name of every zone, by id."""
        return zone_names(self.zones, self.lang)

    def zone(self, zone: str) -> str:
        """Return the short name of a zone."""
        return str(self.names[zone])

    def join(self, words: Collection[str]) -> str:
        """Return words as an enumeration; a dash where there are none."""
        return self.t("join").join(words) if words else self.t("dash")

    def region(self, code: str) -> str:
        """Return the name of a region."""
        return self.regions.label(code, self.lang)

    def province(self, zone: str) -> str:
        """Return the name of the province a zone lies in."""
        return str(self.zones.at[zone, f"province_{self.lang}"])

    def list_name(self, code: str) -> str:
        """Return the name of a list."""
        return str(self.lists.at[code, f"name_{self.lang}"])

    def source(self, source: str) -> str:
        """Return a primary document as the report cites it."""
        return source if self.lang == "en" else str(self.sources.at[source, "source_zh"])

    def pair_name(self, change: Turnover) -> str:
        """Return the name of a step from one round to a later one."""
        rounds = change.after - change.before
        key = "record.pair" if rounds == 1 else "record.pair.rounds"
        return self.t(key, before=change.before, after=change.after, rounds=rounds)

    def replaced(self, change: Turnover) -> str:
        """Return the number of places that changed hands, or its bounds."""
        if change.exact:
            return str(change.low)
        return self.t("record.range", low=change.low, high=change.high)

    # Numbers

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Data years of the rounds on record, ascending."""
        return tuple(int(year) for year in sorted(self.editions.index))

    @cached_property
    def tops(self) -> Mapping[int, TopList]:
        """The overall top 30 of every round, as far as it is known."""
        return {year: top_list(self.results, year) for year in self.years}

    @cached_property
    def turnovers(self) -> tuple[Turnover, ...]:
        """Change from round to round, then from one complete list to the next one."""
        pairs = list(zip(self.years, self.years[1:], strict=False))
        whole = [year for year in self.years if self.tops[year].complete]
        pairs += [pair for pair in itertools.pairwise(whole) if pair not in pairs]
        return tuple(turnover(self.tops[before], self.tops[after]) for before, after in pairs)

    def changes_edition(self, change: Turnover) -> bool:
        """Whether the edition of the measures changed between two rounds."""
        frameworks = self.editions["framework"]
        return bool(frameworks[change.before] != frameworks[change.after])


def open_record(*, lang: str = "zh") -> Record:
    """Open the published record.

    Raises
    ------
    ValueError
        If the language is neither ``zh`` nor ``en``.
    """
    if lang not in LANGUAGES:
        raise ValueError(text("finding.report.lang", "en", lang=lang))
    use_style(lang)
    regions = find_regions("mofcom")
    return Record(
        lang=lang,
        zones=read_zones(),
        results=read_results(),
        lists=read_lists(),
        changes=read_rank_changes(),
        aggregates=read_aggregates(),
        bases=read_bases(),
        editions=read_editions(),
        provinces=read_provinces(),
        sources=read_record("sources.csv").set_index("source"),
        regions=regions,
    )


def shown_in(record: Record, rows: pd.DataFrame) -> pd.Series:
    """Return the factor that puts the values of a series in the units of the page."""
    return rows["unit"].map(lambda unit: _SHOWN_IN[unit][record.lang == "en"])
