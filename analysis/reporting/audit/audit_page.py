"""The audit of a year as a report tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.derive import derive_items
from analysis.reporting.audit.audit_beside import Beside, in_extras
from analysis.reporting.audit.audit_work import AuditWork, audit_of
from analysis.reporting.inputs import EXTRAS
from analysis.reporting.report import Report
from analysis.reporting.unit_labels import unit_labels
from analysis.zones.audit.check_totals import Sum, sums
from analysis.zones.audit.check_values import Changes, changes_in
from analysis.zones.audit.findings import AuditFinding
from analysis.zones.audit.rules import Jump, Published, Rule, Totals, kind_of

GROUPS = ("range", "missing", "jump", "identity", "total", "digits", "evidence")
TOGETHER = 5
"""So many jumps in one unit are told as one: they are likely to have one cause."""


@dataclass(frozen=True, eq=False)
class AuditPage:
    """An audit and the report that it is told in.

    Attributes
    ----------
    report : Report
    work : AuditWork
    """

    report: Report
    work: AuditWork

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of every unit of the year, assessed or not."""
        units = self.report.reading.panel.units
        here = units[units.index.get_level_values("year") == self.report.year]
        labels = unit_labels(here.droplevel("year"), self.report.lang)
        return {str(unit): str(name) for unit, name in labels.items()}

    def name(self, unit: str) -> str:
        """Return a unit's name, for a sum the words for all units."""
        return self.names.get(unit, unit) if unit else self.report.t("audit.page.sums")

    def code(self, code: str) -> str:
        """Return a column's name, for a finding on a whole form the words for it."""
        if not code:
            return self.report.t("audit.page.whole_form")
        return self.work.labels.code(code, self.report.lang)

    @cached_property
    def regions(self) -> dict[str, str]:
        """Region of every unit of the year."""
        codes = map(str, self.work.data.of_year("region"))
        return dict(zip(self.work.data.names, codes, strict=True))

    @cached_property
    def region_codes(self) -> tuple[str, ...]:
        """Regions of the year's units: as the report lists them, any other after them."""
        present = set(self.regions.values())
        known = [code for code in self.report.region_codes if code in present]
        return (*known, *sorted(present - set(known)))

    # The rules

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, in their order."""
        return tuple(outcome.rule for outcome in self.work.outcomes)

    @cached_property
    def jump_rules(self) -> tuple[Jump, ...]:
        """The rules on changes that hold in the year."""
        year = self.work.data.year
        return tuple(r for r in self.rules if isinstance(r, Jump) and year not in r.breaks)

    @cached_property
    def jumps(self) -> dict[str, tuple[AuditFinding, ...]]:
        """The open findings on changes, by unit."""
        found: dict[str, list[AuditFinding]] = {}
        for finding in self.work.open:
            if isinstance(finding.rule, Jump):
                found.setdefault(finding.unit, []).append(finding)
        return {unit: tuple(each) for unit, each in found.items()}

    @cached_property
    def together(self) -> tuple[str, ...]:
        """Units in which `TOGETHER` or more columns jump at once, most first."""
        counts = {unit: len(each) for unit, each in self.jumps.items() if len(each) >= TOGETHER}
        return tuple(sorted(counts, key=lambda unit: (-counts[unit], unit)))

    def changes(self, *, times: float = 1.0) -> Iterable[tuple[Jump, str, Changes]]:
        """Give every column that a rule on changes is on, with its changes."""
        data = self.work.data
        for rule in self.jump_rules:
            for code in rule.of(data.all_codes, data.asked):
                yield rule, code, changes_in(rule, data, code, times=times)

    @cached_property
    def sums(self) -> tuple[Sum, ...]:
        """Every sum that is held against a total, given ones first."""
        rules = [rule for rule in self.rules if isinstance(rule, Totals | Published)]
        return tuple(one for rule in rules for one in sums(rule, self.work.data))

    @cached_property
    def noticed(self) -> pd.DataFrame:
        """Share of changes that would be named if the value alone were so many times as large.

        Index: ids of the rules on logarithms that could judge anything;
        columns: the `FACTORS`; values between 0 and 1. Only the rules on
        changes are asked; what is named anyway is left out.
        """
        table: dict[str, dict[float, float]] = {}
        as_reported = {(rule.id, code): seen for rule, code, seen in self.changes()}
        for times in FACTORS:
            hits: Counter[str] = Counter()
            cells: Counter[str] = Counter()
            for rule, code, seen in self.changes(times=times):
                if rule.scale != "log":
                    continue
                quiet = seen.judged & ~as_reported[(rule.id, code)].hits
                hits[rule.id] += int((seen.hits & quiet).sum())
                cells[rule.id] += int(quiet.sum())
            for name, count in cells.items():
                if count:
                    table.setdefault(name, {})[times] = hits[name] / count
        return pd.DataFrame.from_dict(table, orient="index", columns=list(FACTORS))

    @cached_property
    def values_of(self) -> dict[str, NDArray[np.bool_]]:
        """Which assessed units have a value, by column reported."""
        data = self.work.data
        return {code: ~np.isnan(data.values(code)) & data.assessed for code in data.codes}


FACTORS = (1.1, 1.2, 1.5, 2.0, 10.0, 0.1)


def group_of(rule: Rule) -> str:
    """Return which of `GROUPS` a rule belongs to."""
    return kind_of(rule).split(".")[0]


def of_group(findings: Sequence[AuditFinding], group: str) -> list[AuditFinding]:
    """Return the findings of the rules of a group."""
    return [finding for finding in findings if group_of(finding.rule) == group]


def open_audit(report: Report) -> AuditPage:
    """Audit the year of a report, with what stands beside its panel.

    Rules, evidence, totals and acceptances are found among the extras of the
    report's inputs (`analysis.reporting.audit.audit_beside`).

    Raises
    ------
    InputError
        With every problem of these files.
    """
    found = report.reading.panel
    items, _ = derive_items(found, report.framework)
    folder = Path(report.inputs, EXTRAS)
    here = bool(report.inputs) and folder.is_dir()
    beside = in_extras(folder, report.year) if here else Beside()
    work = audit_of(report.reading, items, report.framework, report.year, beside)
    return AuditPage(report, work)
