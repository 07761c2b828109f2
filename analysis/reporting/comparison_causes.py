"""Why the units of a report moved between the editions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.core.comparing.attribution import CAUSES, Attribution, attribute, summarise_causes
from analysis.core.comparing.crosswalk import Crosswalk
from analysis.reporting.opening import Opened
from analysis.reporting.report import Report


@dataclass(frozen=True, eq=False)
class Causes:
    """Shifts split into their causes.

    Attributes
    ----------
    whole : Attribution
        Of all units, whose places it speaks of.
    table : pandas.DataFrame
        Its rows for the units of the scope: index ``unit``, ``label, region``,
        then the columns of `Attribution.table`; best of the new edition first.
    """

    whole: Attribution
    table: pd.DataFrame

    @cached_property
    def summary(self) -> pd.DataFrame:
        """How much each cause has in the shifts of the scope, index ``cause``."""
        return summarise_causes(self.table).set_index("cause")

    @property
    def active(self) -> tuple[str, ...]:
        """The causes that move any unit, the largest first."""
        mean = self.summary["rank_mean"].sort_values(ascending=False, kind="stable")
        return tuple(str(cause) for cause in mean.index[mean > 0])

    @property
    def idle(self) -> tuple[str, ...]:
        """The causes that move none, since the editions do not differ in them."""
        return tuple(cause for cause in CAUSES if cause not in self.active)

    @cached_property
    def opposed(self) -> float:
        """Share of the units that move whose largest two parts pull in opposite directions."""
        parts = self.table[[f"rank_{cause}" for cause in self.active[:2]]].astype("float64")
        pulled = parts[(parts != 0).any(axis=1)]
        if pulled.shape[1] < 2 or pulled.empty:
            return float("nan")
        return float((pulled.prod(axis=1) < 0).mean())

    @cached_property
    def distinct(self) -> pd.DataFrame:
        """The rows of `Attribution.hybrids` in which no idle cause is switched."""
        hybrids = self.whole.hybrids
        return hybrids[~hybrids[list(self.idle)].any(axis=1)].reset_index(drop=True)


def open_causes(report: Report, sides: tuple[Opened, Opened], crosswalk: Crosswalk) -> Causes:
    """Split the shifts of all units of the year, and keep those of the report's scope."""
    old, new = sides
    whole = attribute(
        old.panel, new.panel, old.framework, new.framework, old.method, new.method,
        report.year, crosswalk,
    )  # fmt: skip
    table = whole.table.set_index("unit")
    table.insert(0, "label", [report.unit_label(str(unit)) for unit in table.index])
    table.insert(1, "region", report.standing["region"].reindex(table.index).fillna(""))
    table = report.in_scope(table).reset_index()
    table = table.sort_values(["rank_new", "unit"], kind="stable").set_index("unit")
    return Causes(whole, table)
