"""Draws of a study, batch by batch, counted as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.uncertainty.draws.backend import serial
from analysis.core.uncertainty.draws.batches import draw_batch
from analysis.core.uncertainty.draws.intervals import widest
from analysis.core.uncertainty.draws.outcome import Outcome
from analysis.core.uncertainty.draws.study_parts import Study
from analysis.core.uncertainty.draws.tally import MANY_UNITS, Questions, Tally, merge, tally

IntArray = NDArray[np.intp]

KEPT_BYTES = 32_000_000

OrderedMap = Callable[[Callable[[int], Tally], Iterable[int]], Iterable[Tally]]
"""Like ``map``: results in the order of the numbers, and best as they are asked for."""


def run_study(
    study: Study,
    draws: int,
    *,
    top: Sequence[int] = (10, 30),
    last: int = 5,
    tolerance: float | None = None,
    pairwise: bool = True,
    named: Sequence[str] | None = None,
    map: OrderedMap = serial,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Make the draws of a study and count what comes of them.

    Memory does not grow with the draws: each batch is counted and forgotten,
    but for the scores of the first ones (`Questions.sample`), of which
    quantiles are taken.

    Parameters
    ----------
    study : Study
    draws : int
        At most so many.
    top : sequence of int
        Numbers of best places whose chance is told: top 10, top 30.
    last : int
        Number of last places in the region, in regions of at least twice as many units.
    tolerance : float, optional
        Stop once half the width of the interval of every share counted (best
        and last places, places of units, pairwise wins) is no more than this,
        0.02 say. Looked at after whole batches only, in their order.
    pairwise : bool
        Whether units are compared in pairs.
    named : sequence of str, optional
        Units for which tables of places and pairs are made. By default all, and
        where there are more than 2,000 units, none.
    map : callable
        What hands batches to workers and returns what came of them in order:
        from `analysis.core.uncertainty.draws.backend.mapper`, say.
    progress : callable, optional
        Called with the draws made and the draws asked for after each batch.

    Returns
    -------
    Outcome
        The same bytes whatever the number of workers.

    Raises
    ------
    InputError
        If the number of draws, ``top``, ``last`` or ``tolerance`` cannot be
        used, or units named are not among those studied.

    Notes
    -----
    Lahdelma, Hokkanen, Salminen (1998), SMAA: stochastic multiobjective
    acceptability analysis, European Journal of Operational Research 106. That
    a stop by the width of intervals leaves their coverage as it is, in the
    limit: Chow, Robbins (1965), On the asymptotic theory of fixed-width
    sequential confidence intervals for the mean, Annals of Mathematical
    Statistics 36.
    """
    _check(study, draws, top, last, tolerance, named)
    questions = ask(study, top=top, last=last, pairwise=pairwise, named=named)
    size = study.batch
    whole = -(-draws // size)
    results = iter(map(partial(_counted, study, questions, draws), range(whole)))
    total: Tally | None = None
    stopped: Literal["maximum", "narrow"] = "maximum"
    for number, found in enumerate(results):
        total = found if total is None else merge(total, found)
        if progress is not None:
            progress(total.draws, draws)
        if tolerance is not None and number + 1 < whole and _widest(total) <= tolerance:
            stopped = "narrow"
            break
    _close(results)
    assert total is not None
    return Outcome(study, total.draws, stopped, questions, total)


def ask(
    study: Study,
    *,
    top: Sequence[int] = (10, 30),
    last: int = 5,
    pairwise: bool = True,
    named: Sequence[str] | None = None,
) -> Questions:
    """Return what is to be counted of a study: see `run_study`."""
    units = len(study.units)
    everyone = np.arange(units)
    if named is None:
        chosen = everyone if units <= MANY_UNITS else everyone[:0]
    else:
        place = {unit: number for number, unit in enumerate(study.units)}
        chosen = np.array(sorted({place[unit] for unit in named}), dtype=np.intp)
    regions = np.array(study.regions, dtype=object)
    members = [np.flatnonzero(regions == code) for code in sorted({r for r in study.regions if r})]
    return Questions(
        nominal=study.nominal_ranks.astype(np.intp),
        top=tuple(top),
        last=last,
        regions=tuple(held for held in members if len(held) >= 2 * last),
        placed=everyone if units <= MANY_UNITS else chosen,
        paired=chosen if pairwise else everyone[:0],
    )


def _counted(study: Study, questions: Questions, draws: int, number: int) -> Tally:
    """Make one batch and count it; what a worker does."""
    # A block of this size once freed, the C library keeps what is freed from batch to batch
    # instead of handing it back and asking for it again, which takes a third of the time.
    np.empty(KEPT_BYTES, dtype=np.uint8)
    size = min(study.batch, draws - number * study.batch)
    return tally(draw_batch(study, number, size), questions)


def _widest(counted: Tally) -> float:
    """Return half the width of the widest interval of all shares counted."""
    shares: tuple[NDArray[Any], ...] = (
        counted.tops,
        counted.lasts,
        counted.places,
        counted.wins,
        counted.ranked,
    )
    return max(widest(counts, counted.draws) for counts in shares)


def _close(results: Iterator[Tally]) -> None:
    """Tell a generator that nobody waits for the rest."""
    close = getattr(results, "close", None)
    if close is not None:
        close()


def _check(
    study: Study,
    draws: int,
    top: Sequence[int],
    last: int,
    tolerance: float | None,
    named: Sequence[str] | None,
) -> None:
    """Raise InputError with all that is wrong with what was asked."""
    found = []
    if draws < 1:
        found.append(_problem("draws", given=draws))
    if any(number < 1 for number in (*top, last)):
        found.append(_problem("places", given=", ".join(map(str, (*top, last)))))
    if tolerance is not None and not 0 < tolerance < 1:
        found.append(_problem("tolerance", given=tolerance))
    known = set(study.units)
    strange = [unit for unit in named or () if unit not in known]
    if strange:
        shown = ", ".join(str(unit)[:60] for unit in strange[:5])
        more = " …" if len(strange) > 5 else ""
        found.append(_problem("units", units=shown + more, some=", ".join(study.units[:5])))
    if found:
        raise InputError(found)


def _problem(code: str, /, **values: object) -> Finding:
    return Finding("error", f"draws.{code}", values)
