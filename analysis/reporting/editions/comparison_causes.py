"""Why the units of a report moved between the editions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.core.change import Edition
from analysis.core.comparing.attribution import CAUSES, Attribution, attribute, summarise_causes
from analysis.core.comparing.crosswalk import Crosswalk
from analysis.core.comparing.drawn_causes import causes_over_draws
from analysis.core.findings import InputError
from analysis.core.uncertainty.weights.draw_spec import WeightDraws
from analysis.core.uncertainty.weights.sample_weights import draw_weights
from analysis.reporting.opening import Opened
from analysis.reporting.report import Report

DRAWS = 500  # of the weights of both editions
SEED = 2021


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
    drawn : pandas.DataFrame or None
        How much each cause has in the shifts of the scope, one row a draw of
        admissible weights of both editions; None where they cannot be drawn.
    """

    whole: Attribution
    table: pd.DataFrame
    drawn: pd.DataFrame | None

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

    def share_first(self, cause: str) -> float:
        """Return the share of draws of weights in which no cause has more in the shifts."""
        if self.drawn is None:
            return float("nan")
        rounded = self.drawn.round(9)
        return float((rounded[cause] >= rounded.max(axis=1)).mean())

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
    whole = report.once("causes", lambda: _split(sides, crosswalk, report.year), whole=True)
    table = whole.table.set_index("unit")
    table.insert(0, "label", [report.unit_label(str(unit)) for unit in table.index])
    table.insert(1, "region", report.standing["region"].reindex(table.index).fillna(""))
    table = report.in_scope(table).reset_index()
    table = table.sort_values(["rank_new", "unit"], kind="stable").set_index("unit")
    drawn = report.once(
        "causes drawn", lambda: _drawn(sides, crosswalk, report.year, whole, list(table.index))
    )
    return Causes(whole, table, drawn)


def _split(sides: tuple[Opened, Opened], crosswalk: Crosswalk, year: int) -> Attribution:
    old, new = sides
    return attribute(
        old.panel, new.panel, old.framework, new.framework, old.method, new.method, year, crosswalk
    )


def _drawn(
    sides: tuple[Opened, Opened],
    crosswalk: Crosswalk,
    year: int,
    whole: Attribution,
    units: list[str],
) -> pd.DataFrame | None:
    old, new = (Edition(side.panel, side.framework, side.method) for side in sides)
    weights = [
        draw_weights(
            WeightDraws("uniform"), one.framework, DRAWS, np.random.default_rng([SEED, side])
        )
        for side, one in enumerate((old, new))
    ]
    try:
        return causes_over_draws(
            (old, new), year, crosswalk, (weights[0], weights[1]), list(whole.table["unit"]), units
        )
    except InputError:  # weights keyed on attributes, or items without a group
        return None
