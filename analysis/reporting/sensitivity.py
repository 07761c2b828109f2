"""How firm the ranks of a report are: draws of weights, and other choices of method."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.core.draws import QUANTILES, rank_draws
from analysis.core.weights import dirichlet_within_groups
from analysis.reporting.alternatives import Alternative, shifts
from analysis.reporting.report import LAST, Report, top_of

DRAWS = 2000
SEED = 2021
TEN = 10
FIRM = 0.95  # a place is firm if it holds in at least this share of the draws
NARROW = 5  # an interval of so many places is narrow
LEVELS = {
    "low": round(100 * QUANTILES["q05"]),
    "high": round(100 * QUANTILES["q95"]),
    "level": round(100 * (QUANTILES["q95"] - QUANTILES["q05"])),
    "sure": round(100 * FIRM),
    "rest": round(100 * (1 - FIRM)),
    "few": NARROW,
}


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What a report's ranks do when weights or method are others.

    Attributes
    ----------
    report : Report
    intervals : pandas.DataFrame
        See `draw_intervals`.
    shifts : pandas.DataFrame
        See `analysis.reporting.alternatives.shifts`.
    alternatives : tuple of Alternative
    """

    report: Report
    intervals: pd.DataFrame
    shifts: pd.DataFrame
    alternatives: tuple[Alternative, ...]

    @property
    def top(self) -> int:
        """How many places count as the top within the scope."""
        return top_of(len(self.intervals))


def open_sensitivity(report: Report) -> Sensitivity:
    """Return the sensitivity of a report's ranks."""
    return Sensitivity(report, draw_intervals(report), *shifts(report))


def draw_intervals(report: Report) -> pd.DataFrame:
    """Return how ranks vary with the weights of items, for the units of the scope.

    Weights are drawn anew for the items of every group, the weights of the
    groups staying as they are (`analysis.core.weights.dirichlet_within_groups`,
    concentration 1).

    Returns
    -------
    pandas.DataFrame
        Index ``unit``; ``label, region``; ``rank, median, q05, q95, p_top,
        p_ten`` among the units of the scope (all of them, or the region's);
        ``region_rank, p_last``: rank and probability of being in the last
        five within the region (missing without a region; ``p_last`` too in
        regions of fewer than ten). Best first.
    """
    weights = dirichlet_within_groups(report.framework, DRAWS, SEED)
    scored = report.current.dropna(subset=["score"])
    units = [str(unit) for unit in scored.index]
    top = top_of(len(units))
    among = rank_draws(report.scores, report.year, weights, units=units, top=top)
    ten = rank_draws(report.scores, report.year, weights, units=units, top=TEN)
    table = among.drop(columns="p_last").set_index("unit")
    table["p_ten"] = ten.set_index("unit")["p_top"]
    table.insert(0, "label", scored["label"])
    table.insert(1, "region", scored["region"])
    table["region_rank"] = scored["region_rank"].astype("Int64")
    last = pd.Series(dtype=float)
    for _, rows in scored[scored["region"] != ""].groupby("region", sort=True):
        if len(rows) >= 2 * LAST:
            within = [str(unit) for unit in rows.index]
            drawn = rank_draws(report.scores, report.year, weights, units=within, last=LAST)
            last = pd.concat([last, drawn.set_index("unit")["p_last"]])
    table["p_last"] = last.reindex(table.index)
    return table
