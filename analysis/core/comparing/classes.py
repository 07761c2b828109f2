"""Shifts summed up for classes of units: by region, by thirds of a characteristic."""

from __future__ import annotations

import numpy as np
import pandas as pd


def classes(values: pd.Series, many: int = 3) -> pd.Series:
    """Return the class of every unit when units are cut into classes of like number.

    ``class = ceil(many * r / n)`` with ``r`` the mean rank from the lowest
    value: units of equal value are in one class.

    Parameters
    ----------
    values : pandas.Series
        By unit; NaN: no class.
    many : int

    Returns
    -------
    pandas.Series
        str: ``"1"`` for the lowest to ``str(many)``; ``""`` where there is no value.
    """
    finite = values.where(np.isfinite(values.to_numpy(dtype=np.float64)))
    ranks = finite.rank(method="average") / max(int(finite.notna().sum()), 1)
    numbers = np.ceil(np.round(many * ranks.to_numpy(dtype=np.float64), 9))
    codes = ["" if np.isnan(n) else str(int(n)) for n in numbers]
    return pd.Series(codes, index=values.index, dtype="str")


def summarise(
    shift: pd.Series, by: pd.DataFrame, parts: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the shifts of the units of each class.

    Parameters
    ----------
    shift : pandas.Series
        By unit; units without a number are left out.
    by : pandas.DataFrame
        Index ``unit``; a column a division into classes (str, ``""``: none).
    parts : pandas.DataFrame, optional
        Index ``unit``; a column a cause: what of the shift is its share.

    Returns
    -------
    pandas.DataFrame
        ``by, class`` (``""`` and ``""`` for all units in the first row), ``units,
        mean, q25, median, q75, gaining, losing`` (shares of the units with a
        shift above and below 0), and the mean of every part. Divisions in the
        order of the columns, classes sorted. No units: no rows.
    """
    known = shift[np.isfinite(shift.to_numpy(dtype=np.float64))].sort_index()
    shares = None if parts is None else parts.reindex(known.index)
    rows = [{"by": "", "class": "", **_row(known, shares)}] if len(known) else []
    for name in by.columns:
        codes = by[name].reindex(known.index).fillna("").astype(str)
        for code in sorted(set(codes) - {""}):
            mine = codes == code
            own = None if shares is None else shares[mine]
            rows.append({"by": str(name), "class": code, **_row(known[mine], own)})
    return pd.DataFrame(rows)


def _row(shift: pd.Series, parts: pd.DataFrame | None) -> dict[str, object]:
    values = shift.to_numpy(dtype=np.float64)
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    row: dict[str, object] = {
        "units": len(values),
        "mean": values.mean(),
        "q25": low,
        "median": middle,
        "q75": high,
        "gaining": float((values > 0).mean()),
        "losing": float((values < 0).mean()),
    }
    return row | {} if parts is None else row | {str(c): float(parts[c].mean()) for c in parts}
