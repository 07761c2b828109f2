"""The published record in the report on the two editions: words and tables for it."""

from __future__ import annotations

from analysis.reporting.editions.comparison import Comparison
from analysis.reporting.markdown import Markdown, paragraphs
from analysis.reporting.record import record_experiment_tables as tables
from analysis.reporting.record import record_experiment_words as said


def words(both: Comparison) -> Markdown:
    """Return what kind of data these are, and the natural experiment in brief."""
    return paragraphs([said.notice(both.experiment), said.brief(both.experiment)])


def steps(both: Comparison) -> Markdown:
    """Return the round of the change beside the ordinary ones."""
    return tables.steps(both.experiment)


def chance(both: Comparison) -> Markdown:
    """Return what can be said of chance, and of the regions."""
    return paragraphs([said.chance(both.experiment), said.regional(both.experiment)])


def bounds(both: Comparison) -> Markdown:
    """Return what the partial lists leave open."""
    return said.bounds(both.experiment)


def conclusions(both: Comparison) -> Markdown:
    """Return what can be concluded from the lists, and what cannot."""
    return said.conclusions(both.experiment)
