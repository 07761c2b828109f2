"""The same panel under two editions of the framework: scores, ranks, and how they agree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.core.catalogue import find_framework
from analysis.core.framework import Framework
from analysis.reporting.opening import Opened, score_reading
from analysis.reporting.report import Report

OLD, NEW = "mofcom-2016", "mofcom-2021"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Ranks of the year's units under two frameworks and one method.

    Attributes
    ----------
    report : Report
    old, new : Framework
    table : pandas.DataFrame
        Index ``unit``, best of the new framework first; columns ``label,
        region, rank_old, rank_new, region_rank_old, region_rank_new, shift,
        region_shift``. A shift counts the places won under the new framework.
        Units without a rank under one of the two are left out and counted in
        ``left_out``.
    left_out : int
    """

    report: Report
    old: Framework
    new: Framework
    table: pd.DataFrame
    left_out: int

    @cached_property
    def scope(self) -> pd.DataFrame:
        """The units of the report's scope, ranks and shifts within it.

        Index ``unit``; ``label, region, old, new, shift``: ranks among all
        units, or within the region where the report is on one.
        """
        prefix = "" if self.report.national else "region_"
        names = {f"{prefix}rank_old": "old", f"{prefix}rank_new": "new", f"{prefix}shift": "shift"}
        table = self.report.in_scope(self.table)
        return table[["label", "region", *names]].rename(columns=names)


def compare(report: Report) -> Comparison:
    """Score what was read under both editions, with the report's own method.

    Parameters
    ----------
    report : Report

    Returns
    -------
    Comparison
        All units of the year, whatever the report's scope.

    Raises
    ------
    InputError
        If the panel does not hold what one of the editions needs.
    """
    ranks = {}
    frameworks = {}
    for side, name in (("old", OLD), ("new", NEW)):
        frameworks[side] = find_framework(name)
        opened = score_reading(report.reading, frameworks[side], report.method)
        ranks[side] = _ranks(opened, report.year)
    both = ranks["new"].add_suffix("_new").join(ranks["old"].add_suffix("_old"))
    known = both.dropna(subset=["rank_new", "rank_old"])
    table = pd.DataFrame(
        {
            "label": [report.unit_label(str(unit)) for unit in known.index],
            "region": known["region_new"],
            **{
                name: known[name].astype("Int64")
                for name in ("rank_old", "rank_new", "region_rank_old", "region_rank_new")
            },
        },
        index=known.index,
    )
    table["shift"] = table["rank_old"] - table["rank_new"]
    table["region_shift"] = table["region_rank_old"] - table["region_rank_new"]
    order = table.reset_index().sort_values(["rank_new", "unit"]).index
    return Comparison(
        report=report,
        old=frameworks["old"],
        new=frameworks["new"],
        table=table.iloc[order],
        left_out=len(both) - len(known),
    )


def _ranks(opened: Opened, year: int) -> pd.DataFrame:
    rows = opened.scores.table
    rows = rows[(rows["year"] == year) & (rows["node"] == opened.framework.root)]
    return rows.set_index("unit")[["region", "rank", "region_rank"]]


@dataclass(frozen=True)
class Agreement:
    """How far two rankings agree.

    Attributes
    ----------
    units : int
    spearman : float
        Pearson's correlation of the ranks.
    same_order : float
        Share of pairs of units that stand in the same order under both; the
        pairs tied under either are left out. Kendall's tau is
        ``2 same_order - 1`` where there are no ties.
    mean_shift : float
        Mean of the absolute changes of rank.
    """

    units: int
    spearman: float
    same_order: float
    mean_shift: float


def agreement(old: pd.Series, new: pd.Series) -> Agreement:
    """Return how far two rankings of the same units agree.

    Parameters
    ----------
    old, new : pandas.Series
        Ranks, none missing, same index. They are ranked anew, so that ranks
        within a part of the units can come from ranks among all.

    Returns
    -------
    Agreement
        NaN where there are fewer than two units, and a correlation of NaN
        where all units tie.
    """
    a = old.astype(float).rank().to_numpy()
    b = new.astype(float).rank().to_numpy()
    upper = np.triu_indices(len(a), 1)
    product = np.sign(a[:, None] - a)[upper] * np.sign(b[:, None] - b)[upper]
    decided = product[product != 0]
    deviations = (a - a.mean()) @ (b - b.mean()) if len(a) else 0.0
    norm = np.sqrt(((a - a.mean()) ** 2).sum() * ((b - b.mean()) ** 2).sum()) if len(a) else 0.0
    return Agreement(
        units=len(a),
        spearman=float(deviations / norm) if norm else float("nan"),
        same_order=float((decided > 0).mean()) if len(decided) else float("nan"),
        mean_shift=float(np.abs(a - b).mean()) if len(a) > 1 else float("nan"),
    )


def same_items(old: Framework, new: Framework) -> tuple[str, ...]:
    """Return the new framework's items that the old one forms alike.

    Alike means by the same operation from the same inputs with the same
    scale and direction.
    """
    formed = {_formula(old, item) for item in old.items}
    return tuple(item for item in new.items if _formula(new, item) in formed)


def _formula(framework: Framework, item: str) -> tuple[object, ...]:
    node = framework.nodes.loc[item]
    scale = str(node["scale"])  # as a text, so that none (nan) equals none
    return (node["operation"], tuple(str(node["inputs"]).split()), scale, node["direction"])
