"""What the demonstration panel is drawn from: zones, traits, what moves, what is published.

Nothing here is published. The numbers say how unequal zones are, how their
quantities hang together and how much changes from year to year; they were set
so that the panel behaves as the published record does (who holds what share,
how many of the first thirty are replaced in a round). Primitives are in
`specs`, totals and ratios of each year in ``data/demo/levels.csv``.
"""

from __future__ import annotations

from dataclasses import dataclass

# The first seed from 1 on with three to six of the first thirty replaced in
# every round, the published regions among them in 2020, and within three of the
# published ones in the other years.
SEED = 185

BASE_YEAR = 2015
YEARS = tuple(range(BASE_YEAR, 2024))

REGIONS = ("east", "central", "west")
PREFIX = {"east": "E", "central": "C", "west": "W"}

# Zones drawn, and of them those first assessed in 2022 (upgraded in 2021).
ZONES = {"east": 112, "central": 68, "west": 52}
ENTRANTS = {"east": 5, "central": 5, "west": 3}
ENTRY_YEAR = 2022
# Last year in which a zone that loses its status is assessed, with its region.
EXITS = ((2018, "west"), (2019, "west"), (2022, "central"))


# Size (the logarithm of regional product in the base year) has the same
# distribution in every draw: a dozen zones far ahead, a broad upper middle in
# which zones are close, a thin lower end. Points of it by normal score; zones
# are dealt out by a lot that favours regions so much.
SIZE_SCORES = (-3.0, -1.0, 0.0, 0.5, 1.0, 1.4, 1.8, 2.1, 3.0)
SIZE_VALUES = (-1.35, -0.64, -0.02, 0.30, 0.58, 0.92, 1.42, 1.82, 2.45)
SIZE_MEANS = (0.27, 0.02, -0.53)


# Stage of development, an attribute on which weight sets can be keyed: the
# larger a zone, the likelier it is mature; upgraded ones are new.
STAGES = ("mature", "growing", "new")
MATURE_WITH_SIZE, MATURE_FROM = 1.5, 0.6


@dataclass(frozen=True)
class Factor:
    """A trait of zones that many quantities share.

    A zone's value is its region's mean, its own permanent part and a part
    that moves from year to year as an autoregression.

    Attributes
    ----------
    means : tuple of float
        East, Central, West.
    spread : float
        Standard deviation of the permanent part.
    with_size : float
        Correlation of the permanent part with size.
    noise, persistence : float
        Standard deviation and autocorrelation of the moving part.
    """

    means: tuple[float, float, float]
    spread: float
    with_size: float
    noise: float
    persistence: float = 0.75


FACTORS: dict[str, Factor] = {
    "openness": Factor((0.48, -0.30, -0.50), 0.65, 0.60, 0.15),
    "innovation": Factor((0.15, 0.00, -0.20), 0.65, 0.70, 0.26),
    "green": Factor((0.15, -0.05, -0.25), 0.75, 0.60, 0.28),
    "service": Factor((0.10, 0.00, -0.10), 0.55, 0.65, 1.20, 0.5),
}

# How much moves from year to year, by the zone's place in permanent strength.
# Yearly figures are the steadier the stronger the zone; traits are steady
# among the first and change most around the thirtieth place and among the last.
PLACES = (0, 14, 22, 30, 70, 120, 190, 231)
FIGURES_MOVE = (0.25, 0.25, 0.40, 0.60, 0.80, 1.00, 1.20, 1.30)
TRAITS_MOVE = (0.15, 0.20, 0.75, 2.10, 1.70, 0.90, 1.10, 1.80)

# How unequal the zones of a region are (a few in the West are strong).
REGION_SPREAD = (1.0, 0.95, 1.25)

GROWTH_SPREAD = 0.010  # permanent differences in the growth of regional product
GROWTH_NOISE = 0.022  # yearly ones (Student t, 4 degrees of freedom)
GROWTH_PERSISTENCE = 0.3
CONVERGENCE = 0.006  # how much slower a zone grows that is larger by one log unit
JUMP_CHANCE = 0.05  # a year in which a zone is enlarged, merged or corrected
JUMP_FROM = 14  # place in size from which that happens
JUMP_SIZE = (0.15, 0.45)
EXIT_SIZE = -2.0  # size of a zone that leaves: small enough to leave totals as they are
DECLINE = 0.10  # yearly fall of regional product in the three years before a zone leaves
TRAIT_DECLINE = 0.50  # and of its traits
ENTRANT_SIZE = (0.25, 0.65)  # quantiles of size between which upgraded zones lie

ABOVE_30_BN = -0.3  # logit of the share of CNY 3.0 bn among firms of CNY 1.5 bn and more


ROUNDS = 10  # after which a calibration that has not settled is given up
ATTEMPTS = 50  # after which a seed is


@dataclass(frozen=True)
class FirstTen:
    """The share that the first ten zones by a quantity hold in one year.

    ``growing``: only zones whose quantity grew can be among them, as the
    foreign-capital list had it.
    """

    year: int
    share: float
    growing: bool


# A growth between these bounds is moved up to the latter, among zones that may
# be of the ten, so that no rounding decides who has grown.
DOUBTFUL_GROWTH = 0.002
CLEAR_GROWTH = 0.004

# The zones ahead of the fifth are drawn in to it by this factor on the
# logarithm, so that no single one holds too much of the whole.
DRAWN_IN = 0.5

# Inside the rounding intervals of both the share and the sum that were published.
FIRST_TEN = {
    "trade": FirstTen(2019, 0.393, False),
    "fdi_incl": FirstTen(2019, 0.31285, True),
}


@dataclass(frozen=True)
class Leaders:
    """What the first thirty by the index hold of regional product, in two years.

    ``shares``: that of each year's own first thirty; ``growth``: of the first
    thirty of the later year since the earlier one, in per cent.
    """

    years: tuple[int, int]
    shares: tuple[float, float]
    growth: float
    framework: str


LEADERS = Leaders((2018, 2019), (0.377, 0.364), 7.4, "mofcom-2016")
LEADERS_TOLERANCE = (2e-4, 0.02)  # of the shares, of the growth in percentage points

# Zones among the smallest by foreign capital that had none in a year.
IDLE_BELOW = 0.03  # quantile
IDLE_CHANCE = 0.25


@dataclass(frozen=True)
class Gap:
    """Cells left empty: how many, of which primitives together, and why.

    ``reason`` is the code of a finding in the table of texts. Only primitives
    that no published total touches have gaps.
    """

    codes: tuple[str, ...]
    cells: int
    reason: str


GAPS = (
    Gap(("output_lead",), 8, "demo_confidential"),
    Gap(("talent", "rd_staff"), 5, "demo_not_surveyed"),
    Gap(("sewage", "sewage_treated"), 6, "demo_under_review"),
    Gap(("nox",), 5, "demo_not_monitored"),
    Gap(("appeals", "appeals_settled"), 4, "demo_not_surveyed"),
)
