"""The Box-Cox transformation of an item."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

POWERS = (-5.0, 5.0)


def box_cox(values: FloatArray, power: float | None = None) -> tuple[FloatArray, float]:
    """Return ``(x**p - 1) / p``, or ``log x`` for a power ``p`` of zero.

    ``x`` is the item over its geometric mean, so that its unit does not
    matter. An item that has a value of zero or below is first moved to ``x -
    min + (max - min) / 100``. The power is by default the one from -5 to 5
    under which the transformed item is the most likely to be normal (the
    greatest profile likelihood), to three decimals. The order of units stays as it is, whatever
    the power.

    Parameters
    ----------
    values : ndarray, shape (units,)
        None missing.
    power : float, optional

    Returns
    -------
    transformed : ndarray, shape (units,)
        The values themselves where they are fewer than three different ones.
    power : float

    References
    ----------
    Box, G. E. P., Cox, D. R. (1964), An analysis of transformations, JRSS B
    26(2). ``boxcox`` of COINr moves every item to a minimum of 1 instead,
    which makes the result hang on the unit of measurement.
    """
    # Here, since it takes a second to load and few methods need it.
    from scipy.optimize import minimize_scalar
    from scipy.special import boxcox
    from scipy.stats import boxcox_llf

    lowest, highest = values.min(), values.max()
    if len(np.unique(values)) < 3:
        return values, 1.0
    positive = values if lowest > 0 else values - lowest + (highest - lowest) / 100
    logs = np.log(positive)
    scaled = np.exp(logs - logs.mean())
    if power is None:
        found = minimize_scalar(
            lambda p: -boxcox_llf(p, scaled),
            bounds=POWERS,
            method="bounded",
            options={"xatol": 1e-8},
        )
        # The likelihood is flat at its top: more digits would be those of rounding errors,
        # and hang on the order of units and their unit of measurement.
        power = round(float(found.x), 3)
    return np.asarray(boxcox(scaled, power), dtype=np.float64), power
