"""The rules of normalisation by name, and what is to be known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class NormalisationRule:
    """What a method is to know of a rule of normalisation.

    Attributes
    ----------
    scale : tuple of float or None
        The ends of the scale unless the method gives others; None where a
        rule has none.
    signed : bool
        Whether scores about zero, negative ones among them, are the rule.
    relative : bool
        Whether a score is a place among the units it is given with, so that
        there is none against a base year.
    """

    scale: tuple[float, float] | None = None
    signed: bool = False
    relative: bool = False


NORMALISATIONS: Mapping[str, NormalisationRule] = MappingProxyType(
    {
        # analysis.core.normalise
        "efficacy": NormalisationRule((60.0, 100.0)),
        "exponential": NormalisationRule((60.0, 100.0)),
        "minmax": NormalisationRule((0.0, 100.0)),
        "goalposts": NormalisationRule((0.0, 1.0)),
        "zscore": NormalisationRule(signed=True),
        # analysis.core.normalise_ranks
        "rank": NormalisationRule(relative=True),
        "percentile_rank": NormalisationRule((0.0, 100.0), relative=True),
        "borda": NormalisationRule(relative=True),
        "categorical": NormalisationRule(relative=True),
        # analysis.core.normalise_reference
        "distance": NormalisationRule((0.0, 1.0)),
        "ratio": NormalisationRule(),
        "difference": NormalisationRule(signed=True),
        "above_below": NormalisationRule(signed=True),
    }
)
