"""Composing the primitives of one draw, each from its base, factors and noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.zones.demo import settings as s
from analysis.zones.demo.calibrate import (
    BoolArray,
    CalibrationError,
    FloatArray,
    logistic,
    numbers,
    shares,
    spread_to_share,
    total,
    whole_numbers,
)
from analysis.zones.demo.draw import Noise, Zones
from analysis.zones.demo.levels import Level
from analysis.zones.demo.specs import SPECS, Form, Spec

Columns = dict[str, FloatArray]


@dataclass(frozen=True, eq=False)
class Step:
    """What one primitive is made from; arrays are years by zones.

    Attributes
    ----------
    spec : Spec
    level : Level
    columns : dict
        The primitives made so far.
    zones : Zones
    noise : Noise
    """

    spec: Spec
    level: Level
    columns: Columns
    zones: Zones
    noise: Noise

    @property
    def mask(self) -> BoolArray:
        """Zones over which the level is taken.

        Ratios are published with their change, which is that of zones there
        in both years: who leaves is left out of them.
        """
        if self.level.kind in ("pooled_ratio", "part_share"):
            return self.zones.staying
        return self.zones.listed if self.level.kind == "sum_listed" else self.zones.counted

    @property
    def score(self) -> FloatArray:
        """Loadings on factors, the zone's own parts and its region's, summed up."""
        score = np.array(self.spec.regions)[self.zones.region]
        score = score + self.noise.permanent + self.noise.moving
        for name, loading in self.spec.loadings.items():
            score = score + loading * self.zones.factors[name]
        return self._settled(score)

    @property
    def weights(self) -> FloatArray:
        """``base ** elasticity * exp(score)``."""
        weights = np.exp(self.score)
        if self.spec.base:
            base = self._settled(np.log(self.columns[self.spec.base]))
            weights = weights * np.exp(self.spec.elasticity * base)
        return weights

    @property
    def goal(self) -> FloatArray:
        """What the primitive is to add up to each year."""
        if self.level.kind == "pooled_ratio":
            return self.level.values * total(self.columns[self.level.per], self.mask)
        return self.level.values

    def _settled(self, values: FloatArray) -> FloatArray:
        """Return the mean over the years, in every year, where the spec is static."""
        if self.spec.static:
            return np.broadcast_to(values.mean(axis=0), values.shape)
        return values


def compose(
    zones: Zones, noise: dict[str, Noise], levels: dict[str, Level], adjustment: FloatArray
) -> Columns:
    """Return every primitive, shape (years, zones), in full precision.

    Parameters
    ----------
    zones : Zones
    noise : dict of Noise
        For each code of `settingSPECS`.
    levels : dict of Level
    adjustment : ndarray, shape (years, zones)
        Added to the logarithm of regional product, on which the rest hangs.

    Raises
    ------
    CalibrationError
        If a level cannot be met.
    """
    product = np.exp(zones.log_gdp + adjustment)
    factor = levels["gdp"].values / total(product, zones.counted)
    columns = {"gdp": product * factor[:, None]}
    for spec in SPECS:
        step = Step(spec, levels[spec.code], columns, zones, noise[spec.code])
        columns |= _FORMS[spec.form](step)
        if spec.code == "va3":
            columns["va2"] = columns["gdp"] - columns["va1"] - columns["va3"]
    return columns


def _amount(step: Step) -> Columns:
    weights, mask = step.weights, step.mask
    if step.level.kind == "median":
        reached = np.nanmedian(np.where(mask, weights, np.nan), axis=1)
        return {step.spec.code: weights * (step.goal / reached)[:, None]}
    if step.spec.code in s.FIRST_TEN:
        weights = _with_first_ten(step.spec.code, weights, step.goal, mask)
    return {step.spec.code: weights * (step.goal / total(weights, mask))[:, None]}


def _with_first_ten(
    code: str, weights: FloatArray, goal: FloatArray, mask: BoolArray
) -> FloatArray:
    """Spread permanent differences so that the first ten hold the published share.

    An exponent on them gets near. Where the ten must also have grown, who is
    among them depends on the exponent in turn; the rest is put right by a
    factor on those ten in all years, which leaves their growth alone.
    """
    wanted = s.FIRST_TEN[code]
    year = s.YEARS.index(wanted.year)
    logs = np.log(weights)
    permanent = logs.mean(axis=0)
    ahead = np.maximum(permanent - np.sort(permanent)[-5], 0.0)
    logs = logs - (1 - s.DRAWN_IN) * ahead
    permanent = permanent - (1 - s.DRAWN_IN) * ahead

    def values(spread: FloatArray) -> FloatArray:
        return np.asarray(spread * (goal / total(spread, mask))[:, None])

    def first_ten(amounts: FloatArray, eligible: BoolArray) -> tuple[NDArray[np.intp], float]:
        order = np.argsort(np.where(eligible, -amounts, 0.0), kind="stable")[:10]
        return order, float(amounts[order].sum() / goal[year])

    def at(exponent: float) -> FloatArray:
        return np.asarray(np.exp(logs + (exponent - 1) * permanent))

    before = _eligible(values(at(1.0)), mask, year, wanted.growing)
    exponent = spread_to_share(lambda x: first_ten(values(at(x))[year], before)[1], wanted.share)
    spread = at(exponent)
    for _ in range(s.ROUNDS):
        amounts = values(spread)
        members, share = first_ten(amounts[year], _eligible(amounts, mask, year, wanted.growing))
        growth = amounts[year] / amounts[year - 1] - 1
        near = amounts[year] > amounts[year, members[-1]] / 2
        doubtful = near & (np.abs(growth) < s.DOUBTFUL_GROWTH) & wanted.growing
        if abs(share - wanted.share) < 1e-6 and not doubtful.any():
            return spread
        spread[:, members] *= wanted.share / (1 - wanted.share) * (1 - share) / share
        spread[year, doubtful] *= (1 + s.CLEAR_GROWTH) / (1 + growth[doubtful])
    raise CalibrationError(f"the first ten by {code} do not settle")


def _eligible(amounts: FloatArray, mask: BoolArray, year: int, growing: bool) -> BoolArray:
    """Return which zones can be among the first ten."""
    return np.asarray(mask[year] & ((amounts[year] > amounts[year - 1]) | (not growing)))


def _count(step: Step) -> Columns:
    weights, offset, cap, mask = step.weights, step.noise.offset, step.spec.cap, step.mask
    goal = np.round(step.goal)
    factor = whole_numbers(weights, offset, goal, mask, cap)
    for year, increase in sorted(step.level.increases.items()):
        t = s.YEARS.index(year)
        known = numbers(factor, weights, offset, cap)
        goal[t] = known[t - 1, mask[t]].sum() + increase
        factor = whole_numbers(weights, offset, goal, mask, cap)
    return {step.spec.code: numbers(factor, weights, offset, cap)}


def _large_manufacturers(step: Step) -> Columns:
    """Count firms above both thresholds, so that what counts in each region adds up."""
    weights, offset = step.weights, step.noise.offset
    above = weights * logistic(s.ABOVE_30_BN + step.noise.permanent)
    east = step.zones.region == s.REGIONS.index("east")
    counting = np.where(east, above, weights)
    factor = whole_numbers(counting, offset, np.round(step.goal), step.mask, None)
    return {
        "n_mfg15": numbers(factor, weights, offset, None),
        "n_mfg30": numbers(factor, above, offset, None),
    }


def _part(step: Step) -> Columns:
    whole, mask = step.columns[step.spec.base], step.mask
    cap = step.spec.cap or 1.0
    if step.level.kind == "mean_ratio":
        many = mask.sum(axis=1)
        share = shares(step.score, cap, lambda x: total(x, mask) / many, step.level.values)
        return {step.spec.code: share * whole}
    goal = step.goal.copy()
    share = shares(step.score, cap, lambda x: total(x * whole, mask), goal)
    for year, increase in sorted(step.level.increases.items()):
        t = s.YEARS.index(year)
        known = (share * whole)[t - 1, mask[t]].sum() / whole[t - 1, mask[t]].sum()
        goal[t] = (known + increase) * whole[t, mask[t]].sum()
        share = shares(step.score, cap, lambda x: total(x * whole, mask), goal)
    return {step.spec.code: share * whole}


def _whole(step: Step) -> Columns:
    part, mask = step.columns[step.spec.base], step.mask
    parts = total(part, mask)
    share = shares(step.score, 1.0, lambda x: parts / total(part / x, mask), step.level.values)
    return {step.spec.code: part / share}


def _level(step: Step) -> Columns:
    weights, mask = np.exp(step.score), step.mask
    mean = total(weights, mask) / mask.sum(axis=1)
    return {step.spec.code: weights * (step.level.values / mean)[:, None]}


def _rating(step: Step) -> Columns:
    mask = step.mask
    many = mask.sum(axis=1)
    share = shares(step.score, 1.0, lambda x: total(x, mask) / many, step.level.values)
    return {step.spec.code: 100 * share}


def _flag(step: Step) -> Columns:
    score = step.score
    flags = np.zeros_like(score)
    for t, share in enumerate(step.level.values):
        counted = np.sort(score[t, step.mask[t]])
        flags[t] = score[t] >= counted[len(counted) - round(share * len(counted))]
    return {step.spec.code: flags}


_FORMS: dict[Form, Callable[[Step], Columns]] = {
    "amount": _amount,
    "count": _count,
    "firms": _large_manufacturers,
    "part": _part,
    "whole": _whole,
    "level": _level,
    "rating": _rating,
    "flag": _flag,
}
