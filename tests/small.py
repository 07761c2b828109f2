"""Small frameworks and panels for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.core.framework import Framework
from analysis.core.panel import Panel
from analysis.core.read_framework import read_framework

REQUIRED = ("code", "parent", "name_zh", "name_en", "weight", "direction")

# Groups of two and one items, both directions, a weight set for a region.
UNEVEN: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "a", "parent": "i", "weight": 3},
    {"code": "b", "parent": "i", "weight": 2},
    {"code": "c", "parent": "i", "weight": 1, "direction": 1},
    {"code": "x", "parent": "a", "direction": 1, "weight": 1},
    {"code": "y", "parent": "a", "direction": -1, "weight": 2},
    {"code": "z", "parent": "b", "direction": 1, "weight": 1, "weight[region=s]": 5},
    {"code": "w", "parent": "b", "direction": 1, "weight": 1},
]


def framework_file(folder: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write a framework with the given cells; what is left out is empty."""
    columns = list(dict.fromkeys([*REQUIRED, *(key for row in rows for key in row)]))
    path = folder / "small.csv"
    frame = pd.DataFrame([{column: row.get(column, "") for column in columns} for row in rows])
    frame.to_csv(path, index=False)
    return path


def framework(folder: Path, rows: Sequence[Mapping[str, object]]) -> Framework:
    """Return a framework made of the given rows."""
    return read_framework(framework_file(folder, rows))


def flat(folder: Path, items: str, **cells: object) -> Framework:
    """Return an index ``i`` straight above the items named, higher being better."""
    rows: list[dict[str, object]] = [{"code": "i", **cells}]
    rows += [{"code": item, "parent": "i", "direction": 1} for item in items.split()]
    return framework(folder, rows)


def panel(
    values: Mapping[str, Sequence[float]],
    year: int | Sequence[int] = 2020,
    units: Sequence[str] | None = None,
    **attributes: Sequence[object],
) -> Panel:
    """Return a panel of the given columns, units ``a, b, c ...`` of one year by default."""
    many = len(next(iter(values.values())))
    years = [year] * many if isinstance(year, int) else list(year)
    names = list(units) if units is not None else [f"{chr(97 + i)}" for i in range(many)]
    index = pd.MultiIndex.from_arrays([years, names], names=["year", "unit"])
    frame = pd.DataFrame({k: np.asarray(v, dtype=float) for k, v in values.items()}, index=index)
    known = {"name": names, "region": [""] * many, **attributes}
    order = np.lexsort((names, years))
    return Panel(frame.iloc[order], pd.DataFrame(known, index=index).iloc[order])
