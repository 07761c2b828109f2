"""Which choice moves the ranks: Sobol' indices of the weights and of each choice of the method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError
from analysis.core.uncertainty.draws.backend import OrderedMap, serial
from analysis.core.uncertainty.draws.batches import evaluate, levels_at
from analysis.core.uncertainty.draws.ranks import rank_draws
from analysis.core.uncertainty.draws.study_parts import Study
from analysis.core.uncertainty.draws.tally import MANY_UNITS
from analysis.core.uncertainty.indices.sobol_estimates import Estimates, estimate
from analysis.core.uncertainty.weights.sample_weights import draw_weights

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Sample = dict[str, NDArray[Any]]  # rows of each factor: weights, or numbers of levels

WEIGHTS, LEFT_OUT = "weights", "leave_out"
COLUMNS = (
    *("factor", "output", "unit"),
    *("first", "first_low", "first_high", "total", "total_low", "total_high"),
    *("variance", "note"),
)
CHUNK = 256  # rows of the samples evaluated at a time, a power of two
# What keeps the streams of random numbers apart from each other and from those of the batches.
SAMPLES, RESAMPLES = 101, 102
# Choices under which scores stand on scales of their own.
SCALES = ("normalisation", "aggregation")


@dataclass(frozen=True, eq=False)
class SobolResult:
    """Sobol' indices of a study.

    Attributes
    ----------
    table : pandas.DataFrame
        ``factor, output, unit, first, first_low, first_high, total, total_low,
        total_high, variance, note``: by output (``mean_shift``, which has no
        unit, then ``rank`` and ``score`` of each unit), then by factor.
        ``note`` is ``no variance`` or ``unranked`` (no score in some draw),
        where there are no indices; ``scales`` where scores of different scales
        are compared; else empty.
    factors : tuple of str
        ``weights``, the choices of the method, ``leave_out``: those that vary.
    n : int
        Rows of each of the two samples.
    evaluations : int
        ``n (factors + 2)`` sets of scores.
    resamples : int
    confidence : float
    seed : int
    """

    table: pd.DataFrame
    factors: tuple[str, ...]
    n: int
    evaluations: int
    resamples: int
    confidence: float
    seed: int


def sobol_study(
    study: Study,
    n: int = 1024,
    *,
    seed: int | None = None,
    resamples: int = 999,
    confidence: float = 0.95,
    named: Sequence[str] | None = None,
    map: OrderedMap = serial,
    progress: Callable[[int, int], None] | None = None,
) -> SobolResult:
    r"""Share out the variance of the ranks and scores among what is varied.

    The first-order index of a factor is ``Var(E(Y | factor)) / Var(Y)``, what
    knowing it alone would take from the variance; its total index
    ``E(Var(Y | all others)) / Var(Y)``, what would remain if it alone were
    unknown. The difference is its part in interactions. All weights together
    are one factor, and so is each choice of the method with its levels that
    can differ, and the node left out; they are drawn independently of each
    other, as in the draws of the study. Pairs of samples of ``n`` rows are
    drawn, and for each factor the first sample again with that factor from
    the second (pick and freeze; Saltelli et al. 2010).

    Outputs are the mean shift in rank ``mean_i |rank_i - nominal rank_i|``
    (over the units ranked in the draw) and the rank and the score of each unit.

    Parameters
    ----------
    study : Study
    n : int
        A power of two. Intervals narrow with its square root: 1,024 tells large
        indices from small ones. Outputs of all ``n (factors + 2)`` rows are held.
    seed : int, optional
        By default that of the study.
    resamples : int
        For the bootstrap intervals, see `analysis.core.uncertainty.indices.sobol_estimates`.
    confidence : float
        Between 0 and 1.
    named : sequence of str, optional
        Units whose ranks and scores are outputs. By default all, and where
        there are more than 2,000, none.
    map : callable
        From `analysis.core.uncertainty.draws.backend.mapper`.
    progress : callable, optional
        Called with the rows of the samples done and ``n``.

    Returns
    -------
    SobolResult
        The same bytes whatever the number of workers. Scores are compared as
        they stand: where normalisation or aggregation vary, a part of their
        variance is the change of scale.

    Raises
    ------
    InputError
        If nothing varies, or ``n``, the seed, the intervals or the names of the
        units cannot be used.

    References
    ----------
    Saltelli A. et al. (2010), Variance based sensitivity analysis of model
    output, Computer Physics Communications 181, 259-270. Saisana M., Saltelli
    A., Tarantola S. (2005), Uncertainty and sensitivity analysis techniques as
    tools for the quality assessment of composite indicators, Journal of the
    Royal Statistical Society A 168, 307-323.
    """
    factors = varied(study)
    seed = study.seed if seed is None else seed
    _check(study, factors, n, seed, resamples, confidence, named)
    units = _places(study, named)
    rows = min(n, CHUNK, 1 << (study.batch.bit_length() - 1))
    parts = []
    for part in map(partial(_evaluated, study, factors, units, seed, rows), range(n // rows)):
        parts.append(part)
        if progress is not None:
            progress(len(parts) * rows, n)
    outputs = np.concatenate(parts, axis=1)
    rng = np.random.default_rng([seed, 0, RESAMPLES])
    found = estimate(
        outputs[0],
        outputs[1],
        outputs[2:],
        confidence=confidence,
        resamples=resamples,
        rng=rng,
    )
    table = _table(study, factors, units, found)
    evaluations = n * (len(factors) + 2)
    return SobolResult(table, factors, n, evaluations, resamples, confidence, seed)


def varied(study: Study) -> tuple[str, ...]:
    """Return the factors that take more than one value in the draws of a study."""
    names = [WEIGHTS] if study.weights.kind != "nominal" else []
    names += [one.name for one in study.method_factors if (one.probabilities > 0).sum() > 1]
    if (study.leave_out_probabilities > 0).sum() > 1:
        names.append(LEFT_OUT)
    return tuple(names)


def _evaluated(
    study: Study, factors: tuple[str, ...], units: IntArray, seed: int, rows: int, chunk: int
) -> FloatArray:
    """Return the outputs of some rows of the samples, shape (2 + factors, rows, outputs)."""
    rng = np.random.default_rng([seed, chunk, SAMPLES])
    samples = [_sample(study, rows, rng) for _ in range(2)]
    runs = [*samples, *({**samples[0], factor: samples[1][factor]} for factor in factors)]
    weights, variant, left_out = zip(*(_chosen(study, run) for run in runs), strict=True)
    scores = evaluate(study, *map(np.concatenate, (weights, variant, left_out)))
    ranks = rank_draws(scores, study.base.ranking.decimals)
    moved = np.abs(ranks - study.nominal_ranks)
    ranked = ~np.isnan(moved)
    with np.errstate(invalid="ignore"):
        shift = np.where(ranked, moved, 0.0).sum(axis=1) / ranked.sum(axis=1)
    outputs = np.column_stack([shift, ranks[:, units], scores[:, units]])
    return outputs.reshape(len(runs), rows, -1)


def _sample(study: Study, rows: int, rng: np.random.Generator) -> Sample:
    """Draw rows of all factors, each independently of the others."""
    sample: Sample = {WEIGHTS: draw_weights(study.weights, study.framework, rows, rng)}
    for one in study.method_factors:
        sample[one.name] = levels_at(one.probabilities, rng.random(rows))
    sample[LEFT_OUT] = levels_at(study.leave_out_probabilities, rng.random(rows))
    return sample


def _chosen(study: Study, sample: Sample) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the weights, the variant and what is left out in each row of a sample."""
    left_out = sample[LEFT_OUT]
    levels = tuple(sample[one.name] for one in study.method_factors)
    variant = np.broadcast_to(study.combinations[levels], left_out.shape)
    return sample[WEIGHTS], variant, left_out


def _table(
    study: Study, factors: tuple[str, ...], units: IntArray, found: Estimates
) -> pd.DataFrame:
    names = [study.units[unit] for unit in units]
    outputs = ["mean_shift", *["rank"] * len(names), *["score"] * len(names)]
    scales = bool(set(factors) & set(SCALES))
    notes = np.where([output == "score" and scales for output in outputs], "scales", "")
    notes = np.where(found.constant, "no variance", np.where(found.missing, "unranked", notes))
    many = len(factors)
    columns: dict[str, object] = {
        "factor": np.tile(factors, len(outputs)),
        "output": np.repeat(outputs, many),
        "unit": np.repeat(["", *names, *names], many),
        "variance": np.repeat(found.variance, many),
        "note": np.repeat(notes, many),
    }
    for name in COLUMNS[3:9]:
        columns[name] = getattr(found, name).ravel()
    return pd.DataFrame(columns)[list(COLUMNS)].astype(dict.fromkeys(COLUMNS[:3], "str"))


def _places(study: Study, named: Sequence[str] | None) -> IntArray:
    """Return the places of the units whose ranks and scores are outputs, as in the study."""
    if named is None:
        return np.arange(len(study.units) if len(study.units) <= MANY_UNITS else 0)
    return np.flatnonzero(np.isin(study.units, list(named)))


def _check(
    study: Study,
    factors: tuple[str, ...],
    n: int,
    seed: int,
    resamples: int,
    confidence: float,
    named: Sequence[str] | None,
) -> None:
    """Raise InputError with all that is wrong with what was asked."""
    found = []
    if not factors:
        found.append(_problem("nothing"))
    if n < 2 or n & (n - 1):
        below = 1 << max(n.bit_length() - 1, 1)
        found.append(_problem("power", given=n, below=below, above=2 * below))
    if seed < 0:
        found.append(Finding("error", "study.seed", {"seed": seed}))
    if resamples < 1 or not 0 < confidence < 1:
        found.append(_problem("interval", resamples=resamples, confidence=confidence))
    strange = sorted(set(named or ()) - set(study.units))
    if strange:
        shown = ", ".join(unit[:60] for unit in strange[:5]) + (" …" if len(strange) > 5 else "")
        told = {"units": shown, "some": ", ".join(study.units[:5])}
        found.append(Finding("error", "draws.units", told))
    if found:
        raise InputError(found)


def _problem(code: str, /, **values: object) -> Finding:
    return Finding("error", f"sobol.{code}", values)
