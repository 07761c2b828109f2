"""What an audit finds: the rule, the cell, the numbers, and a question to the zone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.core.cells import shown
from analysis.core.findings import Severity
from analysis.core.framework import Framework
from analysis.core.regions import Regions
from analysis.texts import text
from analysis.zones.audit.evidence import BASES
from analysis.zones.audit.rules import Rule
from analysis.zones.files import read_record
from analysis.zones.registry import read_provinces

Number = float | int


@dataclass(frozen=True)
class Acceptance:
    """A value accepted with a reason.

    Attributes
    ----------
    reason : str
    by, on : str
        Who accepted it and when, as they wrote it.
    """

    reason: str
    by: str = ""
    on: str = ""


@dataclass(frozen=True)
class AuditFinding:
    """One thing that a rule found.

    Attributes
    ----------
    rule : Rule
    key : str
        Of the texts ``audit.message.<key>`` and ``audit.question.<key>``.
    severity : {"error", "warning", "note"}
        That of the rule, or less.
    year : int
    unit, code : str
        The cell; ``""`` where the finding is on all codes of a unit, or on a sum.
    value : float or None
        What the cell holds.
    numbers : mapping of str to number
        What the value was held against, by the name it has in the text.
    words : mapping of str to str
        Words of the input, quoted in the text.
    codes : mapping of str to tuple of str
        Other columns that the text names.
    accepted : Acceptance or None
    """

    rule: Rule
    key: str
    severity: Severity
    year: int
    unit: str = ""
    code: str = ""
    value: float | None = None
    numbers: Mapping[str, Number] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accepted: Acceptance | None = None

    @property
    def mark(self) -> str:
        """What a reason is for: rule, cell, value and the numbers it was held against.

        The robust z is no part of it: it moves with what others report.
        """
        numbers = {k: float(v) for k, v in self.numbers.items() if not k.startswith("z_")}
        told = (self.rule.id, self.key, self.unit, self.year, self.code, self.value)
        content = json.dumps([told, numbers, dict(self.words)], sort_keys=True, default=float)
        # A letter before it, or a spreadsheet might take it for a number.
        return "m" + hashlib.sha256(content.encode()).hexdigest()[:12]


@dataclass(frozen=True, eq=False)
class Labels:
    """Names of columns and regions in both languages, and of sources in Chinese."""

    names: Mapping[str, Mapping[str, str]]
    regions: Regions | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    provinces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def code(self, code: str, lang: str) -> str:
        """Return a column's name in ``lang``; its code where no name is known."""
        return self.names.get(lang, {}).get(code) or code

    def region(self, code: str, lang: str) -> str:
        """Return a region's name in ``lang``; its own word where it is no code of the set."""
        if self.regions is not None and code in self.regions.codes:
            return self.regions.label(code, lang)
        return code

    def group(self, scope: str, group: str, lang: str) -> str:
        """Return the region or province over which a sum goes, in ``lang``."""
        if scope == "province":
            return self.provinces.get(lang, {}).get(group, group)
        return self.region(group, lang)

    def source(self, source: str, lang: str) -> str:
        """Return a source in ``lang``: as it is where no name in Chinese is known."""
        return self.sources.get(source, source) if lang == "zh" else source


def labels_of(framework: Framework, regions: Regions | None = None) -> Labels:
    """Return the names of a framework's items and of the primitives that are described."""
    primitives = read_record("demo/primitives.csv").set_index("code")
    names: dict[str, dict[str, str]] = {}
    for lang in ("zh", "en"):
        names[lang] = {str(c): str(n) for c, n in primitives[f"name_{lang}"].items()}
        names[lang] |= {item: framework.label(item, lang) for item in framework.items}
    sources = read_record("sources.csv").set_index("source")["source_zh"].dropna()
    known = read_provinces()
    provinces = {lang: {str(k): str(v) for k, v in known[lang].items()} for lang in ("zh", "en")}
    return Labels(names, regions, {str(k): str(v) for k, v in sources.items()}, provinces)


def plain(number: Number) -> str:
    """Return a number as a person writes it: all of its digits, no exponent."""
    if isinstance(number, int) or float(number).is_integer():
        return str(int(number))
    return np.format_float_positional(number, trim="-")


def message(finding: AuditFinding, labels: Labels, lang: str) -> str:
    """Return a finding as a sentence in ``lang``, with its numbers."""
    return text(f"audit.message.{finding.key}", lang, **_values(finding, labels, lang))


def question(finding: AuditFinding, labels: Labels, lang: str) -> str:
    """Return the question to the zone: the rule's own, else that of its kind."""
    own = finding.rule.question(lang)
    return own or text(f"audit.question.{finding.key}", lang, **_values(finding, labels, lang))


def _bases(words: str, lang: str) -> str:
    """Return words of the evidence, the form's codes of a basis as the form says them."""
    parts = words.split(" / ")
    return " / ".join(text(f"form.basis.{w}", lang) if w in BASES else w for w in parts)


def _values(finding: AuditFinding, labels: Labels, lang: str) -> dict[str, object]:
    join = text("audit.join", lang)
    values: dict[str, object] = {
        "name": labels.code(finding.code, lang),
        "year": finding.year,
        "before_year": finding.year - 1,
    }
    if finding.value is not None:
        values["value"] = plain(finding.value)
    values |= {key: plain(number) for key, number in finding.numbers.items()}
    values |= {key: shown(word) for key, word in finding.words.items()}
    if finding.key == "evidence_changed":
        values |= {key: shown(_bases(finding.words[key], lang)) for key in ("before", "now")}
    for key, codes in finding.codes.items():
        values[key] = join.join(labels.code(code, lang) for code in codes)
    if "fields" in finding.words:
        columns = finding.words["fields"].split(", ")
        values["fields"] = join.join(text(f"audit.column.{column}", lang) for column in columns)
    if "source" in finding.words:
        source = labels.source(finding.words["source"], lang)
        values["source"] = shown(source) if source else text("audit.no_source", lang)
    if "region" in finding.words:
        scope, group = finding.words.get("scope", "region"), finding.words["region"]
        values["region"] = shown(labels.group(scope, group, lang))
    return values
