"""Who gains: what the units that win or lose by a change of framework have in common.

Descriptive throughout. The units are all there are and no sample of others, so
that a robust error says how well the shifts determine a coefficient, not what
other units would show; and a predictor that is part of an index is tied to the
shift by arithmetic (`analysis.core.comparing.predictors.mechanical`).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.quantile_regression import QuantReg
from statsmodels.stats.diagnostic import het_breuschpagan, linear_reset
from statsmodels.stats.outliers_influence import OLSInfluence, variance_inflation_factor
from statsmodels.stats.stattools import jarque_bera

from analysis.core.comparing.design import Design, design

FloatArray = NDArray[np.float64]

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
LEVEL = 0.95
_ITERATIONS = 5000
_FINE = 1e4


@dataclass(frozen=True, eq=False)
class Gains:
    """A regression of the units' shifts.

    Attributes
    ----------
    effects : pandas.DataFrame
        A row a term: ``predictor``; ``level`` (a region, which is compared
        with ``reference``; else ``""``); ``standardised`` (``effect`` over the
        standard deviation of the shift) with ``standardised_low,
        standardised_high``; ``unique`` (share of the variance
        that the predictor explains and the others do not, that of all regions
        together in each of their rows); ``effect`` (in units of the shift: of
        one standard deviation of the predictor, or of being of that region);
        ``error`` (HC3), ``low, high`` (95%, Student's t), ``p`` (NaN where
        ``synthetic``); ``without_influential`` (effect without the units whose
        Cook's distance is over ``4 / n``, in the unchanged unit); ``vif``.
    quantiles : pandas.DataFrame
        ``quantile, predictor, level, effect, error, low, high, p, converged``:
        the same terms in regressions of quantiles of the shift.
    diagnostics : pandas.DataFrame
        ``key, value, p``: ``r2, r2_adjusted, leverage_max, leverage_many`` (units
        above twice the mean), ``cook_max, cook_many`` (above ``4 / n``), ``skew,
        kurtosis`` (normal: 3), ``jarque_bera, breusch_pagan`` (Koenker's, on
        all terms), ``reset`` (F of squares and cubes of the fit),
        ``condition`` (of the matrix). NaN where there is none.
    influence : pandas.DataFrame
        ``unit, shift, fitted, residual`` (standardised), ``leverage, cook``.
    units : int
    spread : float
        Standard deviation of the shift over the units (divisor n).
    reference : str
    left_out, dropped : pandas.DataFrame
        As in `analysis.core.comparing.design.Design`.
    synthetic : bool
    """

    effects: pd.DataFrame
    quantiles: pd.DataFrame
    diagnostics: pd.DataFrame
    influence: pd.DataFrame
    units: int
    spread: float
    reference: str
    left_out: pd.DataFrame
    dropped: pd.DataFrame
    synthetic: bool


def gains(
    shift: pd.Series,
    predictors: pd.DataFrame,
    regions: pd.Series | None = None,
    *,
    synthetic: bool,
    quantiles: Sequence[float] = QUANTILES,
) -> Gains:
    """Regress the units' shifts on what the units are like.

    ``shift_i = a + sum_j b_j z_ij + c_region(i) + e_i`` with ``z`` the
    predictors at mean 0 and standard deviation 1: by least squares, with
    errors that allow for unequal variances (HC3: MacKinnon and White 1985,
    Journal of Econometrics 29), and for quantiles of the shift (Koenker and
    Bassett 1978, Econometrica 46), both by statsmodels.

    Parameters
    ----------
    shift : pandas.Series
        By unit: places won, or score won. NaN: no shift.
    predictors : pandas.DataFrame
        Index ``unit``, on the scales of `analysis.core.comparing.predictors.scaled`.
    regions : pandas.Series, optional
        Region by unit.
    synthetic : bool
        Whether the data are made up: then no p is given.
    quantiles : sequence of float

    Returns
    -------
    Gains
        Missing values as in `analysis.core.comparing.design.design`. Errors that cannot be told
        (a fit without residuals) are NaN.

    Raises
    ------
    InputError
        As `analysis.core.comparing.design.design`.
    """
    made = design(shift, predictors, regions)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # What the warnings say (no residual left, a limit reached) is in the tables.
        warnings.simplefilter("ignore")
        plain = OLS(made.shift, made.matrix).fit()
        influence = _influence(made, plain)
        effects = _effects(made, plain, influence)
        by_quantile = [_quantile(made, quantile) for quantile in quantiles]
        diagnostics = _diagnostics(made, plain, influence)
    tables = [effects, pd.concat(by_quantile, ignore_index=True), diagnostics]
    if synthetic:
        tables = [table.assign(p=np.nan) for table in tables]
    return Gains(
        effects=tables[0],
        quantiles=tables[1],
        diagnostics=tables[2],
        influence=influence,
        units=len(made.units),
        spread=float(made.shift.std()),
        reference=made.reference,
        left_out=made.left_out,
        dropped=made.dropped,
        synthetic=synthetic,
    )


def effects_over_draws(
    shifts: pd.DataFrame,
    nominal: pd.Series,
    predictors: pd.DataFrame,
    regions: pd.Series | None = None,
) -> pd.DataFrame:
    """Return how the standardised effects vary over draws of weights and methods.

    Parameters
    ----------
    shifts : pandas.DataFrame
        A row a draw, a column a unit: the unit's shift in that draw.
    nominal : pandas.Series
        The shift that the draws are draws around.
    predictors, regions
        As in `gains`.

    Returns
    -------
    pandas.DataFrame
        ``predictor, level, nominal, q05, q25, median, q75, q95, same_sign``
        (share of draws in which the effect has the sign of the nominal one),
        ``draws``. Units without a shift in some draw are left out throughout;
        draws in which all shifts are the same have no effects and do not count.

    Raises
    ------
    InputError
        As `analysis.core.comparing.design.design`.
    """
    whole = shifts.columns[np.isfinite(shifts.to_numpy(dtype=np.float64)).all(axis=0)]
    made = design(nominal[nominal.index.isin(whole)], predictors, regions)
    drawn = shifts[made.units].to_numpy(dtype=np.float64)
    drawn = drawn[np.ptp(drawn, axis=1) > 1e-12]
    solve = np.linalg.pinv(made.matrix)[1:]
    effects = (drawn @ solve.T) / drawn.std(axis=1)[:, None]
    base = solve @ made.shift / made.shift.std()
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    bands = np.full((5, len(base)), np.nan)
    if len(effects):
        bands = np.quantile(effects, levels, axis=0)
    same = (np.sign(effects) == np.sign(base)).mean(axis=0) if len(effects) else np.nan
    names = ("q05", "q25", "median", "q75", "q95")
    return made.terms.assign(
        nominal=base,
        **dict(zip(names, bands, strict=True)),
        same_sign=same,
        draws=len(effects),
    )


def _effects(made: Design, plain: OLS, influence: pd.DataFrame) -> pd.DataFrame:
    robust = plain.get_robustcov_results(cov_type="HC3", use_t=True)
    ends = robust.conf_int(1 - LEVEL)[1:]
    keep = ~(influence["cook"].to_numpy() > 4 / len(made.units))
    trimmed = np.linalg.lstsq(made.matrix[keep], made.shift[keep], rcond=None)[0][1:]
    if np.linalg.matrix_rank(made.matrix[keep]) < made.matrix.shape[1]:
        trimmed = np.full(len(trimmed), np.nan)
    told = np.isfinite(robust.bse[1:]) & (robust.bse[1:] > 0)
    spread = made.shift.std()
    return made.terms.assign(
        standardised=robust.params[1:] / spread,
        standardised_low=np.where(told, ends[:, 0] / spread, np.nan),
        standardised_high=np.where(told, ends[:, 1] / spread, np.nan),
        unique=_unique(made),
        effect=robust.params[1:],
        error=np.where(told, robust.bse[1:], np.nan),
        low=np.where(told, ends[:, 0], np.nan),
        high=np.where(told, ends[:, 1], np.nan),
        p=np.where(told, robust.pvalues[1:], np.nan),
        without_influential=trimmed,
        vif=[variance_inflation_factor(made.matrix, i + 1) for i in range(len(made.terms))],
    )


def _unique(made: Design) -> FloatArray:
    """Return the share of variance lost without each predictor (its terms together)."""
    owner = np.array(["", *made.terms["predictor"]], dtype=object)
    total = ((made.shift - made.shift.mean()) ** 2).sum()

    def unexplained(columns: NDArray[np.bool_]) -> float:
        matrix = made.matrix[:, columns]
        rest = made.shift - matrix @ np.linalg.lstsq(matrix, made.shift, rcond=None)[0]
        return float(rest @ rest)

    least = unexplained(np.ones(len(owner), dtype=bool))
    lost = {name: (unexplained(owner != name) - least) / total for name in set(owner[1:])}
    return np.maximum([lost[name] for name in owner[1:]], 0.0)


def _quantile(made: Design, quantile: float) -> pd.DataFrame:
    # statsmodels stops at steps below 1e-6 in any unit: the shift is brought to a scale at which
    # that is little (at a standard deviation of 1 the median of Engel's data is 0.2% off).
    spread = made.shift.std() / _FINE
    fit = QuantReg(made.shift / spread, made.matrix).fit(q=quantile, max_iter=_ITERATIONS)
    ends = fit.conf_int(1 - LEVEL)[1:] * spread
    error = fit.bse[1:] * spread
    told = np.isfinite(error) & (error > 0)
    table = made.terms.assign(
        effect=fit.params[1:] * spread,
        error=np.where(told, error, np.nan),
        low=np.where(told, ends[:, 0], np.nan),
        high=np.where(told, ends[:, 1], np.nan),
        p=np.where(told, fit.pvalues[1:], np.nan),
        converged=fit.iterations < _ITERATIONS,
    )
    table.insert(0, "quantile", quantile)
    return table


def _influence(made: Design, plain: OLS) -> pd.DataFrame:
    found = OLSInfluence(plain)
    return pd.DataFrame(
        {
            "unit": made.units.astype(str),
            "shift": made.shift,
            "fitted": plain.fittedvalues,
            "residual": found.resid_studentized_internal,
            "leverage": found.hat_matrix_diag,
            "cook": found.cooks_distance[0],
        }
    )


def _diagnostics(made: Design, plain: OLS, influence: pd.DataFrame) -> pd.DataFrame:
    many, terms = made.matrix.shape
    none = (np.nan, np.nan)
    normal = jarque_bera(plain.resid) if plain.ssr > 0 else (*none, *none)
    equal = het_breuschpagan(plain.resid, made.matrix)[:2] if terms > 1 else none
    straight = none
    if terms > 1:
        test = linear_reset(plain, power=3, use_f=True)
        straight = (float(test.fvalue), float(test.pvalue))
    rows = [
        ("r2", plain.rsquared, np.nan),
        ("r2_adjusted", plain.rsquared_adj, np.nan),
        ("leverage_max", influence["leverage"].max(), np.nan),
        ("leverage_many", (influence["leverage"] > 2 * terms / many).sum(), np.nan),
        ("cook_max", influence["cook"].max(), np.nan),
        ("cook_many", (influence["cook"] > 4 / many).sum(), np.nan),
        ("skew", normal[2], np.nan),
        ("kurtosis", normal[3], np.nan),
        ("jarque_bera", normal[0], normal[1]),
        ("breusch_pagan", equal[0], equal[1]),
        ("reset", *straight),
        ("condition", np.linalg.cond(made.matrix), np.nan),
    ]
    return pd.DataFrame(rows, columns=["key", "value", "p"]).astype(
        {"key": "str", "value": "float64", "p": "float64"}
    )
