"""The steps of a method, each a small frozen specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.core.normalisations import NORMALISATIONS


@dataclass(frozen=True)
class Denomination:
    """Whether items are divided by what the framework names as their denominator.

    Attributes
    ----------
    rule : {"divide", "none"}
        See `analysis.core.denominate`. A framework without denominators is
        left as it is.
    """

    rule: str = "divide"


@dataclass(frozen=True)
class Screening:
    """Which unit-years have too little data to be scored (see `analysis.core.screen`).

    Attributes
    ----------
    rule : {"none", "leave_out", "flag"}
        ``leave_out``: they take no part in any later step and have no score;
        ``flag``: they are named in the findings and scored all the same.
    unit_share : float
        Share of all items that a unit-year must have, from 0 to 1.
    group_share : float
        Share of the items under each child of the index that it must have.
    nonzero_share : float
        Share of the values it has that must not be zero.
    """

    rule: str = "none"
    unit_share: float = 0.65
    group_share: float = 0.0
    nonzero_share: float = 0.0


@dataclass(frozen=True)
class Imputation:
    """How missing values are filled (see `analysis.core.impute`).

    Attributes
    ----------
    rule : {"none", "mean", "median", "nearest", "interpolate", "regression", "em"}
    within : str
        Attribute of the units (``region``, say): means, medians, regressions
        and EM are taken among the units that share it. Empty: all units.
    over : {"year", "pooled"}
        Whether they are taken within each year or over all years together.
    max_years : int, optional
        Farthest year from which a value is taken (nearest, interpolate).
    look : {"both", "back"}
        Whether the nearest year may be a later one.
    among : {"all", "group"}
        Other items used by regression and EM: all, or those under the same
        child of the index.
    regressors : int
        Items used by one regression at most.
    """

    rule: str = "none"
    within: str = ""
    over: str = "year"
    max_years: int | None = None
    look: str = "both"
    among: str = "all"
    regressors: int = 3


@dataclass(frozen=True)
class Treatment:
    """What is done about outliers, item by item and year by year.

    Attributes
    ----------
    rule : {"jrc", "boxcox", "quantile", "iqr", "none"}
        ``jrc``: an item fails where ``|skewness| >= skewness`` and ``excess
        kurtosis >= kurtosis`` (see `analysis.core.treat`); it is winsorised
        until it passes, and where that does not do, transformed instead.
        ``boxcox``: every item is transformed (`analysis.core.boxcox`).
        ``quantile``, ``iqr``: values beyond fences are moved to them
        (`analysis.core.fences`). An item's own rule stands in the column
        ``treatment`` of the framework.
    skewness, kurtosis : float
    max_points : int
        Points to winsorise at most (ties are moved together).
    transform : {"log_ct", "log_ct_plus", "boxcox", "none"}
    power : float, optional
        The Box-Cox exponent; by default the one of the greatest likelihood.
    lower_quantile, upper_quantile : float
        The quantile fences, from 0 to 1.
    whisker : float
        Distance of the IQR fences from the quartiles, in interquartile ranges.
    over : {"year", "pooled"}
        Whether an item is treated within each year or over all years together.
    """

    rule: str = "jrc"
    skewness: float = 2.0
    kurtosis: float = 3.5
    max_points: int = 5
    transform: str = "log_ct"
    power: float | None = None
    lower_quantile: float = 0.05
    upper_quantile: float = 0.95
    whisker: float = 1.5
    over: str = "year"


@dataclass(frozen=True)
class Normalisation:
    """How items are put on one scale.

    Attributes
    ----------
    rule : str
        A name of `analysis.core.normalisations.NORMALISATIONS`, or of a
        function of one's own that is given to `analysis.core.score.score`. An
        item's own rule stands in the column ``normalisation`` of the framework.
    lower, upper : float, optional
        Ends of the scale; what is left out is as `NORMALISATIONS` says (60 and
        100 for the efficacy scores, 0 and 100 for min-max, 0 and 1 for
        goalposts). A z-score, for one, has none.
    over : {"year", "pooled", "base"}
        Where the ends, means and the like come from: each year by itself, all
        years together, or the year ``base``.
    base : int, optional
    within : str
        Attribute of the units (``region``, say): each group of units that
        share it is put on a scale by itself. Empty: all units.
    reference : str
        What distances and ratios refer to: ``best``, ``worst``, ``mean``,
        ``median``, ``target`` (the framework's column) or the code of a unit.
    cap : bool
        Whether a distance to the reference ends at the top of the scale.
    threshold : float
        Distance from the mean, as a share of it, that counts as above or below.
    cuts, grades : tuple of float
        The categorical scale: percentiles between its grades, and those.
    mean, sd : float
        Mean and standard deviation of the z-scores.
    """

    rule: str = "efficacy"
    lower: float | None = None
    upper: float | None = None
    over: str = "year"
    base: int | None = None
    within: str = ""
    reference: str = "best"
    cap: bool = False
    threshold: float = 0.2
    cuts: tuple[float, ...] = (5.0, 15.0, 35.0, 65.0, 85.0, 95.0)
    grades: tuple[float, ...] = (0.0, 20.0, 40.0, 50.0, 60.0, 80.0, 100.0)
    mean: float = 0.0
    sd: float = 1.0

    def has_scale(self, rule: str) -> bool:
        """Return whether an item normalised by ``rule`` lies between two ends."""
        return rule in NORMALISATIONS and NORMALISATIONS[rule].scale is not None

    def range_of(self, rule: str) -> tuple[float, float]:
        """Return the ends of the scale for an item normalised by ``rule``.

        They are the method's, whatever the item's own rule, so that items stay
        on one scale; only a method without a scale (z-scores) leaves them to ``rule``.
        """
        decisive = self.rule if self.has_scale(self.rule) else rule
        lower, upper = NORMALISATIONS[decisive].scale or (0.0, 1.0)
        return (
            lower if self.lower is None else self.lower,
            upper if self.upper is None else self.upper,
        )


@dataclass(frozen=True)
class Weighting:
    """Where the weights come from (see `analysis.core.weighting`).

    Attributes
    ----------
    rule : str
        A name of `analysis.core.weighting.WEIGHTINGS`.
    over : {"pooled", "year"}
        Weights drawn from the data: one set from all years, or one a year.
    parameters : mapping
        Those of the rule; what is left out has its default.
    """

    rule: str = "given"
    over: str = "pooled"
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def rescale(self) -> bool:
        """Whether weights are scaled to sum to one, not used as they are."""
        return bool(self.parameters.get("rescale", True))


@dataclass(frozen=True)
class Aggregation:
    """How nodes are formed from their children, where they name no rule of their own.

    Attributes
    ----------
    rule : str
        A name of `analysis.core.aggregations.AGGREGATIONS`.
    parameters : mapping
        Those of the rule; what is left out has its default.
    """

    rule: str = "arithmetic"
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Missing:
    """What happens to a node when a child has no value.

    Attributes
    ----------
    rule : {"renormalise", "none"}
        ``renormalise``: the weights of the children that are there are scaled
        to sum to one; ``none``: the node is empty.
    min_share : float
        Share of the node's weight that must be there, from 0 to 1.
    """

    rule: str = "renormalise"
    min_share: float = 0.65


@dataclass(frozen=True)
class Ranking:
    """How scores are ranked; equal scores take the smallest rank.

    Attributes
    ----------
    decimals : int
        Decimals to which a score is rounded before it is ranked.
    """

    decimals: int = 9
