"""Who gains by the change of edition: the tables of `tables_gains` for a report."""

from __future__ import annotations

from analysis.core.comparing.gains import Gains
from analysis.reporting.editions import gains_words, tables_gains, tables_gains_checks
from analysis.reporting.editions.comparison import Comparison
from analysis.reporting.editions.tables_editions import refused
from analysis.reporting.markdown import Markdown


def words(both: Comparison) -> Markdown:
    """Return in a few points what goes with the shifts."""
    found = both.gains
    if found.ranks is None:
        return refused(both, found.refused)
    return gains_words.brief(
        found.ranks,
        both.report.lang,
        differences=found.differences,
        ties=found.ties,
        kind=both.report.kind,
        regions=both.regions,
    )


def reservations(both: Comparison) -> Markdown:
    """Return what the regression is not."""
    found = both.gains.ranks
    if found is None:
        return Markdown("")
    return gains_words.reservations(found, both.report.lang, kind=both.report.kind)


def summary(both: Comparison) -> Markdown:
    """Return the shifts by region, size and openness."""
    report = both.report
    return tables_gains.summary(
        both.gains.summary, report.lang, kind=report.kind, regions=both.regions
    )


def effects(both: Comparison) -> Markdown:
    """Return the effects on the shift in rank."""
    report, found = both.report, both.gains
    if found.ranks is None:
        return refused(both, found.refused)
    return tables_gains.effects(
        found.ranks, report.lang, kind=report.kind, regions=both.regions, ties=found.ties
    )


def over_draws(both: Comparison) -> Markdown:
    """Return how the effects hold over the draws."""
    report, found = both.report, both.gains
    drawn = both.effect_draws
    if drawn is None:
        return refused(both, found.refused)
    return tables_gains.over_draws(
        drawn,
        report.lang,
        kind=report.kind,
        regions=both.regions,
        reference=_reference(found.ranks),
        ties=found.ties,
    )


def region_pairs(both: Comparison) -> Markdown:
    """Return the regions two by two."""
    report, found = both.report, both.gains.differences
    if found is None:
        return report.say("editions.gains.one_region")
    return tables_gains.region_pairs(found, report.lang, kind=report.kind, regions=both.regions)


def quantiles(both: Comparison) -> Markdown:
    """Return the effects on quantiles of the shift."""
    report, found = both.report, both.gains
    if found.ranks is None:
        return refused(both, found.refused)
    return tables_gains.quantiles(
        found.ranks, report.lang, kind=report.kind, regions=both.regions, ties=found.ties
    )


def ties(both: Comparison) -> Markdown:
    """Return which characteristics are part of an index."""
    return tables_gains.ties_table(both.gains.ties, both.report.lang)


def diagnostics(both: Comparison) -> Markdown:
    """Return the diagnostics of the regression."""
    report, found = both.report, both.gains
    if found.ranks is None:
        return refused(both, found.refused)
    return tables_gains_checks.diagnostics(found.ranks, report.lang, kind=report.kind)


def collinearity(both: Comparison) -> Markdown:
    """Return how far the terms vary together, and the effects without influential units."""
    report, found = both.report, both.gains
    if found.ranks is None:
        return refused(both, found.refused)
    return tables_gains_checks.collinearity(
        found.ranks, report.lang, kind=report.kind, regions=both.regions
    )


def _reference(found: Gains | None) -> str:
    return "" if found is None else found.reference
