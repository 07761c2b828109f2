"""Screening: which units have too little data to be scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.blocks import year_slices
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.steps import Screening

SCREENED_COLUMNS = ("year", "unit", "what", "node", "share", "least")
_TOLERANCE = 1e-12  # so that a share that is reached exactly does not fail by a rounding error


@dataclass(frozen=True, eq=False)
class Screened:
    """What screening found.

    Attributes
    ----------
    table : pandas.DataFrame
        ``year, unit, what, node, share, least``: every share below its
        threshold; ``what`` is ``unit``, ``group`` or ``nonzero``, ``node`` the
        group, or the index.
    left_out : ndarray of bool, shape (rows,)
        Unit-years that take no part in what follows.
    findings : tuple of Finding
    """

    table: pd.DataFrame
    left_out: NDArray[np.bool_]
    findings: tuple[Finding, ...]


def availability(values: pd.DataFrame, framework: Framework) -> pd.DataFrame:
    """Return the share of its items that each unit-year has, by node.

    ``items that are there / items``, each item counting the same, whatever
    its weight: in all (the column of the index) and under each group at any level.

    Parameters
    ----------
    values : pandas.DataFrame
        One row a unit-year, with the framework's items.
    framework : Framework

    Returns
    -------
    pandas.DataFrame
        Same index, one column a node that is no item (from the index down),
        and ``nonzero``: the share of the values that are there and not zero
        (NaN where there is none).

    Notes
    -----
    ``get_data_avail`` of COINr.
    """
    there = values[list(framework.items)].notna()
    nodes = [code for code in framework.top_down if framework.children(code)]
    shares = {code: there[list(framework.items_under(code))].mean(axis=1) for code in nodes}
    nonzero = (values[list(framework.items)].fillna(0.0) != 0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        shares["nonzero"] = nonzero / there.sum(axis=1)
    return pd.DataFrame(shares, index=values.index)


def screen(values: pd.DataFrame, framework: Framework, screening: Screening) -> Screened:
    """Find the unit-years whose data fall short of a threshold.

    A unit-year fails where its share of all items is below ``unit_share``, its
    share of the items under any child of the index below ``group_share``, or
    the share of its values that are not zero below ``nonzero_share``
    (`availability` says how they are counted).

    Parameters
    ----------
    values : pandas.DataFrame
        Index ``(year, unit)``, sorted; holds the framework's items.
    framework : Framework
    screening : Screening

    Returns
    -------
    Screened
        With a warning a year and kind of shortfall that names the units.

    Notes
    -----
    OECD/JRC Handbook (2008), step 3; ``Screen`` of COINr.
    """
    nobody = np.zeros(len(values), dtype=bool)
    if screening.rule == "none":
        return Screened(pd.DataFrame(columns=list(SCREENED_COLUMNS)), nobody, ())
    shares = availability(values, framework)
    tests = [("unit", framework.root, framework.root, screening.unit_share)]
    for code in framework.groups:
        if framework.children(code):
            tests.append(("group", code, code, screening.group_share))
    tests.append(("nonzero", "nonzero", framework.root, screening.nonzero_share))
    failing = nobody.copy()
    rows: list[pd.DataFrame] = []
    findings: list[Finding] = []
    for what, column, node, least in tests:
        share = shares[column].to_numpy()
        short = share < least - _TOLERANCE
        if not short.any():
            continue
        failing |= short
        index = values.index[short].to_frame(index=False)
        index = index.assign(what=what, node=node, share=share[short], least=least)
        rows.append(index[list(SCREENED_COLUMNS)])
        for year, here in year_slices(values.index):
            units = values.index.get_level_values("unit")[here][short[here]]
            if len(units):
                findings.append(_short(what, node, year, list(units), least, screening.rule))
    table = (
        pd.concat(rows, ignore_index=True).sort_values(["year", "unit"], kind="stable")
        if rows
        else pd.DataFrame(columns=list(SCREENED_COLUMNS))
    )
    left_out = failing if screening.rule == "leave_out" else nobody
    return Screened(table.reset_index(drop=True), left_out, tuple(findings))


def _short(what: str, node: str, year: int, units: list[str], least: float, rule: str) -> Finding:
    named = ", ".join(units[:5]) + (" …" if len(units) > 5 else "")
    values = {"year": year, "node": node, "count": len(units), "units": named}
    return Finding(
        "warning", f"screen.{what}.{rule}", {**values, "least": f"{100 * least:.6g}"}, year=year
    )
