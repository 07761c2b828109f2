"""The benefit of the doubt: each unit is weighed as suits it best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.aggregate import formed_rows
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.weighting.levels import NodeScore, children_scores

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Doubt:
    """Scores by the benefit of the doubt, with the weights behind them.

    Attributes
    ----------
    scores : ndarray, shape (units,)
        From 0 to ``top``; NaN for a unit without enough data.
    weights : ndarray, shape (units, children)
        With which ``score = sum(w x)``; 0 for a missing value. A unit at the top
        can often be brought there by many weights, of which these are one.
    shares : ndarray, shape (units, children)
        What each child contributes to the score, ``w x / score``; NaN where that is 0.
    """

    scores: FloatArray
    weights: FloatArray
    shares: FloatArray


def benefit_of_doubt(
    values: FloatArray,
    *,
    low: FloatArray | float = 0.0,
    high: FloatArray | float = 1.0,
    bounds_on: str = "contribution",
    top: float = 1.0,
    formed: BoolArray | None = None,
) -> Doubt:
    """Score each unit with the weights that serve it best.

    For unit ``c``, the linear programme: maximise ``sum(w_j x_cj)`` over ``w >=
    0`` such that ``sum(w_j x_ij) <= top`` for every unit ``i``, and the bounds
    hold: on contributions ``low_j <= w_j x_cj / sum(w_k x_ck) <= high_j``, or on
    weights ``low_j <= w_j / sum(w_k) <= high_j``.

    Parameters
    ----------
    values : ndarray, shape (units, children)
        Not negative, higher is better, on one scale. NaN is missing.
    low, high : float or ndarray of shape (children,)
        Bounds, from 0 to 1. Where the upper ones of a node sum to less than one
        they are scaled up to one, where the lower ones sum to more, down to one.
    bounds_on : {"contribution", "weight"}
        The first is free of the scales of the children. With it, a unit that
        has zero in a child with a positive lower bound scores zero.
    top : float
        Score of the best.
    formed : ndarray of bool, shape (units,), optional
        Units that are scored and compared with, by default those with any value.

    Returns
    -------
    Doubt

    Raises
    ------
    InputError
        If a lower bound is above the upper one, a bound is not from 0 to 1, or
        the solver finds no solution.

    Notes
    -----
    OECD/JRC Handbook (2008), step 6 (6.3, formula 22); Cherchye, Moesen,
    Rogge, Van Puyenbroeck (2007), An introduction to "benefit of the doubt"
    composite indicators, Social Indicators Research 82, for the bounds on
    contributions. A missing value counts as zero, so that it neither earns
    anything nor is weighed (Kuosmanen 2009, Data envelopment analysis with
    missing data, Journal of the Operational Research Society 60); the bounds are then
    those of the children that are there. One programme a unit, solved by
    HiGHS; only units that no other one equals or exceeds in everything
    restrict it. Scores are unique, weights need not be. It takes some two
    milliseconds a unit.
    """
    many, count = values.shape
    lowest, highest = _checked(low, high, count)
    there = ~np.isnan(values)
    scored: BoolArray = np.asarray(there.any(axis=1))
    if formed is not None:
        scored = scored & formed
    filled = np.where(there & scored[:, None], values, 0.0)
    size = filled.max(axis=0, initial=0.0)
    if bounds_on == "weight" and ((lowest > 0) | (highest < 1)).any():
        size[:] = size.max(initial=0.0)  # what a share of the weights means hangs on the scales
    size = np.where(size > 0, size, 1.0)
    weights = np.zeros((many, count))
    relative = filled / size
    peers = _undominated(relative[scored])
    for unit in np.flatnonzero((filled > 0).any(axis=1)):
        use = there[unit]
        own = relative[unit, use]
        found = _programme(own, peers[:, use], lowest[use], highest[use], bounds_on)
        weights[unit, use] = found * top / size[use]
    scores = np.where(scored, (weights * filled).sum(axis=1), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = weights * filled / scores[:, None]
    return Doubt(scores, weights, shares)


def _checked(
    low: FloatArray | float, high: FloatArray | float, count: int
) -> tuple[FloatArray, FloatArray]:
    lowest = np.broadcast_to(np.float64(low), (count,))
    highest = np.broadcast_to(np.float64(high), (count,))
    wrong = ~((lowest >= 0) & (highest <= 1) & (lowest <= highest))
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        told = {"low": f"{lowest[place]:g}", "high": f"{highest[place]:g}"}
        raise InputError([Finding("error", "weigh.share_bounds", told)])
    return lowest, highest


def _programme(
    own: FloatArray, peers: FloatArray, low: FloatArray, high: FloatArray, bounds_on: str
) -> FloatArray:
    """Return the best weights of one unit; those of the best peer make 1."""
    count = len(own)
    # Small numbers would be lost in the tolerances of the solver.
    # Imported here: scores by other weights need not wait for it.
    from scipy.optimize import linprog

    own, greatest = own / own.max(), peers.max()
    peers = peers / greatest
    low = low / max(low.sum(), 1.0)
    high = np.maximum(high / min(high.sum(), 1.0), low) if high.sum() > 0 else np.ones(count)
    contribution = bounds_on == "contribution"
    whole = own if contribution else np.ones(count)
    each = np.diag(own) if contribution else np.eye(count)
    binding_low, binding_high = low > 0, high < 1
    limits = np.vstack(
        [
            peers,
            (np.outer(low, whole) - each)[binding_low],
            (each - np.outer(high, whole))[binding_high],
        ]
    )
    right = np.concatenate([np.ones(len(peers)), np.zeros(len(limits) - len(peers))])
    answer = linprog(-own, limits, right, method="highs-ds")
    if answer.x is None:
        raise InputError([Finding("error", "weigh.unsolved", {"status": answer.status})])
    weights = np.maximum(answer.x, 0.0)
    # The solver keeps limits to within a tolerance; the best peer is to have 1 exactly.
    reached = float((peers @ weights).max()) * greatest
    if not reached > 0:
        return np.asarray(weights, dtype=np.float64)
    # What the limits imply of each weight by itself: near the smallest numbers there are
    # the solver's tolerance would make weights beyond the largest.
    best = peers.max(axis=0) * greatest
    largest = np.finfo(np.float64).max
    most = np.full(count, largest)
    with np.errstate(over="ignore"):
        np.divide(1.0, best, out=most, where=best > 0)
        scaled: FloatArray = np.minimum(weights / reached, np.minimum(most, largest))
    return scaled


def _undominated(values: FloatArray) -> FloatArray:
    """Return the units that no other one equals or exceeds in every child, once each."""
    distinct = np.unique(values, axis=0)
    ordered = distinct[np.argsort(-distinct.sum(axis=1), kind="stable")]
    kept = np.empty_like(ordered)
    count = 0
    for row in ordered:
        if not (kept[:count] >= row).all(axis=1).any():
            kept[count] = row
            count += 1
    return kept[:count]


def doubt_score(
    values: FloatArray,
    weights: FloatArray,
    *,
    low: float = 0.0,
    high: float = 1.0,
    spread: float | None = None,
    bounds_on: str = "contribution",
    top: float = 1.0,
    renormalise: bool = True,
    min_share: float = 0.0,
) -> FloatArray:
    """Return the score of each unit by the benefit of the doubt, as a rule of aggregation.

    Parameters
    ----------
    values : ndarray, shape (units, children)
        All units that are compared; not negative (`doubt_improper`).
    weights : ndarray, shape (children,)
        They say which units have enough data, and with ``spread`` what the
        bounds are about. A child of weight zero has no say.
    low, high, bounds_on, top
        As in `benefit_of_doubt`.
    spread : float, optional
        If given, bounds of ``w (1 - spread)`` and ``w (1 + spread)`` about the
        weights ``w`` (scaled to sum to one) take the place of ``low`` and ``high``.
    renormalise, min_share
        As in `analysis.core.aggregate.weighted_mean`.

    Returns
    -------
    ndarray, shape (units,)
        From 0 to ``top``; NaN for a unit without enough data or with a negative value.
    """
    used = weights > 0
    formed = formed_rows(values, weights, renormalise=renormalise, min_share=min_share)
    formed &= ~doubt_improper(values, weights).any(axis=1)
    lowest, highest = spread_bounds(weights[used], low, high, spread)
    found = benefit_of_doubt(
        values[:, used], low=lowest, high=highest, bounds_on=bounds_on, top=top, formed=formed
    )
    return found.scores


def doubt_improper(values: FloatArray, weights: FloatArray, **_parameters: object) -> BoolArray:
    """Return which values the benefit of the doubt cannot take: negative ones."""
    return (values < 0) & (weights > 0)


def spread_bounds(
    weights: FloatArray, low: float, high: float, spread: float | None
) -> tuple[FloatArray | float, FloatArray | float]:
    """Return the bounds about the weights, or those given where there is no spread."""
    if spread is None:
        return low, high
    share = weights / weights.sum()
    return np.maximum(share * (1 - spread), 0.0), np.minimum(share * (1 + spread), 1.0)


def doubt_weights(
    normalised: pd.DataFrame,
    framework: Framework,
    *,
    node_score: NodeScore | None = None,
    low: float = 0.0,
    high: float = 1.0,
    spread: float | None = None,
    bounds_on: str = "contribution",
    top: float = 1.0,
) -> pd.DataFrame:
    """Return the weights of every unit by the benefit of the doubt, node by node.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (units, items)
        Normalised items of one year, not negative.
    framework : Framework
    node_score : callable, optional
        Not used: a node's score is the one its weights give.
    low, high, spread, bounds_on, top
        As in `doubt_score`.

    Returns
    -------
    pandas.DataFrame
        ``unit, code, weight, share, note``; one row a unit and node below the
        index, in the order of the units, then of the file. The weights are used
        as they are: ``score = sum(w x)``. NaN where a unit has no score on the
        parent; ``note`` is ``negative`` where that is for a negative value.
    """
    nominal = framework.weights()
    weights: dict[str, FloatArray] = {}
    shares: dict[str, FloatArray] = {}
    notes: dict[str, NDArray[np.object_]] = {}

    def form(code: str, children: tuple[str, ...], values: FloatArray) -> FloatArray:
        own = nominal[list(children)].to_numpy()
        bad = doubt_improper(values, own)
        fit = np.asarray(~bad.any(axis=1) & ~np.isnan(values).all(axis=1))
        bounds = spread_bounds(own, low, high, spread)
        found = benefit_of_doubt(
            values, low=bounds[0], high=bounds[1], bounds_on=bounds_on, top=top, formed=fit
        )
        for place, child in enumerate(children):
            weights[child] = np.where(fit, found.weights[:, place], np.nan)
            shares[child] = np.where(fit, found.shares[:, place], np.nan)
            notes[child] = np.where(bad[:, place], "negative", "").astype(object)
        return found.scores

    children_scores(normalised, framework, form)
    codes = [code for code in framework.nodes.index if code != framework.root]
    units = normalised.index.to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "unit": np.repeat(units, len(codes)),
            "code": np.tile(np.array(codes, dtype=object), len(units)),
            "weight": np.column_stack([weights[code] for code in codes]).ravel(),
            "share": np.column_stack([shares[code] for code in codes]).ravel(),
            "note": np.column_stack([notes[code] for code in codes]).ravel(),
        }
    )
