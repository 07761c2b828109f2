"""The demonstration panel: what was composed, finished to the digits that are written."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.core.panel import REASON_COLUMNS, Panel
from analysis.texts import text
from analysis.zones.demo import settings as s
from analysis.zones.demo.calibrate import BoolArray, CalibrationError, FloatArray
from analysis.zones.demo.compose import Columns, compose
from analysis.zones.demo.draw import Seed, Zones, draw_noise, draw_zones, stream
from analysis.zones.demo.leaders import settled, shift
from analysis.zones.demo.levels import read_levels, read_primitives
from analysis.zones.demo.specs import SPECS

DIGITS = 6


def draw_panel(seed: int = s.SEED) -> Panel:
    """Draw a synthetic panel of zones from 2015 to 2023.

    Parameters
    ----------
    seed : int
        Not negative. `settings.SEED` gives the shipped panel.

    Returns
    -------
    Panel
        Primitives by year and unit. 2015 and the years before a zone is
        assessed only serve as a base (``assessed`` is false). Attributes:
        ``name_en`` and ``stage``. Every target of ``data/demo/targets.csv``
        that is marked as used holds, except that the regions of the first
        thirty are those of the shipped panel alone.

    Raises
    ------
    CalibrationError
        If no attempt can be brought to its levels.

    Notes
    -----
    The first thirty of 2018 and 2019 hold a published share of regional
    product, and who they are depends on it: product is shifted and the panel
    composed again until both agree. A draw in which they never do is drawn anew.
    """
    for attempt in range(s.ATTEMPTS):
        try:
            return _attempt((seed, attempt))
        except CalibrationError:
            continue
    raise CalibrationError(f"seed {seed}: no attempt can be calibrated")


def _attempt(seed: Seed) -> Panel:
    zones = draw_zones(seed)
    noise = {spec.code: draw_noise(seed, spec, zones) for spec in SPECS}
    levels = read_levels()
    adjustment = np.zeros_like(zones.log_gdp)
    for _ in range(s.ROUNDS):
        panel = finish(seed, zones, compose(zones, noise, levels, adjustment))
        change = shift(panel, zones)
        if settled(change):
            return panel
        adjustment = adjustment + change.steps
    raise CalibrationError("the first thirty do not settle")


def finish(seed: Seed, zones: Zones, columns: Columns) -> Panel:
    """Return the panel with digits rounded, idle years of foreign capital and gaps."""
    rng = stream(seed, "finish")
    columns = dict(columns)
    _idle(rng, zones, columns)
    decimals = {spec.code: spec.decimals for spec in SPECS}
    values = {}
    for code, whole in read_primitives().items():
        places = 0 if whole else decimals.get(code)
        exact = columns[code].ravel()
        values[code] = significant(exact) if places is None else np.round(exact, places)
    index = pd.MultiIndex.from_product([s.YEARS, zones.units], names=["year", "unit"])
    reasons = _gaps(rng, zones, values, index)
    there = zones.present.ravel()
    return Panel(
        pd.DataFrame(values, index=index)[there].sort_index(),
        _units(zones, index)[there].sort_index(),
        reasons,
        source=text("demo.source", "en"),
        synthetic=True,
    )


def significant(values: FloatArray) -> FloatArray:
    """Round to `DIGITS` significant digits, to the float that reads the same in decimals."""
    size = np.where(values == 0, 1.0, np.abs(values))
    places = DIGITS - 1 - np.floor(np.log10(size))
    power = 10.0 ** np.abs(places)
    rounded = np.where(
        places >= 0, np.rint(values * power) / power, np.rint(values / power) * power
    )
    return np.asarray(rounded)


def _units(zones: Zones, index: pd.MultiIndex) -> pd.DataFrame:
    regions = np.array(s.REGIONS, dtype=object)[zones.region]
    stages = np.array(s.STAGES, dtype=object)[zones.stage]
    names = {
        lang: [
            text(f"demo.unit.{region}", lang, number=number)
            for region, number in zip(regions, zones.number, strict=True)
        ]
        for lang in ("zh", "en")
    }
    many = len(s.YEARS)
    return pd.DataFrame(
        {
            "name": names["zh"] * many,
            "name_en": names["en"] * many,
            "region": np.tile(regions, many),
            "stage": np.tile(stages, many),
            "assessed": zones.assessed.ravel(),
        },
        index=index,
    )


def _idle(rng: np.random.Generator, zones: Zones, columns: Columns) -> None:
    """Leave some of the smallest without foreign capital in a year; the others make it up."""
    smallest = np.zeros_like(zones.assessed)
    for t, mask in enumerate(zones.assessed):
        if mask.any():
            amounts = columns["fdi_incl"][t]
            smallest[t] = mask & (amounts <= np.quantile(amounts[mask], s.IDLE_BELOW))
    idle = smallest & (rng.random(smallest.shape) < s.IDLE_CHANCE)
    for code in ("fdi_incl", "fdi"):
        before = np.where(zones.counted, columns[code], 0.0)
        made_up = before.sum(axis=1) / np.where(idle, 0.0, before).sum(axis=1)
        columns[code] = np.where(idle, 0.0, columns[code] * made_up[:, None])


def _gaps(
    rng: np.random.Generator, zones: Zones, values: Columns, index: pd.MultiIndex
) -> pd.DataFrame:
    """Empty a few cells of smaller zones, and say why."""
    eligible = np.flatnonzero((zones.assessed & _small(zones)).ravel())
    rows = []
    for gap in s.GAPS:
        for place in rng.choice(eligible, gap.cells, replace=False):
            year, unit = index[place]
            for code in gap.codes:
                values[code][place] = np.nan
                rows.append((int(year), str(unit), code, gap.reason))
    return pd.DataFrame(sorted(rows), columns=list(REASON_COLUMNS))


def _small(zones: Zones) -> BoolArray:
    """Return which zones are in the lower half of regional product."""
    return np.asarray(zones.log_gdp < np.median(zones.log_gdp, axis=1)[:, None])
