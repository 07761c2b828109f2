"""Treatment of outliers, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.boxcox import box_cox
from analysis.core.fences import fence, iqr_fences, quantile_fences
from analysis.core.shape import passes, passes_test, shape_of, shape_statistics
from analysis.core.steps import Treatment

__all__ = ["Treated", "passes_test", "shape_statistics", "treat", "winsorise"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Treated:
    """Items of one year after treatment.

    Attributes
    ----------
    values : ndarray, shape (units, items)
    why : tuple of str
        What was done to each item: ``""``, ``"winsorised"``, ``"log_ct"``,
        ``"log_ct_neg"``, ``"boxcox"``, ``"quantile"`` or ``"iqr"``.
    passes : tuple of bool
        Whether the item passes the test of skewness and kurtosis in the end,
        where that is what its treatment is for.
    """

    values: FloatArray
    why: tuple[str, ...]
    passes: tuple[bool, ...]


def treat(values: FloatArray, treatment: Treatment, rules: Sequence[str] | None = None) -> Treated:
    """Treat the items of one year, by the rule of the JRC or another.

    The rule ``jrc``:

    1. An item that passes `passes_test` is left alone.
    2. Else it is winsorised: the highest value (where skewness is positive or
       zero; the lowest where it is negative) is moved to the next one, tied
       values together, until the item passes or ``max_points`` values have
       been moved. The last step may pass that number when it moves a tie.
    3. If it fails still, the *original* item is transformed instead, with
       ``a = (max - min) / 100``: ``log_ct`` is ``log(x - min + a)``;
       ``log_ct_plus`` is the same where skewness is positive, and
       ``-log(max + a - x)`` where it is not; ``boxcox`` is
       `analysis.core.boxcox.box_cox`. With ``"none"`` the winsorised item
       stands.

    ``boxcox`` transforms every item; ``quantile`` and ``iqr`` move what lies
    beyond the fences of `analysis.core.fences` to them; ``none`` does nothing.
    No rule brings an item down to a single value.

    Parameters
    ----------
    values : ndarray, shape (units, items)
        NaN is missing and stays so.
    treatment : Treatment
    rules : sequence of str, optional
        Each item's own rule; by default ``treatment.rule`` for all.

    Returns
    -------
    Treated

    References
    ----------
    OECD/JRC Handbook (2008), step 3; Becker, Caperna, Del Sorbo, Norlen,
    Papadimitriou, Saisana (2022), COINr: an R package for developing
    composite indicators, JOSS 7(78): its documented default is this rule with
    2, 3.5, 5 points and ``log_ct``.
    """
    count = values.shape[1]
    rules = [treatment.rule] * count if rules is None else rules
    treated = values
    why = [""] * count
    passed = [True] * count
    for item, rule in enumerate(rules):
        if rule == "none":
            continue
        column = values[:, item]
        missing = np.isnan(column)
        gaps = missing.any()
        there = column[~missing] if gaps else np.ascontiguousarray(column)
        if len(there) < 2:
            continue
        done, why[item], passed[item] = _treat_item(there, rule, treatment)
        if why[item]:
            if treated is values:
                treated = values.copy(order="K")
            if gaps:
                treated[~missing, item] = done
            else:
                treated[:, item] = done
    return Treated(treated, tuple(why), tuple(passed))


def _treat_item(
    values: FloatArray, rule: str, treatment: Treatment
) -> tuple[FloatArray, str, bool]:
    """Return an item without missing values as treated, what was done, and whether it passes."""
    if rule == "jrc":
        return _jrc(values, treatment)
    if rule == "boxcox":
        done, _ = box_cox(values, treatment.power)
    elif rule == "quantile":
        low, high = quantile_fences(values, treatment.lower_quantile, treatment.upper_quantile)
        done = fence(values, low, high)
    else:
        done = fence(values, *iqr_fences(values, treatment.whisker))
    changed = not np.array_equal(done, values)
    return done, rule if changed else "", True


def _jrc(values: FloatArray, treatment: Treatment) -> tuple[FloatArray, str, bool]:
    shape = shape_of(values)
    if passes(shape, treatment):
        return values, "", True
    winsorised, passed = _winsorised(values, shape, treatment)
    if passed or treatment.transform == "none":
        return winsorised, "" if winsorised is values else "winsorised", passed
    lowest, highest = values.min(), values.max()
    margin = (highest - lowest) / 100
    if treatment.transform == "boxcox":
        transformed, why = box_cox(values, treatment.power)[0], "boxcox"
    elif treatment.transform == "log_ct_plus" and shape[0] <= 0:
        transformed, why = -np.log(highest + margin - values), "log_ct_neg"
    else:
        transformed, why = np.log(values - lowest + margin), "log_ct"
    if np.array_equal(transformed, values):
        return values, "", False
    return transformed, why, passes(shape_of(transformed), treatment)


def winsorise(values: FloatArray, treatment: Treatment) -> FloatArray:
    """Return one item winsorised as step 2 of `treat` says; no value missing."""
    return _winsorised(values, shape_of(values), treatment)[0]


def _winsorised(
    values: FloatArray, shape: tuple[float, float], treatment: Treatment
) -> tuple[FloatArray, bool]:
    """Return an item winsorised, and whether it passes; the item itself where nothing moved."""
    # In order, values are moved by writing over one end.
    ordered = np.sort(values)
    first, last = 0, len(ordered) - 1  # places of the least and greatest value not moved
    passed = passes(shape, treatment)
    while first + len(ordered) - 1 - last < treatment.max_points and not passed:
        if shape[0] >= 0:
            last = int(np.searchsorted(ordered, ordered[last])) - 1
        else:
            first = int(np.searchsorted(ordered, ordered[first], side="right"))
        if ordered[first] == ordered[last]:
            # One more step would leave a single value.
            return values, passes(shape_of(values), treatment)
        ordered[:first] = ordered[first]
        ordered[last + 1 :] = ordered[last]
        shape = shape_of(ordered)
        passed = passes(shape, treatment)
    if first == 0 and last == len(ordered) - 1:
        return values, passed
    return np.clip(values, ordered[first], ordered[last]), passed
