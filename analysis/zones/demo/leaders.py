"""What the first thirty by the index hold of regional product, brought to what was published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from analysis.core.catalogue import default_method, find_framework, find_method
from analysis.core.derive import derive_items
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.score import score
from analysis.zones.demo import settings as s
from analysis.zones.demo.calibrate import BoolArray, FloatArray
from analysis.zones.demo.draw import Zones

FIRST = 30


@dataclass(frozen=True, eq=False)
class Shift:
    """How far the first thirty are from their shares, and what would bring them there.

    Attributes
    ----------
    shares : tuple of float
        Of regional product, in the two years of `settings.LEADERS`.
    growth : float
        Of the later year's first thirty since the earlier year, in per cent.
    steps : ndarray, shape (years, zones)
        To be added to the logarithm of regional product.
    """

    shares: tuple[float, float]
    growth: float
    steps: FloatArray


def settled(shift: Shift) -> bool:
    """Return whether shares and growth are what was published."""
    share, growth = s.LEADERS_TOLERANCE
    apart = [abs(a - b) for a, b in zip(shift.shares, s.LEADERS.shares, strict=True)]
    return max(apart) < share and abs(shift.growth - s.LEADERS.growth) < growth


def shift(panel: Panel, zones: Zones) -> Shift:
    """Compare the first thirty of a panel with `settings.LEADERS`.

    The zones are scored by the framework in force and its default method.
    Steps are the same for all years up to the first of the two and for all
    after it, so growth is touched in one year only.
    """
    early, late = (s.YEARS.index(year) for year in s.LEADERS.years)
    one, other = _first(panel, zones)
    product = _product(panel, zones)
    before, after = product[early], product[late]
    share = s.LEADERS.shares
    factor_late = np.where(other, share[1] / _part(after, other), 1.0)
    factor_late[~other] = (1 - share[1]) / (1 - _part(after, other))
    wanted = share[1] * after.sum() / (1 + s.LEADERS.growth / 100) / before.sum()
    factor_early = np.ones_like(before)
    for _ in range(200):  # proportional fitting of two overlapping parts
        for members, goal in ((one, share[0]), (other, wanted)):
            part = _part(before * factor_early, members)
            factor_early *= np.where(members, goal / part, (1 - goal) / (1 - part))
    years = np.arange(len(s.YEARS))[:, None]
    steps = np.where(years <= early, np.log(factor_early), np.log(factor_late))
    growth = 100 * (after[other].sum() / before[other].sum() - 1)
    return Shift((_part(before, one), _part(after, other)), float(growth), steps)


def _part(values: FloatArray, members: BoolArray) -> float:
    return float(values[members].sum() / values.sum())


def _product(panel: Panel, zones: Zones) -> FloatArray:
    """Return regional product of the zones that count, 0 for the others."""
    product = np.zeros(zones.present.shape)
    product[zones.present] = _by_year(panel, "gdp", zones)
    return np.where(zones.counted, product, 0.0)


def _by_year(panel: Panel, code: str, zones: Zones) -> FloatArray:
    """Return one column in the order of the draw: the panel itself is sorted."""
    order = zones.units[np.nonzero(zones.present)[1]]
    years = np.array(s.YEARS)[np.nonzero(zones.present)[0]]
    return panel.values[code].reindex([*zip(years, order, strict=True)]).to_numpy()


def _first(panel: Panel, zones: Zones) -> tuple[BoolArray, BoolArray]:
    """Return who is among the first thirty in the two years."""
    framework, method = _rules()
    years = range(s.LEADERS.years[0] - 1, s.LEADERS.years[1] + 1)
    rows = panel.values.index.get_level_values("year").isin(years)
    part = Panel(panel.values[rows], panel.units[rows])
    index = score(derive_items(part, framework)[0], framework, method).node(framework.root)
    found = []
    for year in s.LEADERS.years:
        scores = index.loc[year].reindex(zones.units).to_numpy()
        found.append(rank_scores(scores, method.ranking.decimals) <= FIRST)
    return found[0], found[1]


@cache
def _rules() -> tuple[Framework, Method]:
    name = s.LEADERS.framework
    return find_framework(name), find_method(default_method(name))
