"""Denomination: items divided by the size of the unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.panel import REASON_COLUMNS, Panel


def denominate(panel: Panel, framework: Framework) -> tuple[Panel, tuple[Finding, ...]]:
    """Divide items by the columns that the framework names as their denominators.

    ``x / (d / s)`` with ``d`` the column named in ``denominator`` and ``s``
    the factor in ``denominator_scale`` (1 where there is none): population in
    thousands as denominator and 1000 as factor give a value a head times a
    million. An item that is a denominator itself is one as it was found,
    before any division.

    A value is missing where its denominator is missing, infinite, zero or
    negative, with the reason in ``Panel.reasons``.

    Parameters
    ----------
    panel : Panel
        Holds items and denominators.
    framework : Framework

    Returns
    -------
    panel : Panel
        The same columns; items without a denominator are as they were.
    findings : tuple of Finding
        A note for each item and reason, with the number of cells.

    Raises
    ------
    InputError
        If the panel lacks a denominator; all of them are named.

    Notes
    -----
    OECD/JRC Handbook (2008), step 5; ``Denominate`` of COINr.
    """
    nodes = framework.nodes
    per = {
        item: str(nodes.at[item, "denominator"])
        for item in framework.items
        if nodes.at[item, "denominator"]
    }
    if not per:
        return panel, ()
    absent = [
        Finding("error", "denominate.absent", {"item": item, "denominator": code}, item=item)
        for item, code in per.items()
        if code not in panel.values
    ]
    if absent:
        raise InputError(absent)
    found = {code: panel.values[code].to_numpy(dtype=np.float64) for code in {*per, *per.values()}}
    values = panel.values.copy()
    reasons: list[pd.DataFrame] = []
    findings: list[Finding] = []
    for item, code in per.items():
        scale = nodes["denominator_scale"].to_numpy()[nodes.index.get_loc(item)]
        above, below = found[item], found[code]
        whole = np.isfinite(below)
        result = np.full(len(above), np.nan)
        with np.errstate(over="ignore", divide="ignore"):  # an infinity is refused later
            divisor = below / (1.0 if np.isnan(scale) else scale)
            np.divide(above, divisor, out=result, where=whole & (below > 0))
        values[item] = result
        there = ~np.isnan(above)
        why = {
            "denominate.missing": ~whole & there,
            "derive.denominator": whole & (below <= 0) & there,
        }
        for reason, cells in why.items():
            if cells.any():
                index = panel.values.index[cells].to_frame(index=False)
                reasons.append(index.assign(item=item, reason=reason)[list(REASON_COLUMNS)])
                told = {"item": item, "denominator": code, "count": int(cells.sum())}
                findings.append(Finding("note", reason, told, item=item))
    known = [frame for frame in (panel.reasons, *reasons) if len(frame)]
    return replace(
        panel,
        values=values,
        reasons=pd.concat(known, ignore_index=True) if known else panel.reasons,
    ), tuple(findings)
