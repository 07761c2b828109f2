"""Published totals over time, each on its own basis; bases are never joined."""

from __future__ import annotations

import pandas as pd

from analysis.zones.files import read_record

_MONEY = {"cny_tn": ("cny_bn", 1000.0), "cny_100m": ("cny_bn", 0.1)}


def read_aggregates() -> pd.DataFrame:
    """Return the published totals, one row a figure; columns as in ``data/README.md``."""
    return read_record(
        "aggregates.csv",
        whole=("data_year", "zones"),
        real=("value", "growth_pct", "share_pct"),
    )


def read_bases() -> pd.DataFrame:
    """Return the bases that figures rest on, index ``code``."""
    return read_record("bases.csv").set_index("code")


def series(aggregates: pd.DataFrame, metric: str, scope: str = "all") -> pd.DataFrame:
    """Return a metric over the data years, with what may be joined to what.

    Amounts in yuan are put in billions, so that figures published in trillions
    and in hundred millions stand in one column; nothing else is converted.

    Parameters
    ----------
    aggregates : pandas.DataFrame
        As `read_aggregates` gives it. Figures for a period (the first half of
        a year, a cumulative growth) and figures without a value are left out.
    metric, scope : str
        Codes of the columns ``metric`` and ``scope``.

    Returns
    -------
    pandas.DataFrame
        ``data_year, value, unit, basis, segment, zones, growth_pct,
        share_pct, share_of, derived, source``, sorted by basis and year. A
        ``segment`` numbers the figures that a line may connect: one basis,
        consecutive years. A year can have several rows, one a basis.

    Raises
    ------
    ValueError
        If the figures of one basis come in units that cannot be put into one.
    """
    rows = aggregates[(aggregates["metric"] == metric) & (aggregates["scope"] == scope)]
    rows = rows[rows["data_year"].notna() & rows["value"].notna()].copy()
    factor = rows["unit"].map(lambda unit: _MONEY.get(unit, (unit, 1.0))[1]).astype(float)
    rows["unit"] = rows["unit"].map(lambda unit: _MONEY.get(unit, (unit, 1.0))[0])
    # Trillions to billions must not turn 8.9 into 8900.000000000002.
    rows["value"] = (rows["value"] * factor).round(9)
    if rows.groupby("basis")["unit"].nunique().gt(1).any():
        raise ValueError(f"{metric}: units {sorted(rows['unit'].unique())} cannot be put into one")
    rows = rows.sort_values(["basis", "data_year"], kind="stable")
    new = (rows["basis"] != rows["basis"].shift()) | (rows["data_year"].diff() != 1).fillna(True)
    rows["segment"] = new.cumsum().astype("int64")
    columns = ["data_year", "value", "unit", "basis", "segment", "zones", "growth_pct"]
    return rows[[*columns, "share_pct", "share_of", "derived", "source"]].reset_index(drop=True)


def growth(observed: pd.DataFrame) -> pd.DataFrame:
    """Return the growth of a series where two figures may be compared.

    ``growth = 100 (x_t / x_(t-1) - 1)`` within a segment of `series`, that is
    on one basis and between consecutive years only; the first figure of a
    segment has none, and so has one after a figure of zero or less. Figures
    that were derived, and not published, give none either way. Published
    figures are rounded, so that a growth computed from them is less exact than
    a published one.

    Returns
    -------
    pandas.DataFrame
        The series with ``computed_pct`` (float) and ``same_zones`` (True where
        both years cover the same number of zones; where it is False, part of
        the growth is that of the number of zones).
    """
    published = observed["value"].where(observed["derived"] != "yes")
    before = published.groupby(observed["segment"]).shift()
    computed = 100 * (published / before.where(before > 0) - 1)
    zones_before = observed.groupby("segment")["zones"].shift()
    same = (observed["zones"] == zones_before).fillna(False).astype(bool)
    return observed.assign(computed_pct=computed, same_zones=same)
