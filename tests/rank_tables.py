"""Tables of scores and ranks over years, built from a few words."""

from __future__ import annotations

import pandas as pd

YEARS = (2018, 2019, 2020, 2021, 2022, 2023)


def table(scores: dict[str, dict[int, float]], regions: dict[str, str] | None = None):
    """Return scores and their ranks, as scoring gives them: ties take the smallest rank."""
    regions = regions or {}
    rows = [
        {"year": year, "region": regions.get(unit, "west"), "unit": unit, "score": score}
        for unit, by_year in scores.items()
        for year, score in by_year.items()
    ]
    frame = pd.DataFrame(rows)
    ranks = {"method": "min", "ascending": False}
    frame["rank"] = frame.groupby("year")["score"].rank(**ranks).astype("Int64")
    frame["region_rank"] = frame.groupby(["year", "region"])["score"].rank(**ranks).astype("Int64")
    return frame


def field(watched: dict[int, float | None], others: int = 10, region: str = "west"):
    """Return one watched zone among `others` that score 70.1, 70.2, ... every year.

    The watched zone's value in a year is its score, or None if it is not assessed.
    """
    scores = {f"z{i:02d}": dict.fromkeys(YEARS, 70 + i / 10) for i in range(1, others + 1)}
    scores["w"] = {year: score for year, score in watched.items() if score is not None}
    return table(scores, dict.fromkeys(scores, region))


LOW, HIGH = 60.0, 90.0


def years_of(found: pd.DataFrame, unit: str = "w") -> list[int]:
    return found.loc[found["unit"] == unit, "year"].tolist()


def path(pattern: str) -> dict[int, float | None]:
    """Return scores over the years: ``L`` low, ``H`` high, ``-`` not assessed."""
    value = {"L": LOW, "H": HIGH, "-": None}
    return {year: value[mark] for year, mark in zip(YEARS, pattern, strict=True)}
