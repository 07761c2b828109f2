"""What the units of a report that gain by the change of edition have in common."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.core.comparing.classes import classes, summarise
from analysis.core.comparing.gains import Gains, effects_over_draws, gains
from analysis.core.comparing.predictors import REGION, mechanical, scaled
from analysis.core.comparing.region_differences import RegionDifferences, region_differences
from analysis.core.findings import Finding, InputError
from analysis.reporting.editions.comparison_causes import Causes
from analysis.reporting.opening import Opened
from analysis.reporting.report import Report
from analysis.zones.characteristics import CHARACTERISTICS, CLASSES, characteristics

SEED = 2021


@dataclass(frozen=True, eq=False)
class Gained:
    """A regression of the shifts of a scope, and the shifts by class.

    Attributes
    ----------
    ranks, scores : Gains or None
        Of the places won within the scope, and of the standardised score won.
    refused : tuple of Finding
        Why there is no regression, if so.
    ties : pandas.DataFrame
        Which characteristics are part of an index.
    differences : RegionDifferences or None
        Between regions; None in a region.
    summary : pandas.DataFrame
        Shifts by region, size and openness, with what each cause has in them
        where places are those among all units.
    predictors : pandas.DataFrame
        What the regression took, on its scales.
    regions : pandas.Series or None
        Region by unit, where they are compared.
    """

    ranks: Gains | None
    scores: Gains | None
    refused: tuple[Finding, ...]
    ties: pd.DataFrame
    differences: RegionDifferences | None
    summary: pd.DataFrame
    predictors: pd.DataFrame
    regions: pd.Series | None

    def over_draws(self, won: pd.Series, shifts: pd.DataFrame) -> pd.DataFrame | None:
        """Return the standardised effects over draws (see `effects_over_draws`)."""
        if self.ranks is None:
            return None
        try:
            return effects_over_draws(shifts, won, self.predictors, self.regions)
        except InputError:  # too few units have a shift in every draw
            return None


def open_gains(
    report: Report,
    sides: tuple[Opened, Opened],
    scope: pd.DataFrame,
    causes: Causes,
) -> Gained:
    """Describe the shifts of a report's scope by what its units are like.

    Parameters
    ----------
    report : Report
    sides : (Opened, Opened)
    scope : pandas.DataFrame
        Index ``unit``; ``region, shift``: places won within the scope.
    causes : Causes
        Its standardised scores are the second outcome.
    """
    won = scope["shift"].astype("float64")
    known = characteristics(report.reading.panel, report.year).reindex(won.index)
    predictors = scaled(known, CHARACTERISTICS)
    regions = scope["region"] if report.national and scope["region"].nunique() > 1 else None
    ranks = scores = None
    refused: tuple[Finding, ...] = ()
    try:
        ranks = gains(won, predictors, regions, synthetic=report.synthetic)
        shifted = causes.table["score_shift"].reindex(won.index)
        scores = gains(shifted, predictors, regions, synthetic=report.synthetic)
    except InputError as problem:
        refused = problem.findings
    by = {} if regions is None else {REGION: regions.astype(str)}
    by |= {key: classes(known[key]) for key in CLASSES if key in known}
    return Gained(
        ranks=ranks,
        scores=scores,
        refused=refused,
        ties=mechanical(
            [one for one in CHARACTERISTICS if one.key in known],
            *(side.framework for side in sides),
            region=regions is not None,
        ),
        differences=None
        if regions is None
        else region_differences(won, regions, synthetic=report.synthetic, seed=SEED),
        summary=summarise(won, pd.DataFrame(by, index=won.index)),
        predictors=predictors,
        regions=regions,
    )
