"""Scores with a range of their own, put on the scale of their siblings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.core.findings import Finding, InputError

FloatArray = NDArray[np.float64]


def placed(
    scores: FloatArray, lowest: float, highest: float, lower: float | None, upper: float | None
) -> FloatArray:
    """Put scores that run from ``lowest`` to ``highest`` on a scale from ``lower`` to ``upper``.

    ``lower + (upper - lower) (s - lowest) / (highest - lowest)``; the middle
    where the range is empty; the scores as they are without a scale.

    Raises
    ------
    InputError
        If only one end is given, or ``lower`` is not below ``upper``.
    """
    if lower is None and upper is None:
        return scores
    if lower is None or upper is None or not lower < upper:
        told = {"lower": _shown(lower), "upper": _shown(upper)}
        raise InputError([Finding("error", "weigh.scale", told)])
    span = highest - lowest
    share = (scores - lowest) / span if span > 0 else np.full(scores.shape, 0.5)
    result: FloatArray = lower + (upper - lower) * share
    return result


def _shown(end: float | None) -> str:
    return "-" if end is None else f"{end:g}"
