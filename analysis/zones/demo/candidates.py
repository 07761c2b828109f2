"""Synthetic provincial zones that ask for the national status: ``candidates.csv``.

They are zones of the smaller half of a panel drawn by the same generator from
another seed, given out to made-up provinces. Only the last two years are kept:
the newest is scored, the one before is a base for growth.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from analysis.core.write import write_table, write_text
from analysis.texts import text
from analysis.zones.demo.command import write_or_check
from analysis.zones.demo.levels import read_primitives
from analysis.zones.demo.panel import draw_panel
from analysis.zones.demo.settings import PREFIX, REGIONS, YEARS
from analysis.zones.management.upgrades import CONDITIONS

SEED = 2021
FILES = ("candidates.csv", "candidates.about.yml")
PROVINCES = {"east": 4, "central": 4, "west": 4}
PER_PROVINCE = (2, 5)  # least and greatest number of candidates
MET = (0.9, 0.85, 0.8)  # how likely each condition is to be met


def draw_candidates(seed: int = SEED) -> pd.DataFrame:
    """Draw synthetic provincial zones.

    Parameters
    ----------
    seed : int
        Not negative; the shipped table has `SEED`.

    Returns
    -------
    pandas.DataFrame
        ``year, unit, name, name_en, region, province``, the three conditions
        of `analysis.zones.management.upgrades.CONDITIONS` (bool), ``assessed``
        (false in the base year), then the primitives. Units are ``P001`` and
        so on; provinces are ``E1`` and so on, in no real place.
    """
    panel = draw_panel(seed)
    rng = np.random.default_rng([seed, len(PROVINCES)])
    years = YEARS[-2:]
    product = panel.values["gdp"].unstack("year")[list(years)].dropna()
    small = product[product[years[-1]] < product[years[-1]].median()].index
    regions = panel.units["region"].xs(years[-1], level="year").loc[small]
    rows: list[dict[str, object]] = []
    for region in REGIONS:
        sizes = rng.integers(PER_PROVINCE[0], PER_PROVINCE[1] + 1, PROVINCES[region])
        own = sorted(regions[regions == region].index)
        drawn = iter(rng.choice(own, sizes.sum(), replace=False))
        for number, size in enumerate(sizes, start=1):
            for _ in range(size):
                met = dict(zip(CONDITIONS, (rng.random(len(MET)) < MET).tolist(), strict=True))
                province = f"{PREFIX[region]}{number}"
                rows.append({"was": next(drawn), "region": region, "province": province, **met})
    known = pd.DataFrame(rows)
    known.insert(0, "unit", [f"P{number:03d}" for number in range(1, len(known) + 1)])
    for lang, column in (("zh", "name"), ("en", "name_en")):
        known[column] = [
            text("cycle.management.candidate", lang, number=number)
            for number in range(1, len(known) + 1)
        ]
    values = panel.values.astype({c: "Int64" for c, whole in read_primitives().items() if whole})
    parts = []
    for year in years:
        own_values = values.xs(year, level="year").loc[known["was"]].reset_index(drop=True)
        facts = known.assign(year=year, assessed=year == years[-1])
        facts = facts[[*_FACTS[:6], *CONDITIONS, *_FACTS[6:]]]
        parts.append(pd.concat([facts, own_values], axis=1))
    return pd.concat(parts, ignore_index=True)


_FACTS = ("year", "unit", "name", "name_en", "region", "province", "assessed")


def write_candidates(table: pd.DataFrame, folder: Path) -> None:
    """Write a table of candidates and where it comes from: `FILES`."""
    write_table(table, folder / FILES[0])
    about = {f"source_{lang}": text("cycle.management.candidates", lang) for lang in ("zh", "en")}
    words = yaml.safe_dump(
        {**about, "synthetic": True}, allow_unicode=True, sort_keys=False, width=1000
    )
    write_text(folder / FILES[1], words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return write_or_check(
        arguments,
        _write,
        FILES,
        module="analysis.zones.demo.candidates",
        description=f"Draw the provincial candidates of the demonstration (seed {SEED}).",
    )


def _write(folder: Path) -> None:
    write_candidates(draw_candidates(SEED), folder)


if __name__ == "__main__":
    sys.exit(main())
