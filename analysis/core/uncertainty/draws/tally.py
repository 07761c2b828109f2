"""What is counted over the draws: whole numbers, which add up the same in any order."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.core.uncertainty.draws.pairs import Ranks, count_pairs
from analysis.core.uncertainty.draws.ranks import CHUNK_CELLS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Counts = NDArray[np.int64]

MANY_UNITS = 2_000  # above, tables of units by units are made for the units named
SAMPLE_CELLS = 1 << 22
LEAST_SAMPLE = 1_000


class Drawn(Protocol):
    """What is tallied of a batch: see `analysis.core.uncertainty.draws.study.Batch`."""

    @property
    def first(self) -> int:
        """Number of the first draw."""

    @property
    def scores(self) -> FloatArray:
        """Shape (draws, units)."""

    @property
    def ranks(self) -> FloatArray:
        """Shape (draws, units), NaN without a rank."""


@dataclass(frozen=True, eq=False)
class Questions:
    """What is to be counted.

    Attributes
    ----------
    nominal : ndarray of int, shape (units,)
        Nominal ranks.
    top : tuple of int
        Numbers of best places.
    last : int
        Number of last places in a unit's region.
    regions : tuple of ndarray of int
        Units of each region that has at least twice as many as ``last``.
    placed : ndarray of int
        Units for which every place is counted.
    paired : ndarray of int
        Units that are compared with every other one.
    """

    nominal: IntArray
    top: tuple[int, ...]
    last: int
    regions: tuple[IntArray, ...]
    placed: IntArray
    paired: IntArray

    @property
    def sample(self) -> int:
        """First draws of which scores are kept: it depends on the number of units alone.

        So are the ranks where not every place of every unit is counted.
        """
        return max(LEAST_SAMPLE, SAMPLE_CELLS // max(len(self.nominal), 1))

    @property
    def all_placed(self) -> bool:
        """Whether every place of every unit is counted."""
        return len(self.placed) == len(self.nominal)


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts over some draws.

    Attributes
    ----------
    draws : int
    ranked : ndarray, shape (units,)
        Draws in which a unit has a rank.
    places : ndarray, shape (placed units, units)
        Draws in which a unit has rank 1, 2, 3 ...
    tops : ndarray, shape (numbers of best places, units)
        Draws in which a unit is among so many best: ties share the better place.
    lasts : ndarray, shape (units,)
        Draws in which a unit is among the last of its region: ties share the
        worse place.
    wins, ties : ndarray, shape (paired units, units)
        Draws in which a unit ranks before, or level with, another.
    shifts, moves : ndarray, shape (units,)
        Sum over the draws of rank minus nominal rank, and of its absolute value.
    moved, moved_squares : int
        Sum over the draws of the sum over all units of the absolute change of
        rank, and of its square.
    kept : tuple of (int, ndarray, ndarray)
        Number of the first draw, scores and ranks (where they are kept) of the
        first draws, shape (draws, units).
    """

    draws: int
    ranked: Counts
    places: Counts
    tops: Counts
    lasts: Counts
    wins: Counts
    ties: Counts
    shifts: Counts
    moves: Counts
    moved: int
    moved_squares: int
    kept: tuple[tuple[int, FloatArray, Ranks], ...] = ()


def tally(batch: Drawn, questions: Questions) -> Tally:
    """Count what is asked over the draws of a batch.

    Parameters
    ----------
    batch : Batch
    questions : Questions

    Returns
    -------
    Tally
    """
    draws, units = batch.scores.shape
    everywhere = not np.isnan(batch.ranks.min(initial=1.0))
    ranks = _unsigned(batch.ranks, units, everywhere)
    places = _places(ranks, questions.placed)
    if questions.all_placed:
        tops = np.array([places[:, :k].sum(axis=1) for k in questions.top], dtype=np.int64)
    else:
        # Less one, so that no rank, 0, becomes the greatest number there is.
        within = [np.flatnonzero(ranks - ranks.dtype.type(1) < k) % units for k in questions.top]
        tops = np.array([np.bincount(hits, minlength=units) for hits in within], dtype=np.int64)
    wins, ties = count_pairs(ranks, questions.paired)
    shifts, moves, moved = _changes(batch.ranks, questions.nominal, everywhere)
    keep = max(0, min(draws, questions.sample - batch.first))
    kept_ranks = ranks[:0] if questions.all_placed else ranks[:keep]
    return Tally(
        draws=draws,
        ranked=np.full(units, draws) if everywhere else (ranks > 0).sum(axis=0, dtype=np.int64),
        places=places,
        tops=tops.reshape(len(questions.top), units),
        lasts=_lasts(ranks, questions),
        wins=wins,
        ties=ties,
        shifts=shifts,
        moves=moves,
        moved=int(moved.sum()),
        moved_squares=int((moved * moved).sum()),
        kept=((batch.first, _own(batch.scores[:keep]), _own(kept_ranks)),) if keep else (),
    )


def merge(one: Tally, other: Tally) -> Tally:
    """Return the counts over the draws of both; the order makes no difference.

    Parameters
    ----------
    one, other : Tally
        Of the same questions, over different draws.

    Returns
    -------
    Tally
    """
    summed: dict[str, Any] = {
        held.name: getattr(one, held.name) + getattr(other, held.name)
        for held in fields(Tally)
        if held.name != "kept"
    }
    kept = sorted((*one.kept, *other.kept), key=lambda part: part[0])
    return replace(one, **summed, kept=tuple(kept))


def _own(part: NDArray[Any]) -> NDArray[Any]:
    """Return what keeps no more in memory than itself."""
    base = part.base
    whole = isinstance(base, np.ndarray) and base.nbytes == part.nbytes
    return part if whole else part.copy()


def _unsigned(ranks: FloatArray, units: int, everywhere: bool) -> Ranks:
    """Return ranks in the smallest type that holds them and one number more; 0 is none."""
    if not everywhere:
        ranks = np.nan_to_num(ranks, nan=0.0)
    kind = next(k for k in (np.uint8, np.uint16, np.uint32) if units < np.iinfo(k).max)
    return ranks.astype(kind)


def _changes(
    ranks: FloatArray, nominal: IntArray, everywhere: bool
) -> tuple[Counts, Counts, Counts]:
    """Return sums of changes of rank, and of absolute ones by unit and by draw."""
    draws, units = ranks.shape
    # Floats, but whole numbers: they add up without an error.
    shifts, moves, moved = np.zeros(units), np.zeros(units), np.zeros(draws)
    step = max(1, CHUNK_CELLS // max(units, 1))
    for start in range(0, draws, step):
        change = ranks[start : start + step] - nominal
        if not everywhere:
            change[np.isnan(change)] = 0.0
        shifts += change.sum(axis=0)
        np.abs(change, out=change)
        moves += change.sum(axis=0)
        moved[start : start + step] = change.sum(axis=1)
    return shifts.astype(np.int64), moves.astype(np.int64), moved.astype(np.int64)


def _places(ranks: Ranks, placed: IntArray) -> Counts:
    """Count how often each unit has each rank."""
    units = ranks.shape[1]
    held = ranks if len(placed) == units else ranks[:, placed]
    width = units + 1  # the first column counts draws without a rank
    cells = held + np.arange(0, len(placed) * width, width)
    counts = np.bincount(cells.ravel(), minlength=len(placed) * width)
    return counts.reshape(len(placed), width)[:, 1:].astype(np.int64)


def _lasts(ranks: Ranks, questions: Questions) -> Counts:
    """Count how often each unit is among the last of its region."""
    found = np.zeros(ranks.shape[1], dtype=np.int64)
    if ranks.dtype == np.uint8:
        ranks = ranks.astype(np.uint16)  # several times faster to partition
    for members in questions.regions:
        held = ranks[:, members]
        at = len(members) - questions.last
        # Fewer than ``last`` units are worse than one whose rank is at least this.
        least = np.partition(held, at, axis=1)[:, at : at + 1]
        found[members] = ((held >= least) & (held > 0)).sum(axis=0)
    return found
