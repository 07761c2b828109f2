"""Draws of weights and methods for two frameworks at once, a draw of one with a draw of the other.

Each framework has admissible weights of its own, drawn independently of the other's; the
choices of the method are the same in both, so that what differs is the framework.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.comparing.measures import measures, places_in_both
from analysis.core.findings import Finding, InputError
from analysis.core.uncertainty.draws.batches import evaluate, levels_at
from analysis.core.uncertainty.draws.intervals import quantiles_of_draws, wilson
from analysis.core.uncertainty.draws.study_parts import Study
from analysis.core.uncertainty.weights.sample_weights import draw_weights

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
# What is drawn from which stream of numbers of a batch.
_CHOICES, _OLD, _NEW = 1, 2, 3


@dataclass(frozen=True, eq=False)
class PairedDraws:
    """Scores of the same units under two frameworks, draw by draw.

    Attributes
    ----------
    year : int
    units, regions, names : tuple of str, shape (units,)
        Those that have a nominal score in both.
    nominal_old, nominal_new : ndarray, shape (units,)
        Scores under the base methods and the nominal weights.
    old, new : ndarray, shape (draws, units)
        NaN where a unit has no score in that draw.
    choices : pandas.DataFrame
        One row a draw: the level of every choice of the method, as offered
        (in both), ``left_out_old`` and ``left_out_new`` (a node, or ``""``).
    chained : bool
        Whether weights come from chains, so that draws depend on each other
        and their intervals are somewhat too narrow.
    synthetic : bool
    """

    year: int
    units: tuple[str, ...]
    regions: tuple[str, ...]
    names: tuple[str, ...]
    nominal_old: FloatArray
    nominal_new: FloatArray
    old: FloatArray
    new: FloatArray
    choices: pd.DataFrame
    chained: bool
    synthetic: bool

    @property
    def draws(self) -> int:
        """How many there are."""
        return len(self.old)


def paired_draws(
    old: Study, new: Study, draws: int, *, progress: Callable[[int], None] | None = None
) -> PairedDraws:
    """Draw weights and methods for two frameworks at once.

    Draw ``d`` is row ``d % batch`` of batch ``d // batch``, the batch being the
    smaller of the two studies'; a batch depends on the seed of the old study
    and on its number alone. The choices of the method are drawn first, among
    the levels offered, and are the same in both studies (levels that cannot
    differ in one of them may in the other); then the weights, and what is
    left out, of each study by itself.

    Parameters
    ----------
    old, new : Study
        Of the same year and the same units or some in common, opened with the
        same levels of the same choices of the method.
    draws : int
    progress : callable, optional
        Is told the number of draws done after each batch.

    Returns
    -------
    PairedDraws

    Raises
    ------
    InputError
        If the studies differ in their year or in the choices they vary, have
        no unit in common, or ``draws`` is less than 1.

    Notes
    -----
    Weights drawn independently of each other set the two rankings apart, so
    that in most draws they agree less than under the nominal weights: what is
    nominally found is not the middle of what is drawn. A study opened with the
    nominal weights alone (``WeightDraws("nominal")``) shows what the choices of
    the method do.
    """
    _check(old, new, draws)
    common = sorted(set(old.units) & set(new.units))
    at = [np.array([study.units.index(unit) for unit in common]) for study in (old, new)]
    batch = min(old.batch, new.batch)
    scores: tuple[list[FloatArray], list[FloatArray]] = ([], [])
    choices = []
    for number, first in enumerate(range(0, draws, batch)):
        size = min(batch, draws - first)
        shares = np.random.default_rng([old.seed, number, _CHOICES]).random(
            (batch, len(old.method_factors) + 2)
        )[:size]
        drawn = {
            factor.name: levels_at(factor.shares, shares[:, place + 2])
            for place, factor in enumerate(old.method_factors)
        }
        told = {
            factor.name: np.array(factor.offered, dtype=object)[drawn[factor.name]]
            for factor in old.method_factors
        }
        sides = zip((old, new), (_OLD, _NEW), ("old", "new"), scores, at, strict=True)
        for place, (study, stream, side, found, columns) in enumerate(sides):
            rng = np.random.default_rng([old.seed, number, stream])
            weights = draw_weights(study.weights, study.framework, batch, rng)[:size]
            left = levels_at(study.leave_out_probabilities, shares[:, place])
            found.append(evaluate(study, weights, _variants(study, drawn, size), left)[:, columns])
            told[f"left_out_{side}"] = np.array(study.leave_out, dtype=object)[left]
        choices.append(pd.DataFrame(told))
        if progress is not None:
            progress(first + size)
    return PairedDraws(
        year=new.year,
        units=tuple(common),
        regions=tuple(new.regions[place] for place in at[1]),
        names=tuple(new.names[place] for place in at[1]),
        nominal_old=old.nominal_scores[at[0]],
        nominal_new=new.nominal_scores[at[1]],
        old=np.concatenate(scores[0]),
        new=np.concatenate(scores[1]),
        choices=pd.concat(choices, ignore_index=True),
        chained=old.weights.chained or new.weights.chained,
        synthetic=old.synthetic or new.synthetic,
    )


def measures_of(
    paired: PairedDraws,
    *,
    top: int,
    last: int = 5,
    characteristics: pd.DataFrame | None = None,
) -> tuple[pd.Series, pd.DataFrame]:
    """Return what is measured on the nominal rankings, and on those of every draw.

    Parameters
    ----------
    paired : PairedDraws
    top, last : int
    characteristics : pandas.DataFrame, optional
        Index ``unit``; see `analysis.core.comparing.measures.measures`.

    Returns
    -------
    nominal : pandas.Series
    drawn : pandas.DataFrame
        One row a draw, the same columns.
    """
    units = list(paired.units)
    known = None if characteristics is None else characteristics.reindex(units)
    regions = paired.regions if any(paired.regions) else None
    nominal, drawn = (
        measures(old, new, top=top, last=last, regions=regions, characteristics=known)
        for old, new in (
            (paired.nominal_old[None, :], paired.nominal_new[None, :]),
            (paired.old, paired.new),
        )
    )
    return nominal.iloc[0].rename("nominal"), drawn


def unit_shifts(paired: PairedDraws, *, top: int) -> pd.DataFrame:
    """Return how firm each unit's shift is.

    Parameters
    ----------
    paired : PairedDraws
    top : int

    Returns
    -------
    pandas.DataFrame
        Index ``unit``: ``region``; nominal ``rank_old, rank_new, shift``
        (places won); quantiles of the shift over the draws (`QUANTILES`: the
        least that at least that share do not exceed); ``same`` with
        ``same_low, same_high``: share of the draws in which it moves the way
        it nominally does (for one that keeps its place, in which it keeps it),
        with Wilson's interval of 95%; ``gains, loses``: shares in which it
        wins and loses places; ``enters, leaves``: shares in which it is among
        the first ``top`` under the new and not the old, and the reverse;
        ``draws``: those in which it has a place in both, of which all shares are.
    """
    nominal = places_in_both(paired.nominal_old[None, :], paired.nominal_new[None, :])
    drawn = places_in_both(paired.old, paired.new)
    there = ~np.isnan(drawn.won)
    many = there.sum(axis=0)
    sign = np.sign(nominal.won[0])
    with np.errstate(invalid="ignore"):
        same = ((np.sign(drawn.won) == sign) & there).sum(axis=0)
        counts = {
            "gains": drawn.won > 0,
            "loses": drawn.won < 0,
            "enters": (drawn.new <= top) & (drawn.old > top),
            "leaves": (drawn.old <= top) & (drawn.new > top),
        }
    table = pd.DataFrame(
        {
            "region": list(paired.regions),
            "rank_old": nominal.old[0].astype(np.int64),
            "rank_new": nominal.new[0].astype(np.int64),
            "shift": nominal.won[0].astype(np.int64),
        },
        index=pd.Index(list(paired.units), name="unit"),
    )
    found = quantiles_of_draws(drawn.won.T.copy(), list(QUANTILES.values()))
    table = table.assign(**dict(zip(QUANTILES, found, strict=True)))
    bounds = [wilson(np.array([count]), int(of)) for count, of in zip(same, many, strict=True)]
    table["same"] = _share(same, many)
    table["same_low"] = [float(low[0]) for low, _ in bounds]
    table["same_high"] = [float(high[0]) for _, high in bounds]
    for name, where in counts.items():
        table[name] = _share(where.sum(axis=0), many)
    return table.assign(draws=many)


def _share(counts: NDArray[np.int64], many: NDArray[np.int64]) -> FloatArray:
    return np.where(many > 0, counts / np.maximum(many, 1), np.nan)


def _variants(study: Study, drawn: dict[str, IntArray], size: int) -> IntArray:
    """Return the variant of each draw, its choices being given among the levels offered."""
    levels = tuple(factor.level_of[drawn[factor.name]] for factor in study.method_factors)
    if not levels:
        return np.zeros(size, dtype=np.intp)
    return np.asarray(study.combinations[levels], dtype=np.intp)


def _check(old: Study, new: Study, draws: int) -> None:
    problems = []
    if draws < 1:
        problems.append(Finding("error", "draws.draws", {"given": draws}))
    if old.year != new.year:
        told: dict[str, object] = {"old": old.year, "new": new.year}
        problems.append(Finding("error", "paired.year", told))
    offered = [
        [(factor.name, factor.offered, tuple(factor.shares)) for factor in study.method_factors]
        for study in (old, new)
    ]
    if offered[0] != offered[1]:
        sides = [
            "; ".join(f"{name}: {', '.join(levels)}" for name, levels, _ in side) or "-"
            for side in offered
        ]
        problems.append(Finding("error", "paired.methods", {"old": sides[0], "new": sides[1]}))
    if not set(old.units) & set(new.units):
        problems.append(Finding("error", "paired.units", {"year": new.year}, year=new.year))
    if problems:
        raise InputError(problems)
