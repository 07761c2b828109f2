"""COINr's worked example in plain Python: one value at a time, from its documentation.

Slow and simple on purpose, and without anything of the project: what the engine
is held against. Steps and defaults are those of COINr's vignettes on denomination,
imputation, treatment, normalisation and aggregation.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path

GROUP = "EurAsia_group"
Key = tuple[str, str, str]


def replay(data: Path, meta: Path) -> dict[Key, float]:
    """Return every score by (year, unit, node), scaled over all years of the data."""
    nodes = [row for row in _rows(meta) if row["Type"] in ("Indicator", "Aggregate")]
    items = [row for row in nodes if row["Type"] == "Indicator"]
    table = _rows(data)
    years = sorted({row["Time"] for row in table})
    treated: dict[Key, float] = {}
    for year in years:
        rows = [row for row in table if row["Time"] == year]
        for item in items:
            column = [_denominated(row, item) for row in rows]
            groups = defaultdict(list)
            for row, value in zip(rows, column, strict=True):
                if value is not None:
                    groups[row[GROUP]].append(value)
            means = {group: _mean(values) for group, values in groups.items()}
            filled = [
                means[row[GROUP]] if value is None else value
                for row, value in zip(rows, column, strict=True)
            ]
            for row, value in zip(rows, _treated(filled), strict=True):
                treated[year, row["uCode"], item["iCode"]] = value * float(item["Direction"])
    scores: dict[Key, float] = {}
    for item in items:
        code = item["iCode"]
        column = {key: value for key, value in treated.items() if key[2] == code}
        low, high = min(column.values()), max(column.values())
        scores |= {key: (value - low) / (high - low) * 100 for key, value in column.items()}
    for level in range(2, 1 + max(int(node["Level"]) for node in nodes)):
        for parent in (node for node in nodes if int(node["Level"]) == level):
            children = [node for node in nodes if node["Parent"] == parent["iCode"]]
            for row in table:
                year, unit = row["Time"], row["uCode"]
                weights = [float(child["Weight"]) for child in children]
                values = [scores[year, unit, child["iCode"]] for child in children]
                products = [w * x for w, x in zip(weights, values, strict=True)]
                scores[year, unit, parent["iCode"]] = math.fsum(products) / math.fsum(weights)
    return scores


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _number(cell: str) -> float | None:
    return None if cell in ("", "NA") else float(cell)


def _denominated(row: dict[str, str], item: dict[str, str]) -> float | None:
    value = _number(row[item["iCode"]])
    if not item["Denominator"]:
        return value
    size = _number(row[item["Denominator"]])
    return None if value is None or size is None else value / size


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _passes(values: list[float]) -> bool:
    n, mean = len(values), _mean(values)
    away = [value - mean for value in values]
    squares = math.fsum(a**2 for a in away)
    skewness = math.sqrt(n) * math.fsum(a**3 for a in away) / squares**1.5
    skewness *= math.sqrt(n * (n - 1)) / (n - 2)
    ratio = n * math.fsum(a**4 for a in away) / squares**2
    kurtosis = ((n + 1) * (ratio - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    return abs(skewness) < 2 or kurtosis < 3.5


def _skewness_sign(values: list[float]) -> float:
    mean = _mean(values)
    return math.fsum((value - mean) ** 3 for value in values)


def _treated(values: list[float]) -> list[float]:
    if _passes(values):
        return values
    current, moved = list(values), 0
    while moved < 5 and not _passes(current):
        if _skewness_sign(current) >= 0:
            end = max(current)
            to = max(value for value in current if value < end)
        else:
            end = min(current)
            to = min(value for value in current if value > end)
        current = [to if value == end else value for value in current]
        moved = sum(a != b for a, b in zip(values, current, strict=True))
    if _passes(current):
        return current
    low, high = min(values), max(values)
    return [math.log(value - low + 0.01 * (high - low)) for value in values]
