"""The yearly levels that the panel is brought to: ``data/demo/levels.csv``."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.paths import data_dir
from analysis.zones.demo.settings import YEARS

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Level:
    """What one primitive comes to in each year, over the zones that count.

    Attributes
    ----------
    kind : str
        ``sum``; ``sum_listed`` (zones not yet assessed included); ``pick``
        (the sum of what counts in each region); ``pooled_ratio`` (sum over
        that of `per`); ``part_share`` (sum of `per` over the sum); ``mean``;
        ``mean_ratio`` (mean of the ratios to `per`); ``median``.
    per : str
    values : ndarray, shape (years,)
    increases : dict
        Year to the increase (of a count or a ratio) over the year before, for
        the zones of that year; it stands in place of the level.
    """

    kind: str
    per: str
    values: FloatArray
    increases: dict[int, float]


def read_levels() -> dict[str, Level]:
    """Read the levels; years between those given are interpolated.

    Between two years ``a`` and ``b`` a level is ``exp`` of the straight line
    through ``log x_a`` and ``log x_b``. Outside them it stays as it is (only
    where increases follow, which set the level themselves).
    """
    with (data_dir() / "demo" / "levels.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    levels = {}
    for code in dict.fromkeys(row["code"] for row in rows):
        own = [row for row in rows if row["code"] == code]
        given = [row for row in own if row["kind"] != "increase"]
        years = [float(row["year"]) for row in given]
        logs = np.log([float(row["value"]) for row in given])
        values = np.exp(np.interp(np.array(YEARS, dtype=np.float64), years, logs))
        increases = {int(r["year"]): float(r["value"]) for r in own if r["kind"] == "increase"}
        levels[code] = Level(given[0]["kind"], given[0]["per"], values, increases)
    return levels


def read_primitives() -> dict[str, bool]:
    """Return the primitives in the order of their list, and which are whole numbers."""
    with (data_dir() / "demo" / "primitives.csv").open(encoding="utf-8", newline="") as handle:
        return {row["code"]: row["integer"] == "true" for row in csv.DictReader(handle)}
