"""Drawing: which zones there are, their factors, and the noise of each primitive."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.zones.demo import settings as s
from analysis.zones.demo.specs import Spec

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Zones:
    """The zones of one draw; arrays by year and zone unless said otherwise.

    Attributes
    ----------
    region : ndarray of int, shape (zones,)
        Place in `settings.REGIONS`.
    number : ndarray of int, shape (zones,)
        Running number within the region, from 1.
    factors : dict of ndarray
    figures_move : ndarray, shape (zones,)
        Factor on the yearly noise of single figures.
    log_gdp : ndarray
        Logarithm of regional product, up to a constant for each year.
    present : ndarray of bool
        Whether there is a row for the zone in that year.
    assessed : ndarray of bool
    stage : ndarray of int, shape (zones,)
        Place in `settings.STAGES`.
    """

    region: NDArray[np.int_]
    number: NDArray[np.int_]
    factors: dict[str, FloatArray]
    figures_move: FloatArray
    log_gdp: FloatArray
    present: BoolArray
    assessed: BoolArray
    stage: NDArray[np.int_]

    @property
    def units(self) -> NDArray[np.str_]:
        """Identifiers: the region's letter and the number."""
        prefix = [s.PREFIX[s.REGIONS[region]] for region in self.region]
        return np.array([f"{p}{n:03d}" for p, n in zip(prefix, self.number, strict=True)])

    @property
    def counted(self) -> BoolArray:
        """Zones over which levels are taken: those assessed; in the base year those of the next."""
        counted = self.assessed.copy()
        counted[0] = self.assessed[1]
        return counted

    @property
    def staying(self) -> BoolArray:
        """Zones that count and are still there in the next year."""
        staying = self.counted
        staying[:-1] &= self.present[1:]
        return staying

    @property
    def listed(self) -> BoolArray:
        """Zones with the status, assessed yet or not."""
        listed = self.counted
        listed[s.YEARS.index(s.ENTRY_YEAR) - 1] |= self.assessed[s.YEARS.index(s.ENTRY_YEAR)]
        return listed & self.present


@dataclass(frozen=True, eq=False)
class Noise:
    """A primitive's own: permanent (zones,), moving (years, zones), offset below 1 (zones,)."""

    permanent: FloatArray
    moving: FloatArray
    offset: FloatArray


Seed = tuple[int, int]  # the user's, and the number of the attempt


def stream(seed: Seed, word: str) -> np.random.Generator:
    """Return the random stream of one part of the panel.

    Each part has its own, so that adding a primitive leaves the others alone.
    """
    return np.random.default_rng([*seed, zlib.crc32(word.encode())])


def autoregression(
    rng: np.random.Generator, count: int, noise: float, persistence: float, freedom: int = 3
) -> FloatArray:
    """Draw a stationary first-order autoregression, shape (years, count).

    Its standard deviation is `noise`; innovations are Student t with few
    degrees of freedom, since yearly figures now and then leap.
    """
    steps = rng.standard_t(freedom, (len(s.YEARS), count)) * np.sqrt((freedom - 2) / freedom)
    steps *= noise * np.sqrt(1 - persistence**2)
    steps[0] /= np.sqrt(1 - persistence**2)
    for year in range(1, len(s.YEARS)):
        steps[year] += persistence * steps[year - 1]
    return np.asarray(steps)


def draw_zones(seed: Seed) -> Zones:
    """Draw the zones: regions, factors, who enters, who leaves, and how they grow."""
    rng = stream(seed, "zones")
    counts = [s.ZONES[region] for region in s.REGIONS]
    region = np.repeat(np.arange(len(counts)), counts)
    number = np.concatenate([np.arange(1, count + 1) for count in counts])
    many = len(region)
    spread = np.array(s.REGION_SPREAD)[region]
    lot = np.array(s.SIZE_MEANS)[region] + spread * rng.standard_normal(many)
    z = ndtri((np.argsort(np.argsort(lot)) + 0.5) / many)
    size = np.interp(z, s.SIZE_SCORES, s.SIZE_VALUES)
    z = (size - size.mean()) / size.std()
    permanent = {"size": size}
    for name, factor in s.FACTORS.items():
        own = spread * rng.standard_normal(many)
        mixed = factor.with_size * z + np.sqrt(1 - factor.with_size**2) * own
        permanent[name] = np.array(factor.means)[region] + factor.spread * mixed
    strength = np.sum(list(permanent.values()), axis=0)
    place = np.argsort(np.argsort(-strength))
    figures_move = np.interp(place, s.PLACES, s.FIGURES_MOVE)
    traits_move = np.interp(place, s.PLACES, s.TRAITS_MOVE)
    entrant = _entrants(rng, region, size)
    exit_year = _exits(region, strength, entrant)
    size = np.where(exit_year > 0, s.EXIT_SIZE, size)
    decline = s.TRAIT_DECLINE * _years_of_decline(exit_year)
    factors = {"size": np.broadcast_to(size, (len(s.YEARS), many))}
    for name, factor in s.FACTORS.items():
        moving = autoregression(rng, many, factor.noise, factor.persistence, 5)
        factors[name] = permanent[name] + traits_move * moving - decline
    years = np.array(s.YEARS)[:, None]
    present = (exit_year == 0) | (years <= exit_year)
    assessed = present & (years > s.BASE_YEAR) & (~entrant | (years >= s.ENTRY_YEAR))
    mature = rng.random(many) < 1 / (1 + np.exp(-s.MATURE_WITH_SIZE * (z - s.MATURE_FROM)))
    stage = np.where(entrant, 2, np.where(mature, 0, 1))
    log_gdp = _growth(rng, size, figures_move, exit_year)
    return Zones(region, number, factors, figures_move, log_gdp, present, assessed, stage)


def _entrants(rng: np.random.Generator, region: NDArray[np.int_], size: FloatArray) -> BoolArray:
    """Choose the zones that are upgraded: neither the smallest nor the largest of their region."""
    entrant = np.zeros(len(region), dtype=bool)
    for place, name in enumerate(s.REGIONS):
        here = np.flatnonzero(region == place)
        low, high = np.quantile(size[here], s.ENTRANT_SIZE)
        eligible = here[(size[here] >= low) & (size[here] <= high)]
        entrant[rng.choice(eligible, s.ENTRANTS[name], replace=False)] = True
    return entrant


def _exits(region: NDArray[np.int_], strength: FloatArray, entrant: BoolArray) -> NDArray[np.int_]:
    """Return the last year of each zone, 0 for those that stay: the weakest leave."""
    exit_year = np.zeros(len(region), dtype=int)
    for year, name in s.EXITS:
        free = (region == s.REGIONS.index(name)) & ~entrant & (exit_year == 0)
        weakest = np.flatnonzero(free)[np.argmin(strength[free])]
        exit_year[weakest] = year
    return exit_year


def _years_of_decline(exit_year: NDArray[np.int_]) -> FloatArray:
    """Return how many years of decline each zone has had: it starts three years before its end."""
    years = np.array(s.YEARS)[:, None]
    return np.where(exit_year > 0, np.clip(years - (exit_year - 3), 0, 3), 0).astype(np.float64)


def _growth(
    rng: np.random.Generator,
    size: FloatArray,
    figures_move: FloatArray,
    exit_year: NDArray[np.int_],
) -> FloatArray:
    """Let regional product grow from its size in the base year, with jumps and declines."""
    many = len(size)
    steps = figures_move * autoregression(rng, many, s.GROWTH_NOISE, s.GROWTH_PERSISTENCE)
    steps += s.GROWTH_SPREAD * rng.standard_normal(many)
    steps -= s.CONVERGENCE * (size - size.mean())
    place = np.argsort(np.argsort(-size))
    middle = (place >= s.JUMP_FROM) & (exit_year == 0)
    leaps = middle & (rng.random(steps.shape) < s.JUMP_CHANCE)
    extent = rng.uniform(*s.JUMP_SIZE, steps.shape) * rng.choice([-1, 1], steps.shape, p=[0.4, 0.6])
    steps += np.where(leaps, extent, 0.0)
    steps -= s.DECLINE * np.diff(_years_of_decline(exit_year), axis=0, prepend=0.0)
    steps[0] = 0.0
    return size + np.cumsum(steps, axis=0)


def draw_noise(seed: Seed, spec: Spec, zones: Zones) -> Noise:
    """Draw what is a primitive's own."""
    rng = stream(seed, spec.code)
    many = len(zones.region)
    permanent = spec.spread * rng.standard_normal(many)
    moving = zones.figures_move * autoregression(rng, many, spec.noise, spec.persistence)
    # Without an offset the few things that a leaving zone would have come to nothing.
    return Noise(permanent, moving, np.where(zones.present[-1], rng.random(many), 0.0))
