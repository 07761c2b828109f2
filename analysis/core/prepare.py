"""What is scored: items denominated, screened and imputed, and what is refused of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.denominate import denominate
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.impute import FILLED_COLUMNS, impute
from analysis.core.method import Method
from analysis.core.method_keys import BY_YEARS
from analysis.core.panel import LARGEST, Panel
from analysis.core.screen import Screened, screen

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Prepared:
    """The cells that go into treatment.

    Attributes
    ----------
    panel : Panel
        The scored unit-years; its values are not used any more.
    values : ndarray, shape (unit-years, items)
        In column order; NaN where nothing is there, or what is there is refused.
    refused : ndarray of bool, shape (unit-years, items)
        Cells that a step cannot take: the nodes above them get no score.
    imputed : ndarray of bool, shape (unit-years, items), or None
    filled : pandas.DataFrame
        What was imputed (see `analysis.core.impute.Imputed`).
    screened : Screened
    findings : tuple of Finding
    """

    panel: Panel
    values: FloatArray
    refused: BoolArray
    imputed: BoolArray | None
    filled: pd.DataFrame
    screened: Screened
    findings: tuple[Finding, ...]


def prepare(panel: Panel, framework: Framework, method: Method, logs: BoolArray) -> Prepared:
    """Denominate, screen and impute, in this order, as the method says.

    Parameters
    ----------
    panel : Panel
        Holds the framework's items.
    framework : Framework
    method : Method
    logs : ndarray of bool, shape (items,)
        Items whose logarithm is taken later.

    Returns
    -------
    Prepared
    """
    findings: list[Finding] = []
    if method.denomination.rule == "divide":
        panel, notes = denominate(panel, framework)
        findings += notes
    items = list(framework.items)
    scored = panel.assessed()
    raw = scored.values[items].to_numpy(dtype=np.float64)
    refused = np.abs(raw) > LARGEST
    values = np.array(raw, order="F")  # a copy: the panel is the caller's
    if refused.any():
        endless, index = np.isinf(raw), scored.values.index
        findings += _refused(endless, raw, "score.infinite", items, index)
        findings += _refused(refused & ~endless, raw, "score.too_large", items, index)
        values = np.where(refused, np.nan, values)
    clean = pd.DataFrame(values, index=scored.values.index, columns=items, copy=False)
    screened = screen(clean, framework, method.screening)
    findings += screened.findings
    left_out = screened.left_out
    if left_out.any():
        values = np.where(left_out[:, None], np.nan, values)
        refused[left_out] = False
    imputed, filled = _marks(scored, items), pd.DataFrame(columns=list(FILLED_COLUMNS))
    if method.imputation.rule != "none":
        values, new, filled, notes = _impute(
            panel, scored, values, refused, left_out, framework, method
        )
        findings += notes
        imputed = new if imputed is None else imputed | new
    if logs.any():
        not_positive = logs & (values <= 0)
        if not_positive.any():
            index = scored.values.index
            findings += _refused(not_positive, values, "score.log", items, index)
            refused |= not_positive
            values = np.where(not_positive, np.nan, values)
    return Prepared(
        scored, np.asfortranarray(values), refused, imputed, filled, screened, tuple(findings)
    )


def _marks(panel: Panel, items: list[str]) -> BoolArray | None:
    """Return which cells came imputed already."""
    if panel.imputed is None:
        return None
    marks: BoolArray = panel.imputed.reindex(columns=items, fill_value=False).to_numpy(dtype=bool)
    return marks.copy()


def _impute(
    panel: Panel,
    scored: Panel,
    values: FloatArray,
    refused: BoolArray,
    left_out: BoolArray,
    framework: Framework,
    method: Method,
) -> tuple[FloatArray, BoolArray, pd.DataFrame, tuple[Finding, ...]]:
    """Return values with gaps filled, which ones, the table of them, and findings."""
    items = list(framework.items)
    index = scored.values.index
    kept = pd.DataFrame(values, index=index, columns=items)[~left_out]
    if method.imputation.rule in BY_YEARS and len(scored.values) < len(panel.values):
        # Years in which a unit is not scored tell of it all the same.
        others = panel.values[items][~panel.values.index.isin(index)]
        kept = pd.concat([kept, others.where(others.abs() <= LARGEST)]).sort_index()
    units = panel.units.reindex(kept.index)
    done = impute(
        replace(panel, values=kept, units=units, imputed=None), framework, method.imputation
    )
    at = done.panel.values.reindex(index)
    marks = done.panel.imputed
    new = np.zeros(values.shape, dtype=bool)
    if marks is not None:
        new = marks.reindex(index, fill_value=False).to_numpy(dtype=bool) & ~refused
        new &= np.abs(at.to_numpy(dtype=np.float64)) <= LARGEST
    filled = np.where(new, at.to_numpy(dtype=np.float64), values)
    # What was refused was there, if of no use: it is not made up for.
    rows, columns = np.nonzero(new)
    places = pd.MultiIndex.from_arrays(
        [
            index[rows].get_level_values("year"),
            index[rows].get_level_values("unit"),
            np.asarray(items, dtype=object)[columns],
        ]
    )
    listed = pd.MultiIndex.from_frame(done.table[["year", "unit", "item"]]).isin(places)
    table = done.table[listed].reset_index(drop=True)
    return np.asfortranarray(filled), new, table, done.findings


def _refused(
    cells: BoolArray, values: FloatArray, code: str, items: Sequence[str], index: pd.Index
) -> list[Finding]:
    """Return a finding for every cell that a step cannot take."""
    return [
        refused_cell(row, place, values, items, code, index, {})
        for row, place in zip(*np.nonzero(cells), strict=True)
    ]


def refused_cell(
    row: int,
    place: int,
    values: FloatArray,
    items: Sequence[str],
    code: str,
    index: pd.Index,
    more: Mapping[str, object],
) -> Finding:
    """Return a warning that names the unit, year, item and value at fault."""
    year, unit = int(index[row][0]), str(index[row][1])
    item, value = items[place], f"{values[row, place]:.6g}"
    told = {"unit": unit, "year": year, "item": item, "value": value, **more}
    return Finding("warning", code, told, unit=unit, year=year, item=item)
