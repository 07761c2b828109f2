"""The two editions compared over many panels drawn from the generator of the demonstration.

The shipped panel is one draw. What is said of it may be due to that draw alone; here the
same measures stand for two hundred others, each scored by both editions in every year.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.core.catalogue import default_method, find_framework, find_method
from analysis.core.comparing.attribution import CAUSES, attribute, summarise_causes
from analysis.core.comparing.crosswalk import find_crosswalk
from analysis.core.comparing.design import design
from analysis.core.comparing.firmness import CAUSE, EFFECT
from analysis.core.comparing.measures import measures
from analysis.core.comparing.predictors import scaled
from analysis.core.derive import derive_items
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.core.write import write_table
from analysis.paths import data_dir
from analysis.zones.characteristics import CHARACTERISTICS, characteristics
from analysis.zones.decisions import CANDIDATES, STATUSES, TOP, exit_candidates, index_table
from analysis.zones.demo.calibrate import CalibrationError
from analysis.zones.demo.command import write_or_check
from analysis.zones.demo.panel import draw_panel
from analysis.zones.demo.settings import SEED

OLD, NEW = "mofcom-2016", "mofcom-2021"
PANELS = 200
LAST = 5
FILE = "editions_over_panels.csv"
DECIMALS = 6


def read_panels() -> pd.DataFrame:
    """Return the shipped table (`tabulate`)."""
    return pd.read_csv(data_dir() / "demo" / FILE, encoding="utf-8")


def seeds(first: int = 1) -> Iterable[int]:
    """Yield the seeds of panels to draw, ascending, that of the shipped panel left out."""
    seed = first
    while True:
        if seed != SEED:
            yield seed
        seed += 1


def tabulate(panels: int = PANELS, *, told: bool = False) -> pd.DataFrame:
    """Return what is measured on panels drawn from the first seeds.

    Parameters
    ----------
    panels : int
        Seeds of which no attempt can be brought to the published totals give
        no panel; the next one is taken.
    told : bool
        Whether to say on the error stream how far it is.

    Returns
    -------
    pandas.DataFrame
        ``seed``, then as `compare_editions`.
    """
    parts: list[pd.DataFrame] = []
    for seed in seeds():
        if len(parts) == panels:
            break
        try:
            panel = draw_panel(seed)
        except CalibrationError:
            continue
        found = compare_editions(panel)
        found.insert(0, "seed", seed)
        parts.append(found)
        if told:
            print(f"\r{len(parts)}/{panels}", end="", file=sys.stderr, flush=True)
    return pd.concat(parts, ignore_index=True)


def compare_editions(panel: Panel) -> pd.DataFrame:
    """Return what is measured on a panel scored by both editions, each by its default method.

    Parameters
    ----------
    panel : Panel
        Of primitives, as `analysis.zones.demo.draw_panel` gives.

    Returns
    -------
    pandas.DataFrame
        One row a year: ``year``; the columns of
        `analysis.core.comparing.measures.measures` (first 30, last 5 of each
        region, the characteristics of the zones); ``effect:<characteristic>``:
        standard deviations of places won by one standard deviation of it, the
        others and the region being the same
        (`analysis.core.comparing.gains.gains`); ``cause:<cause>``: mean
        absolute part of the cause in the shifts of rank, in places
        (`analysis.core.comparing.attribution.attribute`); ``candidates_both,
        candidates_old, candidates_new``: candidates for exit under both
        editions, and under one only (`analysis.zones.decisions`). Real numbers
        rounded to 6 decimals.
    """
    frameworks = [find_framework(name) for name in (OLD, NEW)]
    methods = [find_method(default_method(name)) for name in (OLD, NEW)]
    items = [derive_items(panel, framework)[0] for framework in frameworks]
    scored = [
        score(derived, framework, method)
        for derived, framework, method in zip(items, frameworks, methods, strict=True)
    ]
    tables = [index_table(scores) for scores in scored]
    decided = exit_candidates(tables[0], tables[1])
    rows = []
    for year in panel.years:
        sides = [scores.in_year(year)[scores.framework.root] for scores in scored]
        units = sides[0].index.union(sides[1].index).sort_values()
        old, new = (side.reindex(units) for side in sides)
        regions = scored[1].units_in(year)["region"].reindex(units).fillna("")
        known = scaled(characteristics(panel, year).reindex(units), CHARACTERISTICS)
        row = measures(
            old.to_numpy()[None, :],
            new.to_numpy()[None, :],
            top=TOP,
            last=LAST,
            regions=list(regions),
            characteristics=known,
        )
        row.insert(0, "year", year)
        split = _split(items, frameworks, methods, year)
        won = split.set_index("unit")["rank_shift"].astype("float64")
        row = row.assign(**_effects(won, known, regions), **_causes(split))
        of_year = decided[decided["year"] == year]["status"]
        counts = {f"{CANDIDATES}{side}": int((of_year == side).sum()) for side in STATUSES}
        rows.append(row.assign(**counts))
    return pd.concat(rows, ignore_index=True).round(DECIMALS)


def _split(
    items: Sequence[Panel], frameworks: Sequence[Framework], methods: Sequence[Method], year: int
) -> pd.DataFrame:
    """Return the shift of every zone split into its causes."""
    crosswalk = find_crosswalk(*frameworks)
    assert crosswalk is not None  # it is shipped with the editions
    (old, new), (one, other) = frameworks, methods
    return attribute(items[0], items[1], old, new, one, other, year, crosswalk).table


def _effects(won: pd.Series, known: pd.DataFrame, regions: pd.Series) -> dict[str, float]:
    """Return the standardised effect of each characteristic on the places won."""
    made = design(won, known.reindex(won.index), regions.reindex(won.index))
    solved = np.linalg.lstsq(made.matrix, made.shift, rcond=None)[0][1:] / made.shift.std()
    plain = made.terms["level"].eq("").to_numpy()
    names = made.terms["predictor"].to_numpy()[plain]
    return {f"{EFFECT}{name}": float(one) for name, one in zip(names, solved[plain], strict=True)}


def _causes(split: pd.DataFrame) -> dict[str, float]:
    mean = summarise_causes(split).set_index("cause")["rank_mean"]
    return {f"{CAUSE}{cause}": float(mean[cause]) for cause in CAUSES}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return write_or_check(
        arguments,
        _write,
        (FILE,),
        module="analysis.zones.demo.panels",
        description=f"Compare the two editions over {PANELS} panels (some minutes).",
    )


def _write(folder: Path) -> None:
    write_table(tabulate(told=sys.stderr.isatty()), folder / FILE)


if __name__ == "__main__":
    sys.exit(main())
