"""Names of lists, of what they sort by and of its units, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.core.catalogue import read_primitives
from analysis.core.framework import Framework
from analysis.core.regions import Regions
from analysis.reporting.markdown import MISSING, number
from analysis.texts import text
from analysis.zones.files import read_record
from analysis.zones.lists import ListRule, Measure, OneList
from analysis.zones.lists.rules import ALL, REGIONS

GAP_DECIMALS = 3


@dataclass(frozen=True, eq=False)
class Words:
    """Words for lists.

    Attributes
    ----------
    framework : Framework
    regions : Regions or None
    lang : {"zh", "en"}
    """

    framework: Framework
    regions: Regions | None
    lang: str

    @cached_property
    def _sources(self) -> Mapping[str, str]:
        known = read_record("sources.csv") if self.lang == "zh" else None
        return {} if known is None else dict(zip(known["source"], known["source_zh"], strict=True))

    @cached_property
    def _primitives(self) -> Mapping[str, Mapping[str, str]]:
        return read_primitives(self.framework.name)

    def t(self, key: str, /, **values: object) -> str:
        """Return a text of this part."""
        return text(f"lists.{key}", self.lang, **values)

    def region(self, code: str) -> str:
        """Return the name of a region, the code itself where none is known."""
        if self.regions is not None and code in self.regions.codes:
            return self.regions.label(code, self.lang)
        return code

    def title(self, one: OneList) -> str:
        """Return the name of a list, with its region."""
        name = one.rule.name(self.lang)
        if one.region == ALL:
            return name
        return self.t("title.region", name=name, region=self.region(one.region))

    def rule_title(self, rule: ListRule) -> str:
        """Return the name of what a rule makes."""
        name = rule.name(self.lang)
        if rule.scope == ALL:
            return name
        each = self.t("each_region") if rule.scope == REGIONS else self.region(rule.scope)
        return self.t("title.region", name=name, region=each)

    def column(self, code: str) -> str:
        """Return the name of a node or column, its code where none is known."""
        if code in self.framework.nodes.index:
            return self.framework.label(code, self.lang)
        return str(self._primitives.get(code, {}).get(f"name_{self.lang}") or code)

    def measure(self, measure: Measure) -> str:
        """Return the name of what a list sorts by or asks for."""
        name = self.column(measure.code)
        if measure.kind == "growth":
            return self.t("growth_of", name=name)
        if measure.kind == "score":
            return self.t("score_of", name=name)
        return name

    def unit(self, measure: Measure) -> str:
        """Return the unit of measure; ``""`` where it is not known."""
        if measure.kind == "score":
            return self.t("points")
        if measure.kind == "growth":
            return "%"
        if measure.code in self.framework.nodes.index:
            return self.framework.measure(measure.code, self.lang)
        return str(self._primitives.get(measure.code, {}).get(f"unit_{self.lang}") or "")

    def with_unit(self, measure: Measure) -> str:
        """Return what a list sorts by, with its unit in brackets."""
        unit = "" if measure.kind == "score" else self.unit(measure)
        name = self.measure(measure)
        return self.t("with_unit", name=name, unit=unit) if unit else name

    def value(self, measure: Measure, value: object, *, gap: bool = False) -> str:
        """Return a value as a table shows it: amounts with four digits or so, gaps finer."""
        if value is None or pd.isna(value):  # type: ignore[call-overload]
            return MISSING
        x = float(value)  # type: ignore[arg-type]
        if gap:
            return number(x, GAP_DECIMALS if measure.kind == "score" else 2)
        if measure.kind in ("score", "growth"):
            return number(x, 2)
        whole = (
            measure.code in self.framework.nodes.index
            and bool(self.framework.nodes.at[measure.code, "integer"])
        ) or self._primitives.get(measure.code, {}).get("integer") == "true"
        decimals = 0 if whole else 1 if abs(x) >= 100 else 2
        return number(x, decimals)

    def sorted_by(self, one: OneList) -> str:
        """Return what a list sorts by and who comes first in it."""
        name = self.with_unit(one.sorted_by)
        return name if one.sorted_by.highest else self.t("lowest_first", name=name)

    def condition(self, one: OneList) -> str:
        """Return the condition of a list; the words for none where it has none."""
        if one.condition is None:
            return self.t("no_condition")
        return self.t(
            "condition_more",
            name=self.measure(one.condition),
            above=f"{one.rule.above:g}",
            unit=self.unit(one.condition),
        )

    def source(self, rule: ListRule) -> str:
        """Return where a rule comes from, documents of the record in the language asked for."""
        parts = (part.strip() for part in rule.source.split("; "))
        return self.t("clauses").join(self._sources.get(part, part) for part in parts if part)

    def basis(self, word: str) -> str:
        """Return whether something was published or is assumed."""
        return self.t(f"basis.{word}")

    def reason(self, reason: str, since: object) -> str:
        """Return why a unit is not listed."""
        year = 0 if since is None or pd.isna(since) else int(since)  # type: ignore[call-overload]
        return self.t(f"reason.{reason}", year=year)
