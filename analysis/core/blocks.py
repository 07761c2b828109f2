"""Which unit-years are put on a scale together, and by which it is set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Rows = slice | NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of a panel that share ends, means and the like.

    Attributes
    ----------
    rows : slice or ndarray of int
        Positions of the rows that are put on the scale.
    basis : slice or ndarray of int
        Positions of the rows from which the scale is taken.
    years : tuple of int
        Years of ``rows``.
    group : str
        What the units share (``""``: they are all units).
    """

    rows: Rows
    basis: Rows
    years: tuple[int, ...]
    group: str = ""


def year_slices(index: pd.Index) -> list[tuple[int, slice]]:
    """Return each year of a sorted ``(year, unit)`` index with its rows."""
    years = index.get_level_values("year").to_numpy()
    if not len(years):
        return []
    starts = [0, *(np.flatnonzero(years[1:] != years[:-1]) + 1).tolist()]
    ends = [*starts[1:], len(years)]
    return [(int(years[a]), slice(a, b)) for a, b in zip(starts, ends, strict=True)]


def blocks(
    index: pd.Index,
    over: str = "year",
    base: int | None = None,
    groups: NDArray[np.object_] | None = None,
) -> list[Block]:
    """Divide the rows of a panel into those that are put on one scale.

    Parameters
    ----------
    index : pandas.MultiIndex
        ``(year, unit)``, sorted.
    over : {"year", "pooled", "base"}
        Each year by itself; all years together; each year on the scale of the
        year ``base``.
    base : int, optional
    groups : ndarray of str, shape (rows,), optional
        What each unit-year belongs to; rows of ``""`` are in no block.

    Returns
    -------
    list of Block
        Every row in one block at most.

    Raises
    ------
    KeyError
        If ``base`` is asked for and not in the index.
    """
    by_year = year_slices(index)
    years = tuple(year for year, _ in by_year)
    whole = slice(0, len(index))
    if over == "pooled":
        found = [Block(whole, whole, years)]
    elif over == "base":
        if base not in years:
            raise KeyError(base)
        basis = dict(by_year)[base]
        found = [Block(rows, basis, (year,)) for year, rows in by_year]
    else:
        found = [Block(rows, rows, (year,)) for year, rows in by_year]
    if groups is None:
        return found
    return [
        Block(_members(block.rows, here), _members(block.basis, here), block.years, str(group))
        for group in sorted({str(word) for word in groups if word})
        for here in [groups == group]
        for block in found
        if here[block.rows].any()
    ]


def _members(rows: Rows, here: NDArray[np.bool_]) -> NDArray[np.intp]:
    positions = np.arange(len(here), dtype=np.intp)[rows]
    return positions[here[rows]]


def group_words(units: pd.DataFrame, attribute: str) -> NDArray[np.object_]:
    """Return an attribute of the units as words, ``""`` where there is none.

    Raises
    ------
    KeyError
        If the units have no such attribute.
    """
    words: NDArray[np.object_] = (
        units[attribute].astype("str").fillna("").to_numpy(dtype=object)  # numbers and NA too
    )
    return words
