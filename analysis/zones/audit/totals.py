"""Totals that sums are held against: those of a table, and those the ministry published."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.cells import shown
from analysis.core.findings import InputError
from analysis.core.regions import Regions
from analysis.zones.aggregates import read_aggregates
from analysis.zones.audit.rules import Published
from analysis.zones.audit.tables import frame_of, read_side
from analysis.zones.registry import province_code

SCOPES = ("all", "region", "province")
RELATIONS = ("equal", "most")
COLUMNS = ("year", "scope", "group", "code", "value", "relation", "tolerance", "source")


def read_totals(path: Path, year: int, regions: Regions | None = None) -> pd.DataFrame:
    """Read a table of totals.

    Columns ``code`` and ``value`` (in the panel's units), and any of ``year``
    (else ``year``), ``scope`` (``all``, ``region`` or ``province``; else
    ``all``), ``group`` (the region or province), ``relation`` (``equal``: the
    zones make up the total; ``most``, the default: they are part of it),
    ``tolerance`` (per cent) and ``source``.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; ``tolerance`` NaN where not given.

    Raises
    ------
    InputError
        With every problem of the table.
    """
    side = read_side(path, COLUMNS, ("code", "value"))
    columns: dict[str, Sequence[object] | NDArray[np.float64]] = {
        "year": side.years("year", year),
        "scope": [word or "all" for word in side.texts("scope")],
        "group": side.texts("group", identifier=True),
        "code": side.texts("code", identifier=True),
        "value": side.numbers("value"),
        "relation": [word or "most" for word in side.texts("relation")],
        "tolerance": side.numbers("tolerance"),
        "source": side.texts("source"),
    }
    table = frame_of(columns)
    values, tolerances = table["value"].to_numpy(), table["tolerance"].to_numpy()
    misread = {finding.row for finding in side.findings}
    for at, row in enumerate(side.rows):
        scope, group = str(table.at[at, "scope"]), str(table.at[at, "group"])
        relation = str(table.at[at, "relation"])
        if scope not in SCOPES:
            side.note("totals_word", row, "scope", value=shown(scope), words=", ".join(SCOPES))
        elif (scope == "all") == bool(group):
            side.note("totals_group", row, "group", scope=scope)
        if scope == "region" and regions is not None and group:
            known = regions.resolve(group)
            if known is None:
                words = ", ".join(regions.codes)
                side.note("totals_word", row, "group", value=shown(group), words=words)
            else:
                table.at[at, "group"] = known
        if scope == "province" and group:
            table.at[at, "group"] = province_code(group)
        if relation not in RELATIONS:
            words = ", ".join(RELATIONS)
            side.note("totals_word", row, "relation", value=shown(relation), words=words)
        if np.isnan(values[at]) and row not in misread:
            side.note("totals_value", row, "value")
        if tolerances[at] < 0:
            side.note("totals_tolerance", row, "tolerance")
    errors = [finding for finding in side.findings if finding.severity == "error"]
    if errors:
        raise InputError(errors)
    return table


def published_total(rule: Published, year: int) -> tuple[float, float, int, str] | None:
    """Return a published total in the panel's units.

    Returns
    -------
    value, half : float
        The total, and half a unit of its last published digit.
    zones : int
        How many zones it covers.
    source : str
        None instead of all four where nothing was published for the year on
        the rule's basis, or in a unit for which the rule has no factor.
    """
    rows = read_aggregates()
    rows = rows[
        (rows["data_year"] == year)
        & (rows["scope"] == "all")
        & (rows["metric"] == rule.metric)
        & (rows["basis"] == rule.basis)
        & (rows["derived"] == "no")
        & rows["value"].notna()
        & rows["zones"].notna()
    ]
    rows = rows[rows["unit"].isin(list(rule.factors))]
    if not len(rows):
        return None
    row = rows.iloc[0]
    factor = float(rule.factors[str(row["unit"])])
    # Trailing zeros are not kept by a number: 14 may be 14.0, so that this is the wider reading.
    exponent = int(Decimal(f"{float(row['value']):.12g}").as_tuple().exponent)
    half = 0.5 * 10.0 ** min(exponent, 0)
    return float(row["value"]) * factor, half * factor, int(row["zones"]), str(row["source"])
