"""Arranging rows that were read into a panel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.item_values import Cells
from analysis.core.panel import REASON_COLUMNS, Panel
from analysis.core.unit_facts import Rows, Texts

OWN_FACTS = ("name", "region", "assessed")
REFUSED = "table-refused-value"


def arrange(
    rows: Rows,
    group: NDArray[np.intp],
    facts: Mapping[str, Texts],
    cells: Cells,
    keep: NDArray[np.bool_],
) -> Panel:
    """Return the panel of the rows to keep.

    In long form a unit-year has NaN for items without a row, and where the row
    was refused, ``reasons`` says so.

    Parameters
    ----------
    rows : Rows
    group : array, shape (rows,)
        Number of each row's unit-year.
    facts : mapping of str to array, shape (rows,)
    cells : Cells
    keep : array of bool, shape (rows,)
        At least one; each of these rows has a unit-year (and an item), and no
        two the same.

    Returns
    -------
    Panel
    """
    kept = np.flatnonzero(keep)
    numbers, first = np.unique(group[kept], return_index=True)
    first = kept[first]
    index = pd.MultiIndex.from_arrays(
        [rows.years[first], pd.array(rows.units[first], dtype="str")], names=["year", "unit"]
    )
    if cells.item is None:
        matrix = cells.values[first]
    else:
        place = np.full(int(group.max()) + 1, -1)
        place[numbers] = np.arange(len(numbers))
        matrix = np.full((len(numbers), len(cells.codes)), np.nan)
        matrix[place[group[kept]], cells.item[kept]] = cells.values[kept]
    units = pd.DataFrame({fact: _column(facts, fact, first) for fact in OWN_FACTS[:2]}, index=index)
    if "assessed" in facts:
        units["assessed"] = facts["assessed"][first] != "no"
    others = [fact for fact in facts if fact not in OWN_FACTS]
    units = pd.concat(
        [units, pd.DataFrame({o: _column(facts, o, first) for o in others}, index=index)], axis=1
    )
    values = pd.DataFrame(matrix, index=index, columns=pd.Index(cells.codes, dtype="str"))
    reasons = pd.DataFrame(columns=list(REASON_COLUMNS))
    if cells.item is not None:
        reasons = _refused_values(rows, group, cells, keep, values)
    order = np.lexsort((rows.units[first].astype("U"), rows.years[first]))
    return Panel(values.iloc[order], units.iloc[order], reasons)


def _column(
    facts: Mapping[str, Texts], fact: str, at: NDArray[np.intp]
) -> pd.api.extensions.ExtensionArray:
    texts = facts[fact][at] if fact in facts else [""] * len(at)
    return pd.array(texts, dtype="str")


def _refused_values(
    rows: Rows,
    group: NDArray[np.intp],
    cells: Cells,
    keep: NDArray[np.bool_],
    values: pd.DataFrame,
) -> pd.DataFrame:
    """Return the cells of the panel that are empty since their row was refused."""
    assert cells.item is not None
    refused = np.flatnonzero(~keep & (group >= 0) & (cells.item >= 0))
    found = {(int(rows.years[i]), str(rows.units[i]), cells.codes[cells.item[i]]) for i in refused}
    there = set(values.index)
    missing = sorted(cell for cell in found if cell[:2] in there)
    return pd.DataFrame([(*cell, REFUSED) for cell in missing], columns=list(REASON_COLUMNS))
