"""The rules of exit over draws: who is among the last, and who becomes a candidate, in arrays.

The same as `analysis.zones.management.candidates_by_edition`, for all draws at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.rank import round_scores
from analysis.zones.management import Exits, Rule
from analysis.zones.management.events import name_in, steps_of
from analysis.zones.management.windows import reckoning

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]
Words = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Seen:
    """What a rule sees of a year, draw by draw.

    Attributes
    ----------
    units : tuple of str
    last : ndarray of bool, shape (draws, units)
        Who is among the last.
    placed : ndarray of bool, shape (draws, units)
        Who has a place in the rule's scope.
    """

    units: tuple[str, ...]
    last: BoolArray
    placed: BoolArray


def see(
    units: tuple[str, ...], regions: Words, scores: FloatArray, rule: Rule, decimals: int = 9
) -> Seen:
    """Return what a rule sees of a year.

    Parameters
    ----------
    units : tuple of str
    regions : ndarray of str, shape (units,)
        Units of ``""`` have no place in a region.
    scores : ndarray, shape (draws, units)
        NaN is none.
    rule : Rule
        Its scope, number of last places, ties and small groups.
    decimals : int
        Scores are rounded to so many before they are compared.

    Returns
    -------
    Seen
    """
    last = np.zeros(scores.shape, dtype=bool)
    placed = ~np.isnan(scores)
    groups = [np.arange(len(units))]
    if rule.scope == "region":
        words = sorted({str(word) for word in regions} - {""})
        groups = [np.flatnonzero(regions == word) for word in words]
        placed &= regions != ""
    for here in groups:
        last[:, here] = among_last(scores[:, here], rule, decimals)
    return Seen(units, last, placed)


def among_last(scores: FloatArray, rule: Rule, decimals: int = 9) -> BoolArray:
    """Return who is among the last of one group, draw by draw.

    A unit is among the last if fewer than ``last`` units score less; where
    ``ties`` is ``none``, if no more than ``last`` score less or the same.

    Parameters
    ----------
    scores : ndarray, shape (draws, units)
        NaN is none. Rounded before they are compared.
    rule : Rule
    decimals : int

    Returns
    -------
    ndarray of bool, shape (draws, units)
    """
    rounded = round_scores(scores, decimals)
    many = rounded.shape[1]
    there = (~np.isnan(rounded)).sum(axis=1)
    if many == 0:
        return np.zeros(rounded.shape, dtype=bool)
    # NaN sorts last, so places from the end are those from the front here.
    at = rule.last - 1 if rule.ties == "all" else rule.last
    if at < many:
        bound = np.partition(rounded, at, axis=1)[:, at]
        bound = np.where(there > at, bound, np.inf)
    else:
        bound = np.full(len(rounded), np.inf)
    with np.errstate(invalid="ignore"):
        # Among equals at the boundary all are, or none.
        found = rounded <= bound[:, None] if rule.ties == "all" else rounded < bound[:, None]
    if rule.small_groups == "none":
        found &= (there > rule.last)[:, None]
    return np.asarray(found)


@dataclass(frozen=True, eq=False)
class Prior:
    """What the years before count for in a year.

    Attributes
    ----------
    names : tuple of str
        Units as they are called in the year.
    counted : ndarray of int, shape (draws, names)
        Years before within the window of the year in which they were among the last.
    open : ndarray of bool, shape (names,)
        Whether the year itself counts.
    times : int
        How many years within the window make a candidate.
    """

    names: tuple[str, ...]
    counted: IntArray
    open: BoolArray
    times: int

    def candidates(self, units: tuple[str, ...], last: BoolArray) -> BoolArray:
        """Return who is a candidate of the year, given who is among its last.

        Parameters
        ----------
        units : tuple of str
            As they are called in the year.
        last : ndarray of bool, shape (draws, units)
        """
        place = {name: at for at, name in enumerate(self.names)}
        at = np.array([place[unit] for unit in units], dtype=np.intp)
        enough = (self.counted[:, at] + 1 >= self.times) & self.open[at]
        return np.asarray(last & enough)


def prior(
    year: int,
    rule: Rule,
    exits: Exits,
    events: pd.DataFrame,
    before: Mapping[int, Seen],
    units: tuple[str, ...],
    found: Mapping[int, tuple[tuple[str, ...], BoolArray]],
    draws: int,
) -> Prior:
    """Return what the years before count for in a year.

    Parameters
    ----------
    year : int
    rule : Rule
        Of the year's edition.
    exits : Exits
    events : pandas.DataFrame
        From `analysis.zones.management.check_events`.
    before : mapping of int to Seen
        Years before, as the rule sees them (those that it sees).
    units : tuple of str
        Those of the year itself.
    found : mapping of int to (units, ndarray of bool, shape (draws, units))
        The candidates of all years before, where every zone starts anew after
        it has been one.
    draws : int

    Returns
    -------
    Prior
    """
    reckoned = reckoning(events, exits, year, {})
    called = {y: [reckoned.called(unit, y) for unit in seen.units] for y, seen in before.items()}
    names = tuple(sorted({*units, *(name for held in called.values() for name in held)}))
    place = {name: at for at, name in enumerate(names)}
    shape = draws, len(names)

    def spread(held: list[str], flags: BoolArray) -> BoolArray:
        """Put flags under the names of the year; any part of a merged zone stands for it."""
        whole = np.zeros(shape, dtype=bool)
        for at, name in enumerate(held):
            if name in place:
                whole[:, place[name]] |= flags[:, at]
        return whole

    steps = steps_of(events, merged=False)
    anew = {
        y: spread([name_in(steps, unit, y, year) for unit in held], flags)
        for y, (held, flags) in found.items()
    }
    counted = np.zeros(shape, dtype=np.intp)
    # Of the years assessed from one on, the year itself being the first.
    since = np.ones(shape, dtype=np.intp)
    settled = np.zeros(shape, dtype=bool)
    for y in sorted({*before, *anew}, reverse=True):
        settled |= anew.get(y, False)
        if y not in before:
            continue
        since += spread(called[y], before[y].placed)
        counts = np.array([reckoned.counts(name, y) for name in names], dtype=bool)
        inside = since <= rule.window if rule.years_count == "assessed" else y > year - rule.window
        counted += spread(called[y], before[y].last) & counts & ~settled & inside
    itself = np.array([reckoned.counts(name, year) for name in names], dtype=bool)
    return Prior(names, counted, itself, rule.times)
