"""The bare NumPy operations that studies of uncertainty consist of.

No checks, no ties, no missing values, no tables: what is left when everything
but the arithmetic is taken away. Random numbers are taken from the generator
in the order in which the toolkit takes them, so that both sides can be shown to
do the same work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from score import bare_treat

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class Shape:
    """Where the items of a framework are: blocks of fixed weight, and the groups below them.

    Attributes
    ----------
    lower, upper : ndarray, shape (items,)
        Bounds of each item's weight in the index.
    blocks : tuple of slice
        Items of each block.
    total : ndarray, shape (blocks,)
    groups : tuple of tuple of slice
        Items of each group of each block.
    """

    lower: FloatArray
    upper: FloatArray
    blocks: tuple[slice, ...]
    total: FloatArray
    groups: tuple[tuple[slice, ...], ...]


def bare_weights(shape: Shape, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return weights of items in the index: even within their bounds, moved to their sum."""
    found = np.empty((draws, len(shape.lower)))
    for held, total in zip(shape.blocks, shape.total, strict=True):
        low, span = shape.lower[held], shape.upper[held] - shape.lower[held]
        w = rng.random((draws, len(low))) * span
        sums, above = w.sum(axis=1), total - low.sum()
        shrink = sums > above
        share = np.where(shrink, above / sums, (span.sum() - above) / (span.sum() - sums))
        w *= share[:, None]
        w += low + np.where(shrink, 0.0, 1.0 - share)[:, None] * span
        found[:, held] = w
    return found


def bare_levels(values: FloatArray, weights: FloatArray, shape: Shape) -> FloatArray:
    """Return the index, formed level by level: groups, blocks, index."""
    index = np.zeros((len(weights), len(values)))
    for total, groups in zip(shape.total, shape.groups, strict=True):
        block = np.zeros(index.shape)
        for held in groups:
            w = weights[:, held]
            whole = w.sum(axis=1)
            group = (w / whole[:, None]) @ values[:, held].T
            block += (whole / total)[:, None] * group
        index += total * block
    return index


def bare_ranks(scores: FloatArray) -> NDArray[np.int16]:
    """Return ranks, ties broken at random."""
    order = np.argsort(-scores, axis=1)
    ranks = np.empty(scores.shape, dtype=np.int16 if scores.shape[1] < 2**15 else np.int32)
    places = np.arange(1, scores.shape[1] + 1, dtype=ranks.dtype)
    np.put_along_axis(ranks, order, np.broadcast_to(places, scores.shape), axis=1)
    return ranks


def bare_quantiles(ranks: Sequence[NDArray[np.int16]]) -> NDArray[np.int16]:
    """Return quantiles of the ranks of each unit, shape (units, shares)."""
    ordered = np.concatenate([part.T for part in ranks], axis=1)
    at = [int(np.ceil(share * ordered.shape[1] - 1e-9)) - 1 for share in SHARES]
    ordered.sort(axis=1)
    return ordered[:, at]


def bare_study(
    values: FloatArray, shape: Shape, draws: int, batch: int, seed: int, *, levels: bool = True
) -> NDArray[np.int16]:
    """Perturb, aggregate (at every level, or by one product), rank, take quantiles."""
    ranks = []
    for number in range(draws // batch):
        rng = np.random.default_rng([seed, number])
        rng.random((batch, 2))
        weights = bare_weights(shape, batch, rng)
        scores = bare_levels(values, weights, shape) if levels else weights @ values.T
        ranks.append(bare_ranks(scores))
    return bare_quantiles(ranks)


def bare_tables(values: FloatArray, direction: FloatArray) -> list[FloatArray]:
    """Return the items under two treatments and three normalisations, as scores and as logs.

    In the order of the toolkit's variants: treatment, then normalisation, then
    aggregation; the logarithms are of items put on 1 to 100.
    """
    tables = []
    treated = np.column_stack([bare_treat(values[:, k]) for k in range(values.shape[1])])
    for x in (treated, values):
        low, high = x.min(axis=0), x.max(axis=0)
        share = np.where(direction > 0, x - low, high - x) / (high - low)
        z = direction * (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
        places = rankdata(direction * x, method="min", axis=0)
        tables += [100 * share, np.log(1 + 99 * share)]
        tables += [z, np.log(1 + 99 * (z - z.min()) / (z.max() - z.min()))]
        tables += [places, np.log(1 + 99 * (places - 1) / (len(x) - 1))]
    return tables


def bare_methods(
    values: FloatArray,
    direction: FloatArray,
    shape: Shape,
    draws: int,
    batch: int,
    seed: int,
) -> NDArray[np.int16]:
    """Draw methods and weights, aggregate, rank, take quantiles; the tables are computed once."""
    tables = bare_tables(values, direction)
    weights, chosen = [], []
    for number in range(draws // batch):
        rng = np.random.default_rng([seed, number])
        shares = rng.random((batch, 2))
        chosen.append((shares[:, 0] * len(tables)).astype(np.intp))
        weights.append(bare_weights(shape, batch, rng))
    drawn, variant = np.concatenate(weights), np.concatenate(chosen)
    ranks = np.empty((draws, len(values)), dtype=np.int16)
    for number, table in enumerate(tables):
        rows = np.flatnonzero(variant == number)
        scores = drawn[rows] @ table.T
        ranks[rows] = bare_ranks(np.exp(scores) if number % 2 else scores)
    return bare_quantiles([ranks])
